/*
** transaction.c: see transaction.h.
*/
#include "transaction.h"
#include "catalog.h"

sqlite3_stmt *strata_snapshot_begin(strata_context *ctx, const char *schema) {
  strata_check_schema(ctx, schema);
  sqlite3_stmt *stmt = strata_prepare(ctx, "SELECT 1 FROM \"%w\".sqlite_master", schema);
  strata_step(ctx, stmt);
  return stmt;
}

/*
** The write that takes the lock names one of the nine tables. If that is not
** there, the catalog has the better sentence for it.
*/
static void prepare_lock(strata_transaction *t, strata_context *ctx, const char *schema) {
  t->lock = strata_prepare(ctx, "DELETE FROM \"%w\".\"%w\" WHERE 0", schema,
                           strata_table_sql_name(STRATA_TABLE_COUNT - 1));
  if (ctx->rc != SQLITE_ERROR) return;
  strata_context again;
  strata_context_begin(&again, ctx->db);
  strata_catalog catalog;
  strata_catalog_load(&catalog, &again, schema);
  strata_catalog_free(&catalog);
  if (again.rc != SQLITE_OK) {
    strata_context_end(ctx);
    *ctx = again;
  } else {
    strata_context_end(&again);
  }
}

static void explain_lock(strata_context *ctx, const char *schema) {
  int primary = ctx->rc & 0xff;
  int rc = ctx->rc;
  if (primary == SQLITE_BUSY) {
    strata_context_clear(ctx);
    strata_fail(ctx, rc,
                "database \"%w\" is locked: another connection is using it; nothing was changed, try again", schema);
  } else if (primary == SQLITE_READONLY) {
    strata_context_clear(ctx);
    strata_fail(ctx, rc,
                "database \"%w\" is read-only for this connection (attempt to write a readonly database): nothing was "
                "changed",
                schema);
  }
}

void strata_transaction_begin(strata_transaction *t, strata_context *ctx, const char *schema) {
  *t = (strata_transaction){.ctx = ctx, .last_rowid = sqlite3_last_insert_rowid(ctx->db)};
  strata_check_schema(ctx, schema);
  if (ctx->rc == SQLITE_OK) prepare_lock(t, ctx, schema);
  t->savepoint = strata_prepare(ctx, "SAVEPOINT strata_restore");
  t->release = strata_prepare(ctx, "RELEASE strata_restore");
  t->outermost = sqlite3_get_autocommit(ctx->db) != 0;
  t->roll_back = strata_prepare(ctx, t->outermost ? "ROLLBACK" : "ROLLBACK TO strata_restore");
  if (ctx->rc != SQLITE_OK) return;
  int rc = sqlite3_step(t->savepoint);
  sqlite3_reset(t->savepoint);
  if (rc == SQLITE_BUSY) {
    strata_fail(ctx, rc,
                "a restore cannot run inside a statement that writes: call it from a plain SELECT, "
                "as in SELECT strata_restore_json(…)");
    return;
  }
  if (rc != SQLITE_DONE) {
    strata_fail_db(ctx, sqlite3_extended_errcode(ctx->db), NULL);
    return;
  }
  t->open = true;
  strata_run(ctx, t->lock);
  explain_lock(ctx, schema);
}

/* Steps one of the statements that undo; its result code, or SQLITE_OK. */
static int run_undo(strata_transaction *t, sqlite3_stmt *stmt) {
  int rc = sqlite3_step(stmt) == SQLITE_DONE ? SQLITE_OK : sqlite3_extended_errcode(t->ctx->db);
  sqlite3_reset(stmt);
  return rc;
}

/* The caller has to know that the transaction is gone, which no other error would say: statements that
** follow would run on their own. */
static void tell_loss(strata_transaction *t, int rc) {
  strata_context *ctx = t->ctx;
  strata_context error = *ctx;
  strata_context_begin(ctx, error.db);
  if (rc == SQLITE_OK) rc = error.rc != SQLITE_OK ? error.rc : SQLITE_ABORT_ROLLBACK;
  strata_fail(ctx, rc, "%s%sSQLite has rolled back the whole transaction (%s)", error.message ? error.message : "",
              error.message ? "; " : "", sqlite3_errstr(rc));
  strata_context_end(&error);
}

/*
** Undo all. A savepoint that is the transaction itself is rolled back as one,
** for RELEASE would be a COMMIT, which a full disk can stop. The savepoint may
** also have vanished with the whole transaction (ON CONFLICT ROLLBACK,
** RAISE(ROLLBACK), a full disk, an interrupted write): autocommit tells. After
** sqlite3_interrupt() neither ROLLBACK nor RELEASE runs, and SQLite's own rule
** takes over: an interrupted write statement rolls the whole transaction back,
** and any will do.
*/
static void undo(strata_transaction *t) {
  sqlite3 *db = t->ctx->db;
  int rc = SQLITE_OK;
  t->open = false;
  if (!sqlite3_get_autocommit(db)) {
    rc = run_undo(t, t->roll_back);
    if (rc == SQLITE_OK && !t->outermost) rc = run_undo(t, t->release);
    if (rc != SQLITE_OK && !sqlite3_get_autocommit(db)) sqlite3_step(t->lock);
  }
  if (!t->outermost && sqlite3_get_autocommit(db)) tell_loss(t, rc);
}

static void finish(strata_transaction *t) {
  if (t->open) undo(t);
  sqlite3_finalize(t->savepoint);
  sqlite3_finalize(t->release);
  sqlite3_finalize(t->roll_back);
  sqlite3_finalize(t->lock);
  sqlite3_set_last_insert_rowid(t->ctx->db, t->last_rowid);
}

void strata_transaction_cancel(strata_transaction *t) {
  finish(t);
}

void strata_transaction_end(strata_transaction *t) {
  if (t->open && t->ctx->rc == SQLITE_OK && sqlite3_get_autocommit(t->ctx->db)) {
    strata_fail(t->ctx, SQLITE_ABORT, "the transaction was rolled back from within, by a trigger or by SQLite: nothing was "
                                      "changed");
  }
  if (t->open && t->ctx->rc == SQLITE_OK) {
    strata_run(t->ctx, t->release);
    if (t->ctx->rc == SQLITE_OK) t->open = false;
  }
  finish(t);
}
