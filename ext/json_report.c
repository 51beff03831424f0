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

/* Read the next bytes from `offset` into `buffer`; the source is memory or a file. */
static const char *bytes_at(strata_reader *r, uint64_t offset, uint64_t until, char *buffer, size_t size,
                            size_t *got) {
  if (r->source->data) {
    *got = (size_t)(until - offset);
    return r->source->data + offset;
  }
  int rc = r->source->read(r->source->argument, offset, buffer, size, got);
  if (rc != SQLITE_OK) {
    strata_fail_db(r->ctx, rc);
    *got = 0;
  }
  if (*got > until - offset) *got = (size_t)(until - offset);
  return buffer;
}

/* Counts on from where it counted last, since problems mostly come in the
** document's order. */
sqlite3_int64 strata_reader_line(strata_reader *r, uint64_t offset) {
  char buffer[4096];
  if (offset < r->counted) r->counted = 0, r->lines = 0;
  while (r->counted < offset) {
    size_t got;
    const char *p = bytes_at(r, r->counted, offset, buffer, sizeof buffer, &got);
    if (got == 0) break;
    r->counted += got;
    for (const char *end = p + got; (p = memchr(p, '\n', (size_t)(end - p))) != NULL; p++) r->lines++;
  }
  return r->lines + 1;
}

/* The column of an offset, in characters from 1. */
sqlite3_int64 strata_reader_column(strata_reader *r, uint64_t offset) {
  char buffer[4096];
  sqlite3_int64 column = 1;
  for (uint64_t at = 0; at < offset;) {
    size_t got;
    const char *p = bytes_at(r, at, offset, buffer, sizeof buffer, &got);
    if (got == 0) break;
    bool mark =
        at == 0 && got >= 3 && memcmp(p, "\xEF\xBB\xBF", 3) == 0; /* of byte order: no column of its own */
    for (size_t i = mark ? 3 : 0; i < got; i++)
      column = p[i] == '\n' ? 1 : column + (((unsigned char)p[i] & 0xC0) != 0x80);
    at += got;
  }
  return column;
}

void strata_reader_report(strata_reader *r, uint64_t offset, char *path, int rc, char *message) {
  strata_problem problem = {.offset = offset, .path = path, .message = message, .rc = rc};
  problem.line = strata_reader_line(r, offset);
  if (path == NULL && message) strata_fail_db(r->ctx, SQLITE_NOMEM);
  strata_problems_add(&r->problems, r->ctx, problem);
}

/* The number of a row's member, or -1. */
static int find_field(const strata_row *row, const char *name) {
  for (int i = 0; i < row->count; i++) {
    const strata_field *field = &row->fields[i];
    if (strlen(name) == field->name_length && memcmp(name, field->name, field->name_length) == 0) return i;
  }
  return -1;
}

void strata_reader_report_row(strata_reader *r, const strata_section *section, uint64_t row_offset,
                              uint64_t index, int field, const char *name, int rc, char *message) {
  uint64_t offset = row_offset;
  char *path = strata_reader_path(section, (sqlite3_int64)index);
  if (name || field >= 0) {
    /* The row is read once more, since only errors ask where in it something is. */
    strata_scanner s;
    strata_row row = {0};
    strata_scanner_open(&s, r->source);
    strata_scanner_seek(&s, row_offset);
    bool whole = strata_scanner_peek(&s) == '{' && strata_row_read(&row, r->ctx, &s);
    if (whole && field < 0) field = find_field(&row, name);
    if (whole && field >= 0) {
      offset += row.fields[field].token.at;
      path = strata_path_append(path, row.fields[field].name, row.fields[field].name_length);
    } else if (name) {
      path = strata_path_append(path, name, strlen(name));
    }
    strata_row_free(&row);
    strata_scanner_close(&s);
  }
  strata_reader_report(r, offset, path, rc, message);
}
