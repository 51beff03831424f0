-- preview.sql: what a restore would do, without doing it.
--
--     sqlite3 strata.db ".load ./build/strata" ".param set :path '/media/usb/strata-backup-2025-01-15.json'" ".read sql/preview.sql"
--
-- Shows for each table how many rows the backup and the database have, and how they
-- differ: `only in backup` would be brought back; `only in database` would be deleted by
-- restore.sql and kept by merge.sql; `fields` counts the single values that would be
-- overwritten. Then the first fifty differences. Every problem that would stop a restore
-- is listed before that. Nothing is changed, but it needs the right to write.
--
-- Set :mode to 'merge' for the verdict on merge.sql, and :options as for
-- strata_restore_json(). Ends with a non-zero exit status if a restore would fail.
-- The backup is held in memory meanwhile: of more than about 1 GB, restore a copy of
-- the database instead.

.bail on

-- A name that is misspelt, or lacks its colon, must not mean that the default is taken.
.param init
DROP TABLE IF EXISTS temp.parameter;
CREATE TEMP TABLE parameter(
  name TEXT CONSTRAINT "unknown parameter: they are :folder, :path, :mode, :options and :safety, with the colon"
  CHECK (name IN (':folder', ':path', ':mode', ':options', ':safety', ':copy')));
INSERT INTO parameter SELECT key FROM temp.sqlite_parameters;

DROP TABLE IF EXISTS temp.preview;
CREATE TEMP TABLE preview(backup BLOB CONSTRAINT "the file that :path names cannot be read" CHECK (backup IS NOT NULL));
INSERT INTO preview SELECT readfile(:path);

-- First, for what cannot be read cannot be counted either.
.mode list
.headers off
SELECT coalesce('line ' || line || ': ', '') || coalesce(path || ': ', '') || message
  FROM strata_restore_check((SELECT backup FROM preview), :mode, :options);
.mode column
.headers on

SELECT b.name AS "table", b.rows AS "backup", l.rows AS "database",
       coalesce(d.removed, 0) AS "only in backup", coalesce(d.added, 0) AS "only in database", coalesce(d.changed, 0) AS "fields"
  FROM preview
  JOIN strata_backup_counts(preview.backup) AS b
  JOIN strata_backup_counts AS l ON l.name = b.name
  LEFT JOIN (SELECT name, sum(change = 'removed') AS removed, sum(change = 'added') AS added, sum(change = 'changed') AS changed
               FROM strata_backup_diff((SELECT backup FROM preview)) GROUP BY name) AS d ON d.name = b.name;

SELECT name AS "table", key, change, field, substr(backup, 1, 40) AS backup, substr(database, 1, 40) AS "database"
  FROM strata_backup_diff((SELECT backup FROM preview)) LIMIT 50;

.mode list
.headers off

-- A restore that is known to fail ends this script with its own error.
BEGIN;
SELECT strata_restore_json(backup, :mode, :options) FROM preview
 WHERE EXISTS (SELECT 1 FROM strata_restore_check(preview.backup, :mode, :options));
ROLLBACK;
SELECT 'A restore would succeed. Nothing was changed.';
