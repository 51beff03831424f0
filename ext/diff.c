/*
** diff.c: see diff.h.
**
** For each table, first the rows of the document are looked up among the live
** ones; if fewer were found than there are, the live rows follow, and those
** whose key was not in the document are the added ones. Values are compared in
** the form that they have in a document, after the column's own conversion: so
** that 1.5 equals 1.50, and 10:00+02:00 equals 08:00Z.
*/
#include "diff.h"
#include "backup.h"
#include "decimal.h"
#include "input.h"
#include "restore.h"
#include "transaction.h"

#include <assert.h>
#include <string.h>

enum {
  COLUMN_NAME,
  COLUMN_KEY,
  COLUMN_CHANGE,
  COLUMN_FIELD,
  COLUMN_BACKUP,
  COLUMN_DATABASE,
  COLUMN_DOCUMENT
};

/* Text from sqlite3_malloc(), or NULL; U+0000 may be in it. */
typedef struct string {
  char *text;
  size_t length;
} string;

/* One row of the result. */
typedef struct difference {
  string name, key, field, backup, database;
  const char *change;
} difference;

typedef enum phase { DOCUMENT_ROWS, COUNT, LIVE_ROWS, NEXT_TABLE, UNKNOWN_TABLES, DONE } phase;

typedef struct cursor {
  strata_cursor base;
  strata_context ctx;
  char *schema;
  strata_source source;
  strata_restore restore; /* the reader and the catalog; nothing is restored */
  sqlite3_stmt *snapshot;
  phase phase;
  int table;            /* in the catalog */
  size_t section;       /* among unknown tables */
  sqlite3_stmt *live;   /* one row by its key, or all rows */
  sqlite3_int64 found;  /* rows of the document that the table has */
  char *last_key;       /* of the document's last row */
  bool unsorted;        /* its keys do not ascend, so that one may be there twice */
  strata_name_set keys; /* the document's keys, once they are needed */
  strata_arena arena;
  difference *queue; /* found and not given yet */
  size_t queue_count, queue_at, queue_room;
} cursor;

static void free_difference(difference *d) {
  sqlite3_free(d->name.text);
  sqlite3_free(d->key.text);
  sqlite3_free(d->field.text);
  sqlite3_free(d->backup.text);
  sqlite3_free(d->database.text);
}

static void clear_queue(cursor *c) {
  for (size_t i = 0; i < c->queue_count; i++) free_difference(&c->queue[i]);
  c->queue_count = c->queue_at = 0;
}

/* Takes over the strings. */
static void enqueue(cursor *c, difference d) {
  if (c->queue_count == c->queue_room) {
    size_t room = c->queue_room * 2 + 8;
    difference *queue = strata_realloc(&c->ctx, c->queue, room * sizeof *queue);
    if (queue == NULL) {
      free_difference(&d);
      return;
    }
    c->queue = queue;
    c->queue_room = room;
  }
  c->queue[c->queue_count++] = d;
}

static string copy(cursor *c, const char *text, size_t length) {
  return (string){strata_copy(&c->ctx, text, length), length};
}

/* Takes over the text. */
static string whole(char *text) {
  return (string){text, text ? strlen(text) : 0};
}

static const strata_table *table_of(const cursor *c) {
  return &c->restore.catalog.tables[c->table];
}

/* What a writer holds, as a string of its own; NULL after an error. */
static char *take(cursor *c, strata_writer *w) {
  strata_writer_raw(w, "\0", 1);
  if (w->rc == SQLITE_OK) return w->data;
  strata_fail_db(&c->ctx, SQLITE_NOMEM);
  strata_writer_free(w);
  return NULL;
}

