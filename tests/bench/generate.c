/*
** generate.c: makes the databases that the benchmark runs on.
**
**   generate DB ROWS created|key SCHEMA.sql
**
** DB is created (it must not exist) with the tables of SCHEMA.sql, ROWS asset
** snapshots, and what belongs to them in proportion: an asset for every 250
** snapshots (100 at least), a transaction for every 10, a portfolio snapshot
** for every 1000.
**
** What a row holds depends on its number and on a fixed seed alone. So every
** run makes the same rows, and the two orders make the same content: they differ
** only in the order in which the rows are inserted, and thus in their rowids.
**
**   created   as the app inserts them, one after the other as time goes by: by
**             the moment of creation. The keys are random UUIDs, so that rowid
**             and key have nothing to do with each other; the snapshots of all
**             assets alternate, and their dates ascend, except for one in 16
**             that is entered up to 400 days late.
**   key       ascending by primary key, as nobody's data is, unless rows were
**             sorted by it on their way into the database.
*/
#include <inttypes.h>
#include <sqlite3.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define COUNT(array) ((uint64_t)(sizeof(array) / sizeof *(array)))

static const uint64_t SEED = 0x5354524154413031; /* "STRATA01" */
static const int64_t START = 1420070400000;      /* 2015-01-01, in ms since 1970 */
static const int64_t DAY = 86400000;
static const int64_t DAYS = 4000; /* the years over which the rows are spread */

/* The tables, which also number the streams of random numbers. */
enum { TYPES = 1, CATEGORIES, TAGS, ASSETS, SNAPSHOTS, PORTFOLIO, TRANSACTIONS, ON_CATEGORY, ON_TAG };

static const char *const TYPE_CODES[] = {"ART",  "BOND", "CAR",  "CASH",  "CRYPTO", "FUND", "GOLD",
                                         "HOME", "LAND", "LOAN", "OTHER", "STOCK",  "WATCH"};
static const char *const TYPE_GROUPS[] = {"PHYSICAL_COLLECTIONS",
                                          "FINANCIAL",
                                          "PERSONAL_PROPERTY",
                                          "FINANCIAL",
                                          "FINANCIAL",
                                          "FINANCIAL",
                                          "OTHER",
                                          "REAL_ESTATE",
                                          "REAL_ESTATE",
                                          "LIABILITIES",
                                          "OTHER",
                                          "FINANCIAL",
                                          "PHYSICAL_COLLECTIONS"};
static const char *const NAMES[] = {"Livret d’épargne", "Wohnung Köln", "東京の不動産",  "Золотая монета",
                                    "Plain shares",     "Kültür fonu",  "Obligació 5 %", "مزرعة",
                                    "Ζαφείρι",          "Bitcoin ₿",  "Vélo 🚲",        "O'Brien \"Fund\""};
static const char *const CURRENCIES[] = {"EUR", "USD", "CHF", "JPY"};
static const char *const KINDS[] = {"ACQUIRE", "ADJUST", "DISPOSE"};

static sqlite3 *db;
static bool by_creation;

/* A random number that depends on (table, row, field) alone (splitmix64). */
static uint64_t random_at(uint64_t table, uint64_t row, uint64_t field) {
  uint64_t x = SEED + (table << 56) + (row * 16 + field) * 0x9E3779B97F4A7C15;
  x = (x ^ (x >> 30)) * 0xBF58476D1CE4E5B9;
  x = (x ^ (x >> 27)) * 0x94D049BB133111EB;
  return x ^ (x >> 31);
}

static void fail(const char *what) {
  fprintf(stderr, "generate: %s: %s\n", what, db ? sqlite3_errmsg(db) : "no database");
  exit(1);
}

static void run(const char *sql) {
  if (sqlite3_exec(db, sql, NULL, NULL, NULL) != SQLITE_OK) fail(sql);
}

static void *allocate(uint64_t count, size_t size) {
  void *memory = calloc(count ? count : 1, size);
  if (!memory) fail("out of memory");
  return memory;
}

/* -- Keys ---------------------------------------------------------------- */

typedef struct uuid {
  char text[37];
} uuid;

