/*
** catalog_load.c: reads the columns of the nine tables from the live schema, with
** SQLite's pragmas (table_xinfo, index_list, table_list). A column's declared type
** gives its kind, its affinity and its scale.
*/
#include "catalog_load.h"
#include "catalog_keys.h"
#include "excerpt.h"
#include "explain.h"
#include "json_writer.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>

static int by_field_name(const void *a, const void *b) {
  const char *x = (*(const strata_column *const *)a)->field, *y = (*(const strata_column *const *)b)->field;
  return strata_field_order(x, strlen(x), y, strlen(y));
}

/* Fill table->by_field. Two columns that would become the same field are an error. */
static void sort_fields(strata_context *ctx, strata_table *table) {
  size_t count = (size_t)table->column_count;
  const strata_column **sorted = strata_alloc(ctx, (count + 1) * sizeof *sorted);
  table->by_field = strata_alloc(ctx, (count + 1) * sizeof *table->by_field);
  if (table->by_field) {
    for (size_t i = 0; i < count; i++) sorted[i] = &table->columns[i];
    qsort(sorted, count, sizeof *sorted, by_field_name);
    for (size_t i = 0; i < count; i++) table->by_field[i] = (int)(sorted[i] - table->columns);
  }
  for (size_t i = 1; ctx->rc == SQLITE_OK && i < count; i++) {
    const strata_column *a = sorted[i - 1], *b = sorted[i];
    if (by_field_name(&sorted[i - 1], &sorted[i]) == 0)
      strata_fail(ctx, SQLITE_ERROR,
                  "columns \"%w\" and \"%w\" of table \"%s\" would both be the field \"%s\" of a document: "
                  "rename one of them",
                  (a < b ? a : b)->name, (a < b ? b : a)->name, table->sql_name, a->field);
  }
  sqlite3_free(sorted);
}

/* asset_type_id -> assetTypeId: drop each underscore that comes before a lowercase letter, and capitalize the letter. */
static char *camel_case(strata_context *ctx, const char *name) {
  size_t length = strlen(name), n = 0;
  char *field = strata_alloc(ctx, length + 1);
  if (field == NULL) return NULL;
  for (size_t i = 0; i < length; i++) {
    bool hump = i > 0 && name[i] == '_' && name[i + 1] >= 'a' && name[i + 1] <= 'z';
    field[n++] = hump ? (char)(name[++i] - 'a' + 'A') : name[i];
  }
  field[n] = '\0';
  return field;
}

/* Escape the field's name once, for all rows: "assetTypeId": */
static void make_label(strata_context *ctx, strata_column *column) {
  strata_writer w;
  strata_writer_to_memory(&w, SIZE_MAX / 2);
  if (column->field && !strata_writer_string(&w, column->field, strlen(column->field))) {
    char *shown = strata_excerpt_of(ctx, column->name);
    strata_fail(ctx, SQLITE_ERROR, "the name of column \"%s\" is not valid UTF-8: rename the column", shown);
    sqlite3_free(shown);
  }
  strata_writer_raw(&w, ":", 2); /* with a NUL, so that messages can show it */
  if (w.rc != SQLITE_OK) strata_fail_db(ctx, w.rc);
  column->label = w.data;
  column->label_length = w.length ? w.length - 1 : 0;
}

/* Whether a declared type contains a word, in any case of its letters. */
static bool type_has(const char *type, const char *word) {
  size_t n = strlen(word);
  for (; *type; type++) {
    if (sqlite3_strnicmp(type, word, (int)n) == 0) return true;
  }
  return false;
}

static bool type_has_any(const char *type, const char *const *words) {
  for (; *words; words++) {
    if (type_has(type, *words)) return true;
  }
  return false;
}

/* The kind of a column, by words in its declared type. */
static strata_kind kind_of(const char *type) {
  static const char *const decimal[] = {"DECIMAL", "NUMERIC", NULL};
  static const char *const timestamp[] = {"DATE", "TIMESTAMP", NULL};
  static const char *const real[] = {"REAL", "DOUB", "FLOA", NULL};
  if (type_has_any(type, decimal)) return STRATA_KIND_DECIMAL;
  if (type_has(type, "BOOL")) return STRATA_KIND_BOOLEAN;
  if (type_has_any(type, timestamp)) return STRATA_KIND_TIMESTAMP;
  if (type_has(type, "INT")) return STRATA_KIND_INTEGER;
  return type_has_any(type, real) ? STRATA_KIND_REAL : STRATA_KIND_STRING;
}

