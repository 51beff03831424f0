/*
** context.h: the state of one call into the extension: its connection and its
** first error.
**
** The error is sticky: once it is set, every helper that takes the context does
** nothing. So the main path of a call reads straight down and cleans up in one
** place. The context of an SQL function lives on that function's stack; that of a
** virtual table which reads as it goes lives in the cursor.
*/
#ifndef STRATA_CONTEXT_H
#define STRATA_CONTEXT_H

#include "sqlite_api.h"
#include <stdbool.h>
#include <stddef.h>

typedef struct strata_context {
  sqlite3 *db;      /* the caller's connection */
  int rc;           /* SQLITE_OK, or the (extended) result code of the first error */
  char *message;    /* from sqlite3_malloc(): the error's sentence; NULL: no error, or no memory for it */
  sqlite3_stmt *pulse;   /* what strata_check_interrupt() runs; NULL: not prepared yet */
  unsigned beats;        /* how often strata_check_interrupt_often() was called */
  struct strata_progress *progress;   /* NULL, or where to report the call's progress (progress.h) */
} strata_context;

void strata_context_begin(strata_context *ctx, sqlite3 *db);
void strata_context_end(strata_context *ctx);

/* Set the error, unless one is set already. */
void strata_fail(strata_context *ctx, int rc, const char *format, ...);

/* The same with the message of the connection's last error. */
void strata_fail_db(strata_context *ctx, int rc);

/* The same for an out-of-memory error, which needs no message. */
void strata_fail_nomem(strata_context *ctx);

/* Forget the error, for a caller that reports it in another way. */
void strata_context_clear(strata_context *ctx);

/* Forget the error and return its message, which may be NULL; the caller frees it. */
char *strata_context_take(strata_context *ctx);

/* Pass the error to SQLite as a function's result, or as a virtual table's error message. */
void strata_result_error(strata_context *ctx, sqlite3_context *sql);
int strata_vtab_error(strata_context *ctx, sqlite3_vtab *vtab);

/* Whether this SQLite refuses to read the schema of a UTF-16 database while a statement runs (3.41.0 to 3.47.2 do).
** A function that runs in the connection's very first statement can then run no SQL of its own. */
bool strata_schema_may_be_locked(void);

/*
** Prepare one statement from a format of sqlite3_mprintf(). NULL after an
** error. The caller finalizes it and can ignore what sqlite3_finalize() returns:
** strata_step() has set the error already.
*/
sqlite3_stmt *strata_prepare(strata_context *ctx, const char *format, ...);

/* Prepare the statement in `sql`, and free `sql`. */
sqlite3_stmt *strata_prepare_str(strata_context *ctx, sqlite3_str *sql);

/* Take one step. True if there is a row; an error is set in ctx. */
bool strata_step(strata_context *ctx, sqlite3_stmt *stmt);

/* The text of a column, valid until the next step. NULL if the column is NULL, and if there is no memory, which is
** set in ctx. */
const char *strata_column_text(strata_context *ctx, sqlite3_stmt *stmt, int column);

/* Run a statement to its end, ignore its rows, and reset it for the next run. */
void strata_run(strata_context *ctx, sqlite3_stmt *stmt);

/* The first column of the first row as an integer, or 0 if there is no row. Finalizes the statement. */
sqlite3_int64 strata_query_integer(strata_context *ctx, sqlite3_stmt *stmt);

/*
** Stop the call, with SQLITE_INTERRUPT, if sqlite3_interrupt() was called or the
** host's progress handler wants it. SQLite checks for that only while a statement
** runs, and no statement runs while a document is read. Cheap enough for every
** 64 kB of a document.
*/
void strata_check_interrupt(strata_context *ctx);

/* The same at every 256th call, for loops with short iterations. */
static inline void strata_check_interrupt_often(strata_context *ctx) {
  if ((++ctx->beats & 0xFF) == 0) strata_check_interrupt(ctx);
}

/* Close the context's statement between two calls of a cursor, so that none stays open. */
void strata_context_close_statement(strata_context *ctx);

/* Memory from sqlite3_malloc64(), sqlite3_realloc64() and sqlite3_mprintf(). NULL after an error; if there is no memory,
** that is set as SQLITE_NOMEM. */
void *strata_alloc(strata_context *ctx, size_t size);
void *strata_realloc(strata_context *ctx, void *old, size_t size);
char *strata_format(strata_context *ctx, const char *format, ...);
char *strata_copy(strata_context *ctx, const char *text, size_t length);

/*
** Make room in an array for `needed` items of `size` bytes. `array` is the address
** of its pointer, *room the number of items that it has room for; both begin as
** zero. The room doubles, so that adding items one by one takes linear time. False
** after an error, which leaves the array as it was.
*/
bool strata_grow(strata_context *ctx, void *array, size_t *room, size_t needed, size_t size);

#endif
