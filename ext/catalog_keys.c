/*
** catalog_keys.c: the foreign keys of the nine tables in the live schema, and what
** they mean for the order of writing.
**
** A restore writes the tables in the catalog's order, parents first. A key that
** refers to its own or a later table breaks that order. If the connection enforces
** foreign keys, its nullable columns are written late, after all rows; if they are
** all NOT NULL, the rows themselves must come in order.
*/
#include "catalog_keys.h"

#include <string.h>

/* Add a column of a foreign key from a row of PRAGMA foreign_key_list: id, seq, table, from, to, … A key over several
** columns comes as several rows, seq 0 first. */
static void add_foreign_key_column(strata_context *ctx, strata_table *table, sqlite3_stmt *list) {
  const char *parent = strata_column_text(ctx, list, 2);
  const char *from = strata_column_text(ctx, list, 3);
  const char *to = strata_column_text(ctx, list, 4);
  if (parent == NULL || from == NULL) return;
  if (sqlite3_column_int(list, 1) == 0) {
    size_t count = (size_t)table->foreign_key_count;
    if (!strata_grow(ctx, &table->foreign_keys, &table->foreign_key_room, count + 1,
                     sizeof *table->foreign_keys))
      return;
    table->foreign_keys[count] = (strata_foreign_key){.parent = strata_copy(ctx, parent, strlen(parent))};
    table->foreign_key_count++;
  }
  strata_foreign_key *key = &table->foreign_keys[table->foreign_key_count - 1];
  size_t count = (size_t)key->count;
  if (!strata_grow(ctx, &key->columns, &key->column_room, count + 1, sizeof *key->columns) ||
      !strata_grow(ctx, &key->targets, &key->target_room, count + 1, sizeof *key->targets))
    return;
  key->columns[count] = strata_column_find_sql(table, from);
  key->targets[count] = to ? strata_copy(ctx, to, strlen(to)) : NULL;
  key->count++;
}

/* The column at this place in the primary key of a table outside the nine; "rowid" if there is none. Views and virtual
** tables have no primary key, and asking for their columns can fail, so they are not asked. */
static char *outer_key_column(strata_context *ctx, const char *schema, const char *parent, int place) {
  const char *is_table = "SELECT count(*) FROM \"%w\".sqlite_master WHERE rootpage > 0"
                         " AND name = '%q' COLLATE NOCASE";
  char *name = NULL;
  if (strata_query_integer(ctx, strata_prepare(ctx, is_table, schema, parent)) > 0) {
    sqlite3_stmt *info = strata_prepare(ctx, "PRAGMA \"%w\".table_info(\"%w\")", schema, parent);
    while (name == NULL && strata_step(ctx, info)) {
      if (sqlite3_column_int(info, 5) != place) continue;
      const char *text = strata_column_text(ctx, info, 1);
      name = text ? strata_copy(ctx, text, strlen(text)) : NULL;
    }
    sqlite3_finalize(info);
  }
  return name ? name : strata_copy(ctx, "rowid", strlen("rowid"));
}

/* Fill in the columns of a bare REFERENCES t, which means t's primary key: the pragma gives NULL for them. */
static void name_targets(strata_context *ctx, strata_catalog *catalog, strata_foreign_key *key) {
  int parent = strata_table_find_sql(key->parent);
  strata_table *table = parent >= 0 ? &catalog->tables[parent] : NULL;
  if (table && table->key_count == 1) table->referenced = true;
  for (int i = 0; i < key->count && ctx->rc == SQLITE_OK; i++) {
    if (key->targets[i]) continue;
    if (table && i < table->key_count) {
      const char *name = table->columns[table->key[i]].name;
      key->targets[i] = strata_copy(ctx, name, strlen(name));
    } else {
      key->targets[i] = outer_key_column(ctx, catalog->schema, key->parent, i + 1);
    }
  }
}

static void load_foreign_keys(strata_context *ctx, strata_catalog *catalog, strata_table *table) {
  sqlite3_stmt *list =
      strata_prepare(ctx, "PRAGMA \"%w\".foreign_key_list(\"%w\")", catalog->schema, table->sql_name);
  while (strata_step(ctx, list)) add_foreign_key_column(ctx, table, list);
  sqlite3_finalize(list);
  for (int i = 0; ctx->rc == SQLITE_OK && i < table->foreign_key_count; i++) {
    const strata_foreign_key *key = &table->foreign_keys[i];
    if (strata_table_find_sql(key->parent) < strata_table_find_sql(table->sql_name)) continue;
    bool late = false;
    for (int j = 0; j < key->count && catalog->enforced; j++) {
      strata_column *column = key->columns[j] >= 0 ? &table->columns[key->columns[j]] : NULL;
      if (column && !column->not_null) late = column->late = true;
    }
    if (!late && catalog->enforced) table->in_order = true;
  }
}

void strata_catalog_load_keys(strata_catalog *catalog, strata_context *ctx) {
  for (int i = 0; i < STRATA_TABLE_COUNT && ctx->rc == SQLITE_OK; i++) {
    strata_table *table = &catalog->tables[i];
    load_foreign_keys(ctx, catalog, table);
    for (int j = 0; j < table->foreign_key_count; j++) name_targets(ctx, catalog, &table->foreign_keys[j]);
  }
}
