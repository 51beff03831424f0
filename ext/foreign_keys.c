/*
** foreign_keys.c: every reference holds after a restore.
**
** PRAGMA foreign_key_check tells quickly whether anything dangles, whatever the
** connection's settings, but names only a rowid. So when it finds something, the
** document is read again and each row's references are looked up, for line and path.
*/
#include "foreign_keys.h"
#include "excerpt.h"

#include <string.h>

struct strata_outer_key {
  char *child;     /* the table outside the nine */
  char *parent;    /* one of the nine */
  char *on_delete; /* CASCADE, SET NULL, … */
  char *on_update;
  bool late;                /* refers to a column that a replace sets to NULL for a while */
  char *match;              /* p."id" = +c."asset_id": parent p, child c */
  char *not_null;           /* c."asset_id" IS NOT NULL */
  char *value;              /* quote(c."asset_id") */
  bool broken;              /* the column it refers to does not exist, so no row can use it */
  strata_name_set dangling; /* the values that had no parent before the restore */
};

static void free_key(strata_outer_key *key) {
  sqlite3_free(key->child);
  sqlite3_free(key->parent);
  sqlite3_free(key->on_delete);
  sqlite3_free(key->on_update);
  sqlite3_free(key->match);
  sqlite3_free(key->not_null);
  sqlite3_free(key->value);
  strata_name_set_free(&key->dangling);
}

void strata_outer_keys_free(strata_outer_keys *outer) {
  for (size_t i = 0; i < outer->count; i++) free_key(&outer->items[i]);
  sqlite3_free(outer->items);
  *outer = (strata_outer_keys){0};
}

/* Takes one row of PRAGMA foreign_key_list: id, seq, table, from, to, on_update, on_delete, match. */
static void add_outer_column(strata_outer_keys *outer, strata_restore *restore, const char *child,
                             sqlite3_stmt *list) {
  strata_context *ctx = restore->ctx;
  const char *parent = (const char *)sqlite3_column_text(list, 2);
  const char *from = (const char *)sqlite3_column_text(list, 3);
  const char *to = (const char *)sqlite3_column_text(list, 4);
  const char *on_update = (const char *)sqlite3_column_text(list, 5);
  const char *on_delete = (const char *)sqlite3_column_text(list, 6);
  int seq = sqlite3_column_int(list, 1);
  int number = parent ? strata_table_find_sql(parent) : -1;
  if (number < 0 || from == NULL) return;
  if (seq == 0) {
    if (!strata_grow(ctx, &outer->items, &outer->room, outer->count + 1, sizeof *outer->items)) return;
    outer->items[outer->count++] =
        (strata_outer_key){.child = strata_format(ctx, "%s", child),
                           .parent = strata_format(ctx, "%s", parent),
                           .on_delete = strata_format(ctx, "%s", on_delete ? on_delete : ""),
                           .on_update = strata_format(ctx, "%s", on_update ? on_update : "")};
  }
  const strata_table *table = &restore->catalog.tables[number];
  if (to == NULL) to = seq < table->key_count ? table->columns[table->key[seq]].name : "rowid";
  strata_outer_key *key = &outer->items[outer->count - 1];
  if (!strata_table_has_column(table, to)) key->broken = true;
  for (int i = 0; i < table->column_count; i++)
    key->late |= table->columns[i].late && sqlite3_stricmp(table->columns[i].name, to) == 0;
  /* The + removes the child's affinity: SQLite compares foreign keys with the parent's (sqlite.org/foreignkeys.html,
  ** section 3). */
  key->match = strata_format(ctx, "%z%sp.\"%w\" = +c.\"%w\"", key->match, seq ? " AND " : "", to, from);
  key->not_null = strata_format(ctx, "%z%sc.\"%w\" IS NOT NULL", key->not_null, seq ? " AND " : "", from);
  key->value = strata_format(ctx, "%z%squote(c.\"%w\")", key->value, seq ? "||', '||" : "", from);
}

/* The values of a key that have no parent at this moment. */
static sqlite3_stmt *select_dangling(strata_restore *restore, const strata_outer_key *key) {
  const char *schema = restore->catalog.schema;
  return strata_prepare(restore->ctx,
                        "SELECT %s, count(*) FROM \"%w\".\"%w\" AS c WHERE %s AND NOT EXISTS"
                        " (SELECT 1 FROM \"%w\".\"%w\" AS p WHERE %s) GROUP BY 1",
                        key->value, schema, key->child, key->not_null, schema, key->parent, key->match);
}

