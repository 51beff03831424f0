/*
** progress_line.c: strata_progress(phase, done, total), a function for the option
** "progress":
**
**   SELECT strata_restore_file('backup.json', 'replace', '{"progress":"strata_progress"}');
**
** draws one line on standard error, redraws it as it goes, and erases it at the end:
**
**   assetSnapshots   412,345 of 1,000,000 (41 %)
**
** It returns 0, and does nothing unless standard error is a terminal. A program that
** captures standard error (as the command `strata` does) can name another descriptor,
** from 3 to 9, in the environment: STRATA_PROGRESS=3.
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

/* The descriptor to draw on. */
static int drawn_on(void) {
#ifndef _WIN32
  const char *named = getenv("STRATA_PROGRESS");
  if (named && *named >= '3' && *named <= '9' && named[1] == '\0') return *named - '0';
#endif
  return 2;
}

/* The phase if it is a table's name, else "": only known text goes to a terminal. */
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
  /* Go back to the beginning of the line and erase it. */
  sqlite3_snprintf(sizeof line, line, "\r\033[K");
  if (!ended)
    sqlite3_snprintf(sizeof line, line, "\r\033[K%-20s %,lld of %,lld (%d %%)", phase, done, total, percent);
  draw(out, line); /* ignore errors: the restore goes on although the terminal is gone */
}
