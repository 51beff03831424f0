/*
** test_row_set.c: sets of rows by number, compared with a plain list; and the spool, which
** keeps pieces in order.
*/
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "row_set.h"
#include "spool.h"

#include <sqlite3.h>
#include <stdlib.h>
#include <string.h>

#define COUNT 2000

static uint64_t random_state = 20260131;

static uint64_t next_random(void) {
  random_state = random_state * 6364136223846793005u + 1442695040888963407u;
  return random_state >> 11;
}

static bool is_in(const sqlite3_int64 *list, int count, sqlite3_int64 number) {
  for (int i = 0; i < count; i++) {
    if (list[i] == number) return true;
  }
  return false;
}

/* Numbers from `lowest` on, at most `step` apart, of which every other one is added. */
static void check_set(sqlite3_int64 lowest, uint64_t step) {
  static sqlite3_int64 all[COUNT], added[COUNT];
  strata_context ctx;
  strata_context_begin(&ctx, NULL);
  strata_row_set set = {0};
  uint64_t number = (uint64_t)lowest;
  for (int i = 0; i < COUNT; i++, number += 1 + next_random() % step) all[i] = (sqlite3_int64)number;
  strata_row_set_begin(&set, &ctx, all[0], all[COUNT - 1], COUNT);
  int count = 0;
  for (int i = 0; i < COUNT; i += 2) {
    strata_row_set_add(&set, &ctx, all[i]);
    strata_row_set_add(&set, &ctx, all[i]);
    added[count++] = all[i];
  }
  assert_int_equal(ctx.rc, SQLITE_OK);
  assert_int_equal(set.count, count);
  for (int i = 0; i < COUNT; i++) {
    for (int near = -1; near <= 1; near++) {
      sqlite3_int64 asked = (sqlite3_int64)((uint64_t)all[i] + (uint64_t)near);
      assert_int_equal(strata_row_set_has(&set, asked), is_in(added, count, asked));
    }
  }
  strata_row_set_free(&set);
  strata_context_end(&ctx);
}

static void close_together(void **state) {
  (void)state;
  check_set(1, 1);
  check_set(-COUNT / 2, 3);
  check_set(INT64_MIN, 2);
  check_set(INT64_MAX - 40 * COUNT, 10);
}

static void far_apart(void **state) {
  (void)state;
  check_set(-5, 100000);
  check_set(INT64_MIN, UINT64_MAX / COUNT - 2);
}

static void a_wide_table_with_many_rows_has_a_bitmap(void **state) {
  (void)state;
  strata_context ctx;
  strata_context_begin(&ctx, NULL);
  strata_row_set set = {0};
  strata_row_set_begin(&set, &ctx, 1, 100000, 2000);
  assert_non_null(set.bits);
  strata_row_set_add(&set, &ctx, 100000);
  assert_true(strata_row_set_has(&set, 100000));
  assert_false(strata_row_set_has(&set, 99999));
  strata_row_set_free(&set);
  strata_context_end(&ctx);
}

/* Rows that were added after the count do not fill the last slots, without which a search would not end. */
static void more_numbers_than_were_announced(void **state) {
  (void)state;
  strata_context ctx;
  strata_context_begin(&ctx, NULL);
  strata_row_set set = {0};
  strata_row_set_begin(&set, &ctx, 1, INT64_MAX, 10);
  for (int i = 1; i <= 1000; i++) strata_row_set_add(&set, &ctx, i);
  assert_true(set.count >= 10 && (size_t)set.count < set.slot_count);
  assert_true(strata_row_set_has(&set, 10));
  assert_false(strata_row_set_has(&set, 1000));
  strata_row_set_free(&set);
  strata_context_end(&ctx);
}

static void with_zero_among_numbers_far_apart(void **state) {
  (void)state;
  strata_context ctx;
  strata_context_begin(&ctx, NULL);
  strata_row_set set = {0};
  strata_row_set_begin(&set, &ctx, INT64_MIN, INT64_MAX, 3);
  assert_false(strata_row_set_has(&set, 0));
  strata_row_set_add(&set, &ctx, 0);
  strata_row_set_add(&set, &ctx, INT64_MIN);
  strata_row_set_add(&set, &ctx, INT64_MAX);
  assert_int_equal(set.count, 3);
  assert_true(strata_row_set_has(&set, 0));
  assert_true(strata_row_set_has(&set, INT64_MIN));
  assert_false(strata_row_set_has(&set, 1));
  strata_row_set_free(&set);
}

