/*
** made_document.c: turns any bytes into a backup document: each byte makes one choice,
** which row, which member, which value.
*/
#include "made_document.h"

#include "fuzz.h"

#include <stdarg.h>

enum { TABLES = 9, MOST_ROWS = 6 };

/* What kind of value a member has, and whether it must be there. */
typedef struct member {
  const char *name;
  enum { KEY, NAME, UNIQUE, GROUP, KIND, CURRENCY, FLAG, DECIMAL, MOMENT, UNIQUE_MOMENT, REFERENCE } holds;
  int table; /* that a reference leads to */
  enum { NEEDED, MAY_MISS, MAY_BE_NULL } may;
} member;

typedef struct table {
  const char *name;
  const char *keys[MOST_ROWS]; /* of its rows, in order; the first ones are in the sample, too */
  member members[9];
} table;

enum { TYPES, CATEGORIES, TAGS, ASSETS };

/* clang-format off */
static const table tables[TABLES] = {
    {"assetTypes", {"at_cash", "at_stocks", "T1", "T2", "T3", "T4"},
     {{"id", KEY, 0, NEEDED}, {"code", UNIQUE, 0, NEEDED}, {"label", NAME, 0, NEEDED}, {"group", GROUP, 0, MAY_MISS}}},
    {"categories", {"c_wealth", "c_debt", "C1", "C2", "C3", "C4"},
     {{"id", KEY, 0, NEEDED}, {"name", UNIQUE, 0, NEEDED}, {"parentId", REFERENCE, CATEGORIES, MAY_BE_NULL}}},
    {"tags", {"t_long", "t_dream", "G1", "G2", "G3", "G4"},
     {{"id", KEY, 0, NEEDED}, {"name", UNIQUE, 0, NEEDED}}},
    {"assets", {"a_world", "a_flat", "A1", "A2", "A3", "A4"},
     {{"id", KEY, 0, NEEDED}, {"name", NAME, 0, NEEDED}, {"quantity", DECIMAL, 0, MAY_BE_NULL},
      {"disposed", FLAG, 0, MAY_MISS}, {"assetTypeId", REFERENCE, TYPES, NEEDED},
      {"createdAt", MOMENT, 0, MAY_MISS}, {"updatedAt", MOMENT, 0, NEEDED}}},
    {"assetSnapshots", {"s_01", "s_02", "S1", "S2", "S3", "S4"},
     {{"id", KEY, 0, NEEDED}, {"assetId", REFERENCE, ASSETS, NEEDED}, {"value", DECIMAL, 0, NEEDED},
      {"currency", CURRENCY, 0, MAY_BE_NULL}, {"observedAt", MOMENT, 0, NEEDED}, {"createdAt", MOMENT, 0, MAY_MISS}}},
    {"portfolioSnapshots", {"p_1", "p_2", "P1", "P2", "P3", "P4"},
     {{"id", KEY, 0, NEEDED}, {"value", DECIMAL, 0, NEEDED}, {"currency", CURRENCY, 0, MAY_MISS},
      {"notes", NAME, 0, MAY_BE_NULL}, {"observedAt", UNIQUE_MOMENT, 0, NEEDED}, {"createdAt", MOMENT, 0, MAY_MISS}}},
    {"transactions", {"x_1", "x_2", "X1", "X2", "X3", "X4"},
     {{"id", KEY, 0, NEEDED}, {"assetId", REFERENCE, ASSETS, NEEDED}, {"type", KIND, 0, NEEDED},
      {"unitPrice", DECIMAL, 0, NEEDED}, {"quantity", DECIMAL, 0, NEEDED}, {"currency", CURRENCY, 0, NEEDED},
      {"occurredAt", MOMENT, 0, NEEDED}, {"createdAt", MOMENT, 0, MAY_MISS}}},
    {"categoriesOnAssets", {NULL},
     {{"assetId", REFERENCE, ASSETS, NEEDED}, {"categoryId", REFERENCE, CATEGORIES, NEEDED}}},
    {"tagsOnAssets", {NULL},
     {{"assetId", REFERENCE, ASSETS, NEEDED}, {"tagId", REFERENCE, TAGS, NEEDED}}}};
/* clang-format on */

static const uint8_t *choice, *last_choice;
static char text[1 << 16];
static size_t size;
static unsigned rows[TABLES];
static bool wild; /* some members are not as they have to be */

/* One of `count`; the first one when no choice is left. */
static unsigned choose(unsigned count) {
  return choice < last_choice ? *choice++ % count : 0;
}

static void put(const char *format, ...) {
  va_list arguments;
  va_start(arguments, format);
  size += (size_t)vsnprintf(text + size, sizeof text - size, format, arguments);
  va_end(arguments);
  PROMISE(size < sizeof text, "the longest document has room");
}

#define ONE_OF(list) (list)[choose(sizeof(list) / sizeof *(list))]

static void put_name(unsigned row, bool unique) {
  static const char *const characters[] = {
      "a", " ", "é", "\\n", "\\u0000", "👶", "\\\"", "\\uD83D\\uDE00", "\\u00e9", "'"};
  put(unique ? "\"%u" : "\"", row);
  for (unsigned left = choose(5); left > 0; left--) put("%s", ONE_OF(characters));
  put("\"");
}

