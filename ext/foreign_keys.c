/*
** foreign_keys.c: makes sure that every reference holds after a restore.
**
** PRAGMA foreign_key_check tells quickly whether any row refers to a missing one, whatever
** the connection's settings are, but names only a rowid. If it finds one, the document is
** read again and each row's references are looked up, to report line and path.
*/
#include "foreign_keys.h"

/* Whether the missing row is in the document but was rejected, and so reported already. If more rows were rejected than
** are remembered, assume that it was one of them. */
static bool is_rejected(const strata_foreign_keys *keys, const strata_foreign_key *key,
                        const strata_value *values) {
  int parent = strata_table_find_sql(key->parent);
  const strata_value *value = &values[key->columns[0]];
  if (parent < 0 || key->count != 1 || value->type != SQLITE_TEXT) return false;
  const strata_name_set *rejected = &keys->rejected[parent];
  return rejected->count >= STRATA_MAX_KEYS ||
         strata_name_set_find(rejected, value->text, value->length) >= 0;
}

/* Whether the referenced table exists. SQLite lets a column refer to any name. True after an error. */
static bool has_table(strata_context *ctx, const strata_catalog *catalog, const strata_foreign_key *key) {
  sqlite3_int64 count = strata_query_integer(
      ctx, strata_prepare(ctx,
                          "SELECT count(*) FROM \"%w\".sqlite_master WHERE type IN ('table','view')"
                          " AND name = '%q' COLLATE NOCASE",
                          catalog->schema, key->parent));
  return count > 0 || ctx->rc != SQLITE_OK;
}

/* Whether the database has the row that these values refer to; if not, whether it has not even the table. True after an
** error, so that nothing is reported. */
static bool has_row(const strata_document *document, const strata_foreign_key *key,
                    const strata_value *values, bool *no_table) {
  strata_context *ctx = document->ctx;
  *no_table = false;
  if (ctx->rc != SQLITE_OK) return true;
  sqlite3_str *sql = sqlite3_str_new(ctx->db);
  sqlite3_str_appendf(sql, "SELECT 1 FROM \"%w\".\"%w\"", document->catalog->schema, key->parent);
  for (int i = 0; i < key->count; i++)
    sqlite3_str_appendf(sql, "%s\"%w\"=?%d", i ? " AND " : " WHERE ", key->targets[i], i + 1);
  sqlite3_stmt *stmt = strata_prepare_str(ctx, sql);
  for (int i = 0; i < key->count; i++) strata_value_bind(&values[key->columns[i]], ctx, stmt, i + 1);
  bool found = strata_step(ctx, stmt);
  sqlite3_finalize(stmt);
  if (ctx->rc != SQLITE_ERROR) return found || ctx->rc != SQLITE_OK;
  char *message = strata_context_take(ctx);
  *no_table = !has_table(ctx, document->catalog, key);
  if (!*no_table && ctx->rc == SQLITE_OK) strata_fail(ctx, SQLITE_ERROR, "%s", message);
  sqlite3_free(message);
  return !*no_table;
}

/* A row refers to another only if all columns of the key have a value (sqlite.org/foreignkeys.html, section 2). */
static bool refers(const strata_foreign_key *key, const strata_value *values) {
  for (int i = 0; i < key->count; i++) {
    if (key->columns[i] < 0) return false;
    int type = values[key->columns[i]].type;
    if (type == 0 || type == SQLITE_NULL) return false;
  }
  return true;
}

/* Whether `which` selects the key (see strata_foreign_keys_report_row()). An INSERT cannot violate a key with a late
** column: that column is still NULL, and a key with a NULL in it refers to nothing. */
static bool is_selected(const strata_table *table, const strata_foreign_key *key, int which) {
  bool late = false, has_column = false;
  for (int i = 0; i < key->count; i++) {
    late |= table->columns[key->columns[i]].late;
    has_column |= key->columns[i] == which;
  }
  return which == STRATA_KEYS_ALL || (which == STRATA_KEYS_INSERTED ? !late : has_column);
}

/* Whether the row refers to itself. If its INSERT failed, the database lacks it, but once inserted it would be its own
** parent. SQLite also compares the two values byte for byte (fkLookupParent() in its fkey.c). */
static bool refers_to_itself(const strata_table *table, const strata_foreign_key *key,
                             const strata_value *values) {
  if (sqlite3_stricmp(key->parent, table->sql_name) != 0) return false;
  for (int i = 0; i < key->count; i++) {
    int target = strata_column_find_sql(table, key->targets[i]);
    if (target < 0 || strata_value_compare(&values[target], &values[key->columns[i]]) != 0) return false;
  }
  return true;
}

