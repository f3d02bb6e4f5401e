# shellcheck shell=bash
# What Scripts/start, test, check and format have in common. Sourced, never run.
# Everything said here goes to stderr: stdout belongs to `sister` and to the test runner.

set -euo pipefail

here=$(dirname -- "$(readlink -f -- "${BASH_SOURCE[0]}")")
root=${here%/Scripts/lib}
cd -- "$root"

# Exit statuses of sysexits.h.
readonly EX_UNAVAILABLE=69 EX_CANTCREAT=73

# The C libraries that Package.swift links.
readonly linked=(libevent-dev libisal-dev libpq-dev libreadline-dev libssl-dev libutf8proc-dev)
# What Swift's own programs load, of which a bare Debian has none.
readonly loaded=(libcurl4 libncurses6 libsqlite3-0 libxml2)
# The oldest Swift and PostgreSQL that do.
readonly swift_major=6 swift_minor=2 postgresql_major=15

# The file that tells of the last good release build: its time is that build's start.
readonly stamp=.build/sister-release.stamp
# The file that tells where the build folder was made.
readonly built_in=.build/sister-place

say() { printf 'sister: %s\n' "$*" >&2; }

fail() {
  local status=$1
  shift
  say "$*"
  exit "$status"
}

# --- Swift ------------------------------------------------------------------------------------

swift_places() {
  type -aP swift || true
  printf '%s\n' /opt/swift/usr/bin/swift "${HOME:-/nonexistent}/.local/share/swiftly/bin/swift"
}

# Sets `swift` to the first Swift there is, before it is known to start.
find_swift() {
  local place
  while read -r place; do
    if [[ -x $place ]]; then
      swift=$place
      return
    fi
  done < <(swift_places)
  fail "$EX_UNAVAILABLE" "Swift $swift_major.$swift_minor or newer is missing:" \
    "install it from https://www.swift.org/install/ and put its bin folder on PATH."
}

# Sets `swift` to the first Swift that is new enough, and makes it the one on PATH.
choose_swift() {
  local place answer best=''
  while read -r place; do
    [[ -x $place ]] || continue
    answer=$("$place" --version 2>&1) || true
    if [[ $answer =~ Swift\ version\ ([0-9]+)\.([0-9]+) ]]; then
      if ((BASH_REMATCH[1] * 1000 + BASH_REMATCH[2] >= swift_major * 1000 + swift_minor)); then
        swift=$place
        PATH=$(dirname -- "$place"):$PATH
        return
      fi
      best=${best:-"$place is ${BASH_REMATCH[1]}.${BASH_REMATCH[2]}"}
    else
      best=${best:-"$place does not start: ${answer%%$'\n'*}"}
    fi
  done < <(swift_places)
  fail "$EX_UNAVAILABLE" "Swift $swift_major.$swift_minor or newer is needed ($best):" \
    "install it from https://www.swift.org/install/ and put its bin folder on PATH."
}

# --- Debian packages --------------------------------------------------------------------------

installed() { [[ $(dpkg-query -W -f '${db:Status-Status}' "$1" 2>/dev/null) == installed ]]; }

have_postgresql() {
  local initdb version
  for initdb in /usr/lib/postgresql/*/bin/initdb; do
    version=${initdb#/usr/lib/postgresql/}
    version=${version%%/*}
    if [[ -x $initdb && $version =~ ^[0-9]+$ ]] && ((version >= postgresql_major)); then
      return 0
    fi
  done
  return 1
}

# Whether a library that Swift's package manager loads is not there. (Names alone do not tell:
# later releases of Debian have renamed such packages.)
swift_lacks_library() {
  local place
  while read -r place; do
    place=$(dirname -- "$(readlink -f -- "$place")")/swift-package
    if [[ -x $place ]] && ldd "$place" 2>/dev/null | grep 'not found' >/dev/null; then return 0; fi
  done < <(swift_places)
  return 1
}

# Names what is missing of the packages that everything needs, and of those named.
missing_packages() {
  local package wanted=("${linked[@]}" "$@")
  if swift_lacks_library; then wanted+=("${loaded[@]}"); fi
  for package in "${wanted[@]}"; do
    if ! installed "$package"; then printf '%s\n' "$package"; fi
  done
  # Swift links with the C++ library's headers, the C start files and the linker that g++ brings.
  if ! compgen -G '/usr/lib/gcc/*/*/libstdc++.so' >/dev/null ||
    ! command -v ld >/dev/null || ! installed libc6-dev; then
    printf 'g++\n'
  fi
  if ! command -v pkg-config >/dev/null; then printf 'pkg-config\n'; fi
  if ! have_postgresql; then printf 'postgresql\n'; fi
}

