/*
** json_row.c: one object of JSON, split into its members.
**
** The scanner finds the members and their types. A row points at digits, and at strings
** without a backslash, where they stand in the document. A string with an escape goes
** through cJSON.
**
** cJSON ends a string at the first U+0000. So an escaped U+0000 is passed to it as the
** byte FF, which never occurs in UTF-8 (RFC 3629), so that the scanner never accepts it.
*/
#include "json_row.h"

#include <cjson/cJSON.h>
#include <limits.h>
#include <string.h>

#define NUL_MARK '\xFF'

/* Copy a string's token, with the mark in place of each escaped U+0000, for cJSON. */
static void rewrite(char *out, const char *token, size_t length) {
  const char *p = token, *end = token + length;
  while (p < end) {
    if (*p != '\\') {
      *out++ = *p++;
    } else if (end - p >= 6 && memcmp(p + 1, "u0000", 5) == 0) {
      *out++ = NUL_MARK;
      p += 6;
    } else {
      *out++ = *p++;
      *out++ = *p++;
    }
  }
  *out = '\0';
}

/* Decode a string's token into `out`, which has room for the token and one byte more. The characters need less. */
static bool decode(strata_context *ctx, char *out, const char *token, size_t token_length, size_t *length) {
  rewrite(out, token, token_length);
  cJSON *json = cJSON_Parse(out);
  if (json == NULL) {
    /* The scanner has accepted it, so the only possible cause is a lack of memory. */
    strata_fail_nomem(ctx);
    return false;
  }
  *length = strlen(json->valuestring);
  memcpy(out, json->valuestring, *length);
  cJSON_Delete(json);
  for (char *p = out; (p = memchr(p, NUL_MARK, *length - (size_t)(p - out))) != NULL; p++) *p = '\0';
  return true;
}

const char *strata_row_parse_string(strata_row *row, strata_context *ctx, const char *token,
                                    size_t token_length, size_t *length) {
  *length = token_length - 2;
  if (memchr(token, '\\', token_length) == NULL) return token + 1;
  if (!strata_grow(ctx, &row->scratch, &row->scratch_size, token_length + 1, 1)) return NULL;
  return decode(ctx, row->scratch, token, token_length, length) ? row->scratch : NULL;
}

static strata_field *new_field(strata_row *row, strata_context *ctx) {
  if (row->count == INT_MAX) strata_fail_nomem(ctx);
  if (!strata_grow(ctx, &row->fields, &row->room, (size_t)row->count + 1, sizeof *row->fields)) return NULL;
  return &row->fields[row->count++];
}

/* Scan one member. The window may move while its row is read, so positions are counted from the row's first byte. */
static bool scan_member(strata_scanner *s, strata_field *field) {
  strata_scanner_peek(s);
  s->has_escape = false;
  field->name_token = (strata_token){.at = (size_t)(s->at - s->keep)};
  if (!strata_scanner_name(s)) return false;
  field->name_token.length = (size_t)(s->at - s->keep) - field->name_token.at;
  field->name_token.has_escape = s->has_escape;
  if (!strata_scanner_expect(s, ':', "expected ':' after a member's name")) return false;
  strata_scanner_peek(s);
  s->has_escape = false;
  field->token = (strata_token){.at = (size_t)(s->at - s->keep)};
  if (!strata_scanner_value(s, STRATA_ROW_DEPTH + 1, &field->type)) return false;
  field->token.length = (size_t)(s->at - s->keep) - field->token.at;
  field->token.has_escape = s->has_escape;
  return true;
}

static bool scan_members(strata_row *row, strata_context *ctx, strata_scanner *s) {
  s->at++;
  if (strata_scanner_peek(s) == '}') {
    s->at++;
    return true;
  }
  do {
    strata_field *field = new_field(row, ctx);
    if (field == NULL || !scan_member(s, field)) return false;
  } while (strata_scanner_more(s, '}'));
  return s->rc == SQLITE_OK;
}

/* A string's characters: in the document itself, or decoded into the scratch memory after what it already holds. */
static const char *text_of(strata_row *row, strata_context *ctx, const char *start, const strata_token *token,
                           size_t *used, size_t *length) {
  *length = token->length - 2;
  if (!token->has_escape) return start + token->at + 1;
  char *out = row->scratch + *used;
  if (!decode(ctx, out, start + token->at, token->length, length)) return NULL;
  *used += *length;
  return out;
}

bool strata_row_read(strata_row *row, strata_context *ctx, strata_scanner *s) {
  row->count = 0;
  s->keep = s->at;
  bool ok = ctx->rc == SQLITE_OK && scan_members(row, ctx, s);
  const char *start = (const char *)s->keep;
  size_t used = 0;
  /* Decoded strings are shorter than their tokens, and all tokens together are shorter than the row. */
  ok = ok && strata_grow(ctx, &row->scratch, &row->scratch_size, (size_t)(s->at - s->keep) + 1, 1);
  s->keep = NULL;
  for (int i = 0; ok && i < row->count; i++) {
    strata_field *field = &row->fields[i];
    field->name = text_of(row, ctx, start, &field->name_token, &used, &field->name_length);
    field->text = start + field->token.at;
    field->length = field->token.length;
    if (field->type == STRATA_JSON_STRING)
      field->text = text_of(row, ctx, start, &field->token, &used, &field->length);
    ok = ctx->rc == SQLITE_OK;
  }
  return ok;
}

void strata_row_free(strata_row *row) {
  sqlite3_free(row->fields);
  sqlite3_free(row->scratch);
  *row = (strata_row){0};
}
