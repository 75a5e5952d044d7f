# deploy/image/lib/efi.sh, efi-disk and installer-iso, as far as neither apt nor a machine is needed.
# shellcheck shell=bash

image=$repo/deploy/image/lib
# in_efi COMMAND: in a shell of its own that has the library.
in_efi() { bash -c "die() { echo \"\$*\" >&2; exit 1; }; . '$image/efi.sh'; $1" 2>&1; }

truncate -s 3G "$scratch/large"
is "lengths beyond 2 GiB are added up" 6442450944 "$(in_efi "bytes_of '$scratch/large' '$scratch/large'")"
is "a package that apt does not know is a reason" 1 "$(in_efi "apt-cache() { :; }; debian_package nothing" | grep -c 'apt knows no package nothing')"
mkdir -p "$scratch/cache/packages/some_1.2"
is "what was unpacked once is taken again" "$scratch/cache/packages/some_1.2" \
  "$(in_efi "apt-cache() { echo 'Version: 1.2'; }; apt-get() { exit 1; }; VDI_CACHE='$scratch/cache'; debian_package some")"
is "a download that fails leaves nothing" 0 \
  "$(in_efi "apt-cache() { echo 'Version: 1.3'; }; apt-get() { return 1; }; VDI_CACHE='$scratch/cache'; debian_package some" >/dev/null; find "$scratch/cache" -name '*1.3*' | wc -l)"

: >"$scratch/kernel"
is "a command line that GRUB would read is refused" 1 "$("$image/efi-disk" "$scratch/kernel" "$scratch/kernel" "$scratch/kernel" "$scratch/out" 'quiet; reboot' 2>&1 | grep -c 'would read as its own')"
is "a file that is missing is named" 1 "$("$image/efi-disk" "$scratch/none" "$scratch/kernel" "$scratch/kernel" "$scratch/out" 2>&1 | grep -c "$scratch/none cannot be read")"
fails "no file, no installer" "$image/installer-iso"
