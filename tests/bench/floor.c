/*
** floor.c: what backup and restore would cost if there were no JSON.
**
**   floor read DB
**       The floor of an export: steps through all rows of the nine tables, in
**       the order in which they are stored, and reads every column.
**
**   floor insert SRC DST [wipe] [swept]
**       The floor of a restore: loads all rows of SRC into memory, then opens
**       DST and inserts them with one prepared statement per table in one
**       transaction, with SQLite's default settings. The rows come in SRC's
**       own order, which is the document's. With "swept", those of the large
**       tables come in the order in which a restore inserts them: in batches of
**       18,000, each sorted by the columns of the table's secondary index, and
**       with their rowids, so that DST has them in SRC's order all the same.
**       With "wipe", the rows of DST are deleted first, in the same
**       transaction. DST must have the tables, with the columns of SRC.
**       Only DST's part is timed, from opening to closing: the rows are in
**       memory for free, as no restore can have them.
**
**   floor sum DB
**       Two checksums of all values, storage classes included. Databases of
**       which the first is the same hold the same rows; if the second is the
**       same too, then in the same order of rowids.
**
** "read" and "insert" print "seconds=S cpu=C peak_kb=P rows=N", "sum" prints
** "rows=HEX order=HEX count=N".
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

/*
** In the order in which rows are inserted: parents first. With the columns of the
** secondary index, for tables that may be large.
*/
static const char *const TABLES[][2] = {{"asset_types", NULL},
                                        {"categories", NULL},
                                        {"tags", NULL},
                                        {"assets", NULL},
                                        {"asset_snapshots", "asset_id, observed_at DESC"},
                                        {"portfolio_snapshots", NULL},
                                        {"transactions", "asset_id, occurred_at DESC"},
                                        {"asset_categories", NULL},
                                        {"asset_tags", NULL}};
enum { TABLE_COUNT = sizeof TABLES / sizeof *TABLES, MAX_COLUMNS = 64, BATCH = 18000 };

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

/* Whether a table's rows come in batches, sorted by the columns of its index. */
static bool is_swept(int table, bool swept) {
  return swept && TABLES[table][1];
}

