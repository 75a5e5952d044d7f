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

passed=0 failed=0
run_check good "$scratch/log" true >/dev/null
run_check bad "$scratch/log" false >/dev/null 2>&1
is "a check counts as one test" "1 1" "$passed $failed"

fails_once() { [ -e "$scratch/tried" ] || { touch "$scratch/tried"; return 1; }; }
export -f fails_once; export scratch
twice "$scratch/log" bash -c fails_once >/dev/null 2>&1 && status=0 || status=$?
is "what fails once is tried again" 0 "$status"
twice "$scratch/log" false >/dev/null 2>&1 && status=0 || status=$?
is "what fails twice has failed" 1 "$status"