/* The five rules of sqlite.org/datatype3.html section 3.1, in their order. */
static strata_affinity affinity_of(const char *type) {
  static const char *const text[] = {"CHAR", "CLOB", "TEXT", NULL};
  static const char *const real[] = {"REAL", "FLOA", "DOUB", NULL};
  if (type_has(type, "INT")) return STRATA_AFFINITY_INTEGER;
  if (type_has_any(type, text)) return STRATA_AFFINITY_TEXT;
  if (*type == '\0' || type_has(type, "BLOB")) return STRATA_AFFINITY_BLOB;
  return type_has_any(type, real) ? STRATA_AFFINITY_REAL : STRATA_AFFINITY_NUMERIC;
}

/* DECIMAL(20,2) -> 2. SQLite accepts any number there; an absurd scale counts as none. */
static int scale_of(const char *type) {
  const char *comma = strchr(type, ',');
  if (comma == NULL) return 0;
  long scale = strtol(comma + 1, NULL, 10);
  return scale > 0 && scale <= 100 ? (int)scale : 0;
}

static bool is_current_timestamp(const char *sql) {
  static const char word[] = "CURRENT_TIMESTAMP";
  while (*sql == '(' || isspace((unsigned char)*sql)) sql++;
  return sqlite3_strnicmp(sql, word, (int)sizeof(word) - 1) == 0;
}

/* Set what the column becomes in a row that does not have its field, and the values of an enum. */
static void set_default(strata_column *column, const strata_definition *def, const char *default_sql) {
  bool is_enum = def->enum_column && sqlite3_stricmp(column->name, def->enum_column) == 0;
  bool is_now = sqlite3_stricmp(column->name, "updated_at") == 0; /* the app sets it, and the schema has no default */
  if (is_enum) column->values = def->enum_values;
  if (default_sql == NULL) {
    column->absent = column->not_null ? STRATA_DEFAULT_NONE : STRATA_DEFAULT_SCHEMA;
    if (is_now && column->kind == STRATA_KIND_TIMESTAMP) column->absent = STRATA_DEFAULT_NOW;
    if (is_enum && def->enum_default) column->absent = STRATA_DEFAULT_TEXT;
    column->default_text = def->enum_default;
  } else if (column->kind == STRATA_KIND_TIMESTAMP && is_current_timestamp(default_sql)) {
    /* The app compares timestamps as text, and SQLite's own CURRENT_TIMESTAMP has another form. */
    column->absent = STRATA_DEFAULT_NOW;
  } else {
    column->absent = STRATA_DEFAULT_SCHEMA;
  }
}

/* Add a column from a row of PRAGMA table_xinfo: cid, name, type, notnull, dflt_value, pk, hidden. */
static void add_column(strata_context *ctx, strata_table *table, const strata_definition *def,
                       sqlite3_stmt *info) {
  size_t count = (size_t)table->column_count;
  if (!strata_grow(ctx, &table->columns, &table->column_room, count + 1, sizeof *table->columns)) return;
  strata_column *column = &table->columns[count];
  memset(column, 0, sizeof *column);
  const char *name = strata_column_text(ctx, info, 1);
  const char *type = strata_column_text(ctx, info, 2);
  const char *default_sql = strata_column_text(ctx, info, 4);
  table->column_count++;
  column->name = name ? strata_copy(ctx, name, strlen(name)) : NULL;
  column->type = strata_copy(ctx, type ? type : "", type ? strlen(type) : 0);
  if (column->name == NULL || column->type == NULL) return;
  column->kind = kind_of(column->type);
  column->affinity = affinity_of(column->type);
  column->scale = column->kind == STRATA_KIND_DECIMAL ? scale_of(column->type) : 0;
  column->key = sqlite3_column_int(info, 5);
  column->not_null = sqlite3_column_int(info, 3) != 0 || column->key > 0;
  set_default(column, def, default_sql);
  column->field = camel_case(ctx, column->name);
  make_label(ctx, column);
}

