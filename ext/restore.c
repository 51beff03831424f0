/*
** restore.c: a restore from beginning to end.
**
** Scan the document, open a savepoint, empty the nine tables (replace), insert or
** merge their rows table by table, set the references that had to wait, check
** every reference, and commit. A check does the same and always rolls back.
*/
#include "restore.h"
#include "backup.h"
#include "excerpt.h"
#include "foreign_keys.h"
#include "input.h"
#include "progress.h"
#include "transaction.h"

#include <assert.h>
#include <string.h>

bool strata_restore_stopped(strata_restore *restore) {
  return restore->ctx->rc != SQLITE_OK;
}

void strata_restore_report(strata_restore *restore, int rc, char *message) {
  strata_problem problem = {.offset = UINT64_MAX, .message = message, .rc = rc, .bare = true};
  strata_problems_add(&restore->reader.problems, restore->ctx, problem);
}

void strata_restore_ignore(strata_restore *restore, const char *table, size_t table_length, const char *field,
                           size_t field_length, sqlite3_int64 rows) {
  strata_context *ctx = restore->ctx;
  char stack[128], *name = stack;
  size_t length = table_length + (field ? field_length + 1 : 0);
  if (length > sizeof stack) name = strata_alloc(ctx, length);
  if (name == NULL) return;
  memcpy(name, table, table_length);
  if (field) {
    name[table_length] = '.';
    memcpy(name + table_length + 1, field, field_length);
  }
  if (strata_name_set_add(&restore->ignored, ctx, name, length) &&
      strata_grow(ctx, &restore->ignored_counts, &restore->ignored_room, restore->ignored.count,
                  sizeof *restore->ignored_counts))
    restore->ignored_counts[restore->ignored.count - 1] = 0;
  if (ctx->rc == SQLITE_OK)
    restore->ignored_counts[strata_name_set_find(&restore->ignored, name, length)] += rows;
  if (name != stack) sqlite3_free(name);
}

static void choose_mode(strata_restore *restore, const strata_request *request) {
  const strata_member *mode = &restore->reader.mode;
  restore->mode = request->mode;
  if (restore->mode != STRATA_MODE_UNSET) return;
  restore->mode = STRATA_MODE_REPLACE;
  if (!mode->present || mode->type == STRATA_JSON_NULL) return;
  if (mode->text) restore->mode = strata_mode_from(mode->text, mode->length);
  if (mode->text == NULL || restore->mode == STRATA_MODE_UNSET)
    strata_reader_report(&restore->reader, mode->offset, sqlite3_mprintf("$.mode"), SQLITE_ERROR,
                         sqlite3_mprintf("expected \"replace\" or \"merge\""));
  if (restore->check && restore->mode == STRATA_MODE_UNSET) restore->mode = STRATA_MODE_REPLACE;
}

static char *unknown_table(const strata_dialect *dialect) {
  sqlite3_str *text = sqlite3_str_new(NULL);
  sqlite3_str_appendall(text, "unknown table: the tables of a backup are ");
  for (int i = 0; i < STRATA_TABLE_COUNT; i++)
    sqlite3_str_appendf(text, "%s%s",
                        i == 0                       ? ""
                        : i < STRATA_TABLE_COUNT - 1 ? ", "
                                                     : " and ",
                        strata_dialect_table_name(dialect, i));
  sqlite3_str_appendall(text,
                        "; correct the name, or drop the table with the option {\"unknown\":\"ignore\"}");
  return sqlite3_str_finish(text);
}

/* A table that the document has and the catalogue does not is an error, unless it is empty, retired or ignored. */
static void check_sections(strata_restore *restore) {
  for (size_t i = 0; i < restore->reader.section_count; i++) {
    const strata_section *section = &restore->reader.sections[i];
    bool empty = section->type == STRATA_JSON_ARRAY && section->rows == 0;
    if (section->known || empty) continue;
    if (restore->ignore_unknown ||
        strata_dialect_is_retired(restore->reader.dialect, NULL, section->name, section->name_length)) {
      sqlite3_int64 rows = section->type == STRATA_JSON_ARRAY ? (sqlite3_int64)section->rows : 1;
      strata_restore_ignore(restore, section->name, section->name_length, NULL, 0, rows);
      continue;
    }
    strata_reader_report(&restore->reader, section->offset, strata_reader_path(section, -1), SQLITE_ERROR,
                         unknown_table(restore->reader.dialect));
    if (strata_restore_stopped(restore)) return;
  }
}

/* A constraint that fails half way through a replace, although the final rows would satisfy it. */
static void explain_wipe(strata_context *ctx, const char *table, const char *column) {
  int rc = ctx->rc;
  if ((rc & 0xff) != SQLITE_CONSTRAINT) return;
  char *message = strata_context_take(ctx);
  strata_fail(ctx, rc,
              "table \"%s\": its rows cannot be %s%s, as a replace needs where foreign keys are enforced: "
              "%s. Run PRAGMA foreign_keys=OFF first, outside of a transaction (the restore then checks the "
              "references at its end)",
              table, column ? "for a moment without " : "deleted", column ? column : "", message);
  sqlite3_free(message);
}

