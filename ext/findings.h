/*
** findings.h: what a comparison has found, written down as differences
** (difference.h).
*/
#ifndef STRATA_FINDINGS_H
#define STRATA_FINDINGS_H

#include "side.h"

typedef struct strata_findings {
  strata_context *ctx;
  const strata_table *table;     /* that is being compared */
  strata_writer out;             /* the differences so far */
  strata_writer left, right;     /* two values that are being compared */
} strata_findings;

void strata_findings_begin(strata_findings *f, strata_context *ctx);
void strata_findings_free(strata_findings *f);

/* Write the first three columns of a difference, with the key of these values (`cells` as in strata_side_row). */
void strata_findings_put_key(strata_findings *f, const char *change, const strata_value *values, sqlite3_stmt *cells);

/* Write a row that only one side has, the document or the other: all of it, in the column of its side. */
void strata_findings_put_row(strata_findings *f, const char *change, const strata_value *values, sqlite3_stmt *cells,
                             bool is_document);

/* Write each field in which a row of the document and one of the other side differ. */
void strata_findings_compare(strata_findings *f, const strata_value *document, const strata_side_row *row);

/* Whether both are stored alike, and so need no printing. */
bool strata_value_identical(const strata_value *a, const strata_value *b);

#endif
