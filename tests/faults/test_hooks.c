/*
** test_hooks.c: the host's hooks around what the extension writes and commits.
**
** For every operation of operations.c, in memory, with a rollback journal and
** with a WAL, in autocommit and inside a transaction of the caller's: a commit
** hook that turns the COMMIT into a ROLLBACK (an error, and the old content);
** commit, rollback, update and WAL hooks that only watch (no difference); a WAL hook
** that returns an error (SQLite returns it from the COMMIT although it has committed, so
** the content is new and the operation succeeds); a WAL hook that writes and checkpoints.
** The promises are those of trial.h.
**
** In the quick form operations that do not write get only the hooks that watch.
*/
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "fault_vfs.h"
#include "suite.h"
#include "trial.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static faults refusal;
static int wal_answer;
static bool wal_writes;
static long runs, commits, refused, rollbacks, updates, wal_commits, wal_errors;

static int commit_hook(void *unused) {
  (void)unused;
  commits++;
  return faults_strike(&refusal);
}

static void rollback_hook(void *unused) {
  (void)unused;
  rollbacks++;
}

static void update_hook(void *unused, int action, const char *schema, const char *table, sqlite3_int64 row) {
  (void)unused, (void)action, (void)schema, (void)table, (void)row;
  updates++;
}

/* It may use the connection, since SQLite is done with it; what it writes calls it again. */
static int wal_hook(void *unused, sqlite3 *db, const char *schema, int pages) {
  static bool within;
  (void)unused, (void)pages;
  if (within) return SQLITE_OK;
  within = true;
  if (wal_writes) {
    must(db, "PRAGMA main.user_version = 7");
    assert_int_equal(sqlite3_wal_checkpoint_v2(db, schema, SQLITE_CHECKPOINT_PASSIVE, NULL, NULL), SQLITE_OK);
  }
  within = false;
  wal_commits++;
  wal_errors += wal_answer != SQLITE_OK;
  return wal_answer;
}

static void set_hooks(sqlite3 *db, bool on) {
  sqlite3_commit_hook(db, on ? commit_hook : NULL, NULL);
  sqlite3_rollback_hook(db, on ? rollback_hook : NULL, NULL);
  sqlite3_update_hook(db, on ? update_hook : NULL, NULL);
  sqlite3_wal_hook(db, on ? wal_hook : NULL, NULL);
}

/* Run with the hooks (one of which refuses the Nth commit; 0: none), take them away again, and look. */
static void run(trial *t, const char *journal_mode, const char *what, long refused_at) {
  static outcome out;
  char where[256];
  snprintf(where, sizeof where, "%s%s, journal_mode=%s: %s", t->op->name,
           t->inside ? " in a transaction" : "", journal_mode ? journal_mode : "(in memory)", what);
  sqlite3 *db = trial_open(t, journal_mode ? "faults" : NULL, journal_mode);
  faults_arm(&refusal, refused_at, false);
  set_hooks(db, true);
  trial_run(t, db, &out);
  set_hooks(db, false);
  runs++;
  refused += refusal.hits > 0;
  if (refusal.hits > 0) {
    /* A restore commits itself, and says what refused; of the caller's own commit SQLite says no more than the code. */
    bool told = t->op->effect != WRITES || strstr(out.text, "commit hook");
    if (out.rc != SQLITE_CONSTRAINT || !told)
      fail_msg("%s: %d %s", where, out.rc, out.text);
  } else if (out.rc != t->expected.rc) {
    fail_msg("%s: %d %s, and not %d", where, out.rc, out.text, t->expected.rc);
  }
  trial_check(t, db, &out, true, where);
  if (sqlite3_close(db) != SQLITE_OK) fail_msg("%s: the connection does not close", where);
}

static void with_hooks(void **state) {
  static const char *const journal_modes[] = {NULL, "DELETE", "WAL"};
  static const int codes[] = {SQLITE_ERROR, SQLITE_BUSY,      SQLITE_FULL,      SQLITE_IOERR,
                              SQLITE_NOMEM, SQLITE_INTERRUPT, SQLITE_CONSTRAINT};
  bool commits_something = is_long() || ((const operation *)*state)->effect == WRITES;
  for (int inside = 0; inside < 2; inside++) {
    trial t;
    if (!trial_begin(&t, *state, inside)) continue;
    for (int m = 0; m < 3; m++) {
      trial_learn_file(&t, journal_modes[m] ? "faults" : NULL, journal_modes[m]);
      run(&t, journal_modes[m], "hooks that look on", 0);
      if (!commits_something) continue;
      run(&t, journal_modes[m], "a commit hook that refuses", 1);
      run(&t, journal_modes[m], "a commit hook that refuses the second", 2);
    }
    /* Inside, it is the caller's COMMIT that calls it. */
    for (size_t i = 0; !inside && commits_something && i < sizeof codes / sizeof *codes; i++) {
      wal_answer = codes[i];
      run(&t, "WAL", "a WAL hook that fails", 0);
    }
    wal_writes = true;
    wal_answer = SQLITE_ERROR;
    run(&t, "WAL", "a WAL hook that writes, and fails", 0);
    wal_answer = SQLITE_OK;
    run(&t, "WAL", "a WAL hook that writes", 0);
    wal_writes = false;
    trial_end(&t);
  }
}

static int say(void **state) {
  (void)state;
  printf(
      "hooks: %ld runs; %ld commits, of which %ld were refused; %ld rollbacks, %ld updated rows; %ld commits "
      "to a WAL, of which %ld had an error of the hook\n",
      runs, commits, refused, rollbacks, updates, wal_commits, wal_errors);
  return getenv("STRATA_ONLY") || (refused && rollbacks && updates && wal_errors) ? 0 : -1;
}

int main(void) {
  fault_vfs_install();
  suite_add("hooks", with_hooks, NULL);
  return suite_run("hooks", say);
}
