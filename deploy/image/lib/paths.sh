# Which folders another user may pass. Sourced by image/build and deploy/up.
# shellcheck shell=bash

# closed_parent FOLDER: prints the topmost folder above FOLDER that others may not enter, and succeeds; fails where there is none.
closed_parent() {
  local folder=$1 closed=
  while [ "$folder" != / ]; do
    folder=$(dirname "$folder")
    [ -d "$folder" ] || continue
    [ $((8#$(stat -c %a "$folder") & 1)) -eq 1 ] || closed=$folder
  done
  [ -n "$closed" ] && printf '%s\n' "$closed"
}
