/*
** value.c: reads a value from a cell, binds it to a parameter, shows it in a message.
**
** Half of this is for UTF-16 databases. SQLite's conversions between UTF-8 and UTF-16
** change half a surrogate pair, U+FFFE and U+FFFF; here the first is found and refused,
** and the others are converted without SQLite.
*/
#include "value.h"
#include "decimal.h"
#include "excerpt.h"
#include "utf8.h"

#include <string.h>

/* Whether UTF-16 in native byte order contains half a surrogate pair. */
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
    /* No UTF-8 can express this text, and SQLite would change it. An invalid byte in its place makes a backup refuse it. */
    value.text = "\xFF";
    value.length = 1;
  } else if (value.type == SQLITE_TEXT) {
    value.text = (const char *)sqlite3_column_text(stmt, i);
    value.length = (uint32_t)sqlite3_column_bytes(stmt, i);
  }
  return value;
}

static bool has_noncharacter(const char *p, const char *end) {
  for (; p < end && (p = memchr(p, '\xEF', (size_t)(end - p))) != NULL; p++) {
    /* The text is UTF-8: two more bytes follow. */
    if (p[1] == '\xBF' && (p[2] == '\xBE' || p[2] == '\xBF')) return true;
  }
  return false;
}

bool strata_value_has_noncharacter(const strata_value *value) {
  return value->type == SQLITE_TEXT && has_noncharacter(value->text, value->text + value->length);
}

/*
** Convert UTF-8 to UTF-16 in native byte order: *size bytes from sqlite3_malloc64(); NULL: no memory. Begins with a
** byte-order mark, which SQLite removes, so that it does not take a leading U+FFFE for one.
*/
static char *to_utf16(const char *text, size_t length, sqlite3_uint64 *size) {
  const unsigned char *p = (const unsigned char *)text, *end = p + length;
  uint16_t *units = sqlite3_malloc64(((sqlite3_uint64)length + 1) * sizeof *units);
  if (units == NULL) return NULL;
  sqlite3_uint64 n = 0;
  units[n++] = 0xFEFF;
  while (p < end) {
    uint32_t c = 0;
    p += strata_utf8_decode(p, &c);
    if (c >= 0x10000) {
      units[n++] = (uint16_t)(0xD800 + ((c - 0x10000) >> 10));
      c = 0xDC00 + (c & 0x3FF);
    }
    units[n++] = (uint16_t)c;
  }
  *size = n * sizeof *units;
  return (char *)units;
}

static int bind_as_utf16(const strata_value *value, sqlite3_stmt *stmt, int parameter) {
  sqlite3_uint64 size = 0;
  char *text = to_utf16(value->text, value->length, &size);
  if (text == NULL) return SQLITE_NOMEM;
  return sqlite3_bind_text64(stmt, parameter, text, size, sqlite3_free, SQLITE_UTF16);
}

void strata_result_text(sqlite3_context *sql, const char *text, size_t length) {
  sqlite3_uint64 size = 0;
  if (!has_noncharacter(text, text + length)) {
    sqlite3_result_text64(sql, text, length, SQLITE_TRANSIENT, SQLITE_UTF8);
    return;
  }
  char *wide = to_utf16(text, length, &size);
  if (wide)
    sqlite3_result_text64(sql, wide, size, sqlite3_free, SQLITE_UTF16);
  else
    sqlite3_result_error_nomem(sql);
}

static int bind(const strata_value *value, sqlite3_stmt *stmt, int parameter) {
  if (value->type == SQLITE_INTEGER) return sqlite3_bind_int64(stmt, parameter, value->integer);
  if (value->type == SQLITE_FLOAT) return sqlite3_bind_double(stmt, parameter, value->real);
  if (value->type == SQLITE_TEXT && value->as_utf16) return bind_as_utf16(value, stmt, parameter);
  if (value->type == SQLITE_TEXT)
    return sqlite3_bind_text64(stmt, parameter, value->text, value->length, SQLITE_STATIC, SQLITE_UTF8);
  return sqlite3_bind_null(stmt, parameter);
}

void strata_value_bind(const strata_value *value, strata_context *ctx, sqlite3_stmt *stmt, int parameter) {
  if (ctx->rc != SQLITE_OK) return;
  int rc = bind(value, stmt, parameter);
  if (rc != SQLITE_OK) strata_fail_db(ctx, rc);
}

void strata_value_result(const strata_value *value, sqlite3_context *sql) {
  if (value->type == SQLITE_INTEGER)
    sqlite3_result_int64(sql, value->integer);
  else if (value->type == SQLITE_FLOAT)
    sqlite3_result_double(sql, value->real);
  else if (value->type == SQLITE_TEXT && value->as_utf16)
    strata_result_text(sql, value->text, value->length);
  else if (value->type == SQLITE_TEXT)
    sqlite3_result_text64(sql, value->text, value->length, SQLITE_STATIC, SQLITE_UTF8);
}

bool strata_value_is_listed(const strata_column *column, const char *text, size_t length) {
  for (const char *const *v = column->values; *v; v++) {
    if (strlen(*v) == length && memcmp(*v, text, length) == 0) return true;
  }
  return false;
}

size_t strata_value_digits(const strata_value *value, char out[STRATA_NUMBER_LENGTH]) {
  size_t n = 0;
  if (value->type == SQLITE_FLOAT) return strata_decimal_print_number(value->real, out);
  strata_decimal_print_integer(value->integer, 0, out, STRATA_NUMBER_LENGTH, &n);
  return n;
}

char *strata_value_describe(strata_context *ctx, const strata_value *value) {
  switch (value->type) {
  case SQLITE_TEXT: {
    if (value->text == NULL) strata_fail_nomem(ctx);
    return strata_format(ctx, "'%z'", strata_excerpt(ctx, value->text, value->length));
  }
  case SQLITE_INTEGER:
    return strata_format(ctx, "%lld", value->integer);
  case SQLITE_FLOAT:
    return strata_format(ctx, "%!.17g", value->real);
  case SQLITE_BLOB:
    return strata_format(ctx, "a BLOB");
  default:
    return strata_format(ctx, "NULL");
  }
}

/* SQLite's order of storage classes: 0 NULL or absent, 1 number, 2 text. No document has a BLOB. */
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
