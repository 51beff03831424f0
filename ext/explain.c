/*
** explain.c: counts the operations that EXPLAIN lists.
*/
#include "explain.h"

#include <string.h>

int strata_count_operations(strata_context *ctx, sqlite3_stmt *explain, const char *name, const char *other,
                            int *all) {
  int total = 0, found = 0;
  for (; strata_step(ctx, explain); total++) {
    const char *opcode = strata_column_text(ctx, explain, 1);
    if (opcode) found += strcmp(opcode, name) == 0 || (other && strcmp(opcode, other) == 0);
  }
  sqlite3_finalize(explain);
  if (all) *all = total;
  return ctx->rc == SQLITE_OK ? found : 0;
}

/* Whether reading the columns from `first` on, `count` of them, takes as many operations. After the table's last column
** comes its rowid. */
static bool reads(strata_context *ctx, const strata_catalog *catalog, const strata_table *table, int first,
                  int count) {
  sqlite3_str *sql = sqlite3_str_new(ctx->db);
  sqlite3_str_appendall(sql, "EXPLAIN SELECT ");
  for (int i = first; i < first + count; i++)
    sqlite3_str_appendf(sql, "%s\"%w\"", i > first ? "," : "",
                        i < table->column_count ? table->columns[i].name : table->rowid);
  sqlite3_str_appendf(sql, " FROM \"%w\".\"%w\" NOT INDEXED", catalog->schema, table->sql_name);
  return strata_count_operations(ctx, strata_prepare_str(ctx, sql), "Column", "Rowid", NULL) >= count;
}

void strata_refuse_hidden(strata_context *ctx, const strata_catalog *catalog) {
  for (int t = 0; t < STRATA_TABLE_COUNT && ctx->rc == SQLITE_OK; t++) {
    const strata_table *table = &catalog->tables[t];
    int count = table->column_count;
    /* The rowid by itself: a SELECT may have as many columns as a table, and not one more. */
    if (reads(ctx, catalog, table, 0, count) &&
        (table->rowid == NULL || reads(ctx, catalog, table, count, 1)))
      continue;
    int i = 0;
    while (i < count && reads(ctx, catalog, table, i, 1)) i++;
    const char *name = i < table->column_count ? table->columns[i].name : "rowid";
    strata_fail(
        ctx, SQLITE_AUTH,
        "table \"%s\": an authorizer of this connection hides column \"%w\" (SQLITE_IGNORE), so that its "
        "values would be lost: allow reading it",
        table->sql_name, name);
  }
}
