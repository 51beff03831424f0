/*
** run_sql.c: a program for Windows that runs SQL with the extension, for
** test_windows.py.
**
**   run_sql.exe EXTENSION ENTRY_POINT DATABASE < SQL
**
** One statement a line; "!" in front of a line closes the database and opens the
** path behind it. Prints each row as a line of JSON's strings and a line "." at the
** end of each statement, or "error CODE: message".
*/
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "sqlite3.h"

static sqlite3 *db;
static const char *extension, *entry_point;

static void open_database(const char *path) {
  char *error = NULL;
  sqlite3_close(db);
  if (sqlite3_open(path, &db) != SQLITE_OK || sqlite3_enable_load_extension(db, 1) != SQLITE_OK ||
      sqlite3_load_extension(db, extension, *entry_point ? entry_point : NULL, &error) != SQLITE_OK) {
    printf("error 1: %s\n.\n", error ? error : sqlite3_errmsg(db));
    exit(1);
  }
}

static void print(const char *text, int length) {
  putchar('"');
  for (int i = 0; i < length; i++) {
    unsigned char c = (unsigned char)text[i];
    if (c < 32 || c == '"' || c == '\\')
      printf("\\u%04x", c);
    else
      putchar(c);
  }
  putchar('"');
}

static void run(const char *sql) {
  sqlite3_stmt *stmt = NULL;
  int rc = sqlite3_prepare_v2(db, sql, -1, &stmt, NULL);
  while (rc == SQLITE_OK && sqlite3_step(stmt) == SQLITE_ROW) {
    putchar('[');
    for (int i = 0; i < sqlite3_column_count(stmt); i++) {
      if (i) putchar(',');
      if (sqlite3_column_type(stmt, i) == SQLITE_NULL)
        printf("null");
      else
        print((const char *)sqlite3_column_text(stmt, i), sqlite3_column_bytes(stmt, i));
    }
    puts("]");
  }
  if (stmt) rc = sqlite3_finalize(stmt);
  if (rc != SQLITE_OK) printf("error %d: %s\n", rc, sqlite3_errmsg(db));
  puts(".");
  fflush(stdout);
}

int main(int argc, char **argv) {
  if (argc != 4) return 2;
  static char line[1 << 22];
  extension = argv[1];
  entry_point = argv[2];
  open_database(argv[3]);
  while (fgets(line, sizeof line, stdin)) {
    line[strcspn(line, "\r\n")] = '\0';
    if (*line == '!') {
      open_database(line + 1);
      puts(".");
      fflush(stdout);
    } else if (*line) {
      run(line);
    }
  }
  return sqlite3_close(db) == SQLITE_OK ? 0 : 1;
}
