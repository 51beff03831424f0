/*
** row_set.h: a set of rows by their numbers, in little memory: one bit for each
** possible number where they lie close together, as rowids mostly do; else about 16
** bytes for each row.
*/
#ifndef STRATA_ROW_SET_H
#define STRATA_ROW_SET_H

#include "context.h"
#include <stdint.h>

typedef struct strata_row_set {
  sqlite3_int64 lowest;         /* the number of the first bit */
  uint64_t span;                /* how many bits there are */
  unsigned char *bits;          /* NULL: numbers are kept in slots */
  sqlite3_int64 *slots;         /* a hash table, in which 0 is an empty slot … */
  size_t slot_count;            /* … of a power of two … */
  bool has_zero;                /* … so the number 0 is kept here */
  sqlite3_int64 count;          /* how many rows are in the set */
} strata_row_set;

/* Make the set empty, with room for `rows` numbers from `lowest` to `highest`. A set begins as {0}. */
void strata_row_set_begin(strata_row_set *set, strata_context *ctx, sqlite3_int64 lowest, sqlite3_int64 highest,
                          sqlite3_int64 rows);
void strata_row_set_add(strata_row_set *set, strata_context *ctx, sqlite3_int64 number);
bool strata_row_set_has(const strata_row_set *set, sqlite3_int64 number);
void strata_row_set_free(strata_row_set *set);

#endif
