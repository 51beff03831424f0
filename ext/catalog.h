/*
** catalog.h: the nine tables of a Strata database.
**
** One table in catalog.c lists what a schema does not say: the tables' names in a
** document, their order, the values of the two enums and the default of one. dialect.c
** lists what earlier documents called them. Everything else, above all the columns,
** comes from the live schema: a database with more, fewer or reordered columns
** is backed up and restored in full.
*/
#ifndef STRATA_CATALOG_H
#define STRATA_CATALOG_H

#include "context.h"

#define STRATA_TABLE_COUNT 9

/* What a column holds. The declared type decides it, and it decides the form in a document. */
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

/* What a field becomes if a new row lacks it. */
typedef enum strata_default {
  STRATA_DEFAULT_NONE,      /* an error: the field is required */
  STRATA_DEFAULT_SCHEMA,    /* the column's own default, or NULL: the INSERT leaves the column out */
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
  bool late;                      /* nullable, refers to a row of this or a later table, and the connection
                                  ** enforces that: written once all rows are there */
} strata_column;

typedef struct strata_foreign_key {
  int count;                      /* how many columns */
  int *columns;                   /* the referencing columns, as indexes; -1: a generated column */
  char **targets;                 /* the referenced columns' names */
  size_t column_room, target_room;
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
  size_t foreign_key_room;
  bool referenced;                /* one of the nine refers to its primary key, which has one column */
  bool in_order;                  /* a row must come after the rows of this table that it refers to, because
                                  ** SQLite checks each INSERT at once */
  const char *rowid;              /* rowid, _rowid_ or oid, whichever name no column hides; NULL: all are hidden,
                                  ** or the table is WITHOUT ROWID */
  bool key_is_rowid;              /* INTEGER PRIMARY KEY: a column is the rowid */
  int generated_count;
  char **generated;               /* the generated columns' names */
  size_t generated_room;
} strata_table;

typedef struct strata_catalog {
  const char *schema;             /* "main" or the name of an attached database; the caller's memory */
  bool utf16;                     /* the database's encoding is not UTF-8 */
  bool enforced;                  /* PRAGMA foreign_keys is on */
  strata_table tables[STRATA_TABLE_COUNT];
} strata_catalog;

/* Free what strata_catalog_load() has read. */
void strata_catalog_free(strata_catalog *catalog);

/* What a schema does not say about a table. */
typedef struct strata_definition {
  const char *name;               /* in documents */
  const char *sql_name;           /* in the database */
  const char *enum_column;        /* the column that is an enum, or NULL */
  const char *const *enum_values;
  const char *enum_default;       /* what the enum becomes in a row that does not have the field */
} strata_definition;

/* In the order of documents: parents before children. */
extern const strata_definition strata_definitions[STRATA_TABLE_COUNT];

/* The tables' names, which need no database. Returns -1 if there is no such table. */
const char *strata_table_name(int table);
const char *strata_table_sql_name(int table);
int strata_table_find(const char *name, size_t length);
int strata_table_find_sql(const char *sql_name);

/* The column of this SQL name, or -1. */
int strata_column_find_sql(const strata_table *table, const char *name);

/* Whether the table has a column of this SQL name, stored or generated. */
bool strata_table_has_column(const strata_table *table, const char *sql_name);

/* The column that a document calls `field`, or -1. Tries the column number `guess` first: rows mostly have their
** fields in the order of the columns. */
int strata_column_find(const strata_table *table, const char *field, size_t length, int guess);

/* The order of table->by_field: by length, then by their bytes, so that most comparisons end at the lengths. */
int strata_field_order(const char *a, size_t a_length, const char *b, size_t b_length);

#endif
