# deploy/image/lib/mirror.sh
# shellcheck shell=bash

is "a mirror that is given is taken" "http://mirror.example/debian" "$(VDI_DEBIAN_MIRROR=http://mirror.example/debian/ debian_mirror)"
is "a given mirror has no security line" 1 "$(VDI_DEBIAN_MIRROR=http://mirror.example/debian debian_sources trixie /key.gpg | wc -l)"
is "a source names key, mirror and suite" "deb [signed-by=/key.gpg] http://mirror.example/debian trixie main" \
  "$(VDI_DEBIAN_MIRROR=http://mirror.example/debian debian_sources trixie /key.gpg)"

# with_sources LINE... : what the functions make of such a configuration of apt.
apt_says() { eval "apt_configured() { printf '%s\n' $*; }"; }
is "Debian's own mirror is found among others" "http://deb.example/debian" \
  "$(apt_says "'http://other.example stable-thing' 'http://deb.example/debian/ bookworm'"; unset VDI_DEBIAN_MIRROR; debian_mirror)"
is "security updates come along" 3 \
  "$(apt_says "'http://deb.example/debian bookworm' 'http://deb.example/security bookworm-security'"; unset VDI_DEBIAN_MIRROR; debian_sources trixie /key.gpg | wc -l)"
fails "no mirror is a failure" bash -c ". '$repo/deploy/image/lib/mirror.sh'; apt_configured() { :; }; unset VDI_DEBIAN_MIRROR; debian_mirror"
is "no mirror gives no half a source" "" "$(bash -c ". '$repo/deploy/image/lib/mirror.sh'; apt_configured() { :; }; unset VDI_DEBIAN_MIRROR; debian_sources trixie /key.gpg" 2>/dev/null)"
