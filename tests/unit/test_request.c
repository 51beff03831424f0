/*
** test_request.c: what the arguments `mode` and `options` mean, and what they refuse.
*/
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <string.h>

#include "request.h"

typedef struct example {
  const char *options;
  const char *expected; /* how show() tells of it, or a part of the error's message */
} example;

static void show(sqlite3_context *sql, strata_context *ctx, strata_request *request) {
  if (ctx->rc != SQLITE_OK) {
    strata_result_error(ctx, sql);
  } else {
    static const char *const modes[] = {"unset", "replace", "merge"};
    char *now = request->now ? sqlite3_mprintf("'%.*s'", (int)request->now_length, request->now) : NULL;
    char *text =
        sqlite3_mprintf("%s %Q %s %s %Q", modes[request->mode], request->schema,
                        request->ignore_unknown ? "ignore" : "error", now ? now : "NULL", request->progress);
    sqlite3_free(now);
    sqlite3_result_text(sql, text, -1, sqlite3_free);
  }
  strata_request_free(request);
  strata_context_end(ctx);
}

/* of_restore(mode, options) */
static void of_restore(sqlite3_context *sql, int argc, sqlite3_value **argv) {
  strata_context ctx;
  strata_request request;
  strata_context_begin(&ctx, sqlite3_context_db_handle(sql));
  strata_request_parse(&request, &ctx, argc > 0 ? argv[0] : NULL, argc > 1 ? argv[1] : NULL);
  show(sql, &ctx, &request);
}

/* of_backup(options) */
static void of_backup(sqlite3_context *sql, int argc, sqlite3_value **argv) {
  strata_context ctx;
  strata_request request;
  strata_context_begin(&ctx, sqlite3_context_db_handle(sql));
  strata_request_parse_backup(&request, &ctx, argc > 0 ? argv[0] : NULL);
  show(sql, &ctx, &request);
}

static sqlite3 *open_database(void) {
  sqlite3 *db;
  assert_int_equal(sqlite3_open(":memory:", &db), SQLITE_OK);
  sqlite3_create_function(db, "of_restore", -1, SQLITE_UTF8, NULL, of_restore, NULL, NULL);
  sqlite3_create_function(db, "of_backup", -1, SQLITE_UTF8, NULL, of_backup, NULL, NULL);
  return db;
}

/* What the statement gives for these options, bound as ?1: a value, or an error's message. */
static void gives(sqlite3 *db, const char *sql, const char *options, const char *expected) {
  sqlite3_stmt *stmt;
  assert_int_equal(sqlite3_prepare_v2(db, sql, -1, &stmt, NULL), SQLITE_OK);
  sqlite3_bind_text(stmt, 1, options, -1, SQLITE_STATIC);
  int rc = sqlite3_step(stmt);
  const char *got = rc == SQLITE_ROW ? (const char *)sqlite3_column_text(stmt, 0) : sqlite3_errmsg(db);
  bool same = rc == SQLITE_ROW ? strcmp(got, expected) == 0 : strstr(got, expected) != NULL;
  if (!same) fail_msg("%s\n  gives    %s\n  expected %s", options ? options : "NULL", got, expected);
  sqlite3_finalize(stmt);
}

#define NOW "{\"now\":\"2026-01-31T00:00:00.000Z\""
#define STORED "'2026-01-31T00:00:00.000+00:00'"
#define DEEP "[[[[[[[[[[[[[[[["

