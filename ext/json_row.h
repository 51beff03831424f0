/*
** json_row.h: one object of JSON, split into its members.
**
** cJSON accepts more than RFC 8259 allows and keeps numbers as doubles. So it
** decodes only what the scanner has passed, and digits are taken from the text.
*/
#ifndef STRATA_JSON_ROW_H
#define STRATA_JSON_ROW_H

#include "json_scanner.h"

/* How many arrays and objects are open around a row of a table. */
#define STRATA_ROW_DEPTH 3

/* Where a token is, counted from its row's first byte. */
typedef struct strata_token {
  size_t at, length;
  bool has_escape;             /* a backslash, as a string may have */
} strata_token;

/* One member of a row. Name and text are in the document or in the row's memory, without a NUL at the end, and valid
** until the next row is read. */
typedef struct strata_field {
  const char *name;
  size_t name_length;
  strata_json_type type;
  const char *text;            /* a string's characters, a number's digits, or a value as in the document */
  size_t length;
  strata_token name_token, token;
} strata_field;

typedef struct strata_row {
  uint64_t offset;             /* of its first byte */
  uint64_t index;              /* in its array, from 0 */
  int count;
  strata_field *fields;
  size_t room;
  char *scratch;               /* for the strings that have escapes */
  size_t scratch_size;
} strata_row;

/* Read the object that begins at the scanner's next byte, and pass it. A row begins as {0}. False after an error, which
** is the scanner's or set in ctx. */
bool strata_row_read(strata_row *row, strata_context *ctx, strata_scanner *scanner);

/* The characters of a string, decoded from its token (with the quotation marks), which the scanner has accepted. They
** are in the token, or in the memory of `row`, which holds no row afterwards. NULL after an error. */
const char *strata_row_parse_string(strata_row *row, strata_context *ctx, const char *token, size_t token_length,
                                    size_t *length);
void strata_row_free(strata_row *row);

#endif
