/*
** vtab.c: see vtab.h.
*/
#include "vtab.h"

#include <assert.h>
#include <string.h>

int strata_vtab_connect(sqlite3 *db, void *definition, int argc, const char *const *argv, sqlite3_vtab **vtab,
                        char **error) {
  (void)argc, (void)argv, (void)error;
  const strata_vtab_definition *def = definition;
  int rc = sqlite3_declare_vtab(db, def->columns);
  if (rc != SQLITE_OK) return rc;
  strata_vtab *new_vtab = sqlite3_malloc64(sizeof *new_vtab);
  if (new_vtab == NULL) return SQLITE_NOMEM;
  memset(new_vtab, 0, sizeof *new_vtab);
  new_vtab->db = db;
  new_vtab->definition = def;
  *vtab = &new_vtab->base;
  /* Rationale: what these tables give and do is for the person at the connection; a view or a trigger of
  ** a database that somebody else made has no business with them. */
  return sqlite3_vtab_config(db, SQLITE_VTAB_DIRECTONLY);
}

int strata_vtab_disconnect(sqlite3_vtab *vtab) {
  sqlite3_free(vtab);
  return SQLITE_OK;
}

/*
** Only arguments matter. idxNum has a bit for each that is given, and xFilter
** gets those in order. A plan in which an argument is not known yet is refused,
** so that SQLite looks for one with the join the other way round.
*/
int strata_vtab_best_index(sqlite3_vtab *base, sqlite3_index_info *info) {
  const strata_vtab_definition *def = ((strata_vtab *)base)->definition;
  int where[STRATA_VTAB_MAX_ARGUMENTS];
  for (int a = 0; a < STRATA_VTAB_MAX_ARGUMENTS; a++) where[a] = -1;
  bool unknown = false;
  for (int i = 0; i < info->nConstraint; i++) {
    int argument = info->aConstraint[i].iColumn - def->first_argument;
    if (argument < 0 || info->aConstraint[i].op != SQLITE_INDEX_CONSTRAINT_EQ) continue;
    assert(argument < def->arguments); /* they are a table's last columns */
    if (info->aConstraint[i].usable)
      where[argument] = i;
    else
      unknown = true;
  }
  int used = 0;
  info->idxNum = 0;
  for (int a = 0; a < def->arguments; a++) {
    if (where[a] < 0) continue;
    info->aConstraintUsage[where[a]].argvIndex = ++used;
    info->aConstraintUsage[where[a]].omit = 1;
    info->idxNum |= 1 << a;
  }
  info->estimatedCost = 1e6;
  info->estimatedRows = 100;
  return unknown ? SQLITE_CONSTRAINT : SQLITE_OK;
}

int strata_cursor_open(sqlite3_vtab *vtab, sqlite3_vtab_cursor **out) {
  size_t size = ((const strata_vtab *)vtab)->definition->cursor_size;
  sqlite3_vtab_cursor *cursor = sqlite3_malloc64(size);
  if (cursor == NULL) return SQLITE_NOMEM;
  memset(cursor, 0, size);
  *out = cursor;
  return SQLITE_OK;
}

int strata_cursor_next(sqlite3_vtab_cursor *cursor) {
  ((strata_cursor *)cursor)->row++;
  return SQLITE_OK;
}

int strata_cursor_rowid(sqlite3_vtab_cursor *cursor, sqlite3_int64 *rowid) {
  *rowid = (sqlite3_int64)((const strata_cursor *)cursor)->row + 1;
  return SQLITE_OK;
}

void strata_vtab_arguments(int given, sqlite3_value **argv,
                           sqlite3_value *arguments[STRATA_VTAB_MAX_ARGUMENTS]) {
  int used = 0;
  for (int a = 0; a < STRATA_VTAB_MAX_ARGUMENTS; a++) arguments[a] = given & (1 << a) ? argv[used++] : NULL;
}
