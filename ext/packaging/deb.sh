#!/bin/sh
# Builds the Debian package with Debian's own tools: deb.sh SOURCE FOLDER
#
# Rationale for the copy: Debian's tools need a folder debian/ at the top of the tree; ours is in ext/packaging/.
set -eu
source=$1 folder=$2
for tool in dpkg-buildpackage dh; do
  command -v $tool >/dev/null || { echo "the package needs $tool: apt-get install dpkg-dev debhelper" >&2; exit 1; }
done
work=$folder/deb/strata
rm -rf "$folder/deb" "$folder"/libsqlite3-mod-strata_*.deb
mkdir -p "$work/tests"
cp -R "$source/CMakeLists.txt" "$source/README.md" "$source/ext" "$source/sql" "$work"
cp -R "$source/ext/packaging/debian" "$work/debian"
log=$folder/deb/log.txt
if ! (cd "$work" && dpkg-buildpackage --build=binary --unsigned-source --unsigned-changes) >"$log" 2>&1; then
  tail -30 "$log" >&2
  exit 1
fi
cp "$folder"/deb/libsqlite3-mod-strata_*.deb "$folder"
ls "$folder"/libsqlite3-mod-strata_*.deb
