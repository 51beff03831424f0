/*
** strata.h: the manual of strata, a SQLite extension that backs up and restores
** a Strata database (nine tables) as JSON, and its entry points for programs
** that link it statically.
**
**   .load ./strata
**
**   strata_backup_json([schema [, options]])
**   strata_backup_file(path [, schema [, options]])
**       The backup document of database `schema` (default main): as TEXT, or
**       written to a file, streaming and atomically. The latter returns
**       {"path":…,"bytes":…,"exportedAt":…,"counts":{…}}. options: a JSON
**       object with "progress", see below.
**
**   strata_restore_json(json [, mode [, options]])
**   strata_restore_file(path [, mode [, options]])
**       Restore a document, all or nothing. mode: 'replace' or 'merge'; NULL or
**       absent: the document's own "mode", or 'replace' if it has none.
**       options: a JSON object with
**         "schema"    the database to restore into (default "main")
**         "unknown"   "error" (default), or "ignore": drop tables and fields
**                     that the database has no place for
**         "now"       the moment that absent timestamps take, such as
**                     "2026-01-31T00:00:00.000Z" (default: the clock's)
**         "progress"  the name of an SQL function of the host's, called as
**                     name(phase, done, total); if it returns anything true,
**                     the call stops and changes nothing
**       Returns {"schemaVersion":"1","mode":…,"counts":{…}}, and
**       "ignored":{…} at the end if something was dropped: how many rows of the
**       document had it, such as "portfolios":1 or "assets.portfolioId":12.
**
**   strata_backup_db(path [, schema])
**       A raw copy of the whole database file, byte for byte except for three
**       numbers in the header that SQLite's backup sets (the file change counter,
**       the schema cookie and the version-valid-for number), and written through
**       the VFS with which the database was opened. Returns
**       {"path":…,"bytes":…}.
**
**   SELECT * FROM strata_backup_counts            rows of the live tables
**   SELECT * FROM strata_backup_counts(json)      rows of a document
**   SELECT * FROM strata_backup_counts WHERE schema = 'aux'
**
**   SELECT * FROM strata_restore_check(json [, mode [, options]])
**       Every problem that a restore would meet, one a row.
**
**   SELECT * FROM strata_backup_diff(json [, schema [, other]])
**       Where the live rows, or those of another document, differ from a
**       document, one difference a row.
**
**   SELECT * FROM strata_backup_rows(json)
**       The rows of a document, in its order.
**
**   strata_file(path)
**       The document in a file, for the json arguments above. The file is read
**       in pieces, so it may be larger than memory.
**
**   strata_progress(phase, done, total)
**       For the option "progress": draws a progress line on the terminal.
**
**   strata_version()
**       The version of the extension.
**
** README.md shows each with its output and its errors.
**
** Linked statically (compiled with SQLITE_CORE), register the extension with
**
**   sqlite3_auto_extension((void (*)(void))sqlite3_strata_init);
*/
#ifndef STRATA_H
#define STRATA_H

#include <sqlite3.h>

#ifdef __cplusplus
extern "C" {
#endif

/* Registers all functions and tables. SQLite calls it when it loads the module. Returns SQLITE_OK, or a result code
** and its text in *error, from sqlite3_malloc(). */
int sqlite3_strata_init(sqlite3 *db, char **error, const struct sqlite3_api_routines *api);

/* The same without the functions that touch the file system: for hosts that run other people's SQL. */
int sqlite3_strata_nofs_init(sqlite3 *db, char **error, const struct sqlite3_api_routines *api);

#ifdef __cplusplus
}
#endif

#endif