void strata_outer_keys_load(strata_outer_keys *outer, strata_restore *restore) {
  strata_context *ctx = restore->ctx;
  const char *schema = restore->catalog.schema;
  sqlite3_stmt *tables = strata_prepare(
      ctx, "SELECT name FROM \"%w\".sqlite_master WHERE type = 'table' AND rootpage > 0", schema);
  while (strata_step(ctx, tables)) {
    const char *name = (const char *)sqlite3_column_text(tables, 0);
    if (name == NULL || strata_table_find_sql(name) >= 0) continue;
    sqlite3_stmt *list = strata_prepare(ctx, "PRAGMA \"%w\".foreign_key_list(\"%w\")", schema, name);
    while (strata_step(ctx, list)) add_outer_column(outer, restore, name, list);
    sqlite3_finalize(list);
  }
  sqlite3_finalize(tables);
  size_t kept = 0;
  for (size_t i = 0; i < outer->count; i++) {
    if (outer->items[i].broken)
      free_key(&outer->items[i]);
    else
      outer->items[kept++] = outer->items[i];
  }
  outer->count = kept;
  for (size_t i = 0; i < outer->count && ctx->rc == SQLITE_OK; i++) {
    strata_outer_key *key = &outer->items[i];
    sqlite3_stmt *stmt = select_dangling(restore, key);
    while (strata_step(ctx, stmt)) {
      const char *value = (const char *)sqlite3_column_text(stmt, 0);
      if (value) strata_name_set_add(&key->dangling, ctx, value, (size_t)sqlite3_column_bytes(stmt, 0));
    }
    sqlite3_finalize(stmt);
  }
}

/* Rows of the key's table that have a parent. */
static sqlite3_int64 count_children(strata_restore *restore, const strata_outer_key *key) {
  const char *schema = restore->catalog.schema;
  return strata_query_integer(
      restore->ctx, strata_prepare(restore->ctx,
                                   "SELECT count(*) FROM \"%w\".\"%w\" AS c WHERE %s AND EXISTS"
                                   " (SELECT 1 FROM \"%w\".\"%w\" AS p WHERE %s)",
                                   schema, key->child, key->not_null, schema, key->parent, key->match));
}

static void report_wipe(strata_restore *restore, const strata_outer_key *key, sqlite3_int64 rows) {
  strata_restore_report(
      restore, SQLITE_CONSTRAINT_FOREIGNKEY,
      sqlite3_mprintf(
          "table \"%w\", which is not part of a backup, has %lld row%s that refer%s to \"%w\" (ON DELETE %s, "
          "ON "
          "UPDATE "
          "%s): replacing that would delete, change or be stopped by them. Restore with mode 'merge', or run "
          "PRAGMA foreign_keys=OFF first, outside of a transaction (the restore then checks at its end that "
          "they have their parents again), or delete those rows",
          key->child, rows, rows == 1 ? "" : "s", rows == 1 ? "s" : "", key->parent, key->on_delete,
          key->on_update));
}

void strata_outer_keys_check_wipe(const strata_outer_keys *outer, strata_restore *restore) {
  if (!restore->catalog.enforced) return;
  for (size_t i = 0; i < outer->count && !strata_restore_stopped(restore); i++) {
    const strata_outer_key *key = &outer->items[i];
    /* NO ACTION may be deferred, and then it is enough that the parents come back. If not, the DELETE fails. */
    bool deletes = sqlite3_stricmp(key->on_delete, "NO ACTION") != 0;
    bool updates = key->late && sqlite3_stricmp(key->on_update, "NO ACTION") != 0;
    sqlite3_int64 rows = deletes || updates ? count_children(restore, key) : 0;
    if (rows > 0) report_wipe(restore, key, rows);
  }
}

void strata_outer_keys_explain(const strata_outer_keys *outer, strata_restore *restore, const char *table) {
  int rc = restore->ctx->rc;
  char *message = strata_context_take(restore->ctx);
  for (size_t i = 0; i < outer->count && !strata_restore_stopped(restore); i++) {
    const strata_outer_key *key = &outer->items[i];
    if (sqlite3_stricmp(key->parent, table) != 0) continue;
    sqlite3_int64 rows = count_children(restore, key);
    if (rows > 0) report_wipe(restore, key, rows);
  }
  if (restore->reader.problems.count == 0)
    strata_fail(restore->ctx, rc, "the rows of table \"%s\" could not be deleted: %s", table, message);
  sqlite3_free(message);
}

