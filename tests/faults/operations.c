/*
** operations.c: the table of operations, the small databases that they run on, and the
** numbers that stand for whole contents in comparisons.
*/
#define _POSIX_C_SOURCE 200809L
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "operations.h"
#include "strata.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

/* One row or two in each table, a category before its parent, and text that has to be escaped. */
static const char rows[] =
    "INSERT INTO asset_types VALUES('at1','CASH','Cash','FINANCIAL'),('at2','GOLD','\"Gold\"','OTHER');"
    "INSERT INTO categories VALUES('c1','Child','c2'),('c2','Parent',NULL);"
    "INSERT INTO tags VALUES('t1','old');"
    "INSERT INTO assets "
    "VALUES('a1','Purse',12.5,0,'at1','2024-01-01T00:00:00.000+00:00','2024-01-02T00:00:00.000+00:00');"
    "INSERT INTO asset_snapshots "
    "VALUES('s1','a1',250,'EUR','2024-01-03T00:00:00.000+00:00','2024-01-03T00:00:00.000+00:00');"
    "INSERT INTO portfolio_snapshots "
    "VALUES('p1',1e3,'EUR','line'||char(10),'2024-01-04T00:00:00.000+00:00','2024-01-04T00:00:00.000+00:00');"
    "INSERT INTO transactions "
    "VALUES('x1','a1','ACQUIRE',1.25,10,'EUR','2024-01-05T00:00:00.000+00:00','2024-01-05T00:00:00.000+00:00'"
    ");"
    "INSERT INTO asset_categories VALUES('a1','c1');"
    "INSERT INTO asset_tags VALUES('a1','t1');";

#define TYPES                                                                                                \
  "\"assetTypes\":[{\"id\":\"at1\",\"code\":\"CASH\",\"label\":\"C\\u0000sh\",\"group\":\"FINANCIAL\"}]"
#define ASSETS                                                                                               \
  "\"assets\":[{\"id\":\"a1\",\"name\":\"Purse\",\"quantity\":\"0.00000001\",\"disposed\":true,"             \
  "\"assetTypeId\":\"at1\","                                                                                 \
  "\"createdAt\":\"2024-01-01T00:00:00.000Z\",\"updatedAt\":\"2024-02-02T02:00:00+02:00\"},"                 \
  "{\"id\":\"a2\",\"name\":\"\\ud83c\\udfe0\",\"quantity\":null,\"disposed\":false,\"assetTypeId\":\"at1\"," \
  "\"createdAt\":\"2024-02-02\",\"updatedAt\":\"2024-02-02T00:00:00Z\"}]"
#define CATEGORIES                                                                                           \
  "\"categories\":[{\"id\":\"c1\",\"name\":\"Child\",\"parentId\":\"c9\"},{\"id\":\"c9\",\"name\":\"New\","  \
  "\"parentId\":null}]"
#define LINKS                                                                                                \
  "\"categoriesOnAssets\":[{\"assetId\":\"a2\",\"categoryId\":\"c9\"}],\"tagsOnAssets\":[{\"assetId\":"      \
  "\"a1\",\"tagId\":\"t2\"}]"
#define SNAPSHOTS                                                                                            \
  "\"assetSnapshots\":[{\"id\":\"s2\",\"assetId\":\"a1\",\"value\":-1.5,\"currency\":null,\"observedAt\":"   \
  "\"2024-03-03T00:00:00Z\",\"createdAt\":\"2024-03-03T00:00:00Z\"}],\"portfolioSnapshots\":[{\"id\":"       \
  "\"p1\",\"value\":"                                                                                        \
  "1000,\"currency\":\"USD\",\"notes\":null,\"observedAt\":\"2024-01-04T00:00:00Z\",\"createdAt\":\"2024-"   \
  "01-04T00:00:00Z\"}]"
