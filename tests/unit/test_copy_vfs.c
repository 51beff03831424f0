/*
** test_copy_vfs.c: a raw copy is written through the VFS with which the database was opened.
** Here that is one which turns over bits of every byte on the disk, as one that encrypts would.
*/
#define _POSIX_C_SOURCE 200809L
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "strata.h"
#include <sqlite3.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static sqlite3_vfs scrambling;
static sqlite3_io_methods methods;
static const sqlite3_io_methods *system_methods;
static char folder[64];

/* -- The VFS: the system's, but for reading and writing ----------------------- */

static void scramble(unsigned char *bytes, int length) {
  for (int i = 0; i < length; i++) bytes[i] ^= 0x5A;
}

static int scrambling_read(sqlite3_file *file, void *buffer, int length, sqlite3_int64 offset) {
  int rc = system_methods->xRead(file, buffer, length, offset);
  if (rc == SQLITE_OK) scramble(buffer, length);
  return rc;
}

static int scrambling_write(sqlite3_file *file, const void *buffer, int length, sqlite3_int64 offset) {
  unsigned char *bytes = malloc((size_t)length);
  assert_non_null(bytes);
  memcpy(bytes, buffer, (size_t)length);
  scramble(bytes, length);
  int rc = system_methods->xWrite(file, bytes, length, offset);
  free(bytes);
  return rc;
}

static int scrambling_open(sqlite3_vfs *vfs, const char *name, sqlite3_file *file, int flags, int *out) {
  sqlite3_vfs *parent = vfs->pAppData;
  int rc = parent->xOpen(parent, name, file, flags, out);
  if (rc != SQLITE_OK) return rc;
  system_methods = file->pMethods;
  methods = *system_methods;
  methods.iVersion = 1; /* without xShmMap and xFetch, which would go past these two */
  methods.xRead = scrambling_read;
  methods.xWrite = scrambling_write;
  file->pMethods = &methods;
  return SQLITE_OK;
}

/* -- The tests ---------------------------------------------------------------- */

static const char *in_folder(const char *name) {
  static char paths[4][128];
  static int next;
  char *path = paths[next++ % 4];
  snprintf(path, sizeof *paths, "%s/%s", folder, name);
  return path;
}

static sqlite3 *open_with(const char *name, const char *vfs) {
  sqlite3 *db;
  assert_int_equal(
      sqlite3_open_v2(in_folder(name), &db, SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE, vfs), SQLITE_OK);
  assert_int_equal(sqlite3_strata_init(db, NULL, NULL), SQLITE_OK);
  return db;
}

static int copy(sqlite3 *db, const char *name, const char *schema) {
  char sql[400];
  snprintf(sql, sizeof sql, "SELECT strata_backup_db('%s','%s')", in_folder(name), schema);
  return sqlite3_exec(db, sql, NULL, NULL, NULL);
}

/* Whether the bytes of a file contain a text. */
static int contains(const char *name, const char *text) {
  static char bytes[65536];
  FILE *file = fopen(in_folder(name), "rb");
  assert_non_null(file);
  size_t length = fread(bytes, 1, sizeof bytes, file), size = strlen(text);
  assert_int_equal(fclose(file), 0);
  for (size_t i = 0; i + size <= length; i++) {
    if (memcmp(bytes + i, text, size) == 0) return 1;
  }
  return 0;
}

static void has_the_row(const char *name, const char *vfs) {
  sqlite3 *db = open_with(name, vfs);
  sqlite3_stmt *stmt;
  assert_int_equal(sqlite3_prepare_v2(db, "SELECT x FROM secrets", -1, &stmt, NULL), SQLITE_OK);
  assert_int_equal(sqlite3_step(stmt), SQLITE_ROW);
  assert_string_equal((const char *)sqlite3_column_text(stmt, 0), "the savings");
  sqlite3_finalize(stmt);
  assert_int_equal(sqlite3_close(db), SQLITE_OK);
}

