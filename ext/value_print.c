/*
** value_print.c: turns what a cell stores into the JSON of a document. SQLite's cells
** may hold anything, whatever their column's type is; what a restore would not take
** back is refused here.
*/
#include "decimal.h"
#include "timestamp.h"
#include "value.h"

#include <math.h>
#include <string.h>

static bool text_is(const strata_value *value, const char *word) {
  return value->length == strlen(word) && sqlite3_strnicmp(value->text, word, (int)value->length) == 0;
}

static void print_number(const strata_value *value, strata_writer *w) {
  char *out = strata_writer_reserve(w, STRATA_NUMBER_LENGTH);
  if (out) strata_writer_advance(w, strata_value_digits(value, out));
}

/* In a column of TEXT affinity a number is stored as text, by SQLite (5.0) or by a restore. */
static bool print_number_text(const strata_column *column, const strata_value *value, strata_writer *w) {
  strata_number number;
  if (column->affinity != STRATA_AFFINITY_TEXT ||
      strata_decimal_to_number(value->text, value->length, &number) != STRATA_DECIMAL_OK)
    return false;
  strata_value same = strata_value_of_number(&number);
  print_number(&same, w);
  return true;
}

static const char *print_string(const strata_column *column, const strata_value *value, strata_writer *w) {
  if (value->type != SQLITE_TEXT) {
    if (!strata_value_text_may_change(column)) return "but the column is for text";
    if (value->type == SQLITE_FLOAT && !isfinite(value->real)) return "which JSON cannot represent";
    strata_writer_literal(w, "\"");
    print_number(value, w);
    strata_writer_literal(w, "\"");
    return NULL;
  }
  if (column->values && !strata_value_is_listed(column, value->text, value->length))
    return "which a restore would refuse: it is not one of";
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
    return "but the column is BOOLEAN, which takes 0 and 1, or true and false";
  return NULL;
}

/* Write a moment as a JSON string. */
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
  if (value->type == SQLITE_TEXT && strata_timestamp_is_stored(value->text, value->length)) {
    strata_writer_literal(w, "\"");
    strata_writer_raw(w, value->text, 23);
    strata_writer_literal(w, "Z\"");
    return NULL;
  }
  strata_timestamp moment;
  strata_timestamp_status status = STRATA_TIMESTAMP_SYNTAX;
  if (value->type == SQLITE_TEXT)
    status = strata_timestamp_parse(value->text, value->length, &moment);
  else if (value->type == SQLITE_INTEGER)
    status = strata_timestamp_from_milliseconds(value->integer, &moment);
  if (status == STRATA_TIMESTAMP_RANGE) return "whose year has more than six digits";
  if (status == STRATA_TIMESTAMP_NONEXISTENT) return "which is a day or a time that does not exist";
  if (status != STRATA_TIMESTAMP_OK)
    return "which is neither an ISO 8601 date-time nor integer milliseconds since 1970";
  print_moment(&moment, w);
  return NULL;
}

const char *strata_value_print(const strata_column *column, const strata_value *value, strata_writer *w) {
  if (value->type == SQLITE_NULL) {
    if (column->not_null) return "but the column is NOT NULL";
    strata_writer_literal(w, "null");
    return NULL;
  }
  if (value->type == SQLITE_BLOB) return "which JSON cannot represent";
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
    if (value->type == SQLITE_TEXT)
      return print_number_text(column, value, w) ? NULL : "but the column is for numbers";
    if (value->type == SQLITE_FLOAT && !isfinite(value->real)) return "which JSON cannot represent";
    print_number(value, w);
    return NULL;
  case STRATA_KIND_STRING:
    break;
  }
  return print_string(column, value, w);
}
