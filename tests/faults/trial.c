/*
** trial.c: runs an operation with a fault, and compares the outcome with the promises.
*/
#define _POSIX_C_SOURCE 200809L
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "trial.h"

#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/* What a backup may replace. */
static const char older_document[] = "{\"schemaVersion\":\"1\",\"before\":true}";
static const char older_copy[] = "SQLite format 3\0what was there before";

uint64_t trial_files(const trial *t) {
  char path[1024];
  uint64_t sum = 0;
  snprintf(path, sizeof path, "%s/files", t->folder);
  DIR *dir = opendir(path);
  assert_non_null(dir);
  for (struct dirent *entry; (entry = readdir(dir)) != NULL;) {
    if (entry->d_name[0] == '.' && (entry->d_name[1] == '\0' || entry->d_name[1] == '.')) continue;
    uint64_t h = 0xCBF29CE484222325u;
    for (const char *p = entry->d_name; *p; p++) h = (h ^ (unsigned char)*p) * 0x100000001B3u;
    snprintf(path, sizeof path, "%s/files/%s", t->folder, entry->d_name);
    FILE *file = fopen(path, "rb");
    assert_non_null(file);
    for (int c; (c = getc(file)) != EOF;) h = (h ^ (unsigned)c) * 0x100000001B3u;
    fclose(file);
    sum += h;
  }
  closedir(dir);
  return sum;
}

/* Prepare the folder for a run: the file to read, or an older file where one will be written. */
static void reset_files(const trial *t) {
  char path[1024];
  snprintf(path, sizeof path, "%s/files", t->folder);
  DIR *dir = opendir(path);
  assert_non_null(dir);
  for (struct dirent *entry; (entry = readdir(dir)) != NULL;) {
    snprintf(path, sizeof path, "%s/files/%s", t->folder, entry->d_name);
    if (entry->d_name[0] != '.' || strlen(entry->d_name) > 2) unlink(path);
  }
  closedir(dir);
  if (t->op->flags & READS_FILE)
    operation_write_file(t->path, t->op->document, (sqlite3_int64)strlen(t->op->document));
  if (t->op->flags & WRITES_FILE && strstr(t->op->sql, "strata_backup_db"))
    operation_write_file(t->path, older_copy, sizeof older_copy - 1);
  else if (t->op->flags & WRITES_FILE)
    operation_write_file(t->path, older_document, sizeof older_document - 1);
}

static const char *own_row(const trial *t) {
  return t->op->flags & USES_AUX ? "BEGIN; INSERT INTO aux.tags VALUES('mine','mine')"
                                 : "BEGIN; INSERT INTO main.tags VALUES('mine','mine')";
}

sqlite3 *trial_open(trial *t, const char *vfs, const char *journal_mode) {
  sqlite3 *db;
  char text[400];
  reset_files(t);
  if (vfs) {
    snprintf(text, sizeof text, "%s/main.db", t->folder);
    operation_write_file(text, t->image, t->image_size);
    snprintf(text, sizeof text, "%s/aux.db", t->folder);
    if (t->op->flags & USES_AUX) operation_write_file(text, t->image, t->image_size);
    db = operation_open_files(t->op, t->folder, vfs);
    snprintf(text, sizeof text, "PRAGMA journal_mode=%s", journal_mode);
    must(db, text);
  } else {
    db = operation_open_memory(t->op, t->image, t->image_size);
  }
  if (t->inside) must(db, own_row(t));
  return db;
}

void trial_run(trial *t, sqlite3 *db, outcome *out) {
  operation_run(db, t->op, t->path, out);
}

void trial_learn_file(trial *t, const char *vfs, const char *journal_mode) {
  outcome out;
  sqlite3 *db = trial_open(t, vfs, journal_mode);
  trial_run(t, db, &out);
  t->files_after = trial_files(t);
  assert_int_equal(sqlite3_close(db), SQLITE_OK);
}

