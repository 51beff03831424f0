/*
** backup.c: writes the document. The rows stream from nine SELECTs, all in one
** snapshot, straight into the writer; nothing is kept of a row once it is written.
** A value that a document cannot carry ends the backup with an error, because a
** backup that cannot be restored is worse than none.
*/
#include "backup.h"
#include "catalog_load.h"
#include "collisions.h"
#include "dialect.h"
#include "explain.h"
#include "input.h"
#include "progress.h"
#include "refusal.h"
#include "request.h"
#include "timestamp.h"
#include "transaction.h"
#include "value.h"

#include <string.h>

/* Select all columns of all rows in the table's own order: that of the rowids, or of the primary key if statements
** cannot name a rowid. */
static sqlite3_stmt *select_rows(strata_context *ctx, const strata_catalog *catalog,
                                 const strata_table *table) {
  sqlite3_str *sql = sqlite3_str_new(ctx->db);
  for (int i = 0; i < table->column_count; i++)
    sqlite3_str_appendf(sql, "%s\"%w\"", i ? "," : "SELECT ", table->columns[i].name);
  sqlite3_str_appendf(sql, " FROM \"%w\".\"%w\"", catalog->schema, table->sql_name);
  /* NOT INDEXED: from an index with all columns the rows would have to be sorted */
  if (table->rowid) sqlite3_str_appendf(sql, " NOT INDEXED ORDER BY %s", table->rowid);
  for (int i = 0; table->rowid == NULL && i < table->key_count; i++)
    sqlite3_str_appendf(sql, "%s\"%w\" COLLATE BINARY", i ? "," : " ORDER BY ",
                        table->columns[table->key[i]].name);
  return strata_prepare_str(ctx, sql);
}

static void write_row(strata_context *ctx, const strata_table *table, bool utf16, sqlite3_stmt *row,
                      strata_writer *w) {
  for (int i = 0; i < table->column_count && w->rc == SQLITE_OK; i++) {
    const strata_column *column = &table->columns[i];
    strata_writer_raw(w, i ? "," : "{", 1);
    strata_writer_raw(w, column->label, column->label_length);
    strata_value value = strata_value_from_cell(row, i, utf16);
    const char *why = strata_value_print(column, &value, w);
    if (why) {
      strata_refuse_cell(ctx, table, column, row, &value, why);
      return;
    }
  }
  strata_writer_literal(w, "}");
}

static sqlite3_int64 count_rows(strata_context *ctx, const strata_catalog *catalog,
                                const strata_table *table) {
  return strata_query_integer(
      ctx, strata_prepare(ctx, "SELECT count(*) FROM \"%w\".\"%w\"", catalog->schema, table->sql_name));
}

static sqlite3_int64 write_table(strata_context *ctx, const strata_catalog *catalog,
                                 const strata_table *table, strata_writer *w) {
  sqlite3_int64 count = 0;
  strata_writer_literal(w, "\"");
  strata_writer_raw(w, table->name, strlen(table->name));
  strata_writer_literal(w, "\":[");
  strata_collisions collisions;
  strata_collisions_begin(&collisions, ctx, catalog, table);
  strata_progress_table(ctx, table->name, ctx->progress ? count_rows(ctx, catalog, table) : 0);
  sqlite3_stmt *row = select_rows(ctx, catalog, table);
  while (w->rc == SQLITE_OK && strata_step(ctx, row)) {
    strata_writer_raw(w, count ? ",\n" : "\n", count ? 2 : 1);
    write_row(ctx, table, catalog->utf16, row, w);
    strata_collisions_check(&collisions, row);
    count++;
    strata_progress_row(ctx);
  }
  sqlite3_finalize(row);
  strata_collisions_free(&collisions);
  strata_progress_table_done(ctx);
  strata_writer_raw(w, "\n]", count ? 2 : 0);
  if (count == 0) strata_writer_literal(w, "]");
  return count;
}

