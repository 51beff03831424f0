/*
** files.c: see files.h. Backups go through an atomic file, so that yesterday's
** is there until today's is whole; a document is restored from a file without
** being loaded.
*/
#define _POSIX_C_SOURCE 200809L
#ifdef __APPLE__
#define _DARWIN_C_SOURCE
#endif
#include "files.h"
#include "atomic_file.h"
#include "backup.h"
#include "input.h"
#include "restore.h"
#include "transaction.h"

#include <assert.h>
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/* A path, which is text without U+0000 in it; NULL after an error. */
static const char *path_argument(strata_context *ctx, sqlite3_value *value) {
  if (sqlite3_value_type(value) != SQLITE_TEXT) {
    strata_fail(ctx, SQLITE_ERROR, "the path has to be a text, such as 'strata-backup.json'");
    return NULL;
  }
  const char *path = (const char *)sqlite3_value_text(value);
  if (path == NULL)
    strata_fail_db(ctx, SQLITE_NOMEM);
  else if (*path == '\0')
    strata_fail(ctx, SQLITE_CANTOPEN, "the path is empty");
  else if (strlen(path) != (size_t)sqlite3_value_bytes(value))
    strata_fail(ctx, SQLITE_CANTOPEN, "the path '%s…' has a U+0000 in it, which no file's name can have",
                path);
  return ctx->rc == SQLITE_OK ? path : NULL;
}

/* The file's name within its folder, and the folder; false where there is no such folder. */
static bool locate(strata_context *ctx, const char *path, const char **name, struct stat *folder) {
  const char *slash = strrchr(path, '/');
  *name = slash ? slash + 1 : path;
  char *copy =
      slash ? strata_copy(ctx, path, slash == path ? 1 : (size_t)(slash - path)) : strata_copy(ctx, ".", 1);
  bool found = copy && stat(copy, folder) == 0;
  sqlite3_free(copy);
  return found;
}

static bool same_file(const struct stat *a, const struct stat *b) {
  return a->st_dev == b->st_dev && a->st_ino == b->st_ino;
}

/* Whether `path` is a database's file, or would be: its journal, say, which SQLite would take for one. */
static bool is_beside(strata_context *ctx, const char *path, const char *file) {
  static const char *const suffixes[] = {"", "-wal", "-shm", "-journal"};
  struct stat target, own, target_folder, own_folder;
  const char *target_name, *own_name;
  bool found = false, exists = stat(path, &target) == 0;
  bool folders = locate(ctx, path, &target_name, &target_folder) &&
                 locate(ctx, file, &own_name, &own_folder) && same_file(&target_folder, &own_folder);
  for (size_t i = 0; !found && i < sizeof suffixes / sizeof *suffixes; i++) {
    char *beside = strata_format(ctx, "%s%s", file, suffixes[i]);
    if (beside == NULL) break;
    found = exists && stat(beside, &own) == 0 && same_file(&target, &own);
    if (!found && folders) found = strcmp(target_name, beside + (own_name - file)) == 0;
    sqlite3_free(beside);
  }
  return found;
}

/*
** Neither the databases of this connection nor what lies beside them is a
** place for a backup. Nor may they be read: closing a database's file drops all
** locks that this process holds on it (sqlite.org/howtocorrupt.html, 2.2).
*/
static void refuse_own_files(strata_context *ctx, const char *path, const char *doing) {
  sqlite3_stmt *list = strata_prepare(ctx, "PRAGMA database_list");
  while (strata_step(ctx, list)) {
    const char *file = (const char *)sqlite3_column_text(list, 2);
    if (file && *file && is_beside(ctx, path, file))
      strata_fail(ctx, SQLITE_CANTOPEN, "cannot %s '%s': that is a file of the open database \"%s\" itself",
                  doing, path, sqlite3_column_text(list, 1));
  }
  sqlite3_finalize(list);
}

static void refuse_database(strata_context *ctx, const strata_atomic_file *f, const char *path) {
  char head[16];
  if (strata_atomic_peek_target(f, head, sizeof head) == sizeof head &&
      memcmp(head, "SQLite format 3", 16) == 0)
    strata_fail(ctx, SQLITE_CANTOPEN,
                "cannot write '%s': a SQLite database is there, and a backup in JSON would take its "
                "place; choose another name or move it away first",
                path);
}

