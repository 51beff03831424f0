-- verify.sql: prove that a backup can be restored. Do it once a quarter.
--
--     sqlite3 :memory: ".load ./build/strata" ".read sql/schema.sql" ".param set :path '/media/usb/strata-backup-2025-01-15.json'" ".read sql/verify.sql"
--
-- Restores the backup into a database in memory, which is gone afterwards, and compares
-- that with the backup, field by field. Your database is not touched, nor even opened:
-- called with a file instead of :memory:, this stops before anything else.
--
-- :options are those of strata_restore_json(). Ends with a non-zero exit status if the backup cannot be restored, or if what was
-- restored is not what the backup says; the differences are listed. (A backup of an
-- earlier release may lack fields, which a restore fills in: those are listed too.)

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

DROP TABLE IF EXISTS temp.verify;
CREATE TEMP TABLE verify(
  main TEXT CONSTRAINT "call it with sqlite3 :memory: for the restore replaces everything" CHECK (main = ''),
  backup BLOB CONSTRAINT "the file that :path names cannot be read" CHECK (backup IS NOT NULL),
  differences INTEGER CONSTRAINT "what was restored differs from the backup" CHECK (differences = 0));
INSERT INTO verify SELECT file, readfile(:path), 0 FROM pragma_database_list WHERE name = 'main';

PRAGMA foreign_keys = ON;
SELECT printf('Restored %s: %d rows.', :path, sum(atom))
  FROM json_tree(strata_restore_file(:path, 'replace', :options)) WHERE path = '$.counts';

SELECT name, key, change, field, backup, database FROM strata_backup_diff((SELECT backup FROM verify));
UPDATE verify SET differences = (SELECT count(*) FROM strata_backup_diff(verify.backup));
SELECT 'Compared field by field: no difference. Exported at ' || json_extract(CAST(backup AS TEXT), '$.exportedAt') || '.' FROM verify;
