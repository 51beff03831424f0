/*
** progress.h: telling the host how far a backup or a restore is: the option
** {"progress":"name"}, an SQL function of the host's that is called as
** name(phase, done, total), at most ten times a second and at each table's end.
**
** What it returns decides: anything true ends the call with SQLITE_INTERRUPT. It
** may read the database, but not write to it: what is under way would be another
** thing then. During a restore it is called from within a statement that writes, for
** which SQLite refuses any COMMIT, and so does whatever needs a savepoint, such as
** another restore.
*/
#ifndef STRATA_PROGRESS_H
#define STRATA_PROGRESS_H

#include "catalog.h"

typedef struct strata_progress {
  const char *function;          /* the caller's memory */
  sqlite3_stmt *call;
  const char *phase;             /* the table's name in documents */
  sqlite3_int64 done, total;     /* its rows */
  sqlite3_int64 called;          /* when the function was called last, in ms */
} strata_progress;

/*
** From now on tell `function` of what the context does; NULL: nobody. A function
** that is not there, or does not take three arguments, is an error. `writes`: a
** restore. Always call strata_progress_end() before the context ends.
*/
void strata_progress_begin(strata_progress *progress, strata_context *ctx, const char *function,
                           const strata_catalog *catalog, bool writes);
void strata_progress_end(strata_progress *progress, strata_context *ctx);

/* A table begins, with so many rows; and is done. */
void strata_progress_table(strata_context *ctx, const char *name, sqlite3_int64 rows);
void strata_progress_table_done(strata_context *ctx);

/* Look at the clock. */
void strata_progress_look(strata_context *ctx);

/* One more row is done. */
static inline void strata_progress_row(strata_context *ctx) {
  if (ctx->progress && (++ctx->progress->done & 0x7F) == 0) strata_progress_look(ctx);
}

/* strata_progress(phase, done, total): draws a line on standard error, if that is a terminal (progress_line.c). */
void strata_progress_function(sqlite3_context *sql, int argc, sqlite3_value **argv);

#endif