# Installs what is missing, and the packages named, as root or through a sudo that asks nothing;
# otherwise says how to.
install_packages() {
  local missing as_root=() update=''
  command -v dpkg-query >/dev/null || return 0 # not Debian: the build says what it lacks
  mapfile -t missing < <(missing_packages "$@")
  ((${#missing[@]})) || return 0
  if ((EUID != 0)); then
    if ! sudo -n true 2>/dev/null; then
      compgen -G '/var/lib/apt/lists/*Packages*' >/dev/null || update='sudo apt-get update && '
      say "${#missing[@]} Debian packages are missing. Install them, then start this again:"
      printf '%ssudo apt-get install -y --no-install-recommends %s\n' "$update" "${missing[*]}" >&2
      exit "$EX_UNAVAILABLE"
    fi
    as_root=(sudo -n)
  fi
  (
    # One at a time on this machine; the second then finds nothing left to do.
    flock 8
    mapfile -t missing < <(missing_packages "$@")
    ((${#missing[@]})) || exit 0
    say "installing Debian packages: ${missing[*]}"
    "${as_root[@]}" bash "$here/install-packages" "${missing[@]}" </dev/null >&2 8<&-
  ) 8</var/lib/dpkg
}

# --- The build --------------------------------------------------------------------------------

# All that a build needs, on this machine, and the packages named.
prepare() {
  find_swift
  install_packages "$@"
  choose_swift
  usable_build_folder
}

usable_build_folder() {
  local foreign temporary=${TMPDIR:-/tmp} lock own
  if [[ ! -e .build ]]; then
    [[ -w . ]] || fail "$EX_CANTCREAT" "$root cannot be written by $(id -un)," \
      "so nothing can be built there: clone it into a folder of your own."
  else
    foreign=$(find .build ! -type l ! -writable -print -quit 2>/dev/null)
    [[ -z $foreign ]] || fail "$EX_CANTCREAT" "$root/$foreign cannot be written by $(id -un):" \
      "another user (root?) has built here. Remove it: sudo rm -rf '$root/.build'"
  fi
  # Swift cannot go on with a build that has moved: its compiled modules know their place.
  if [[ -r $built_in && $(<"$built_in") != "$root" ]]; then
    say "this folder has moved: building anew"
    rm -rf -- .build
  fi
  mkdir -p -- .build
  printf '%s\n' "$root" >"$built_in"
  # Swift's lock on a build folder is a file in the temporary folder, and stays there: one that
  # another user has left behind cannot be opened.
  lock=$temporary/${root//\//_}_.build.lock
  if [[ -e $lock && ! -O $lock ]]; then
    own=$temporary/sister-build-$UID
    mkdir -p -- "$own"
    [[ -O $own ]] || fail "$EX_CANTCREAT" "$own belongs to another user: remove it."
    export TMPDIR=$own
  fi
  # Swift keeps caches in the home folder; some accounts have none.
  if [[ ! -w ${HOME:-/nonexistent} ]]; then
    export HOME=$root/.build/home
    mkdir -p -- "$HOME"
  fi
}

# Whether the release build is newer than everything it was made from. A file's status-change
# time counts: it tells of copies and moves that keep an old modification time.
release_is_current() {
  [[ -x .build/release/sister && -r $stamp && -x $(<"$stamp") ]] &&
    [[ -z $(find Package.swift Schema Sources -newercm "$stamp" -print -quit) ]]
}

build_release() {
  (
    if ! flock -n 9; then
      say "waiting for another build in $root"
      flock 9
    fi
    if release_is_current; then exit 0; fi
    say "building (the first time takes some minutes)"
    printf '%s\n' "$swift" >"$stamp.new"
    "$swift" build -c release --product sister --static-swift-stdlib </dev/null >&2 9<&-
    mv -f -- "$stamp.new" "$stamp"
  ) 9<"$root"
}
