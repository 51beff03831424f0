/*
** restore_rows.c: the rows of one table, from the document into the database.
**
** Rows are read into a batch (batch.h). A full batch is written with as few INSERTs as
** possible (bulk.h), or row by row with prepared statements (row_statements.h) where an
** error must be traced to its row.
*/
#include "restore_rows.h"
#include "batch.h"
#include "bulk.h"
#include "progress.h"
#include "row_statements.h"

#include <assert.h>
#include <string.h>

#define MAX_MISSES 16 /* after this many wrong guesses in a row, a merge stops guessing rowids */

typedef struct loader {
  strata_context *ctx;
  strata_restore *restore;
  const strata_table *table;
  int number; /* the table's, in the catalog */
  const strata_section *section;
  strata_batch batch;
  strata_row_statements statements;
  strata_bulk bulk;
  bool in_bulk;     /* go on with `bulk`; false for the rest of a batch in which a row failed */
  sqlite3_int64 at; /* the rowid of the row that was found or guessed last */
  int misses;       /* wrong guesses since the last right one */
} loader;

static strata_row_place place_of(const loader *l, const strata_batch_row *row) {
  return (strata_row_place){l->section, row->offset, row->index};
}

static void reject(loader *l, const strata_value *values) {
  strata_foreign_keys_reject_row(&l->restore->keys, l->number, values);
}

/* Whether the row itself caused the error of a step, rather than the connection or the machine: a constraint, or an
** expression of the schema that fails for its values (SQLITE_ERROR). If SQLite has rolled the whole transaction back
** (autocommit is on again), the restore cannot go on with other rows, so the error ends it. */
static bool is_row_error(const strata_context *ctx) {
  int primary = ctx->rc & 0xff;
  return (primary == SQLITE_CONSTRAINT || primary == SQLITE_MISMATCH || primary == SQLITE_TOOBIG ||
          primary == SQLITE_ERROR) &&
         !sqlite3_get_autocommit(ctx->db);
}

/* "name 'gold', symbol 'XAU'": the columns that SQLite lists after "UNIQUE constraint failed: ", as fields with the
** row's values. NULL if the message does not list columns of this table, or the row has no value for one. */
static char *describe_conflict(const loader *l, const strata_batch_row *row, const char *message) {
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
    list = strata_format(l->ctx, "%z%s%s %z", list, list ? ", " : "", l->table->columns[column].field,
                         strata_value_describe(l->ctx, &row->values[column]));
    p = end;
  }
  return list;
}

/* Whether the table has a UNIQUE index with a WHERE clause. (Of an index on an expression the message has the name, and
** no columns.) */
static bool has_partial_index(const loader *l) {
  bool found = false;
  sqlite3_stmt *list = strata_prepare(l->ctx, "PRAGMA \"%w\".index_list(\"%w\")", l->restore->catalog.schema,
                                      l->table->sql_name);
  while (!found && strata_step(l->ctx, list))
    found = sqlite3_column_int(list, 2) && sqlite3_column_int(list, 4);
  sqlite3_finalize(list);
  return found;
}

/* The field of a late column, if the error may be due to its NULL, which stands there until all rows are inserted: to
** the row's own, or in a UNIQUE index to that of another row. NULL if there is none. */
static const char *find_late_cause(const loader *l, const strata_batch_row *row, int rc,
                                   const char *message) {
  bool unique = rc == SQLITE_CONSTRAINT_UNIQUE;
  bool own = rc == SQLITE_CONSTRAINT_CHECK || rc == SQLITE_CONSTRAINT_TRIGGER;
  if (!unique && !own) return NULL;
  for (int i = 0; i < l->table->column_count; i++) {
    const strata_column *column = &l->table->columns[i];
    uint8_t type = row->values[i].type;
    if (!column->late || (own && (type == 0 || type == SQLITE_NULL))) continue;
    return own || strstr(message, " index '") || has_partial_index(l) ? column->field : NULL;
  }
  return NULL;
}

static char *explain_error(const loader *l, const strata_batch_row *row, int rc, char *message) {
  if ((rc & 0xff) == SQLITE_ERROR)
    return sqlite3_mprintf("an expression in the schema (a CHECK, an index, a generated column or a trigger) "
                           "fails for this row: %z",
                           message);
  bool unique = rc == SQLITE_CONSTRAINT_UNIQUE || rc == SQLITE_CONSTRAINT_PRIMARYKEY;
  char *list = unique && message ? describe_conflict(l, row, message) : NULL;
  return list ? sqlite3_mprintf("another row already has %z (%z)", list, message) : message;
}