static void put_decimal(void) {
  static const char *const odd[] = {"\"0\"",
                                    "\"-0\"",
                                    "1e-8",
                                    "\"+.5\"",
                                    "9223372036854775807",
                                    "\"-9223372036854775808\"",
                                    "\"0.10\"",
                                    "\"1e15\"",
                                    "\"4.9e-324\"",
                                    "-1.7976931348623157e308"};
  if (choose(3) == 0) {
    put("%s", ONE_OF(odd));
    return;
  }
  /* Up to fifteen digits, which a double always holds (DBL_DIG). */
  unsigned digits = 1 + choose(15), point = choose(digits + 1);
  bool string = choose(4) != 0;
  put("%s%s", string ? "\"" : "", choose(2) ? "-" : "");
  if (point == 0) put("0");
  for (unsigned i = 0; i < digits; i++)
    put("%s%u", i == point ? "." : "", i == 0 && point > 1 ? 1 + choose(9) : choose(10));
  put("%s", string ? "\"" : "");
}

/* Rows that must not have the same moment differ in their year. */
static void put_moment(unsigned row, bool unique) {
  static const char *const forms[] = {
      "-01-01T00:00:00.000Z",       "-12-31T23:59:59.999Z", "-06-15",
      "-06-15T09:42:11.1230+02:00", "-02-28T12:00:00Z",     "-06-15T09:42:11.123456Z",
      "-06-15T09:42:11.5-11:30",    "-06-15 09:42:11+00:00"};
  put("\"%04u%s\"", (unique ? 1000 * (row + 1) : 1990) + choose(100), ONE_OF(forms));
}

static void put_reference(const member *it, unsigned row) {
  unsigned count = rows[it->table];
  /* A parent comes before its children, so that there is no circle. */
  if (it->may == MAY_BE_NULL && row < count) count = row;
  if (count == 0 && it->may == MAY_BE_NULL)
    put("null");
  else
    put("\"%s\"", tables[it->table].keys[choose(count ? count : 2)]);
}

static void put_value(const table *of, const member *it, unsigned row) {
  static const char *const groups[] = {
      "OTHER", "FINANCIAL", "REAL_ESTATE", "LIABILITIES", "PHYSICAL_COLLECTIONS", "PERSONAL_PROPERTY"};
  static const char *const kinds[] = {"ACQUIRE", "DISPOSE", "ADJUST"};
  static const char *const currencies[] = {"EUR", "USD", "", "₿"};
  switch (it->holds) {
  case KEY:
    put("\"%s\"", of->keys[row]);
    break;
  case NAME:
  case UNIQUE:
    put_name(row, it->holds == UNIQUE);
    break;
  case GROUP:
    put("\"%s\"", ONE_OF(groups));
    break;
  case KIND:
    put("\"%s\"", ONE_OF(kinds));
    break;
  case CURRENCY:
    put("\"%s\"", ONE_OF(currencies));
    break;
  case FLAG:
    put("%s", choose(2) ? "true" : "false");
    break;
  case DECIMAL:
    put_decimal();
    break;
  case MOMENT:
  case UNIQUE_MOMENT:
    put_moment(row, it->holds == UNIQUE_MOMENT);
    break;
  case REFERENCE:
    put_reference(it, row);
    break;
  }
}

static void put_wild_value(const table *of, unsigned row) {
  static const char *const words[] = {"null", "0",         "\"\"",   "[]",    "{\"a\":[1]}",
                                      "true", "\"1e400\"", "\"A1\"", "\"C1\""};
  if (of->keys[0] && choose(3) == 0)
    put("\"%s\"", of->keys[(row + choose(MOST_ROWS)) % MOST_ROWS]);
  else
    put("%s", ONE_OF(words));
}

static void put_row(const table *of, unsigned row) {
  put(row ? ",{" : "{");
  const char *separator = "";
  for (const member *it = of->members; it->name; it++) {
    bool odd = wild && choose(32) == 31;
    unsigned leaves_out = it->may == NEEDED ? 1 : choose(4);
    if ((odd && choose(3) == 0) || (it->may == MAY_MISS && leaves_out == 0)) continue;
    put("%s\"%s\":", separator, it->name);
    if (odd)
      put_wild_value(of, row);
    else if (it->may == MAY_BE_NULL && leaves_out == 0)
      put("null");
    else
      put_value(of, it, row);
    separator = ",";
  }
  put("}");
}

const char *made_document(const uint8_t *choices, size_t count, size_t *length) {
  choice = choices;
  last_choice = choices + count;
  size = 0;
  wild = choose(4) == 3;
  for (int t = 0; t < TABLES; t++) {
    /* Two tables have a pair of keys instead of a name for each row, and no more rows than pairs. */
    rows[t] = tables[t].keys[0] ? choose(MOST_ROWS + 1) : choose(3);
    /* No reference dangles: a row that refers to others only exists if there are some. */
    for (const member *m = tables[t].members; m->name && !wild; m++) {
      if (m->holds == REFERENCE && m->may == NEEDED && rows[m->table] == 0) rows[t] = 0;
    }
  }
  put("{\"schemaVersion\":\"1\",\"exportedAt\":\"2025-01-15T09:42:11.123Z\",\"data\":{");
  unsigned first = choose(TABLES);
  for (unsigned i = 0; i < TABLES; i++) {
    unsigned t = (first + i) % TABLES;
    put("%s\n\"%s\":[", i ? "," : "", tables[t].name);
    for (unsigned row = 0; row < rows[t]; row++) put_row(&tables[t], row);
    put("]");
  }
  put("}}");
  *length = size;
  return text;
}
