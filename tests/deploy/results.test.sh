# deploy/lib/results.sh: the counting that the closing line of deploy/test rests on.
# shellcheck shell=bash

cat >"$scratch/one.trx" <<'TRX'
<?xml version="1.0"?>
<TestRun><TestDefinitions><UnitTest name="a" storage="/somewhere/bin/vdi.broker.tests.dll" /></TestDefinitions>
  <ResultSummary outcome="Failed">
    <Counters total="12" executed="11" passed="9" failed="2" error="0" notExecuted="1" /></ResultSummary></TestRun>
TRX
is "a result file is counted" "9 2 vdi.broker.tests" "$(trx_counts "$scratch/one.trx")"
: >"$scratch/none.trx"
is "an empty result file counts nothing" "0 0" "$(trx_counts "$scratch/none.trx" | sed 's/ *$//')"
echo '{"numTotalTestSuites":3,"numPassedTests":41,"numFailedTests":1,"testResults":[{"numPassedTests":7}]}' >"$scratch/web.json"
is "Vitest's report is counted" "41 1" "$(vitest_counts "$scratch/web.json")"
is "a report that is missing counts nothing" "0 0" "$(vitest_counts "$scratch/nothing.json")"

counts=$scratch/counts
run_check good "$scratch/log" true >/dev/null
run_check bad "$scratch/log" false >/dev/null 2>&1
is "a check counts as one test" "1 1" "$(total)"

lane_one() { sleep 0.3; count 3 0 one; }
lane_two() { count 4 1 two; quietly "$scratch/log" sleep 0.3; count 2 0 "two again"; }
run_lanes lane_one lane_two >/dev/null
is "lanes run beside each other and count together" "10 2" "$(total)"
lane_slow() { quietly "$scratch/log" bash -c "sleep 1; touch '$scratch/ran-on'"; }
bash -c ". '$repo/deploy/lib/say.sh'; . '$repo/deploy/lib/results.sh'; scratch='$scratch'; $(declare -f lane_slow); trap stop_children EXIT; trap 'exit 130' INT TERM; run_lanes lane_slow lane_slow" >/dev/null 2>&1 &
sleep 0.5
kill -TERM $!
wait $! 2>/dev/null && status=0 || status=$?
sleep 1
is "an interrupt ends the lanes and what they run" "130 no" "$status $([ -e "$scratch/ran-on" ] && echo yes || echo no)"

fails_once() { [ -e "$scratch/tried" ] || { touch "$scratch/tried"; return 1; }; }
export -f fails_once; export scratch
twice "$scratch/log" bash -c fails_once >/dev/null 2>&1 && status=0 || status=$?
is "what fails once is tried again" 0 "$status"
twice "$scratch/log" false >/dev/null 2>&1 && status=0 || status=$?
is "what fails twice has failed" 1 "$status"
