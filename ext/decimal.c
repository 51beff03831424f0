/*
** decimal.c: exact decimal numbers, from text to what a column stores and back.
**
** The file rests on two facts. First, no two decimals of up to 15 significant
** digits become the same double (unless it is subnormal), so reading one and
** printing 15 digits gives it back. That is DBL_DIG, C11 5.2.4.2.2. Second,
** integers up to 2^53 and powers of ten up to 10^22 are exact doubles, so their
** quotient or product is the correctly rounded value of the decimal (IEEE 754
** rounds once). Money and quantities are nearly always that short, and are read
** and printed with integer arithmetic and a single division. Everything else takes
** the slow way through the C library's snprintf() and strtod().
**
** These two depend on the locale. So the code skips the decimal point when it takes
** digits from snprintf()'s text, and gives strtod() only texts like "12345e-7".
*/
#include "decimal.h"
#include "nearest.h"

#include <assert.h>
#include <float.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Further from zero than any exponent that matters, yet safe to add a length to. */
#define FAR_EXPONENT (INT64_MAX / 4)

/*
** How many digits strtod() gets. Rounding depends on the decimals half way between two
** doubles, which have at most 768 significant digits; so the beginning of a longer text
** rounds like the whole if a "1" takes the place of the rest.
*/
#define KEPT_DIGITS 800

/* The most digits that the shortest form of a double takes (DBL_DECIMAL_DIG). */
#define DOUBLE_DIGITS 17

/* The most digits of a uint64_t, and how many always fit one. */
#define UINT64_DIGITS 20
#define SAFE_DIGITS 19

#if FLT_EVAL_METHOD == 0
/* The powers of ten that are exact doubles. */
static const double exact_powers[] = {1e0,  1e1,  1e2,  1e3,  1e4,  1e5,  1e6,  1e7,  1e8,  1e9,  1e10, 1e11,
                                      1e12, 1e13, 1e14, 1e15, 1e16, 1e17, 1e18, 1e19, 1e20, 1e21, 1e22};
#define EXACT_POWER 22
#endif

/* The pieces of a decimal text. */
typedef struct pieces {
  bool negative;
  const char *whole; /* the digits before the point */
  size_t whole_length;
  const char *fraction; /* the digits after it */
  size_t fraction_length;
  bool exponent_negative;
  const char *exponent; /* the digits of the exponent, which may be none */
  size_t exponent_length;
} pieces;

/* Which of the digits are significant: all but leading and trailing zeros. */
typedef struct span {
  size_t first; /* the first one's place among the digits of the text */
  size_t count; /* 0: the number is zero */
} span;

/* digits * 10^power */
typedef struct decimal {
  uint64_t digits;
  int power;
} decimal;

/* The first byte from `at` on that is not a digit, or `end`. */
static const char *skip_digits(const char *at, const char *end) {
  while (at < end && *at >= '0' && *at <= '9') at++;
  return at;
}

/* What follows the sign, if there is one. */
static const char *skip_sign(const char *at, const char *end, bool *negative) {
  *negative = at < end && *at == '-';
  return at < end && (*at == '-' || *at == '+') ? at + 1 : at;
}

/* Scan the exponent, which must reach to the end of the text. */
static bool scan_exponent(const char *at, const char *end, pieces *p) {
  if (*at != 'e' && *at != 'E') return false;
  p->exponent = skip_sign(at + 1, end, &p->exponent_negative);
  p->exponent_length = (size_t)(end - p->exponent);
  return p->exponent_length > 0 && skip_digits(p->exponent, end) == end;
}

/* Take a text apart, whatever the number's size. False if it is not a decimal number. */
static bool scan(const char *text, size_t length, pieces *p) {
  memset(p, 0, sizeof *p);
  if (length == 0) return false;
  const char *end = text + length;
  p->whole = skip_sign(text, end, &p->negative);
  const char *at = skip_digits(p->whole, end);
  p->whole_length = (size_t)(at - p->whole);
  p->fraction = at;
  if (at < end && *at == '.') {
    p->fraction = at + 1;
    at = skip_digits(p->fraction, end);
    p->fraction_length = (size_t)(at - p->fraction);
  }
  if (p->whole_length + p->fraction_length == 0) return false;
  return at == end || scan_exponent(at, end, p);
}

/* The i-th digit of the text, from 0. */
static char digit_at(const pieces *p, size_t i) {
  return i < p->whole_length ? p->whole[i] : p->fraction[i - p->whole_length];
}

