#!/bin/sh
# backup-encrypted.sh: a backup that only the holder of a key can read.
#
#     sql/backup-encrypted.sh DATABASE FOLDER RECIPIENT
#
# Writes FOLDER/strata-backup-2025-01-15.json.gpg, encrypted by gpg for RECIPIENT (a
# key's id or mail address; see gpg --list-keys). The readable document goes through a
# pipe and is never on the disk. A file of the same day is replaced once the new one is
# whole. To restore it, decrypt it into memory, or onto an encrypted disk:
#
#     gpg --output /dev/shm/backup.json --decrypt strata-backup-2025-01-15.json.gpg
#     sqlite3 strata.db ".load ./build/strata" ".param set :path '/dev/shm/backup.json'" ".read sql/restore.sql"
#     rm /dev/shm/backup.json
#
# A document in a pipe is held in memory, and at most 1 GB. The environment may name the
# extension (STRATA_EXTENSION, by default build/strata beside this folder) and the
# programs (SQLITE3, GPG).
set -eu
umask 077

if [ $# -ne 3 ]; then
  echo "usage: $0 DATABASE FOLDER RECIPIENT" >&2
  exit 2
fi
database=$1 folder=$2 recipient=$3
here=$(CDPATH='' cd -- "$(dirname -- "$0")" && pwd)
extension=${STRATA_EXTENSION:-$here/../build/strata}

if [ ! -f "$database" ]; then
  echo "$0: there is no database '$database'" >&2
  exit 1
fi
case $database in -*) database=./$database ;; esac
case $folder in -*) folder=./$folder ;; esac

quoted() { printf '"%s"' "$(printf '%s' "$1" | sed 's/[\\"]/\\&/g')"; }

target=$folder/strata-backup-$(date +%Y-%m-%d).json.gpg
temporary=$(mktemp "$folder/.strata-XXXXXXXX")
trap 'rm -f "$temporary"' EXIT
trap 'exit 1' HUP INT TERM

# The pipe's own status is gpg's; that of sqlite3 comes through descriptor 3.
status=$(
  {
    { "${SQLITE3:-sqlite3}" -bail -batch "$database" ".timeout 10000" ".load $(quoted "$extension")" "SELECT strata_backup_json()" \
        3>&- && echo whole >&3; } |
      "${GPG:-gpg}" --batch --yes --trust-model always --encrypt --recipient "$recipient" --output "$temporary" >&2 3>&-
  } 3>&1
)
if [ "$status" != whole ]; then
  echo "$0: the backup failed; nothing was written" >&2
  exit 1
fi
mv -f "$temporary" "$target"
echo "$target: $(wc -c < "$target" | tr -d ' ') bytes, encrypted for $recipient"
