/*
** spool.c: a table of numbered BLOBs in a temporary database of its own, which SQLite
** keeps in its page cache and moves to a file without a name when it grows.
*/
#include "spool.h"

static void fail(strata_spool *spool, strata_context *ctx, int rc) {
  if (rc == SQLITE_NOMEM || spool->db == NULL)
    strata_fail_nomem(ctx);
  else
    strata_fail(ctx, rc, "cannot keep the differences in a temporary file: %s", sqlite3_errmsg(spool->db));
}

static void open_spool(strata_spool *spool, strata_context *ctx) {
  if (ctx->rc != SQLITE_OK || spool->db) return;
  int rc = sqlite3_open_v2("", &spool->db, SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE, NULL);
  if (rc == SQLITE_OK)
    rc = sqlite3_exec(spool->db,
                      "PRAGMA journal_mode=OFF; BEGIN; CREATE TABLE spool(n INTEGER PRIMARY KEY, piece BLOB)",
                      NULL, NULL, NULL);
  if (rc == SQLITE_OK)
    rc = sqlite3_prepare_v2(spool->db, "INSERT INTO spool(piece) VALUES(?1)", -1, &spool->put, NULL);
  if (rc == SQLITE_OK)
    rc = sqlite3_prepare_v2(spool->db, "SELECT piece FROM spool WHERE n = ?1", -1, &spool->get, NULL);
  if (rc != SQLITE_OK) fail(spool, ctx, rc);
}

void strata_spool_put(strata_spool *spool, strata_context *ctx, const char *data, size_t length) {
  open_spool(spool, ctx);
  if (ctx->rc != SQLITE_OK) return;
  int rc = sqlite3_bind_blob64(spool->put, 1, data, length, SQLITE_STATIC);
  if (rc == SQLITE_OK) rc = sqlite3_step(spool->put);
  if (rc != SQLITE_DONE) fail(spool, ctx, rc);
  sqlite3_reset(spool->put);
}

const char *strata_spool_get(strata_spool *spool, strata_context *ctx, size_t *length) {
  if (ctx->rc != SQLITE_OK || spool->db == NULL) return NULL;
  sqlite3_reset(spool->get);
  sqlite3_bind_int64(spool->get, 1, spool->given + 1);
  int rc = sqlite3_step(spool->get);
  const char *data = rc == SQLITE_ROW ? sqlite3_column_blob(spool->get, 0) : NULL;
  *length = (size_t)sqlite3_column_bytes(spool->get, 0);
  if (rc == SQLITE_ROW && data == NULL) rc = SQLITE_NOMEM;
  if (rc != SQLITE_ROW && rc != SQLITE_DONE) fail(spool, ctx, rc);
  if (data) spool->given++;
  return data;
}

void strata_spool_free(strata_spool *spool) {
  sqlite3_finalize(spool->put);
  sqlite3_finalize(spool->get);
  sqlite3_close(spool->db);
  *spool = (strata_spool){0};
}
