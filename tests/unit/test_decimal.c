/*
** test_decimal.c: what decimal.h promises, promise by promise.
**
** Each test is a table of cases with answers written by hand, except the last one: it
** compares random doubles (from a fixed seed) with the C library. Takes about a second.
** prove_decimal.c does the same for a hundred million doubles.
*/
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <float.h>
#include <locale.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "decimal.h"

#define COUNT(array) (sizeof(array) / sizeof(array)[0])
#define LONG_TEXT 1000000
#define LONG_TIME (10 * CLOCKS_PER_SEC) /* it takes milliseconds; quadratic time would take minutes */

/* Read a text, which must have this status. */
static strata_number read_as(const char *text, strata_decimal_status status) {
  strata_number n;
  strata_decimal_status got = strata_decimal_to_number(text, strlen(text), &n);
  if (got != status) fail_msg("'%s': status %d, not %d", text, got, status);
  return n;
}

/* The text must become this integer. */
static void is_integer(const char *text, int64_t value) {
  strata_number n = read_as(text, STRATA_DECIMAL_OK);
  if (n.is_real || n.integer != value) fail_msg("'%s' is not stored as the integer", text);
}

/* The text must become this double, with the same sign if it is a zero. */
static void is_real(const char *text, double value, strata_decimal_status status) {
  strata_number n = read_as(text, status);
  if (!n.is_real || memcmp(&n.real, &value, sizeof value) != 0)
    fail_msg("'%s' is %.17g, not %.17g", text, n.real, value);
}

static void are_real(const char *const *texts, const double *values, size_t count,
                     strata_decimal_status status) {
  for (size_t i = 0; i < count; i++) is_real(texts[i], values[i], status);
}

/* The output must be `expected`, and nothing may have been written after it. */
static void is_printed(const char *what, const char *out, size_t length, const char *expected) {
  if (length != strlen(expected) || memcmp(out, expected, length) != 0)
    fail_msg("%s printed as '%.*s', not '%s'", what, (int)length, out, expected);
  assert_int_equal(out[length], '#');
}

/* Print a text with exactly the room that it takes; with less room the length must be the same. */
static void text_prints(const char *text, int scale, const char *expected) {
  char out[64];
  size_t length, need, capacity;
  memset(out, '#', sizeof out);
  assert_int_equal(strata_decimal_print_text(text, strlen(text), scale, NULL, 0, &need), STRATA_DECIMAL_OK);
  for (capacity = 1; capacity <= need; capacity++) {
    strata_decimal_print_text(text, strlen(text), scale, out, capacity, &length);
    assert_int_equal(length, need);
    assert_int_equal(out[capacity], '#');
  }
  is_printed(text, out, length, expected);
}

/* Print a double in the same ways. */
static void real_prints(double value, int scale, const char *expected) {
  char out[STRATA_DECIMAL_REAL_LENGTH + 16];
  size_t length, need;
  memset(out, '#', sizeof out);
  assert_int_equal(strata_decimal_print_real(value, scale, NULL, 0, &need), STRATA_DECIMAL_OK);
  strata_decimal_print_real(value, scale, out, need - 1, &length);
  assert_int_equal(length, need);
  assert_int_equal(out[need - 1], '#');
  strata_decimal_print_real(value, scale, out, need, &length);
  is_printed(expected, out, length, expected);
}

static void integer_prints(int64_t value, int scale, const char *expected) {
  char out[64];
  size_t length;
  memset(out, '#', sizeof out);
  strata_decimal_print_integer(value, scale, out, 0, &length);
  strata_decimal_print_integer(value, scale, out, length, &length);
  is_printed(expected, out, length, expected);
}

static void number_prints(double value, const char *expected) {
  char out[33];
  memset(out, '#', sizeof out);
  is_printed(expected, out, strata_decimal_print_number(value, out), expected);
}

static bool equal(const char *a, const char *b) {
  bool there = strata_decimal_equal(a, strlen(a), b, strlen(b));
  assert_int_equal(there, strata_decimal_equal(b, strlen(b), a, strlen(a)));
  return there;
}

