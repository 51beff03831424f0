/*
** request.c: what a restore is asked for. See request.h.
*/
#include "request.h"
#include "excerpt.h"
#include "json_reader.h"

#include <string.h>

static bool field_is(const strata_field *field, const char *name) {
  return field->name_length == strlen(name) && memcmp(field->name, name, field->name_length) == 0;
}

static bool text_is(const strata_field *field, const char *text) {
  return field->type == STRATA_JSON_STRING && field->length == strlen(text) &&
         memcmp(field->text, text, field->length) == 0;
}

static void set_option(strata_request *request, strata_context *ctx, const strata_field *field) {
  if (field_is(field, "schema")) {
    if (field->type != STRATA_JSON_STRING)
      strata_fail(ctx, SQLITE_ERROR,
                  "option \"schema\" takes the name of a database as a string, such as \"main\"");
    else if (memchr(field->text, 0, field->length))
      strata_fail(ctx, SQLITE_ERROR, "option \"schema\" has a U+0000 in it, which no database's name has");
    sqlite3_free(request->schema);
    request->schema = ctx->rc == SQLITE_OK ? strata_copy(ctx, field->text, field->length) : NULL;
  } else if (field_is(field, "unknown")) {
    request->ignore_unknown = text_is(field, "ignore");
    if (!request->ignore_unknown && !text_is(field, "error"))
      strata_fail(ctx, SQLITE_ERROR, "option \"unknown\" takes \"error\" or \"ignore\"");
  } else {
    strata_fail(ctx, SQLITE_ERROR,
                "unknown option \"%.*w\": the options are \"schema\" (a database's name) and \"unknown\" "
                "(\"error\" or \"ignore\")",
                (int)field->name_length, field->name);
  }
}

static const char expected_options[] = "options have to be a JSON object, such as {\"schema\":\"aux\"}";

static void parse_options(strata_request *request, strata_context *ctx, sqlite3_value *value) {
  if (ctx->rc != SQLITE_OK || sqlite3_value_type(value) == SQLITE_NULL) return;
  strata_source source;
  strata_source_from_value(&source, ctx, value, "the options argument");
  if (ctx->rc != SQLITE_OK) return;
  strata_scanner scanner;
  strata_json_type type;
  strata_row row = {0};
  strata_scanner_open(&scanner, &source);
  strata_scanner_skip_bom(&scanner);
  strata_scanner_peek(&scanner);
  uint64_t start = strata_scanner_offset(&scanner);
  bool ok = strata_scanner_value(&scanner, STRATA_ROW_DEPTH, &type) && strata_scanner_peek(&scanner) < 0;
  if (!ok)
    strata_fail(ctx, SQLITE_ERROR, "%s: %s", expected_options,
                scanner.problem ? scanner.problem : "something follows its end");
  else if (type != STRATA_JSON_OBJECT)
    strata_fail(ctx, SQLITE_ERROR, "%s", expected_options);
  strata_scanner_seek(&scanner, start);
  strata_row_read(&row, ctx, &scanner);
  strata_scanner_close(&scanner);
  strata_name_set seen = {0};
  for (int i = 0; ctx->rc == SQLITE_OK && i < row.count; i++) {
    if (!strata_name_set_add(&seen, ctx, row.fields[i].name, row.fields[i].name_length))
      strata_fail(ctx, SQLITE_ERROR, "option \"%.*w\" is there twice", (int)row.fields[i].name_length,
                  row.fields[i].name);
    set_option(request, ctx, &row.fields[i]);
  }
  strata_name_set_free(&seen);
  strata_row_free(&row);
}

strata_mode strata_mode_from(const char *text, size_t length) {
  if (length == 7 && memcmp(text, "replace", 7) == 0) return STRATA_MODE_REPLACE;
  if (length == 5 && memcmp(text, "merge", 5) == 0) return STRATA_MODE_MERGE;
  return STRATA_MODE_UNSET;
}

void strata_request_parse(strata_request *request, strata_context *ctx, sqlite3_value *mode,
                          sqlite3_value *options) {
  *request = (strata_request){.mode = STRATA_MODE_UNSET};
  if (mode && sqlite3_value_type(mode) != SQLITE_NULL) {
    const char *text = (const char *)sqlite3_value_text(mode);
    if (text) request->mode = strata_mode_from(text, (size_t)sqlite3_value_bytes(mode));
    char *shown = text && request->mode == STRATA_MODE_UNSET ? strata_excerpt_of(text) : NULL;
    if (shown)
      strata_fail(ctx, SQLITE_ERROR, "unknown mode '%s': expected 'replace' or 'merge'%s", shown,
                  *text == '{' ? " (options come after it: NULL, '{…}')" : "");
    else if (request->mode == STRATA_MODE_UNSET)
      strata_fail_db(ctx, SQLITE_NOMEM);
    sqlite3_free(shown);
  }
  if (options) parse_options(request, ctx, options);
}

void strata_request_free(strata_request *request) {
  sqlite3_free(request->schema);
  request->schema = NULL;
}
