/*
** strata.c: the entry points, and the table of everything that they register.
**
** SQLite calls the same two wrappers for every function: call(), which checks who
** is calling before it passes the arguments on, and misuse(), for a number of
** arguments that the function does not take. The manual is strata.h.
*/
#define STRATA_OWNS_API
#include "sqlite_api.h"
SQLITE_EXTENSION_INIT1

#include "backup.h"
#include "bulk.h"
#include "caller.h"
#include "check.h"
#include "counts.h"
#include "diff.h"
#include "files.h"
#include "progress.h"
#include "restore.h"
#include "rows.h"

#include <stddef.h>
#include <string.h>

#ifdef _WIN32
#define STRATA_EXPORT __declspec(dllexport)
#else
#define STRATA_EXPORT __attribute__((visibility("default")))
#endif

/* Rationale for STRATA_NOFS: some hosts can name a module's file but not its entry point. They load strata_nofs, which
** is compiled with this macro: SQLite derives the entry point from the file's name, and the module does not even
** contain the functions that touch the file system. */
#ifdef STRATA_NOFS
STRATA_EXPORT int sqlite3_stratanofs_init(sqlite3 *db, char **error, const sqlite3_api_routines *api);
#else
STRATA_EXPORT int sqlite3_strata_init(sqlite3 *db, char **error, const sqlite3_api_routines *api);
#endif
STRATA_EXPORT int sqlite3_strata_nofs_init(sqlite3 *db, char **error, const sqlite3_api_routines *api);

/* Newer API than that of SQLite 3.31 is called only after a look at the version that runs. */
#define OLDEST_SQLITE 3031000

static void version_function(sqlite3_context *sql, int argc, sqlite3_value **argv) {
  (void)argc, (void)argv;
  sqlite3_result_text(sql, STRATA_VERSION, -1, SQLITE_STATIC);
}

/* Rationale for DIRECTONLY: the functions read everything that a person owns, or replace it. A view, a trigger or a
** default in a database that somebody else made must not be able to call them. */
typedef struct function {
  const char *name;
  const char *usage;
  void (*call)(sqlite3_context *, int, sqlite3_value **);
  int min_arguments, max_arguments;
  int flags;   /* of sqlite3_create_function_v2() */
  int effects; /* TOUCHES_FILES, WRITES */
} function;

enum { TOUCHES_FILES = 1, WRITES = 2 /* files or rows */ };

static const function functions[] = {
    {"strata_version", "()", version_function, 0, 0, SQLITE_DETERMINISTIC | SQLITE_INNOCUOUS, 0},
    {"strata_backup_json", "([schema [, options]])", strata_backup_json_function, 0, 2, SQLITE_DIRECTONLY, 0},
    {"strata_restore_json", "(json [, mode [, options]])", strata_restore_json_function, 1, 3,
     SQLITE_DIRECTONLY, WRITES},
    {"strata_progress", "(phase, done, total)", strata_progress_function, 3, 3, SQLITE_DIRECTONLY, 0},
#ifndef STRATA_NOFS
    {"strata_backup_file", "(path [, schema [, options]])", strata_backup_file_function, 1, 3,
     SQLITE_DIRECTONLY, TOUCHES_FILES | WRITES},
    {"strata_restore_file", "(path [, mode [, options]])", strata_restore_file_function, 1, 3,
     SQLITE_DIRECTONLY, TOUCHES_FILES | WRITES},
    {"strata_backup_db", "(path [, schema])", strata_backup_db_function, 1, 2, SQLITE_DIRECTONLY,
     TOUCHES_FILES | WRITES},
    {"strata_file", "(path)", strata_file_function, 1, 1, SQLITE_DIRECTONLY, TOUCHES_FILES},
#endif
};

/* Set the error of a function, and free the message. NULL: there was no memory for one. */
static void give_error(sqlite3_context *sql, char *message) {
  if (message)
    sqlite3_result_error(sql, message, -1);
  else
    sqlite3_result_error_nomem(sql);
  sqlite3_free(message);
}

