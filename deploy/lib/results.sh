# Runs the test suites of $repo and adds their totals to $passed and $failed.
# shellcheck shell=bash disable=SC2154

# The image and the template that tests fork, made once for all of them, and before they compete for the processors.
build_test_image() {
  local vdi=$repo/src/Vdi.Server/bin/Release/net10.0/vdi
  [ -x "$vdi" ] || { note "no server program at $vdi"; return 1; }
  # The program finds the recipes beside itself.
  rm -rf "$(dirname "$vdi")/image"
  cp -a "$repo/deploy/image" "$(dirname "$vdi")/image"
  twice "$VDI_ARTIFACTS/test-image.log" timeout -k 20 300 "$vdi" image build tiny --if-missing || return 1
  twice "$VDI_ARTIFACTS/test-template.log" timeout -k 20 300 "$vdi" template build tiny
}

# twice LOG COMMAND...: once more where it fails: a mirror in the middle of its update, say.
twice() {
  quietly "$@" || { note "once more"; quietly "$@"; }
}

# count NUMBER_PASSED NUMBER_FAILED WHAT
count() {
  passed=$((passed + $1))
  failed=$((failed + $2))
  note "$3: $1 passed, $2 failed"
}

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
  (cd "$1" && timeout -k 10 240 npm test -- --reporter=json --outputFile="$2") >"$3" 2>&1 </dev/null || status=$?
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

# dotnet_test LOG ARGUMENTS...: the whole run has 24 minutes; what the steps before left is for these.
dotnet_test() {
  local log=$1 status=0 left=$((1440 - SECONDS))
  shift
  setsid timeout -k 20 $((left > 5 ? left : 5)) dotnet test "$@" -c Release --no-build --nologo >>"$log" 2>&1 </dev/null &
  SAY_CHILD=$!
  wait "$SAY_CHILD" || status=$?
  SAY_CHILD=
  return "$status"
}

# run_dotnet_tests FOLDER LOG: one result file per project, read whatever the exit code was.
run_dotnet_tests() {
  local status=0 trx name good bad
  # One project after the other: two at a time would make each other late.
  : >"$2"
  dotnet_test "$2" Vdi.sln -m:1 --logger trx --results-directory "$1" || status=$?
  # The broker's tests once more, on the other database.
  VDI_TEST_DATABASE=postgres dotnet_test "$2" tests/Vdi.Broker.Tests --logger 'trx;LogFileName=postgres.trx' --results-directory "$1" || status=$?
  local total_bad=0
  for trx in "$1"/*.trx; do
    [ -e "$trx" ] || continue
    read -r good bad name < <(trx_counts "$trx")
    count "${good:-0}" "${bad:-0}" "${name:-$(basename "$trx")}"
    total_bad=$((total_bad + ${bad:-0}))
  done
  # A project that crashed or ran out of time leaves no count of its own.
  if [ "$status" -ne 0 ] && [ "$total_bad" -eq 0 ]; then
    count 0 1 "dotnet test ended with exit code $status"
    total_bad=1
  fi
  if [ "$total_bad" -gt 0 ]; then
    grep -E -A 12 '^ *(Failed |\[FAIL\])|error |aborted|Test Run Failed' "$2" | head -n 200 >&2 || true
  fi
}
