# Where the server keeps what it must not lose, and the server's own process.
# shellcheck shell=bash

# Sets and exports VDI_STATE.
state_folder() {
  if [ -z "${VDI_STATE:-}" ]; then
    if [ "$(id -u)" -eq 0 ]; then VDI_STATE=/var/lib/vdi; else VDI_STATE=${XDG_DATA_HOME:-$HOME/.local/share}/vdi; fi
  fi
  VDI_STATE=$(realpath -m "$VDI_STATE")
  export VDI_STATE
}

# The pid of the running server, or nothing. A stale pid file, or one whose number belongs to another program now, is no server.
server_pid() {
  local pid
  [ -r "$VDI_STATE/server.pid" ] || return 0
  read -r pid _ <"$VDI_STATE/server.pid" || true
  case $pid in ''|*[!0-9]*) return 0 ;; esac
  if [ -d "/proc/$pid" ] && tr '\0' ' ' <"/proc/$pid/cmdline" 2>/dev/null | grep -q 'vdi.* serve'; then
    printf '%s\n' "$pid"
  fi
}

# The port and the build that the pid file names.
server_port() { awk '{ print $2 }' "$VDI_STATE/server.pid" 2>/dev/null || true; }
server_build() { awk '{ print $3 }' "$VDI_STATE/server.pid" 2>/dev/null || true; }

# What the running server was started with: a hash of its options.
server_options() { awk '{ print $4 }' "$VDI_STATE/server.pid" 2>/dev/null || true; }

# server_is_healthy ADDRESS: answers at http://... or https://...; its certificate may be for other names than the one we use here.
server_is_healthy() {
  curl --silent --fail --insecure --noproxy '*' --max-time 5 --header 'Host: localhost' --output /dev/null "$1/healthz"
} 2>/dev/null

# server_is_usable ADDRESS: the sign-in page answers, and the server has heard of its host.
server_is_usable() {
  local ask=(curl --silent --fail --insecure --noproxy '*' --max-time 5 --header 'Host: localhost')
  "${ask[@]}" "$1/healthz" | grep -q '"status": *"ok"' && "${ask[@]}" "$1/" | grep -q 'id="root"'
} 2>/dev/null

# start_server PORT BUILD OPTIONS_HASH HEALTH_ADDRESS OPTION...: in a session of its own, so that it outlives this terminal; waits until
# it answers.
start_server() {
  local port=$1 build=$2 options=$3 health=$4 pid deadline log=$VDI_STATE/logs/server.log
  shift 4
  mkdir -p "$VDI_STATE/logs"
  [ ! -s "$log" ] || mv -f "$log" "$log.1"
  # It writes its own number down before it becomes the server: whenever this script is interrupted, a server that runs is known.
  # shellcheck disable=SC2016  # expanded by the inner shell
  setsid bash -euc '
    printf "%d %d %s %s\n" "$$" "$2" "$3" "$4" >"$1/server.pid.new"
    mv -f "$1/server.pid.new" "$1/server.pid"
    program=$1/program/current/vdi
    shift 4
    exec "$program" serve "$@"' start "$VDI_STATE" "$port" "$build" "$options" "$@" >"$log" 2>&1 </dev/null &
  pid=$!
  deadline=$((SECONDS + 60))
  until server_is_healthy "$health"; do
    if ! kill -0 "$pid" 2>/dev/null; then
      tail -n 30 "$log" | sed 's/^/    /' >&2
      rm -f "$VDI_STATE/server.pid"
      die "The server ended while starting; the end of $log is above."
    fi
    if [ "$SECONDS" -ge "$deadline" ]; then
      tail -n 30 "$log" | sed 's/^/    /' >&2
      stop_server
      die "The server did not answer on $health/healthz within 60 s; the end of $log is above."
    fi
    sleep 0.2
  done
  disown "$pid" 2>/dev/null || true
}

# stop_server: asks, waits 20 s, insists. The running desktops stay.
stop_server() {
  local pid deadline
  pid=$(server_pid)
  if [ -n "$pid" ]; then
    kill -TERM "$pid" 2>/dev/null || true
    deadline=$((SECONDS + 20))
    while [ -d "/proc/$pid" ] && [ "$(cut -d' ' -f3 "/proc/$pid/stat" 2>/dev/null)" != Z ]; do
      [ "$SECONDS" -lt "$deadline" ] || { kill -KILL "$pid" 2>/dev/null || true; break; }
      sleep 0.1
    done
  fi
  rm -f "$VDI_STATE/server.pid"
}
