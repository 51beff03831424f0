/*
** report.c: works out line, column and path of a problem. Lines are counted only when
** asked for, on from the last answer.
*/
#include "report.h"
#include "excerpt.h"

#include <string.h>

#define LONGEST_PLAIN 100

static bool is_digit(char c) {
  return c >= '0' && c <= '9';
}

static bool plain_name(const char *name, size_t length) {
  if (length == 0 || length > LONGEST_PLAIN || is_digit(*name)) return false;
  for (const char *p = name; p < name + length; p++) {
    bool ok = (*p >= 'a' && *p <= 'z') || (*p >= 'A' && *p <= 'Z') || is_digit(*p) || *p == '_';
    if (!ok) return false;
  }
  return true;
}

char *strata_path_append(strata_context *ctx, char *path, const char *name, size_t length) {
  if (plain_name(name, length)) return strata_format(ctx, "%z.%.*s", path, (int)length, name);
  char *shown = strata_excerpt(ctx, name, length);
  path = strata_format(ctx, "%z[\"%w\"]", path, shown);
  sqlite3_free(shown);
  return path;
}

/* The bytes from `offset` on, at most a buffer full. The source is memory or a file. No bytes after an error. */
#define BUFFER ((size_t)16 * 1024)

static const char *bytes_at(strata_report *r, uint64_t offset, uint64_t until, char *buffer, size_t *got) {
  strata_check_interrupt_often(r->ctx);
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

sqlite3_int64 strata_report_line(strata_report *r, uint64_t offset) {
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
sqlite3_int64 strata_report_column(strata_report *r, uint64_t offset) {
  char buffer[BUFFER];
  sqlite3_int64 column = 1;
  for (uint64_t at = 0; at < offset;) {
    size_t got;
    const char *p = bytes_at(r, at, offset, buffer, &got);
    if (got == 0) break;
    bool mark = at == 0 && got >= 3 &&
                memcmp(p, "\xEF\xBB\xBF", 3) == 0; /* the byte-order mark has no column of its own */
    for (size_t i = mark ? 3 : 0; i < got; i++)
      column = p[i] == '\n' ? 1 : column + (((unsigned char)p[i] & 0xC0) != 0x80);
    at += got;
  }
  return column;
}

/* Collected problems get their lines at the end, in a single pass over the document. */
void strata_report_at(strata_report *r, uint64_t offset, char *path, int rc, char *message) {
  strata_problem problem = {.offset = offset, .path = path, .message = message, .rc = rc};
  if (path == NULL && message) strata_fail_nomem(r->ctx);
  if (r->problems.most == 0) problem.line = strata_report_line(r, offset);
  strata_problems_add(&r->problems, r->ctx, problem);
}

void strata_report_finish(strata_report *r) {
  strata_problems *problems = &r->problems;
  uint64_t untold = problems->found - problems->count;
  strata_problems_sort(problems);
  for (size_t i = 0; i < problems->count && r->ctx->rc == SQLITE_OK; i++) {
    strata_problem *problem = &problems->items[i];
    if (problem->offset != UINT64_MAX) problem->line = strata_report_line(r, problem->offset);
  }
  if (untold == 0 ||
      !strata_grow(r->ctx, &problems->items, &problems->room, problems->count + 1, sizeof *problems->items))
    return;
  char *message = sqlite3_mprintf("and %lld more problem%s", (sqlite3_int64)untold, untold == 1 ? "" : "s");
  if (message == NULL) strata_fail_nomem(r->ctx);
  if (message)
    problems->items[problems->count++] = (strata_problem){.offset = UINT64_MAX, .message = message};
}
