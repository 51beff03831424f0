/*
** vtab.h: what the extension's eponymous virtual tables have in common.
**
** Each is a table-valued function: its hidden columns, which come last, are its
** arguments. SQLite does not always pass a condition on a hidden column to xFilter (not
** under OR, say, and not in some joins). It would then compute the rows without the
** argument and compare the column's value afterwards, with a wrong result. So a hidden
** column returns the argument that was given, and reading one that was not given is an
** error: a query gets the right answer or none.
**
** A module describes itself in a strata_vtab_definition, which is its client data, and
** begins with STRATA_VTAB_METHODS. It adds xClose, xFilter, xEof, xColumn and xNext, which
** is strata_cursor_next() if rows are only counted.
*/
#ifndef STRATA_VTAB_H
#define STRATA_VTAB_H

#include "context.h"

#define STRATA_VTAB_MAX_ARGUMENTS 4

typedef struct strata_vtab_definition {
  const char *name;          /* strata_backup_counts */
  const char *example;       /* a call, for messages: strata_backup_counts(json) */
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
  sqlite3_value *arguments[STRATA_VTAB_MAX_ARGUMENTS];   /* copies of the arguments, for the hidden columns … */
  bool in_file[STRATA_VTAB_MAX_ARGUMENTS];               /* … but not of one from strata_file() */
} strata_cursor;

int strata_vtab_connect(sqlite3 *db, void *definition, int argc, const char *const *argv, sqlite3_vtab **vtab,
                        char **error);
int strata_vtab_disconnect(sqlite3_vtab *vtab);
int strata_vtab_best_index(sqlite3_vtab *vtab, sqlite3_index_info *info);

/* xOpen: a cursor whose bytes are zero. xClose calls strata_cursor_clear() and sqlite3_free(). */
int strata_cursor_open(sqlite3_vtab *vtab, sqlite3_vtab_cursor **cursor);
int strata_cursor_next(sqlite3_vtab_cursor *cursor);
int strata_cursor_rowid(sqlite3_vtab_cursor *cursor, sqlite3_int64 *rowid);

/* The methods that are the same in every module. */
#define STRATA_VTAB_METHODS                                                                                            \
  .xConnect = strata_vtab_connect, .xBestIndex = strata_vtab_best_index, .xDisconnect = strata_vtab_disconnect,        \
  .xOpen = strata_cursor_open, .xRowid = strata_cursor_rowid

/*
** The beginning of xFilter. Sorts idxNum and argv into `arguments`, one for each hidden
** column, NULL if it was not given, and keeps copies of them in the cursor. A query
** that reads a hidden column without giving it is an error in ctx.
*/
void strata_cursor_begin(strata_cursor *cursor, strata_context *ctx, int plan, sqlite3_value **argv,
                         sqlite3_value *arguments[STRATA_VTAB_MAX_ARGUMENTS]);
void strata_cursor_clear(strata_cursor *cursor);

/* Argument `a`, which xFilter got as `given`, for a cursor that reads the document after xFilter: the cursor's copy,
** unless it comes from strata_file(). NULL: not given. */
sqlite3_value *strata_cursor_document(const strata_cursor *cursor, int a, sqlite3_value *given);

/* xColumn of a hidden column: the argument. Does nothing for other columns. */
int strata_cursor_argument(const strata_cursor *cursor, sqlite3_context *sql, int column);

#endif
