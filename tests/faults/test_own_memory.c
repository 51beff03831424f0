/*
** test_own_memory.c: memory runs out in each place of the extension that takes
** some.
**
** SQLite allocates hundreds of times for each allocation of the extension itself. Only
** the extension's own fail here, and the first of each statement that it prepares or
** runs: the linker leads them through this file (ld --wrap). A first run of each operation
** records where they come from, by their return addresses. Then each place that no earlier
** operation had fails once, and the promises of trial.h must hold. So seconds cover what
** takes an hour if every allocation is tried.
*/
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "memory_faults.h"
#include "trial.h"

#include <cjson/cJSON.h>
#include <execinfo.h>
#include <stdio.h>
#include <string.h>

#define FRAMES 12 /* of the extension's own there are no more, but where it recurses */
#define MOST_PLACES 8192

static bool listening, recording;
static long seen_before;
static long cjson_calls, cjson_at;   /* counted downwards: what is chosen below 0 is one of these */
static uint64_t places[MOST_PLACES]; /* hashes of return addresses */
static int place_count;
static long chosen[MOST_PLACES]; /* which of an operation's allocations are of places that are new */
static int chosen_count;

static bool is_new(uint64_t place) {
  for (int i = 0; i < place_count; i++) {
    if (places[i] == place) return false;
  }
  assert_true(place_count < MOST_PLACES);
  places[place_count++] = place;
  return true;
}

/* A place: a hash of the return addresses that lead to it, and the number of the allocation. */
static uint64_t place_of(long n) {
  void *frames[FRAMES];
  int count = backtrace(frames, FRAMES);
  uint64_t hash = 0xCBF29CE484222325u + (uint64_t)n;
  for (int i = 0; i < count; i++) hash = (hash ^ (uint64_t)(uintptr_t)frames[i]) * 0x100000001B3u;
  return hash;
}

static void begin_own(void) {
  seen_before = sqlite_memory.seen;
  sqlite_memory.armed = listening;
}

static void end_own(void) {
  sqlite_memory.armed = false;
  if (!recording || sqlite_memory.seen == seen_before) return;
  for (long n = seen_before + 1; n <= sqlite_memory.seen; n++) {
    if (is_new(place_of(n - seen_before))) chosen[chosen_count++] = n;
  }
}

/* WRAP(sqlite3_free, void, (void *p), (p)) defines the function that the extension calls instead. */
#define WRAP(name, type, parameters, arguments) WRAP_AS(name, name, type, parameters, arguments, , )
#define WRAP_AS(name, real, type, parameters, arguments, before, after)                                      \
  type __wrap_##name parameters;                                                                             \
  type __wrap_##name parameters {                                                                            \
    before;                                                                                                  \
    begin_own();                                                                                             \
    type result = __real_##real arguments;                                                                   \
    end_own();                                                                                               \
    after;                                                                                                   \
    return result;                                                                                           \
  }

void *__real_sqlite3_malloc(int size);
void *__real_sqlite3_malloc64(sqlite3_uint64 size);
void *__real_sqlite3_realloc64(void *old, sqlite3_uint64 size);
char *__real_sqlite3_vmprintf(const char *format, va_list args);
char *__real_sqlite3_str_finish(sqlite3_str *str);
const unsigned char *__real_sqlite3_column_text(sqlite3_stmt *stmt, int i);
const void *__real_sqlite3_column_text16(sqlite3_stmt *stmt, int i);
const unsigned char *__real_sqlite3_value_text(sqlite3_value *value);
sqlite3_value *__real_sqlite3_value_dup(const sqlite3_value *value);
int __real_sqlite3_bind_text64(sqlite3_stmt *stmt, int i, const char *text, sqlite3_uint64 length,
                               void (*destroy)(void *), unsigned char encoding);

WRAP(sqlite3_malloc, void *, (int size), (size))
WRAP(sqlite3_malloc64, void *, (sqlite3_uint64 size), (size))
WRAP(sqlite3_realloc64, void *, (void *old, sqlite3_uint64 size), (old, size))
WRAP(sqlite3_vmprintf, char *, (const char *format, va_list args), (format, args))
WRAP_AS(sqlite3_mprintf, sqlite3_vmprintf, char *, (const char *format, ...), (format, args), va_list args;
        va_start(args, format), va_end(args))