static int compare_uuids(const void *a, const void *b) {
  return memcmp(a, b, sizeof(uuid));
}

/* `count` random uuids (version 4), ascending: row i of the table has the i-th. */
static uuid *make_uuids(uint64_t table, uint64_t count) {
  uuid *keys = allocate(count, sizeof *keys);
  for (uint64_t i = 0; i < count; i++) {
    uint64_t high = random_at(table, i, 14), low = random_at(table, i, 15);
    snprintf(keys[i].text, sizeof keys[i].text, "%08x-%04x-4%03x-%04x-%012" PRIx64, (unsigned)(high >> 32),
             (unsigned)(high >> 16 & 0xFFFF), (unsigned)(high & 0xFFF),
             (unsigned)(0x8000 | (low >> 48 & 0x3FFF)), low & 0xFFFFFFFFFFFF);
  }
  qsort(keys, count, sizeof *keys, compare_uuids);
  return keys;
}

/* -- Values, as the app stores them -------------------------------------- */

static void bind_text(sqlite3_stmt *insert, int at, const char *text) {
  sqlite3_bind_text(insert, at, text, -1, SQLITE_TRANSIENT);
}

/*
** units / scale. The division of two integers that doubles hold exactly is
** correctly rounded, so this is the double that the decimal digits stand for.
*/
static void bind_decimal(sqlite3_stmt *insert, int at, uint64_t units, uint64_t scale) {
  if (units % scale == 0) {
    sqlite3_bind_int64(insert, at, (sqlite3_int64)(units / scale));
  } else {
    sqlite3_bind_double(insert, at, (double)units / (double)scale);
  }
}

/* Amounts of every size alike: from cents to millions. One in 16 is a whole number. */
static void bind_money(sqlite3_stmt *insert, int at, uint64_t random) {
  static const uint64_t limits[] = {10000, 100000, 1000000, 10000000, 100000000};
  uint64_t cents = (random >> 8) % limits[random % COUNT(limits)];
  bind_decimal(insert, at, (random >> 4 & 15) == 0 ? cents * 100 : cents, 100);
}

static void bind_quantity(sqlite3_stmt *insert, int at, uint64_t random) {
  static const uint64_t limits[] = {1000000, 100000000, 10000000000, 100000000000};
  uint64_t units = (random >> 8) % limits[random % COUNT(limits)];
  bool whole = (random >> 4 & 3) == 0; /* a number of shares */
  bind_decimal(insert, at, whole ? 1 + units % 500 : units, whole ? 1 : 100000000);
}

/* "2025-01-15T00:00:00.000+00:00"; the calendar is the usual civil-from-days. */
static void bind_time(sqlite3_stmt *insert, int at, int64_t ms) {
  int64_t days = ms / DAY, rest = ms % DAY, z = days + 719468, era = z / 146097, doe = z % 146097;
  int64_t yoe = (doe - doe / 1460 + doe / 36524 - doe / 146096) / 365;
  int64_t doy = doe - (365 * yoe + yoe / 4 - yoe / 100), mp = (5 * doy + 2) / 153;
  int month = (int)(mp < 10 ? mp + 3 : mp - 9), day = (int)(doy - (153 * mp + 2) / 5 + 1);
  int year = (int)(yoe + era * 400 + (month <= 2)), seconds = (int)(rest / 1000);
  char text[64];
  snprintf(text, sizeof text, "%04d-%02d-%02dT%02d:%02d:%02d.%03d+00:00", year, month, day, seconds / 3600,
           seconds / 60 % 60, seconds % 60, (int)(rest % 1000));
  bind_text(insert, at, text);
}

/* A day at midnight (what a date field gives), or, one time in four, any millisecond of it. */
static int64_t observed(uint64_t random) {
  int64_t day = (int64_t)((random >> 32) % (uint64_t)DAYS) * DAY;
  return START + day + (random % 4 == 0 ? (int64_t)(random >> 8 & 0xFFFFFF) % DAY : 0);
}