/* These tests are tables, with several cases on a line. */
/* clang-format off */

static void every_form_of_decimal_is_read(void **state) {
  static const char *const tens[] = {
      "10", "+10", "10.", "10.0", "010", "1e1", "1E1", "1e+1", "100e-1", ".1e2", "+.1e+02", "1.e1", "000.1e2",
      "10.e0", "1e0001", "10e-0", "10e+0", "1.0e1", "0.10e2", "1000e-2", "10.00", "+10.e-0"};
  (void)state;
  for (size_t i = 0; i < COUNT(tens); i++) is_integer(tens[i], 10);
  is_real(".5", 0.5, STRATA_DECIMAL_OK);
  is_real("-.5", -0.5, STRATA_DECIMAL_OK);
  is_real("+5e-1", 0.5, STRATA_DECIMAL_OK);
}

static void nothing_else_is_read(void **state) {
  static const char *const refused[] = {
      "", ".", "+", "-", "+.", "-.e1", "e1", ".e1", "1e", "1e+", "1e-", "1e1.5", "1,5", "1.2.3", "..1", "--1",
      "+-1", "1-", " 1", "1 ", "1 0", "\t1", "1\n", "0x10", "1f", "1_000", "nan", "inf", "-inf", "1e5e5",
      "1e 5", "1e5 ", "\xd9\xa1", "1'000", "1d5", "NULL", "1e++5", "- 1", "1e5.", "1.-5", "Infinity"};
  char out[8];
  size_t i, length;
  strata_number n;
  (void)state;
  for (i = 0; i < COUNT(refused); i++) {
    read_as(refused[i], STRATA_DECIMAL_SYNTAX);
    assert_int_equal(strata_decimal_print_text(refused[i], strlen(refused[i]), 0, out, 8, &length),
                     STRATA_DECIMAL_SYNTAX);
    assert_false(equal(refused[i], refused[i]));
    assert_false(equal("1", refused[i]));
  }
  assert_int_equal(strata_decimal_to_number(NULL, 0, &n), STRATA_DECIMAL_SYNTAX);
  assert_int_equal(strata_decimal_to_number("1\0", 2, &n), STRATA_DECIMAL_SYNTAX);
  assert_true(strata_decimal_to_number("12x", 2, &n) == STRATA_DECIMAL_OK && n.integer == 12);
}

static void integral_values_in_64_bits_are_integers(void **state) {
  static const char *const zeros[] = {
      "0", "-0", "+0", "0.0", "-0.00", ".0", "0.", "000", "0e5", "-0e-999999", "0e99999999999999999999"};
  static const char *const texts[] = {
      "9223372036854775806", "9007199254740992", "9223372036854775807", "-9223372036854775808",
      "-9223372036854775807", "-9.223372036854775808e18", "9223372036854775807.000",
      "0000000000000000000000000009223372036854775807", "922337203685477580700000e-5", "922337203685477580e1",
      "9007199254740991", "9007199254740993", "-9007199254740993", "1e18", "1.50e1", "-250.00"};
  static const int64_t values[] = {
      INT64_MAX - 1, 9007199254740992, INT64_MAX, INT64_MIN, INT64_MIN + 1, INT64_MIN, INT64_MAX, INT64_MAX,
      INT64_MAX, INT64_MAX - 7, 9007199254740991, 9007199254740993, -9007199254740993, 1000000000000000000,
      15, -250};
  (void)state;
  for (size_t i = 0; i < COUNT(zeros); i++) is_integer(zeros[i], 0);
  for (size_t i = 0; i < COUNT(texts); i++) is_integer(texts[i], values[i]);
}

