/*
** collisions.c: looks for a UNIQUE value in two spellings; collisions.h explains how.
*/
#include "collisions.h"
#include "refusal.h"
#include "timestamp.h"

#include <string.h>

/* Whether two different values of the column may look the same in a document. */
static bool has_spellings(const strata_column *column) {
  switch (column->kind) {
  case STRATA_KIND_TIMESTAMP:
  case STRATA_KIND_BOOLEAN:
    return true;
  case STRATA_KIND_DECIMAL:
    return !strata_value_text_may_change(column);
  case STRATA_KIND_REAL:
    return column->affinity == STRATA_AFFINITY_TEXT;
  case STRATA_KIND_STRING:
  case STRATA_KIND_INTEGER:
    break;
  }
  return false;
}

/* Add an index, unless no value in it can have two spellings. PRAGMA index_xinfo gives seqno, cid, name (NULL for an
** expression), desc, coll, key. */
static void add_index(strata_collisions *c, const char *index) {
  strata_unique found = {0};
  bool whole = true, spelt = false;
  sqlite3_stmt *info = strata_prepare(c->ctx, "PRAGMA \"%w\".index_xinfo(\"%w\")", c->catalog->schema, index);
  while (strata_step(c->ctx, info)) {
    if (sqlite3_column_int(info, 5) == 0) continue;
    const char *collation = strata_column_text(c->ctx, info, 4);
    const char *name = strata_column_text(c->ctx, info, 2);
    int column = name ? strata_column_find_sql(c->table, name) : -1;
    whole = whole && column >= 0 && found.count < STRATA_COLLISION_COLUMNS;
    if (!whole) continue;
    found.nocase[found.count] = collation && sqlite3_stricmp(collation, "NOCASE") == 0;
    found.columns[found.count++] = column;
    spelt |= has_spellings(&c->table->columns[column]);
  }
  sqlite3_finalize(info);
  if (!whole || !spelt || c->ctx->rc != SQLITE_OK) return;
  strata_unique *unique = strata_alloc(c->ctx, sizeof *unique);
  if (unique == NULL) return;
  found.next = c->indexes;
  *unique = found;
  c->indexes = unique;
}

void strata_collisions_begin(strata_collisions *c, strata_context *ctx, const strata_catalog *catalog,
                             const strata_table *table) {
  *c = (strata_collisions){.ctx = ctx, .catalog = catalog, .table = table};
  bool spelt = false;
  for (int i = 0; i < table->column_count; i++) spelt |= has_spellings(&table->columns[i]);
  if (!spelt) return;
  sqlite3_stmt *list =
      strata_prepare(ctx, "PRAGMA \"%w\".index_list(\"%w\")", catalog->schema, table->sql_name);
  while (strata_step(ctx, list)) {
    const char *index = strata_column_text(c->ctx, list, 1);
    bool partial = sqlite3_column_int(list, 4) != 0;
    if (index && sqlite3_column_int(list, 2) && !partial) add_index(c, index);
  }
  sqlite3_finalize(list);
}

void strata_collisions_free(strata_collisions *c) {
  while (c->indexes) {
    strata_unique *unique = c->indexes;
    c->indexes = unique->next;
    strata_name_set_free(&unique->others);
    sqlite3_free(unique);
  }
  strata_arena_free(&c->arena);
}

/* Whether the value already is in the form that a restore stores. */
static bool is_usual_moment(const strata_column *column, const strata_value *value) {
  return column->kind == STRATA_KIND_TIMESTAMP && value->type == SQLITE_TEXT &&
         strata_timestamp_is_stored(value->text, value->length);
}

static bool is_same(const strata_value *a, const strata_value *b) {
  if (a->type != b->type) return false;
  if (a->type == SQLITE_TEXT) return a->length == b->length && memcmp(a->text, b->text, a->length) == 0;
  return a->type == SQLITE_FLOAT ? a->real == b->real : a->integer == b->integer;
}

/* Find out what a restore would store for the JSON that a backup writes for the cell. */
static void restored(strata_collisions *c, const strata_column *column, const char *json, size_t length,
                     strata_value *value) {
  char *reason = NULL;
  bool quoted = *json == '"';
  strata_field field = {.text = json + quoted, .length = length - 2 * quoted};
  field.type = quoted         ? STRATA_JSON_STRING
               : *json == 't' ? STRATA_JSON_TRUE
               : *json == 'f' ? STRATA_JSON_FALSE
                              : STRATA_JSON_NUMBER;
  strata_value_parse(column, &field, &c->arena, c->ctx, value, &reason);
  if (reason) strata_fail(c->ctx, SQLITE_ERROR, "%s", reason);
  sqlite3_free(reason);
}

