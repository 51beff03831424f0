/*
** unknown.h: the tables and fields of documents for which the database has no place. A
** comparison reports them too, so that nothing in a backup goes unseen.
*/
#ifndef STRATA_UNKNOWN_H
#define STRATA_UNKNOWN_H

#include "findings.h"

typedef struct strata_unknown {
  strata_findings *findings;
  strata_document *document;
  strata_document *other;        /* NULL: the live rows are the other side */
  size_t section;                /* the next one to look at: the document's, then the other one's */
  strata_name_set names[2];      /* of the sections of both, filled when a name is first looked up */
} strata_unknown;

/* Write the fields for which the table has no column, retired ones included, if they are not null and differ between the
** document's row and the other side's. */
void strata_unknown_fields(strata_unknown *u, const strata_side_row *row);

/* The same for the next table that the database does not have. False: there is none left. */
bool strata_unknown_next_table(strata_unknown *u);
void strata_unknown_free(strata_unknown *u);

#endif
