/*
** restore.c: a restore from beginning to end.
**
** Scan the document, open a savepoint, empty the nine tables (replace), insert or merge
** their rows table by table, set the references that had to wait, check every reference,
** and commit. A check does the same and always rolls back.
*/
#include "restore.h"
#include "catalog_load.h"
#include "explain.h"
#include "input.h"
#include "outer_keys.h"
#include "page_cache.h"
#include "progress.h"
#include "restore_rows.h"
#include "result.h"
#include "transaction.h"

#include <string.h>

/* The request's mode, else the document's own, else replace. */
static void choose_mode(strata_restore *restore, const strata_request *request) {
  strata_reader *reader = &restore->document.reader;
  const strata_member *own = &reader->mode;
  strata_mode mode = request->mode;
  if (mode == STRATA_MODE_UNSET && own->present && own->type != STRATA_JSON_NULL) {
    if (own->text) mode = strata_mode_from(own->text, own->length);
    if (mode == STRATA_MODE_UNSET)
      strata_report_at(&reader->report, own->offset, sqlite3_mprintf("$.mode"), SQLITE_ERROR,
                       sqlite3_mprintf("expected \"replace\" or \"merge\""));
  }
  restore->mode = mode == STRATA_MODE_UNSET ? STRATA_MODE_REPLACE : mode;
}

/* Explain a constraint that failed halfway through a replace, although the final rows would satisfy it. */
static void explain_wipe(strata_context *ctx, const char *table, const char *column) {
  int rc = ctx->rc;
  if ((rc & 0xff) != SQLITE_CONSTRAINT) return;
  char *message = strata_context_take(ctx);
  strata_fail(ctx, rc,
              "table \"%s\": because foreign keys are enforced, a replace must first %s%s%s, and that "
              "failed: %s. Run PRAGMA foreign_keys=OFF first, outside a transaction (the restore then checks "
              "all references at the end)",
              table, column ? "set " : "delete its rows", column ? column : "", column ? " to NULL" : "",
              message);
  sqlite3_free(message);
}

/* Before 3.39 SQLite looks for the rows that ON DELETE RESTRICT protects in the first database with a table of that
** name: for an attached one that is "main". */
static void explain_restrict(const strata_restore *restore, const char *table) {
  strata_context *ctx = restore->ctx;
  int rc = ctx->rc;
  if (sqlite3_libversion_number() >= 3039000 || !restore->catalog.enforced || ctx->message == NULL) return;
  if (sqlite3_stricmp(restore->catalog.schema, "main") == 0) return;
  if (strstr(ctx->message, "FOREIGN KEY constraint failed") == NULL && rc != SQLITE_ERROR) return;
  char *message = strata_context_take(ctx);
  strata_fail(ctx, rc,
              "%s. SQLite before 3.39 (this is %s) looks in the wrong database for the rows that refer to "
              "\"%s\".\"%s\": open \"%s\" as the main database, or run PRAGMA foreign_keys=OFF first, "
              "outside a transaction (the restore then checks all references at the end)",
              message, sqlite3_libversion(), restore->catalog.schema, table, restore->catalog.schema);
  sqlite3_free(message);
}

/* Set the late columns to NULL: their references would block the DELETE of the tables they point to. Without
** enforcement no column is late. */
static void clear_late_columns(strata_restore *restore) {
  strata_context *ctx = restore->ctx;
  for (int i = 0; i < STRATA_TABLE_COUNT; i++) {
    const strata_table *table = &restore->catalog.tables[i];
    for (int j = 0; j < table->column_count && ctx->rc == SQLITE_OK; j++) {
      const char *name = table->columns[j].name;
      if (!table->columns[j].late) continue;
      sqlite3_stmt *stmt =
          strata_prepare(ctx, "UPDATE OR ABORT \"%w\".\"%w\" SET \"%w\" = NULL WHERE \"%w\" IS NOT NULL",
                         restore->catalog.schema, table->sql_name, name, name);
      strata_run(ctx, stmt);
      sqlite3_finalize(stmt);
      explain_wipe(ctx, table->sql_name, name);
    }
  }
}

