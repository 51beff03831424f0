/*
** context.c: the sticky error of a call, and the helpers that stop once it is set:
** running statements, asking whether to stop, and taking memory.
*/
#include "context.h"

#include <assert.h>
#include <stdarg.h>
#include <stdint.h>
#include <string.h>

void strata_context_begin(strata_context *ctx, sqlite3 *db) {
  ctx->db = db;
  ctx->rc = SQLITE_OK;
  ctx->message = NULL;
  ctx->pulse = NULL;
  ctx->beats = 0;
  ctx->progress = NULL;
}

void strata_context_end(strata_context *ctx) {
  sqlite3_free(ctx->message);
  ctx->message = NULL;
  strata_context_close_statement(ctx);
}

void strata_context_close_statement(strata_context *ctx) {
  sqlite3_finalize(ctx->pulse);
  ctx->pulse = NULL;
}

void strata_context_clear(strata_context *ctx) {
  sqlite3_free(ctx->message);
  ctx->message = NULL;
  ctx->rc = SQLITE_OK;
}

char *strata_context_take(strata_context *ctx) {
  char *message = ctx->message;
  ctx->message = NULL;
  strata_context_clear(ctx);
  return message;
}

void strata_fail(strata_context *ctx, int rc, const char *format, ...) {
  if (ctx->rc != SQLITE_OK) return;
  ctx->rc = rc;
  va_list args;
  va_start(args, format);
  ctx->message = sqlite3_vmprintf(format, args);
  va_end(args);
}

void strata_fail_nomem(strata_context *ctx) {
  if (ctx->rc == SQLITE_OK) ctx->rc = SQLITE_NOMEM;
}

void strata_fail_db(strata_context *ctx, int rc) {
  if (rc == SQLITE_NOMEM)
    strata_fail_nomem(ctx);
  else
    strata_fail(ctx, rc, "%s", sqlite3_errmsg(ctx->db));
}

/* The order matters: sqlite3_result_error() also sets the code to SQLITE_ERROR, and sqlite3_result_error_code()
** then replaces the code but not the message. */
void strata_result_error(strata_context *ctx, sqlite3_context *sql) {
  if (ctx->rc == SQLITE_NOMEM || ctx->message == NULL) {
    sqlite3_result_error_nomem(sql);
    return;
  }
  sqlite3_result_error(sql, ctx->message, -1);
  sqlite3_result_error_code(sql, ctx->rc);
}

int strata_vtab_error(strata_context *ctx, sqlite3_vtab *vtab) {
  if (ctx->rc == SQLITE_OK) return SQLITE_OK;
  sqlite3_free(vtab->zErrMsg);
  vtab->zErrMsg = ctx->message;
  ctx->message = NULL;
  return vtab->zErrMsg ? ctx->rc : SQLITE_NOMEM;
}

bool strata_schema_may_be_locked(void) {
  int version = sqlite3_libversion_number();
  return version >= 3041000 && version < 3048000;
}

/* Prepare one statement; explain the error of a version that cannot read the schema now. A PRAGMA that an authorizer
** ignores has no columns, and would answer every question with "nothing". */
static sqlite3_stmt *prepare(strata_context *ctx, const char *sql) {
  sqlite3_stmt *stmt = NULL;
  int rc = sqlite3_prepare_v2(ctx->db, sql, -1, &stmt, NULL);
  /* SQLite's own code for a function that an authorizer denies is SQLITE_ERROR. */
  if (rc == SQLITE_ERROR && strncmp(sqlite3_errmsg(ctx->db), "not authorized", 14) == 0) rc = SQLITE_AUTH;
  if (rc == SQLITE_LOCKED && strata_schema_may_be_locked())
    strata_fail(
        ctx, rc,
        "SQLite %s cannot read the schema of a UTF-16 database while a statement runs: run a statement "
        "that reads a table first, such as SELECT count(*) FROM tags, and then this one again",
        sqlite3_libversion());
  if (rc != SQLITE_OK) strata_fail_db(ctx, rc);
  if (stmt && sqlite3_strnicmp(sql, "PRAGMA ", 7) == 0 && sqlite3_column_count(stmt) == 0)
    strata_fail(ctx, SQLITE_AUTH,
                "this connection's authorizer ignores %s (SQLITE_IGNORE), but the extension needs its "
                "result: allow it",
                sql);
  return stmt;
}

sqlite3_stmt *strata_prepare(strata_context *ctx, const char *format, ...) {
  if (ctx->rc != SQLITE_OK) return NULL;
  va_list args;
  va_start(args, format);
  char *sql = sqlite3_vmprintf(format, args);
  va_end(args);
  if (sql == NULL) {
    strata_fail_nomem(ctx);
    return NULL;
  }
  sqlite3_stmt *stmt = prepare(ctx, sql);
  sqlite3_free(sql);
  return stmt;
}

