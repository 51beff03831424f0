/*
** files.h: the SQL functions that touch the file system. The module strata_nofs does
** not have them.
*/
#ifndef STRATA_FILES_H
#define STRATA_FILES_H

#include "sqlite_api.h"

/* strata_backup_file(path [, schema [, options]]) */
void strata_backup_file_function(sqlite3_context *sql, int argc, sqlite3_value **argv);

/* strata_restore_file(path [, mode [, options]]) */
void strata_restore_file_function(sqlite3_context *sql, int argc, sqlite3_value **argv);

/* strata_backup_db(path [, schema]) */
void strata_backup_db_function(sqlite3_context *sql, int argc, sqlite3_value **argv);

/* strata_file(path): a pointer value that names a document (input.h) */
void strata_file_function(sqlite3_context *sql, int argc, sqlite3_value **argv);

#endif