/* Find the significant digits. */
static span significant(const pieces *p) {
  size_t end = p->whole_length + p->fraction_length, first = 0;
  while (first < end && digit_at(p, first) == '0') first++;
  while (end > first && digit_at(p, end - 1) == '0') end--;
  return (span){first, end - first};
}

/* The digit of the exponent that counts 10^(place - 1), with the exponent's sign. */
static int exponent_digit(const pieces *p, size_t place) {
  int digit = place <= p->exponent_length ? p->exponent[p->exponent_length - place] - '0' : 0;
  return p->exponent_negative ? -digit : digit;
}

/*
** The exponent of `a` minus that of `b`, however many digits the exponents have: exact
** if the lengths of two texts could make up for it, else FAR_EXPONENT or its negative.
** Goes from the highest place down: a difference beyond 2 can only grow.
*/
static int64_t exponent_difference(const pieces *a, const pieces *b) {
  size_t place = a->exponent_length > b->exponent_length ? a->exponent_length : b->exponent_length;
  int64_t difference = 0;
  for (; place > 0; place--) {
    difference = difference * 10 + exponent_digit(a, place) - exponent_digit(b, place);
    if (difference > FAR_EXPONENT / 16) return FAR_EXPONENT;
    if (difference < -FAR_EXPONENT / 16) return -FAR_EXPONENT;
  }
  return difference;
}

/* The exponent as a number, at most FAR_EXPONENT in magnitude. */
static int64_t exponent_value(const pieces *p) {
  static const pieces none;
  return p->exponent_length == 0 ? 0 : exponent_difference(p, &none);
}

/* The power of ten of the last significant digit, without the exponent. */
static int64_t last_power(const pieces *p, span s) {
  return (int64_t)p->whole_length - (int64_t)(s.first + s.count);
}

/* Write the digits of a number so that they end right before `end`. Returns where they begin. */
static char *put_digits(uint64_t value, char *end) {
  static const char pairs[] = "00010203040506070809101112131415161718192021222324"
                              "25262728293031323334353637383940414243444546474849"
                              "50515253545556575859606162636465666768697071727374"
                              "75767778798081828384858687888990919293949596979899";
  while (value >= 100) {
    end -= 2;
    memcpy(end, pairs + 2 * (value % 100), 2);
    value /= 100;
  }
  *--end = pairs[2 * value + 1];
  if (value >= 10) *--end = pairs[2 * value];
  return end;
}

/* The double nearest to the `count` digits in `text`, the first of which is not 0, times 10^power. After the digits
** `text` has UINT64_DIGITS bytes of room, for the exponent. A number beyond all doubles does not need one. */
static double read_text(char *text, size_t count, int64_t power) {
  char number[UINT64_DIGITS], *end = number + sizeof number;
  if (power + (int64_t)count > DBL_MAX_10_EXP + 1) return HUGE_VAL;
  if (power + (int64_t)count < -400) return 0;
  const char *digits = put_digits((uint64_t)(power < 0 ? -power : power), end);
  size_t at = count;
  text[at++] = 'e';
  if (power < 0) text[at++] = '-';
  memcpy(text + at, digits, (size_t)(end - digits));
  text[at + (size_t)(end - digits)] = '\0';
  return strata_nearest_read(text, count, power);
}

/* The double nearest to digits * 10^power, digits not 0: by one exact operation if possible, else by strtod(). */
static double read_digits(uint64_t digits, int64_t power) {
#if FLT_EVAL_METHOD == 0
  if (digits <= (UINT64_C(1) << 53) && power >= -EXACT_POWER && power <= EXACT_POWER)
    return power < 0 ? (double)digits / exact_powers[-power] : (double)digits * exact_powers[power];
#endif
  char text[3 * UINT64_DIGITS], *end = text + UINT64_DIGITS, *begin = put_digits(digits, end);
  return read_text(begin, (size_t)(end - begin), power);
}

/* The double nearest to a text of any length; `power` is that of its last significant digit. */
static double read_long(const pieces *p, span s, int64_t power) {
  char text[KEPT_DIGITS + 1 + 2 * UINT64_DIGITS];
  size_t kept = s.count <= KEPT_DIGITS ? s.count : KEPT_DIGITS;
  for (size_t i = 0; i < kept; i++) text[i] = digit_at(p, s.first + i);
  if (kept < s.count) text[kept++] = '1'; /* for the rest, which is not zero: its last digit is significant */
  return read_text(text, kept, power + (int64_t)(s.count - kept));
}

