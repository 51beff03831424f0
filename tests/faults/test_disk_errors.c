/*
** test_disk_errors.c: the disk fails, or is full, at each call in turn.
**
** For every operation of operations.c, with a rollback journal and with a WAL,
** in autocommit and inside a transaction of the caller's, with a page cache so
** small that it spills: the Nth read, write, sync, truncation, opening … fails,
** for N = 1, 2, 3 … until a run meets no failure; once alone, and once with all
** after it. The promises are checked on the connection, and again after closing it
** and opening the database with a disk that works.
**
** The quick form takes ever larger steps and half of the variants; the long form
** (STRATA_LONG=1) takes every N of all.
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
#include <string.h>

static long runs, failures, errors, kept_anyway, rolled_back;

static const char *journal_mode;

/* After closing and opening again: the old content or the new; after a success the new. */
static void check_reopened(trial *t, bool succeeded, bool still_inside, const char *where) {
  sqlite3 *db = operation_open_files(t->op, t->folder, NULL);
  check_sound(db, where);
  uint64_t now = picture(db);
  bool is_new = now == t->after;
  if (succeeded && !is_new) fail_msg("%s: succeeded, and is not there after opening again", where);
  if (!is_new && now != t->base && !(still_inside && now == t->before))
    fail_msg("%s: neither old nor new after opening again", where);
  bool kept = !succeeded && is_new && t->after != t->before;
  if (kept) printf("kept, though it had failed: %s\n", where);
  kept_anyway += kept;
  assert_int_equal(sqlite3_close(db), SQLITE_OK);
}

static void fail_each(trial *t, int kind, const char *kind_name, bool for_good) {
  static outcome out;
  char where[256];
  uint64_t random = (uint64_t)kind * 31 + strlen(t->op->name);
  for (long n = 1;; n = suite_next(n, &random)) {
    snprintf(where, sizeof where, "%s%s, journal_mode=%s: %s %ld%s", t->op->name,
             t->inside ? " in a transaction" : "", journal_mode, kind_name, n,
             for_good ? " and all after it" : "");
    disk.armed = false;
    sqlite3 *db = trial_open(t, "faults", journal_mode);
    must(db, "PRAGMA cache_size=4");
    t->settings = settings(db);
    disk_kinds = kind;
    faults_arm(&disk, n, for_good);
    trial_run(t, db, &out);
    disk.armed = false;
    runs++;
    failures += disk.hits > 0;
    errors += disk.hits > 0 && (out.rc != SQLITE_OK) != (t->op->effect == REFUSED);
    bool gone = t->inside && sqlite3_get_autocommit(db);
    trial_check(t, db, &out, false, where);
    assert_int_equal(sqlite3_close(db), SQLITE_OK);
    check_reopened(t, out.rc == SQLITE_OK, !gone, where);
    if (disk.hits == 0) break;
  }
}

static void try_operation(const operation *op, const char *mode) {
  journal_mode = mode;
  for (int inside = 0; inside < 2; inside++) {
    trial t;
    if (!trial_begin(&t, op, inside)) continue;
    disk.armed = false;
    trial_learn_file(&t, "faults", mode);
    for (size_t k = 0; k < FAULT_KINDS; k++) {
      bool once = k % 2 == (size_t)inside;
      if (is_long() || once) fail_each(&t, fault_kinds[k].kind, fault_kinds[k].name, false);
      if (is_long() || !once) fail_each(&t, fault_kinds[k].kind, fault_kinds[k].name, true);
    }
    rolled_back += t.rolled_back;
    trial_end(&t);
  }
}

static void with_a_rollback_journal(void **state) {
  try_operation(*state, "DELETE");
}

static void with_a_wal(void **state) {
  try_operation(*state, "WAL");
}

static int say(void **state) {
  (void)state;
  printf("disk errors: %ld runs, %ld met a failure, %ld failed for it; %ld times SQLite rolled back the "
         "caller's "
         "transaction; %ld times what had failed was there after opening again\n",
         runs, failures, errors, rolled_back, kept_anyway);
  return 0;
}

/* In the quick form the operations take turns. */
static bool is_even(const operation *op) {
  return is_long() || (op - operations) % 2 == 0;
}

static bool is_odd(const operation *op) {
  return is_long() || (op - operations) % 2 != 0;
}

int main(void) {
  fault_vfs_install();
  suite_add("rollback journal", with_a_rollback_journal, is_even);
  suite_add("WAL", with_a_wal, is_odd);
  return suite_run("disk errors", say);
}