/* Up to three hours later, to the millisecond; one in 16 up to 400 days later. */
static int64_t created(int64_t time, uint64_t random) {
  int64_t days = (random >> 40) % 16 ? 0 : (int64_t)((random >> 44) % 400);
  return time + days * DAY + (int64_t)(random % 10800000);
}

/* -- The tables ----------------------------------------------------------- */

static uint64_t asset_count, category_count = 48, tag_count = 40;
static uuid *category_keys, *tag_keys, *asset_keys;

typedef void fill(sqlite3_stmt *insert, uint64_t row, const char *key);

/* When a row was created; for tables that do not say so, a random moment. */
typedef int64_t moment(uint64_t row);

static int64_t type_created(uint64_t row) {
  return (int64_t)(random_at(TYPES, row, 13) >> 1);
}

static int64_t category_created(uint64_t row) {
  return (int64_t)(random_at(CATEGORIES, row, 13) >> 1);
}

static int64_t tag_created(uint64_t row) {
  return (int64_t)(random_at(TAGS, row, 13) >> 1);
}

static int64_t asset_created(uint64_t row) {
  return START + (int64_t)(random_at(ASSETS, row, 1) >> 24) % DAY;
}

static int64_t snapshot_observed(uint64_t row) {
  return observed(random_at(SNAPSHOTS, row, 2));
}

static int64_t snapshot_created(uint64_t row) {
  return created(snapshot_observed(row), random_at(SNAPSHOTS, row, 4));
}

/* One every three hours, in an order that has nothing to do with the key: the column is unique. */
static int64_t portfolio_observed(uint64_t row) {
  return START + (int64_t)(row ^ 5) * 10800000;
}

static int64_t portfolio_created(uint64_t row) {
  return created(portfolio_observed(row), random_at(PORTFOLIO, row, 3));
}

static int64_t transaction_occurred(uint64_t row) {
  return observed(random_at(TRANSACTIONS, row, 2));
}

static int64_t transaction_created(uint64_t row) {
  return created(transaction_occurred(row), random_at(TRANSACTIONS, row, 5));
}

/* Two rows with each asset. */
static int64_t join_created(uint64_t row) {
  return asset_created(row / 2);
}

static void fill_type(sqlite3_stmt *insert, uint64_t row, const char *key) {
  char id[32];
  snprintf(id, sizeof id, "at_%s", TYPE_CODES[row]);
  bind_text(insert, 1, id);
  bind_text(insert, 2, TYPE_CODES[row]);
  bind_text(insert, 3, TYPE_CODES[row]);
  bind_text(insert, 4, TYPE_GROUPS[row]);
  (void)key;
}

/* Every third one is at the top, the others below any of these: often one with a later key. */
static void fill_category(sqlite3_stmt *insert, uint64_t row, const char *key) {
  char name[32];
  snprintf(name, sizeof name, "Catégorie nº %u", (unsigned)row);
  bind_text(insert, 1, key);
  bind_text(insert, 2, name);
  if (row % 3)
    bind_text(insert, 3, category_keys[random_at(CATEGORIES, row, 1) % (category_count / 3) * 3].text);
}

static void fill_tag(sqlite3_stmt *insert, uint64_t row, const char *key) {
  char name[32];
  snprintf(name, sizeof name, "étiquette-%u", (unsigned)row);
  bind_text(insert, 1, key);
  bind_text(insert, 2, name);
}

static void fill_asset(sqlite3_stmt *insert, uint64_t row, const char *key) {
  uint64_t random = random_at(ASSETS, row, 1);
  char name[96], type[32];
  snprintf(name, sizeof name, "%s %u", NAMES[random % COUNT(NAMES)], (unsigned)row);
  snprintf(type, sizeof type, "at_%s", TYPE_CODES[(random >> 16) % COUNT(TYPE_CODES)]);
  bind_text(insert, 1, key);
  bind_text(insert, 2, name);
  if (random % 3) bind_quantity(insert, 3, random_at(ASSETS, row, 2)); /* else NULL */
  sqlite3_bind_int(insert, 4, (random >> 8) % 10 == 0);
  bind_text(insert, 5, type);
  bind_time(insert, 6, asset_created(row));
  bind_time(insert, 7, created(START + DAYS * DAY, random >> 24));
}

