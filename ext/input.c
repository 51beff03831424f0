/*
** input.c: opens a document that was passed as TEXT, as a BLOB or with strata_file().
*/
#include "input.h"

bool strata_input_is_file(sqlite3_value *value) {
  return sqlite3_value_pointer(value, STRATA_NAMED_FILE) != NULL;
}

void strata_source_from_value(strata_source *source, strata_context *ctx, sqlite3_value *value,
                              const char *what) {
  int type = sqlite3_value_type(value);
  *source = (strata_source){.data = ""};
  if (type == SQLITE_NULL) {
    strata_fail(ctx, SQLITE_ERROR,
                "%s is NULL: expected a backup document. readfile() returns NULL for a file that it cannot "
                "read; strata_file() says why. Call strata_file() in the argument itself: a table or a "
                "subquery turns its value into NULL",
                what);
  } else if (type != SQLITE_TEXT && type != SQLITE_BLOB) {
    strata_fail(ctx, SQLITE_ERROR, "%s is a number: expected a backup document as TEXT or BLOB", what);
  } else {
    const void *bytes =
        type == SQLITE_BLOB ? sqlite3_value_blob(value) : (const void *)sqlite3_value_text(value);
    source->size = (uint64_t)sqlite3_value_bytes(value);
    if (bytes)
      source->data = bytes;
    else if (source->size || type == SQLITE_TEXT)
      strata_fail_nomem(ctx);
  }
}

void strata_input_open(strata_source *source, strata_context *ctx, sqlite3_value *value, const char *what,
                       const char *consequence) {
  const strata_named_file *file = sqlite3_value_pointer(value, STRATA_NAMED_FILE);
  if (file)
    file->open(source, ctx, file->path, consequence);
  else
    strata_source_from_value(source, ctx, value, what);
}

void strata_input_check_unchanged(const strata_source *source, strata_context *ctx) {
  if (source->verify == NULL) return;
  strata_context error = *ctx;
  strata_context_begin(ctx, error.db);
  source->verify(source->argument);
  if (ctx->rc == SQLITE_OK)
    *ctx = error;
  else
    strata_context_end(&error);
}

void strata_input_close(strata_source *source) {
  if (source->close) source->close(source->argument);
  *source = (strata_source){0};
}
