/*
** json_writer.h: where a document goes as it is written: into memory, or in
** blocks to a sink such as a file; and JSON's escaping.
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

/* Takes the next `length` bytes of the document. SQLITE_OK, or an error that ends the writing. */
typedef int (*strata_sink)(void *argument, const char *data, size_t length);

typedef struct strata_writer {
  char *data;              /* from sqlite3_malloc64(): what is not handed to the sink yet */
  size_t length;           /* bytes used of data */
  size_t capacity;         /* bytes allocated */
  size_t limit;            /* without a sink: as long as the document may become */
  strata_sink sink;        /* NULL: the whole document stays in data */
  void *argument;          /* the sink's first argument */
  uint64_t flushed;        /* bytes that the sink has taken */
  int rc;                  /* SQLITE_OK, SQLITE_NOMEM, SQLITE_TOOBIG or the sink's error */
} strata_writer;

/* A writer into memory of at most `limit` bytes; to a sink it has no limit. */
void strata_writer_to_memory(strata_writer *w, size_t limit);
void strata_writer_to_sink(strata_writer *w, strata_sink sink, void *argument);
void strata_writer_free(strata_writer *w);

/* Hand everything to the sink; in memory, look whether the limit is kept. To be called at the end. */
void strata_writer_flush(strata_writer *w);

/* Room for `size` bytes at the end, which strata_writer_advance() then takes in; NULL after an error.
** The limit is looked at before and after, so that room for the worst case may be asked for. */
char *strata_writer_grow(strata_writer *w, size_t size);

static inline char *strata_writer_reserve(strata_writer *w, size_t size) {
  if (w->rc == SQLITE_OK && w->capacity - w->length >= size) return w->data + w->length;
  return strata_writer_grow(w, size);
}

static inline void strata_writer_advance(strata_writer *w, size_t size) {
  w->length += size;
}

/* Bytes as they are. */
static inline void strata_writer_raw(strata_writer *w, const char *bytes, size_t length) {
  char *out = strata_writer_reserve(w, length);
  if (out == NULL) return;
  memcpy(out, bytes, length);
  w->length += length;
}

#define strata_writer_literal(w, text) strata_writer_raw((w), "" text, sizeof(text) - 1)

/* An integer's digits. */
void strata_writer_integer(strata_writer *w, int64_t value);

/*
** A JSON string with its quotation marks: control characters escaped (RFC
** 8259, section 7), and U+FFFE and U+FFFF, of which SQLite's conversion to UTF-16
** makes something else; all else as it is. False, and nothing usable written, if
** the bytes are not UTF-8.
*/
bool strata_writer_string(strata_writer *w, const char *text, size_t length);

#endif
