/*
** test_document.c: a row is read into an arena whose block is full or nearly so, while no
** memory for another is to be had: at each number of bytes that are left, an error or a row.
*/
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "document.h"

#include <sqlite3.h>
#include <string.h>

#define COLUMNS 7
#define BLOCK (256 * 1024)
#define NEAR_THE_END 512

static sqlite3_mem_methods real;
static bool denied;

static void *allocate(int size) {
  return denied ? NULL : real.xMalloc(size);
}

static void *reallocate(void *old, int size) {
  return denied ? NULL : real.xRealloc(old, size);
}

static void test_no_memory_for_a_row(void **state) {
  (void)state;
  strata_column columns[COLUMNS];
  memset(columns, 0, sizeof columns);
  const strata_table table = {.column_count = COLUMNS, .columns = columns};
  int rows = 0, errors = 0;
  for (size_t left = 0; left <= NEAR_THE_END; left += 8) {
    strata_context ctx;
    strata_arena arena = {0};
    strata_context_begin(&ctx, NULL);
    strata_document document = {.ctx = &ctx};
    assert_non_null(strata_arena_alloc(&arena, &ctx, BLOCK - left));
    denied = true;
    const strata_value *values = strata_document_read_row(&document, &table, &arena, false);
    denied = false;
    assert_int_equal(ctx.rc, values ? SQLITE_OK : SQLITE_NOMEM);
    rows += values != NULL;
    errors += values == NULL;
    strata_arena_free(&arena);
    strata_context_end(&ctx);
  }
  assert_true(rows > 0 && errors > 0);
}

int main(void) {
  const struct CMUnitTest tests[] = {cmocka_unit_test(test_no_memory_for_a_row)};
  sqlite3_config(SQLITE_CONFIG_GETMALLOC, &real);
  sqlite3_mem_methods failing = real;
  failing.xMalloc = allocate;
  failing.xRealloc = reallocate;
  sqlite3_config(SQLITE_CONFIG_MALLOC, &failing);
  return cmocka_run_group_tests(tests, NULL, NULL);
}
