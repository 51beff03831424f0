/*
** test_old_sqlite.c: the loadable module in a SQLite that is older than the one
** it was compiled for. The host's table of functions is copied, made to say
** another version, and emptied of what that version does not have yet: to call
** one of those would crash the program.
*/
#define _DEFAULT_SOURCE /* mkdtemp */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <dlfcn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define SQLITE_CORE
#include <sqlite3ext.h>

typedef int (*entry_point)(sqlite3 *, char **, const sqlite3_api_routines *);

static entry_point with_files, without_files;
static sqlite3_api_routines api;
static int number;
static const char *name;

static int old_number(void) {
  return number;
}

static const char *old_name(void) {
  return name;
}

/* SQLite hands its table of functions to extensions only, so this is one. */
static int copy_api(sqlite3 *db, char **error, const sqlite3_api_routines *host) {
  (void)db, (void)error;
  memcpy(&api, host, sizeof api);
  return SQLITE_OK;
}

/* From here on the copied table is that of a SQLite of this version. */
static void become(int new_number, const char *new_name) {
  number = new_number;
  name = new_name;
  api.libversion_number = old_number;
  api.libversion = old_name;
#if SQLITE_VERSION_NUMBER >= 3032000
  size_t known = offsetof(sqlite3_api_routines, create_filename);
  memset((char *)&api + known, 0, sizeof api - known);
#endif
}

static int setup(void **state) {
  (void)state;
  void *module = dlopen(getenv("STRATA_EXTENSION"), RTLD_NOW);
  assert_non_null(module);
  *(void **)&with_files = dlsym(module, "sqlite3_strata_init");
  *(void **)&without_files = dlsym(module, "sqlite3_strata_nofs_init");
  assert_non_null(with_files);
  assert_non_null(without_files);
  sqlite3 *db;
  sqlite3_auto_extension((void (*)(void))copy_api);
  assert_int_equal(sqlite3_open(":memory:", &db), SQLITE_OK);
  sqlite3_close(db);
  sqlite3_reset_auto_extension();
  return api.libversion_number == NULL;
}

static void refuses(entry_point entry, int version, const char *version_name, const char *says) {
  sqlite3 *db;
  char *error = NULL;
  become(version, version_name);
  assert_int_equal(sqlite3_open(":memory:", &db), SQLITE_OK);
  assert_int_equal(entry(db, &error, &api), SQLITE_ERROR);
  assert_string_equal(error, says);
  sqlite3_free(error);
  assert_int_equal(sqlite3_exec(db, "SELECT strata_version()", NULL, NULL, NULL), SQLITE_ERROR);
  assert_string_equal(sqlite3_errmsg(db), "no such function: strata_version");
  assert_int_equal(sqlite3_close(db), SQLITE_OK);
}

static void an_older_sqlite_than_3_31_is_refused_with_a_sentence(void **state) {
  (void)state;
  refuses(with_files, 3030001, "3.30.1", "strata needs SQLite 3.31 or newer; this is 3.30.1");
  refuses(without_files, 3008002, "3.8.2", "strata needs SQLite 3.31 or newer; this is 3.8.2");
}

/* Run the statements of a file of sql/. */
static void run_file(sqlite3 *db, const char *file) {
  char *path = sqlite3_mprintf("%s/sql/%s", getenv("STRATA_SOURCE"), file);
  FILE *in = fopen(path, "rb");
  assert_non_null(in);
  char *sql = calloc(1, 100000);
  size_t length = fread(sql, 1, 99999, in);
  assert_in_range(length, 1, 99998);
  assert_int_equal(sqlite3_exec(db, sql, NULL, NULL, NULL), SQLITE_OK);
  fclose(in);
  free(sql);
  sqlite3_free(path);
}

/* The one value that a statement gives, to be freed. */
static char *value(sqlite3 *db, const char *sql) {
  sqlite3_stmt *stmt;
  if (sqlite3_prepare_v2(db, sql, -1, &stmt, NULL) != SQLITE_OK || sqlite3_step(stmt) != SQLITE_ROW)
    fail_msg("%s: %s", sql, sqlite3_errmsg(db));
  char *result = sqlite3_mprintf("%s", sqlite3_column_text(stmt, 0));
  sqlite3_finalize(stmt);
  return result;
}

static void gives(sqlite3 *db, const char *sql, const char *expected) {
  char *result = value(db, sql);
  assert_string_equal(result, expected);
  sqlite3_free(result);
}

static void in_3_31_everything_works_without_a_newer_function(void **state) {
  (void)state;
  become(3031000, "3.31.0");
  char folder[] = "/tmp/strata-old-XXXXXX", sql[200], file[100], copy[100];
  assert_non_null(mkdtemp(folder));
  snprintf(file, sizeof file, "%s/backup.json", folder);
  snprintf(copy, sizeof copy, "%s/copy.db", folder);
  sqlite3 *db;
  assert_int_equal(sqlite3_open(":memory:", &db), SQLITE_OK);
  assert_int_equal(with_files(db, NULL, &api), SQLITE_OK);
  run_file(db, "schema.sql");
  run_file(db, "sample.sql");
  char *before = value(db, "SELECT group_concat(rows) FROM strata_backup_counts");

  sqlite3_snprintf(sizeof sql, sql, "SELECT strata_backup_file(%Q) LIKE '%%\"bytes\"%%'", file);
  gives(db, sql, "1");
  sqlite3_snprintf(sizeof sql, sql, "SELECT strata_backup_db(%Q) LIKE '%%\"bytes\"%%'", copy);
  gives(db, sql, "1");
  gives(db, "SELECT strata_restore_json(strata_backup_json(), 'merge') LIKE '%\"mode\":\"merge\"%'", "1");
  gives(db, "SELECT count(*) FROM strata_restore_check(strata_backup_json())", "0");
  assert_int_equal(sqlite3_exec(db, "DELETE FROM assets", NULL, NULL, NULL), SQLITE_OK);
  sqlite3_snprintf(sizeof sql, sql, "SELECT strata_restore_file(%Q) LIKE '%%\"mode\":\"replace\"%%'", file);
  gives(db, sql, "1");
  gives(db, "SELECT count(*) FROM strata_backup_diff(strata_backup_json())", "0");
  gives(db, "SELECT group_concat(rows) FROM strata_backup_counts", before);

  sqlite3_free(before);
  assert_int_equal(sqlite3_close(db), SQLITE_OK);
  assert_int_equal(unlink(file), 0);
  assert_int_equal(unlink(copy), 0);
  assert_int_equal(rmdir(folder), 0);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(an_older_sqlite_than_3_31_is_refused_with_a_sentence),
      cmocka_unit_test(in_3_31_everything_works_without_a_newer_function),
  };
  return cmocka_run_group_tests(tests, setup, NULL);
}