/* A value as its column's JSON; NULL after an error. A cell of the live `row` (NULL: of the document's) that
** a document cannot carry is one. */
static char *print(cursor *c, const strata_column *column, const strata_value *value, sqlite3_stmt *row) {
  static const strata_value null = {.type = SQLITE_NULL};
  strata_writer w;
  strata_writer_to_memory(&w, SIZE_MAX / 2);
  if (c->ctx.rc != SQLITE_OK) return NULL;
  const char *why = strata_value_print(column, value->type ? value : &null, &w);
  if (value->type == 0 || value->type == SQLITE_NULL) {
    w.length = 0;
    strata_writer_literal(&w, "null");
  } else if (why) {
    assert(row); /* what the parser has let pass, a document can carry */
    strata_backup_refuse_cell(&c->ctx, table_of(c), column, row, value, why);
  }
  if (c->ctx.rc == SQLITE_OK) return take(c, &w);
  strata_writer_free(&w);
  return NULL;
}

/* JSON to what a person reads in a column: a string without its quotation marks, null as NULL. Frees
** `json`. */
static string plain(cursor *c, char *json) {
  string result = {NULL, 0};
  if (json == NULL) return result;
  size_t length = strlen(json);
  if (*json != '"') {
    if (strcmp(json, "null") != 0) result = copy(c, json, length);
  } else if (strchr(json, '\\') == NULL) {
    result = copy(c, json + 1, length - 2);
  } else {
    strata_row row = {0};
    const char *text = strata_row_parse_string(&row, &c->ctx, json, length, &length);
    if (text) result = copy(c, text, length);
    strata_row_free(&row);
  }
  sqlite3_free(json);
  return result;
}

/* The key as JSON: the value itself, or of several an array. `row` as for print(). */
static char *key_json(cursor *c, const strata_value *values, sqlite3_stmt *row) {
  const strata_table *table = table_of(c);
  char *key = NULL;
  for (int i = 0; i < table->key_count; i++) {
    char *part = print(c, &table->columns[table->key[i]], &values[table->key[i]], row);
    if (table->key_count == 1) return part;
    key = strata_format(&c->ctx, "%z%s%z", key, i ? "," : "[", part);
  }
  return strata_format(&c->ctx, "%z]", key);
}

static difference new_difference(cursor *c, const char *change, const strata_value *values,
                                 sqlite3_stmt *row) {
  const char *name = table_of(c)->name;
  return (difference){
      .name = copy(c, name, strlen(name)), .change = change, .key = plain(c, key_json(c, values, row))};
}

static void read_live(const cursor *c, strata_value *values) {
  for (int i = 0; i < table_of(c)->column_count; i++)
    values[i] = strata_value_from_cell(c->live, i, c->restore.catalog.utf16);
}

/* A whole row as the document has it, or would have it. */
static char *row_text(cursor *c, const strata_value *values, sqlite3_stmt *row) {
  const strata_table *table = table_of(c);
  char *text = NULL;
  for (int i = 0; i < table->column_count && c->ctx.rc == SQLITE_OK; i++) {
    if (values[i].type == 0) continue;
    char *value = print(c, &table->columns[i], &values[i], row);
    text = strata_format(&c->ctx, "%z%s%s%z", text, text ? "," : "{", table->columns[i].label, value);
  }
  return strata_format(&c->ctx, "%z}", text);
}

static bool same_value(const strata_column *column, const char *a, const char *b) {
  if (strcmp(a, b) == 0) return true;
  if (column->kind != STRATA_KIND_DECIMAL || *a != '"' || *b != '"') return false;
  return strata_decimal_equal(a + 1, strlen(a) - 2, b + 1, strlen(b) - 2);
}

static void compare_fields(cursor *c, const strata_value *document, const strata_value *live) {
  const strata_table *table = table_of(c);
  for (int i = 0; i < table->column_count && c->ctx.rc == SQLITE_OK; i++) {
    const strata_column *column = &table->columns[i];
    char *backup = print(c, column, &document[i], NULL);
    char *database = print(c, column, &live[i], c->live);
    if (backup && database && !same_value(column, backup, database)) {
      difference d = new_difference(c, "changed", live, c->live);
      d.field = copy(c, column->field, strlen(column->field));
      d.backup = plain(c, backup);
      d.database = plain(c, database);
      enqueue(c, d);
    } else {
      sqlite3_free(backup);
      sqlite3_free(database);
    }
  }
}

