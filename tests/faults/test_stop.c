/*
** test_stop.c: the host stops the extension while it works.
**
** For every operation of operations.c, in autocommit and inside a transaction
** of the caller's: sqlite3_interrupt() from another thread at random moments;
** a progress handler that stops at the Nth step; an authorizer that denies the
** Nth thing it is asked, then one that ignores it. The promises are those of
** trial.h.
**
** STRATA_LONG=1: 1,000 interrupts that arrive in time, and every N.
*/
#define _POSIX_C_SOURCE 200809L
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "faults.h"
#include "strata.h"
#include "suite.h"
#include "trial.h"

#include <pthread.h>
#include <sched.h>
#include <stdatomic.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

static struct {
  const char *what;
  long runs, stopped, rolled_back;
} figures[] = {{"interrupts from another thread", 0, 0, 0},
               {"steps of a progress handler", 0, 0, 0},
               {"denials of an authorizer", 0, 0, 0},
               {"things ignored by an authorizer", 0, 0, 0}};

enum { INTERRUPTS, STEPS, DENIALS, IGNORED };

static faults stop;
static int authorizer_answer;
static int last_action;

/*
** Whether the host's own statement was stopped after the extension had finished. SQLite
** asks the handler once more when that statement has its row; then the row is lost, but
** the restore is done.
*/
static bool behind_the_end;

static int step_handler(void *connection) {
  if (!faults_strike(&stop)) return 0;
  int busy = 0;
  for (sqlite3_stmt *s = NULL; (s = sqlite3_next_stmt(connection, s)) != NULL;) busy += sqlite3_stmt_busy(s);
  if (stop.hits == 1) behind_the_end = busy == 1;
  return 1;
}

static int authorizer(void *unused, int action, const char *a, const char *b, const char *schema,
                      const char *trigger) {
  (void)unused, (void)a, (void)b, (void)schema, (void)trigger;
  if (!faults_strike(&stop)) return SQLITE_OK;
  last_action = action;
  return authorizer_answer;
}

/* Run with the handler or authorizer that was set up, remove it, and check. */
static void run_and_check(trial *t, sqlite3 *db, int figure, const char *where) {
  static outcome out;
  trial_run(t, db, &out);
  long hits = stop.hits;
  stop.armed = false;
  sqlite3_progress_handler(db, 0, NULL, NULL);
  sqlite3_set_authorizer(db, NULL, NULL);
  long before = t->rolled_back;
  bool row_lost = figure == STEPS && behind_the_end && out.rc == SQLITE_INTERRUPT;
  bool leaves_something = t->op->effect == WRITES || t->op->flags & WRITES_FILE;
  if (row_lost && leaves_something && trial_is_done(t, db)) out = t->expected;
  trial_check(t, db, &out, true, where);
  figures[figure].runs++;
  figures[figure].stopped += hits > 0 && out.rc != SQLITE_OK;
  figures[figure].rolled_back += t->rolled_back - before;
  if (sqlite3_close(db) != SQLITE_OK) fail_msg("%s: the connection does not close", where);
}

static void stop_at_each_step(const operation *op, bool inside, bool for_good) {
  trial t;
  char where[256];
  uint64_t random = strlen(op->name);
  if (!trial_begin(&t, op, inside)) return;
  for (long n = 1;; n = suite_next(n, &random)) {
    snprintf(where, sizeof where, "%s%s: step %ld%s", op->name, inside ? " in a transaction" : "", n,
             for_good ? " for good" : "");
    sqlite3 *db = trial_open(&t, NULL, NULL);
    faults_arm(&stop, n, for_good);
    behind_the_end = false;
    sqlite3_progress_handler(db, 1, step_handler, db);
    run_and_check(&t, db, STEPS, where);
    if (stop.hits == 0) break;
    if (is_long() && n > 3000) n += n / 500; /* the same loops over and over */
  }
  trial_end(&t);
}

/*
** SQLite skips what an authorizer ignores without an error: a column reads as NULL, an
** UPDATE leaves a column alone, a SELECT returns no rows. So the extension must only not
** crash, leave nothing open, and change nothing if it fails.
*/
static void check_ignored(trial *t, sqlite3 *db, const char *where) {
  static outcome out;
  trial_run(t, db, &out);
  stop.armed = false;
  sqlite3_set_authorizer(db, NULL, NULL);
  check_sound(db, where);
  if (!sqlite3_get_autocommit(db) != t->inside) fail_msg("%s: the transaction's state has changed", where);
  uint64_t now = picture(db);
  bool some_done = t->op->flags & COMMITS_EACH;
  if (out.rc != SQLITE_OK && now != t->before && !some_done)
    fail_msg("%s (action %d): failed, and has changed rows", where, last_action);
  figures[IGNORED].runs++;
  figures[IGNORED].stopped += out.rc != SQLITE_OK && stop.hits > 0;
  if (sqlite3_close(db) != SQLITE_OK) fail_msg("%s: the connection does not close", where);
}

