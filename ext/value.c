/*
** value.c: see value.h.
*/
#include "value.h"
#include "decimal.h"
#include "timestamp.h"

#include <math.h>
#include <string.h>

strata_value strata_value_from_cell(sqlite3_stmt *stmt, int i) {
  strata_value value = {.type = sqlite3_column_type(stmt, i)};
  if (value.type == SQLITE_INTEGER) {
    value.integer = sqlite3_column_int64(stmt, i);
  } else if (value.type == SQLITE_FLOAT) {
    value.real = sqlite3_column_double(stmt, i);
  } else if (value.type == SQLITE_TEXT) {
    value.text = (const char *)sqlite3_column_text(stmt, i);
    value.length = (size_t)sqlite3_column_bytes(stmt, i);
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
    if (!turns_text_into_numbers(column)) return "holds a number, in a column for text";
    if (value->type == SQLITE_FLOAT && !isfinite(value->real)) return "holds an infinite number";
    strata_writer_literal(w, "\"");
    print_number(value, w);
    strata_writer_literal(w, "\"");
    return NULL;
  }
  if (column->values && !is_enum_value(column, value->text, value->length))
    return "holds a value that the app does not know, and that a restore would refuse";
  return strata_writer_string(w, value->text, value->length) ? NULL : "holds text that is not valid UTF-8";
}

static strata_decimal_status print_decimal_digits(const strata_value *value, int scale, char *out, size_t capacity,
                                                  size_t *printed) {
  if (value->type == SQLITE_TEXT)
    return strata_decimal_print_text(value->text, value->length, scale, out, capacity, printed);
  if (value->type == SQLITE_FLOAT) return strata_decimal_print_real(value->real, scale, out, capacity, printed);
  strata_decimal_print_integer(value->integer, scale, out, capacity, printed);
  return STRATA_DECIMAL_OK;
}

static const char *print_decimal(const strata_column *column, const strata_value *value, strata_writer *w) {
  size_t room = 64, n = 0;
  for (;;) {
    char *out = strata_writer_reserve(w, room + 2);
    if (out == NULL) return NULL;
    strata_decimal_status status = print_decimal_digits(value, column->scale, out + 1, room, &n);
    if (status == STRATA_DECIMAL_SYNTAX) return "holds text that is not a decimal number";
    if (status != STRATA_DECIMAL_OK) return "holds a number that is infinite, or too large to be written out";
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
    return "holds neither 0 or 1 nor true or false, in a BOOLEAN column";
  return NULL;
}

/* A form and a moment, printed as a string of JSON or, without quotation marks, into the arena. */
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
  if (status == STRATA_TIMESTAMP_RANGE) return "holds a moment in a year beyond six digits";
  if (status == STRATA_TIMESTAMP_NONEXISTENT) return "holds a day or a time that does not exist";
  if (status != STRATA_TIMESTAMP_OK)
    return "holds neither an ISO 8601 date-time nor integer milliseconds since 1970";
  print_moment(&moment, w);
  return NULL;
}

const char *strata_value_print(const strata_column *column, const strata_value *value, strata_writer *w) {
  if (value->type == SQLITE_NULL) {
    if (column->not_null) return "holds NULL, in a column that must not";
    strata_writer_literal(w, "null");
    return NULL;
  }
  if (value->type == SQLITE_BLOB) return "holds a BLOB, which JSON cannot carry";
  if (value->type == SQLITE_TEXT && value->text == NULL) {
    w->rc = SQLITE_NOMEM;
    return NULL;
  }
  switch (column->kind) {
    case STRATA_KIND_DECIMAL: return print_decimal(column, value, w);
    case STRATA_KIND_BOOLEAN: return print_boolean(value, w);
    case STRATA_KIND_TIMESTAMP: return print_timestamp(value, w);
    case STRATA_KIND_INTEGER:
    case STRATA_KIND_REAL:
      if (value->type == SQLITE_TEXT) return "holds text, in a column for numbers";
      if (value->type == SQLITE_FLOAT && !isfinite(value->real)) return "holds an infinite number";
      print_number(value, w);
      return NULL;
    default: return print_string(column, value, w);
  }
}

