/*
** report.h: reports what is wrong with a document, with its line and its path, so that
** people find it there.
*/
#ifndef STRATA_REPORT_H
#define STRATA_REPORT_H

#include "json_scanner.h"
#include "problems.h"

typedef struct strata_report {
  strata_context *ctx;
  const strata_source *source;     /* the document */
  strata_problems problems;
  uint64_t counted;                /* before this byte … */
  sqlite3_int64 lines;             /* … this many lines have ended */
} strata_report;

/* Report a problem at an offset. Takes over path and message, from sqlite3_malloc(). Unless problems are collected, this
** one becomes ctx's error at once. */
void strata_report_at(strata_report *report, uint64_t offset, char *path, int rc, char *message);

/*
** Finish a collection: sort the problems into the document's order and find out their
** lines. If there were more than STRATA_MAX_PROBLEMS, a last one without a place says
** how many more.
*/
void strata_report_finish(strata_report *report);

/* The line of an offset, from 1, and its column, in characters from 1. Offsets in ascending order read the document only
** once, however many there are. */
sqlite3_int64 strata_report_line(strata_report *report, uint64_t offset);
sqlite3_int64 strata_report_column(strata_report *report, uint64_t offset);

/* Append a member's name to a path: .name, or ["odd name"]. Takes over `path` and returns the new one. NULL after an
** error. */
char *strata_path_append(strata_context *ctx, char *path, const char *name, size_t length);

#endif
