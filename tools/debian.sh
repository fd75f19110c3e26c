#!/usr/bin/env bash
# debian.sh PACKAGE[?]=PROBE ...   Install those Debian packages whose probe is not there yet.
#
# A probe is a program's name, a path, or python:MODULE, which ${PYTHON:-python3} must import. A package with a question mark is needed only on
# Debian releases that have it. Services of the packages are not started: the tests start what they need themselves and stop it again.
set -euo pipefail

is_there() {
  case $1 in
    python:*) "${PYTHON:-python3}" -c "import ${1#python:}" 2>/dev/null ;;
    /*) [ -e "$1" ] ;;
    *) [ -x "/usr/bin/$1" ] || [ -x "/usr/sbin/$1" ] || command -v "$1" >/dev/null ;;
  esac
}

missing=()
for pair in "$@"; do
  is_there "${pair#*=}" || missing+=("${pair%%=*}")
done
[ ${#missing[@]} -gt 0 ] || exit 0

if [ "$(id -u)" -ne 0 ] || ! command -v apt-get >/dev/null; then
  echo "missing: ${missing[*]}. On Debian, as root: apt-get install ${missing[*]%\?}" >&2
  exit 1
fi

policy=/usr/sbin/policy-rc.d
if [ ! -e "$policy" ]; then
  trap 'rm -f "$policy"' EXIT
  printf '#!/bin/sh\nexit 101\n' >"$policy"
  chmod +x "$policy"
fi
apt-get update -qq
wanted=()
for package in "${missing[@]}"; do
  if [[ $package == *\? ]]; then
    package=${package%\?}
    [ -n "$(apt-cache madison "$package")" ] || continue
  fi
  wanted+=("$package")
done
[ ${#wanted[@]} -eq 0 ] || DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends "${wanted[@]}"
