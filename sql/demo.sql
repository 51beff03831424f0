-- demo.sql: the main job from beginning to end, on the sample data: back up,
-- lose something, preview, restore, verify. `cmake --build build --target demo`
-- runs it; by hand, in a new folder:
--
--   sqlite3 -bail demo.db ".load …/build/strata" ".read …/sql/schema.sql" \
--           ".read …/sql/sample.sql" ".read …/sql/demo.sql"
.bail on
.headers on
.mode column
.print
.print 1. A Strata database, and a backup of it:
.headers off
.mode list
SELECT strata_backup_file('strata-backup.json');
.headers on
.mode column
.print
.print 2. A bad day: the flat is gone, with all that belonged to it, and the wallet got a wrong name.
DELETE FROM asset_snapshots WHERE asset_id = 'a_flat';
DELETE FROM transactions WHERE asset_id = 'a_flat';
DELETE FROM asset_categories WHERE asset_id = 'a_flat';
DELETE FROM asset_tags WHERE asset_id = 'a_flat';
DELETE FROM assets WHERE id = 'a_flat';
UPDATE assets SET name = 'Walet' WHERE id = 'a_wallet';
.print
.print 3. Preview: the rows of the backup beside the live ones, and what has changed since.
SELECT b.name, b.rows AS in_backup, l.rows AS live
  FROM strata_backup_counts(readfile('strata-backup.json')) AS b
  JOIN strata_backup_counts AS l ON l.name = b.name;
.print
SELECT name, change, count(*) AS differences FROM strata_backup_diff(readfile('strata-backup.json')) GROUP BY name, change;
.print
.print 4. Would it restore? A row for each problem, so none is good:
SELECT count(*) AS problems FROM strata_restore_check(readfile('strata-backup.json'));
.print
.print 5. Restore:
.headers off
.mode list
SELECT strata_restore_file('strata-backup.json');
.print
.print 6. Verify: no difference is left, and every reference holds.
SELECT 'differences: ' || count(*) FROM strata_backup_diff(readfile('strata-backup.json'));
SELECT 'integrity: ' || (SELECT * FROM pragma_integrity_check) || ', dangling references: ' || (SELECT count(*) FROM pragma_foreign_key_check);
