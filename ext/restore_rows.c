/*
** restore_rows.c: the rows of one table, from the document into the database.
**
** Rows are taken in batches, whose values lie in an arena, and each batch goes
** through prepared statements, one for each set of fields that rows have.
** Inserting a large table, a batch is first sorted by the columns of the
** table's secondary index: that index, which the document's order hits at
** random, is then swept once for each batch.
*/
#include "foreign_keys.h"
#include "restore.h"

#include <stdlib.h>
#include <string.h>

#define BATCH_ROWS 131072u
#define BATCH_BYTES ((size_t)28 * 1024 * 1024)
#define SORT_FROM_ROWS 2000u /* smaller tables fit the page cache in any order */
#define STATEMENTS 8
#define SORT_COLUMNS 4

enum action { INSERT, UPSERT, UPDATE, EXISTS, SAME };

/* A statement for rows that have one set of fields. */
typedef struct statement {
  enum action action;
  bool *present; /* for each column whether it takes part */
  sqlite3_stmt *stmt;
} statement;

typedef struct pending {
  uint64_t offset, index; /* the row's place in the document */
  strata_value *values;
  const struct loader *loader; /* for the comparison while sorting, */
  uint64_t prefix;             /* and the first bytes of what it compares first */
} pending;

typedef struct loader {
  strata_restore *restore;
  const strata_table *table;
  int number; /* the table's, in the catalog */
  const strata_section *section;
  strata_arena arena;
  pending *rows;
  size_t count, room;
  statement statements[STATEMENTS];
  int next_statement;          /* the one that is replaced next */
  const sqlite3_stmt *trusted; /* the INSERT that was seen to insert last */
  int sort_count;              /* 0: in the document's order */
  struct {
    int column;
    bool descending;
  } sort[SORT_COLUMNS];
} loader;

/* Whether the column is written in the second pass only. */
static bool is_late(const strata_column *column) {
  return column->late;
}

static void append_key_condition(sqlite3_str *sql, const strata_table *table) {
  for (int i = 0; i < table->key_count; i++)
    sqlite3_str_appendf(sql, "%s\"%w\"=?%d", i ? " AND " : " WHERE ", table->columns[table->key[i]].name,
                        table->key[i] + 1);
}

/* "a" IS NOT … OR "b" IS NOT …: BINARY, for a column's own collation may take different text for equal. */
static void append_difference(sqlite3_str *sql, const strata_table *table, const bool *present,
                              bool excluded) {
  int count = 0;
  sqlite3_str_appendall(sql, "(");
  for (int i = 0; i < table->column_count; i++) {
    const strata_column *column = &table->columns[i];
    if (!present[i] || column->key || is_late(column)) continue;
    /* A chain of ORs is as deep as it is long, and SQLITE_LIMIT_EXPR_DEPTH is 1000: so in groups. */
    sqlite3_str_appendall(sql, count == 0 ? "" : count % 32 ? " OR " : ") OR (");
    count++;
    if (excluded)
      sqlite3_str_appendf(sql, "\"%w\".\"%w\" IS NOT excluded.\"%w\" COLLATE BINARY", table->sql_name,
                          column->name, column->name);
    else
      sqlite3_str_appendf(sql, "\"%w\" IS NOT ?%d COLLATE BINARY", column->name, i + 1);
  }
  sqlite3_str_appendall(sql, ")");
}

static int append_assignments(sqlite3_str *sql, const strata_table *table, const bool *present,
                              bool excluded) {
  int count = 0;
  for (int i = 0; i < table->column_count; i++) {
    const strata_column *column = &table->columns[i];
    if (!present[i] || column->key || is_late(column)) continue;
    sqlite3_str_appendf(sql, "%s\"%w\"=", count++ ? "," : "", column->name);
    if (excluded)
      sqlite3_str_appendf(sql, "excluded.\"%w\"", column->name);
    else
      sqlite3_str_appendf(sql, "?%d", i + 1);
  }
  return count;
}

static bool has_assignments(const strata_table *table, const bool *present) {
  for (int i = 0; i < table->column_count; i++) {
    if (present[i] && !table->columns[i].key && !is_late(&table->columns[i])) return true;
  }
  return false;
}

