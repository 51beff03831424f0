/*
** nearest.c: finds the double nearest to a decimal, from a guess. It compares the
** decimal with the points half way between the guess and its neighbors, in exact
** arithmetic on large whole numbers, and steps until the decimal lies between them.
*/
#include "nearest.h"

#include <assert.h>
#include <float.h>
#include <math.h>
#include <stdbool.h>
#include <stdlib.h>

/* The longest: 810 digits times 2^1075, or 10^1250 times 2^54. */
#define WORDS 160

/* A whole number, least significant word first. */
typedef struct big {
  uint32_t words[WORDS];
  int count;
} big;

/* b = b * by + plus */
static void multiply(big *b, uint32_t by, uint32_t plus) {
  uint64_t carry = plus;
  for (int i = 0; i < b->count; i++) {
    carry += (uint64_t)b->words[i] * by;
    b->words[i] = (uint32_t)carry;
    carry >>= 32;
  }
  if (carry == 0) return;
  assert(b->count < WORDS);
  b->words[b->count++] = (uint32_t)carry;
}

/* b = b * base^power, in steps of chunk = base^chunk_power. */
static void multiply_by_power(big *b, uint32_t base, uint32_t chunk, int chunk_power, int64_t power) {
  for (; power >= chunk_power; power -= chunk_power) multiply(b, chunk, 0);
  for (; power > 0; power--) multiply(b, base, 0);
}

static int compare(const big *a, const big *b) {
  if (a->count != b->count) return a->count - b->count;
  for (int i = a->count - 1; i >= 0; i--) {
    if (a->words[i] != b->words[i]) return a->words[i] < b->words[i] ? -1 : 1;
  }
  return 0;
}

/* The integer m and the exponent e of value = m * 2^e, with as many bits in m as a double of this size has. */
static uint64_t take_apart(double value, int *e) {
  double fraction = frexp(value, e);
  *e -= DBL_MANT_DIG;
  int lowest = DBL_MIN_EXP - DBL_MANT_DIG;
  if (value == 0 || *e < lowest) {
    fraction = value == 0 ? 0 : ldexp(fraction, *e - lowest);
    *e = lowest;
  }
  return (uint64_t)ldexp(fraction, DBL_MANT_DIG);
}

/* Compare the decimal with the point half way between `below` and the next double. Negative: the decimal is less. */
static int compare_half(const char *text, size_t count, int64_t power, double below) {
  big left = {.count = 0}, right = {.count = 0};
  int e;
  uint64_t middle = 2 * take_apart(below, &e) + 1;
  e--;
  for (size_t i = 0; i < count; i++) multiply(&left, 10, (uint32_t)(text[i] - '0'));
  multiply(&right, 1, (uint32_t)(middle >> 32));
  if (right.count > 0) {
    right.words[1] = right.words[0];
    right.words[0] = (uint32_t)middle;
    right.count = 2;
  } else {
    multiply(&right, 1, (uint32_t)middle);
  }
  multiply_by_power(power > 0 ? &left : &right, 10, 1000000000, 9, power > 0 ? power : -power);
  multiply_by_power(e > 0 ? &right : &left, 2, UINT32_C(1) << 31, 31, e > 0 ? e : -e);
  return compare(&left, &right);
}

/* Whether the last bit of the double is set, which decides a tie. */
static bool is_odd(double value) {
  int e;
  return take_apart(value, &e) & 1;
}

double strata_nearest_double(const char *text, size_t count, int64_t power, double guess) {
  assert(count <= STRATA_NEAREST_DIGITS && power >= -STRATA_NEAREST_POWER && power <= STRATA_NEAREST_POWER);
  for (;;) {
    int above = isinf(guess) ? -1 : compare_half(text, count, power, guess);
    if (above < 0 || (above == 0 && !is_odd(guess))) break;
    guess = nextafter(guess, HUGE_VAL);
  }
  while (guess > 0) {
    double lower = isinf(guess) ? DBL_MAX : nextafter(guess, 0);
    int below = compare_half(text, count, power, lower);
    if (below > 0 || (below == 0 && is_odd(lower))) break;
    guess = lower;
  }
  return guess;
}

double strata_nearest_read(const char *text, size_t count, int64_t power) {
  double value = strtod(text, NULL);
#ifdef __MINGW32__
  value = strata_nearest_double(text, count, power, value);
#else
  (void)count, (void)power;
#endif
  return value;
}
