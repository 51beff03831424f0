-- preview.sql: what a restore would do, without doing it; or what has changed since a backup.
--
--     sqlite3 strata.db ".load ./build/strata" ".param set :path '/media/usb/strata-backup-2025-01-15.json'" ".read sql/preview.sql"
--
-- First lists every problem that would stop the restore. To find them it runs the restore and
-- rolls it back, so it needs permission to write. Then it shows what the restore would do: in
-- numbers for each table that differs, in one sentence, and one by one. Nothing is changed. A
-- problem ends the script with the restore's own error and a non-zero exit status. Parameters:
--   :path     the backup (required)
--   :mode     'replace' (the default), 'merge' or 'missing', as in restore.sql; or 'compare',
--             which shows only what has changed since the backup
--   :other    with 'compare': a later backup to compare with, instead of the database
--   :options  as for strata_restore_json()
--   :limit    how many differences to list (50; 0 for none)

.bail on
.mode list
.headers off

-- SQLite would silently ignore an unknown parameter, so report it by name.
.param init
SELECT key || ' is not a parameter of preview.sql' FROM temp.sqlite_parameters
 WHERE key NOT IN (':path', ':mode', ':other', ':options', ':limit');
DROP TABLE IF EXISTS temp.given;
CREATE TEMP TABLE given(
  strays INTEGER CONSTRAINT "preview.sql takes :path, :mode, :other, :options and :limit, each with its colon, and no other parameter: remove the other one with .param unset" CHECK (strays = 0),
  path TEXT CONSTRAINT "set :path to the backup's file" CHECK (path IS NOT NULL),
  mode TEXT CONSTRAINT "the :mode has to be 'replace', 'merge', 'missing' or 'compare'" CHECK (mode IN ('replace', 'merge', 'missing', 'compare')),
  other TEXT CONSTRAINT ":other is for the :mode 'compare'" CHECK (other IS NULL OR mode = 'compare'),
  lines INTEGER);
INSERT INTO given
SELECT (SELECT count(*) FROM temp.sqlite_parameters WHERE key NOT IN (':path', ':mode', ':other', ':options', ':limit')),
       :path, coalesce(:mode, 'replace'), :other, coalesce(:limit, 50);

-- If there are several problems, list them. Then run the restore, which cannot succeed, so that its
-- error ends the script. (The statement reads the database, which keeps others from changing it.)
SELECT CASE step WHEN 1 THEN list ELSE strata_restore_json(strata_file(:path), mode, :options) END
  FROM given
 CROSS JOIN (SELECT count(*) AS problems,
                    group_concat(CASE WHEN number <= 100 THEN problem WHEN number = 101 THEN 'and more' END, char(10)) AS list
               FROM (SELECT row_number() OVER () AS number,
                            coalesce('line ' || line || ': ', '') || coalesce(path || ': ', '') || message AS problem
                       FROM strata_restore_check(strata_file(:path), coalesce(:mode, 'replace'), :options)
                      WHERE coalesce(:mode, 'replace') IN ('replace', 'merge')))
 CROSS JOIN (SELECT 1 AS step UNION ALL SELECT 2)
 WHERE (problems > 1 OR (problems = 1 AND step = 2)) AND EXISTS (SELECT 1 FROM main.sqlite_master);

-- Each difference once. Texts are cut for the list, except for rows that 'missing' brings back: these
-- are needed whole.
DROP TABLE IF EXISTS temp.difference;
CREATE TEMP TABLE difference(name TEXT, key TEXT, change TEXT, field TEXT, backup TEXT, database TEXT);
INSERT INTO difference
SELECT name, key, change, field, CASE mode WHEN 'missing' THEN backup ELSE substr(backup, 1, 200) END, substr(database, 1, 200)
  FROM given JOIN strata_backup_diff(strata_file(:path)) WHERE :other IS NULL;
INSERT INTO difference
SELECT name, key, change, field, substr(backup, 1, 200), substr(database, 1, 200)
  FROM strata_backup_diff(strata_file(:path), 'main', strata_file(:other)) WHERE :other IS NOT NULL;

-- Remove differences that a merge does not touch: fields that are absent from the backup's row. A
-- diff takes them for NULL.
DELETE FROM difference
 WHERE rowid IN (SELECT d.rowid FROM strata_backup_rows(strata_file(:path)) AS r
                  CROSS JOIN difference AS d ON d.name = r.name AND d.key = r.key AND d.change = 'changed' AND d.backup IS NULL
                  WHERE json_type(r.row, '$."' || d.field || '"') IS NULL)
   AND EXISTS (SELECT 1 FROM given WHERE mode = 'merge');

