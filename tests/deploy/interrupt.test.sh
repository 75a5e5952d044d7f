# deploy/lib/say.sh, state.sh and program.sh: what an interrupt and an upgrade leave.
# shellcheck shell=bash

# interrupted quietly|patiently: runs something that takes a second, and is interrupted at once.
interrupted() {
  local run=$1 how=(quietly)
  [ "$run" = quietly ] || how=(patiently dpkg)
  rm -f "$scratch/through"
  bash -c ". '$repo/deploy/lib/say.sh'; trap 'stop_children' EXIT; trap 'exit 130' INT TERM
    ${how[*]} '$scratch/log' bash -c 'sleep 1; touch $scratch/through'" >/dev/null 2>"$scratch/said" &
  sleep 0.4
  kill -TERM $!
  wait $! 2>/dev/null
  if [ -e "$scratch/through" ]; then echo through; else echo "cut off"; fi
}
is "an interrupt ends a step" "cut off" "$(interrupted quietly)"
is "an interrupt waits for the package manager" through "$(interrupted patiently)"
is "and says so" 1 "$(grep -c 'dpkg is still working' "$scratch/said")"

# A server that only sleeps, in the place of the real one.
export VDI_STATE=$scratch/running
mkdir -p "$VDI_STATE/program/aaa" "$VDI_STATE/program/bbb" "$VDI_STATE/program/ccc"
printf '#!/bin/bash\nsleep 60\n' >"$VDI_STATE/program/aaa/vdi"
chmod +x "$VDI_STATE/program/aaa/vdi"
ln -sfn aaa "$VDI_STATE/program/current"
bash -c ". '$repo/deploy/lib/say.sh'; . '$repo/deploy/lib/state.sh'; server_is_healthy() { false; }; start_server 18099 aaa 0 http://127.0.0.1:1 --port 18099" >/dev/null 2>&1 &
starter=$!
for _ in $(seq 50); do [ -z "$(server_pid)" ] || break; sleep 0.1; done
kill -KILL $starter
wait $starter 2>/dev/null
server=$(server_pid)
is "a server whose start was cut off is known" yes "$([ -n "$server" ] && kill -0 "$server" && echo yes)"
is "with its port and build" "18099 aaa" "$(server_port) $(server_build)"

# Two upgrades while it runs.
touch -d '2 hours ago' "$VDI_STATE/program/aaa"
touch -d '1 hour ago' "$VDI_STATE/program/bbb"
use_program ccc
is "the build that a server runs is kept, and the last one" "aaa bbb ccc" "$(cd "$VDI_STATE/program" && echo [a-c][a-c][a-c])"
is "the new build is the current one" ccc "$(readlink "$VDI_STATE/program/current")"
[ -z "$server" ] || kill "$server" 2>/dev/null
rm -f "$VDI_STATE/server.pid"
use_program ccc
is "later only the last one is" "bbb ccc" "$(cd "$VDI_STATE/program" && echo [a-c][a-c][a-c])"