WRAP(sqlite3_str_finish, char *, (sqlite3_str * str), (str))
WRAP(sqlite3_column_text, const unsigned char *, (sqlite3_stmt * stmt, int i), (stmt, i))
WRAP(sqlite3_column_text16, const void *, (sqlite3_stmt * stmt, int i), (stmt, i))
WRAP(sqlite3_value_text, const unsigned char *, (sqlite3_value * value), (value))
WRAP(sqlite3_value_dup, sqlite3_value *, (const sqlite3_value *value), (value))
WRAP(sqlite3_bind_text64, int,
     (sqlite3_stmt * stmt, int i, const char *text, sqlite3_uint64 length, void (*destroy)(void *),
      unsigned char encoding),
     (stmt, i, text, length, destroy, encoding))

int __real_sqlite3_open_v2(const char *name, sqlite3 **db, int flags, const char *vfs);
sqlite3_backup *__real_sqlite3_backup_init(sqlite3 *to, const char *to_name, sqlite3 *from,
                                           const char *from_name);
int __real_sqlite3_backup_step(sqlite3_backup *backup, int pages);

WRAP(sqlite3_open_v2, int, (const char *name, sqlite3 **db, int flags, const char *vfs),
     (name, db, flags, vfs))
WRAP(sqlite3_backup_init, sqlite3_backup *,
     (sqlite3 * to, const char *to_name, sqlite3 *from, const char *from_name),
     (to, to_name, from, from_name))
WRAP(sqlite3_backup_step, int, (sqlite3_backup * backup, int pages), (backup, pages))

/* Running or preparing a statement allocates many times; the extension sees but one result, so one failure will do.
** The outermost statement is the test's own. */
static int depth;

static int end_statement(long before, int rc) {
  sqlite_memory.armed = false;
  depth--;
  if (recording && sqlite_memory.seen > before && is_new(place_of(-1))) chosen[chosen_count++] = before + 1;
  return rc;
}

int __real_sqlite3_step(sqlite3_stmt *stmt);
int __wrap_sqlite3_step(sqlite3_stmt *stmt);
int __wrap_sqlite3_step(sqlite3_stmt *stmt) {
  long before = sqlite_memory.seen;
  sqlite_memory.armed = listening && depth > 0;
  depth++;
  return end_statement(before, __real_sqlite3_step(stmt));
}

int __real_sqlite3_prepare_v2(sqlite3 *db, const char *sql, int size, sqlite3_stmt **stmt, const char **rest);
int __wrap_sqlite3_prepare_v2(sqlite3 *db, const char *sql, int size, sqlite3_stmt **stmt, const char **rest);
int __wrap_sqlite3_prepare_v2(sqlite3 *db, const char *sql, int size, sqlite3_stmt **stmt,
                              const char **rest) {
  long before = sqlite_memory.seen;
  sqlite_memory.armed = listening && depth > 0;
  depth++;
  return end_statement(before, __real_sqlite3_prepare_v2(db, sql, size, stmt, rest));
}

/* cJSON's memory is the C library's; of one call only the first allocation fails. */
cJSON *__real_cJSON_Parse(const char *text);
cJSON *__wrap_cJSON_Parse(const char *text);
cJSON *__wrap_cJSON_Parse(const char *text) {
  if (!listening) return __real_cJSON_Parse(text);
  long n = --cjson_calls;
  if (recording && is_new(place_of(0))) chosen[chosen_count++] = n;
  cjson_memory.armed = n == cjson_at;
  cJSON *json = __real_cJSON_Parse(text);
  cjson_memory.armed = false;
  return json;
}

/* Without a result of its own, and it may allocate many times over a statement's life. */
void __real_sqlite3_str_appendall(sqlite3_str *str, const char *text);
void __wrap_sqlite3_str_appendall(sqlite3_str *str, const char *text);
void __wrap_sqlite3_str_appendall(sqlite3_str *str, const char *text) {
  begin_own();
  __real_sqlite3_str_appendall(str, text);
  end_own();
}

void __wrap_sqlite3_str_appendf(sqlite3_str *str, const char *format, ...);
void __wrap_sqlite3_str_appendf(sqlite3_str *str, const char *format, ...) {
  va_list args;
  va_start(args, format);
  begin_own();
  sqlite3_str_vappendf(str, format, args);
  end_own();
  va_end(args);
}

/* Places that the operations of the fault tests do not reach. */
#define DOCUMENT(data) "{\"schemaVersion\":\"1\",\"data\":{" data "}}"
#define RESTORE "SELECT strata_restore_json(?1)"
#define CHECK "SELECT * FROM strata_restore_check(?1)"
#define DIFF "SELECT * FROM strata_backup_diff(?1)"
#define LONG_NAME                                                                                            \
  "a_name_that_is_longer_than_what_the_counter_of_ignored_rows_holds_on_its_stack_which_is_one_hundred_and_" \
  "twenty_eight_bytes_with_the_table"

