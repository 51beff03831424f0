/*
** file_result.c: checks the argument `path`, and writes the result of the functions
** that make a file, {"path":…,"bytes":…}.
*/
#include "file_result.h"

#include <string.h>

const char *strata_path_argument(strata_context *ctx, sqlite3_value *value) {
  if (sqlite3_value_type(value) != SQLITE_TEXT) {
    strata_fail(ctx, SQLITE_ERROR, "the path must be text, such as 'strata-backup.json'");
    return NULL;
  }
  const char *path = (const char *)sqlite3_value_text(value);
  if (path == NULL)
    strata_fail_nomem(ctx);
  else if (*path == '\0')
    strata_fail(ctx, SQLITE_CANTOPEN, "the path is empty");
  else if (strlen(path) != (size_t)sqlite3_value_bytes(value))
    strata_fail(ctx, SQLITE_CANTOPEN, "the path '%s…' contains U+0000, which no file's name can contain",
                path);
  return ctx->rc == SQLITE_OK ? path : NULL;
}

void strata_file_result_begin(strata_writer *w, strata_context *ctx, const char *path, sqlite3_int64 bytes) {
  strata_result_begin(w, ctx);
  if (!strata_result_string(w, "path", path))
    strata_fail(ctx, SQLITE_CANTOPEN, "the path is not valid UTF-8");
  strata_result_integer(w, "bytes", bytes);
}
