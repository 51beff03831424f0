/*
** raw_copy.c: strata_backup_db(), a copy of the database file as it is. SQLite's backup
** API writes it into the temporary file of an atomic file, which then takes the place of
** the target. That the copy is what SQLite wrote, and not another program's file, is
** checked when it is opened, by its size, and when it is renamed.
*/
#include "atomic_file.h"
#include "backup.h"
#include "catalog_load.h"
#include "file_guard.h"
#include "file_result.h"
#include "files.h"
#include "transaction.h"

#include <assert.h>
#include <string.h>

/* The value of a PRAGMA of the copy. Its errors are reported as SQLITE_CANTOPEN, so that they do not look like errors of
** the caller's database. */
static sqlite3_int64 ask(strata_context *ctx, sqlite3 *copy, const char *pragma, const char *path) {
  strata_context look;
  strata_context_begin(&look, copy);
  sqlite3_int64 value = strata_query_integer(&look, strata_prepare(&look, "PRAGMA %s", pragma));
  if (look.rc == SQLITE_NOMEM)
    strata_fail_db(ctx, look.rc);
  else if (look.rc != SQLITE_OK)
    strata_fail(ctx, SQLITE_CANTOPEN, "cannot write '%s': %s", path, look.message ? look.message : "");
  strata_context_end(&look);
  return value;
}

/*
** The name of the VFS that writes the copy: the one through which the database was opened, which
** may encrypt what it writes. NULL means SQLite's default, also for a database that is not in a file.
*/
static const char *choose_vfs(strata_context *ctx, const char *schema) {
  const char *file = ctx->rc == SQLITE_OK ? sqlite3_db_filename(ctx->db, schema) : NULL;
  sqlite3_vfs *vfs = NULL;
  if (file == NULL || *file == '\0') return NULL;
  sqlite3_file_control(ctx->db, schema, SQLITE_FCNTL_VFS_POINTER, &vfs);
  /* "memdb" has names for what it keeps in memory; sqlite3_deserialize() uses it */
  if (vfs == NULL || vfs == sqlite3_vfs_find(NULL) || strcmp(vfs->zName, "memdb") == 0) return NULL;
  return vfs->zName;
}

/*
** Open the temporary file as a database. Refuses a symbolic link, and a file with
** content, which another program must have put there. The copy needs no journal: if
** anything fails, the whole file is thrown away. Nor does it share memory with anyone, which not every VFS
** could do with a database in WAL mode.
*/
static sqlite3 *open_copy(strata_context *ctx, const char *temporary, const char *path, const char *vfs) {
  sqlite3 *copy = NULL;
  if (ctx->rc != SQLITE_OK) return NULL;
  int rc = sqlite3_open_v2(temporary, &copy, SQLITE_OPEN_READWRITE | SQLITE_OPEN_NOFOLLOW, vfs);
  if (rc == SQLITE_OK) rc = sqlite3_exec(copy, "PRAGMA locking_mode=EXCLUSIVE", NULL, NULL, NULL);
  if (rc == SQLITE_OK && ask(ctx, copy, "page_count", path) > 0)
    strata_fail(ctx, SQLITE_CANTOPEN, STRATA_ATOMIC_REPLACED_MESSAGE, path);
  if (rc == SQLITE_OK && ctx->rc == SQLITE_OK)
    rc = sqlite3_exec(copy, "PRAGMA journal_mode=OFF; PRAGMA synchronous=OFF", NULL, NULL, NULL);
  if (rc != SQLITE_OK)
    strata_fail(ctx, rc == SQLITE_NOMEM ? rc : SQLITE_CANTOPEN, "cannot write '%s'%s%s%s: %s", path,
                vfs ? " through the VFS \"" : "", vfs ? vfs : "",
                vfs ? "\", with which the database was opened" : "", sqlite3_errmsg(copy));
  return copy;
}

/*
** Copy all pages as of one moment: the snapshot keeps others from committing between
** two steps. The backup API does not look for interrupts, so a small statement after
** every few thousand pages does.
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

/* Refuse a database without a table: SQLite creates one when its name is mistyped. */
static void refuse_empty(strata_context *ctx, const char *schema) {
  sqlite3_stmt *tables =
      strata_prepare(ctx, "SELECT count(*) FROM \"%w\".sqlite_master WHERE type='table'", schema);
  if (strata_query_integer(ctx, tables) > 0) return;
  const char *file = sqlite3_db_filename(ctx->db, schema);
  const char *left = file && *file ? " ('" : "", *right = *left ? "')" : "";
  strata_fail(ctx, SQLITE_ERROR,
              "database \"%w\"%s%s%s has no tables: is it the right file? (sql/schema.sql makes the tables "
              "of a new one)",
              schema, left, *left ? file : "", right);
}

/* Check, copy, check the copy, write the result, and put the copy in its place. */
static void copy_database(strata_context *ctx, const char *path, const char *schema, strata_writer *result) {
  strata_atomic_file file;
  strata_check_schema(ctx, schema);
  refuse_empty(ctx, schema);
  strata_guard_write_database(ctx, path);
  strata_atomic_open(&file, ctx, path, true);
  char *temporary = strata_atomic_temporary_path(&file);
  const char *vfs = choose_vfs(ctx, schema);
  sqlite3 *copy = open_copy(ctx, temporary, path, vfs);
  copy_pages(ctx, copy, schema, path);
  sqlite3_int64 expected =
      ctx->rc == SQLITE_OK ? ask(ctx, copy, "page_count", path) * ask(ctx, copy, "page_size", path) : 0;
  int rc = sqlite3_close(copy);
  assert(rc == SQLITE_OK); /* no statement is open on it */
  (void)rc;
  sqlite3_int64 bytes = strata_atomic_size(&file);
  /* A VFS that is not SQLite's own may store more than the pages, or compress them. */
  if (ctx->rc == SQLITE_OK && bytes != expected && vfs == NULL)
    strata_fail(ctx, SQLITE_CANTOPEN, STRATA_ATOMIC_REPLACED_MESSAGE, path);
  if (ctx->rc == SQLITE_OK) {
    strata_file_result_begin(result, ctx, path, bytes);
    strata_result_end(result, ctx, "the result", "");
  }
  strata_atomic_commit(&file);
  sqlite3_free(temporary);
  strata_atomic_close(&file);
}

void strata_backup_db_function(sqlite3_context *sql, int argc, sqlite3_value **argv) {
  strata_context ctx;
  strata_context_begin(&ctx, sqlite3_context_db_handle(sql));
  strata_writer result = {0};
  const char *path = strata_path_argument(&ctx, argv[0]);
  if (path) copy_database(&ctx, path, strata_schema_argument(argc > 1 ? argv[1] : NULL), &result);
  strata_result_finish(sql, &ctx, &result);
  strata_context_end(&ctx);
}