/* List the primary key's columns in the key's order. */
static void set_key(strata_context *ctx, strata_table *table) {
  table->key = strata_alloc(ctx, ((size_t)table->column_count + 1) * sizeof *table->key);
  for (int place = 1; ctx->rc == SQLITE_OK && place <= table->column_count; place++) {
    for (int i = 0; i < table->column_count; i++) {
      if (table->columns[i].key == place) table->key[table->key_count++] = i;
    }
  }
  if (table->key_count == 0)
    strata_fail(ctx, SQLITE_ERROR,
                "table \"%s\" has no primary key; sql/schema.sql shows what a Strata database looks like",
                table->sql_name);
}

static void add_generated(strata_context *ctx, strata_table *table, const char *name) {
  size_t count = (size_t)table->generated_count;
  if (!strata_grow(ctx, &table->generated, &table->generated_room, count + 1, sizeof *table->generated))
    return;
  char *copy = strata_copy(ctx, name, strlen(name));
  if (copy) table->generated[table->generated_count++] = copy;
}

/* Find out how statements can name the table's rows. A primary key without an index of its own is the rowid. If the
** key has an index that the schema does not list, the table is WITHOUT ROWID (sqlite.org/withoutrowid.html, 7). */
static void find_rowid(strata_context *ctx, const strata_catalog *catalog, strata_table *table) {
  static const char *const names[] = {"rowid", "_rowid_", "oid"};
  const char *in_schema = "SELECT 1 FROM \"%w\".sqlite_master WHERE name = '%q'";
  bool without = false;
  sqlite3_stmt *list =
      strata_prepare(ctx, "PRAGMA \"%w\".index_list(\"%w\")", catalog->schema, table->sql_name);
  table->key_is_rowid = true;
  while (strata_step(ctx, list)) {
    const char *index = strata_column_text(ctx, list, 1);
    const char *origin = strata_column_text(ctx, list, 3);
    if (index && origin && strcmp(origin, "pk") == 0) {
      table->key_is_rowid = false;
      without = strata_query_integer(ctx, strata_prepare(ctx, in_schema, catalog->schema, index)) == 0;
    }
  }
  sqlite3_finalize(list);
  for (size_t i = 0; !without && table->rowid == NULL && i < sizeof names / sizeof *names; i++) {
    if (!strata_table_has_column(table, names[i])) table->rowid = names[i];
  }
}

/* A column declared ANY has no affinity if its table is STRICT, and NUMERIC affinity otherwise. PRAGMA table_list, which
** reports it, is as old as STRICT itself (3.37). */
static void find_strict(strata_context *ctx, const strata_catalog *catalog, strata_table *table) {
  bool strict = false;
  for (int i = 0; i < table->column_count; i++) {
    strata_column *column = &table->columns[i];
    if (sqlite3_stricmp(column->type, "ANY") != 0 || sqlite3_libversion_number() < 3037000) continue;
    sqlite3_stmt *list =
        strata_prepare(ctx, "PRAGMA \"%w\".table_list(\"%w\")", catalog->schema, table->sql_name);
    if (strata_step(ctx, list)) strict = sqlite3_column_int(list, 5) != 0;
    sqlite3_finalize(list);
    if (strict) column->affinity = STRATA_AFFINITY_BLOB;
  }
}

/* What SQLite itself writes in front of every definition that is not a trigger's. */
static bool is_harmless(const char *sql) {
  static const char *const heads[] = {"CREATE TABLE ", "CREATE INDEX ", "CREATE UNIQUE INDEX ",
                                      "CREATE VIEW ", "CREATE VIRTUAL TABLE "};
  for (size_t i = 0; i < sizeof heads / sizeof *heads; i++) {
    if (strncmp(sql, heads[i], strlen(heads[i])) == 0) return true;
  }
  return false;
}

bool strata_schema_has_triggers(strata_context *ctx, const char *schema) {
  bool found = false;
  strata_refuse_hidden_column(ctx, schema, "sqlite_master", "sql");
  sqlite3_stmt *list = strata_prepare(ctx, "SELECT sql FROM \"%w\".sqlite_master", schema);
  while (!found && strata_step(ctx, list)) {
    const char *sql = strata_column_text(ctx, list, 0);
    found = sql && !is_harmless(sql);
  }
  sqlite3_finalize(list);
  if ((ctx->rc & 0xff) != SQLITE_TOOBIG) return found;
  /* A definition is longer than SQLITE_LIMIT_LENGTH, and cannot be read: expect the worst. */
  strata_context_clear(ctx);
  return true;
}

