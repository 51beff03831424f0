/*
** dialect.h: what the documents of each schemaVersion call the tables and fields.
** No other file knows a version.
**
** The catalog has the present names. A dialect lists the names that documents of
** its version spell differently, and those that have been retired since. A new
** version is one more entry in the table in dialect.c; the older entries then list
** the names that it changed.
*/
#ifndef STRATA_DIALECT_H
#define STRATA_DIALECT_H

#include "catalog.h"

/* A name that has changed since a version. Lists end with an entry whose `was` is NULL. */
typedef struct strata_name_change {
  const char *table;           /* for a field the present name of its table; NULL: this is a table's name */
  const char *was;             /* the name in the version's documents */
  const char *is;              /* the present name; NULL: retired, dropped if the database has no place for it */
} strata_name_change;

typedef struct strata_dialect {
  const char *version;         /* the document's schemaVersion */
  const strata_name_change *renamed;   /* a list, or NULL */
  const strata_name_change *retired;   /* the same */
} strata_dialect;

/* The dialect of a schemaVersion; NULL if this version cannot be read. */
const strata_dialect *strata_dialect_find(const char *version, size_t length);

/* The dialect of the backups that this extension writes. */
const strata_dialect *strata_dialect_written(void);

/* All versions that can be read, for messages: "'1'". From sqlite3_malloc(); NULL: no memory. */
char *strata_dialect_list(void);

/* The catalog's number of the table that documents call `name`, or -1. */
int strata_dialect_table(const strata_dialect *dialect, const char *name, size_t length);

/* The column that documents call `field`, or -1. Tries the column number `guess` first. */
int strata_dialect_column(const strata_dialect *dialect, const strata_table *table, const char *field, size_t length,
                         int guess);

/* Whether a field of `table`, or (`table` is NULL) a table, has been retired since. */
bool strata_dialect_is_retired(const strata_dialect *dialect, const strata_table *table, const char *name, size_t length);

/* What documents call a table, and a field that is given by its present name. */
const char *strata_dialect_table_name(const strata_dialect *dialect, int table);
const char *strata_dialect_field_name(const strata_dialect *dialect, int table, const char *field);

#endif