static void options_of_a_restore(void **state) {
  (void)state;
  static const example examples[] = {
      {NOW "}", "unset NULL error " STORED " NULL"},
      {" \n" NOW ", \"schema\" : \"a\\\"ux\" } ", "unset 'a\"ux' error " STORED " NULL"},
      {"\xEF\xBB\xBF" NOW "}", "unset NULL error " STORED " NULL"},
      {NOW ",\"sch\\u0065ma\":\"\\\\u0000\"}", "unset '\\u0000' error " STORED " NULL"},
      {NOW ",\"unknown\":\"ignore\",\"progress\":\"tick\"}", "unset NULL ignore " STORED " 'tick'"},
      {NOW ",\"unknown\":\"error\"}", "unset NULL error " STORED " NULL"},
      /* strictly an object of JSON */
      {"", "options must be a JSON object"},
      {"[]", "options must be a JSON object"},
      {"{} {}", "options must be a JSON object, such as {\"schema\":\"aux\"}: text follows the end of the object"},
      {"{\"schema\":01}", "leading zero"},
      {"{\"schema\":\"\x01\"}", "control character"},
      {"{\"schema\":\"\xC0\x80\"}", "UTF-8"},
      {"{\"schema\":\"\\ud800\"}", "surrogate"},
      {"{\"schema\":\"\\uZZZZ\"}", "hexadecimal"},
      {"{'schema':'main'}", "quotation marks"},
      {"{\"schema\":" DEEP DEEP DEEP DEEP "\"", "too deeply"},
      /* what cJSON would cut */
      {"{\"schema\":\"main\\u0000\"}", "U+0000"},
      {"{\"schema\\u0000\":\"main\"}", "U+0000"},
      {"{\"schema\":\"\\\\\\u0000\"}", "U+0000"},
      {"{\"a\":1111111111222222222233333333334444444444555555555566666666667777}", "so long a number"},
      {"{\"a\":11111111112222222222333333333344444444445555555555}", "unknown option \"a\""},
      /* each option once, and only those that there are */
      {"{\"schema\":\"a\",\"schema\":\"b\"}", "option \"schema\" appears twice"},
      {"{\"schema\":\"a\",\"sch\\u0065ma\":\"b\"}", "option \"schema\" appears twice"},
      {"{\"Schema\":\"a\"}",
       "unknown option \"Schema\": a restore takes \"schema\" (a database's name), \"unknown\" (\"error\" or "
       "\"ignore\"), \"now\" (a timestamp), \"progress\" (the name of an SQL function)"},
      {"{\"schema\":null}", "option \"schema\" takes the name"},
      {"{\"schema\":null,\"now\":7}", "option \"schema\" takes the name"}, /* the first mistake is told */
      {"{\"unknown\":\"drop\"}", "option \"unknown\" takes \"error\" or \"ignore\""},
      {"{\"unknown\":true}", "option \"unknown\" takes \"error\" or \"ignore\""},
      {"{\"now\":1769817600}", "option \"now\" takes a timestamp as a string"},
      {"{\"now\":\"tomor\\nrow\"}", "option \"now\" takes a timestamp such as \"2026-01-31T00:00:00.000Z\"; "
                                    "'tomor\\nrow' is not one"},
      {"{\"now\":\"2026-02-30\"}", "option \"now\": '2026-02-30' is a day or time that does not exist"},
      {"{\"progress\":\"\"}", "option \"progress\" takes the name of an SQL function"},
      {"{\"progress\":[\"tick\"]}", "option \"progress\" takes the name of an SQL function"},
  };
  sqlite3 *db = open_database();
  for (size_t i = 0; i < sizeof examples / sizeof *examples; i++) {
    gives(db, "SELECT of_restore(NULL, ?1)", examples[i].options, examples[i].expected);
    gives(db, "SELECT of_restore(NULL, CAST(?1 AS BLOB))", examples[i].options, examples[i].expected);
  }
  gives(db, "SELECT of_restore(?1 IS NULL, 7)", NULL, "unknown mode '1'");
  gives(db, "SELECT of_restore(?1, 7)", NULL, "options must be a JSON object");
  gives(db, "SELECT of_restore(?1, '" NOW "}')", "merge", "merge NULL error " STORED " NULL");
  sqlite3_close(db);
}

/* A blob of no bytes has no address. */
static void an_empty_blob(void **state) {
  (void)state;
  sqlite3 *db = open_database();
  gives(db, "SELECT of_restore(?1, x'')", NULL, "options must be a JSON object");
  sqlite3_close(db);
}

static void without_the_option_the_moment_is_the_clocks(void **state) {
  (void)state;
  sqlite3 *db = open_database();
  gives(db, "SELECT substr(of_restore(NULL, ?1), 18, 11) = strftime('''%Y-%m-%d', 'now')", NULL, "1");
  gives(db, "SELECT substr(of_restore(), 18, 11) = strftime('''%Y-%m-%d', 'now') OR ?1", NULL, "1");
  sqlite3_close(db);
}

static void options_of_a_backup(void **state) {
  (void)state;
  static const example examples[] = {
      {NULL, "unset NULL error NULL NULL"},
      {"{}", "unset NULL error NULL NULL"},
      {"{\"progress\":\"tick\"}", "unset NULL error NULL 'tick'"},
      {"{\"schema\":\"main\"}",
       "unknown option \"schema\": a backup takes \"progress\" (the name of an SQL function)"},
      {"[]", "options must be a JSON object"},
      {"{\"progress\":\"a\",\"progress\":\"b\"}", "option \"progress\" appears twice"},
  };
  sqlite3 *db = open_database();
  for (size_t i = 0; i < sizeof examples / sizeof *examples; i++)
    gives(db, "SELECT of_backup(?1)", examples[i].options, examples[i].expected);
  gives(db, "SELECT of_backup() || ifnull(?1, '')", NULL, "unset NULL error NULL NULL");
  sqlite3_close(db);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(options_of_a_restore),
      cmocka_unit_test(an_empty_blob),
      cmocka_unit_test(without_the_option_the_moment_is_the_clocks),
      cmocka_unit_test(options_of_a_backup),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
