/*
** transaction.c: the snapshot of a backup, the savepoint of a restore, and every way
** in which either can end.
**
** A restore that has begun must always be able to undo itself. So the statements that
** end it are prepared before it begins, when an error does no harm yet, and EXPLAIN
** shows whether they would really do their work. Where SQLite's rules surprise, a
** comment names the page.
*/
#include "transaction.h"
#include "catalog_load.h"
#include "explain.h"

sqlite3_stmt *strata_snapshot_begin(strata_context *ctx, const char *schema) {
  strata_check_schema(ctx, schema);
  sqlite3_stmt *stmt = strata_prepare(ctx, "SELECT 1 FROM \"%w\".sqlite_master", schema);
  strata_step(ctx, stmt);
  return stmt;
}

/*
** The write that takes the lock names one of the nine tables. If the table is
** missing, let the catalog say so in its own words.
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

/* Explain why the lock could not be taken. */
static void explain_lock(const strata_transaction *t, const char *schema) {
  strata_context *ctx = t->ctx;
  int primary = ctx->rc & 0xff;
  int rc = ctx->rc;
  if (rc == SQLITE_BUSY_SNAPSHOT) {
    strata_context_clear(ctx);
    strata_fail(ctx, rc,
                "database \"%w\" is locked: another connection has changed it since this %s began to read "
                "it; nothing was changed; %s",
                schema, t->outermost ? "statement" : "transaction",
                t->outermost ? "run the statement again" : "waiting does not help: ROLLBACK, then try again");
  } else if (primary == SQLITE_LOCKED) {
    strata_context_clear(ctx);
    strata_fail(ctx, rc,
                "database \"%w\" is locked: another connection that shares its cache is using it; nothing "
                "was changed; try again",
                schema);
  } else if (primary == SQLITE_BUSY) {
    strata_context_clear(ctx);
    strata_fail(ctx, rc,
                "database \"%w\" is locked: another connection is using it; nothing was changed; try again",
                schema);
  } else if (primary == SQLITE_READONLY) {
    strata_context_clear(ctx);
    strata_fail(ctx, rc,
                "database \"%w\" is read-only for this connection (attempt to write a readonly database): "
                "nothing was changed",
                schema);
  }
}

/*
** Without a journal SQLite cannot roll back, and does not say so
** (sqlite.org/pragma.html, journal_mode): a failed restore, or a check, would leave
** its rows behind.
*/
static void refuse_journal_off(strata_context *ctx, const char *schema) {
  sqlite3_stmt *stmt = strata_prepare(ctx, "PRAGMA \"%w\".journal_mode", schema);
  const char *mode = strata_step(ctx, stmt) ? (const char *)sqlite3_column_text(stmt, 0) : NULL;
  if (mode && sqlite3_stricmp(mode, "off") == 0)
    strata_fail(ctx, SQLITE_ERROR,
                "database \"%w\" has PRAGMA journal_mode=OFF, where SQLite cannot undo anything: nothing was "
                "changed; run PRAGMA \"%w\".journal_mode=DELETE (MEMORY for an in-memory database) first",
                schema, schema);
  sqlite3_finalize(stmt);
}

/* With a TEMP trigger all databases need a journal, because such a trigger can write to any of them. */
static void refuse_without_journal(strata_context *ctx, const char *schema) {
  refuse_journal_off(ctx, schema);
  if (!strata_schema_has_triggers(ctx, "temp")) return;
  sqlite3_stmt *list = strata_prepare(ctx, "PRAGMA database_list");
  while (strata_step(ctx, list)) {
    const char *name = (const char *)sqlite3_column_text(list, 1);
    if (name) refuse_journal_off(ctx, name);
  }
  sqlite3_finalize(list);
}

static const char ignored[] = "a restore needs SAVEPOINT, RELEASE and ROLLBACK, but this connection's "
                              "authorizer ignores them: allow them; nothing was changed";

/* Prepare a control statement, and look at its operations with EXPLAIN, which runs nothing. If `opcode` is not among
** them, the statement would do nothing, and a restore that cannot be undone must not begin. */
static strata_control prepare_control(strata_context *ctx, const char *opcode, const char *sql,
                                      sqlite3_uint64 name) {
  strata_control control = {.stmt = strata_prepare(ctx, sql, name)};
  char *text = strata_format(ctx, sql, name);
  const char *const names[] = {opcode, NULL};
  int found;
  control.steps = strata_count_operations(ctx, strata_prepare(ctx, "EXPLAIN %z", text), names, &found);
  if (!found) strata_fail(ctx, SQLITE_AUTH, "%s", ignored);
  return control;
}

