/*
** report.h: what is wrong with a document, told with its line and its path, for
** the people who have to find it there.
*/
#ifndef STRATA_REPORT_H
#define STRATA_REPORT_H

#include "json_scanner.h"
#include "problems.h"

typedef struct strata_report {
  strata_context *ctx;
  const strata_source *source;     /* the document */
  strata_problems problems;
  uint64_t counted;                /* of the lines before this byte … */
  sqlite3_int64 lines;             /* … so many have ended */
} strata_report;

/* Report a problem at an offset; takes over path and message, from sqlite3_malloc(). Where problems are not
** collected, the first one is ctx's error at once. */
void strata_report_at(strata_report *report, uint64_t offset, char *path, int rc, char *message);

/*
** When all problems have been collected: put them in the document's order, with
** their lines, and behind them one without a place that says how many more there
** are than STRATA_MOST_PROBLEMS, if there are.
*/
void strata_report_settle(strata_report *report);

/* The line of an offset, from 1, and the column, in characters from 1. Asking for lines in ascending order
** reads the document once, whatever their number. */
sqlite3_int64 strata_report_line(strata_report *report, uint64_t offset);
sqlite3_int64 strata_report_column(strata_report *report, uint64_t offset);

/* Takes over `path` and returns it with a member's name at its end: .name, or ["odd name"]. NULL after an error. */
char *strata_path_append(strata_context *ctx, char *path, const char *name, size_t length);

#endif
