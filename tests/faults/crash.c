/*
** crash.c: runs a restore in scenes that the disk or the power ends, and reads what
** SQLite recovers afterwards.
*/
#define _POSIX_C_SOURCE 200809L
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "crash.h"
#include "fault_vfs.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

static const operation nothing = {"crash", NULL, READS, NULL, NULL, NULL, NULL, 0};

static char folder[256];
static unsigned char *image;
static sqlite3_int64 image_size;
static char *document;

static void fill(sqlite3 *db, int rows, const char *id, const char *value, int every) {
  char sql[1024];
  snprintf(
      sql, sizeof sql,
      "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < %d) "
      "INSERT INTO asset_snapshots SELECT '%s' || i, 'a1', i * %s, 'EUR', '2024-01-03T00:00:00.000+00:00',"
      "'2024-01-03T00:00:00.000+00:00' FROM n WHERE i %% %d = 0",
      rows, id, value, every);
  must(db, sql);
}

/* The old content has every third of the document's rows, with other values, and some of its own. */
void crash_begin(int rows, bool real_disk) {
  image = operation_image(&nothing, &image_size);
  sqlite3 *db = operation_open_memory(&nothing, image, image_size);
  fill(db, rows, "n", "1.5", 1);
  must(db, "DELETE FROM asset_tags; DELETE FROM tags; UPDATE assets SET name = 'after'");
  sqlite3_stmt *stmt;
  assert_int_equal(sqlite3_prepare_v2(db, "SELECT strata_backup_json()", -1, &stmt, NULL), SQLITE_OK);
  assert_int_equal(sqlite3_step(stmt), SQLITE_ROW);
  document = strdup((const char *)sqlite3_column_text(stmt, 0));
  sqlite3_finalize(stmt);
  sqlite3_close(db);
  db = operation_open_memory(&nothing, image, image_size);
  fill(db, rows, "n", "2", 3);
  fill(db, rows / 2, "o", "2", 1);
  sqlite3_free(image);
  image = sqlite3_serialize(db, "main", &image_size, 0);
  sqlite3_close(db);
  const char *base = getenv("TMPDIR");
  if (base == NULL) base = !real_disk && access("/dev/shm", W_OK) == 0 ? "/dev/shm" : "/tmp";
  snprintf(folder, sizeof folder, "%s/strata-crash-XXXXXX", base);
  assert_non_null(mkdtemp(folder));
}

void crash_end(void) {
  static const char *const names[] = {"main.db", "main.db-journal", "main.db-wal", "main.db-shm", ""};
  char path[300];
  for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
    snprintf(path, sizeof path, "%s/%s", folder, names[i]);
    remove(path);
  }
  sqlite3_free(image);
  free(document);
}

void crash_old_files(void) {
  char path[300];
  snprintf(path, sizeof path, "%s/main.db", folder);
  operation_write_file(path, image, image_size);
}

uint64_t crash_picture(const char *where) {
  sqlite3 *db = operation_open_files(&nothing, folder, NULL);
  check_sound(db, where);
  uint64_t now = picture(db);
  assert_int_equal(sqlite3_close(db), SQLITE_OK);
  return now;
}

uint64_t crash_picture_if_sound(void) {
  sqlite3 *db = operation_open_files(&nothing, folder, NULL);
  sqlite3_stmt *stmt;
  uint64_t now = 0;
  if (sqlite3_prepare_v2(db, "PRAGMA integrity_check", -1, &stmt, NULL) == SQLITE_OK &&
      sqlite3_step(stmt) == SQLITE_ROW && strcmp((const char *)sqlite3_column_text(stmt, 0), "ok") == 0)
    now = picture(db);
  sqlite3_finalize(stmt);
  assert_int_equal(sqlite3_close(db), SQLITE_OK);
  return now;
}

sqlite3 *crash_open(const crash_scene *s) {
  disk.armed = false;
  sqlite3 *db = operation_open_files(&nothing, folder, "faults");
  must(db, s->session);
  must(db, "PRAGMA cache_size=20");
  return db;
}

bool crash_restore(sqlite3 *db, const crash_scene *s, long n, bool for_good) {
  sqlite3_stmt *stmt;
  assert_int_equal(sqlite3_prepare_v2(db, "SELECT strata_restore_json(?1,?2)", -1, &stmt, NULL), SQLITE_OK);
  sqlite3_bind_text(stmt, 1, document, -1, SQLITE_STATIC);
  sqlite3_bind_text(stmt, 2, s->mode, -1, SQLITE_STATIC);
  disk_kinds = FAULT_WRITE | FAULT_SYNC | FAULT_TRUNCATE | FAULT_DELETE | FAULT_OPEN;
  faults_arm(&disk, n, for_good);
  bool done = sqlite3_step(stmt) == SQLITE_ROW;
  sqlite3_finalize(stmt);
  return done;
}

static double seconds(void) {
  struct timespec now;
  clock_gettime(CLOCK_MONOTONIC, &now);
  return (double)now.tv_sec + (double)now.tv_nsec / 1e9;
}

void crash_measure(crash_scene *s) {
  crash_old_files();
  s->old_picture = crash_picture("before");
  double start = seconds();
  sqlite3 *db = crash_open(s);
  assert_true(crash_restore(db, s, 0, false));
  s->writes = disk.seen;
  disk.armed = false;
  assert_int_equal(sqlite3_close(db), SQLITE_OK);
  s->seconds = seconds() - start;
  s->new_picture = crash_picture("after");
  assert_true(s->old_picture != s->new_picture);
  assert_true(s->writes > 20);
}