/*
** Run a control statement. Returns SQLITE_OK or its result code; SQLITE_AUTH if it
** did nothing. SQLite calls a progress handler after a statement's last operation
** too, so a statement that returns SQLITE_INTERRUPT may have done its work.
*/
static int run_control(sqlite3 *db, const strata_control *control, bool *took_effect) {
  int rc = sqlite3_step(control->stmt) == SQLITE_DONE ? SQLITE_OK : sqlite3_extended_errcode(db);
  sqlite3_reset(control->stmt);
  int steps = sqlite3_stmt_status(control->stmt, SQLITE_STMTSTATUS_VM_STEP, 1);
  *took_effect = steps == control->steps && (rc == SQLITE_OK || (rc & 0xff) == SQLITE_INTERRUPT);
  return rc == SQLITE_OK && !*took_effect ? SQLITE_AUTH : rc;
}

static int attempt(strata_transaction *t, const strata_control *control) {
  return run_control(t->ctx->db, control, &t->took_effect);
}

/* The same, for statements that undo: try again if the first try was interrupted before it did anything, or was
** prepared while an authorizer ignored it. */
static int insist(strata_transaction *t, strata_control *control) {
  int rc = attempt(t, control);
  if (rc == SQLITE_AUTH) {
    sqlite3_stmt *again = NULL;
    sqlite3_prepare_v2(t->ctx->db, sqlite3_sql(control->stmt), -1, &again, NULL);
    if (again == NULL) return rc;
    sqlite3_finalize(control->stmt);
    control->stmt = again;
  }
  bool stopped = rc == SQLITE_AUTH || ((rc & 0xff) == SQLITE_INTERRUPT && !t->took_effect);
  return stopped ? attempt(t, control) : rc;
}

/*
** Whether a RELEASE has ended the savepoint. If the RELEASE was a COMMIT, ask for
** autocommit and ignore the result code: a COMMIT that fails leaves the transaction
** open (SQLite 3.31 and newer), and a COMMIT that succeeds still returns the error of
** a host's WAL hook.
*/
static bool is_released(const strata_transaction *t) {
  return t->outermost ? sqlite3_get_autocommit(t->ctx->db) != 0 : t->took_effect;
}

/* Tell the caller that the whole transaction is gone. Otherwise the next statements would run in autocommit unnoticed. */
static void report_rollback(strata_transaction *t, int rc) {
  strata_context *ctx = t->ctx;
  strata_context error = *ctx;
  strata_context_begin(ctx, error.db);
  if (rc == SQLITE_OK) rc = error.rc != SQLITE_OK ? error.rc : SQLITE_ABORT_ROLLBACK;
  strata_fail(ctx, rc, "%s%sSQLite has rolled back the whole transaction (%s)",
              error.message ? error.message : "", error.message ? "; " : "", sqlite3_errstr(rc));
  strata_context_end(&error);
}

/* Run the SAVEPOINT, and explain its errors. */
static void open_savepoint(strata_transaction *t) {
  strata_context *ctx = t->ctx;
  int rc = attempt(t, &t->savepoint);
  t->open = t->took_effect;
  if (rc == SQLITE_BUSY)
    strata_fail(ctx, rc,
                "a restore cannot run inside a statement that writes: call it from a plain SELECT, "
                "as in SELECT strata_restore_json(…)");
  else if (rc == SQLITE_AUTH)
    strata_fail(ctx, rc, "%s", ignored);
  else if (rc != SQLITE_OK)
    strata_fail_db(ctx, rc);
}

void strata_transaction_begin(strata_transaction *t, strata_context *ctx, const char *schema) {
  sqlite3_uint64 name;
  *t = (strata_transaction){.ctx = ctx, .last_rowid = sqlite3_last_insert_rowid(ctx->db)};
  prepare_lock(t, ctx, schema);
  /* A random name, so that we never roll back one of the caller's savepoints. */
  sqlite3_randomness(sizeof name, &name);
  t->outermost = sqlite3_get_autocommit(ctx->db) != 0;
  t->savepoint = prepare_control(ctx, "Savepoint", "SAVEPOINT strata_%llx", name);
  t->release = prepare_control(ctx, "Savepoint", "RELEASE strata_%llx", name);
  t->roll_back_to = prepare_control(ctx, "Savepoint", "ROLLBACK TO strata_%llx", name);
  if (t->outermost) t->roll_back = prepare_control(ctx, "AutoCommit", "ROLLBACK", 0);
  refuse_without_journal(ctx, schema);
  if (ctx->rc == SQLITE_OK) open_savepoint(t);
  if (t->open) {
    strata_run(ctx, t->lock);
    explain_lock(t, schema);
  } else if (!t->outermost && sqlite3_get_autocommit(ctx->db)) {
    report_rollback(t, SQLITE_OK); /* PRAGMA journal_mode counts as a write, and was interrupted */
  }
}

