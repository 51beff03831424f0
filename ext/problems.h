/*
** problems.h: what is wrong with a document, and where.
**
** A restore wants the first problem and stops there; a check wants all of
** them. Both collect them here, so that the verdict is the same.
*/
#ifndef STRATA_PROBLEMS_H
#define STRATA_PROBLEMS_H

#include "context.h"
#include <stdint.h>

typedef struct strata_problem {
  uint64_t offset;         /* where in the document, for the order; UINT64_MAX: not in it */
  sqlite3_int64 line;      /* from 1; 0: not in the document */
  char *path;              /* $.data.assets[3].quantity, or NULL */
  char *message;           /* the sentence, without line and path */
  bool bare;               /* the message stands alone, also in a restore's error */
  int rc;                  /* the result code that a restore ends with */
  size_t number;           /* in the order of adding */
} strata_problem;

typedef struct strata_problems {
  bool all;                /* false: the first one is enough */
  size_t count, room;
  strata_problem *items;
} strata_problems;

/* Takes over path and message, from sqlite3_malloc(); a NULL message means that there was no memory. */
void strata_problems_add(strata_problems *problems, strata_context *ctx, strata_problem problem);

/* Where one is enough: make it the context's error. */
void strata_problems_settle(const strata_problems *problems, strata_context *ctx);

/* Forget them all. */
void strata_problems_clear(strata_problems *problems);

/* Into the order of the document. */
void strata_problems_sort(strata_problems *problems);

#endif
