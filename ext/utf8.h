/*
** utf8.h: strict UTF-8, as RFC 3629 defines it: no overlong forms, no encoded
** surrogates, nothing above U+10FFFF.
*/
#ifndef STRATA_UTF8_H
#define STRATA_UTF8_H

#include <stddef.h>
#include <stdint.h>
#include <string.h>

/* The length in bytes of the sequence that begins at p, with `left` bytes to look at; 0 if it is not valid. */
static inline size_t strata_utf8_sequence(const unsigned char *p, size_t left) {
  unsigned char c = p[0];
  if (c < 0x80) return 1;
  if (c < 0xC2 || c > 0xF4) return 0;
  size_t n = c < 0xE0 ? 2 : c < 0xF0 ? 3 : 4;
  if (left < n) return 0;
  unsigned char low = c == 0xE0 ? 0xA0 : c == 0xF0 ? 0x90 : 0x80;
  unsigned char high = c == 0xED ? 0x9F : c == 0xF4 ? 0x8F : 0xBF;
  if (p[1] < low || p[1] > high) return 0;
  for (size_t i = 2; i < n; i++) {
    if ((p[i] & 0xC0) != 0x80) return 0;
  }
  return n;
}

/* Decode the valid sequence that begins at p. Returns its length in bytes. */
static inline size_t strata_utf8_decode(const unsigned char *p, uint32_t *c) {
  size_t n = p[0] < 0x80 ? 1 : p[0] < 0xE0 ? 2 : p[0] < 0xF0 ? 3 : 4;
  *c = n == 1 ? p[0] : p[0] & (0x7Fu >> n);
  for (size_t i = 1; i < n; i++) *c = *c << 6 | (p[i] & 0x3Fu);
  return n;
}

/*
** How many bytes from p on stand for themselves in a JSON string: ASCII, but no
** control character, quotation mark or backslash. Looks at eight bytes at a time.
** Each term of `found` sets the high bit of a byte of its kind. After the first such
** byte it may set others by mistake, because a subtraction borrows from the next
** byte; so only the first one counts.
*/
static inline size_t strata_plain_run(const unsigned char *p, size_t left) {
  const uint64_t ones = 0x0101010101010101u, highs = 0x8080808080808080u;
  size_t n = 0;
  while (left - n >= 8) {
    uint64_t x;
    memcpy(&x, p + n, 8);
    uint64_t quote = x ^ (ones * '"'), backslash = x ^ (ones * '\\');
    uint64_t found = x | ((x - ones * 0x20) & ~x) | ((quote - ones) & ~quote) | ((backslash - ones) & ~backslash);
    found &= highs;
#if defined(__GNUC__) && __BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__
    if (found) return n + (size_t)__builtin_ctzll(found) / 8;
#else
    if (found) break;
#endif
    n += 8;
  }
  while (n < left && p[n] >= 0x20 && p[n] < 0x80 && p[n] != '"' && p[n] != '\\') n++;
  return n;
}

#endif
