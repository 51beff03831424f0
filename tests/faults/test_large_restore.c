/*
** test_large_restore.c: memory runs out in a restore that is large enough for a larger page
** cache (page_cache.h).
**
** As in test_out_of_memory.c the Nth allocation fails, alone or with all after it. Such a
** restore makes so many that the long form, too, takes larger and larger steps.
**
** Only an error of SQLite's own can leave the larger cache behind, because then SQLite parses
** nothing any more. That happens here, or the test would not know the difference.
*/
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "memory_faults.h"
#include "suite.h"
#include "trial.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define ROWS 10000
#define DEFAULT_SIZE "PRAGMA cache_size=-2000" /* SQLite's own, unless it was compiled with another */

static long runs, kept;

static char *write_document(void) {
  sqlite3_str *str = sqlite3_str_new(NULL);
  sqlite3_str_appendall(str, "{\"schemaVersion\":\"1\",\"data\":{\"tags\":[");
  for (int i = 0; i < ROWS; i++)
    sqlite3_str_appendf(str, "%s\n{\"id\":\"t%d\",\"name\":\"%d\"}", i ? "," : "", i, i);
  sqlite3_str_appendall(str, "]}}");
  return sqlite3_str_finish(str);
}

static int cache_size(sqlite3 *db) {
  sqlite3_stmt *stmt;
  assert_int_equal(sqlite3_prepare_v2(db, "PRAGMA cache_size", -1, &stmt, NULL), SQLITE_OK);
  assert_int_equal(sqlite3_step(stmt), SQLITE_ROW);
  int size = sqlite3_column_int(stmt, 0);
  sqlite3_finalize(stmt);
  return size;
}

static long next(long n, uint64_t *random) {
  long least = is_long() ? n / 64 : n / 8, spread = is_long() ? n / 64 : n / 4;
  return n + 1 + least + (long)(next_random(random) % (uint64_t)(spread + 1));
}

static void exhaust(const char *mode, bool inside, bool for_good) {
  trial t;
  outcome out;
  char where[256], sql[100];
  snprintf(sql, sizeof sql, "SELECT strata_restore_json(?1,'%s')", mode);
  char *document = write_document();
  operation op = {
      .name = "large", .effect = WRITES, .sql = sql, .document = document, .session = DEFAULT_SIZE};
  uint64_t random = 4 + inside * 2u + for_good;
  assert_true(trial_begin(&t, &op, inside));
  for (long n = 1;; n = next(n, &random)) {
    snprintf(where, sizeof where, "%s%s: allocation %ld%s", mode, inside ? " in a transaction" : "", n,
             for_good ? " and all after it" : "");
    sqlite3_int64 used = sqlite3_memory_used();
    sqlite3 *db = trial_open(&t, NULL, NULL);
    faults_arm(&sqlite_memory, n, for_good);
    trial_run(&t, db, &out);
    sqlite_memory.armed = false;
    int size = cache_size(db);
    if (size != -2000 && out.rc != SQLITE_NOMEM) fail_msg("%s: the page cache has the size %d", where, size);
    kept += size != -2000;
    must(db, DEFAULT_SIZE);
    trial_check(&t, db, &out, false, where);
    assert_int_equal(sqlite3_close(db), SQLITE_OK);
    if (sqlite3_memory_used() != used) fail_msg("%s: %lld bytes leaked", where, sqlite3_memory_used() - used);
    runs++;
    if (sqlite_memory.hits == 0) break;
  }
  trial_end(&t);
  sqlite3_free(document);
}

static void replace(void **state) {
  (void)state;
  exhaust("replace", false, false);
  exhaust("replace", true, true);
}

static void merge(void **state) {
  (void)state;
  exhaust("merge", true, false);
  exhaust("merge", false, true);
}

static int say(void **state) {
  (void)state;
  printf("large restores: %ld runs; in %ld SQLite had no memory and kept the larger page cache\n", runs,
         kept);
  return 0;
}

int main(void) {
  memory_faults_install();
  sqlite3_initialize();
  suite_add_one("replace", replace, NULL);
  suite_add_one("merge", merge, NULL);
  return suite_run("large restores", say);
}
