# What must be true before anything is changed. Every failure is one sentence that says what to do.
# shellcheck shell=bash

# version_at_least HAVE WANT
version_at_least() { [ "$(printf '%s\n%s\n' "$2" "$1" | sort -V | head -n 1)" = "$2" ]; }

check_debian() {
  if [ ! -r /etc/debian_version ] || ! command -v apt-get >/dev/null; then
    die "This needs Debian 12 or 13 with apt; on another system build with 'dotnet publish src/Vdi.Server' and install QEMU >= 10 yourself."
  fi
  [ "$(uname -m)" = x86_64 ] || die "This needs an x86-64 machine; $(uname -m) is not supported."
}

# Sets SUDO to what packages are installed with; only asked for when there is something to install.
# shellcheck disable=SC2034  # packages.sh reads it
check_root() {
  SUDO=()
  [ "$(id -u)" -ne 0 ] || return 0
  command -v sudo >/dev/null || die "Packages must be installed ($*), which needs root: run this as root, or install sudo."
  SUDO=(sudo)
}

check_dotnet() {
  command -v dotnet >/dev/null ||
    die "The .NET SDK is missing: install .NET SDK 10.0 (https://dotnet.microsoft.com/download/dotnet/10.0) and run this again."
  dotnet --list-sdks 2>/dev/null | cut -d. -f1 | awk '$1 >= 10 { found = 1 } END { exit !found }' ||
    die "The .NET SDK here is too old ($(dotnet --list-sdks 2>/dev/null | tail -n 1 | cut -d' ' -f1)): install .NET SDK 10.0 and run this again."
}

check_node() {
  local have
  command -v node >/dev/null || die "Node.js is missing: install Node.js 20.19 or newer (https://nodejs.org) and run this again."
  command -v npm >/dev/null || die "npm is missing: install it with Node.js 20.19 or newer and run this again."
  have=$(node --version | tr -d v)
  version_at_least "$have" 20.19 || die "Node.js $have is too old: install Node.js 20.19 or newer and run this again."
}

# check_disk FOLDER GIGABYTES: free space where the state will be.
check_disk() {
  local folder=$1 free
  while [ ! -d "$folder" ]; do folder=$(dirname "$folder"); done
  free=$(($(df --output=avail -k "$folder" | tail -n 1) / 1000000))
  [ "$free" -ge "$2" ] ||
    die "Only $free GB are free at $1 and $2 GB are needed: free some, or set VDI_STATE to a folder on a larger disk."
}

# port_is_taken PORT: does anything listen there?
port_is_taken() { (exec 3<>"/dev/tcp/127.0.0.1/$1") 2>/dev/null; }

# check_port PORT: free, or held by our own server.
check_port() {
  if [[ ! $1 =~ ^[0-9]{1,5}$ ]] || [ "$1" -lt 1 ] || [ "$1" -gt 65535 ]; then
    die "--port wants a number between 1 and 65535, not '$1'."
  fi
  port_is_taken "$1" || return 0
  if [ -n "$(server_pid)" ] && [ "$(server_port)" = "$1" ]; then
    return 0
  fi
  die "Port $1 is taken by another program: stop it, or choose another with --port."
}
