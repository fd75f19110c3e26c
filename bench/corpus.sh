#!/usr/bin/env bash
# corpus.sh FOLDER   Collect real Dockerfiles, one a file, out of the source packages of container projects in Debian.
#
# Only apt-get is used, with package lists of its own, so the machine's set-up stays as it is. Files with the same bytes are kept once. Nothing
# that is collected is ever committed: the files belong to their projects.
set -euo pipefail

folder=${1:?usage: corpus.sh FOLDER}
read -ra packages <<<"${PACKAGES:-golang-github-containers-buildah libpod docker.io containerd golang-github-containers-image}"

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
chmod 755 "$work" # apt-get reads it as another user
mkdir -p "$work/sources" "$work/lists/partial" "$work/download" "$work/tree" "$folder"

# Debian's own sources only, asked for source packages, whichever of the two file formats the machine has.
for file in /etc/apt/sources.list.d/debian.sources /etc/apt/sources.list; do
  [ -s "$file" ] || continue
  sed -E 's/^Types: *deb *$/Types: deb-src/; s/^deb /deb-src /' "$file" >"$work/sources/$(basename "$file" | sed 's/^sources.list$/debian.list/')"
done
options=(-qq -o Dir::Etc::SourceList=/dev/null -o Dir::Etc::SourceParts="$work/sources" -o Dir::State::Lists="$work/lists")
apt-get "${options[@]}" update
for package in "${packages[@]}"; do
  (cd "$work/download" && apt-get "${options[@]}" source --download-only "$package" 2>/dev/null) || echo "no source package: $package" >&2
done

for archive in "$work"/download/*.orig*.tar.*; do
  case $archive in *.asc) continue ;; esac
  tree="$work/tree/$(basename "$archive")"
  mkdir "$tree"
  tar --extract --file "$archive" --directory "$tree" --no-same-owner 2>/dev/null || echo "not unpacked in full: $(basename "$archive")" >&2
done

find "$work/tree" -type f -regextype posix-extended \
  -iregex '.*/((docker|container)file([._-][^/]*)?|[^/]*\.(docker|container)file)' -print0 |
  while IFS= read -r -d '' file; do
    grep -qiE '^[[:space:]]*FROM[[:space:]]' "$file" || continue
    digest=$(sha256sum <"$file")
    cp "$file" "$folder/${digest:0:16}.Dockerfile"
  done
echo "$folder: $(find "$folder" -name '*.Dockerfile' | wc -l) Dockerfiles"