static void fill_snapshot(sqlite3_stmt *insert, uint64_t row, const char *key) {
  bind_text(insert, 1, key);
  bind_text(insert, 2, asset_keys[random_at(SNAPSHOTS, row, 1) % asset_count].text);
  bind_money(insert, 3, random_at(SNAPSHOTS, row, 3));
  bind_time(insert, 4, snapshot_observed(row));
  bind_time(insert, 5, snapshot_created(row));
}

static void fill_portfolio(sqlite3_stmt *insert, uint64_t row, const char *key) {
  bind_text(insert, 1, key);
  bind_money(insert, 2, random_at(PORTFOLIO, row, 1));
  bind_text(insert, 3, CURRENCIES[random_at(PORTFOLIO, row, 2) % COUNT(CURRENCIES)]);
  if (row % 2) bind_text(insert, 4, "Fin de mois \"réel\"\n— à vérifier ✓");
  bind_time(insert, 5, portfolio_observed(row));
  bind_time(insert, 6, portfolio_created(row));
}

static void fill_transaction(sqlite3_stmt *insert, uint64_t row, const char *key) {
  uint64_t random = random_at(TRANSACTIONS, row, 1);
  bind_text(insert, 1, key);
  bind_text(insert, 2, asset_keys[random % asset_count].text);
  bind_text(insert, 3, KINDS[(random >> 32) % COUNT(KINDS)]);
  bind_money(insert, 4, random_at(TRANSACTIONS, row, 3));
  bind_quantity(insert, 5, random_at(TRANSACTIONS, row, 4));
  bind_text(insert, 6, CURRENCIES[(random >> 48) % COUNT(CURRENCIES)]);
  bind_time(insert, 7, transaction_occurred(row));
  bind_time(insert, 8, transaction_created(row));
}

/* Two rows for each asset, of which the second has the greater key. */
static void fill_join(sqlite3_stmt *insert, uint64_t row, uint64_t table, const uuid *others,
                      uint64_t count) {
  uint64_t half = count / 2, place = random_at(table, row, 1) % half + (row % 2 ? half : 0);
  bind_text(insert, 1, asset_keys[row / 2].text);
  bind_text(insert, 2, others[place].text);
}

static void fill_on_category(sqlite3_stmt *insert, uint64_t row, const char *key) {
  fill_join(insert, row, ON_CATEGORY, category_keys, category_count);
  (void)key;
}

static void fill_on_tag(sqlite3_stmt *insert, uint64_t row, const char *key) {
  fill_join(insert, row, ON_TAG, tag_keys, tag_count);
  (void)key;
}

typedef struct place {
  int64_t created;
  uint64_t row;
} place;

/* The row's number decides between equals, so that the order is the same on every machine. */
static int compare_places(const void *a, const void *b) {
  const place *x = a, *y = b;
  if (x->created != y->created) return x->created < y->created ? -1 : 1;
  return x->row < y->row ? -1 : x->row > y->row;
}

/* The order in which `count` rows are inserted; their numbers are in the order of their keys. */
static place *make_order(uint64_t count, moment *created_at) {
  place *order = allocate(count, sizeof *order);
  for (uint64_t i = 0; i < count; i++) order[i] = (place){.created = created_at(i), .row = i};
  if (by_creation) qsort(order, count, sizeof *order, compare_places);
  return order;
}

/* keys is NULL for the tables that have keys of another kind. */
static void insert_rows(uint64_t count, const uuid *keys, const char *sql, fill *fill_row,
                        moment *created_at) {
  place *order = make_order(count, created_at);
  sqlite3_stmt *insert;
  if (sqlite3_prepare_v2(db, sql, -1, &insert, NULL) != SQLITE_OK) fail(sql);
  for (uint64_t i = 0; i < count; i++) {
    sqlite3_clear_bindings(insert);
    fill_row(insert, order[i].row, keys ? keys[order[i].row].text : "");
    if (sqlite3_step(insert) != SQLITE_DONE) fail(sql);
    sqlite3_reset(insert);
  }
  sqlite3_finalize(insert);
  free(order);
}

