/*
** test_atomic_file.c: files on unusual machines: without /proc, with temporary names that
** are taken, with folders that cannot be flushed, files whose status cannot be read, and
** descriptors that no folder lists. The extension calls the functions here instead of the
** system's (system_calls.h). The fault tests cover calls that fail once, at each place.
*/
#include "system_calls.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "atomic_file.h"
#include "os_file.h"
#include "strata.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static bool no_proc, no_unnamed;
static int taken;          /* so many names are there already */
static int folder_errno;   /* what flushing a folder gives */
static int status_at = 0;  /* the Nth fstat() fails; 0: none */
static const char *unseen; /* stat() of a path that ends so fails … */
static int unseen_errno;   /* … with this */
static bool no_list;       /* of descriptors */
static char folder[64], path[80];

int test_access(const char *name, int mode) {
  if (!no_proc || strncmp(name, "/proc/", 6) != 0) return access(name, mode);
  errno = ENOENT;
  return -1;
}

int test_openat(int at, const char *name, int flags, ...) {
  va_list args;
  va_start(args, flags);
  int mode = va_arg(args, int);
  va_end(args);
  bool named = strncmp(name, ".strata-", 8) == 0;
  if (named ? taken > 0 : no_unnamed && strcmp(name, ".") == 0) {
    errno = named ? EEXIST : EOPNOTSUPP;
    taken -= named;
    return -1;
  }
  return openat(at, name, flags, mode);
}

int test_linkat(int from, const char *old, int to, const char *name, int flags) {
  if (taken <= 0) return linkat(from, old, to, name, flags);
  taken--;
  errno = EEXIST;
  return -1;
}

int test_fsync(int fd) {
  struct stat st;
  if (folder_errno == 0 || fstat(fd, &st) != 0 || !S_ISDIR(st.st_mode)) return fsync(fd);
  errno = folder_errno;
  return -1;
}

int test_fstat(int fd, struct stat *st) {
  if (status_at == 0 || --status_at > 0) return fstat(fd, st);
  errno = EIO;
  return -1;
}

int test_stat(const char *name, struct stat *st) {
  size_t length = strlen(name), end = unseen ? strlen(unseen) : length + 1;
  if (end > length || strcmp(name + length - end, unseen) != 0) return stat(name, st);
  errno = unseen_errno;
  return -1;
}

DIR *test_opendir(const char *name) {
  if (!no_list) return opendir(name);
  errno = EMFILE;
  return NULL;
}

static int begin(void **state) {
  (void)state;
  strcpy(folder, "/tmp/strata-atomic-XXXXXX");
  assert_non_null(mkdtemp(folder));
  snprintf(path, sizeof path, "%s/file", folder);
  no_proc = no_unnamed = no_list = false;
  unseen = NULL;
  taken = folder_errno = status_at = 0;
  return 0;
}

/* Nothing else may be left in the folder. */
static int end(void **state) {
  (void)state;
  unlink(path);
  return rmdir(folder);
}

/* Write "new" to the path; the code, and the error's sentence. */
static int put(char *message, size_t size) {
  strata_context ctx;
  strata_atomic_file file;
  strata_context_begin(&ctx, NULL);
  strata_atomic_open(&file, &ctx, path, false);
  if (ctx.rc == SQLITE_OK) strata_atomic_write(&file, "new", 3);
  strata_atomic_commit(&file);
  strata_atomic_close(&file);
  snprintf(message, size, "%s", ctx.message ? ctx.message : "");
  strata_context_end(&ctx);
  return ctx.rc;
}

static void holds(const char *expected) {
  char text[16] = "";
  FILE *file = fopen(path, "rb");
  if (file) {
    size_t n = fread(text, 1, sizeof text - 1, file);
    text[n] = '\0';
    fclose(file);
  }
  assert_string_equal(text, expected);
}

static void succeeds(void) {
  char message[200];
  assert_int_equal(put(message, sizeof message), SQLITE_OK);
  assert_string_equal(message, "");
  holds("new");
}

