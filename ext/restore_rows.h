/*
** restore_rows.h: writes the rows of one table from the document into the database.
*/
#ifndef STRATA_RESTORE_ROWS_H
#define STRATA_RESTORE_ROWS_H

#include "foreign_keys.h"
#include "request.h"

/* The state of one restore, or of one check, which is a restore that is rolled back. */
typedef struct strata_restore {
  strata_context *ctx;
  strata_catalog catalog;
  strata_document document;
  strata_foreign_keys keys;
  strata_mode mode;              /* replace or merge, never STRATA_MODE_UNSET */
  const char *now;               /* the time of the restore, as rows store it; belongs to the request */
  size_t now_length;
  bool has_triggers;             /* the host has triggers, which may change any row during the restore */
  sqlite3_int64 counts[STRATA_TABLE_COUNT];    /* how many rows of the document were handled */
  sqlite3_int64 expected[STRATA_TABLE_COUNT];  /* how many rows the table should have by now */
} strata_restore;

/* Insert or merge all rows of a table. Its `late` columns (catalog.h) stay NULL where a row is new. Errors are set in
** ctx; problems of a row are reported to the document. */
void strata_restore_rows(strata_restore *restore, int table);

/* Set the late columns of a table's rows. Call it after strata_restore_rows() for every table. */
void strata_restore_late_columns(strata_restore *restore, int table);

#endif