static void integral_values_beyond_64_bits_are_doubles_if_exact(void **state) {
  static const char *const good[] = {
      "9223372036854776000", "-9223372036854776000", "1e19", "1e21", "-1e22", "1e23",
      "1000000000000000000000.00", "792281625142643400000"};
  static const double good_values[] = {
      9223372036854775808.0, -9223372036854775808.0, 1e19, 1e21, -1e22, 1e23, 1e21, 7.922816251426434e20};
  static const char *const bad[] = {
      "9223372036854775808", "-9223372036854775809", "18446744073709551616", "99999999999999999999",
      "792281625142643375935"};
  static const double bad_values[] = {
      9223372036854775808.0, -9223372036854775808.0, 18446744073709551616.0, 1e20, 7.922816251426434e20};
  (void)state;
  are_real(good, good_values, COUNT(good), STRATA_DECIMAL_OK);
  are_real(bad, bad_values, COUNT(bad), STRATA_DECIMAL_INEXACT);
}

static void fractions_are_doubles_whose_shortest_digits_they_are(void **state) {
  static const char *const good[] = {
      "0.1", "-0.10", "1e-8", "0.00000001", "123456.78", "0.30000000000000004", "3.141592653589793",
      "9007199254740991e-1", "1e-22", "1e-23", "1.7976931348623157e308", "-1.7976931348623157e+308", "1e308",
      "2.2250738585072014e-308", "2.225073858507201e-308", "5e-324", "1e-323", "1.5e-323", "123e-322",
      "5.684341886080802e-14", "5.684341886080801e-14", "9.5367431640625e-7", "2e-308"};
  static const double good_values[] = {
      0.1, -0.1, 1e-8, 1e-8, 123456.78, 0.30000000000000004, 3.141592653589793, 900719925474099.1, 1e-22,
      1e-23, DBL_MAX, -DBL_MAX, 1e308, DBL_MIN, 2.225073858507201e-308, 5e-324, 1e-323, 1.5e-323, 1.23e-320,
      0x1p-44, 0x1.fffffffffffffp-45, 0x1p-20, 2e-308};
  static const char *const bad[] = {
      "123456789012.12345678", "0.30000000000000005", "0.1000000000000000055511151231257827",
      "0.10000000000000001", "1.7976931348623158e308", "4.9406564584124654e-324", "4e-324", "3e-324",
      "6e-324", "1.2e-323", "9e-324", "2.2250738585072011e-308", "5.6843418860808015e-14",
      "900719925474099.15", "9.139762829599804", "1e-400", "-1e-400", "2e-324", "1e-99999999999999999999999"};
  static const double bad_values[] = {
      123456789012.12345678, 0.30000000000000004, 0.1, 0.1, DBL_MAX, 5e-324, 5e-324, 5e-324, 5e-324, 1e-323,
      1e-323, 2.225073858507201e-308, 0x1p-44, 900719925474099.1, 9.139762829599803, 0.0, -0.0, 0.0, 0.0};
  (void)state;
  are_real(good, good_values, COUNT(good), STRATA_DECIMAL_OK);
  are_real(bad, bad_values, COUNT(bad), STRATA_DECIMAL_INEXACT);
}

static void what_no_double_reaches_is_out_of_range(void **state) {
  static const char *const beyond[] = {
      "1e400", "-1e400", "1.7976931348623159e308", "1e309", "0.0001e313", "1e9223372036854775808",
      "12345678901234567890123e18446744073709551616"};
  (void)state;
  for (size_t i = 0; i < COUNT(beyond); i++)
    is_real(beyond[i], beyond[i][0] == '-' ? -HUGE_VAL : HUGE_VAL, STRATA_DECIMAL_RANGE);
}

