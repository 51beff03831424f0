/*
** arena.c: a list of blocks of 256 kB. A piece that is larger gets a block of its own.
** A reset frees the large blocks and starts over with the others, so that a restore
** takes memory for its largest batch once.
*/
#include "arena.h"

#include <stdint.h>
#include <string.h>

#define BLOCK_SIZE ((size_t)256 * 1024)

/* Pieces hold doubles and 64-bit integers; the first piece lies right behind the block's header. */
#define ALIGNMENT 8

struct strata_arena_block {
  _Alignas(ALIGNMENT) struct strata_arena_block *next;
  size_t size; /* bytes after this header */
  size_t used;
};

static struct strata_arena_block *new_block(strata_context *ctx, size_t size) {
  struct strata_arena_block *block;
  if (size > SIZE_MAX - sizeof *block) {
    strata_fail_nomem(ctx);
    return NULL;
  }
  block = strata_alloc(ctx, sizeof *block + size);
  if (block) *block = (struct strata_arena_block){.size = size};
  return block;
}

void *strata_arena_alloc(strata_arena *arena, strata_context *ctx, size_t size) {
  if (size <= SIZE_MAX - ALIGNMENT) size = (size + ALIGNMENT - 1) & ~(size_t)(ALIGNMENT - 1);
  struct strata_arena_block *block = arena->current;
  if (block == NULL || block->size - block->used < size) {
    struct strata_arena_block *next = block ? block->next : arena->first;
    if (next == NULL || next->size < size) {
      struct strata_arena_block *fresh = new_block(ctx, size > BLOCK_SIZE ? size : BLOCK_SIZE);
      if (fresh == NULL) return NULL;
      fresh->next = next;
      if (block)
        block->next = fresh;
      else
        arena->first = fresh;
      next = fresh;
    }
    arena->current = block = next;
  }
  void *memory = (char *)(block + 1) + block->used;
  block->used += size;
  arena->used += size;
  return memory;
}

char *strata_arena_copy(strata_arena *arena, strata_context *ctx, const char *text, size_t length) {
  char *copy = strata_arena_alloc(arena, ctx, length);
  if (copy) memcpy(copy, text, length);
  return copy;
}

/* Only the blocks up to the current one were used since the last reset. */
void strata_arena_reset(strata_arena *arena) {
  struct strata_arena_block **link = &arena->first, *behind = arena->current ? arena->current->next : NULL;
  while (arena->current && *link != behind) {
    struct strata_arena_block *block = *link;
    block->used = 0;
    if (block->size > BLOCK_SIZE) {
      *link = block->next;
      sqlite3_free(block);
    } else {
      link = &block->next;
    }
  }
  arena->current = NULL;
  arena->used = 0;
}

void strata_arena_free(strata_arena *arena) {
  while (arena->first) {
    struct strata_arena_block *block = arena->first;
    arena->first = block->next;
    sqlite3_free(block);
  }
  *arena = (strata_arena){0};
}
