/*
** suite.h: the tests of a program that runs the operations of operations.c. Each operation
** is a test, so that a failure of one does not hide one of another. STRATA_ONLY=name runs
** one operation, STRATA_LONG=1 every fault of all of them.
*/
#ifndef STRATA_TEST_SUITE_H
#define STRATA_TEST_SUITE_H

#include "operations.h"

/* A test of cmocka; *state is the operation (or what was given with it). */
typedef void suite_test(void **state);

/* A test for each operation that `takes` takes; NULL takes all. */
void suite_add(const char *what, suite_test *test, bool (*takes)(const operation *op));

/* A test of its own. */
void suite_add_one(const char *name, suite_test *test, void *state);

/* Run them; `say` prints the figures at the end. What main() returns. */
int suite_run(const char *name, int (*say)(void **state));

/*
** Which fault comes after the Nth: in the long form the next one; in the quick form the
** steps grow, and `random` makes them different for each operation.
*/
long suite_next(long n, uint64_t *random);

#endif