/* Fields that the database has no column for, retired ones included, as far as they say anything. */
static void report_unknown_fields(cursor *c, const strata_value *values) {
  const strata_row *row = &c->restore.reader.row;
  const strata_table *table = table_of(c);
  for (int i = 0; i < row->count && c->ctx.rc == SQLITE_OK; i++) {
    const strata_field *field = &row->fields[i];
    if (field->type == STRATA_JSON_NULL || strata_column_find(table, field->name, field->name_length, i) >= 0)
      continue;
    difference d = new_difference(c, "changed", values, c->live);
    d.field = copy(c, field->name, field->name_length);
    d.backup = copy(c, field->text, field->length);
    enqueue(c, d);
  }
}

/* A document that strata wrote has its keys in order. Of any other one row may stand twice, and counting
** is not enough to see whether the table has more rows. */
static void note_key(cursor *c, const strata_value *values) {
  char *key = key_json(c, values, NULL);
  if (key && c->last_key && strcmp(c->last_key, key) >= 0) c->unsorted = true;
  sqlite3_free(c->last_key);
  c->last_key = key;
}

/* One row of the document against the live row of its key. */
static void compare_row(cursor *c) {
  const strata_table *table = table_of(c);
  const strata_value *document = strata_restore_read_row(&c->restore, table, &c->arena, true);
  if (strata_restore_stopped(&c->restore)) return;
  note_key(c, document);
  for (int i = 0; i < table->key_count; i++) {
    int rc = strata_value_bind(&document[table->key[i]], c->live, i + 1);
    if (rc != SQLITE_OK) strata_fail_db(&c->ctx, rc);
  }
  if (strata_step(&c->ctx, c->live)) {
    strata_value *live = strata_arena_alloc(&c->arena, &c->ctx, (size_t)table->column_count * sizeof *live);
    if (live) {
      read_live(c, live);
      compare_fields(c, document, live);
      report_unknown_fields(c, live);
    }
    c->found++;
  } else if (c->ctx.rc == SQLITE_OK) {
    difference d = new_difference(c, "removed", document, NULL);
    d.backup = whole(row_text(c, document, NULL));
    enqueue(c, d);
  }
  sqlite3_reset(c->live);
  strata_arena_reset(&c->arena);
}

static const strata_section *section_of(const cursor *c) {
  int section = c->restore.reader.by_table[c->table];
  return section < 0 ? NULL : &c->restore.reader.sections[section];
}

static void begin_document_rows(cursor *c) {
  c->found = 0;
  c->unsorted = false;
  sqlite3_free(c->last_key);
  c->last_key = NULL;
  c->phase = COUNT;
  if (section_of(c) == NULL) return;
  c->live = strata_backup_select(&c->ctx, &c->restore.catalog, table_of(c), true);
  strata_reader_begin(&c->restore.reader, section_of(c));
  c->phase = DOCUMENT_ROWS;
}

/* The keys of the document's rows, for telling the added rows of the table from the others. */
static void collect_keys(cursor *c) {
  strata_name_set_clear(&c->keys);
  if (section_of(c) == NULL) return;
  strata_reader_begin(&c->restore.reader, section_of(c));
  while (strata_reader_next_row(&c->restore.reader)) {
    const strata_value *values = strata_restore_read_row(&c->restore, table_of(c), &c->arena, false);
    char *key = values ? key_json(c, values, NULL) : NULL;
    if (key) strata_name_set_add(&c->keys, &c->ctx, key, strlen(key));
    sqlite3_free(key);
    strata_arena_reset(&c->arena);
  }
}

