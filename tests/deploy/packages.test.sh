# deploy/lib/packages.sh and check_root, with package tools that only write down how they were called.
# shellcheck shell=bash

tools=$scratch/tools
mkdir -p "$tools"
for tool in apt-get sudo; do
  printf '#!/bin/bash\necho "%s $*" >>%s\n' "$tool" "$scratch/calls" >"$tools/$tool"
done
# dpkg knows of a half-done installation until it is told to finish it.
cat >"$tools/dpkg" <<TOOL
#!/bin/bash
case \$1 in
  --audit) [ -e $scratch/mended ] || echo 'half-configured: something' ;;
  --configure) echo "dpkg \$*" >>$scratch/calls; touch $scratch/mended ;;
esac
TOOL
chmod +x "$tools"/*

# with_tools COMMAND: in a shell of its own that finds these tools first.
with_tools() {
  PATH=$tools:$PATH bash -c "for part in lib/say lib/checks lib/packages image/lib/mirror; do . '$repo/deploy/'\$part.sh; done; SUDO=(); $1" 2>&1
}

: >"$scratch/calls"
with_tools "apt_configured() { echo 'http://deb.example/debian bookworm-backports'; }; install_packages '$scratch/log' curl" >/dev/null
is "a half-done installation is finished before anything else" \
  "dpkg --configure -a|apt-get -o DPkg::Lock::Timeout=300 -f install -y|apt-get -o DPkg::Lock::Timeout=300 update|apt-get -o DPkg::Lock::Timeout=300 install -y --no-install-recommends curl" \
  "$(paste -sd '|' "$scratch/calls")"
: >"$scratch/calls"
with_tools "apt_configured() { echo 'http://deb.example/debian bookworm-backports'; }; install_packages '$scratch/log' curl" >/dev/null
is "and only where there is one" 0 "$(grep -c -- '--configure' "$scratch/calls")"

is "somebody without sudo is told what to do" 1 "$(with_tools "id() { echo 1000; }; sudo() { return 1; }; check_root curl </dev/null" | grep -c 'there is no terminal to ask at: run this as root')"
is "sudo that asks nothing is not asked to" "sudo -n" "$(with_tools "id() { echo 1000; }; check_root curl </dev/null; echo \${SUDO[*]}" | tail -n 1)"
is "root needs no sudo" "" "$(with_tools "id() { echo 0; }; check_root curl; echo \${SUDO[*]}" | tail -n 1)"
