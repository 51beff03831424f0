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
                "database \"%w\" is locked: another connection is using it; nothing was changed, try again",
                schema);
  } else if (primary == SQLITE_READONLY) {
    strata_context_clear(ctx);
    strata_fail(ctx, rc,
                "database \"%w\" is read-only for this connection (attempt to write a readonly database): "
                "nothing was "
                "changed",
                schema);
  }
}

/* Steps one of the statements below; SQLITE_OK, or its result code. */
static int attempt(strata_transaction *t, sqlite3_stmt *stmt) {
  int rc = sqlite3_step(stmt) == SQLITE_DONE ? SQLITE_OK : sqlite3_extended_errcode(t->ctx->db);
  sqlite3_reset(stmt);
  return rc;
}

/*
** The same once more after SQLITE_INTERRUPT: SQLite asks a progress handler
** also behind a statement's last operation, so that it may have been carried
** out all the same. For statements that do no harm twice.
*/
static int attempt_twice(strata_transaction *t, sqlite3_stmt *stmt) {
  int rc = attempt(t, stmt);
  return (rc & 0xff) == SQLITE_INTERRUPT ? attempt(t, stmt) : rc;
}

/*
** Whether the savepoint is gone for good after a RELEASE that gave `rc`. Where
** that was a COMMIT, autocommit tells, and not the code: a COMMIT that failed
** leaves the transaction open (SQLite 3.31 and newer), and an error that a
** host's WAL hook returns is the COMMIT's result though it has been done.
*/
static bool is_released(strata_transaction *t, int rc) {
  if (rc == SQLITE_OK || (t->outermost && sqlite3_get_autocommit(t->ctx->db))) return true;
  if ((rc & 0xff) != SQLITE_INTERRUPT || t->outermost) return false;
  rc = attempt(t, t->release);
  return rc == SQLITE_OK || rc == SQLITE_ERROR; /* no such savepoint */
}

/*
** Open the savepoint, and prove that the statements around it are real: where
** an authorizer answers SQLITE_IGNORE, they compile to nothing and succeed.
** With nothing written yet all of this is free. ROLLBACK TO has to fail once
** the savepoint is released (so it is real), and to work before (so SAVEPOINT
** is), and RELEASE has to make the difference.
*/
static void open_savepoint(strata_transaction *t) {
  strata_context *ctx = t->ctx;
  int rc = attempt(t, t->savepoint);
  if (rc == SQLITE_BUSY) {
    strata_fail(ctx, rc,
                "a restore cannot run inside a statement that writes: call it from a plain SELECT, "
                "as in SELECT strata_restore_json(…)");
    return;
  }
  if (rc != SQLITE_OK) strata_fail_db(ctx, rc);
  if (rc == SQLITE_OK && attempt_twice(t, t->roll_back_to) == SQLITE_OK) {
    bool released = is_released(t, attempt(t, t->release));
    rc = released ? attempt(t, t->roll_back_to) : SQLITE_OK;
    if (rc == SQLITE_ERROR) {
      rc = attempt(t, t->savepoint);
      t->open = rc == SQLITE_OK;
      if (!t->open) strata_fail_db(ctx, rc);
    }
  }
  if (t->open) return;
  /* What stands of it holds nothing, so that releasing it is undoing it. */
  attempt_twice(t, t->release);
  if (t->outermost && !sqlite3_get_autocommit(ctx->db)) attempt_twice(t, t->roll_back);
  if (t->outermost && !sqlite3_get_autocommit(ctx->db)) sqlite3_step(t->lock); /* as in undo() */
  strata_fail(
      ctx, SQLITE_AUTH,
      "a restore needs SAVEPOINT, RELEASE and ROLLBACK, and an authorizer or a progress handler of this "
      "connection does not let it have them: nothing was changed");
}

void strata_transaction_begin(strata_transaction *t, strata_context *ctx, const char *schema) {
  sqlite3_uint64 name;
  *t = (strata_transaction){.ctx = ctx, .last_rowid = sqlite3_last_insert_rowid(ctx->db)};
  prepare_lock(t, ctx, schema);
  /* A name of its own, so that it is never the caller's savepoint that is rolled back. */
  sqlite3_randomness(sizeof name, &name);
  t->outermost = sqlite3_get_autocommit(ctx->db) != 0;
  t->savepoint = strata_prepare(ctx, "SAVEPOINT strata_%llx", name);
  t->release = strata_prepare(ctx, "RELEASE strata_%llx", name);
  t->roll_back_to = strata_prepare(ctx, "ROLLBACK TO strata_%llx", name);
  if (t->outermost) t->roll_back = strata_prepare(ctx, "ROLLBACK");
  if (ctx->rc == SQLITE_OK) open_savepoint(t);
  if (ctx->rc != SQLITE_OK) return;
  strata_run(ctx, t->lock);
  explain_lock(ctx, schema);
}

/* The caller has to know that the transaction is gone, which no other error would say: statements that
** follow would run on their own. */
static void tell_loss(strata_transaction *t, int rc) {
  strata_context *ctx = t->ctx;
  strata_context error = *ctx;
  strata_context_begin(ctx, error.db);
  if (rc == SQLITE_OK) rc = error.rc != SQLITE_OK ? error.rc : SQLITE_ABORT_ROLLBACK;
  strata_fail(ctx, rc, "%s%sSQLite has rolled back the whole transaction (%s)",
              error.message ? error.message : "", error.message ? "; " : "", sqlite3_errstr(rc));
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
  if (t->outermost && !sqlite3_get_autocommit(db)) attempt_twice(t, t->roll_back);
  if (!sqlite3_get_autocommit(db)) {
    bool undone = false;
    rc = attempt_twice(t, t->roll_back_to);
    if (rc == SQLITE_OK) undone = is_released(t, rc = attempt(t, t->release));
    if (!undone && !sqlite3_get_autocommit(db)) sqlite3_step(t->lock);
  }
  if (!t->outermost && sqlite3_get_autocommit(db)) tell_loss(t, rc);
}

static void finish(strata_transaction *t) {
  if (t->open) undo(t);
  sqlite3_finalize(t->savepoint);
  sqlite3_finalize(t->release);
  sqlite3_finalize(t->roll_back_to);
  sqlite3_finalize(t->roll_back);
  sqlite3_finalize(t->lock);
  sqlite3_set_last_insert_rowid(t->ctx->db, t->last_rowid);
}

void strata_transaction_cancel(strata_transaction *t) {
  finish(t);
}

void strata_transaction_end(strata_transaction *t) {
  if (t->open && t->ctx->rc == SQLITE_OK && sqlite3_get_autocommit(t->ctx->db)) {
    strata_fail(t->ctx, SQLITE_ABORT,
                "the transaction was rolled back from within, by a trigger or by SQLite: nothing was "
                "changed");
  }
  if (t->open && t->ctx->rc == SQLITE_OK) {
    int rc = attempt(t, t->release);
    t->open = !is_released(t, rc);
    if (t->open && rc == SQLITE_CONSTRAINT_COMMITHOOK)
      strata_fail(t->ctx, rc, "a commit hook of this connection refused the restore: nothing was changed");
    if (t->open) strata_fail_db(t->ctx, rc);
  }
  finish(t);
}
