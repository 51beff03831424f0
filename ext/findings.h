/*
** findings.h: writes what a comparison finds as differences (difference.h). Values are
** compared in the form that they have in a document. A live value that no document can carry
** differs from all of them, and is shown as a message would show it.
*/
#ifndef STRATA_FINDINGS_H
#define STRATA_FINDINGS_H

#include "side.h"

typedef struct strata_findings {
  strata_context *ctx;
  const strata_table *table;     /* the one that is being compared */
  strata_writer out;             /* the differences so far */
  strata_writer left, right;     /* the two values that are being compared */
} strata_findings;

void strata_findings_begin(strata_findings *f, strata_context *ctx);
void strata_findings_free(strata_findings *f);

/* Write the first three columns of a difference, with the key of these values. */
void strata_findings_put_key(strata_findings *f, const char *change, const strata_value *values);

/* Write a row that only the document has (`is_document`) or only the other side: all of it, in that side's column. */
void strata_findings_put_row(strata_findings *f, const char *change, const strata_value *values,
                             bool is_document);

/* Write each field in which a row of the document and one of the other side differ. */
void strata_findings_compare(strata_findings *f, const strata_value *document, const strata_side_row *row);

/* Whether two values are stored alike. Others may still be equal, and must be printed to find out. */
bool strata_value_identical(const strata_value *a, const strata_value *b);

#endif
