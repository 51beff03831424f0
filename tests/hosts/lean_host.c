/*
** lean_host.c: a host of the least kind, for a SQLite that was built without
** what Python's module and the shell want to have. It loads ./strata into new.db
** and plays the scenario.
*/
#include <sqlite3.h>
#include <stdio.h>

static int print(void *nothing, int columns, char **values, char **names) {
  (void)nothing, (void)names;
  for (int i = 0; i < columns; i++) printf("%s%s", values[i], i + 1 < columns ? " " : "\n");
  return 0;
}

int main(void) {
  sqlite3 *db;
  char *error = NULL;
  int rc = sqlite3_open("new.db", &db);
  if (rc == SQLITE_OK) rc = sqlite3_db_config(db, SQLITE_DBCONFIG_ENABLE_LOAD_EXTENSION, 1, NULL);
  if (rc == SQLITE_OK) rc = sqlite3_load_extension(db, "./strata", NULL, &error);
  if (rc == SQLITE_OK)
    rc = sqlite3_exec(db,
                      "SELECT strata_restore_file('backup.json');"
                      "SELECT name, rows FROM strata_backup_counts;"
                      "SELECT strata_backup_file('copy.json');"
                      "SELECT count(*), 'differences' FROM strata_backup_diff(strata_backup_json());",
                      print, NULL, &error);
  if (rc == SQLITE_OK && sqlite3_threadsafe())
    rc = sqlite3_exec(db, "SELECT 'it has threads'", print, NULL, NULL);
  if (rc != SQLITE_OK) fprintf(stderr, "%s\n", error ? error : sqlite3_errmsg(db));
  sqlite3_free(error);
  sqlite3_close(db);
  return rc != SQLITE_OK;
}
