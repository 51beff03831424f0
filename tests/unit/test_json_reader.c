/*
** test_json_reader.c: what reader.h promises: where everything in a
** document is, what is wrong with it and where, and its rows without a loss.
**
** What is read is compared as text: one line for a problem, a member, a section
** and a row each, with offsets behind "@" (see json_reading.h).
*/
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdio.h>

#include "catalog.h"
#include "json_reading.h"

static void sections_and_rows_are_found_where_they_are(void **state) {
  (void)state;
  is_read_as(
      (span)B("{\"schemaVersion\":\"1\",\"exportedAt\":\"x\",\"data\":{\n\"assetTypes\":[\n{\"id\":\"a\"},\n"
              "{\"id\":\"b\"}\n],\n\"tags\":[]\n}}"),
      "version@17:4=1\nassetTypes#0@60:2 rows\n  0@62: id=string a\n  1@74: id=string b\ntags#2@95:0 rows\n");
}

static void members_may_come_in_any_order(void **state) {
  (void)state;
  is_read_as((span)B("{ \"data\" : { \"tags\" : [ { \"id\" : 1 } ] , \"assets\":[] } , \"x\":[{}] , \"mode\" "
                     ": \"merge\" ,"
                     " \"schemaVersion\" : \"1\" } \n"),
             "version@105:4=1\nmode@77:4=merge\ntags#2@22:1 rows\n  0@24: id=number 1\nassets#3@50:0 rows\n");
}

static void unknown_tables_are_found_but_not_looked_into(void **state) {
  (void)state;
  is_read_as((span)B(DOCUMENT(
                 "{\"portfolios\":[1,{\"a\":1,\"a\":2},[]],\"Tags\":{\"a\":[]},\"\":null,\"tags\":[]}")),
             "version@17:4=1\nportfolios#-1@42:3 rows\nTags#-1@70:0 rows\n#-1@82:0 rows\ntags#2@94:0 rows\n");
}

static void a_byte_order_mark_is_skipped(void **state) {
  (void)state;
  is_read_as((span)B("\xEF\xBB\xBF" DOCUMENT("{}")), "version@20:4=1\n");
  has_problems((span)B("\xEF\xBB\xBF\xEF\xBB\xBF" DOCUMENT("{}")),
               "1 -: column 1: malformed JSON: this is not JSON; to restore a file, pass its name to "
               "strata_restore_file() or strata_file()\n");
}

static void numbers_keep_their_digits(void **state) {
  (void)state;
  is_read_as(
      (span)B(
          DOCUMENT("{\"tags\":[{\"a\":123456789012345678901234567890,\"b\":1.50,\"c\":-0,\"d\":-1.5E+03,"
                   "\"e\":0.1000000000000000055511151231257827,\"f\":1e999,\"g\":[1,{\"x\":-2}],\"7\":7}]}")),
      "version@17:4=1\ntags#2@36:1 rows\n  0@37: a=number 123456789012345678901234567890, b=number 1.50, "
      "c=number -0, d=number -1.5E+03, e=number 0.1000000000000000055511151231257827, f=number 1e999, "
      "g=array, "
      "7=number 7\n");
}

static void strings_that_look_like_numbers_stay_strings(void **state) {
  (void)state;
  is_read_as(
      (span)B(DOCUMENT("{\"tags\":[{\"a\":\"1.50\",\"b\":1.5,\"c\":\"\",\"d\":\"-\"}]}")),
      "version@17:4=1\ntags#2@36:1 rows\n  0@37: a=string 1.50, b=number 1.5, c=string , d=string -\n");
}

static void fields_have_their_types(void **state) {
  (void)state;
  is_read_as(
      (span)B(DOCUMENT(
          "{\"tags\":[{\"a\":null,\"b\":true,\"c\":false,\"d\":{\"x\":{}},\"e\":[[]],\"f\":\"null\"},{}]}")),
      "version@17:4=1\ntags#2@36:2 rows\n  0@37: a=null, b=true, c=false, d=object, e=array, f=string null\n "
      " 1@100\n");
}

