/*
** test_copy_race.c: another program replaces the temporary file of a raw copy, before
** SQLite opens it or after SQLite has closed it. No other file is written to, the older
** copy stays, and the call fails.
**
** The linker replaces the extension's calls of sqlite3_open_v2() and sqlite3_close() by
** the functions here (ld --wrap).
*/
#define _POSIX_C_SOURCE 200809L
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "strata.h"
#include <sqlite3.h>

#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { NOTHING, SYMBOLIC_LINK, HARD_LINK, EMPTY_FILE, GONE, LONGER };

static int before_opening, after_closing;
static char folder[64];

int __real_sqlite3_open_v2(const char *name, sqlite3 **db, int flags, const char *vfs);
int __real_sqlite3_close(sqlite3 *db);
int __wrap_sqlite3_open_v2(const char *name, sqlite3 **db, int flags, const char *vfs);
int __wrap_sqlite3_close(sqlite3 *db);

static const char *in_folder(const char *name) {
  static char paths[4][400];
  static int next;
  char *path = paths[next++ % 4];
  snprintf(path, sizeof *paths, "%s/%s", folder, name);
  return path;
}

static void write_to(const char *name, const char *how, const char *bytes, size_t length) {
  FILE *file = fopen(in_folder(name), how);
  assert_non_null(file);
  assert_int_equal(fwrite(bytes, 1, length, file), length);
  assert_int_equal(fclose(file), 0);
}

static void put(const char *name, const char *bytes, size_t length) {
  write_to(name, "wb", bytes, length);
}

static char *read_all(const char *name, size_t *length) {
  static char bytes[2][65536];
  static int next;
  char *to = bytes[next++ % 2];
  FILE *file = fopen(in_folder(name), "rb");
  assert_non_null(file);
  *length = fread(to, 1, sizeof *bytes, file);
  assert_int_equal(fclose(file), 0);
  return to;
}

/* The temporary file's name. */
static const char *temporary(void) {
  static char name[256];
  name[0] = '\0';
  DIR *dir = opendir(folder);
  assert_non_null(dir);
  for (struct dirent *entry; (entry = readdir(dir)) != NULL;) {
    if (strncmp(entry->d_name, ".strata-", 8) == 0) snprintf(name, sizeof name, "%s", entry->d_name);
  }
  closedir(dir);
  assert_int_not_equal(name[0], '\0');
  return name;
}

static void meddle(int what) {
  if (what == NOTHING) return;
  const char *name = temporary();
  if (what == LONGER) {
    write_to(name, "ab", "x", 1);
    return;
  }
  assert_int_equal(unlink(in_folder(name)), 0);
  if (what == SYMBOLIC_LINK) assert_int_equal(symlink("victim.db", in_folder(name)), 0);
  if (what == HARD_LINK) assert_int_equal(link(in_folder("victim.db"), in_folder(name)), 0);
  if (what == EMPTY_FILE) put(name, "", 0);
}

int __wrap_sqlite3_open_v2(const char *name, sqlite3 **db, int flags, const char *vfs) {
  if (strstr(name, ".strata-")) meddle(before_opening);
  return __real_sqlite3_open_v2(name, db, flags, vfs);
}

int __wrap_sqlite3_close(sqlite3 *db) {
  int rc = __real_sqlite3_close(db);
  meddle(after_closing);
  return rc;
}

static int begin(void **state) {
  (void)state;
  strcpy(folder, "/tmp/strata-race-XXXXXX");
  assert_non_null(mkdtemp(folder));
  before_opening = after_closing = NOTHING;
  return 0;
}

static int end(void **state) {
  (void)state;
  unlink(in_folder("victim.db"));
  unlink(in_folder("copy.db"));
  return rmdir(folder);
}

static sqlite3 *open_database(const char *path, const char *sql) {
  sqlite3 *db;
  assert_int_equal(sqlite3_open(path, &db), SQLITE_OK);
  assert_int_equal(sqlite3_exec(db, sql, NULL, NULL, NULL), SQLITE_OK);
  return db;
}

static int copy(char *message, size_t size) {
  sqlite3 *db = open_database(":memory:", "CREATE TABLE mine AS SELECT 1 AS x");
  char sql[500];
  assert_int_equal(sqlite3_strata_init(db, NULL, NULL), SQLITE_OK);
  snprintf(sql, sizeof sql, "SELECT strata_backup_db('%s')", in_folder("copy.db"));
  int rc = sqlite3_exec(db, sql, NULL, NULL, NULL);
  snprintf(message, size, "%s", sqlite3_errmsg(db));
  assert_int_equal(__real_sqlite3_close(db), SQLITE_OK);
  return rc;
}

static void refuses(int before, int after, const char *says) {
  static const char older[] = "SQLite format 3\0 of yesterday";
  char message[400], victim[65536];
  size_t length, now_length;
  put("copy.db", older, sizeof older);
  unlink(in_folder("victim.db"));
  __real_sqlite3_close(open_database(in_folder("victim.db"), "CREATE TABLE v AS SELECT 'precious' AS x"));
  memcpy(victim, read_all("victim.db", &length), sizeof victim);
  before_opening = before;
  after_closing = after;
  int rc = copy(message, sizeof message);
  before_opening = after_closing = NOTHING;
  if (rc == SQLITE_OK || strstr(message, says) == NULL) fail_msg("%d %d: %d %s", before, after, rc, message);
  const char *now = read_all("victim.db", &now_length);
  assert_int_equal(now_length, length);
  assert_memory_equal(now, victim, length);
  now = read_all("copy.db", &now_length);
  assert_int_equal(now_length, sizeof older);
  assert_memory_equal(now, older, sizeof older);
}

static void nothing_is_written_through_what_was_put_there_before(void **state) {
  (void)state;
  refuses(SYMBOLIC_LINK, NOTHING, "unable to open database file");
  refuses(HARD_LINK, NOTHING, "another program has replaced its temporary file");
  refuses(EMPTY_FILE, NOTHING, "another program has replaced its temporary file");
  refuses(GONE, NOTHING, "unable to open database file");
}

static void nothing_that_was_put_there_afterwards_becomes_the_copy(void **state) {
  (void)state;
  refuses(NOTHING, SYMBOLIC_LINK, "another program has replaced its temporary file");
  refuses(NOTHING, HARD_LINK, "another program has replaced its temporary file");
  refuses(NOTHING, EMPTY_FILE, "another program has replaced its temporary file");
  refuses(NOTHING, LONGER, "another program has replaced its temporary file");
  refuses(NOTHING, GONE, "No such file or directory");
}

static void a_copy_that_nobody_meddles_with_is_made(void **state) {
  (void)state;
  char message[400];
  int rc = copy(message, sizeof message);
  if (rc != SQLITE_OK) fail_msg("%s", message);
  __real_sqlite3_close(open_database(in_folder("copy.db"), "SELECT x FROM mine"));
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test_setup_teardown(nothing_is_written_through_what_was_put_there_before, begin, end),
      cmocka_unit_test_setup_teardown(nothing_that_was_put_there_afterwards_becomes_the_copy, begin, end),
      cmocka_unit_test_setup_teardown(a_copy_that_nobody_meddles_with_is_made, begin, end),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
