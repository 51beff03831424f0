/*
** outer_keys.c: finds the foreign keys of other tables that refer to the nine, and
** compares what dangles before and after a restore, by SQL alone.
*/
#include "outer_keys.h"
#include "excerpt.h"
#include "explain.h"

struct strata_outer_key {
  char *child;     /* the table outside the nine */
  char *parent;    /* one of the nine */
  char *on_delete; /* CASCADE, SET NULL, … */
  char *on_update;
  bool late;                /* refers to a column that a replace sets to NULL for a while */
  char *match;              /* p."id" = +c."asset_id": parent p, child c */
  char *touched;            /* p."id" = c."asset_id": what an action finds */
  char *not_null;           /* c."asset_id" IS NOT NULL */
  char *value;              /* quote(c."asset_id"), for a person */
  char *bytes;              /* quote(c."asset_id")||hex(c."asset_id"): quote() ends a text at U+0000 */
  bool broken;              /* the column it refers to does not exist, so no row can use it */
  strata_name_set dangling; /* the values that had no parent before the restore */
};

static void free_key(strata_outer_key *key) {
  sqlite3_free(key->child);
  sqlite3_free(key->parent);
  sqlite3_free(key->on_delete);
  sqlite3_free(key->on_update);
  sqlite3_free(key->match);
  sqlite3_free(key->touched);
  sqlite3_free(key->not_null);
  sqlite3_free(key->value);
  sqlite3_free(key->bytes);
  strata_name_set_free(&key->dangling);
}

void strata_outer_keys_free(strata_outer_keys *outer) {
  for (size_t i = 0; i < outer->count; i++) free_key(&outer->items[i]);
  sqlite3_free(outer->items);
  *outer = (strata_outer_keys){0};
}

/* Takes one row of PRAGMA foreign_key_list: id, seq, table, from, to, on_update, on_delete, match. */
static void add_column(strata_outer_keys *outer, const char *child, sqlite3_stmt *list) {
  strata_context *ctx = outer->document->ctx;
  const char *parent = strata_column_text(ctx, list, 2);
  const char *from = strata_column_text(ctx, list, 3);
  const char *to = strata_column_text(ctx, list, 4);
  const char *on_update = strata_column_text(ctx, list, 5);
  const char *on_delete = strata_column_text(ctx, list, 6);
  int seq = sqlite3_column_int(list, 1);
  int number = parent ? strata_table_find_sql(parent) : -1;
  if (number < 0 || from == NULL) return;
  strata_refuse_hidden_column(ctx, outer->document->catalog->schema, child, from);
  if (seq == 0) {
    if (!strata_grow(ctx, &outer->items, &outer->room, outer->count + 1, sizeof *outer->items)) return;
    outer->items[outer->count++] = (strata_outer_key){.child = strata_format(ctx, "%s", child),
                                                      .parent = strata_format(ctx, "%s", parent),
                                                      .on_delete = strata_format(ctx, "%s", on_delete),
                                                      .on_update = strata_format(ctx, "%s", on_update)};
  }
  const strata_table *table = &outer->document->catalog->tables[number];
  if (to == NULL) to = seq < table->key_count ? table->columns[table->key[seq]].name : "rowid";
  strata_outer_key *key = &outer->items[outer->count - 1];
  if (!strata_table_has_column(table, to)) key->broken = true;
  for (int i = 0; i < table->column_count; i++)
    key->late |= table->columns[i].late && sqlite3_stricmp(table->columns[i].name, to) == 0;
  /* The + removes the child's affinity: SQLite compares foreign keys with the parent's (sqlite.org/foreignkeys.html,
  ** section 3). */
  key->match = strata_format(ctx, "%z%sp.\"%w\" = +c.\"%w\"", key->match, seq ? " AND " : "", to, from);
  key->touched = strata_format(ctx, "%z%sp.\"%w\" = c.\"%w\"", key->touched, seq ? " AND " : "", to, from);
  key->not_null = strata_format(ctx, "%z%sc.\"%w\" IS NOT NULL", key->not_null, seq ? " AND " : "", from);
  key->value = strata_format(ctx, "%z%squote(c.\"%w\")", key->value, seq ? "||', '||" : "", from);
  key->bytes =
      strata_format(ctx, "%z%squote(c.\"%w\")||hex(c.\"%w\")", key->bytes, seq ? "||', '||" : "", from, from);
}

/* Select the key's values that have no parent at this moment: their bytes, how many rows have them, and the values. */
static sqlite3_stmt *select_dangling(const strata_outer_keys *outer, const strata_outer_key *key) {
  const char *schema = outer->document->catalog->schema;
  return strata_prepare(outer->document->ctx,
                        "SELECT %s, count(*), %s FROM \"%w\".\"%w\" AS c WHERE %s AND NOT EXISTS"
                        " (SELECT 1 FROM \"%w\".\"%w\" AS p WHERE %s) GROUP BY 1",
                        key->bytes, key->value, schema, key->child, key->not_null, schema, key->parent,
                        key->match);
}

