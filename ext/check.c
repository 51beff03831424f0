/*
** check.c: the virtual table strata_restore_check. It runs the restore itself, in a
** savepoint that is always rolled back, so the verdict is the restore's own.
*/
#include "check.h"
#include "input.h"
#include "restore.h"

#include <string.h>

enum { COLUMN_LINE, COLUMN_PATH, COLUMN_MESSAGE, COLUMN_BACKUP };

typedef struct cursor {
  strata_cursor base;
  strata_problems problems;
} cursor;

static int check_close(sqlite3_vtab_cursor *base) {
  strata_problems_clear(&((cursor *)base)->problems);
  strata_cursor_clear((strata_cursor *)base);
  sqlite3_free(base);
  return SQLITE_OK;
}

static void run(cursor *c, strata_context *ctx, sqlite3_value *arguments[STRATA_VTAB_MAX_ARGUMENTS]) {
  strata_request request = {0};
  strata_source source = {0};
  if (arguments[0] == NULL)
    strata_fail(ctx, SQLITE_ERROR,
                "strata_restore_check needs a document: SELECT * FROM strata_restore_check(json)");
  else
    strata_input_open(&source, ctx, arguments[0], "the first argument of strata_restore_check",
                      STRATA_INPUT_UNRELIABLE);
  if (ctx->rc == SQLITE_OK) strata_request_parse(&request, ctx, arguments[1], arguments[2]);
  strata_restore_check(ctx, &request, &source, &c->problems);
  strata_request_free(&request);
  strata_input_close(&source);
}

static int check_filter(sqlite3_vtab_cursor *base, int plan, const char *unused, int argc,
                        sqlite3_value **argv) {
  (void)unused, (void)argc;
  cursor *c = (cursor *)base;
  sqlite3_value *arguments[STRATA_VTAB_MAX_ARGUMENTS];
  strata_context ctx;
  strata_context_begin(&ctx, ((strata_vtab *)base->pVtab)->db);
  strata_problems_clear(&c->problems);
  strata_cursor_begin(&c->base, &ctx, plan, argv, arguments);
  run(c, &ctx, arguments);
  int rc = strata_vtab_error(&ctx, base->pVtab);
  strata_context_end(&ctx);
  return rc;
}

static int check_eof(sqlite3_vtab_cursor *base) {
  const cursor *c = (const cursor *)base;
  return c->base.row >= c->problems.count;
}

static int check_column(sqlite3_vtab_cursor *base, sqlite3_context *sql, int column) {
  const cursor *c = (const cursor *)base;
  const strata_problem *problem = &c->problems.items[c->base.row];
  if (column == COLUMN_LINE && problem->line > 0)
    sqlite3_result_int64(sql, problem->line);
  else if (column == COLUMN_PATH && problem->path)
    sqlite3_result_text(sql, problem->path, -1, SQLITE_TRANSIENT);
  else if (column == COLUMN_MESSAGE)
    sqlite3_result_text(sql, problem->message, -1, SQLITE_TRANSIENT);
  return strata_cursor_argument(&c->base, sql, column);
}

static const sqlite3_module check_module = {
    STRATA_VTAB_METHODS,         .xClose = check_close, .xFilter = check_filter,
    .xNext = strata_cursor_next, .xEof = check_eof,     .xColumn = check_column,
};

const strata_vtab_definition strata_check_definition = {
    .name = "strata_restore_check",
    .example = "strata_restore_check(json, 'merge')",
    .columns =
        "CREATE TABLE x(line INTEGER, path TEXT, message TEXT, backup HIDDEN, mode HIDDEN, options HIDDEN)",
    .first_argument = COLUMN_BACKUP,
    .arguments = 3,
    .argument_names = {"backup", "mode", "options"},
    .cursor_size = sizeof(cursor),
    .module = &check_module,
};
