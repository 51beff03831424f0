/*
** prove_decimal.c: a hundred million doubles through decimal.c, against strtod().
**
**   prove_decimal [how many [seed]]
**
** For every double, the JSON number must read back as the same double with strtod() and
** with strata_decimal_to_number(); with one digit fewer, rounded down or up, it must not;
** and the plain notation must be the same number. Two slow checks run for one double in
** SAMPLE only: finding the fewest digits by trying printf() at every precision, and
** reading back a plain notation of hundreds of digits. The last lines say for how many.
**
** First come all powers of two and of ten with their neighbors, which get every check,
** and texts of 767 digits and more half way between two subnormals. Then the kinds of
** doubles take turns, so that rare kinds come up often. A stand-alone program: it stops
** at the first failure with exit status 1 and the value.
*/
#include <float.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "decimal.h"

#define SAMPLE 16
#define HALF_WAY 10000

/* digits * 10^power, without trailing zeros */
typedef struct decimal {
  long long digits;
  int power;
} decimal;

static uint64_t seed = UINT64_C(88172645463325252);
static long long sampled;

/* Print which double failed and how, and exit. */
static void fail(double v, const char *how, const char *text) {
  printf("failed: %a = %.17g: %s: %s\n", v, v, how, text);
  exit(1);
}

/* xorshift64 */
static uint64_t next_random(void) {
  seed ^= seed << 13;
  seed ^= seed >> 7;
  seed ^= seed << 17;
  return seed;
}

/* The double with these bits. */
static double from_bits(uint64_t bits) {
  double v;
  memcpy(&v, &bits, sizeof v);
  return v;
}

/* A power of two, or the double below or above it; the last two bits choose. */
static double near_power_of_two(uint64_t bits) {
  double v = ldexp(1, (int)(bits / 4 % 2098) - 1074);
  return bits % 4 < 2 ? v : nextafter(v, bits % 4 == 2 ? 0 : HUGE_VAL);
}

/*
** The i-th random double, of the kind whose turn it is; 1 instead of an infinity or a
** NaN. The C library takes microseconds for very large and very small doubles, and tens
** of microseconds for a subnormal, so these have fewer turns.
*/
static double random_double(long long i) {
  uint64_t bits = next_random();
  switch (i % 16) {
  case 0: /* any at all */
    return isfinite(from_bits(bits)) ? from_bits(bits) : 1;
  case 1:
    return near_power_of_two(bits);
  case 2: /* few digits, any power of ten; one in 16 is a subnormal instead */
    if (bits >> 60 == 0) return from_bits(bits & UINT64_C(0x000fffffffffffff));
    return (double)(bits >> (14 + bits % 40)) * pow(10, (int)(bits % 590) - 300);
  case 3:
  case 4: /* whole numbers of any length */
    return (double)((int64_t)bits >> bits % 64);
  case 5:
  case 6:
  case 7: /* all digits, near 1 */
    return ldexp((double)(bits >> 11), (int)(bits % 64) - 85);
  case 8:
  case 9:
  case 10:
  case 11: /* amounts */
    return (double)((int64_t)(bits % 2000000000000000) - 1000000000000000) / 100;
  default: /* quantities */
    return (double)(bits % 1000000000000000) / 1e8;
  }
}

/* Take a number in any notation apart. Only its first 17 digits count; the others are zeros. */
static decimal parse(const char *text) {
  decimal d = {0, 0};
  bool point = false;
  for (; *text != '\0' && *text != 'e'; text++) {
    bool counts = d.digits < 10000000000000000;
    if (*text == '.') point = true;
    if (*text < '0' || *text > '9') continue;
    if (counts) d.digits = d.digits * 10 + (*text - '0');
    d.power += (counts ? 0 : 1) - (point ? 1 : 0);
  }
  if (*text == 'e') d.power += atoi(text + 1);
  for (; d.digits != 0 && d.digits % 10 == 0; d.power++) d.digits /= 10;
  return d;
}

/* Does this decimal read back as |v|? */
static bool reads_as(long long digits, int power, double v) {
  char text[64];
  snprintf(text, sizeof text, "%llde%d", digits, power);
  return strtod(text, NULL) == fabs(v);
}

/*
** The fewest digits, the slow way: the lowest precision that reads back, which is also
** the nearest decimal of that length. Only at a power of two can there be a shorter one,
** because there the nearest may be out of reach while its neighbour is not.
*/
static void compare_with_printf(double v, decimal ours, const char *json) {
  char text[64];
  decimal theirs;
  int precision = -1, exponent;
  do snprintf(text, sizeof text, "%.*e", ++precision, v);
  while (strtod(text, NULL) != v);
  theirs = parse(text);
  sampled++;
  if (ours.digits == theirs.digits && ours.power == theirs.power) return;
  if (ours.power <= theirs.power || fabs(frexp(v, &exponent)) != 0.5) fail(v, json, text);
}