/* OR ABORT overrides what the schema may say of conflicts (UNIQUE ON CONFLICT REPLACE would delete rows). */
static void append_insert(sqlite3_str *sql, const loader *l, const bool *present) {
  const strata_table *table = l->table;
  sqlite3_str_appendf(sql, "INSERT OR ABORT INTO \"%w\".\"%w\"(", l->restore->catalog.schema,
                      table->sql_name);
  for (int i = 0, n = 0; i < table->column_count; i++) {
    if (present[i]) sqlite3_str_appendf(sql, "%s\"%w\"", n++ ? "," : "", table->columns[i].name);
  }
  sqlite3_str_appendall(sql, ") VALUES(");
  for (int i = 0, n = 0; i < table->column_count; i++) {
    if (present[i]) sqlite3_str_appendf(sql, "%s?%d", n++ ? "," : "", i + 1);
  }
  sqlite3_str_appendall(sql, ")");
}

static void append_conflict(sqlite3_str *sql, const loader *l, const bool *present) {
  const strata_table *table = l->table;
  sqlite3_str_appendall(sql, " ON CONFLICT(");
  for (int i = 0; i < table->key_count; i++)
    sqlite3_str_appendf(sql, "%s\"%w\"", i ? "," : "", table->columns[table->key[i]].name);
  if (!has_assignments(table, present)) {
    sqlite3_str_appendall(sql, ") DO NOTHING");
    return;
  }
  sqlite3_str_appendall(sql, ") DO UPDATE SET ");
  append_assignments(sql, table, present, true);
  sqlite3_str_appendall(sql, " WHERE ");
  append_difference(sql, table, present, true);
}

static sqlite3_stmt *prepare(const loader *l, enum action action, const bool *present) {
  const strata_table *table = l->table;
  const char *schema = l->restore->catalog.schema;
  sqlite3_str *sql = sqlite3_str_new(l->restore->ctx->db);
  if (action == EXISTS || action == SAME) {
    sqlite3_str_appendf(sql, "SELECT 1 FROM \"%w\".\"%w\"", schema, table->sql_name);
    append_key_condition(sql, table);
    if (action == SAME && has_assignments(table, present)) {
      sqlite3_str_appendall(sql, " AND NOT (");
      append_difference(sql, table, present, false);
      sqlite3_str_appendall(sql, ")");
    }
  } else if (action == UPDATE) {
    sqlite3_str_appendf(sql, "UPDATE OR ABORT \"%w\".\"%w\" SET ", schema, table->sql_name);
    append_assignments(sql, table, present, false);
    append_key_condition(sql, table);
    sqlite3_str_appendall(sql, " AND (");
    append_difference(sql, table, present, false);
    sqlite3_str_appendall(sql, ")");
  } else {
    append_insert(sql, l, present);
    if (action == UPSERT) append_conflict(sql, l, present);
  }
  return strata_prepare_str(l->restore->ctx, sql);
}

/* The statement for an action on the columns that a row has values for, with those bound. */
static sqlite3_stmt *statement_for(loader *l, enum action action, const strata_value *values) {
  strata_context *ctx = l->restore->ctx;
  int columns = l->table->column_count;
  for (int s = 0; s < STATEMENTS; s++) {
    statement *st = &l->statements[s];
    bool same = st->stmt && st->action == action;
    for (int i = 0; same && i < columns; i++) same = st->present[i] == (values[i].type != 0);
    if (same) return st->stmt;
  }
  statement *st = &l->statements[l->next_statement];
  l->next_statement = (l->next_statement + 1) % STATEMENTS;
  sqlite3_finalize(st->stmt);
  st->stmt = NULL;
  if (st->present == NULL) st->present = strata_alloc(ctx, (size_t)columns * sizeof *st->present);
  if (st->present == NULL) return NULL;
  for (int i = 0; i < columns; i++) st->present[i] = values[i].type != 0;
  st->action = action;
  st->stmt = prepare(l, action, st->present);
  return st->stmt;
}

