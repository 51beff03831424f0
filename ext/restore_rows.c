/*
** restore_rows.c: the rows of one table, from the document into the database.
**
** Rows are read in batches. Their values live in an arena, and each batch runs
** through prepared statements, one for each set of fields that occurs.
**
** The order of rows is data: rowids ascend in the document's order. Even so, a
** batch of a large table is inserted sorted by the columns of the table's
** secondary index, with each row's rowid given explicitly. In the document's order
** every row would touch a random page of that index; sorted, a batch sweeps it once.
*/
#include "foreign_keys.h"
#include "progress.h"
#include "restore.h"
#include "row_statements.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#define BATCH_ROWS 65536u
#define BATCH_BYTES                                                                                          \
  ((size_t)4 * 1024 * 1024)  /* a larger batch touches more pages of the table than the cache holds */
#define SORT_FROM_ROWS 2000u /* smaller tables fit the page cache in any order */
#define SORT_COLUMNS 4
#define MOST_MISSES 16 /* guesses at where a row is, before a merge stops guessing */

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
  strata_row_statements statements;
  sqlite3_int64 at; /* the rowid of the row that was found last */
  int misses;       /* guesses in a row that were wrong */
  int sort_count;   /* 0: in the document's order */
  struct {
    int column;
    bool descending;
  } sort[SORT_COLUMNS];
} loader;

/* Whether this row caused the error, rather than the connection or the machine. */
static bool is_row_error(const strata_context *ctx) {
  int primary = ctx->rc & 0xff;
  return (primary == SQLITE_CONSTRAINT || primary == SQLITE_MISMATCH || primary == SQLITE_TOOBIG) &&
         !sqlite3_get_autocommit(ctx->db);
}

/* "name 'gold'" for each column that SQLite's message lists after "UNIQUE constraint failed: ", or NULL. */
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
    char *value = strata_value_describe(&row->values[column]);
    if (value == NULL) {
      strata_fail_db(l->restore->ctx, SQLITE_NOMEM);
      sqlite3_free(list);
      return NULL;
    }
    list = sqlite3_mprintf("%z%s%s %z", list, list ? ", " : "", l->table->columns[column].field, value);
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

/* Remember the key of a row that a check skips: from `values`, or from the document where the values do not fit. */
static void reject(loader *l, const strata_value *values) {
  strata_restore *restore = l->restore;
  const strata_table *table = l->table;
  const strata_row *row = &restore->reader.row;
  restore->left_out = true;
  if (!restore->check || !table->referenced || restore->rejected[l->number].count >= STRATA_MOST_KEYS) return;
  int key = table->key[0];
  if (values && values[key].type == SQLITE_TEXT)
    strata_name_set_add(&restore->rejected[l->number], restore->ctx, values[key].text, values[key].length);
  for (int i = 0; values == NULL && i < row->count; i++) {
    const strata_field *field = &row->fields[i];
    if (field->type == STRATA_JSON_STRING &&
        strata_dialect_column(restore->reader.dialect, table, field->name, field->name_length, i) == key)
      strata_name_set_add(&restore->rejected[l->number], restore->ctx, field->text, field->length);
  }
}

/* `column` is the late column that was being set, or -1 if the row was being inserted or merged. */
static void report_row_error(loader *l, const pending *row, int column) {
  strata_context *ctx = l->restore->ctx;
  if (!is_row_error(ctx)) return;
  int rc = ctx->rc;
  char *message = strata_context_take(ctx);
  if (column < 0) reject(l, row->values);
  if (rc == SQLITE_CONSTRAINT_FOREIGNKEY &&
      strata_foreign_keys_report_row(l->restore, l->number, l->section, row->offset, row->index, row->values,
                                     column < 0 ? STRATA_KEYS_INSERTED : column, rc) > 0)
    sqlite3_free(message);
  else
    strata_reader_report_row(&l->restore->reader, l->section, row->offset, row->index, STRATA_FIELD_BY_NAME,
                             column < 0 ? NULL : l->table->columns[column].field, rc,
                             explain_conflict(l, row, rc, message));
}

static void report_dropped(loader *l, const pending *row, const char *name) {
  if (name == NULL) reject(l, row->values);
  strata_reader_report_row(
      &l->restore->reader, l->section, row->offset, row->index, STRATA_FIELD_BY_NAME, name, SQLITE_CONSTRAINT,
      sqlite3_mprintf("the database did not take the %s: a trigger (RAISE(IGNORE)) or an "
                      "authorizer dropped it",
                      name ? "value" : "row"));
}

