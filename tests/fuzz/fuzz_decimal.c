/*
** fuzz_decimal.c: any text as a decimal number, compared with a slow oracle: strings of
** digits for numbers, printf() and strtod() for doubles.
*/
#include "decimal.h"
#include "fuzz.h"

#include <math.h>

/* A number: sign, digits without zeros at either end, and the power of ten that the last one counts. */
typedef struct number {
  bool valid, negative;
  bool huge;    /* the exponent is cut, so that two of these cannot be compared */
  char *digits; /* "" for zero */
  size_t count;
  long long power;
  size_t fraction; /* digits after the point, as the text has them and written out */
} number;

static bool is_digit(char c) {
  return c >= '0' && c <= '9';
}

/* Take a text apart as decimal.h says; free digits. An exponent of more than 12 digits is cut. */
static number take_apart(const char *text, size_t length) {
  number n = {.digits = calloc(length + 1, 1)};
  const char *p = text, *end = text + length;
  size_t seen = 0;
  long long fraction = 0, exponent = 0;
  bool point = false, minus = false;
  if (p < end && (*p == '+' || *p == '-')) n.negative = *p++ == '-';
  for (; p < end && (is_digit(*p) || (*p == '.' && !point)); p++) {
    if (*p == '.') {
      point = true;
      continue;
    }
    seen++;
    fraction += point;
    if (n.count > 0 || *p != '0') n.digits[n.count++] = *p;
  }
  if (seen == 0) return n;
  if (p < end && (*p == 'e' || *p == 'E')) {
    p++;
    if (p < end && (*p == '+' || *p == '-')) minus = *p++ == '-';
    if (p == end) return n;
    for (; p < end && is_digit(*p); p++) {
      n.huge = n.huge || exponent > 100000000000;
      exponent = n.huge ? 1000000000000 : exponent * 10 + (*p - '0');
    }
  }
  if (p != end) return n;
  n.valid = true;
  n.power = (minus ? -exponent : exponent) - fraction;
  n.fraction = n.power < 0 ? (size_t)-n.power : 0;
  while (n.count > 0 && n.digits[n.count - 1] == '0') n.count--, n.power++;
  n.digits[n.count] = '\0';
  if (n.count == 0) n.power = 0, n.negative = false;
  return n;
}

static bool same(const number *a, const number *b) {
  return a->negative == b->negative && a->power == b->power && strcmp(a->digits, b->digits) == 0;
}

/* Whether it is an integer of 64 bits, which is then *out. */
static bool as_integer(const number *n, int64_t *out) {
  uint64_t value = 0;
  if (n->power < 0 || (long long)n->count + n->power > 19) return false;
  for (size_t i = 0; i < n->count; i++) value = value * 10 + (unsigned)(n->digits[i] - '0');
  for (long long i = 0; i < n->power; i++) value *= 10;
  uint64_t limit = (uint64_t)INT64_MAX + n->negative;
  if (value > limit) return false;
  *out = n->negative ? (int64_t)(0 - value) : (int64_t)value;
  return true;
}

/* The correctly rounded double, by the C library. */
static double as_double(const number *n) {
  char *text = malloc(n->count + 40);
  sprintf(text, "%s0.%se%lld", n->negative ? "-" : "", n->count ? n->digits : "0",
          n->power + (long long)n->count);
  double value = strtod(text, NULL);
  free(text);
  return value;
}

/* The fewest digits that read back, by trying; free digits. */
static number shortest(double value) {
  char text[40];
  for (int precision = 0; precision < 17; precision++) {
    snprintf(text, sizeof text, "%.*e", precision, value);
    if (strtod(text, NULL) == value) break;
  }
  return take_apart(text, strlen(text));
}

/* What is printed has to be plain, of this value, and with this many fraction digits at least. */
static void check_plain(const char *out, size_t length, const number *value, size_t fraction) {
  number n = take_apart(out, length);
  PROMISE(n.valid && same(&n, value), "printed: %.*s", (int)length, out);
  PROMISE(memchr(out, 'e', length) == NULL && memchr(out, 'E', length) == NULL && out[0] != '+', "%.*s",
          (int)length, out);
  size_t start = out[0] == '-';
  PROMISE(is_digit(out[start]) && is_digit(out[length - 1]), "%.*s", (int)length, out);
  PROMISE(out[start] != '0' || length == start + 1 || out[start + 1] == '.', "%.*s", (int)length, out);
  PROMISE(n.fraction == fraction, "%.*s: %d digits after the point, not %d", (int)length, out,
          (int)n.fraction, (int)fraction);
  free(n.digits);
}

