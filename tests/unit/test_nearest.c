/*
** test_nearest.c: from a guess that is up to three doubles off, nearest.c finds the same
** double as this machine's strtod(), which rounds correctly (glibc, musl, macOS).
*/
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "nearest.h"

#include <float.h>
#include <math.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static uint64_t state = 1;

static uint64_t next_random(void) {
  uint64_t z = (state += 0x9E3779B97F4A7C15u);
  z = (z ^ (z >> 30)) * 0xBF58476D1CE4E5B9u;
  z = (z ^ (z >> 27)) * 0x94D049BB133111EBu;
  return z ^ (z >> 31);
}

static double off_by(double value, int steps) {
  for (; steps > 0; steps--) value = nextafter(value, HUGE_VAL);
  for (; steps < 0; steps++) value = nextafter(value, 0);
  return value;
}

static void finds(const char *digits, int power) {
  char text[1000];
  snprintf(text, sizeof text, "%se%d", digits, power);
  double expected = strtod(text, NULL);
  for (int steps = -3; steps <= 3; steps++) {
    double found = strata_nearest_double(digits, strlen(digits), power, off_by(expected, steps));
    if (found != expected) fail_msg("%s, from %d beside it: %a and not %a", text, steps, found, expected);
  }
}

static void the_one_that_mingw_reads_as_its_neighbour(void **unused) {
  (void)unused;
  static const char digits[] = "9546676135936264";
  assert_true(strata_nearest_double(digits, 16, -168, 0x1p-505) == 0x1.fffffffffffffp-506);
  finds(digits, -168);
}

static void random_digits_and_powers(void **unused) {
  (void)unused;
  char digits[40];
  for (int i = 0; i < 20000; i++) {
    snprintf(digits, sizeof digits, "%llu", (unsigned long long)(next_random() >> (next_random() % 60)));
    finds(digits, (int)(next_random() % 700) - 360);
  }
}

/* Doubles with all bits set, powers of two, and subnormals, by their 17 digits. */
static void random_doubles(void **unused) {
  (void)unused;
  for (int i = 0; i < 20000; i++) {
    uint64_t bits = next_random() >> 1;
    if (i % 4 == 1) bits |= 0xFFFFFFFFFFFFFu;
    if (i % 4 == 2) bits &= ~(uint64_t)0xFFFFFFFFFFFFFu;
    if (i % 4 == 3) bits &= 0xFFFFFFFFFFFFFu;
    double value;
    memcpy(&value, &bits, sizeof value);
    if (!isfinite(value) || value == 0) continue;
    char text[40], digits[20] = "";
    snprintf(text, sizeof text, "%.16e", value);
    digits[0] = text[0];
    memcpy(digits + 1, text + 2, 16);
    int power = atoi(strchr(text, 'e') + 1) - 16;
    assert_true(strata_nearest_double(digits, 17, power, off_by(value, (int)(next_random() % 5) - 2)) ==
                value);
  }
}

static void half_way_goes_to_the_even_one(void **unused) {
  (void)unused;
  finds("9007199254740993", 0); /* 2^53 + 1 */
  finds("9007199254740995", 0);
  finds("90071992547409930000000000000000000001", -22);
  finds("90071992547409929999999999999999999999", -22);
  finds("5", -324);
  finds("2", -324);
  finds("24703282292062327208", -343); /* just below and above half of the smallest */
  finds("24703282292062327209", -343);
}

static void the_ends(void **unused) {
  (void)unused;
  finds("17976931348623157", 292); /* the largest */
  finds("17976931348623158", 292);
  finds("17976931348623159", 292); /* beyond half way to the next there would be */
  finds("1", 309);
  finds("22250738585072014", -324);
  finds("22250738585072011", -324); /* once an endless loop in PHP and Java */
  finds("4940656458412465", -339);
}

static void texts_as_long_as_there_are(void **unused) {
  (void)unused;
  char digits[STRATA_NEAREST_DIGITS + 1];
  for (int i = 0; i < 60; i++) {
    size_t length = i % 3 ? 1 + next_random() % STRATA_NEAREST_DIGITS : STRATA_NEAREST_DIGITS;
    for (size_t d = 0; d < length; d++) digits[d] = (char)('0' + next_random() % 10);
    digits[0] = (char)('1' + next_random() % 9);
    digits[length] = '\0';
    finds(digits, (int)(next_random() % 700) - 400 - (int)length);
  }
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(the_one_that_mingw_reads_as_its_neighbour),
      cmocka_unit_test(random_digits_and_powers),
      cmocka_unit_test(random_doubles),
      cmocka_unit_test(half_way_goes_to_the_even_one),
      cmocka_unit_test(the_ends),
      cmocka_unit_test(texts_as_long_as_there_are),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
