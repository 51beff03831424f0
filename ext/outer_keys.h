/*
** outer_keys.h: the host's own tables, where they refer to one of the nine.
**
** A restore changes no row outside the nine tables, and leaves none without the row that
** it refers to. References that were dangling before the restore do not count.
*/
#ifndef STRATA_OUTER_KEYS_H
#define STRATA_OUTER_KEYS_H

#include "document.h"

/* A foreign key of a table outside the nine that refers to one of the nine. */
typedef struct strata_outer_key strata_outer_key;

typedef struct strata_outer_keys {
  strata_document *document;   /* of the restore: problems are reported to it */
  strata_outer_key *items;
  size_t count, room;
} strata_outer_keys;

/* Find them, and remember which references dangle already. Always call strata_outer_keys_free(). */
void strata_outer_keys_load(strata_outer_keys *outer, strata_document *document);
void strata_outer_keys_free(strata_outer_keys *outer);

/* Before a wipe: report each that would delete or change rows outside the nine tables. */
void strata_outer_keys_check_wipe(const strata_outer_keys *outer);

/* After a DELETE has failed for a foreign key, which is ctx's error: report which one it is instead. */
void strata_outer_keys_explain(const strata_outer_keys *outer, const char *table);

/* At the end: report rows outside the nine tables that have lost their parent. */
void strata_outer_keys_check_end(const strata_outer_keys *outer);

#endif
