/*
** caller.c: looks for the function's name in the texts of the running statements
** (sqlite3_next_stmt(), sqlite3_sql()) and, if the function writes, in the schemas of
** the databases that are being read. Finding the name is enough: there is no way to
** call a function without writing it out.
*/
#include "caller.h"

#include <string.h>

static bool is_identifier(char c) {
  static const char letters[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_$";
  return c & 0x80 || (c && strchr(letters, c));
}

/* Whether SQL text contains the name as a whole identifier, quoted or not. */
static bool names(const char *sql, const char *function) {
  size_t length = strlen(function);
  for (const char *at = sql; *at; at++) {
    if (sqlite3_strnicmp(at, function, (int)length) == 0 && !is_identifier(at[length]) &&
        (at == sql || !is_identifier(at[-1])))
      return true;
  }
  return false;
}

/* Look at the running statements: one must contain the name, and none may write if the function does. */
static void check_statements(strata_context *ctx, const char *function, bool writes) {
  bool named = false, writing = false;
  for (sqlite3_stmt *stmt = NULL; (stmt = sqlite3_next_stmt(ctx->db, stmt));) {
    if (!sqlite3_stmt_busy(stmt) || sqlite3_stmt_isexplain(stmt)) continue;
    const char *sql = sqlite3_sql(stmt);
    named = named || (sql && names(sql, function)); /* an open BLOB handle has no text */
    writing = writing || !sqlite3_stmt_readonly(stmt);
  }
  if (!named)
    strata_fail(ctx, SQLITE_ERROR,
                "unsafe use of %s(): it was called by a view, a trigger or a constraint; call it directly, "
                "in your own statement",
                function);
  else if (writing && writes)
    strata_fail(ctx, SQLITE_ERROR,
                "%s() cannot run inside a statement that writes, or before such a statement has finished: "
                "finish that statement, and call it from a plain SELECT",
                function);
}

/* SQLite itself refuses calls from views and triggers, whenever it read them. Judge by the text that SQLite parses, not
** by the column `type`: whoever made the database can write anything there. */
static bool is_guarded(const char *sql) {
  return sqlite3_strnicmp(sql, "CREATE VIEW ", 12) == 0 || sqlite3_strnicmp(sql, "CREATE TRIGGER ", 15) == 0;
}

/* Whether a running statement reads the database of this number: its program then has an operation Transaction for it.
** If there is no way to tell, it does. */
static bool is_read_by(sqlite3 *db, sqlite3_stmt *running, int number) {
  char *sql = sqlite3_sql(running) ? sqlite3_mprintf("EXPLAIN %s", sqlite3_sql(running)) : NULL;
  sqlite3_stmt *explain = NULL;
  if (sql) sqlite3_prepare_v2(db, sql, -1, &explain, NULL);
  sqlite3_free(sql);
  bool read = explain == NULL;
  int rc = SQLITE_DONE;
  while (!read && (rc = sqlite3_step(explain)) == SQLITE_ROW) {
    const char *opcode = (const char *)sqlite3_column_text(explain, 1);
    read = opcode == NULL || (strcmp(opcode, "Transaction") == 0 && sqlite3_column_int(explain, 2) == number);
  }
  sqlite3_finalize(explain);
  return read || rc != SQLITE_DONE;
}

/*
** SQLite can only evaluate a schema's expressions while it reads that database. SQLite
** 3.34 can be asked whether it does. Before that, look at what each running statement does,
** and do not simply look at every schema: within a transaction that would begin to read a
** database in which a restore has yet to take the write lock.
*/
static bool is_being_read(sqlite3 *db, const char *schema, int number) {
#if SQLITE_VERSION_NUMBER >= 3034000
  if (sqlite3_libversion_number() >= 3034000) return sqlite3_txn_state(db, schema) != SQLITE_TXN_NONE;
#else
  (void)schema;
#endif
  for (sqlite3_stmt *stmt = NULL; (stmt = sqlite3_next_stmt(db, stmt));) {
    if (sqlite3_stmt_busy(stmt) && !sqlite3_stmt_isexplain(stmt) && is_read_by(db, stmt, number)) return true;
  }
  return false;
}

/* Refuse the call if the definition of a table or an index contains the name. */
static void check_schema(strata_context *ctx, const char *schema, const char *function) {
  sqlite3_stmt *list = strata_prepare(ctx, "SELECT name, sql FROM \"%w\".sqlite_master", schema);
  while (strata_step(ctx, list)) {
    const char *sql = (const char *)sqlite3_column_text(list, 1);
    if (sql && !is_guarded(sql) && names(sql, function))
      strata_fail(ctx, SQLITE_ERROR,
                  "unsafe use of %s(): the definition of \"%w\" in database \"%w\" contains its name, and a "
                  "schema must not call it; if you wrote that definition, remove the call; if not, do not "
                  "trust this database",
                  function, sqlite3_column_text(list, 0), schema);
  }
  sqlite3_finalize(list);
}

/* All but TEMP, whose schema the person has written. */
static void check_schemas(strata_context *ctx, const char *function) {
  sqlite3_stmt *list = strata_prepare(ctx, "PRAGMA database_list");
  while (strata_step(ctx, list)) {
    const char *schema = (const char *)sqlite3_column_text(list, 1);
    int number = sqlite3_column_int(list, 0);
    if (schema && number != 1 && is_being_read(ctx->db, schema, number)) check_schema(ctx, schema, function);
  }
  sqlite3_finalize(list);
}

void strata_caller_check(strata_context *ctx, const char *function, bool writes) {
  check_statements(ctx, function, writes);
  if (ctx->rc == SQLITE_OK && writes) check_schemas(ctx, function);
}