/*
** All columns of a table. In the order of rowids, and never by an index that has
** all of the columns; or in the order of sorted batches, with the rowid first.
*/
static sqlite3_stmt *prepare_select(sqlite3 *db, int table, bool swept) {
  const char *name = TABLES[table][0];
  char sql[512];
  if (is_swept(table, swept))
    snprintf(sql, sizeof sql,
             "SELECT number AS rowid, rows.* FROM"
             " (SELECT rowid AS at, row_number() OVER (ORDER BY rowid) AS number FROM %s)"
             " JOIN %s AS rows ON rows.rowid = at ORDER BY (number - 1) / %d, %s",
             name, name, BATCH, TABLES[table][1]);
  else
    snprintf(sql, sizeof sql, "SELECT * FROM %s NOT INDEXED ORDER BY rowid", name);
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

static uint64_t mix(uint64_t state, uint64_t word) {
  state = (state ^ word) * 0x9E3779B97F4A7C15;
  return state ^ state >> 29;
}

static uint64_t mix_cell(uint64_t state, const cell *value) {
  uint64_t word = (uint64_t)value->is.integer;
  state = mix(state, (uint64_t)value->type << 32 | (uint32_t)value->length);
  if (value->type == SQLITE_FLOAT) memcpy(&word, &value->is.real, sizeof word);
  if (value->type == SQLITE_INTEGER || value->type == SQLITE_FLOAT) return mix(state, word);
  if (value->type != SQLITE_TEXT && value->type != SQLITE_BLOB) return state;
  const char *at = value->is.bytes;
  for (int left = value->length; left > 0; left -= 8, at += 8) {
    word = 0;
    memcpy(&word, at, left < 8 ? (size_t)left : 8);
    state = mix(state, word);
  }
  return state;
}

/* Called with each row. */
typedef void visit(sqlite3_stmt *row, int columns, int table, void *to);

static uint64_t walk(const char *path, visit *each, void *to) {
  sqlite3 *db = open_database(path, SQLITE_OPEN_READONLY);
  uint64_t count = 0;
  for (int table = 0; table < TABLE_COUNT; table++) {
    sqlite3_stmt *select = prepare_select(db, table, false);
    int columns = sqlite3_column_count(select), rc;
    for (; (rc = sqlite3_step(select)) == SQLITE_ROW; count++) each(select, columns, table, to);
    if (rc != SQLITE_DONE) fail(db, TABLES[table][0]);
    sqlite3_finalize(select);
  }
  sqlite3_close(db);
  return count;
}

/* A word of every value is taken, so that no compiler leaves the reading out. */
static void take_words(sqlite3_stmt *row, int columns, int table, void *to) {
  uint64_t *words = to;
  for (int i = 0; i < columns; i++) *words += (uint64_t)read_cell(row, i).is.integer;
  (void)table;
}

static void read_all(const char *path) {
  double start = now(), cpu_start = cpu_now();
  uint64_t words = 0, count = walk(path, take_words, &words);
  report(start, cpu_start, count + (words == 1)); /* they are used, so they are computed */
}

typedef struct digest {
  uint64_t rows;  /* the sum of the rows' own: the same in any order */
  uint64_t order; /* each mixed with those before it */
} digest;

static void add_row(sqlite3_stmt *row, int columns, int table, void *to) {
  digest *sum = to;
  uint64_t state = mix(0x53747261746121, (uint64_t)table);
  for (int i = 0; i < columns; i++) {
    cell value = read_cell(row, i);
    state = mix_cell(state, &value);
  }
  sum->rows += mix(state, state >> 32);
  sum->order = mix(sum->order, state);
}

static void sum_all(const char *path) {
  digest sum = {0, 0};
  uint64_t count = walk(path, add_row, &sum);
  printf("rows=%016" PRIx64 " order=%016" PRIx64 " count=%" PRIu64 "\n", sum.rows, sum.order, count);
}

/* -- insert ---------------------------------------------------------------- */

/* The rows of a table, cell after cell; the bytes of texts follow their cell. */
typedef struct rows {
  char *bytes;
  size_t length, room;
  uint64_t count;
  int columns;
  char insert[128 + 40 * MAX_COLUMNS]; /* the statement */
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

/* INSERT INTO t("a","b") VALUES(?,?), of the columns that `select` has. */
static void print_insert(rows *to, sqlite3_stmt *select, int table) {
  const size_t room = sizeof to->insert;
  size_t length = (size_t)snprintf(to->insert, room, "INSERT INTO %s", TABLES[table][0]);
  for (int i = 0; i < to->columns && length < room; i++)
    length += (size_t)snprintf(to->insert + length, room - length, "%c\"%s\"", i ? ',' : '(',
                               sqlite3_column_name(select, i));
  for (int i = 0; i < to->columns && length < room; i++)
    length += (size_t)snprintf(to->insert + length, room - length, "%s?", i ? "," : ") VALUES(");
  if (length + 2 > room) fail(NULL, "too many columns");
  memcpy(to->insert + length, ")", 2);
}

static void load(rows *to, sqlite3 *db, int table, bool swept) {
  rows loaded = {0};
  sqlite3_stmt *select = prepare_select(db, table, swept);
  loaded.columns = sqlite3_column_count(select);
  print_insert(&loaded, select, table);
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
  *to = loaded;
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

static void insert_table(sqlite3 *db, const rows *from) {
  sqlite3_stmt *insert = prepare(db, from->insert);
  const char *at = from->bytes;
  for (uint64_t row = 0; row < from->count; row++) {
    for (int i = 0; i < from->columns; i++) bind_cell(insert, i + 1, &at);
    if (sqlite3_step(insert) != SQLITE_DONE) fail(db, from->insert);
    sqlite3_reset(insert);
  }
  sqlite3_finalize(insert);
}

static void insert_all(const char *source, const char *target, bool wipe, bool swept) {
  rows *tables = calloc(TABLE_COUNT, sizeof *tables);
  if (!tables) fail(NULL, "out of memory");
  uint64_t count = 0;
  sqlite3 *db = open_database(source, SQLITE_OPEN_READONLY);
  for (int i = 0; i < TABLE_COUNT; i++) {
    load(&tables[i], db, i, swept);
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
  for (int i = 0; i < TABLE_COUNT; i++) insert_table(db, &tables[i]);
  run(db, "COMMIT");
  if (sqlite3_close(db) != SQLITE_OK) fail(db, "close");
  report(start, cpu_start, count);
  for (int i = 0; i < TABLE_COUNT; i++) free(tables[i].bytes);
  free(tables);
}

int main(int argc, char **argv) {
  const char *job = argc > 1 ? argv[1] : "";
  if (argc == 3 && strcmp(job, "read") == 0) {
    read_all(argv[2]);
  } else if (argc == 3 && strcmp(job, "sum") == 0) {
    sum_all(argv[2]);
  } else if (argc >= 4 && strcmp(job, "insert") == 0) {
    bool wipe = false, swept = false;
    for (int i = 4; i < argc; i++) {
      wipe |= strcmp(argv[i], "wipe") == 0;
      swept |= strcmp(argv[i], "swept") == 0;
    }
    insert_all(argv[2], argv[3], wipe, swept);
  } else {
    fputs("usage: floor read DB | floor insert SRC DST [wipe] [swept] | floor sum DB\n", stderr);
    return 2;
  }
  return 0;
}