static void an_empty_set_and_what_is_beyond_its_ends(void **state) {
  (void)state;
  strata_context ctx;
  strata_context_begin(&ctx, NULL);
  strata_row_set set = {0};
  strata_row_set_begin(&set, &ctx, 0, -1, 0);
  strata_row_set_add(&set, &ctx, 7);
  assert_int_equal(set.count, 0);
  assert_false(strata_row_set_has(&set, 7));
  strata_row_set_begin(&set, &ctx, 10, 20, 11);
  strata_row_set_add(&set, &ctx, 9);
  strata_row_set_add(&set, &ctx, 21);
  strata_row_set_add(&set, &ctx, 20);
  assert_int_equal(set.count, 1);
  assert_int_equal(ctx.rc, SQLITE_OK);
  strata_row_set_free(&set);
}

/* More bits, or slots, than there is memory; on 32 bits more than a size_t can count. */
static void a_set_that_is_too_large_is_an_error(void **state) {
  (void)state;
  static const struct {
    sqlite3_int64 lowest, highest, rows;
  } sets[] = {
      {INT64_MIN, INT64_MAX, INT64_MAX},
      {0, INT64_MAX, INT64_MAX},
      {0, INT64_MAX, INT64_MAX / 64 - 1},
      {INT64_MIN, INT64_MAX, INT64_MAX / 32 - 1},
      {0, (sqlite3_int64)8 << 50, (sqlite3_int64)1 << 48},
  };
  for (size_t i = 0; i < sizeof sets / sizeof *sets; i++) {
    strata_context ctx;
    strata_context_begin(&ctx, NULL);
    strata_row_set set = {0};
    strata_row_set_begin(&set, &ctx, sets[i].lowest, sets[i].highest, sets[i].rows);
    assert_int_equal(ctx.rc, SQLITE_NOMEM);
    assert_false(strata_row_set_has(&set, 7));
    strata_row_set_free(&set);
    strata_context_end(&ctx);
  }
}

static void a_spool_gives_back_what_was_put_in_its_order(void **state) {
  (void)state;
  strata_context ctx;
  strata_context_begin(&ctx, NULL);
  strata_spool spool = {0};
  size_t length, put = 0, got = 0;
  static char piece[100000];
  assert_null(strata_spool_get(&spool, &ctx, &length));
  for (int round = 0; round < 3; round++) {
    for (int i = 0; i < 20; i++, put++) {
      memset(piece, (int)(put % 251), sizeof piece);
      strata_spool_put(&spool, &ctx, piece, 1 + put * 997 % sizeof piece);
    }
    for (const char *p; (p = strata_spool_get(&spool, &ctx, &length)) != NULL; got++) {
      assert_int_equal(length, 1 + got * 997 % sizeof piece);
      for (size_t i = 0; i < length; i += 991) assert_int_equal((unsigned char)p[i], got % 251);
    }
    assert_int_equal(got, put);
    assert_int_equal(ctx.rc, SQLITE_OK);
  }
  strata_spool_free(&spool);
}

/* Memory runs out at each allocation in turn, until a run has enough. */
static void a_spool_without_memory_is_an_error_and_leaves_nothing(void **state) {
  (void)state;
  static const char piece[20000] = "x";
  int failed = 0;
  for (sqlite3_int64 more = 1000;; more += 4000) {
    sqlite3_int64 used = sqlite3_memory_used();
    strata_context ctx;
    strata_context_begin(&ctx, NULL);
    strata_spool spool = {0};
    size_t length;
    sqlite3_hard_heap_limit64(used + more);
    for (int i = 0; i < 4; i++) strata_spool_put(&spool, &ctx, piece, sizeof piece);
    int pieces = 0;
    while (strata_spool_get(&spool, &ctx, &length)) pieces++;
    sqlite3_hard_heap_limit64(0);
    strata_spool_free(&spool);
    strata_context_end(&ctx);
    assert_int_equal(sqlite3_memory_used(), used);
    if (ctx.rc == SQLITE_OK) {
      assert_int_equal(pieces, 4);
      break;
    }
    assert_int_equal(ctx.rc, SQLITE_NOMEM);
    failed++;
  }
  assert_true(failed > 3);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(close_together),
      cmocka_unit_test(far_apart),
      cmocka_unit_test(a_wide_table_with_many_rows_has_a_bitmap),
      cmocka_unit_test(more_numbers_than_were_announced),
      cmocka_unit_test(with_zero_among_numbers_far_apart),
      cmocka_unit_test(an_empty_set_and_what_is_beyond_its_ends),
      cmocka_unit_test(a_set_that_is_too_large_is_an_error),
      cmocka_unit_test(a_spool_gives_back_what_was_put_in_its_order),
      cmocka_unit_test(a_spool_without_memory_is_an_error_and_leaves_nothing),
  };
  sqlite3_initialize();
  return cmocka_run_group_tests(tests, NULL, NULL);
}
