/*
** test_file_errors.c: the file that a backup is written to, or that a restore
** is read from, fails: at each system call in turn.
**
** The extension calls the functions here instead of open(), write(), fsync() and the like
** (file_calls.h). The Nth fails, for N = 1, 2, 3 … until a run meets no failure; once
** alone, and once with all after it. Besides the promises of trial.h: after an error the
** target is what it was before, and nothing else is left in its folder.
*/
#define _GNU_SOURCE
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "faults.h"
#include "file_calls.h"
#include "suite.h"
#include "trial.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

enum { OPEN = 1, WRITE = 2, READ = 4, SYNC = 8, NAME = 16, SHORT = 32, INTERRUPTED = 64 };

static faults file;
static int kinds;
static int last_kind;
static long runs, failures;

static bool fails(int kind, int error) {
  if (!(kinds & kind) || !faults_strike(&file)) return false;
  last_kind = kind;
  errno = error;
  return true;
}

int test_open(const char *path, int flags, ...) {
  va_list args;
  va_start(args, flags);
  int mode = flags & O_CREAT ? va_arg(args, int) : 0;
  va_end(args);
  return fails(OPEN, EMFILE) ? -1 : open(path, flags, mode);
}

int test_openat(int folder, const char *path, int flags, ...) {
  va_list args;
  va_start(args, flags);
  int mode = va_arg(args, int);
  va_end(args);
  return fails(OPEN, EACCES) ? -1 : openat(folder, path, flags, mode);
}

ssize_t test_write(int fd, const void *bytes, size_t size) {
  if (fails(INTERRUPTED, EINTR)) return -1;
  if (fails(SHORT, 0)) return write(fd, bytes, (size + 1) / 2);
  if (!fails(WRITE, ENOSPC)) return write(fd, bytes, size);
  (void)!write(fd, bytes, size / 2);
  errno = ENOSPC;
  return -1;
}

ssize_t test_pread(int fd, void *bytes, size_t size, off_t at) {
  if (fails(INTERRUPTED, EINTR)) return -1;
  if (fails(SHORT, 0)) return pread(fd, bytes, (size + 1) / 2, at);
  return fails(READ, EIO) ? -1 : pread(fd, bytes, size, at);
}

int test_fsync(int fd) {
  return fails(SYNC, EIO) ? -1 : fsync(fd);
}

int test_linkat(int from, const char *old, int to, const char *name, int flags) {
  return fails(NAME, ENOSPC) ? -1 : linkat(from, old, to, name, flags);
}

int test_renameat(int from, const char *old, int to, const char *name) {
  return fails(NAME, EIO) ? -1 : renameat(from, old, to, name);
}

/* The folder's own fsync() comes last: by then the new file is there, and the error says so. */
static bool is_written_all_the_same(const outcome *out) {
  return out->rc != SQLITE_OK && last_kind == SYNC && strstr(out->text, "is written, but") != NULL;
}

static void fail_each(const operation *op, bool inside, int kind, bool for_good) {
  static outcome out;
  char where[256];
  trial t;
  if (!trial_begin(&t, op, inside)) return;
  for (long n = 1;; n++) {
    snprintf(where, sizeof where, "%s%s: call %ld of kind %d%s", op->name, inside ? " in a transaction" : "",
             n, kind, for_good ? " and all after it" : "");
    sqlite3 *db = trial_open(&t, NULL, NULL);
    kinds = kind;
    faults_arm(&file, n, for_good);
    trial_run(&t, db, &out);
    file.armed = false;
    if ((kind & (SHORT | INTERRUPTED)) && out.rc != t.expected.rc)
      fail_msg("%s: not tried again: %s", where, out.text);
    if (is_written_all_the_same(&out)) out = t.expected;
    trial_check(&t, db, &out, true, where);
    runs++;
    failures += file.hits > 0;
    assert_int_equal(sqlite3_close(db), SQLITE_OK);
    if (file.hits == 0) break;
  }
  trial_end(&t);
}

static void a_failing_file_changes_nothing(void **state) {
  static const int each[] = {OPEN, WRITE, READ, SYNC, NAME, OPEN | WRITE | READ | SYNC | NAME};
  for (int inside = 0; inside < 2; inside++) {
    for (size_t k = 0; k < sizeof each / sizeof *each; k++) {
      fail_each(*state, inside, each[k], false);
      fail_each(*state, inside, each[k], true);
    }
    fail_each(*state, inside, SHORT, false);
    fail_each(*state, inside, SHORT, true);
    fail_each(*state, inside, INTERRUPTED, false);
  }
}

static int say(void **state) {
  (void)state;
  printf("file errors: %ld runs, %ld met a failure\n", runs, failures);
  return 0;
}

static bool touches_a_file(const operation *op) {
  return (op->flags & (READS_FILE | WRITES_FILE)) != 0;
}

int main(void) {
  suite_add("a failing file", a_failing_file_changes_nothing, touches_a_file);
  return suite_run("file errors", say);
}
