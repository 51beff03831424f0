/*
** row_keys.h: tells whether an object has the same key twice.
**
** Rows of a table nearly always have the same keys in the same order. A row with the same
** keys as the row before has no duplicate, and needs no look-up.
*/
#ifndef STRATA_ROW_KEYS_H
#define STRATA_ROW_KEYS_H

#include "json_row.h"
#include "name_set.h"

/* The keys of one row, as they stand in the text. Begins as {0}. */
typedef struct strata_row_keys {
  char *bytes;
  size_t length, capacity;
  size_t *ends;                /* where each key ends in bytes */
  size_t count, room;
  size_t at;                   /* the next key of the current row */
  bool same;                   /* the current row has had the same keys so far */
  strata_name_set names;       /* the current row's, once it has differed */
  strata_row scratch;          /* for a name that has escapes */
} strata_row_keys;

/* Begin the next row. */
void strata_row_keys_begin(strata_row_keys *keys);

/* Add a key from its token with the quotation marks. False if the row has had it, or after an error. */
bool strata_row_keys_add(strata_row_keys *keys, strata_context *ctx, const char *token, size_t length);
void strata_row_keys_free(strata_row_keys *keys);

#endif
