#!/bin/sh
# demo.sh: the main job from beginning to end, on sample data: back up, lose something,
# look, restore, verify.
#
#     sql/demo.sh FOLDER
#
# Makes the folder; if it exists, an earlier demo must have made it. `cmake --build build
# --target demo` calls this with build/demo.
set -eu

if [ $# -ne 1 ]; then
  echo "usage: $0 FOLDER" >&2
  exit 2
fi
here=$(CDPATH='' cd -P -- "$(dirname -- "$0")" && pwd)
command=$here/strata
# Installed, scripts and commands have a folder each.
[ -x "$command" ] || command=$here/../../bin/strata
[ -x "$command" ] || command=$(command -v strata) || { echo "$0: the command strata is missing: put it on your PATH" >&2; exit 1; }
case ${STRATA_EXTENSION:-/} in /*) ;; *) STRATA_EXTENSION=$PWD/$STRATA_EXTENSION ;; esac
folder=$1
if [ -e "$folder" ] && [ ! -e "$folder/strata-demo" ]; then
  echo "$0: '$folder' already exists: name a new folder" >&2
  exit 1
fi
rm -rf -- "$folder"
mkdir -p -- "$folder"
cd -- "$folder"
: >strata-demo

say() { printf '\n\033[1m%s\033[0m\n' "$1"; }
[ -t 1 ] || say() { printf '\n%s\n' "$1"; }
strata() {
  printf '$ strata'
  printf ' %s' "$@"
  printf '\n'
  "$command" "$@"
}
sql() { "${SQLITE3:-sqlite3}" -init /dev/null -batch -bail strata.db; }

"$command" create strata.db >/dev/null
sql <"$here/sample.sql"

say '1. A small household: twelve assets, valued every quarter. Back it up:'
strata backup strata.db backup.json

say '2. A bad day: the flat is deleted, with everything that belongs to it, and the wallet is misnamed.'
sql <<'SQL'
PRAGMA foreign_keys = ON;
DELETE FROM assets WHERE id = 'a_flat';
UPDATE assets SET name = 'Walet' WHERE id = 'a_wallet';
SQL

say '3. See what a restore would do, before it does anything:'
strata preview strata.db backup.json

say '4. Restore. (It would ask first; --yes answers.)'
strata restore strata.db backup.json --yes

say '5. Is everything back?'
strata diff backup.json strata.db

say '6. Will that file still restore in three years? Prove it:'
strata verify backup.json

printf '\nThe files of this demo are in %s\nMore: %s help\n' "$(pwd)" "$command"
