/*
** progress.h: tells the host how far a backup or a restore has come. The option
** {"progress":"name"} names one of the host's SQL functions, which is called as
** name(phase, done, total), at most ten times a second and at the end of each table.
**
** If it returns anything true, the call ends with SQLITE_INTERRUPT. It may read the
** database but not write to it, which would change what is being backed up or restored.
** During a restore it is called by a statement that writes: SQLite then refuses every
** COMMIT, and everything that needs a savepoint, such as another restore. SQLite does not
** refuse a rollback, which a savepoint around the call gives away.
*/
#ifndef STRATA_PROGRESS_H
#define STRATA_PROGRESS_H

#include "catalog.h"
#include "transaction.h"

typedef struct strata_progress {
  const char *function;          /* the caller's memory */
  sqlite3_stmt *call;
  const char *phase;             /* the table's name in documents */
  sqlite3_int64 done, total;     /* its rows */
  sqlite3_int64 called;          /* when the function was last called, in ms since 1970 */
  strata_tripwire tripwire;      /* around each call inside a transaction */
} strata_progress;

/*
** From now on report the context's progress to `function` (NULL: to none). It is an
** error if there is no such function with three arguments. `writes`: this is a
** restore. Always call strata_progress_end() before the context ends.
*/
void strata_progress_begin(strata_progress *progress, strata_context *ctx, const char *function,
                           const strata_catalog *catalog, bool writes);
void strata_progress_end(strata_progress *progress, strata_context *ctx);

/* A table of `rows` rows begins; and ends. */
void strata_progress_table(strata_context *ctx, const char *name, sqlite3_int64 rows);
void strata_progress_table_done(strata_context *ctx);

/* Call the function if its last call was long enough ago. */
void strata_progress_poll(strata_context *ctx);

/* One more row is done. */
static inline void strata_progress_row(strata_context *ctx) {
  if (ctx->progress && (++ctx->progress->done & 0x7F) == 0) strata_progress_poll(ctx);
}

/* strata_progress(phase, done, total): draws a line on standard error, if that is a terminal (progress_line.c). */
void strata_progress_function(sqlite3_context *sql, int argc, sqlite3_value **argv);

#endif
