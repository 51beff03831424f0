/*
** value_parse.c: turns the JSON of a document into what a cell will store.
**
** The column's kind decides what JSON it accepts, and its affinity what SQLite would
** make of the value. What SQLite would change is converted or refused here, so that the
** next backup prints the value as it was.
*/
#include "decimal.h"
#include "excerpt.h"
#include "timestamp.h"
#include "value.h"

#include <assert.h>
#include <string.h>

/* How a message shows the field. */
static char *shown(strata_context *ctx, const strata_field *field) {
  return strata_excerpt(ctx, field->text, field->length);
}

/* Give the reason, which is from sqlite3_malloc(); NULL: there was no memory. Always returns false. */
static bool refuse(strata_context *ctx, char **reason, char *sentence) {
  if (sentence == NULL) strata_fail_nomem(ctx);
  *reason = sentence;
  return false;
}

/* Refuse a field whose JSON type does not fit the column. */
static bool refuse_type(strata_context *ctx, char **reason, const char *expected, const strata_field *field) {
  return refuse(ctx, reason,
                field->type == STRATA_JSON_NUMBER
                    ? sqlite3_mprintf("expected %s, found the number %z", expected, shown(ctx, field))
                    : sqlite3_mprintf("expected %s, found %s", expected, strata_json_type_name(field->type)));
}

/* Make text that is in the arena already the value. SQLite cannot store more than 2 GB. */
static bool take_text(strata_context *ctx, const char *text, size_t length, strata_value *value) {
  if (length > INT32_MAX) {
    strata_fail(ctx, SQLITE_TOOBIG, "a value of %lld bytes is longer than SQLite can store",
                (sqlite3_int64)length);
    return false;
  }
  *value = (strata_value){.type = SQLITE_TEXT, .text = text, .length = (uint32_t)length};
  return true;
}

/* Make a copy of the text in the arena the value. */
static bool set_text(strata_context *ctx, strata_arena *arena, const char *text, size_t length,
                     strata_value *value) {
  char *copy = strata_arena_copy(arena, ctx, text, length);
  return copy && take_text(ctx, copy, length, value);
}

/* Make the number the value. False if the column would store it as a double with other digits. */
static bool set_number(const strata_column *column, const strata_number *number, strata_value *value) {
  *value = strata_value_of_number(number);
  if (number->is_real || column->affinity != STRATA_AFFINITY_REAL) return true;
  /* REAL affinity turns every integer into a double, which must have the same digits. */
  char stored[STRATA_DECIMAL_REAL_LENGTH], given[32];
  size_t stored_length = 0, given_length = 0;
  strata_decimal_print_real((double)number->integer, 0, stored, sizeof stored, &stored_length);
  strata_decimal_print_integer(number->integer, 0, given, sizeof given, &given_length);
  return stored_length == given_length && memcmp(stored, given, given_length) == 0;
}

/*
** Turn digits into INTEGER or REAL. A number that neither 64 bits nor a double holds
** exactly would not come back on the next backup, so it is refused; the reason names
** the nearest number that the column could hold.
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
  return refuse(
      ctx, reason,
      sqlite3_mprintf(
          "a %s column cannot hold '%z' exactly; the nearest number that it can hold is %.*s: correct "
          "the number, or give the column TEXT affinity",
          column->type, shown(ctx, field), (int)n, digits));
}

/* A column without affinity (BLOB) keeps numbers and text apart. Store a number if a backup would print it with exactly
** these digits; else the text. */
static bool parse_same_number(const strata_column *column, const strata_field *field, strata_value *value) {
  strata_number number;
  char digits[STRATA_DECIMAL_REAL_LENGTH];
  size_t n = 0;
  if (strata_decimal_to_number(field->text, field->length, &number) != STRATA_DECIMAL_OK) return false;
  if (number.is_real)
    strata_decimal_print_real(number.real, column->scale, digits, sizeof digits, &n);
  else
    strata_decimal_print_integer(number.integer, column->scale, digits, sizeof digits, &n);
  return n == field->length && n <= sizeof digits && memcmp(digits, field->text, n) == 0 &&
         set_number(column, &number, value);
}