/* digits * 10^power without trailing zeros. */
static decimal without_zeros(uint64_t digits, int power) {
  assert(digits != 0);
  for (; digits % 10 == 0; power++) digits /= 10;
  return (decimal){digits, power};
}

/*
** The double's first `count` digits (1 to DOUBLE_DIGITS), correctly rounded. Takes the
** first digit and the count - 1 bytes before the "e", whatever the locale's decimal
** point between them is.
*/
static decimal print_digits(double value, int count) {
  char text[64];
  snprintf(text, sizeof text, "%.*e", count - 1, value);
  const char *e = strrchr(text, 'e');
  uint64_t digits = (uint64_t)(text[0] - '0');
  for (const char *at = e - (count - 1); at < e; at++) digits = digits * 10 + (uint64_t)(*at - '0');
  return (decimal){digits, (int)strtol(e + 1, NULL, 10) - (count - 1)};
}

#if FLT_EVAL_METHOD == 0
/* Whether the double is an integer of at most 15 digits divided by 10^scale; which one is put into *d. */
static bool is_quotient(double value, int scale, decimal *d) {
  double product = value * exact_powers[scale];
  if (product >= 1e15) return false;
  int64_t nearest = (int64_t)(product + 0.5);
  if ((double)nearest / exact_powers[scale] != value) return false;
  *d = without_zeros((uint64_t)nearest, -scale);
  return true;
}

/*
** The shortest digits of most doubles that people put into a table. If the double
** equals an integer of at most 15 digits divided by 10^scale, then that decimal reads
** back as the double, because this very division is how it would be read. No other
** decimal of 15 digits or fewer does (see the top of the file), so none is shorter, and
** none of that length is closer. The integer is guessed from a product that is off by
** less than 2^-52 of itself, a quarter at 10^15, so no guess is wrong. Scales 2 and 8
** come first because they are the most frequent: the largest scale that leaves 15
** digits covers all others.
*/
static bool quick_digits(double value, decimal *d) {
  if (value >= 1e15 || value < 1e-22) return false;
  if (is_quotient(value, 2, d) || is_quotient(value, 8, d)) return true;
  int scale = EXACT_POWER;
  while (scale > 0 && value * exact_powers[scale] >= 1e15) scale--;
  return is_quotient(value, scale, d);
}
#endif

/*
** The shortest digits of a subnormal double. It has fewer bits, down to one, so it has
** no 15 digits to rely on. But subnormals are evenly spaced: if a rounding to some
** number of digits reads back, so does one to more digits, which is no further away.
** That allows a binary search.
*/
static decimal subnormal_digits(double value) {
  int low = 1, high = DOUBLE_DIGITS;
  while (low < high) {
    int middle = (low + high) / 2;
    decimal d = print_digits(value, middle);
    bool reads = read_digits(d.digits, d.power) == value;
    low = reads ? low : middle + 1;
    high = reads ? middle : high;
  }
  return print_digits(value, low);
}

/*
** The shortest digits of a double that is not subnormal. 17 always read back
** (DBL_DECIMAL_DIG), so look for 15 or fewer, then for 16.
**
** A decimal that reads back as the double is at most half an ulp away from it. That is
** 2^-53 of the double, or 11.1 units of the last of the 17 digits. So 15 digits can
** suffice only if the last two of the 17 are that close to 00, which also tells which
** way to round. With 16 digits both ways can be close enough: take the nearer one; if
** the last digit is a 5, snprintf() knows which that is. A power of two needs a try the
** other way too: below it doubles are twice as dense, so the nearer decimal may be
** below and out of reach while the one above is still within half an ulp.
*/
static decimal normal_digits(double value) {
  decimal all = print_digits(value, DOUBLE_DIGITS);
  uint64_t rest = all.digits % 100;
  if (rest <= 12 || rest >= 88) {
    decimal d = {all.digits / 100 + (rest >= 88), all.power + 2};
    if (read_digits(d.digits, d.power) == value) return d;
  }
  rest = all.digits % 10;
  decimal d = rest == 5 ? print_digits(value, 16) : (decimal){all.digits / 10 + (rest > 5), all.power + 1};
  if (read_digits(d.digits, d.power) == value) return d;
  int exponent;
  if (frexp(value, &exponent) != 0.5) return all;
  d.digits++;
  return read_digits(d.digits, d.power) == value ? d : all;
}

