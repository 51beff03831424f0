# backup.sh: the parts of `strata backup`: checking what was written, giving it its name, encrypting, and deleting old
# backups.

# The tables of the database $1, as SQL: a backup is verified with the database's own schema.
schema_of() {
  run "$1" <<'SQL'
SELECT sql || ';' FROM main.sqlite_master WHERE type = 'table' AND sql IS NOT NULL AND name NOT LIKE 'sqlite\_%' ESCAPE '\'
   AND name IN (SELECT table_name FROM strata_backup_counts);
SELECT sql || ';' FROM main.sqlite_master WHERE type = 'index' AND sql IS NOT NULL AND tbl_name IN (SELECT table_name FROM strata_backup_counts);
SQL
}
check_backup() { # $1 database, $2 document
  schema_of "$1" >"$scratch/schema" && { cat "$scratch/schema"; parameter path "$2"; give_options; script verify.sql; } | run '' >"$scratch/proof"
}
put_backup() {
  if [ -n "$dated" ]; then put_in_free_place "$unfinished"; else put_in_place "$unfinished" "$target"; fi
}
# A backup only ever replaces a backup.
check_replaceable() {
  { parameter path "$target"; echo 'SELECT count(*) FROM strata_backup_counts(strata_file(:path));'; } | run '' >/dev/null && return
  if [ -n "$stopped" ] || [ ! -s "$scratch/errors" ] || grep -qs -e 'shared object' -e 'disk is full' "$scratch/errors"; then
    fail_with_errors "$target"
  fi
  fail "'$target' already exists and is not a backup: move it elsewhere, or name another file"
}
# The same for an encrypted one, of which only the first bytes tell what it is (RFC 9580: a session key, or the armour).
check_encrypted() {
  case $(head -c 1 -- "$target" | od -An -tx1 | tr -d ' ') in
    84 | 85 | 8c | c1 | c3 | 2d) return ;;
  esac
  fail "'$target' already exists and is not an encrypted file: move it elsewhere, or name another file"
}
# The document goes from memory through a pipe to gpg: it is never on the disk.
backup_encrypted() {
  command -v "${GPG:-gpg}" >/dev/null || fail "the program ${GPG:-gpg} is missing: install it (on Debian: sudo apt install gnupg)"
  schema_of "$1" >"$scratch/schema" || fail_with_errors "$1"
  {
    printf 'PRAGMA temp_store = memory;\n.param init\n' # again: the PRAGMA drops the TEMP tables
    cat "$scratch/schema"
    [ -z "$allow_empty" ] || parameter empty allow
    printf 'ATTACH %s AS live;\n' "$(sql_quote "$1")"
    cat <<'SQL'
CREATE TEMP TABLE made(
  rows INTEGER CONSTRAINT "the database has neither assets nor portfolio snapshots, so it may be the wrong file; if it is the right one, use --allow-empty (in the script, set :empty to 'allow'). Nothing was written" CHECK (rows > 0),
  written TEXT, differences INTEGER CONSTRAINT "the restored rows differ from the backup" CHECK (differences = 0));
INSERT INTO made
SELECT CASE WHEN :empty IS 'allow' THEN 1 ELSE sum(rows) END, strata_backup_json('live'), 0
  FROM strata_backup_counts WHERE schema = 'live' AND name IN ('assets', 'portfolioSnapshots');
.output /dev/null
SQL
    [ -n "$no_verify" ] || cat <<'SQL'
SELECT strata_restore_json(written, 'replace') FROM made;
UPDATE made SET differences = (SELECT count(*) FROM strata_backup_diff(written));
SQL
    printf '.output\nSELECT written FROM made;\n'
  } | run :memory: 2>/dev/null | "${GPG:-gpg}" --batch --yes --trust-model always --encrypt --recipient "$recipient" --output "$unfinished" 2>"$scratch/gpg"
  status=$?
  [ -z "$stopped" ] || [ -s "$scratch/whole" ] || fail 'stopped; nothing was written'
  # A gpg that ends early ends the shell, too, which then has no message of its own.
  if [ ! -s "$scratch/whole" ] && { [ "$status" -eq 0 ] || [ -s "$scratch/errors" ]; }; then
    fail_with_errors "$1"
  fi
  if [ "$status" -ne 0 ]; then
    complain "gpg could not encrypt for '$recipient', and nothing was written:"
    sed -e 's/^gpg: //' -e 's/^/strata: gpg: /' "$scratch/gpg" >&2
    exit 1
  fi
  put_backup
  printf '%s: %s bytes, encrypted for %s\n' "$target" "$(wc -c <"$target" | tr -d ' ')" "$recipient"
}
# Deletes the oldest of the folder's dated backups until $keep are left; never the new one.
rotate() {
  LC_ALL=C # sorts the names by date and time
  set --
  for file in "$folder"strata-backup-[0-9][0-9][0-9][0-9]-[0-9][0-9]-[0-9][0-9]*"$ending"; do
    moment=${file#"$folder"strata-backup-??????????}
    case ${moment%"$ending"} in '' | T[0-9][0-9][0-9][0-9][0-9][0-9]) set -- "$@" "$file" ;; esac
  done
  while [ $# -gt "$keep" ]; do
    if [ "$1" != "$target" ]; then
      rm -f "$1" && printf 'Deleted an old backup (--keep %s): %s\n' "$keep" "$1"
    fi
    shift
  done
}
