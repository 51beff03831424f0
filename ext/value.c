/*
** value.c: see value.h.
*/
#include "value.h"
#include "decimal.h"
#include "excerpt.h"
#include "timestamp.h"

#include <assert.h>
#include <math.h>
#include <string.h>

/* Whether UTF-16 in native byte order has half a surrogate pair somewhere. */
static bool has_half_pair(const void *text, int bytes) {
  for (int i = 0; i + 1 < bytes; i += 2) {
    uint16_t unit, next = 0;
    memcpy(&unit, (const char *)text + i, 2);
    if (unit < 0xD800 || unit > 0xDFFF) continue;
    if (i + 3 < bytes) memcpy(&next, (const char *)text + i + 2, 2);
    if (unit > 0xDBFF || next < 0xDC00 || next > 0xDFFF) return true;
    i += 2;
  }
  return false;
}

strata_value strata_value_from_cell(sqlite3_stmt *stmt, int i, bool utf16) {
  strata_value value = {.type = (uint8_t)sqlite3_column_type(stmt, i)};
  if (value.type == SQLITE_INTEGER) {
    value.integer = sqlite3_column_int64(stmt, i);
  } else if (value.type == SQLITE_FLOAT) {
    value.real = sqlite3_column_double(stmt, i);
  } else if (value.type == SQLITE_TEXT && utf16 &&
             has_half_pair(sqlite3_column_text16(stmt, i), sqlite3_column_bytes16(stmt, i))) {
    /* SQLite would make something else of it; a byte that is no UTF-8 says that there is none for it. */
    value.text = "\xFF";
    value.length = 1;
  } else if (value.type == SQLITE_TEXT) {
    value.text = (const char *)sqlite3_column_text(stmt, i);
    value.length = (uint32_t)sqlite3_column_bytes(stmt, i);
  }
  return value;
}

int strata_value_bind(const strata_value *value, sqlite3_stmt *stmt, int parameter) {
  if (value->type == SQLITE_INTEGER) return sqlite3_bind_int64(stmt, parameter, value->integer);
  if (value->type == SQLITE_FLOAT) return sqlite3_bind_double(stmt, parameter, value->real);
  if (value->type == SQLITE_TEXT)
    return sqlite3_bind_text64(stmt, parameter, value->text, value->length, SQLITE_STATIC, SQLITE_UTF8);
  return sqlite3_bind_null(stmt, parameter);
}

static bool text_is(const strata_value *value, const char *word) {
  return value->length == strlen(word) && sqlite3_strnicmp(value->text, word, (int)value->length) == 0;
}

/* Whether the column's affinity turns text that looks like a number into one. */
static bool turns_text_into_numbers(const strata_column *column) {
  return column->affinity != STRATA_AFFINITY_TEXT && column->affinity != STRATA_AFFINITY_BLOB;
}

static bool is_enum_value(const strata_column *column, const char *text, size_t length) {
  for (const char *const *v = column->values; *v; v++) {
    if (strlen(*v) == length && memcmp(*v, text, length) == 0) return true;
  }
  return false;
}

static void print_number(const strata_value *value, strata_writer *w) {
  char *out = strata_writer_reserve(w, 32);
  if (out == NULL) return;
  size_t n;
  if (value->type == SQLITE_INTEGER)
    strata_decimal_print_integer(value->integer, 0, out, 32, &n);
  else
    n = strata_decimal_print_number(value->real, out);
  strata_writer_advance(w, n);
}

static const char *print_string(const strata_column *column, const strata_value *value, strata_writer *w) {
  if (value->type != SQLITE_TEXT) {
    if (!turns_text_into_numbers(column)) return "in a column for text";
    if (value->type == SQLITE_FLOAT && !isfinite(value->real)) return "which JSON cannot carry";
    strata_writer_literal(w, "\"");
    print_number(value, w);
    strata_writer_literal(w, "\"");
    return NULL;
  }
  if (column->values && !is_enum_value(column, value->text, value->length))
    return "which a restore would refuse, for it is none of";
  return strata_writer_string(w, value->text, value->length) ? NULL : "which is not valid UTF-8";
}

