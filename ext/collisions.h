/*
** collisions.h: rows that a backup could write, and no restore could take back.
**
** A UNIQUE column may hold one moment, or one number, in two spellings
** ("…Z" beside "…+00:00"). SQLite takes them for two values; a document has one
** form for both, and the restore of it would fail. That is found out when the
** backup is made, when there is still something to correct.
**
** Ordinary rows hold the very form that a restore stores, and cost a look at
** their text. Only a row that does not is looked for among the others: those in
** the restore's form by the index, those in other forms in a set of all such.
** Indexes on expressions or generated columns, or with a WHERE clause, are left out.
*/
#ifndef STRATA_COLLISIONS_H
#define STRATA_COLLISIONS_H

#include "name_set.h"
#include "value.h"

#define STRATA_COLLISION_COLUMNS 8

/* A UNIQUE index in which a value may be spelt in several ways. */
typedef struct strata_unique {
  int count;
  int columns[STRATA_COLLISION_COLUMNS]; /* as indexes of the table's columns */
  bool nocase[STRATA_COLLISION_COLUMNS]; /* the index takes A and a for the same */
  strata_name_set others;                /* keys, as in a document, of rows that are not in the restore's form */
  struct strata_unique *next;
} strata_unique;

typedef struct strata_collisions {
  strata_context *ctx;
  const strata_catalog *catalog;
  const strata_table *table;
  strata_unique *indexes; /* NULL: nothing to look at */
  strata_arena arena;
} strata_collisions;

/* Find the table's indexes. Call strata_collisions_free() in any case. */
void strata_collisions_begin(strata_collisions *c, strata_context *ctx, const strata_catalog *catalog,
                             const strata_table *table);
void strata_collisions_free(strata_collisions *c);

/* Look at one row of the table, which a document can carry: its columns are those of the statement. Sets an error
** that names the row if another one would collide with it. */
void strata_collisions_look(strata_collisions *c, sqlite3_stmt *row);

#endif
