/*
** test_value.c: values sort as SQLite sorts them, and messages show them readably.
*/
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <string.h>

#include "value.h"

#define INTEGER(n)                                                                                           \
  { .type = SQLITE_INTEGER, .integer = (n) }
#define REAL(x)                                                                                              \
  { .type = SQLITE_FLOAT, .real = (x) }
#define TEXT(s)                                                                                              \
  { .type = SQLITE_TEXT, .text = (s), .length = sizeof(s) - 1 }

static int sign(int n) {
  return (n > 0) - (n < 0);
}

/* NULL before numbers, numbers before text, as in sqlite.org/datatype3.html, section 4.1. */
static void values_sort_by_class_and_then_by_value(void **state) {
  (void)state;
  static const strata_value sorted[] = {
      {.type = SQLITE_NULL}, REAL(-1e300), INTEGER(-2), REAL(-1.5), INTEGER(0),   REAL(0.5),  INTEGER(1),
      REAL(1e300),           TEXT(""),     TEXT("\0"),  TEXT("a"),  TEXT("a\0b"), TEXT("ab"), TEXT("b")};
  int count = sizeof sorted / sizeof *sorted;
  for (int i = 0; i < count; i++) {
    for (int j = 0; j < count; j++)
      assert_int_equal(sign(strata_value_compare(&sorted[i], &sorted[j])), sign(i - j));
  }
}

static void an_absent_value_sorts_as_null_and_one_as_1_0(void **state) {
  (void)state;
  const strata_value absent = {.type = 0}, null = {.type = SQLITE_NULL};
  const strata_value one = INTEGER(1), real = REAL(1.0);
  assert_int_equal(strata_value_compare(&absent, &null), 0);
  assert_int_equal(strata_value_compare(&one, &real), 0);
}

static void describes(strata_value value, const char *expected) {
  strata_context ctx;
  strata_context_begin(&ctx, NULL);
  char *text = strata_value_describe(&ctx, &value);
  assert_string_equal(text, expected);
  sqlite3_free(text);
}

static void a_value_is_shown_as_in_sql(void **state) {
  (void)state;
  describes((strata_value){.type = SQLITE_NULL}, "NULL");
  describes((strata_value){.type = SQLITE_BLOB}, "a BLOB");
  describes((strata_value)INTEGER(-7), "-7");
  describes((strata_value)REAL(0.5), "0.5");
  describes((strata_value)TEXT("a\nb\xFF"), "'a\\nb\\xff'");
}

/* What has no memory is not written, and asks for no more memory. */
static void a_writer_without_memory_takes_nothing(void **state) {
  (void)state;
  static const strata_column columns[] = {
      {.kind = STRATA_KIND_INTEGER}, {.kind = STRATA_KIND_TIMESTAMP}, {.kind = STRATA_KIND_DECIMAL}};
  static const strata_value value = INTEGER(7);
  for (size_t i = 0; i < sizeof columns / sizeof *columns; i++) {
    strata_writer w = {.rc = SQLITE_NOMEM};
    assert_null(strata_value_print(&columns[i], &value, &w));
    assert_int_equal(w.rc, SQLITE_NOMEM);
    assert_int_equal(w.length, 0);
    assert_null(w.data);
  }
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(values_sort_by_class_and_then_by_value),
      cmocka_unit_test(an_absent_value_sorts_as_null_and_one_as_1_0),
      cmocka_unit_test(a_value_is_shown_as_in_sql),
      cmocka_unit_test(a_writer_without_memory_takes_nothing),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