/*
** Undo everything. If the savepoint is the transaction itself, use ROLLBACK, since
** RELEASE would be a COMMIT, which a full disk can stop. The savepoint may already be
** gone with the whole transaction (ON CONFLICT ROLLBACK, RAISE(ROLLBACK), a full disk,
** an interrupted write): then autocommit is on again. After sqlite3_interrupt() neither ROLLBACK
** nor RELEASE runs. Then any write statement will do: SQLite rolls the whole
** transaction back when a write is interrupted.
*/
static void undo(strata_transaction *t) {
  sqlite3 *db = t->ctx->db;
  int rc = SQLITE_OK;
  t->open = false;
  if (t->outermost && !sqlite3_get_autocommit(db)) insist(t, &t->roll_back);
  if (!sqlite3_get_autocommit(db)) {
    rc = insist(t, &t->roll_back_to);
    if (t->took_effect) rc = insist(t, &t->release);
    /* SQLITE_ERROR: there is no such savepoint, because a function of the host's has rolled it back itself */
    bool gone = (rc & 0xff) == SQLITE_ERROR;
    if (!t->took_effect && !gone && !sqlite3_get_autocommit(db)) sqlite3_step(t->lock);
  }
  if (!t->outermost && sqlite3_get_autocommit(db)) report_rollback(t, rc);
}

/* Undo what was not committed, and clean up. */
static void finish(strata_transaction *t) {
  if (t->open) undo(t);
  sqlite3_finalize(t->savepoint.stmt);
  sqlite3_finalize(t->release.stmt);
  sqlite3_finalize(t->roll_back_to.stmt);
  sqlite3_finalize(t->roll_back.stmt);
  sqlite3_finalize(t->lock);
  sqlite3_set_last_insert_rowid(t->ctx->db, t->last_rowid);
}

void strata_transaction_cancel(strata_transaction *t) {
  finish(t);
}

void strata_transaction_end(strata_transaction *t) {
  if (t->open && t->ctx->rc == SQLITE_OK && sqlite3_get_autocommit(t->ctx->db)) {
    strata_fail(
        t->ctx, SQLITE_ABORT,
        "a trigger, or SQLite itself, rolled the transaction back during the restore: nothing was changed");
  }
  if (t->open && t->ctx->rc == SQLITE_OK) {
    int rc = attempt(t, &t->release);
    t->open = !is_released(t);
    if (t->open && rc == SQLITE_CONSTRAINT_COMMITHOOK)
      strata_fail(t->ctx, rc, "a commit hook of this connection refused the restore: nothing was changed");
    if (t->open) strata_fail_db(t->ctx, rc);
  }
  finish(t);
}

void strata_tripwire_prepare(strata_tripwire *w, strata_context *ctx) {
  sqlite3_uint64 name;
  sqlite3_randomness(sizeof name, &name);
  *w = (strata_tripwire){.ctx = ctx};
  w->set = prepare_control(ctx, "Savepoint", "SAVEPOINT strata_%llx", name);
  w->release = prepare_control(ctx, "Savepoint", "RELEASE strata_%llx", name);
}

void strata_tripwire_free(strata_tripwire *w) {
  sqlite3_finalize(w->set.stmt);
  sqlite3_finalize(w->release.stmt);
  *w = (strata_tripwire){0};
}

bool strata_tripwire_set(strata_tripwire *w) {
  if (w->set.stmt == NULL || w->ctx->rc != SQLITE_OK || sqlite3_get_autocommit(w->ctx->db)) return false;
  int rc = run_control(w->ctx->db, &w->set, &w->is_set);
  if (rc == SQLITE_AUTH) strata_fail(w->ctx, rc, "%s", ignored);
  if (rc != SQLITE_OK && rc != SQLITE_BUSY) strata_fail_db(w->ctx, rc);
  return w->is_set;
}

/*
** After sqlite3_interrupt() a RELEASE does nothing. In a restore the rollback then takes the
** savepoint along. In a backup it stays, and does no harm: it goes with the caller's next COMMIT or
** ROLLBACK, and any RELEASE or ROLLBACK TO of the caller's own savepoints works as before.
*/
bool strata_tripwire_release(strata_tripwire *w) {
  bool done, was_set = w->is_set;
  w->is_set = false;
  if (!was_set || sqlite3_get_autocommit(w->ctx->db)) return true;
  int rc = run_control(w->ctx->db, &w->release, &done);
  if ((rc & 0xff) == SQLITE_ERROR) return false; /* "no such savepoint" */
  if (rc == SQLITE_AUTH) strata_fail(w->ctx, rc, "%s", ignored);
  if (rc != SQLITE_OK) strata_fail_db(w->ctx, rc);
  return true;
}
