/*
** json_reading.h: a document read in every way and written down as text, so that
** the ways can be compared and test_json_reader.c can say what it expects.
**
** A document is read from memory that ends with it, and from a file, also with the end
** of the scanner's window inside the document. Include this after <cmocka.h>.
*/
#ifndef STRATA_TESTS_JSON_READING_H
#define STRATA_TESTS_JSON_READING_H

#include "json_bytes.h"
#include "reader.h"

#define DOCUMENT(data) "{\"schemaVersion\":\"1\",\"data\":" data "}"

/* The text, with escapes for what cannot be seen. */
static void put_text(sqlite3_str *out, const char *text, size_t length) {
  for (size_t i = 0; i < length; i++) {
    if ((unsigned char)text[i] < 0x20)
      sqlite3_str_appendf(out, "<%02X>", text[i]);
    else
      sqlite3_str_appendchar(out, 1, text[i]);
  }
}

static void put_field(sqlite3_str *out, const strata_field *field) {
  static const char *const names[] = {"null", "true", "false", "number ", "string ", "array", "object"};
  put_text(out, field->name, field->name_length);
  sqlite3_str_appendf(out, "=%s", names[field->type]);
  if (field->type == STRATA_JSON_NUMBER || field->type == STRATA_JSON_STRING)
    put_text(out, field->text, field->length);
}

static void put_member(sqlite3_str *out, const char *name, const strata_member *member) {
  if (!member->present) return;
  sqlite3_str_appendf(out, "%s@%d:%d", name, (int)member->offset, member->type);
  if (member->text) {
    sqlite3_str_appendall(out, "=");
    put_text(out, member->text, member->length);
  }
  sqlite3_str_appendall(out, "\n");
}

static void put_rows(sqlite3_str *out, strata_reader *r, const strata_section *section) {
  strata_reader_begin(r, section);
  while (strata_reader_next_row(r)) {
    sqlite3_str_appendf(out, "  %d@%d", (int)r->row.index, (int)r->row.offset);
    for (int i = 0; i < r->row.count; i++) {
      sqlite3_str_appendall(out, i ? ", " : ": ");
      put_field(out, &r->row.fields[i]);
    }
    sqlite3_str_appendall(out, "\n");
  }
}

/* The error of a reader that does not collect problems, in the form of the problem that it would collect. The error of a
** version has no place. */
static void put_error(sqlite3_str *out, const char *message) {
  if (strncmp(message, "Unsupported", 11) == 0) {
    sqlite3_str_appendf(out, "%s\n", message);
    return;
  }
  assert_memory_equal(message, "line ", 5);
  size_t digits = strspn(message + 5, "0123456789");
  const char *rest = message + 5 + digits;
  bool has_path = *rest == ':';
  sqlite3_str_appendf(out, "%.*s %s%s\n", (int)digits, message + 5, has_path ? "" : "-: ", rest + 2);
}

/* Everything that a reader reports about a document: its problems, or else its sections and rows. */
static char *reading(const strata_source *source, bool all_problems) {
  strata_context ctx;
  strata_context_begin(&ctx, NULL);
  strata_reader r;
  sqlite3_str *out = sqlite3_str_new(NULL);
  strata_reader_open(&r, &ctx, source, all_problems);
  if (all_problems && ctx.rc == SQLITE_OK) strata_report_finish(&r.report);
  for (size_t i = 0; i < r.report.problems.count; i++) {
    const strata_problem *p = &r.report.problems.items[i];
    sqlite3_str_appendf(out, "%d %s: %s\n", (int)p->line, p->path ? p->path : "-", p->message);
  }
  if (r.report.problems.count == 0 && ctx.rc == SQLITE_OK) {
    put_member(out, "version", &r.version);
    put_member(out, "mode", &r.mode);
    for (size_t i = 0; i < r.section_count; i++) {
      const strata_section *section = &r.sections[i];
      put_text(out, section->name, section->name_length);
      sqlite3_str_appendf(out, "#%d@%d:%d rows\n", section->table, (int)section->offset, (int)section->rows);
      if (section->table >= 0) assert_int_equal(r.by_table[section->table], i);
      if (section->table >= 0) put_rows(out, &r, section);
    }
  }
  if (ctx.rc == SQLITE_ERROR)
    put_error(out, ctx.message);
  else if (ctx.rc != SQLITE_OK)
    sqlite3_str_appendf(out, "error %d\n", ctx.rc);
  strata_reader_close(&r);
  strata_context_end(&ctx);
  sqlite3_str_appendall(out, "");
  char *text = sqlite3_str_finish(out);
  return text ? text : sqlite3_mprintf("");
}

/* The text for a document, which is the same from memory and from a file; the caller frees it. */
static inline char *read_twice(span document, bool all_problems) {
  char *copy = exact_copy(document.data, document.size);
  strata_source source = {.data = copy, .size = document.size};
  char *expected = reading(&source, all_problems);
  file f = {.content = document};
  source = (strata_source){.read = read_file, .argument = &f};
  char *other = reading(&source, all_problems);
  if (strcmp(other, expected) != 0)
    fail_msg("%s\nfrom a file:\n%s\nfrom memory:\n%s", document.data, other, expected);
  sqlite3_free(other);
  free(copy);
  return expected;
}

/* The same, also with the window's end anywhere inside the document. */
static char *read_alike(span document, bool all_problems) {
  if (document.size < WINDOW) {
    size_t before = WINDOW - document.size * (1 + document.size % 3) / 4;
    char *text = malloc(before + document.size);
    memset(text, ' ', before);
    memcpy(text + before, document.data, document.size);
    sqlite3_free(read_twice((span){text, before + document.size}, all_problems));
    free(text);
  }
  return read_twice(document, all_problems);
}

static inline void is_read_as(span document, const char *expected) {
  char *text = read_alike(document, false);
  if (strcmp(text, expected) != 0)
    fail_msg("%s\nis read as:\n%s\nnot as:\n%s", document.data, text, expected);
  sqlite3_free(text);
}

/* The first problem, and all of them. */
static inline void has_problems(span document, const char *expected) {
  char *all = read_alike(document, true), *first = read_alike(document, false);
  if (strcmp(all, expected) != 0) fail_msg("%s\nhas:\n%s\nnot:\n%s", document.data, all, expected);
  if (strncmp(first, "Unsupported", 11) == 0) expected = strstr(expected, "Unsupported");
  size_t line = strcspn(expected, "\n") + 1;
  if (strlen(first) != line || memcmp(first, expected, line) != 0)
    fail_msg("%s\nhas first:\n%s", document.data, first);
  sqlite3_free(all);
  sqlite3_free(first);
}

#endif
