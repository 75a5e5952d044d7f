# The Debian packages that the server needs: installed once, skipped at once afterwards.
# shellcheck shell=bash

# shellcheck disable=SC2034  # up and test read it
VDI_PACKAGES=(qemu-system-x86 qemu-utils qemu-block-extra qemu-system-modules-opengl
  mmdebstrap e2fsprogs zstd libzstd1 libturbojpeg0 libopenh264-7 util-linux bubblewrap ovmf swtpm iproute2 nftables dnsmasq-base debian-archive-keyring ca-certificates curl)
# Without root images are built in a user namespace.
[ "$(id -u)" -eq 0 ] || VDI_PACKAGES+=(uidmap)

# missing_packages PACKAGE...: those that are not installed; a QEMU older than 10 counts as missing.
missing_packages() {
  local package version
  for package in "$@"; do
    # shellcheck disable=SC2016  # the fields are dpkg-query's
    version=$(dpkg-query -W -f '${db:Status-Status} ${Version}' "$package" 2>/dev/null) || version=
    case $version in
      'installed '*) version=${version#installed } ;;
      *) printf '%s\n' "$package"; continue ;;
    esac
    case $package in
      qemu-*) dpkg --compare-versions "${version#*:}" ge 10 || printf '%s\n' "$package" ;;
    esac
  done
}

# ensure_packages LOG PACKAGE...: installs what is missing.
ensure_packages() {
  local log=$1 missing
  shift
  mapfile -t missing < <(missing_packages "$@")
  if [ "${#missing[@]}" -eq 0 ]; then
    note "all there"
    return
  fi
  check_root "${missing[*]}"
  note "installing ${#missing[@]}: ${missing[*]}"
  install_packages "$log" "${missing[@]}"
  check_qemu
}

# mend_packages LOG: finishes what an interrupted installation left half done; apt refuses to work before.
mend_packages() {
  local log=$1
  [ -n "$(dpkg --audit 2>/dev/null)" ] || return 0
  note "finishing an installation that was interrupted earlier"
  patiently dpkg "$log" "${SUDO[@]}" env DEBIAN_FRONTEND=noninteractive dpkg --configure -a ||
    die "An earlier installation was interrupted and dpkg cannot finish it; $log says why."
  patiently apt-get "$log" "${SUDO[@]}" env DEBIAN_FRONTEND=noninteractive apt-get -o DPkg::Lock::Timeout=300 -f install -y ||
    die "An earlier installation was interrupted and apt-get cannot finish it; $log says why."
}

# Debian 12 has QEMU 7.2: version 10 comes from its backports, from the mirror that apt already uses.
install_packages() {
  local log=$1 suite mirror target=()
  shift
  # shellcheck source=/dev/null
  suite=$(. /etc/os-release && printf '%s' "${VERSION_CODENAME:-}")
  if [ "$suite" = bookworm ]; then
    target=(--target-release bookworm-backports)
    if ! apt_configured 2>/dev/null | grep -q ' bookworm-backports$'; then
      mirror=$(debian_mirror) || die "QEMU 10 comes from bookworm-backports and apt knows no Debian mirror here: set VDI_DEBIAN_MIRROR to one."
      "${SUDO[@]}" tee /etc/apt/sources.list.d/vdi-backports.sources >/dev/null <<SOURCES
Types: deb
URIs: $mirror
Suites: bookworm-backports
Components: main
Signed-By: /usr/share/keyrings/debian-archive-keyring.gpg
SOURCES
    fi
  fi
  mend_packages "$log"
  quietly "$log" "${SUDO[@]}" apt-get -o DPkg::Lock::Timeout=300 update ||
    die "apt-get update failed: check this machine's package sources and its connection, and run this again."
  local backported=() plain=() package
  for package in "$@"; do
    case $package in qemu-*) backported+=("$package") ;; *) plain+=("$package") ;; esac
  done
  if [ "${#plain[@]}" -gt 0 ]; then apt_install "$log" "${plain[@]}"; fi
  if [ "${#backported[@]}" -gt 0 ]; then apt_install "$log" "${target[@]}" "${backported[@]}"; fi
}

apt_install() {
  local log=$1
  shift
  patiently apt-get "$log" "${SUDO[@]}" env DEBIAN_FRONTEND=noninteractive apt-get -o DPkg::Lock::Timeout=300 install -y --no-install-recommends "$@" ||
    die "Installing packages failed; $log says why."
}

# PostgreSQL's programs are wanted, not a server that Debian starts by itself.
no_postgres_server() {
  if [ "$(id -u)" -eq 0 ] && [ ! -e /etc/postgresql-common/createcluster.conf ]; then
    mkdir -p /etc/postgresql-common
    echo 'create_main_cluster = false' >/etc/postgresql-common/createcluster.conf
  fi
}
