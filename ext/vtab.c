/*
** vtab.c: the methods that all virtual tables of the extension share. xBestIndex turns
** conditions on hidden columns into arguments; xFilter passes them on as an array.
*/
#include "vtab.h"
#include "input.h"

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
  /* Rationale: a view or a trigger in a database that somebody else made must not read everything through these
  ** tables. */
  return sqlite3_vtab_config(db, SQLITE_VTAB_DIRECTONLY);
}

int strata_vtab_disconnect(sqlite3_vtab *vtab) {
  sqlite3_free(vtab);
  return SQLITE_OK;
}

static bool is_equality(int op) {
  return op == SQLITE_INDEX_CONSTRAINT_EQ || op == SQLITE_INDEX_CONSTRAINT_IS;
}

/* Which hidden columns the query reads or gives, as far as SQLite says. */
static int columns_read(const strata_vtab_definition *def, const sqlite3_index_info *info) {
  return (int)(info->colUsed >> def->first_argument) & ((1 << def->arguments) - 1);
}

/*
** Only arguments matter. idxNum gets a bit for each argument that is given (xFilter gets
** their values in this order), and above these a bit for each that the query reads
** without giving it. Refuse a plan that does not know an argument yet: SQLite then
** tries the join in another order.
*/
int strata_vtab_best_index(sqlite3_vtab *base, sqlite3_index_info *info) {
  const strata_vtab_definition *def = ((strata_vtab *)base)->definition;
  int where[STRATA_VTAB_MAX_ARGUMENTS];
  for (int a = 0; a < STRATA_VTAB_MAX_ARGUMENTS; a++) where[a] = -1;
  bool unknown = false;
  for (int i = 0; i < info->nConstraint; i++) {
    int argument = info->aConstraint[i].iColumn - def->first_argument;
    if (argument < 0 || !is_equality(info->aConstraint[i].op)) continue;
    assert(argument < def->arguments); /* the hidden columns are the last ones */
    if (info->aConstraint[i].usable)
      where[argument] = i;
    else
      unknown = true;
  }
  int used = 0, given = 0;
  for (int a = 0; a < def->arguments; a++) {
    if (where[a] < 0) continue;
    info->aConstraintUsage[where[a]].argvIndex = ++used;
    info->aConstraintUsage[where[a]].omit = 1;
    given |= 1 << a;
  }
  info->idxNum = given | (columns_read(def, info) & ~given) << STRATA_VTAB_MAX_ARGUMENTS;
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

static const strata_vtab_definition *definition_of(const strata_cursor *cursor) {
  return ((const strata_vtab *)cursor->base.pVtab)->definition;
}

void strata_cursor_clear(strata_cursor *cursor) {
  for (int a = 0; a < STRATA_VTAB_MAX_ARGUMENTS; a++) {
    sqlite3_value_free(cursor->arguments[a]);
    cursor->arguments[a] = NULL;
    cursor->in_file[a] = false;
  }
  cursor->row = 0;
}

/* The error of a query that would get a wrong answer: table, column, what SQLite does, an example. */
static const char hidden_column[] =
    "%s: \"%s\" is an argument, but in this query SQLite %s (an OR or an outer join can cause this): put the "
    "table into a subquery of its own, as in (SELECT * FROM %s)";

void strata_cursor_begin(strata_cursor *cursor, strata_context *ctx, int plan, sqlite3_value **argv,
                         sqlite3_value *arguments[STRATA_VTAB_MAX_ARGUMENTS]) {
  const strata_vtab_definition *def = definition_of(cursor);
  int used = 0;
  strata_cursor_clear(cursor);
  for (int a = 0; a < STRATA_VTAB_MAX_ARGUMENTS; a++) {
    arguments[a] = NULL;
    if (plan & 1 << (a + STRATA_VTAB_MAX_ARGUMENTS))
      strata_fail(ctx, SQLITE_ERROR, hidden_column, def->name, def->argument_names[a],
                  "does not pass it to the table", def->example);
    if ((plan & 1 << a) == 0) continue;
    arguments[a] = argv[used++];
    cursor->in_file[a] = strata_input_is_file(arguments[a]);
    cursor->arguments[a] = sqlite3_value_dup(arguments[a]);
    if (cursor->arguments[a] == NULL) strata_fail_nomem(ctx);
  }
}

sqlite3_value *strata_cursor_document(const strata_cursor *cursor, int a, sqlite3_value *given) {
  return given && !cursor->in_file[a] ? cursor->arguments[a] : given;
}

int strata_cursor_argument(const strata_cursor *cursor, sqlite3_context *sql, int column) {
  const strata_vtab_definition *def = definition_of(cursor);
  int a = column - def->first_argument;
  if (a < 0) return SQLITE_OK;
  if (cursor->arguments[a] && !cursor->in_file[a]) {
    sqlite3_result_value(sql, cursor->arguments[a]);
    return SQLITE_OK;
  }
  char *message =
      sqlite3_mprintf(hidden_column, def->name, def->argument_names[a],
                      cursor->in_file[a] ? "compares it with a value, which is impossible for a file"
                                         : "does not pass it to the table",
                      def->example);
  if (message)
    sqlite3_result_error(sql, message, -1);
  else
    sqlite3_result_error_nomem(sql);
  sqlite3_free(message);
  return SQLITE_ERROR;
}
