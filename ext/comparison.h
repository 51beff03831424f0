/*
** comparison.h: how a document differs from the live rows, or from another
** document.
**
** The rows of each table are taken from the document, and each is looked up on
** the other side (side.h); then come the other side's rows that were not met.
** Values are compared in the form that they have in a document, after the
** column's own conversion: so that 1.5 equals 1.50, and 10:00+02:00 equals
** 08:00Z. The order of rows is not compared.
**
** The work is done in pieces, of which each leaves some differences in memory and
** no statement open. What makes the pieces one moment is the caller's read
** transaction, and a look at whether this connection has written meanwhile.
*/
#ifndef STRATA_COMPARISON_H
#define STRATA_COMPARISON_H

#include "difference.h"
#include "side.h"
#include "spool.h"

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
  bool at_once;                  /* a statement is writing: all has to be found before anything is given */
  strata_side side;
  strata_comparison_phase phase;
  int table;                     /* in the catalog */
  size_t section;                /* among unknown tables */
  strata_name_set section_names[2]; /* of the document and the other one, once they are looked for */
  bool lost;                     /* the document's rows are in another order than the side's */
  sqlite3_int64 last_found;      /* the number of the row that was found last */
  strata_arena arena;
  strata_writer left, right;     /* two values that are being compared */
  bool started;
  struct strata_moment {
    unsigned version;            /* of the database, which each commit to it changes */
    int changes;                 /* of the connection so far */
    bool in_transaction;
  } moment;                      /* when the last piece was done */
  strata_writer out;             /* the piece: differences (difference.h) */
  strata_spool spool;            /* the pieces before it, where they had to be found at once */
} strata_comparison;

/* Open the documents (`other` may be NULL) and the schema, which have to outlive the comparison. Errors are set in
** ctx. Always call strata_comparison_end(). */
void strata_comparison_begin(strata_comparison *c, strata_context *ctx, const strata_source *document,
                             const strata_source *other, const char *schema);
void strata_comparison_end(strata_comparison *c);

/* Some more differences, end to end (difference.h), valid until the next call; NULL: there are no more, or there is
** an error. */
const char *strata_comparison_next(strata_comparison *c, size_t *length);

/* The table that is being compared. */
static inline const strata_table *strata_comparison_table(const strata_comparison *c) {
  return &c->catalog.tables[c->table];
}

/* comparison_values.c: put into c->out … */

/* … the first three columns of a difference, with the key of these values (`cells` as in strata_side_row); */
void strata_comparison_put_key(strata_comparison *c, const char *change, const strata_value *values,
                               sqlite3_stmt *cells);

/* … a row that only one side has, the document or the other; */
void strata_comparison_put_row(strata_comparison *c, const char *change, const strata_value *values,
                               sqlite3_stmt *cells, bool is_document);

/* … each field in which a row of the document and one of the other side differ. */
void strata_comparison_values(strata_comparison *c, const strata_value *document, const strata_side_row *row);

/* Whether both are stored alike. */
bool strata_value_identical(const strata_value *a, const strata_value *b);

/* comparison_unknown.c */

/* The same for fields that the database has no column for, retired ones included, as far as they say anything; … */
void strata_comparison_unknown_fields(strata_comparison *c, const strata_side_row *row);

/* … and for the next table that it does not have. False: there is none left. */
bool strata_comparison_unknown_table(strata_comparison *c);

#endif
