/*
** collisions.h: rows that a backup could write but no restore would accept.
**
** A UNIQUE column can hold one moment, or one number, in two spellings ("…Z" and
** "…+00:00"). To SQLite these are two values; a document has one form for both, so its
** restore would fail. So the backup itself looks for them, while the rows can still be corrected.
**
** Most rows have the form that a restore stores, and only their text is checked. A row in
** another form is looked up: by the index among the rows in the restore's form, and in a
** set among the rows in other forms.
** Indexes on expressions or generated columns, or with a WHERE clause, are left out, and so
** are those with a collation that the connection does not have. The set knows SQLite's own
** three collations; with any other one it takes only texts with the same bytes for equal.
*/
#ifndef STRATA_COLLISIONS_H
#define STRATA_COLLISIONS_H

#include "name_set.h"
#include "value.h"

/* What an index takes for equal, as far as the set can tell. */
typedef enum strata_equality {
  STRATA_EQUAL_BYTES,
  STRATA_EQUAL_NOCASE,
  STRATA_EQUAL_RTRIM
} strata_equality;

typedef struct strata_unique_column {
  int column;                    /* as an index of the table's columns */
  char *collation;               /* the index's own, which may differ from the column's */
  strata_equality equality;
  strata_value value;            /* what a restore would store for the row at hand */
} strata_unique_column;

/* A UNIQUE index in which a value may be spelt in several ways. */
typedef struct strata_unique {
  int count;
  strata_unique_column *columns;
  size_t column_room;
  strata_name_set others;        /* keys of rows that are not in the restore's form */
  struct strata_unique *next;
} strata_unique;

typedef struct strata_collisions {
  strata_context *ctx;
  const strata_catalog *catalog;
  const strata_table *table;
  strata_unique *indexes; /* NULL: nothing to look at */
  strata_arena arena;
} strata_collisions;

/* Find the table's indexes. Always call strata_collisions_free(). */
void strata_collisions_begin(strata_collisions *c, strata_context *ctx, const strata_catalog *catalog,
                             const strata_table *table);
void strata_collisions_free(strata_collisions *c);

/* Check one row of the table, the statement's, which a document can carry. Sets an error that names the row if it would
** collide with another one. */
void strata_collisions_check(strata_collisions *c, sqlite3_stmt *row);

#endif
