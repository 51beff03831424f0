/*
** rows.c: the virtual table strata_backup_rows.
**
** xFilter scans the whole document; then each row is read from its place in the
** document, so that memory does not grow. The column `row` is the object exactly as
** it stands in the document, except that U+FFFE and U+FFFF are escaped: SQLite's own
** conversions (its JSON functions too) turn them into U+FFFD in a UTF-16 database.
** json(row) removes the white space between its members.
*/
#include "rows.h"
#include "input.h"
#include "json_writer.h"
#include "reader.h"
#include "value.h"

#include <string.h>

enum { COLUMN_NAME, COLUMN_KEY, COLUMN_LINE, COLUMN_ROW, COLUMN_JSON };

typedef struct cursor {
  strata_cursor base;
  strata_context ctx;
  strata_source source;
  strata_reader reader;
  size_t section; /* the next one to read */
  bool in_section;
  bool at_row;
} cursor;

/* End what xFilter began, and clear the cursor for the next xFilter. */
static void close_run(cursor *c) {
  strata_reader_close(&c->reader);
  strata_input_close(&c->source);
  strata_context_end(&c->ctx);
  strata_cursor_clear(&c->base);
  strata_cursor base = c->base;
  memset(c, 0, sizeof *c);
  c->base = base;
}

static int rows_close(sqlite3_vtab_cursor *base) {
  close_run((cursor *)base);
  sqlite3_free(base);
  return SQLITE_OK;
}

/* Begin the next table that is an array. False: there is none left. */
static bool next_section(cursor *c) {
  while (c->section < c->reader.section_count) {
    const strata_section *section = &c->reader.sections[c->section++];
    if (section->type != STRATA_JSON_ARRAY) continue;
    strata_reader_begin(&c->reader, section);
    return true;
  }
  return false;
}

/* Go to the next row, of the next table if need be. */
static int advance(cursor *c) {
  c->at_row = false;
  while (c->ctx.rc == SQLITE_OK && !c->at_row && (c->in_section || next_section(c)))
    c->in_section = c->at_row = strata_reader_next_row(&c->reader);
  if (!c->at_row) strata_input_check_unchanged(&c->source, &c->ctx);
  strata_context_close_statement(&c->ctx);
  return strata_vtab_error(&c->ctx, c->base.base.pVtab);
}

static int rows_filter(sqlite3_vtab_cursor *base, int plan, const char *unused, int argc,
                       sqlite3_value **argv) {
  (void)unused, (void)argc;
  cursor *c = (cursor *)base;
  sqlite3_value *arguments[STRATA_VTAB_MAX_ARGUMENTS];
  close_run(c);
  strata_context_begin(&c->ctx, ((strata_vtab *)base->pVtab)->db);
  strata_cursor_begin(&c->base, &c->ctx, plan, argv, arguments);
  sqlite3_value *document = strata_cursor_document(&c->base, 0, arguments[0]);
  if (document == NULL)
    strata_fail(&c->ctx, SQLITE_ERROR,
                "strata_backup_rows needs a document: SELECT * FROM strata_backup_rows(json)");
  if (c->ctx.rc == SQLITE_OK)
    strata_input_open(&c->source, &c->ctx, document, "the argument of strata_backup_rows",
                      STRATA_INPUT_UNRELIABLE);
  if (c->ctx.rc == SQLITE_OK) strata_reader_open(&c->reader, &c->ctx, &c->source, false);
  return advance(c);
}

static int rows_next(sqlite3_vtab_cursor *base) {
  strata_cursor_next(base);
  return advance((cursor *)base);
}

static int rows_eof(sqlite3_vtab_cursor *base) {
  return !((const cursor *)base)->at_row;
}

/* The row's member for the field that has this name at present; the document may call it otherwise. */
static const strata_field *find_member(const cursor *c, const char *name) {
  const strata_row *row = &c->reader.row;
  int table = c->reader.section->table;
  if (table >= 0) name = strata_dialect_field_name(c->reader.dialect, table, name);
  for (int i = 0; i < row->count; i++) {
    const strata_field *field = &row->fields[i];
    if (field->name_length == strlen(name) && memcmp(field->name, name, field->name_length) == 0)
      return field;
  }
  return NULL;
}

static void write_member(strata_writer *w, const strata_field *field) {
  if (field == NULL)
    strata_writer_literal(w, "null");
  else if (field->type == STRATA_JSON_STRING)
    strata_writer_string(w, field->text, field->length);
  else
    strata_writer_raw(w, field->text, field->length);
}