static void a_nul_stays_in_names_and_strings(void **state) {
  (void)state;
  is_read_as((span)B(DOCUMENT(
                 "{\"tags\":[{\"\\u0000\":\"\\u0000\",\"a\\u0000b\":\"c\\u0000\\u0000d\",\"e\":\"\\\\u0000\","
                 "\"f\":\"\\u00000\",\"g\":\"\\u0000\\u0001\",\"a\":1}]}")),
             "version@17:4=1\ntags#2@36:1 rows\n  0@37: <00>=string <00>, a<00>b=string c<00><00>d, e=string "
             "\\u0000, "
             "f=string <00>0, g=string <00><01>, a=number 1\n");
  is_read_as((span)B(DOCUMENT("{\"tags\":[{\"a\\u0000\":\"b\\u0000c\"},{\"a\":\"b\"}]}")),
             "version@17:4=1\ntags#2@36:2 rows\n  0@37: a<00>=string b<00>c\n  1@60: a=string b\n");
  is_read_as((span)B(DOCUMENT("{\"tags\\u0000\":[1],\"\\u0000\":[]}")),
             "version@17:4=1\ntags<00>#-1@42:1 rows\n<00>#-1@55:0 rows\n");
}

static void escapes_become_their_characters(void **state) {
  (void)state;
  is_read_as(
      (span)B(DOCUMENT("{\"t\\u0061gs\":[{\"\\u0069d\":\"\\\"\\\\\\/"
                       "\\b\\f\\n\\r\\t\\u00e9\\u20AC\\uD83D\\uDE00\\uFFFF\"}]}")),
      "version@17:4=1\ntags#2@41:1 rows\n  0@42: id=string \"\\/<08><0C><0A><0D><09>\xC3\xA9\xE2\x82\xAC"
      "\xF0\x9F\x98\x80\xEF\xBF\xBF\n");
  is_read_as(
      (span)B("{\"schema\\u0056ersion\":\"\\u0031\",\"d\\u0061ta\":{},\"mod\\u0065\":\"mer\\u0067e\"}"),
      "version@22:4=1\nmode@58:4=merge\n");
}

static void every_code_point_comes_through_a_row(void **state) {
  (void)state;
  for (uint32_t start = 1; start <= 0x10FFFF; start += 8192) {
    size_t room = 8192 * 12 + 100;
    char *text = malloc(room), *plain = malloc(8192 * 4), *p = plain;
    char *t = text + sprintf(text, "{\"schemaVersion\":\"1\",\"data\":{\"tags\":[{\"a\":1,\"e\":\"");
    for (uint32_t c = start; c < start + 8192 && c <= 0x10FFFF; c++) {
      if (c >= 0xD800 && c <= 0xDFFF) continue;
      p += encode(c, p);
      if (c < 0x10000 && (c % 2 || c < 0x80))
        t += sprintf(t, "\\u%04X", (unsigned)c);
      else if (c >= 0x10000 && c % 2)
        t += sprintf(t, "\\u%04x\\u%04x", 0xD7C0 + (unsigned)(c >> 10), 0xDC00 + (unsigned)(c & 0x3FF));
      else
        t += encode(c, t);
    }
    t += sprintf(t, "\"}]}}");
    strata_context ctx;
    strata_reader r;
    strata_context_begin(&ctx, NULL);
    strata_source source = {.data = text, .size = (uint64_t)(t - text)};
    strata_reader_open(&r, &ctx, &source, false);
    assert_int_equal(r.report.problems.count, 0);
    strata_reader_begin(&r, &r.sections[0]);
    assert_true(strata_reader_next_row(&r));
    assert_int_equal(r.row.fields[1].length, p - plain);
    assert_memory_equal(r.row.fields[1].text, plain, r.row.fields[1].length);
    strata_reader_close(&r);
    free(text);
    free(plain);
  }
}

