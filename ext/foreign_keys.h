/*
** foreign_keys.h: makes sure that no reference in the nine tables dangles after a restore,
** whether or not the connection enforces foreign keys.
*/
#ifndef STRATA_FOREIGN_KEYS_H
#define STRATA_FOREIGN_KEYS_H

#include "document.h"

/* How many keys of each table to remember at most; each takes about 80 bytes. */
#define STRATA_MAX_KEYS 100000

/*
** What the restore has learned about references while it writes rows. Begin with
** {.document = …} and set from_empty.
**
** A check reports a bad row and leaves it out, so references to that row dangle as well.
** They are not reported: they go away once the bad row is corrected. If a table has more
** rejected rows than are remembered, no dangling reference to it is reported.
*/
typedef struct strata_foreign_keys {
  strata_document *document;                    /* the one being restored, which also takes the problems */
  bool from_empty;                              /* the tables began empty, and nothing else writes to them */
  strata_name_set known[STRATA_TABLE_COUNT];    /* primary keys of the rows noted so far, where referenced */
  strata_name_set rejected[STRATA_TABLE_COUNT]; /* primary keys of the rows that a check has left out */
  bool verified[STRATA_TABLE_COUNT];            /* all references of this table so far were in `known` */
  bool left_out;                                /* some row was left out: `known` is wrong, trust no `verified` */
} strata_foreign_keys;

void strata_foreign_keys_free(strata_foreign_keys *keys);

/*
** Look at the references of each row on its way to the database, so that most tables need
** no check at the end. Begin a table before its first row, then note each row before it is
** inserted.
*/
void strata_foreign_keys_begin_table(strata_foreign_keys *keys, int table);
void strata_foreign_keys_note_row(strata_foreign_keys *keys, int table, const strata_value *values);

/* Note a row that was reported and will not be in the table. `values` is NULL if strata_document_read_row() refused the
** row: its key then comes from the row that the reader read last. */
void strata_foreign_keys_reject_row(strata_foreign_keys *keys, int table, const strata_value *values);

/*
** Report, with the result code `rc`, each reference of a row of the document to a row that
** the database does not have now. Returns how many there are, including those that are not
** reported because their target was rejected. `which` selects the foreign keys to look at:
** those with the late column of this number; STRATA_KEYS_INSERTED, those without a late
** column, which an INSERT can violate; or STRATA_KEYS_ALL. (catalog.h explains `late`.)
*/
enum { STRATA_KEYS_ALL = -1, STRATA_KEYS_INSERTED = -2 };
int strata_foreign_keys_report_row(strata_foreign_keys *keys, int table, strata_row_place place,
                                   const strata_value *values, int which, int rc);

/* At the end, with all rows and late columns written: report every reference of the nine tables to a missing row. */
void strata_foreign_keys_check(strata_foreign_keys *keys);

#endif