void strata_outer_keys_check_end(const strata_outer_keys *outer, strata_restore *restore) {
  strata_context *ctx = restore->ctx;
  for (size_t i = 0; i < outer->count && !strata_restore_stopped(restore); i++) {
    const strata_outer_key *key = &outer->items[i];
    sqlite3_stmt *stmt = select_dangling(restore, key);
    while (strata_step(ctx, stmt)) {
      const char *value = (const char *)sqlite3_column_text(stmt, 0);
      if (value == NULL ||
          strata_name_set_find(&key->dangling, value, (size_t)sqlite3_column_bytes(stmt, 0)) >= 0)
        continue;
      sqlite3_int64 rows = sqlite3_column_int64(stmt, 1);
      char *shown = strata_excerpt(value, (size_t)sqlite3_column_bytes(stmt, 0));
      if (shown == NULL) strata_fail_db(ctx, SQLITE_NOMEM);
      strata_restore_report(
          restore, SQLITE_CONSTRAINT_FOREIGNKEY,
          sqlite3_mprintf(
              "table \"%w\", which is not part of a backup, has %lld row%s that refer%s to the row %z of "
              "\"%w\", which would be gone after the restore: delete or change those rows first, or restore "
              "with mode 'merge'",
              key->child, rows, rows == 1 ? "" : "s", rows == 1 ? "s" : "", shown, key->parent));
      if (strata_restore_stopped(restore)) break;
    }
    sqlite3_finalize(stmt);
  }
}

/* Whether the row that is missing is one of the document's, and reported already; or may be, where so many
** were reported that not all are remembered. */
static bool is_rejected(const strata_restore *restore, const strata_foreign_key *key,
                        const strata_value *values) {
  int parent = strata_table_find_sql(key->parent);
  const strata_value *value = &values[key->columns[0]];
  if (parent < 0 || key->count != 1 || value->type != SQLITE_TEXT) return false;
  const strata_name_set *rejected = &restore->rejected[parent];
  return rejected->count >= STRATA_MOST_KEYS ||
         strata_name_set_find(rejected, value->text, value->length) >= 0;
}

/* Whether the row that a key's values name is there. */
static bool has_parent(strata_restore *restore, const strata_foreign_key *key, const strata_value *values) {
  strata_context *ctx = restore->ctx;
  if (ctx->rc != SQLITE_OK) return true;
  sqlite3_str *sql = sqlite3_str_new(ctx->db);
  sqlite3_str_appendf(sql, "SELECT 1 FROM \"%w\".\"%w\"", restore->catalog.schema, key->parent);
  for (int i = 0; i < key->count; i++)
    sqlite3_str_appendf(sql, "%s\"%w\"=?%d", i ? " AND " : " WHERE ", key->targets[i], i + 1);
  sqlite3_stmt *stmt = strata_prepare_str(ctx, sql);
  for (int i = 0; i < key->count && ctx->rc == SQLITE_OK; i++) {
    int rc = strata_value_bind(&values[key->columns[i]], stmt, i + 1);
    if (rc != SQLITE_OK) strata_fail_db(ctx, rc);
  }
  bool found = strata_step(ctx, stmt);
  sqlite3_finalize(stmt);
  return found || ctx->rc != SQLITE_OK;
}

/* A reference counts only where all of its columns have a value (sqlite.org/foreignkeys.html, section 2). */
static bool refers(const strata_foreign_key *key, const strata_value *values) {
  for (int i = 0; i < key->count; i++) {
    if (key->columns[i] < 0) return false;
    int type = values[key->columns[i]].type;
    if (type == 0 || type == SQLITE_NULL) return false;
  }
  return true;
}

/* Whether the key can have caused an error at this point: see strata_foreign_keys_report_row(). A late column is NULL
** until it is set, and a key with a NULL in it refers to nothing. */
static bool is_meant(const strata_table *table, const strata_foreign_key *key, int which) {
  bool late = false, has = false;
  for (int i = 0; i < key->count; i++) {
    late |= table->columns[key->columns[i]].late;
    has |= key->columns[i] == which;
  }
  return which == STRATA_KEYS_ALL || (which == STRATA_KEYS_INSERTED ? !late : has);
}