static void sections_can_be_read_in_any_order_and_again(void **state) {
  (void)state;
  static const span document =
      B(DOCUMENT("{\"tags\":[{\"a\":1},{\"a\":2}],\"assets\":[{\"a\":3}],\"categories\":[]}"));
  for (int k = 0; k < 2; k++) {
    file f = {.content = document};
    strata_source source = {.data = document.data, .size = document.size};
    if (k) source = (strata_source){.read = read_file, .argument = &f};
    strata_context ctx;
    strata_reader r;
    strata_context_begin(&ctx, NULL);
    strata_reader_open(&r, &ctx, &source, false);
    static const int order[] = {1, 0, 2, 0, 1, 1};
    static const char *const digits[] = {"12", "3", ""};
    for (size_t i = 0; i < COUNT(order); i++) {
      strata_reader_begin(&r, &r.sections[order[i]]);
      for (const char *d = digits[order[i]]; *d; d++) {
        assert_true(strata_reader_next_row(&r));
        assert_int_equal(r.row.fields[0].text[0], *d);
        assert_int_equal(r.row.index, d - digits[order[i]]);
      }
      if (i != 3) assert_false(strata_reader_next_row(&r));
    }
    assert_int_equal(ctx.rc, SQLITE_OK);
    strata_reader_close(&r);
    strata_context_end(&ctx);
  }
}

static void a_row_may_be_longer_than_the_window(void **state) {
  (void)state;
  size_t size = 3 * WINDOW;
  char *text = malloc(size + 200), *p = text + sprintf(text, DOCUMENT("{\"tags\":[{\"id\":\""));
  p -= 1;
  memset(p, 'z', size);
  p += size;
  p += sprintf(p, "\",\"n\":1},{\"id\":\"y\"}]}}");
  char *out = read_alike((span){text, (size_t)(p - text)}, false);
  assert_non_null(strstr(out, "tags#2@36:2 rows\n  0@37: id=string zzzz"));
  assert_non_null(strstr(out, "zzz, n=number 1\n  1@"));
  assert_non_null(strstr(out, ": id=string y\n"));
  sqlite3_free(out);
  free(text);
}

static void a_key_that_is_there_twice_is_a_problem_at_its_place(void **state) {
  (void)state;
#define TWICE "this key appears twice in one object\n"
  has_problems((span)B("{\"schemaVersion\":\"1\",\n\"data\":{},\n\"x\":1,\"x\":2}"), "3 $.x: " TWICE);
  has_problems((span)B("{\"schemaVersion\":\"1\",\"schemaVersion\":\"1\",\"data\":{}}"),
               "1 $.schemaVersion: " TWICE);
  has_problems((span)B("{\"schemaVersion\":\"1\",\"data\":{},\"d\\u0061ta\":{}}"), "1 $.data: " TWICE);
  has_problems((span)B(DOCUMENT("{\"tags\":[],\n\"tags\":[]}")), "2 $.data.tags: " TWICE);
  has_problems((span)B(DOCUMENT("{\"x\":[],\"\\u0078\":[]}")), "1 $.data.x: " TWICE);
  has_problems((span)B(DOCUMENT("{\"tags\":[{\"a\":1},\n{\"a\":1,\"b\":2,\n\"a\":3}]}")),
               "3 $.data.tags[1].a: " TWICE);
  has_problems((span)B(DOCUMENT("{\"tags\":[{\"a\":1,\"\\u0061\":2}]}")), "1 $.data.tags[0].a: " TWICE);
  has_problems((span)B(DOCUMENT("{\"tags\":[{\"a/\":1,\"a\\/\":2}]}")), "1 $.data.tags[0][\"a/\"]: " TWICE);
  has_problems((span)B(DOCUMENT("{\"tags\":[{\"\":1,\"\":2}]}")), "1 $.data.tags[0][\"\"]: " TWICE);
  has_problems((span)B("{\"\":1,\"\":2,\"schemaVersion\":\"1\",\"data\":{}}"), "1 $[\"\"]: " TWICE);
  has_problems(
      (span)B(DOCUMENT("{\"tags\":[{\"a\":1,\"b\":1},{\"a\":1,\"b\":1,\"b\":2},{\"b\":1,\"a\":1,\"a\":1}]}")),
      "1 $.data.tags[1].b: " TWICE "1 $.data.tags[2].a: " TWICE);
}