void strata_outer_keys_load(strata_outer_keys *outer, strata_document *document) {
  strata_context *ctx = document->ctx;
  const char *schema = document->catalog->schema;
  *outer = (strata_outer_keys){.document = document};
  sqlite3_stmt *tables =
      strata_prepare(ctx, "SELECT name FROM \"%w\".sqlite_master WHERE rootpage > 0", schema);
  while (strata_step(ctx, tables)) {
    const char *name = strata_column_text(ctx, tables, 0);
    if (name == NULL || strata_table_find_sql(name) >= 0) continue;
    sqlite3_stmt *list = strata_prepare(ctx, "PRAGMA \"%w\".foreign_key_list(\"%w\")", schema, name);
    while (strata_step(ctx, list)) add_column(outer, name, list);
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
    sqlite3_stmt *stmt = select_dangling(outer, key);
    while (strata_step(ctx, stmt)) {
      const char *bytes = strata_column_text(ctx, stmt, 0);
      if (bytes) strata_name_set_add(&key->dangling, ctx, bytes, (size_t)sqlite3_column_bytes(stmt, 0));
    }
    sqlite3_finalize(stmt);
  }
}

/*
** Rows of the key's table that SQLite would change, or be stopped by. Those are not only the rows that have a parent:
** where a parent is deleted, SQLite compares both columns as they are declared (fkActionTrigger() and fkScanChildren()
** in its fkey.c), so that 1.5 in a REAL column belongs to the TEXT '1.50', which it does not refer to.
*/
static sqlite3_int64 count_children(const strata_outer_keys *outer, const strata_outer_key *key) {
  strata_context *ctx = outer->document->ctx;
  const char *schema = outer->document->catalog->schema;
  return strata_query_integer(ctx,
                              strata_prepare(ctx,
                                             "SELECT count(*) FROM \"%w\".\"%w\" AS c WHERE %s AND (EXISTS"
                                             " (SELECT 1 FROM \"%w\".\"%w\" AS p WHERE %s) OR EXISTS"
                                             " (SELECT 1 FROM \"%w\".\"%w\" AS p WHERE %s))",
                                             schema, key->child, key->not_null, schema, key->parent,
                                             key->match, schema, key->parent, key->touched));
}

static void report_wipe(const strata_outer_keys *outer, const strata_outer_key *key, sqlite3_int64 rows) {
  strata_document_report(
      outer->document, SQLITE_CONSTRAINT_FOREIGNKEY,
      sqlite3_mprintf(
          "table \"%w\", which is not part of a backup, has %lld row%s that refer%s to \"%w\" (ON DELETE %s, "
          "ON UPDATE %s): a replace would delete or change them, or fail because of them. Restore with mode "
          "'merge', or run PRAGMA foreign_keys=OFF first, outside a transaction (the restore then checks at "
          "the end that their parents exist again), or delete those rows",
          key->child, rows, rows == 1 ? "" : "s", rows == 1 ? "s" : "", key->parent, key->on_delete,
          key->on_update));
}

void strata_outer_keys_check_wipe(const strata_outer_keys *outer) {
  strata_context *ctx = outer->document->ctx;
  if (!outer->document->catalog->enforced) return;
  for (size_t i = 0; i < outer->count && ctx->rc == SQLITE_OK; i++) {
    const strata_outer_key *key = &outer->items[i];
    /* NO ACTION may be deferred, and then it is enough that the parents come back. If not, the DELETE fails. */
    bool deletes = sqlite3_stricmp(key->on_delete, "NO ACTION") != 0;
    bool updates = key->late && sqlite3_stricmp(key->on_update, "NO ACTION") != 0;
    sqlite3_int64 rows = deletes || updates ? count_children(outer, key) : 0;
    if (rows > 0) report_wipe(outer, key, rows);
  }
}

void strata_outer_keys_explain(const strata_outer_keys *outer, const char *table) {
  strata_context *ctx = outer->document->ctx;
  int rc = ctx->rc;
  char *message = strata_context_take(ctx);
  for (size_t i = 0; i < outer->count && ctx->rc == SQLITE_OK; i++) {
    const strata_outer_key *key = &outer->items[i];
    if (sqlite3_stricmp(key->parent, table) != 0) continue;
    sqlite3_int64 rows = count_children(outer, key);
    if (rows > 0) report_wipe(outer, key, rows);
  }
  if (outer->document->reader.report.problems.count == 0)
    strata_fail(ctx, rc, "the rows of table \"%s\" could not be deleted: %s", table, message);
  sqlite3_free(message);
}

void strata_outer_keys_check_end(const strata_outer_keys *outer) {
  strata_context *ctx = outer->document->ctx;
  for (size_t i = 0; i < outer->count && ctx->rc == SQLITE_OK; i++) {
    const strata_outer_key *key = &outer->items[i];
    sqlite3_stmt *stmt = select_dangling(outer, key);
    while (strata_step(ctx, stmt)) {
      const char *bytes = strata_column_text(ctx, stmt, 0);
      if (bytes == NULL ||
          strata_name_set_find(&key->dangling, bytes, (size_t)sqlite3_column_bytes(stmt, 0)) >= 0)
        continue;
      sqlite3_int64 rows = sqlite3_column_int64(stmt, 1);
      const char *value = strata_column_text(ctx, stmt, 2);
      if (value == NULL) break;
      char *shown = strata_excerpt(ctx, value, (size_t)sqlite3_column_bytes(stmt, 2));
      strata_document_report(
          outer->document, SQLITE_CONSTRAINT_FOREIGNKEY,
          sqlite3_mprintf(
              "table \"%w\", which is not part of a backup, has %lld row%s that refer%s to row %z of \"%w\", "
              "which the restore would remove: delete or change those rows first, or restore "
              "with mode 'merge'",
              key->child, rows, rows == 1 ? "" : "s", rows == 1 ? "s" : "", shown, key->parent));
      if (ctx->rc != SQLITE_OK) break;
    }
    sqlite3_finalize(stmt);
  }
}
