/*
** test_out_of_memory.c: memory runs out, at each allocation in turn.
**
** For every operation of operations.c, in autocommit and inside a transaction
** of the caller's: the Nth allocation fails, for N = 1, 2, 3 … until a run
** meets no failure; once with that one failing alone, and once with all after
** it failing too. First the allocations of SQLite (from which the extension takes all of
** its own), then those of cJSON. Built with interpose.c, this program makes malloc()
** itself fail, whoever calls it.
**
** The quick form takes ever larger steps, which differ by operation; the long form
** (STRATA_LONG=1) takes every N.
*/
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "memory_faults.h"
#include "strata.h"
#include "suite.h"
#include "trial.h"
#ifdef STRATA_INTERPOSE
#include "interpose.h"
#include <cjson/cJSON.h>
#else
static long libc_live; /* not counted */
#endif

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static long runs, failures, deepest, rolled_back;

/* Fail every Nth allocation of one operation. */
static void exhaust(const operation *op, bool inside, faults *memory, bool for_good) {
  trial t;
  outcome out;
  char where[256];
  uint64_t random = (uint64_t)strlen(op->name) * 977 + inside * 2u + for_good;
  if (!trial_begin(&t, op, inside)) return;
  for (long n = 1;; n = suite_next(n, &random)) {
    snprintf(where, sizeof where, "%s%s: allocation %ld%s", op->name, inside ? " in a transaction" : "", n,
             for_good ? " and all after it" : "");
    sqlite3_int64 used = sqlite3_memory_used();
    long live = cjson_live + libc_live;
    sqlite3 *db = trial_open(&t, NULL, NULL);
    faults_arm(memory, n, for_good);
    trial_run(&t, db, &out);
    memory->armed = false;
    trial_check(&t, db, &out, true, where);
    if (sqlite3_close(db) != SQLITE_OK) fail_msg("%s: the connection does not close", where);
    if (sqlite3_memory_used() != used) fail_msg("%s: %lld bytes leaked", where, sqlite3_memory_used() - used);
    if (cjson_live + libc_live != live)
      fail_msg("%s: %ld blocks of malloc() leaked", where, cjson_live + libc_live - live);
    runs++;
    if (memory->hits == 0) break;
    failures++;
    if (n > deepest) deepest = n;
  }
  rolled_back += t.rolled_back;
  trial_end(&t);
}

static void exhaust_in_each_form(const operation *op, faults *memory) {
  bool odd = strlen(op->name) % 2 != 0; /* the quick form takes half of the forms, other ones by turns */
  for (int inside = 0; inside < 2; inside++) {
    if (is_long() || inside == odd) exhaust(op, inside, memory, false);
    if (is_long() || inside != odd) exhaust(op, inside, memory, true);
  }
}

static int say(void **state) {
  (void)state;
  printf("out of memory: %ld runs, %ld met a failure, the last at allocation %ld; %ld times SQLite rolled "
         "back the "
         "caller's transaction\n",
         runs, failures, deepest, rolled_back);
  return 0;
}

#ifdef STRATA_INTERPOSE

static void malloc_fails(void **state) {
  exhaust_in_each_form(*state, &libc_memory);
}

#else

static void sqlite_has_no_memory(void **state) {
  exhaust_in_each_form(*state, &sqlite_memory);
}

static void cjson_has_no_memory(void **state) {
  exhaust_in_each_form(*state, &cjson_memory);
}

/* Registering succeeds or fails as a whole; after a failure it can be tried again on the same connection. */
static void registering_without_memory_fails_and_can_be_repeated(void **state) {
  (void)state;
  for (long n = 1;; n++) {
    sqlite3 *db;
    char *error = NULL;
    sqlite3_int64 used = sqlite3_memory_used();
    assert_int_equal(sqlite3_open(":memory:", &db), SQLITE_OK);
    faults_arm(&sqlite_memory, n, n % 2);
    int rc = sqlite3_strata_init(db, &error, NULL);
    sqlite_memory.armed = false;
    sqlite3_free(error);
    if (rc != SQLITE_OK) assert_int_equal(sqlite3_strata_init(db, &error, NULL), SQLITE_OK);
    must(db, "SELECT strata_version()");
    assert_int_equal(sqlite3_close(db), SQLITE_OK);
    assert_int_equal(sqlite3_memory_used(), used);
    if (sqlite_memory.hits == 0) break;
  }
}

#endif

int main(void) {
  memory_faults_install();
  sqlite3_initialize();
#ifdef STRATA_INTERPOSE
  cJSON_InitHooks(NULL);
  suite_add("malloc() fails", malloc_fails, NULL);
#else
  suite_add_one("registering without memory", registering_without_memory_fails_and_can_be_repeated, NULL);
  suite_add("SQLite has no memory", sqlite_has_no_memory, NULL);
  suite_add("cJSON has no memory", cjson_has_no_memory, NULL);
#endif
  return suite_run("out of memory", say);
}
