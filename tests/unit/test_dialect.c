/*
** test_dialect.c: a document of another version, here a made-up "2", is restored, checked
** and compared by its own names, and errors use the names of that document. Documents of
** version "1", and the documents that are written, stay as they were.
*/
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <sqlite3.h>

#include "strata.h"

#define ONE "{\"schemaVersion\":\"1\",\"data\":"
#define TWO "{\"schemaVersion\":\"2\",\"data\":"
#define LABELS "\"labels\":[{\"id\":\"t\",\"title\":\"first\"},{\"title\":\"second\",\"id\":\"u\"}]"

/* A database with the nine tables. */
static sqlite3 *open_database(void) {
  static char schema[100000];
  char path[4096];
  const char *source = getenv("STRATA_SOURCE");
  snprintf(path, sizeof path, "%s/sql/schema.sql", source ? source : ".");
  FILE *file = fopen(path, "rb");
  assert_non_null(file);
  size_t size = fread(schema, 1, sizeof schema - 1, file);
  schema[size] = '\0';
  fclose(file);
  sqlite3 *db;
  assert_int_equal(sqlite3_open(":memory:", &db), SQLITE_OK);
  assert_int_equal(sqlite3_strata_init(db, NULL, NULL), SQLITE_OK);
  assert_int_equal(sqlite3_exec(db, schema, NULL, NULL, NULL), SQLITE_OK);
  return db;
}

/* The rows of a query with this document as ?1, one per line; or the error's message. */
static char *ask(sqlite3 *db, const char *sql, const char *document) {
  sqlite3_stmt *stmt;
  sqlite3_str *out = sqlite3_str_new(NULL);
  assert_int_equal(sqlite3_prepare_v2(db, sql, -1, &stmt, NULL), SQLITE_OK);
  sqlite3_bind_text(stmt, 1, document, -1, SQLITE_STATIC);
  int rc;
  while ((rc = sqlite3_step(stmt)) == SQLITE_ROW) {
    for (int i = 0; i < sqlite3_column_count(stmt); i++)
      sqlite3_str_appendf(out, "%s%s", i ? "|" : "", sqlite3_column_text(stmt, i));
    sqlite3_str_appendall(out, "\n");
  }
  if (rc != SQLITE_DONE) sqlite3_str_appendall(out, sqlite3_errmsg(db));
  sqlite3_finalize(stmt);
  sqlite3_str_appendall(out, "");
  char *text = sqlite3_str_finish(out);
  return text ? text : sqlite3_mprintf("");
}

static void gives(sqlite3 *db, const char *sql, const char *document, const char *expected) {
  char *text = ask(db, sql, document);
  if (strcmp(text, expected) != 0)
    fail_msg("%s\n%s\ngives:    %s\nexpected: %s", sql, document, text, expected);
  sqlite3_free(text);
}

/* The restore fails with this message, and the check's only problem is the same. */
static void is_refused(const char *document, const char *place, const char *path, const char *message) {
  sqlite3 *db = open_database();
  char *error = sqlite3_mprintf("%s: %s: %s", place, path, message);
  char *row = sqlite3_mprintf("%s|%s\n", path, message);
  gives(db, "SELECT strata_restore_json(?1)", document, error);
  gives(db, "SELECT path, message FROM strata_restore_check(?1)", document, row);
  sqlite3_free(error);
  sqlite3_free(row);
  sqlite3_close(db);
}

#define COUNTS(tags, pairs)                                                                                  \
  "\"counts\":{\"assetTypes\":0,\"categories\":0,\"tags\":" tags ",\"assets\":0,\"assetSnapshots\":0,"       \
  "\"portfolioSnapshots\":0,\"transactions\":0,\"categoriesOnAssets\":0,\"tagsOnAssets\":" pairs "}"