/* Whether the row refers to itself. A row that was not inserted is no parent yet, not even its own; but it would be.
** SQLite compares the two byte for byte as well (fkLookupParent() in its fkey.c). */
static bool refers_to_itself(const strata_table *table, const strata_foreign_key *key,
                             const strata_value *values) {
  if (sqlite3_stricmp(key->parent, table->sql_name) != 0) return false;
  for (int i = 0; i < key->count; i++) {
    int target = strata_column_find_sql(table, key->targets[i]);
    if (target < 0 || strata_value_compare(&values[target], &values[key->columns[i]]) != 0) return false;
  }
  return true;
}

int strata_foreign_keys_report_row(strata_restore *restore, int number, const strata_section *section,
                                   uint64_t row_offset, uint64_t row_index, const strata_value *values,
                                   int which, int rc) {
  const strata_table *table = &restore->catalog.tables[number];
  int found = 0;
  for (int i = 0; i < table->foreign_key_count; i++) {
    const strata_foreign_key *key = &table->foreign_keys[i];
    if (!refers(key, values) || !is_meant(table, key, which) || refers_to_itself(table, key, values) ||
        has_parent(restore, key, values))
      continue;
    found++;
    if (is_rejected(restore, key, values)) continue;
    char *value = strata_value_describe(&values[key->columns[0]]);
    if (value == NULL) strata_fail_db(restore->ctx, SQLITE_NOMEM);
    /* SQLite checks at once here, so the parent may simply come later. */
    bool at_once = which == STRATA_KEYS_INSERTED && strata_table_find_sql(key->parent) >= number;
    strata_reader_report_row(
        &restore->reader, section, row_offset, row_index, STRATA_FIELD_BY_NAME,
        table->columns[key->columns[0]].field, rc,
        sqlite3_mprintf("there is no row of \"%w\" with %w %s%s (FOREIGN KEY constraint failed)", key->parent,
                        key->targets[0], value,
                        at_once ? " yet: if it comes later in the document, put it first or run PRAGMA "
                                  "foreign_keys=OFF before the restore"
                                : ""));
    sqlite3_free(value);
  }
  return found;
}

/* Look up the references of every row that the document has for the table. */
static int report_rows(strata_restore *restore, int number) {
  const strata_table *table = &restore->catalog.tables[number];
  if (restore->reader.by_table[number] < 0) return 0;
  const strata_section *section = &restore->reader.sections[restore->reader.by_table[number]];
  strata_arena arena = {0};
  int found = 0;
  strata_reader_begin(&restore->reader, section);
  while (!strata_restore_stopped(restore) && strata_reader_next_row(&restore->reader)) {
    const strata_value *values = strata_restore_read_row(restore, table, &arena, false);
    const strata_row *row = &restore->reader.row;
    if (values)
      found += strata_foreign_keys_report_row(restore, number, section, row->offset, row->index, values,
                                              STRATA_KEYS_ALL, SQLITE_CONSTRAINT_FOREIGNKEY);
    strata_arena_reset(&arena);
  }
  strata_arena_free(&arena);
  return found;
}

/* Report rows that dangle and are not in the document. */
static void report_present_rows(strata_restore *restore, const strata_table *table,
                                const strata_foreign_key *key) {
  strata_context *ctx = restore->ctx;
  for (int i = 0; i < key->count; i++) {
    if (key->columns[i] < 0) return;
  }
  if (strata_restore_stopped(restore)) return;
  sqlite3_str *sql = sqlite3_str_new(ctx->db);
  sqlite3_str_appendf(sql,
                      "SELECT \"%w\", c.\"%w\" FROM \"%w\".\"%w\" AS c WHERE NOT EXISTS (SELECT 1 FROM "
                      "\"%w\".\"%w\" AS p WHERE ",
                      table->columns[table->key[0]].name, table->columns[key->columns[0]].name,
                      restore->catalog.schema, table->sql_name, restore->catalog.schema, key->parent);
  for (int i = 0; i < key->count; i++)
    sqlite3_str_appendf(sql, "%sp.\"%w\"=+c.\"%w\"", i ? " AND " : "", key->targets[i],
                        table->columns[key->columns[i]].name);
  sqlite3_str_appendall(sql, ")");
  for (int i = 0; i < key->count; i++)
    sqlite3_str_appendf(sql, " AND c.\"%w\" IS NOT NULL", table->columns[key->columns[i]].name);
  sqlite3_stmt *stmt = strata_prepare_str(ctx, sql);
  while (!strata_restore_stopped(restore) && strata_step(ctx, stmt)) {
    strata_value own = strata_value_from_cell(stmt, 0, restore->catalog.utf16);
    strata_value missing = strata_value_from_cell(stmt, 1, restore->catalog.utf16);
    char *own_text = strata_value_describe(&own), *missing_text = strata_value_describe(&missing);
    if (own_text == NULL || missing_text == NULL) strata_fail_db(ctx, SQLITE_NOMEM);
    strata_restore_report(
        restore, SQLITE_CONSTRAINT_FOREIGNKEY,
        sqlite3_mprintf("row %z of table \"%w\", which is not in the document, refers by %w to %z, "
                        "which is not a row of \"%w\": correct or delete that row first",
                        own_text, table->sql_name, table->columns[key->columns[0]].name, missing_text,
                        key->parent));
  }
  sqlite3_finalize(stmt);
}

