/*
** test_timestamp.c: what timestamp.h promises, one test per promise.
**
** Texts are parsed from buffers of exactly their own size, without a terminator, so that a
** sanitizer or valgrind notices a read past the end. Expected days come from a counter that
** walks the calendar day by day and shares nothing with the arithmetic under test. Random
** input has a fixed seed, so that a failure can be repeated.
*/
#define _POSIX_C_SOURCE 200809L /* setenv, tzset */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "../../ext/timestamp.h"

enum { ROOM = 128 }; /* for every text but those with very long fractions */

/* Two moments are the same, to the last digit. */
static bool same_moment(const strata_timestamp *a, const strata_timestamp *b) {
  if (a->seconds != b->seconds || a->milliseconds != b->milliseconds) return false;
  if (a->fraction_length != b->fraction_length || !a->fraction != !b->fraction) return false;
  return !a->fraction || memcmp(a->fraction, b->fraction, a->fraction_length) == 0;
}

/* The text of a value, with a terminator, in a buffer of ROOM bytes. */
static void print_text(const strata_timestamp *value, strata_timestamp_form form, char *out) {
  size_t length = strata_timestamp_print(value, form, out, ROOM - 1);
  assert_true(length < ROOM);
  out[length] = '\0';
}

/* The two printed forms of a value are `expected`, which ends in Z, and the same with +00:00. */
static void assert_prints(const strata_timestamp *value, const char *expected) {
  char text[ROOM], stored[ROOM];
  print_text(value, STRATA_TIMESTAMP_DOCUMENT, text);
  assert_string_equal(text, expected);
  print_text(value, STRATA_TIMESTAMP_STORED, text);
  snprintf(stored, sizeof stored, "%.*s+00:00", (int)strlen(expected) - 1, expected);
  assert_string_equal(text, stored);
}

/* Parse text[0..length) from a buffer of that size. If that succeeds, print it, parse that and print it again. */
static strata_timestamp_status parse_exactly(const char *text, size_t length, char *printed) {
  char *copy = malloc(length ? length : 1), again[ROOM];
  assert_non_null(copy);
  memcpy(copy, text, length);
  strata_timestamp value, reread;
  strata_timestamp_status status = strata_timestamp_parse(copy, length, &value);
  if (status == STRATA_TIMESTAMP_OK) {
    print_text(&value, STRATA_TIMESTAMP_STORED, again);
    assert_int_equal(strata_timestamp_parse(again, strlen(again), &reread), STRATA_TIMESTAMP_OK);
    assert_true(same_moment(&value, &reread));
    assert_true(value.milliseconds >= 0 && value.milliseconds <= 999);
    print_text(&value, STRATA_TIMESTAMP_DOCUMENT, printed);
    assert_prints(&reread, printed);
  }
  free(copy);
  return status;
}

/* `text` is accepted, and is the moment `expected`. */
static void assert_reads(const char *text, const char *expected) {
  char printed[ROOM];
  strata_timestamp_status status = parse_exactly(text, strlen(text), printed);
  if (status != STRATA_TIMESTAMP_OK) fail_msg("'%s' is refused with %d", text, (int)status);
  assert_string_equal(printed, expected);
}

/* text[0..length) is refused with this status, and the value is not touched. */
static void assert_refuses(const char *text, size_t length, strata_timestamp_status status) {
  char printed[ROOM];
  strata_timestamp untouched = {.seconds = 42, .milliseconds = 7}, value = untouched;
  strata_timestamp_status got = parse_exactly(text, length, printed);
  if (got != status) fail_msg("'%.*s' gives %d, not %d", (int)length, text, (int)got, (int)status);
  strata_timestamp_parse(text, length, &value);
  assert_true(same_moment(&value, &untouched));
}

/* Every text of `list`, in which "|" separates them, is refused with this status. */
static void assert_all_refused(const char *list, strata_timestamp_status status) {
  for (size_t length;; list += length + 1) {
    length = strcspn(list, "|");
    assert_refuses(list, length, status);
    if (list[length] == '\0') return;
  }
}

