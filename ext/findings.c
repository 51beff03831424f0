/*
** findings.c: compares the values of one row on both sides, and writes down where they
** differ.
*/
#include "findings.h"
#include "decimal.h"
#include "difference.h"
#include "excerpt.h"

#include <string.h>

/* What a live cell holds that a document cannot carry, as a JSON string. */
static void print_odd(strata_findings *f, strata_writer *w, const strata_value *value) {
  char *text = value->type == SQLITE_TEXT ? strata_excerpt(f->ctx, value->text, value->length)
                                          : strata_value_describe(f->ctx, value);
  if (text) strata_writer_string(w, text, strlen(text));
  sqlite3_free(text);
}

/* Print a value as its column's JSON. False for a value that a document cannot carry, which only a live row can hold: it
** differs from whatever a document has, and a restore, which would put it right, must not fail for it. */
static bool print(strata_findings *f, strata_writer *w, const strata_column *column, const strata_value *value) {
  size_t start = w->length;
  if (value->type == 0 || value->type == SQLITE_NULL) {
    strata_writer_literal(w, "null");
    return true;
  }
  if (strata_value_print(column, value, w) == NULL) return true;
  w->length = start;
  print_odd(f, w, value);
  return false;
}

/* Print the key as JSON: the value itself, or an array if the key has several columns. */
static void print_key(strata_findings *f, strata_writer *w, const strata_value *values) {
  const strata_table *table = f->table;
  for (int i = 0; i < table->key_count; i++) {
    if (table->key_count > 1) strata_writer_raw(w, i ? "," : "[", 1);
    print(f, w, &table->columns[table->key[i]], &values[table->key[i]]);
  }
  if (table->key_count > 1) strata_writer_literal(w, "]");
}

/* Print a whole row as a document would have it. */
static void print_row(strata_findings *f, strata_writer *w, const strata_value *values) {
  const strata_table *table = f->table;
  bool first = true;
  strata_writer_literal(w, "{");
  for (int i = 0; i < table->column_count && f->ctx->rc == SQLITE_OK; i++) {
    if (values[i].type == 0) continue;
    if (!first) strata_writer_literal(w, ",");
    first = false;
    strata_writer_raw(w, table->columns[i].label, table->columns[i].label_length);
    print(f, w, &table->columns[i], &values[i]);
  }
  strata_writer_literal(w, "}");
}

static void put_text(strata_findings *f, const char *text, size_t length) {
  strata_difference_put(&f->out, text, length);
}

/* A writer that ran out of memory is an error here: a difference that lacks a column cannot be unpacked. */
static void put_json(strata_findings *f, const strata_writer *json) {
  if (json->rc != SQLITE_OK) strata_fail_nomem(f->ctx);
  if (f->ctx->rc == SQLITE_OK)
    strata_difference_put_json(&f->out, f->ctx, json->data, json->length);
}

/* Uses f->left. */
void strata_findings_put_key(strata_findings *f, const char *change, const strata_value *values) {
  const char *name = f->table->name;
  strata_writer *key = &f->left;
  key->length = 0;
  print_key(f, key, values);
  put_text(f, name, strlen(name));
  put_json(f, key);
  put_text(f, change, strlen(change));
}

void strata_findings_put_row(strata_findings *f, const char *change, const strata_value *values,
                             bool is_document) {
  strata_findings_put_key(f, change, values);
  put_text(f, NULL, 0);
  if (!is_document) put_text(f, NULL, 0);
  f->left.length = 0;
  print_row(f, &f->left, values);
  put_json(f, &f->left);
  if (is_document) put_text(f, NULL, 0);
}

static bool is_null(const strata_value *value) {
  return value->type == 0 || value->type == SQLITE_NULL;
}

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

static void compare_value(strata_findings *f, int i, const strata_value *document,
                          const strata_side_row *row) {
  const strata_column *column = &f->table->columns[i];
  f->left.length = f->right.length = 0;
  print(f, &f->left, column, &document[i]);
  bool sound = print(f, &f->right, column, &row->values[i]);
  if (f->left.rc || f->right.rc) strata_fail_nomem(f->ctx);
  if (f->ctx->rc != SQLITE_OK || (sound && same_value(column, &f->left, &f->right))) return;
  strata_findings_put_key(f, "changed", row->values);
  put_text(f, column->field, strlen(column->field));
  f->left.length = 0;
  print(f, &f->left, column, &document[i]);
  put_json(f, &f->left);
  put_json(f, &f->right);
}

void strata_findings_compare(strata_findings *f, const strata_value *document, const strata_side_row *row) {
  const strata_table *table = f->table;
  for (int i = 0; i < table->column_count && f->ctx->rc == SQLITE_OK; i++) {
    if (!strata_value_identical(&document[i], &row->values[i])) compare_value(f, i, document, row);
  }
}

void strata_findings_begin(strata_findings *f, strata_context *ctx) {
  *f = (strata_findings){.ctx = ctx};
  strata_writer_to_memory(&f->out, SIZE_MAX / 2);
  strata_writer_to_memory(&f->left, SIZE_MAX / 2);
  strata_writer_to_memory(&f->right, SIZE_MAX / 2);
}

void strata_findings_free(strata_findings *f) {
  strata_writer_free(&f->out);
  strata_writer_free(&f->left);
  strata_writer_free(&f->right);
}
