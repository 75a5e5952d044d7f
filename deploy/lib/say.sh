# Words to the person at the terminal: steps with a bar, plain lines when stdout is no terminal.
# shellcheck shell=bash

SAY_STARTED=$SECONDS
SAY_STEP=0
SAY_STEPS=0
SAY_TITLES=()

# die SENTENCE: one clear sentence that says what to do, and the end.
die() { printf '%s\n' "$*" >&2; exit 1; }

# plan TITLE...: the steps that follow, in order.
plan() {
  SAY_TITLES=("$@")
  SAY_STEPS=$#
}

say_bar() {
  local width=24 full i bar=
  full=$((SAY_STEP * width / SAY_STEPS))
  for ((i = 0; i < width; i++)); do
    if [ "$i" -lt "$full" ]; then bar+='#'; else bar+='-'; fi
  done
  printf '%s' "$bar"
}

# step: begins the next step of the plan.
step() {
  local title=${SAY_TITLES[$SAY_STEP]} next=${SAY_TITLES[$((SAY_STEP + 1))]:-}
  local elapsed=$((SECONDS - SAY_STARTED))
  if [ -t 1 ]; then
    printf '\r\033[K[%s] \033[1mstep %d/%d\033[0m %s \033[2m(%d s%s)\033[0m\n' \
      "$(say_bar)" "$((SAY_STEP + 1))" "$SAY_STEPS" "$title" "$elapsed" "${next:+, then: $next}"
  else
    printf 'step %d/%d: %s (%d s%s)\n' "$((SAY_STEP + 1))" "$SAY_STEPS" "$title" "$elapsed" "${next:+, then: $next}"
  fi
  SAY_STEP=$((SAY_STEP + 1))
}

# note TEXT: what came of the step.
note() { printf '  %s\n' "$*"; }

# quietly LOG COMMAND...: runs it with its output in LOG; a running clock on a terminal; the log's tail when it fails.
# The command runs in a process group of its own, so that an interrupt takes all of it, and takes it in order; sudo stays in the
# terminal's session, where its permission counts (check_root has asked for it).
quietly() {
  local log=$1 status=0 begun=$SECONDS
  shift
  mkdir -p "$(dirname "$log")"
  if [ "$1" = sudo ]; then
    set -m
    "$@" >"$log" 2>&1 </dev/null &
    set +m
  else
    setsid "$@" >"$log" 2>&1 </dev/null &
  fi
  SAY_CHILD=$!
  if [ -t 1 ]; then
    while [ -d "/proc/$SAY_CHILD" ]; do
      printf '\r\033[K  %d s  %s' "$((SECONDS - begun))" "$(tail -n 1 "$log" 2>/dev/null | tr -d '\r' | cut -c1-70)"
      sleep 1
    done
    printf '\r\033[K'
  fi
  wait "$SAY_CHILD" || status=$?
  SAY_CHILD=
  if [ "$status" -ne 0 ]; then
    printf '  failed (exit %d): %s\n  the end of %s:\n' "$status" "$*" "$log" >&2
    tail -n 30 "$log" | sed 's/^/    /' >&2
  fi
  return "$status"
}

# patiently WHO LOG COMMAND...: the same for a command that must not be cut off: an interrupt waits for it.
patiently() {
  local status=0
  SAY_PATIENT=$1
  shift
  quietly "$@" || status=$?
  SAY_PATIENT=
  return "$status"
}

# stop_children: what a trap on INT and EXIT calls.
SAY_CHILD=
SAY_PATIENT=
SAY_LANES=()
stop_children() {
  if [ "${#SAY_LANES[@]}" -gt 0 ]; then
    # Each ends what it runs.
    kill -TERM "${SAY_LANES[@]}" 2>/dev/null || true
    wait "${SAY_LANES[@]}" 2>/dev/null || true
    SAY_LANES=()
  fi
  [ -n "$SAY_CHILD" ] || return 0
  if [ -n "$SAY_PATIENT" ]; then
    # A second Ctrl-C must not do what the first one was kept from.
    trap '' INT TERM
    printf '%s is still working and must not be cut off: waiting until it is through.\n' "$SAY_PATIENT" >&2
    wait "$SAY_CHILD" 2>/dev/null || true
    SAY_CHILD=
    return 0
  fi
  kill -TERM -- "-$SAY_CHILD" 2>/dev/null || kill -TERM "$SAY_CHILD" 2>/dev/null || true
  wait "$SAY_CHILD" 2>/dev/null || true
  SAY_CHILD=
}
