-- restore.sql: replace what the database has now with a backup, or merge it in.
--
--     sqlite3 strata.db ".load ./build/strata" ".param set :path '/media/usb/strata-backup-2025-01-15.json'" ".read sql/restore.sql"
--
-- Look with preview.sql first: what only the database has will be deleted. This script checks
-- that the backup can be restored, makes a raw copy of the database beside it, named
-- strata.db.before-restore-2025-01-15T094211, and restores, all or nothing. `.restore` of
-- that copy undoes it. An error ends the script with a non-zero exit status and changes no
-- row. Parameters:
--   :path     the backup (required)
--   :mode     'replace' (the default), 'merge' to keep what only the database has, or
--             'missing' to bring back the rows that the database lacks and change nothing else
--   :options  as for strata_restore_json()
--   :safety   another file for the copy
--   :checked  'yes' skips the check, if preview.sql has just made it

.bail on
.mode list
.headers off

-- SQLite would silently ignore an unknown parameter, so report it by name.
.param init
SELECT key || ' is not a parameter of restore.sql' FROM temp.sqlite_parameters
 WHERE key NOT IN (':path', ':mode', ':options', ':safety', ':checked');
DROP TABLE IF EXISTS temp.given;
CREATE TEMP TABLE given(
  strays INTEGER CONSTRAINT "restore.sql takes :path, :mode, :options, :safety and :checked, each with its colon, and no other parameter: remove the other one with .param unset" CHECK (strays = 0),
  path TEXT CONSTRAINT "set :path to the backup's file" CHECK (path IS NOT NULL),
  mode TEXT CONSTRAINT "the :mode has to be 'replace', 'merge' or 'missing'" CHECK (mode IN ('replace', 'merge', 'missing')),
  safety TEXT,
  free INTEGER CONSTRAINT "the copy of the database would replace a file: wait a second, or name another file in :safety" CHECK (free));
INSERT INTO given
SELECT (SELECT count(*) FROM temp.sqlite_parameters WHERE key NOT IN (':path', ':mode', ':options', ':safety', ':checked')),
       :path, coalesce(:mode, 'replace'), safety, coalesce(length(readfile(safety)), 0) = 0
  FROM (SELECT coalesce(:safety, CASE file WHEN '' THEN 'strata.db' ELSE file END
                                 || '.before-restore-' || strftime('%Y-%m-%dT%H%M%S', 'now', 'localtime')) AS safety
          FROM pragma_database_list WHERE name = 'main');

-- A backup that cannot be restored ends the script here, with the restore's own error, before there
-- is a copy. (The statement reads the database, which keeps others from changing it.)
SELECT strata_restore_json(strata_file(:path), mode, :options) FROM given
 WHERE EXISTS (SELECT 1 FROM strata_restore_check(strata_file(:path), coalesce(:mode, 'replace'), :options)
                WHERE :checked IS NULL AND :mode IS NOT 'missing')
   AND EXISTS (SELECT 1 FROM main.sqlite_master);
SELECT 'Copy of the previous database: ' || json_extract(strata_backup_db(safety), '$.path') FROM given;

-- A large restore is a third faster if its indexes fit into memory. This sets the cache of this connection only.
PRAGMA cache_size = -262144;
SELECT printf('%s %,d row%s from %s.', CASE :mode WHEN 'merge' THEN 'Merged' ELSE 'Restored' END, total, CASE total WHEN 1 THEN '' ELSE 's' END, :path)
       || coalesce(' Left out, because the database has no such table or field: ' || left_out || '.', '')
  FROM (SELECT sum(CASE path WHEN '$.counts' THEN atom END) AS total,
               group_concat(CASE WHEN path <> '$.ignored' OR number > 21 THEN NULL WHEN number = 21 THEN 'and more'
                                 ELSE printf('%s (%,d row%s)', CASE WHEN key GLOB '*[' || char(1) || '-' || char(31) || char(127) || ']*' OR instr(key, char(0)) THEN json_quote(key) ELSE key END,
                                             atom, CASE atom WHEN 1 THEN '' ELSE 's' END) END, ', ') AS left_out
          FROM (SELECT path, key, atom, row_number() OVER (PARTITION BY path ORDER BY id) AS number
                  FROM json_tree((
                    SELECT strata_restore_file(:path, mode, :options) FROM given WHERE mode <> 'missing'
                    UNION ALL
                    SELECT strata_restore_json(json_object('schemaVersion', '1', 'data', json_group_object(name, json(rows))), 'merge', :options)
                      FROM (SELECT name, json_group_array(json(row)) AS rows
                              FROM given JOIN strata_backup_rows(strata_file(:path))
                             WHERE mode = 'missing'
                               AND (name NOT IN (SELECT name FROM strata_backup_counts('{"schemaVersion":"1","data":{}}')) -- for the restore to judge
                                    OR (name, key) IN (SELECT name, key FROM strata_backup_diff(strata_file(:path)) WHERE change = 'removed'))
                             GROUP BY name)
                     WHERE :mode = 'missing'))));
