/*
** vtab.h: what the extension's eponymous virtual tables have in common.
**
** Each is a table-valued function: its hidden columns, which come last, are
** its arguments. A module defines its columns in a strata_vtab_definition, which
** is its client data, and takes the methods below; it adds xClose, xFilter, xEof,
** xColumn and, where a row takes more than counting, xNext.
*/
#ifndef STRATA_VTAB_H
#define STRATA_VTAB_H

#include "context.h"

#define STRATA_VTAB_MAX_ARGUMENTS 4

typedef struct strata_vtab_definition {
  const char *name;          /* strata_backup_counts */
  const char *columns;       /* CREATE TABLE x(…) */
  int first_argument;        /* the first hidden column */
  int arguments;             /* how many there are */
  size_t cursor_size;        /* of the module's cursor, which begins with a strata_cursor */
  const sqlite3_module *module;
} strata_vtab_definition;

typedef struct strata_vtab {
  sqlite3_vtab base;
  sqlite3 *db;
  const strata_vtab_definition *definition;
} strata_vtab;

typedef struct strata_cursor {
  sqlite3_vtab_cursor base;
  size_t row;                /* from 0, which xFilter sets */
} strata_cursor;

int strata_vtab_connect(sqlite3 *db, void *definition, int argc, const char *const *argv, sqlite3_vtab **vtab,
                        char **error);
int strata_vtab_disconnect(sqlite3_vtab *vtab);
int strata_vtab_best_index(sqlite3_vtab *vtab, sqlite3_index_info *info);

/* A cursor whose bytes are zero; xClose frees it with sqlite3_free(). */
int strata_cursor_open(sqlite3_vtab *vtab, sqlite3_vtab_cursor **cursor);
int strata_cursor_next(sqlite3_vtab_cursor *cursor);
int strata_cursor_rowid(sqlite3_vtab_cursor *cursor, sqlite3_int64 *rowid);

/* The arguments of xFilter, one for each hidden column; NULL: not given. */
void strata_vtab_arguments(int given, sqlite3_value **argv, sqlite3_value *arguments[STRATA_VTAB_MAX_ARGUMENTS]);

#endif
