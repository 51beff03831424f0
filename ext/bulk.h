/*
** bulk.h: many rows in one INSERT.
**
** Inserting one row spends more time on the statement (binding, opening three cursors,
** halting) than on the row. So a restore inserts rows with the same columns with a single
** statement: INSERT … SELECT … FROM strata_pending(?1). strata_pending is a virtual table
** that shows the rows of a batch. It needs a pointer that only bulk.c can bind, so to any
** other statement it is empty.
**
** No problem of a row is reported here. If the statement stops at a row, the caller
** inserts that row on its own, which fails again and reports why.
*/
#ifndef STRATA_BULK_H
#define STRATA_BULK_H

#include "batch.h"
#include "vtab.h"

typedef struct strata_bulk {
  strata_context *ctx;
  const strata_catalog *catalog;
  const strata_table *table;
  bool gives_rowid;              /* set each row's rowid to its place in the document, from 1 */
  bool usable;                   /* false: insert row by row; the caller may clear it too */
  sqlite3_stmt *stmt;            /* the last INSERT that was prepared; NULL: none yet */
  bool *present;                 /* for each column, whether `stmt` sets it */
  int selected;                  /* how many values `stmt` reads from each row, its rowid included */
  const strata_batch_row *rows;  /* the rows that strata_pending shows … */
  size_t count;                  /* … and how many */
  size_t at;                     /* how many rows `stmt` is done with; rows[at] is the one it works on */
  uint64_t reads;                /* how many values `stmt` has read so far */
} strata_bulk;

/* Prepare to insert rows of a table. Always call strata_bulk_free(). */
void strata_bulk_begin(strata_bulk *bulk, strata_context *ctx, const strata_catalog *catalog,
                       const strata_table *table, bool gives_rowid);
void strata_bulk_free(strata_bulk *bulk);

/*
** Insert rows from the start of `rows`, up to the first that has values for other columns.
** Returns how many the statement inserted; 0 if a statement is not possible or not worth
** it. Without an error, the caller inserts at least the next row on its own and may then
** call again. After an error, the row that caused it is rows[n], where n is the result, but
** SQLite may have undone the statement: check whether rows[0] is in the table.
*/
size_t strata_bulk_insert(strata_bulk *bulk, const strata_batch_row *rows, size_t count);

/* The virtual table strata_pending, for strata.c to register. */
extern const strata_vtab_definition strata_pending_definition;

#endif
