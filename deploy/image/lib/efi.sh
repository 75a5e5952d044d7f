# What a disk or an installer needs to be started by UEFI, with Secure Boot, too. Sourced by efi-disk and installer-iso.
# shellcheck shell=bash

# need TOOL PACKAGE: says what to install.
need() { command -v "$1" >/dev/null || die "$1 is missing: install $2"; }

# debian_package PACKAGE: prints the folder with what is in it. It is downloaded and unpacked once for each version and never installed, for
# boot loaders that are would set themselves up on this machine. VDI_CACHE says where (default: the user's cache).
debian_package() {
  local package=$1 version folder new
  version=$(apt-cache show --no-all-versions "$package" 2>/dev/null | sed -n 's/^Version: //p' | head -n 1)
  [ -n "$version" ] || die "apt knows no package $package: run apt-get update, or add Debian's main to its sources"
  folder=${VDI_CACHE:-${XDG_CACHE_HOME:-$HOME/.cache}/vdi}/packages/${package}_$version
  if [ ! -d "$folder" ]; then
    new=$folder.new.$$
    mkdir -p "$new/tree"
    # As root apt would download as a user of its own, who may not write there.
    (cd "$new" && apt-get -q -o APT::Sandbox::User=root download "$package=$version" && dpkg-deb -x ./*.deb tree) >&2 || { rm -rf "$new"; die "$package $version could not be downloaded"; }
    mv -T "$new/tree" "$folder" 2>/dev/null || true
    rm -rf "$new"
  fi
  printf '%s\n' "$folder"
}

# esp_fill IMAGE GRUB_CFG: puts Debian's signed boot loaders into the FAT file system IMAGE (mtools: FILE or FILE@@OFFSET).
# Firmware starts EFI/BOOT/BOOTX64.EFI (UEFI specification, 3.5.1.1): shim, which Microsoft signed; it starts grubx64.efi beside it, which
# Debian signed, and that reads /EFI/debian/grub.cfg and starts kernels that Debian signed.
esp_fill() {
  local shim grub
  shim=$(debian_package shim-signed)/usr/lib/shim/shimx64.efi.signed
  grub=$(debian_package grub-efi-amd64-signed)/usr/lib/grub/x86_64-efi-signed/grubx64.efi.signed
  [ -f "$shim" ] && [ -f "$grub" ] || die "Debian's signed boot loaders are not where they used to be in their packages"
  mmd -i "$1" ::/EFI ::/EFI/BOOT ::/EFI/debian
  mcopy -i "$1" "$shim" ::/EFI/BOOT/BOOTX64.EFI
  mcopy -i "$1" "$grub" ::/EFI/BOOT/grubx64.efi
  mcopy -i "$1" "$2" ::/EFI/debian/grub.cfg
}

# bytes_of FILE...: their length together.
bytes_of() { stat -L -c %s -- "$@" | awk '{ all += $1 } END { printf "%.0f\n", all }'; }