/* As much of a value as a message shows: at most 60 bytes, cut between characters. */
static int excerpt(const strata_field *field) {
  size_t n = field->length;
  if (n > 60) {
    n = 60;
    while (n > 0 && ((unsigned char)field->text[n] & 0xC0) == 0x80) n--;
  }
  return (int)n;
}

static const char *ellipsis(const strata_field *field) {
  return field->length > 60 ? "…" : "";
}

static bool refuse(strata_context *ctx, char **reason, char *sentence) {
  if (sentence == NULL) strata_fail_db(ctx, SQLITE_NOMEM, NULL);
  *reason = sentence;
  return false;
}

static bool refuse_type(strata_context *ctx, char **reason, const char *expected, const strata_field *field) {
  static const char *const names[] = {"null",     "true",     "false",    "a number",
                                      "a string", "an array", "an object"};
  return refuse(ctx, reason,
                field->type == STRATA_JSON_NUMBER
                    ? sqlite3_mprintf("expected %s, found the number %.*s%s", expected, excerpt(field), field->text,
                                      ellipsis(field))
                    : sqlite3_mprintf("expected %s, found %s", expected, names[field->type]));
}

static bool set_text(strata_context *ctx, strata_arena *arena, const char *text, size_t length, strata_value *value) {
  value->type = SQLITE_TEXT;
  value->text = strata_arena_copy(arena, ctx, text, length);
  value->length = length;
  return value->text != NULL;
}

static bool set_number(const strata_column *column, const strata_number *number, strata_value *value) {
  if (number->is_real) {
    value->type = SQLITE_FLOAT;
    value->real = number->real;
    return true;
  }
  value->type = SQLITE_INTEGER;
  value->integer = number->integer;
  /* REAL affinity stores every integer as a double. */
  const sqlite3_int64 exact = (sqlite3_int64)1 << 53;
  return column->affinity != STRATA_AFFINITY_REAL || (number->integer <= exact && number->integer >= -exact);
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
    return refuse(ctx, reason, sqlite3_mprintf("'%.*s%s' is not a decimal number", excerpt(field), field->text,
                                               ellipsis(field)));
  if (status == STRATA_DECIMAL_RANGE)
    return refuse(ctx, reason, sqlite3_mprintf("'%.*s%s' is beyond the largest number that a %s column can hold",
                                               excerpt(field), field->text, ellipsis(field), column->type));
  double nearest = number.is_real ? number.real : (double)number.integer;
  char digits[STRATA_DECIMAL_REAL_LENGTH];
  size_t n = 0;
  strata_decimal_print_real(nearest, 0, digits, sizeof digits, &n);
  return refuse(ctx, reason,
                sqlite3_mprintf("a %s column cannot hold '%.*s%s' exactly: the nearest that it can is %.*s", column->type,
                                excerpt(field), field->text, ellipsis(field), (int)n, digits));
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
    return refuse(ctx, reason, sqlite3_mprintf("'%.*s%s' has an exponent too large to be written out", excerpt(field),
                                               field->text, ellipsis(field)));
  char *text = strata_arena_alloc(arena, ctx, n);
  if (text == NULL) return false;
  strata_decimal_print_text(field->text, field->length, 0, text, n, &n);
  *value = (strata_value){.type = SQLITE_TEXT, .text = text, .length = n};
  return true;
}

static bool parse_timestamp(const strata_field *field, strata_arena *arena, strata_context *ctx, strata_value *value,
                            char **reason) {
  if (field->type != STRATA_JSON_STRING) return refuse_type(ctx, reason, "an ISO 8601 date-time as a string", field);
  strata_timestamp moment;
  strata_timestamp_status status = strata_timestamp_parse(field->text, field->length, &moment);
  if (status != STRATA_TIMESTAMP_OK)
    return refuse(ctx, reason,
                  sqlite3_mprintf(status == STRATA_TIMESTAMP_NONEXISTENT ? "'%.*s%s' is a day or a time that does not exist"
                                  : status == STRATA_TIMESTAMP_RANGE     ? "'%.*s%s' is in a year beyond six digits"
                                                                         : "'%.*s%s' is not an ISO 8601 date-time such "
                                                                           "as 2025-01-15T00:00:00.000Z",
                                  excerpt(field), field->text, ellipsis(field)));
  char stack[64];
  size_t n = strata_timestamp_print(&moment, STRATA_TIMESTAMP_STORED, stack, sizeof stack);
  if (n <= sizeof stack) return set_text(ctx, arena, stack, n, value);
  char *text = strata_arena_alloc(arena, ctx, n);
  if (text == NULL) return false;
  strata_timestamp_print(&moment, STRATA_TIMESTAMP_STORED, text, n);
  *value = (strata_value){.type = SQLITE_TEXT, .text = text, .length = n};
  return true;
}