static void load_table(strata_context *ctx, strata_catalog *catalog, int index) {
  const strata_definition *def = &strata_definitions[index];
  strata_table *table = &catalog->tables[index];
  table->name = def->name;
  table->sql_name = def->sql_name;
  sqlite3_stmt *stmt = strata_prepare(ctx,
                                      "SELECT type, rootpage FROM \"%w\".sqlite_master WHERE name = "
                                      "'%q' COLLATE NOCASE AND type IN ('table','view')",
                                      catalog->schema, def->sql_name);
  if (strata_step(ctx, stmt)) {
    const char *type = strata_column_text(ctx, stmt, 0);
    bool view = type && strcmp(type, "view") == 0;
    if (view || sqlite3_column_int(stmt, 1) == 0)
      strata_fail(ctx, SQLITE_ERROR,
                  "\"%s\" in database \"%s\" is a %s, not a table: a Strata database has nine tables, "
                  "which sql/schema.sql creates",
                  def->sql_name, catalog->schema, view ? "view" : "virtual table");
  } else {
    strata_fail(ctx, SQLITE_ERROR,
                "database \"%s\" has no table \"%s\": a Strata database has nine tables, which "
                "sql/schema.sql creates",
                catalog->schema, def->sql_name);
  }
  sqlite3_finalize(stmt);

  sqlite3_stmt *info =
      strata_prepare(ctx, "PRAGMA \"%w\".table_xinfo(\"%w\")", catalog->schema, def->sql_name);
  while (strata_step(ctx, info)) {
    if (sqlite3_column_int(info, 6) == 0)
      add_column(ctx, table, def, info);
    else
      add_generated(ctx, table, strata_column_text(ctx, info, 1));
  }
  sqlite3_finalize(info);
  if (ctx->rc == SQLITE_OK) sort_fields(ctx, table);
  if (ctx->rc == SQLITE_OK) set_key(ctx, table);
  find_rowid(ctx, catalog, table);
  find_strict(ctx, catalog, table);
}

void strata_check_schema(strata_context *ctx, const char *schema) {
  if (ctx->rc != SQLITE_OK || sqlite3_db_readonly(ctx->db, schema) >= 0) return;
  char *names = NULL;
  sqlite3_stmt *stmt = strata_prepare(ctx, "PRAGMA database_list");
  while (strata_step(ctx, stmt)) {
    char *longer =
        strata_format(ctx, "%z%s\"%w\"", names, names ? ", " : "", strata_column_text(ctx, stmt, 1));
    names = longer;
  }
  sqlite3_finalize(stmt);
  strata_fail(ctx, SQLITE_ERROR, "unknown database \"%w\": this connection has %s", schema,
              names ? names : "none");
  sqlite3_free(names);
}

/* Whether the connection's databases, which all have the same encoding, hold UTF-16: a cast to BLOB shows a text's bytes.
** A SQLite built with SQLITE_OMIT_UTF16 has no PRAGMA encoding. */
static bool is_utf16(strata_context *ctx) {
  sqlite3_stmt *stmt = strata_prepare(ctx, "SELECT CAST('a' AS BLOB)");
  bool found = strata_step(ctx, stmt);
  bool wide = found && sqlite3_column_bytes(stmt, 0) == 2;
  sqlite3_finalize(stmt);
  if (!found)
    strata_fail(ctx, SQLITE_AUTH,
                "this connection's authorizer ignores SELECT (SQLITE_IGNORE), but the extension needs its result: allow it");
  return wide;
}

void strata_catalog_load(strata_catalog *catalog, strata_context *ctx, const char *schema) {
  static const char *const asked[] = {"type", "name", "rootpage", NULL};
  memset(catalog, 0, sizeof *catalog);
  catalog->schema = schema;
  int enforced = 0;
  sqlite3_db_config(ctx->db, SQLITE_DBCONFIG_ENABLE_FKEY, -1, &enforced);
  catalog->enforced = enforced != 0;
  strata_check_schema(ctx, schema);
  for (const char *const *column = asked; *column && ctx->rc == SQLITE_OK; column++)
    strata_refuse_hidden_column(ctx, schema, "sqlite_master", *column);
  for (int i = 0; i < STRATA_TABLE_COUNT && ctx->rc == SQLITE_OK; i++) load_table(ctx, catalog, i);
  strata_catalog_load_keys(catalog, ctx);
  catalog->utf16 = is_utf16(ctx);
}
