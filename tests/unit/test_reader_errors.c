/*
** test_reader_errors.c: what reader.h promises of a file that cannot be read any more, or
** that changes while it is read.
*/
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdio.h>

#include "json_reading.h"

static void an_error_of_the_source_ends_the_reading(void **state) {
  (void)state;
  static const span document = B(DOCUMENT("{\"tags\":[{\"a\":1}]}"));
  for (int fails_at = 1; fails_at <= 3; fails_at++) {
    file f = {.content = document, .most = 20, .fails_at_read = fails_at};
    strata_source source = {.read = read_file, .argument = &f};
    char *text = reading(&source, false);
    assert_string_equal(text, "error 10\n");
    sqlite3_free(text);
  }
}

/* Of a document longer than the window, whose tables have to be read again, because its version comes last. */
static void an_error_of_the_source_ends_the_second_scan(void **state) {
  (void)state;
  static const char begins[] = "{\"data\":{\"tags\":[{\"a\":1}]}", ends[] = ",\"schemaVersion\":\"1\"}";
  size_t room = 3 * WINDOW;
  char *text = malloc(room);
  memset(text, ' ', room);
  memcpy(text, begins, sizeof begins - 1);
  memcpy(text + room - (sizeof ends - 1), ends, sizeof ends - 1);
  file f = {.content = {text, room}};
  strata_source source = {.read = read_file, .argument = &f};
  char *read = reading(&source, true);
  assert_non_null(strstr(read, "tags#2@"));
  sqlite3_free(read);
  int reads = f.reads;
  assert_true(reads >= 5);
  for (f.fails_at_read = 1; f.fails_at_read <= reads; f.fails_at_read++) {
    f.reads = 0;
    read = reading(&source, true);
    assert_string_equal(read, "error 10\n");
    sqlite3_free(read);
  }
  free(text);
}

/* A problem's lines are counted at the end, from the file: an error there is an error of the call. */
static void an_error_of_the_source_ends_the_counting_of_lines(void **state) {
  (void)state;
  static const span document = B(DOCUMENT("{\n\"tags\":[1,\n2,\n3]}"));
  file f = {.content = document};
  strata_source source = {.read = read_file, .argument = &f};
  strata_context ctx;
  strata_reader r;
  strata_context_begin(&ctx, NULL);
  strata_reader_open(&r, &ctx, &source, true);
  assert_int_equal(r.report.problems.count, 3);
  assert_int_equal(strata_report_line(&r.report, document.size), 4);
  assert_int_equal(strata_report_line(&r.report, 0), 1); /* back to an earlier place */
  f.reads = 0;
  f.fails_at_read = 1;
  strata_report_finish(&r.report);
  assert_int_equal(ctx.rc, 10);
  strata_reader_close(&r);
  strata_context_end(&ctx);
}

/* Where the message says a problem is, of a row that is read again for it; `name` may have gone with its row. */
static void is_reported_at(strata_reader *r, const strata_section *section, uint64_t offset, int field,
                           const char *name, const char *expected) {
  strata_row_place place = {section, offset, 0};
  r->report.problems.most = 1;
  strata_reader_report_row(r, place, field, name, SQLITE_ERROR, sqlite3_mprintf("wrong"));
  assert_int_equal(r->report.problems.count, 1);
  assert_string_equal(r->report.problems.items[0].path, expected);
  strata_problems_clear(&r->report.problems);
}

static void a_problem_of_a_row_that_is_read_again_has_its_place(void **state) {
  (void)state;
  char text[] = DOCUMENT("{\"tags\":[{\"id\":\"a\"},{\"id\":\"b\"}]}");
  file f = {.content = {text, sizeof text - 1}};
  strata_source source = {.read = read_file, .argument = &f};
  strata_context ctx;
  strata_reader r;
  strata_context_begin(&ctx, NULL);
  strata_reader_open(&r, &ctx, &source, false);
  const strata_section *tags = &r.sections[0];
  strata_reader_begin(&r, tags);
  assert_true(strata_reader_next_row(&r));
  uint64_t first = r.row.offset;
  assert_true(strata_reader_next_row(&r));
  is_reported_at(&r, tags, first, STRATA_FIELD_BY_NAME, "id", "$.data.tags[0].id");
  is_reported_at(&r, tags, first, STRATA_FIELD_BY_NAME, "name", "$.data.tags[0].name");
  is_reported_at(&r, tags, first, 0, NULL, "$.data.tags[0].id");
  is_reported_at(&r, tags, first, STRATA_FIELD_BY_NAME, NULL, "$.data.tags[0]");
  is_reported_at(&r, tags, first, STRATA_FIELD_ABSENT, "name", "$.data.tags[0].name");
  text[first + 1] = 'x'; /* the file changes: what is no row any more has no members */
  is_reported_at(&r, tags, first, STRATA_FIELD_BY_NAME, "id", "$.data.tags[0].id");
  is_reported_at(&r, tags, first, 0, NULL, "$.data.tags[0]");
  text[first] = 'x';
  is_reported_at(&r, tags, first, 0, NULL, "$.data.tags[0]");
  text[first] = '{';
  text[first + 1] = '"';
  strata_reader_begin(&r, tags);
  assert_true(strata_reader_next_row(&r));
  strata_scanner_seek(&r.scanner, first);
  strata_fail_nomem(&ctx); /* after an error no row is read, and no problem is collected */
  assert_false(strata_row_read(&r.row, &ctx, &r.scanner));
  assert_int_equal(r.row.count, 0);
  strata_reader_close(&r);
  strata_context_end(&ctx);
}

/* Of a document longer than the window, whose beginning has to be read again: at its table's beginning, where a row
** began, or within one. */
static void a_file_that_changes_between_the_scans_is_noticed_at(size_t place) {
  size_t room = 3 * WINDOW;
  char *text = malloc(room);
  int n = sprintf(text, "%s", "{\"schemaVersion\":\"1\",\"data\":{\"tags\":[{\"a\":1}]}");
  memset(text + n, ' ', room - (size_t)n);
  text[room - 1] = '}';
  file f = {.content = {text, room}};
  strata_source source = {.read = read_file, .argument = &f};
  strata_context ctx;
  strata_reader r;
  strata_context_begin(&ctx, NULL);
  strata_reader_open(&r, &ctx, &source, false);
  assert_int_equal(r.report.problems.count, 0);
  assert_int_equal(r.section_count, 1);
  text[r.sections[0].offset + place] = 'x';
  strata_reader_begin(&r, &r.sections[0]);
  while (strata_reader_next_row(&r)) assert_int_equal(r.row.index, 0);
  assert_int_equal(ctx.rc, SQLITE_ERROR);
  assert_non_null(strstr(ctx.message, "changed while it was being read"));
  strata_reader_close(&r);
  strata_context_end(&ctx);
  free(text);
}

static void a_file_that_changes_between_the_scans_is_noticed(void **state) {
  (void)state;
  for (size_t place = 0; place < sizeof "[{\"a\":1}]" - 1; place++) {
    if (place != 3) a_file_that_changes_between_the_scans_is_noticed_at(place); /* "x" is as good a name */
  }
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(an_error_of_the_source_ends_the_reading),
      cmocka_unit_test(an_error_of_the_source_ends_the_second_scan),
      cmocka_unit_test(an_error_of_the_source_ends_the_counting_of_lines),
      cmocka_unit_test(a_problem_of_a_row_that_is_read_again_has_its_place),
      cmocka_unit_test(a_file_that_changes_between_the_scans_is_noticed),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