/* {"path":…,"bytes":…: made before the commit, since after it nothing may fail any more. */
static void begin_result(strata_writer *w, strata_context *ctx, const char *path, sqlite3_int64 bytes) {
  strata_writer_to_memory(w, (size_t)sqlite3_limit(ctx->db, SQLITE_LIMIT_LENGTH, -1));
  strata_writer_literal(w, "{\"path\":");
  if (!strata_writer_string(w, path, strlen(path)))
    strata_fail(ctx, SQLITE_CANTOPEN, "the path is not UTF-8");
  strata_writer_literal(w, ",\"bytes\":");
  strata_writer_integer(w, bytes);
}

static void end_result(strata_writer *w, strata_context *ctx) {
  strata_writer_raw(w, "}", 2); /* with its NUL, so that SQLite need not copy the text to add one */
  strata_writer_flush(w);
  if (w->rc == SQLITE_TOOBIG)
    strata_fail(ctx, w->rc,
                "the result is longer than a value may be on this connection (SQLITE_LIMIT_LENGTH)");
  else if (w->rc != SQLITE_OK)
    strata_fail_db(ctx, w->rc);
}

static void give_result(sqlite3_context *sql, strata_context *ctx, strata_writer *w) {
  if (ctx->rc == SQLITE_OK) {
    sqlite3_result_text(sql, w->data, -1, sqlite3_free);
  } else {
    strata_writer_free(w);
    strata_result_error(ctx, sql);
  }
  strata_context_end(ctx);
}

static void backup_to_file(strata_context *ctx, const char *path, const char *schema, strata_writer *result) {
  strata_atomic_file file;
  strata_backup backup;
  strata_writer w;
  refuse_own_files(ctx, path, "write");
  strata_atomic_open(&file, ctx, path, false);
  refuse_database(ctx, &file, path);
  strata_writer_to_sink(&w, strata_atomic_write, &file);
  if (ctx->rc == SQLITE_OK) strata_backup_write(ctx, schema, &w, &backup);
  if (ctx->rc == SQLITE_OK) {
    begin_result(result, ctx, path, (sqlite3_int64)w.flushed);
    strata_writer_literal(result, ",\"exportedAt\":\"");
    strata_writer_raw(result, backup.exported_at, strlen(backup.exported_at));
    strata_writer_literal(result, "\",");
    strata_backup_print_counts(result, backup.counts);
    end_result(result, ctx);
  }
  strata_atomic_commit(&file);
  strata_writer_free(&w);
  strata_atomic_close(&file);
}

void strata_backup_file_function(sqlite3_context *sql, int argc, sqlite3_value **argv) {
  strata_context ctx;
  strata_context_begin(&ctx, sqlite3_context_db_handle(sql));
  strata_writer result = {0};
  const char *path = path_argument(&ctx, argv[0]);
  if (path) backup_to_file(&ctx, path, strata_schema_argument(argc, argv, 1), &result);
  give_result(sql, &ctx, &result);
}

/* A document in a file, and how the file was when it was opened. */
typedef struct file_source {
  strata_context *ctx;
  char *path;
  const char *consequence;
  int fd;
  struct stat opened;
} file_source;

static int fail_source(file_source *file, int error) {
  strata_fail(file->ctx, SQLITE_CANTOPEN, "cannot read '%s': %s", file->path, strerror(error));
  return SQLITE_CANTOPEN;
}

static int read_source(void *argument, uint64_t offset, char *buffer, size_t size, size_t *got) {
  file_source *file = argument;
  *got = 0;
  while (*got < size) {
    ssize_t n = pread(file->fd, buffer + *got, size - *got, (off_t)(offset + *got));
    if (n < 0 && errno == EINTR) continue;
    if (n < 0) return fail_source(file, errno);
    if (n == 0) break;
    *got += (size_t)n;
  }
  return SQLITE_OK;
}

#ifdef __APPLE__
#define MODIFIED st_mtimespec
#define CHANGED st_ctimespec
#else
#define MODIFIED st_mtim
#define CHANGED st_ctim
#endif

static bool same_moment(struct timespec a, struct timespec b) {
  return a.tv_sec == b.tv_sec && a.tv_nsec == b.tv_nsec;
}

