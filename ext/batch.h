/*
** batch.h: rows of one table that have been read but not yet written.
**
** Rows are written in batches. Their values live in an arena, which is reset for each
** batch.
**
** The order of rows is part of the data: rowids ascend in the document's order. Yet a batch of a
** large table is sorted by the columns of the table's secondary index, and each row is
** inserted with an explicit rowid. In the document's order every row would touch a random
** page of that index; a sorted batch sweeps it once.
*/
#ifndef STRATA_BATCH_H
#define STRATA_BATCH_H

#include "value.h"

#define STRATA_BATCH_COLUMNS 4

typedef struct strata_batch_row {
  uint64_t offset, index;             /* the row's place in the document */
  strata_value *values;               /* for the table's columns, in the batch's arena */
  const struct strata_batch *batch;   /* qsort() has no argument for it */
  uint64_t prefix;                    /* the first bytes of the value that is compared first */
} strata_batch_row;

typedef struct strata_batch {
  strata_context *ctx;
  strata_arena arena;                 /* for the values of the rows to be added */
  strata_batch_row *rows;
  size_t count, room;
  size_t limit;                       /* how many bytes of values make a batch */
  int sort_count;                     /* 0: in the document's order */
  struct {
    int column;
    bool descending;
  } sort[STRATA_BATCH_COLUMNS];
} strata_batch;

/* Begin the batches of a table; the document has `rows` rows of it. `any_order`: they may be written in another order
** than the document's; otherwise each row is a batch. Always call strata_batch_free(). */
void strata_batch_begin(strata_batch *batch, strata_context *ctx, const strata_catalog *catalog, const strata_table *table,
                        uint64_t rows, bool any_order);
void strata_batch_free(strata_batch *batch);

/* Add the row at this place in the document; its values are in the batch's arena. */
void strata_batch_add(strata_batch *batch, uint64_t offset, uint64_t index, strata_value *values);

/* Whether it is time to write the rows. */
bool strata_batch_is_full(const strata_batch *batch);

/* Sort the rows into the order in which they will be written. */
void strata_batch_sort(strata_batch *batch);

/* Forget the rows and their values. */
void strata_batch_clear(strata_batch *batch);

#endif