/* The same for a row that is being inserted. */
static char *explain_insert(const loader *l, const strata_batch_row *row, int rc, char *message) {
  const char *late = message ? find_late_cause(l, row, rc, message) : NULL;
  char *sentence = explain_error(l, row, rc, message);
  if (late == NULL) return sentence;
  return sqlite3_mprintf("%z. If that is only because %s stays NULL until all rows are inserted (foreign "
                         "keys are enforced), run PRAGMA foreign_keys=OFF first, outside a transaction (the "
                         "restore then checks all references at the end)",
                         sentence, late);
}

/* Turn the error in ctx into a problem of the row, and clear it. Leaves an error that is not the row's. `column` is the
** late column that was being set, or -1 if the row was being inserted or merged. */
static void report_row_error(loader *l, const strata_batch_row *row, int column) {
  strata_context *ctx = l->ctx;
  if (!is_row_error(ctx)) return;
  int rc = ctx->rc;
  char *message = strata_context_take(ctx);
  if (column < 0) reject(l, row->values);
  if (rc == SQLITE_CONSTRAINT_FOREIGNKEY &&
      strata_foreign_keys_report_row(&l->restore->keys, l->number, place_of(l, row), row->values,
                                     column < 0 ? STRATA_KEYS_INSERTED : column, rc) > 0)
    sqlite3_free(message);
  else
    strata_reader_report_row(&l->restore->document.reader, place_of(l, row), STRATA_FIELD_BY_NAME,
                             column < 0 ? NULL : l->table->columns[column].field, rc,
                             column < 0 ? explain_insert(l, row, rc, message)
                                        : explain_error(l, row, rc, message));
}

/* Report that the database silently kept out the row or, if `name` is not NULL, the value of that field. */
static void report_not_taken(loader *l, const strata_batch_row *row, const char *name) {
  if (name == NULL) reject(l, row->values);
  strata_reader_report_row(
      &l->restore->document.reader, place_of(l, row), STRATA_FIELD_BY_NAME, name, SQLITE_CONSTRAINT,
      sqlite3_mprintf(
          "the database did not store the %s: a trigger (RAISE(IGNORE)) or the authorizer dropped it",
          name ? "value" : "row"));
}

typedef enum found { FOUND_NOTHING, FOUND_SAME, FOUND_DIFFERENT } found;

/*
** A backup has its rows in the table's order, so the document's next row is probably
** the table's next row. Guess its rowid, and let the primary key confirm the guess: a
** merge of a backup then reads the table in one sweep instead of at random. After many
** wrong guesses in a row, stop guessing.
*/
static found look_at_next(loader *l, const strata_batch_row *row) {
  if (l->table->rowid == NULL || l->table->key_is_rowid || l->misses >= MAX_MISSES) return FOUND_NOTHING;
  if (l->at == INT64_MAX) return FOUND_NOTHING; /* there is no higher rowid to guess */
  sqlite3_stmt *stmt = strata_row_statement(&l->statements, STRATA_PROBE_ROWID, row->values, ++l->at);
  found result = FOUND_NOTHING;
  if (strata_step(l->ctx, stmt)) result = sqlite3_column_int(stmt, 0) ? FOUND_DIFFERENT : FOUND_SAME;
  sqlite3_reset(stmt);
  l->misses = result == FOUND_NOTHING ? l->misses + 1 : 0;
  return result;
}

/* What the table has at the row's primary key. After an error, FOUND_NOTHING: writing the row then does nothing. */
static found look(loader *l, const strata_batch_row *row) {
  found result = look_at_next(l, row);
  if (result != FOUND_NOTHING) return result;
  sqlite3_stmt *stmt = strata_row_statement(&l->statements, STRATA_PROBE_KEY, row->values, 0);
  if (strata_step(l->ctx, stmt)) {
    result = sqlite3_column_int(stmt, 0) ? FOUND_DIFFERENT : FOUND_SAME;
    l->at = sqlite3_column_int64(stmt, 1);
  }
  sqlite3_reset(stmt);
  return result;
}

/* Insert or update one row. False if the database did not take it, which is reported. */
static bool write(loader *l, strata_action action, const strata_batch_row *row) {
  strata_context *ctx = l->ctx;
  sqlite3_stmt *stmt =
      strata_row_statement(&l->statements, action, row->values, (sqlite3_int64)row->index + 1);
  int before = sqlite3_total_changes(ctx->db);
  if ((ctx->rc & 0xff) == SQLITE_ERROR) return false; /* it could not be prepared, for no row */
  strata_run(ctx, stmt);
  if (ctx->rc != SQLITE_OK) {
    report_row_error(l, row, -1);
    return false;
  }
  /* A trigger's own writes count in total_changes, so an INSERT must also show its one row in changes. */
  bool taken = sqlite3_total_changes(ctx->db) != before;
  if (action == STRATA_INSERT && sqlite3_changes(ctx->db) != 1) taken = false;
  if (!taken)
    report_not_taken(l, row, NULL);
  else if (action == STRATA_INSERT)
    l->restore->expected[l->number]++;
  return taken;
}

