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

static void free_unique(strata_unique *unique) {
  for (int i = 0; i < unique->count; i++) sqlite3_free(unique->columns[i].collation);
  sqlite3_free(unique->columns);
  strata_name_set_free(&unique->others);
  sqlite3_free(unique);
}

static strata_equality equality_of(const char *collation) {
  if (sqlite3_stricmp(collation, "NOCASE") == 0) return STRATA_EQUAL_NOCASE;
  return sqlite3_stricmp(collation, "RTRIM") == 0 ? STRATA_EQUAL_RTRIM : STRATA_EQUAL_BYTES;
}

/* Whether the connection has the collation. SQLite can read a table without those of its indexes. */
static bool has_collation(strata_context *ctx, const char *collation) {
  if (ctx->rc != SQLITE_OK) return false;
  sqlite3_finalize(strata_prepare(ctx, "SELECT '' = '' COLLATE \"%w\"", collation));
  if (ctx->rc != SQLITE_ERROR) return ctx->rc == SQLITE_OK;
  strata_context_clear(ctx);
  return false;
}

static void add_column(strata_context *ctx, strata_unique *unique, int column, const char *collation) {
  size_t count = (size_t)unique->count;
  if (!strata_grow(ctx, &unique->columns, &unique->column_room, count + 1, sizeof *unique->columns)) return;
  unique->columns[count] = (strata_unique_column){.column = column,
                                                  .collation = strata_copy(ctx, collation, strlen(collation)),
                                                  .equality = equality_of(collation)};
  unique->count++;
}

/* Add an index, unless no value in it can have two spellings. PRAGMA index_xinfo gives seqno, cid, name (NULL for an
** expression), desc, coll, key. */
static void add_index(strata_collisions *c, const char *index) {
  strata_context *ctx = c->ctx;
  strata_unique *unique = strata_alloc(ctx, sizeof *unique);
  if (unique == NULL) return;
  *unique = (strata_unique){.next = c->indexes};
  bool whole = true, spelt = false;
  sqlite3_stmt *info = strata_prepare(ctx, "PRAGMA \"%w\".index_xinfo(\"%w\")", c->catalog->schema, index);
  while (whole && strata_step(ctx, info)) {
    if (sqlite3_column_int(info, 5) == 0) continue;
    const char *collation = strata_column_text(ctx, info, 4);
    const char *name = strata_column_text(ctx, info, 2);
    int column = name ? strata_column_find_sql(c->table, name) : -1;
    whole = column >= 0 && collation && has_collation(ctx, collation);
    if (!whole) continue;
    add_column(ctx, unique, column, collation);
    spelt |= has_spellings(&c->table->columns[column]);
  }
  sqlite3_finalize(info);
  if (whole && spelt && ctx->rc == SQLITE_OK)
    c->indexes = unique;
  else
    free_unique(unique);
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
    free_unique(unique);
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
  strata_field field = {.text = json + quoted, .length = length - (quoted ? 2 : 0)};
  field.type = quoted         ? STRATA_JSON_STRING
               : *json == 't' ? STRATA_JSON_TRUE
               : *json == 'f' ? STRATA_JSON_FALSE
                              : STRATA_JSON_NUMBER;
  strata_value_parse(column, &field, &c->arena, c->ctx, value, &reason);
  if (reason) strata_fail(c->ctx, SQLITE_ERROR, "%s", reason);
  sqlite3_free(reason);
}

/* Whether another row has the index's values. The row's own key is in the statement `row`. */
static bool is_taken(strata_collisions *c, const strata_unique *unique, sqlite3_stmt *row) {
  const strata_table *table = c->table;
  sqlite3_str *sql = sqlite3_str_new(c->ctx->db);
  sqlite3_str_appendf(sql, "SELECT 1 FROM \"%w\".\"%w\"", c->catalog->schema, table->sql_name);
  for (int i = 0; i < unique->count; i++)
    sqlite3_str_appendf(sql, "%s\"%w\"=? COLLATE \"%w\"", i ? " AND " : " WHERE ",
                        table->columns[unique->columns[i].column].name, unique->columns[i].collation);
  for (int i = 0; i < table->key_count; i++)
    sqlite3_str_appendf(sql, "%s\"%w\" IS NOT ? COLLATE BINARY", i ? " OR " : " AND (",
                        table->columns[table->key[i]].name);
  sqlite3_str_appendall(sql, ") LIMIT 1");
  sqlite3_stmt *stmt = strata_prepare_str(c->ctx, sql);
  int rc = SQLITE_OK;
  for (int i = 0; i < unique->count; i++) strata_value_bind(&unique->columns[i].value, c->ctx, stmt, i + 1);
  for (int i = 0; stmt && rc == SQLITE_OK && i < table->key_count; i++)
    rc = sqlite3_bind_value(stmt, unique->count + i + 1, sqlite3_column_value(row, table->key[i]));
  if (rc != SQLITE_OK) strata_fail_db(c->ctx, rc);
  bool taken = strata_step(c->ctx, stmt);
  sqlite3_finalize(stmt);
  return taken;
}

