/*
** test_kill.c: the process is killed while it restores.
**
** A child process restores a document of some thousand rows, and SIGKILL ends it: it
** kills itself in the middle of the Nth write (or at the Nth sync, truncation or removal
** of a file), or its parent kills it after a random time. Replace and merge, with a
** rollback journal and with a WAL. Then the parent opens the database, which recovers it:
** it has exactly the old content or exactly the new, and the new if the child had
** reported success.
**
** 32 kills in the quick form, 400 in the long one (STRATA_LONG=1).
*/
#define _POSIX_C_SOURCE 200809L
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "crash.h"
#include "fault_vfs.h"

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

static uint64_t random_state = 20250115;
static long kills, left_old, left_new, survived;

/* Start a child and kill it at the Nth write, or (n = 0) after a random time. */
static void kill_once(const crash_scene *s, long n) {
  char where[128];
  snprintf(where, sizeof where, "%s, write %ld of %ld", s->name, n, s->writes);
  crash_old_files();
  pid_t child = fork();
  assert_true(child >= 0);
  if (child == 0) {
    disk_kills = true;
    sqlite3 *db = crash_open(s);
    bool done = crash_restore(db, s, n, false);
    disk.armed = false;
    sqlite3_close(db);
    _exit(done ? 0 : 1);
  }
  if (n == 0) {
    double wait = s->seconds * 1.1 * (double)(next_random(&random_state) % 1000000) / 1e6;
    struct timespec pause = {.tv_sec = (time_t)wait, .tv_nsec = (long)((wait - (double)(time_t)wait) * 1e9)};
    nanosleep(&pause, NULL);
    kill(child, SIGKILL);
  }
  int status = 0;
  assert_int_equal(waitpid(child, &status, 0), child);
  bool killed = WIFSIGNALED(status) && WTERMSIG(status) == SIGKILL;
  if (!killed && !(WIFEXITED(status) && WEXITSTATUS(status) == 0))
    fail_msg("%s: the child failed: %d", where, status);
  if (!killed && n > 0) fail_msg("%s: the child was not killed", where);
  uint64_t now = crash_picture(where);
  if (now != s->old_picture && now != s->new_picture) fail_msg("%s: neither old nor new", where);
  if (!killed && now != s->new_picture) fail_msg("%s: done, and not there", where);
  kills += killed;
  survived += !killed;
  if (killed) *(now == s->old_picture ? &left_old : &left_new) += 1;
}

static void a_killed_restore_leaves_old_or_new(void **state) {
  crash_scene *s = *state;
  crash_measure(s);
  long times = is_long() ? 50 : 4;
  for (long i = 0; i < times; i++) {
    /* Spread over all writes, always with the first and the last. */
    long n = 1 + (s->writes - 1) * i / (times - 1);
    kill_once(s, n);
  }
  for (long i = 0; i < times; i++) kill_once(s, 0);
}

static int setup(void **state) {
  (void)state;
  crash_begin(3000, true);
  return 0;
}

static int teardown(void **state) {
  (void)state;
  crash_end();
  printf("kills: %ld, of which %ld left the old content and %ld the new; %ld restores were done before\n",
         kills, left_old, left_new, survived);
  return 0;
}

#define SCENE(mode, journal_mode)                                                                            \
  { mode ", " journal_mode, mode, "PRAGMA journal_mode=" journal_mode, 0, 0, 0, 0 }

int main(void) {
  fault_vfs_install();
  static crash_scene scenes[] = {SCENE("replace", "DELETE"), SCENE("replace", "WAL"),
                                 SCENE("merge", "DELETE"), SCENE("merge", "WAL")};
  const struct CMUnitTest tests[] = {
      {"killed: replace, rollback journal", a_killed_restore_leaves_old_or_new, NULL, NULL, &scenes[0]},
      {"killed: replace, WAL", a_killed_restore_leaves_old_or_new, NULL, NULL, &scenes[1]},
      {"killed: merge, rollback journal", a_killed_restore_leaves_old_or_new, NULL, NULL, &scenes[2]},
      {"killed: merge, WAL", a_killed_restore_leaves_old_or_new, NULL, NULL, &scenes[3]},
  };
  return cmocka_run_group_tests(tests, setup, teardown);
}
