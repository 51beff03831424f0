/*
** nearest.h: the double that is nearest to a decimal, where the C library's strtod()
** gives one beside it now and then. Knows neither SQL nor JSON.
**
** mingw-w64's strtod() does: "9546676135936264e-168", which is 0x1.fffffffffffffp-506,
** it reads as the next double, 0x1p-505. glibc, musl, macOS and Windows' own UCRT
** round correctly.
*/
#ifndef STRATA_NEAREST_H
#define STRATA_NEAREST_H

#include <stddef.h>
#include <stdint.h>

/* The most digits, and the exponents, that the arithmetic has room for. */
#define STRATA_NEAREST_DIGITS 810
#define STRATA_NEAREST_POWER 1250

/*
** The double nearest to the `count` digits in `text` times 10^power, ties to even,
** infinity beyond the largest: found from `guess`, which is not negative, a step at
** a time.
*/
double strata_nearest_double(const char *text, size_t count, int64_t power, double guess);

/* The same by strtod(), and from its guess where that may be off. `text` goes on after the digits with "e", the
** power and a zero. */
double strata_nearest_read(const char *text, size_t count, int64_t power);

#endif
