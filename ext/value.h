/*
** value.h: one value on its way between a cell and a document.
**
** The column decides the form on both sides: strata_value_print() turns what a cell
** stores into JSON, and strata_value_parse() turns JSON into what the cell will store.
** Both refuse a value that would not come back the same.
*/
#ifndef STRATA_VALUE_H
#define STRATA_VALUE_H

#include "arena.h"
#include "catalog.h"
#include "decimal.h"
#include "json_row.h"
#include "json_writer.h"

/* A stored value. Its text belongs to the statement or the arena that it came from. */
typedef struct strata_value {
  union {
    sqlite3_int64 integer;
    double real;
    const char *text;
  };
  uint32_t length;             /* of text, in bytes: SQLite's own limit is below 2^31 */
  bool as_utf16;               /* bind the text as UTF-16: see strata_value_bind() */
  uint8_t type;                /* SQLITE_INTEGER, _FLOAT, _TEXT, _BLOB or _NULL; 0: absent from its row */
} strata_value;

/* The value in column `i` of the statement's current row; its text is valid until the next step. `utf16`: the database
** stores text as UTF-16. */
strata_value strata_value_from_cell(sqlite3_stmt *stmt, int i, bool utf16);

/*
** Bind a value. Its text is not copied, so it must outlive the statement's next step.
** Text that is `as_utf16` is converted here, because SQLite's own conversion turns
** U+FFFE and U+FFFF into U+FFFD. A failure is the context's error; after an error, nothing
** is bound.
*/
void strata_value_bind(const strata_value *value, strata_context *ctx, sqlite3_stmt *stmt, int parameter);

/* Return a value from a column of a virtual table. Its text is not copied, so it must outlive the statement's step. */
void strata_value_result(const strata_value *value, sqlite3_context *sql);

/*
** Write a stored value as JSON. Returns NULL, or why a document cannot hold the value:
** the end of a sentence that says what the cell holds ("… which JSON cannot represent").
** For an enum, the caller appends the list of its values. In either case, discard what was written.
*/
const char *strata_value_print(const strata_column *column, const strata_value *value, strata_writer *w);

/*
** Turn a document's field into the value that the column will store. Text goes into
** `arena`. False if the field does not fit the column: then *reason is the sentence
** that says why, from sqlite3_malloc(); or it is NULL, and ctx has an error.
*/
bool strata_value_parse(const strata_column *column, const strata_field *field, strata_arena *arena,
                        strata_context *ctx, strata_value *value, char **reason);

/* Whether the value's text contains U+FFFE or U+FFFF. */
bool strata_value_has_noncharacter(const strata_value *value);

/* Return UTF-8 from a function or a column, without losing these two characters in a UTF-16 database. */
void strata_result_text(sqlite3_context *sql, const char *text, size_t length);

/* Whether the column's affinity turns text that looks like a number into one. */
static inline bool strata_value_text_may_change(const strata_column *column) {
  return column->affinity != STRATA_AFFINITY_TEXT && column->affinity != STRATA_AFFINITY_BLOB;
}

/* Whether the enum has this value. */
bool strata_value_is_listed(const strata_column *column, const char *text, size_t length);

/* A number as a value. */
static inline strata_value strata_value_of_number(const strata_number *number) {
  if (number->is_real) return (strata_value){.type = SQLITE_FLOAT, .real = number->real};
  return (strata_value){.type = SQLITE_INTEGER, .integer = number->integer};
}

#define STRATA_NUMBER_LENGTH 32 /* no number is longer, an integer's 20 digits or a double with an exponent */

/* Print a number with the fewest digits that read back the same. Returns how many bytes these take. */
size_t strata_value_digits(const strata_value *value, char out[STRATA_NUMBER_LENGTH]);

/* How a message shows a value: 'text', 12, NULL. From sqlite3_malloc(); NULL after an error. */
char *strata_value_describe(strata_context *ctx, const strata_value *value);

/* Order values as SQLite's BINARY collation does: NULL, then numbers, then text. */
int strata_value_compare(const strata_value *a, const strata_value *b);

#endif
