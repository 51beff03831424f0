/*
** excerpt.c: any bytes as one line of UTF-8 for a message. Characters that a terminal
** could act on, and bytes that are not UTF-8, are shown as escapes.
*/
#include "excerpt.h"
#include "utf8.h"

#define LONGEST 100 /* bytes of the text; none takes more than six in the excerpt */

char *strata_excerpt(strata_context *ctx, const char *text, size_t length) {
  const unsigned char *p = (const unsigned char *)text;
  char *out = strata_alloc(ctx, LONGEST * 6 + 8);
  if (out == NULL) return NULL;
  size_t at = 0, n = 0;
  while (at < length) {
    size_t sequence = strata_utf8_sequence(p + at, length - at);
    if (at + (sequence ? sequence : 1) > LONGEST) break;
    if (sequence == 0) {
      sqlite3_snprintf(8, out + n, "\\x%02x", p[at]);
      n += 4;
    } else if (p[at] == '\n' || p[at] == '\t' || p[at] == '\r') {
      out[n++] = '\\';
      out[n++] = p[at] == '\n' ? 'n' : p[at] == '\t' ? 't' : 'r';
    } else if (p[at] < 0x20 || p[at] == 0x7F) {
      sqlite3_snprintf(8, out + n, "\\u%04x", p[at]);
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