static void keys_that_only_look_alike_are_no_problem(void **state) {
  (void)state;
  is_read_as(
      (span)B(DOCUMENT("{\"tags\":[{\"a\":1,\"A\":1,\"a\\u0000\":1,\"a\\u0000b\":1,\"\\\\u0061\":1},{\"a\":1}"
                       ",{\"b\":1,\"a\":1}]}")),
      "version@17:4=1\ntags#2@36:3 rows\n  0@37: a=number 1, A=number 1, a<00>=number 1, a<00>b=number 1, "
      "\\u0061=number 1\n  1@88: a=number 1\n  2@96: b=number 1, a=number 1\n");
}

static void what_is_no_row_or_no_table_is_a_problem(void **state) {
  (void)state;
  has_problems(
      (span)B(DOCUMENT("{\"tags\":{},\"assets\":null,\n\"categories\":[{},1,\n[],\"x\",null,true]}")),
      "1 $.data.tags: expected an array of rows, found an object\n"
      "1 $.data.assets: expected an array of rows, found null\n"
      "2 $.data.categories[1]: expected a row as an object, found a number\n"
      "3 $.data.categories[2]: expected a row as an object, found an array\n"
      "3 $.data.categories[3]: expected a row as an object, found a string\n"
      "3 $.data.categories[4]: expected a row as an object, found null\n"
      "3 $.data.categories[5]: expected a row as an object, found true\n");
}

static void another_version_is_the_only_problem(void **state) {
  (void)state;
#define EXPECTED "', expected '1'\n"
  has_problems((span)B("{\"schemaVersion\":\"2\",\"data\":{}}"),
               "1 $.schemaVersion: Unsupported backup schemaVersion '2" EXPECTED);
  has_problems((span)B("{\"data\":{\"tags\":5,\"tags\":[]},\"x\":1,\"x\":1,\n\"schemaVersion\":\"1.0\"}"),
               "2 $.schemaVersion: Unsupported backup schemaVersion '1.0" EXPECTED);
  has_problems((span)B("{\"schemaVersion\":\" 1\",\"data\":[}"),
               "1 $.schemaVersion: Unsupported backup schemaVersion ' 1" EXPECTED);
  has_problems((span)B("{\"schemaVersion\":\"\\t\""),
               "1 $.schemaVersion: Unsupported backup schemaVersion '\\t" EXPECTED);
  has_problems((span)B("{\"schemaVersion\":\"\xC3\xA9\"}"),
               "1 $.schemaVersion: Unsupported backup schemaVersion '\xC3\xA9" EXPECTED);
}

