/*
** side_live.c: the live rows of a table, read by two statements: one walks, one finds by
** key. Both are finalized at a pause.
*/
#include "side.h"

/* Select all columns, then the rowid: in the table's order from a rowid on, or the row with one key. */
static sqlite3_stmt *select_rows(strata_side *side, bool by_key) {
  const strata_table *table = side->table;
  sqlite3_str *sql = sqlite3_str_new(side->ctx->db);
  for (int i = 0; i < table->column_count; i++)
    sqlite3_str_appendf(sql, "%s\"%w\"", i ? "," : "SELECT ", table->columns[i].name);
  if (side->numbered) sqlite3_str_appendf(sql, ",%s", table->rowid);
  sqlite3_str_appendf(sql, " FROM \"%w\".\"%w\"", side->catalog->schema, table->sql_name);
  for (int i = 0; by_key && i < table->key_count; i++)
    sqlite3_str_appendf(sql, "%s\"%w\"=?%d", i ? " AND " : " WHERE ", table->columns[table->key[i]].name,
                        i + 1);
  if (!by_key && side->numbered)
    sqlite3_str_appendf(sql, " NOT INDEXED WHERE %s >= ?1 ORDER BY %s", table->rowid, table->rowid);
  for (int i = 0; !by_key && !side->numbered && i < table->key_count; i++)
    sqlite3_str_appendf(sql, "%s\"%w\"", i ? "," : " ORDER BY ", table->columns[table->key[i]].name);
  return strata_prepare_str(side->ctx, sql);
}

static strata_value *new_values(strata_side *side) {
  return strata_alloc(side->ctx, ((size_t)side->table->column_count + 1) * sizeof(strata_value));
}

static void begin_live(strata_side *side) {
  const strata_table *table = side->table;
  const char *schema = side->catalog->schema;
  /* The rowid is one column more, which a table of as many columns as SQLite allows has no room for. */
  side->numbered =
      table->rowid && table->column_count < sqlite3_limit(side->ctx->db, SQLITE_LIMIT_COLUMN, -1);
  side->walk.values = new_values(side);
  side->found.values = new_values(side);
  side->rows = strata_query_integer(
      side->ctx, strata_prepare(side->ctx, "SELECT count(*) FROM \"%w\".\"%w\"", schema, table->sql_name));
  if (!side->numbered) return;
  sqlite3_int64 ends[2] = {0, 0};
  for (int i = 0; i < 2; i++)
    ends[i] = strata_query_integer(side->ctx,
                                   strata_prepare(side->ctx, "SELECT %s(%s) FROM \"%w\".\"%w\"",
                                                  i ? "max" : "min", table->rowid, schema, table->sql_name));
  strata_row_set_begin(&side->marked, side->ctx, ends[0], ends[1], side->rows);
}

/* False after an error: a text for which there is no memory. */
static bool read_cells(strata_side *side, strata_side_row *row, sqlite3_stmt *stmt) {
  int count = side->table->column_count;
  for (int i = 0; i < count; i++) {
    row->values[i] = strata_value_from_cell(stmt, i, side->catalog->utf16);
    if (row->values[i].type == SQLITE_TEXT && row->values[i].text == NULL) strata_fail_nomem(side->ctx);
  }
  if (side->numbered) row->number = sqlite3_column_int64(stmt, count);
  return side->ctx->rc == SQLITE_OK;
}

static bool fetch_live(strata_side *side) {
  if (side->walking == NULL) {
    side->walking = select_rows(side, false);
    if (side->walking && side->numbered) sqlite3_bind_int64(side->walking, 1, side->next);
  }
  if (!strata_step(side->ctx, side->walking)) {
    side->ended = true;
    return false;
  }
  return read_cells(side, &side->walk, side->walking);
}

static bool find_live(strata_side *side, const strata_value *key) {
  if (side->finding == NULL) side->finding = select_rows(side, true);
  if (side->finding == NULL) return false;
  sqlite3_reset(side->finding);
  for (int i = 0; i < side->table->key_count; i++)
    strata_value_bind(&key[side->table->key[i]], side->ctx, side->finding, i + 1);
  return strata_step(side->ctx, side->finding) && read_cells(side, &side->found, side->finding);
}

static void jump_live(strata_side *side) {
  if (side->walking == NULL) return;
  sqlite3_reset(side->walking);
  sqlite3_bind_int64(side->walking, 1, side->next);
}

/* The walk reads its current row again when it goes on. */
static void pause_live(strata_side *side) {
  sqlite3_finalize(side->walking);
  sqlite3_finalize(side->finding);
  side->walking = side->finding = NULL;
  side->at_row = false;
}

static void end_live(strata_side *side) {
  pause_live(side);
  sqlite3_free(side->walk.values);
  sqlite3_free(side->found.values);
  side->walk.values = side->found.values = NULL;
}

void strata_side_of_rows(strata_side *side, strata_context *ctx, const strata_catalog *catalog) {
  static const struct strata_side_methods methods = {begin_live, fetch_live, find_live,
                                                     jump_live,  pause_live, end_live};
  *side = (strata_side){.methods = &methods, .ctx = ctx, .catalog = catalog};
}
