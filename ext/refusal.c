/*
** refusal.c: names the cell, says what it holds and why that cannot be backed up.
*/
#include "refusal.h"

/* The row's key for a message: id 'a_wallet'. From sqlite3_malloc(); NULL: no memory. */
static char *describe_key(const strata_table *table, sqlite3_stmt *row) {
  char *key = NULL;
  for (int i = 0; i < table->key_count; i++) {
    strata_value value = strata_value_from_cell(row, table->key[i], false);
    char *part = strata_value_describe(&value);
    if (part == NULL) {
      sqlite3_free(key);
      return NULL;
    }
    key = sqlite3_mprintf("%z%s%s %z", key, i ? ", " : "", table->columns[table->key[i]].name, part);
  }
  return key;
}

void strata_refuse_cell(strata_context *ctx, const strata_table *table, const strata_column *column,
                        sqlite3_stmt *row, const strata_value *value, const char *why) {
  char *key = describe_key(table, row), *held = strata_value_describe(value);
  char *list = sqlite3_mprintf("");
  bool is_enum = column->values && value->type == SQLITE_TEXT;
  for (const char *const *v = column->values; is_enum && *v; v++)
    list = sqlite3_mprintf("%z%s%s", list, v == column->values ? " " : ", ", *v);
  if (key && held && list)
    strata_fail(ctx, SQLITE_ERROR,
                "table \"%s\", row %s: column \"%s\" holds %s, %s%s; correct it and back up again",
                table->sql_name, key, column->name, held, why, list);
  else
    strata_fail_db(ctx, SQLITE_NOMEM);
  sqlite3_free(key);
  sqlite3_free(held);
  sqlite3_free(list);
}
