/*
** test_statements.c: a host that looks at its connection's statements.
**
** Between two steps of any operation the connection has no statement but the host's own.
** So a host that finalizes everything that sqlite3_next_stmt() returns, as some do before
** they close, finds none of ours. A comparison of many rows works in pieces, each of
** which prepares its statements again.
*/
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "suite.h"
#include "trial.h"

#include <stdio.h>

static long steps;

static int statements_but(sqlite3 *db, sqlite3_stmt *own) {
  int count = 0;
  for (sqlite3_stmt *stmt = NULL; (stmt = sqlite3_next_stmt(db, stmt)) != NULL;) count += stmt != own;
  return count;
}

static void none_is_open_between_two_steps(void **state) {
  const operation *op = *state;
  if (op->flags & (READS_FILE | WRITES_FILE)) return;
  sqlite3_int64 size;
  unsigned char *image = operation_image(op, &size);
  sqlite3 *db = operation_open_memory(op, image, size);
  sqlite3_stmt *stmt;
  assert_int_equal(sqlite3_prepare_v2(db, op->sql, -1, &stmt, NULL), SQLITE_OK);
  if (op->document) sqlite3_bind_text(stmt, 1, op->document, -1, SQLITE_STATIC);
  while (sqlite3_step(stmt) == SQLITE_ROW) {
    assert_int_equal(statements_but(db, stmt), 0);
    steps++;
  }
  sqlite3_finalize(stmt);
  assert_int_equal(sqlite3_close(db), SQLITE_OK);
  sqlite3_free(image);
}

/* 5,000 rows that the document does not have, and a statement that has stopped in the middle of them. */
static sqlite3 *open_with_many_rows(sqlite3_stmt **diff, int first) {
  static const char empty[] = "{\"schemaVersion\":\"1\",\"data\":{}}";
  const operation *op = &operations[0];
  sqlite3_int64 size;
  unsigned char *image = operation_image(op, &size);
  sqlite3 *db = operation_open_memory(op, image, size);
  sqlite3_free(image);
  must(db, "WITH n(i) AS (SELECT 1 UNION ALL SELECT i+1 FROM n WHERE i<5000)"
           " INSERT INTO tags SELECT 'k'||i,'n'||i FROM n");
  assert_int_equal(sqlite3_prepare_v2(db, "SELECT * FROM strata_backup_diff(?1)", -1, diff, NULL), SQLITE_OK);
  sqlite3_bind_text(*diff, 1, empty, -1, SQLITE_STATIC);
  for (int i = 0; i < first; i++) assert_int_equal(sqlite3_step(*diff), SQLITE_ROW);
  return db;
}

static void a_long_comparison_holds_none_either(void **state) {
  (void)state;
  sqlite3_stmt *diff;
  sqlite3 *db = open_with_many_rows(&diff, 1);
  int rows = 1;
  while (sqlite3_step(diff) == SQLITE_ROW) {
    assert_int_equal(statements_but(db, diff), 0);
    rows++;
  }
  assert_int_equal(rows, 5011);
  sqlite3_finalize(diff);
  assert_int_equal(sqlite3_close(db), SQLITE_OK);
}

static void a_host_may_finalize_all_that_there_is(void **state) {
  (void)state;
  for (int first = 1; first < 3000; first += 700) {
    sqlite3_stmt *diff, *stmt;
    sqlite3 *db = open_with_many_rows(&diff, first);
    while ((stmt = sqlite3_next_stmt(db, NULL)) != NULL) sqlite3_finalize(stmt);
    assert_int_equal(sqlite3_close(db), SQLITE_OK);
  }
}

/* Statements that are prepared in between get the memory that ours had. */
static void a_host_may_finalize_and_prepare_others(void **state) {
  (void)state;
  sqlite3_stmt *diff, *stmt, *next;
  sqlite3 *db = open_with_many_rows(&diff, 10);
  int rows = 10, rc;
  do {
    for (stmt = sqlite3_next_stmt(db, NULL); stmt; stmt = next) {
      next = sqlite3_next_stmt(db, stmt);
      if (stmt != diff) sqlite3_finalize(stmt);
    }
    assert_int_equal(sqlite3_prepare_v2(db, "SELECT 1 FROM tags", -1, &stmt, NULL), SQLITE_OK);
    rc = sqlite3_step(diff);
    rows += rc == SQLITE_ROW;
  } while (rc == SQLITE_ROW);
  assert_int_equal(rows, 5011);
  while ((stmt = sqlite3_next_stmt(db, NULL)) != NULL) sqlite3_finalize(stmt);
  assert_int_equal(sqlite3_close(db), SQLITE_OK);
}

static int say(void **state) {
  (void)state;
  printf("statements: looked at after %ld rows\n", steps);
  return 0;
}

int main(void) {
  suite_add("none of ours between", none_is_open_between_two_steps, NULL);
  suite_add_one("a long comparison", a_long_comparison_holds_none_either, NULL);
  suite_add_one("finalizing all", a_host_may_finalize_all_that_there_is, NULL);
  suite_add_one("finalizing and preparing", a_host_may_finalize_and_prepare_others, NULL);
  return suite_run("statements", say);
}
