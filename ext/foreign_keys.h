/*
** foreign_keys.h: references hold after a restore, whether or not the
** connection enforces them.
*/
#ifndef STRATA_FOREIGN_KEYS_H
#define STRATA_FOREIGN_KEYS_H

#include "restore.h"

/* A foreign key of a table outside the nine that refers to one of the nine. */
typedef struct strata_outer_key strata_outer_key;

typedef struct strata_outer_keys {
  strata_outer_key *items;
  size_t count, room;
} strata_outer_keys;

/* Find them, and remember which references dangle already. */
void strata_outer_keys_load(strata_outer_keys *outer, strata_restore *restore);
void strata_outer_keys_free(strata_outer_keys *outer);

/* Before a wipe: report each that would delete or change rows outside the nine tables. */
void strata_outer_keys_check_wipe(const strata_outer_keys *outer, strata_restore *restore);

/* After a DELETE has failed for a foreign key: report which one it is. */
void strata_outer_keys_explain(const strata_outer_keys *outer, strata_restore *restore, const char *table);

/* At the end: report rows outside the nine tables that have lost their parent. */
void strata_outer_keys_check_end(const strata_outer_keys *outer, strata_restore *restore);

/* At the end: report every reference of the nine tables that dangles. */
void strata_foreign_keys_check(strata_restore *restore);

/*
** Look at references as rows come, so that most tables need no check at the
** end. Begin a table before its first row, then note each row that is going to
** be inserted.
*/
void strata_foreign_keys_begin_table(strata_restore *restore, int table);
void strata_foreign_keys_note_row(strata_restore *restore, int table, const strata_value *values);

/*
** Report the references of one row of the document that dangle now; the values
** are its columns'. Returns how many there are. `which` says which references can
** be meant: the number of the late column that was set, STRATA_KEYS_INSERTED for
** those that have none, or STRATA_KEYS_ALL.
*/
enum { STRATA_KEYS_ALL = -1, STRATA_KEYS_INSERTED = -2 };
int strata_foreign_keys_report_row(strata_restore *restore, int table, const strata_section *section,
                                   uint64_t row_offset, uint64_t row_index, const strata_value *values, int which,
                                   int rc);

#endif
