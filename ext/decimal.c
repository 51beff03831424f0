/*
** decimal.c: exact decimal numbers, from text to what a column stores and back.
**
** Two facts carry the file. First, a double holds every decimal of up to 15
** significant digits in the sense that matters here: two different ones never
** become the same double (as long as it is not subnormal), so reading one and
** printing 15 digits gives it back. That is DBL_DIG, C11 5.2.4.2.2. Second, an
** integer up to 2^53 and a power of ten up to 10^22 are both exact doubles, so
** that their quotient or product is the correctly rounded value of the decimal
** (IEEE 754 rounds once). Money and quantities are nearly always that short and
** are read and printed by integer arithmetic and a single division; whatever is
** not takes the slow way through the C library's snprintf() and strtod().
**
** Those two know the locale. The decimal point is therefore skipped when digits
** are taken out of snprintf()'s text, and strtod() is only ever given "12345e-7".
*/
#include "decimal.h"
#include "nearest.h"

#include <assert.h>
#include <float.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Further from zero than any exponent that matters, and safe to add a length to. */
#define FAR_EXPONENT (INT64_MAX / 4)

/*
** Digits handed to strtod(). The decimals half way between two doubles are the
** ones that decide on rounding, and have at most 768 significant digits; so any
** text longer than this is as good as its beginning and a "1" in place of the rest.
*/
#define KEPT_DIGITS 800

/* The most digits that the shortest form of a double takes (DBL_DECIMAL_DIG). */
#define DOUBLE_DIGITS 17

/* The most digits of a uint64_t (20), and of those that are sure to fit (19). */
#define UINT64_DIGITS 20
#define SAFE_DIGITS 19

#if FLT_EVAL_METHOD == 0
/* The powers of ten that are exact doubles. */
static const double exact_powers[] = {1e0,  1e1,  1e2,  1e3,  1e4,  1e5,  1e6,  1e7,  1e8,  1e9,  1e10, 1e11,
                                      1e12, 1e13, 1e14, 1e15, 1e16, 1e17, 1e18, 1e19, 1e20, 1e21, 1e22};
#define EXACT_POWER 22
#endif

/* The pieces of a decimal text, as they stand there. */
typedef struct pieces {
  bool negative;
  const char *whole; /* the digits before the point */
  size_t whole_length;
  const char *fraction; /* the digits after it */
  size_t fraction_length;
  bool exponent_negative;
  const char *exponent; /* the digits of the exponent; none if it has none */
  size_t exponent_length;
} pieces;

/* Which of the digits matter: leading and trailing zeros set aside. */
typedef struct span {
  size_t first; /* counted from the first digit of the text, the point not counted */
  size_t count; /* 0 for a zero */
} span;

/* digits * 10^power */
typedef struct decimal {
  uint64_t digits;
  int power;
} decimal;

/* The first byte from `at` on that is no digit, or `end`. */
static const char *skip_digits(const char *at, const char *end) {
  while (at < end && *at >= '0' && *at <= '9') at++;
  return at;
}

/* What follows the sign, if there is one, and whether it is a minus. */
static const char *skip_sign(const char *at, const char *end, bool *negative) {
  *negative = at < end && *at == '-';
  return at < end && (*at == '-' || *at == '+') ? at + 1 : at;
}

/* The exponent, which has to reach to the end of the text. */
static bool scan_exponent(const char *at, const char *end, pieces *p) {
  if (*at != 'e' && *at != 'E') return false;
  p->exponent = skip_sign(at + 1, end, &p->exponent_negative);
  p->exponent_length = (size_t)(end - p->exponent);
  return p->exponent_length > 0 && skip_digits(p->exponent, end) == end;
}