static bool parse_enum(const strata_column *column, const strata_field *field, strata_context *ctx, char **reason) {
  if (is_enum_value(column, field->text, field->length)) return true;
  char *list = NULL;
  for (const char *const *v = column->values; *v && ctx->rc == SQLITE_OK; v++)
    list = strata_format(ctx, "%z%s%s", list, list ? ", " : "", *v);
  char *sentence = sqlite3_mprintf("'%.*s%s' is none of %s", excerpt(field), field->text, ellipsis(field), list);
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
  while (length && (text[length - 1] == ' ' || (text[length - 1] >= '\t' && text[length - 1] <= '\r'))) length--;
  strata_number number;
  strata_decimal_status status = strata_decimal_to_number(text, length, &number);
  if (status == STRATA_DECIMAL_SYNTAX) return true;
  char digits[32];
  size_t n = 0;
  if (status == STRATA_DECIMAL_OK && set_number(column, &number, value)) {
    if (number.is_real)
      n = strata_decimal_print_number(number.real, digits);
    else
      strata_decimal_print_integer(number.integer, 0, digits, sizeof digits, &n);
  }
  if (n == field->length && memcmp(digits, field->text, n) == 0) return true;
  value->type = 0;
  return refuse(ctx, reason,
                sqlite3_mprintf("SQLite would turn the text '%.*s%s' into a number in a column of type \"%s\", and "
                                "it would not come back as it is: declare the column as TEXT",
                                excerpt(field), field->text, ellipsis(field), column->type));
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
    case STRATA_KIND_DECIMAL: return parse_decimal(column, field, arena, ctx, value, reason);
    case STRATA_KIND_TIMESTAMP: return parse_timestamp(field, arena, ctx, value, reason);
    case STRATA_KIND_BOOLEAN:
      if (field->type != STRATA_JSON_TRUE && field->type != STRATA_JSON_FALSE)
        return refuse_type(ctx, reason, "true or false", field);
      *value = (strata_value){.type = SQLITE_INTEGER, .integer = field->type == STRATA_JSON_TRUE};
      return true;
    case STRATA_KIND_INTEGER:
    case STRATA_KIND_REAL:
      if (field->type != STRATA_JSON_NUMBER) return refuse_type(ctx, reason, "a number", field);
      return parse_number(column, field, ctx, value, reason);
    default: return parse_string(column, field, arena, ctx, value, reason);
  }
}

/* 0 NULL, 1 number, 2 text, 3 anything else: SQLite's order of storage classes. */
static int rank(const strata_value *value) {
  return value->type == SQLITE_NULL || value->type == 0                           ? 0
         : value->type == SQLITE_INTEGER || value->type == SQLITE_FLOAT ? 1
         : value->type == SQLITE_TEXT                                   ? 2
                                                                        : 3;
}

int strata_value_compare(const strata_value *a, const strata_value *b) {
  int ra = rank(a), rb = rank(b);
  if (ra != rb) return ra < rb ? -1 : 1;
  if (ra == 2) {
    size_t n = a->length < b->length ? a->length : b->length;
    int order = n ? memcmp(a->text, b->text, n) : 0;
    return order ? order : a->length < b->length ? -1 : a->length > b->length;
  }
  if (ra != 1) return 0;
  double x = a->type == SQLITE_INTEGER ? (double)a->integer : a->real;
  double y = b->type == SQLITE_INTEGER ? (double)b->integer : b->real;
  return x < y ? -1 : x > y;
}