/*
** The fewest digits that read back as this double, which is positive and finite; of
** several that are equally short, the nearest. Without trailing zeros.
*/
static decimal shortest_digits(double value) {
  decimal d;
#if FLT_EVAL_METHOD == 0
  if (quick_digits(value, &d)) return d;
#endif
  d = value < DBL_MIN ? subnormal_digits(value) : normal_digits(value);
  return without_zeros(d.digits, d.power);
}

/* Whether digits * 10^power, digits not 0, is a 64-bit integer, which is put into *out. */
static bool to_integer(uint64_t digits, int64_t power, bool negative, int64_t *out) {
  uint64_t limit = (uint64_t)INT64_MAX + (negative ? 1 : 0);
  if (power < 0) return false;
  for (; power > 0 && digits <= limit / 10; power--) digits *= 10;
  if (power > 0 || digits > limit) return false;
  *out = negative ? -(int64_t)(digits - 1) - 1 : (int64_t)digits;
  return true;
}

/*
** Whether the double that `count` digits times 10^power were read as prints as these
** digits. Up to 15 digits it always does, if it is not subnormal.
*/
static strata_decimal_status judge(double value, size_t count, uint64_t digits, int64_t power) {
  if (isinf(value)) return STRATA_DECIMAL_RANGE;
  if (count <= DBL_DIG && value >= DBL_MIN) return STRATA_DECIMAL_OK;
  if (count > DOUBLE_DIGITS || value == 0) return STRATA_DECIMAL_INEXACT;
  decimal d = shortest_digits(value);
  return d.digits == digits && d.power == power ? STRATA_DECIMAL_OK : STRATA_DECIMAL_INEXACT;
}

/* A 64-bit integer has at most 19 digits, which always fit a uint64_t. A longer text is never exact as a double either:
** its double is only for the message. */
strata_decimal_status strata_decimal_to_number(const char *text, size_t length, strata_number *out) {
  pieces p;
  uint64_t digits = 0;
  *out = (strata_number){false, 0, 0};
  if (!scan(text, length, &p)) return STRATA_DECIMAL_SYNTAX;
  span s = significant(&p);
  if (s.count == 0) return STRATA_DECIMAL_OK;
  int64_t power = exponent_value(&p) + last_power(&p, s);
  if (s.count <= SAFE_DIGITS) {
    for (size_t i = 0; i < s.count; i++) digits = digits * 10 + (uint64_t)(digit_at(&p, s.first + i) - '0');
    if (to_integer(digits, power, p.negative, &out->integer)) return STRATA_DECIMAL_OK;
  }
  double value = s.count <= SAFE_DIGITS ? read_digits(digits, power) : read_long(&p, s, power);
  out->is_real = true;
  out->real = p.negative ? -value : value;
  return judge(value, s.count, digits, power);
}

/* Copy `count` digits of the text, from the `from`-th on; after its last come zeros. */
static char *copy_digits(const pieces *p, size_t from, size_t count, char *out) {
  size_t total = p->whole_length + p->fraction_length;
  for (size_t i = from; i < from + count; i++) *out++ = i < total ? digit_at(p, i) : '0';
  return out;
}

/*
** Print a number in plain notation. `exponent` is the value of its exponent: the point
** moves by so many digits, and zeros fill the gap. Writes nothing if `capacity` does not
** suffice.
*/
static void print_plain(const pieces *p, int64_t exponent, int scale, char *out, size_t capacity,
                        size_t *printed) {
  size_t total = p->whole_length + p->fraction_length, zeros = 0, whole = 0, fraction = 0;
  int64_t point = (int64_t)p->whole_length + exponent; /* how many digits come before the point */
  size_t gap = point < 0 ? (size_t)-point : 0;         /* how many zeros come right after it */
  while (zeros < total && digit_at(p, zeros) == '0') zeros++;
  bool minus = p->negative && zeros < total;
  if (zeros < total && point > (int64_t)zeros) whole = (size_t)point - zeros;
  if (point < (int64_t)total) fraction = (size_t)((int64_t)total - point);
  size_t places = scale > 0 && (size_t)scale > fraction ? (size_t)scale : fraction;
  *printed = (minus ? 1 : 0) + (whole > 0 ? whole : 1) + (places > 0 ? places + 1 : 0);
  if (*printed > capacity) return;
  if (minus) *out++ = '-';
  if (whole == 0) *out++ = '0';
  out = copy_digits(p, zeros, whole, out);
  if (places == 0) return;
  *out++ = '.';
  memset(out, '0', gap);
  copy_digits(p, point > 0 ? (size_t)point : 0, places - gap, out + gap);
}