static void deny_each(const operation *op, bool inside, int answer) {
  trial t;
  char where[256];
  uint64_t random = strlen(op->name);
  if (!trial_begin(&t, op, inside)) return;
  for (long n = 1;; n = suite_next(n, &random)) {
    snprintf(where, sizeof where, "%s%s: authorizer's question %ld, answered by %d", op->name,
             inside ? " in a transaction" : "", n, answer);
    sqlite3 *db = trial_open(&t, NULL, NULL);
    authorizer_answer = answer;
    faults_arm(&stop, n, false);
    sqlite3_set_authorizer(db, authorizer, NULL);
    if (answer == SQLITE_IGNORE)
      check_ignored(&t, db, where);
    else
      run_and_check(&t, db, DENIALS, where);
    if (stop.hits == 0) break;
  }
  trial_end(&t);
}

/* Another thread, which interrupts after a random time. It spins, because these are microseconds. */
typedef struct interrupter {
  sqlite3 *db;
  atomic_bool runs; /* macOS has no barriers */
  double wait;
} interrupter;

static double seconds(void) {
  struct timespec now;
  clock_gettime(CLOCK_MONOTONIC, &now);
  return (double)now.tv_sec + (double)now.tv_nsec / 1e9;
}

static void *interrupt_later(void *argument) {
  interrupter *i = argument;
  atomic_store(&i->runs, true);
  double until = seconds() + i->wait;
  while (seconds() < until) {
  }
  sqlite3_interrupt(i->db);
  return NULL;
}

/* Repeat until this many interrupts have come in time. */
static void interrupt_at_random(const operation *op, bool inside, long times) {
  static uint64_t random = 42;
  static outcome out;
  trial t;
  if (!trial_begin(&t, op, inside)) return;
  sqlite3 *db = trial_open(&t, NULL, NULL);
  double start = seconds();
  trial_run(&t, db, &out);
  double length = seconds() - start;
  sqlite3_close(db);
  long stopped = 0;
  for (long n = 0; n < 10 * times && stopped < times; n++) {
    pthread_t thread;
    db = trial_open(&t, NULL, NULL);
    interrupter i = {db, false, length * 1.2 * (double)(next_random(&random) % 1000000) / 1e6};
    assert_int_equal(pthread_create(&thread, NULL, interrupt_later, &i), 0);
    while (!atomic_load(&i.runs)) sched_yield();
    trial_run(&t, db, &out);
    pthread_join(thread, NULL);
    trial_check(&t, db, &out, true, op->name);
    figures[INTERRUPTS].runs++;
    stopped += out.rc == SQLITE_INTERRUPT;
    figures[INTERRUPTS].stopped += out.rc == SQLITE_INTERRUPT;
    if (sqlite3_close(db) != SQLITE_OK) fail_msg("%s: the connection does not close", op->name);
  }
  figures[INTERRUPTS].rolled_back += t.rolled_back;
  trial_end(&t);
}

static void interrupted_from_another_thread(void **state) {
  for (int inside = 0; inside < 2; inside++) interrupt_at_random(*state, inside, is_long() ? 20 : 2);
}

static void stopped_by_the_progress_handler(void **state) {
  for (int inside = 0; inside < 2; inside++) {
    stop_at_each_step(*state, inside, false);
    stop_at_each_step(*state, inside, true);
  }
}

static void denied_by_the_authorizer(void **state) {
  for (int inside = 0; inside < 2; inside++) deny_each(*state, inside, SQLITE_DENY);
}

/* SQLite generates code with jumps to nowhere and registers that are not there where a SELECT or a part of a trigger is
** ignored, as its own assertions notice: `SELECT EXISTS(SELECT 1 FROM t)` alone is enough. */
static void ignored_by_the_authorizer(void **state) {
  if (sqlite3_compileoption_used("DEBUG")) skip();
  for (int inside = 0; inside < 2; inside++) deny_each(*state, inside, SQLITE_IGNORE);
}

static int say(void **state) {
  (void)state;
  for (size_t i = 0; i < sizeof figures / sizeof *figures; i++)
    printf("%s: %ld runs, %ld stopped; %ld times SQLite rolled back the caller's transaction\n",
           figures[i].what, figures[i].runs, figures[i].stopped, figures[i].rolled_back);
  return 0;
}

int main(void) {
  suite_add("interrupted", interrupted_from_another_thread, NULL);
  suite_add("stopped", stopped_by_the_progress_handler, NULL);
  suite_add("denied", denied_by_the_authorizer, NULL);
  suite_add("ignored", ignored_by_the_authorizer, NULL);
  return suite_run("stop", say);
}