/* A connection learns the encoding from the first statement that reads the schema. */
#define UTF_16_IS_KNOWN "SELECT count(*) FROM tags"

#define TAG50 "{\"id\":\"k50\",\"name\":\"n\"}"
#define MANY_TAGS                                                                                            \
  "WITH r(n) AS (SELECT 1 UNION ALL SELECT n+1 FROM r WHERE n<60) INSERT INTO tags SELECT 'k'||n,'n'||n "    \
  "FROM r"

static const operation more[] = {
    {"a mode with an escape", NULL, WRITES, RESTORE,
     "{\"mode\":\"m\\u0065rge\",\"schemaVersion\":\"\\u0031\",\"data\":{\"tags\":[{\"id\":\"t1\",\"name\":"
     "\"n\"}]}}",
     NULL, NULL, 0},
    {"backup of a wrong enum value", NULL, REFUSED, "SELECT strata_backup_json()", NULL,
     "UPDATE asset_types SET \"group\"='NONE'", NULL, 0},
    {"a wrong path", NULL, REFUSED, "SELECT strata_backup_file('')", NULL, NULL, NULL, 0},
    {"odd names", NULL, READS, CHECK,
     DOCUMENT("\"tags\":[{\"id\":\"t1\",\"na\\u006de\":\"a\",\"x y\":\"b\"}],\"t\\\"\":[1]"), NULL, NULL, 0},
    {"a long name ignored", NULL, WRITES, "SELECT strata_restore_json(?1,NULL,'{\"unknown\":\"ignore\"}')",
     DOCUMENT("\"tags\":[{\"id\":\"t1\",\"name\":\"n\",\"" LONG_NAME
              "\":1}],\"categories\":[{\"id\":\"c1\",\"name\":\"n\"}]"),
     "CREATE TABLE x(y)", NULL, 0},
    {"backup of a BLOB, UTF-16", NULL, REFUSED, "SELECT strata_backup_json()", NULL,
     "INSERT INTO tags VALUES('t_blob',x'00ff')", NULL, IS_UTF16},
    {"replace, outer table, UTF-16", NULL, WRITES, RESTORE,
     DOCUMENT("\"tags\":[{\"id\":\"t1\",\"name\":\"n\"}]"),
     "CREATE TABLE notes(tag TEXT REFERENCES tags(id)); INSERT INTO notes VALUES('t1'),('gone')", NULL,
     IS_UTF16},
    {"replace, outer table enforced, UTF-16", NULL, REFUSED, RESTORE,
     DOCUMENT("\"tags\":[{\"id\":\"t1\",\"name\":\"n\"}]"),
     "CREATE TABLE notes(tag TEXT REFERENCES tags); INSERT INTO notes VALUES('t1')", "PRAGMA foreign_keys=ON",
     IS_UTF16},
    {"check of what dangles, UTF-16", NULL, READS, CHECK,
     DOCUMENT("\"tagsOnAssets\":[{\"assetId\":\"a1\",\"tagId\":\"gone\"}]"), NULL, NULL, IS_UTF16},
    {"a reference without columns, UTF-16", NULL, READS, "SELECT length(strata_backup_json())", NULL,
     "CREATE TABLE colors(number INTEGER, id TEXT PRIMARY KEY);"
     "ALTER TABLE tags ADD COLUMN color TEXT REFERENCES colors",
     NULL, IS_UTF16},
    {"a name that is not UTF-8", NULL, REFUSED, "SELECT strata_backup_json()", NULL,
     "ALTER TABLE tags ADD COLUMN odd TEXT; PRAGMA writable_schema=ON; UPDATE sqlite_master SET sql="
     "CAST(replace(sql, 'odd', CAST(x'6fff' AS TEXT)) AS TEXT) WHERE name='tags'",
     NULL, 0},
    {"an unknown mode", NULL, REFUSED, "SELECT strata_restore_json(?1,'other')", DOCUMENT(""), NULL, NULL, 0},
    {"an unknown mode, UTF-16", NULL, REFUSED, "SELECT strata_restore_json(?1,'other')", DOCUMENT(""), NULL,
     UTF_16_IS_KNOWN, IS_UTF16},
    {"a wrong number of arguments", NULL, REFUSED, "SELECT strata_version(1)", NULL, NULL, NULL, 0},
    {"backup to a file, UTF-16", NULL, READS, "SELECT strata_backup_file(?2)", NULL, NULL, UTF_16_IS_KNOWN,
     WRITES_FILE | IS_UTF16},
    {"values that do not fit", NULL, READS, CHECK,
     DOCUMENT(
         "\"assetTypes\":[{\"id\":\"a\",\"code\":1,\"label\":\"\\n\\u0001\",\"group\":\"NONE\"}],"
         "\"assets\":[{\"id\":\"a\",\"quantity\":true,\"disposed\":1,\"createdAt\":\"2025-02-30\"},"
         "{\"id\":\"b\",\"quantity\":\"1e400\"},{\"id\":\"c\",\"quantity\":\"123456789012.12345678\"},7]"),
     NULL, NULL, 0},
    {"a key twice", NULL, READS, CHECK, DOCUMENT("\"tags\":[{\"id\":\"t1\",\"id\":\"t2\"}]"), NULL, NULL, 0},
    {"another version", NULL, REFUSED, RESTORE, "{\"schemaVersion\":\"2\",\"data\":{}}", NULL, NULL, 0},
    {"one name for two tags", NULL, REFUSED, RESTORE,
     DOCUMENT("\"tags\":[{\"id\":\"t1\",\"name\":\"n\"},{\"id\":\"t2\",\"name\":\"n\"}]"), NULL, NULL, 0},
    {"long values", NULL, READS, DIFF,
     DOCUMENT(
         "\"portfolioSnapshots\":[{\"id\":\"p\",\"value\":\"1.5\",\"notes\":\"a \\\"quoted\\\" note\","
         "\"observedAt\":\"2025-01-01T00:00:00.0123456789012345678901234567890123456789012345678901234567"
         "89Z\"}],\"other\":[1],\"tags\":[{\"id\":\"t1\",\"name\":\"n\\u0000l\",\"colour\":true}]"),
     NULL, NULL, 0},
    {"a decimal in a column for text", NULL, WRITES, RESTORE,
     DOCUMENT("\"assetTypes\":[{\"id\":\"a\",\"code\":\"c\",\"label\":\"l\",\"price\":\"1.50\"}]"),
     "ALTER TABLE asset_types ADD COLUMN price TEXTDECIMAL", NULL, 0},
    {"diff of documents with what the database lacks", NULL, READS,
     "SELECT * FROM strata_backup_diff(?1,'main',replace(replace(?1,'\"b\"','\"c\"'),'two','zwei'))",
     DOCUMENT("\"tags\":[{\"id\":\"t1\",\"name\":\"n\",\"a\":1,\"b\":2}],\"one\":[1,2],\"two\":[3]"), NULL,
     NULL, 0},
    {"more problems than are kept", NULL, READS,
     "SELECT count(*) FROM "
     "strata_restore_check(replace(?1,'7',substr(replace(hex(zeroblob(1030)),'00',',7'),2)))",
     DOCUMENT("\"tags\":[7]"), NULL, NULL, 0},
    {"a character that SQLite changes in UTF-16", NULL, WRITES, RESTORE,
     DOCUMENT("\"tags\":[{\"id\":\"t\\ufffe1\",\"name\":\"n\\uffff\"}]"), NULL, NULL, IS_UTF16},
    {"rows with such a character", NULL, READS, "SELECT * FROM strata_backup_rows(?1)",
     DOCUMENT("\"tags\":[{\"id\":\"t\\ufffe1\",\"name\":\"n\\uffff\"}]"), NULL, NULL, 0},
    {"backup of a wrong enum value, UTF-16", NULL, REFUSED, "SELECT strata_backup_json()", NULL,
     "UPDATE asset_types SET \"group\"='NONE'", NULL, IS_UTF16},
    {"a file as a value", NULL, REFUSED, "SELECT backup FROM strata_backup_counts(strata_file(?2))",
     DOCUMENT(""), NULL, NULL, READS_FILE},
    {"options, UTF-16", NULL, READS, "SELECT strata_backup_json('main','{}')", NULL, NULL, UTF_16_IS_KNOWN,
     IS_UTF16},
    {"rows of odd fields", NULL, READS, "SELECT * FROM strata_backup_rows(?1)",
     DOCUMENT(
         "\"tags\":[{\"xx\":1,\"id\":\"a\xEF\xBF\xBE\"}],\"tagsOnAssets\":[{\"assetId\":5,\"tagId\":true}]"),
     NULL, NULL, 0},
    {"a merge of U+FFFE, UTF-16", NULL, WRITES, "SELECT strata_restore_json(?1,'merge')",
     DOCUMENT("\"tags\":[{\"id\":\"t1\",\"name\":\"a\\ufffe\"},{\"id\":\"t2\",\"name\":\"b\\ufffe\"}]"), NULL,
     UTF_16_IS_KNOWN, IS_UTF16},
    {"rows twice, far ahead", NULL, READS, DIFF,
     DOCUMENT("\"tags\":[" TAG50 "," TAG50 "," TAG50 ",{\"id\":\"k51\",\"name\":\"m\"}]"), MANY_TAGS, NULL,
     0},
    {"rows twice in the other document", NULL, READS,
     "SELECT * FROM "
     "strata_backup_diff(?1,'main',replace(replace(replace(?1,'k50','k9'),'k51','k50'),'k9','k51'))",
     DOCUMENT("\"tags\":[" TAG50 "," TAG50 ",{\"id\":\"k51\",\"name\":\"m\"}," TAG50 "]"), NULL, NULL, 0},
    {"a BLOB in a key", NULL, READS, DIFF, DOCUMENT("\"tags\":[]"),
     "DROP TABLE asset_tags; CREATE TABLE asset_tags(asset_id TEXT,tag_id TEXT,PRIMARY KEY(asset_id,tag_id)) "
     "WITHOUT ROWID; INSERT INTO asset_tags VALUES('a1',x'00ff')",
     NULL, 0},
    {"a wrong row where a trigger deletes", NULL, READS, CHECK,
     DOCUMENT("\"assetTypes\":[7],\"tags\":[{\"id\":\"t1\",\"name\":\"n\"}]"),
     "CREATE TRIGGER gone AFTER INSERT ON tags BEGIN DELETE FROM tags WHERE id=new.id; END", NULL, 0},
    {"a large table", NULL, READS, "SELECT length(strata_backup_json())", NULL,
     "INSERT INTO tags SELECT 'k'||value, value||hex(zeroblob(200000)) FROM (SELECT 1 AS value UNION SELECT "
     "2)",
     NULL, 0},
};

