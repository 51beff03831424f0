/*
** comparison_values.c: the values of one row on both sides, and how they are
** written down where they differ. See comparison.h.
*/
#include "backup.h"
#include "comparison.h"
#include "decimal.h"

#include <assert.h>
#include <string.h>

/* A value as its column's JSON. One of a live row (`cells`) that a document cannot carry is an error. */
static void print(strata_comparison *c, strata_writer *w, const strata_column *column,
                  const strata_value *value, sqlite3_stmt *cells) {
  if (value->type == 0 || value->type == SQLITE_NULL) {
    strata_writer_literal(w, "null");
    return;
  }
  const char *why = strata_value_print(column, value, w);
  if (why == NULL) return;
  assert(cells); /* what the parser has let pass, a document can carry */
  strata_backup_refuse_cell(c->ctx, strata_comparison_table(c), column, cells, value, why);
}

/* The key as JSON: the value itself, or of several an array. */
static void print_key(strata_comparison *c, strata_writer *w, const strata_value *values,
                      sqlite3_stmt *cells) {
  const strata_table *table = strata_comparison_table(c);
  for (int i = 0; i < table->key_count; i++) {
    if (table->key_count > 1) strata_writer_raw(w, i ? "," : "[", 1);
    print(c, w, &table->columns[table->key[i]], &values[table->key[i]], cells);
  }
  if (table->key_count > 1) strata_writer_literal(w, "]");
}

/* A whole row as the document has it, or would have it. */
static void print_row(strata_comparison *c, strata_writer *w, const strata_value *values,
                      sqlite3_stmt *cells) {
  const strata_table *table = strata_comparison_table(c);
  bool first = true;
  strata_writer_literal(w, "{");
  for (int i = 0; i < table->column_count && c->ctx->rc == SQLITE_OK; i++) {
    if (values[i].type == 0) continue;
    if (!first) strata_writer_literal(w, ",");
    first = false;
    strata_writer_raw(w, table->columns[i].label, table->columns[i].label_length);
    print(c, w, &table->columns[i], &values[i], cells);
  }
  strata_writer_literal(w, "}");
}

static void put_text(strata_comparison *c, const char *text, size_t length) {
  strata_difference_put(&c->out, text, length);
}

static void put_json(strata_comparison *c, const strata_writer *json) {
  if (json->rc == SQLITE_OK && c->ctx->rc == SQLITE_OK)
    strata_difference_put_json(&c->out, c->ctx, json->data, json->length);
}

/* Its first three columns. Uses c->left. */
void strata_comparison_put_key(strata_comparison *c, const char *change, const strata_value *values,
                               sqlite3_stmt *cells) {
  const char *name = strata_comparison_table(c)->name;
  strata_writer *key = &c->left;
  key->length = 0;
  print_key(c, key, values, cells);
  put_text(c, name, strlen(name));
  put_json(c, key);
  put_text(c, change, strlen(change));
}

/* A row that only one side has: all of it, in the column of its side. */
void strata_comparison_put_row(strata_comparison *c, const char *change, const strata_value *values,
                               sqlite3_stmt *cells, bool is_document) {
  strata_comparison_put_key(c, change, values, cells);
  put_text(c, NULL, 0);
  if (!is_document) put_text(c, NULL, 0);
  c->left.length = 0;
  print_row(c, &c->left, values, cells);
  put_json(c, &c->left);
  if (is_document) put_text(c, NULL, 0);
}

static bool is_null(const strata_value *value) {
  return value->type == 0 || value->type == SQLITE_NULL;
}

/* Whether both are stored alike, and so need no printing. */
bool strata_value_identical(const strata_value *a, const strata_value *b) {
  if (is_null(a) || is_null(b)) return is_null(a) && is_null(b);
  if (a->type != b->type) return false;
  if (a->type == SQLITE_TEXT) return a->length == b->length && memcmp(a->text, b->text, a->length) == 0;
  return a->type == SQLITE_INTEGER && a->integer == b->integer;
}

static bool same_value(const strata_column *column, const strata_writer *a, const strata_writer *b) {
  if (a->length == b->length && memcmp(a->data, b->data, a->length) == 0) return true;
  if (column->kind != STRATA_KIND_DECIMAL || *a->data != '"' || *b->data != '"') return false;
  return strata_decimal_equal(a->data + 1, a->length - 2, b->data + 1, b->length - 2);
}

static void compare_value(strata_comparison *c, int i, const strata_value *document,
                          const strata_side_row *row) {
  const strata_column *column = &strata_comparison_table(c)->columns[i];
  c->left.length = c->right.length = 0;
  print(c, &c->left, column, &document[i], NULL);
  print(c, &c->right, column, &row->values[i], row->cells);
  if (c->left.rc || c->right.rc) strata_fail_db(c->ctx, SQLITE_NOMEM);
  if (c->ctx->rc != SQLITE_OK || same_value(column, &c->left, &c->right)) return;
  strata_comparison_put_key(c, "changed", row->values, row->cells);
  put_text(c, column->field, strlen(column->field));
  c->left.length = 0;
  print(c, &c->left, column, &document[i], NULL);
  put_json(c, &c->left);
  put_json(c, &c->right);
}

void strata_comparison_values(strata_comparison *c, const strata_value *document,
                              const strata_side_row *row) {
  const strata_table *table = strata_comparison_table(c);
  for (int i = 0; i < table->column_count && c->ctx->rc == SQLITE_OK; i++) {
    if (!strata_value_identical(&document[i], &row->values[i])) compare_value(c, i, document, row);
  }
}
