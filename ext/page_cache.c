/*
** page_cache.c: PRAGMA cache_size, before and after.
**
** SQLite carries this PRAGMA out when it prepares the statement, and that does not expire
** other prepared statements. So the size can be set back even after sqlite3_interrupt(),
** when no statement runs any more until all that are running have ended.
*/
#include "page_cache.h"

#define DEFAULT_SIZE (-2000) /* KiB: SQLITE_DEFAULT_CACHE_SIZE, unless it was compiled with another */
#define LARGER_SIZE (-8000)
#define WORTH_IT 10000 /* a database of fewer rows fits the default cache, or nearly */

/* A host that limits SQLite's heap has counted on the small cache. */
static bool has_heap_limit(void) {
  return sqlite3_soft_heap_limit64(-1) > 0 || sqlite3_hard_heap_limit64(-1) > 0;
}

/* Set the size. Without a blank, and with a semicolon: SQLite's parser looks for an interrupt at each blank and at the
** end of a text. */
static char *write_statement(strata_context *ctx, const char *schema, int size) {
  return strata_format(ctx, "PRAGMA\"%w\".cache_size=%d;", schema, size);
}

static void run_pragma(sqlite3 *db, const char *sql) {
  sqlite3_stmt *stmt = NULL;
  sqlite3_prepare_v2(db, sql, -1, &stmt, NULL);
  sqlite3_finalize(stmt);
}

void strata_page_cache_enlarge(strata_page_cache *cache, strata_context *ctx, const char *schema,
                               uint64_t rows) {
  if (rows < WORTH_IT || has_heap_limit()) return;
  sqlite3_stmt *stmt = strata_prepare(ctx, "PRAGMA \"%w\".cache_size", schema);
  sqlite3_int64 size = strata_query_integer(ctx, stmt);
  if (ctx->rc == SQLITE_AUTH) strata_context_clear(ctx);
  if (size != DEFAULT_SIZE) return;
  char *enlarge = write_statement(ctx, schema, LARGER_SIZE);
  cache->restore_sql = write_statement(ctx, schema, DEFAULT_SIZE);
  if (cache->restore_sql) run_pragma(ctx->db, enlarge);
  sqlite3_free(enlarge);
}

void strata_page_cache_restore(strata_page_cache *cache, strata_context *ctx) {
  if (cache->restore_sql) run_pragma(ctx->db, cache->restore_sql);
  sqlite3_free(cache->restore_sql);
  cache->restore_sql = NULL;
}
