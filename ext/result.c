/*
** result.c: writes a small JSON object, member by member. It uses the writer of documents,
** not cJSON, because a name may contain U+0000, where cJSON would end it.
*/
#include "result.h"

void strata_result_begin(strata_writer *w, strata_context *ctx) {
  strata_writer_to_memory(w, (size_t)sqlite3_limit(ctx->db, SQLITE_LIMIT_LENGTH, -1));
  strata_writer_literal(w, "{");
}

/* Write a member's name, after a comma if it is not the first. */
static void write_name(strata_writer *w, const char *name, size_t length) {
  if (w->length > 0 && w->data[w->length - 1] != '{') strata_writer_literal(w, ",");
  strata_writer_string(w, name, length);
  strata_writer_literal(w, ":");
}

bool strata_result_string(strata_writer *w, const char *name, const char *text) {
  write_name(w, name, strlen(name));
  return strata_writer_string(w, text, strlen(text));
}

void strata_result_number(strata_writer *w, const char *name, size_t length, sqlite3_int64 value) {
  write_name(w, name, length);
  strata_writer_integer(w, value);
}

void strata_result_integer(strata_writer *w, const char *name, sqlite3_int64 value) {
  strata_result_number(w, name, strlen(name), value);
}

void strata_result_open(strata_writer *w, const char *name) {
  write_name(w, name, strlen(name));
  strata_writer_literal(w, "{");
}

void strata_result_close(strata_writer *w) {
  strata_writer_literal(w, "}");
}

void strata_result_counts(strata_writer *w, const sqlite3_int64 *counts) {
  strata_result_open(w, "counts");
  for (int i = 0; i < STRATA_TABLE_COUNT; i++) strata_result_integer(w, strata_table_name(i), counts[i]);
  strata_result_close(w);
}

void strata_result_end(strata_writer *w, strata_context *ctx, const char *what, const char *consequence) {
  strata_writer_raw(w, "}", 2); /* with a NUL, so that SQLite need not copy the text to add one */
  strata_writer_flush(w);
  if (w->rc == SQLITE_TOOBIG)
    strata_fail(ctx, w->rc, "%s is longer than a value may be on this connection (SQLITE_LIMIT_LENGTH)%s",
                what, consequence);
  else if (w->rc != SQLITE_OK)
    strata_fail_db(ctx, w->rc);
}

void strata_result_finish(sqlite3_context *sql, strata_context *ctx, strata_writer *w) {
  if (ctx->rc == SQLITE_OK) {
    sqlite3_result_text(sql, w->data, -1, sqlite3_free);
  } else {
    strata_writer_free(w);
    strata_result_error(ctx, sql);
  }
}