/* Whether the key is one column that refers to the one-column primary key of one of the nine. */
static bool is_plain(const strata_catalog *catalog, const strata_foreign_key *key) {
  int parent = strata_table_find_sql(key->parent);
  if (parent < 0 || key->count != 1 || key->columns[0] < 0) return false;
  const strata_table *table = &catalog->tables[parent];
  return table->key_count == 1 && sqlite3_stricmp(table->columns[table->key[0]].name, key->targets[0]) == 0;
}

void strata_foreign_keys_begin_table(strata_restore *restore, int number) {
  const strata_table *table = &restore->catalog.tables[number];
  bool verified = restore->mode == STRATA_MODE_REPLACE && !restore->has_triggers;
  for (int i = 0; i < table->foreign_key_count; i++) {
    if (!is_plain(&restore->catalog, &table->foreign_keys[i]) ||
        table->columns[table->foreign_keys[i].columns[0]].late)
      verified = false;
  }
  restore->verified[number] = verified;
}

/*
** A value that equals the key of an earlier row byte for byte refers to that row
** under any collation. Any other value proves nothing, and leaves the table to the
** check at the end.
*/
void strata_foreign_keys_note_row(strata_restore *restore, int number, const strata_value *values) {
  const strata_table *table = &restore->catalog.tables[number];
  strata_name_set *keys = &restore->keys[number];
  if (restore->mode != STRATA_MODE_REPLACE) return;
  const strata_value *own = &values[table->key[0]];
  if (table->referenced && own->type == SQLITE_TEXT && keys->count < STRATA_MOST_KEYS)
    strata_name_set_add(keys, restore->ctx, own->text, own->length);
  for (int i = 0; i < table->foreign_key_count && restore->verified[number]; i++) {
    const strata_foreign_key *key = &table->foreign_keys[i];
    const strata_value *value = &values[key->columns[0]];
    /* An absent one takes the column's default, which may refer to anything. */
    if (value->type == SQLITE_NULL) continue;
    restore->verified[number] =
        value->type == SQLITE_TEXT && strata_name_set_find(&restore->keys[strata_table_find_sql(key->parent)],
                                                           value->text, value->length) >= 0;
  }
}

void strata_foreign_keys_check(strata_restore *restore) {
  strata_context *ctx = restore->ctx;
  /* Also with enforcement: SQLite only counts deferred violations, and an older row that finds its parent can cancel
  ** out a new one that does not. */
  for (int i = 0; i < STRATA_TABLE_COUNT && !strata_restore_stopped(restore); i++) {
    const strata_table *table = &restore->catalog.tables[i];
    if (restore->verified[i] && !restore->left_out) continue;
    sqlite3_stmt *stmt = strata_prepare(ctx, "PRAGMA \"%w\".foreign_key_check(\"%w\")",
                                        restore->catalog.schema, table->sql_name);
    bool dangling = strata_step(ctx, stmt);
    sqlite3_finalize(stmt);
    if (!dangling || report_rows(restore, i) > 0 || strata_restore_stopped(restore)) continue;
    for (int j = 0; j < table->foreign_key_count; j++)
      report_present_rows(restore, table, &table->foreign_keys[j]);
    if (!strata_restore_stopped(restore) && restore->reader.problems.count == 0)
      strata_fail(ctx, SQLITE_CONSTRAINT_FOREIGNKEY, "table \"%s\" has rows whose foreign key has no parent",
                  table->sql_name);
  }
}
