/*
** test_arena.c: what arena.h promises: memory keeps its place and its content until a
** reset, and a reset keeps the blocks.
*/
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <string.h>

#include "arena.h"

/* An arena and a context to use it with. */
typedef struct fixture {
  strata_arena arena;
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
  strata_arena_free(&f->arena);
  strata_context_end(&f->ctx);
  return 0;
}

static void *get(fixture *f, size_t size) {
  void *memory = strata_arena_alloc(&f->arena, &f->ctx, size);
  assert_non_null(memory);
  return memory;
}

static void pieces_do_not_overlap_and_are_aligned(void **state) {
  fixture *f = *state;
  enum { N = 5000 };
  static unsigned char *pieces[N];
  for (int i = 0; i < N; i++) {
    size_t size = (size_t)(i * 37 % 1000);
    pieces[i] = get(f, size);
    assert_int_equal((uintptr_t)pieces[i] % 8, 0);
    memset(pieces[i], i % 251, size);
  }
  for (int i = 0; i < N; i++) {
    size_t size = (size_t)(i * 37 % 1000);
    for (size_t k = 0; k < size; k++) {
      if (pieces[i][k] != i % 251) fail_msg("piece %d was written over", i);
    }
  }
}

static void a_copy_has_the_bytes_of_the_text(void **state) {
  fixture *f = *state;
  char text[] = "a\0b";
  char *copy = strata_arena_copy(&f->arena, &f->ctx, text, 3);
  assert_ptr_not_equal(copy, text);
  text[0] = 'x';
  assert_memory_equal(copy, "a\0b", 3);
  assert_non_null(strata_arena_copy(&f->arena, &f->ctx, "", 0));
}

static void a_piece_larger_than_a_block_is_possible_anywhere(void **state) {
  fixture *f = *state;
  size_t large = 3000000;
  char *first = get(f, large);
  memset(first, 'a', large);
  char *small = get(f, 100);
  memset(small, 'b', 100);
  char *second = get(f, large);
  memset(second, 'c', large);
  char *last = get(f, 100);
  memset(last, 'd', 100);
  for (size_t i = 0; i < large; i++) {
    if (first[i] != 'a' || second[i] != 'c') fail_msg("byte %d was written over", (int)i);
  }
  for (int i = 0; i < 100; i++) assert_true(small[i] == 'b' && last[i] == 'd');
}

static void used_counts_until_the_reset(void **state) {
  fixture *f = *state;
  get(f, 8);
  get(f, 1000);
  assert_int_equal(f->arena.used, 1008);
  strata_arena_reset(&f->arena);
  assert_int_equal(f->arena.used, 0);
}

/* How much memory is taken from SQLite's allocator. */
static sqlite3_int64 taken(void) {
  return sqlite3_memory_used();
}

static void batch_after_batch_takes_no_more_memory(void **state) {
  fixture *f = *state;
  sqlite3_int64 after_first = 0;
  for (int batch = 0; batch < 50; batch++) {
    for (int i = 0; i < 1000; i++) memset(get(f, 1000), batch, 1000);
    if (batch == 0) after_first = taken();
    assert_int_equal(taken(), after_first);
    strata_arena_reset(&f->arena);
  }
  assert_int_equal(taken(), after_first);
}

static void a_reset_gives_back_large_pieces_and_a_free_everything(void **state) {
  fixture *f = *state;
  get(f, 1);
  sqlite3_int64 before = taken();
  get(f, 5000000);
  assert_true(taken() >= before + 5000000);
  strata_arena_reset(&f->arena);
  assert_int_equal(taken(), before);
  get(f, 5000000);
  strata_arena_free(&f->arena);
  assert_true(taken() < before);
  assert_int_equal(f->arena.used, 0);
  memset(get(f, 10), 1, 10);
}

static void resetting_and_freeing_an_unused_arena_does_nothing(void **state) {
  fixture *f = *state;
  strata_arena_reset(&f->arena);
  strata_arena_free(&f->arena);
  assert_null(f->arena.first);
}

static void after_an_error_there_is_no_new_block(void **state) {
  fixture *f = *state;
  strata_fail(&f->ctx, SQLITE_ERROR, "something else");
  assert_null(strata_arena_alloc(&f->arena, &f->ctx, 100));
  assert_null(strata_arena_copy(&f->arena, &f->ctx, "x", 1));
}

static void a_size_that_wraps_is_out_of_memory(void **state) {
  fixture *f = *state;
  get(f, 1);
  for (size_t less = 0; less < 64; less++) {
    assert_null(strata_arena_alloc(&f->arena, &f->ctx, SIZE_MAX - less));
    assert_int_equal(f->ctx.rc, SQLITE_NOMEM);
    strata_context_clear(&f->ctx);
  }
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test_setup_teardown(pieces_do_not_overlap_and_are_aligned, begin, end),
      cmocka_unit_test_setup_teardown(a_copy_has_the_bytes_of_the_text, begin, end),
      cmocka_unit_test_setup_teardown(a_piece_larger_than_a_block_is_possible_anywhere, begin, end),
      cmocka_unit_test_setup_teardown(used_counts_until_the_reset, begin, end),
      cmocka_unit_test_setup_teardown(batch_after_batch_takes_no_more_memory, begin, end),
      cmocka_unit_test_setup_teardown(a_reset_gives_back_large_pieces_and_a_free_everything, begin, end),
      cmocka_unit_test_setup_teardown(resetting_and_freeing_an_unused_arena_does_nothing, begin, end),
      cmocka_unit_test_setup_teardown(a_size_that_wraps_is_out_of_memory, begin, end),
      cmocka_unit_test_setup_teardown(after_an_error_there_is_no_new_block, begin, end),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