static strata_decimal_status print_decimal_digits(const strata_value *value, int scale, char *out,
                                                  size_t capacity, size_t *printed) {
  if (value->type == SQLITE_TEXT)
    return strata_decimal_print_text(value->text, value->length, scale, out, capacity, printed);
  if (value->type == SQLITE_FLOAT)
    return strata_decimal_print_real(value->real, scale, out, capacity, printed);
  strata_decimal_print_integer(value->integer, scale, out, capacity, printed);
  return STRATA_DECIMAL_OK;
}

static const char *print_decimal(const strata_column *column, const strata_value *value, strata_writer *w) {
  size_t room = 64, n = 0;
  for (;;) {
    char *out = strata_writer_reserve(w, room + 2);
    if (out == NULL) return NULL;
    strata_decimal_status status = print_decimal_digits(value, column->scale, out + 1, room, &n);
    if (status == STRATA_DECIMAL_SYNTAX) return "which is not a decimal number";
    if (status != STRATA_DECIMAL_OK) return "which is too large to be written out";
    if (n > room) {
      room = n;
      continue;
    }
    out[0] = out[n + 1] = '"';
    strata_writer_advance(w, n + 2);
    return NULL;
  }
}

static const char *print_boolean(const strata_value *value, strata_writer *w) {
  bool is_text = value->type == SQLITE_TEXT, is_integer = value->type == SQLITE_INTEGER;
  if (is_text ? text_is(value, "true") || text_is(value, "1") : is_integer && value->integer == 1)
    strata_writer_literal(w, "true");
  else if (is_text ? text_is(value, "false") || text_is(value, "0") : is_integer && value->integer == 0)
    strata_writer_literal(w, "false");
  else
    return "in a BOOLEAN column, which takes 0 and 1, or true and false";
  return NULL;
}

/* A moment as a string of JSON. */
static void print_moment(const strata_timestamp *moment, strata_writer *w) {
  size_t room = 40;
  for (;;) {
    char *out = strata_writer_reserve(w, room + 2);
    if (out == NULL) return;
    size_t n = strata_timestamp_print(moment, STRATA_TIMESTAMP_DOCUMENT, out + 1, room);
    if (n > room) {
      room = n;
      continue;
    }
    out[0] = out[n + 1] = '"';
    strata_writer_advance(w, n + 2);
    return;
  }
}

static const char *print_timestamp(const strata_value *value, strata_writer *w) {
  strata_timestamp moment;
  strata_timestamp_status status = STRATA_TIMESTAMP_SYNTAX;
  if (value->type == SQLITE_TEXT)
    status = strata_timestamp_parse(value->text, value->length, &moment);
  else if (value->type == SQLITE_INTEGER)
    status = strata_timestamp_from_milliseconds(value->integer, &moment);
  if (status == STRATA_TIMESTAMP_RANGE) return "which is a moment in a year beyond six digits";
  if (status == STRATA_TIMESTAMP_NONEXISTENT) return "which is a day or a time that does not exist";
  if (status != STRATA_TIMESTAMP_OK)
    return "which is neither an ISO 8601 date-time nor integer milliseconds since 1970";
  print_moment(&moment, w);
  return NULL;
}

const char *strata_value_print(const strata_column *column, const strata_value *value, strata_writer *w) {
  if (value->type == SQLITE_NULL) {
    if (column->not_null) return "in a column that has to have a value";
    strata_writer_literal(w, "null");
    return NULL;
  }
  if (value->type == SQLITE_BLOB) return "which JSON cannot carry";
  if (value->type == SQLITE_TEXT && value->text == NULL) {
    w->rc = SQLITE_NOMEM;
    return NULL;
  }
  switch (column->kind) {
  case STRATA_KIND_DECIMAL:
    return print_decimal(column, value, w);
  case STRATA_KIND_BOOLEAN:
    return print_boolean(value, w);
  case STRATA_KIND_TIMESTAMP:
    return print_timestamp(value, w);
  case STRATA_KIND_INTEGER:
  case STRATA_KIND_REAL:
    if (value->type == SQLITE_TEXT) return "in a column for numbers";
    if (value->type == SQLITE_FLOAT && !isfinite(value->real)) return "which JSON cannot carry";
    print_number(value, w);
    return NULL;
  default:
    return print_string(column, value, w);
  }
}