/* A key of two fields, as in strata_backup_diff: ["asset","tag"] */
static int give_pair(sqlite3_context *sql, const cursor *c, const char *second) {
  strata_writer w;
  strata_writer_to_memory(&w, SIZE_MAX / 2);
  strata_writer_literal(&w, "[");
  write_member(&w, find_member(c, "assetId"));
  strata_writer_literal(&w, ",");
  write_member(&w, find_member(c, second));
  strata_writer_literal(&w, "]");
  int rc = w.rc;
  if (rc == SQLITE_OK) strata_result_text(sql, w.data, w.length);
  strata_writer_free(&w);
  return rc;
}

static int give_key(sqlite3_context *sql, const cursor *c) {
  int table = c->reader.section->table;
  const char *name = table < 0 ? "" : strata_table_name(table);
  if (strcmp(name, "categoriesOnAssets") == 0) return give_pair(sql, c, "categoryId");
  if (strcmp(name, "tagsOnAssets") == 0) return give_pair(sql, c, "tagId");
  const strata_field *id = find_member(c, "id");
  if (id && id->type != STRATA_JSON_NULL) strata_result_text(sql, id->text, id->length);
  return SQLITE_OK;
}

/* Return a piece of the document. Characters beyond ASCII are always inside its strings, so they can be escaped. */
static int give_json(sqlite3_context *sql, const char *json, size_t length) {
  strata_writer w;
  strata_writer_to_memory(&w, SIZE_MAX / 2);
  const char *end = json + length, *start = json;
  for (const char *p = json; (p = memchr(p, '\xEF', (size_t)(end - p))) != NULL; p += 3) {
    if (p[1] != '\xBF' || (p[2] != '\xBE' && p[2] != '\xBF')) continue;
    strata_writer_raw(&w, start, (size_t)(p - start));
    strata_writer_raw(&w, p[2] == '\xBE' ? "\\ufffe" : "\\uffff", 6);
    start = p + 3;
  }
  if (start == json) {
    sqlite3_result_text64(sql, json, length, SQLITE_TRANSIENT, SQLITE_UTF8);
  } else {
    strata_writer_raw(&w, start, (size_t)(end - start));
    if (w.rc == SQLITE_OK) sqlite3_result_text64(sql, w.data, w.length, SQLITE_TRANSIENT, SQLITE_UTF8);
  }
  int rc = w.rc;
  strata_writer_free(&w);
  return rc;
}

/* The scanner has just passed the row, and still has it in its window. */
static int give_row(sqlite3_context *sql, const cursor *c) {
  const strata_scanner *s = &c->reader.scanner;
  uint64_t length = strata_scanner_offset(s) - c->reader.row.offset;
  return give_json(sql, (const char *)s->at - length, (size_t)length);
}

static int give_line(sqlite3_context *sql, cursor *c) {
  sqlite3_int64 line = strata_report_line(&c->reader.report, c->reader.row.offset);
  if (c->ctx.rc == SQLITE_OK)
    sqlite3_result_int64(sql, line);
  else
    strata_result_error(&c->ctx, sql);
  strata_context_close_statement(&c->ctx);
  return c->ctx.rc;
}

static int rows_column(sqlite3_vtab_cursor *base, sqlite3_context *sql, int column) {
  cursor *c = (cursor *)base;
  const strata_section *section = c->reader.section;
  switch (column) {
  case COLUMN_NAME:
    strata_result_text(sql, section->name, section->name_length);
    return SQLITE_OK;
  case COLUMN_KEY:
    return give_key(sql, c);
  case COLUMN_LINE:
    return give_line(sql, c);
  case COLUMN_ROW:
    return give_row(sql, c);
  default:
    return strata_cursor_argument(&c->base, sql, column);
  }
}

static const sqlite3_module rows_module = {
    STRATA_VTAB_METHODS, .xClose = rows_close, .xFilter = rows_filter,
    .xNext = rows_next,  .xEof = rows_eof,     .xColumn = rows_column,
};

const strata_vtab_definition strata_rows_definition = {
    .name = "strata_backup_rows",
    .example = "strata_backup_rows(json)",
    .columns = "CREATE TABLE x(name TEXT, key TEXT, line INTEGER, row TEXT, json HIDDEN)",
    .first_argument = COLUMN_JSON,
    .arguments = 1,
    .argument_names = {"json"},
    .cursor_size = sizeof(cursor),
    .module = &rows_module,
};