/* Fill in the defaults of absent fields. False if a required one is missing, which is reported. */
static bool set_defaults(loader *l, strata_row_place place, strata_value *values) {
  strata_restore *restore = l->restore;
  bool ok = true;
  for (int i = 0; i < l->table->column_count; i++) {
    const strata_column *column = &l->table->columns[i];
    strata_value *value = &values[i];
    if (value->type != 0 || column->absent == STRATA_DEFAULT_SCHEMA) continue;
    *value = (strata_value){.type = SQLITE_TEXT};
    if (column->absent == STRATA_DEFAULT_NOW) {
      value->text = restore->now;
      value->length = (uint32_t)restore->now_length;
    } else if (column->absent == STRATA_DEFAULT_TEXT) {
      value->text = column->default_text;
      value->length = (uint32_t)strlen(column->default_text);
    } else {
      strata_document_report_missing(&restore->document, place, column);
      ok = false;
    }
  }
  return ok;
}

/*
** Look the row up, then insert it if it is new or update it if it differs. A row
** with absent fields cannot go through ON CONFLICT, because SQLite checks NOT NULL
** before it looks for the conflict. An authorizer may drop single columns of an
** UPDATE without an error, so look again afterwards, unless there are triggers: those
** may change the values on purpose.
*/
static void merge_row(loader *l, const strata_batch_row *row) {
  switch (look(l, row)) {
  case FOUND_SAME:
    break;
  case FOUND_DIFFERENT:
    if (write(l, STRATA_UPDATE, row) && !l->restore->has_triggers && look(l, row) != FOUND_SAME)
      report_not_taken(l, row, NULL);
    break;
  case FOUND_NOTHING:
    if (set_defaults(l, place_of(l, row), row->values))
      write(l, STRATA_INSERT, row);
    else
      reject(l, row->values);
    break;
  }
}

/*
** Insert as many rows as a single statement can, from the batch's row `i` on. Returns the first row that is not in the
** table yet, for the caller to insert on its own: if that row made the statement stop, this
** brings up its error again. SQLite may also undo the whole statement after an error; then
** `i` is returned. Its change count says that the rows stayed. Only if the count differs,
** look for the first row: an authorizer may forbid reading it.
*/
static size_t insert_in_bulk(loader *l, size_t i) {
  strata_context *ctx = l->ctx;
  const strata_batch_row *first = &l->batch.rows[i];
  size_t done = strata_bulk_insert(&l->bulk, first, l->batch.count - i);
  if (is_row_error(ctx)) {
    l->in_bulk = false;
    strata_context_clear(ctx);
    bool kept = done == (size_t)sqlite3_changes(ctx->db);
    if (!kept && look(l, first) == FOUND_NOTHING) done = 0;
  }
  if (ctx->rc != SQLITE_OK) return i;
  l->restore->expected[l->number] += (sqlite3_int64)done;
  for (size_t row = 0; row < done; row++) strata_progress_row(ctx);
  return i + done;
}

/* Write the batch's rows, and empty it. */
static void flush(loader *l) {
  strata_batch *batch = &l->batch;
  strata_batch_sort(batch);
  l->in_bulk = l->bulk.usable;
  for (size_t i = 0; i < batch->count && l->ctx->rc == SQLITE_OK; i++) {
    if (l->in_bulk && (i = insert_in_bulk(l, i)) == batch->count) break;
    const strata_batch_row *row = &batch->rows[i];
    if (l->restore->mode == STRATA_MODE_MERGE)
      merge_row(l, row);
    else
      write(l, STRATA_INSERT, row);
    strata_progress_row(l->ctx);
  }
  strata_batch_clear(batch);
}

/* Add the row that was read last to the batch. */
static void add(loader *l, strata_value *values) {
  strata_row_place place = strata_reader_place(&l->restore->document.reader);
  if (l->restore->mode == STRATA_MODE_REPLACE) {
    bool complete = set_defaults(l, place, values);
    assert(complete); /* whole_rows is set, so a row without a required field did not get here */
    (void)complete;
  }
  strata_foreign_keys_note_row(&l->restore->keys, l->number, values);
  strata_batch_add(&l->batch, place.offset, place.index, values);
}

/* Bind the column's value and the row's key to a statement from strata_late_statement(). */
static void bind_late(loader *l, sqlite3_stmt *stmt, const strata_value *values, int column) {
  const strata_table *table = l->table;
  assert(l->ctx->rc == SQLITE_OK);
  strata_value_bind(&values[column], l->ctx, stmt, column + 1);
  for (int i = 0; i < table->key_count; i++)
    strata_value_bind(&values[table->key[i]], l->ctx, stmt, table->key[i] + 1);
}