bool trial_begin(trial *t, const operation *op, bool inside) {
  *t = (trial){.op = op, .inside = inside};
  const char *base = getenv("TMPDIR");
  if (base == NULL)
    base = access("/dev/shm", W_OK) == 0 ? "/dev/shm" : "/tmp"; /* no fault here is the disk's own */
  snprintf(t->folder, sizeof t->folder, "%s/strata-faults-XXXXXX", base);
  assert_non_null(mkdtemp(t->folder));
  snprintf(t->path, sizeof t->path, "%s/files", t->folder);
  assert_int_equal(mkdir(t->path, 0700), 0);
  strcat(t->path, "/document.json");
  t->image = operation_image(op, &t->image_size);
  sqlite3 *db = trial_open(t, NULL, NULL);
  bool exists = operation_exists(db, op) && !(inside && op->flags & ONLY_OUTSIDE);
  if (exists) {
    if (inside) must(db, "ROLLBACK");
    t->base = picture(db);
    if (inside) must(db, own_row(t));
    t->before = picture(db);
    t->settings = settings(db);
    t->files_before = trial_files(t);
    trial_run(t, db, &t->expected);
    t->after = picture(db);
    t->files_after = trial_files(t);
    if ((t->expected.rc != SQLITE_OK) != (op->effect == REFUSED))
      fail_msg("%s: without a fault: %d %s", op->name, t->expected.rc, t->expected.text);
    if ((t->after != t->before) != (op->effect == WRITES)) fail_msg("%s: content without a fault", op->name);
    if ((t->files_after != t->files_before) != ((op->flags & WRITES_FILE) != 0))
      fail_msg("%s: file without a fault", op->name);
    check_sound(db, op->name);
    if (settings(db) != t->settings) fail_msg("%s: a setting has changed", op->name);
  }
  if (inside) must(db, "COMMIT");
  assert_int_equal(sqlite3_close(db), SQLITE_OK);
  if (!exists) trial_end(t);
  return exists;
}

void trial_end(trial *t) {
  char path[1024];
  static const char *const names[] = {"files/document.json", "main.db", "aux.db", "files", ""};
  for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
    snprintf(path, sizeof path, "%s/%s", t->folder, names[i]);
    remove(path);
  }
  sqlite3_free(t->image);
}

bool may_roll_back(int rc) {
  int primary = rc & 0xff;
  return primary == SQLITE_NOMEM || primary == SQLITE_IOERR || primary == SQLITE_FULL ||
         primary == SQLITE_INTERRUPT || primary == SQLITE_CANTOPEN;
}

/* Run the operation again, on what the failed run has left. */
static void check_again(trial *t, sqlite3 *db, bool same_start, const char *where) {
  outcome out;
  trial_run(t, db, &out);
  if ((out.rc != SQLITE_OK) != (t->op->effect == REFUSED))
    fail_msg("%s: run again: %d %s", where, out.rc, out.text);
  if (!same_start) return;
  if (out.rc == SQLITE_OK && strcmp(out.text, t->expected.text) != 0)
    fail_msg("%s: run again: %s", where, out.text);
  if (picture(db) != t->after) fail_msg("%s: run again: other content", where);
  if (trial_files(t) != t->files_after) fail_msg("%s: run again: other files", where);
}

bool trial_is_done(trial *t, sqlite3 *db) {
  return picture(db) == t->after && trial_files(t) == t->files_after;
}

void trial_check(trial *t, sqlite3 *db, const outcome *out, bool again, const char *where) {
  check_sound(db, where);
  uint64_t now = picture(db);
  bool autocommit = sqlite3_get_autocommit(db);
  bool rolled_back = t->inside && autocommit;
  if (!t->inside && !autocommit)
    fail_msg("%s: a transaction is left open (%d %s)", where, out->rc, out->text);
  if (rolled_back && !may_roll_back(out->rc))
    fail_msg("%s: the caller's transaction is gone: %d %s", where, out->rc, out->text);
  t->rolled_back += rolled_back;
  if (out->rc == SQLITE_OK) {
    if (strcmp(out->text, t->expected.text) != 0)
      fail_msg("%s: gave\n%s\nnot\n%s", where, out->text, t->expected.text);
    if (now != t->after) fail_msg("%s: succeeded, with other content", where);
    if (trial_files(t) != t->files_after) fail_msg("%s: succeeded, with another file", where);
  } else {
    /* In a UTF-16 database SQLite converts the result, which takes memory, after the restore is done. */
    bool result_lost = t->op->flags & IS_UTF16 && out->rc == SQLITE_NOMEM && now == t->after;
    bool some_done = (t->op->flags & COMMITS_EACH && now == t->after) || result_lost;
    /* An error after the row with the result does not undo the operation. */
    bool done = t->op->effect == WRITES && out->rows == t->expected.rows;
    if (done ? now != t->after : now != (rolled_back ? t->base : t->before) && !some_done)
      fail_msg("%s: failed (%d %s) after %d rows, and the content is %s", where, out->rc, out->text,
               out->rows,
               now == t->after    ? "new"
               : now == t->before ? "old"
                                  : "neither");
    bool written = t->op->flags & WRITES_FILE && out->rows == t->expected.rows;
    if (trial_files(t) != (written ? t->files_after : t->files_before))
      fail_msg("%s: failed (%d %s), and has touched files", where, out->rc, out->text);
  }
  if (settings(db) != t->settings && !rolled_back) fail_msg("%s: a setting has changed", where);
  if (again && out->rc != SQLITE_OK) check_again(t, db, now == t->before, where);
  if (!sqlite3_get_autocommit(db)) must(db, "COMMIT");
}
