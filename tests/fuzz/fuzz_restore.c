/*
** fuzz_restore.c: any bytes restored, in either mode, into a database with rows;
** or a document made from them (made_document.h).
**
** A check tells beforehand how the restore will end, and changes nothing. After an error
** every row is as it was. After a success the database can be backed up, and the backup
** restores to the same rows, which back up to the same bytes.
*/
#include "fuzz.h"
#include "made_document.h"
#include "strata.h"

static sqlite3 *pristine;   /* the schema and the sample, from which the others are made */
static sqlite3 *empty_copy; /* the schema only, for the second restore */
static sqlite3 *work;
static uint64_t expected; /* the hash of its rows before each input */

static const char *const tables[] = {"asset_types",  "categories",       "tags",
                                     "assets",       "asset_snapshots",  "portfolio_snapshots",
                                     "transactions", "asset_categories", "asset_tags"};
enum { TABLES = sizeof tables / sizeof *tables };

static void run(sqlite3 *db, const char *sql) {
  char *message = NULL;
  PROMISE(sqlite3_exec(db, sql, NULL, NULL, &message) == SQLITE_OK, "%s: %s", sql, message);
}

static void run_script(sqlite3 *db, const char *path) {
  char text[65536];
  FILE *file = fopen(path, "rb");
  PROMISE(file != NULL, "%s", path);
  size_t size = fread(text, 1, sizeof text - 1, file);
  PROMISE(size > 0 && size < sizeof text - 1, "%s is longer than expected", path);
  text[size] = '\0';
  fclose(file);
  run(db, text);
}

static sqlite3 *open_database(bool with_sample) {
  sqlite3 *db;
  char *message = NULL;
  PROMISE(sqlite3_open(":memory:", &db) == SQLITE_OK, "open");
  PROMISE(sqlite3_strata_init(db, &message, NULL) == SQLITE_OK, "%s", message);
  run_script(db, STRATA_SQL "/schema.sql");
  if (with_sample) run_script(db, STRATA_SQL "/sample.sql");
  return db;
}

static void make_equal(sqlite3 *db, sqlite3 *model) {
  sqlite3_backup *copy = sqlite3_backup_init(db, "main", model, "main");
  PROMISE(copy && sqlite3_backup_step(copy, -1) == SQLITE_DONE, "%s", sqlite3_errmsg(db));
  sqlite3_backup_finish(copy);
}

static uint64_t add(uint64_t hash, const void *bytes, size_t size) {
  for (size_t i = 0; i < size; i++) hash = (hash ^ ((const unsigned char *)bytes)[i]) * 0x100000001B3u;
  return (hash ^ size) * 0x100000001B3u;
}

/* A database's statements that read all rows, prepared once: this is done several times for each input. */
typedef struct reader {
  sqlite3 *db;
  sqlite3_stmt *statements[TABLES];
} reader;

/* Every cell with its storage class, in the order that `select` gives. */
static uint64_t rows_hash(reader *r, sqlite3 *db, const char *select) {
  uint64_t hash = 0xCBF29CE484222325u;
  for (int t = 0; t < TABLES; t++) {
    if (r->db == NULL || r->statements[t] == NULL) {
      char *sql = sqlite3_mprintf(select, tables[t]);
      PROMISE(sqlite3_prepare_v2(db, sql, -1, &r->statements[t], NULL) == SQLITE_OK, "%s",
              sqlite3_errmsg(db));
      sqlite3_free(sql);
    }
    sqlite3_stmt *stmt = r->statements[t];
    while (sqlite3_step(stmt) == SQLITE_ROW) {
      for (int i = 0; i < sqlite3_column_count(stmt); i++) {
        int type = sqlite3_column_type(stmt, i);
        hash = add(hash, &type, sizeof type);
        if (type == SQLITE_FLOAT) {
          double real = sqlite3_column_double(stmt, i);
          hash = add(hash, &real, sizeof real);
        } else if (type != SQLITE_NULL) {
          const void *text = sqlite3_column_blob(stmt, i);
          hash = add(hash, text, (size_t)sqlite3_column_bytes(stmt, i));
        }
      }
    }
    PROMISE(sqlite3_reset(stmt) == SQLITE_OK, "%s", sqlite3_errmsg(db));
    hash = add(hash, "", 0);
  }
  r->db = db;
  return hash;
}

/* Of the database that is worked on: to see that nothing has changed. */
static uint64_t everything(void) {
  static reader r;
  return rows_hash(&r, work, "SELECT rowid, * FROM main.\"%w\" ORDER BY rowid");
}

/* To compare the two databases, where rows may lie in another order. */
static uint64_t contents(int second) {
  static reader r[2];
  return rows_hash(&r[second], second ? empty_copy : work, "SELECT * FROM main.\"%w\" ORDER BY 1, 2");
}

/* The first cell of the first row, or NULL with the error in *error; free both with sqlite3_free(). */
static char *ask(sqlite3 *db, const char *sql, const void *document, size_t size, const char *mode,
                 const char *options, char **error) {
  sqlite3_stmt *stmt;
  PROMISE(sqlite3_prepare_v2(db, sql, -1, &stmt, NULL) == SQLITE_OK, "%s: %s", sql, sqlite3_errmsg(db));
  if (sqlite3_bind_parameter_count(stmt) > 0) sqlite3_bind_blob64(stmt, 1, document, size, SQLITE_STATIC);
  if (sqlite3_bind_parameter_count(stmt) > 1) sqlite3_bind_text(stmt, 2, mode, -1, SQLITE_STATIC);
  if (sqlite3_bind_parameter_count(stmt) > 2) sqlite3_bind_text(stmt, 3, options, -1, SQLITE_STATIC);
  int rc = sqlite3_step(stmt);
  char *text = rc == SQLITE_ROW ? sqlite3_mprintf("%s", sqlite3_column_text(stmt, 0)) : NULL;
  *error = rc == SQLITE_ROW || rc == SQLITE_DONE ? NULL : sqlite3_mprintf("%s", sqlite3_errmsg(db));
  sqlite3_finalize(stmt);
  return text;
}