/*
** Set the column in the table's row for one row of the document. An authorizer may take
** the column out of the UPDATE, which still counts the row as changed. So look again, with
** `differs`, unless there are triggers: those may change the value on purpose.
**
** A replace has just inserted the row with NULL here, so an UPDATE that changes nothing did
** not find it. That is an error, unless rows were left out: this may be one of them.
*/
static void set_late_value(loader *l, const strata_batch_row *row, int column, sqlite3_stmt *set,
                           sqlite3_stmt *differs) {
  strata_restore *restore = l->restore;
  int before = sqlite3_total_changes(l->ctx->db);
  bind_late(l, set, row->values, column);
  strata_run(l->ctx, set);
  if (l->ctx->rc != SQLITE_OK) {
    report_row_error(l, row, column);
    return;
  }
  bool unchanged = sqlite3_total_changes(l->ctx->db) == before;
  if (!unchanged && restore->has_triggers) return;
  bind_late(l, differs, row->values, column);
  if (strata_step(l->ctx, differs) ||
      (unchanged && restore->mode == STRATA_MODE_REPLACE && !restore->keys.left_out))
    report_not_taken(l, row, l->table->columns[column].field);
  sqlite3_reset(differs);
}

/* Read the table's rows again, and run one UPDATE for each that has a value for the column. A replace skips NULL, which
** the column holds already. */
static void set_late_column(loader *l, int column) {
  strata_restore *restore = l->restore;
  strata_reader *reader = &restore->document.reader;
  sqlite3_stmt *set = strata_late_statement(&l->statements, column, false);
  sqlite3_stmt *differs = strata_late_statement(&l->statements, column, true);
  strata_reader_begin(reader, l->section);
  while (l->ctx->rc == SQLITE_OK && strata_reader_next_row(reader)) {
    strata_value *values = strata_document_read_row(&restore->document, l->table, &l->batch.arena, false);
    bool wanted = values && values[column].type != 0 &&
                  (values[column].type != SQLITE_NULL || restore->mode == STRATA_MODE_MERGE);
    strata_batch_row row = {.offset = reader->row.offset, .index = reader->row.index, .values = values};
    if (wanted) set_late_value(l, &row, column, set, differs);
    strata_arena_reset(&l->batch.arena);
  }
  sqlite3_finalize(set);
  sqlite3_finalize(differs);
}

static loader new_loader(strata_restore *restore, int number) {
  const strata_table *table = &restore->catalog.tables[number];
  return (loader){.ctx = restore->ctx,
                  .restore = restore,
                  .table = table,
                  .number = number,
                  .section = strata_document_section(&restore->document, number),
                  .statements = {.ctx = restore->ctx, .catalog = &restore->catalog, .table = table}};
}

void strata_restore_rows(strata_restore *restore, int number) {
  loader l = new_loader(restore, number);
  if (l.section == NULL) return;
  strata_reader *reader = &restore->document.reader;
  /* Sort rows only where nothing can notice: a merge guesses rowids in the document's order, SQLite may check references
  ** within the table at each INSERT (in_order), and triggers see each row as it comes. */
  bool any_order = restore->mode == STRATA_MODE_REPLACE && !l.table->in_order && !restore->has_triggers;
  strata_batch_begin(&l.batch, restore->ctx, &restore->catalog, l.table, l.section->rows, any_order);
  l.statements.gives_rowid = l.batch.sort_count > 0 && l.table->rowid && !l.table->key_is_rowid;
  strata_bulk_begin(&l.bulk, restore->ctx, &restore->catalog, l.table, l.statements.gives_rowid);
  /* With triggers (then any_order is false), or where SQLite enforces foreign keys, insert row by row, to know which row
  ** an error belongs to. */
  l.bulk.usable &= any_order && !restore->catalog.enforced;
  strata_foreign_keys_begin_table(&restore->keys, number);
  strata_reader_begin(reader, l.section);
  while (l.ctx->rc == SQLITE_OK && strata_reader_next_row(reader)) {
    strata_value *values = strata_document_read_row(&restore->document, l.table, &l.batch.arena, true);
    restore->counts[number]++;
    if (values)
      add(&l, values);
    else
      reject(&l, NULL);
    if (strata_batch_is_full(&l.batch)) flush(&l);
  }
  if (l.ctx->rc == SQLITE_OK) flush(&l);
  strata_row_statements_free(&l.statements);
  strata_bulk_free(&l.bulk);
  strata_batch_free(&l.batch);
}

void strata_restore_late_columns(strata_restore *restore, int number) {
  loader l = new_loader(restore, number);
  if (l.section == NULL) return;
  for (int i = 0; i < l.table->column_count && l.ctx->rc == SQLITE_OK; i++) {
    if (l.table->columns[i].late) set_late_column(&l, i);
  }
  strata_batch_free(&l.batch);
}
