-- copy.sql: a raw copy of the whole database file, with today's date in its name.
--
--     sqlite3 strata.db ".load ./build/strata" ".param set :folder '/media/usb'" ".read sql/copy.sql"
--
-- Writes :folder/strata-2025-01-15.db (by default into the working folder): everything
-- that is in the database, other tables and what is only in its WAL included, as of one
-- moment. The database may be in use. The copy is then opened and looked through
-- (PRAGMA integrity_check). To go back to it, close the app and put the copy in the
-- place of the database, after removing a -wal and -shm that lie beside that.

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

-- Only a database that has the nine tables: any other name would have made an empty one.
SELECT total FROM (SELECT sum(rows) AS total FROM strata_backup_counts) WHERE total IS NULL;

INSERT OR REPLACE INTO temp.sqlite_parameters
VALUES (':copy', coalesce(:folder, '.') || '/strata-' || date('now', 'localtime') || '.db');
SELECT printf('%s: %d bytes', max(CASE WHEN key = 'path' THEN atom END), max(CASE WHEN key = 'bytes' THEN atom END))
  FROM json_each(strata_backup_db(:copy));

ATTACH :copy AS copy;
DROP TABLE IF EXISTS temp.copy_check;
CREATE TEMP TABLE copy_check(result TEXT CONSTRAINT "the copy is damaged" CHECK (result = 'ok'));
INSERT INTO copy_check SELECT integrity_check FROM pragma_integrity_check WHERE schema = 'copy';
DETACH copy;
SELECT 'The copy is sound.';
