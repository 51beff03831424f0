/*
** row_statements.h: the prepared statements that write the rows of one table.
**
** Rows of a document need not all have the same fields. For each set of fields
** and each action there is one statement, prepared when it is first needed; a
** few are kept.
*/
#ifndef STRATA_ROW_STATEMENTS_H
#define STRATA_ROW_STATEMENTS_H

#include "value.h"

typedef enum strata_action {
  STRATA_INSERT,
  STRATA_UPDATE,        /* the row with this primary key */
  STRATA_LOOK,          /* gives a row if there is one with this primary key: 1 if a value of it differs, else 0,
                        ** and its rowid, or NULL */
  STRATA_LOOK_AT        /* the same, but only if that row has the rowid that is given */
} strata_action;

#define STRATA_KEPT_STATEMENTS 8

typedef struct strata_row_statements {
  strata_context *ctx;
  const strata_catalog *catalog;
  const strata_table *table;
  struct {
    strata_action action;
    bool *present;      /* for each column whether it takes part */
    sqlite3_stmt *stmt;
  } kept[STRATA_KEPT_STATEMENTS];
  int next;             /* the one that is replaced next */
  bool gives_rowid;     /* an INSERT says which rowid the row gets */
} strata_row_statements;

/*
** The statement for an action on the columns that a row has values for, with
** those bound: step it and reset it. Columns that are `late` are inserted as
** NULL, and neither updated nor compared. `rowid` matters to an INSERT that
** gives one, and to LOOK_AT. NULL after an error.
*/
sqlite3_stmt *strata_row_statement(strata_row_statements *statements, strata_action action,
                                   const strata_value *values, sqlite3_int64 rowid);
void strata_row_statements_free(strata_row_statements *statements);

/* The statement that sets a late column to parameter column + 1, where it differs, in the row whose key's
** columns are bound likewise; or (`look`) that gives a row where it differs. The caller finalizes it. */
sqlite3_stmt *strata_late_statement(strata_row_statements *statements, int column, bool look);

#endif
