#!/bin/sh
# backup-rotate.sh: a backup with today's date, of which the last N are kept.
#
#     sql/backup-rotate.sh DATABASE FOLDER [N]
#
# Writes FOLDER/strata-backup-2025-01-15.json, then deletes the oldest of the files
# named so, until N are left (default 12). Nothing is deleted unless the new backup is
# whole. For every Sunday at 9, in `crontab -e`:
#
#     0 9 * * 0 /home/me/strata/sql/backup-rotate.sh /home/me/.strata/strata.db /media/usb 12
#
# cron mails what this prints on an error; it prints one line otherwise. The
# environment may name the extension (STRATA_EXTENSION, by default build/strata beside
# this folder) and the shell (SQLITE3, by default sqlite3).
set -eu

if [ $# -lt 2 ] || [ $# -gt 3 ]; then
  echo "usage: $0 DATABASE FOLDER [N]" >&2
  exit 2
fi
database=$1 folder=$2 keep=${3-12}
here=$(CDPATH='' cd -- "$(dirname -- "$0")" && pwd)
extension=${STRATA_EXTENSION:-$here/../build/strata}

case $keep in
  '' | *[!0-9]* | 0) echo "$0: N has to be a number from 1, not '$keep'" >&2; exit 2 ;;
esac
# sqlite3 would create it, and the backup would be one of nothing.
if [ ! -f "$database" ]; then
  echo "$0: there is no database '$database'" >&2
  exit 1
fi
case $database in -*) database=./$database ;; esac

# For the shell's own commands a text stands in double quotes, and in SQL in single ones.
quoted() { printf '"%s"' "$(printf '%s' "$1" | sed 's/[\\"]/\\&/g')"; }
literal() { printf "'%s'" "$(printf '%s' "$1" | sed "s/'/''/g")"; }

# An empty database would in time push every good backup out.
"${SQLITE3:-sqlite3}" -bail -batch "$database" ".timeout 10000" ".load $(quoted "$extension")" \
  'CREATE TEMP TABLE rotate(rows CONSTRAINT "the database has no rows: nothing was written or deleted" CHECK (rows > 0));' \
  'INSERT INTO rotate SELECT sum(rows) FROM strata_backup_counts;' \
  ".param set :folder $(quoted "$(literal "$folder")")" ".read $(quoted "$here/backup.sql")"

case $folder in -*) folder=./$folder ;; esac
set -- "$folder"/strata-backup-[0-9][0-9][0-9][0-9]-[0-9][0-9]-[0-9][0-9].json
while [ $# -gt "$keep" ]; do
  rm -f "$1"
  shift
done
