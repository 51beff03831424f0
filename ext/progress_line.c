/*
** progress_line.c: strata_progress(phase, done, total), a function to give to the
** option "progress":
**
**   SELECT strata_restore_file('backup.json', 'replace', '{"progress":"strata_progress"}');
**
** draws one line on standard error, over and over, and takes it away at the end:
**
**   assetSnapshots   412,345 of 1,000,000 (41 %)
**
** It returns 0. Where standard error is not a terminal it does nothing; a program
** that reads its standard error (as the command `strata` does) names another
** descriptor from 3 to 9 in the environment: STRATA_PROGRESS=3.
*/
#ifndef _WIN32
#define _POSIX_C_SOURCE 200809L
#endif
#include "progress.h"

#include <stdio.h>
#include <string.h>
#ifdef _WIN32
#include <io.h>
#define is_terminal _isatty
#define draw(descriptor, line) (fputs(line, stderr), fflush(stderr))
#else
#include <stdlib.h>
#include <unistd.h>
#define is_terminal isatty
#define draw(descriptor, line) dprintf(descriptor, "%s", line)
#endif

/* Where the line is drawn. */
static int drawn_on(void) {
#ifndef _WIN32
  const char *named = getenv("STRATA_PROGRESS");
  if (named && *named >= '3' && *named <= '9' && named[1] == '\0') return *named - '0';
#endif
  return 2;
}

/* A table's name; nothing else is written to a terminal. */
static const char *known_phase(const char *phase) {
  int table = phase ? strata_table_find(phase, strlen(phase)) : -1;
  return table < 0 ? "" : strata_table_name(table);
}

void strata_progress_function(sqlite3_context *sql, int argc, sqlite3_value **argv) {
  (void)argc;
  sqlite3_int64 done = sqlite3_value_int64(argv[1]), total = sqlite3_value_int64(argv[2]);
  const char *phase = known_phase((const char *)sqlite3_value_text(argv[0]));
  sqlite3_result_int(sql, 0);
  int out = drawn_on();
  if (!is_terminal(out)) return;
  bool ended = strcmp(phase, strata_table_name(STRATA_TABLE_COUNT - 1)) == 0 && done >= total;
  char line[120];
  int percent = total > 0 ? (int)((double)done / (double)total * 100) : 100;
  /* Back to the line's beginning, and erase what was there. */
  sqlite3_snprintf(sizeof line, line, "\r\033[K");
  if (!ended)
    sqlite3_snprintf(sizeof line, line, "\r\033[K%-20s %,lld of %,lld (%d %%)", phase, done, total, percent);
  draw(out, line); /* a terminal that is gone is no reason to stop */
}
