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
  strata_writer_to_memory(w, (size_t)sqlite3_limit(ctx->db, SQLITE_LIMIT_LENGTH, -1));
  strata_writer_literal(w, "{\"path\":");
  if (!strata_writer_string(w, path, strlen(path)))
    strata_fail(ctx, SQLITE_CANTOPEN, "the path is not valid UTF-8");
  strata_writer_literal(w, ",\"bytes\":");
  strata_writer_integer(w, bytes);
}

void strata_file_result_end(strata_writer *w, strata_context *ctx) {
  strata_writer_raw(w, "}", 2); /* with a NUL, so that SQLite need not copy the text to add one */
  strata_writer_flush(w);
  if (w->rc == SQLITE_TOOBIG)
    strata_fail(ctx, w->rc,
                "the result is longer than a value may be on this connection (SQLITE_LIMIT_LENGTH)");
  else if (w->rc != SQLITE_OK)
    strata_fail_db(ctx, w->rc);
}

void strata_file_result_give(sqlite3_context *sql, strata_context *ctx, strata_writer *w) {
  if (ctx->rc == SQLITE_OK) {
    sqlite3_result_text(sql, w->data, -1, sqlite3_free);
  } else {
    strata_writer_free(w);
    strata_result_error(ctx, sql);
  }
  strata_context_end(ctx);
}
