/*
** floor.c: what backup and restore would cost if there were no JSON.
**
**   floor read DB
**       The floor of an export: steps through all rows of the nine tables, in
**       the order in which they are stored, and reads every column.
**
**   floor insert SRC DST [wipe] [storage|swept]
**       The floor of a restore: loads all rows of SRC into memory, then opens
**       DST and inserts them with one prepared statement per table in one
**       transaction, with SQLite's default settings. The rows come in key
**       order, which is document order (with "storage": as SRC stores them;
**       with "swept": in batches of 32768, each sorted by the columns of the
**       table's secondary index, which is the cheapest order known).
**       With "wipe", the rows of DST are deleted first, in the same
**       transaction. DST must have the tables, with the columns of SRC.
**       Only DST's part is timed, from opening to closing: the rows are in
**       memory for free, as no restore can have them.
**
**   floor sum DB
**       A checksum of all rows in key order, storage classes included. Two
**       databases with the same sum hold the same rows.
**
** "read" and "insert" print "seconds=S cpu=C peak_kb=P rows=N", "sum" prints the sum.
*/
#define _GNU_SOURCE
#include <inttypes.h>
#include <sqlite3.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <time.h>

/* In the order in which rows are inserted: parents first. */
static const char *const TABLES[][2] = {{"asset_types", "id"},
                                        {"categories", "id"},
                                        {"tags", "id"},
                                        {"assets", "id"},
                                        {"asset_snapshots", "id"},
                                        {"portfolio_snapshots", "id"},
                                        {"transactions", "id"},
                                        {"asset_categories", "asset_id, category_id"},
                                        {"asset_tags", "asset_id, tag_id"}};
enum { TABLE_COUNT = sizeof TABLES / sizeof *TABLES, MAX_COLUMNS = 64 };

static void fail(sqlite3 *db, const char *what) {
  fprintf(stderr, "floor: %s: %s\n", what, db ? sqlite3_errmsg(db) : "failed");
  exit(1);
}

static double now(void) {
  struct timespec time;
  clock_gettime(CLOCK_MONOTONIC, &time);
  return (double)time.tv_sec + (double)time.tv_nsec / 1e9;
}

static double cpu_now(void) {
  struct timespec time;
  clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &time);
  return (double)time.tv_sec + (double)time.tv_nsec / 1e9;
}

/* start and cpu_start: when the timed part began. */
static void report(double start, double cpu_start, uint64_t rows) {
  double seconds = now() - start, cpu = cpu_now() - cpu_start;
  struct rusage usage;
  getrusage(RUSAGE_SELF, &usage);
  printf("seconds=%.6f cpu=%.6f peak_kb=%ld rows=%" PRIu64 "\n", seconds, cpu, usage.ru_maxrss, rows);
}

static sqlite3 *open_database(const char *path, int flags) {
  sqlite3 *db = NULL;
  if (sqlite3_open_v2(path, &db, flags, NULL) != SQLITE_OK) fail(db, path);
  return db;
}

static void run(sqlite3 *db, const char *sql) {
  if (sqlite3_exec(db, sql, NULL, NULL, NULL) != SQLITE_OK) fail(db, sql);
}

static sqlite3_stmt *prepare(sqlite3 *db, const char *sql) {
  sqlite3_stmt *statement = NULL;
  if (sqlite3_prepare_v2(db, sql, -1, &statement, NULL) != SQLITE_OK) fail(db, sql);
  return statement;
}

typedef enum order { STORAGE_ORDER, KEY_ORDER, SWEPT_ORDER } order;

/* The columns of the secondary index, of tables that may be large. */
static const char *swept_by(int table) {
  if (strcmp(TABLES[table][0], "asset_snapshots") == 0) return "asset_id, observed_at DESC";
  if (strcmp(TABLES[table][0], "transactions") == 0) return "asset_id, occurred_at DESC";
  return NULL;
}

static sqlite3_stmt *prepare_select(sqlite3 *db, int table, order order) {
  const char *name = TABLES[table][0], *key = TABLES[table][1];
  const char *index = order == SWEPT_ORDER ? swept_by(table) : NULL;
  char sql[512];
  if (index)
    snprintf(
        sql, sizeof sql,
        "SELECT rows.* FROM (SELECT rowid AS at, row_number() OVER (ORDER BY %s) / 32768 AS batch FROM %s)"
        " JOIN %s AS rows ON rows.rowid = at ORDER BY batch, %s",
        key, name, name, index);
  else
    snprintf(sql, sizeof sql, "SELECT * FROM %s%s%s", name, order == STORAGE_ORDER ? "" : " ORDER BY ",
             order == STORAGE_ORDER ? "" : key);
  sqlite3_stmt *select = prepare(db, sql);
  if (sqlite3_column_count(select) > MAX_COLUMNS) fail(NULL, "too many columns");
  return select;
}

