/*
** problems.c: keeps the problems that come first in a document. While they are added
** they form a binary heap with the last one on top: that is the one to drop when an
** earlier one is found.
*/
#include "problems.h"

#include <stdlib.h>

/* Free what a problem holds. */
static void drop(strata_problem *problem) {
  sqlite3_free(problem->path);
  sqlite3_free(problem->message);
}

/* Of two problems at the same place, the one that was found first comes first: a check finds what it cannot read before
** what does not fit. */
static bool is_before(const strata_problem *a, const strata_problem *b) {
  return a->offset != b->offset ? a->offset < b->offset : a->number < b->number;
}

/* Put a problem into the empty place `at` at the heap's bottom, and move it up to where it belongs. */
static void rise(strata_problem *heap, size_t at, strata_problem problem) {
  while (at > 0 && is_before(&heap[(at - 1) / 2], &problem)) {
    heap[at] = heap[(at - 1) / 2];
    at = (at - 1) / 2;
  }
  heap[at] = problem;
}

/* Put a problem into the empty place at the heap's top, and move it down to where it belongs. */
static void sink(strata_problem *heap, size_t count, strata_problem problem) {
  size_t at = 0;
  for (size_t child = 1; child < count; child = at * 2 + 1) {
    if (child + 1 < count && is_before(&heap[child], &heap[child + 1])) child++;
    if (!is_before(&problem, &heap[child])) break;
    heap[at] = heap[child];
    at = child;
  }
  heap[at] = problem;
}

/* Add a problem to those that are kept, or drop it or a later one. */
static void keep(strata_problems *problems, strata_context *ctx, strata_problem problem) {
  problem.number = problems->found++;
  if (problems->count < problems->most) {
    if (strata_grow(ctx, &problems->items, &problems->room, problems->count + 1, sizeof problem))
      rise(problems->items, problems->count++, problem);
    else
      drop(&problem);
  } else if (is_before(&problem, &problems->items[0])) {
    drop(&problems->items[0]);
    sink(problems->items, problems->count, problem);
  } else {
    drop(&problem);
  }
}

void strata_problems_add(strata_problems *problems, strata_context *ctx, strata_problem problem) {
  strata_check_interrupt_often(ctx);
  if (ctx->rc == SQLITE_OK && problem.message == NULL) strata_fail_nomem(ctx);
  if (ctx->rc == SQLITE_OK && problems->most > 0) {
    keep(problems, ctx, problem);
    return;
  }
  strata_problem_fail(&problem, ctx);
  drop(&problem);
}

bool strata_problems_wants(const strata_problems *problems, uint64_t offset) {
  return problems->count < problems->most || problems->most == 0 || offset <= problems->items[0].offset;
}

void strata_problem_fail(const strata_problem *p, strata_context *ctx) {
  if (p->bare)
    strata_fail(ctx, p->rc, "%s", p->message);
  else if (p->path)
    strata_fail(ctx, p->rc, "line %lld: %s: %s", p->line, p->path, p->message);
  else
    strata_fail(ctx, p->rc, "line %lld, %s", p->line, p->message);
}

void strata_problems_clear(strata_problems *problems) {
  for (size_t i = 0; i < problems->count; i++) drop(&problems->items[i]);
  sqlite3_free(problems->items);
  problems->items = NULL;
  problems->count = problems->room = 0;
  problems->found = 0;
}

static int by_place(const void *a, const void *b) {
  return is_before(a, b) ? -1 : 1;
}

void strata_problems_sort(strata_problems *problems) {
  if (problems->count > 1) qsort(problems->items, problems->count, sizeof *problems->items, by_place);
}