#define REST                                                                                                 \
  SNAPSHOTS ",\"transactions\":[{\"id\":\"x1\",\"assetId\":\"a2\",\"type\":\"DISPOSE\",\"unitPrice\":\"2\"," \
            "\"quantity\":\"3\","                                                                            \
            "\"currency\":\"EUR\",\"occurredAt\":\"2024-01-05T00:00:00Z\",\"createdAt\":\"2024-01-05T00:00:" \
            "00Z\"}]," LINKS
#define TAGS "\"tags\":[{\"id\":\"t1\",\"name\":\"new\"},{\"id\":\"t2\",\"name\":\"old\"}]"
#define DOCUMENT(data)                                                                                       \
  "{\"schemaVersion\":\"1\",\"exportedAt\":\"2024-06-01T00:00:00.000Z\",\"data\":{" data "}}"

#define WHOLE DOCUMENT(TYPES "," CATEGORIES ",\n" TAGS ",\n" ASSETS "," REST)
/* Rows that lack fields: one is in the database already, one is new. */
#define PARTIAL                                                                                              \
  DOCUMENT("\"assets\":[{\"id\":\"a1\",\"name\":\"Renamed\"},{\"id\":\"a3\",\"name\":\"New\","               \
           "\"assetTypeId\":\"at2\"}],"                                                                      \
           "\"tags\":[{\"id\":\"t1\"}],\"categories\":[{\"id\":\"c2\",\"parentId\":\"c1\"},{\"id\":\"c1\","  \
           "\"parentId\":null}]")
#define RETIRED                                                                                              \
  DOCUMENT("\"portfolios\":[{\"id\":\"f1\"}]," TYPES                                                         \
           ",\"surplus\":[1,2],\"tags\":[{\"id\":\"t1\",\"name\":\"a\",\"colour\":1}]")
#define DANGLING                                                                                             \
  DOCUMENT(TYPES "," TAGS ",\"assets\":[],\"tagsOnAssets\":[{\"assetId\":\"nobody\",\"tagId\":\"t1\"}]")
#define NOT_A_NUMBER                                                                                         \
  DOCUMENT(                                                                                                  \
      TYPES                                                                                                  \
      "," TAGS                                                                                               \
      ",\"assetSnapshots\":[{\"id\":\"s1\",\"assetId\":\"a1\",\"value\":\"1,5\",\"observedAt\":\"x\"}]")
#define TWICE DOCUMENT("\"tags\":[{\"id\":\"t1\",\"name\":\"a\"},{\"id\":\"t1\",\"name\":\"b\"}]")
/* Runs of rows with and without a field, which are inserted by one statement each. */
#define RUNS                                                                                                 \
  DOCUMENT(                                                                                                  \
      "\"assetTypes\":[{\"id\":\"b1\",\"code\":\"1\",\"label\":\"1\"},{\"id\":\"b2\",\"code\":\"2\","        \
      "\"label\":\"2\"},{\"id\":\"b3\",\"code\":\"3\",\"label\":\"3\",\"group\":\"OTHER\"},{\"id\":\"b4\","  \
      "\"code\":\"4\",\"label\":\"4\",\"group\":\"OTHER\"}]," CATEGORIES)
#define MALFORMED "{\"schemaVersion\":\"1\",\"data\":{\"tags\":[{\"id\":\"t1\",\"name\":\"unfinished"

static const char outside[] = "CREATE TABLE notes(id INTEGER PRIMARY KEY, asset TEXT REFERENCES assets(id));"
                              "INSERT INTO notes VALUES(1,'a1'),(2,NULL);";
static const char triggers[] =
    "CREATE TABLE log(what TEXT);"
    "CREATE TRIGGER assets_gone AFTER DELETE ON assets BEGIN INSERT INTO log VALUES(old.id); END;"
    "CREATE TRIGGER assets_come AFTER INSERT ON assets BEGIN INSERT INTO log VALUES(new.id); END;";
