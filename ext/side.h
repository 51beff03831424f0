/*
** side.h: what the rows of a document are compared with, table by table: the live rows
** (side_live.c), or the rows of another document (side_document.c).
**
** Rows are reached in two ways. The walk goes through them in their own order. As long as
** both sides have the same rows in the same order, as a backup and its database do, that
** is all that is needed, and it is one sweep. A row that is not where the walk is, is
** found by its key. Each row that is met is marked; the rows without a mark at the end are
** those that the document does not have.
**
** After a pause, no statement of a side is open until the next call.
*/
#ifndef STRATA_SIDE_H
#define STRATA_SIDE_H

#include "document.h"
#include "name_set.h"
#include "row_set.h"

typedef struct strata_side_row {
  sqlite3_int64 number;          /* its rowid, or its place in the document */
  strata_value *values;          /* for the table's columns */
  const strata_row *fields;      /* a document's row: its members; NULL: a live one */
} strata_side_row;

typedef struct strata_side {
  const struct strata_side_methods *methods;
  strata_context *ctx;
  const strata_catalog *catalog;
  const strata_table *table;     /* that is being compared; NULL: none */
  bool numbered;                 /* rows have numbers, and the walk can go to one and be paused */
  sqlite3_int64 rows;            /* how many there are */
  sqlite3_int64 next;            /* the walk goes on with the first row of this number or a higher one */
  bool ended;                    /* there is no higher number */
  bool at_row;                   /* `walk` holds the row that the walk is at */
  strata_side_row walk, found;   /* `found`: what was found by key */
  strata_row_set marked;
  strata_name_set marked_keys;   /* instead, if rows have no numbers */
  /* live */
  sqlite3_stmt *walking, *finding;
  /* a document */
  strata_document *other;        /* the walk reads with it … */
  strata_document *finder;       /* … and what is found is read with this */
  const strata_section *section;
  strata_arena walk_arena, found_arena;
  struct strata_place *places;   /* where its rows are, by their keys; NULL until one is not where the walk is */
  strata_source pieces;          /* the document, read in small pieces */
} strata_side;

struct strata_side_methods {
  void (*open)(strata_side *side);                            /* count the rows, and what marks need */
  bool (*fetch)(strata_side *side);                            /* the walk's row from `next` on */
  bool (*look_up)(strata_side *side, const strata_value *key);    /* the row with the key of these values */
  void (*jump)(strata_side *side);                             /* the walk goes on after `found` */
  void (*pause)(strata_side *side);
  void (*end)(strata_side *side);                              /* free what the table took */
};

/* Begin with the live rows, or with the rows of `other`, an open document. Both must outlive the
** side. */
void strata_side_of_rows(strata_side *side, strata_context *ctx, const strata_catalog *catalog);
void strata_side_of_document(strata_side *side, strata_context *ctx, const strata_catalog *catalog,
                             strata_document *other);
void strata_side_free(strata_side *side);

/* If there is an error, say in its message that it is about the other document. */
void strata_side_name_document(strata_context *ctx);

/* Go on to a table: count its rows, and go to its beginning. Errors of all of these are set in ctx. */
void strata_side_begin(strata_side *side, const strata_table *table);
void strata_side_rewind(strata_side *side);

/* Put the row that the walk is at into side->walk, valid until the walk goes on. False after the last row. */
bool strata_side_peek(strata_side *side);
void strata_side_pass(strata_side *side);

/* Find the row with the key in these values, and put it into side->found, valid until the next search. */
bool strata_side_find(strata_side *side, const strata_value *key);

/* Let the walk go on after the row that was found. */
void strata_side_jump(strata_side *side);

void strata_side_mark(strata_side *side, const strata_side_row *row);
bool strata_side_is_marked(strata_side *side, const strata_side_row *row);
sqlite3_int64 strata_side_marked(const strata_side *side);

void strata_side_pause(strata_side *side);

#endif