/* References to later tables would block the DELETE of those tables. Without enforcement no column is late. */
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

/* Empties the tables, children first. A trigger or an authorizer may have made a DELETE leave rows, so look. False if
** rows are left: then there is nothing more for a check to find either. */
static bool wipe(strata_restore *restore, const strata_outer_keys *outer) {
  strata_context *ctx = restore->ctx;
  uint64_t problems = restore->reader.problems.found;
  strata_outer_keys_check_wipe(outer, restore);
  if (restore->reader.problems.found > problems) return false;
  clear_late_columns(restore);
  for (int i = STRATA_TABLE_COUNT - 1; i >= 0 && !strata_restore_stopped(restore); i--) {
    const char *name = strata_table_sql_name(i);
    sqlite3_stmt *stmt = strata_prepare(ctx, "DELETE FROM \"%w\".\"%w\"", restore->catalog.schema, name);
    strata_run(ctx, stmt);
    sqlite3_finalize(stmt);
    if (ctx->rc == SQLITE_CONSTRAINT_FOREIGNKEY || ctx->rc == SQLITE_CONSTRAINT_TRIGGER)
      strata_outer_keys_explain(outer, restore, name);
    else if (restore->catalog.enforced)
      explain_wipe(ctx, name, NULL);
    if (restore->reader.problems.found > problems) return false;
    stmt = strata_prepare(ctx, "SELECT EXISTS(SELECT 1 FROM \"%w\".\"%w\")", restore->catalog.schema, name);
    if (strata_query_integer(ctx, stmt))
      strata_fail(ctx, SQLITE_CONSTRAINT,
                  "rows of table \"%s\" could not be deleted: a trigger or an authorizer keeps them; nothing "
                  "was changed",
                  name);
  }
  return !strata_restore_stopped(restore);
}

