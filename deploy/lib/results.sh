# Runs the test suites of $repo and adds their totals to $passed and $failed.
# shellcheck shell=bash disable=SC2154

# The image and the template that tests fork, made once for all of them, and before they compete for the processors.
build_test_image() {
  local vdi=$repo/src/Vdi.Server/bin/Release/net10.0/vdi
  [ -x "$vdi" ] || { note "no server program at $vdi"; return 1; }
  # The program finds the recipes beside itself.
  rm -rf "$(dirname "$vdi")/image"
  cp -a "$repo/deploy/image" "$(dirname "$vdi")/image"
  twice "$VDI_ARTIFACTS/test-image.log" timeout -k 20 600 "$vdi" image build tiny --if-missing || return 1
  twice "$VDI_ARTIFACTS/test-template.log" timeout -k 20 600 "$vdi" template build tiny
}

# twice LOG COMMAND...: once more where it fails: a mirror in the middle of its update, say.
twice() {
  quietly "$@" || { note "once more"; quietly "$@"; }
}

# count NUMBER_PASSED NUMBER_FAILED WHAT: from either lane.
count() {
  printf '%d %d %s\n' "$1" "$2" "$3" >>"$counts"
  note "$3: $1 passed, $2 failed"
}

# total: all that was counted.
total() { awk '{ passed += $1; failed += $2 } END { print passed + 0, failed + 0 }' "$counts"; }

# vitest_counts JSON: what passed and what failed.
vitest_counts() {
  [ -r "$1" ] || { echo "0 0"; return; }
  # The totals come first in the report.
  awk 'function value(key) { return match($0, "\"" key "\": *[0-9]+") ? substr($0, RSTART + length(key) + 3, RLENGTH - length(key) - 3) + 0 : "" }
    good == "" { good = value("numPassedTests") } bad == "" { bad = value("numFailedTests") }
    END { print good + 0, bad + 0 }' "$1"
}

# trx_counts FILE: what passed, what failed, and the project's name.
# One program reads to the end: 'grep | head' dies of SIGPIPE now and then, and pipefail takes the whole run with it.
trx_counts() {
  tr '\n' ' ' <"$1" | awk '
    match($0, /<Counters [^>]*>/) { counters = substr($0, RSTART, RLENGTH) }
    match($0, /storage="[^"]*"/) { name = substr($0, RSTART + 9, RLENGTH - 10); sub(/.*\//, "", name); sub(/\.dll$/, "", name) }
    function value(key) { return match(counters, " " key "=\"[0-9]+\"") ? substr(counters, RSTART + length(key) + 3, RLENGTH - length(key) - 4) : 0 }
    END { print value("passed"), value("failed"), name }'
}

# run_vitest FOLDER JSON LOG
run_vitest() {
  local status=0 good bad
  (cd "$1" && timeout -k 10 400 npm test -- --reporter=json --outputFile="$2") >"$3" 2>&1 </dev/null || status=$?
  read -r good bad < <(vitest_counts "$2")
  # A suite that does not load has no failed test, only a failed run.
  if [ "$status" -ne 0 ] && [ "${bad:-0}" -eq 0 ]; then bad=1; fi
  [ "${bad:-0}" -eq 0 ] || tail -n 40 "$3" >&2
  count "${good:-0}" "${bad:-0}" "client-web"
}

# run_check WHAT LOG COMMAND...: counts as one test.
run_check() {
  local what=$1
  shift
  if quietly "$@"; then count 1 0 "$what"; else count 0 1 "$what"; fi
}

# run_deploy_tests LOG: the scripts' own functions.
run_deploy_tests() {
  local status=0 good bad
  "$repo/tests/deploy/run" >"$1" 2>&1 </dev/null || status=$?
  read -r good bad < <(sed -n '$ s/^\([0-9]*\) passed, \([0-9]*\) failed$/\1 \2/p' "$1") || true
  if [ "$status" -ne 0 ] && [ "${bad:-0}" -eq 0 ]; then bad=1; fi
  [ "${bad:-0}" -eq 0 ] || tail -n 40 "$1" >&2
  count "${good:-0}" "${bad:-0}" "deploy"
}