static void its_tables_and_fields_have_its_names(void **state) {
  (void)state;
  static const char *const documents[] = {
      TWO "{" LABELS "}}",
      "{\"data\":{" LABELS "},\"schemaVersion\":\"2\"}",
      "{\"data\":{\"moods\":[]," LABELS "},\"exportedAt\":1,\"schemaVersion\":\"\\u0032\"}",
  };
  for (size_t i = 0; i < sizeof documents / sizeof *documents; i++) {
    sqlite3 *db = open_database();
    gives(db, "SELECT strata_restore_json(?1)", documents[i],
          "{\"schemaVersion\":\"2\",\"mode\":\"replace\"," COUNTS("2", "0") "}\n");
    gives(db, "SELECT id, name FROM tags WHERE ?1 NOTNULL", documents[i], "t|first\nu|second\n");
    gives(db, "SELECT * FROM strata_restore_check(?1)", documents[i], "");
    gives(db, "SELECT * FROM strata_backup_diff(?1)", documents[i], "");
    gives(db, "SELECT * FROM strata_backup_diff(?1, NULL, strata_backup_json())", documents[i], "");
    gives(db, "SELECT * FROM strata_backup_diff(strata_backup_json(), 'main', ?1)", documents[i], "");
    gives(db, "SELECT name, rows FROM strata_backup_counts(?1) WHERE rows", documents[i], "tags|2\n");
    sqlite3_exec(db, "UPDATE tags SET name = 'third' WHERE id = 'u'", NULL, NULL, NULL);
    gives(db, "SELECT name, key, field, backup, database FROM strata_backup_diff(?1)", documents[i],
          "tags|u|name|second|third\n");
    gives(db, "SELECT strata_restore_json(?1, 'merge')", documents[i],
          "{\"schemaVersion\":\"2\",\"mode\":\"merge\"," COUNTS("2", "0") "}\n");
    gives(db, "SELECT id, name FROM tags WHERE ?1 NOTNULL", documents[i], "t|first\nu|second\n");
    sqlite3_close(db);
  }
}

/* The rows come in another order, so that they have to be found by their keys. */
static void a_comparison_of_two_finds_rows_by_its_names(void **state) {
  (void)state;
  static const char document[] =
      TWO "{\"labels\":[{\"id\":\"v\",\"title\":\"third\"},{\"id\":\"u\",\"title\":\"second\",\"extra\":1},"
          "{\"id\":\"t\",\"title\":\"first\"}]}}";
  sqlite3 *db = open_database();
  sqlite3_exec(db, "INSERT INTO tags VALUES('t', 'first'), ('u', 'other'), ('v', 'third')", NULL, NULL, NULL);
  gives(db, "SELECT key, field, backup, database FROM strata_backup_diff(strata_backup_json(), 'main', ?1)",
        document, "u|name|other|second\nu|extra||1\n");
  gives(db, "SELECT key, field, backup, database FROM strata_backup_diff(?1, 'main', strata_backup_json())",
        document, "u|name|second|other\nu|extra|1|\n");
  gives(db, "SELECT name, key, line FROM strata_backup_rows(?1)", document,
        "labels|v|1\nlabels|u|1\nlabels|t|1\n");
  sqlite3_close(db);
}

static void what_it_had_is_dropped_and_reported(void **state) {
  (void)state;
  static const char document[] =
      TWO "{\"moods\":[1,2],\"labels\":[{\"id\":\"t\",\"title\":\"first\",\"color\":\"red\"}]}}";
  sqlite3 *db = open_database();
  gives(db, "SELECT strata_restore_json(?1)", document,
        "{\"schemaVersion\":\"2\",\"mode\":\"replace\"," COUNTS(
            "1", "0") ",\"ignored\":{\"moods\":2,\"tags.color\":1}}\n");
  sqlite3_exec(db, "ALTER TABLE tags ADD COLUMN color TEXT", NULL, NULL, NULL);
  gives(db, "SELECT strata_restore_json(?1)", document,
        "{\"schemaVersion\":\"2\",\"mode\":\"replace\"," COUNTS("1", "0") ",\"ignored\":{\"moods\":2}}\n");
  gives(db, "SELECT color FROM tags WHERE ?1 NOTNULL", document, "red\n");
  sqlite3_close(db);
}