static void bind(const loader *l, enum action action, sqlite3_stmt *stmt, const strata_value *values) {
  static const strata_value null = {.type = SQLITE_NULL};
  for (int i = 0; i < l->table->column_count && l->restore->ctx->rc == SQLITE_OK; i++) {
    const strata_column *column = &l->table->columns[i];
    if (values[i].type == 0 || (action == EXISTS && !column->key) ||
        ((action == UPDATE || action == SAME) && is_late(column)))
      continue;
    int rc = strata_value_bind(is_late(column) ? &null : &values[i], stmt, i + 1);
    if (rc != SQLITE_OK) strata_fail_db(l->restore->ctx, rc, NULL);
  }
}

/* An error that this row has made, not the connection or the machine. */
static bool is_row_error(const strata_context *ctx) {
  int primary = ctx->rc & 0xff;
  return (primary == SQLITE_CONSTRAINT || primary == SQLITE_MISMATCH || primary == SQLITE_TOOBIG) &&
         !sqlite3_get_autocommit(ctx->db);
}

/* "name 'gold'" for each column that SQLite's message names behind "UNIQUE constraint failed: ", or NULL. */
static char *describe_conflict(const loader *l, const pending *row, const char *message) {
  const char *p = strchr(message, ':');
  char *list = NULL;
  while (p) {
    const char *start = p + 2, *end = strstr(start, ", ");
    size_t length = end ? (size_t)(end - start) : strlen(start), prefix = strlen(l->table->sql_name) + 1;
    int column = 0;
    while (column < l->table->column_count &&
           !(length > prefix && strlen(l->table->columns[column].name) == length - prefix &&
             memcmp(l->table->columns[column].name, start + prefix, length - prefix) == 0))
      column++;
    if (column == l->table->column_count || row->values[column].type == 0) {
      sqlite3_free(list);
      return NULL;
    }
    list = sqlite3_mprintf("%z%s%s %z", list, list ? ", " : "", l->table->columns[column].field,
                           strata_value_describe(&row->values[column]));
    p = end;
  }
  return list;
}

static char *explain_conflict(const loader *l, const pending *row, int rc, char *message) {
  bool unique = rc == SQLITE_CONSTRAINT_UNIQUE || rc == SQLITE_CONSTRAINT_PRIMARYKEY;
  char *list = unique && message ? describe_conflict(l, row, message) : NULL;
  if (list == NULL) return message;
  return sqlite3_mprintf("another row has %z already (%z)", list, message);
}

static void report_row_error(loader *l, const pending *row, const char *name) {
  strata_context *ctx = l->restore->ctx;
  if (!is_row_error(ctx)) return;
  int rc = ctx->rc;
  char *message = ctx->message;
  ctx->message = NULL;
  strata_context_clear(ctx);
  if (rc == SQLITE_CONSTRAINT_FOREIGNKEY &&
      strata_foreign_keys_report_row(l->restore, l->number, l->section, row->offset, row->index, row->values,
                                     rc) > 0)
    sqlite3_free(message);
  else
    strata_reader_report_row(&l->restore->reader, l->section, row->offset, row->index, -1, name, rc,
                             explain_conflict(l, row, rc, message));
}

/* Returns whether there was a row. */
static bool step(loader *l, enum action action, const pending *row) {
  strata_context *ctx = l->restore->ctx;
  sqlite3_stmt *stmt = statement_for(l, action, row->values);
  bind(l, action, stmt, row->values);
  /* That an INSERT inserts is to be seen at its first run (an authorizer may have made it do nothing), and,
  ** where there are triggers, at each. */
  bool suspicious = action == INSERT && (l->restore->has_triggers[l->number] || stmt != l->trusted);
  int before = suspicious ? sqlite3_total_changes(ctx->db) : 0;
  bool found = strata_step(ctx, stmt);
  bool taken = !suspicious || (sqlite3_changes(ctx->db) == 1 && sqlite3_total_changes(ctx->db) != before);
  if (suspicious && taken) l->trusted = stmt;
  bool failed = ctx->rc != SQLITE_OK;
  if (failed) report_row_error(l, row, NULL);
  sqlite3_reset(stmt);
  if (failed) return false;
  /* An upsert changes nothing where the row is the same already: with triggers about, it is worth a look. */
  if ((action == UPSERT || action == UPDATE) && l->restore->has_triggers[l->number])
    taken = step(l, SAME, row);
  if (!taken && ctx->rc == SQLITE_OK)
    strata_reader_report_row(
        &l->restore->reader, l->section, row->offset, row->index, -1, NULL, SQLITE_CONSTRAINT,
        sqlite3_mprintf("the database did not take the row: a trigger (RAISE(IGNORE)) or an "
                        "authorizer dropped it"));
  return found;
}