static void a_document_without_version_or_data_is_told_so(void **state) {
  (void)state;
  static const struct {
    span document;
    const char *path, *words;
  } cases[] = {{B("{}"), "1 $: ", "schemaVersion is missing"},
               {B("{\"data\":{\"tags\":1}}"), "1 $: ", "schemaVersion is missing"},
               {B("{\"schemaVersion\":1,\"data\":{}}"), "1 $.schemaVersion: ", "found a number"},
               {B("{\"schemaVersion\":null,\"data\":{}}"), "1 $.schemaVersion: ", "found null"},
               {B("{\"schemaVersion\":{\"a\":\"1\"},\"data\":{}}"), "1 $.schemaVersion: ", "found an object"},
               {B("{\n\"schemaVersion\":\"\",\"data\":{}}"), "2 $.schemaVersion: ", "empty string"},
               {B("{\"schemaVersion\":\"1\"}"), "1 $: ", "data is missing"},
               {B("{\"schemaVersion\":\"1\",\n\"data\":[]}"), "2 $.data: ", "found an array"},
               {B("{\"schemaVersion\":\"1\",\"data\":null}"), "1 $.data: ", "found null"},
               {B("{\"schemaVersion\":\"1\",\"data\":\"{}\"}"), "1 $.data: ", "found a string"}};
  for (size_t i = 0; i < COUNT(cases); i++) {
    char *text = read_alike(cases[i].document, false);
    if (strncmp(text, cases[i].path, strlen(cases[i].path)) != 0 || strstr(text, cases[i].words) == NULL)
      fail_msg("%s: %s", cases[i].document.data, text);
    has_problems(cases[i].document, text);
    sqlite3_free(text);
  }
}

static void malformed_json_is_told_with_line_and_column(void **state) {
  (void)state;
  static const struct {
    span document;
    const char *begin, *words;
  } cases[] = {
      {B(""), "1 -: column 1: ", "empty"},
      {B(" \n "), "2 -: column 2: ", "empty"},
      {B("[]"), "1 -: column 1: ", "one JSON object"},
      {B("-1"), "1 -: column 1: ", "one JSON object"},
      {B("7"), "1 -: column 1: ", "one JSON object"},
      {B("/tmp/backup.json"), "1 -: column 1: ", "strata_restore_file()"},
      {B("\xFF\xFE{\0}\0"), "1 -: column 1: ", "UTF-16"},
      {B("{\"schemaVersion\":\"1\",\"data\":{"), "1 -: column 30: ", "unfinished"},
      {B("{\"schemaVersion\":\"1\",\n  \"data\":{]}}"), "2 -: column 11: ", "name in quotation marks"},
      {B("{\"schemaVersion\":\"\xC3\xA9\xE2\x82\xAC\xF0\x9F\x98\x80\x80\"}"),
       "1 -: column 22: ", "not valid UTF-8"},
      {B("{\r\n\r\n\"\xC3\xA9\" 1}"), "3 -: column 5: ", "expected ':'"},
      {B("{\"schemaVersion\":\"1\",\"data\":{\"tags\":[{\"a\":1\n,}]}}"),
       "2 -: column 2: ", "a member is missing"},
      {B("{\"schemaVersion\":\"1\",\"data\":{\"tags\":[{\"a\":1}{}]}}"),
       "1 -: column 45: ", "expected ',' or ']'"},
      {B(DOCUMENT("{}") "\n\n x"), "3 -: column 2: ", "follows the end"},
      {B(DOCUMENT("{}") "\0"), "1 -: column 32: ", "follows the end"},
      {B(DOCUMENT("{\"x\":[1,2,{\"b\":\"\\uD800\"}]}")), "1 -: column 45: ", "high surrogate"},
      {B("{\"a\":[1,01],\"schemaVersion\":\"1\"}"), "1 -: column 10: ", "leading zero"}};
  for (size_t i = 0; i < COUNT(cases); i++) {
    char *text = read_alike(cases[i].document, false);
    if (strncmp(text, cases[i].begin, strlen(cases[i].begin)) != 0 ||
        strstr(text, "malformed JSON: ") == NULL || strstr(text, cases[i].words) == NULL)
      fail_msg("%s: %s", cases[i].document.data, text);
    sqlite3_free(text);
  }
}

