/* C, linked statically: restore a backup into new.db, count, back up, compare. */
#include <sqlite3.h>
#include <stdio.h>
#include <strata.h>

static int print(void *nothing, int columns, char **values, char **names) {
  (void)nothing, (void)names;
  for (int i = 0; i < columns; i++) printf("%s%s", values[i], i + 1 < columns ? " " : "\n");
  return 0;
}

int main(void) {
  sqlite3 *db;
  char *error = NULL;
  sqlite3_auto_extension((void (*)(void))sqlite3_strata_init); /* for every connection opened from here on */
  int rc = sqlite3_open("new.db", &db);
  if (rc == SQLITE_OK)
    rc = sqlite3_exec(db,
                      "SELECT strata_restore_file('backup.json');"
                      "SELECT name, rows FROM strata_backup_counts;"
                      "SELECT strata_backup_file('copy.json');"
                      "SELECT count(*), 'differences' FROM strata_backup_diff(strata_backup_json());",
                      print, NULL, &error);
  if (rc != SQLITE_OK) fprintf(stderr, "%s\n", error ? error : sqlite3_errmsg(db));
  sqlite3_free(error);
  sqlite3_close(db);
  return rc != SQLITE_OK;
}