int strata_foreign_keys_report_row(strata_foreign_keys *keys, int number, strata_row_place place,
                                   const strata_value *values, int which, int rc) {
  strata_document *document = keys->document;
  const strata_table *table = &document->catalog->tables[number];
  int found = 0;
  for (int i = 0; i < table->foreign_key_count; i++) {
    const strata_foreign_key *key = &table->foreign_keys[i];
    if (!refers(key, values) || !is_selected(table, key, which) || refers_to_itself(table, key, values))
      continue;
    bool no_table;
    if (has_row(document, key, values, &no_table)) continue;
    found++;
    if (is_rejected(keys, key, values)) continue;
    char *value = strata_value_describe(document->ctx, &values[key->columns[0]]);
    /* SQLite checked this reference right at the INSERT. Rows of this table and of later ones are still to come, so the
    ** parent may be among them. */
    bool at_once = which == STRATA_KEYS_INSERTED && strata_table_find_sql(key->parent) >= number;
    strata_reader_report_row(
        &document->reader, place, STRATA_FIELD_BY_NAME, table->columns[key->columns[0]].field, rc,
        no_table
            ? sqlite3_mprintf("%s refers to table \"%w\", which does not exist: create it, with this row, "
                              "before the restore (FOREIGN KEY constraint failed)",
                              value, key->parent)
            : sqlite3_mprintf("there is no row in \"%w\" with %w %s%s (FOREIGN KEY constraint failed)",
                              key->parent, key->targets[0], value,
                              at_once ? " yet: if it comes later in the document, put it first or run PRAGMA "
                                        "foreign_keys=OFF before the restore"
                                      : ""));
    sqlite3_free(value);
  }
  return found;
}

/* Read the table's rows in the document again and report their dangling references. Returns how many there are. */
static int report_rows(strata_foreign_keys *keys, int number) {
  strata_document *document = keys->document;
  strata_reader *reader = &document->reader;
  const strata_table *table = &document->catalog->tables[number];
  const strata_section *section = strata_document_section(document, number);
  if (section == NULL) return 0;
  strata_arena arena = {0};
  int found = 0;
  strata_reader_begin(reader, section);
  while (document->ctx->rc == SQLITE_OK && strata_reader_next_row(reader)) {
    const strata_value *values = strata_document_read_row(document, table, &arena, false);
    if (values)
      found += strata_foreign_keys_report_row(keys, number, strata_reader_place(reader), values,
                                              STRATA_KEYS_ALL, SQLITE_CONSTRAINT_FOREIGNKEY);
    strata_arena_reset(&arena);
  }
  strata_arena_free(&arena);
  return found;
}

/* Report the rows of the table that refer to a missing row. Call it only when no row of the document does: what it finds
** was there before a merge, or was written by a trigger. */
static void report_present_rows(strata_document *document, const strata_table *table,
                                const strata_foreign_key *key) {
  strata_context *ctx = document->ctx;
  const strata_catalog *catalog = document->catalog;
  for (int i = 0; i < key->count; i++) {
    if (key->columns[i] < 0) return;
  }
  bool has_parents = has_table(ctx, catalog, key);
  if (ctx->rc != SQLITE_OK) return;
  sqlite3_str *sql = sqlite3_str_new(ctx->db);
  sqlite3_str_appendf(sql, "SELECT \"%w\", c.\"%w\" FROM \"%w\".\"%w\" AS c WHERE NOT EXISTS (SELECT 1",
                      table->columns[table->key[0]].name, table->columns[key->columns[0]].name,
                      catalog->schema, table->sql_name);
  if (has_parents) sqlite3_str_appendf(sql, " FROM \"%w\".\"%w\" AS p", catalog->schema, key->parent);
  /* The + removes the child column's affinity, so that values compare under the parent's, as in a foreign key. */
  for (int i = 0; has_parents && i < key->count; i++)
    sqlite3_str_appendf(sql, "%sp.\"%w\"=+c.\"%w\"", i ? " AND " : " WHERE ", key->targets[i],
                        table->columns[key->columns[i]].name);
  sqlite3_str_appendall(sql, has_parents ? ")" : " WHERE 0)");
  for (int i = 0; i < key->count; i++)
    sqlite3_str_appendf(sql, " AND c.\"%w\" IS NOT NULL", table->columns[key->columns[i]].name);
  sqlite3_stmt *stmt = strata_prepare_str(ctx, sql);
  while (ctx->rc == SQLITE_OK && strata_step(ctx, stmt)) {
    strata_value own = strata_value_from_cell(stmt, 0, catalog->utf16);
    strata_value missing = strata_value_from_cell(stmt, 1, catalog->utf16);
    char *own_text = strata_value_describe(ctx, &own), *missing_text = strata_value_describe(ctx, &missing);
    strata_document_report(
        document, SQLITE_CONSTRAINT_FOREIGNKEY,
        sqlite3_mprintf(
            "row %z of table \"%w\" has %w %z, a value that the document does not set, and \"%w\" %s: "
            "correct or delete the referring row first, or set the field in the document",
            own_text, table->sql_name, table->columns[key->columns[0]].name, missing_text, key->parent,
            has_parents ? "has no such row" : "does not exist"));
  }
  sqlite3_finalize(stmt);
}

