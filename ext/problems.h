/*
** problems.h: what is wrong with a document, and where.
**
** A restore ends at its first problem, which becomes the context's error as soon as it
** is reported. A check collects them all. It keeps those that come first in the
** document and only counts the others, so that memory does not grow with their number.
*/
#ifndef STRATA_PROBLEMS_H
#define STRATA_PROBLEMS_H

#include "context.h"
#include <stdint.h>

/* How many problems a check lists one by one. */
#define STRATA_MAX_PROBLEMS 1000

typedef struct strata_problem {
  uint64_t offset;         /* where in the document, for the order; UINT64_MAX: nowhere in it */
  sqlite3_int64 line;      /* from 1; 0: nowhere in the document, or not known yet */
  char *path;              /* $.data.assets[3].quantity, or NULL */
  char *message;           /* the sentence, without line and path */
  bool bare;               /* a restore's error is the message alone, without a line */
  int rc;                  /* the result code of a restore that it ends */
  uint64_t number;         /* in the order of adding */
} strata_problem;

typedef struct strata_problems {
  size_t most;             /* how many to keep; 0: a problem becomes the context's error at once */
  uint64_t found;          /* how many were added since the last clear */
  size_t count, room;      /* of items */
  strata_problem *items;   /* until they are sorted a heap, with the last in the document on top */
} strata_problems;

/* Add a problem. Takes over its path and message, which come from sqlite3_malloc(); a NULL message means that there was
** no memory. If problems become errors at once, the line must be known. */
void strata_problems_add(strata_problems *problems, strata_context *ctx, strata_problem problem);

/* Whether a problem at `offset` or after it might be kept; if not, the caller need not find out its path. */
bool strata_problems_wants(const strata_problems *problems, uint64_t offset);

/* Make the problem the context's error. */
void strata_problem_fail(const strata_problem *problem, strata_context *ctx);

/* Free all problems. */
void strata_problems_clear(strata_problems *problems);

/* Sort the problems into the order of the document. After this none may be added. */
void strata_problems_sort(strata_problems *problems);

#endif