typedef enum found { FOUND_NOTHING, FOUND_SAME, FOUND_DIFFERENT } found;

/*
** A backup has its rows in the table's order, so the next row of the document is probably the next one of the table.
** Asked for by that rowid, which the primary key must confirm, a merge of a backup reads the table in one sweep
** instead of at random. After many wrong guesses in a row it is left.
*/
static found look_at_next(loader *l, const pending *row) {
  if (l->table->rowid == NULL || l->table->key_is_rowid || l->misses >= MOST_MISSES) return FOUND_NOTHING;
  sqlite3_stmt *stmt = strata_row_statement(&l->statements, STRATA_LOOK_AT, row->values, ++l->at);
  found result = FOUND_NOTHING;
  if (strata_step(l->restore->ctx, stmt)) result = sqlite3_column_int(stmt, 0) ? FOUND_DIFFERENT : FOUND_SAME;
  sqlite3_reset(stmt);
  l->misses = result == FOUND_NOTHING ? l->misses + 1 : 0;
  return result;
}

/* What the table has at the row's primary key; where that cannot be found out, there is nothing more to do. */
static found look(loader *l, const pending *row) {
  found result = look_at_next(l, row);
  if (result != FOUND_NOTHING) return result;
  sqlite3_stmt *stmt = strata_row_statement(&l->statements, STRATA_LOOK, row->values, 0);
  if (strata_step(l->restore->ctx, stmt)) {
    result = sqlite3_column_int(stmt, 0) ? FOUND_DIFFERENT : FOUND_SAME;
    l->at = sqlite3_column_int64(stmt, 1);
  }
  sqlite3_reset(stmt);
  return result;
}

/* Insert or update one row. False if the database did not take it, which is reported. */
static bool write(loader *l, strata_action action, const pending *row) {
  strata_context *ctx = l->restore->ctx;
  sqlite3_stmt *stmt =
      strata_row_statement(&l->statements, action, row->values, (sqlite3_int64)row->index + 1);
  int before = sqlite3_total_changes(ctx->db);
  strata_run(ctx, stmt);
  if (ctx->rc != SQLITE_OK) {
    report_row_error(l, row, -1);
    return false;
  }
  bool taken = sqlite3_total_changes(ctx->db) != before;
  if (action == STRATA_INSERT && sqlite3_changes(ctx->db) != 1) taken = false;
  if (!taken)
    report_dropped(l, row, NULL);
  else if (action == STRATA_INSERT)
    l->restore->expected[l->number]++;
  return taken;
}

static void report_missing(strata_restore *restore, const strata_section *section, uint64_t offset,
                           uint64_t index, const strata_column *column) {
  strata_reader_report_row(
      &restore->reader, section, offset, index, STRATA_FIELD_ABSENT, column->field, SQLITE_ERROR,
      sqlite3_mprintf(column->key ? "the field is missing, and it is of the table's primary key"
                                  : "the field is missing, and the column has no default"));
}

/* Fill in the defaults of absent fields. False if a required one is missing, which is reported. */
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

/*
** Look the row up, then insert it if it is new or update it if it differs. A row
** with absent fields cannot go through ON CONFLICT, because SQLite checks NOT NULL
** before it looks for the conflict. An authorizer may drop single columns of an
** UPDATE without an error, so look again afterwards; not where there are triggers,
** which may change the values on purpose.
*/
static void merge_row(loader *l, const pending *row) {
  switch (look(l, row)) {
  case FOUND_SAME:
    break;
  case FOUND_DIFFERENT:
    if (write(l, STRATA_UPDATE, row) && !l->restore->has_triggers && look(l, row) != FOUND_SAME)
      report_dropped(l, row, NULL);
    break;
  case FOUND_NOTHING:
    if (set_defaults(l, row))
      write(l, STRATA_INSERT, row);
    else
      reject(l, row->values);
    break;
  }
}

/* A text's first eight bytes as a number with the same order, which settles most comparisons without reading the
** rows. Anything but text gets 0, and two zeros settle nothing. */
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
  return x->index < y->index ? -1 : 1;
}

static void flush(loader *l) {
  if (l->sort_count && l->count > 1) qsort(l->rows, l->count, sizeof *l->rows, compare);
  for (size_t i = 0; i < l->count && !strata_restore_stopped(l->restore); i++) {
    const pending *row = &l->rows[i];
    if (l->restore->mode == STRATA_MODE_MERGE)
      merge_row(l, row);
    else
      write(l, STRATA_INSERT, row);
    strata_progress_row(l->restore->ctx);
  }
  l->count = 0;
  strata_arena_reset(&l->arena);
}

