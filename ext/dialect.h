/*
** dialect.h: what the documents of each schemaVersion call things. No other file
** knows a version.
**
** The catalog has the present names. A dialect says what was called otherwise in
** documents of its version, and what they had that is gone since. A new version is
** one more entry of the table in dialect.c, and the entries before it get the names
** that it has changed.
*/
#ifndef STRATA_DIALECT_H
#define STRATA_DIALECT_H

#include "catalog.h"

/* A name in the documents of a version. Lists of them end with one whose `was` is NULL. */
typedef struct strata_name_change {
  const char *table;           /* of a field: the present name of its table; NULL: the name is a table's */
  const char *was;             /* the name in the documents */
  const char *is;              /* the present name; NULL: retired, and dropped where the database has no place for it */
} strata_name_change;

typedef struct strata_dialect {
  const char *version;         /* the document's schemaVersion */
  const strata_name_change *renamed;   /* NULL: nothing */
  const strata_name_change *retired;
} strata_dialect;

/* The version that a document's schemaVersion names; NULL: none that can be read. */
const strata_dialect *strata_dialect_find(const char *version, size_t length);

/* The one in which backups are written. */
const strata_dialect *strata_dialect_written(void);

/* All that can be read, for messages: "'1'". From sqlite3_malloc(); NULL: no memory. */
char *strata_dialect_list(void);

/* The number in the catalog of a table that documents call `name`, or -1. */
int strata_dialect_table(const strata_dialect *dialect, const char *name, size_t length);

/* The column that documents call `field`, or -1; looks at `guess` first. */
int strata_dialect_column(const strata_dialect *dialect, const strata_table *table, const char *field, size_t length,
                         int guess);

/* Whether a table (`table` is NULL), or a field of a table, was retired since. */
bool strata_dialect_is_retired(const strata_dialect *dialect, const strata_table *table, const char *name, size_t length);

/* What documents call a table, or a field (by its present name) of one. */
const char *strata_dialect_table_name(const strata_dialect *dialect, int table);
const char *strata_dialect_field_name(const strata_dialect *dialect, int table, const char *field);

#endif
