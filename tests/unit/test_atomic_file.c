/*
** test_atomic_file.c: files where the machine is not as usual: no /proc, names
** that are taken, folders that cannot be flushed, a file whose status nobody
** tells. The linker puts the functions here in place of the extension's calls
** (ld --wrap). That a call fails once, at each place in turn, is what the fault
** tests look at.
*/
#define _POSIX_C_SOURCE 200809L
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "atomic_file.h"
#include "strata.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static bool no_proc, no_unnamed;
static int taken;         /* so many names are there already */
static int folder_errno;  /* what flushing a folder gives */
static int status_at = 0; /* the Nth fstat() fails; 0: none */
static char folder[64], path[80];

int __real_access(const char *name, int mode);
int __real_openat(int at, const char *name, int flags, ...);
int __real_linkat(int from, const char *old, int to, const char *name, int flags);
int __real_fsync(int fd);
int __real_fstat(int fd, struct stat *st);
int __wrap_access(const char *name, int mode);
int __wrap_openat(int at, const char *name, int flags, ...);
int __wrap_linkat(int from, const char *old, int to, const char *name, int flags);
int __wrap_fsync(int fd);
int __wrap_fstat(int fd, struct stat *st);

int __wrap_access(const char *name, int mode) {
  if (!no_proc || strncmp(name, "/proc/", 6) != 0) return __real_access(name, mode);
  errno = ENOENT;
  return -1;
}

int __wrap_openat(int at, const char *name, int flags, ...) {
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
  return __real_openat(at, name, flags, mode);
}

int __wrap_linkat(int from, const char *old, int to, const char *name, int flags) {
  if (taken <= 0) return __real_linkat(from, old, to, name, flags);
  taken--;
  errno = EEXIST;
  return -1;
}

int __wrap_fsync(int fd) {
  struct stat st;
  if (folder_errno == 0 || __real_fstat(fd, &st) != 0 || !S_ISDIR(st.st_mode)) return __real_fsync(fd);
  errno = folder_errno;
  return -1;
}

int __wrap_fstat(int fd, struct stat *st) {
  if (status_at == 0 || --status_at > 0) return __real_fstat(fd, st);
  errno = EIO;
  return -1;
}

static int begin(void **state) {
  (void)state;
  strcpy(folder, "/tmp/strata-atomic-XXXXXX");
  assert_non_null(mkdtemp(folder));
  snprintf(path, sizeof path, "%s/file", folder);
  no_proc = no_unnamed = false;
  taken = folder_errno = status_at = 0;
  return 0;
}

/* Nothing but the file is ever left. */
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

/* A call of the extension on an empty database, and how it ends. */
static void calls(const char *sql, int rc, const char *says) {
  sqlite3 *db;
  sqlite3_stmt *stmt;
  assert_int_equal(sqlite3_open(":memory:", &db), SQLITE_OK);
  assert_int_equal(sqlite3_strata_init(db, NULL, NULL), SQLITE_OK);
  assert_int_equal(sqlite3_prepare_v2(db, sql, -1, &stmt, NULL), SQLITE_OK);
  sqlite3_bind_text(stmt, 1, path, -1, SQLITE_STATIC);
  sqlite3_step(stmt);
  if (strstr(sqlite3_errmsg(db), says) == NULL) fail_msg("%s", sqlite3_errmsg(db));
  assert_int_equal(sqlite3_finalize(stmt), rc);
  assert_int_equal(sqlite3_close(db), SQLITE_OK);
}

static void a_file_whose_status_nobody_tells_is_an_error(void **state) {
  (void)state;
  succeeds();
  for (int n = 1; n <= 2; n++) { /* as it is opened; after it was read */
    status_at = n;
    calls("SELECT strata_restore_file(?1)", SQLITE_CANTOPEN, "Input/output error");
    assert_int_equal(status_at, 0);
  }
  status_at = 1;
  calls("SELECT strata_backup_db(?1)", SQLITE_ERROR, "Input/output error");
  assert_int_equal(status_at, 0);
  holds("new");
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test_setup_teardown(without_proc_the_file_gets_a_name_of_its_own, begin, end),
      cmocka_unit_test_setup_teardown(names_that_are_taken_are_passed_over, begin, end),
      cmocka_unit_test_setup_teardown(at_last_it_is_an_error_that_all_are_taken, begin, end),
      cmocka_unit_test_setup_teardown(a_folder_that_knows_no_flush_is_no_error_and_any_other_failure_is,
                                      begin, end),
      cmocka_unit_test_setup_teardown(a_file_whose_status_nobody_tells_is_an_error, begin, end),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
