/*
** test_context.c: arrays that grow, and asking whether a call is to stop.
*/
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <string.h>

#include "context.h"

static void an_array_grows_and_keeps_its_items(void **state) {
  (void)state;
  strata_context ctx;
  uint64_t *items = NULL;
  size_t room = 0, moves = 0;
  strata_context_begin(&ctx, NULL);
  for (size_t i = 0; i < 100000; i++) {
    size_t before = room;
    assert_true(strata_grow(&ctx, &items, &room, i + 1, sizeof *items));
    moves += room != before;
    assert_true(room > i);
    items[i] = i * 3;
  }
  for (size_t i = 0; i < 100000; i++) assert_int_equal(items[i], i * 3);
  assert_true(moves < 20);
  sqlite3_free(items);
}

static void an_array_grows_to_any_size_at_once(void **state) {
  (void)state;
  strata_context ctx;
  char *bytes = NULL;
  size_t room = 0;
  strata_context_begin(&ctx, NULL);
  assert_true(strata_grow(&ctx, &bytes, &room, 0, 1));
  assert_null(bytes);
  assert_true(strata_grow(&ctx, &bytes, &room, 1000003, 1));
  assert_true(room >= 1000003);
  bytes[1000002] = 'x';
  assert_true(strata_grow(&ctx, &bytes, &room, 1000004, 1));
  assert_int_equal(bytes[1000002], 'x');
  sqlite3_free(bytes);
}

/* Neither the number of items nor the number of bytes may overflow. */
static void a_size_that_cannot_be_is_out_of_memory(void **state) {
  (void)state;
  static const struct {
    size_t room, needed, size;
  } cases[] = {{0, SIZE_MAX, 1},         {0, SIZE_MAX / 8 + 1, 8},
               {0, SIZE_MAX / 2 + 2, 2}, {SIZE_MAX / 2 + 1, SIZE_MAX / 2 + 2, 2},
               {0, SIZE_MAX / 24, 24},   {SIZE_MAX / 24, SIZE_MAX / 24 + 1, 24}};
  for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
    strata_context ctx;
    char *items = NULL;
    size_t room = cases[i].room;
    strata_context_begin(&ctx, NULL);
    assert_false(strata_grow(&ctx, &items, &room, cases[i].needed, cases[i].size));
    assert_int_equal(ctx.rc, SQLITE_NOMEM);
    assert_null(items);
    assert_int_equal(room, cases[i].room);
    strata_context_end(&ctx);
  }
}

static void after_an_error_nothing_grows(void **state) {
  (void)state;
  strata_context ctx;
  char *items = NULL;
  size_t room = 0;
  strata_context_begin(&ctx, NULL);
  strata_fail(&ctx, SQLITE_ERROR, "something else");
  assert_false(strata_grow(&ctx, &items, &room, 1, 1));
  assert_int_equal(ctx.rc, SQLITE_ERROR);
  strata_context_end(&ctx);
}

static int stop(void *calls) {
  ++*(int *)calls;
  return 1;
}

static void interrupt(sqlite3_context *sql, int argc, sqlite3_value **argv) {
  (void)argc, (void)argv;
  strata_context ctx;
  strata_context_begin(&ctx, sqlite3_context_db_handle(sql));
  strata_check_interrupt(&ctx);
  assert_int_equal(ctx.rc, SQLITE_OK);
  sqlite3_interrupt(ctx.db);
  for (int i = 0; i < 256; i++) {
    assert_int_equal(ctx.rc, SQLITE_OK);
    strata_check_interrupt_often(&ctx);
  }
  assert_int_equal(ctx.rc, SQLITE_INTERRUPT);
  assert_string_equal(ctx.message, "interrupted");
  strata_context_close_statement(&ctx);
  assert_null(ctx.pulse);
  strata_result_error(&ctx, sql);
  strata_context_end(&ctx);
}

static void a_pulse_asks_the_progress_handler_and_sees_an_interrupt(void **state) {
  (void)state;
  sqlite3 *db;
  int calls = 0;
  strata_context ctx;
  assert_int_equal(sqlite3_open(":memory:", &db), SQLITE_OK);
  strata_context_begin(&ctx, db);
  strata_check_interrupt(&ctx);
  sqlite3_progress_handler(db, 1000, stop, &calls);
  for (int i = 0; i < 20 && ctx.rc == SQLITE_OK; i++) strata_check_interrupt(&ctx);
  assert_int_equal(ctx.rc, SQLITE_INTERRUPT);
  assert_int_equal(calls, 1);
  strata_check_interrupt(&ctx);
  assert_int_equal(calls, 1);
  strata_context_end(&ctx);
  sqlite3_progress_handler(db, 0, NULL, NULL);
  sqlite3_create_function(db, "interrupt", 0, SQLITE_UTF8, NULL, interrupt, NULL, NULL);
  assert_int_equal(sqlite3_exec(db, "SELECT interrupt()", NULL, NULL, NULL), SQLITE_INTERRUPT);
  assert_int_equal(sqlite3_close(db), SQLITE_OK);
}

static int deny(void *unused, int action, const char *a, const char *b, const char *c, const char *d) {
  (void)unused, (void)a, (void)b, (void)c, (void)d;
  return action == SQLITE_SELECT ? SQLITE_DENY : SQLITE_OK;
}

static void where_nobody_can_be_asked_the_call_goes_on(void **state) {
  (void)state;
  sqlite3 *db;
  strata_context ctx;
  assert_int_equal(sqlite3_open(":memory:", &db), SQLITE_OK);
  sqlite3_set_authorizer(db, deny, NULL);
  strata_context_begin(&ctx, db);
  strata_check_interrupt(&ctx);
  strata_check_interrupt(&ctx);
  assert_int_equal(ctx.rc, SQLITE_OK);
  strata_context_end(&ctx);
  assert_int_equal(sqlite3_close(db), SQLITE_OK);
  strata_context_begin(&ctx, NULL);
  strata_check_interrupt(&ctx);
  assert_int_equal(ctx.rc, SQLITE_OK);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(an_array_grows_and_keeps_its_items),
      cmocka_unit_test(an_array_grows_to_any_size_at_once),
      cmocka_unit_test(a_size_that_cannot_be_is_out_of_memory),
      cmocka_unit_test(after_an_error_nothing_grows),
      cmocka_unit_test(a_pulse_asks_the_progress_handler_and_sees_an_interrupt),
      cmocka_unit_test(where_nobody_can_be_asked_the_call_goes_on),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
