/*
** foreign_keys.h: the references among the nine tables hold after a restore, whether or not
** the connection enforces foreign keys.
*/
#ifndef STRATA_FOREIGN_KEYS_H
#define STRATA_FOREIGN_KEYS_H

#include "document.h"

/* At most so many keys of a table are remembered: each takes about 80 bytes. */
#define STRATA_MOST_KEYS 100000

/* What is known of the references of the nine tables while their rows are written. */
typedef struct strata_foreign_keys {
  strata_document *document;                    /* of the restore: problems are reported to it */
  bool from_empty;                              /* the tables began empty, and nothing else writes to them */
  strata_name_set known[STRATA_TABLE_COUNT];    /* keys of the rows written to tables that others refer to */
  strata_name_set rejected[STRATA_TABLE_COUNT]; /* keys of rows that a check has reported: no parents … */
                                                /* … but a reference to one is not another problem; */
                                                /* with STRATA_MOST_KEYS of them, no reference is one */
  bool verified[STRATA_TABLE_COUNT];            /* each reference of the table was found among `known` … */
  bool left_out;                                /* … unless a row of the document was left out */
} strata_foreign_keys;

/* Begins as {.document = …}. */
void strata_foreign_keys_free(strata_foreign_keys *keys);

/*
** Look at references as rows come, so that most tables need no check at the
** end. Begin a table before its first row, then note each row that is going to
** be inserted.
*/
void strata_foreign_keys_begin_table(strata_foreign_keys *keys, int table);
void strata_foreign_keys_note_row(strata_foreign_keys *keys, int table, const strata_value *values);

/* Note a row that is left out, as a check leaves out the rows that it reports. `values` is NULL if they do not fit:
** then it is the row that was read last. */
void strata_foreign_keys_reject_row(strata_foreign_keys *keys, int table, const strata_value *values);

/*
** Report each reference of one row of the document to a row that is not there now, and
** return how many there are. `which` says which references to look at: the number of the
** late column that was set, STRATA_KEYS_INSERTED for those without a late column, or
** STRATA_KEYS_ALL.
*/
enum { STRATA_KEYS_ALL = -1, STRATA_KEYS_INSERTED = -2 };
int strata_foreign_keys_report_row(strata_foreign_keys *keys, int table, strata_row_place place,
                                   const strata_value *values, int which, int rc);

/* At the end: report every reference of the nine tables to a row that is not there. */
void strata_foreign_keys_check(strata_foreign_keys *keys);

#endif
