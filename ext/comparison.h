/*
** comparison.h: how a document differs from the live rows, or from another document.
**
** For each table, the document's rows are looked up on the other side (side.h) one by
** one; then come the rows of the other side that the document does not have. Values are
** compared in the form that they have in a document, after the column's own conversion,
** so 1.5 equals 1.50, and 10:00+02:00 equals 08:00Z. The order of rows is not compared.
**
** The work is done in pieces. Each leaves some differences in memory and no statement
** open. All pieces show one moment, because the caller's read transaction lasts, and
** because a write by this connection between two pieces is an error. In a transaction of
** the caller's, and while a statement writes, all is found in one piece.
*/
#ifndef STRATA_COMPARISON_H
#define STRATA_COMPARISON_H

#include "findings.h"
#include "side.h"
#include "spool.h"
#include "unknown.h"

typedef enum strata_comparison_phase {
  STRATA_COMPARE_ROWS,
  STRATA_COMPARE_ADDED,
  STRATA_COMPARE_NEXT_TABLE,
  STRATA_COMPARE_UNKNOWN_TABLES,
  STRATA_COMPARE_DONE
} strata_comparison_phase;

typedef struct strata_comparison {
  strata_context *ctx;
  strata_catalog catalog;
  strata_document document;
  strata_document other;
  bool has_other;
  bool at_once;                  /* the rows may change meanwhile: find everything before handing out anything */
  strata_side side;
  strata_comparison_phase phase;
  int table;                     /* in the catalog */
  bool lost;                     /* the document's rows are in another order than the side's */
  sqlite3_int64 last_found;      /* the number of the row that was found last */
  strata_arena arena;
  bool started;
  struct strata_moment {
    unsigned version;            /* of the database, which each commit to it changes */
    int changes;                 /* of the connection so far */
  } moment;                      /* when the last piece was done */
  strata_findings found;         /* the piece */
  strata_unknown unknown;
  strata_spool spool;            /* the pieces before it, if everything is found at once */
} strata_comparison;

/* Open the documents (`other` may be NULL) and load the schema. All of them must outlive the comparison. Errors are set
** in ctx. Always call strata_comparison_end(). */
void strata_comparison_begin(strata_comparison *c, strata_context *ctx, const strata_source *document,
                             const strata_source *other, const char *schema);
void strata_comparison_end(strata_comparison *c);

/* The next differences, end to end (difference.h), valid until the next call. NULL: there are no more, or an error is
** set. */
const char *strata_comparison_next(strata_comparison *c, size_t *length);

#endif