/* Accepted forms, each with what it prints. The mutations of texts start from this table too. */
static const char *const accepted[][2] = {
    {"2025-01-15T10:20:30.456Z", "2025-01-15T10:20:30.456Z"},
    {"2025-01-15T10:20:30.456+00:00", "2025-01-15T10:20:30.456Z"},
    {"2025-01-15t10:20:30.456z", "2025-01-15T10:20:30.456Z"},
    {"2025-01-15 10:20:30.456", "2025-01-15T10:20:30.456Z"},
    {"2025-01-15 10:20:30", "2025-01-15T10:20:30.000Z"},
    {"2025-01-15", "2025-01-15T00:00:00.000Z"},
    {"2025-01-15T10:20:30", "2025-01-15T10:20:30.000Z"},
    {"2025-01-15T10:20:30Z", "2025-01-15T10:20:30.000Z"},
    {"2025-01-15T10:20", "2025-01-15T10:20:00.000Z"},
    {"2025-01-15T10:00Z", "2025-01-15T10:00:00.000Z"},
    {"2025-01-15T10:20+02:00", "2025-01-15T08:20:00.000Z"},
    {"2025-01-15T10:20:30+02:00", "2025-01-15T08:20:30.000Z"},
    {"2025-01-15T10:20:30-0530", "2025-01-15T15:50:30.000Z"},
    {"2025-01-15T10:20:30.5+02", "2025-01-15T08:20:30.500Z"},
    {"2025-01-15T10:20:30-00:00", "2025-01-15T10:20:30.000Z"},
    {"2025-01-15T10:20:30.0000Z", "2025-01-15T10:20:30.000Z"},
    {"2025-01-15T10:20:30.0001Z", "2025-01-15T10:20:30.0001Z"},
    {"2025-01-15T10:20:30.12Z", "2025-01-15T10:20:30.120Z"},
    {"2025-01-15T10:20:30.123456789012345678900+01:00", "2025-01-15T09:20:30.1234567890123456789Z"},
    {"0000-01-01T00:00:00.000Z", "0000-01-01T00:00:00.000Z"},
    {"9999-12-31T23:59:59.999Z", "9999-12-31T23:59:59.999Z"},
    {"+002025-01-15T10:20:30Z", "2025-01-15T10:20:30.000Z"},
    {"+000000-03-01", "0000-03-01T00:00:00.000Z"},
    {"+010000-01-01T00:00:00.000Z", "+010000-01-01T00:00:00.000Z"},
    {"-000001-12-31T22:00:00.000Z", "-000001-12-31T22:00:00.000Z"},
    {"-999999-01-01T00:00:00.000Z", "-999999-01-01T00:00:00.000Z"},
    {"+999999-12-31T23:59:59.999Z", "+999999-12-31T23:59:59.999Z"},
};
enum { ACCEPTED = sizeof accepted / sizeof *accepted };

static void every_documented_form_is_read(void **state) {
  (void)state;
  for (size_t i = 0; i < ACCEPTED; ++i) assert_reads(accepted[i][0], accepted[i][1]);
}