static void errors_name_what_the_document_says(void **state) {
  (void)state;
  is_refused(TWO "{\"labels\":[{\"id\":\"t\",\n\"title\":1}]}}", "line 2", "$.data.labels[0].title",
             "expected a string, found the number 1");
  is_refused("{\"data\":{\"labels\":[{\"id\":\"t\",\n\"title\":1}]},\"schemaVersion\":\"2\"}", "line 2",
             "$.data.labels[0].title", "expected a string, found the number 1");
  is_refused(TWO "{\"labels\":[{\"id\":\"t\"}]}}", "line 1", "$.data.labels[0].title",
             "the field is missing, and the column has no default");
  is_refused(
      TWO "{\n\"tags\":[1]}}", "line 2", "$.data.tags",
      "unknown table: the tables of a backup are assetTypes, categories, labels, assets, "
      "assetSnapshots, portfolioSnapshots, transactions, categoriesOnAssets and labelsOnAssets; correct "
      "the name, or drop the table with the option {\"unknown\":\"ignore\"}");
  is_refused(ONE "{\"moods\":[1]}}", "line 1", "$.data.moods",
             "unknown table: the tables of a backup are assetTypes, categories, tags, assets, "
             "assetSnapshots, portfolioSnapshots, transactions, categoriesOnAssets and tagsOnAssets; correct "
             "the name, or drop the table with the option {\"unknown\":\"ignore\"}");
  /* This version does not know the present name, so no row can have the field under two names. */
  is_refused(TWO "{\"labels\":[{\"id\":\"t\",\"title\":\"a\",\"name\":\"b\"}]}}", "line 1",
             "$.data.labels[0].name",
             "unknown field: table \"tags\" has no column for it; correct the name, or drop the field with "
             "the option {\"unknown\":\"ignore\"}");
  is_refused(
      "{\"data\":{\"labels\":[{\"id\":\"t\",\"title\":\"a\",\n\"title\":\"b\"}]},\"schemaVersion\":\"2\"}",
      "line 2", "$.data.labels[0].title", "this key appears twice in one object");
}

static void so_do_those_of_references(void **state) {
  (void)state;
  static const char document[] = TWO
      "{\"assetTypes\":[{\"id\":\"at\",\"code\":\"C\",\"label\":\"L\"}],\"assets\":[{\"id\":\"a\",\"name\":"
      "\"n\",\"assetTypeId\":\"at\"}],\"labelsOnAssets\":[{\"assetId\":\"a\",\n\"labelId\":\"t9\"}]}}";
  for (int enforced = 0; enforced < 2; enforced++) {
    sqlite3 *db = open_database();
    if (enforced) sqlite3_exec(db, "PRAGMA foreign_keys = ON", NULL, NULL, NULL);
    char *text = ask(db, "SELECT strata_restore_json(?1)", document);
    if (strncmp(text, "line 2: $.data.labelsOnAssets[0].labelId: ", 42) != 0) fail_msg("%s", text);
    sqlite3_free(text);
    sqlite3_close(db);
  }
}

static void other_versions_are_told_from_those_that_can_be_read(void **state) {
  (void)state;
  sqlite3 *db = open_database();
  gives(db, "SELECT strata_restore_json(?1)",
        "{\"data\":{\"labels\":5,\"labels\":[]},\"schemaVersion\":\"3\"}",
        "Unsupported backup schemaVersion '3', expected '2' or '1'");
  sqlite3_close(db);
}

static void version_1_is_as_before(void **state) {
  (void)state;
  static const char document[] = ONE "{\"tags\":[{\"id\":\"t\",\"name\":\"first\"}]}}";
  sqlite3 *db = open_database();
  gives(db, "SELECT strata_restore_json(?1)", document,
        "{\"schemaVersion\":\"1\",\"mode\":\"replace\"," COUNTS("1", "0") "}\n");
  gives(db, "SELECT substr(strata_backup_json(), 1, 20) WHERE ?1 NOTNULL", document,
        "{\"schemaVersion\":\"1\"\n");
  gives(db, "SELECT path FROM strata_restore_check(?1)",
        ONE "{\"labels\":[1],\"tags\":[{\"id\":\"t\",\"name\":\"n\",\"title\":\"n\"}]}}",
        "$.data.labels\n$.data.tags[0].title\n");
  sqlite3_close(db);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(its_tables_and_fields_have_its_names),
      cmocka_unit_test(a_comparison_of_two_finds_rows_by_its_names),
      cmocka_unit_test(what_it_had_is_dropped_and_reported),
      cmocka_unit_test(errors_name_what_the_document_says),
      cmocka_unit_test(so_do_those_of_references),
      cmocka_unit_test(other_versions_are_told_from_those_that_can_be_read),
      cmocka_unit_test(version_1_is_as_before),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
