#!/bin/sh
# Makes strata.dll with mingw-w64 and runs it under wine: windows.sh SOURCE FOLDER
#
# Needs gcc-mingw-w64-x86-64, wine64, npm, dpkg-dev and python3. SQLite is the amalgamation that npm's better-sqlite3
# carries, cJSON Debian's source package; both are fetched once.
set -eu
source=$1 folder=$2
mingw=${STRATA_MINGW:-x86_64-w64-mingw32}
wine=$(command -v wine64 || echo /usr/lib/wine/wine64)
for tool in "$mingw-gcc" "$wine" npm; do
  command -v "$tool" >/dev/null || { echo "this needs $tool: apt-get install gcc-mingw-w64-x86-64 wine64 npm" >&2; exit 1; }
done
mkdir -p "$folder"
folder=$(CDPATH='' cd -- "$folder" && pwd)

sh "$source/ext/packaging/debian_source.sh" cjson "$folder/cjson"
if [ ! -f "$folder/sqlite/sqlite3.c" ]; then
  rm -rf "$folder/npm"
  mkdir -p "$folder/npm" "$folder/sqlite"
  (cd "$folder/npm" && npm pack --silent better-sqlite3 >/dev/null && tar -xzf ./*.tgz)
  mv "$folder/npm/package/deps/sqlite3/"sqlite3* "$folder/sqlite/"
fi
headers=$folder/sqlite-headers
mkdir -p "$headers"
cp "$folder/sqlite/sqlite3.h" "$folder/sqlite/sqlite3ext.h" "$headers/"

cmake -S "$source" -B "$folder/build" -DCMAKE_TOOLCHAIN_FILE="$source/ext/packaging/mingw.cmake" -DSTRATA_MINGW="$mingw" \
  -DSTRATA_TESTS=OFF -DSTRATA_CJSON_SOURCE="$folder/cjson" -DSQLite3_INCLUDE_DIR="$headers" -DSQLite3_LIBRARY=/dev/null \
  >"$folder/log" && cmake --build "$folder/build" --target strata --target strata_nofs >>"$folder/log" || { cat "$folder/log"; exit 1; }
[ -f "$folder/sqlite3.o" ] || "$mingw-gcc" -O1 -DSQLITE_ENABLE_LOAD_EXTENSION -c "$folder/sqlite/sqlite3.c" -o "$folder/sqlite3.o"
"$mingw-gcc" -O1 -Wall -Wextra -I"$headers" "$source/tests/windows/run_sql.c" "$folder/sqlite3.o" -o "$folder/run_sql.exe" \
  -static-libgcc
WINEPREFIX=$folder/wine WINEDEBUG=-all STRATA_WINE=$wine STRATA_WINDOWS=$folder PYTHONPATH=$source/tests/sql \
  "${STRATA_PYTHON:-python3}" "$source/tests/windows/test_windows.py"
