/*
** batch.h: rows of one table that have been read and are not written yet.
**
** Rows are written in batches. Their values live in an arena, which each batch
** takes anew.
**
** The order of rows is data: rowids ascend in the document's order. Even so, a
** batch of a large table is sorted by the columns of the table's secondary index,
** and each row is inserted with its rowid given explicitly. In the document's order
** every row would touch a random page of that index; sorted, a batch sweeps it once.
*/
#ifndef STRATA_BATCH_H
#define STRATA_BATCH_H

#include "value.h"

#define STRATA_BATCH_COLUMNS 4

typedef struct strata_batch_row {
  uint64_t offset, index;             /* the row's place in the document */
  strata_value *values;               /* for the table's columns, in the batch's arena */
  const struct strata_batch *batch;   /* for the comparison while sorting, … */
  uint64_t prefix;                    /* … and the first bytes of what it compares first */
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

/* Begin the batches of a table of which the document has so many rows. `any_order`: rows may be written in
** another order than the document's; otherwise each row is a batch. Call strata_batch_free() in any case. */
void strata_batch_begin(strata_batch *batch, strata_context *ctx, const strata_catalog *catalog, const strata_table *table,
                        uint64_t rows, bool any_order);
void strata_batch_free(strata_batch *batch);

/* Add the row that lies there; its values are in the batch's arena. */
void strata_batch_add(strata_batch *batch, uint64_t offset, uint64_t index, strata_value *values);

/* Whether it is time to write the rows. */
bool strata_batch_is_full(const strata_batch *batch);

/* Bring the rows into the order in which they are to be written. */
void strata_batch_sort(strata_batch *batch);

/* Forget the rows and their values. */
void strata_batch_clear(strata_batch *batch);

#endif