static int begin(void **state) {
  (void)state;
  strcpy(folder, "/tmp/strata-vfs-XXXXXX");
  assert_non_null(mkdtemp(folder));
  sqlite3_vfs *parent = sqlite3_vfs_find(NULL);
  scrambling = *parent;
  scrambling.zName = "scrambling";
  scrambling.pNext = NULL;
  scrambling.pAppData = parent;
  scrambling.xOpen = scrambling_open;
  assert_int_equal(sqlite3_vfs_register(&scrambling, 0), SQLITE_OK);
  return 0;
}

static int end(void **state) {
  (void)state;
  sqlite3_vfs_unregister(&scrambling);
  unlink(in_folder("main.db"));
  unlink(in_folder("copy.db"));
  return rmdir(folder);
}

static const char secret[] = "CREATE TABLE secrets AS SELECT 'the savings' AS x";

static void copy_a_secret(const char *vfs) {
  sqlite3 *db = open_with("main.db", vfs);
  assert_int_equal(sqlite3_exec(db, secret, NULL, NULL, NULL), SQLITE_OK);
  assert_int_equal(copy(db, "copy.db", "main"), SQLITE_OK);
  assert_int_equal(sqlite3_close(db), SQLITE_OK);
}

static void a_copy_is_scrambled_like_its_database(void **state) {
  (void)state;
  copy_a_secret("scrambling");
  assert_false(contains("copy.db", "the savings"));
  has_the_row("copy.db", "scrambling");
}

static void so_is_that_of_an_attached_one(void **state) {
  (void)state;
  char sql[200];
  sqlite3 *db = open_with("main.db", "scrambling");
  assert_int_equal(sqlite3_exec(db, secret, NULL, NULL, NULL), SQLITE_OK);
  assert_int_equal(sqlite3_close(db), SQLITE_OK);
  assert_int_equal(sqlite3_open_v2(":memory:", &db, SQLITE_OPEN_READWRITE | SQLITE_OPEN_URI, NULL), SQLITE_OK);
  assert_int_equal(sqlite3_strata_init(db, NULL, NULL), SQLITE_OK);
  snprintf(sql, sizeof sql, "ATTACH 'file:%s?vfs=scrambling' AS a", in_folder("main.db"));
  assert_int_equal(sqlite3_exec(db, sql, NULL, NULL, NULL), SQLITE_OK);
  assert_int_equal(copy(db, "copy.db", "a"), SQLITE_OK);
  assert_int_equal(sqlite3_close(db), SQLITE_OK);
  assert_false(contains("copy.db", "the savings"));
  has_the_row("copy.db", "scrambling");
}

static void a_plain_database_stays_plain_beside_it(void **state) {
  (void)state;
  copy_a_secret(NULL);
  assert_true(contains("copy.db", "the savings"));
  has_the_row("copy.db", NULL);
}

/* It is never written in plain instead. */
static void a_vfs_that_is_no_longer_there_is_an_error(void **state) {
  (void)state;
  sqlite3 *db = open_with("main.db", "scrambling");
  assert_int_equal(sqlite3_exec(db, secret, NULL, NULL, NULL), SQLITE_OK);
  sqlite3_vfs_unregister(&scrambling);
  assert_int_equal(copy(db, "copy.db", "main"), SQLITE_CANTOPEN);
  assert_non_null(strstr(sqlite3_errmsg(db), "through the VFS \"scrambling\""));
  assert_int_equal(access(in_folder("copy.db"), F_OK), -1);
  assert_int_equal(sqlite3_close(db), SQLITE_OK);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test_setup_teardown(a_copy_is_scrambled_like_its_database, begin, end),
      cmocka_unit_test_setup_teardown(so_is_that_of_an_attached_one, begin, end),
      cmocka_unit_test_setup_teardown(a_plain_database_stays_plain_beside_it, begin, end),
      cmocka_unit_test_setup_teardown(a_vfs_that_is_no_longer_there_is_an_error, begin, end),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
