/*
** value.h: one value on its way between a cell and a document.
**
** The column decides the form on either side: strata_value_print() turns what
** a cell stores into JSON, strata_value_parse() turns JSON into what the cell
** will store. Both refuse what would not come back the same.
*/
#ifndef STRATA_VALUE_H
#define STRATA_VALUE_H

#include "arena.h"
#include "catalog.h"
#include "decimal.h"
#include "json_reader.h"
#include "json_writer.h"

/* A stored value. The text of one that was read from a cell or from a document belongs to the statement
** or the arena that it came from. */
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

/* The cell in column `i` of the statement's present row; its text is valid until the next step. `utf16`:
** that is how the database stores text. */
strata_value strata_value_from_cell(sqlite3_stmt *stmt, int i, bool utf16);

/*
** Bind without a copy: the value's text has to outlive the statement's next
** step. Text that is `as_utf16` is converted here, since SQLite's own conversion
** makes U+FFFD of U+FFFE and U+FFFF.
*/
int strata_value_bind(const strata_value *value, sqlite3_stmt *stmt, int parameter);

/*
** Write a stored value as JSON. NULL when done; else why the column's document
** form has no place for it, as the end of a sentence that says what the cell
** holds ("… which JSON cannot carry"; for an enum its values are to follow):
** then what was written is useless.
*/
const char *strata_value_print(const strata_column *column, const strata_value *value, strata_writer *w);

/*
** The value that the column will store for a field of a document. Text is put
** into `arena`. False if the field does not fit the column: then *reason is
** the sentence that says why, from sqlite3_malloc(), or NULL where ctx has an
** error.
*/
bool strata_value_parse(const strata_column *column, const strata_field *field, strata_arena *arena,
                        strata_context *ctx, strata_value *value, char **reason);

/* Whether U+FFFE or U+FFFF is in the value's text. */
bool strata_value_has_noncharacter(const strata_value *value);

/* Give UTF-8 as a function's or a column's result, so that it keeps these two in a UTF-16 database as well. */
void strata_result_text(sqlite3_context *sql, const char *text, size_t length);

/* Whether the column's affinity turns text that looks like a number into one. */
static inline bool strata_value_text_may_change(const strata_column *column) {
  return column->affinity != STRATA_AFFINITY_TEXT && column->affinity != STRATA_AFFINITY_BLOB;
}

/* Whether an enum's column takes this value. */
bool strata_value_is_listed(const strata_column *column, const char *text, size_t length);

static inline strata_value strata_value_of_number(const strata_number *number) {
  if (number->is_real) return (strata_value){.type = SQLITE_FLOAT, .real = number->real};
  return (strata_value){.type = SQLITE_INTEGER, .integer = number->integer};
}

/* A number's fewest digits that read back the same, and how many they are. */
size_t strata_value_digits(const strata_value *value, char out[32]);

/* A value for a message, from sqlite3_malloc(); NULL: no memory. */
char *strata_value_describe(const strata_value *value);

/* For sorting as SQLite's BINARY collation does: NULL, then numbers, then text, then the rest. */
int strata_value_compare(const strata_value *a, const strata_value *b);

#endif
