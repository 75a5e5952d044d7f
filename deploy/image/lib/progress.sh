# Turns the output of slow tools into @step and @percent lines on fd 3, and passes it on to stderr. Sourced by image/build.
# shellcheck shell=bash

# Content hash of a recipe and of what it shares with the others: recipe_hash HERE NAME.
recipe_hash() {
  (cd "$1" && find build lib common "$2" -type f -print0 | LC_ALL=C sort -z | xargs -0 sha256sum | sha256sum | cut -c1-16)
}

# mmdebstrap's log. It installs twice, the essential packages and then the rest; apt says how many before each.
watch_bootstrap() {
  local line low=2 span=0 total=0 done=0 last=-1 percent
  while IFS= read -r line; do
    case $line in
      @step*|@percent*) printf '%s\n' "$line" >&3; continue ;;
      *' newly installed, '*)
        line=${line#* upgraded, }
        total=$((${line%% newly*} * 2)) done=0
        if [ "$span" -eq 0 ]; then span=10; else low=15 span=75; fi ;;
      Unpacking\ *|Setting\ up\ *) done=$((done + 1)) ;;
      Get:*|/usr/bin/dpkg\ *|no\ matching\ *|add\ user\ *|add\ group\ *|Selecting\ *|Preparing\ to*|Reading\ *|Building\ *|NOTICE*) continue ;;
    esac
    if [ "$total" -gt 0 ]; then
      percent=$((low + (done < total ? done : total) * span / total))
      if [ "$percent" -gt "$last" ]; then
        printf '@percent %d\n' "$percent" >&3
        last=$percent
      fi
    fi
    case $line in Unpacking\ *|Setting\ up\ *) ;; *) printf '%s\n' "$line" >&2 ;; esac
  done
}

# `qemu-img convert -p` writes "    (12.34/100%)\r".
watch_convert() {
  local line percent last=-1
  while IFS= read -r -d $'\r' line || [ -n "$line" ]; do
    percent=${line##*(}
    percent=${percent%%.*}
    case $percent in ''|*[!0-9]*) continue ;; esac
    if [ "$percent" -ge $((last + 5)) ]; then
      printf '@percent %d\n' "$percent" >&3
      last=$percent
    fi
  done
}
