/*
** json_row.c: one object of JSON, through cJSON, without losing anything.
**
** cJSON ends a string at the first U+0000 and makes every number a double. So
** it gets the object with two changes, for which it needs two bytes that never
** occur in UTF-8 (RFC 3629), and that the scanner therefore never lets pass:
** an escaped U+0000 becomes the byte FF, and a number becomes a string that
** begins with the byte FE and goes on with the number's own digits.
*/
#include "json_reader.h"

#include <cjson/cJSON.h>
#include <string.h>

#define NUL_MARK '\xFF'
#define NUMBER_MARK '\xFE'

/* Each number takes three more bytes, and has at least one of its own and one behind it ("1,"): so three
** times the length and a few bytes are always enough. */
static bool reserve(strata_row *row, strata_context *ctx, size_t length) {
  size_t size = length * 3 + 8;
  if (size <= row->scratch_size) return true;
  size += size / 2;
  char *scratch = strata_realloc(ctx, row->scratch, size);
  if (scratch == NULL) return false;
  row->scratch = scratch;
  row->scratch_size = size;
  return true;
}

static const char *copy_string(const char *p, char **out) {
  char *o = *out;
  *o++ = *p++;
  while (*p != '"') {
    if (*p != '\\') {
      *o++ = *p++;
    } else if (strncmp(p + 1, "u0000", 5) == 0) {
      *o++ = NUL_MARK;
      p += 6;
    } else {
      *o++ = *p++;
      *o++ = *p++;
    }
  }
  *o++ = *p++;
  *out = o;
  return p;
}

static const char *copy_number(const char *p, const char *end, char **out) {
  char *o = *out;
  *o++ = '"';
  *o++ = NUMBER_MARK;
  while (p < end &&
         ((*p >= '0' && *p <= '9') || *p == '-' || *p == '+' || *p == '.' || *p == 'e' || *p == 'E'))
    *o++ = *p++;
  *o++ = '"';
  *out = o;
  return p;
}

static void rewrite(strata_row *row, const char *text, size_t length) {
  const char *p = text, *end = text + length;
  char *out = row->scratch;
  while (p < end) {
    if (*p == '"')
      p = copy_string(p, &out);
    else if (*p == '-' || (*p >= '0' && *p <= '9'))
      p = copy_number(p, end, &out);
    else
      *out++ = *p++;
  }
  *out = '\0';
}

/* The marks back to what they stand for; returns the length. */
static size_t restore_nuls(char *text) {
  size_t length = strlen(text);
  for (char *p = text; (p = memchr(p, NUL_MARK, length - (size_t)(p - text))) != NULL; p++) *p = '\0';
  return length;
}

static bool add_field(strata_row *row, strata_context *ctx, cJSON *item) {
  if (row->count == row->room) {
    int room = row->room * 2 + 16;
    strata_field *fields = strata_realloc(ctx, row->fields, (size_t)room * sizeof *fields);
    if (fields == NULL) return false;
    row->fields = fields;
    row->room = room;
  }
  strata_field *field = &row->fields[row->count++];
  *field = (strata_field){.name = item->string, .name_length = restore_nuls(item->string)};
  if (cJSON_IsString(item)) {
    bool is_number = item->valuestring[0] == NUMBER_MARK;
    field->type = is_number ? STRATA_JSON_NUMBER : STRATA_JSON_STRING;
    field->text = item->valuestring + is_number;
    field->length = is_number ? strlen(field->text) : restore_nuls(item->valuestring);
  } else {
    field->type = cJSON_IsTrue(item)     ? STRATA_JSON_TRUE
                  : cJSON_IsFalse(item)  ? STRATA_JSON_FALSE
                  : cJSON_IsArray(item)  ? STRATA_JSON_ARRAY
                  : cJSON_IsObject(item) ? STRATA_JSON_OBJECT
                                         : STRATA_JSON_NULL;
  }
  return true;
}

static bool parse(strata_row *row, strata_context *ctx, const char *text, size_t length, bool plain) {
  cJSON_Delete(row->json);
  row->json = NULL;
  row->count = 0;
  if (ctx->rc != SQLITE_OK || !reserve(row, ctx, length)) return false;
  if (plain) {
    memcpy(row->scratch, text, length);
    row->scratch[length] = '\0';
  } else {
    rewrite(row, text, length);
  }
  row->json = cJSON_Parse(row->scratch);
  /* The scanner has passed it, so that only memory can be missing. */
  if (row->json == NULL) strata_fail_db(ctx, SQLITE_NOMEM);
  return row->json != NULL;
}

bool strata_row_parse(strata_row *row, strata_context *ctx, const char *text, size_t length, bool plain) {
  if (!parse(row, ctx, text, length, plain)) return false;
  for (cJSON *item = row->json->child; item; item = item->next) {
    if (!add_field(row, ctx, item)) return false;
  }
  return true;
}

const char *strata_row_parse_string(strata_row *row, strata_context *ctx, const char *token,
                                    size_t token_length, size_t *length) {
  if (!parse(row, ctx, token, token_length, false)) return NULL;
  *length = restore_nuls(row->json->valuestring);
  return row->json->valuestring;
}

void strata_row_free(strata_row *row) {
  cJSON_Delete(row->json);
  sqlite3_free(row->fields);
  sqlite3_free(row->scratch);
  *row = (strata_row){0};
}
