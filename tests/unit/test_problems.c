/*
** test_problems.c: what problems.h promises: of any number of problems it keeps those that
** come first in the document, in its order; a problem that is not collected becomes the
** context's error at once.
*/
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdlib.h>
#include <string.h>

#include "problems.h"
#include "reader.h"
#include "transaction.h"

static void add(strata_problems *problems, strata_context *ctx, uint64_t offset, const char *message) {
  strata_problem problem = {.offset = offset, .rc = SQLITE_ERROR};
  problem.path = sqlite3_mprintf("$");
  problem.message = sqlite3_mprintf("%s", message);
  strata_problems_add(problems, ctx, problem);
}

/* `count` problems, of which some are at one place, in an order that depends on `seed`. */
static void add_shuffled(strata_problems *problems, strata_context *ctx, int count, unsigned seed) {
  int *order = malloc((size_t)count * sizeof *order);
  for (int i = 0; i < count; i++) order[i] = i;
  for (int i = count - 1; i > 0 && seed; i--) {
    seed = seed * 1103515245u + 12345u;
    int j = (int)((seed >> 16) % (unsigned)(i + 1)), other = order[i];
    order[i] = order[j];
    order[j] = other;
  }
  for (int i = 0; i < count; i++) {
    char message[40];
    sqlite3_snprintf(sizeof message, message, "%d", i);
    add(problems, ctx, (uint64_t)order[i] / 3, message);
  }
  free(order);
}

/* What comes first in the document, and at one place what was found first. */
static void the_first_of_the_document_are_kept_in_its_order(void **state) {
  (void)state;
  for (int count = 0; count < 60; count++) {
    for (unsigned seed = 0; seed < 20; seed++) {
      strata_context ctx;
      strata_problems few = {.most = 7}, all = {.most = 1000};
      strata_context_begin(&ctx, NULL);
      add_shuffled(&few, &ctx, count, seed);
      add_shuffled(&all, &ctx, count, seed);
      assert_int_equal(few.found, count);
      assert_int_equal(few.count, count < 7 ? count : 7);
      assert_int_equal(all.count, count);
      strata_problems_sort(&few);
      strata_problems_sort(&all);
      for (size_t i = 0; i < all.count; i++) {
        const strata_problem *p = &all.items[i];
        if (i < few.count) assert_string_equal(few.items[i].message, p->message);
        if (i == 0) continue;
        assert_true(p[-1].offset <= p->offset);
        if (p[-1].offset == p->offset) assert_true(atoi(p[-1].message) < atoi(p->message));
      }
      assert_int_equal(ctx.rc, SQLITE_OK);
      strata_problems_clear(&few);
      strata_problems_clear(&all);
      assert_int_equal(few.found, 0);
    }
  }
}

static void those_without_a_place_come_last(void **state) {
  (void)state;
  strata_context ctx;
  strata_problems problems = {.most = 3};
  strata_context_begin(&ctx, NULL);
  assert_true(strata_problems_wants(&problems, UINT64_MAX));
  add(&problems, &ctx, UINT64_MAX, "nowhere");
  add(&problems, &ctx, 5, "five");
  add(&problems, &ctx, UINT64_MAX, "neither");
  assert_true(strata_problems_wants(&problems, UINT64_MAX));
  add(&problems, &ctx, 7, "seven");
  assert_true(strata_problems_wants(&problems, 8));
  add(&problems, &ctx, 6, "six");
  assert_true(strata_problems_wants(&problems, 7));
  assert_false(strata_problems_wants(&problems, 8));
  strata_problems_sort(&problems);
  assert_string_equal(problems.items[0].message, "five");
  assert_string_equal(problems.items[1].message, "six");
  assert_string_equal(problems.items[2].message, "seven");
  assert_int_equal(problems.found, 5);
  strata_problems_clear(&problems);
}

static void one_that_is_not_collected_is_the_error_at_once(void **state) {
  (void)state;
  strata_context ctx;
  strata_problems problems = {.most = 0};
  strata_context_begin(&ctx, NULL);
  strata_problem problem = {.offset = 3, .line = 2, .rc = SQLITE_CONSTRAINT_UNIQUE};
  problem.path = sqlite3_mprintf("$.a");
  problem.message = sqlite3_mprintf("first");
  strata_problems_add(&problems, &ctx, problem);
  add(&problems, &ctx, 1, "second");
  assert_int_equal(ctx.rc, SQLITE_CONSTRAINT_UNIQUE);
  assert_string_equal(ctx.message, "line 2: $.a: first");
  assert_int_equal(problems.count, 0);
  strata_context_end(&ctx);
}

static void no_memory_for_a_message_is_an_error(void **state) {
  (void)state;
  for (size_t most = 0; most < 2; most++) {
    strata_context ctx;
    strata_problems problems = {.most = most};
    strata_context_begin(&ctx, NULL);
    strata_problems_add(&problems, &ctx, (strata_problem){.offset = 1, .rc = SQLITE_ERROR});
    assert_int_equal(ctx.rc, SQLITE_NOMEM);
    assert_int_equal(problems.count, 0);
    strata_context_end(&ctx);
  }
}

/* A caller that forgets to check whether a restore has failed still cannot commit it. */
static void a_restore_that_has_failed_is_not_committed_by_omission(void **state) {
  (void)state;
  static const char document[] = "{\"schemaVersion\":\"1\",\n\"data\":{\"tags\":[{\"id\":\"a\"}]}}";
  sqlite3 *db;
  assert_int_equal(sqlite3_open(":memory:", &db), SQLITE_OK);
  assert_int_equal(sqlite3_exec(db, "CREATE TABLE asset_tags(x)", NULL, NULL, NULL), SQLITE_OK);
  strata_context ctx;
  strata_reader reader;
  strata_transaction transaction;
  strata_source source = {.data = document, .size = sizeof document - 1};
  strata_context_begin(&ctx, db);
  strata_reader_open(&reader, &ctx, &source, false);
  strata_transaction_begin(&transaction, &ctx, "main");
  assert_int_equal(sqlite3_exec(db, "INSERT INTO asset_tags VALUES(1)", NULL, NULL, NULL), SQLITE_OK);
  assert_int_equal(ctx.rc, SQLITE_OK);
  strata_reader_begin(&reader, &reader.sections[0]);
  assert_true(strata_reader_next_row(&reader));
  strata_reader_report_row(&reader, strata_reader_place(&reader), 0, NULL, SQLITE_MISMATCH,
                           sqlite3_mprintf("wrong"));
  assert_int_equal(ctx.rc, SQLITE_MISMATCH);
  assert_string_equal(ctx.message, "line 2: $.data.tags[0].id: wrong");
  strata_transaction_end(&transaction);
  assert_int_equal(sqlite3_get_autocommit(db), 1);
  strata_reader_close(&reader);
  strata_context_end(&ctx);
  strata_context_begin(&ctx, db);
  assert_int_equal(strata_query_integer(&ctx, strata_prepare(&ctx, "SELECT count(*) FROM asset_tags")), 0);
  strata_context_end(&ctx);
  assert_int_equal(sqlite3_close(db), SQLITE_OK);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(the_first_of_the_document_are_kept_in_its_order),
      cmocka_unit_test(those_without_a_place_come_last),
      cmocka_unit_test(one_that_is_not_collected_is_the_error_at_once),
      cmocka_unit_test(no_memory_for_a_message_is_an_error),
      cmocka_unit_test(a_restore_that_has_failed_is_not_committed_by_omission),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