/* UNIQUE columns with values in a spelling that a restore changes. */
static const char spellings[] =
    "CREATE UNIQUE INDEX by_name ON assets(name COLLATE NOCASE,updated_at);"
    "CREATE UNIQUE INDEX by_state ON assets(disposed);"
    "CREATE UNIQUE INDEX by_price ON transactions(unit_price,quantity);"
    "CREATE UNIQUE INDEX by_moment ON asset_snapshots(observed_at,currency);"
    "UPDATE assets SET updated_at='2024-01-02 00:00:00',disposed='FALSE';"
    "UPDATE asset_snapshots SET observed_at='2024-01-03 00:00:00';"
    "UPDATE portfolio_snapshots SET observed_at='2024-01-04 00:00:00';"
    "INSERT INTO portfolio_snapshots VALUES('p2',2,'EUR',NULL,1704412800000,'2024-01-05 00:00:00');"
    "INSERT INTO asset_snapshots VALUES('s2','a1',1,NULL,'2024-01-03 00:00:00','2024-01-03 00:00:00');"
    "CREATE UNIQUE INDEX by_all ON transactions(id,asset_id,type,unit_price,quantity,currency,occurred_at,"
    "created_at,id);"
    "ALTER TABLE asset_tags ADD COLUMN since DATETIME; UPDATE asset_tags SET since='2024-01-02 00:00:00';"
    "CREATE UNIQUE INDEX by_since ON asset_tags(since);"
    "UPDATE transactions SET unit_price='1.250';";
static const char other_tables[] =
    "DROP TABLE tags; CREATE TABLE tags(id ANY PRIMARY KEY NOT NULL,name ANY,size AS (length(name)));"
    "INSERT INTO tags VALUES('t1','old');"
    "DROP TABLE asset_tags; CREATE TABLE asset_tags(asset_id TEXT NOT NULL,tag_id TEXT NOT NULL,"
    "PRIMARY KEY(asset_id,tag_id)) WITHOUT ROWID; INSERT INTO asset_tags VALUES('a1','t1'),('a1','t2');";
static const char far_rows[] = "INSERT INTO tags(rowid,id,name) VALUES(9000000000,'t2','far');";
static const char blob[] = "INSERT INTO tags VALUES('t_blob',x'00ff');";

#define ENFORCED "PRAGMA foreign_keys=ON"
#define RESTORE "SELECT strata_restore_json(?1)"
#define RESTORE_MERGE "SELECT strata_restore_json(?1,'merge')"

