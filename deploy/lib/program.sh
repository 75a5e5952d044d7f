# Builds the server and the web client into $VDI_STATE/program/HASH, by the hash of their sources.
# shellcheck shell=bash

# The hash of everything that goes into the program.
source_hash() {
  (
    cd "$1" || exit
    find src client-web deploy/image Directory.Build.props Directory.Packages.props global.json \
      \( -name bin -o -name obj -o -name node_modules -o -name dist -o -name coverage \) -prune -o -type f -print0 |
      LC_ALL=C sort -z | xargs -0 sha256sum | sha256sum | cut -c1-16
  )
}

# build_web REPO LOG: client-web/dist; node_modules is kept while package-lock.json is the same.
build_web() {
  local web=$1/client-web lock
  lock=$(sha256sum "$web/package-lock.json" | cut -c1-16)
  if [ "$(cat "$web/node_modules/.vdi-lock" 2>/dev/null)" != "$lock" ]; then
    quietly "$2" npm --prefix "$web" ci --no-audit --no-fund || return 1
    printf '%s\n' "$lock" >"$web/node_modules/.vdi-lock"
  fi
  quietly "$2" npm --prefix "$web" run build
}

# build_program REPO HASH: program/HASH appears whole, then program/current points to it.
build_program() {
  local repo=$1 hash=$2 programs=$VDI_STATE/program logs=$VDI_STATE/logs new
  new=$programs/.new-$$
  mkdir -p "$programs" "$logs"
  rm -rf "$programs"/.new-*
  build_web "$repo" "$logs/build-web.log" || die "Building the web client failed; $logs/build-web.log says why."
  # From inside the repository, so that global.json counts; and no compiler server stays behind.
  cd "$repo"
  MSBUILDDISABLENODEREUSE=1 quietly "$logs/build-server.log" dotnet publish "$repo/src/Vdi.Server" -c Release -o "$new" --nologo \
    -nodeReuse:false -p:UseSharedCompilation=false -p:UseAppHost=true || die "Building the server failed; $logs/build-server.log says why."
  rm -rf "$new/wwwroot" "$new/image"
  cp -a "$repo/client-web/dist" "$new/wwwroot"
  cp -a "$repo/deploy/image" "$new/image"
  rm -rf "${programs:?}/$hash"
  mv -T "$new" "$programs/$hash"
  use_program "$hash"
}

# use_program HASH: the link moves in one step; of the older builds the last one stays, and the one that runs.
use_program() {
  local programs=$VDI_STATE/program old running
  running=$(server_build)
  ln -sfn "$1" "$programs/.current"
  mv -T "$programs/.current" "$programs/current"
  while read -r old; do
    rm -rf "${programs:?}/$old"
  done < <(find "$programs" -mindepth 1 -maxdepth 1 -type d ! -name "$1" ! -name "${running:-$1}" -printf '%T@ %f\n' | sort -rn | tail -n +2 | cut -d' ' -f2)
}