/* Add a value to a key, so that two keys have the same bytes if the index takes all their values for equal. The length
** in front keeps the values apart. NOCASE folds ASCII, and compares only the lengths beyond a U+0000. */
static void add_to_key(strata_writer *key, strata_equality equality, const char *text, size_t length) {
  while (equality == STRATA_EQUAL_RTRIM && length > 0 && text[length - 1] == ' ') length--;
  strata_writer_integer(key, (int64_t)length);
  strata_writer_raw(key, ":", 1);
  if (equality != STRATA_EQUAL_NOCASE) {
    strata_writer_raw(key, text, length);
    return;
  }
  for (size_t i = 0; i < length && text[i]; i++) {
    char folded = (char)(text[i] >= 'A' && text[i] <= 'Z' ? text[i] + 32 : text[i]);
    strata_writer_raw(key, &folded, 1);
  }
}

/* Set the value that a restore would store for the cell, and add it to the key. False if the row cannot collide: the
** value is NULL, or the index's only one and as a restore stores it already. */
static bool look_at_cell(strata_collisions *c, const strata_unique *unique, strata_unique_column *at,
                         const strata_value *cell, strata_writer *key) {
  const strata_column *column = &c->table->columns[at->column];
  if (cell->type == SQLITE_NULL || (unique->count == 1 && is_usual_moment(column, cell))) return false;
  at->value = *cell;
  at->value.as_utf16 = c->catalog->utf16 && strata_value_has_noncharacter(cell);
  if (cell->type == SQLITE_TEXT && !has_spellings(column)) {
    add_to_key(key, at->equality, cell->text, cell->length);
    return true;
  }
  strata_writer json;
  strata_writer_to_memory(&json, SIZE_MAX / 2);
  strata_value_print(column, cell, &json);
  if (json.rc != SQLITE_OK) strata_fail_db(c->ctx, json.rc);
  if (c->ctx->rc == SQLITE_OK) {
    bool quoted = *json.data == '"';
    add_to_key(key, at->equality, json.data + quoted, json.length - (quoted ? 2 : 0));
    if (has_spellings(column)) restored(c, column, json.data, json.length, &at->value);
  }
  strata_writer_free(&json);
  return c->ctx->rc == SQLITE_OK;
}

static void look(strata_collisions *c, strata_unique *unique, sqlite3_stmt *row) {
  strata_value odd = {0};
  const strata_column *odd_column = NULL;
  strata_writer key;
  strata_writer_to_memory(&key, SIZE_MAX / 2);
  bool may_collide = true;
  for (int i = 0; i < unique->count && may_collide; i++) {
    strata_unique_column *at = &unique->columns[i];
    /* Do not read it as UTF-16 again: the row has been written, so SQLite holds UTF-8 now, and converting that back
    ** loses U+FFFE. */
    strata_value cell = strata_value_from_cell(row, at->column, false);
    may_collide = look_at_cell(c, unique, at, &cell, &key);
    if (!may_collide || is_same(&at->value, &cell)) continue;
    odd_column = &c->table->columns[at->column];
    odd = cell;
  }
  if (key.rc != SQLITE_OK) strata_fail_db(c->ctx, key.rc);
  if (odd_column && may_collide && c->ctx->rc == SQLITE_OK) {
    bool is_new = strata_name_set_add(&unique->others, c->ctx, key.data, key.length);
    if (!is_new || is_taken(c, unique, row))
      strata_refuse_cell(c->ctx, c->table, odd_column, row, &odd,
                         "which another row also holds in a different spelling; the column is UNIQUE, so a "
                         "restore would refuse one of the two");
  }
  strata_writer_free(&key);
  strata_arena_reset(&c->arena);
}

void strata_collisions_check(strata_collisions *c, sqlite3_stmt *row) {
  for (strata_unique *unique = c->indexes; unique && c->ctx->rc == SQLITE_OK; unique = unique->next)
    look(c, unique, row);
}
