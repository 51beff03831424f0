# The sqlite3 shell: restore a backup into new.db, count, back up, compare.
sqlite3 new.db <<'SQL'
.load ./strata
SELECT strata_restore_file('backup.json');
SELECT name, rows FROM strata_backup_counts;
SELECT strata_backup_file('copy.json');
SELECT count(*) || ' differences' FROM strata_backup_diff(strata_backup_json());
SQL
