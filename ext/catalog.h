/*
** catalog.h: the nine tables of a Strata database.
**
** What no schema can tell (the names in a document, the order, the values of
** an enum and two defaults) stands in one table in catalog.c; what earlier
** documents called them, in dialect.c. Everything else, columns above all, is read
** from the live schema, so that a database with more, fewer or reordered columns
** backs up whole and restores.
*/
#ifndef STRATA_CATALOG_H
#define STRATA_CATALOG_H

#include "context.h"

#define STRATA_TABLE_COUNT 9

/* What a column holds, by its declared type: this decides its form in a document. */
typedef enum strata_kind {
  STRATA_KIND_STRING,
  STRATA_KIND_DECIMAL,      /* DECIMAL, NUMERIC: a string of digits */
  STRATA_KIND_BOOLEAN,
  STRATA_KIND_TIMESTAMP,    /* DATE, DATETIME, TIMESTAMP */
  STRATA_KIND_INTEGER,      /* INT…: a JSON number */
  STRATA_KIND_REAL          /* REAL, DOUBLE, FLOAT: a JSON number */
} strata_kind;

/* Column affinity, as sqlite.org/datatype3.html section 3.1 determines it. */
typedef enum strata_affinity {
  STRATA_AFFINITY_BLOB,
  STRATA_AFFINITY_TEXT,
  STRATA_AFFINITY_NUMERIC,
  STRATA_AFFINITY_INTEGER,
  STRATA_AFFINITY_REAL
} strata_affinity;

/* What an absent field of a new row becomes. */
typedef enum strata_default {
  STRATA_DEFAULT_NONE,      /* nothing: the field has to be there */
  STRATA_DEFAULT_SCHEMA,    /* the column's own default, or NULL: left out of the INSERT */
  STRATA_DEFAULT_NOW,       /* the time of the restore */
  STRATA_DEFAULT_TEXT       /* default_text */
} strata_default;

typedef struct strata_column {
  char *name;                     /* as the schema spells it: asset_type_id */
  char *field;                    /* as documents spell it: assetTypeId */
  char *label;                    /* the field as JSON, with its colon: "assetTypeId": (and a NUL) */
  size_t label_length;
  char *type;                     /* the declared type, for messages */
  strata_kind kind;
  strata_affinity affinity;
  int scale;                      /* DECIMAL(20,2): 2, else 0 */
  bool not_null;
  int key;                        /* place in the primary key from 1; 0: not part of it */
  const char *const *values;      /* an enum's values, NULL at the end; NULL: no enum */
  strata_default absent;
  const char *default_text;       /* for STRATA_DEFAULT_TEXT */
  bool late;                      /* nullable, and refers to a row of its own or a later table, which the
                                  ** connection enforces: written when all rows are there */
} strata_column;

typedef struct strata_foreign_key {
  int count;                      /* how many columns */
  int *columns;                   /* the referencing columns, as indexes; -1: a generated column */
  char **targets;                 /* the referenced columns' names */
  char *parent;                   /* the referenced table */
} strata_foreign_key;

typedef struct strata_table {
  const char *name;               /* in documents: assetTypes */
  const char *sql_name;           /* in the database: asset_types */
  int column_count;
  strata_column *columns;         /* without generated columns, in the schema's order */
  size_t column_room;
  int *by_field;                  /* the columns as indexes, in the order of their fields' names */
  int key_count;
  int *key;                       /* the primary key's columns, as indexes in key order */
  int foreign_key_count;
  strata_foreign_key *foreign_keys;
  bool referenced;                /* one of the nine refers to its primary key of one column */
  bool in_order;                  /* rows may refer to others of their table, and SQLite looks at once */
  const char *rowid;              /* the name that no column hides: rowid, _rowid_ or oid; NULL: none is left, or
                                  ** the table is WITHOUT ROWID */
  bool key_is_rowid;              /* INTEGER PRIMARY KEY: a column is the rowid */
  int generated_count;
  char **generated;               /* the generated columns' names */
} strata_table;

typedef struct strata_catalog {
  const char *schema;             /* "main" or an attached name; the caller's memory */
  bool utf16;                     /* the database's encoding is not UTF-8 */
  bool enforced;                  /* PRAGMA foreign_keys is on */
  strata_table tables[STRATA_TABLE_COUNT];
} strata_catalog;

/*
** Read the nine tables of `schema` from the live schema. A table that is
** missing, or is a view or a virtual table, is an error that names it. Call
** strata_catalog_free() in any case.
*/
void strata_catalog_load(strata_catalog *catalog, strata_context *ctx, const char *schema);
void strata_catalog_free(strata_catalog *catalog);

/* Sets an error that names the databases there are, unless `schema` is one of them. */
void strata_check_schema(strata_context *ctx, const char *schema);

/* The names alone, which need no database; -1 if there is no such table. */
const char *strata_table_name(int table);
const char *strata_table_sql_name(int table);
int strata_table_find(const char *name, size_t length);
int strata_table_find_sql(const char *sql_name);

/* Part of strata_catalog_load(): the foreign keys, once the columns are known. */
void strata_catalog_load_keys(strata_catalog *catalog, strata_context *ctx);

/* The column of this SQL name, or -1. */
int strata_column_find_sql(const strata_table *table, const char *name);

/* Whether the table has a column of this SQL name, generated ones included. */
bool strata_table_has_column(const strata_table *table, const char *sql_name);

/* The column that a document calls `field`, or -1; looks at `guess` first. */
int strata_column_find(const strata_table *table, const char *field, size_t length, int guess);

#endif
