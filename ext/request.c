/*
** request.c: parses the arguments `mode` and `options`.
**
** Options are a small JSON object, which cJSON reads. It accepts more than RFC 8259
** allows, so the scanner of documents checks the text first. After that, only what cJSON
** cannot hold has to be refused: it ends a string at U+0000, and reads a number through a
** buffer of 63 bytes.
*/
#include "request.h"
#include "excerpt.h"
#include "input.h"
#include "json_scanner.h"
#include "timestamp.h"

#include <cjson/cJSON.h>
#include <string.h>

/* One function for each option. `value` is its string, or NULL if it is not a string. Each sets its own error. */
static void set_schema(strata_request *request, strata_context *ctx, const char *value) {
  if (value == NULL)
    strata_fail(ctx, SQLITE_ERROR,
                "option \"schema\" takes the name of a database as a string, such as \"main\"");
  else
    request->schema = strata_copy(ctx, value, strlen(value));
}

static void set_unknown(strata_request *request, strata_context *ctx, const char *value) {
  request->ignore_unknown = value && strcmp(value, "ignore") == 0;
  if (!request->ignore_unknown && !(value && strcmp(value, "error") == 0))
    strata_fail(ctx, SQLITE_ERROR, "option \"unknown\" takes \"error\" or \"ignore\"");
}

/* Keep the moment in the form that rows store. Its fraction may have any number of digits. */
static void keep_moment(strata_request *request, strata_context *ctx, const strata_timestamp *moment) {
  request->now_length = strata_timestamp_print(moment, STRATA_TIMESTAMP_STORED, NULL, 0);
  request->now = strata_alloc(ctx, request->now_length);
  if (request->now)
    strata_timestamp_print(moment, STRATA_TIMESTAMP_STORED, request->now, request->now_length);
}

static void set_now(strata_request *request, strata_context *ctx, const char *value) {
  if (value == NULL) {
    strata_fail(ctx, SQLITE_ERROR,
                "option \"now\" takes a timestamp as a string, such as \"2026-01-31T00:00:00.000Z\"");
    return;
  }
  strata_timestamp moment;
  strata_timestamp_status status = strata_timestamp_parse(value, strlen(value), &moment);
  if (status == STRATA_TIMESTAMP_OK) {
    keep_moment(request, ctx, &moment);
    return;
  }
  char *shown = strata_excerpt_of(ctx, value);
  strata_fail(ctx, SQLITE_ERROR,
              status == STRATA_TIMESTAMP_SYNTAX
                  ? "option \"now\" takes a timestamp such as \"2026-01-31T00:00:00.000Z\"; '%s' is not one"
                  : "option \"now\": '%s' is a day or time that does not exist",
              shown);
  sqlite3_free(shown);
}

static void set_progress(strata_request *request, strata_context *ctx, const char *value) {
  if (value == NULL || *value == '\0')
    strata_fail(ctx, SQLITE_ERROR, "option \"progress\" takes the name of an SQL function as a string");
  else
    request->progress = strata_copy(ctx, value, strlen(value));
}

/* All options, in the order in which messages list them. */
static const struct option {
  const char *name;
  const char *takes;
  bool of_backups; /* for backups as well as restores */
  void (*set)(strata_request *request, strata_context *ctx, const char *value);
} known[] = {
    {"schema", "a database's name", false, set_schema},
    {"unknown", "\"error\" or \"ignore\"", false, set_unknown},
    {"now", "a timestamp", false, set_now},
    {"progress", "the name of an SQL function", true, set_progress},
};
#define KNOWN_COUNT (sizeof known / sizeof *known)

static void refuse_option(strata_context *ctx, const char *name, bool is_backup) {
  char *list = NULL, *shown = strata_excerpt_of(ctx, name);
  for (size_t i = 0; i < KNOWN_COUNT; i++) {
    if (is_backup && !known[i].of_backups) continue;
    list = strata_format(ctx, "%z%s\"%s\" (%s)", list, list ? ", " : "", known[i].name, known[i].takes);
  }
  strata_fail(ctx, SQLITE_ERROR, "unknown option \"%s\": a %s takes %s", shown,
              is_backup ? "backup" : "restore", list);
  sqlite3_free(shown);
  sqlite3_free(list);
}

static void set_options(strata_request *request, strata_context *ctx, const cJSON *object, bool is_backup) {
  bool given[KNOWN_COUNT] = {false};
  for (const cJSON *member = object->child; member && ctx->rc == SQLITE_OK; member = member->next) {
    size_t i = 0;
    while (i < KNOWN_COUNT && strcmp(known[i].name, member->string) != 0) i++;
    if (i == KNOWN_COUNT || (is_backup && !known[i].of_backups))
      refuse_option(ctx, member->string, is_backup);
    else if (given[i])
      strata_fail(ctx, SQLITE_ERROR, "option \"%s\" appears twice", known[i].name);
    else
      known[i].set(request, ctx, cJSON_IsString(member) ? member->valuestring : NULL);
    if (i < KNOWN_COUNT) given[i] = true;
  }
}

static const char expected_options[] = "options must be a JSON object, such as {\"schema\":\"aux\"}";

