/*
** row_set.c: a bitmap if the numbers lie close together, as rowids mostly do; else a
** hash table with open addressing.
*/
#include "row_set.h"

#include <string.h>

/* A bitmap is used if it takes fewer bits than this for each row, or few in all. */
#define MAX_BITS_PER_ROW 64u
#define FEW_BITS (1u << 16)

void strata_row_set_begin(strata_row_set *set, strata_context *ctx, sqlite3_int64 lowest,
                          sqlite3_int64 highest, sqlite3_int64 rows) {
  strata_row_set_free(set);
  if (rows <= 0 || highest < lowest) return;
  uint64_t last = (uint64_t)highest - (uint64_t)lowest;
  if (last < FEW_BITS || last / MAX_BITS_PER_ROW < (uint64_t)rows) {
    size_t size = (size_t)(last / 8 + 1);
    if (size == last / 8 + 1)
      set->bits = strata_alloc(ctx, size);
    else
      strata_fail_nomem(ctx); /* more than an address space of 32 bits holds */
    if (set->bits == NULL) return;
    memset(set->bits, 0, size);
    set->lowest = lowest;
    set->span = last + 1;
    return;
  }
  size_t slots = 64, most = SIZE_MAX / sizeof *set->slots;
  while (slots / 4 * 3 < (uint64_t)rows && slots <= most / 2) slots *= 2;
  if (slots / 4 * 3 >= (uint64_t)rows)
    set->slots = strata_alloc(ctx, slots * sizeof *set->slots);
  else
    strata_fail_nomem(ctx);
  if (set->slots == NULL) return;
  memset(set->slots, 0, slots * sizeof *set->slots);
  set->slot_count = slots;
}

/* The slot that has the number, or the empty one where it belongs. */
static size_t slot_of(const strata_row_set *set, sqlite3_int64 number) {
  uint64_t hash = (uint64_t)number * 0x9E3779B97F4A7C15u;
  size_t i = (size_t)(hash ^ hash >> 32) & (set->slot_count - 1);
  while (set->slots[i] != 0 && set->slots[i] != number) i = (i + 1) & (set->slot_count - 1);
  return i;
}

bool strata_row_set_has(const strata_row_set *set, sqlite3_int64 number) {
  if (set->bits) {
    uint64_t i = (uint64_t)number - (uint64_t)set->lowest;
    return i < set->span && (set->bits[i / 8] >> (i % 8) & 1);
  }
  if (set->slots == NULL) return false;
  return number == 0 ? set->has_zero : set->slots[slot_of(set, number)] == number;
}

/* Ignore a number outside the bounds that strata_row_set_begin() was given: a row that was added after the count. */
void strata_row_set_add(strata_row_set *set, strata_context *ctx, sqlite3_int64 number) {
  if (ctx->rc != SQLITE_OK || strata_row_set_has(set, number)) return;
  if (set->bits) {
    uint64_t i = (uint64_t)number - (uint64_t)set->lowest;
    if (i >= set->span) return;
    set->bits[i / 8] |= (unsigned char)(1u << (i % 8));
  } else if (set->slots && number == 0) {
    set->has_zero = true;
  } else if (set->slots && (uint64_t)set->count < set->slot_count / 8 * 7) {
    set->slots[slot_of(set, number)] = number;
  } else {
    return;
  }
  set->count++;
}

void strata_row_set_free(strata_row_set *set) {
  sqlite3_free(set->bits);
  sqlite3_free(set->slots);
  *set = (strata_row_set){0};
}