static void a_text_of_another_form_is_a_syntax_error(void **state) {
  (void)state;
  assert_all_refused(
      "|2|2025|2025-01|2025-1-15|25-01-15|2025-01-1|2025/01/15|20250115|now|20250115T100000Z|2025-015|"
      "2025-W03-3|12025-01-15|2025-01-15Z|2025-01-15+01:00|2025-01-15T|2025-01-15T1|2025-01-15T10|"
      "2025-01-15T10Z|2025-01-15T10:|2025-01-15T10:0|2025-01-15T10:00:|2025-01-15T10:00:0|"
      "2025-01-15T100000Z|2025-01-15T1:00:00|10:00:00|2025-01-15T10:00:00.|2025-01-15T10:00:00.Z|"
      "2025-01-15T10:00:00,5Z|2025-01-15T10:00.5Z|2025-01-15T10:00:00:00|2025-01-15T10:00:00 Z|"
      "2025-01-15T10:00:00ZZ|2025-01-15T10:00:00UTC| 2025-01-15|2025-01-15 |2025-01-15T10:00:00Z |"
      "\t2025-01-15|2025-01-15  10:00:00|2025-01-15\n10:00:00|2025-01-15_10:00:00|"
      "2025-01-15T10:00:00.5 +01:00|2025-01-15T10:00:00+|2025-01-15T10:00:00+1|2025-01-15T10:00:00+010|"
      "2025-01-15T10:00:00+1:00|2025-01-15T10:00:00+01:|2025-01-15T10:00:00+01:0|"
      "2025-01-15T10:00:00+01.00|2025-01-15T10:00:00+01:00:00|2025-01-15T10:00:00+0100Z|"
      "2025-01-15T10:00:00\342\210\22201:00|2025-01-15T10:00:00x01:00|-000000-01-01|+2025-01-15|"
      "-2025-01-15|+02025-01-15|+0002025-01-15|+0x0202-01-15|2025-0a-15|2025-01-1b|202x-01-15|"
      "2025-01-15T1x:00|2025-01-15T10:00:0x|2025--1-15|2025-13-01Q|1736899200000",
      STRATA_TIMESTAMP_SYNTAX);
}

static void a_nul_byte_is_text_like_any_other(void **state) {
  (void)state;
  char printed[ROOM];
  assert_int_equal(parse_exactly("2025-01-15\0", 11, printed), STRATA_TIMESTAMP_SYNTAX);
  assert_int_equal(parse_exactly("2025-01-15T10:00:00Z\0", 21, printed), STRATA_TIMESTAMP_SYNTAX);
  assert_int_equal(parse_exactly("2025-01-15T10:00:00.5\0005Z", 24, printed), STRATA_TIMESTAMP_SYNTAX);
}

static void a_day_or_time_or_offset_that_does_not_exist_is_refused(void **state) {
  (void)state;
  assert_all_refused(
      "2025-00-15|2025-13-01|2025-01-00|2025-01-32|2025-02-30|2025-04-31|2025-06-31|2025-09-31|"
      "2025-11-31|2025-12-32|2025-99-99|2025-01-15T24:00:00|2025-01-15T24:00:00Z|2025-01-15T25:00|"
      "2025-01-15T10:60|2025-01-15T23:59:60Z|2016-12-31T23:59:60Z|2025-01-15T10:00:61Z|"
      "2025-01-15T10:00+24|2025-01-15T10:00-24:00|2025-01-15T10:00+0060|2025-01-15T10:00-01:99|"
      "+010001-02-29|+999999-13-01",
      STRATA_TIMESTAMP_NONEXISTENT);
}

static void february_has_29_days_in_leap_years_only(void **state) {
  (void)state;
  static const char *const leap[] = {"2000", "2024", "0000", "0004", "+010000", "-000004", "-000400"};
  static const char *const common[] = {"1900", "2100", "2025", "0100", "+010100", "-000001", "-000200"};
  char text[ROOM], expected[ROOM];
  for (size_t i = 0; i < sizeof leap / sizeof *leap; ++i) {
    snprintf(text, sizeof text, "%s-02-29", leap[i]);
    snprintf(expected, sizeof expected, "%s-02-29T00:00:00.000Z", leap[i]);
    assert_reads(text, expected);
    snprintf(text, sizeof text, "%s-02-30", leap[i]);
    assert_refuses(text, strlen(text), STRATA_TIMESTAMP_NONEXISTENT);
    snprintf(text, sizeof text, "%s-02-29", common[i]);
    assert_refuses(text, strlen(text), STRATA_TIMESTAMP_NONEXISTENT);
  }
}

static void a_year_that_six_digits_do_not_hold_is_out_of_range(void **state) {
  (void)state;
  assert_all_refused("-999999-01-01T00:00:00+00:01|-999999-01-01T00:00+23:59|+999999-12-31T23:59:00-00:01|"
                     "+999999-12-31T23:59:59.999999-23",
                     STRATA_TIMESTAMP_RANGE);
  assert_reads("-999999-01-01T00:01+00:01", "-999999-01-01T00:00:00.000Z");
  assert_reads("+999999-12-31T23:58-00:01", "+999999-12-31T23:59:00.000Z");
}