char *strata_value_describe(const strata_value *value) {
  switch (value->type) {
  case SQLITE_TEXT: {
    char *text = value->text ? strata_excerpt(value->text, value->length) : NULL;
    return text ? sqlite3_mprintf("'%z'", text) : NULL;
  }
  case SQLITE_INTEGER:
    return sqlite3_mprintf("%lld", value->integer);
  case SQLITE_FLOAT:
    return sqlite3_mprintf("%!.17g", value->real);
  case SQLITE_BLOB:
    return sqlite3_mprintf("a BLOB");
  default:
    return sqlite3_mprintf("NULL");
  }
}

/* What a message shows of the field; NULL sets SQLITE_NOMEM, and the message is then nobody's. */
static char *shown(strata_context *ctx, const strata_field *field) {
  char *text = strata_excerpt(field->text, field->length);
  if (text == NULL) strata_fail_db(ctx, SQLITE_NOMEM);
  return text;
}

static bool refuse(strata_context *ctx, char **reason, char *sentence) {
  if (sentence == NULL) strata_fail_db(ctx, SQLITE_NOMEM);
  *reason = sentence;
  return false;
}

static bool refuse_type(strata_context *ctx, char **reason, const char *expected, const strata_field *field) {
  return refuse(ctx, reason,
                field->type == STRATA_JSON_NUMBER
                    ? sqlite3_mprintf("expected %s, found the number %z", expected, shown(ctx, field))
                    : sqlite3_mprintf("expected %s, found %s", expected, strata_json_type_name(field->type)));
}

/* Text that lies in the arena already. What is longer than a length can say is beyond what SQLite takes. */
static bool take_text(strata_context *ctx, const char *text, size_t length, strata_value *value) {
  if (length > INT32_MAX) {
    strata_fail(ctx, SQLITE_TOOBIG, "a value of %lld bytes is longer than SQLite can store",
                (sqlite3_int64)length);
    return false;
  }
  *value = (strata_value){.type = SQLITE_TEXT, .text = text, .length = (uint32_t)length};
  return true;
}

static bool set_text(strata_context *ctx, strata_arena *arena, const char *text, size_t length,
                     strata_value *value) {
  char *copy = strata_arena_copy(arena, ctx, text, length);
  return copy && take_text(ctx, copy, length, value);
}

static bool set_number(const strata_column *column, const strata_number *number, strata_value *value) {
  if (number->is_real) {
    value->type = SQLITE_FLOAT;
    value->real = number->real;
    return true;
  }
  value->type = SQLITE_INTEGER;
  value->integer = number->integer;
  if (column->affinity != STRATA_AFFINITY_REAL) return true;
  /* REAL affinity stores every integer as a double: whose digits have to be the same, as for any other. */
  char stored[STRATA_DECIMAL_REAL_LENGTH], given[32];
  size_t stored_length = 0, given_length = 0;
  strata_decimal_print_real((double)number->integer, 0, stored, sizeof stored, &stored_length);
  strata_decimal_print_integer(number->integer, 0, given, sizeof given, &given_length);
  return stored_length == given_length && memcmp(stored, given, given_length) == 0;
}

/*
** Digits to INTEGER or REAL. The bounds follow from the promise that the
** number comes back on backup as it was: whatever neither 64 bits nor a double
** holds is refused, with the nearest number that the column could hold.
*/
static bool parse_number(const strata_column *column, const strata_field *field, strata_context *ctx,
                         strata_value *value, char **reason) {
  strata_number number;
  strata_decimal_status status = strata_decimal_to_number(field->text, field->length, &number);
  if (status == STRATA_DECIMAL_OK && set_number(column, &number, value)) return true;
  if (status == STRATA_DECIMAL_SYNTAX)
    return refuse(ctx, reason, sqlite3_mprintf("'%z' is not a decimal number", shown(ctx, field)));
  if (status == STRATA_DECIMAL_RANGE)
    return refuse(ctx, reason,
                  sqlite3_mprintf("'%z' is beyond the largest number that a %s column can hold",
                                  shown(ctx, field), column->type));
  double nearest = number.is_real ? number.real : (double)number.integer;
  char digits[STRATA_DECIMAL_REAL_LENGTH];
  size_t n = 0;
  strata_decimal_print_real(nearest, 0, digits, sizeof digits, &n);
  return refuse(ctx, reason,
                sqlite3_mprintf(
                    "a %s column cannot hold '%z' exactly, and the nearest that it can is %.*s: correct the "
                    "number, or give the column TEXT affinity",
                    column->type, shown(ctx, field), (int)n, digits));
}

