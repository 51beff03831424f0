-- backup.sql: a backup, with today's date in its name.
--
--     sqlite3 strata.db ".load ./build/strata" ".param set :folder '/media/usb'" ".read sql/backup.sql"
--
-- Writes :folder/strata-backup-2025-01-15.json and says what is in it. A backup of the same
-- day is replaced once the new one is complete. The database is only read, and may be in use.
-- An error ends the script with a non-zero exit status and changes no file. Parameters:
--   :folder   the folder to write to; or instead
--   :path     the file to write
--   :empty    'allow' permits a database without assets and portfolio snapshots, which is an
--             error otherwise, because it is probably the wrong file
--   :options  as for strata_backup_file()
--
-- A value that looks like SQL (2025-01-15, say) needs two kinds of quotes, here and in
-- the other scripts: ".param set :folder \"'2025-01-15'\"".

.bail on
.mode list
.headers off

-- SQLite would silently ignore an unknown parameter, so report it by name.
.param init
SELECT key || ' is not a parameter of backup.sql' FROM temp.sqlite_parameters WHERE key NOT IN (':folder', ':path', ':empty', ':options');
DROP TABLE IF EXISTS temp.given;
CREATE TEMP TABLE given(
  strays INTEGER CONSTRAINT "backup.sql takes :folder or :path, :empty and :options, each with its colon, and no other parameter: remove the other one with .param unset" CHECK (strays = 0),
  places INTEGER CONSTRAINT "set either :folder or :path (not both) to say where to write the backup" CHECK (places = 1),
  rows INTEGER CONSTRAINT "the database has neither assets nor portfolio snapshots, so it may be the wrong file; if it is the right one, use --allow-empty (in the script, set :empty to 'allow'). Nothing was written" CHECK (rows > 0));
INSERT INTO given
SELECT (SELECT count(*) FROM temp.sqlite_parameters WHERE key NOT IN (':folder', ':path', ':empty', ':options')),
       (:folder IS NOT NULL) + (:path IS NOT NULL),
       CASE WHEN :empty IS 'allow' THEN 1 ELSE sum(rows) END
  FROM strata_backup_counts WHERE name IN ('assets', 'portfolioSnapshots');

SELECT printf('%s: %,d rows, %,d bytes',
              max(CASE WHEN key = 'path' THEN atom END),
              sum(CASE WHEN path = '$.counts' THEN atom END),
              max(CASE WHEN key = 'bytes' THEN atom END))
  FROM json_tree(strata_backup_file(
         coalesce(:path, :folder || '/strata-backup-' || date('now', 'localtime') || '.json'), 'main', :options));