/* Print digits * 10^power in plain notation. */
static void print_decimal(bool negative, decimal d, int scale, char *out, size_t capacity, size_t *printed) {
  char text[UINT64_DIGITS], *end = text + sizeof text;
  pieces p = {.negative = negative};
  p.whole = put_digits(d.digits, end);
  p.whole_length = (size_t)(end - p.whole);
  print_plain(&p, d.power, scale, out, capacity, printed);
}

strata_decimal_status strata_decimal_print_text(const char *text, size_t length, int scale, char *out,
                                                size_t capacity, size_t *printed) {
  pieces p;
  *printed = 0;
  if (!scan(text, length, &p)) return STRATA_DECIMAL_SYNTAX;
  int64_t exponent = exponent_value(&p);
  if (exponent < -STRATA_DECIMAL_MAX_EXPONENT || exponent > STRATA_DECIMAL_MAX_EXPONENT)
    return STRATA_DECIMAL_RANGE;
  print_plain(&p, exponent, scale, out, capacity, printed);
  return STRATA_DECIMAL_OK;
}

/* A zero of either sign prints as 0. */
strata_decimal_status strata_decimal_print_real(double value, int scale, char *out, size_t capacity,
                                                size_t *printed) {
  decimal d = {0, 0};
  *printed = 0;
  if (!isfinite(value)) return STRATA_DECIMAL_RANGE;
  if (value != 0) d = shortest_digits(fabs(value));
  print_decimal(value < 0, d, scale, out, capacity, printed);
  return STRATA_DECIMAL_OK;
}

/* The magnitude is unsigned, because that of INT64_MIN does not fit an int64_t. */
void strata_decimal_print_integer(int64_t value, int scale, char *out, size_t capacity, size_t *printed) {
  decimal d = {value < 0 ? 0 - (uint64_t)value : (uint64_t)value, 0};
  print_decimal(value < 0, d, scale, out, capacity, printed);
}

/*
** As ECMA-262 Number::toString does: plain if n digits come before the point with
** -6 < n <= 21, which takes at most "-0.00000" and 17 digits; else with an exponent,
** which has a sign and at most three digits.
*/
size_t strata_decimal_print_number(double value, char out[32]) {
  char text[UINT64_DIGITS], *end = text + sizeof text, *at = out;
  decimal d = {0, 0};
  if (!isfinite(value)) return 0;
  if (value != 0) d = shortest_digits(fabs(value));
  const char *digits = put_digits(d.digits, end);
  size_t count = (size_t)(end - digits), length;
  int exponent = d.power + (int)count - 1;
  if (exponent >= -6 && exponent <= 20) {
    print_decimal(value < 0, d, 0, out, 32, &length);
    return length;
  }
  if (value < 0) *at++ = '-';
  *at++ = *digits;
  if (count > 1) *at++ = '.';
  memcpy(at, digits + 1, count - 1);
  at += count - 1;
  *at++ = 'e';
  *at++ = exponent < 0 ? '-' : '+';
  digits = put_digits((uint64_t)abs(exponent), end);
  memcpy(at, digits, (size_t)(end - digits));
  return (size_t)(at - out) + (size_t)(end - digits);
}

/* Two numbers are equal if they have the same significant digits and the same power of ten. The powers are compared by
** their difference, because each may be too large for an integer. */
bool strata_decimal_equal(const char *a, size_t a_length, const char *b, size_t b_length) {
  pieces p, q;
  if (!scan(a, a_length, &p) || !scan(b, b_length, &q)) return false;
  span s = significant(&p), t = significant(&q);
  if (s.count != t.count) return false;
  if (s.count == 0) return true;
  if (p.negative != q.negative) return false;
  if (exponent_difference(&p, &q) != last_power(&q, t) - last_power(&p, s)) return false;
  for (size_t i = 0; i < s.count; i++) {
    if (digit_at(&p, s.first + i) != digit_at(&q, t.first + i)) return false;
  }
  return true;
}
