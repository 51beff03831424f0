/*
** file_source.c: opens a file as a document's source and reads it in pieces. A document
** is read more than once (scanned, then its rows are read), so verify_source() checks
** at the end that the file has not changed since it was opened.
*/
#include "file_source.h"
#include "file_guard.h"
#include "os_file.h"

#include <errno.h>
#include <string.h>

/* A document in a file, and the file's state when it was opened. */
typedef struct file_source {
  strata_context *ctx;
  char *path;
  const char *consequence;
  strata_os_handle handle;
  strata_os_state opened;
} file_source;

static int fail_source(file_source *file, int error) {
  strata_fail(file->ctx, SQLITE_CANTOPEN, "cannot read '%s': %s", file->path, strerror(error));
  return SQLITE_CANTOPEN;
}

static int read_source(void *argument, uint64_t offset, char *buffer, size_t size, size_t *got) {
  file_source *file = argument;
  int error = strata_os_read(file->handle, offset, buffer, size, got);
  return error ? fail_source(file, error) : SQLITE_OK;
}

static bool same_moment(const int64_t a[2], const int64_t b[2]) {
  return a[0] == b[0] && a[1] == b[1];
}

/* Whether the file is still as it was when it was opened, so that the rows are those that the scan has checked. */
static int verify_source(void *argument) {
  file_source *file = argument;
  const strata_os_state *opened = &file->opened;
  strata_os_state now;
  int error = strata_os_handle_state(file->handle, &now);
  if (error) return fail_source(file, error);
  /* A program can set the date of modification back, but not the date when the status changed. That one also changes
  ** when a newer backup takes the file's name, which does no harm: then the number of links has changed too. */
  bool same_status = same_moment(now.changed, opened->changed) || now.names != opened->names;
  if (now.size == opened->size && same_moment(now.modified, opened->modified) && same_status)
    return SQLITE_OK;
  strata_fail(file->ctx, SQLITE_ERROR, "'%s' changed while it was being read: %s", file->path,
              file->consequence);
  return SQLITE_ERROR;
}

static void open_source(file_source *file) {
  strata_context *ctx = file->ctx;
  strata_guard_read(ctx, file->path);
  if (ctx->rc != SQLITE_OK) return;
  int error = strata_os_open(file->path, &file->handle);
  if (error == 0) error = strata_os_handle_state(file->handle, &file->opened);
  if (error == 0 && file->opened.kind == STRATA_OS_FOLDER) error = EISDIR;
  if (error)
    fail_source(file, error);
  else if (file->opened.kind != STRATA_OS_FILE)
    strata_fail(ctx, SQLITE_CANTOPEN, "cannot read '%s': it is not a regular file", file->path);
  else if (file->opened.size == 0)
    strata_fail(ctx, SQLITE_ERROR, "'%s' is empty, not a backup", file->path);
}

static void close_source(void *argument) {
  file_source *file = argument;
  strata_os_close(file->handle);
  sqlite3_free(file->path);
  sqlite3_free(file);
}

void strata_file_source_open(strata_source *source, strata_context *ctx, const char *path,
                             const char *consequence) {
  *source = (strata_source){.data = ""};
  file_source *file = strata_alloc(ctx, sizeof *file);
  if (file == NULL) return;
  *file = (file_source){.ctx = ctx, .consequence = consequence, .handle = STRATA_OS_NONE};
  file->path = strata_copy(ctx, path, strlen(path));
  if (file->path) open_source(file);
  if (ctx->rc == SQLITE_OK)
    *source = (strata_source){
        .read = read_source, .verify = verify_source, .close = close_source, .argument = file};
  else
    close_source(file);
}