static void fails(int rc, const char *says, const char *content) {
  char message[200];
  assert_int_equal(put(message, sizeof message), rc);
  if (strstr(message, says) == NULL) fail_msg("%s", message);
  holds(content);
}

static void without_proc_the_file_gets_a_name_of_its_own(void **state) {
  (void)state;
  no_proc = true;
  succeeds();
}

static void names_that_are_taken_are_passed_over(void **state) {
  (void)state;
  no_unnamed = true;
  taken = 99;
  succeeds();
  no_unnamed = false;
  taken = 100; /* the target's, and 99 others */
  succeeds();
}

static void at_last_it_is_an_error_that_all_are_taken(void **state) {
  (void)state;
  no_unnamed = true;
  taken = 100;
  fails(SQLITE_CANTOPEN, "File exists", "");
  no_unnamed = false;
  taken = 101;
  fails(SQLITE_CANTOPEN, "File exists", "");
}

static void a_folder_that_knows_no_flush_is_no_error_and_any_other_failure_is(void **state) {
  (void)state;
  folder_errno = EINVAL;
  succeeds();
  folder_errno = ENOTSUP;
  succeeds();
  folder_errno = EIO;
  fails(SQLITE_ERROR, "is written, but its folder could not be flushed", "new");
}

static void put_bytes(const char *bytes, size_t length) {
  FILE *file = fopen(path, "wb");
  assert_non_null(file);
  assert_int_equal(fwrite(bytes, 1, length, file), length);
  assert_int_equal(fclose(file), 0);
}

/* A call of the extension with the path, and how it ends. */
static int calls(const char *database, const char *sql, char *message, size_t size) {
  sqlite3 *db;
  sqlite3_stmt *stmt;
  assert_int_equal(sqlite3_open(database, &db), SQLITE_OK);
  assert_int_equal(sqlite3_strata_init(db, NULL, NULL), SQLITE_OK);
  assert_int_equal(sqlite3_exec(db, "CREATE TABLE IF NOT EXISTS t(x)", NULL, NULL, NULL), SQLITE_OK);
  assert_int_equal(sqlite3_prepare_v2(db, sql, -1, &stmt, NULL), SQLITE_OK);
  sqlite3_bind_text(stmt, 1, path, -1, SQLITE_STATIC);
  sqlite3_step(stmt);
  snprintf(message, size, "%s", sqlite3_errmsg(db));
  int rc = sqlite3_finalize(stmt);
  assert_int_equal(sqlite3_close(db), SQLITE_OK);
  return rc;
}

static void refuses(const char *database, const char *sql, const char *says) {
  char message[500];
  int rc = calls(database, sql, message, sizeof message);
  if (strstr(message, says) == NULL) fail_msg("%s: %s", sql, message);
  assert_int_not_equal(rc, SQLITE_OK);
}

/* fstat() fails at each call in turn: on the open descriptors, on the file when it is opened, and after it was read or
** written. */
static void each_status_fails(const char *sql, int least) {
  char message[500];
  for (int n = 1;; n++) {
    status_at = n;
    int rc = calls(":memory:", sql, message, sizeof message);
    if (status_at > 0) {
      assert_in_range(n, least + 1, 10000);
      status_at = 0;
      break;
    }
    assert_int_not_equal(rc, SQLITE_OK);
    if (strstr(message, strerror(EIO)) == NULL) fail_msg("%s: call %d: %s", sql, n, message);
  }
}

static void a_file_whose_status_nobody_tells_is_an_error(void **state) {
  (void)state;
  static const char text[] = "{\"schemaVersion\":\"1\",\"data\":{}}";
  static const char database[] = "SQLite format 3\0";
  put_bytes(text, sizeof text - 1);
  each_status_fails("SELECT strata_restore_file(?1)", 4);
  each_status_fails("SELECT count(*) FROM strata_backup_counts(strata_file(?1))", 5);
  each_status_fails("SELECT strata_backup_file(?1)", 3);
  holds("{\"schemaVersion");
  put_bytes(database, sizeof database);
  each_status_fails("SELECT strata_backup_db(?1)", 5);
}