/* Triggers of any table, TEMP triggers included: one may write to any other table. */
static bool look_for_triggers(strata_restore *restore) {
  const char *sql = "SELECT EXISTS(SELECT 1 FROM \"%w\".sqlite_master WHERE type = 'trigger' UNION ALL"
                    " SELECT 1 FROM sqlite_temp_master WHERE type = 'trigger')";
  return strata_query_integer(restore->ctx, strata_prepare(restore->ctx, sql, restore->catalog.schema)) != 0;
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

/* Triggers may add or remove rows of any table, so where there are some, count the rows at the end. */
static void check_counts(strata_restore *restore) {
  strata_context *ctx = restore->ctx;
  if (!restore->has_triggers) return;
  for (int i = 0; i < STRATA_TABLE_COUNT && !strata_restore_stopped(restore); i++) {
    sqlite3_int64 rows = count_rows(restore, i);
    if (ctx->rc == SQLITE_OK && rows != restore->expected[i] && restore->reader.problems.count == 0)
      strata_restore_report(
          restore, SQLITE_CONSTRAINT,
          sqlite3_mprintf(
              "table \"%s\" would have %lld rows after the restore instead of %lld: a trigger of the "
              "database adds or removes rows; drop it for the restore",
              strata_table_sql_name(i), rows, restore->expected[i]));
  }
}

static void fill_tables(strata_restore *restore, const strata_outer_keys *outer) {
  strata_context *ctx = restore->ctx;
  restore->has_triggers = look_for_triggers(restore);
  count_before(restore);
  if (restore->mode == STRATA_MODE_REPLACE && !wipe(restore, outer)) return;
  for (int i = 0; i < STRATA_TABLE_COUNT && !strata_restore_stopped(restore); i++) {
    int section = restore->reader.by_table[i];
    sqlite3_int64 rows = section < 0 ? 0 : (sqlite3_int64)restore->reader.sections[section].rows;
    strata_progress_table(ctx, strata_table_name(i), rows);
    if (section >= 0) strata_restore_rows(restore, i, &restore->reader.sections[section]);
    strata_progress_table_done(ctx);
  }
  for (int i = 0; i < STRATA_TABLE_COUNT && !strata_restore_stopped(restore); i++) {
    int section = restore->reader.by_table[i];
    if (section >= 0) strata_restore_late_columns(restore, i, &restore->reader.sections[section]);
  }
  if (!strata_restore_stopped(restore)) strata_foreign_keys_check(restore);
  if (!strata_restore_stopped(restore)) strata_outer_keys_check_end(outer, restore);
  if (!strata_restore_stopped(restore)) check_counts(restore);
  const strata_source *source = restore->reader.source;
  if (!strata_restore_stopped(restore) && source->verify) {
    int rc = source->verify(source->argument);
    if (rc != SQLITE_OK) strata_fail_db(ctx, rc);
  }
}

static void restore_tables(strata_restore *restore, const char *schema, const char *progress) {
  strata_catalog_load(&restore->catalog, restore->ctx, schema);
  strata_outer_keys outer = {0};
  strata_progress told;
  strata_outer_keys_load(&outer, restore);
  strata_progress_begin(&told, restore->ctx, progress, &restore->catalog, true);
  if (restore->ctx->rc == SQLITE_OK) fill_tables(restore, &outer);
  strata_progress_end(&told, restore->ctx);
  strata_outer_keys_free(&outer);
}

/* If the document changed while it was read, report that instead of the error it caused. */
static void blame_source(strata_restore *restore) {
  if (restore->ctx->rc != SQLITE_OK) strata_input_settle(restore->reader.source, restore->ctx);
}

/* Whether a check reports the error as a row: something is wrong with the document or the database. Any other error
** ends the check itself. */
static bool is_verdict(int rc) {
  int primary = rc & 0xff;
  return primary == SQLITE_ERROR || primary == SQLITE_CONSTRAINT || primary == SQLITE_MISMATCH ||
         primary == SQLITE_TOOBIG;
}

/* {"schemaVersion":"1","mode":…,"counts":…,"ignored":…} */
static void print_result(const strata_restore *restore, strata_writer *w) {
  const char *version = restore->reader.dialect->version;
  strata_writer_literal(w, "{\"schemaVersion\":\"");
  strata_writer_raw(w, version, strlen(version));
  strata_writer_literal(w, "\",\"mode\":\"");
  if (restore->mode == STRATA_MODE_MERGE)
    strata_writer_literal(w, "merge\",");
  else
    strata_writer_literal(w, "replace\",");
  strata_backup_print_counts(w, restore->counts);
  for (uint32_t i = 0; i < restore->ignored.count; i++) {
    size_t length;
    const char *name = strata_name_set_get(&restore->ignored, i, &length);
    if (i == 0)
      strata_writer_literal(w, ",\"ignored\":{");
    else
      strata_writer_literal(w, ",");
    strata_writer_string(w, name, length);
    strata_writer_literal(w, ":");
    strata_writer_integer(w, restore->ignored_counts[i]);
  }
  if (restore->ignored.count) strata_writer_literal(w, "}");
  strata_writer_raw(w, "}", 2); /* with a NUL, so that SQLite does not copy the text to add one */
  strata_writer_flush(w);
  if (w->rc == SQLITE_TOOBIG)
    strata_fail(restore->ctx, w->rc,
                "the result of the restore is longer than a value may be on this connection "
                "(SQLITE_LIMIT_LENGTH): nothing was changed");
  else if (w->rc != SQLITE_OK)
    strata_fail_db(restore->ctx, w->rc);
}

void strata_restore_run(strata_restore *restore, strata_context *ctx, const strata_request *request,
                        const strata_source *source, strata_writer *result) {
  memset(restore, 0, sizeof *restore);
  restore->ctx = ctx;
  restore->check = request->check;
  restore->ignore_unknown = request->ignore_unknown;
  if (ctx->rc != SQLITE_OK) return;
  const char *schema = request->schema ? request->schema : "main";
  restore->now = request->now;
  restore->now_length = request->now_length;
  strata_check_schema(ctx, schema);
  strata_reader_open(&restore->reader, ctx, source, request->check);
  if (strata_restore_stopped(restore)) {
    blame_source(restore);
    return;
  }
  if (!restore->reader.readable) return;
  choose_mode(restore, request);
  check_sections(restore);
  if (strata_restore_stopped(restore)) return;
  assert(restore->mode != STRATA_MODE_UNSET);

  strata_transaction transaction;
  strata_transaction_begin(&transaction, ctx, schema);
  if (ctx->rc == SQLITE_OK) {
    restore_tables(restore, schema, request->progress);
    blame_source(restore);
  }
  if (restore->check) {
    if (is_verdict(ctx->rc) && ctx->message) {
      int rc = ctx->rc;
      strata_restore_report(restore, rc, strata_context_take(ctx));
    }
    strata_transaction_cancel(&transaction);
    return;
  }
  /* Before the commit: after it nothing may fail. */
  if (ctx->rc == SQLITE_OK) print_result(restore, result);
  strata_transaction_end(&transaction);
}

void strata_restore_free(strata_restore *restore) {
  strata_reader_close(&restore->reader);
  strata_catalog_free(&restore->catalog);
  strata_name_set_free(&restore->ignored);
  for (int i = 0; i < STRATA_TABLE_COUNT; i++) {
    strata_name_set_free(&restore->keys[i]);
    strata_name_set_free(&restore->rejected[i]);
  }
  sqlite3_free(restore->ignored_counts);
  restore->ignored_counts = NULL;
}

void strata_restore_to_result(sqlite3_context *sql, strata_context *ctx, const strata_request *request,
                              const strata_source *source) {
  strata_restore restore;
  strata_writer w;
  strata_writer_to_memory(&w, (size_t)sqlite3_limit(ctx->db, SQLITE_LIMIT_LENGTH, -1));
  strata_restore_run(&restore, ctx, request, source, &w);
  if (ctx->rc == SQLITE_OK) {
    sqlite3_result_text(sql, w.data, -1, sqlite3_free);
  } else {
    strata_writer_free(&w);
    strata_result_error(ctx, sql);
  }
  strata_restore_free(&restore);
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