/* Cut off anywhere, no document is one, and memory and file agree on where it ends. */
static void no_part_of_a_document_is_a_document(void **state) {
  (void)state;
  static const char whole[] = "\xEF\xBB\xBF{\"schemaVersion\":\"\\u0031\",\"mode\":\"merge\",\n\"data\":{"
                              "\"t\\u0061gs\":[{\"id\":\"\\n\\u0000\xC3"
                              "\xA9\",\"n\":-1.5e3,\"b\":[true,null]},\n{}],\"x\":[1,{}]}}";
  for (size_t size = 0; size < sizeof whole - 1; size++) {
    char *text = (size % 7 ? read_twice : read_alike)((span){whole, size}, true);
    if (strstr(text, "malformed JSON: ") == NULL) fail_msg("%.*s: %s", (int)size, whole, text);
    sqlite3_free(text);
  }
  is_read_as((span)B(DOCUMENT("{\"tags\":[{}]}")), "version@17:4=1\ntags#2@36:1 rows\n  0@37\n");
}

static void names_in_paths_are_quoted_where_they_need_it(void **state) {
  (void)state;
  strata_context ctx;
  strata_context_begin(&ctx, NULL);
  static const struct {
    const char *name, *member, *path;
    int index;
  } cases[] = {{"tags", NULL, "$.data.tags", -1},
               {"tags", NULL, "$.data.tags[7]", 7},
               {"tags", "id", "$.data.tags[0].id", 0},
               {"a b", "c.d", "$.data[\"a b\"][1][\"c.d\"]", 1},
               {"", NULL, "$.data[\"\"]", -1},
               {"1st", "_x9", "$.data[\"1st\"][2]._x9", 2},
               {"a:b", "x", "$.data[\"a:b\"][0].x", 0},
               {"\xC3\xA9", NULL, "$.data[\"\xC3\xA9\"]", -1}};
  for (size_t i = 0; i < COUNT(cases); i++) {
    const char *member = cases[i].member;
    strata_section section = {.name = (char *)(uintptr_t)cases[i].name, .name_length = strlen(cases[i].name)};
    char *path = strata_reader_path(&ctx, &section, cases[i].index);
    if (member) path = strata_path_append(&ctx, path, member, strlen(member));
    assert_string_equal(path, cases[i].path);
    sqlite3_free(path);
  }
  char long_name[200];
  memset(long_name, 'a', sizeof long_name);
  char *path = strata_path_append(&ctx, sqlite3_mprintf("$"), long_name, sizeof long_name);
  assert_memory_equal(path, "$[\"aaa", 6);
  assert_true(strlen(path) < 120);
  sqlite3_free(path);
  path = strata_path_append(&ctx, sqlite3_mprintf("$"), "a\0b", 3);
  assert_string_equal(path, "$[\"a\\u0000b\"]");
  sqlite3_free(path);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(sections_and_rows_are_found_where_they_are),
      cmocka_unit_test(members_may_come_in_any_order),
      cmocka_unit_test(unknown_tables_are_found_but_not_looked_into),
      cmocka_unit_test(a_byte_order_mark_is_skipped),
      cmocka_unit_test(numbers_keep_their_digits),
      cmocka_unit_test(strings_that_look_like_numbers_stay_strings),
      cmocka_unit_test(fields_have_their_types),
      cmocka_unit_test(a_nul_stays_in_names_and_strings),
      cmocka_unit_test(escapes_become_their_characters),
      cmocka_unit_test(every_code_point_comes_through_a_row),
      cmocka_unit_test(sections_can_be_read_in_any_order_and_again),
      cmocka_unit_test(a_row_may_be_longer_than_the_window),
      cmocka_unit_test(a_key_that_is_there_twice_is_a_problem_at_its_place),
      cmocka_unit_test(keys_that_only_look_alike_are_no_problem),
      cmocka_unit_test(what_is_no_row_or_no_table_is_a_problem),
      cmocka_unit_test(another_version_is_the_only_problem),
      cmocka_unit_test(a_document_without_version_or_data_is_told_so),
      cmocka_unit_test(malformed_json_is_told_with_line_and_column),
      cmocka_unit_test(no_part_of_a_document_is_a_document),
      cmocka_unit_test(names_in_paths_are_quoted_where_they_need_it),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
