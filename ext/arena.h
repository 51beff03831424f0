/*
** arena.h: memory for the values of a batch of rows, allocated piece by piece and freed all at once.
*/
#ifndef STRATA_ARENA_H
#define STRATA_ARENA_H

#include "context.h"

typedef struct strata_arena {
  struct strata_arena_block *first;    /* all blocks, in the order of their use */
  struct strata_arena_block *current;  /* the one that is being filled */
  size_t used;                         /* bytes given out since the last reset */
} strata_arena;

/* An arena begins as {0}. Its memory is valid until the next reset or free. NULL after an error. */
void *strata_arena_alloc(strata_arena *arena, strata_context *ctx, size_t size);
char *strata_arena_copy(strata_arena *arena, strata_context *ctx, const char *text, size_t length);

/* Take all memory back, but keep the ordinary blocks for the next batch. */
void strata_arena_reset(strata_arena *arena);
void strata_arena_free(strata_arena *arena);

#endif
