/*
** value.c: a program that takes a backup as one value, like a host that stores it by
** itself.
**
**   value EXTENSION DB
**
** Loads the extension, runs SELECT strata_backup_json(), reads the value as text
** with sqlite3_column_text(), and writes it to standard output.
*/
#include <sqlite3.h>
#include <stdio.h>

static int fail(const char *what, const char *why) {
  fprintf(stderr, "value: %s: %s\n", what, why ? why : "failed");
  return 1;
}

int main(int argc, char **argv) {
  if (argc != 3) return fail("usage", "value EXTENSION DB");
  sqlite3 *db = NULL;
  sqlite3_stmt *select = NULL;
  char *message = NULL;
  if (sqlite3_open_v2(argv[2], &db, SQLITE_OPEN_READWRITE, NULL)) return fail(argv[2], sqlite3_errmsg(db));
  if (sqlite3_db_config(db, SQLITE_DBCONFIG_ENABLE_LOAD_EXTENSION, 1, (int *)NULL) ||
      sqlite3_load_extension(db, argv[1], NULL, &message))
    return fail(argv[1], message);
  if (sqlite3_prepare_v2(db, "SELECT strata_backup_json()", -1, &select, NULL) ||
      sqlite3_step(select) != SQLITE_ROW)
    return fail("strata_backup_json()", sqlite3_errmsg(db));
  const char *text = (const char *)sqlite3_column_text(select, 0);
  size_t length = (size_t)sqlite3_column_bytes(select, 0);
  if (!text || fwrite(text, 1, length, stdout) != length || fflush(stdout)) return fail("writing", NULL);
  sqlite3_finalize(select);
  sqlite3_close(db);
  return 0;
}