static void a_text_is_printed_digit_for_digit(void **state) {
  static const char *const plain[] = {
      "1.50", "1.50", "007", "7", ".5", "0.5", "5.", "5", "-0.00", "0.00", "+5", "5", "-0", "0",
      "1e-8", "0.00000001", "1.50e1", "15.0", "1.50e2", "150", "1.50e3", "1500", "1.50e-1", "0.150",
      "-12.5E-2", "-0.125", "-12.5e-4", "-0.00125", "0.0012e2", "0.12", "0.0012e4", "12", "0.0012e3", "1.2",
      "0e3", "0", "0.00e1", "0.0", "0e-3", "0.000", "-0e-3", "0.000", "000.e0", "0", "10.e-1", "1.0"};
  static const char *const cents[] = {
      "5", "5.00", "5.", "5.00", "1.5", "1.50", "1.505", "1.505", "1.500", "1.500", "0", "0.00", "-0", "0.00",
      "1e2", "100.00", "9007199254740993.10", "9007199254740993.10"};
  static const char *const eight[] = {
      "1", "1.00000000", "-1e-8", "-0.00000001", "1e-9", "0.000000001",
      "123456789012345678901234567890.123456789", "123456789012345678901234567890.123456789"};
  (void)state;
  for (size_t i = 0; i < COUNT(plain); i += 2) text_prints(plain[i], 0, plain[i + 1]);
  for (size_t i = 0; i < COUNT(cents); i += 2) text_prints(cents[i], 2, cents[i + 1]);
  for (size_t i = 0; i < COUNT(eight); i += 2) text_prints(eight[i], 8, eight[i + 1]);
  text_prints("1.5", -3, "1.5");
}

static void a_double_is_printed_plainly_with_at_least_the_scale(void **state) {
  static const double plain_values[] = {
      250, 0.0, 999999999999999.0, 99999999999999.95, 9007199254740993.0, 1e23,
      79228162514264337593543950335.0, 0x1p-44};
  static const char *const as_plain[] = {
      "250", "0", "999999999999999", "99999999999999.95", "9007199254740992", "100000000000000000000000",
      "79228162514264340000000000000", "0.00000000000005684341886080802"};
  static const double cents_values[] = {0.1, -1234.5, 1234.5678, 1e-8, 250, -0.0, 0.30000000000000004, 1e21};
  static const char *const as_cents[] = {
      "0.10", "-1234.50", "1234.5678", "0.00000001", "250.00", "0.00", "0.30000000000000004",
      "1000000000000000000000.00"};
  (void)state;
  for (size_t i = 0; i < COUNT(plain_values); i++) real_prints(plain_values[i], 0, as_plain[i]);
  for (size_t i = 0; i < COUNT(cents_values); i++) real_prints(cents_values[i], 2, as_cents[i]);
  real_prints(0.1, 8, "0.10000000");
}

static void a_json_number_is_what_ecmascript_prints(void **state) {
  static const double values[] = {
      0.0, -0.0, -1.5, 1e-6, 1.5e-6, 1e-7, -1.25e-7, 123456789012345680000.0, 1e21, 1.5e21, 5e-324, -DBL_MAX,
      DBL_MIN, -1.2345678901234567e-6, 0x1p-44, 9007199254740992.0};
  static const char *const printed[] = {
      "0", "0", "-1.5", "0.000001", "0.0000015", "1e-7", "-1.25e-7", "123456789012345680000", "1e+21",
      "1.5e+21", "5e-324", "-1.7976931348623157e+308", "2.2250738585072014e-308", "-0.0000012345678901234567",
      "5.684341886080802e-14", "9007199254740992"};
  (void)state;
  for (size_t i = 0; i < COUNT(values); i++) number_prints(values[i], printed[i]);
}

static void equal_means_the_same_number(void **state) {
  static const char *const same[] = {
      "1.5", "1.50", "1.5", "+015e-1", "-0", "0.00e7", "1000", "1e3", "0.001", "1e-3",
      "1e99999999999999999999", "10.0e99999999999999999998",
      "1e-100000000000000000000", "0.1e-99999999999999999999", "1e00000000000000000000003", "1000"};
  static const char *const different[] = {
      "1e99999999999999999999", "1e99999999999999999998", "1e99999999999999999999", "1e-99999999999999999999",
      "1e9223372036854775807", "1e-9223372036854775808", "1.5", "-1.5", "1", "10", "0", "1e-400",
      "9007199254740992", "9007199254740993", "0.1", "0.1000000000000000055511151231257827", "12", "13",
      "x", "x"};
  (void)state;
  for (size_t i = 0; i < COUNT(same); i += 2) assert_true(equal(same[i], same[i + 1]));
  for (size_t i = 0; i < COUNT(different); i += 2) assert_false(equal(different[i], different[i + 1]));
}

