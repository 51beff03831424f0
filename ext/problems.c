/*
** problems.c: see problems.h.
*/
#include "problems.h"

#include <stdlib.h>

static void drop(strata_problem *problem) {
  sqlite3_free(problem->path);
  sqlite3_free(problem->message);
}

void strata_problems_add(strata_problems *problems, strata_context *ctx, strata_problem problem) {
  bool wanted = ctx->rc == SQLITE_OK && (problems->all || problems->count == 0);
  if (wanted && problem.message == NULL) {
    strata_fail_db(ctx, SQLITE_NOMEM);
    wanted = false;
  }
  if (wanted && problems->count == problems->room) {
    size_t room = problems->room * 2 + 1;
    strata_problem *items = strata_realloc(ctx, problems->items, room * sizeof *items);
    if (items) {
      problems->items = items;
      problems->room = room;
    }
    wanted = items != NULL;
  }
  problem.number = problems->count;
  if (wanted)
    problems->items[problems->count++] = problem;
  else
    drop(&problem);
}

void strata_problems_settle(const strata_problems *problems, strata_context *ctx) {
  if (problems->all || problems->count == 0) return;
  const strata_problem *p = &problems->items[0];
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
}

/* Of two at the same place the one that was found first comes first: a check finds what it cannot read
** before what does not fit. */
static int by_offset(const void *a, const void *b) {
  const strata_problem *x = a, *y = b;
  if (x->offset != y->offset) return x->offset < y->offset ? -1 : 1;
  return (x->number > y->number) - (x->number < y->number);
}

void strata_problems_sort(strata_problems *problems) {
  if (problems->count > 1) qsort(problems->items, problems->count, sizeof *problems->items, by_offset);
}
