/*
** json_scanner.h: strict scanning of JSON text in memory or in a file.
**
** Accepts exactly RFC 8259 in exactly UTF-8 (RFC 3629), without recursion and with a
** limit on nesting. The scanner sees the text of a file through a window that moves
** forward, so that a document of any size takes little memory. It also goes through
** text in memory piece by piece, and asks between two pieces whether to stop.
*/
#ifndef STRATA_JSON_SCANNER_H
#define STRATA_JSON_SCANNER_H

#include "context.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* How deep arrays and objects may nest. A backup needs four levels; the others are for members that another program may
** have added. */
#define STRATA_MAX_DEPTH 64

/* Where a document's bytes come from: memory, or a function that reads them. */
typedef struct strata_source {
  const char *data;        /* the whole document, or NULL: use read() */
  uint64_t size;           /* of data */
  /* Read `size` bytes from `offset` on into `buffer`; *got is less than `size` only at the end. Returns SQLITE_OK, or
  ** the result code of an error that the function has set in a context of its own. */
  int (*read)(void *argument, uint64_t offset, char *buffer, size_t size, size_t *got);
  /* NULL, or a check that the bytes have not changed since they were read. Returns as read() does. */
  int (*verify)(void *argument);
  void (*close)(void *argument);   /* NULL, or frees what the source holds */
  void *argument;
} strata_source;

typedef enum strata_json_type {
  STRATA_JSON_NULL,
  STRATA_JSON_TRUE,
  STRATA_JSON_FALSE,
  STRATA_JSON_NUMBER,
  STRATA_JSON_STRING,
  STRATA_JSON_ARRAY,
  STRATA_JSON_OBJECT
} strata_json_type;

/* The type in the words of a message: "an array". */
const char *strata_json_type_name(strata_json_type type);

typedef struct strata_scanner {
  const strata_source *source;
  strata_context *ctx;           /* NULL, or asked now and then whether to stop */
  const unsigned char *at;       /* the next byte */
  const unsigned char *end;      /* one past the last byte of the window */
  const unsigned char *window;   /* the window's first byte … */
  uint64_t base;                 /* … and its offset in the document */
  const unsigned char *keep;     /* NULL, or from where on the window must keep its bytes when it moves */
  unsigned char *buffer;         /* holds a window into a file; from sqlite3_malloc64() */
  size_t capacity;               /* of buffer */
  bool has_escape;               /* a string with a backslash was passed since the caller cleared this */
  int rc;                        /* SQLITE_OK, or an error of memory, of the source or of ctx … */
  const char *problem;           /* … or (SQLITE_ERROR) what is wrong with the text … */
  uint64_t problem_offset;       /* … and where */
} strata_scanner;

/* Begin at the document's first byte. The source must outlive the scanner. */
void strata_scanner_open(strata_scanner *s, const strata_source *source);
void strata_scanner_close(strata_scanner *s);

/* Continue at `offset`, where a token begins. */
void strata_scanner_seek(strata_scanner *s, uint64_t offset);

/* The offset of the next byte. */
static inline uint64_t strata_scanner_offset(const strata_scanner *s) {
  return s->base + (uint64_t)(s->at - s->window);
}

/* Set the problem, unless there is one or an error. Always returns false. */
bool strata_scanner_fail(strata_scanner *s, const char *problem);

/* Skip white space and return the next byte, without passing it; -1 at the end of the text or after an error. */
int strata_scanner_peek(strata_scanner *s);

/* Pass white space and the byte `c`. If another byte is there, the problem is `problem`. */
bool strata_scanner_expect(strata_scanner *s, char c, const char *problem);

/*
** Pass what follows a member or an element: a comma, or the closing byte `close`. True
** after a comma: another member or element follows.
*/
bool strata_scanner_more(strata_scanner *s, char close);

/* Pass a member's name, and white space before it. */
bool strata_scanner_name(strata_scanner *s);

/* Pass any value, and white space before it. `depth` arrays and objects are open around it. */
bool strata_scanner_value(strata_scanner *s, int depth, strata_json_type *type);

/* Skip a byte-order mark. */
void strata_scanner_skip_bom(strata_scanner *s);

#endif
