/*
** context.h: the state of one call into the extension: its connection and the
** first error.
**
** The error is sticky. Every helper that takes a context does nothing once an
** error is set, so that the main path of a call reads straight down and cleans
** up in one place. A context lives on the stack of the SQL function or the
** virtual table method that began the call, and nothing outlives it.
*/
#ifndef STRATA_CONTEXT_H
#define STRATA_CONTEXT_H

#include "sqlite_api.h"
#include <stdbool.h>
#include <stddef.h>

typedef struct strata_context {
  sqlite3 *db;      /* the caller's connection */
  int rc;           /* SQLITE_OK, or the (extended) result code of the first error */
  char *message;    /* from sqlite3_malloc(): the error's sentence; NULL: none, or no memory for it */
  sqlite3_stmt *pulse;   /* see strata_pulse(); NULL: not needed yet */
  unsigned beats;        /* how often strata_beat() was called */
  struct strata_progress *progress;   /* NULL, or whom to tell how far the call is (progress.h) */
} strata_context;

void strata_context_begin(strata_context *ctx, sqlite3 *db);
void strata_context_end(strata_context *ctx);

/* Set the error, unless one is set already. */
void strata_fail(strata_context *ctx, int rc, const char *format, ...);

/* The same with the connection's own last error. */
void strata_fail_db(strata_context *ctx, int rc);

/* Forget the error and go on (for a caller that reports it in another way). */
void strata_context_clear(strata_context *ctx);

/* The same, with its message, which may be NULL, for the caller to free. */
char *strata_context_take(strata_context *ctx);

/* Hand the error to SQLite as the result of a function, or as a virtual table's error message. */
void strata_result_error(strata_context *ctx, sqlite3_context *sql);
int strata_vtab_error(strata_context *ctx, sqlite3_vtab *vtab);

/* Whether this SQLite refuses to read the schema of a UTF-16 database while a statement runs, as 3.41.0 to 3.47.2
** do: so a function whose SELECT is the connection's first cannot run SQL. */
bool strata_schema_may_be_locked(void);

/*
** Prepare one statement from a format of sqlite3_mprintf(). NULL after an
** error. The caller finalizes it: with sqlite3_finalize(), since errors are
** taken from the steps.
*/
sqlite3_stmt *strata_prepare(strata_context *ctx, const char *format, ...);

/* Prepare what was collected in `sql`, and free that. */
sqlite3_stmt *strata_prepare_str(strata_context *ctx, sqlite3_str *sql);

/* One step: true for a row. On an error, sets it. */
bool strata_step(strata_context *ctx, sqlite3_stmt *stmt);

/* Run a statement to its end, whatever rows it gives, and make it ready for the next run. */
void strata_run(strata_context *ctx, sqlite3_stmt *stmt);

/* The first column of the first row as an integer, or 0 where there is no row; finalizes the statement. */
sqlite3_int64 strata_query_integer(strata_context *ctx, sqlite3_stmt *stmt);

/*
** Ask whether the call is to end, as sqlite3_interrupt() or the host's progress
** handler may want: then the error is SQLITE_INTERRUPT. SQLite itself asks only
** while a statement runs, and reading a document runs none. Cheap enough for
** every 64 kB of a document.
*/
void strata_pulse(strata_context *ctx);

/* The same at every 256th call: for loops that have little to do in each turn. */
static inline void strata_beat(strata_context *ctx) {
  if ((++ctx->beats & 0xFF) == 0) strata_pulse(ctx);
}

/* Where a context outlives the call that began it: leave no statement open between calls. */
void strata_context_rest(strata_context *ctx);

/* Memory from sqlite3_malloc64(), sqlite3_realloc64() and sqlite3_mprintf(): NULL sets SQLITE_NOMEM. */
void *strata_alloc(strata_context *ctx, size_t size);
void *strata_realloc(strata_context *ctx, void *old, size_t size);
char *strata_format(strata_context *ctx, const char *format, ...);
char *strata_copy(strata_context *ctx, const char *text, size_t length);

/*
** Give an array room for `needed` items of `size` bytes. `array` is the address
** of its pointer, *room how many items it has room for; both begin as zero. Grows
** by doubling, so that adding items one by one takes linear time. False after an
** error, and then the array is as it was.
*/
bool strata_grow(strata_context *ctx, void *array, size_t *room, size_t needed, size_t size);

#endif
