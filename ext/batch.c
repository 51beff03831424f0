/*
** batch.c: collects rows until a batch is full, and sorts them by the columns of a
** secondary index. Most comparisons need only the first eight bytes of the first column,
** which each row keeps as a number.
*/
#include "batch.h"

#include <stdlib.h>
#include <string.h>

#define BATCH_ROWS 65536u
#define SORTED_BYTES                                                                                         \
  ((size_t)4 * 1024 * 1024) /* a larger batch touches more pages of the table than the cache holds */
#define UNSORTED_BYTES ((size_t)256 * 1024) /* fits the processor's cache */
#define SORT_FROM_ROWS 2000u                /* smaller tables fit the page cache in any order */

/* Sort by the columns of the first secondary index that is a plain list of columns. */
static void choose_order(strata_batch *batch, const strata_catalog *catalog, const strata_table *table) {
  strata_context *ctx = batch->ctx;
  const char *schema = catalog->schema;
  sqlite3_stmt *list = strata_prepare(ctx, "PRAGMA \"%w\".index_list(\"%w\")", schema, table->sql_name);
  while (batch->sort_count == 0 && strata_step(ctx, list)) {
    const char *origin = (const char *)sqlite3_column_text(list, 3);
    if (origin == NULL || strcmp(origin, "c") != 0 || sqlite3_column_int(list, 4)) continue;
    sqlite3_stmt *info =
        strata_prepare(ctx, "PRAGMA \"%w\".index_xinfo(\"%w\")", schema, sqlite3_column_text(list, 1));
    while (strata_step(ctx, info) && sqlite3_column_int(info, 5) &&
           batch->sort_count < STRATA_BATCH_COLUMNS) {
      const char *name = (const char *)sqlite3_column_text(info, 2);
      int column = name ? strata_column_find_sql(table, name) : -1;
      if (column < 0) break;
      batch->sort[batch->sort_count].column = column;
      batch->sort[batch->sort_count++].descending = sqlite3_column_int(info, 3) != 0;
    }
    sqlite3_finalize(info);
  }
  sqlite3_finalize(list);
}

void strata_batch_begin(strata_batch *batch, strata_context *ctx, const strata_catalog *catalog,
                        const strata_table *table, uint64_t rows, bool any_order) {
  *batch = (strata_batch){.ctx = ctx};
  if (any_order && rows >= SORT_FROM_ROWS) choose_order(batch, catalog, table);
  batch->limit = batch->sort_count ? SORTED_BYTES : any_order ? UNSORTED_BYTES : 0;
}

void strata_batch_free(strata_batch *batch) {
  sqlite3_free(batch->rows);
  strata_arena_free(&batch->arena);
}

/* A text's first eight bytes as a number with the same order, which settles most comparisons without reading the
** rows. Anything but text gets 0, and two zeros settle nothing. */
static uint64_t prefix_of(const strata_value *value) {
  unsigned char bytes[8] = {0};
  if (value->type != SQLITE_TEXT) return 0;
  memcpy(bytes, value->text, value->length < 8 ? value->length : 8);
  uint64_t prefix = 0;
  for (int i = 0; i < 8; i++) prefix = prefix << 8 | bytes[i];
  return prefix;
}

void strata_batch_add(strata_batch *batch, uint64_t offset, uint64_t index, strata_value *values) {
  strata_batch_row added = {.offset = offset, .index = index, .values = values, .batch = batch};
  if (batch->sort_count) added.prefix = prefix_of(&values[batch->sort[0].column]);
  if (strata_grow(batch->ctx, &batch->rows, &batch->room, batch->count + 1, sizeof *batch->rows))
    batch->rows[batch->count++] = added;
}

/* The arena's size matters too, because it may also hold the values of rows that were refused. */
bool strata_batch_is_full(const strata_batch *batch) {
  return batch->count == 0 || batch->count >= BATCH_ROWS || batch->arena.used >= batch->limit;
}

static int compare(const void *a, const void *b) {
  const strata_batch_row *x = a, *y = b;
  const strata_batch *batch = x->batch;
  if (x->prefix != y->prefix) return (x->prefix < y->prefix) == !batch->sort[0].descending ? -1 : 1;
  for (int i = 0; i < batch->sort_count; i++) {
    int order = strata_value_compare(&x->values[batch->sort[i].column], &y->values[batch->sort[i].column]);
    if (order) return batch->sort[i].descending ? -order : order;
  }
  return x->index < y->index ? -1 : 1;
}

void strata_batch_sort(strata_batch *batch) {
  if (batch->sort_count && batch->count > 1) qsort(batch->rows, batch->count, sizeof *batch->rows, compare);
}

void strata_batch_clear(strata_batch *batch) {
  batch->count = 0;
  strata_arena_reset(&batch->arena);
}
