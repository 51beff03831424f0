/*
** test_copy_errors.c: the file that strata_backup_db() writes fails, at each
** call in turn.
**
** SQLite writes the copy through the default VFS, which fails here, while the database
** that is copied is in memory. The Nth write, sync, truncation, opening … fails, for
** N = 1, 2, 3 … until a run meets no failure; once alone, and once with all after it; with
** no file at the target, with some other file, and with a database. Besides the promises
** of trial.h: after an error the target has its old bytes, nothing else is left in its
** folder, and the message names the file.
**
** (What the extension itself does to that file is in test_file_errors.c, and
** errors of the database that is copied in test_disk_errors.c.)
*/
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "fault_vfs.h"
#include "suite.h"
#include "trial.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static const char *const before[] = {"an older copy", "no file", "a database"};

static long runs, failures;

static void put_target(trial *t, int what) {
  if (what == 1) assert_int_equal(unlink(t->path), 0);
  if (what == 2) operation_write_file(t->path, t->image, t->image_size / 2);
  t->files_before = trial_files(t);
}

static void fail_each(trial *t, int target, size_t kind, bool for_good) {
  static outcome out;
  char where[256];
  for (long n = 1;; n++) {
    snprintf(where, sizeof where, "copy over %s: %s %ld%s", before[target], fault_kinds[kind].name, n,
             for_good ? " and all after it" : "");
    sqlite3 *db = trial_open(t, NULL, NULL);
    put_target(t, target);
    disk_kinds = fault_kinds[kind].kind;
    faults_arm(&disk, n, for_good);
    trial_run(t, db, &out);
    disk.armed = false;
    if (out.rc != SQLITE_OK && strstr(out.text, t->path) == NULL)
      fail_msg("%s: the message names no file: %s", where, out.text);
    trial_check(t, db, &out, true, where);
    assert_int_equal(sqlite3_close(db), SQLITE_OK);
    runs++;
    failures += out.rc != SQLITE_OK;
    if (disk.hits == 0) break;
  }
}

static void a_failing_copy_leaves_what_was_there(void **state) {
  trial t;
  if (!trial_begin(&t, *state, false)) return;
  for (int target = 0; target < 3; target++) {
    for (size_t k = 0; k < FAULT_KINDS; k++) {
      fail_each(&t, target, k, false);
      fail_each(&t, target, k, true);
    }
  }
  trial_end(&t);
}

static bool is_a_copy(const operation *op) {
  return op->needs && strcmp(op->needs, "strata_backup_db") == 0;
}

static int say(void **state) {
  (void)state;
  printf("copy errors: %ld runs, %ld failed for it\n", runs, failures);
  return getenv("STRATA_ONLY") || failures > 0 ? 0 : -1;
}

int main(void) {
  fault_vfs_install();
  sqlite3_vfs_register(sqlite3_vfs_find("faults"), 1);
  suite_add("a failing disk", a_failing_copy_leaves_what_was_there, is_a_copy);
  return suite_run("copy errors", say);
}
