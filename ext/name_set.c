/*
** name_set.c: a hash table with open addressing. Names lie end to end in one piece of
** memory; the slots hold their numbers. A random seed keeps a hostile document from
** choosing names that all collide.
*/
#include "name_set.h"

#include <string.h>

struct strata_name {
  size_t offset, length;
  uint64_t hash;
};

static uint64_t hash_of(const strata_name_set *set, const char *name, size_t length) {
  uint64_t h = set->seed ^ length;
  for (size_t i = 0; i < length; i++) {
    h = (h ^ (unsigned char)name[i]) * 0x9E3779B97F4A7C15u;
    h ^= h >> 29;
  }
  return h;
}

/* The slot of the name, or the empty one where it belongs. */
static uint32_t *find(const strata_name_set *set, const char *name, size_t length, uint64_t hash) {
  uint32_t i = (uint32_t)hash & (set->slot_count - 1);
  for (;; i = (i + 1) & (set->slot_count - 1)) {
    uint32_t *slot = &set->slots[i];
    if (*slot == 0) return slot;
    const struct strata_name *other = &set->names[*slot - 1];
    if (other->hash == hash && other->length == length &&
        memcmp(set->bytes + other->offset, name, length) == 0)
      return slot;
  }
}

/* Resize the table to this many slots, and put all names into them. */
static bool rehash(strata_name_set *set, strata_context *ctx, uint32_t slot_count) {
  uint32_t *slots = NULL;
  size_t room = 0;
  if (slot_count == 0) strata_fail_nomem(ctx); /* 2^31 slots were doubled */
  if (!strata_grow(ctx, &slots, &room, slot_count, sizeof *slots)) return false;
  memset(slots, 0, room * sizeof *slots);
  sqlite3_free(set->slots);
  set->slots = slots;
  set->slot_count = slot_count;
  for (uint32_t i = 0; i < set->count; i++) {
    const struct strata_name *name = &set->names[i];
    *find(set, set->bytes + name->offset, name->length, name->hash) = i + 1;
    strata_check_interrupt_often(ctx);
  }
  return ctx->rc == SQLITE_OK;
}

/* Make room for one more name of this length. */
static bool make_room(strata_name_set *set, strata_context *ctx, size_t length) {
  if (set->slot_count == 0) sqlite3_randomness(sizeof set->seed, &set->seed);
  if (set->count >= set->slot_count / 2 && !rehash(set, ctx, set->slot_count ? set->slot_count * 2 : 64))
    return false;
  return strata_grow(ctx, &set->names, &set->room, (size_t)set->count + 1, sizeof *set->names) &&
         strata_grow(ctx, &set->bytes, &set->capacity, set->length + length + 1, 1);
}

bool strata_name_set_add(strata_name_set *set, strata_context *ctx, const char *name, size_t length) {
  if (ctx->rc != SQLITE_OK || !make_room(set, ctx, length)) return false;
  uint64_t hash = hash_of(set, name, length);
  uint32_t *slot = find(set, name, length, hash);
  if (*slot != 0) return false;
  if (length) memcpy(set->bytes + set->length, name, length);
  set->names[set->count] = (struct strata_name){set->length, length, hash};
  set->length += length;
  *slot = ++set->count;
  return true;
}

int64_t strata_name_set_find(const strata_name_set *set, const char *name, size_t length) {
  if (set->slot_count == 0) return -1;
  return (int64_t)*find(set, name, length, hash_of(set, name, length)) - 1;
}

const char *strata_name_set_get(const strata_name_set *set, uint32_t number, size_t *length) {
  *length = set->names[number].length;
  return set->bytes + set->names[number].offset;
}

/* Remove the names in reverse order. When find() looks for a name, the slots that it skipped when the name was added
** are then still taken, and it finds the same slot. */
void strata_name_set_clear(strata_name_set *set) {
  while (set->count > 0) {
    const struct strata_name *name = &set->names[set->count - 1];
    *find(set, set->bytes + name->offset, name->length, name->hash) = 0;
    set->count--;
  }
  set->length = 0;
}

void strata_name_set_free(strata_name_set *set) {
  sqlite3_free(set->bytes);
  sqlite3_free(set->names);
  sqlite3_free(set->slots);
  *set = (strata_name_set){0};
}