/* Empty the tables, children first. A trigger or an authorizer can make a DELETE leave rows, so look afterwards.
** False if rows are left: then a check has nothing more to find. */
static bool wipe(strata_restore *restore, const strata_outer_keys *outer) {
  strata_context *ctx = restore->ctx;
  const strata_problems *problems = &restore->document.reader.report.problems;
  uint64_t before = problems->found;
  strata_outer_keys_check_wipe(outer);
  if (problems->found > before) return false;
  clear_late_columns(restore);
  for (int i = STRATA_TABLE_COUNT - 1; i >= 0 && ctx->rc == SQLITE_OK; i--) {
    const char *name = strata_table_sql_name(i);
    sqlite3_stmt *stmt = strata_prepare(ctx, "DELETE FROM \"%w\".\"%w\"", restore->catalog.schema, name);
    strata_run(ctx, stmt);
    sqlite3_finalize(stmt);
    if (ctx->rc == SQLITE_CONSTRAINT_FOREIGNKEY || ctx->rc == SQLITE_CONSTRAINT_TRIGGER)
      strata_outer_keys_explain(outer, name);
    else if (restore->catalog.enforced)
      explain_wipe(ctx, name, NULL);
    if (problems->found > before) return false;
    if (ctx->rc != SQLITE_OK) explain_restrict(restore, name);
    stmt = strata_prepare(ctx, "SELECT EXISTS(SELECT 1 FROM \"%w\".\"%w\")", restore->catalog.schema, name);
    if (strata_query_integer(ctx, stmt))
      strata_fail(ctx, SQLITE_CONSTRAINT,
                  "rows of table \"%s\" could not be deleted: a trigger or the authorizer prevents it; "
                  "nothing was changed",
                  name);
  }
  return ctx->rc == SQLITE_OK;
}

static sqlite3_int64 count_rows(strata_restore *restore, int table) {
  return strata_query_integer(restore->ctx,
                              strata_prepare(restore->ctx, "SELECT count(*) FROM \"%w\".\"%w\"",
                                             restore->catalog.schema, strata_table_sql_name(table)));
}

/* A merge starts from the rows that are there; a replace has emptied the tables. */
static void count_before(strata_restore *restore) {
  if (!restore->has_triggers || restore->mode != STRATA_MODE_MERGE) return;
  for (int i = 0; i < STRATA_TABLE_COUNT; i++) restore->expected[i] = count_rows(restore, i);
}

/* Triggers may add or remove rows of any table, so count the rows at the end. A replace always does, because a
** function of the host's in a CHECK can do the same. */
static void check_counts(strata_restore *restore) {
  if (!restore->has_triggers && restore->mode == STRATA_MODE_MERGE) return;
  if (restore->document.reader.report.problems.count > 0) return; /* rows were left out */
  for (int i = 0; i < STRATA_TABLE_COUNT && restore->ctx->rc == SQLITE_OK; i++) {
    sqlite3_int64 rows = count_rows(restore, i);
    if (restore->ctx->rc == SQLITE_OK && rows != restore->expected[i])
      strata_document_report(
          &restore->document, SQLITE_CONSTRAINT,
          sqlite3_mprintf("table \"%s\" would have %lld rows after the restore instead of %lld: a trigger, "
                          "or a function called in a CHECK, adds or removes rows; drop it before the restore",
                          strata_table_sql_name(i), rows, restore->expected[i]));
  }
}