static void add(loader *l, strata_value *values) {
  strata_context *ctx = l->restore->ctx;
  const strata_row *row = &l->restore->reader.row;
  pending added = {.offset = row->offset, .index = row->index, .values = values, .loader = l};
  if (l->restore->mode == STRATA_MODE_REPLACE) {
    bool complete = set_defaults(l, &added);
    assert(complete); /* strata_restore_read_row() refuses a row for what is missing */
    (void)complete;
  }
  strata_foreign_keys_note_row(l->restore, l->number, values);
  if (l->sort_count) added.prefix = prefix_of(&values[l->sort[0].column]);
  if (strata_grow(ctx, &l->rows, &l->room, l->count + 1, sizeof *l->rows)) l->rows[l->count++] = added;
}

/* Whether it is time to flush. Of rows that were refused there may be values in the arena, too. */
static bool is_batch(const loader *l) {
  return l->sort_count == 0 || l->count == 0 || l->count >= BATCH_ROWS || l->arena.used >= BATCH_BYTES;
}

static void report_field(strata_restore *restore, const strata_section *section, int i, char *message) {
  const strata_row *row = &restore->reader.row;
  strata_reader_report_row(&restore->reader, section, row->offset, row->index, i, NULL, SQLITE_ERROR,
                           message);
}

