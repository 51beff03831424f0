/*
** test_limits.c: a host with very low limits, or with SQLite's defences switched on.
**
** Every operation of operations.c under each limit of sqlite3_limit(), from 0
** up to where it works; with SQLITE_DBCONFIG_DEFENSIVE and an untrusted schema;
** with triggers and views switched off. A limit that is too low is an error, with the
** promises of trial.h, and the limits stay as they were.
**
** The quick form takes larger steps and half of the variants; STRATA_LONG=1 takes all.
*/
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "suite.h"
#include "trial.h"

#include <stdio.h>
#include <string.h>

static const struct {
  int id;
  const char *name;
  int lowest, enough; /* the values to try: from the first, until the second */
} limits[] = {
    {SQLITE_LIMIT_LENGTH, "LENGTH", 1, 100000},
    {SQLITE_LIMIT_SQL_LENGTH, "SQL_LENGTH", 1, 100000},
    {SQLITE_LIMIT_COLUMN, "COLUMN", 1, 200},
    {SQLITE_LIMIT_EXPR_DEPTH, "EXPR_DEPTH", 1, 50},
    {SQLITE_LIMIT_COMPOUND_SELECT, "COMPOUND_SELECT", 1, 10},
    {SQLITE_LIMIT_VDBE_OP, "VDBE_OP", 1, 10000},
    {SQLITE_LIMIT_FUNCTION_ARG, "FUNCTION_ARG", 0, 8},
    {SQLITE_LIMIT_ATTACHED, "ATTACHED", 0, 4},
    {SQLITE_LIMIT_LIKE_PATTERN_LENGTH, "LIKE_PATTERN_LENGTH", 0, 50},
    {SQLITE_LIMIT_VARIABLE_NUMBER, "VARIABLE_NUMBER", 0, 100},
    {SQLITE_LIMIT_TRIGGER_DEPTH, "TRIGGER_DEPTH", 0, 4},
    {SQLITE_LIMIT_WORKER_THREADS, "WORKER_THREADS", 0, 1},
};

static long runs, refused;

/* A check may report in a row what a limit forbids, because the restore would fail in the same way. */
static bool says_too_little(const trial *t, const outcome *out) {
  return out->rc == SQLITE_OK && t->op->needs && strcmp(t->op->needs, "strata_restore_check") == 0 &&
         strcmp(out->text, t->expected.text) != 0 &&
         (strstr(out->text, "too ") || strstr(out->text, "must be between") || strstr(out->text, "LIMIT"));
}

static void run_and_check(trial *t, sqlite3 *db, int limit, int before, const char *where) {
  static outcome out;
  trial_run(t, db, &out);
  sqlite3_limit(db, limit, before);
  if (says_too_little(t, &out)) {
    out = t->expected;
    refused++;
  }
  trial_check(t, db, &out, true, where);
  runs++;
  refused += out.rc != SQLITE_OK && t->op->effect != REFUSED;
  if (sqlite3_close(db) != SQLITE_OK) fail_msg("%s: the connection does not close", where);
}

static void under_each_limit(void **state) {
  const operation *op = *state;
  char where[256];
  for (int inside = 0; inside < 2; inside++) {
    trial t;
    if (!is_long() && inside != (int)(strlen(op->name) % 2)) continue;
    if (!trial_begin(&t, op, inside)) continue;
    for (size_t i = 0; i < sizeof limits / sizeof *limits; i++) {
      for (int value = limits[i].lowest; value < limits[i].enough;
           value += is_long() ? 1 + value / 20 : 1 + value * 2) {
        snprintf(where, sizeof where, "%s%s: SQLITE_LIMIT_%s %d", op->name, inside ? " in a transaction" : "",
                 limits[i].name, value);
        sqlite3 *db = trial_open(&t, NULL, NULL);
        int before = sqlite3_limit(db, limits[i].id, value);
        run_and_check(&t, db, limits[i].id, before, where);
      }
    }
    trial_end(&t);
  }
}

/* A host that follows sqlite.org's advice for untrusted databases loses nothing. */
static void on_a_connection_that_defends_itself(void **state) {
  const operation *op = *state;
  trial t;
  if (!trial_begin(&t, op, false)) return;
  sqlite3 *db = trial_open(&t, NULL, NULL);
  sqlite3_db_config(db, SQLITE_DBCONFIG_DEFENSIVE, 1, (int *)NULL);
  sqlite3_db_config(db, SQLITE_DBCONFIG_TRUSTED_SCHEMA, 0, (int *)NULL);
  sqlite3_db_config(db, SQLITE_DBCONFIG_ENABLE_VIEW, 0, (int *)NULL);
  sqlite3_db_config(db, SQLITE_DBCONFIG_DQS_DML, 0, (int *)NULL);
  sqlite3_db_config(db, SQLITE_DBCONFIG_DQS_DDL, 0, (int *)NULL);
  must(db, "PRAGMA cell_size_check=ON");
  static outcome out;
  t.settings = settings(db);
  trial_run(&t, db, &out);
  if (op->effect != REFUSED) assert_int_equal(out.rc, SQLITE_OK);
  trial_check(&t, db, &out, false, op->name);
  assert_int_equal(sqlite3_close(db), SQLITE_OK);
  trial_end(&t);
}

static int say(void **state) {
  (void)state;
  printf("limits: %ld runs, %ld refused\n", runs, refused);
  return 0;
}

int main(void) {
  suite_add("limited", under_each_limit, NULL);
  suite_add("defended", on_a_connection_that_defends_itself, NULL);
  return suite_run("limits", say);
}
