/*
** json_report.c: where in a document something is: line, column and path, for
** the people who have to find it there. See json_reader.h.
*/
#include "excerpt.h"
#include "json_reader.h"

#include <string.h>

static bool plain_name(const char *name) {
  if (*name >= '0' && *name <= '9') return false;
  for (const char *p = name; *p; p++) {
    bool ok = (*p >= 'a' && *p <= 'z') || (*p >= 'A' && *p <= 'Z') || (*p >= '0' && *p <= '9') || *p == '_';
    if (!ok) return false;
  }
  return *name != '\0';
}

char *strata_path_append(char *path, const char *name) {
  if (path == NULL) return NULL;
  if (plain_name(name)) return sqlite3_mprintf("%z.%s", path, name);
  char *shown = strata_excerpt_of(name);
  path = shown ? sqlite3_mprintf("%z[\"%w\"]", path, shown) : (sqlite3_free(path), NULL);
  sqlite3_free(shown);
  return path;
}

char *strata_reader_path(const char *name, sqlite3_int64 index, const char *field) {
  char *path = strata_path_append(sqlite3_mprintf("$.data"), name);
  if (path && index >= 0) path = sqlite3_mprintf("%z[%lld]", path, index);
  return field ? strata_path_append(path, field) : path;
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

/* Where the value of a row's member begins, by its number or, for -1, its name: looked up in the text,
** since only errors ask. */
static uint64_t field_offset(strata_reader *r, uint64_t row_offset, int field, const char *name) {
  strata_scanner s;
  strata_scanner_open(&s, r->source);
  strata_scanner_seek(&s, row_offset);
  uint64_t offset = row_offset;
  bool more = strata_scanner_expect(&s, '{', "");
  for (int i = 0; more; i++) {
    strata_json_type type;
    if (strata_scanner_peek(&s) != '"') break;
    s.keep = s.at;
    if (!strata_scanner_string(&s)) break;
    size_t length = (size_t)(s.at - s.keep) - 2;
    bool found = field < 0 ? strlen(name) == length && memcmp(s.keep + 1, name, length) == 0 : i == field;
    s.keep = NULL;
    if (!strata_scanner_expect(&s, ':', "")) break;
    strata_scanner_peek(&s);
    if (found) {
      offset = strata_scanner_offset(&s);
      break;
    }
    more = strata_scanner_value(&s, 4, &type) && strata_scanner_more(&s, '}');
  }
  strata_scanner_close(&s);
  return offset;
}

void strata_reader_report_row(strata_reader *r, const strata_section *section, uint64_t row_offset,
                              uint64_t index, int field, const char *name, int rc, char *message) {
  uint64_t offset = name ? field_offset(r, row_offset, field, name) : row_offset;
  strata_reader_report(r, offset, strata_reader_path(section->name, (sqlite3_int64)index, name), rc, message);
}
