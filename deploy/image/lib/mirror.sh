# Where packages come from: the mirror that this machine's apt already uses. Sourced by image/build and deploy/lib.
# shellcheck shell=bash

# Every "URI suite" pair that apt is configured with, one per line; both the one-line and the deb822 format.
apt_configured() {
  local f
  for f in /etc/apt/sources.list /etc/apt/sources.list.d/*.list; do
    [ -r "$f" ] || continue
    sed -n 's/^deb \+\(\[[^]]*\] \+\)\?\([^ ]\+\) \+\([^ ]\+\).*/\2 \3/p' "$f"
  done
  for f in /etc/apt/sources.list.d/*.sources; do
    [ -r "$f" ] || continue
    awk 'function flush(  i, j) {
           if (types ~ /(^| )deb( |$)/ && enabled != "no")
             for (i = 1; i <= nu; i++) for (j = 1; j <= ns; j++) print uris[i], suites[j]
           types = enabled = ""; nu = ns = 0 }
         /^#/ { next } /^[ \t]*$/ { flush(); next }
         { key = tolower($1); sub(/^[^:]*:[ \t]*/, "", $0) }
         key == "types:" { types = $0 } key == "enabled:" { enabled = tolower($0) }
         key == "uris:" { nu = split($0, uris) } key == "suites:" { ns = split($0, suites) }
         END { flush() }' "$f"
  done
}

# The Debian mirror: $VDI_DEBIAN_MIRROR, else the first one that apt knows for a Debian release.
debian_mirror() {
  local uri suite
  if [ -n "${VDI_DEBIAN_MIRROR:-}" ]; then
    printf '%s\n' "${VDI_DEBIAN_MIRROR%/}"
    return
  fi
  while read -r uri suite; do
    case $suite in bookworm|trixie|forky|sid|stable|testing) ;; *) continue ;; esac
    case $uri in http://*|https://*|file:*) printf '%s\n' "${uri%/}"; return ;; esac
  done < <(apt_configured 2>/dev/null)
  printf 'apt knows no Debian mirror here: set VDI_DEBIAN_MIRROR to one.\n' >&2
  return 1
}

# The mirror of security updates, or nothing when none is known (a private mirror may carry none).
debian_security_mirror() {
  local uri suite
  [ -z "${VDI_DEBIAN_MIRROR:-}" ] || return 0
  while read -r uri suite; do
    case $suite in *-security) printf '%s\n' "${uri%/}"; return ;; esac
  done < <(apt_configured 2>/dev/null)
}

# The sources.list lines for a release: debian_sources SUITE KEYRING.
debian_sources() {
  local mirror security
  mirror=$(debian_mirror) || return 1
  security=$(debian_security_mirror)
  printf 'deb [signed-by=%s] %s %s main\n' "$2" "$mirror" "$1"
  if [ -n "$security" ]; then
    printf 'deb [signed-by=%s] %s %s-updates main\n' "$2" "$mirror" "$1"
    printf 'deb [signed-by=%s] %s %s-security main\n' "$2" "$security" "$1"
  fi
}