static void report_missing(strata_restore *restore, const strata_section *section, uint64_t offset,
                           uint64_t index, const strata_column *column) {
  strata_reader_report_row(&restore->reader, section, offset, index, -1, column->field, SQLITE_ERROR,
                           sqlite3_mprintf(column->key
                                               ? "the field is missing, and it is of the table's primary key"
                                               : "the field is missing, and the column has no default"));
}

/* Give absent fields what a new row takes for them. False where one has to be there; reported. */
static bool set_defaults(loader *l, const pending *row) {
  strata_restore *restore = l->restore;
  bool ok = true;
  for (int i = 0; i < l->table->column_count; i++) {
    const strata_column *column = &l->table->columns[i];
    strata_value *value = &row->values[i];
    if (value->type != 0 || column->absent == STRATA_DEFAULT_SCHEMA) continue;
    *value = (strata_value){.type = SQLITE_TEXT};
    if (column->absent == STRATA_DEFAULT_NOW) {
      value->text = restore->now;
      value->length = (uint32_t)restore->now_length;
    } else if (column->absent == STRATA_DEFAULT_TEXT) {
      value->text = column->default_text;
      value->length = (uint32_t)strlen(column->default_text);
    } else {
      report_missing(restore, l->section, row->offset, row->index, column);
      ok = false;
    }
  }
  return ok;
}

static bool is_complete(const loader *l, const pending *row) {
  for (int i = 0; i < l->table->column_count; i++) {
    if (row->values[i].type == 0) return false;
  }
  return true;
}

static bool has_more_than_key(const loader *l, const pending *row) {
  for (int i = 0; i < l->table->column_count; i++) {
    const strata_column *column = &l->table->columns[i];
    if (row->values[i].type != 0 && !column->key && !is_late(column)) return true;
  }
  return false;
}

/*
** A row that lacks fields cannot be an upsert: SQLite checks NOT NULL before it
** looks for the conflict. So look first, then update what is there (where it
** differs), or insert a new row.
*/
static void merge_row(loader *l, const pending *row) {
  if (is_complete(l, row)) {
    step(l, UPSERT, row);
    return;
  }
  if (step(l, EXISTS, row)) {
    if (has_more_than_key(l, row)) step(l, UPDATE, row);
  } else if (!strata_restore_stopped(l->restore) && set_defaults(l, row)) {
    step(l, INSERT, row);
  }
}

/* A text's first eight bytes as a number that sorts as they do, so that most comparisons need no look at
** the rows themselves. Anything that is no text has 0, which decides nothing against 0. */
static uint64_t prefix_of(const strata_value *value) {
  unsigned char bytes[8] = {0};
  if (value->type != SQLITE_TEXT) return 0;
  memcpy(bytes, value->text, value->length < 8 ? value->length : 8);
  uint64_t prefix = 0;
  for (int i = 0; i < 8; i++) prefix = prefix << 8 | bytes[i];
  return prefix;
}

static int compare(const void *a, const void *b) {
  const pending *x = a, *y = b;
  if (x->prefix != y->prefix) return (x->prefix < y->prefix) == !x->loader->sort[0].descending ? -1 : 1;
  const loader *l = x->loader;
  for (int i = 0; i < l->sort_count; i++) {
    int order = strata_value_compare(&x->values[l->sort[i].column], &y->values[l->sort[i].column]);
    if (order) return l->sort[i].descending ? -order : order;
  }
  return x->index < y->index ? -1 : x->index > y->index;
}

static void flush(loader *l) {
  if (l->sort_count && l->count > 1) qsort(l->rows, l->count, sizeof *l->rows, compare);
  for (size_t i = 0; i < l->count && !strata_restore_stopped(l->restore); i++) {
    const pending *row = &l->rows[i];
    if (l->restore->mode == STRATA_MODE_MERGE)
      merge_row(l, row);
    else
      step(l, INSERT, row);
  }
  l->count = 0;
  strata_arena_reset(&l->arena);
}

