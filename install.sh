#!/bin/sh
# Installs runspec: downloads the archive for this machine, verifies its checksum, tries the program, and only then puts it in place.
#
#   RUNSPEC_BASE_URL     the folder that holds the archives and SHA256SUMS (https; http for loopback alone)
#   RUNSPEC_INSTALL_DIR  where the program goes; ~/.local/bin unless said, for root as well
#
# Everything is in functions, and the last line calls the first: a script that was cut short does nothing.
set -eu

release_url='@RELEASE_URL@'

main() {
  for tool in uname mktemp mkdir chmod cp mv rm tar gzip; do need "$tool"; done
  # Whoever may write the directory decides what runs.
  umask go-w
  base=$(base_url)
  dir=$(directory)
  case $dir in *:*) fail "$dir has a colon, which no PATH can name" "set RUNSPEC_INSTALL_DIR to another directory" ;; esac
  archive=runspec-$(platform).tar.gz

  work=$(mktemp -d "${TMPDIR:-/tmp}/runspec-install.XXXXXX" 2>/dev/null) || fail "cannot make a temporary directory in ${TMPDIR:-/tmp}"
  fresh=
  trap 'rm -rf "$work"; [ -z "$fresh" ] || rm -f "$fresh"' EXIT
  trap 'exit 129' HUP
  trap 'exit 130' INT
  trap 'exit 143' TERM

  fetch "$base/SHA256SUMS" "$work/SHA256SUMS"
  sum=$(listed "$archive")
  [ -n "$sum" ] || fail "$base has no $archive" "the platforms it has: $(available)"
  say "downloading $base/$archive"
  fetch "$base/$archive" "$work/$archive"
  found=$(sha256 "$work/$archive")
  [ "$found" = "$sum" ] ||
    fail "the checksum of $archive is wrong: it was cut short or altered; nothing was installed"

  # GNU tar reads a backslash in a name that it is given.
  (cd "$work" && tar -xzf "$archive" runspec) 2>/dev/null ||
    fail "$archive cannot be unpacked; nothing was installed" "is there room in $work?"
  put "$work/runspec"
}

# Puts the program $1 into $dir under its final name, when it has been seen to run there.
put() {
  mkdir -p "$dir" 2>/dev/null || fail "cannot make the directory $dir" "set RUNSPEC_INSTALL_DIR to one that you may write"
  # As PATH has it: without a "." or a slash too many.
  dir=$(cd "$dir" 2>/dev/null && pwd) || fail "cannot enter the directory $dir" "set RUNSPEC_INSTALL_DIR to one that you may write"
  target=${dir%/}/runspec
  [ ! -d "$target" ] || fail "$target is a directory"
  if ! fresh=$(mktemp "$dir/.runspec.XXXXXX" 2>/dev/null) || ! cp "$1" "$fresh" 2>/dev/null || ! chmod 755 "$fresh"; then
    fail "cannot write into $dir" "set RUNSPEC_INSTALL_DIR to a directory that you may write and that has room"
  fi
  said=$("$fresh" --version 2>&1) || fail "the program does not run here: $said" "$(remedy "$said")"
  case $said in
  "runspec "*) ;;
  *) fail "the program does not say that it is runspec: $said" ;;
  esac
  keep "$target"
  mv -f "$fresh" "$target"
  fresh=
  say "installed $said as $target"
  first=$(command -v runspec || :)
  # The same, also by a link or a path of another form.
  # shellcheck disable=SC3013
  [ ! "$first" -ef "$target" ] || return 0
  case :${PATH:-}: in
  *:"$dir":* | *:"$dir"/:*) say "another one comes before it on your PATH: $first" ;;
  *) say "$dir is not on your PATH; add it: export PATH=$(quoted "$dir"):\"\$PATH\"" ;;
  esac
}

# $1 so that a shell reads it as that one word.
quoted() {
  rest=$1
  word=
  while [ "${rest#*\'}" != "$rest" ]; do
    word="$word${rest%%\'*}'\\''"
    rest=${rest#*\'}
  done
  printf "'%s'" "$word$rest"
}

# Somebody's own program of that name is not ours to take away, nor what an earlier install has kept; nor is one that never ends waited for.
keep() {
  [ -e "$1" ] || [ -L "$1" ] || return 0
  limit=
  command -v timeout >/dev/null 2>&1 && limit="timeout -s KILL 5"
  # shellcheck disable=SC2086
  case $(is_trusted "$1" && $limit "$1" --version 2>/dev/null </dev/null || :) in
  "runspec "*) return ;;
  esac
  kept=$1.before-runspec
  while [ -e "$kept" ] || [ -L "$kept" ]; do kept=$kept.$$; done
  # By a second name: it is still there where the next step fails.
  ln "$1" "$kept" 2>/dev/null || [ -e "$kept" ] || mv -f "$1" "$kept"
  say "what was there is now $kept"
}

# Whether the program $1 is one's own or root's: another user's is not run.
is_trusted() {
  # shellcheck disable=SC3067
  [ -O "$1" ] || [ -n "$(find -L "$1" -prune -user 0 2>/dev/null)" ]
}

# Why a program that is whole may not run here, as a question.
remedy() {
  case $1 in
  *libstdc++* | *libgcc*) echo "it needs the C++ library: apk add libstdc++" ;;
  *GLIBC_*) echo "the C library here is older than 2.17" ;;
  *) printf '%s\n' "is $dir on a file system that forbids programs (noexec)?" ;;
  esac
}

