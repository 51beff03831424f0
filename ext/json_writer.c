/*
** json_writer.c: collects the text of a document in memory, and hands it to a sink in
** blocks. Strings are escaped straight into the buffer.
*/
#include "json_writer.h"
#include "decimal.h"
#include "utf8.h"

/* The size of the blocks for a sink: large enough that system calls cost nothing, small enough that a backup takes
** little memory. */
#define BLOCK ((size_t)256 * 1024)

void strata_writer_to_memory(strata_writer *w, size_t limit) {
  *w = (strata_writer){.limit = limit};
}

void strata_writer_to_sink(strata_writer *w, strata_sink sink, void *argument) {
  *w = (strata_writer){.sink = sink, .argument = argument};
}

void strata_writer_free(strata_writer *w) {
  sqlite3_free(w->data);
  w->data = NULL;
  w->length = w->capacity = 0;
}

void strata_writer_flush(strata_writer *w) {
  if (w->rc != SQLITE_OK || w->length == 0) return;
  if (w->sink == NULL) {
    if (w->length > w->limit) w->rc = SQLITE_TOOBIG;
    return;
  }
  w->rc = w->sink(w->argument, w->data, w->length);
  w->flushed += w->length;
  w->length = 0;
}

char *strata_writer_grow(strata_writer *w, size_t size) {
  strata_writer_flush(w);
  if (w->rc != SQLITE_OK) return NULL;
  if (w->capacity - w->length >= size) return w->data + w->length;
  size_t wanted = w->sink ? BLOCK : w->capacity + w->capacity / 2 + 1024;
  if (wanted < w->length + size) wanted = w->length + size;
  char *data = sqlite3_realloc64(w->data, wanted);
  if (data == NULL) {
    w->rc = SQLITE_NOMEM;
    return NULL;
  }
  w->data = data;
  w->capacity = wanted;
  return w->data + w->length;
}

void strata_writer_integer(strata_writer *w, int64_t value) {
  size_t n = 0;
  char *out = strata_writer_reserve(w, 24);
  if (out) strata_decimal_print_integer(value, 0, out, 24, &n);
  strata_writer_advance(w, n);
}

/* Write the escape of an ASCII character, at most 6 bytes; returns its length. */
static size_t escape(unsigned char c, char *out) {
  static const char hex[] = "0123456789abcdef";
  static const char letters[0x20] = {['\b'] = 'b', ['\f'] = 'f', ['\n'] = 'n', ['\r'] = 'r', ['\t'] = 't'};
  out[0] = '\\';
  char letter = c < 0x20 ? letters[c] : (char)c;
  if (letter) {
    out[1] = letter;
    return 2;
  }
  memcpy(out + 1, "u00", 3);
  out[4] = hex[c >> 4];
  out[5] = hex[c & 15];
  return 6;
}

/* Write long text in pieces, so that a sink takes little memory however much is in a cell. */
bool strata_writer_string(strata_writer *w, const char *text, size_t length) {
  const unsigned char *p = (const unsigned char *)text;
  size_t left = length;
  strata_writer_literal(w, "\"");
  while (left > 0 && w->rc == SQLITE_OK) {
    size_t piece = left < BLOCK / 8 ? left : BLOCK / 8;
    char *out = strata_writer_reserve(w, piece * 6 + 8);
    if (out == NULL) return true;
    char *start = out;
    while (piece > 0) {
      size_t n = strata_plain_run(p, piece);
      memcpy(out, p, n);
      if (n == 0 && *p >= 0x80) {
        n = strata_utf8_sequence(p, left);
        if (n == 0) return false;
        if (n == 3 && p[0] == 0xEF && p[1] == 0xBF && p[2] >= 0xBE) {
          memcpy(out, p[2] == 0xBE ? "\\ufffe" : "\\uffff", 6);
          out += 6 - 3;
        } else {
          memcpy(out, p, n);
        }
      } else if (n == 0) {
        out += escape(*p, out);
        p++, left--, piece--;
        continue;
      }
      p += n, out += n, left -= n;
      piece = n < piece ? piece - n : 0;
    }
    strata_writer_advance(w, (size_t)(out - start));
  }
  strata_writer_literal(w, "\"");
  return true;
}