/* Whether another row has these values in the index. The row's own key is in the statement `row`. */
static bool is_taken(strata_collisions *c, const strata_unique *unique, const strata_value *values,
                     sqlite3_stmt *row) {
  const strata_table *table = c->table;
  sqlite3_str *sql = sqlite3_str_new(c->ctx->db);
  sqlite3_str_appendf(sql, "SELECT 1 FROM \"%w\".\"%w\"", c->catalog->schema, table->sql_name);
  for (int i = 0; i < unique->count; i++)
    sqlite3_str_appendf(sql, "%s\"%w\"=?", i ? " AND " : " WHERE ", table->columns[unique->columns[i]].name);
  for (int i = 0; i < table->key_count; i++)
    sqlite3_str_appendf(sql, "%s\"%w\" IS NOT ? COLLATE BINARY", i ? " OR " : " AND (",
                        table->columns[table->key[i]].name);
  sqlite3_str_appendall(sql, ") LIMIT 1");
  sqlite3_stmt *stmt = strata_prepare_str(c->ctx, sql);
  int rc = SQLITE_OK;
  for (int i = 0; i < unique->count; i++) strata_value_bind(&values[i], c->ctx, stmt, i + 1);
  for (int i = 0; stmt && rc == SQLITE_OK && i < table->key_count; i++)
    rc = sqlite3_bind_value(stmt, unique->count + i + 1, sqlite3_column_value(row, table->key[i]));
  if (rc != SQLITE_OK) strata_fail_db(c->ctx, rc);
  bool taken = strata_step(c->ctx, stmt);
  sqlite3_finalize(stmt);
  return taken;
}

static void look(strata_collisions *c, strata_unique *unique, sqlite3_stmt *row) {
  strata_value values[STRATA_COLLISION_COLUMNS], odd = {0};
  const strata_column *odd_column = NULL;
  strata_writer key; /* the index's columns as the document has them */
  strata_writer_to_memory(&key, SIZE_MAX / 2);
  bool null = false;
  for (int i = 0; i < unique->count && !null && c->ctx->rc == SQLITE_OK; i++) {
    const strata_column *column = &c->table->columns[unique->columns[i]];
    /* Do not read it as UTF-16 again: the row has been written, so SQLite holds UTF-8 now, and converting that back
    ** loses U+FFFE. */
    strata_value cell = strata_value_from_cell(row, unique->columns[i], false);
    null = cell.type == SQLITE_NULL;
    if (unique->count == 1 && is_usual_moment(column, &cell)) break;
    size_t start = key.length;
    values[i] = cell;
    values[i].as_utf16 = c->catalog->utf16 && strata_value_has_noncharacter(&cell);
    strata_value_print(column, &cell, &key);
    strata_writer_raw(&key, ",", 1);
    for (size_t at = start; unique->nocase[i] && key.rc == SQLITE_OK && at < key.length; at++)
      key.data[at] = (char)(key.data[at] >= 'A' && key.data[at] <= 'Z' ? key.data[at] + 32 : key.data[at]);
    if (key.rc != SQLITE_OK) strata_fail_db(c->ctx, key.rc);
    if (null || !has_spellings(column) || c->ctx->rc != SQLITE_OK) continue;
    restored(c, column, key.data + start, key.length - start - 1, &values[i]);
    if (is_same(&values[i], &cell)) continue;
    odd_column = column;
    odd = cell;
  }
  if (odd_column && !null && c->ctx->rc == SQLITE_OK) {
    bool is_new = strata_name_set_add(&unique->others, c->ctx, key.data, key.length);
    if (!is_new || is_taken(c, unique, values, row))
      strata_refuse_cell(c->ctx, c->table, odd_column, row, &odd,
                         "which another row also holds in a different spelling; the column is UNIQUE, so a restore would refuse one of the two");
  }
  strata_writer_free(&key);
  strata_arena_reset(&c->arena);
}

void strata_collisions_look(strata_collisions *c, sqlite3_stmt *row) {
  for (strata_unique *unique = c->indexes; unique && c->ctx->rc == SQLITE_OK; unique = unique->next)
    look(c, unique, row);
}
