/*
** document.c: reads the rows of a document as the values of a live table's columns, and
** drops or reports what does not fit.
*/
#include "document.h"

#include <string.h>

void strata_document_open(strata_document *document, strata_context *ctx, const strata_catalog *catalog,
                          const strata_source *source, bool all_problems) {
  *document = (strata_document){.ctx = ctx, .catalog = catalog};
  strata_reader_open(&document->reader, ctx, source, all_problems);
}

void strata_document_open_again(strata_document *document, const strata_document *first,
                                const strata_source *source) {
  *document = (strata_document){
      .ctx = first->ctx, .catalog = first->catalog, .ignore_unknown = first->ignore_unknown};
  strata_reader_open_again(&document->reader, &first->reader, source);
}

void strata_document_close(strata_document *document) {
  strata_reader_close(&document->reader);
  strata_name_set_free(&document->ignored);
  sqlite3_free(document->ignored_counts);
  *document = (strata_document){0};
}

const strata_section *strata_document_section(const strata_document *document, int table) {
  int section = document->reader.by_table[table];
  return section < 0 ? NULL : &document->reader.sections[section];
}

void strata_document_report(strata_document *document, int rc, char *message) {
  strata_problem problem = {.offset = UINT64_MAX, .message = message, .rc = rc, .bare = true};
  strata_problems_add(&document->reader.report.problems, document->ctx, problem);
}

/* Count rows whose field was dropped or, if `field` is NULL, that were dropped with their whole table. */
static void count_ignored(strata_document *document, const char *table, size_t table_length,
                          const strata_field *field, sqlite3_int64 rows) {
  strata_context *ctx = document->ctx;
  char stack[128], *name = stack;
  size_t length = table_length + (field ? field->name_length + 1 : 0);
  if (length > sizeof stack) name = strata_alloc(ctx, length);
  if (name == NULL) return;
  memcpy(name, table, table_length);
  if (field) {
    name[table_length] = '.';
    memcpy(name + table_length + 1, field->name, field->name_length);
  }
  if (strata_name_set_add(&document->ignored, ctx, name, length) &&
      strata_grow(ctx, &document->ignored_counts, &document->ignored_room, document->ignored.count,
                  sizeof *document->ignored_counts))
    document->ignored_counts[document->ignored.count - 1] = 0;
  if (ctx->rc == SQLITE_OK)
    document->ignored_counts[strata_name_set_find(&document->ignored, name, length)] += rows;
  if (name != stack) sqlite3_free(name);
}

static char *unknown_table(const strata_dialect *dialect) {
  sqlite3_str *text = sqlite3_str_new(NULL);
  sqlite3_str_appendall(text, "unknown table: the tables of a backup are ");
  for (int i = 0; i < STRATA_TABLE_COUNT; i++)
    sqlite3_str_appendf(text, "%s%s",
                        i == 0                       ? ""
                        : i < STRATA_TABLE_COUNT - 1 ? ", "
                                                     : " and ",
                        strata_dialect_table_name(dialect, i));
  sqlite3_str_appendall(text,
                        "; correct the name, or drop the table with the option {\"unknown\":\"ignore\"}");
  return sqlite3_str_finish(text);
}

void strata_document_check_tables(strata_document *document) {
  strata_reader *reader = &document->reader;
  for (size_t i = 0; i < reader->section_count && document->ctx->rc == SQLITE_OK; i++) {
    const strata_section *section = &reader->sections[i];
    bool is_array = section->type == STRATA_JSON_ARRAY;
    if (section->known || (is_array && section->rows == 0)) continue;
    if (document->ignore_unknown ||
        strata_dialect_is_retired(reader->dialect, NULL, section->name, section->name_length))
      count_ignored(document, section->name, section->name_length, NULL,
                    is_array ? (sqlite3_int64)section->rows : 1);
    else
      strata_report_at(&reader->report, section->offset, strata_reader_path(document->ctx, section, -1),
                       SQLITE_ERROR, unknown_table(reader->dialect));
  }
}

