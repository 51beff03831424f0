/*
** test_kill.c: the process is killed while it restores.
**
** A child restores a document of some thousand rows, and is killed with
** SIGKILL: by itself, in the middle of the Nth write (or at the Nth sync,
** truncation or removal of a file), or by its parent after a random time.
** Replace and merge, with a rollback journal and with a WAL. Then the parent
** opens the database, which recovers it: exactly the old content or exactly
** the new, and the new if the child had said that it was done.
**
** 32 kills in the quick form, 400 in the long one (STRATA_LONG=1).
*/
#define _POSIX_C_SOURCE 200809L
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "fault_vfs.h"
#include "operations.h"

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#define DOCUMENT_ROWS 3000

static const int write_kinds = FAULT_WRITE | FAULT_SYNC | FAULT_TRUNCATE | FAULT_DELETE;

static char folder[256];
static unsigned char *image;
static sqlite3_int64 image_size;
static char *document;
static uint64_t random_state = 20250115;
static long kills, left_old, left_new, survived;

typedef struct scene {
  const char *mode, *journal_mode;
  uint64_t old_picture, new_picture;
  long writes;    /* that a restore makes */
  double seconds; /* that it takes */
} scene;

static double seconds(void) {
  struct timespec now;
  clock_gettime(CLOCK_MONOTONIC, &now);
  return (double)now.tv_sec + (double)now.tv_nsec / 1e9;
}

/* The old content has every third of the document's rows, with other values, and some of its own. */
static int prepare_scene(void **state) {
  (void)state;
  static const char fill[] =
      "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < %d) "
      "INSERT INTO asset_snapshots SELECT %s || i, 'a1', i * %s, 'EUR', '2024-01-03T00:00:00.000+00:00',"
      "'2024-01-03T00:00:00.000+00:00' FROM n WHERE i %% %d = 0";
  char sql[1024];
  operation op = {"kill", NULL, READS, NULL, NULL, NULL, NULL, 0};
  image = operation_image(&op, &image_size);
  sqlite3 *db = operation_open_memory(&op, image, image_size);
  snprintf(sql, sizeof sql, fill, DOCUMENT_ROWS, "'n'", "1.5", 1);
  must(db, sql);
  must(db, "DELETE FROM asset_tags; DELETE FROM tags; UPDATE assets SET name = 'after'");
  sqlite3_stmt *stmt;
  assert_int_equal(sqlite3_prepare_v2(db, "SELECT strata_backup_json()", -1, &stmt, NULL), SQLITE_OK);
  assert_int_equal(sqlite3_step(stmt), SQLITE_ROW);
  document = strdup((const char *)sqlite3_column_text(stmt, 0));
  sqlite3_finalize(stmt);
  sqlite3_close(db);
  db = operation_open_memory(&op, image, image_size);
  snprintf(sql, sizeof sql, fill, DOCUMENT_ROWS, "'n'", "2", 3);
  must(db, sql);
  snprintf(sql, sizeof sql, fill, DOCUMENT_ROWS / 2, "'o'", "2", 1);
  must(db, sql);
  sqlite3_free(image);
  image = sqlite3_serialize(db, "main", &image_size, 0);
  sqlite3_close(db);
  const char *base = getenv("TMPDIR");
  snprintf(folder, sizeof folder, "%s/strata-kill-XXXXXX", base ? base : "/tmp");
  assert_non_null(mkdtemp(folder));
  return 0;
}

static sqlite3 *open_files(const char *vfs) {
  operation op = {"kill", NULL, READS, NULL, NULL, NULL, NULL, 0};
  return operation_open_files(&op, folder, vfs);
}

