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
** It returns 0. Where standard error is no terminal it does nothing.
*/
#ifndef _WIN32
#define _POSIX_C_SOURCE 200809L
#endif
#include "progress.h"

#include <stdio.h>
#include <string.h>
#ifdef _WIN32
#include <io.h>
#define is_terminal() _isatty(_fileno(stderr))
#else
#include <unistd.h>
#define is_terminal() isatty(STDERR_FILENO)
#endif

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
  if (!is_terminal()) return;
  bool ended = strcmp(phase, strata_table_name(STRATA_TABLE_COUNT - 1)) == 0 && done >= total;
  char line[120];
  int percent = total > 0 ? (int)((double)done / (double)total * 100) : 100;
  sqlite3_snprintf(sizeof line, line, "%-20s %,lld of %,lld (%d %%)", phase, done, total, percent);
  /* Back to the line's beginning, and erase what was there. */
  fprintf(stderr, "\r\033[K%s", ended ? "" : line);
  fflush(stderr);
}