static void fill_tables(strata_restore *restore, const strata_outer_keys *outer) {
  strata_context *ctx = restore->ctx;
  restore->has_triggers =
      strata_schema_has_triggers(ctx, restore->catalog.schema) || strata_schema_has_triggers(ctx, "temp");
  restore->document.whole_rows = restore->mode == STRATA_MODE_REPLACE;
  restore->keys = (strata_foreign_keys){.document = &restore->document};
  restore->keys.from_empty = restore->mode == STRATA_MODE_REPLACE && !restore->has_triggers;
  count_before(restore);
  if (restore->mode == STRATA_MODE_REPLACE && !wipe(restore, outer)) return;
  for (int i = 0; i < STRATA_TABLE_COUNT && ctx->rc == SQLITE_OK; i++) {
    const strata_section *section = strata_document_section(&restore->document, i);
    strata_progress_table(ctx, strata_table_name(i), section ? (sqlite3_int64)section->rows : 0);
    strata_restore_rows(restore, i);
    strata_progress_table_done(ctx);
  }
  for (int i = 0; i < STRATA_TABLE_COUNT && ctx->rc == SQLITE_OK; i++)
    strata_restore_late_columns(restore, i);
  if (ctx->rc == SQLITE_OK) strata_foreign_keys_check(&restore->keys);
  if (ctx->rc == SQLITE_OK) strata_outer_keys_check_end(outer);
  if (ctx->rc == SQLITE_OK) check_counts(restore);
  if (ctx->rc == SQLITE_OK) strata_input_check_unchanged(restore->document.reader.source, ctx);
}

static void restore_tables(strata_restore *restore, const char *schema, const char *progress) {
  strata_catalog_load(&restore->catalog, restore->ctx, schema);
  if (restore->mode == STRATA_MODE_MERGE) strata_refuse_hidden(restore->ctx, &restore->catalog);
  strata_outer_keys outer = {0};
  strata_progress told;
  strata_outer_keys_load(&outer, &restore->document);
  strata_progress_begin(&told, restore->ctx, progress, &restore->catalog, true);
  if (restore->ctx->rc == SQLITE_OK) fill_tables(restore, &outer);
  strata_progress_end(&told, restore->ctx);
  strata_outer_keys_free(&outer);
}

/* If the document changed while it was read, report that instead of the error it caused. */
static void blame_source(strata_restore *restore) {
  if (restore->ctx->rc != SQLITE_OK)
    strata_input_check_unchanged(restore->document.reader.source, restore->ctx);
}

/* Whether a check reports the error as one of its rows, because something is wrong with the document or the
** database. Any other error ends the check itself. */
static bool is_verdict(int rc) {
  int primary = rc & 0xff;
  return primary == SQLITE_ERROR || primary == SQLITE_CONSTRAINT || primary == SQLITE_MISMATCH ||
         primary == SQLITE_TOOBIG;
}

/* {"schemaVersion":"1","mode":…,"counts":…,"ignored":…} */
static void print_result(const strata_restore *restore, strata_writer *w) {
  const strata_name_set *ignored = &restore->document.ignored;
  strata_result_begin(w, restore->ctx);
  strata_result_string(w, "schemaVersion", restore->document.reader.dialect->version);
  strata_result_string(w, "mode", restore->mode == STRATA_MODE_MERGE ? "merge" : "replace");
  strata_result_counts(w, restore->counts);
  if (ignored->count) strata_result_open(w, "ignored");
  for (uint32_t i = 0; i < ignored->count; i++) {
    size_t length;
    const char *name = strata_name_set_get(ignored, i, &length);
    strata_result_number(w, name, length, restore->document.ignored_counts[i]);
  }
  if (ignored->count) strata_result_close(w);
  strata_result_end(w, restore->ctx, "the result of the restore", ": nothing was changed");
}

static uint64_t count_document(const strata_restore *restore) {
  uint64_t rows = 0;
  for (int i = 0; i < STRATA_TABLE_COUNT; i++) {
    const strata_section *section = strata_document_section(&restore->document, i);
    rows += section ? section->rows : 0;
  }
  return rows;
}