/* -- One value, read by the function of its own kind ----------------------- */

typedef struct cell {
  int type;   /* SQLITE_INTEGER … SQLITE_NULL */
  int length; /* of a text or blob */
  union {
    sqlite3_int64 integer;
    double real;
    const void *bytes;
  } is;
} cell;

static cell read_cell(sqlite3_stmt *select, int column) {
  cell value = {.type = sqlite3_column_type(select, column), .length = 0, .is.integer = 0};
  switch (value.type) {
  case SQLITE_INTEGER:
    value.is.integer = sqlite3_column_int64(select, column);
    break;
  case SQLITE_FLOAT:
    value.is.real = sqlite3_column_double(select, column);
    break;
  case SQLITE_TEXT:
    value.is.bytes = sqlite3_column_text(select, column);
    break;
  case SQLITE_BLOB:
    value.is.bytes = sqlite3_column_blob(select, column);
    break;
  default:
    break;
  }
  if (value.type == SQLITE_TEXT || value.type == SQLITE_BLOB) {
    value.length = sqlite3_column_bytes(select, column);
  }
  return value;
}

/* -- read and sum ---------------------------------------------------------- */

typedef struct digest {
  uint64_t state;
  uint64_t rows;
} digest;

static void mix(digest *sum, uint64_t word) {
  sum->state = (sum->state ^ word) * 0x9E3779B97F4A7C15;
  sum->state ^= sum->state >> 29;
}

static void mix_cell(digest *sum, const cell *value) {
  uint64_t word = (uint64_t)value->is.integer;
  mix(sum, (uint64_t)value->type << 32 | (uint32_t)value->length);
  if (value->type == SQLITE_FLOAT) memcpy(&word, &value->is.real, sizeof word);
  if (value->type == SQLITE_INTEGER || value->type == SQLITE_FLOAT) mix(sum, word);
  if (value->type != SQLITE_TEXT && value->type != SQLITE_BLOB) return;
  const char *at = value->is.bytes;
  for (int left = value->length; left > 0; left -= 8, at += 8) {
    word = 0;
    memcpy(&word, at, left < 8 ? (size_t)left : 8);
    mix(sum, word);
  }
}

/*
** Reading takes a word of every value, so that no compiler leaves the reading
** out; summing takes all of it.
*/
static digest walk(sqlite3 *db, order order, bool whole) {
  digest sum = {0x53747261746121, 0};
  for (int table = 0; table < TABLE_COUNT; table++) {
    sqlite3_stmt *select = prepare_select(db, table, order);
    int columns = sqlite3_column_count(select), rc;
    while ((rc = sqlite3_step(select)) == SQLITE_ROW) {
      for (int i = 0; i < columns; i++) {
        cell value = read_cell(select, i);
        if (whole) {
          mix_cell(&sum, &value);
        } else {
          sum.state += (uint64_t)value.is.integer;
        }
      }
      sum.rows++;
    }
    if (rc != SQLITE_DONE) fail(db, TABLES[table][0]);
    sqlite3_finalize(select);
    mix(&sum, sum.rows);
  }
  return sum;
}

static void read_all(const char *path) {
  double start = now(), cpu_start = cpu_now();
  sqlite3 *db = open_database(path, SQLITE_OPEN_READONLY);
  digest sum = walk(db, STORAGE_ORDER, false);
  sqlite3_close(db);
  report(start, cpu_start, sum.rows + (sum.state == 0)); /* the state is used, so it is computed */
}

static void sum_all(const char *path) {
  sqlite3 *db = open_database(path, SQLITE_OPEN_READONLY);
  digest sum = walk(db, KEY_ORDER, true);
  sqlite3_close(db);
  printf("%016" PRIx64 " %" PRIu64 "\n", sum.state, sum.rows);
}

/* -- insert ---------------------------------------------------------------- */

/* The rows of a table, cell after cell; the bytes of texts follow their cell. */
typedef struct rows {
  char *bytes;
  size_t length, room;
  uint64_t count;
  int columns;
} rows;

static void append(rows *to, const void *bytes, size_t length) {
  size_t padded = (length + 7) & ~(size_t)7; /* so that the next cell is aligned */
  if (to->length + padded > to->room) {
    to->room = (to->length + padded) * 3 / 2;
    to->bytes = realloc(to->bytes, to->room);
    if (!to->bytes) fail(NULL, "out of memory");
  }
  if (length) memcpy(to->bytes + to->length, bytes, length);
  to->length += padded;
}

