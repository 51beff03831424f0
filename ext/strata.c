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
#include <string.h>

#define STRATA_EXPORT __attribute__((visibility("default")))

/* Rationale for STRATA_NOFS: a host that can name a file only, not an entry point, loads the module strata_nofs,
** which is compiled with it. SQLite derives the default entry point from that name; and the functions that
** touch the file system are not even in it. */
#ifdef STRATA_NOFS
STRATA_EXPORT int sqlite3_stratanofs_init(sqlite3 *db, char **error, const sqlite3_api_routines *api);
#else
STRATA_EXPORT int sqlite3_strata_init(sqlite3 *db, char **error, const sqlite3_api_routines *api);
#endif
STRATA_EXPORT int sqlite3_strata_nofs_init(sqlite3 *db, char **error, const sqlite3_api_routines *api);

/* The API that is called unconditionally is that of SQLite 3.31. */
#define OLDEST_SQLITE 3031000

static void version_function(sqlite3_context *sql, int argc, sqlite3_value **argv) {
  (void)argc, (void)argv;
  sqlite3_result_text(sql, STRATA_VERSION, -1, SQLITE_STATIC);
}

/* Rationale for DIRECTONLY: the functions read everything that a person owns, or replace it; a view, a
** trigger or a default of a database that somebody else made must not be able to call them. */
typedef struct function {
  const char *name;
  const char *usage;
  void (*call)(sqlite3_context *, int, sqlite3_value **);
  int min_arguments, max_arguments;
  int flags;
  bool touches_files;
} function;

static const function functions[] = {
    {"strata_version", "()", version_function, 0, 0, SQLITE_DETERMINISTIC | SQLITE_INNOCUOUS, false},
    {"strata_backup_json", "([schema])", strata_backup_json_function, 0, 1, SQLITE_DIRECTONLY, false},
    {"strata_restore_json", "(json [, mode [, options]])", strata_restore_json_function, 1, 3,
     SQLITE_DIRECTONLY, false},
#ifndef STRATA_NOFS
    {"strata_backup_file", "(path [, schema])", strata_backup_file_function, 1, 2, SQLITE_DIRECTONLY, true},
    {"strata_restore_file", "(path [, mode [, options]])", strata_restore_file_function, 1, 3,
     SQLITE_DIRECTONLY, true},
    {"strata_backup_db", "(path [, schema])", strata_backup_db_function, 1, 2, SQLITE_DIRECTONLY, true},
    {"strata_file", "(path)", strata_file_function, 1, 1, SQLITE_DIRECTONLY, true},
#endif
};

static bool contains(const char *sql, const char *name) {
  for (; *sql; sql++) {
    if (sqlite3_strnicmp(sql, name, (int)strlen(name)) == 0) return true;
  }
  return false;
}

/*
** Whether a running statement names the function in its own text. SQLite itself
** does not see to DIRECTONLY in CHECK constraints: before 3.53 where the function
** is not deterministic, and in any version where the schema was read before the
** extension was loaded; and PRAGMA integrity_check evaluates them. What is
** called by somebody's schema is in nobody's statement. (A statement of the
** legacy interface has no text, and is believed.)
*/
static bool is_called_directly(sqlite3 *db, const char *name) {
  for (sqlite3_stmt *stmt = sqlite3_next_stmt(db, NULL); stmt; stmt = sqlite3_next_stmt(db, stmt)) {
    if (!sqlite3_stmt_busy(stmt)) continue;
    const char *sql = sqlite3_sql(stmt);
    if (sql == NULL || contains(sql, name)) return true;
  }
  return false;
}

/* Takes over the message; NULL: there was no memory for it. */
static void give_error(sqlite3_context *sql, char *message) {
  if (message)
    sqlite3_result_error(sql, message, -1);
  else
    sqlite3_result_error_nomem(sql);
  sqlite3_free(message);
}

static void call(sqlite3_context *sql, int argc, sqlite3_value **argv) {
  const function *f = sqlite3_user_data(sql);
  if (f->flags & SQLITE_INNOCUOUS || is_called_directly(sqlite3_context_db_handle(sql), f->name)) {
    f->call(sql, argc, argv);
    return;
  }
  give_error(sql,
             sqlite3_mprintf("unsafe use of %s(): a schema calls it, and only a statement of your own may",
                             f->name));
}

/* Any number of arguments that no other registration of the name takes. */
static void misuse(sqlite3_context *sql, int argc, sqlite3_value **argv) {
  (void)argv;
  const function *f = sqlite3_user_data(sql);
  give_error(sql, sqlite3_mprintf("%s() got %d argument%s: call it as %s%s", f->name, argc,
                                  argc == 1 ? "" : "s", f->name, f->usage));
}

static const strata_vtab_definition *const tables[] = {&strata_counts_definition, &strata_check_definition,
                                                       &strata_diff_definition};

/* Functions cannot be registered again while a statement runs, such as the SELECT load_extension() that
** loads this a second time. */
static bool is_loaded(sqlite3 *db, bool with_files) {
  sqlite3_stmt *stmt = NULL;
  const char *sql = with_files ? "SELECT strata_backup_file('')" : "SELECT strata_version()";
  sqlite3_prepare_v2(db, sql, -1, &stmt, NULL);
  sqlite3_finalize(stmt);
  return stmt != NULL;
}

static int register_all(sqlite3 *db, char **error, bool with_files) {
  if (sqlite3_libversion_number() < OLDEST_SQLITE) {
    *error = sqlite3_mprintf("strata needs SQLite 3.31 or newer; this is %s", sqlite3_libversion());
    return SQLITE_ERROR;
  }
  int rc = SQLITE_OK;
  for (size_t i = 0; i < sizeof functions / sizeof *functions; i++) {
    const function *f = &functions[i];
    if (f->touches_files && !with_files) continue;
    for (int n = f->min_arguments; rc == SQLITE_OK && n <= f->max_arguments; n++)
      rc = sqlite3_create_function_v2(db, f->name, n, SQLITE_UTF8 | f->flags, (void *)f, call, NULL, NULL,
                                      NULL);
    if (rc == SQLITE_OK)
      rc = sqlite3_create_function_v2(db, f->name, -1, SQLITE_UTF8 | f->flags, (void *)f, misuse, NULL, NULL,
                                      NULL);
  }
  for (size_t i = 0; rc == SQLITE_OK && i < sizeof tables / sizeof *tables; i++)
    rc = sqlite3_create_module_v2(db, tables[i]->name, tables[i]->module, (void *)tables[i], NULL);
  if (rc == SQLITE_OK)
    rc = sqlite3_create_collation_v2(db, STRATA_COLLATION, SQLITE_UTF8, NULL, strata_backup_collate, NULL);
  if (rc == SQLITE_OK) return rc;
  *error = sqlite3_mprintf("strata: %s", sqlite3_errmsg(db)); /* is_loaded() would leave another one */
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