static void add(loader *l, strata_value *values) {
  strata_context *ctx = l->restore->ctx;
  const strata_row *row = &l->restore->reader.row;
  pending added = {.offset = row->offset, .index = row->index, .values = values, .loader = l};
  if (l->restore->mode == STRATA_MODE_REPLACE && !set_defaults(l, &added)) return;
  strata_foreign_keys_note_row(l->restore, l->number, values);
  if (l->sort_count) added.prefix = prefix_of(&values[l->sort[0].column]);
  if (l->count == l->room) {
    size_t room = l->room ? l->room * 2 : 64;
    pending *rows = strata_realloc(ctx, l->rows, room * sizeof *rows);
    if (rows == NULL) return;
    l->rows = rows;
    l->room = room;
  }
  l->rows[l->count++] = added;
  if (l->sort_count == 0 || l->count >= BATCH_ROWS || l->arena.used >= BATCH_BYTES) flush(l);
}

static void report_field(strata_restore *restore, const strata_section *section, int i, char *message) {
  const strata_row *row = &restore->reader.row;
  strata_reader_report_row(&restore->reader, section, row->offset, row->index, i, row->fields[i].name,
                           SQLITE_ERROR, message);
}

/* A field that the table has no column for. Returns whether the row may go on without it. */
static bool drop_field(strata_restore *restore, const strata_table *table, int i, bool report) {
  const strata_field *field = &restore->reader.row.fields[i];
  if (restore->ignore_unknown || strata_retired_field(table, field->name, field->name_length)) {
    if (report)
      strata_restore_ignore(restore, table->name, strlen(table->name), field->name, field->name_length, 1);
    return true;
  }
  if (report)
    report_field(restore, restore->reader.section, i,
                 sqlite3_mprintf(
                     "unknown field: table \"%w\" has no column for it; correct the name, or drop the field "
                     "with the option {\"unknown\":\"ignore\"}",
                     table->sql_name));
  return false;
}

/* Whether the document's row has the field of a column, though with a value that does not fit. */
static bool has_field(const strata_row *row, const strata_table *table, int column) {
  for (int i = 0; i < row->count; i++) {
    if (strata_column_find(table, row->fields[i].name, row->fields[i].name_length, i) == column) return true;
  }
  return false;
}

strata_value *strata_restore_read_row(strata_restore *restore, const strata_table *table, strata_arena *arena,
                                      bool report) {
  strata_context *ctx = restore->ctx;
  const strata_section *section = restore->reader.section;
  size_t size = (size_t)table->column_count * sizeof(strata_value);
  strata_value *values = strata_arena_alloc(arena, ctx, size);
  if (values == NULL) return NULL;
  memset(values, 0, size);
  bool ok = true;
  for (int i = 0; i < restore->reader.row.count; i++) {
    const strata_field *field = &restore->reader.row.fields[i];
    int column = strata_column_find(table, field->name, field->name_length, i);
    if (column < 0) {
      ok &= drop_field(restore, table, i, report);
      continue;
    }
    char *reason = NULL;
    if (!strata_value_parse(&table->columns[column], field, arena, ctx, &values[column], &reason)) {
      ok = false;
      if (report && reason)
        report_field(restore, section, i, reason);
      else
        sqlite3_free(reason);
    }
  }
  for (int i = 0; i < table->column_count; i++) {
    const strata_column *column = &table->columns[i];
    bool needed =
        column->key || (restore->mode == STRATA_MODE_REPLACE && column->absent == STRATA_DEFAULT_NONE);
    if (!needed || values[i].type != 0 || has_field(&restore->reader.row, table, i)) continue;
    ok = false;
    if (report)
      report_missing(restore, section, restore->reader.row.offset, restore->reader.row.index, column);
  }
  return ok && ctx->rc == SQLITE_OK ? values : NULL;
}

