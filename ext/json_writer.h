/*
** json_writer.h: writes a document into memory, or in blocks to a sink such as a file.
** Knows how JSON escapes strings; commas and brackets are the caller's work.
**
** The error is sticky: after the first one every call does nothing.
*/
#ifndef STRATA_JSON_WRITER_H
#define STRATA_JSON_WRITER_H

#include "sqlite_api.h"
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

/* Takes the next `length` bytes of the document. Returns SQLITE_OK, or an error that ends the writing. */
typedef int (*strata_sink)(void *argument, const char *data, size_t length);

typedef struct strata_writer {
  char *data;              /* from sqlite3_malloc64(): what the sink has not taken yet */
  size_t length;           /* bytes used of data */
  size_t capacity;         /* bytes allocated */
  size_t limit;            /* without a sink: the longest document that is allowed */
  strata_sink sink;        /* NULL: the whole document stays in data */
  void *argument;          /* the sink's first argument */
  uint64_t flushed;        /* bytes that the sink has taken */
  int rc;                  /* SQLITE_OK, SQLITE_NOMEM, SQLITE_TOOBIG or the sink's error */
} strata_writer;

/* A writer into memory, of at most `limit` bytes, or to a sink, without a limit. */
void strata_writer_to_memory(strata_writer *w, size_t limit);
void strata_writer_to_sink(strata_writer *w, strata_sink sink, void *argument);
void strata_writer_free(strata_writer *w);

/* Hand everything to the sink; in memory, check the limit. Call it at the end. */
void strata_writer_flush(strata_writer *w);

/* Room for `size` more bytes, of which strata_writer_advance() then adds some; NULL after an error. Only what was added
** counts for the limit, so the caller may ask for the worst case. */
char *strata_writer_grow(strata_writer *w, size_t size);

static inline char *strata_writer_reserve(strata_writer *w, size_t size) {
  if (w->rc == SQLITE_OK && w->capacity - w->length >= size) return w->data + w->length;
  return strata_writer_grow(w, size);
}

static inline void strata_writer_advance(strata_writer *w, size_t size) {
  w->length += size;
}

/* Write bytes unchanged. */
static inline void strata_writer_raw(strata_writer *w, const char *bytes, size_t length) {
  char *out = strata_writer_reserve(w, length);
  if (out == NULL) return;
  memcpy(out, bytes, length);
  w->length += length;
}

#define strata_writer_literal(w, text) strata_writer_raw((w), "" text, sizeof(text) - 1)

/* Write an integer. */
void strata_writer_integer(strata_writer *w, int64_t value);

/*
** Write a JSON string with its quotation marks. Escapes control characters (RFC 8259,
** section 7), and U+FFFE and U+FFFF, which SQLite's conversion to UTF-16 changes; all
** other text stays as it is. False if the bytes are not valid UTF-8: then what was
** written is useless.
*/
bool strata_writer_string(strata_writer *w, const char *text, size_t length);

#endif