const operation operations[] = {
    {"version", NULL, READS, "SELECT strata_version()", NULL, NULL, NULL, 0},
    {"backup", NULL, READS, "SELECT strata_backup_json()", NULL, NULL, NULL, 0},
    {"backup of aux", NULL, READS, "SELECT strata_backup_json('aux')", NULL, NULL, NULL, USES_AUX},
    {"backup, UTF-16", NULL, READS, "SELECT strata_backup_json()", NULL, NULL, NULL, IS_UTF16},
    {"backup of a UTF-16 aux", NULL, READS, "SELECT strata_backup_json('aux')", NULL,
     "INSERT INTO tags VALUES('t3','other')", "DELETE FROM main.tags", IS_UTF16 | USES_AUX},
    {"backup of a BLOB", NULL, REFUSED, "SELECT strata_backup_json()", NULL, blob, NULL, 0},
    {"backup of UNIQUE spellings", NULL, READS, "SELECT strata_backup_json()", NULL, spellings, NULL, 0},
    {"backup of UNIQUE spellings, UTF-16", NULL, READS, "SELECT strata_backup_json()", NULL, spellings, NULL,
     IS_UTF16},
    {"backup of no database", NULL, REFUSED, "SELECT strata_backup_json('nowhere')", NULL, NULL, NULL, 0},
    {"counts", NULL, READS, "SELECT * FROM strata_backup_counts", NULL, NULL, NULL, 0},
    {"counts of aux", NULL, READS, "SELECT * FROM strata_backup_counts WHERE schema='aux'", NULL, NULL, NULL,
     USES_AUX},
    {"counts of a document", NULL, READS, "SELECT * FROM strata_backup_counts(?1)", WHOLE, NULL, NULL, 0},
    {"counts of a document, UTF-16", NULL, READS, "SELECT * FROM strata_backup_counts(?1)", WHOLE, NULL, NULL,
     IS_UTF16},
    {"counts of half a document", NULL, REFUSED, "SELECT * FROM strata_backup_counts(?1)", MALFORMED, NULL,
     NULL, 0},
    {"replace", NULL, WRITES, RESTORE, WHOLE, NULL, NULL, 0},
    {"replace, enforced", NULL, WRITES, RESTORE, WHOLE, NULL, ENFORCED, 0},
    {"replace in aux", NULL, WRITES, "SELECT strata_restore_json(?1,'replace','{\"schema\":\"aux\"}')", WHOLE,
     NULL, NULL, USES_AUX},
    {"replace, UTF-16", NULL, WRITES, "SELECT strata_restore_json(?1,'replace','{\"schema\":\"main\"}')",
     WHOLE, NULL, ENFORCED, IS_UTF16},
    {"replace, triggers", NULL, WRITES, RESTORE, WHOLE, triggers, "PRAGMA recursive_triggers=ON", 0},
    {"replace, outer table", NULL, WRITES, RESTORE, WHOLE, outside, NULL, 0},
    {"replace, runs of rows", NULL, WRITES, RESTORE, RUNS, NULL, NULL, 0},
    {"replace, other tables", NULL, WRITES, RESTORE, WHOLE, other_tables, NULL, 0},
    {"replace, outer table enforced", NULL, REFUSED, RESTORE, WHOLE, outside, ENFORCED, 0},
    {"replace, ignoring", NULL, WRITES, "SELECT strata_restore_json(?1,NULL,'{\"unknown\":\"ignore\"}')",
     RETIRED, NULL, NULL, 0},
    {"replace, unknown", NULL, REFUSED, RESTORE, RETIRED, NULL, NULL, 0},
    {"replace, dangling", NULL, REFUSED, RESTORE, DANGLING, NULL, NULL, 0},
    {"replace, dangling enforced", NULL, REFUSED, RESTORE, DANGLING, NULL, ENFORCED, 0},
    {"replace, orphaning", NULL, REFUSED, RESTORE, DOCUMENT(TAGS), outside, NULL, 0},
    {"replace, no number", NULL, REFUSED, RESTORE, NOT_A_NUMBER, NULL, NULL, 0},
    {"replace, a key twice", NULL, REFUSED, RESTORE, TWICE, NULL, NULL, 0},
    {"replace, malformed", NULL, REFUSED, RESTORE, MALFORMED, NULL, NULL, 0},
    {"replace, bad options", NULL, REFUSED, "SELECT strata_restore_json(?1,NULL,'{\"speed\":9}')", WHOLE,
     NULL, NULL, 0},
    {"merge", NULL, WRITES, RESTORE_MERGE, WHOLE, "DELETE FROM tags; DELETE FROM asset_tags", NULL, 0},
    {"merge, partial rows", NULL, WRITES, RESTORE_MERGE, PARTIAL, NULL, ENFORCED, 0},
    {"merge, clash", NULL, REFUSED, RESTORE_MERGE, WHOLE, "INSERT INTO tags VALUES('t9','new')", NULL, 0},
    {"restores of a query", NULL, WRITES,
     "SELECT strata_restore_json(?1,column1) FROM (VALUES('replace'),('merge'))", WHOLE, NULL, NULL,
     COMMITS_EACH},
    {"check", "strata_restore_check", READS, "SELECT * FROM strata_restore_check(?1)", WHOLE, NULL, NULL, 0},
    {"check of much that is wrong", "strata_restore_check", READS, "SELECT * FROM strata_restore_check(?1)",
     NOT_A_NUMBER, NULL, NULL, 0},
    {"check of what dangles", "strata_restore_check", READS, "SELECT * FROM strata_restore_check(?1,'merge')",
     DANGLING, NULL, ENFORCED, 0},
    {"diff", "strata_backup_diff", READS, "SELECT * FROM strata_backup_diff(?1)", WHOLE, NULL, NULL, 0},
    {"diff, UTF-16", "strata_backup_diff", READS, "SELECT * FROM strata_backup_diff(?1)", WHOLE, NULL, NULL,
     IS_UTF16},
    {"diff, other tables", "strata_backup_diff", READS, "SELECT * FROM strata_backup_diff(?1)", WHOLE,
     other_tables, NULL, 0},
    {"diff, rows far apart", "strata_backup_diff", READS, "SELECT * FROM strata_backup_diff(?1)", WHOLE,
     far_rows, NULL, 0},
    {"counts of a file", "strata_file", READS, "SELECT * FROM strata_backup_counts(strata_file(?2))", WHOLE,
     NULL, NULL, READS_FILE},
    {"check of a file", "strata_restore_check", READS, "SELECT * FROM strata_restore_check(strata_file(?2))",
     WHOLE, NULL, NULL, READS_FILE},
    {"diff of a file", "strata_file", READS, "SELECT * FROM strata_backup_diff(strata_file(?2))", WHOLE, NULL,
     NULL, READS_FILE},
    {"replace from a named file", "strata_file", WRITES, "SELECT strata_restore_json(strata_file(?2))", WHOLE,
     NULL, NULL, READS_FILE},
    {"backup, telling", "strata_progress", READS,
     "SELECT strata_backup_json('main','{\"progress\":\"strata_progress\"}')", NULL, NULL, NULL, 0},
    {"replace, telling", "strata_progress", WRITES,
     "SELECT strata_restore_json(?1,NULL,'{\"progress\":\"strata_progress\"}')", WHOLE, NULL, ENFORCED, 0},
    {"merge, telling nobody", "strata_progress", REFUSED,
     "SELECT strata_restore_json(?1,'merge','{\"progress\":\"nobody\"}')", WHOLE, NULL, NULL, 0},
    {"rows of a document", "strata_backup_rows", READS, "SELECT * FROM strata_backup_rows(?1)", WHOLE, NULL,
     NULL, 0},
    {"rows of a file, UTF-16", "strata_backup_rows", READS,
     "SELECT * FROM strata_backup_rows(strata_file(?2))", WHOLE, NULL, NULL, READS_FILE | IS_UTF16},
    {"rows of half a document", "strata_backup_rows", REFUSED, "SELECT * FROM strata_backup_rows(?1)",
     MALFORMED, NULL, NULL, 0},
    {"diff of two documents", "strata_backup_diff", READS,
     "SELECT * FROM strata_backup_diff(?1,'main',replace(?1,'t2','t3'))", WHOLE, NULL, NULL, 0},
    {"diff of two documents in another order", "strata_backup_diff", READS,
     "SELECT * FROM "
     "strata_backup_diff(?1,'main',replace(replace(replace(?1,'\"t1','\"t9'),'\"t2','\"t1'),'\"t9','\"t2'))",
     WHOLE, NULL, NULL, 0},
    {"diff of two documents, of which one is broken", "strata_backup_diff", REFUSED,
     "SELECT * FROM strata_backup_diff(?1,'main',replace(?1,'true','7'))", WHOLE, NULL, NULL, 0},
    {"diff inside a statement that writes", "strata_backup_diff", READS,
     "UPDATE temp.sink SET x=(SELECT group_concat(key) FROM strata_backup_diff(?1))", WHOLE, NULL,
     "CREATE TEMP TABLE sink(x); INSERT INTO sink VALUES(1)", 0},
    {"backup to a file", "strata_backup_file", READS, "SELECT strata_backup_file(?2)", NULL, NULL, NULL,
     WRITES_FILE},
    {"replace from a file", "strata_restore_file", WRITES, "SELECT strata_restore_file(?2)", WHOLE, NULL,
     NULL, READS_FILE},
    {"merge from a file", "strata_restore_file", WRITES, "SELECT strata_restore_file(?2,'merge')", PARTIAL,
     NULL, NULL, READS_FILE},
    {"copy of the database", "strata_backup_db", READS, "SELECT strata_backup_db(?2)", NULL, NULL, NULL,
     WRITES_FILE | ONLY_OUTSIDE},
};
const int operation_count = sizeof operations / sizeof *operations;

