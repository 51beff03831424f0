/*
** restore_rows.h: writes the rows of one table from the document into the database.
*/
#ifndef STRATA_RESTORE_ROWS_H
#define STRATA_RESTORE_ROWS_H

#include "foreign_keys.h"
#include "request.h"

/* The state of one restore, or of the check of one. */
typedef struct strata_restore {
  strata_context *ctx;
  strata_catalog catalog;
  strata_document document;
  strata_foreign_keys keys;
  strata_mode mode;              /* never unset */
  const char *now;               /* the moment of the restore, as rows store it; the request's */
  size_t now_length;
  bool has_triggers;             /* the host has triggers, which may change any row during the restore */
  sqlite3_int64 counts[STRATA_TABLE_COUNT];    /* how many rows of the document were handled */
  sqlite3_int64 expected[STRATA_TABLE_COUNT];  /* with triggers: how many rows the table should have by now */
} strata_restore;

/* Insert or merge all rows of a table, without the columns that are `late`. Errors are set in ctx; problems of a row are
** reported to the document. */
void strata_restore_rows(strata_restore *restore, int table);

/* Set the late columns, once every table has its rows. */
void strata_restore_late_columns(strata_restore *restore, int table);

#endif