/* Whether the key is a single column that refers to the single-column primary key of one of the nine tables. */
static bool is_plain(const strata_catalog *catalog, const strata_foreign_key *key) {
  int parent = strata_table_find_sql(key->parent);
  if (parent < 0 || key->count != 1 || key->columns[0] < 0) return false;
  const strata_table *table = &catalog->tables[parent];
  return table->key_count == 1 && sqlite3_stricmp(table->columns[table->key[0]].name, key->targets[0]) == 0;
}

void strata_foreign_keys_begin_table(strata_foreign_keys *keys, int number) {
  const strata_table *table = &keys->document->catalog->tables[number];
  bool verified = keys->from_empty;
  for (int i = 0; i < table->foreign_key_count; i++) {
    if (!is_plain(keys->document->catalog, &table->foreign_keys[i]) ||
        table->columns[table->foreign_keys[i].columns[0]].late)
      verified = false;
  }
  keys->verified[number] = verified;
}

/*
** A value with the same bytes as an earlier row's key refers to that row under any
** collation. Any other value proves nothing (the parent may be a later row, or equal in
** another way), so the table is then checked at the end.
*/
void strata_foreign_keys_note_row(strata_foreign_keys *keys, int number, const strata_value *values) {
  const strata_table *table = &keys->document->catalog->tables[number];
  strata_name_set *known = &keys->known[number];
  if (!keys->from_empty) return;
  const strata_value *own = &values[table->key[0]];
  if (table->referenced && own->type == SQLITE_TEXT && known->count < STRATA_MAX_KEYS)
    strata_name_set_add(known, keys->document->ctx, own->text, own->length);
  for (int i = 0; i < table->foreign_key_count && keys->verified[number]; i++) {
    const strata_foreign_key *key = &table->foreign_keys[i];
    const strata_value *value = &values[key->columns[0]];
    /* NULL refers to nothing. An absent value (type 0) becomes the column's default, which may refer to anything. */
    if (value->type == SQLITE_NULL) continue;
    keys->verified[number] =
        value->type == SQLITE_TEXT && strata_name_set_find(&keys->known[strata_table_find_sql(key->parent)],
                                                           value->text, value->length) >= 0;
  }
}

void strata_foreign_keys_reject_row(strata_foreign_keys *keys, int number, const strata_value *values) {
  strata_document *document = keys->document;
  const strata_table *table = &document->catalog->tables[number];
  const strata_row *row = &document->reader.row;
  strata_name_set *rejected = &keys->rejected[number];
  keys->left_out = true;
  if (!strata_document_collects(document) || !table->referenced || rejected->count >= STRATA_MAX_KEYS) return;
  int key = table->key[0];
  if (values && values[key].type == SQLITE_TEXT)
    strata_name_set_add(rejected, document->ctx, values[key].text, values[key].length);
  for (int i = 0; values == NULL && i < row->count; i++) {
    const strata_field *field = &row->fields[i];
    if (field->type == STRATA_JSON_STRING &&
        strata_dialect_column(document->reader.dialect, table, field->name, field->name_length, i) == key)
      strata_name_set_add(rejected, document->ctx, field->text, field->length);
  }
}

void strata_foreign_keys_check(strata_foreign_keys *keys) {
  strata_document *document = keys->document;
  strata_context *ctx = document->ctx;
  /* Check even if SQLite enforces foreign keys: it only keeps a count of deferred violations. A row from before the
  ** restore that gains its parent lowers the count, and so can hide a new row without one. */
  for (int i = 0; i < STRATA_TABLE_COUNT && ctx->rc == SQLITE_OK; i++) {
    const strata_table *table = &document->catalog->tables[i];
    if (keys->verified[i] && !keys->left_out) continue;
    sqlite3_stmt *stmt = strata_prepare(ctx, "PRAGMA \"%w\".foreign_key_check(\"%w\")",
                                        document->catalog->schema, table->sql_name);
    bool dangling = strata_step(ctx, stmt);
    sqlite3_finalize(stmt);
    if (!dangling || report_rows(keys, i) > 0 || ctx->rc != SQLITE_OK) continue;
    for (int j = 0; j < table->foreign_key_count; j++)
      report_present_rows(document, table, &table->foreign_keys[j]);
    if (ctx->rc == SQLITE_OK && document->reader.report.problems.count == 0)
      strata_fail(ctx, SQLITE_CONSTRAINT_FOREIGNKEY,
                  "table \"%s\" has rows that refer to missing rows (PRAGMA foreign_key_check lists them): "
                  "correct or delete them first",
                  table->sql_name);
  }
}

void strata_foreign_keys_free(strata_foreign_keys *keys) {
  for (int i = 0; i < STRATA_TABLE_COUNT; i++) {
    strata_name_set_free(&keys->known[i]);
    strata_name_set_free(&keys->rejected[i]);
  }
}
