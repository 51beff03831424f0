/*
** progress.c: calls the host's progress function through a prepared statement, when
** enough time has passed. The clock is only read at every 128th row.
*/
#include "progress.h"
#include "timestamp.h"

#include <stdint.h>
#include <string.h>

#define PAUSE 100 /* minimum interval between two calls, in ms */

static sqlite3_int64 clock_ms(void) {
  strata_timestamp now = strata_timestamp_now();
  return (sqlite3_int64)now.seconds * 1000 + now.milliseconds;
}

/*
** Prepare the call. In a restore it is an INSERT of no rows, because SQLite refuses a
** COMMIT only while a statement writes. An INSERT has no result, so if the function
** returns something true, the statement makes itself fail: with abs() of the smallest
** integer, an "integer overflow". abs() stands outside of the CASE because SQLite
** 3.31 calls a function of constants in a CASE even if its branch is not taken.
*/
static sqlite3_stmt *prepare_call(strata_context *ctx, const char *function, const strata_catalog *catalog,
                                  bool writes) {
  if (!writes) return strata_prepare(ctx, "SELECT abs(CASE WHEN \"%w\"(?1,?2,?3) THEN ?4 END)", function);
  const strata_table *table = &catalog->tables[STRATA_TABLE_COUNT - 1];
  return strata_prepare(
      ctx,
      "INSERT INTO \"%w\".\"%w\"(\"%w\") SELECT NULL WHERE abs(CASE WHEN \"%w\"(?1,?2,?3) THEN "
      "?4 END)",
      catalog->schema, table->sql_name, table->columns[table->key[0]].name, function);
}

/*
** A restore always has its tripwire. A backup needs one only inside a transaction of the
** caller's, where a rollback would change the rows that are still to be read. If an authorizer
** forbids savepoints, such a backup goes on without, since it worked before there was one.
*/
static void prepare_tripwire(strata_progress *progress, strata_context *ctx, bool writes) {
  if (ctx->rc != SQLITE_OK || sqlite3_get_autocommit(ctx->db)) return;
  strata_tripwire_prepare(&progress->tripwire, ctx);
  if (writes || ctx->rc != SQLITE_AUTH) return;
  strata_context_clear(ctx);
  strata_tripwire_free(&progress->tripwire);
}

void strata_progress_begin(strata_progress *progress, strata_context *ctx, const char *function,
                           const strata_catalog *catalog, bool writes) {
  *progress = (strata_progress){.function = function};
  if (function == NULL || ctx->rc != SQLITE_OK) return;
  progress->call = prepare_call(ctx, function, catalog, writes);
  if (ctx->rc == SQLITE_ERROR || ctx->rc == SQLITE_AUTH) {
    int rc = ctx->rc;
    char *message = strata_context_take(ctx);
    strata_fail(ctx, rc, "option \"progress\": \"%w\" cannot be called with (phase, done, total): %s",
                function, message ? message : "");
    sqlite3_free(message);
  }
  prepare_tripwire(progress, ctx, writes);
  progress->called = clock_ms();
  ctx->progress = progress;
}

void strata_progress_end(strata_progress *progress, strata_context *ctx) {
  ctx->progress = NULL;
  sqlite3_finalize(progress->call);
  progress->call = NULL;
  strata_tripwire_free(&progress->tripwire);
}

/* Set an error if the function failed, wants to stop, or `wrote` to the database. */
static void judge(strata_progress *p, strata_context *ctx, int rc, bool wrote) {
  if (rc == SQLITE_ROW || rc == SQLITE_DONE) {
    if (wrote)
      strata_fail(
          ctx, SQLITE_ERROR,
          "the progress function \"%w\" has written to the database, which it may only read: the backup or "
          "restore was stopped",
          p->function);
    return;
  }
  const char *message = sqlite3_errmsg(ctx->db);
  if (strcmp(message, "integer overflow") == 0)
    strata_fail(ctx, SQLITE_INTERRUPT, "stopped by the progress function \"%w\": nothing was changed",
                p->function);
  else if ((rc & 0xff) == SQLITE_NOMEM || (rc & 0xff) == SQLITE_INTERRUPT)
    strata_fail_db(ctx, rc);
  else
    strata_fail(ctx, rc, "the progress function \"%w\" failed: %s; nothing was changed", p->function,
                message);
}

/* The function has rolled back, or ended, a savepoint or transaction that was there before. That has undone what a
** restore wrote so far. Stop here, because nothing would undo what it writes from now on. */
static void fail_tripped(strata_progress *p, strata_context *ctx) {
  strata_context_clear(ctx);
  strata_fail(ctx, SQLITE_ABORT,
              "the progress function \"%w\" has rolled back or ended a savepoint or transaction of the "
              "caller's, but it may only read the database: the backup or restore was stopped",
              p->function);
}

/* Run the statement that calls the function. */
static void run_call(strata_progress *p, strata_context *ctx) {
  int changes = sqlite3_total_changes(ctx->db);
  bool autocommit = sqlite3_get_autocommit(ctx->db);
  sqlite3_bind_text(p->call, 1, p->phase, -1, SQLITE_STATIC);
  sqlite3_bind_int64(p->call, 2, p->done);
  sqlite3_bind_int64(p->call, 3, p->total);
  sqlite3_bind_int64(p->call, 4, INT64_MIN);
  int rc = sqlite3_step(p->call);
  if (rc != SQLITE_ROW && rc != SQLITE_DONE) rc = sqlite3_extended_errcode(ctx->db);
  bool wrote = sqlite3_total_changes(ctx->db) != changes || sqlite3_get_autocommit(ctx->db) != autocommit;
  judge(p, ctx, rc, wrote);
  sqlite3_reset(p->call);
}

/* Call the function now. */
static void call_function(strata_context *ctx) {
  strata_progress *p = ctx->progress;
  if (ctx->rc != SQLITE_OK || p->call == NULL) return;
  strata_tripwire_set(&p->tripwire);
  if (ctx->rc == SQLITE_OK) run_call(p, ctx);
  if (!strata_tripwire_release(&p->tripwire)) fail_tripped(p, ctx);
  p->called = clock_ms();
}

void strata_progress_poll(strata_context *ctx) {
  sqlite3_int64 now = clock_ms();
  /* The second condition: the clock was set back. */
  if (now - ctx->progress->called >= PAUSE || now < ctx->progress->called) call_function(ctx);
}

void strata_progress_table(strata_context *ctx, const char *name, sqlite3_int64 rows) {
  if (ctx->progress == NULL) return;
  ctx->progress->phase = name;
  ctx->progress->done = 0;
  ctx->progress->total = rows;
}

void strata_progress_table_done(strata_context *ctx) {
  if (ctx->progress == NULL) return;
  ctx->progress->done = ctx->progress->total;
  call_function(ctx);
}