/* A field that the table has no column for. Returns whether the row may go on without it. */
static bool drop_field(strata_restore *restore, const strata_table *table, int i, bool report) {
  const strata_field *field = &restore->reader.row.fields[i];
  if (restore->ignore_unknown ||
      strata_dialect_is_retired(restore->reader.dialect, table, field->name, field->name_length)) {
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

strata_value *strata_restore_read_row(strata_restore *restore, const strata_table *table, strata_arena *arena,
                                      bool report) {
  strata_context *ctx = restore->ctx;
  const strata_section *section = restore->reader.section;
  size_t size = (size_t)table->column_count * sizeof(strata_value);
  strata_value *values = strata_arena_alloc(arena, ctx, size);
  /* Which columns have a field, though perhaps with a value that does not fit. */
  bool *given = strata_arena_alloc(arena, ctx, (size_t)table->column_count);
  if (given == NULL) return NULL;
  memset(values, 0, size);
  memset(given, 0, (size_t)table->column_count);
  bool ok = true;
  for (int i = 0; i < restore->reader.row.count && ctx->rc == SQLITE_OK; i++) {
    const strata_field *field = &restore->reader.row.fields[i];
    int column = strata_dialect_column(restore->reader.dialect, table, field->name, field->name_length, i);
    strata_beat(ctx);
    if (column < 0) {
      ok &= drop_field(restore, table, i, report);
      continue;
    }
    given[column] = true;
    char *reason = NULL;
    if (!strata_value_parse(&table->columns[column], field, arena, ctx, &values[column], &reason)) {
      ok = false;
      if (report && reason)
        report_field(restore, section, i, reason);
      else
        sqlite3_free(reason);
    } else if (restore->catalog.utf16) {
      values[column].as_utf16 = strata_value_has_noncharacter(&values[column]);
    }
  }
  for (int i = 0; i < table->column_count; i++) {
    const strata_column *column = &table->columns[i];
    bool needed =
        column->key || (restore->mode == STRATA_MODE_REPLACE && column->absent == STRATA_DEFAULT_NONE);
    if (!needed || given[i]) continue;
    ok = false;
    if (report)
      report_missing(restore, section, restore->reader.row.offset, restore->reader.row.index, column);
  }
  return ok && ctx->rc == SQLITE_OK ? values : NULL;
}

/*
** Sort by the columns of the first secondary index that is a plain list of
** columns. Not where the order of the inserts matters: for references within the
** table that SQLite checks at once, and for triggers.
*/
static void choose_order(loader *l) {
  const strata_table *table = l->table;
  if (l->section->rows < SORT_FROM_ROWS || l->restore->mode != STRATA_MODE_REPLACE || table->in_order ||
      l->restore->has_triggers)
    return;
  strata_context *ctx = l->restore->ctx;
  const char *schema = l->restore->catalog.schema;
  sqlite3_stmt *list = strata_prepare(ctx, "PRAGMA \"%w\".index_list(\"%w\")", schema, table->sql_name);
  while (l->sort_count == 0 && strata_step(ctx, list)) {
    const char *origin = (const char *)sqlite3_column_text(list, 3);
    if (origin == NULL || strcmp(origin, "c") != 0 || sqlite3_column_int(list, 4)) continue;
    sqlite3_stmt *info =
        strata_prepare(ctx, "PRAGMA \"%w\".index_xinfo(\"%w\")", schema, sqlite3_column_text(list, 1));
    while (strata_step(ctx, info) && sqlite3_column_int(info, 5) && l->sort_count < SORT_COLUMNS) {
      const char *name = (const char *)sqlite3_column_text(info, 2);
      int column = name ? strata_column_find_sql(table, name) : -1;
      if (column < 0) break;
      l->sort[l->sort_count].column = column;
      l->sort[l->sort_count++].descending = sqlite3_column_int(info, 3) != 0;
    }
    sqlite3_finalize(info);
  }
  sqlite3_finalize(list);
  l->statements.gives_rowid = l->sort_count > 0 && table->rowid && !table->key_is_rowid;
}

static void bind_late(loader *l, sqlite3_stmt *stmt, const strata_value *values, int column) {
  const strata_table *table = l->table;
  assert(l->restore->ctx->rc == SQLITE_OK);
  int rc = strata_value_bind(&values[column], stmt, column + 1);
  for (int i = 0; rc == SQLITE_OK && i < table->key_count; i++)
    rc = strata_value_bind(&values[table->key[i]], stmt, table->key[i] + 1);
  if (rc != SQLITE_OK) strata_fail_db(l->restore->ctx, rc);
}

/* One UPDATE for each row that has a value for the column. */
static void set_late_column(loader *l, int column) {
  strata_restore *restore = l->restore;
  strata_context *ctx = restore->ctx;
  const strata_table *table = l->table;
  sqlite3_stmt *set = strata_late_statement(&l->statements, column, false);
  sqlite3_stmt *differs = strata_late_statement(&l->statements, column, true);
  strata_reader_begin(&restore->reader, l->section);
  while (!strata_restore_stopped(restore) && strata_reader_next_row(&restore->reader)) {
    const strata_row *row = &restore->reader.row;
    strata_value *values = strata_restore_read_row(restore, table, &l->arena, false);
    bool wanted = values && values[column].type != 0 &&
                  (values[column].type != SQLITE_NULL || restore->mode == STRATA_MODE_MERGE);
    if (wanted) {
      pending at = {.offset = row->offset, .index = row->index, .values = values};
      const char *name = table->columns[column].field;
      int before = sqlite3_total_changes(ctx->db);
      bind_late(l, set, values, column);
      strata_run(ctx, set);
      bool failed = ctx->rc != SQLITE_OK;
      report_row_error(l, &at, column);
      bool unchanged = sqlite3_total_changes(ctx->db) == before;
      /* An authorizer may have taken the column out of the UPDATE, which still counts the row as changed. */
      if (!failed && (unchanged || !restore->has_triggers)) {
        bind_late(l, differs, values, column);
        bool wrong = strata_step(ctx, differs) ||
                     (unchanged && restore->mode == STRATA_MODE_REPLACE && !restore->left_out);
        if (wrong) report_dropped(l, &at, name);
        sqlite3_reset(differs);
      }
    }
    strata_arena_reset(&l->arena);
  }
  sqlite3_finalize(set);
  sqlite3_finalize(differs);
}

static loader new_loader(strata_restore *restore, int number, const strata_section *section) {
  const strata_table *table = &restore->catalog.tables[number];
  return (loader){.restore = restore,
                  .table = table,
                  .number = number,
                  .section = section,
                  .statements = {.ctx = restore->ctx, .catalog = &restore->catalog, .table = table}};
}

void strata_restore_rows(strata_restore *restore, int number, const strata_section *section) {
  loader l = new_loader(restore, number, section);
  choose_order(&l);
  strata_foreign_keys_begin_table(restore, number);
  strata_reader_begin(&restore->reader, section);
  while (!strata_restore_stopped(restore) && strata_reader_next_row(&restore->reader)) {
    strata_value *values = strata_restore_read_row(restore, l.table, &l.arena, true);
    restore->counts[number]++;
    if (values)
      add(&l, values);
    else
      reject(&l, NULL);
    if (is_batch(&l)) flush(&l);
  }
  if (!strata_restore_stopped(restore)) flush(&l);
  strata_row_statements_free(&l.statements);
  sqlite3_free(l.rows);
  strata_arena_free(&l.arena);
}

void strata_restore_late_columns(strata_restore *restore, int number, const strata_section *section) {
  loader l = new_loader(restore, number, section);
  for (int i = 0; i < l.table->column_count && !strata_restore_stopped(restore); i++) {
    if (l.table->columns[i].late) set_late_column(&l, i);
  }
  strata_arena_free(&l.arena);
}