/* The extension's clock stands still: it is linked statically, so it calls this definition. */
int timespec_get(struct timespec *now, int base) {
  *now = (struct timespec){.tv_sec = 1736934131, .tv_nsec = 123000000};
  return base;
}

bool is_long(void) {
  const char *value = getenv("STRATA_LONG");
  return value && strcmp(value, "1") == 0;
}

uint64_t next_random(uint64_t *state) {
  uint64_t z = (*state += 0x9E3779B97F4A7C15u);
  z = (z ^ (z >> 30)) * 0xBF58476D1CE4E5B9u;
  z = (z ^ (z >> 27)) * 0x94D049BB133111EBu;
  return z ^ (z >> 31);
}

void must(sqlite3 *db, const char *sql) {
  char *error = NULL;
  int rc = sqlite3_exec(db, sql, NULL, NULL, &error);
  if (rc != SQLITE_OK) fail_msg("%s: %s (%d)", sql, error ? error : "", rc);
}

static char *read_schema(void) {
  FILE *file = fopen(STRATA_SCHEMA, "rb");
  if (file == NULL) fail_msg("cannot open %s", STRATA_SCHEMA);
  char *text = calloc(1, 65536);
  assert_true(fread(text, 1, 65535, file) > 0);
  fclose(file);
  return text;
}