/* Run the restore in a transaction, then write its result and commit; a check, whose `result` is NULL, rolls back. */
static void run_in_transaction(strata_restore *restore, const strata_request *request,
                               strata_writer *result) {
  strata_context *ctx = restore->ctx;
  const char *schema = request->schema ? request->schema : "main";
  strata_page_cache cache = {0};
  strata_transaction transaction;
  strata_transaction_begin(&transaction, ctx, schema);
  if (ctx->rc == SQLITE_OK) {
    /* If the caller's transaction has changed the schema and is rolled back, SQLite must read the schema before it
    ** carries out the PRAGMA that sets the size back, and does not after an interrupt. */
    if (transaction.outermost) strata_page_cache_enlarge(&cache, ctx, schema, count_document(restore));
    restore_tables(restore, schema, request->progress);
    blame_source(restore);
  }
  if (result == NULL) {
    if (is_verdict(ctx->rc) && ctx->message) {
      int rc = ctx->rc;
      strata_document_report(&restore->document, rc, strata_context_take(ctx));
    }
    strata_transaction_cancel(&transaction);
  } else {
    /* Before the commit: after it nothing may fail. */
    if (ctx->rc == SQLITE_OK) print_result(restore, result);
    strata_transaction_end(&transaction);
  }
  strata_page_cache_restore(&cache, ctx);
}

/* `result` is NULL for a check. */
static void run(strata_restore *restore, strata_context *ctx, const strata_request *request,
                const strata_source *source, strata_writer *result) {
  *restore = (strata_restore){.ctx = ctx, .now = request->now, .now_length = request->now_length};
  if (ctx->rc != SQLITE_OK) return;
  strata_check_schema(ctx, request->schema ? request->schema : "main");
  strata_document_open(&restore->document, ctx, &restore->catalog, source, result == NULL);
  restore->document.ignore_unknown = request->ignore_unknown;
  blame_source(restore);
  if (ctx->rc != SQLITE_OK || !restore->document.reader.readable) return;
  choose_mode(restore, request);
  strata_document_check_tables(&restore->document);
  if (ctx->rc == SQLITE_OK) run_in_transaction(restore, request, result);
}

static void free_restore(strata_restore *restore) {
  strata_document_close(&restore->document);
  strata_catalog_free(&restore->catalog);
  strata_foreign_keys_free(&restore->keys);
}

void strata_restore_run(strata_context *ctx, const strata_request *request, const strata_source *source,
                        strata_writer *result) {
  strata_restore restore;
  run(&restore, ctx, request, source, result);
  free_restore(&restore);
}

void strata_restore_check(strata_context *ctx, const strata_request *request, const strata_source *source,
                          strata_problems *problems) {
  strata_restore restore;
  run(&restore, ctx, request, source, NULL);
  if (ctx->rc == SQLITE_OK) strata_report_finish(&restore.document.reader.report);
  if (ctx->rc == SQLITE_OK) {
    *problems = restore.document.reader.report.problems;
    restore.document.reader.report.problems = (strata_problems){0};
  }
  free_restore(&restore);
}

void strata_restore_to_result(sqlite3_context *sql, strata_context *ctx, const strata_request *request,
                              const strata_source *source) {
  strata_writer result = {0};
  strata_restore_run(ctx, request, source, &result);
  strata_result_finish(sql, ctx, &result);
}

void strata_restore_json_function(sqlite3_context *sql, int argc, sqlite3_value **argv) {
  strata_context ctx;
  strata_context_begin(&ctx, sqlite3_context_db_handle(sql));
  strata_request request;
  strata_source source = {0};
  strata_request_parse(&request, &ctx, argc > 1 ? argv[1] : NULL, argc > 2 ? argv[2] : NULL);
  if (ctx.rc == SQLITE_OK)
    strata_input_open(&source, &ctx, argv[0], "the first argument", "nothing was restored");
  strata_restore_to_result(sql, &ctx, &request, &source);
  strata_input_close(&source);
  strata_request_free(&request);
  strata_context_end(&ctx);
}