static void check_real(double value, int scale, const number *digits) {
  char out[STRATA_DECIMAL_REAL_LENGTH + 16], json[32];
  size_t printed = 0;
  PROMISE(strata_decimal_print_real(value, scale, out, sizeof out, &printed) == STRATA_DECIMAL_OK, "%.17g",
          value);
  PROMISE(printed <= sizeof out, "%.17g: %d bytes", value, (int)printed);
  size_t fraction = digits->power < 0 ? (size_t)-digits->power : 0;
  check_plain(out, printed, digits, fraction > (size_t)scale ? fraction : (size_t)scale);
  size_t length = strata_decimal_print_number(value, json);
  number n = take_apart(json, length);
  PROMISE(length > 0 && n.valid && same(&n, digits), "%.17g: %.*s", value, (int)length, json);
  free(n.digits);
}

static void check_stored(const char *text, size_t length, const number *n, int scale) {
  strata_number stored;
  strata_decimal_status status = strata_decimal_to_number(text, length, &stored);
  int64_t integer;
  PROMISE((status == STRATA_DECIMAL_SYNTAX) == !n->valid, "%.*s: status %d", (int)length, text, status);
  if (!n->valid) return;
  if (as_integer(n, &integer)) {
    char out[64];
    size_t printed = 0;
    PROMISE(status == STRATA_DECIMAL_OK && !stored.is_real && stored.integer == integer, "%.*s: %d",
            (int)length, text, status);
    strata_decimal_print_integer(integer, scale, out, sizeof out, &printed);
    PROMISE(printed <= sizeof out, "%d bytes", (int)printed);
    check_plain(out, printed, n, (size_t)scale);
    return;
  }
  double value = as_double(n);
  PROMISE(stored.is_real && stored.real == value && signbit(stored.real) == signbit(value),
          "%.*s: %.17g, not %.17g", (int)length, text, stored.real, value);
  if (isinf(value)) {
    PROMISE(status == STRATA_DECIMAL_RANGE, "%.*s: %d", (int)length, text, status);
    return;
  }
  PROMISE(status == STRATA_DECIMAL_OK || status == STRATA_DECIMAL_INEXACT, "%.*s: %d", (int)length, text,
          status);
  int exponent;
  number digits = shortest(value);
  /* At a power of two the nearest decimal of a length may not read back where another one does. */
  bool unclear = fabs(frexp(value, &exponent)) == 0.5;
  bool exact = same(&digits, n);
  if (!unclear)
    PROMISE((status == STRATA_DECIMAL_OK) == exact, "%.*s: %d, shortest %se%lld", (int)length, text, status,
            digits.digits, digits.power);
  if (!unclear) check_real(value, scale, &digits);
  if (status == STRATA_DECIMAL_OK && unclear) check_real(value, scale, n);
  free(digits.digits);
}

static void check_text(const char *text, size_t length, const number *n, int scale) {
  size_t needed = 0, again = 0;
  strata_decimal_status status = strata_decimal_print_text(text, length, scale, NULL, 0, &needed);
  PROMISE((status == STRATA_DECIMAL_SYNTAX) == !n->valid, "%.*s: status %d", (int)length, text, status);
  if (status != STRATA_DECIMAL_OK) return;
  char *out = malloc(needed);
  PROMISE(strata_decimal_print_text(text, length, scale, out, needed, &again) == STRATA_DECIMAL_OK &&
              again == needed,
          "%d and %d bytes", (int)needed, (int)again);
  check_plain(out, needed, n, n->fraction > (size_t)scale ? n->fraction : (size_t)scale);
  PROMISE(strata_decimal_equal(text, length, out, needed), "%.*s is not %.*s", (int)length, text, (int)needed,
          out);
  strata_number before, after;
  PROMISE(strata_decimal_to_number(text, length, &before) == strata_decimal_to_number(out, needed, &after),
          "%.*s", (int)length, text);
  free(out);
}

/* The two halves of the text must be equal exactly if the oracle says so. */
static void check_equal(const char *text, size_t length) {
  const char *comma = memchr(text, ',', length);
  if (comma == NULL) return;
  size_t left = (size_t)(comma - text), right = length - left - 1;
  number a = take_apart(text, left), b = take_apart(comma + 1, right);
  if (a.valid && b.valid && !a.huge && !b.huge)
    PROMISE(strata_decimal_equal(text, left, comma + 1, right) == same(&a, &b), "%.*s", (int)length, text);
  free(a.digits);
  free(b.digits);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
  char *text = malloc(size ? size : 1);
  memcpy(text, data, size);
  int scale = (int)(size % 5) * 3 % 11;
  number n = take_apart(text, size);
  check_stored(text, size, &n, scale);
  check_text(text, size, &n, scale);
  check_equal(text, size);
  free(n.digits);
  /* The same bytes as a double and as milliseconds' worth of integer, if there are eight. */
  double value;
  if (size >= sizeof value) {
    memcpy(&value, data, sizeof value);
    int exponent;
    if (isfinite(value) && value != 0 && fabs(frexp(value, &exponent)) != 0.5) {
      number digits = shortest(value);
      check_real(value, scale, &digits);
      free(digits.digits);
    }
  }
  free(text);
  return 0;
}
