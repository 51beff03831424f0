/*
** decimal.h: exact decimal numbers, from text to what a column stores and back.
**
** Knows neither SQL nor JSON. Nothing here allocates memory, rounds, or depends on the
** locale. One rule governs it all: a number is stored only if the number that comes
** back is the number that went in.
*/
#ifndef STRATA_DECIMAL_H
#define STRATA_DECIMAL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* The largest exponent, positive or negative, that is written out as zeros. */
#define STRATA_DECIMAL_MAX_EXPONENT 4096

/* Enough for strata_decimal_print_real() with a scale of 0. */
#define STRATA_DECIMAL_REAL_LENGTH 352

typedef enum strata_decimal_status {
  STRATA_DECIMAL_OK,
  STRATA_DECIMAL_SYNTAX,   /* the text is not a decimal number */
  STRATA_DECIMAL_INEXACT,  /* neither a 64-bit integer nor a double holds it */
  STRATA_DECIMAL_RANGE     /* beyond the largest double, or (when printing) an
                           ** exponent beyond STRATA_DECIMAL_MAX_EXPONENT */
} strata_decimal_status;

/* What a NUMERIC column stores: INTEGER or REAL (sqlite.org/datatype3.html). */
typedef struct strata_number {
  bool is_real;            /* which of the two below holds the value */
  int64_t integer;
  double real;
} strata_number;

/*
** The stored form of text[0..length): INTEGER if the value is integral and fits 64 bits,
** else the correctly rounded double, provided that its shortest digits are those of the
** text (without trailing zeros). Accepts [+-]digits[.digits][(e|E)[+-]digits], also ".5"
** and "5.", but no blanks. "-0" is 0. With INEXACT, *out holds the nearest double, for a
** message; with RANGE, an infinity.
*/
strata_decimal_status strata_decimal_to_number(const char *text, size_t length, strata_number *out);

/*
** Print in plain notation: no exponent, no "+", no superfluous leading zeros, no "-0",
** and at least `scale` digits after the point, more if the value has more. A text's own
** trailing zeros are kept. Writes at most `capacity` bytes without a terminator, and
** sets *printed to the number of bytes that the whole takes: if that is more than
** `capacity`, what was written is useless, so call again with more room.
** strata_decimal_print_text() fails with SYNTAX or RANGE, strata_decimal_print_real()
** with RANGE for an infinity or a NaN.
*/
strata_decimal_status strata_decimal_print_text(const char *text, size_t length, int scale, char *out,
                                                size_t capacity, size_t *printed);
strata_decimal_status strata_decimal_print_real(double value, int scale, char *out, size_t capacity,
                                                size_t *printed);
void strata_decimal_print_integer(int64_t value, int scale, char *out, size_t capacity, size_t *printed);

/*
** Print a finite double as a JSON number: the fewest digits that read back the same,
** with an exponent below 1e-6 and from 1e21 on, as ECMAScript's Number::toString does
** ("-0" is "0"). Writes at most 32 bytes without a terminator. Returns the length, 0 for
** an infinity or a NaN, for which JSON has no number.
*/
size_t strata_decimal_print_number(double value, char out[32]);

/* Whether two texts are the same decimal number: 1.5 and 1.50. False if either is not a decimal. */
bool strata_decimal_equal(const char *a, size_t a_length, const char *b, size_t b_length);

#endif