/* Open the old database, and restore; the faults are armed by then. */
static int restore(const scene *s, long at, bool arm) {
  char path[300], sql[128];
  snprintf(path, sizeof path, "%s/main.db", folder);
  sqlite3 *db = open_files("faults");
  snprintf(sql, sizeof sql, "PRAGMA journal_mode=%s", s->journal_mode);
  must(db, sql);
  must(db, "PRAGMA cache_size=20");
  sqlite3_stmt *stmt;
  assert_int_equal(sqlite3_prepare_v2(db, "SELECT strata_restore_json(?1,?2)", -1, &stmt, NULL), SQLITE_OK);
  sqlite3_bind_text(stmt, 1, document, -1, SQLITE_STATIC);
  sqlite3_bind_text(stmt, 2, s->mode, -1, SQLITE_STATIC);
  disk_kinds = write_kinds;
  faults_arm(&disk, at, false);
  disk.armed = arm;
  int rc = sqlite3_step(stmt);
  disk.armed = false;
  sqlite3_finalize(stmt);
  sqlite3_close(db);
  return rc == SQLITE_ROW ? 0 : 1;
}

static void old_files(void) {
  char path[300];
  snprintf(path, sizeof path, "%s/main.db", folder);
  operation_write_file(path, image, image_size);
}

static uint64_t picture_of_files(const char *where) {
  sqlite3 *db = open_files(NULL);
  check_sound(db, where);
  uint64_t now = picture(db);
  sqlite3_close(db);
  return now;
}

/* What a restore without a kill leaves, how long it takes and how often it writes. */
static void measure(scene *s) {
  old_files();
  s->old_picture = picture_of_files("before");
  double start = seconds();
  disk_kills = false;
  assert_int_equal(restore(s, -1, true), 0);
  s->seconds = seconds() - start;
  s->writes = disk.seen;
  s->new_picture = picture_of_files("after");
  assert_true(s->old_picture != s->new_picture);
  assert_true(s->writes > 20);
}

/* One child, one kill; at the Nth write, or (n = 0) after a random time. */
static void kill_once(const scene *s, long n) {
  char where[128];
  snprintf(where, sizeof where, "%s, journal_mode=%s, write %ld of %ld", s->mode, s->journal_mode, n,
           s->writes);
  old_files();
  pid_t child = fork();
  assert_true(child >= 0);
  if (child == 0) {
    disk_kills = true;
    _exit(restore(s, n, n > 0));
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
  uint64_t now = picture_of_files(where);
  if (now != s->old_picture && now != s->new_picture) fail_msg("%s: neither old nor new", where);
  if (!killed && now != s->new_picture) fail_msg("%s: done, and not there", where);
  kills += killed;
  survived += !killed;
  if (killed) *(now == s->old_picture ? &left_old : &left_new) += 1;
}

static void a_killed_restore_leaves_old_or_new(void **state) {
  scene *s = *state;
  measure(s);
  long times = is_long() ? 50 : 4;
  for (long i = 0; i < times; i++) {
    /* Spread over all writes, and never without the first and the last. */
    long n = 1 + (s->writes - 1) * i / (times - 1);
    kill_once(s, n);
  }
  for (long i = 0; i < times; i++) kill_once(s, 0);
}

static int say(void **state) {
  (void)state;
  static const char *const names[] = {"main.db", "main.db-journal", "main.db-wal", "main.db-shm", ""};
  char path[300];
  for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
    snprintf(path, sizeof path, "%s/%s", folder, names[i]);
    remove(path);
  }
  sqlite3_free(image);
  free(document);
  printf("kills: %ld, of which %ld left the old content and %ld the new; %ld restores were done before\n",
         kills, left_old, left_new, survived);
  return 0;
}

int main(void) {
  fault_vfs_install();
  static scene scenes[] = {{"replace", "DELETE", 0, 0, 0, 0},
                           {"replace", "WAL", 0, 0, 0, 0},
                           {"merge", "DELETE", 0, 0, 0, 0},
                           {"merge", "WAL", 0, 0, 0, 0}};
  const struct CMUnitTest tests[] = {
      {"killed: replace, rollback journal", a_killed_restore_leaves_old_or_new, NULL, NULL, &scenes[0]},
      {"killed: replace, WAL", a_killed_restore_leaves_old_or_new, NULL, NULL, &scenes[1]},
      {"killed: merge, rollback journal", a_killed_restore_leaves_old_or_new, NULL, NULL, &scenes[2]},
      {"killed: merge, WAL", a_killed_restore_leaves_old_or_new, NULL, NULL, &scenes[3]},
  };
  return cmocka_run_group_tests(tests, prepare_scene, say);
}
