/*
** backup.h: from the rows of a database to a document.
*/
#ifndef STRATA_BACKUP_H
#define STRATA_BACKUP_H

#include "catalog.h"
#include "json_writer.h"
#include "value.h"

/* Room for the moment of a backup in a document's form, and a NUL. */
#define STRATA_MOMENT_LENGTH 32

typedef struct strata_backup {
  char exported_at[STRATA_MOMENT_LENGTH];
  sqlite3_int64 counts[STRATA_TABLE_COUNT];   /* rows written */
} strata_backup;

/*
** Write the backup document of database `schema` to `w`, as of one snapshot, and
** report its progress to the SQL function `progress` (NULL: to none). Errors, the
** writer's included, are set in ctx. A cell that a document cannot carry is an error
** that names table, primary key and column.
*/
void strata_backup_write(strata_context *ctx, const char *schema, const char *progress, strata_writer *w,
                         strata_backup *result);

/* strata_backup_json([schema [, options]]) */
void strata_backup_json_function(sqlite3_context *sql, int argc, sqlite3_value **argv);

/* The name in the schema argument of a function; "main" if that is SQL NULL, or was not given (`argument` is NULL). */
const char *strata_schema_argument(sqlite3_value *argument);

#endif
