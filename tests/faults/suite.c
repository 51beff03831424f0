/*
** suite.c: makes a cmocka test of each operation, and picks the faults to try.
*/
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "suite.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define ROOM 512

static struct CMUnitTest tests[ROOM];
static char names[ROOM][100];
static size_t count;

void suite_add_one(const char *name, suite_test *test, void *state) {
  if (count == ROOM) abort();
  snprintf(names[count], sizeof *names, "%s", name);
  tests[count] = (struct CMUnitTest){names[count], test, NULL, NULL, state};
  count++;
}

void suite_add(const char *what, suite_test *test, bool (*takes)(const operation *op)) {
  const char *only = getenv("STRATA_ONLY");
  char name[100];
  for (int i = 0; i < operation_count; i++) {
    const operation *op = &operations[i];
    if (only ? strcmp(only, op->name) != 0 : takes && !takes(op)) continue;
    snprintf(name, sizeof name, "%s: %s", what, op->name);
    suite_add_one(name, test, (void *)(uintptr_t)op);
  }
}

int suite_run(const char *name, int (*say)(void **state)) {
  return _cmocka_run_group_tests(name, tests, count, NULL, say);
}

long suite_next(long n, uint64_t *random) {
  return is_long() ? n + 1 : n + 1 + (long)(next_random(random) % (uint64_t)n);
}
