/*
** nearest.h: the double nearest to a decimal, also where the C library's strtod() is
** off by one. Knows neither SQL nor JSON.
**
** mingw-w64's strtod() is: it reads "9546676135936264e-168", which is
** 0x1.fffffffffffffp-506, as the next double, 0x1p-505. glibc, musl, macOS and
** Windows' own UCRT round correctly.
*/
#ifndef STRATA_NEAREST_H
#define STRATA_NEAREST_H

#include <stddef.h>
#include <stdint.h>

/* The largest number of digits, and the largest exponent, that the arithmetic has room for. */
#define STRATA_NEAREST_DIGITS 810
#define STRATA_NEAREST_POWER 1250

/*
** The double nearest to the `count` digits in `text` times 10^power: ties to even,
** infinity beyond the largest. Steps from `guess`, which is not negative, to the next
** double and the next, so the guess had better be close.
*/
double strata_nearest_double(const char *text, size_t count, int64_t power, double guess);

/* The same with strtod(), corrected on systems whose strtod() may be off. In `text`, the digits are followed by "e", the power and a NUL. */
double strata_nearest_read(const char *text, size_t count, int64_t power);

#endif
