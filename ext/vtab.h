/*
** vtab.h: what the extension's eponymous virtual tables have in common.
**
** Each is a table-valued function: its hidden columns, which come last, are
** its arguments. A condition on one of them that SQLite does not hand over as an
** argument (with OR, say, or behind some joins) would be judged by the column's
** value, after the rows have been computed without it. So a hidden column has the
** value that was given, and one that was not given cannot be read: a query is
** answered rightly or not at all.
**
** A module defines its columns in a strata_vtab_definition, which
** is its client data, and takes the methods below; it adds xClose, xFilter, xEof,
** xColumn and, where a row takes more than counting, xNext.
*/
#ifndef STRATA_VTAB_H
#define STRATA_VTAB_H

#include "context.h"

#define STRATA_VTAB_MAX_ARGUMENTS 4

typedef struct strata_vtab_definition {
  const char *name;          /* strata_backup_counts */
  const char *example;       /* of a call: strata_backup_counts(json) */
  const char *columns;       /* CREATE TABLE x(…) */
  int first_argument;        /* the first hidden column */
  int arguments;             /* how many there are */
  const char *argument_names[STRATA_VTAB_MAX_ARGUMENTS];
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
  size_t row;                /* from 0 */
  sqlite3_value *arguments[STRATA_VTAB_MAX_ARGUMENTS];   /* copies of what was given, for the hidden columns; … */
  bool in_file[STRATA_VTAB_MAX_ARGUMENTS];               /* … of a value of strata_file() there is none */
} strata_cursor;

int strata_vtab_connect(sqlite3 *db, void *definition, int argc, const char *const *argv, sqlite3_vtab **vtab,
                        char **error);
int strata_vtab_disconnect(sqlite3_vtab *vtab);
int strata_vtab_best_index(sqlite3_vtab *vtab, sqlite3_index_info *info);

/* A cursor whose bytes are zero; xClose calls strata_cursor_clear() and frees it with sqlite3_free(). */
int strata_cursor_open(sqlite3_vtab *vtab, sqlite3_vtab_cursor **cursor);
int strata_cursor_next(sqlite3_vtab_cursor *cursor);
int strata_cursor_rowid(sqlite3_vtab_cursor *cursor, sqlite3_int64 *rowid);

/*
** The beginning of xFilter: from its idxNum and argv the arguments, one for each
** hidden column, NULL: not given. The cursor keeps copies of them. A query that
** reads a hidden column which it does not give is an error, set in ctx.
*/
void strata_cursor_begin(strata_cursor *cursor, strata_context *ctx, int plan, sqlite3_value **argv,
                         sqlite3_value *arguments[STRATA_VTAB_MAX_ARGUMENTS]);
void strata_cursor_clear(strata_cursor *cursor);

/* Argument `a`, which was `given` as a document, for a cursor that reads it after xFilter too; NULL: not given. */
sqlite3_value *strata_cursor_document(const strata_cursor *cursor, int a, sqlite3_value *given);

/* xColumn of a hidden column: what was given. */
int strata_cursor_argument(const strata_cursor *cursor, sqlite3_context *sql, int column);

#endif
