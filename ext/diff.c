/*
** diff.c: the virtual table strata_backup_diff. A comparison (comparison.h) finds the
** differences and hands them over in pieces of memory; the cursor goes through one
** piece at a time, so that memory does not grow with their number.
*/
#include "diff.h"
#include "backup.h"
#include "comparison.h"
#include "difference.h"
#include "input.h"
#include "value.h"

#include <string.h>

enum { COLUMN_DOCUMENT = STRATA_DIFFERENCE_COLUMNS };

typedef struct cursor {
  strata_cursor base;
  strata_context ctx;
  strata_source document, other;
  char *schema;
  strata_comparison comparison;
  const char *piece; /* some of its differences, end to end; NULL at the end */
  size_t length, at; /* of the piece; where in it the next difference begins */
  strata_difference difference;
} cursor;

/* End what xFilter began, and clear the cursor for the next xFilter. */
static void close_run(cursor *c) {
  strata_comparison_end(&c->comparison);
  strata_input_close(&c->document);
  strata_input_close(&c->other);
  strata_context_end(&c->ctx);
  sqlite3_free(c->schema);
  strata_cursor_clear(&c->base);
  strata_cursor base = c->base;
  memset(c, 0, sizeof *c);
  c->base = base;
}

static int diff_close(sqlite3_vtab_cursor *base) {
  close_run((cursor *)base);
  sqlite3_free(base);
  return SQLITE_OK;
}

/* Go to the next difference. */
static int advance(cursor *c) {
  if (c->at == c->length) {
    c->at = 0;
    c->piece = strata_comparison_next(&c->comparison, &c->length);
  }
  if (c->piece) c->at = strata_difference_get(&c->difference, c->piece, c->at);
  if (c->piece == NULL) {
    strata_input_check_unchanged(&c->document, &c->ctx);
    strata_input_check_unchanged(&c->other, &c->ctx);
  }
  strata_context_close_statement(&c->ctx);
  return strata_vtab_error(&c->ctx, c->base.base.pVtab);
}

/* Open the documents and begin the comparison. */
static void begin(cursor *c, sqlite3_value *document, const char *schema, sqlite3_value *other) {
  strata_context *ctx = &c->ctx;
  bool two = other && (sqlite3_value_type(other) != SQLITE_NULL || strata_input_is_file(other));
  if (document == NULL)
    strata_fail(ctx, SQLITE_ERROR,
                "strata_backup_diff needs a document: SELECT * FROM strata_backup_diff(json)");
  c->schema = strata_format(ctx, "%s", schema);
  if (ctx->rc == SQLITE_OK)
    strata_input_open(&c->document, ctx, document, "the first argument of strata_backup_diff",
                      STRATA_INPUT_UNRELIABLE);
  if (ctx->rc == SQLITE_OK && two)
    strata_input_open(&c->other, ctx, other, "the third argument of strata_backup_diff",
                      STRATA_INPUT_UNRELIABLE);
  strata_comparison_begin(&c->comparison, ctx, &c->document, two ? &c->other : NULL, c->schema);
}

static int diff_filter(sqlite3_vtab_cursor *base, int plan, const char *unused, int argc,
                       sqlite3_value **argv) {
  (void)unused, (void)argc;
  cursor *c = (cursor *)base;
  sqlite3_value *arguments[STRATA_VTAB_MAX_ARGUMENTS];
  close_run(c);
  strata_context_begin(&c->ctx, ((strata_vtab *)base->pVtab)->db);
  strata_cursor_begin(&c->base, &c->ctx, plan, argv, arguments);
  begin(c, strata_cursor_document(&c->base, 0, arguments[0]), strata_schema_argument(arguments[1]),
        strata_cursor_document(&c->base, 2, arguments[2]));
  return advance(c);
}

static int diff_next(sqlite3_vtab_cursor *base) {
  strata_cursor_next(base);
  return advance((cursor *)base);
}

static int diff_eof(sqlite3_vtab_cursor *base) {
  return ((const cursor *)base)->piece == NULL;
}

static int diff_column(sqlite3_vtab_cursor *base, sqlite3_context *sql, int column) {
  const cursor *c = (const cursor *)base;
  if (column >= COLUMN_DOCUMENT) return strata_cursor_argument(&c->base, sql, column);
  const char *text = c->difference.text[column];
  if (text) strata_result_text(sql, text, c->difference.length[column]);
  return SQLITE_OK;
}

static const sqlite3_module diff_module = {
    STRATA_VTAB_METHODS, .xClose = diff_close, .xFilter = diff_filter,
    .xNext = diff_next,  .xEof = diff_eof,     .xColumn = diff_column,
};

const strata_vtab_definition strata_diff_definition = {
    .name = "strata_backup_diff",
    .example = "strata_backup_diff(json)",
    .columns = "CREATE TABLE x(name TEXT, key TEXT, change TEXT, field TEXT, backup TEXT, database TEXT,"
               " document HIDDEN, schema TEXT HIDDEN, other HIDDEN)",
    .first_argument = COLUMN_DOCUMENT,
    .arguments = 3,
    .argument_names = {"document", "schema", "other"},
    .cursor_size = sizeof(cursor),
    .module = &diff_module,
};