/* The same where an error is none. */
static char *get(sqlite3 *db, const char *sql, const char *document) {
  char *error;
  char *text = ask(db, sql, document, document ? strlen(document) : 0, NULL, NULL, &error);
  PROMISE(error == NULL && text != NULL, "%s: %s", sql, error ? error : "no row");
  return text;
}

/* How many problems a check finds, and whether the restore's error is one of them. */
static int problems(const void *document, size_t size, const char *mode, const char *options,
                    const char *error) {
  sqlite3_stmt *stmt;
  int count = 0;
  bool found = error == NULL;
  PROMISE(sqlite3_prepare_v2(work, "SELECT line, path, message FROM strata_restore_check(?, ?, ?)", -1, &stmt,
                             NULL) == SQLITE_OK,
          "%s", sqlite3_errmsg(work));
  sqlite3_bind_blob64(stmt, 1, document, size, SQLITE_STATIC);
  sqlite3_bind_text(stmt, 2, mode, -1, SQLITE_STATIC);
  sqlite3_bind_text(stmt, 3, options, -1, SQLITE_STATIC);
  int rc;
  while ((rc = sqlite3_step(stmt)) == SQLITE_ROW) {
    const char *message = (const char *)sqlite3_column_text(stmt, 2);
    PROMISE(message && *message, "a message");
    if (error && strstr(error, message)) found = true;
    count++;
  }
  PROMISE(rc == SQLITE_DONE, "the check ends with: %s", sqlite3_errmsg(work));
  PROMISE(found, "%d problems, but not: %s", count, error);
  sqlite3_finalize(stmt);
  return count;
}

/* Behind the moment of the backup, which is the only thing that differs. */
static const char *behind_moment(const char *document) {
  const char *data = strstr(document, "\"data\":");
  PROMISE(data != NULL, "%.100s", document);
  return data;
}

static void check_success(void) {
  char *first = get(work, "SELECT strata_backup_json()", NULL);
  char *differences = get(work, "SELECT count(*) FROM strata_backup_diff(?)", first);
  PROMISE(strcmp(differences, "0") == 0, "%s differences between the rows and their own backup", differences);
  sqlite3_free(differences);
  sqlite3_free(get(empty_copy, "SELECT strata_restore_json(?, 'replace')", first));
  PROMISE(contents(1) == contents(0), "other rows after backup and restore of:\n%s", first);
  char *second = get(empty_copy, "SELECT strata_backup_json()", NULL);
  PROMISE(strcmp(behind_moment(first), behind_moment(second)) == 0, "first:\n%s\nsecond:\n%s", first, second);
  sqlite3_free(first);
  sqlite3_free(second);
}

/* How many restores ran, and how many succeeded: fuzzing that never succeeds proves little. */
static long restores, successes;

static void print_counts(void) {
  fprintf(stderr, "%ld of %ld restores succeeded\n", successes, restores);
}

/* One restore; in a transaction it is the caller's, else its own. */
static void restore(const void *document, size_t size, const char *mode, const char *options,
                    bool in_transaction, uint64_t before) {
  char *error;
  if (in_transaction) run(work, "BEGIN");
  char *result = ask(work, "SELECT strata_restore_json(?, ?, ?)", document, size, mode, options, &error);
  PROMISE((sqlite3_get_autocommit(work) == 0) == in_transaction, "the transaction is %s",
          in_transaction ? "gone" : "there");
  if (result == NULL) PROMISE(everything() == before, "rows changed, though: %s", error);
  restores++;
  successes += result != NULL;
  if (result) check_success();
  if (in_transaction) run(work, "ROLLBACK");
  PROMISE(everything() == before || (result && !in_transaction), "rows changed after a rollback");
  if (everything() != before) make_equal(work, pristine);
  int count = problems(document, size, mode, options, error);
  PROMISE((count == 0) == (result != NULL), "%d problems, and the restore says: %s", count,
          result ? result : error);
  PROMISE(everything() == before, "rows changed by a check");
  sqlite3_free(result);
  sqlite3_free(error);
}

/* The size decides on the enforcing of foreign keys, the mode, the transaction and the options. */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
  if (pristine == NULL) {
    sqlite3_config(SQLITE_CONFIG_SINGLETHREAD);
    sqlite3_config(SQLITE_CONFIG_MEMSTATUS, 0);
    pristine = open_database(true);
    empty_copy = open_database(false);
    work = open_database(true);
    make_equal(work, pristine);
    expected = everything();
    atexit(print_counts);
  }
  size_t way = size;
  if (size > 0 && data[0] == MADE_MARK) data = (const uint8_t *)made_document(data + 1, size - 1, &size);
  run(work, way & 1 ? "PRAGMA foreign_keys=ON" : "PRAGMA foreign_keys=OFF");
  restore(data, size, way & 2 ? "merge" : "replace", way & 8 ? "{\"unknown\":\"ignore\"}" : NULL, way & 4,
          expected);
  return 0;
}