# dotnet_test NAME PROJECT [FILTER]: one project's tests, and what came of them. The whole run has 50 minutes at most; what is left is for these.
# In the background a shell ignores interrupts, and so would everything that the tests interrupt.
dotnet_test() {
  local log=$VDI_ARTIFACTS/test-$1.log trx=$results/$1.trx status=0 left=$((3000 - SECONDS)) begun=$SECONDS good=0 bad=0
  local arguments=("$repo/tests/$2")
  [ $# -lt 3 ] || arguments+=(--filter "$3")
  setsid env --default-signal=INT,QUIT timeout -k 20 $((left > 5 ? left : 5)) \
    dotnet test "${arguments[@]}" -c Release --no-build --nologo --logger "trx;LogFileName=$1.trx" --results-directory "$results" >"$log" 2>&1 </dev/null &
  SAY_CHILD=$!
  wait "$SAY_CHILD" || status=$?
  SAY_CHILD=
  [ ! -e "$trx" ] || read -r good bad _ < <(trx_counts "$trx")
  # A project that crashed or ran out of time leaves no count of its own.
  if [ "$status" -ne 0 ] && [ "${bad:-0}" -eq 0 ]; then
    bad=1
    note "dotnet test ended with exit code $status" >&2
  fi
  count "${good:-0}" "${bad:-0}" "$1, $((SECONDS - begun)) s"
  [ "${bad:-0}" -eq 0 ] || { grep -E -A 12 '^ *(Failed |\[FAIL\])|error |aborted|Test Run Failed' "$log" || tail -n 40 "$log"; } | head -n 200 >&2
}

# What needs guests, one after the other: two at a time would make each other late. The image comes first.
machines_lane() {
  if build_test_image; then count 1 0 "test image"; else count 0 1 "test image: tests that need it will fail"; fi
  dotnet_test emulator Vdi.Emulator.Tests
  dotnet_test end-to-end Vdi.EndToEnd.Tests "$(without_guests '!~' '&')"
}

# without_guests '~' '|': the tests in a browser whose machines do not exist; with '!~' '&' all others.
without_guests() {
  local name filter=
  for name in ConsoleAppearanceTests DeskToolsTests NoticeTests ReferenceTests ReplayTests; do
    filter+=${filter:+$2}FullyQualifiedName$1.$name.
  done
  printf '%s' "$filter"
}

# What needs none, beside it and behind it: a guest keeps one processor busy, and is what all wait for in the end.
others_lane() {
  renice -n 5 -p "$BASHPID" >/dev/null
  run_deploy_tests "$VDI_ARTIFACTS/test-deploy.log"
  run_check "client-web types" "$VDI_ARTIFACTS/test-types.log" npm --prefix "$repo/client-web" run check
  run_vitest "$repo/client-web" "$results/web.json" "$VDI_ARTIFACTS/test-web.log"
  dotnet_test repo Vdi.Repo.Tests
  dotnet_test test-support Vdi.TestSupport.Tests
  dotnet_test protocol Vdi.Protocol.Tests
  dotnet_test display Vdi.Display.Tests
  dotnet_test broker Vdi.Broker.Tests
  VDI_TEST_DATABASE=postgres dotnet_test broker-postgres Vdi.Broker.Tests
  dotnet_test server Vdi.Server.Tests
  dotnet_test host Vdi.Host.Tests
  dotnet_test pages Vdi.EndToEnd.Tests "$(without_guests '~' '|')"
}

# run_lanes LANE...: all of them at once; an interrupt ends them.
run_lanes() {
  local lane
  for lane in "$@"; do
    (
      SAY_LANES=()
      trap stop_children EXIT
      trap 'exit 130' INT TERM
      "$lane"
    ) > >(exec cat) &
    SAY_LANES+=($!)
  done
  wait "${SAY_LANES[@]}" || true
  SAY_LANES=()
}
