/*
** bulk.h: many rows in one INSERT.
**
** An INSERT of one row spends more on its statement (binding, opening three cursors,
** halting) than on the row. So a restore inserts what can be inserted together with one
** statement: INSERT … SELECT … FROM strata_pending(?1). That is a virtual table which
** shows the rows of a batch, and only to a statement to which this file has bound
** them: for any other it is empty.
**
** Nothing is reported from here. If the statement stops at a row, the caller inserts
** that row by itself, and thus gets its error.
*/
#ifndef STRATA_BULK_H
#define STRATA_BULK_H

#include "batch.h"
#include "vtab.h"

typedef struct strata_bulk {
  strata_context *ctx;
  const strata_catalog *catalog;
  const strata_table *table;
  bool gives_rowid;              /* rows get the rowids that the document's order gives them */
  bool usable;
  sqlite3_stmt *stmt;            /* for rows with values for the columns `present`; NULL: none yet */
  bool *present;
  int selected;                  /* how many columns it takes from each row */
  const strata_batch_row *rows;  /* what the virtual table shows, … */
  size_t count;
  size_t at;                     /* … the row at which the statement is, … */
  uint64_t reads;                /* … and how many values it has asked for */
} strata_bulk;

/* Prepare to insert rows of a table. Call strata_bulk_free() in any case. `bulk` must not move from here on. */
void strata_bulk_begin(strata_bulk *bulk, strata_context *ctx, const strata_catalog *catalog,
                       const strata_table *table, bool gives_rowid);
void strata_bulk_free(strata_bulk *bulk);

/*
** Insert the first rows of `rows`: all that have values for the same columns. Returns
** how many are in the table now. Fewer than `count`, without an error in ctx: the rest,
** or the next row of it, has to be inserted one by one.
*/
size_t strata_bulk_insert(strata_bulk *bulk, const strata_batch_row *rows, size_t count);

/* The virtual table strata_pending. */
extern const strata_vtab_definition strata_pending_definition;

#endif
