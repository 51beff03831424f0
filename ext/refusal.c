/*
** refusal.c: the message for a cell that cannot be backed up: it names the table, the row's
** key and the column, and says what the cell holds and why that is refused.
*/
#include "refusal.h"

/* The row's key for a message: id 'a_wallet'. From sqlite3_malloc(); NULL after an error. */
static char *describe_key(strata_context *ctx, const strata_table *table, sqlite3_stmt *row) {
  char *key = NULL;
  for (int i = 0; i < table->key_count; i++) {
    strata_value value = strata_value_from_cell(row, table->key[i], false);
    key = strata_format(ctx, "%z%s%s %z", key, i ? ", " : "", table->columns[table->key[i]].name,
                        strata_value_describe(ctx, &value));
  }
  return key;
}

void strata_refuse_cell(strata_context *ctx, const strata_table *table, const strata_column *column,
                        sqlite3_stmt *row, const strata_value *value, const char *why) {
  char *key = describe_key(ctx, table, row), *held = strata_value_describe(ctx, value);
  char *list = strata_format(ctx, "");
  bool is_enum = column->values && value->type == SQLITE_TEXT;
  for (const char *const *v = column->values; is_enum && *v; v++)
    list = strata_format(ctx, "%z%s%s", list, v == column->values ? " " : ", ", *v);
  strata_fail(ctx, SQLITE_ERROR,
              "table \"%s\", row %s: column \"%s\" holds %s, %s%s; correct it and back up again",
              table->sql_name, key, column->name, held, why, list);
  sqlite3_free(key);
  sqlite3_free(held);
  sqlite3_free(list);
}
