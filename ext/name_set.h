/*
** name_set.h: a set of strings, numbered in the order in which they were added. It
** says whether it has a key already, and finds the number of a name.
*/
#ifndef STRATA_NAME_SET_H
#define STRATA_NAME_SET_H

#include "context.h"
#include <stdint.h>

typedef struct strata_name_set {
  char *bytes;                  /* all names, end to end */
  size_t length, capacity;
  struct strata_name *names;    /* where each lies in bytes */
  uint32_t count;
  size_t room;
  uint32_t *slots;              /* 0: empty; else a name's number + 1 */
  uint32_t slot_count;          /* a power of two, or 0 */
  uint64_t seed;                /* random, so that nobody can choose names that collide */
} strata_name_set;

/* Add a name; a set begins as {0}. True if the name is new; false if the set has it already, or after an error. */
bool strata_name_set_add(strata_name_set *set, strata_context *ctx, const char *name, size_t length);

/* The name's number, from 0 in the order of adding; -1 if the set does not have it. */
int64_t strata_name_set_find(const strata_name_set *set, const char *name, size_t length);

/* The name with this number. The text is not terminated, and is valid until the next name is added. */
const char *strata_name_set_get(const strata_name_set *set, uint32_t number, size_t *length);

/* Remove all names. Takes time proportional to the names in the set, not to the most that it has ever held. */
void strata_name_set_clear(strata_name_set *set);
void strata_name_set_free(strata_name_set *set);

#endif