static rows load(sqlite3 *db, int table, order order) {
  rows loaded = {0};
  sqlite3_stmt *select = prepare_select(db, table, order);
  loaded.columns = sqlite3_column_count(select);
  int rc;
  while ((rc = sqlite3_step(select)) == SQLITE_ROW) {
    for (int i = 0; i < loaded.columns; i++) {
      cell value = read_cell(select, i);
      append(&loaded, &value, sizeof value);
      append(&loaded, value.is.bytes, (size_t)value.length);
    }
    loaded.count++;
  }
  if (rc != SQLITE_DONE) fail(db, TABLES[table][0]);
  sqlite3_finalize(select);
  return loaded;
}

/* Binds the cell at *at and moves on to the next one. */
static void bind_cell(sqlite3_stmt *insert, int parameter, const char **at) {
  cell value;
  memcpy(&value, *at, sizeof value);
  const char *bytes = *at + sizeof value;
  *at = bytes + (((size_t)value.length + 7) & ~(size_t)7);
  switch (value.type) {
  case SQLITE_INTEGER:
    sqlite3_bind_int64(insert, parameter, value.is.integer);
    break;
  case SQLITE_FLOAT:
    sqlite3_bind_double(insert, parameter, value.is.real);
    break;
  case SQLITE_TEXT:
    sqlite3_bind_text(insert, parameter, bytes, value.length, SQLITE_STATIC);
    break;
  case SQLITE_BLOB:
    sqlite3_bind_blob(insert, parameter, bytes, value.length, SQLITE_STATIC);
    break;
  default:
    sqlite3_bind_null(insert, parameter);
    break;
  }
}

static void insert_table(sqlite3 *db, int table, const rows *from) {
  char sql[256 + 2 * MAX_COLUMNS];
  int length = snprintf(sql, sizeof sql, "INSERT INTO %s VALUES(", TABLES[table][0]);
  for (int i = 0; i < from->columns; i++) {
    sql[length++] = '?';
    sql[length++] = i + 1 < from->columns ? ',' : ')';
  }
  sql[length] = 0;
  sqlite3_stmt *insert = prepare(db, sql);
  const char *at = from->bytes;
  for (uint64_t row = 0; row < from->count; row++) {
    for (int i = 0; i < from->columns; i++) bind_cell(insert, i + 1, &at);
    if (sqlite3_step(insert) != SQLITE_DONE) fail(db, sql);
    sqlite3_reset(insert);
  }
  sqlite3_finalize(insert);
}

static void insert_all(const char *source, const char *target, bool wipe, order order) {
  rows tables[TABLE_COUNT];
  uint64_t count = 0;
  sqlite3 *db = open_database(source, SQLITE_OPEN_READONLY);
  for (int i = 0; i < TABLE_COUNT; i++) {
    tables[i] = load(db, i, order);
    count += tables[i].count;
  }
  sqlite3_close(db);

  double start = now(), cpu_start = cpu_now();
  db = open_database(target, SQLITE_OPEN_READWRITE);
  run(db, "BEGIN IMMEDIATE");
  for (int i = TABLE_COUNT - 1; wipe && i >= 0; i--) {
    char sql[64];
    snprintf(sql, sizeof sql, "DELETE FROM %s", TABLES[i][0]);
    run(db, sql);
  }
  for (int i = 0; i < TABLE_COUNT; i++) insert_table(db, i, &tables[i]);
  run(db, "COMMIT");
  if (sqlite3_close(db) != SQLITE_OK) fail(db, "close");
  report(start, cpu_start, count);
  for (int i = 0; i < TABLE_COUNT; i++) free(tables[i].bytes);
}

int main(int argc, char **argv) {
  const char *job = argc > 1 ? argv[1] : "";
  if (argc == 3 && strcmp(job, "read") == 0) {
    read_all(argv[2]);
  } else if (argc == 3 && strcmp(job, "sum") == 0) {
    sum_all(argv[2]);
  } else if (argc >= 4 && strcmp(job, "insert") == 0) {
    bool wipe = false;
    order order = KEY_ORDER;
    for (int i = 4; i < argc; i++) {
      wipe |= strcmp(argv[i], "wipe") == 0;
      if (strcmp(argv[i], "storage") == 0) order = STORAGE_ORDER;
      if (strcmp(argv[i], "swept") == 0) order = SWEPT_ORDER;
    }
    insert_all(argv[2], argv[3], wipe, order);
  } else {
    fputs("usage: floor read DB | floor insert SRC DST [wipe] [storage|swept] | floor sum DB\n", stderr);
    return 2;
  }
  return 0;
}