-- What the database has no place for, a restore leaves out: tables and fields that the app has retired, and
-- unknown ones if :options says so. With 'missing' only the rows that come back count. The fields of a
-- table are its columns: asset_id is assetId.
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
DROP TABLE IF EXISTS temp.left_out;
CREATE TEMP TABLE left_out(name TEXT, field TEXT, number INTEGER, PRIMARY KEY(name, field));
INSERT INTO left_out
SELECT name, '', count(*) FROM given JOIN strata_backup_rows(strata_file(:path)) AS r
 WHERE mode <> 'compare' AND NOT EXISTS (SELECT 1 FROM place WHERE place.name = r.name) GROUP BY name;
INSERT INTO left_out
SELECT r.name, f.key, count(*) FROM given JOIN strata_backup_rows(strata_file(:path)) AS r CROSS JOIN json_each(r.row) AS f
 WHERE mode <> 'compare' AND EXISTS (SELECT 1 FROM place WHERE place.name = r.name)
   AND (mode <> 'missing' OR (r.name, r.key) IN (SELECT name, key FROM difference WHERE change = 'removed'))
   AND NOT EXISTS (SELECT 1 FROM place WHERE place.name = r.name AND place.field = f.key) GROUP BY 1, 2;
DELETE FROM difference
 WHERE (SELECT mode FROM given) <> 'compare'
   AND NOT EXISTS (SELECT 1 FROM place WHERE place.name = difference.name AND place.field = coalesce(difference.field, place.field));

-- With 'missing', check the merge of the missing rows, as the backup has them. (Tables that the database
-- does not have are for the restore to judge.) That document has lines and places of its own, so each
-- problem is listed with the row's line in the backup, and its key.
DROP TABLE IF EXISTS temp.missing;
CREATE TEMP TABLE missing(name TEXT, key TEXT, line INTEGER, row TEXT);
INSERT INTO missing(name, key, line, row)
SELECT r.name, r.key, r.line, r.row FROM given JOIN strata_backup_rows(strata_file(:path)) AS r
 WHERE mode = 'missing'
   AND (NOT EXISTS (SELECT 1 FROM place WHERE place.name = r.name)
        OR (r.name, r.key) IN (SELECT name, key FROM difference WHERE change = 'removed'));
DROP TABLE IF EXISTS temp.first; -- the rows of a table follow each other
CREATE TEMP TABLE first(name TEXT, number INTEGER);
INSERT INTO first SELECT name, min(rowid) FROM missing GROUP BY name;
DROP TABLE IF EXISTS temp.smaller;
CREATE TEMP TABLE smaller(document TEXT);
INSERT INTO smaller
SELECT json_object('schemaVersion', '1', 'data', json_group_object(name, json(rows)))
  FROM (SELECT name, json_group_array(json(row)) AS rows FROM missing GROUP BY name);
SELECT CASE step WHEN 1 THEN list ELSE strata_restore_json((SELECT document FROM smaller), 'merge', :options) END -- which ends the script
  FROM (SELECT group_concat(
                 CASE WHEN number = 101 THEN 'and more'
                      WHEN number <= 100 THEN
                      coalesce((SELECT printf('line %d: %s %s%s: ', line, first.name,
                                              CASE WHEN key GLOB '*[' || char(1) || '-' || char(31) || char(127) || ']*' THEN json_quote(key) ELSE key END,
                                              substr(path, instr(path, ']') + 1))
                                  FROM first
                                 CROSS JOIN missing ON missing.rowid = first.number + CAST(substr(path, length('$.data.' || first.name) + 2) AS INTEGER)
                                 WHERE path GLOB '$.data.' || first.name || '[[]*'),
                               path || ': ', '') || message END, char(10)) AS list
          FROM (SELECT path, message, row_number() OVER () AS number
                  FROM smaller CROSS JOIN strata_restore_check(document, 'merge', :options)
                 WHERE EXISTS (SELECT 1 FROM given WHERE mode = 'missing') AND EXISTS (SELECT 1 FROM main.sqlite_master)))
 CROSS JOIN (SELECT 1 AS step UNION ALL SELECT 2)
 WHERE list IS NOT NULL;

