/*
** counts.c: the virtual table strata_backup_counts, one row for each of the nine tables.
** Live tables are counted with SELECT count(*), all in one snapshot; a document is
** scanned once, and the scan counts the rows.
*/
#include "counts.h"
#include "backup.h"
#include "catalog_load.h"
#include "input.h"
#include "reader.h"
#include "transaction.h"

#include <string.h>

enum { COLUMN_NAME, COLUMN_TABLE_NAME, COLUMN_ROWS, COLUMN_BACKUP, COLUMN_SCHEMA };

typedef struct cursor {
  strata_cursor base;
  sqlite3_int64 counts[STRATA_TABLE_COUNT];
} cursor;

static int counts_close(sqlite3_vtab_cursor *base) {
  strata_cursor_clear((strata_cursor *)base);
  sqlite3_free(base);
  return SQLITE_OK;
}

/* Count the rows of each table of a document. */
static void count_document(cursor *c, strata_context *ctx, sqlite3_value *backup) {
  strata_source source = {0};
  strata_reader reader = {0};
  strata_input_open(&source, ctx, backup, "the argument of strata_backup_counts", STRATA_INPUT_UNRELIABLE);
  if (ctx->rc == SQLITE_OK) strata_reader_open(&reader, ctx, &source, false);
  for (int i = 0; i < STRATA_TABLE_COUNT && ctx->rc == SQLITE_OK; i++)
    c->counts[i] = reader.by_table[i] < 0 ? 0 : (sqlite3_int64)reader.sections[reader.by_table[i]].rows;
  strata_input_check_unchanged(&source, ctx);
  strata_reader_close(&reader);
  strata_input_close(&source);
}

/* Count the live rows of each table, all as of one moment. */
static void count_rows(cursor *c, strata_context *ctx, const char *schema) {
  sqlite3_stmt *snapshot = strata_snapshot_begin(ctx, schema);
  strata_catalog catalog;
  strata_catalog_load(&catalog, ctx, schema);
  for (int i = 0; i < STRATA_TABLE_COUNT; i++)
    c->counts[i] = strata_query_integer(
        ctx, strata_prepare(ctx, "SELECT count(*) FROM \"%w\".\"%w\"", schema, strata_table_sql_name(i)));
  strata_catalog_free(&catalog);
  sqlite3_finalize(snapshot);
}

static int counts_filter(sqlite3_vtab_cursor *base, int plan, const char *unused, int argc,
                         sqlite3_value **argv) {
  (void)unused, (void)argc;
  cursor *c = (cursor *)base;
  sqlite3_value *arguments[STRATA_VTAB_MAX_ARGUMENTS];
  strata_context ctx;
  strata_context_begin(&ctx, ((strata_vtab *)base->pVtab)->db);
  strata_cursor_begin(&c->base, &ctx, plan, argv, arguments);
  if (arguments[0])
    count_document(c, &ctx, arguments[0]);
  else
    count_rows(c, &ctx, strata_schema_argument(arguments[1]));
  int rc = strata_vtab_error(&ctx, base->pVtab);
  strata_context_end(&ctx);
  return rc;
}

static int counts_eof(sqlite3_vtab_cursor *base) {
  return ((strata_cursor *)base)->row >= STRATA_TABLE_COUNT;
}

static int counts_column(sqlite3_vtab_cursor *base, sqlite3_context *sql, int column) {
  const cursor *c = (const cursor *)base;
  if (column == COLUMN_NAME)
    sqlite3_result_text(sql, strata_table_name((int)c->base.row), -1, SQLITE_STATIC);
  else if (column == COLUMN_TABLE_NAME)
    sqlite3_result_text(sql, strata_table_sql_name((int)c->base.row), -1, SQLITE_STATIC);
  else if (column == COLUMN_ROWS)
    sqlite3_result_int64(sql, c->counts[c->base.row]);
  return strata_cursor_argument(&c->base, sql, column);
}

static const sqlite3_module counts_module = {
    STRATA_VTAB_METHODS,         .xClose = counts_close, .xFilter = counts_filter,
    .xNext = strata_cursor_next, .xEof = counts_eof,     .xColumn = counts_column,
};

const strata_vtab_definition strata_counts_definition = {
    .name = "strata_backup_counts",
    .example = "strata_backup_counts(json)",
    .columns = "CREATE TABLE x(name TEXT, table_name TEXT, rows INTEGER, backup HIDDEN, schema TEXT HIDDEN)",
    .first_argument = COLUMN_BACKUP,
    .arguments = 2,
    .argument_names = {"backup", "schema"},
    .cursor_size = sizeof(cursor),
    .module = &counts_module,
};