unsigned char *operation_image(const operation *op, sqlite3_int64 *size) {
  sqlite3 *db;
  assert_int_equal(sqlite3_open(":memory:", &db), SQLITE_OK);
  must(db, "PRAGMA page_size=1024");
  if (op->flags & IS_UTF16) must(db, "PRAGMA encoding='UTF-16le'");
  char *schema = read_schema();
  must(db, schema);
  free(schema);
  must(db, rows);
  if (op->setup) must(db, op->setup);
  unsigned char *image = sqlite3_serialize(db, "main", size, 0);
  assert_non_null(image);
  assert_int_equal(sqlite3_close(db), SQLITE_OK);
  return image;
}

bool operation_exists(sqlite3 *db, const operation *op) {
  if (op->needs == NULL) return true;
  sqlite3_stmt *stmt;
  assert_int_equal(sqlite3_prepare_v2(db,
                                      "SELECT 1 FROM pragma_function_list WHERE name=?1"
                                      " UNION ALL SELECT 1 FROM pragma_module_list WHERE name=?1",
                                      -1, &stmt, NULL),
                   SQLITE_OK);
  sqlite3_bind_text(stmt, 1, op->needs, -1, SQLITE_STATIC);
  bool found = sqlite3_step(stmt) == SQLITE_ROW;
  sqlite3_finalize(stmt);
  return found;
}

static void extend(sqlite3 *db) {
  char *error = NULL;
  if (sqlite3_strata_init(db, &error, NULL) != SQLITE_OK)
    fail_msg("sqlite3_strata_init: %s", error ? error : "");
}

static void load(sqlite3 *db, const char *schema, const unsigned char *image, sqlite3_int64 size) {
  unsigned char *copy = sqlite3_malloc64((sqlite3_uint64)size);
  assert_non_null(copy);
  memcpy(copy, image, (size_t)size);
  unsigned flags = SQLITE_DESERIALIZE_FREEONCLOSE | SQLITE_DESERIALIZE_RESIZEABLE;
  assert_int_equal(sqlite3_deserialize(db, schema, copy, size, size, flags), SQLITE_OK);
}

