/*
** interpose.c: replaces malloc() in the whole process, so that memory taken directly from
** the C library, by cJSON or by anything else, can run out too. For glibc without
** sanitizers, which replace malloc() themselves.
**
** SQLite's own allocations never fail here: memory_faults.c makes those fail.
*/
#include "interpose.h"
#include "memory_faults.h"

#include <errno.h>
#include <stddef.h>

faults libc_memory;
long libc_live;

extern void *__libc_malloc(size_t size);
extern void *__libc_calloc(size_t count, size_t size);
extern void *__libc_realloc(void *old, size_t size);
extern void __libc_free(void *memory);

/* These must be visible to the shared libraries, unlike the rest of the program. */
#pragma GCC visibility push(default)
void *malloc(size_t size);
void *calloc(size_t n, size_t size);
void *realloc(void *old, size_t size);
void free(void *memory);
#pragma GCC visibility pop

static bool strikes(void) {
  if (within_sqlite || !faults_strike(&libc_memory)) return false;
  errno = ENOMEM;
  return true;
}

static void *count(void *memory) {
  libc_live += memory != NULL && !within_sqlite;
  return memory;
}

void *malloc(size_t size) {
  return strikes() ? NULL : count(__libc_malloc(size));
}

void *calloc(size_t n, size_t size) {
  return strikes() ? NULL : count(__libc_calloc(n, size));
}

void *realloc(void *old, size_t size) {
  if (strikes()) return NULL;
  void *memory = __libc_realloc(old, size);
  return old ? memory : count(memory);
}

void free(void *memory) {
  libc_live -= memory != NULL && !within_sqlite;
  __libc_free(memory);
}
