/*
** json_scanner.h: strict scanning of JSON text, from memory or a file.
**
** Accepts exactly RFC 8259 in exactly UTF-8 (RFC 3629), without recursion and
** with a limit on nesting. Text that lies in a file is seen through a window
** that moves forward, so that a document of any size takes little memory. Of
** text in memory, too, it sees one piece after the other: between two of them it
** asks whether to go on.
*/
#ifndef STRATA_JSON_SCANNER_H
#define STRATA_JSON_SCANNER_H

#include "context.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* How deep arrays and objects may nest. A backup needs four levels; the rest is for what other programs
** may have put beside its data. */
#define STRATA_MAX_DEPTH 64

/* Where a document's bytes come from: memory, or a function that reads them. */
typedef struct strata_source {
  const char *data;        /* the whole document, or NULL: use read() */
  uint64_t size;           /* of data */
  /* Put up to `size` bytes from `offset` on into `buffer`; *got less than `size` only at the end. 0, or a
  ** result code of SQLite's after an error, which the function has set where its argument knows. */
  int (*read)(void *argument, uint64_t offset, char *buffer, size_t size, size_t *got);
  /* NULL, or: 0 if the bytes are still what read() gave, else a result code, as above. */
  int (*verify)(void *argument);
  void (*close)(void *argument);   /* NULL, or: ends what the source holds */
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

/* The type as a message says it: "an array". */
const char *strata_json_type_name(strata_json_type type);

typedef struct strata_scanner {
  const strata_source *source;
  strata_context *ctx;           /* NULL, or whom to ask now and then whether to go on */
  const unsigned char *at;       /* the next byte */
  const unsigned char *end;      /* behind the last byte of the window */
  const unsigned char *window;   /* the window's first byte, which is byte … */
  uint64_t base;                 /* … of the document */
  const unsigned char *keep;     /* NULL, or what the window must not lose when it moves */
  unsigned char *buffer;         /* of a window into a file; from sqlite3_malloc64() */
  size_t capacity;
  bool has_escape;               /* since last cleared by the caller: a string with a backslash was passed */
  int rc;                        /* SQLITE_OK, or an error of memory, of the source or of ctx … */
  const char *problem;           /* … or (SQLITE_ERROR) what is wrong with the text, */
  uint64_t problem_offset;       /* and where */
} strata_scanner;

/* Begin at the document's first byte. The source has to outlive the scanner. */
void strata_scanner_open(strata_scanner *s, const strata_source *source);
void strata_scanner_close(strata_scanner *s);

/* Continue at `offset`, where a token begins. */
void strata_scanner_seek(strata_scanner *s, uint64_t offset);

/* The offset of the next byte. */
static inline uint64_t strata_scanner_offset(const strata_scanner *s) {
  return s->base + (uint64_t)(s->at - s->window);
}

/* Set the problem, unless there is one; false always. */
bool strata_scanner_fail(strata_scanner *s, const char *problem);

/* Skip white space; the next byte, or -1 at the end of the text or after an error. */
int strata_scanner_peek(strata_scanner *s);

/* Pass one byte, which has to be `c`: else the problem is `problem`. White space may come before it. */
bool strata_scanner_expect(strata_scanner *s, char c, const char *problem);

/*
** After the value of a member or an element: passes a comma, or what closes
** (the byte `close`). True if another member or element follows.
*/
bool strata_scanner_more(strata_scanner *s, char close);

/* Pass a string, at its quotation mark. */
bool strata_scanner_string(strata_scanner *s);

/* Pass a member's name: a string, with white space before it or not. */
bool strata_scanner_name(strata_scanner *s);

/* Pass any value; `depth` arrays and objects are open around it. */
bool strata_scanner_value(strata_scanner *s, int depth, strata_json_type *type);

/* Skip a byte-order mark. */
void strata_scanner_skip_bom(strata_scanner *s);

#endif
