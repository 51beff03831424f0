/*
** spool.h: a queue of pieces of memory that may grow larger than memory: a temporary
** database, which SQLite keeps in its page cache or in a file without a name.
*/
#ifndef STRATA_SPOOL_H
#define STRATA_SPOOL_H

#include "context.h"

typedef struct strata_spool {
  sqlite3 *db;                  /* NULL: nothing was put in yet */
  sqlite3_stmt *put, *get;
  sqlite3_int64 given;          /* how many pieces have been taken out */
} strata_spool;

/* Append a piece, of which a copy is made. A spool begins as {0}. Errors are set in ctx. */
void strata_spool_put(strata_spool *spool, strata_context *ctx, const char *data, size_t length);

/* Take out the first piece. It is valid until the next call. NULL: the spool is empty, or an error. */
const char *strata_spool_get(strata_spool *spool, strata_context *ctx, size_t *length);
void strata_spool_free(strata_spool *spool);

#endif
