/*
** explain.c: counts the operations that EXPLAIN lists.
*/
#include "explain.h"

#include <string.h>

/* Small enough that, wherever the statements that do the work fit the connection's limits, these do too. */
#define COLUMNS_AT_ONCE 32
#define BYTES_AT_ONCE 400

int strata_count_operations(strata_context *ctx, sqlite3_stmt *explain, const char *const *names,
                            int *counts) {
  int all = 0;
  for (int i = 0; names[i]; i++) counts[i] = 0;
  for (; strata_step(ctx, explain); all++) {
    const char *opcode = strata_column_text(ctx, explain, 1);
    for (int i = 0; opcode && names[i]; i++) counts[i] += strcmp(opcode, names[i]) == 0;
  }
  sqlite3_finalize(explain);
  for (int i = 0; ctx->rc != SQLITE_OK && names[i]; i++) counts[i] = 0;
  return all;
}

/* Whether the statement, which is freed, reads as many values from a table as it has columns. */
static bool reads(strata_context *ctx, sqlite3_str *sql, int columns) {
  static const char *const names[] = {"Column", "Rowid", NULL};
  int counts[2];
  strata_count_operations(ctx, strata_prepare_str(ctx, sql), names, counts);
  return counts[0] + counts[1] >= columns;
}

void strata_refuse_hidden_column(strata_context *ctx, const char *schema, const char *table,
                                 const char *column) {
  sqlite3_str *sql = sqlite3_str_new(ctx->db);
  sqlite3_str_appendf(sql, "EXPLAIN SELECT \"%w\" FROM \"%w\".\"%w\" NOT INDEXED", column, schema, table);
  if (reads(ctx, sql, 1)) return;
  strata_fail(ctx, SQLITE_AUTH,
              "table \"%w\": this connection's authorizer hides column \"%w\" (SQLITE_IGNORE), so its values "
              "would be lost: allow reading it",
              table, column);
}

/* Look at many columns at a time; at each on its own only if one of them is hidden. */
static void refuse_hidden_of(strata_context *ctx, const strata_catalog *catalog, const strata_table *table) {
  for (int from = 0, i = 0; from < table->column_count && ctx->rc == SQLITE_OK; from = i) {
    sqlite3_str *sql = sqlite3_str_new(ctx->db);
    for (; i < table->column_count && i < from + COLUMNS_AT_ONCE && sqlite3_str_length(sql) < BYTES_AT_ONCE;
         i++)
      sqlite3_str_appendf(sql, "%s\"%w\"", i > from ? "," : "EXPLAIN SELECT ", table->columns[i].name);
    sqlite3_str_appendf(sql, " FROM \"%w\".\"%w\" NOT INDEXED", catalog->schema, table->sql_name);
    if (reads(ctx, sql, i - from)) continue;
    for (int hidden = from; hidden < i; hidden++)
      strata_refuse_hidden_column(ctx, catalog->schema, table->sql_name, table->columns[hidden].name);
  }
  if (table->rowid) strata_refuse_hidden_column(ctx, catalog->schema, table->sql_name, table->rowid);
}

void strata_refuse_hidden(strata_context *ctx, const strata_catalog *catalog) {
  for (int i = 0; i < STRATA_TABLE_COUNT; i++) refuse_hidden_of(ctx, catalog, &catalog->tables[i]);
}