sqlite3 *operation_open_memory(const operation *op, const unsigned char *image, sqlite3_int64 size) {
  sqlite3 *db;
  assert_int_equal(sqlite3_open(":memory:", &db), SQLITE_OK);
  load(db, "main", image, size);
  if (op->flags & USES_AUX) {
    if (op->flags & IS_UTF16) must(db, "SELECT 1 FROM sqlite_master");
    must(db, "ATTACH ':memory:' AS aux");
    load(db, "aux", image, size);
  }
  extend(db);
  if (op->session) must(db, op->session);
  return db;
}

sqlite3 *operation_open_files(const operation *op, const char *folder, const char *vfs) {
  sqlite3 *db;
  char path[4096];
  snprintf(path, sizeof path, "%s/main.db", folder);
  assert_int_equal(sqlite3_open_v2(path, &db, SQLITE_OPEN_READWRITE, vfs), SQLITE_OK);
  if (op->flags & USES_AUX) {
    snprintf(path, sizeof path, "ATTACH '%s/aux.db' AS aux", folder);
    must(db, path);
  }
  extend(db);
  if (op->session) must(db, op->session);
  return db;
}

void operation_write_file(const char *path, const void *bytes, sqlite3_int64 size) {
  static const char *const beside[] = {"-journal", "-wal", "-shm"};
  char other[4200];
  for (int i = 0; i < 3; i++) {
    snprintf(other, sizeof other, "%s%s", path, beside[i]);
    unlink(other);
  }
  FILE *file = fopen(path, "wb");
  assert_non_null(file);
  assert_int_equal(fwrite(bytes, 1, (size_t)size, file), size);
  assert_int_equal(fclose(file), 0);
}

static void append(outcome *out, size_t *used, const char *text, size_t length) {
  if (*used + length + 2 > sizeof out->text) abort();
  memcpy(out->text + *used, text, length);
  *used += length;
  out->text[(*used)++] = '|';
  out->text[*used] = '\0';
}

void operation_run(sqlite3 *db, const operation *op, const char *path, outcome *out) {
  sqlite3_stmt *stmt = NULL;
  size_t used = 0;
  out->rows = 0;
  out->text[0] = '\0';
  out->rc = sqlite3_prepare_v2(db, op->sql, -1, &stmt, NULL);
  if (out->rc == SQLITE_OK && op->document && !(op->flags & READS_FILE))
    out->rc = sqlite3_bind_text(stmt, 1, op->document, -1, SQLITE_STATIC);
  if (out->rc == SQLITE_OK && op->flags & (READS_FILE | WRITES_FILE))
    out->rc = sqlite3_bind_text(stmt, 2, path, -1, SQLITE_STATIC);
  while (out->rc == SQLITE_OK && (out->rc = sqlite3_step(stmt)) == SQLITE_ROW) {
    out->rc = SQLITE_OK;
    out->rows++;
    for (int i = 0; i < sqlite3_column_count(stmt); i++) {
      int type = sqlite3_column_type(stmt, i);
      const char *text = (const char *)sqlite3_column_text(stmt, i);
      if (text == NULL && type != SQLITE_NULL) out->rc = SQLITE_NOMEM;
      append(out, &used, text ? text : "", text ? (size_t)sqlite3_column_bytes(stmt, i) : 0);
    }
  }
  if (out->rc == SQLITE_DONE) out->rc = SQLITE_OK;
  if (out->rc != SQLITE_OK) snprintf(out->text, sizeof out->text, "%s", sqlite3_errmsg(db));
  sqlite3_finalize(stmt);
}

static void hash(uint64_t *h, const void *bytes, size_t length) {
  const unsigned char *p = bytes;
  for (size_t i = 0; i < length; i++) *h = (*h ^ p[i]) * 0x100000001B3u;
}