sqlite3_stmt *strata_prepare_str(strata_context *ctx, sqlite3_str *str) {
  int rc = sqlite3_str_errcode(str);
  char *sql = sqlite3_str_finish(str);
  sqlite3_stmt *stmt = NULL;
  if (rc == SQLITE_TOOBIG)
    strata_fail(ctx, rc,
                "a statement that names all columns of a table is longer than this connection allows: raise "
                "SQLITE_LIMIT_LENGTH");
  else if (sql == NULL)
    strata_fail_nomem(ctx);
  if (ctx->rc == SQLITE_OK) stmt = prepare(ctx, sql);
  sqlite3_free(sql);
  return stmt;
}

const char *strata_column_text(strata_context *ctx, sqlite3_stmt *stmt, int column) {
  if (sqlite3_column_type(stmt, column) == SQLITE_NULL) return NULL;
  const char *text = (const char *)sqlite3_column_text(stmt, column);
  if (text == NULL) strata_fail_nomem(ctx);
  return text;
}

bool strata_step(strata_context *ctx, sqlite3_stmt *stmt) {
  if (ctx->rc != SQLITE_OK) return false;
  int rc = sqlite3_step(stmt);
  if (rc == SQLITE_ROW) return true;
  if (rc != SQLITE_DONE) strata_fail_db(ctx, sqlite3_extended_errcode(ctx->db));
  return false;
}

void strata_run(strata_context *ctx, sqlite3_stmt *stmt) {
  while (strata_step(ctx, stmt)) continue; /* with PRAGMA count_changes even an INSERT returns a row */
  sqlite3_reset(stmt);
}

sqlite3_int64 strata_query_integer(strata_context *ctx, sqlite3_stmt *stmt) {
  sqlite3_int64 result = strata_step(ctx, stmt) ? sqlite3_column_int64(stmt, 0) : 0;
  sqlite3_finalize(stmt);
  return result;
}

/* SQLite calls a progress handler every so many steps of its virtual machine, and counts them over all runs of a
** prepared statement. Each of these columns is a step. */
#define STEPS "0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0"

void strata_check_interrupt(strata_context *ctx) {
  if (ctx->rc != SQLITE_OK || ctx->db == NULL) return;
  int rc = SQLITE_OK;
  if (ctx->pulse == NULL)
    rc = sqlite3_prepare_v2(ctx->db, "SELECT " STEPS "," STEPS "," STEPS "," STEPS, -1, &ctx->pulse, NULL);
  if (ctx->pulse) rc = sqlite3_step(ctx->pulse);
  /* Any other error means only that there was no way to ask: an authorizer may refuse the SELECT. */
  if (rc == SQLITE_INTERRUPT || rc == SQLITE_NOMEM) strata_fail_db(ctx, rc);
  sqlite3_reset(ctx->pulse);
}

void *strata_alloc(strata_context *ctx, size_t size) {
  return strata_realloc(ctx, NULL, size);
}

void *strata_realloc(strata_context *ctx, void *old, size_t size) {
  if (ctx->rc != SQLITE_OK) return NULL;
  assert(size > 0);
  void *memory = sqlite3_realloc64(old, size);
  if (memory == NULL) strata_fail_nomem(ctx);
  return memory;
}

char *strata_format(strata_context *ctx, const char *format, ...) {
  va_list args;
  va_start(args, format);
  char *text = sqlite3_vmprintf(format, args); /* after an error too: %z has to free its argument */
  va_end(args);
  if (text == NULL) strata_fail_nomem(ctx);
  if (ctx->rc == SQLITE_OK) return text;
  sqlite3_free(text);
  return NULL;
}

char *strata_copy(strata_context *ctx, const char *text, size_t length) {
  char *copy = strata_alloc(ctx, length + 1);
  if (copy == NULL) return NULL;
  memcpy(copy, text, length);
  copy[length] = '\0';
  return copy;
}

bool strata_grow(strata_context *ctx, void *array, size_t *room, size_t needed, size_t size) {
  if (ctx->rc != SQLITE_OK) return false;
  if (needed <= *room) return true;
  size_t most = SIZE_MAX / size, grown = *room > most / 2 ? most : *room * 2;
  if (grown < 16) grown = 16;
  if (grown < needed) grown = needed;
  if (grown > most) {
    strata_fail_nomem(ctx);
    return false;
  }
  /* Use memcpy(): C does not let a `void **` alias a pointer of another type. */
  void *old;
  memcpy(&old, array, sizeof old);
  void *items = strata_realloc(ctx, old, grown * size);
  if (items == NULL) return false;
  memcpy(array, &items, sizeof items);
  *room = grown;
  return true;
}