/* Check every promise for a double; the slow ones only if `slow`. */
static void check(double v, bool slow) {
  char json[33], plain[STRATA_DECIMAL_REAL_LENGTH + 1];
  size_t length = strata_decimal_print_number(v, json), plain_length;
  strata_number n;
  decimal d;
  json[length] = '\0';
  d = parse(json);
  if (strtod(json, NULL) != v) fail(v, "does not read back", json);
  if (d.digits >= 10 &&
      (reads_as(d.digits / 10, d.power + 1, v) || reads_as(d.digits / 10 + 1, d.power + 1, v)))
    fail(v, "not the shortest", json);
  if (strata_decimal_to_number(json, length, &n) != STRATA_DECIMAL_OK) fail(v, "refused", json);
  if (n.is_real ? n.real != v : (double)n.integer != v) fail(v, "stored as something else", json);
  if (strata_decimal_print_real(v, 0, plain, sizeof plain - 1, &plain_length) != STRATA_DECIMAL_OK ||
      plain_length >= sizeof plain)
    fail(v, "not printed", json);
  plain[plain_length] = '\0';
  if (!strata_decimal_equal(json, length, plain, plain_length)) fail(v, json, plain);
  if ((slow || plain_length < 40) && strtod(plain, NULL) != v) fail(v, "does not read back", plain);
  if (slow) compare_with_printf(v, d, json);
}

/* All powers of two and of ten, and the doubles next to them. */
static void check_powers(void) {
  char text[16];
  int power;
  uint64_t i;
  for (i = 0; i < UINT64_C(4) * 2098; i++) check(near_power_of_two(i), true);
  for (power = -323; power <= 308; power++) {
    double v;
    snprintf(text, sizeof text, "1e%d", power);
    v = strtod(text, NULL);
    check(v, true);
    check(nextafter(v, 0), true);
    check(-nextafter(v, HUGE_VAL), true);
  }
}

/* Doubles that other implementations got wrong: extremes, half-way cases, the edges of the integers. */
static void check_known(void) {
  /* clang-format off */
  static const double known[] = {
      0.0, DBL_MAX, -DBL_MAX, DBL_MIN, 5e-324, 1e-323, 1.5e-323, 2.2250738585072011e-308,
      0.30000000000000004, 4.35, 2.675, 1.005, 9007199254740991.0, 9007199254740993.0,
      9223372036854775807.0, -9223372036854775808.0, 1e15 - 0.125, 999999999999999.0, 99999999999999.99,
      9.5e-3, 8.41e21, 9.109e-31, 6.62607015e-34, 1.8446744073709552e19, 2.98023223876953125e-8,
      2.0522684006491881e-282, 9.0608011534336e15, 5.0e-8, 1e-22, 1e-23};
  /* clang-format on */
  size_t i;
  for (i = 0; i < sizeof known / sizeof known[0]; i++) check(known[i], true);
}

/* The text must be read as this double, but as an inexact one. */
static void check_rounding(const char *text, double expected) {
  strata_number n;
  strata_decimal_status status = strata_decimal_to_number(text, strlen(text), &n);
  if (status != STRATA_DECIMAL_INEXACT || n.real != expected) fail(expected, "not the nearest", text);
}

/*
** Texts half way between two subnormals, the longest texts on which rounding depends; and
** the same with a digit added or changed far behind. Half way between m and m + 1 units
** is (2m + 1) * 5 units with the point moved.
*/
static void check_half_way(void) {
  char text[2048];
  int i;
  for (i = 0; i < HALF_WAY; i++) {
    long long m = (long long)(next_random() >> 15) * 8 / 10;
    double below = ldexp((double)m, -1074), above = ldexp((double)(m + 1), -1074);
    char *last;
    snprintf(text, 1400, "%.1074f", ldexp((double)((2 * m + 1) * 5), -1074));
    last = text + strlen(text) - 1;
    strcpy(last + 1, "e-1");
    check_rounding(text, m % 2 == 0 ? below : above);
    sprintf(last + 1, "%0*de-1", i % 500 + 1, 1);
    check_rounding(text, above);
    strcpy(last, "49e-1"); /* the last digit is always a 5 */
    check_rounding(text, below);
  }
}

int main(int argc, char **argv) {
  long long i, count = argc > 1 ? atoll(argv[1]) : 100000000;
  if (argc > 2) seed = strtoull(argv[2], NULL, 10) | 1;
  check_known();
  check_powers();
  check_half_way();
  printf("%lld known cases and powers of two and ten, %d texts half way\n", sampled, HALF_WAY);
  sampled = 0;
  for (i = 0; i < count; i++) check(random_double(i), i / 16 % SAMPLE == 0);
  printf("every precision of printf() tried, and the plain notation read back however long, for %lld\n",
         sampled);
  printf("%lld doubles: all read back the same, all shortest\n", count);
  return 0;
}
