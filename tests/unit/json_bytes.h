/*
** json_bytes.h: what the tests of the JSON modules share: texts with their length,
** copies that end exactly where their memory ends, the UTF-8 of a code point, and a
** source that reads a text as if it were a file.
*/
#ifndef STRATA_TESTS_JSON_BYTES_H
#define STRATA_TESTS_JSON_BYTES_H

#include "json_scanner.h"

#include <stdlib.h>
#include <string.h>

#define COUNT(array) (sizeof(array) / sizeof(array)[0])

/* The scanner's window into a file. */
#define WINDOW ((size_t)256 * 1024)

/* A literal that may contain U+0000. */
typedef struct span {
  const char *data;
  size_t size;
} span;
#define B(literal)                                                                                           \
  { literal, sizeof(literal) - 1 }

/* A copy without a single byte after it, so that the sanitizers notice a read past its end. */
static inline char *exact_copy(const char *data, size_t size) {
  char *copy = malloc(size ? size : 1);
  if (copy && size) memcpy(copy, data, size);
  return copy;
}

/* A document as a file: read() returns at most `most` bytes at a time (0: as many as were asked for). */
typedef struct file {
  span content;
  size_t most;
  int fails_at_read; /* the number of the read that fails, from 1; 0: none */
  int reads;
} file;

/* A strata_source's read(). */
static inline int read_file(void *argument, uint64_t offset, char *buffer, size_t size, size_t *got) {
  file *f = argument;
  if (++f->reads == f->fails_at_read) return 10; /* SQLITE_IOERR */
  size_t left = offset < f->content.size ? f->content.size - (size_t)offset : 0;
  size_t n = left < size ? left : size;
  if (f->most && n > f->most) n = f->most;
  if (n) memcpy(buffer, f->content.data + offset, n);
  *got = n;
  return 0;
}

/* The UTF-8 of a code point, surrogates included; the number of its bytes. */
static inline size_t encode(uint32_t c, char out[4]) {
  if (c < 0x80) {
    out[0] = (char)c;
    return 1;
  }
  size_t n = c < 0x800 ? 2 : c < 0x10000 ? 3 : 4;
  for (size_t i = n - 1; i > 0; i--, c >>= 6) out[i] = (char)(0x80 | (c & 0x3F));
  out[0] = (char)((n == 2 ? 0xC0 : n == 3 ? 0xE0 : 0xF0) | c);
  return n;
}

/* Whether the text is UTF-8. Decodes, encodes and compares, so it shares nothing with the scanner's ranges. */
static inline bool is_utf8(const char *text, size_t size) {
  for (size_t i = 0; i < size;) {
    unsigned char lead = (unsigned char)text[i];
    size_t n = lead < 0x80 ? 1 : lead >= 0xF0 ? 4 : lead >= 0xE0 ? 3 : 2;
    if (size - i < n) return false;
    uint32_t c = n == 1 ? lead : lead & (n == 2 ? 0x1Fu : n == 3 ? 0x0Fu : 0x07u);
    for (size_t k = 1; k < n; k++) c = c << 6 | ((unsigned char)text[i + k] & 0x3Fu);
    char again[4];
    if (c > 0x10FFFF || (c >= 0xD800 && c <= 0xDFFF)) return false;
    if (encode(c, again) != n || memcmp(again, text + i, n) != 0) return false;
    i += n;
  }
  return true;
}

#endif
