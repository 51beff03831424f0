/*
** json_report.c: where in a document something is: line, column and path, for
** the people who have to find it there. See json_reader.h.
*/
#include "excerpt.h"
#include "json_reader.h"

#include <string.h>

#define LONGEST_PLAIN 100

static bool plain_name(const char *name, size_t length) {
  if (length == 0 || length > LONGEST_PLAIN || (*name >= '0' && *name <= '9')) return false;
  for (const char *p = name; p < name + length; p++) {
    bool ok = (*p >= 'a' && *p <= 'z') || (*p >= 'A' && *p <= 'Z') || (*p >= '0' && *p <= '9') || *p == '_';
    if (!ok) return false;
  }
  return true;
}

char *strata_path_append(char *path, const char *name, size_t length) {
  if (path == NULL) return NULL;
  if (plain_name(name, length)) return sqlite3_mprintf("%z.%.*s", path, (int)length, name);
  char *shown = strata_excerpt(name, length);
  path = shown ? sqlite3_mprintf("%z[\"%w\"]", path, shown) : (sqlite3_free(path), NULL);
  sqlite3_free(shown);
  return path;
}

char *strata_reader_path(const strata_section *section, sqlite3_int64 index) {
  char *path = strata_path_append(sqlite3_mprintf("$.data"), section->name, section->name_length);
  return path && index >= 0 ? sqlite3_mprintf("%z[%lld]", path, index) : path;
}

/* The next bytes from `offset`, at most a buffer of them; the source is memory or a file. None after an
** error. */
#define BUFFER ((size_t)16 * 1024)

static const char *bytes_at(strata_reader *r, uint64_t offset, uint64_t until, char *buffer, size_t *got) {
  strata_beat(r->ctx);
  *got = 0;
  if (r->ctx->rc != SQLITE_OK) return buffer;
  size_t most = until - offset < BUFFER ? (size_t)(until - offset) : BUFFER;
  if (r->source->data) {
    *got = most;
    return r->source->data + offset;
  }
  int rc = r->source->read(r->source->argument, offset, buffer, most, got);
  if (rc == SQLITE_OK) return buffer;
  strata_fail_db(r->ctx, rc);
  *got = 0;
  return buffer;
}

sqlite3_int64 strata_reader_line(strata_reader *r, uint64_t offset) {
  char buffer[BUFFER];
  if (offset < r->counted) r->counted = 0, r->lines = 0;
  while (r->counted < offset) {
    size_t got;
    const char *p = bytes_at(r, r->counted, offset, buffer, &got);
    if (got == 0) break;
    r->counted += got;
    for (const char *end = p + got; (p = memchr(p, '\n', (size_t)(end - p))) != NULL; p++) r->lines++;
  }
  return r->lines + 1;
}

/* The column of an offset, in characters from 1. */
sqlite3_int64 strata_reader_column(strata_reader *r, uint64_t offset) {
  char buffer[BUFFER];
  sqlite3_int64 column = 1;
  for (uint64_t at = 0; at < offset;) {
    size_t got;
    const char *p = bytes_at(r, at, offset, buffer, &got);
    if (got == 0) break;
    bool mark =
        at == 0 && got >= 3 && memcmp(p, "\xEF\xBB\xBF", 3) == 0; /* of byte order: no column of its own */
    for (size_t i = mark ? 3 : 0; i < got; i++)
      column = p[i] == '\n' ? 1 : column + (((unsigned char)p[i] & 0xC0) != 0x80);
    at += got;
  }
  return column;
}

/* Problems that are collected get their lines at the end, all in one go through the document. */
void strata_reader_report(strata_reader *r, uint64_t offset, char *path, int rc, char *message) {
  strata_problem problem = {.offset = offset, .path = path, .message = message, .rc = rc};
  if (path == NULL && message) strata_fail_db(r->ctx, SQLITE_NOMEM);
  if (r->problems.most == 0) problem.line = strata_reader_line(r, offset);
  strata_problems_add(&r->problems, r->ctx, problem);
}

void strata_reader_settle_problems(strata_reader *r) {
  strata_problems *problems = &r->problems;
  uint64_t untold = problems->found - problems->count;
  strata_problems_sort(problems);
  for (size_t i = 0; i < problems->count && r->ctx->rc == SQLITE_OK; i++) {
    strata_problem *problem = &problems->items[i];
    if (problem->offset != UINT64_MAX) problem->line = strata_reader_line(r, problem->offset);
  }
  if (untold == 0 ||
      !strata_grow(r->ctx, &problems->items, &problems->room, problems->count + 1, sizeof *problems->items))
    return;
  char *message = sqlite3_mprintf("and %lld more problem%s", (sqlite3_int64)untold, untold == 1 ? "" : "s");
  if (message == NULL) strata_fail_db(r->ctx, SQLITE_NOMEM);
  if (message)
    problems->items[problems->count++] = (strata_problem){.offset = UINT64_MAX, .message = message};
}

/* The number of a row's member, or -1. */
static int find_field(const strata_row *row, const char *name) {
  size_t length = strlen(name);
  for (int i = 0; i < row->count; i++) {
    const strata_field *field = &row->fields[i];
    if (length == field->name_length && memcmp(name, field->name, length) == 0) return i;
  }
  return -1;
}

/* Add to the path and the offset of a row those of a member. */
static char *point_at_field(const strata_row *row, int field, const char *name, char *path,
                            uint64_t *offset) {
  if (field == STRATA_FIELD_BY_NAME) field = find_field(row, name);
  if (field < 0) return strata_path_append(path, name, strlen(name));
  *offset += row->fields[field].token.at;
  return strata_path_append(path, row->fields[field].name, row->fields[field].name_length);
}

/* The same for a row that is not the present one, and is read again. */
static char *point_at_field_of(strata_reader *r, int field, const char *name, char *path, uint64_t *offset) {
  strata_scanner s;
  strata_row row = {0};
  strata_scanner_open(&s, r->source);
  strata_scanner_seek(&s, *offset);
  bool whole = strata_scanner_peek(&s) == '{' && strata_row_read(&row, r->ctx, &s);
  if (whole)
    path = point_at_field(&row, field, name, path, offset);
  else if (name)
    path = strata_path_append(path, name, strlen(name));
  strata_row_free(&row);
  strata_scanner_close(&s);
  return path;
}

void strata_reader_report_row(strata_reader *r, strata_row_place place, int field, const char *name, int rc,
                              char *message) {
  uint64_t offset = place.offset;
  char *path = NULL;
  bool wanted = r->ctx->rc == SQLITE_OK && strata_problems_wants(&r->problems, offset);
  if (wanted) path = strata_reader_path(place.section, (sqlite3_int64)place.index);
  if (wanted && name) name = strata_dialect_field_name(r->dialect, place.section->table, name);
  bool present = r->section == place.section && r->row.offset == offset && r->row.index == place.index;
  if (wanted && (name || field >= 0))
    path = present || field == STRATA_FIELD_ABSENT ? point_at_field(&r->row, field, name, path, &offset)
                                                   : point_at_field_of(r, field, name, path, &offset);
  if (wanted)
    strata_reader_report(r, offset, path, rc, message);
  else
    strata_problems_add(&r->problems, r->ctx, (strata_problem){.offset = offset, .message = message});
}