static void an_offset_moves_across_midnight_and_years(void **state) {
  (void)state;
  assert_reads("2025-01-15T00:30:00+01:00", "2025-01-14T23:30:00.000Z");
  assert_reads("2025-01-01T00:00:00+00:01", "2024-12-31T23:59:00.000Z");
  assert_reads("2024-12-31T23:30:00-01:00", "2025-01-01T00:30:00.000Z");
  assert_reads("2024-03-01T01:00+02", "2024-02-29T23:00:00.000Z");
  assert_reads("2025-02-28T12:00:00-2359", "2025-03-01T11:59:00.000Z");
  assert_reads("1970-01-01T00:00:00.5+00:01", "1969-12-31T23:59:00.500Z");
  assert_reads("0000-01-01T00:00:00+02:00", "-000001-12-31T22:00:00.000Z");
  assert_reads("9999-12-31T23:00:00-02:00", "+010000-01-01T01:00:00.000Z");
  assert_reads("-000001-12-31T23:00-01:00", "0000-01-01T00:00:00.000Z");
  assert_reads("+010000-01-01T00:00+00:01", "9999-12-31T23:59:00.000Z");
}

static void every_offset_counts_in_all_its_spellings(void **state) {
  (void)state;
  static const char *const spellings[] = {"%02d:%02d", "%02d%02d"};
  for (int offset = 0; offset < 24 * 60; ++offset) {
    for (int way = 0; way < 4; ++way) {
      char text[ROOM] = "1970-01-01T00:00:00";
      text[19] = way < 2 ? '+' : '-';
      snprintf(text + 20, sizeof text - 20, spellings[way % 2], offset / 60, offset % 60);
      strata_timestamp value;
      assert_int_equal(strata_timestamp_parse(text, strlen(text), &value), STRATA_TIMESTAMP_OK);
      assert_int_equal(value.seconds, (way < 2 ? -60 : 60) * offset);
    }
  }
}

/* A calendar that can only go from one day to the next. */
typedef struct day {
  int64_t number; /* since 1970-01-01 */
  int year, month, of_month;
} day;