/* The columns of the first secondary index that is a plain list of columns. */
static void choose_order(loader *l) {
  strata_context *ctx = l->restore->ctx;
  const char *schema = l->restore->catalog.schema;
  sqlite3_stmt *list = strata_prepare(ctx, "PRAGMA \"%w\".index_list(\"%w\")", schema, l->table->sql_name);
  while (l->sort_count == 0 && strata_step(ctx, list)) {
    const char *origin = (const char *)sqlite3_column_text(list, 3);
    if (origin == NULL || strcmp(origin, "c") != 0 || sqlite3_column_int(list, 4)) continue;
    sqlite3_stmt *info =
        strata_prepare(ctx, "PRAGMA \"%w\".index_xinfo(\"%w\")", schema, sqlite3_column_text(list, 1));
    while (strata_step(ctx, info) && sqlite3_column_int(info, 5) && l->sort_count < SORT_COLUMNS) {
      const char *name = (const char *)sqlite3_column_text(info, 2);
      int column = -1;
      for (int i = 0; name && i < l->table->column_count; i++) {
        if (sqlite3_stricmp(l->table->columns[i].name, name) == 0) column = i;
      }
      if (column < 0) break;
      l->sort[l->sort_count].column = column;
      l->sort[l->sort_count++].descending = sqlite3_column_int(info, 3) != 0;
    }
    sqlite3_finalize(info);
  }
  sqlite3_finalize(list);
}

/* One UPDATE for each row that has a value. */
static void set_late_column(loader *l, int column) {
  strata_restore *restore = l->restore;
  strata_context *ctx = restore->ctx;
  const strata_table *table = l->table;
  sqlite3_str *sql = sqlite3_str_new(ctx->db);
  sqlite3_str_appendf(sql, "UPDATE OR ABORT \"%w\".\"%w\" SET \"%w\"=?%d", restore->catalog.schema,
                      table->sql_name, table->columns[column].name, column + 1);
  append_key_condition(sql, table);
  sqlite3_str_appendf(sql, " AND \"%w\" IS NOT ?%d COLLATE BINARY", table->columns[column].name, column + 1);
  sqlite3_stmt *stmt = strata_prepare_str(ctx, sql);
  strata_reader_begin(&restore->reader, l->section);
  while (!strata_restore_stopped(restore) && strata_reader_next_row(&restore->reader)) {
    const strata_row *row = &restore->reader.row;
    strata_value *values = strata_restore_read_row(restore, table, &l->arena, false);
    bool wanted = values && values[column].type != 0 &&
                  (values[column].type != SQLITE_NULL || restore->mode == STRATA_MODE_MERGE);
    if (wanted) {
      pending at = {.offset = row->offset, .index = row->index, .values = values};
      int rc = strata_value_bind(&values[column], stmt, column + 1);
      for (int i = 0; rc == SQLITE_OK && i < table->key_count; i++)
        rc = strata_value_bind(&values[table->key[i]], stmt, table->key[i] + 1);
      if (rc != SQLITE_OK) strata_fail_db(ctx, rc, NULL);
      strata_step(ctx, stmt);
      report_row_error(l, &at, table->columns[column].field);
      sqlite3_reset(stmt);
    }
    strata_arena_reset(&l->arena);
  }
  sqlite3_finalize(stmt);
}

void strata_restore_rows(strata_restore *restore, int number, const strata_section *section) {
  loader l = {
      .restore = restore, .table = &restore->catalog.tables[number], .number = number, .section = section};
  if (section->rows >= SORT_FROM_ROWS && restore->mode == STRATA_MODE_REPLACE && !restore->check)
    choose_order(&l);
  strata_foreign_keys_begin_table(restore, number);
  strata_reader_begin(&restore->reader, section);
  while (!strata_restore_stopped(restore) && strata_reader_next_row(&restore->reader)) {
    strata_value *values = strata_restore_read_row(restore, l.table, &l.arena, true);
    restore->counts[number]++;
    if (values) add(&l, values);
  }
  if (!strata_restore_stopped(restore)) flush(&l);
  for (int s = 0; s < STATEMENTS; s++) {
    sqlite3_finalize(l.statements[s].stmt);
    sqlite3_free(l.statements[s].present);
  }
  sqlite3_free(l.rows);
  strata_arena_free(&l.arena);
}

void strata_restore_late_columns(strata_restore *restore, int number, const strata_section *section) {
  loader l = {
      .restore = restore, .table = &restore->catalog.tables[number], .number = number, .section = section};
  for (int i = 0; i < l.table->column_count && !strata_restore_stopped(restore); i++) {
    if (is_late(&l.table->columns[i])) set_late_column(&l, i);
  }
  strata_arena_free(&l.arena);
}
