#!/bin/sh
# Fetches the source of Debian's package cjson into a folder, with cJSON.c and cJSON.h directly in it:
#
#   cjson_source.sh FOLDER
#
# Rationale for lists of its own: few machines have deb-src lines, and this one must not change them; neither does
# it need to be root.
set -eu
[ $# -eq 1 ] || { echo "usage: $0 FOLDER" >&2; exit 2; }
folder=$1
if [ -f "$folder/cJSON.c" ] && [ -f "$folder/cJSON.h" ]; then exit 0; fi
command -v dpkg-source >/dev/null || { echo "cjson_source.sh needs dpkg-source: apt-get install dpkg-dev" >&2; exit 1; }

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
mkdir -p "$work/lists/partial" "$work/cache/archives/partial" "$work/sources"
for file in /etc/apt/sources.list.d/debian.sources /etc/apt/sources.list.d/ubuntu.sources; do
  [ -f "$file" ] && sed 's/^Types:.*/Types: deb-src/' "$file" >"$work/sources/$(basename "$file")"
done
[ -f /etc/apt/sources.list ] && sed -n 's/^deb /deb-src /p' /etc/apt/sources.list >"$work/sources/list.list"

apt() {
  apt-get -qq -o Dir::Etc::sourcelist=/dev/null -o Dir::Etc::sourceparts="$work/sources" \
    -o Dir::State::lists="$work/lists" -o Dir::Cache="$work/cache" -o APT::Sandbox::User=root "$@"
}
apt update
(cd "$work" && apt source --download-only cjson >/dev/null)
dpkg-source --no-check -x "$work"/cjson_*.dsc "$work/cjson" >/dev/null
mkdir -p "$folder"
cp "$work/cjson/cJSON.c" "$work/cjson/cJSON.h" "$work/cjson/LICENSE" "$folder/"
echo "cJSON of Debian's source package is in $folder"