static void begin_live_rows(cursor *c) {
  sqlite3_finalize(c->live);
  c->live = NULL;
  const strata_table *table = table_of(c);
  sqlite3_int64 rows =
      strata_query_integer(&c->ctx, strata_prepare(&c->ctx, "SELECT count(*) FROM \"%w\".\"%w\"",
                                                   c->restore.catalog.schema, table->sql_name));
  c->phase = NEXT_TABLE;
  if (c->ctx.rc != SQLITE_OK || (rows == c->found && !c->unsorted)) return;
  collect_keys(c);
  c->live = strata_backup_select(&c->ctx, &c->restore.catalog, table_of(c), false);
  c->phase = LIVE_ROWS;
}

static void look_at_live_row(cursor *c) {
  const strata_table *table = table_of(c);
  strata_value *values = strata_arena_alloc(&c->arena, &c->ctx, (size_t)table->column_count * sizeof *values);
  if (values == NULL) return;
  read_live(c, values);
  char *key = key_json(c, values, c->live);
  if (key && strata_name_set_find(&c->keys, key, strlen(key)) < 0) {
    difference d = new_difference(c, "added", values, c->live);
    d.database = whole(row_text(c, values, c->live));
    enqueue(c, d);
  }
  sqlite3_free(key);
  strata_arena_reset(&c->arena);
}

static void report_unknown_table(cursor *c) {
  const strata_section *section = &c->restore.reader.sections[c->section++];
  if (section->table >= 0 || (section->type == STRATA_JSON_ARRAY && section->rows == 0)) return;
  difference d = {.name = copy(c, section->name, section->name_length), .change = "removed"};
  d.backup = whole(strata_format(&c->ctx, "%lld row(s) of a table that the database does not have",
                                 (sqlite3_int64)section->rows));
  enqueue(c, d);
}

/* Go on until there is something to give, or nothing more to look at. */
static void advance(cursor *c) {
  while (c->queue_at == c->queue_count && c->phase != DONE && c->ctx.rc == SQLITE_OK) {
    clear_queue(c);
    switch (c->phase) {
    case DOCUMENT_ROWS:
      if (strata_reader_next_row(&c->restore.reader))
        compare_row(c);
      else
        c->phase = COUNT;
      break;
    case COUNT:
      begin_live_rows(c);
      break;
    case LIVE_ROWS:
      if (strata_step(&c->ctx, c->live))
        look_at_live_row(c);
      else
        c->phase = NEXT_TABLE;
      break;
    case NEXT_TABLE:
      sqlite3_finalize(c->live);
      c->live = NULL;
      c->phase = UNKNOWN_TABLES;
      if (++c->table < STRATA_TABLE_COUNT) begin_document_rows(c);
      break;
    default:
      if (c->section < c->restore.reader.section_count)
        report_unknown_table(c);
      else
        c->phase = DONE;
      break;
    }
  }
}

static void close_run(cursor *c) {
  clear_queue(c);
  sqlite3_finalize(c->live);
  sqlite3_finalize(c->snapshot);
  strata_restore_free(&c->restore);
  memset(&c->restore, 0, sizeof c->restore);
  strata_name_set_free(&c->keys);
  strata_arena_free(&c->arena);
  strata_context_end(&c->ctx);
  sqlite3_free(c->queue);
  sqlite3_free(c->last_key);
  sqlite3_free(c->schema);
  strata_input_close(&c->source);
  strata_cursor_clear(&c->base);
  strata_cursor base = c->base;
  memset(c, 0, sizeof *c);
  c->base = base;
}

static int diff_close(sqlite3_vtab_cursor *base) {
  close_run((cursor *)base);
  sqlite3_free(base);
  return SQLITE_OK;
}