/* Take a text apart without judging its size. False if it is no decimal number. */
static bool scan(const char *text, size_t length, pieces *p) {
  const char *at, *end;
  memset(p, 0, sizeof *p);
  if (length == 0) return false;
  end = text + length;
  p->whole = skip_sign(text, end, &p->negative);
  at = skip_digits(p->whole, end);
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

/* The i-th digit of the number, as if there were no point. */
static char digit_at(const pieces *p, size_t i) {
  return i < p->whole_length ? p->whole[i] : p->fraction[i - p->whole_length];
}

/* What is left when leading and trailing zeros are set aside. */
static span significant(const pieces *p) {
  size_t end = p->whole_length + p->fraction_length, first = 0;
  while (first < end && digit_at(p, first) == '0') first++;
  while (end > first && digit_at(p, end - 1) == '0') end--;
  return (span){first, end - first};
}

/* The digit of the exponent that stands for 10^(place - 1), with its sign. */
static int exponent_digit(const pieces *p, size_t place) {
  int digit = place <= p->exponent_length ? p->exponent[p->exponent_length - place] - '0' : 0;
  return p->exponent_negative ? -digit : digit;
}

/*
** The exponent of `a` minus that of `b`: exact where the lengths of two texts can
** make up for it, else FAR_EXPONENT either way, however many digits the exponents
** have. Goes from the highest place down: a difference beyond 2 only ever grows.
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

/* The exponent as a number, of which FAR_EXPONENT bounds the magnitude. */
static int64_t exponent_value(const pieces *p) {
  static const pieces none;
  return p->exponent_length == 0 ? 0 : exponent_difference(p, &none);
}

/* The power of ten of the last significant digit, the exponent aside. */
static int64_t last_power(const pieces *p, span s) {
  return (int64_t)p->whole_length - (int64_t)(s.first + s.count);
}

/* Write the digits of a number so that they end before `end`, and return where they begin. */
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

/* The double nearest to the `count` digits (with no zero in front) in `text` times 10^power. `text` has
** UINT64_DIGITS bytes of room after them for the exponent, which is short since anything that is beyond the
** doubles for sure never gets that far. */
static double read_text(char *text, size_t count, int64_t power) {
  char number[UINT64_DIGITS], *end = number + sizeof number, *digits;
  if (power + (int64_t)count > DBL_MAX_10_EXP + 1) return HUGE_VAL;
  if (power + (int64_t)count < -400) return 0;
  digits = put_digits((uint64_t)(power < 0 ? -power : power), end);
  size_t at = count;
  text[at++] = 'e';
  if (power < 0) text[at++] = '-';
  memcpy(text + at, digits, (size_t)(end - digits));
  text[at + (size_t)(end - digits)] = '\0';
  return strata_nearest_read(text, count, power);
}

/* The double nearest to digits * 10^power, digits not 0: exactly if it can be, else by strtod(). */
static double read_digits(uint64_t digits, int64_t power) {
  char text[3 * UINT64_DIGITS], *end = text + UINT64_DIGITS, *begin;
#if FLT_EVAL_METHOD == 0
  if (digits <= (UINT64_C(1) << 53) && power >= -EXACT_POWER && power <= EXACT_POWER)
    return power < 0 ? (double)digits / exact_powers[-power] : (double)digits * exact_powers[power];
#endif
  begin = put_digits(digits, end);
  return read_text(begin, (size_t)(end - begin), power);
}

/* The double nearest to a text of any length; `power` is that of the last significant digit. */
static double read_long(const pieces *p, span s, int64_t power) {
  char text[KEPT_DIGITS + 1 + 2 * UINT64_DIGITS];
  size_t i, kept = s.count <= KEPT_DIGITS ? s.count : KEPT_DIGITS;
  for (i = 0; i < kept; i++) text[i] = digit_at(p, s.first + i);
  if (kept < s.count) text[kept++] = '1'; /* the last digit is not 0, so the rest is not nothing */
  return read_text(text, kept, power + (int64_t)(s.count - kept));
}

/* Drop trailing zeros. */
static decimal without_zeros(uint64_t digits, int power) {
  assert(digits != 0);
  for (; digits % 10 == 0; power++) digits /= 10;
  return (decimal){digits, power};
}

/*
** The double's first `count` digits (1 to DOUBLE_DIGITS), correctly rounded. The
** first digit and the count - 1 bytes before the "e" are taken, whatever the
** locale has for a decimal point between them.
*/
static decimal print_digits(double value, int count) {
  char text[64];
  const char *e, *at;
  decimal d = {0, 0};
  snprintf(text, sizeof text, "%.*e", count - 1, value);
  e = strrchr(text, 'e');
  d.digits = (uint64_t)(text[0] - '0');
  for (at = e - (count - 1); at < e; at++) d.digits = d.digits * 10 + (uint64_t)(*at - '0');
  d.power = (int)strtol(e + 1, NULL, 10) - (count - 1);
  return d;
}

#if FLT_EVAL_METHOD == 0
/* Is the double an integer of at most 15 digits divided by 10^scale? */
static bool is_quotient(double value, int scale, decimal *d) {
  double product = value * exact_powers[scale];
  int64_t nearest;
  if (product >= 1e15) return false;
  nearest = (int64_t)(product + 0.5);
  if ((double)nearest / exact_powers[scale] != value) return false;
  *d = without_zeros((uint64_t)nearest, -scale);
  return true;
}

/*
** The shortest digits of most doubles that people put into a table. A quotient
** of an integer of at most 15 digits and 10^scale that equals the double is a
** decimal that reads back as it, since that division is how it would be read.
** No other decimal of 15 digits or fewer does (see the top of the file), so
** there is nothing shorter and nothing closer of that length. The product that
** the integer is guessed from is off by less than 2^-52 of itself, a quarter at
** 10^15, so the guess misses nothing. Cents and 8 digits are tried first only as
** the most frequent: the largest scale that leaves 15 digits covers all others.
*/
static bool quick_digits(double value, decimal *d) {
  int scale = EXACT_POWER;
  if (value >= 1e15 || value < 1e-22) return false;
  if (is_quotient(value, 2, d) || is_quotient(value, 8, d)) return true;
  while (scale > 0 && value * exact_powers[scale] >= 1e15) scale--;
  return is_quotient(value, scale, d);
}
#endif

/*
** Subnormals have fewer bits, down to one, and no 15 digits to rely on. They are
** evenly spaced, so that a rounding to more digits, being no further away, reads
** back if one to fewer does: search by halves.
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
** (DBL_DECIMAL_DIG), so what remains is to look for 15 or fewer, and for 16.
**
** What reads back as the double is at most half an ulp from it, that is 2^-53 of
** it, or 11.1 in the place of the last of the 17 digits. So 15 digits can do only
** if the last two of the 17 are that close to 00, which also tells the way to
** round. With 16, both ways can be close enough; the nearer one is preferred, and
** if the last digit is a 5 snprintf() knows which that is. Powers of two need the
** other one too: below them doubles lie twice as dense, so the nearer one may
** be below and out of reach while the one above is still within half an ulp.
*/
static decimal normal_digits(double value) {
  decimal all = print_digits(value, DOUBLE_DIGITS), d;
  uint64_t rest = all.digits % 100;
  int exponent;
  if (rest <= 12 || rest >= 88) {
    d = (decimal){all.digits / 100 + (rest >= 88), all.power + 2};
    if (read_digits(d.digits, d.power) == value) return d;
  }
  rest = all.digits % 10;
  d = rest == 5 ? print_digits(value, 16) : (decimal){all.digits / 10 + (rest > 5), all.power + 1};
  if (read_digits(d.digits, d.power) == value) return d;
  if (frexp(value, &exponent) != 0.5) return all;
  d.digits++;
  return read_digits(d.digits, d.power) == value ? d : all;
}

/*
** The fewest digits that read back as this double, which is positive and finite;
** of those that are equally few, the nearest. Without trailing zeros.
*/
static decimal shortest_digits(double value) {
  decimal d;
#if FLT_EVAL_METHOD == 0
  if (quick_digits(value, &d)) return d;
#endif
  d = value < DBL_MIN ? subnormal_digits(value) : normal_digits(value);
  return without_zeros(d.digits, d.power);
}

/* Whether digits * 10^power, digits not 0, is a 64-bit integer; and which. */
static bool to_integer(uint64_t digits, int64_t power, bool negative, int64_t *out) {
  uint64_t limit = (uint64_t)INT64_MAX + (negative ? 1 : 0);
  if (power < 0) return false;
  for (; power > 0 && digits <= limit / 10; power--) digits *= 10;
  if (power > 0 || digits > limit) return false;
  *out = negative ? -(int64_t)(digits - 1) - 1 : (int64_t)digits;
  return true;
}

/*
** Whether the double, read from `count` digits times 10^power, would be printed
** as these digits. Up to 15 digits it always is, if it is not subnormal.
*/
static strata_decimal_status judge(double value, size_t count, uint64_t digits, int64_t power) {
  decimal d;
  if (isinf(value)) return STRATA_DECIMAL_RANGE;
  if (count <= DBL_DIG && value >= DBL_MIN) return STRATA_DECIMAL_OK;
  if (count > DOUBLE_DIGITS || value == 0) return STRATA_DECIMAL_INEXACT;
  d = shortest_digits(value);
  return d.digits == digits && d.power == power ? STRATA_DECIMAL_OK : STRATA_DECIMAL_INEXACT;
}

/*
** Text to number. 64-bit integers have at most 19 digits, and so many always fit
** a uint64_t; longer texts go to strtod() only to have something to show.
*/
strata_decimal_status strata_decimal_to_number(const char *text, size_t length, strata_number *out) {
  pieces p;
  span s;
  uint64_t digits = 0;
  int64_t power;
  double value;
  *out = (strata_number){false, 0, 0};
  if (!scan(text, length, &p)) return STRATA_DECIMAL_SYNTAX;
  s = significant(&p);
  if (s.count == 0) return STRATA_DECIMAL_OK;
  power = exponent_value(&p) + last_power(&p, s);
  if (s.count <= SAFE_DIGITS) {
    for (size_t i = 0; i < s.count; i++) digits = digits * 10 + (uint64_t)(digit_at(&p, s.first + i) - '0');
    if (to_integer(digits, power, p.negative, &out->integer)) return STRATA_DECIMAL_OK;
  }
  value = s.count <= SAFE_DIGITS ? read_digits(digits, power) : read_long(&p, s, power);
  out->is_real = true;
  out->real = p.negative ? -value : value;
  return judge(value, s.count, digits, power);
}

/* Copy `count` digits of the number from the `from`-th on; beyond its last there are zeros. */
static char *copy_digits(const pieces *p, size_t from, size_t count, char *out) {
  size_t i, total = p->whole_length + p->fraction_length;
  for (i = from; i < from + count; i++) *out++ = i < total ? digit_at(p, i) : '0';
  return out;
}

/*
** Print a number in plain notation, `exponent` being what its exponent amounts
** to: the point moves by so many digits, and zeros fill what it leaves behind.
** Nothing is written if `capacity` does not suffice.
*/
static void print_plain(const pieces *p, int64_t exponent, int scale, char *out, size_t capacity,
                        size_t *printed) {
  size_t total = p->whole_length + p->fraction_length, zeros = 0;
  int64_t point = (int64_t)p->whole_length + exponent; /* so many digits come before the point */
  size_t whole = 0, gap = point < 0 ? (size_t)-point : 0, fraction = 0, places;
  bool minus;
  while (zeros < total && digit_at(p, zeros) == '0') zeros++;
  minus = p->negative && zeros < total;
  if (zeros < total && point > (int64_t)zeros) whole = (size_t)point - zeros;
  if (point < (int64_t)total) fraction = (size_t)((int64_t)total - point);
  places = scale > 0 && (size_t)scale > fraction ? (size_t)scale : fraction;
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

/* The same for a number of our own: digits * 10^power. */
static void print_decimal(bool negative, decimal d, int scale, char *out, size_t capacity, size_t *printed) {
  char text[UINT64_DIGITS], *end = text + sizeof text;
  pieces p = {.negative = negative};
  p.whole = put_digits(d.digits, end);
  p.whole_length = (size_t)(end - p.whole);
  print_plain(&p, d.power, scale, out, capacity, printed);
}

/* Text to plain notation: as it stands, but for the point that the exponent moves. */
strata_decimal_status strata_decimal_print_text(const char *text, size_t length, int scale, char *out,
                                                size_t capacity, size_t *printed) {
  pieces p;
  int64_t exponent;
  *printed = 0;
  if (!scan(text, length, &p)) return STRATA_DECIMAL_SYNTAX;
  exponent = exponent_value(&p);
  if (exponent < -STRATA_DECIMAL_MAX_EXPONENT || exponent > STRATA_DECIMAL_MAX_EXPONENT)
    return STRATA_DECIMAL_RANGE;
  print_plain(&p, exponent, scale, out, capacity, printed);
  return STRATA_DECIMAL_OK;
}

/* Double to plain notation. A zero has no shortest digits to look for, and no sign. */
strata_decimal_status strata_decimal_print_real(double value, int scale, char *out, size_t capacity,
                                                size_t *printed) {
  decimal d = {0, 0};
  *printed = 0;
  if (!isfinite(value)) return STRATA_DECIMAL_RANGE;
  if (value != 0) d = shortest_digits(fabs(value));
  print_decimal(value < 0, d, scale, out, capacity, printed);
  return STRATA_DECIMAL_OK;
}

/* Integer to plain notation. The magnitude of INT64_MIN needs the unsigned type. */
void strata_decimal_print_integer(int64_t value, int scale, char *out, size_t capacity, size_t *printed) {
  decimal d = {value < 0 ? 0 - (uint64_t)value : (uint64_t)value, 0};
  print_decimal(value < 0, d, scale, out, capacity, printed);
}

/*
** Double to JSON number, as ECMA-262 Number::toString: with n digits before the
** point, plain for -6 < n <= 21, so at most "-0.00000" and 17 digits; else an
** exponent with a sign, of three digits at most. An infinity or a NaN has no
** such form: the length is then 0.
*/
size_t strata_decimal_print_number(double value, char out[32]) {
  char text[UINT64_DIGITS], *end = text + sizeof text, *digits, *at = out;
  decimal d = {0, 0};
  int exponent;
  size_t count, length;
  if (!isfinite(value)) return 0;
  if (value != 0) d = shortest_digits(fabs(value));
  digits = put_digits(d.digits, end);
  count = (size_t)(end - digits);
  exponent = d.power + (int)count - 1;
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

/*
** Equal are two numbers with the same significant digits and the same power of
** ten, which is compared as a difference: of itself it may be too large to hold.
*/
bool strata_decimal_equal(const char *a, size_t a_length, const char *b, size_t b_length) {
  pieces p, q;
  span s, t;
  size_t i;
  if (!scan(a, a_length, &p) || !scan(b, b_length, &q)) return false;
  s = significant(&p);
  t = significant(&q);
  if (s.count != t.count) return false;
  if (s.count == 0) return true;
  if (p.negative != q.negative) return false;
  if (exponent_difference(&p, &q) != last_power(&q, t) - last_power(&p, s)) return false;
  for (i = 0; i < s.count; i++)
    if (digit_at(&p, s.first + i) != digit_at(&q, t.first + i)) return false;
  return true;
}
