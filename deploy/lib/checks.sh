# What must be true before anything is changed. Every failure is one sentence that says what to do.
# shellcheck shell=bash

# version_at_least HAVE WANT
version_at_least() { [ "$(printf '%s\n%s\n' "$2" "$1" | sort -V | head -n 1)" = "$2" ]; }

# unsupported_system OS_RELEASE_FILE: its name where it is not Debian 12 or newer, else nothing.
unsupported_system() {
  (
    ID='' VERSION_ID='' PRETTY_NAME=''
    # shellcheck source=/dev/null
    [ ! -r "$1" ] || . "$1"
    # Testing and unstable have no number.
    if [ "$ID" != debian ] || { [ -n "$VERSION_ID" ] && ! version_at_least "$VERSION_ID" 12; }; then
      printf '%s\n' "${PRETTY_NAME:-another system}"
    fi
  )
}

check_debian() {
  local other
  other=$(unsupported_system /etc/os-release)
  if [ -n "$other" ] || ! command -v apt-get >/dev/null; then
    die "This needs Debian 12 or 13 with apt and here is ${other:-no apt}: build with 'dotnet publish src/Vdi.Server' there and install QEMU 10 or newer yourself."
  fi
  [ "$(uname -m)" = x86_64 ] || die "This needs an x86-64 machine; $(uname -m) is not supported."
}

# Sets SUDO to what packages are installed with; only asked for when there is something to install.
# shellcheck disable=SC2034  # packages.sh reads it
check_root() {
  SUDO=()
  [ "$(id -u)" -ne 0 ] || return 0
  command -v sudo >/dev/null || die "Packages must be installed ($*), which needs root: run this as root, or install sudo."
  # Asked for here, in the foreground: later the clock of a running step would draw over the question.
  if ! sudo -n true 2>/dev/null; then
    [ -t 0 ] || die "Packages must be installed ($*) and sudo wants a password, but there is no terminal to ask at: run this as root."
    note "sudo asks for your password, to install packages"
    sudo -v || die "Packages must be installed ($*) and you may not use sudo here: run this as root, or ask an administrator to install them."
  fi
  SUDO=(sudo -n)
}

# check_qemu: what was installed is what is needed.
check_qemu() {
  local have
  have=$(qemu-system-x86_64 --version 2>/dev/null | sed -n 's/^QEMU emulator version \([0-9.]*\).*/\1/p')
  [ -n "$have" ] || die "QEMU does not start: run 'qemu-system-x86_64 --version' and mend what it says."
  version_at_least "$have" 10 ||
    die "QEMU $have is too old and the package sources here have none newer: add bookworm-backports to them, or install QEMU 10 or newer."
}

check_dotnet() {
  command -v dotnet >/dev/null ||
    die "The .NET SDK is missing: install .NET SDK 10.0 (https://dotnet.microsoft.com/download/dotnet/10.0) and run this again."
  # Inside the repository it takes the SDK that global.json accepts, or none.
  # shellcheck disable=SC2154  # the caller's
  (cd "$repo" && dotnet --version) >/dev/null 2>&1 ||
    die "No .NET SDK here is one that global.json accepts ($(dotnet --list-sdks 2>/dev/null | cut -d' ' -f1 | paste -sd ' ')): install .NET SDK 10.0 and run this again."
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