static void an_integer_is_printed_with_the_scale(void **state) {
  (void)state;
  integer_prints(0, 0, "0"), integer_prints(0, 2, "0.00");
  integer_prints(-10, 0, "-10"), integer_prints(-99, 2, "-99.00");
  integer_prints(INT64_MAX, 0, "9223372036854775807");
  integer_prints(INT64_MIN, 0, "-9223372036854775808");
  integer_prints(INT64_MIN, 2, "-9223372036854775808.00");
}

/* clang-format on */

/* The text is a decimal number, but one with too many zeros to be written out. */
static void too_large_to_print(const char *text) {
  size_t length;
  assert_int_equal(strata_decimal_print_text(text, strlen(text), 0, NULL, 0, &length), STRATA_DECIMAL_RANGE);
}

static void zeros_are_written_out_up_to_a_bound(void **state) {
  static const char *const beyond[] = {"1e4097", "1e-4097", "0e4097", "1e99999999999999999999",
                                       "1e-99999999999999999999"};
  char out[STRATA_DECIMAL_MAX_EXPONENT + 8];
  size_t i, length;
  (void)state;
  assert_int_equal(strata_decimal_print_text("-1e4096", 7, 0, out, sizeof out, &length), STRATA_DECIMAL_OK);
  assert_true(length == 4098 && memcmp(out, "-10", 3) == 0 && out[4097] == '0');
  assert_int_equal(strata_decimal_print_text("1e-4096", 7, 0, out, sizeof out, &length), STRATA_DECIMAL_OK);
  assert_true(length == 4098 && memcmp(out, "0.0", 3) == 0 && out[4097] == '1');
  for (i = 0; i < COUNT(beyond); i++) too_large_to_print(beyond[i]);
}

static void every_double_fits_the_stated_length(void **state) {
  char out[STRATA_DECIMAL_REAL_LENGTH], text[400] = "0.";
  size_t length;
  (void)state;
  memset(text + 2, '0', 323);
  strcpy(text + 325, "5");
  real_prints(5e-324, 0, text);
  memset(text, '0', sizeof text);
  memcpy(text, "-17976931348623157", 18);
  text[310] = '\0';
  real_prints(-DBL_MAX, 0, text);
  strata_decimal_print_real(-DBL_MIN, 0, out, sizeof out, &length);
  assert_in_range(length, 327, STRATA_DECIMAL_REAL_LENGTH);
  assert_int_equal(strata_decimal_print_real(HUGE_VAL, 0, out, sizeof out, &length), STRATA_DECIMAL_RANGE);
  assert_int_equal(strata_decimal_print_real(-HUGE_VAL, 0, out, sizeof out, &length), STRATA_DECIMAL_RANGE);
  assert_int_equal(strata_decimal_print_number(HUGE_VAL, out), 0);
  assert_int_equal(strata_decimal_print_real((double)NAN, 0, out, sizeof out, &length), STRATA_DECIMAL_RANGE);
}

/* A text of a million digits between `before` and `after`; the caller frees it. */
static char *long_text(const char *before, char digit, const char *after) {
  char *text = malloc(LONG_TEXT + strlen(before) + strlen(after) + 1);
  assert_non_null(text);
  strcpy(text, before);
  memset(text + strlen(before), digit, LONG_TEXT);
  strcpy(text + strlen(before) + LONG_TEXT, after);
  return text;
}

/* Print a long text; the output must begin and end like this. */
static void long_prints(const char *text, size_t expected, const char *begin, const char *end) {
  char *out = malloc(2 * LONG_TEXT);
  size_t length;
  assert_non_null(out);
  assert_int_equal(strata_decimal_print_text(text, strlen(text), 0, out, 2 * LONG_TEXT, &length),
                   STRATA_DECIMAL_OK);
  assert_int_equal(length, expected);
  assert_int_equal(memcmp(out, begin, strlen(begin)), 0);
  assert_int_equal(memcmp(out + length - strlen(end), end, strlen(end)), 0);
  free(out);
}

