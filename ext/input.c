/*
** input.c: see input.h.
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
                "%s is NULL: expected a backup document (readfile() gives NULL for a file that it cannot "
                "read; call strata_file() in the argument itself, since a table or a subquery keeps only a "
                "NULL of it)",
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
      strata_fail_db(ctx, SQLITE_NOMEM);
  }
}

void strata_input_open(strata_input *input, strata_context *ctx, sqlite3_value *value, const char *what,
                       const char *consequence) {
  const strata_named_file *file = sqlite3_value_pointer(value, STRATA_NAMED_FILE);
  if (file)
    file->open(&input->source, ctx, file->path, consequence);
  else
    strata_source_from_value(&input->source, ctx, value, what);
}

void strata_input_open_copy(strata_input *input, strata_context *ctx, sqlite3_value *value,
                            const char *what) {
  /* A copy of a pointer value is NULL; but whoever opens the file has a path of his own. */
  if (sqlite3_value_type(value) != SQLITE_NULL) {
    value = input->copy = sqlite3_value_dup(value);
    if (value == NULL) strata_fail_db(ctx, SQLITE_NOMEM);
  }
  if (ctx->rc == SQLITE_OK) strata_input_open(input, ctx, value, what, STRATA_INPUT_UNRELIABLE);
}

void strata_input_settle(strata_input *input, strata_context *ctx) {
  if (input->source.verify == NULL) return;
  strata_context error = *ctx;
  strata_context_begin(ctx, error.db);
  input->source.verify(input->source.argument);
  if (ctx->rc == SQLITE_OK)
    *ctx = error;
  else
    strata_context_end(&error);
}

void strata_input_close(strata_input *input) {
  if (input->source.close) input->source.close(input->source.argument);
  sqlite3_value_free(input->copy);
  *input = (strata_input){0};
}