/* What SQLite calls for a valid number of arguments. */
static void call(sqlite3_context *sql, int argc, sqlite3_value **argv) {
  const function *f = sqlite3_user_data(sql);
  strata_context ctx;
  strata_context_begin(&ctx, sqlite3_context_db_handle(sql));
  if (!(f->flags & SQLITE_INNOCUOUS)) strata_caller_check(&ctx, f->name, f->effects & WRITES);
  if (ctx.rc == SQLITE_OK)
    f->call(sql, argc, argv);
  else
    strata_result_error(&ctx, sql);
  strata_context_end(&ctx);
}

/* What SQLite calls for any other number of arguments. */
static void misuse(sqlite3_context *sql, int argc, sqlite3_value **argv) {
  (void)argv;
  const function *f = sqlite3_user_data(sql);
  give_error(sql, sqlite3_mprintf("%s() got %d argument%s: call it as %s%s", f->name, argc,
                                  argc == 1 ? "" : "s", f->name, f->usage));
}

static const strata_vtab_definition *const tables[] = {&strata_counts_definition, &strata_check_definition,
                                                       &strata_diff_definition, &strata_rows_definition,
                                                       &strata_pending_definition};

/* Whether the extension is registered already. SQLite refuses to register a function again while a statement runs,
** such as the SELECT load_extension() that loads this module a second time: that is not an error. */
static bool is_loaded(sqlite3 *db, bool with_files) {
  sqlite3_stmt *stmt = NULL;
  const char *sql = with_files ? "SELECT strata_backup_file('')" : "SELECT strata_version()";
  sqlite3_prepare_v2(db, sql, -1, &stmt, NULL);
  sqlite3_finalize(stmt);
  return stmt != NULL;
}

/*
** Make SQLite read the schema now if this version cannot read it once a function runs. Ignore a failure: an encrypted
** database may have no key yet, or another connection may hold the lock.
*/
static void read_schema(sqlite3 *db) {
  sqlite3_stmt *stmt = NULL;
  if (!strata_schema_may_be_locked()) return;
  sqlite3_prepare_v2(db, "SELECT 1 FROM sqlite_master", -1, &stmt, NULL);
  sqlite3_finalize(stmt);
}

/* Register everything, or all but what touches files. */
static int register_all(sqlite3 *db, char **error, bool with_files) {
  if (sqlite3_libversion_number() < OLDEST_SQLITE) {
    *error = sqlite3_mprintf("strata needs SQLite 3.31 or newer; this is %s", sqlite3_libversion());
    return SQLITE_ERROR;
  }
  int rc = SQLITE_OK;
  for (size_t i = 0; i < sizeof functions / sizeof *functions; i++) {
    const function *f = &functions[i];
    if (f->effects & TOUCHES_FILES && !with_files) continue;
    for (int n = f->min_arguments; rc == SQLITE_OK && n <= f->max_arguments; n++)
      rc = sqlite3_create_function_v2(db, f->name, n, SQLITE_UTF8 | f->flags, (void *)f, call, NULL, NULL,
                                      NULL);
    if (rc == SQLITE_OK)
      rc = sqlite3_create_function_v2(db, f->name, -1, SQLITE_UTF8 | f->flags, (void *)f, misuse, NULL, NULL,
                                      NULL);
  }
  for (size_t i = 0; rc == SQLITE_OK && i < sizeof tables / sizeof *tables; i++)
    rc = sqlite3_create_module_v2(db, tables[i]->name, tables[i]->module, (void *)tables[i], NULL);
  if (rc == SQLITE_OK) {
    read_schema(db);
    return rc;
  }
  *error = sqlite3_mprintf("strata: %s", sqlite3_errmsg(db)); /* before is_loaded() replaces it */
  if (rc != SQLITE_BUSY || !is_loaded(db, with_files)) return rc;
  sqlite3_free(*error);
  *error = NULL;
  return SQLITE_OK;
}

int sqlite3_strata_nofs_init(sqlite3 *db, char **error, const sqlite3_api_routines *api) {
  SQLITE_EXTENSION_INIT2(api);
  return register_all(db, error, false);
}

#ifdef STRATA_NOFS
int sqlite3_stratanofs_init(sqlite3 *db, char **error, const sqlite3_api_routines *api) {
  return sqlite3_strata_nofs_init(db, error, api);
}
#else
int sqlite3_strata_init(sqlite3 *db, char **error, const sqlite3_api_routines *api) {
  SQLITE_EXTENSION_INIT2(api);
  return register_all(db, error, true);
}
#endif