static void a_million_digits_are_no_trouble(void **state) {
  clock_t begin = clock();
  char *text = long_text("1", '0', ""), *other = long_text("", '9', "e-999999");
  (void)state;
  is_real(text, HUGE_VAL, STRATA_DECIMAL_RANGE);
  is_real(other, 10.0, STRATA_DECIMAL_INEXACT);
  assert_false(equal(text, other));
  assert_true(equal(text, "1e1000000"));
  long_prints(text, LONG_TEXT + 1, "1000", "000");
  free(text), free(other);
  text = long_text("-", '0', "1.5");
  is_real(text, -1.5, STRATA_DECIMAL_OK);
  long_prints(text, 4, "-1.5", "1.5");
  free(text);
  text = long_text("0.", '0', "15e1000001"), other = long_text("1.5", '0', "");
  is_real(text, 1.5, STRATA_DECIMAL_OK);
  is_real(other, 1.5, STRATA_DECIMAL_OK);
  assert_true(equal(text, other));
  long_prints(other, LONG_TEXT + 3, "1.5", "000");
  free(text), free(other);
  /* just over half an ulp above 1, then exactly half */
  text = long_text("1.00000000000000011102230246251565404236316680908203125", '0', "1");
  is_real(text, 1.0 + DBL_EPSILON, STRATA_DECIMAL_INEXACT);
  text[strlen(text) - 1] = '0';
  is_real(text, 1.0, STRATA_DECIMAL_INEXACT);
  free(text);
  assert_true(clock() - begin < LONG_TIME);
}

static void a_million_digit_exponent_is_no_trouble(void **state) {
  clock_t begin = clock();
  char *large = long_text("1e", '9', ""), *small = long_text("-1e-", '9', "");
  char *less = long_text("10e", '9', ""), *three = long_text("1e+", '0', "3"),
       *zero = long_text("0e", '9', "");
  (void)state;
  is_real(large, HUGE_VAL, STRATA_DECIMAL_RANGE);
  is_real(small, -0.0, STRATA_DECIMAL_INEXACT);
  is_integer(three, 1000);
  is_integer(zero, 0);
  too_large_to_print(large);
  too_large_to_print(small);
  long_prints(three, 4, "1000", "0");
  less[strlen(less) - 1] = '8';
  assert_true(equal(large, less));
  less[strlen(less) - 1] = '9';
  assert_false(equal(large, less));
  free(large), free(small), free(less), free(three), free(zero);
  assert_true(clock() - begin < LONG_TIME);
}

static void the_locale_makes_no_difference(void **state) {
  static const char *const names[] = {"de_DE.UTF-8", "de_DE.utf8", "fr_FR.UTF-8", "ps_AF.UTF-8", "de_DE"};
  size_t i = 0;
  (void)state;
  /* musl accepts any name of a locale, but never uses a decimal comma. */
  while (i < COUNT(names) &&
         (setlocale(LC_ALL, names[i]) == NULL || strcmp(localeconv()->decimal_point, ".") == 0))
    i++;
  if (i == COUNT(names)) skip();
  if (strtod("0.5", NULL) == 0.5) fail_msg("%s has no decimal comma", names[i]);
  fractions_are_doubles_whose_shortest_digits_they_are(state);
  a_double_is_printed_plainly_with_at_least_the_scale(state);
  a_json_number_is_what_ecmascript_prints(state);
  a_text_is_printed_digit_for_digit(state);
  setlocale(LC_ALL, "C");
}

/* xorshift64: random enough to reach every kind of double, and the same on every machine. */
static uint64_t next_random(void) {
  static uint64_t x = UINT64_C(88172645463325252);
  x ^= x << 13;
  x ^= x >> 7;
  x ^= x << 17;
  return x;
}

