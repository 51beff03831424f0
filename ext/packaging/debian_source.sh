#!/bin/sh
# Fetches the source of a package from Debian into a new folder:
#
#   debian_source.sh cjson FOLDER      makes FOLDER/cJSON.c and FOLDER/cJSON.h, among others
#
# Rationale for its own apt lists: few machines have deb-src lines, and this script must not change them. It also need
# not be root.
set -eu
[ $# -eq 2 ] || { echo "usage: $0 PACKAGE FOLDER" >&2; exit 2; }
package=$1 folder=$2
[ ! -d "$folder" ] || exit 0
command -v dpkg-source >/dev/null || { echo "$0 needs dpkg-source: apt-get install dpkg-dev" >&2; exit 1; }

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
(cd "$work" && apt source --download-only "$package" >/dev/null)
dpkg-source --no-check -x "$work/$package"_*.dsc "$work/unpacked" >/dev/null
mkdir -p "$(dirname "$folder")"
cp -R "$work/unpacked" "$folder"
echo "Debian's source of $package is in $folder"
