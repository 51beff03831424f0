/*
** catalog.c: the table of the nine tables' names, and looking things up in it and
** in the columns.
*/
#include "catalog.h"

#include <string.h>

static const char *const group_values[] = {
    "FINANCIAL", "REAL_ESTATE", "PERSONAL_PROPERTY", "PHYSICAL_COLLECTIONS", "LIABILITIES", "OTHER", NULL};
static const char *const transaction_types[] = {"ACQUIRE", "DISPOSE", "ADJUST", NULL};

const strata_definition strata_definitions[STRATA_TABLE_COUNT] = {
    {.name = "assetTypes",
     .sql_name = "asset_types",
     .enum_column = "group",
     .enum_values = group_values,
     .enum_default = "OTHER"},
    {.name = "categories", .sql_name = "categories"},
    {.name = "tags", .sql_name = "tags"},
    {.name = "assets", .sql_name = "assets"},
    {.name = "assetSnapshots", .sql_name = "asset_snapshots"},
    {.name = "portfolioSnapshots", .sql_name = "portfolio_snapshots"},
    {.name = "transactions",
     .sql_name = "transactions",
     .enum_column = "type",
     .enum_values = transaction_types},
    {.name = "categoriesOnAssets", .sql_name = "asset_categories"},
    {.name = "tagsOnAssets", .sql_name = "asset_tags"},
};

static bool is_name(const char *name, const char *text, size_t length) {
  return strlen(name) == length && memcmp(name, text, length) == 0;
}

const char *strata_table_name(int table) {
  return strata_definitions[table].name;
}

const char *strata_table_sql_name(int table) {
  return strata_definitions[table].sql_name;
}

int strata_table_find(const char *name, size_t length) {
  for (int i = 0; i < STRATA_TABLE_COUNT; i++) {
    if (is_name(strata_definitions[i].name, name, length)) return i;
  }
  return -1;
}

int strata_table_find_sql(const char *sql_name) {
  for (int i = 0; i < STRATA_TABLE_COUNT; i++) {
    if (sqlite3_stricmp(strata_definitions[i].sql_name, sql_name) == 0) return i;
  }
  return -1;
}

int strata_field_order(const char *a, size_t a_length, const char *b, size_t b_length) {
  if (a_length != b_length) return a_length < b_length ? -1 : 1;
  return memcmp(a, b, a_length);
}

int strata_column_find(const strata_table *table, const char *field, size_t length, int guess) {
  if (guess < table->column_count && is_name(table->columns[guess].field, field, length)) return guess;
  int low = 0, high = table->column_count;
  while (low < high) {
    int middle = (low + high) / 2, column = table->by_field[middle];
    const char *name = table->columns[column].field;
    int order = strata_field_order(field, length, name, strlen(name));
    if (order == 0) return column;
    if (order < 0)
      high = middle;
    else
      low = middle + 1;
  }
  return -1;
}

int strata_column_find_sql(const strata_table *table, const char *name) {
  for (int i = 0; i < table->column_count; i++) {
    if (sqlite3_stricmp(table->columns[i].name, name) == 0) return i;
  }
  return -1;
}

bool strata_table_has_column(const strata_table *table, const char *name) {
  bool found = strata_column_find_sql(table, name) >= 0;
  for (int i = 0; i < table->generated_count; i++) found |= sqlite3_stricmp(table->generated[i], name) == 0;
  return found;
}

void strata_catalog_free(strata_catalog *catalog) {
  for (int i = 0; i < STRATA_TABLE_COUNT; i++) {
    strata_table *table = &catalog->tables[i];
    for (int j = 0; j < table->column_count; j++) {
      strata_column *column = &table->columns[j];
      sqlite3_free(column->name);
      sqlite3_free(column->field);
      sqlite3_free(column->label);
      sqlite3_free(column->type);
    }
    for (int j = 0; j < table->foreign_key_count; j++) {
      strata_foreign_key *key = &table->foreign_keys[j];
      for (int k = 0; k < key->count; k++) sqlite3_free(key->targets[k]);
      sqlite3_free(key->targets);
      sqlite3_free(key->columns);
      sqlite3_free(key->parent);
    }
    for (int j = 0; j < table->generated_count; j++) sqlite3_free(table->generated[j]);
    sqlite3_free(table->generated);
    sqlite3_free(table->columns);
    sqlite3_free(table->by_field);
    sqlite3_free(table->key);
    sqlite3_free(table->foreign_keys);
  }
  *catalog = (strata_catalog){0};
}
