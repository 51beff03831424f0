/*
** excerpt.c: any bytes as one line of UTF-8 for a message. Characters that a terminal
** could act on, and bytes that are not UTF-8, are shown as escapes.
*/
#include "excerpt.h"
#include "utf8.h"

/* Terminals obey the control characters U+0080 to U+009F like those of ASCII, and the bidirectional ones make text look
** like another. */
static bool is_control(uint32_t c) {
  return c < 0x20 || (c >= 0x7F && c <= 0x9F) || (c >= 0x202A && c <= 0x202E) || (c >= 0x2066 && c <= 0x2069);
}

#define LONGEST 100 /* bytes of the text; none takes more than six in the excerpt */

char *strata_excerpt(strata_context *ctx, const char *text, size_t length) {
  const unsigned char *p = (const unsigned char *)text;
  char *out = strata_alloc(ctx, LONGEST * 6 + 8);
  if (out == NULL) return NULL;
  size_t at = 0, n = 0;
  while (at < length) {
    size_t sequence = strata_utf8_sequence(p + at, length - at);
    if (at + (sequence ? sequence : 1) > LONGEST) break;
    uint32_t c = 0;
    if (sequence) strata_utf8_decode(p + at, &c);
    if (sequence == 0) {
      sqlite3_snprintf(8, out + n, "\\x%02x", p[at]);
      n += 4;
    } else if (p[at] == '\n' || p[at] == '\t' || p[at] == '\r') {
      out[n++] = '\\';
      out[n++] = p[at] == '\n' ? 'n' : p[at] == '\t' ? 't' : 'r';
    } else if (is_control(c)) {
      sqlite3_snprintf(8, out + n, "\\u%04x", c);
      n += 6;
    } else {
      memcpy(out + n, p + at, sequence);
      n += sequence;
    }
    at += sequence ? sequence : 1;
  }
  if (at < length) {
    memcpy(out + n, "…", sizeof "…" - 1);
    n += sizeof "…" - 1;
  }
  out[n] = '\0';
  return out;
}

char *strata_excerpt_of(strata_context *ctx, const char *text) {
  return strata_excerpt(ctx, text, strlen(text));
}