static bool parse_decimal(const strata_column *column, const strata_field *field, strata_arena *arena,
                          strata_context *ctx, strata_value *value, char **reason) {
  if (field->type != STRATA_JSON_STRING && field->type != STRATA_JSON_NUMBER)
    return refuse_type(ctx, reason, "a decimal number as a string", field);
  if (column->affinity != STRATA_AFFINITY_TEXT) return parse_number(column, field, ctx, value, reason);
  size_t n = 0;
  strata_decimal_status status = strata_decimal_print_text(field->text, field->length, 0, NULL, 0, &n);
  if (status == STRATA_DECIMAL_SYNTAX) return parse_number(column, field, ctx, value, reason);
  if (status == STRATA_DECIMAL_RANGE)
    return refuse(ctx, reason,
                  sqlite3_mprintf("'%z' has an exponent too large to be written out", shown(ctx, field)));
  char *text = strata_arena_alloc(arena, ctx, n);
  if (text == NULL) return false;
  strata_decimal_print_text(field->text, field->length, 0, text, n, &n);
  return take_text(ctx, text, n, value);
}

static bool parse_timestamp(const strata_field *field, strata_arena *arena, strata_context *ctx,
                            strata_value *value, char **reason) {
  if (field->type != STRATA_JSON_STRING)
    return refuse_type(ctx, reason, "an ISO 8601 date-time as a string", field);
  strata_timestamp moment;
  strata_timestamp_status status = strata_timestamp_parse(field->text, field->length, &moment);
  if (status != STRATA_TIMESTAMP_OK)
    return refuse(
        ctx, reason,
        sqlite3_mprintf(status == STRATA_TIMESTAMP_NONEXISTENT ? "'%z' is a day or a time that does not exist"
                        : status == STRATA_TIMESTAMP_RANGE     ? "'%z' is in a year beyond six digits"
                                                               : "'%z' is not an ISO 8601 date-time such "
                                                                 "as 2025-01-15T00:00:00.000Z",
                        shown(ctx, field)));
  char stack[64];
  size_t n = strata_timestamp_print(&moment, STRATA_TIMESTAMP_STORED, stack, sizeof stack);
  if (n <= sizeof stack) return set_text(ctx, arena, stack, n, value);
  char *text = strata_arena_alloc(arena, ctx, n);
  if (text == NULL) return false;
  strata_timestamp_print(&moment, STRATA_TIMESTAMP_STORED, text, n);
  return take_text(ctx, text, n, value);
}

static bool parse_enum(const strata_column *column, const strata_field *field, strata_context *ctx,
                       char **reason) {
  if (is_enum_value(column, field->text, field->length)) return true;
  char *list = NULL;
  for (const char *const *v = column->values; *v && ctx->rc == SQLITE_OK; v++)
    list = strata_format(ctx, "%z%s%s", list, list ? ", " : "", *v);
  char *sentence = sqlite3_mprintf("'%z' is none of %s", shown(ctx, field), list);
  sqlite3_free(list);
  return refuse(ctx, reason, sentence);
}