/* Step to the next day. */
static void next_day(day *d) {
  static const int lengths[] = {31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
  bool leap = d->year % 400 == 0 || (d->year % 4 == 0 && d->year % 100 != 0);
  int length = lengths[d->month - 1] + (leap && d->month == 2 ? 1 : 0);
  ++d->number;
  if (++d->of_month <= length) return;
  d->of_month = 1;
  if (++d->month <= 12) return;
  d->month = 1;
  ++d->year;
}

/* The text of a day is its midnight, and that prints as the text. */
static void check_day(const day *d) {
  char text[ROOM], printed[ROOM];
  bool long_year = d->year < 0 || d->year > 9999;
  int length = snprintf(text, sizeof text, long_year ? "%+07d" : "%04d", d->year);
  length += snprintf(text + length, sizeof text - (size_t)length, "-%02d-%02dT00:00:00.000Z", d->month,
                     d->of_month);
  strata_timestamp value;
  strata_timestamp_status status = strata_timestamp_parse(text, (size_t)length, &value);
  if (status != STRATA_TIMESTAMP_OK || value.seconds != d->number * 86400) fail_msg("%s is misread", text);
  if (strata_timestamp_from_milliseconds(d->number * 86400000, &value) != STRATA_TIMESTAMP_OK) fail();
  print_text(&value, STRATA_TIMESTAMP_DOCUMENT, printed);
  if (strcmp(printed, text) != 0) fail_msg("%s is printed as %s", text, printed);
}

static void every_day_of_ten_thousand_years_is_read_and_printed(void **state) {
  (void)state;
  const day first = {.number = 0, .year = -5, .month = 1, .of_month = 1};
  day d = first;
  while (d.year < 1970) next_day(&d);
  int64_t days_to_1970 = d.number;
  d = first;
  d.number = -days_to_1970;
  for (; d.year < 10006; next_day(&d)) check_day(&d);
}

static void every_second_of_a_day_and_millisecond_of_a_second_is_kept(void **state) {
  (void)state;
  char text[ROOM];
  strata_timestamp value;
  for (int second = 0; second < 86400; ++second) {
    int milliseconds = second % 1000;
    snprintf(text, sizeof text, "1970-01-01T%02d:%02d:%02d.%03dZ", second / 3600, second / 60 % 60,
             second % 60, milliseconds);
    assert_int_equal(strata_timestamp_parse(text, strlen(text), &value), STRATA_TIMESTAMP_OK);
    assert_true(value.seconds == second && value.milliseconds == milliseconds && !value.fraction);
    assert_prints(&value, text);
    assert_int_equal(strata_timestamp_from_milliseconds(second * INT64_C(1000) + milliseconds, &value), 0);
    assert_prints(&value, text);
  }
}

/* So many milliseconds print as `expected`. */
static void assert_milliseconds(int64_t milliseconds, const char *expected) {
  strata_timestamp value;
  assert_int_equal(strata_timestamp_from_milliseconds(milliseconds, &value), STRATA_TIMESTAMP_OK);
  assert_prints(&value, expected);
}

static void milliseconds_before_1970_round_down(void **state) {
  (void)state;
  assert_milliseconds(0, "1970-01-01T00:00:00.000Z");
  assert_milliseconds(1736934131123, "2025-01-15T09:42:11.123Z");
  assert_milliseconds(-1, "1969-12-31T23:59:59.999Z");
  assert_milliseconds(-999, "1969-12-31T23:59:59.001Z");
  assert_milliseconds(-1000, "1969-12-31T23:59:59.000Z");
  assert_milliseconds(-1001, "1969-12-31T23:59:58.999Z");
}

static void milliseconds_reach_as_far_as_six_digits_do(void **state) {
  (void)state;
  static const int64_t first = -INT64_C(31619087596800000), last = INT64_C(31494784780799999);
  static const int64_t outside[] = {INT64_MIN, INT64_MIN + 1, INT64_MAX, INT64_MAX - 1, first - 1, last + 1};
  assert_milliseconds(INT64_C(8640000000000000), "+275760-09-13T00:00:00.000Z");
  assert_milliseconds(-INT64_C(8640000000000000), "-271821-04-20T00:00:00.000Z");
  assert_milliseconds(first, "-999999-01-01T00:00:00.000Z");
  assert_milliseconds(last, "+999999-12-31T23:59:59.999Z");
  for (size_t i = 0; i < sizeof outside / sizeof *outside; ++i) {
    strata_timestamp value = {.seconds = 42};
    assert_int_equal(strata_timestamp_from_milliseconds(outside[i], &value), STRATA_TIMESTAMP_RANGE);
    assert_int_equal(value.seconds, 42);
  }
}

static void too_little_room_tells_the_length_and_writes_nothing_past_it(void **state) {
  (void)state;
  static const char text[] = "-000001-12-31T22:00:00.12345Z";
  size_t length = sizeof text - 1;
  strata_timestamp value;
  assert_int_equal(strata_timestamp_parse(text, length, &value), STRATA_TIMESTAMP_OK);
  assert_int_equal(strata_timestamp_print(&value, STRATA_TIMESTAMP_STORED, NULL, 0), length + 5);
  for (size_t capacity = 0; capacity <= length; ++capacity) {
    char *out = malloc(capacity ? capacity : 1);
    assert_non_null(out);
    assert_int_equal(strata_timestamp_print(&value, STRATA_TIMESTAMP_DOCUMENT, out, capacity), length);
    if (capacity == length) assert_int_equal(memcmp(out, text, length), 0);
    free(out);
  }
}

static void a_million_fraction_digits_are_kept(void **state) {
  (void)state;
  static const char head[] = "2025-01-15T10:20:30.";
  size_t digits = 1000000, start = sizeof head - 1, zeros = 1000;
  char *text = malloc(start + digits + zeros + 1), *out = malloc(start + digits + 1);
  assert_true(text && out);
  memcpy(text, head, start);
  for (size_t i = 0; i < digits; ++i) text[start + i] = (char)('1' + i % 9);
  memset(text + start + digits, '0', zeros);
  text[start + digits + zeros] = 'Z';
  strata_timestamp value;
  assert_int_equal(strata_timestamp_parse(text, start + digits + zeros + 1, &value), STRATA_TIMESTAMP_OK);
  assert_int_equal(value.fraction_length, digits);
  assert_int_equal(value.milliseconds, 123);
  size_t length = strata_timestamp_print(&value, STRATA_TIMESTAMP_DOCUMENT, out, start + digits + 1);
  assert_int_equal(length, start + digits + 1);
  assert_int_equal(memcmp(out, text, length - 1), 0);
  assert_int_equal(out[length - 1], 'Z');
  free(text);
  free(out);
}

static void no_time_zone_of_the_machine_has_a_say(void **state) {
  (void)state;
  static const char *const zones[] = {"UTC0", "America/New_York", "EST5EDT,M3.2.0,M11.1.0", "XYZ-14"};
  for (size_t i = 0; i < sizeof zones / sizeof *zones; ++i) {
    assert_int_equal(setenv("TZ", zones[i], 1), 0);
    tzset();
    assert_reads("2025-07-15T10:20:30", "2025-07-15T10:20:30.000Z");
    assert_reads("2025-07-15", "2025-07-15T00:00:00.000Z");
    assert_milliseconds(1736934131123, "2025-01-15T09:42:11.123Z");
    assert_true(strata_timestamp_now().seconds - time(NULL) <= 0);
    assert_true(time(NULL) - strata_timestamp_now().seconds <= 1);
  }
  assert_int_equal(unsetenv("TZ"), 0);
  tzset();
}

static void now_has_milliseconds_and_does_not_go_back(void **state) {
  (void)state;
  strata_timestamp before = strata_timestamp_now(), after = strata_timestamp_now();
  assert_true(before.milliseconds >= 0 && before.milliseconds <= 999 && !before.fraction);
  assert_true(after.seconds * 1000 + after.milliseconds >= before.seconds * 1000 + before.milliseconds);
}

static void every_truncation_and_changed_byte_stays_in_bounds(void **state) {
  (void)state;
  char text[ROOM], printed[ROOM];
  for (size_t i = 0; i < ACCEPTED; ++i) {
    size_t length = strlen(accepted[i][0]);
    for (size_t cut = 0; cut < length; ++cut) parse_exactly(accepted[i][0], cut, printed);
    for (size_t at = 0; at < length; ++at) {
      memcpy(text, accepted[i][0], length);
      for (int byte = 0; byte < 256; ++byte) {
        text[at] = (char)byte;
        parse_exactly(text, length, printed);
      }
    }
  }
}

/* A number below `bound` from a sequence that is the same on every run (xorshift). */
static size_t draw(uint64_t *seed, size_t bound) {
  *seed ^= *seed << 13;
  *seed ^= *seed >> 7;
  *seed ^= *seed << 17;
  return (size_t)(*seed % bound);
}

static void random_texts_stay_in_bounds_and_what_is_read_is_stable(void **state) {
  (void)state;
  static const char likely[] = "0123456789-+:.TtZz ,0123456789";
  uint64_t seed = UINT64_C(88172645463325252);
  size_t read = 0;
  for (int round = 0; round < 200000; ++round) {
    char text[ROOM], printed[ROOM];
    const char *base = accepted[draw(&seed, ACCEPTED)][0];
    size_t length = strlen(base);
    memcpy(text, base, length);
    if (round % 8 == 0) length = draw(&seed, 64);
    size_t changes = round % 8 == 0 ? length : draw(&seed, 4);
    for (size_t i = 0; i < changes && length > 0; ++i) {
      size_t at = round % 8 == 0 ? i : draw(&seed, length);
      text[at] = round % 16 == 0 ? (char)draw(&seed, 256) : likely[draw(&seed, sizeof likely - 1)];
    }
    if (parse_exactly(text, length, printed) == STRATA_TIMESTAMP_OK) ++read;
  }
  assert_true(read > 10000); /* otherwise the changes are too wild to test anything but refusals */
}

/* The short cut accepts exactly the texts that parsing and printing would give back. */
static void what_rows_store_is_known_by_sight(void **state) {
  (void)state;
  static const char likely[] = "0123456789-:.TZ +";
  uint64_t seed = 7;
  long yes = 0;
  for (int round = 0; round < 400000; round++) {
    char text[32], printed[ROOM], document[ROOM], expected[ROOM];
    snprintf(text, sizeof text, "%04d-%02d-%02dT%02d:%02d:%02d.%03d+00:00", (int)draw(&seed, 10000),
             (int)draw(&seed, 14), (int)draw(&seed, 33), (int)draw(&seed, 25), (int)draw(&seed, 61),
             (int)draw(&seed, 61), (int)draw(&seed, 1000));
    if (round % 3 == 0) text[draw(&seed, 29)] = likely[draw(&seed, sizeof likely - 1)];
    strata_timestamp value;
    bool same = strata_timestamp_parse(text, 29, &value) == STRATA_TIMESTAMP_OK;
    if (same) print_text(&value, STRATA_TIMESTAMP_STORED, printed);
    same = same && strcmp(printed, text) == 0;
    if (strata_timestamp_is_stored(text, 29) != same) fail_msg("%s: the short cut is wrong", text);
    assert_false(strata_timestamp_is_stored(text, 28));
    if (!same) continue;
    print_text(&value, STRATA_TIMESTAMP_DOCUMENT, document);
    snprintf(expected, sizeof expected, "%.23sZ", text);
    assert_string_equal(document, expected);
    yes++;
  }
  assert_true(yes > 100000);
  assert_false(strata_timestamp_is_stored("+010000-01-01T00:00:00.000+00:00", 32));
  assert_false(strata_timestamp_is_stored("2025-01-15T00:00:00.0000+00:00", 30));
  assert_true(strata_timestamp_is_stored("2025-01-15T00:00:00.000+00:00x", 29));
}

int main(void) {
  static const struct CMUnitTest tests[] = {
      cmocka_unit_test(every_documented_form_is_read),
      cmocka_unit_test(a_text_of_another_form_is_a_syntax_error),
      cmocka_unit_test(a_nul_byte_is_text_like_any_other),
      cmocka_unit_test(a_day_or_time_or_offset_that_does_not_exist_is_refused),
      cmocka_unit_test(february_has_29_days_in_leap_years_only),
      cmocka_unit_test(a_year_that_six_digits_do_not_hold_is_out_of_range),
      cmocka_unit_test(an_offset_moves_across_midnight_and_years),
      cmocka_unit_test(every_offset_counts_in_all_its_spellings),
      cmocka_unit_test(every_day_of_ten_thousand_years_is_read_and_printed),
      cmocka_unit_test(every_second_of_a_day_and_millisecond_of_a_second_is_kept),
      cmocka_unit_test(milliseconds_before_1970_round_down),
      cmocka_unit_test(milliseconds_reach_as_far_as_six_digits_do),
      cmocka_unit_test(too_little_room_tells_the_length_and_writes_nothing_past_it),
      cmocka_unit_test(a_million_fraction_digits_are_kept),
      cmocka_unit_test(no_time_zone_of_the_machine_has_a_say),
      cmocka_unit_test(now_has_milliseconds_and_does_not_go_back),
      cmocka_unit_test(every_truncation_and_changed_byte_stays_in_bounds),
      cmocka_unit_test(what_rows_store_is_known_by_sight),
      cmocka_unit_test(random_texts_stay_in_bounds_and_what_is_read_is_stable),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