/* Rows and columns of a query into the hash, each value with its storage class. */
static void hash_query(sqlite3 *db, uint64_t *h, const char *sql) {
  sqlite3_stmt *stmt;
  if (sqlite3_prepare_v2(db, sql, -1, &stmt, NULL) != SQLITE_OK) fail_msg("%s: %s", sql, sqlite3_errmsg(db));
  int rc;
  while ((rc = sqlite3_step(stmt)) == SQLITE_ROW) {
    for (int i = 0; i < sqlite3_column_count(stmt); i++) {
      int type = sqlite3_column_type(stmt, i);
      hash(h, &type, sizeof type);
      const void *text = sqlite3_column_text(stmt, i);
      hash(h, text, (size_t)sqlite3_column_bytes(stmt, i));
    }
    hash(h, "\n", 1);
  }
  if (rc != SQLITE_DONE) fail_msg("%s: %s", sql, sqlite3_errmsg(db));
  sqlite3_finalize(stmt);
}

static void hash_schema(sqlite3 *db, uint64_t *h, const char *schema) {
  char sql[1024];
  sqlite3_stmt *tables;
  snprintf(sql, sizeof sql,
           "SELECT name FROM %s.sqlite_master WHERE type='table' AND rootpage>0 ORDER BY name", schema);
  if (sqlite3_prepare_v2(db, sql, -1, &tables, NULL) != SQLITE_OK)
    fail_msg("%s: %s", sql, sqlite3_errmsg(db));
  while (sqlite3_step(tables) == SQLITE_ROW) {
    const char *name = (const char *)sqlite3_column_text(tables, 0);
    hash(h, name, strlen(name));
    snprintf(sql, sizeof sql, "SELECT * FROM %s.\"%s\" ORDER BY 1, %d", schema, name,
             strncmp(name, "asset_", 6) ? 1 : 2);
    hash_query(db, h, sql);
  }
  assert_int_equal(sqlite3_finalize(tables), SQLITE_OK);
}

uint64_t picture(sqlite3 *db) {
  uint64_t h = 0xCBF29CE484222325u;
  hash_schema(db, &h, "main");
  if (sqlite3_db_filename(db, "aux")) hash_schema(db, &h, "aux");
  return h;
}

uint64_t settings(sqlite3 *db) {
  static const char *const pragmas[] = {
      "foreign_keys", "defer_foreign_keys", "cache_size",     "recursive_triggers",
      "synchronous",  "query_only",         "trusted_schema", "ignore_check_constraints",
      "temp_store",   "locking_mode",       "busy_timeout",   "cell_size_check"};
  uint64_t h = 0xCBF29CE484222325u;
  char sql[128];
  for (size_t i = 0; i < sizeof pragmas / sizeof *pragmas; i++) {
    snprintf(sql, sizeof sql, "PRAGMA %s", pragmas[i]);
    hash_query(db, &h, sql);
  }
  for (int i = 0; i <= SQLITE_LIMIT_WORKER_THREADS; i++) {
    int value = sqlite3_limit(db, i, -1);
    hash(&h, &value, sizeof value);
  }
  for (int i = SQLITE_DBCONFIG_ENABLE_FKEY; i <= SQLITE_DBCONFIG_TRUSTED_SCHEMA; i++) {
    int value = 0;
    sqlite3_db_config(db, i, -1, &value);
    hash(&h, &value, sizeof value);
  }
  sqlite3_int64 rowid = sqlite3_last_insert_rowid(db);
  hash(&h, &rowid, sizeof rowid);
  return h;
}

void check_sound(sqlite3 *db, const char *where) {
  sqlite3_stmt *open = sqlite3_next_stmt(db, NULL);
  if (open) fail_msg("%s: a statement is still open: %s", where, sqlite3_sql(open));
  sqlite3_stmt *stmt;
  assert_int_equal(sqlite3_prepare_v2(db, "PRAGMA integrity_check", -1, &stmt, NULL), SQLITE_OK);
  if (sqlite3_step(stmt) != SQLITE_ROW) fail_msg("%s: integrity_check: %s", where, sqlite3_errmsg(db));
  const char *verdict = (const char *)sqlite3_column_text(stmt, 0);
  if (verdict == NULL || strcmp(verdict, "ok") != 0) fail_msg("%s: integrity_check: %s", where, verdict);
  sqlite3_finalize(stmt);
}
