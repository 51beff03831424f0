-- copy.sql: a raw copy of the whole database file, with today's date in its name.
--
--     sqlite3 strata.db ".load ./build/strata" ".param set :folder '/media/usb'" ".read sql/copy.sql"
--
-- Writes :folder/strata-2025-01-15.db: the whole database as of one moment, with all its other
-- tables and what is still in its WAL. The database may be in use. Then checks the copy: the
-- last line is "ok", or says what is wrong with it, and so with the database. To go back to it,
-- use `.restore`, or `strata undo`. Parameters:
--   :folder   the folder to write to; or instead
--   :path     the file to write
--   :empty    'allow' permits a database without assets and portfolio snapshots, which is an
--             error otherwise, because it is probably the wrong file

.bail on
.mode list
.headers off

-- SQLite would silently ignore an unknown parameter, so report it by name.
.param init
SELECT key || ' is not a parameter of copy.sql' FROM temp.sqlite_parameters WHERE key NOT IN (':folder', ':path', ':empty');
DROP TABLE IF EXISTS temp.given;
CREATE TEMP TABLE given(
  strays INTEGER CONSTRAINT "copy.sql takes :folder or :path, and :empty, each with its colon, and no other parameter: remove the other one with .param unset" CHECK (strays = 0),
  places INTEGER CONSTRAINT "set either :folder or :path (not both) to say where to write the copy" CHECK (places = 1),
  rows INTEGER CONSTRAINT "the database has neither assets nor portfolio snapshots, so it may be the wrong file; if it is the right one, use --allow-empty (in the script, set :empty to 'allow'). Nothing was written" CHECK (rows > 0),
  path TEXT);
INSERT INTO given
SELECT (SELECT count(*) FROM temp.sqlite_parameters WHERE key NOT IN (':folder', ':path', ':empty')),
       (:folder IS NOT NULL) + (:path IS NOT NULL),
       CASE WHEN :empty IS 'allow' THEN 1 ELSE sum(rows) END,
       coalesce(:path, :folder || '/strata-' || date('now', 'localtime') || '.db')
  FROM strata_backup_counts WHERE name IN ('assets', 'portfolioSnapshots');

SELECT printf('%s: %,d bytes', max(CASE WHEN key = 'path' THEN atom END), max(CASE WHEN key = 'bytes' THEN atom END))
  FROM given JOIN json_each(strata_backup_db(given.path));

-- "ok", or what is wrong with the copy. (Written as a query, this would also check, and so lock, the database itself.)
ATTACH (SELECT path FROM given) AS copy;
PRAGMA copy.integrity_check;
DETACH copy;
