/*
** spool.h: pieces of memory that have to wait, in a temporary database of
** SQLite's own, which it keeps in its page cache or in a file that has no name.
*/
#ifndef STRATA_SPOOL_H
#define STRATA_SPOOL_H

#include "context.h"

typedef struct strata_spool {
  sqlite3 *db;                  /* NULL: nothing was put in yet */
  sqlite3_stmt *put, *get;
  sqlite3_int64 given;          /* how many pieces */
} strata_spool;

/* A spool begins as {0}. Errors are set in ctx. */
void strata_spool_put(strata_spool *spool, strata_context *ctx, const char *data, size_t length);

/* The next piece in the order of putting, valid until the next call; NULL: there is no more, or an error. */
const char *strata_spool_get(strata_spool *spool, strata_context *ctx, size_t *length);
void strata_spool_free(strata_spool *spool);

#endif