static void insert_all(uint64_t rows) {
  uint64_t portfolio_count = rows / 1000 + 12, transaction_count = rows / 10;
  asset_count = rows / 250 < 100 ? 100 : rows / 250;
  category_keys = make_uuids(CATEGORIES, category_count);
  tag_keys = make_uuids(TAGS, tag_count);
  asset_keys = make_uuids(ASSETS, asset_count);
  uuid *snapshot_keys = make_uuids(SNAPSHOTS, rows);
  uuid *portfolio_keys = make_uuids(PORTFOLIO, portfolio_count);
  uuid *transaction_keys = make_uuids(TRANSACTIONS, transaction_count);

  insert_rows(COUNT(TYPE_CODES), NULL, "INSERT INTO asset_types(id, code, label, \"group\") VALUES(?,?,?,?)",
              fill_type, type_created);
  insert_rows(category_count, category_keys, "INSERT INTO categories(id, name, parent_id) VALUES(?,?,?)",
              fill_category, category_created);
  insert_rows(tag_count, tag_keys, "INSERT INTO tags(id, name) VALUES(?,?)", fill_tag, tag_created);
  insert_rows(asset_count, asset_keys,
              "INSERT INTO assets(id, name, quantity, disposed, asset_type_id, created_at, updated_at)"
              " VALUES(?,?,?,?,?,?,?)",
              fill_asset, asset_created);
  insert_rows(rows, snapshot_keys,
              "INSERT INTO asset_snapshots(id, asset_id, value, observed_at, created_at) VALUES(?,?,?,?,?)",
              fill_snapshot, snapshot_created);
  insert_rows(portfolio_count, portfolio_keys,
              "INSERT INTO portfolio_snapshots(id, value, currency, notes, observed_at, created_at)"
              " VALUES(?,?,?,?,?,?)",
              fill_portfolio, portfolio_created);
  insert_rows(transaction_count, transaction_keys,
              "INSERT INTO transactions(id, asset_id, type, unit_price, quantity, currency, occurred_at,"
              " created_at) VALUES(?,?,?,?,?,?,?,?)",
              fill_transaction, transaction_created);
  insert_rows(asset_count * 2, NULL, "INSERT INTO asset_categories(asset_id, category_id) VALUES(?,?)",
              fill_on_category, join_created);
  insert_rows(asset_count * 2, NULL, "INSERT INTO asset_tags(asset_id, tag_id) VALUES(?,?)", fill_on_tag,
              join_created);
  free(category_keys);
  free(tag_keys);
  free(asset_keys);
  free(snapshot_keys);
  free(portfolio_keys);
  free(transaction_keys);
}

static void create_schema(const char *path) {
  FILE *file = fopen(path, "rb");
  char *sql = allocate(1 << 20, 1);
  if (!file || fread(sql, 1, (1 << 20) - 1, file) == 0) fail(path);
  fclose(file);
  run(sql);
  free(sql);
}

int main(int argc, char **argv) {
  if (argc != 5 || (strcmp(argv[3], "key") && strcmp(argv[3], "created"))) {
    fputs("usage: generate DB ROWS created|key SCHEMA.sql\n", stderr);
    return 2;
  }
  uint64_t rows = strtoull(argv[2], NULL, 10);
  by_creation = strcmp(argv[3], "created") == 0;
  FILE *exists = fopen(argv[1], "rb");
  if (exists) {
    fclose(exists);
    fprintf(stderr, "generate: %s is there already\n", argv[1]);
    return 1;
  }
  if (sqlite3_open(argv[1], &db) != SQLITE_OK) fail(argv[1]);
  create_schema(argv[4]);
  /* None of this is kept in the file; it only spares the wait. */
  run("PRAGMA journal_mode=OFF; PRAGMA synchronous=OFF; PRAGMA cache_size=-2000000; PRAGMA foreign_keys=OFF");
  run("BEGIN");
  insert_all(rows);
  run("COMMIT");
  if (sqlite3_close(db) != SQLITE_OK) fail("close");
  return 0;
}