-- What happens to a row that only the backup has, to one that only the database has, and to a value.
DROP TABLE IF EXISTS temp.effect;
CREATE TEMP TABLE effect(mode TEXT, change TEXT, heading TEXT, one TEXT, many TEXT, listed TEXT);
INSERT INTO effect VALUES
  ('replace', 'removed', 'rows back', 'row comes back', 'rows come back', 'comes back: %s'),
  ('replace', 'added', 'rows deleted', 'row will be deleted', 'rows will be deleted', 'will be deleted: %s'),
  ('replace', 'changed', 'overwritten', 'value is overwritten', 'values are overwritten', 'becomes %s (now %s)'),
  ('merge', 'removed', 'rows back', 'row comes back', 'rows come back', 'comes back: %s'),
  ('merge', 'added', 'rows kept', 'row that only the database has is kept', 'rows that only the database has are kept', 'is kept: %s'),
  ('merge', 'changed', 'overwritten', 'value is overwritten', 'values are overwritten', 'becomes %s (now %s)'),
  ('missing', 'removed', 'rows back', 'row comes back', 'rows come back', 'comes back: %s'),
  ('missing', 'added', 'rows kept', 'row that only the database has is kept', 'rows that only the database has are kept', 'is kept: %s'),
  ('missing', 'changed', 'values kept', 'changed value is kept', 'changed values are kept', 'was %s in the backup, stays %s'),
  ('compare', 'removed', 'rows removed', 'row was removed', 'rows were removed', 'was removed: %s'),
  ('compare', 'added', 'rows added', 'row was added', 'rows were added', 'was added: %s'),
  ('compare', 'changed', 'values changed', 'value was changed', 'values were changed', 'was %s, is now %s');

DROP TABLE IF EXISTS temp.summary;
CREATE TEMP TABLE summary(name TEXT, removed INTEGER, added INTEGER, changed INTEGER);
INSERT INTO summary
SELECT name, sum(change = 'removed'), sum(change = 'added'), sum(change = 'changed') FROM difference GROUP BY name ORDER BY min(rowid);

SELECT printf('%-20s%16s%16s%16s', name, removed, added, changed)
  FROM (SELECT 'table' AS name, max(CASE change WHEN 'removed' THEN heading END) AS removed,
               max(CASE change WHEN 'added' THEN heading END) AS added, max(CASE change WHEN 'changed' THEN heading END) AS changed
          FROM effect JOIN given USING (mode)
        UNION ALL
        SELECT name, printf('%,d', removed), printf('%,d', added), printf('%,d', changed) FROM summary)
 WHERE EXISTS (SELECT 1 FROM summary);

SELECT coalesce(char(10) || group_concat(printf('%,d %s', number, CASE number WHEN 1 THEN one ELSE many END), ', ') || '.' || char(10),
                'No differences.')
  FROM (SELECT one, many, CASE change WHEN 'removed' THEN removed WHEN 'added' THEN added ELSE changed END AS number
          FROM given JOIN effect USING (mode)
          JOIN (SELECT total(removed) AS removed, total(added) AS added, total(changed) AS changed FROM summary)
         ORDER BY effect.rowid)
 WHERE number > 0;

-- The list, with what is kept at its end. Texts are written as JSON, so that none can break a line
-- or control the terminal.
SELECT printf('%s %s  %s' || listed, name,
              CASE WHEN key GLOB '*[' || char(1) || '-' || char(31) || char(127) || ']*' THEN json_quote(key) ELSE key END, coalesce(field || ' ', ''),
              CASE WHEN change <> 'changed' THEN coalesce(backup, database) WHEN backup IS NULL THEN 'nothing' ELSE json_quote(backup) END,
              CASE WHEN database IS NULL THEN 'nothing' ELSE json_quote(database) END)
  FROM (SELECT kept, difference.rowid AS number, name, key, change, field,
               substr(backup, 1, 60) || CASE WHEN length(backup) > 60 THEN '…' ELSE '' END AS backup,
               substr(database, 1, 60) || CASE WHEN length(database) > 60 THEN '…' ELSE '' END AS database
          FROM difference
          JOIN (SELECT change, CASE mode WHEN 'merge' THEN change = 'added' WHEN 'missing' THEN change <> 'removed' ELSE 0 END AS kept
                  FROM given JOIN effect USING (mode)) USING (change)
         ORDER BY kept, number LIMIT (SELECT lines FROM given))
  JOIN given JOIN effect USING (mode, change) ORDER BY kept, number;
SELECT printf('These are the first %,d of %,d differences.', lines, number)
  FROM given JOIN (SELECT count(*) AS number FROM difference) WHERE lines > 0 AND number > lines;
SELECT 'Left out, because the database has no such table or field: ' || list || '.'
  FROM (SELECT group_concat(CASE
                 WHEN number = 21 THEN 'and more'
                 ELSE printf('%s (%,d row%s)', CASE WHEN what GLOB '*[' || char(1) || '-' || char(31) || char(127) || ']*' OR instr(what, char(0)) THEN json_quote(what) ELSE what END,
                             rows, CASE rows WHEN 1 THEN '' ELSE 's' END) END, ', ') AS list
          FROM (SELECT row_number() OVER (ORDER BY rowid) AS number, name || CASE field WHEN '' THEN '' ELSE '.' || field END AS what, number AS rows FROM left_out)
         WHERE number <= 21)
 WHERE list IS NOT NULL;
