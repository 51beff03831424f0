/*
** row_statements.c: writes the SQL that inserts, updates and looks up rows, and keeps the
** prepared statements.
*/
#include "row_statements.h"

static void append_key_condition(sqlite3_str *sql, const strata_table *table) {
  for (int i = 0; i < table->key_count; i++)
    sqlite3_str_appendf(sql, "%s\"%w\"=?%d", i ? " AND " : " WHERE ", table->columns[table->key[i]].name,
                        table->key[i] + 1);
}

/* "a" IS NOT ?1 OR "b" IS NOT ?2 … in BINARY, because a column's own collation may call different texts equal. */
static void append_difference(sqlite3_str *sql, const strata_table *table, const bool *present) {
  int count = 0;
  sqlite3_str_appendall(sql, "(");
  for (int i = 0; i < table->column_count; i++) {
    const strata_column *column = &table->columns[i];
    if (!present[i] || column->key || column->late) continue;
    /* Group the terms: a chain of ORs is as deep as it is long, and SQLITE_LIMIT_EXPR_DEPTH is 1000. */
    sqlite3_str_appendall(sql, count == 0 ? "" : count % 32 ? " OR " : ") OR (");
    sqlite3_str_appendf(sql, "\"%w\" IS NOT ?%d COLLATE BINARY", column->name, i + 1);
    count++;
  }
  sqlite3_str_appendall(sql, count ? ")" : "0)");
}

static void append_assignments(sqlite3_str *sql, const strata_table *table, const bool *present) {
  const char *comma = "";
  for (int i = 0; i < table->column_count; i++) {
    const strata_column *column = &table->columns[i];
    if (!present[i] || column->key || column->late) continue;
    sqlite3_str_appendf(sql, "%s\"%w\"=?%d", comma, column->name, i + 1);
    comma = ",";
  }
}

/* OR ABORT overrides the schema's own rule for conflicts (UNIQUE ON CONFLICT REPLACE would delete rows). */
static void append_insert(sqlite3_str *sql, const strata_row_statements *s, const bool *present) {
  const strata_table *table = s->table;
  sqlite3_str_appendf(sql, "INSERT OR ABORT INTO \"%w\".\"%w\"(", s->catalog->schema, table->sql_name);
  for (int i = 0, n = 0; i < table->column_count; i++) {
    if (present[i]) sqlite3_str_appendf(sql, "%s\"%w\"", n++ ? "," : "", table->columns[i].name);
  }
  if (s->gives_rowid) sqlite3_str_appendf(sql, ",%s", table->rowid);
  sqlite3_str_appendall(sql, ") VALUES(");
  for (int i = 0, n = 0; i < table->column_count; i++) {
    if (present[i]) sqlite3_str_appendf(sql, "%s?%d", n++ ? "," : "", i + 1);
  }
  if (s->gives_rowid) sqlite3_str_appendf(sql, ",?%d", table->column_count + 1);
  sqlite3_str_appendall(sql, ")");
}

static sqlite3_stmt *prepare(const strata_row_statements *s, strata_action action, const bool *present) {
  const strata_table *table = s->table;
  sqlite3_str *sql = sqlite3_str_new(s->ctx->db);
  switch (action) {
  case STRATA_INSERT:
    append_insert(sql, s, present);
    break;
  case STRATA_UPDATE:
    sqlite3_str_appendf(sql, "UPDATE OR ABORT \"%w\".\"%w\" SET ", s->catalog->schema, table->sql_name);
    append_assignments(sql, table, present);
    append_key_condition(sql, table);
    break;
  case STRATA_PROBE_KEY:
  case STRATA_PROBE_ROWID:
    sqlite3_str_appendall(sql, "SELECT ");
    append_difference(sql, table, present);
    sqlite3_str_appendf(sql, ",%s FROM \"%w\".\"%w\"", table->rowid ? table->rowid : "NULL",
                        s->catalog->schema, table->sql_name);
    if (action == STRATA_PROBE_ROWID) sqlite3_str_appendall(sql, " NOT INDEXED");
    append_key_condition(sql, table);
    if (action == STRATA_PROBE_ROWID)
      sqlite3_str_appendf(sql, " AND %s=?%d", table->rowid, table->column_count + 1);
    break;
  }
  return strata_prepare_str(s->ctx, sql);
}

static void bind(const strata_row_statements *s, strata_action action, sqlite3_stmt *stmt,
                 const strata_value *values, sqlite3_int64 rowid) {
  static const strata_value null = {.type = SQLITE_NULL};
  int columns = s->table->column_count;
  for (int i = 0; i < columns; i++) {
    const strata_column *column = &s->table->columns[i];
    if (values[i].type == 0 || (action != STRATA_INSERT && column->late)) continue;
    strata_value_bind(column->late ? &null : &values[i], s->ctx, stmt, i + 1);
  }
  if ((action == STRATA_PROBE_ROWID || (action == STRATA_INSERT && s->gives_rowid)) &&
      s->ctx->rc == SQLITE_OK)
    sqlite3_bind_int64(stmt, columns + 1, rowid);
}

static sqlite3_stmt *find_or_prepare(strata_row_statements *s, strata_action action,
                                     const strata_value *values) {
  int columns = s->table->column_count;
  for (int k = 0; k < STRATA_KEPT_STATEMENTS; k++) {
    bool same = s->kept[k].stmt && s->kept[k].action == action;
    for (int i = 0; same && i < columns; i++) same = s->kept[k].present[i] == (values[i].type != 0);
    if (same) return s->kept[k].stmt;
  }
  int k = s->next;
  s->next = (k + 1) % STRATA_KEPT_STATEMENTS;
  sqlite3_finalize(s->kept[k].stmt);
  s->kept[k].stmt = NULL;
  bool *present = s->kept[k].present;
  if (present == NULL) present = strata_alloc(s->ctx, (size_t)columns * sizeof *present);
  s->kept[k].present = present;
  if (present == NULL) return NULL;
  for (int i = 0; i < columns; i++) present[i] = values[i].type != 0;
  s->kept[k].action = action;
  s->kept[k].stmt = prepare(s, action, present);
  return s->kept[k].stmt;
}

sqlite3_stmt *strata_row_statement(strata_row_statements *s, strata_action action, const strata_value *values,
                                   sqlite3_int64 rowid) {
  sqlite3_stmt *stmt = find_or_prepare(s, action, values);
  if (stmt) bind(s, action, stmt, values, rowid);
  return stmt;
}

void strata_row_statements_free(strata_row_statements *s) {
  for (int k = 0; k < STRATA_KEPT_STATEMENTS; k++) {
    sqlite3_finalize(s->kept[k].stmt);
    sqlite3_free(s->kept[k].present);
  }
}

sqlite3_stmt *strata_late_statement(strata_row_statements *s, int column, bool look) {
  const char *name = s->table->columns[column].name;
  if (s->ctx->rc != SQLITE_OK) return NULL;
  sqlite3_str *sql = sqlite3_str_new(s->ctx->db);
  if (look)
    sqlite3_str_appendf(sql, "SELECT 1 FROM \"%w\".\"%w\"", s->catalog->schema, s->table->sql_name);
  else
    sqlite3_str_appendf(sql, "UPDATE OR ABORT \"%w\".\"%w\" SET \"%w\"=?%d", s->catalog->schema,
                        s->table->sql_name, name, column + 1);
  append_key_condition(sql, s->table);
  sqlite3_str_appendf(sql, " AND \"%w\" IS NOT ?%d COLLATE BINARY", name, column + 1);
  return strata_prepare_str(s->ctx, sql);
}