/* What cJSON could not hold in this text, which is JSON; NULL: nothing. */
static const char *beyond_cjson(const char *p) {
  bool in_string = false;
  for (; *p; p++) {
    size_t digits = in_string ? 0 : strspn(p, "+-.eE0123456789");
    if (digits > 60) return "no option takes so long a number";
    if (*p == '"') in_string = !in_string;
    if (*p != '\\') continue;
    if (strncmp(++p, "u0000", 5) == 0) return "no option has a U+0000 in its name or value";
  }
  return NULL;
}

/* Set the error if the text is not strictly JSON or not an object. Returns where the object begins, after a byte-
** order mark. */
static const char *check_json(strata_context *ctx, const char *text, size_t size) {
  strata_source source = {.data = text, .size = size};
  strata_scanner scanner;
  strata_json_type type;
  strata_scanner_open(&scanner, &source);
  strata_scanner_skip_bom(&scanner);
  const char *start = text + strata_scanner_offset(&scanner);
  bool ok = strata_scanner_value(&scanner, 0, &type) && strata_scanner_peek(&scanner) < 0;
  const char *problem = ok ? beyond_cjson(start) : scanner.problem;
  if (!ok || problem)
    strata_fail(ctx, SQLITE_ERROR, "%s: %s", expected_options,
                problem ? problem : "text follows the end of the object");
  else if (type != STRATA_JSON_OBJECT)
    strata_fail(ctx, SQLITE_ERROR, "%s", expected_options);
  strata_scanner_close(&scanner);
  return start;
}

static void parse_options(strata_request *request, strata_context *ctx, sqlite3_value *value,
                          bool is_backup) {
  if (value && strata_input_is_file(value))
    strata_fail(ctx, SQLITE_ERROR, "%s, and not in a file", expected_options);
  if (ctx->rc != SQLITE_OK || value == NULL || sqlite3_value_type(value) == SQLITE_NULL) return;
  int type = sqlite3_value_type(value);
  if (type != SQLITE_TEXT && type != SQLITE_BLOB) {
    strata_fail(ctx, SQLITE_ERROR, "%s", expected_options);
    return;
  }
  strata_source source;
  strata_source_from_value(&source, ctx, value, "the options argument");
  char *text = ctx->rc == SQLITE_OK ? strata_copy(ctx, source.data, (size_t)source.size) : NULL;
  const char *start = text ? check_json(ctx, text, (size_t)source.size) : NULL;
  cJSON *object = ctx->rc == SQLITE_OK ? cJSON_Parse(start) : NULL;
  if (object)
    set_options(request, ctx, object, is_backup);
  else
    strata_fail_nomem(ctx); /* if there is no error yet: cJSON can hold this JSON */
  cJSON_Delete(object);
  sqlite3_free(text);
}

strata_mode strata_mode_from(const char *text, size_t length) {
  if (length == 7 && memcmp(text, "replace", 7) == 0) return STRATA_MODE_REPLACE;
  if (length == 5 && memcmp(text, "merge", 5) == 0) return STRATA_MODE_MERGE;
  return STRATA_MODE_UNSET;
}

/* A pointer value looks like NULL, but is no request for the default mode, which wipes. */
static void parse_mode(strata_request *request, strata_context *ctx, sqlite3_value *mode) {
  bool is_file = mode && strata_input_is_file(mode);
  if (is_file || (mode && sqlite3_value_type(mode) == SQLITE_BLOB))
    strata_fail(ctx, SQLITE_ERROR, "the mode is %s: expected the text 'replace' or 'merge', or NULL",
                is_file ? "a document (strata_file)" : "a BLOB");
  if (ctx->rc != SQLITE_OK || mode == NULL || sqlite3_value_type(mode) == SQLITE_NULL) return;
  const char *text = (const char *)sqlite3_value_text(mode);
  if (text) request->mode = strata_mode_from(text, (size_t)sqlite3_value_bytes(mode));
  char *shown = text && request->mode == STRATA_MODE_UNSET ? strata_excerpt_of(ctx, text) : NULL;
  if (shown)
    strata_fail(ctx, SQLITE_ERROR, "unknown mode '%s': expected 'replace' or 'merge'%s", shown,
                *text == '{'
                    ? " (options are the argument after the mode: pass NULL, '{…}' for the default mode)"
                    : "");
  else if (request->mode == STRATA_MODE_UNSET)
    strata_fail_nomem(ctx);
  sqlite3_free(shown);
}

void strata_request_parse(strata_request *request, strata_context *ctx, sqlite3_value *mode,
                          sqlite3_value *options) {
  *request = (strata_request){.mode = STRATA_MODE_UNSET};
  parse_mode(request, ctx, mode);
  parse_options(request, ctx, options, false);
  if (request->now || ctx->rc != SQLITE_OK) return;
  strata_timestamp clock = strata_timestamp_now();
  keep_moment(request, ctx, &clock);
}

void strata_request_parse_backup(strata_request *request, strata_context *ctx, sqlite3_value *options) {
  *request = (strata_request){.mode = STRATA_MODE_UNSET};
  parse_options(request, ctx, options, true);
}

void strata_request_free(strata_request *request) {
  sqlite3_free(request->schema);
  sqlite3_free(request->now);
  sqlite3_free(request->progress);
  request->schema = request->now = request->progress = NULL;
}