void strata_document_report_missing(strata_document *document, strata_row_place place,
                                    const strata_column *column) {
  strata_reader_report_row(&document->reader, place, STRATA_FIELD_ABSENT, column->field, SQLITE_ERROR,
                           sqlite3_mprintf(column->key
                                               ? "the field is missing, and it is part of the table's primary key"
                                               : "the field is missing, and the column has no default"));
}

/* Report a problem of field number `i` of the row that was read last. */
static void report_field(strata_document *document, int i, int rc, char *message) {
  strata_reader *reader = &document->reader;
  strata_reader_report_row(reader, strata_reader_place(reader), i, NULL, rc, message);
}

/* Drop a field that the table has no column for, or report it. Returns whether it was dropped. */
static bool drop_field(strata_document *document, const strata_table *table, int i, bool report) {
  const strata_field *field = &document->reader.row.fields[i];
  bool dropped = document->ignore_unknown ||
                 strata_dialect_is_retired(document->reader.dialect, table, field->name, field->name_length);
  if (report && dropped)
    count_ignored(document, table->name, strlen(table->name), field, 1);
  else if (report)
    report_field(document, i, SQLITE_ERROR,
                 sqlite3_mprintf(
                     "unknown field: table \"%w\" has no column for it; correct the name, or drop the field "
                     "with the option {\"unknown\":\"ignore\"}",
                     table->sql_name));
  return dropped;
}

/* Turn field number `i` of the row into the column's value. False if it does not fit. */
static bool read_field(strata_document *document, const strata_table *table, const strata_column *column, int i,
                       strata_arena *arena, strata_value *value, bool report) {
  bool is_null = document->reader.row.fields[i].type == STRATA_JSON_NULL;
  char *reason = NULL;
  if (strata_value_parse(column, &document->reader.row.fields[i], arena, document->ctx, value, &reason)) {
    if (document->catalog->utf16) value->as_utf16 = strata_value_has_noncharacter(value);
    return true;
  }
  if (report && reason && is_null)
    report_field(document, i, SQLITE_CONSTRAINT_NOTNULL,
                 sqlite3_mprintf("%z (NOT NULL constraint failed: %s.%s)", reason, table->sql_name,
                                 column->name));
  else if (report && reason)
    report_field(document, i, SQLITE_ERROR, reason);
  else
    sqlite3_free(reason);
  return false;
}

strata_value *strata_document_read_row(strata_document *document, const strata_table *table,
                                       strata_arena *arena, bool report) {
  strata_context *ctx = document->ctx;
  strata_reader *reader = &document->reader;
  size_t size = (size_t)table->column_count * sizeof(strata_value);
  strata_value *values = strata_arena_alloc(arena, ctx, size);
  /* Which columns have a field, even if its value does not fit. */
  bool *given = strata_arena_alloc(arena, ctx, (size_t)table->column_count);
  if (values == NULL || given == NULL) return NULL;
  memset(values, 0, size);
  memset(given, 0, (size_t)table->column_count);
  bool ok = true;
  for (int i = 0; i < reader->row.count && ctx->rc == SQLITE_OK; i++) {
    const strata_field *field = &reader->row.fields[i];
    int column = strata_dialect_column(reader->dialect, table, field->name, field->name_length, i);
    strata_check_interrupt_often(ctx);
    if (column < 0) {
      ok &= drop_field(document, table, i, report);
      continue;
    }
    given[column] = true;
    ok &= read_field(document, table, &table->columns[column], i, arena, &values[column], report);
  }
  for (int i = 0; i < table->column_count; i++) {
    const strata_column *column = &table->columns[i];
    bool needed = column->key || (document->whole_rows && column->absent == STRATA_DEFAULT_NONE);
    if (!needed || given[i]) continue;
    ok = false;
    if (report) strata_document_report_missing(document, strata_reader_place(reader), column);
  }
  return ok && ctx->rc == SQLITE_OK ? values : NULL;
}
