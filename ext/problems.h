/*
** problems.h: what is wrong with a document, and where.
**
** A restore ends at its first problem, which becomes the context's error in the
** moment that it is reported. A check wants all of them: they are collected, and
** the verdict is the same. However many there are, it keeps those that come first
** in the document and counts the others, so that memory does not grow with them.
*/
#ifndef STRATA_PROBLEMS_H
#define STRATA_PROBLEMS_H

#include "context.h"
#include <stdint.h>

/* How many problems a check tells one by one. */
#define STRATA_MOST_PROBLEMS 1000

typedef struct strata_problem {
  uint64_t offset;         /* where in the document, for the order; UINT64_MAX: not in it */
  sqlite3_int64 line;      /* from 1; 0: not in the document, or not known yet */
  char *path;              /* $.data.assets[3].quantity, or NULL */
  char *message;           /* the sentence, without line and path */
  bool bare;               /* the message stands alone, also in a restore's error */
  int rc;                  /* the result code that a restore ends with */
  uint64_t number;         /* in the order of adding */
} strata_problem;

typedef struct strata_problems {
  size_t most;             /* how many to keep; 0: none, each is the context's error at once */
  uint64_t found;          /* how many were added since the last clear */
  size_t count, room;
  strata_problem *items;   /* a heap, the last of the document on top, until they are sorted */
} strata_problems;

/* Takes over path and message, from sqlite3_malloc(); a NULL message means that there was no memory. Where a
** problem is an error at once, its line has to be known. */
void strata_problems_add(strata_problems *problems, strata_context *ctx, strata_problem problem);

/* Whether a problem at `offset` or behind it may be one of those that are kept. */
bool strata_problems_wants(const strata_problems *problems, uint64_t offset);

/* Make a problem the context's error. */
void strata_problem_fail(const strata_problem *problem, strata_context *ctx);

/* Forget them all. */
void strata_problems_clear(strata_problems *problems);

/* Into the order of the document. After this none may be added. */
void strata_problems_sort(strata_problems *problems);

#endif
