-- restore.sql: put a backup in the place of what the database has now.
--
--     sqlite3 strata.db ".load ./build/strata" ".param set :path '/media/usb/strata-backup-2025-01-15.json'" ".read sql/restore.sql"
--
-- Close the app first. Then this
--   1. checks the backup: a restore that would fail stops here, with all its problems;
--   2. shows what is about to happen, a line for each table;
--   3. makes a raw copy of the database as it is now, beside it, named
--      strata.db.before-restore-2025-01-15T094211 (:safety names another file);
--   4. restores, all or nothing.
-- Rows that only the database has are deleted: look at them with preview.sql before,
-- or keep them with merge.sql. To undo it all, put the copy of step 3 in the place of
-- the database. An error ends with a non-zero exit status, and changes no row.
--
-- The backup is held in memory meanwhile: for one of more than about 1 GB call
-- strata_backup_db() and strata_restore_file() yourself.

.bail on
.mode list
.headers off

-- A name that is misspelt, or lacks its colon, must not mean that the default is taken.
.param init
DROP TABLE IF EXISTS temp.parameter;
CREATE TEMP TABLE parameter(
  name TEXT CONSTRAINT "unknown parameter: they are :folder, :path, :mode, :options and :safety, with the colon"
  CHECK (name IN (':folder', ':path', ':mode', ':options', ':safety', ':copy')));
INSERT INTO parameter SELECT key FROM temp.sqlite_parameters;

DROP TABLE IF EXISTS temp.restore;
CREATE TEMP TABLE restore(
  backup BLOB CONSTRAINT "the file that :path names cannot be read" CHECK (backup IS NOT NULL),
  safety TEXT,
  free INTEGER CONSTRAINT "the copy of the database would replace a file: wait a second, or name another in :safety" CHECK (free));
INSERT INTO restore
SELECT readfile(:path), safety, readfile(safety) IS NULL
  FROM (SELECT coalesce(:safety, CASE file WHEN '' THEN 'strata.db' ELSE file END
                                 || '.before-restore-' || strftime('%Y-%m-%dT%H%M%S', 'now', 'localtime')) AS safety
          FROM pragma_database_list WHERE name = 'main');

-- A restore that is known to fail ends this script: with all problems, then with its own error.
BEGIN;
SELECT CASE step WHEN 1 THEN problems ELSE strata_restore_json(backup, 'replace', :options) END
  FROM restore
 CROSS JOIN (SELECT group_concat(coalesce('line ' || line || ': ', '') || coalesce(path || ': ', '') || message, char(10)) AS problems
               FROM strata_restore_check((SELECT backup FROM restore), 'replace', :options))
 CROSS JOIN (SELECT 1 AS step UNION ALL SELECT 2)
 WHERE problems IS NOT NULL;
ROLLBACK;

.mode column
.headers on

SELECT b.name AS "table", b.rows AS "backup", l.rows AS "database",
       coalesce(d.removed, 0) AS "brought back", coalesce(d.added, 0) AS "deleted", coalesce(d.changed, 0) AS "fields overwritten"
  FROM restore
  JOIN strata_backup_counts(restore.backup) AS b
  JOIN strata_backup_counts AS l ON l.name = b.name
  LEFT JOIN (SELECT name, sum(change = 'removed') AS removed, sum(change = 'added') AS added, sum(change = 'changed') AS changed
               FROM strata_backup_diff((SELECT backup FROM restore)) GROUP BY name) AS d ON d.name = b.name;

.mode list
.headers off

SELECT 'The database as it was: ' || json_extract(strata_backup_db(safety), '$.path') FROM restore;
SELECT printf('Restored %s: %d rows.', :path, sum(atom))
  FROM json_tree((SELECT strata_restore_json(backup, 'replace', :options) FROM restore)) WHERE path = '$.counts';