/* The second scan has read what the first one checked, if nobody has written to the file meanwhile. */
static int verify_source(void *argument) {
  file_source *file = argument;
  struct stat now;
  if (fstat(file->fd, &now) != 0) return fail_source(file, errno);
  /* Some programs set a file's date back; when its status changed nobody can set. But that also changes
  ** when the file loses its name to a newer backup, which does what is being read no harm. */
  bool same_status = same_moment(now.CHANGED, file->opened.CHANGED) || now.st_nlink != file->opened.st_nlink;
  if (now.st_size == file->opened.st_size && same_moment(now.MODIFIED, file->opened.MODIFIED) && same_status)
    return SQLITE_OK;
  strata_fail(file->ctx, SQLITE_ERROR, "'%s' changed while it was being read: %s", file->path,
              file->consequence);
  return SQLITE_ERROR;
}

/* O_NONBLOCK, so that a named pipe that nobody writes to is an error and no wait. */
static void open_source(file_source *file, strata_context *ctx) {
  refuse_own_files(ctx, file->path, "read");
  if (ctx->rc != SQLITE_OK) return;
  file->fd = open(file->path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
  if (file->fd < 0 || fstat(file->fd, &file->opened) != 0)
    fail_source(file, errno);
  else if (S_ISDIR(file->opened.st_mode))
    fail_source(file, EISDIR);
  else if (!S_ISREG(file->opened.st_mode))
    strata_fail(ctx, SQLITE_CANTOPEN, "cannot read '%s': it is no regular file", file->path);
  else if (file->opened.st_size == 0)
    strata_fail(ctx, SQLITE_ERROR, "'%s' is empty: it is no backup", file->path);
}

static void close_source(void *argument) {
  file_source *file = argument;
  if (file->fd >= 0) close(file->fd);
  sqlite3_free(file->path);
  sqlite3_free(file);
}

/* A file as a document's source, which reads it in pieces. Errors, those of reading included, are set in
** ctx, which has to live as long. */
static void open_file(strata_source *source, strata_context *ctx, const char *path, const char *consequence) {
  *source = (strata_source){.data = ""};
  file_source *file = strata_alloc(ctx, sizeof *file);
  if (file == NULL) return;
  *file = (file_source){.ctx = ctx, .consequence = consequence, .fd = -1};
  file->path = strata_copy(ctx, path, strlen(path));
  if (file->path) open_source(file, ctx);
  if (ctx->rc == SQLITE_OK)
    *source = (strata_source){
        .read = read_source, .verify = verify_source, .close = close_source, .argument = file};
  else
    close_source(file);
}

void strata_restore_file_function(sqlite3_context *sql, int argc, sqlite3_value **argv) {
  strata_context ctx;
  strata_context_begin(&ctx, sqlite3_context_db_handle(sql));
  strata_request request;
  strata_request_parse(&request, &ctx, argc > 1 ? argv[1] : NULL, argc > 2 ? argv[2] : NULL);
  const char *path = path_argument(&ctx, argv[0]);
  strata_source source = {.data = ""};
  if (path) open_file(&source, &ctx, path, "nothing was restored");
  strata_restore_to_result(sql, &ctx, &request, &source);
  strata_input_close(&source);
  strata_request_free(&request);
  strata_context_end(&ctx);
}

void strata_file_function(sqlite3_context *sql, int argc, sqlite3_value **argv) {
  (void)argc;
  strata_context ctx;
  strata_context_begin(&ctx, sqlite3_context_db_handle(sql));
  const char *path = path_argument(&ctx, argv[0]);
  strata_named_file *file = path ? strata_alloc(&ctx, sizeof *file + strlen(path) + 1) : NULL;
  if (file) {
    file->open = open_file;
    memcpy(file->path, path, strlen(path) + 1);
    sqlite3_result_pointer(sql, file, STRATA_NAMED_FILE, sqlite3_free);
  } else {
    strata_result_error(&ctx, sql);
  }
  strata_context_end(&ctx);
}

/* A WAL or a journal that lies beside the target from an earlier database of that name would be taken for
** one of the new file's. */
static void refuse_leftovers(strata_context *ctx, const char *path) {
  static const char *const suffixes[] = {"-wal", "-journal"};
  struct stat st;
  for (size_t i = 0; i < sizeof suffixes / sizeof *suffixes; i++) {
    char *beside = strata_format(ctx, "%s%s", path, suffixes[i]);
    if (beside && stat(beside, &st) == 0 && st.st_size > 0)
      strata_fail(ctx, SQLITE_CANTOPEN,
                  "cannot write '%s': beside it lies '%s', of a database there that is open or "
                  "was left by a crash; choose another name or move both away first",
                  path, beside);
    sqlite3_free(beside);
  }
}

/* Without a journal of its own: if this fails, the file is thrown away as a whole. */
static sqlite3 *open_copy(strata_context *ctx, const char *temporary, const char *path) {
  sqlite3 *copy = NULL;
  if (ctx->rc != SQLITE_OK) return NULL;
  int rc = sqlite3_open_v2(temporary, &copy, SQLITE_OPEN_READWRITE, NULL);
  if (rc == SQLITE_OK)
    rc = sqlite3_exec(copy, "PRAGMA journal_mode=OFF; PRAGMA synchronous=OFF", NULL, NULL, NULL);
  if (rc != SQLITE_OK)
    strata_fail(ctx, rc == SQLITE_NOMEM ? rc : SQLITE_CANTOPEN, "cannot write '%s': %s", path,
                sqlite3_errmsg(copy));
  return copy;
}

/*
** All pages as of one moment: the snapshot keeps others from committing
** between two steps. A few pages at a time, and in between a statement that
** tells of an interrupt, for which the backup API does not look.
*/
static void copy_pages(strata_context *ctx, sqlite3 *copy, const char *schema, const char *path) {
  if (ctx->rc != SQLITE_OK) return;
  sqlite3_stmt *snapshot = strata_snapshot_begin(ctx, schema);
  sqlite3_stmt *pulse = strata_prepare(ctx, "SELECT 1");
  sqlite3_backup *backup = ctx->rc == SQLITE_OK ? sqlite3_backup_init(copy, "main", ctx->db, schema) : NULL;
  if (backup == NULL) strata_fail(ctx, SQLITE_ERROR, "cannot write '%s': %s", path, sqlite3_errmsg(copy));
  int rc = SQLITE_OK;
  while (rc == SQLITE_OK && ctx->rc == SQLITE_OK) {
    rc = sqlite3_backup_step(backup, 4096);
    strata_run(ctx, pulse);
  }
  if (backup) {
    int finished = sqlite3_backup_finish(backup);
    if (rc == SQLITE_DONE) rc = finished;
  }
  if (rc == SQLITE_BUSY || rc == SQLITE_LOCKED)
    strata_fail(ctx, rc,
                "the raw copy cannot be made while database \"%w\" has an open write transaction: COMMIT or "
                "ROLLBACK first",
                schema);
  else if (rc == SQLITE_NOMEM)
    strata_fail_db(ctx, rc);
  else if (rc != SQLITE_OK)
    strata_fail(ctx, SQLITE_ERROR, "cannot write '%s': %s", path, sqlite3_errstr(rc));
  sqlite3_finalize(pulse);
  sqlite3_finalize(snapshot);
}

static void copy_database(strata_context *ctx, const char *path, const char *schema, strata_writer *result) {
  strata_atomic_file file;
  strata_check_schema(ctx, schema);
  refuse_own_files(ctx, path, "write");
  refuse_leftovers(ctx, path);
  strata_atomic_open(&file, ctx, path, true);
  char *temporary = strata_atomic_temporary_path(&file);
  sqlite3 *copy = open_copy(ctx, temporary, path);
  copy_pages(ctx, copy, schema, path);
  int rc = sqlite3_close(copy);
  assert(rc == SQLITE_OK); /* nothing of it is open */
  (void)rc;
  struct stat st = {0};
  if (ctx->rc == SQLITE_OK && fstat(file.fd, &st) != 0)
    strata_fail(ctx, SQLITE_ERROR, "cannot write '%s': %s", path, strerror(errno));
  if (ctx->rc == SQLITE_OK) {
    begin_result(result, ctx, path, (sqlite3_int64)st.st_size);
    end_result(result, ctx);
  }
  strata_atomic_commit(&file);
  sqlite3_free(temporary);
  strata_atomic_close(&file);
}

void strata_backup_db_function(sqlite3_context *sql, int argc, sqlite3_value **argv) {
  strata_context ctx;
  strata_context_begin(&ctx, sqlite3_context_db_handle(sql));
  strata_writer result = {0};
  const char *path = path_argument(&ctx, argv[0]);
  if (path) copy_database(&ctx, path, strata_schema_argument(argc, argv, 1), &result);
  give_result(sql, &ctx, &result);
}