/* A finite double of the i-th kind. */
static double random_double(unsigned kind) {
  uint64_t bits = next_random();
  double v = 0;
  if (kind == 0) memcpy(&v, &bits, sizeof v);
  if (kind == 1) v = (double)(bits % 10000000000000000 >> (bits >> 60)) / 100;
  if (kind == 2) v = (double)(bits % 100000000000000) / 1e8;
  if (kind == 3) v = (double)(int64_t)(bits >> bits % 64);
  if (kind == 4) v = ldexp(1, (int)(bits % 2098) - 1074);
  if (kind == 4 && bits >> 62 > 1) v = nextafter(v, bits >> 62 == 2 ? 0 : HUGE_VAL);
  if (kind == 5) v = (double)(bits >> 11) * 0x1p-53;
  return isfinite(v) ? v : 1;
}

/*
** Whether a decimal with one digit fewer than `text` reads back as v; only the two next to
** it could. Only the first 17 digits count; the others are zeros.
*/
static bool has_shorter(double v, const char *text) {
  char shorter[64];
  long long digits = 0;
  int power = 0, step;
  bool point = false;
  for (; *text != '\0' && *text != 'e'; text++) {
    bool counts = digits < 10000000000000000;
    if (*text == '.') point = true;
    if (*text < '0' || *text > '9') continue;
    if (counts) digits = digits * 10 + (*text - '0');
    power += (counts ? 0 : 1) - (point ? 1 : 0);
  }
  if (*text == 'e') power += atoi(text + 1);
  for (; digits != 0 && digits % 10 == 0; power++) digits /= 10;
  for (step = 0; step <= 1 && digits >= 10; step++) {
    snprintf(shorter, sizeof shorter, "%llde%d", digits / 10 + step, power + 1);
    if (strtod(shorter, NULL) == fabs(v)) return true;
  }
  return false;
}

static void two_hundred_thousand_doubles_come_back_from_their_shortest_digits(void **state) {
  char plain[STRATA_DECIMAL_REAL_LENGTH], json[33];
  size_t length;
  (void)state;
  for (unsigned i = 0; i < 200000; i++) {
    double v = random_double(i % 6);
    json[strata_decimal_print_number(v, json)] = '\0';
    assert_int_equal(strata_decimal_print_real(v, 0, plain, sizeof plain - 1, &length), STRATA_DECIMAL_OK);
    plain[length] = '\0';
    if (strtod(plain, NULL) != v || strtod(json, NULL) != v) fail_msg("%a: %s, %s", v, plain, json);
    if (has_shorter(v, json)) fail_msg("%a: %s is not the shortest", v, json);
    if (!equal(plain, json)) fail_msg("%a: %s and %s are not the same", v, plain, json);
    strata_number n = read_as(plain, STRATA_DECIMAL_OK);
    if ((n.is_real ? n.real : (double)n.integer) != v) fail_msg("%a: %s read as something else", v, plain);
    if (n.is_real && v == floor(v) && fabs(v) < 0x1p63) fail_msg("%a: not an integer", v);
  }
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(every_form_of_decimal_is_read),
      cmocka_unit_test(nothing_else_is_read),
      cmocka_unit_test(integral_values_in_64_bits_are_integers),
      cmocka_unit_test(integral_values_beyond_64_bits_are_doubles_if_exact),
      cmocka_unit_test(fractions_are_doubles_whose_shortest_digits_they_are),
      cmocka_unit_test(what_no_double_reaches_is_out_of_range),
      cmocka_unit_test(a_text_is_printed_digit_for_digit),
      cmocka_unit_test(zeros_are_written_out_up_to_a_bound),
      cmocka_unit_test(a_double_is_printed_plainly_with_at_least_the_scale),
      cmocka_unit_test(every_double_fits_the_stated_length),
      cmocka_unit_test(an_integer_is_printed_with_the_scale),
      cmocka_unit_test(a_json_number_is_what_ecmascript_prints),
      cmocka_unit_test(equal_means_the_same_number),
      cmocka_unit_test(a_million_digits_are_no_trouble),
      cmocka_unit_test(a_million_digit_exponent_is_no_trouble),
      cmocka_unit_test(the_locale_makes_no_difference),
      cmocka_unit_test(two_hundred_thousand_doubles_come_back_from_their_shortest_digits),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