/* Set the writer's error in ctx, in words. */
static void explain_writer(strata_context *ctx, const strata_writer *w) {
  if (w->rc == SQLITE_OK) return;
  if (w->rc == SQLITE_NOMEM)
    strata_fail_nomem(ctx);
  else if (w->rc == SQLITE_TOOBIG)
    strata_fail(ctx, SQLITE_TOOBIG,
                "the backup is longer than the %lld bytes that a value may have on this connection "
                "(SQLITE_LIMIT_LENGTH): write it to a file with strata_backup_file()",
                (sqlite3_int64)w->limit);
  else
    strata_fail(ctx, w->rc, "the backup could not be written");
}

void strata_backup_write(strata_context *ctx, const char *schema, const char *progress, strata_writer *w,
                         strata_backup *result) {
  memset(result, 0, sizeof *result);
  sqlite3_stmt *snapshot = strata_snapshot_begin(ctx, schema);
  strata_timestamp now = strata_timestamp_now();
  size_t n =
      strata_timestamp_print(&now, STRATA_TIMESTAMP_DOCUMENT, result->exported_at, STRATA_MOMENT_LENGTH - 1);
  strata_catalog catalog;
  strata_progress told;
  strata_catalog_load(&catalog, ctx, schema);
  strata_refuse_hidden(ctx, &catalog);
  strata_progress_begin(&told, ctx, progress, &catalog, false);
  const char *version = strata_dialect_written()->version;
  strata_writer_literal(w, "{\"schemaVersion\":\"");
  strata_writer_raw(w, version, strlen(version));
  strata_writer_literal(w, "\",\"exportedAt\":\"");
  strata_writer_raw(w, result->exported_at, n);
  strata_writer_literal(w, "\",\"data\":{");
  for (int i = 0; i < STRATA_TABLE_COUNT && ctx->rc == SQLITE_OK && w->rc == SQLITE_OK; i++) {
    strata_writer_raw(w, i ? ",\n" : "\n", i ? 2 : 1);
    result->counts[i] = write_table(ctx, &catalog, &catalog.tables[i], w);
  }
  strata_writer_literal(w, "\n}}");
  /* Add a NUL that does not count as length, so that SQLite need not copy the whole value to add one. */
  if (w->sink == NULL && strata_writer_reserve(w, 1)) w->data[w->length] = '\0';
  if (ctx->rc == SQLITE_OK) strata_writer_flush(w);
  explain_writer(ctx, w);
  strata_progress_end(&told, ctx);
  strata_catalog_free(&catalog);
  sqlite3_finalize(snapshot);
}

/* What is no name becomes one that no database has, so that the error shows it. */
const char *strata_schema_argument(sqlite3_value *argument) {
  if (argument && strata_input_is_file(argument)) return "(a document: strata_file)";
  if (argument && sqlite3_value_type(argument) == SQLITE_BLOB) return "(a BLOB)";
  const char *schema = argument ? (const char *)sqlite3_value_text(argument) : NULL;
  if (schema == NULL) return "main";
  /* If the name contains U+0000, what comes before that may be another database's name. */
  bool whole = strlen(schema) == (size_t)sqlite3_value_bytes(argument);
  return whole ? schema : "(a name with U+0000 in it)";
}

void strata_backup_json_function(sqlite3_context *sql, int argc, sqlite3_value **argv) {
  strata_context ctx;
  strata_context_begin(&ctx, sqlite3_context_db_handle(sql));
  strata_writer w;
  strata_writer_to_memory(&w, (size_t)sqlite3_limit(ctx.db, SQLITE_LIMIT_LENGTH, -1));
  strata_backup result;
  strata_request request;
  strata_request_parse_backup(&request, &ctx, argc > 1 ? argv[1] : NULL);
  strata_backup_write(&ctx, strata_schema_argument(argc > 0 ? argv[0] : NULL), request.progress, &w, &result);
  strata_request_free(&request);
  if (ctx.rc == SQLITE_OK) {
    sqlite3_result_text(sql, w.data, -1, sqlite3_free);
  } else {
    strata_writer_free(&w);
    strata_result_error(&ctx, sql);
  }
  strata_context_end(&ctx);
}