/* The extension cannot tell whether it is the open database's file. */
static void a_place_that_cannot_be_looked_at_is_refused(void **state) {
  (void)state;
  static const char *const sql[] = {"SELECT strata_backup_file(?1)", "SELECT strata_restore_file(?1)",
                                    "SELECT strata_backup_db(?1)"};
  static const char *const beside[] = {"own.db", "own.db-wal", "own.db-shm", "own.db-journal"};
  static const int errors[] = {EACCES, EIO, EOVERFLOW, ELOOP};
  char own[96];
  snprintf(own, sizeof own, "%s/own.db", folder);
  for (size_t s = 0; s < sizeof sql / sizeof *sql; s++) {
    for (size_t e = 0; e < sizeof errors / sizeof *errors; e++) {
      unseen_errno = errors[e];
      for (size_t b = 0; b < sizeof beside / sizeof *beside; b++) {
        unseen = beside[b];
        refuses(own, sql[s], "cannot tell whether it is");
        refuses(own, sql[s], strerror(errors[e]));
        refuses(own, sql[s], beside[b]);
      }
      unseen = "/file";
      refuses(own, sql[s], "it cannot be examined");
    }
  }
  unseen = "own.db-wal"; /* what says that there is none is no obstacle */
  unseen_errno = ENOTDIR;
  char message[200];
  assert_int_equal(calls(own, "SELECT strata_backup_db(?1)", message, sizeof message), SQLITE_OK);
  unseen = "file-wal"; /* beside the target */
  unseen_errno = EIO;
  refuses(":memory:", "SELECT strata_backup_db(?1)", "file-wal: ");
  refuses(":memory:", "SELECT strata_backup_db(?1)", strerror(EIO));
  unseen = NULL;
  assert_int_equal(unlink(own), 0);
}

static void open_files_are_found_where_no_list_of_them_is(void **state) {
  (void)state;
  static const char database[] = "SQLite format 3\0";
  put_bytes(database, sizeof database);
  int fd = open(path, O_RDONLY);
  for (int i = 0; i < 2; i++) {
    no_list = i > 0;
    refuses(":memory:", "SELECT strata_restore_file(?1)", "this process has it open");
    refuses(":memory:", "SELECT strata_backup_db(?1)", "it is a database that this process has open");
  }
  close(fd);
  for (int i = 0; i < 2; i++) {
    char message[500];
    no_list = i > 0;
    refuses(":memory:", "SELECT strata_restore_file(?1)", "line 1, column 1");
    assert_int_equal(calls(":memory:", "SELECT strata_backup_db(?1)", message, sizeof message), SQLITE_OK);
  }
}

/* In a process that has closed its standard input. */
static void a_file_may_have_the_number_0(void **state) {
  (void)state;
  strata_os_handle handle;
  int input = dup(0);
  close(0);
  errno = EIO; /* of something earlier */
  int error = strata_os_open("/dev/null", &handle);
  strata_os_close(handle);
  dup2(input, 0);
  close(input);
  assert_int_equal(error, 0);
  assert_int_equal(handle, 0);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test_setup_teardown(without_proc_the_file_gets_a_name_of_its_own, begin, end),
      cmocka_unit_test_setup_teardown(names_that_are_taken_are_passed_over, begin, end),
      cmocka_unit_test_setup_teardown(at_last_it_is_an_error_that_all_are_taken, begin, end),
      cmocka_unit_test_setup_teardown(a_folder_that_knows_no_flush_is_no_error_and_any_other_failure_is,
                                      begin, end),
      cmocka_unit_test_setup_teardown(a_file_whose_status_nobody_tells_is_an_error, begin, end),
      cmocka_unit_test_setup_teardown(a_place_that_cannot_be_looked_at_is_refused, begin, end),
      cmocka_unit_test_setup_teardown(open_files_are_found_where_no_list_of_them_is, begin, end),
      cmocka_unit_test(a_file_may_have_the_number_0),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