static bool parse_decimal(const strata_column *column, const strata_field *field, strata_arena *arena,
                          strata_context *ctx, strata_value *value, char **reason) {
  if (field->type != STRATA_JSON_STRING && field->type != STRATA_JSON_NUMBER)
    return refuse_type(ctx, reason, "a decimal number as a string", field);
  if (strata_value_text_may_change(column)) return parse_number(column, field, ctx, value, reason);
  if (column->affinity == STRATA_AFFINITY_BLOB && parse_same_number(column, field, value)) return true;
  size_t n = 0;
  strata_decimal_status status = strata_decimal_print_text(field->text, field->length, 0, NULL, 0, &n);
  if (status == STRATA_DECIMAL_SYNTAX) return parse_number(column, field, ctx, value, reason);
  if (status == STRATA_DECIMAL_RANGE)
    return refuse(ctx, reason,
                  sqlite3_mprintf("'%z' has too large an exponent to be written out", shown(ctx, field)));
  char *text = strata_arena_alloc(arena, ctx, n);
  if (text == NULL) return false;
  strata_decimal_print_text(field->text, field->length, 0, text, n, &n);
  return take_text(ctx, text, n, value);
}

/* Turn a number into text for a TEXT column. SQLite itself would write a REAL with 15 digits. */
static bool turn_into_text(strata_arena *arena, strata_context *ctx, strata_value *value) {
  char digits[STRATA_NUMBER_LENGTH];
  size_t n = strata_value_digits(value, digits);
  return set_text(ctx, arena, digits, n, value);
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
                        : status == STRATA_TIMESTAMP_RANGE     ? "the year in '%z' has more than six digits"
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
  if (strata_value_is_listed(column, field->text, field->length)) return true;
  char *list = NULL;
  for (const char *const *v = column->values; *v && ctx->rc == SQLITE_OK; v++)
    list = strata_format(ctx, "%z%s%s", list, list ? ", " : "", *v);
  char *sentence = sqlite3_mprintf("'%z' is not one of %s", shown(ctx, field), list);
  sqlite3_free(list);
  return refuse(ctx, reason, sentence);
}

/* How much of a text SQLite looks at to see whether it is a number: since 3.52 no more than what stands before its first
** zero character. */
static size_t length_looked_at(const strata_field *field) {
  const char *zero = memchr(field->text, 0, field->length);
  return zero && sqlite3_libversion_number() >= 3052000 ? (size_t)(zero - field->text) : field->length;
}

/*
** A column of an unknown type has NUMERIC affinity: SQLite turns text that looks like a
** number into one. Refuse text that would come back different ("007").
*/
static bool parse_numeric_text(const strata_column *column, const strata_field *field, strata_context *ctx,
                               strata_value *value, char **reason) {
  const char *text = field->text;
  size_t length = length_looked_at(field);
  while (length && (*text == ' ' || (*text >= '\t' && *text <= '\r'))) text++, length--;
  while (length && (text[length - 1] == ' ' || (text[length - 1] >= '\t' && text[length - 1] <= '\r')))
    length--;
  strata_number number;
  strata_decimal_status status = strata_decimal_to_number(text, length, &number);
  if (status == STRATA_DECIMAL_SYNTAX) return true;
  char digits[STRATA_NUMBER_LENGTH];
  size_t n = 0;
  if (status == STRATA_DECIMAL_OK) {
    assert(column->affinity != STRATA_AFFINITY_REAL); /* columns of REAL affinity are of another kind */
    set_number(column, &number, value);
    n = strata_value_digits(value, digits);
  }
  if (n == field->length && memcmp(digits, field->text, n) == 0) return true;
  value->type = 0;
  return refuse(ctx, reason,
                sqlite3_mprintf("SQLite would turn the text '%z' into a number in a column of type \"%s\", "
                                "and its spelling would be lost: declare the column as TEXT",
                                shown(ctx, field), column->type));
}

static bool parse_string(const strata_column *column, const strata_field *field, strata_arena *arena,
                         strata_context *ctx, strata_value *value, char **reason) {
  if (field->type != STRATA_JSON_STRING) return refuse_type(ctx, reason, "a string", field);
  if (column->values && !parse_enum(column, field, ctx, reason)) return false;
  if (strata_value_text_may_change(column)) {
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
    return refuse(ctx, reason, sqlite3_mprintf("found null, but the column is NOT NULL"));
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
    return parse_number(column, field, ctx, value, reason) &&
           (column->affinity != STRATA_AFFINITY_TEXT || turn_into_text(arena, ctx, value));
  case STRATA_KIND_STRING:
    break;
  }
  return parse_string(column, field, arena, ctx, value, reason);
}
