/*
** strata.c: the entry points, and the table of everything that is registered.
** The manual is strata.h.
*/
#define STRATA_OWNS_API
#include "sqlite_api.h"
SQLITE_EXTENSION_INIT1

#include "backup.h"
#include "check.h"
#include "counts.h"
#include "diff.h"
#include "files.h"
#include "restore.h"

#include <stddef.h>

#ifdef _WIN32
#define STRATA_EXPORT __declspec(dllexport)
#else
#define STRATA_EXPORT __attribute__((visibility("default")))
#endif

STRATA_EXPORT int sqlite3_strata_init(sqlite3 *db, char **error, const sqlite3_api_routines *api);
STRATA_EXPORT int sqlite3_strata_nofs_init(sqlite3 *db, char **error, const sqlite3_api_routines *api);

/* The API that is called unconditionally is that of SQLite 3.31. */
#define OLDEST_SQLITE 3031000

static void version_function(sqlite3_context *sql, int argc, sqlite3_value **argv) {
  (void)argc, (void)argv;
  sqlite3_result_text(sql, STRATA_VERSION, -1, SQLITE_STATIC);
}

typedef void (*sql_function)(sqlite3_context *, int, sqlite3_value **);

/* Rationale for DIRECTONLY: the functions read everything that a person owns, or replace it; a view, a
** trigger or a default of a database that somebody else made must not be able to call them. In a CHECK
** constraint SQLite looks at that flag only where a function is DETERMINISTIC as well (and PRAGMA
** integrity_check evaluates those): so it is said of them, though it only means here that a call without
** arguments that vary runs once in a statement, however many rows there are, which suits them. But before
** 3.32 SQLite ran such calls also where the statement would not have come to them (WHERE 0). */
#define DETERMINISTIC_FROM 3032000
static const struct {
  const char *name;
  int min_arguments, max_arguments;
  int flags;
  sql_function function;
  bool touches_files;
} functions[] = {
    {"strata_version", 0, 0, SQLITE_DETERMINISTIC | SQLITE_INNOCUOUS, version_function, false},
    {"strata_backup_json", 0, 1, SQLITE_DIRECTONLY, strata_backup_json_function, false},
    {"strata_restore_json", 1, 3, SQLITE_DIRECTONLY, strata_restore_json_function, false},
    {"strata_backup_file", 1, 2, SQLITE_DIRECTONLY, strata_backup_file_function, true},
    {"strata_restore_file", 1, 3, SQLITE_DIRECTONLY, strata_restore_file_function, true},
    {"strata_backup_db", 1, 2, SQLITE_DIRECTONLY, strata_backup_db_function, true},
};

static const strata_vtab_definition *const tables[] = {&strata_counts_definition, &strata_check_definition,
                                                       &strata_diff_definition};

/* Functions cannot be registered again while a statement runs, such as the SELECT load_extension() that
** loads this a second time. */
static bool is_loaded(sqlite3 *db) {
  sqlite3_stmt *stmt = NULL;
  sqlite3_prepare_v2(db, "SELECT strata_version()", -1, &stmt, NULL);
  sqlite3_finalize(stmt);
  return stmt != NULL;
}

static int register_all(sqlite3 *db, char **error, bool with_files) {
  if (sqlite3_libversion_number() < OLDEST_SQLITE) {
    *error = sqlite3_mprintf("strata needs SQLite 3.31 or newer; this is %s", sqlite3_libversion());
    return SQLITE_ERROR;
  }
  int rc = SQLITE_OK;
  int deterministic = sqlite3_libversion_number() >= DETERMINISTIC_FROM ? SQLITE_DETERMINISTIC : 0;
  for (size_t i = 0; i < sizeof functions / sizeof *functions; i++) {
    if (functions[i].touches_files && !with_files) continue;
    for (int n = functions[i].min_arguments; rc == SQLITE_OK && n <= functions[i].max_arguments; n++)
      rc = sqlite3_create_function_v2(db, functions[i].name, n, SQLITE_UTF8 | functions[i].flags | deterministic, NULL,
                                      functions[i].function, NULL, NULL, NULL);
  }
  for (size_t i = 0; rc == SQLITE_OK && i < sizeof tables / sizeof *tables; i++)
    rc = sqlite3_create_module_v2(db, tables[i]->name, tables[i]->module, (void *)tables[i], NULL);
  if (rc == SQLITE_OK)
    rc = sqlite3_create_collation_v2(db, STRATA_COLLATION, SQLITE_UTF8, NULL, strata_backup_collate, NULL);
  if (rc == SQLITE_BUSY && is_loaded(db)) return SQLITE_OK;
  if (rc != SQLITE_OK) *error = sqlite3_mprintf("strata: %s", sqlite3_errmsg(db));
  return rc;
}

int sqlite3_strata_init(sqlite3 *db, char **error, const sqlite3_api_routines *api) {
  SQLITE_EXTENSION_INIT2(api);
  return register_all(db, error, true);
}

int sqlite3_strata_nofs_init(sqlite3 *db, char **error, const sqlite3_api_routines *api) {
  SQLITE_EXTENSION_INIT2(api);
  return register_all(db, error, false);
}
