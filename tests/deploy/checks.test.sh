# deploy/lib/checks.sh and deploy/image/lib/paths.sh
# shellcheck shell=bash

holds "the same version is enough" version_at_least 20.19 20.19
holds "a longer version is newer" version_at_least 20.19.1 20.19
holds "10 is newer than 9" version_at_least 10.0.2 9.2
fails "an older version is not enough" version_at_least 7.2.17 10

# os_release ID VERSION_ID: what unsupported_system says of such a system.
os_release() {
  printf 'ID=%s\nVERSION_ID="%s"\nPRETTY_NAME="%s %s"\n' "$1" "$2" "$1" "$2" >"$scratch/os-release"
  unsupported_system "$scratch/os-release"
}
is "Debian 12 is taken" "" "$(os_release debian 12)"
is "Debian 13 is taken" "" "$(os_release debian 13)"
is "Debian testing has no number and is taken" "" "$(os_release debian '')"
is "Debian 11 is named" "debian 11" "$(os_release debian 11)"
is "Ubuntu is named" "ubuntu 24.04" "$(os_release ubuntu 24.04)"
is "a system without a name is none of ours" "another system" "$(unsupported_system "$scratch/nothing")"

export VDI_STATE=$scratch/state
mkdir -p "$VDI_STATE"
fails "a port is a number" check_port http
fails "a port is at most 65535" check_port 65536
holds "a free port is free" check_port 1

mkdir -p "$scratch/home/me/state"
chmod 0755 "$scratch" "$scratch/home" "$scratch/home/me"
fails "open parents are no trouble" closed_parent "$scratch/home/me/state"
chmod 0700 "$scratch/home/me"
is "a closed home is named" "$scratch/home/me" "$(closed_parent "$scratch/home/me/state/images")"
chmod 0755 "$scratch/home/me"

# A QEMU of the test's own.
mkdir -p "$scratch/bin"
qemu() { printf '#!/bin/sh\necho "QEMU emulator version %s (Debian 1:%s)"\n' "$1" "$1" >"$scratch/bin/qemu-system-x86_64"; chmod +x "$scratch/bin/qemu-system-x86_64"; }
qemu 10.0.2
holds "QEMU 10 is new enough" env PATH="$scratch/bin:$PATH" bash -c ". '$repo/deploy/lib/say.sh'; . '$repo/deploy/lib/checks.sh'; check_qemu"
qemu 7.2.17
is "QEMU 7 ends it with one sentence" 1 "$(PATH="$scratch/bin:$PATH" bash -c ". '$repo/deploy/lib/say.sh'; . '$repo/deploy/lib/checks.sh'; check_qemu" 2>&1 | grep -c 'QEMU 7.2.17 is too old')"
