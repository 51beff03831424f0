-- backup.sql: a backup with today's date in its name.
--
--     sqlite3 strata.db ".load ./build/strata" ".param set :folder '/media/usb'" ".read sql/backup.sql"
--
-- Writes :folder/strata-backup-2025-01-15.json (by default into the working folder)
-- and says what is in it. A backup of the same day is replaced, once the new one is
-- whole. The database is only read, and may be in use. An error ends with a non-zero
-- exit status, and leaves what was there.
--
-- A text that looks like SQL (2025-01-15, say) needs two kinds of quotes, here and in
-- the other scripts: ".param set :folder \"'2025-01-15'\"".

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

SELECT printf('%s: %d rows, %d bytes',
              max(CASE WHEN key = 'path' THEN atom END),
              sum(CASE WHEN path = '$.counts' THEN atom END),
              max(CASE WHEN key = 'bytes' THEN atom END))
  FROM json_tree(strata_backup_file(
         coalesce(:folder, '.') || '/strata-backup-' || date('now', 'localtime') || '.json'));
