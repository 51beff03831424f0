-- verify.sql: prove that a backup can be restored. Do it once a quarter.
--
--     sqlite3 :memory: ".load ./build/strata" ".read sql/schema.sql" ".param set :path '/media/usb/strata-backup-2025-01-15.json'" ".read sql/verify.sql"
--
-- Restores the backup into a database in memory and compares that with the backup, field by
-- field. Your own database is not even opened: with a file instead of :memory: the script stops
-- at once. It ends with a non-zero exit status if the backup cannot be restored, or if what was
-- restored differs from it; then it lists the differences. A field that an older backup does not
-- have and the restore fills in does not count as a difference, nor does what the tables have no
-- place for and the restore leaves out. Parameters:
--   :path     the backup (required)
--   :options  as for strata_restore_json()

.bail on
.mode list
.headers off

-- SQLite would silently ignore an unknown parameter, so report it by name.
.param init
SELECT key || ' is not a parameter of verify.sql' FROM temp.sqlite_parameters WHERE key NOT IN (':path', ':options');
DROP TABLE IF EXISTS temp.given;
CREATE TEMP TABLE given(
  strays INTEGER CONSTRAINT "verify.sql takes :path and :options, each with its colon, and no other parameter: remove the other one with .param unset" CHECK (strays = 0),
  path TEXT CONSTRAINT "set :path to the backup's file" CHECK (path IS NOT NULL),
  main TEXT CONSTRAINT "run verify.sql with sqlite3 :memory:, because it replaces everything in the main database" CHECK (main = ''),
  differences INTEGER CONSTRAINT "what was restored differs from the backup" CHECK (differences = 0));
INSERT INTO given
SELECT (SELECT count(*) FROM temp.sqlite_parameters WHERE key NOT IN (':path', ':options')), :path, file, 0
  FROM pragma_database_list WHERE name = 'main';

PRAGMA foreign_keys = ON;
PRAGMA cache_size = -262144;
SELECT printf('Restored into memory: %,d row%s.', total, CASE total WHEN 1 THEN '' ELSE 's' END)
       || coalesce(' Left out, because the database has no such table or field: ' || left_out || '.', '')
  FROM (SELECT sum(CASE path WHEN '$.counts' THEN atom END) AS total,
               group_concat(CASE WHEN path <> '$.ignored' OR number > 21 THEN NULL WHEN number = 21 THEN 'and more'
                                 ELSE printf('%s (%,d row%s)', CASE WHEN key GLOB '*[' || char(1) || '-' || char(31) || char(127) || ']*' OR instr(key, char(0)) THEN json_quote(key) ELSE key END,
                                             atom, CASE atom WHEN 1 THEN '' ELSE 's' END) END, ', ') AS left_out
          FROM (SELECT path, key, atom, row_number() OVER (PARTITION BY path ORDER BY id) AS number
                  FROM json_tree(strata_restore_file(:path, 'replace', :options))));

DROP TABLE IF EXISTS temp.difference;
CREATE TEMP TABLE difference(name TEXT, key TEXT, change TEXT, field TEXT, backup TEXT, database TEXT);
INSERT INTO difference
SELECT name, key, change, field, substr(backup, 1, 200), substr(database, 1, 200) FROM strata_backup_diff(strata_file(:path));

-- What the restore has left out is not a difference. The fields of a table are its columns: asset_id is
-- assetId.
DROP TABLE IF EXISTS temp.place;
CREATE TEMP TABLE place(name TEXT, field TEXT, PRIMARY KEY(name, field)) WITHOUT ROWID;
WITH RECURSIVE spelt(name, column, at, field) AS (
  SELECT t.name, c.name, 1, ''
    FROM strata_backup_counts('{"schemaVersion":"1","data":{}}') AS t CROSS JOIN pragma_table_xinfo(table_name, 'main') AS c WHERE hidden = 0
  UNION ALL
  SELECT name, column, at + CASE WHEN at > 1 AND substr(column, at, 2) GLOB '_[a-z]' THEN 2 ELSE 1 END,
         field || CASE WHEN at > 1 AND substr(column, at, 2) GLOB '_[a-z]' THEN upper(substr(column, at + 1, 1)) ELSE substr(column, at, 1) END
    FROM spelt WHERE at <= length(column))
INSERT INTO place SELECT name, field FROM spelt WHERE at > length(column);
DELETE FROM difference
 WHERE NOT EXISTS (SELECT 1 FROM place WHERE place.name = difference.name AND place.field = coalesce(difference.field, place.field));
SELECT printf('Filled in, because the backup predates the field: %s.%s in %,d row%s.', name, field, count(*), CASE count(*) WHEN 1 THEN '' ELSE 's' END)
  FROM difference WHERE change = 'changed' AND backup IS NULL GROUP BY name, field;
DELETE FROM difference WHERE change = 'changed' AND backup IS NULL;
SELECT name, key, change, field, backup, database FROM difference LIMIT 50;
UPDATE given SET differences = (SELECT count(*) FROM difference);
SELECT 'Compared field by field: no differences.';