static void begin(cursor *c, sqlite3_value *document, const char *schema) {
  strata_context *ctx = &c->ctx;
  if (document == NULL)
    strata_fail(ctx, SQLITE_ERROR,
                "strata_backup_diff takes the document: SELECT * FROM strata_backup_diff(json)");
  c->schema = strata_format(ctx, "%s", schema);
  if (ctx->rc == SQLITE_OK)
    strata_input_open(&c->source, ctx, document, "the first argument of strata_backup_diff",
                      STRATA_INPUT_UNRELIABLE);
  if (ctx->rc != SQLITE_OK) return;
  c->snapshot = strata_snapshot_begin(ctx, c->schema);
  c->restore.ctx = ctx;
  c->restore.ignore_unknown = true;
  strata_reader_open(&c->restore.reader, ctx, &c->source, false);
  if (strata_restore_stopped(&c->restore)) return;
  strata_catalog_load(&c->restore.catalog, ctx, c->schema);
  if (ctx->rc == SQLITE_OK) begin_document_rows(c);
}

static int give(cursor *c) {
  if (c->ctx.rc != SQLITE_OK || c->phase == DONE) strata_input_settle(&c->source, &c->ctx);
  strata_context_rest(&c->ctx);
  if (c->ctx.rc == SQLITE_OK) return SQLITE_OK;
  c->phase = DONE;
  return strata_vtab_error(&c->ctx, c->base.base.pVtab);
}

static int diff_filter(sqlite3_vtab_cursor *base, int plan, const char *unused, int argc,
                       sqlite3_value **argv) {
  (void)unused, (void)argc;
  cursor *c = (cursor *)base;
  sqlite3_value *arguments[STRATA_VTAB_MAX_ARGUMENTS];
  close_run(c);
  strata_context_begin(&c->ctx, ((strata_vtab *)base->pVtab)->db);
  strata_cursor_begin(&c->base, &c->ctx, plan, argv, arguments);
  begin(c, strata_cursor_document(&c->base, arguments[0]), strata_schema_argument(2, arguments, 1));
  advance(c);
  return give(c);
}

static int diff_next(sqlite3_vtab_cursor *base) {
  cursor *c = (cursor *)base;
  c->queue_at++;
  strata_cursor_next(base);
  advance(c);
  return give(c);
}

static int diff_eof(sqlite3_vtab_cursor *base) {
  const cursor *c = (const cursor *)base;
  return c->queue_at >= c->queue_count;
}

static int diff_column(sqlite3_vtab_cursor *base, sqlite3_context *sql, int column) {
  const cursor *c = (const cursor *)base;
  const difference *d = &c->queue[c->queue_at];
  const string *text = column == COLUMN_NAME       ? &d->name
                       : column == COLUMN_KEY      ? &d->key
                       : column == COLUMN_FIELD    ? &d->field
                       : column == COLUMN_BACKUP   ? &d->backup
                       : column == COLUMN_DATABASE ? &d->database
                                                   : NULL;
  if (column == COLUMN_CHANGE)
    sqlite3_result_text(sql, d->change, -1, SQLITE_STATIC);
  else if (text && text->text)
    sqlite3_result_text64(sql, text->text, text->length, SQLITE_TRANSIENT, SQLITE_UTF8);
  return strata_cursor_argument(&c->base, sql, column);
}

static const sqlite3_module diff_module = {
    .xConnect = strata_vtab_connect,
    .xBestIndex = strata_vtab_best_index,
    .xDisconnect = strata_vtab_disconnect,
    .xOpen = strata_cursor_open,
    .xClose = diff_close,
    .xFilter = diff_filter,
    .xNext = diff_next,
    .xEof = diff_eof,
    .xColumn = diff_column,
    .xRowid = strata_cursor_rowid,
};

const strata_vtab_definition strata_diff_definition = {
    .name = "strata_backup_diff",
    .example = "strata_backup_diff(json)",
    .columns = "CREATE TABLE x(name TEXT, key TEXT, change TEXT, field TEXT, backup TEXT, database TEXT,"
               " document HIDDEN, schema TEXT HIDDEN)",
    .first_argument = COLUMN_DOCUMENT,
    .arguments = 2,
    .argument_names = {"document", "schema"},
    .cursor_size = sizeof(cursor),
    .module = &diff_module,
};