/*
** A column with no known type has NUMERIC affinity, where SQLite turns text
** that looks like a number into one. Text that would not come back as it is
** ("007") is refused.
*/
static bool parse_numeric_text(const strata_column *column, const strata_field *field, strata_context *ctx,
                               strata_value *value, char **reason) {
  const char *text = field->text;
  size_t length = field->length;
  while (length && (*text == ' ' || (*text >= '\t' && *text <= '\r'))) text++, length--;
  while (length && (text[length - 1] == ' ' || (text[length - 1] >= '\t' && text[length - 1] <= '\r')))
    length--;
  strata_number number;
  strata_decimal_status status = strata_decimal_to_number(text, length, &number);
  if (status == STRATA_DECIMAL_SYNTAX) return true;
  char digits[32];
  size_t n = 0;
  if (status == STRATA_DECIMAL_OK) {
    assert(column->affinity != STRATA_AFFINITY_REAL); /* whose columns are of another kind */
    set_number(column, &number, value);
    if (number.is_real)
      n = strata_decimal_print_number(number.real, digits);
    else
      strata_decimal_print_integer(number.integer, 0, digits, sizeof digits, &n);
  }
  if (n == field->length && memcmp(digits, field->text, n) == 0) return true;
  value->type = 0;
  return refuse(
      ctx, reason,
      sqlite3_mprintf("SQLite would turn the text '%z' into a number in a column of type \"%s\", and "
                      "it would not come back as it is: declare the column as TEXT",
                      shown(ctx, field), column->type));
}

static bool parse_string(const strata_column *column, const strata_field *field, strata_arena *arena,
                         strata_context *ctx, strata_value *value, char **reason) {
  if (field->type != STRATA_JSON_STRING) return refuse_type(ctx, reason, "a string", field);
  if (column->values && !parse_enum(column, field, ctx, reason)) return false;
  if (turns_text_into_numbers(column)) {
    if (!parse_numeric_text(column, field, ctx, value, reason)) return false;
    if (value->type != 0) return true;
  }
  return set_text(ctx, arena, field->text, field->length, value);
}

bool strata_value_parse(const strata_column *column, const strata_field *field, strata_arena *arena,
                        strata_context *ctx, strata_value *value, char **reason) {
  *reason = NULL;
  value->type = 0;
  if (ctx->rc != SQLITE_OK) return false;
  if (field->type == STRATA_JSON_NULL) {
    value->type = SQLITE_NULL;
    if (!column->not_null) return true;
    return refuse(ctx, reason, sqlite3_mprintf("null, but the column takes no NULL"));
  }
  switch (column->kind) {
  case STRATA_KIND_DECIMAL:
    return parse_decimal(column, field, arena, ctx, value, reason);
  case STRATA_KIND_TIMESTAMP:
    return parse_timestamp(field, arena, ctx, value, reason);
  case STRATA_KIND_BOOLEAN:
    if (field->type != STRATA_JSON_TRUE && field->type != STRATA_JSON_FALSE)
      return refuse_type(ctx, reason, "true or false", field);
    *value = (strata_value){.type = SQLITE_INTEGER, .integer = field->type == STRATA_JSON_TRUE};
    return true;
  case STRATA_KIND_INTEGER:
  case STRATA_KIND_REAL:
    if (field->type != STRATA_JSON_NUMBER) return refuse_type(ctx, reason, "a number", field);
    return parse_number(column, field, ctx, value, reason);
  default:
    return parse_string(column, field, arena, ctx, value, reason);
  }
}

/* 0 NULL or absent, 1 number, 2 text: SQLite's order of storage classes. No document has a BLOB. */
static int rank(const strata_value *value) {
  return value->type == SQLITE_NULL || value->type == 0 ? 0 : value->type == SQLITE_TEXT ? 2 : 1;
}

int strata_value_compare(const strata_value *a, const strata_value *b) {
  int ra = rank(a), rb = rank(b);
  if (ra != rb) return ra < rb ? -1 : 1;
  if (ra == 2) {
    size_t n = a->length < b->length ? a->length : b->length;
    int order = memcmp(a->text, b->text, n);
    return order ? order : a->length < b->length ? -1 : a->length > b->length;
  }
  if (ra != 1) return 0;
  double x = a->type == SQLITE_INTEGER ? (double)a->integer : a->real;
  double y = b->type == SQLITE_INTEGER ? (double)b->integer : b->real;
  return x < y ? -1 : x > y;
}
