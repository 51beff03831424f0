/*
** row_statements.h: the prepared statements that write the rows of one table.
**
** The rows of a document may have different fields. There is one statement for each set of
** fields and each action, prepared when it is first needed. The last few are kept.
*/
#ifndef STRATA_ROW_STATEMENTS_H
#define STRATA_ROW_STATEMENTS_H

#include "value.h"

typedef enum strata_action {
  STRATA_INSERT,
  STRATA_UPDATE,        /* the row with this primary key */
  STRATA_PROBE_KEY,          /* returns a row if the table has this primary key: 1 if a value differs, else 0, and the
                        ** rowid, or NULL */
  STRATA_PROBE_ROWID        /* the same, but only if that row has the given rowid */
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
  int next;             /* the one to be replaced next */
  bool gives_rowid;     /* an INSERT sets the rowid */
} strata_row_statements;

/*
** The statement for an action on the columns that a row has values for, with these bound:
** step it and reset it. Columns that are `late` are inserted as NULL, and neither updated
** nor compared. `rowid` is for an INSERT that sets it, and for LOOK_AT. NULL after an error.
*/
sqlite3_stmt *strata_row_statement(strata_row_statements *statements, strata_action action,
                                   const strata_value *values, sqlite3_int64 rowid);
void strata_row_statements_free(strata_row_statements *statements);

/* The statement that sets a late column to parameter column + 1 if it differs, in the row whose key is bound in the
** same way; or, with `look`, that returns a row if it differs. The caller finalizes it. */
sqlite3_stmt *strata_late_statement(strata_row_statements *statements, int column, bool look);

#endif