# Where the program goes, from the top.
directory() {
  [ -n "${RUNSPEC_INSTALL_DIR:-}${HOME:-}" ] || fail "HOME is not set" "set RUNSPEC_INSTALL_DIR to the directory for the program"
  # Directories of root's there would be in the way of its owner's programs; sudo of macOS leaves HOME as it was.
  # shellcheck disable=SC3067
  [ -n "${RUNSPEC_INSTALL_DIR:-}" ] || [ -z "${SUDO_UID:-}" ] || [ ! -d "$HOME" ] || [ -O "$HOME" ] ||
    fail "$HOME is another user's, as sudo leaves it" "run this without sudo, or set RUNSPEC_INSTALL_DIR"
  where=${RUNSPEC_INSTALL_DIR:-$HOME/.local/bin}
  case $where in
  /*) printf '%s\n' "$where" ;;
  "~"*) fail "RUNSPEC_INSTALL_DIR begins with a ~, which no shell has read: $where" "write the whole path, from /" ;;
  *) printf '%s\n' "$PWD/$where" ;;
  esac
}

base_url() {
  url=${RUNSPEC_BASE_URL:-$release_url}
  case $url in
  @*@) fail "RUNSPEC_BASE_URL is not set" "set it to the folder that holds the archives and SHA256SUMS" ;;
  https://* | file:///*) ;;
  http://localhost[:/]* | http://127.*[:/]* | http://\[::1\][:/]*)
    host=${url#http://}
    host=${host%%/*}
    case $host in
    *@*) fail "$url is neither https nor on this machine" ;;
    localhost | localhost:* | 127.*) ;;
    esac
    case ${host%%:*} in
    127.*[!0-9.]*) fail "$url is neither https nor on this machine" ;;
    esac
    ;;
  *) fail "$url is neither https nor on this machine" "a checksum from there would prove nothing" ;;
  esac
  printf '%s\n' "${url%/}"
}

# The name of the build for this machine.
platform() {
  system=$(uname -s)
  machine=$(uname -m)
  case $machine in
  x86_64 | amd64) cpu=x64 ;;
  aarch64 | arm64) cpu=arm64 ;;
  *) fail "there is no build for $system on $machine" ;;
  esac
  case $system in
  Darwin)
    # A shell that Rosetta translates says x86_64 on a machine with an arm64 processor.
    [ "$(sysctl -n sysctl.proc_translated 2>/dev/null || :)" != 1 ] || cpu=arm64
    echo "darwin-$cpu"
    ;;
  Linux)
    # A kernel of 64 bits may carry programs of 32.
    [ "$(getconf LONG_BIT 2>/dev/null || echo 64)" = 64 ] || fail "there is no build for systems of 32 bits"
    if uses_musl; then echo "linux-$cpu-musl"; else echo "linux-$cpu"; fi
    ;;
  MINGW* | MSYS* | CYGWIN*) fail "on Windows, unpack runspec-windows-x64.zip into a directory on your PATH" ;;
  *) fail "there is no build for $system on $machine" ;;
  esac
}

# The C library that programs here are linked to: musl's ldd says so; some systems have both.
uses_musl() {
  case $( (ldd --version || ldd) 2>&1 </dev/null || :) in
  *musl*) return 0 ;;
  *GLIBC* | *"GNU libc"* | *"Free Software Foundation"*) return 1 ;;
  esac
  [ ! -e /lib64/ld-linux-x86-64.so.2 ] && [ ! -e /lib/ld-linux-aarch64.so.1 ] && ls /lib/ld-musl-*.so.1 >/dev/null 2>&1
}

# Downloads $1 to $2, whole or with a sentence.
fetch() {
  case $1 in
  file://*) cp "${1#file://}" "$2" 2>/dev/null || fail "cannot read ${1#file://}" && return ;;
  esac
  if command -v curl >/dev/null 2>&1; then
    # Stalled for half a minute is broken; a redirection leads to https alone, but on this machine.
    protocols='=https'
    case $1 in http://*) protocols='=http,https' ;; esac
    why=$(curl -fsSL --proto "$protocols" --connect-timeout 20 --speed-limit 1 --speed-time 30 -o "$2" "$1" 2>&1) ||
      fail "cannot download $1: $why" "nothing was installed"
  elif command -v wget >/dev/null 2>&1; then
    # BusyBox may have been made without these, and crash.
    patience='-T 30 -t 3'
    case $(wget --help 2>&1 || :) in *BusyBox*) patience= ;; esac
    # shellcheck disable=SC2086
    why=$(wget -q $patience -O "$2" "$1" 2>&1) || fail "cannot download $1${why:+: $why}" "nothing was installed"
  else
    fail "neither curl nor wget is here"
  fi
}

# The sum of the file $1, by whatever there is; its name might have it escaped.
sha256() {
  if command -v sha256sum >/dev/null 2>&1; then
    words=$(sha256sum <"$1")
  elif command -v shasum >/dev/null 2>&1; then
    words=$(shasum -a 256 <"$1")
  elif command -v openssl >/dev/null 2>&1; then
    words=$(openssl dgst -sha256 -r <"$1")
  else
    fail "there is nothing here that makes checksums: sha256sum, shasum or openssl"
  fi
  echo "${words%% *}"
}

# What SHA256SUMS says of the file $1.
listed() {
  while read -r hash name; do
    [ "${name#\*}" != "$1" ] || echo "$hash"
  done <"$work/SHA256SUMS"
}

# The platforms that SHA256SUMS has.
available() {
  all=
  while read -r hash name; do
    case $name in *.tar.gz) name=${name#*runspec-} all="$all${all:+ }${name%.tar.gz}" ;; esac
  done <"$work/SHA256SUMS"
  echo "${all:-none}"
}

need() {
  command -v "$1" >/dev/null 2>&1 || fail "there is no $1 here, which this needs"
}

say() {
  printf '%s\n' "$1" >&2
}

# What went wrong, then what to do.
fail() {
  say "install.sh: $1"
  [ -z "${2:-}" ] || say "  $2"
  exit 1
}

main
