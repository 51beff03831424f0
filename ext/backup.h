/*
** backup.h: rows to a document.
*/
#ifndef STRATA_BACKUP_H
#define STRATA_BACKUP_H

#include "catalog.h"
#include "json_writer.h"
#include "value.h"

/* Room for the moment of a backup, as a document has it, and the NUL behind it. */
#define STRATA_MOMENT_LENGTH 32

typedef struct strata_backup {
  char exported_at[STRATA_MOMENT_LENGTH];
  sqlite3_int64 counts[STRATA_TABLE_COUNT];   /* rows written */
} strata_backup;

/*
** Write the backup document of database `schema` to `w`, in one snapshot, telling
** the SQL function `progress` of it (NULL: nobody).
** Errors, the writer's included, are set in ctx: a cell that a document cannot
** carry is named by table, primary key and column.
*/
void strata_backup_write(strata_context *ctx, const char *schema, const char *progress, strata_writer *w,
                         strata_backup *result);

/*
** The statement that gives all columns of a table's rows in the table's own
** order: by rowid, or by primary key where statements cannot name a rowid; or
** (`by_key`) of the row whose key is bound to parameters 1, 2 … The caller
** finalizes it. NULL after an error.
*/
sqlite3_stmt *strata_backup_select(strata_context *ctx, const strata_catalog *catalog, const strata_table *table,
                                   bool by_key);

/* "counts":{"assetTypes":13,…} */
void strata_backup_print_counts(strata_writer *w, const sqlite3_int64 *counts);

/* Set in ctx that a value of the statement's row cannot be backed up: `why` is strata_value_print()'s. */
void strata_backup_refuse_cell(strata_context *ctx, const strata_table *table, const strata_column *column,
                               sqlite3_stmt *row, const strata_value *value, const char *why);

/* strata_backup_json([schema [, options]]) */
void strata_backup_json_function(sqlite3_context *sql, int argc, sqlite3_value **argv);

/* The schema argument of a function: "main" for none or NULL. */
const char *strata_schema_argument(int argc, sqlite3_value **argv, int index);

#endif
