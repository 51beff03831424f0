/*
** row_set.h: a set of rows by their numbers, in little memory: a bit for each
** number that there may be, where numbers lie close together as rowids do; else
** about 16 bytes for each row.
*/
#ifndef STRATA_ROW_SET_H
#define STRATA_ROW_SET_H

#include "context.h"
#include <stdint.h>

typedef struct strata_row_set {
  sqlite3_int64 lowest;
  uint64_t span;                /* bits; 0: numbers are kept one by one */
  unsigned char *bits;
  sqlite3_int64 *slots;         /* open addressing: 0 is empty … */
  size_t slot_count;            /* … a power of two */
  bool has_zero;                /* … and so is not in a slot */
  sqlite3_int64 count;          /* how many rows are in the set */
} strata_row_set;

/* An empty set for at most `rows` numbers from `lowest` to `highest`, in the place of what was in it. A set begins
** as {0}. */
void strata_row_set_begin(strata_row_set *set, strata_context *ctx, sqlite3_int64 lowest, sqlite3_int64 highest,
                          sqlite3_int64 rows);
void strata_row_set_add(strata_row_set *set, strata_context *ctx, sqlite3_int64 number);
bool strata_row_set_has(const strata_row_set *set, sqlite3_int64 number);
void strata_row_set_free(strata_row_set *set);

#endif
