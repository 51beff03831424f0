/*
** test_name_set.c: what name_set.h promises: a name is new only once, whatever its bytes
** are, and keeps its number.
*/
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdio.h>
#include <string.h>

#include "name_set.h"

/* A set and a context to use it with. */
typedef struct fixture {
  strata_name_set set;
  strata_context ctx;
} fixture;

static int begin(void **state) {
  static fixture f;
  memset(&f, 0, sizeof f);
  strata_context_begin(&f.ctx, NULL);
  *state = &f;
  return 0;
}

static int end(void **state) {
  fixture *f = *state;
  strata_name_set_free(&f->set);
  strata_context_end(&f->ctx);
  return 0;
}

static bool add(fixture *f, const char *name, size_t length) {
  return strata_name_set_add(&f->set, &f->ctx, name, length);
}

static void a_name_is_new_only_once(void **state) {
  fixture *f = *state;
  assert_true(add(f, "id", 2));
  assert_true(add(f, "name", 4));
  assert_false(add(f, "id", 2));
  assert_false(add(f, "name", 4));
  assert_int_equal(f->set.count, 2);
  assert_int_equal(f->ctx.rc, SQLITE_OK);
}

static void names_are_compared_byte_for_byte_and_whole(void **state) {
  fixture *f = *state;
  assert_true(add(f, "a", 1));
  assert_true(add(f, "A", 1));
  assert_true(add(f, "ab", 2));
  assert_true(add(f, "a\0", 2));
  assert_true(add(f, "a\0b", 3));
  assert_true(add(f, "\0", 1));
  assert_true(add(f, "\xC3\xA9", 2));
  assert_true(add(f, "e\xCC\x81", 3));
  assert_false(add(f, "a\0b", 3));
  assert_int_equal(strata_name_set_find(&f->set, "a\0b", 3), 4);
  assert_int_equal(strata_name_set_find(&f->set, "a\0c", 3), -1);
}

static void the_empty_name_is_a_name_even_as_the_only_one(void **state) {
  fixture *f = *state;
  size_t length = 99;
  assert_int_equal(strata_name_set_find(&f->set, "", 0), -1);
  assert_true(add(f, "", 0));
  assert_false(add(f, "", 0));
  assert_int_equal(strata_name_set_find(&f->set, "", 0), 0);
  strata_name_set_get(&f->set, 0, &length);
  assert_int_equal(length, 0);
}

static void numbers_follow_the_order_of_adding(void **state) {
  fixture *f = *state;
  char name[24];
  size_t length;
  for (int i = 0; i < 20000; i++) assert_true(add(f, name, (size_t)sprintf(name, "name %d", i * 7919)));
  assert_int_equal(f->set.count, 20000);
  for (int i = 0; i < 20000; i++) {
    size_t n = (size_t)sprintf(name, "name %d", i * 7919);
    assert_int_equal(strata_name_set_find(&f->set, name, n), i);
    assert_false(add(f, name, n));
    const char *there = strata_name_set_get(&f->set, (uint32_t)i, &length);
    assert_int_equal(length, n);
    assert_memory_equal(there, name, n);
  }
  assert_int_equal(strata_name_set_find(&f->set, "name 1", 6), -1);
}

static void a_cleared_set_is_empty_and_usable(void **state) {
  fixture *f = *state;
  char name[24];
  for (int i = 0; i < 1000; i++) add(f, name, (size_t)sprintf(name, "%d", i));
  strata_name_set_clear(&f->set);
  assert_int_equal(f->set.count, 0);
  assert_int_equal(f->set.length, 0); /* or it would grow with every section of a document */
  assert_int_equal(strata_name_set_find(&f->set, "7", 1), -1);
  assert_true(add(f, "7", 1));
  assert_int_equal(strata_name_set_find(&f->set, "7", 1), 0);
}

/* Clearing also removes names that collide. */
static void clearing_leaves_no_slot_taken(void **state) {
  fixture *f = *state;
  char name[24];
  for (int count = 0; count < 200; count++) {
    for (int i = 0; i < count; i++) assert_true(add(f, name, (size_t)sprintf(name, "%d.%d", count, i)));
    strata_name_set_clear(&f->set);
    assert_int_equal(f->set.count, 0);
    for (uint32_t i = 0; i < f->set.slot_count; i++) assert_int_equal(f->set.slots[i], 0);
  }
}

static void clearing_and_freeing_an_unused_set_does_nothing(void **state) {
  fixture *f = *state;
  strata_name_set_clear(&f->set);
  strata_name_set_free(&f->set);
  assert_true(add(f, "x", 1));
  strata_name_set_free(&f->set);
  assert_true(add(f, "x", 1));
}

static void after_an_error_no_name_is_new(void **state) {
  fixture *f = *state;
  strata_fail(&f->ctx, SQLITE_ERROR, "something else");
  assert_false(add(f, "x", 1));
  assert_int_equal(f->set.count, 0);
}

static void a_megabyte_is_a_name_too(void **state) {
  fixture *f = *state;
  static char name[1000000];
  size_t length;
  memset(name, 'x', sizeof name);
  assert_true(add(f, name, sizeof name));
  assert_true(add(f, name, sizeof name - 1));
  assert_false(add(f, name, sizeof name));
  const char *there = strata_name_set_get(&f->set, 0, &length);
  assert_int_equal(length, sizeof name);
  assert_memory_equal(there, name, sizeof name);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test_setup_teardown(a_name_is_new_only_once, begin, end),
      cmocka_unit_test_setup_teardown(names_are_compared_byte_for_byte_and_whole, begin, end),
      cmocka_unit_test_setup_teardown(the_empty_name_is_a_name_even_as_the_only_one, begin, end),
      cmocka_unit_test_setup_teardown(numbers_follow_the_order_of_adding, begin, end),
      cmocka_unit_test_setup_teardown(a_cleared_set_is_empty_and_usable, begin, end),
      cmocka_unit_test_setup_teardown(clearing_leaves_no_slot_taken, begin, end),
      cmocka_unit_test_setup_teardown(clearing_and_freeing_an_unused_set_does_nothing, begin, end),
      cmocka_unit_test_setup_teardown(after_an_error_no_name_is_new, begin, end),
      cmocka_unit_test_setup_teardown(a_megabyte_is_a_name_too, begin, end),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