static long runs;

static void each_new_place_fails(void **state) {
  const operation *op = *state;
  trial t;
  outcome out;
  char where[256];
  if (!trial_begin(&t, op, false)) return;
  chosen_count = 0;
  for (int i = -1; i < chosen_count; i++) {
    recording = i < 0;
    snprintf(where, sizeof where, "%s: own allocation %ld", op->name, recording ? 0 : chosen[i]);
    sqlite3_int64 used = sqlite3_memory_used();
    sqlite3 *db = trial_open(&t, NULL, NULL);
    faults_arm(&sqlite_memory, recording || chosen[i] < 0 ? 0 : chosen[i], false);
    faults_arm(&cjson_memory, 1, false);
    sqlite_memory.armed = cjson_memory.armed = false;
    cjson_calls = 0;
    cjson_at = recording ? 1 : chosen[i];
    listening = true;
    trial_run(&t, db, &out);
    listening = false;
    if (!recording && sqlite_memory.hits + cjson_memory.hits != 1) fail_msg("%s: did not fail", where);
    recording = false;
    trial_check(&t, db, &out, true, where);
    if (sqlite3_close(db) != SQLITE_OK) fail_msg("%s: the connection does not close", where);
    if (sqlite3_memory_used() != used) fail_msg("%s: leaked", where);
    runs++;
  }
  trial_end(&t);
}

static struct CMUnitTest tests[256];
static size_t test_count;

static void add(const operation *op) {
  tests[test_count++] =
      (struct CMUnitTest){op->name, each_new_place_fails, NULL, NULL, (void *)(uintptr_t)op};
}

int main(void) {
  memory_faults_install();
  sqlite3_initialize();
  void *frames[1];
  backtrace(frames, 1); /* loads what it needs */
  for (int i = 0; i < operation_count; i++) add(&operations[i]);
  for (size_t i = 0; i < sizeof more / sizeof *more; i++) add(&more[i]);
  int failed = _cmocka_run_group_tests("own memory", tests, test_count, NULL, NULL);
  printf("own memory: %d places, %ld runs\n", place_count, runs);
  if (place_count >= 200 && place_count <= MOST_PLACES) return failed;
  fprintf(stderr, "these are too few places, or too many: is every allocation of the extension seen?\n");
  return 1;
}
