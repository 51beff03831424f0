/*
** reader.c: scans a document once, to find out where everything is and that it is valid
** JSON, and then reads its rows.
*/
#include "reader.h"
#include "catalog.h"
#include "excerpt.h"
#include "file_kind.h"
#include "row_keys.h"

#include <string.h>

static void report_duplicate(strata_reader *r, uint64_t offset, char *path, const char *token,
                             size_t token_length) {
  size_t length;
  const char *name =
      r->ctx->rc == SQLITE_OK ? strata_row_parse_string(&r->row, r->ctx, token, token_length, &length) : NULL;
  if (name == NULL) length = 0;
  strata_report_at(&r->report, offset, strata_path_append(r->ctx, path, name, length), SQLITE_ERROR,
                   sqlite3_mprintf("this key appears twice in one object"));
}

/* Scan one row of a known table, from its opening brace. */
static bool scan_row(strata_reader *r, strata_row_keys *keys, const strata_section *section) {
  strata_scanner *s = &r->scanner;
  strata_row_keys_begin(keys);
  s->at++;
  if (strata_scanner_peek(s) == '}') {
    s->at++;
    return true;
  }
  do {
    strata_scanner_peek(s);
    s->keep = s->at;
    uint64_t offset = strata_scanner_offset(s);
    if (!strata_scanner_name(s)) return false;
    size_t length = (size_t)(s->at - s->keep);
    if (!strata_row_keys_add(keys, r->ctx, (const char *)s->keep, length))
      report_duplicate(r, offset, strata_reader_path(r->ctx, section, (sqlite3_int64)section->rows),
                       (const char *)s->keep, length);
    s->keep = NULL;
    strata_json_type type;
    if (!strata_scanner_expect(s, ':', "expected ':' after a member's name") ||
        !strata_scanner_value(s, STRATA_ROW_DEPTH + 1, &type))
      return false;
  } while (strata_scanner_more(s, '}'));
  return s->rc == SQLITE_OK && r->ctx->rc == SQLITE_OK;
}

/* Scan the rows of one table, from its opening bracket. Keys in rows of unknown tables are not checked for
** duplicates. */
static bool scan_rows(strata_reader *r, strata_row_keys *keys, strata_section *section) {
  strata_scanner *s = &r->scanner;
  s->at++;
  if (strata_scanner_peek(s) == ']') {
    s->at++;
    return true;
  }
  do {
    strata_json_type type;
    if (section->table >= 0 && strata_scanner_peek(s) == '{') {
      if (!scan_row(r, keys, section)) return false;
    } else {
      strata_scanner_peek(s);
      uint64_t offset = strata_scanner_offset(s);
      if (!strata_scanner_value(s, STRATA_ROW_DEPTH, &type)) return false;
      if (section->table >= 0)
        strata_report_at(
            &r->report, offset, strata_reader_path(r->ctx, section, (sqlite3_int64)section->rows),
            SQLITE_ERROR,
            sqlite3_mprintf("expected a row as an object, found %s", strata_json_type_name(type)));
    }
    section->rows++;
  } while (strata_scanner_more(s, ']'));
  return s->rc == SQLITE_OK;
}

/* Scan a member's name and return a copy, which the caller frees; NULL after an error. */
static char *scan_name(strata_reader *r, strata_name_set *seen, const char *path, size_t *length) {
  strata_scanner *s = &r->scanner;
  char *copy = NULL;
  strata_scanner_peek(s);
  s->keep = s->at;
  uint64_t offset = strata_scanner_offset(s);
  if (strata_scanner_name(s)) {
    size_t token_length = (size_t)(s->at - s->keep);
    const char *name = strata_row_parse_string(&r->row, r->ctx, (const char *)s->keep, token_length, length);
    if (name) copy = strata_copy(r->ctx, name, *length);
    if (copy && !strata_name_set_add(seen, r->ctx, copy, *length))
      report_duplicate(r, offset, strata_format(r->ctx, "%s", path), (const char *)s->keep, token_length);
  }
  s->keep = NULL;
  if (copy) strata_scanner_expect(s, ':', "expected ':' after a member's name");
  strata_scanner_peek(s);
  return copy;
}

static strata_section *add_section(strata_reader *r, char *name, size_t length) {
  if (!strata_grow(r->ctx, &r->sections, &r->section_room, r->section_count + 1, sizeof *r->sections)) {
    sqlite3_free(name);
    return NULL;
  }
  strata_section *section = &r->sections[r->section_count];
  *section = (strata_section){
      .name = name, .name_length = length, .table = strata_dialect_table(r->dialect, name, length)};
  section->known = section->table >= 0;
  /* If a table appears twice, which is reported, the first one counts. */
  if (section->table >= 0 && r->by_table[section->table] < 0)
    r->by_table[section->table] = (int)r->section_count;
  else
    section->table = -1;
  section->offset = strata_scanner_offset(&r->scanner);
  r->section_count++;
  return section;
}

static void scan_tables(strata_reader *r) {
  strata_scanner *s = &r->scanner;
  strata_name_set seen = {0};
  strata_row_keys keys = {0};
  s->at++;
  bool more = strata_scanner_peek(s) != '}';
  if (!more) s->at++;
  while (more && s->rc == SQLITE_OK && r->ctx->rc == SQLITE_OK) {
    size_t length = 0;
    char *name = scan_name(r, &seen, "$.data", &length);
    strata_section *section = name ? add_section(r, name, length) : NULL;
    if (section == NULL) break;
    if (strata_scanner_peek(s) == '[') {
      section->type = STRATA_JSON_ARRAY;
      scan_rows(r, &keys, section);
    } else if (strata_scanner_value(s, 2, &section->type) && section->table >= 0) {
      strata_report_at(
          &r->report, section->offset, strata_reader_path(r->ctx, section, -1), SQLITE_ERROR,
          sqlite3_mprintf("expected an array of rows, found %s", strata_json_type_name(section->type)));
      r->by_table[section->table] = -1;
    }
    more = strata_scanner_more(s, '}');
  }
  strata_name_set_free(&seen);
  strata_row_keys_free(&keys);
}

/* Scan the value of "data". */
static void scan_data(strata_reader *r) {
  strata_scanner *s = &r->scanner;
  r->data = (strata_member){.present = true, .type = STRATA_JSON_OBJECT, .offset = strata_scanner_offset(s)};
  if (r->dialect && strata_scanner_peek(s) == '{')
    scan_tables(r);
  else
    strata_scanner_value(s, 1, &r->data.type);
}

/* Scan a top-level value, and keep its text if it is a string. */
static void scan_member(strata_reader *r, strata_member *member) {
  strata_scanner *s = &r->scanner;
  member->present = true;
  member->offset = strata_scanner_offset(s);
  s->keep = s->at;
  if (strata_scanner_value(s, 1, &member->type) && member->type == STRATA_JSON_STRING) {
    const char *text = strata_row_parse_string(&r->row, r->ctx, (const char *)s->keep,
                                               (size_t)(s->at - s->keep), &member->length);
    if (text) member->text = strata_copy(r->ctx, text, member->length);
  }
  s->keep = NULL;
}

static bool is(const char *name, size_t length, const char *word) {
  return strlen(word) == length && memcmp(name, word, length) == 0;
}

static const char not_json[] =
    "this is not JSON; to restore a file, pass its name to strata_restore_file() or strata_file()";

/* Pass the opening brace. If there is none, say what the text is instead: other JSON, or a file of another kind. */
static void scan_start(strata_reader *r) {
  strata_scanner *s = &r->scanner;
  strata_scanner_skip_bom(s);
  int c = strata_scanner_peek(s);
  if (c < 0 && s->rc == SQLITE_OK) {
    s->rc = SQLITE_ERROR;
    s->problem = "the document is empty";
    s->problem_offset = strata_scanner_offset(s);
  }
  bool at_first = c >= 0 && strata_scanner_offset(s) == 0;
  const strata_file_kind *kind = at_first ? strata_file_kind_of(s->at, (size_t)(s->end - s->at)) : NULL;
  if (kind)
    strata_scanner_fail(s, kind->problem);
  else if (c == '[' || c == '"' || c == '-' || (c >= '0' && c <= '9') || c == 't' || c == 'f' || c == 'n')
    strata_scanner_fail(s, "a backup is one JSON object, and this is something else");
  else
    strata_scanner_expect(s, '{', r->source->verify ? "this is not JSON" : not_json);
}

static void scan_top(strata_reader *r) {
  strata_scanner *s = &r->scanner;
  strata_name_set seen = {0};
  scan_start(r);
  bool more = strata_scanner_peek(s) != '}';
  if (!more) s->at++;
  while (more && s->rc == SQLITE_OK && r->ctx->rc == SQLITE_OK) {
    size_t length = 0;
    strata_json_type type;
    char *name = scan_name(r, &seen, "$", &length);
    if (name == NULL) break;
    if (is(name, length, "schemaVersion") && !r->version.present) {
      scan_member(r, &r->version);
      if (r->version.text) r->dialect = strata_dialect_find(r->version.text, r->version.length);
    } else if (is(name, length, "mode") && !r->mode.present) {
      scan_member(r, &r->mode);
    } else if (is(name, length, "data") && !r->data.present) {
      scan_data(r);
    } else {
      strata_scanner_value(s, 1, &type);
    }
    sqlite3_free(name);
    more = strata_scanner_more(s, '}');
  }
  if (s->rc == SQLITE_OK && r->ctx->rc == SQLITE_OK && strata_scanner_peek(s) >= 0)
    strata_scanner_fail(s, "text follows the end of the document");
  strata_name_set_free(&seen);
}

/* Report an unsupported version, and forget all other problems: in such a document nothing else matters. */
static void report_version(strata_reader *r) {
  strata_problem problem = {.offset = r->version.offset, .rc = SQLITE_ERROR, .bare = true};
  char *shown = strata_excerpt(r->ctx, r->version.text, r->version.length), *list = strata_dialect_list();
  strata_problems_clear(&r->report.problems);
  problem.path = sqlite3_mprintf("$.schemaVersion");
  if (shown && list)
    problem.message = sqlite3_mprintf("Unsupported backup schemaVersion '%s', expected %s", shown, list);
  sqlite3_free(shown);
  sqlite3_free(list);
  strata_problems_add(&r->report.problems, r->ctx, problem);
}

static void report_no_version(strata_reader *r) {
  const strata_member *version = &r->version;
  const char *expected = strata_dialect_written()->version;
  char *message;
  if (!version->present)
    message = sqlite3_mprintf(
        "schemaVersion is missing: this is not a Strata backup, or it is nested inside another object");
  else if (version->type != STRATA_JSON_STRING)
    message = sqlite3_mprintf("expected the string \"%s\", found %s", expected,
                              strata_json_type_name(version->type));
  else
    message = sqlite3_mprintf("expected the string \"%s\", found an empty string", expected);
  strata_problems_clear(&r->report.problems);
  strata_report_at(&r->report, version->offset, sqlite3_mprintf(version->present ? "$.schemaVersion" : "$"),
                   SQLITE_ERROR, message);
}

static void check_data(strata_reader *r) {
  if (!r->data.present)
    strata_report_at(&r->report, 0, sqlite3_mprintf("$"), SQLITE_ERROR,
                     sqlite3_mprintf("data is missing: a backup has its tables in an object of that name"));
  else if (r->data.type != STRATA_JSON_OBJECT)
    strata_report_at(
        &r->report, r->data.offset, sqlite3_mprintf("$.data"), SQLITE_ERROR,
        sqlite3_mprintf("expected an object of tables, found %s", strata_json_type_name(r->data.type)));
}

/* Report where the scanner stopped: the text after that cannot be checked. */
static void report_syntax(strata_reader *r) {
  uint64_t offset = r->scanner.problem_offset;
  strata_problem problem = {.offset = offset, .rc = SQLITE_ERROR};
  problem.message = sqlite3_mprintf("column %lld: malformed JSON: %s",
                                    strata_report_column(&r->report, offset), r->scanner.problem);
  if (r->report.problems.most == 1) strata_problems_clear(&r->report.problems);
  strata_problems_add(&r->report.problems, r->ctx, problem);
}

/* If one problem is enough, make the one that the scan held back the error; from now on each problem is an error at
** once. */
static void release_problem(strata_reader *r) {
  if (r->report.problems.count > 0) {
    strata_problem *problem = &r->report.problems.items[0];
    problem->line = strata_report_line(&r->report, problem->offset);
    strata_problem_fail(problem, r->ctx);
  }
  strata_problems_clear(&r->report.problems);
  r->report.problems.most = 0;
}

/* Set the error of reading something again that the first scan accepted: only a file can have changed. Always false. */
static bool changed(strata_reader *r) {
  strata_scanner *s = &r->scanner;
  if (s->rc == SQLITE_ERROR)
    strata_fail(r->ctx, SQLITE_ERROR, "the document changed while it was being read: nothing was restored");
  else if (s->rc != SQLITE_OK)
    strata_fail_db(r->ctx, s->rc);
  return false;
}

/* Once the version is known, check "data", and scan its tables if they came before the version. */
static void read_data(strata_reader *r) {
  check_data(r);
  r->readable = r->data.present && r->data.type == STRATA_JSON_OBJECT;
  if (!r->readable || r->data.offset > r->version.offset) return;
  strata_scanner_seek(&r->scanner, r->data.offset);
  scan_data(r);
  if (r->scanner.rc != SQLITE_OK) changed(r);
}

void strata_reader_open(strata_reader *r, strata_context *ctx, const strata_source *source,
                        bool all_problems) {
  *r = (strata_reader){.ctx = ctx, .source = source, .report = {.ctx = ctx, .source = source}};
  r->report.problems.most = all_problems ? STRATA_MAX_PROBLEMS : 1;
  for (int i = 0; i < STRATA_TABLE_COUNT; i++) r->by_table[i] = -1;
  if (ctx->rc != SQLITE_OK) return;
  strata_scanner_open(&r->scanner, source);
  r->scanner.ctx = ctx;
  scan_top(r);
  if (r->scanner.rc != SQLITE_OK && r->scanner.rc != SQLITE_ERROR) strata_fail_db(ctx, r->scanner.rc);
  if (ctx->rc != SQLITE_OK) return;
  if (r->version.text && r->version.length > 0 && r->dialect == NULL)
    report_version(r);
  else if (r->scanner.rc != SQLITE_OK)
    report_syntax(r);
  else if (r->dialect == NULL)
    report_no_version(r);
  else
    read_data(r);
  if (!all_problems) release_problem(r);
}

void strata_reader_open_again(strata_reader *r, const strata_reader *first, const strata_source *source) {
  *r = (strata_reader){.ctx = first->ctx,
                       .source = source,
                       .dialect = first->dialect,
                       .report = {.ctx = first->ctx, .source = source}};
  strata_scanner_open(&r->scanner, source);
  r->scanner.ctx = r->ctx;
}

void strata_reader_close(strata_reader *r) {
  strata_scanner_close(&r->scanner);
  strata_problems_clear(&r->report.problems);
  strata_row_free(&r->row);
  for (size_t i = 0; i < r->section_count; i++) sqlite3_free(r->sections[i].name);
  sqlite3_free(r->sections);
  sqlite3_free(r->version.text);
  sqlite3_free(r->mode.text);
}

void strata_reader_begin(strata_reader *r, const strata_section *section) {
  r->section = section;
  r->next_index = 0;
  strata_scanner_seek(&r->scanner, section->offset);
}

bool strata_reader_next_row(strata_reader *r) {
  strata_scanner *s = &r->scanner;
  strata_json_type type = STRATA_JSON_NULL;
  strata_check_interrupt_often(r->ctx);
  while (r->ctx->rc == SQLITE_OK) {
    bool first = r->next_index == 0;
    if (first) {
      if (!strata_scanner_expect(s, '[', "")) return changed(r);
      if (strata_scanner_peek(s) == ']') return false;
    } else if (!strata_scanner_more(s, ']')) {
      return changed(r);
    }
    int c = strata_scanner_peek(s);
    r->row.offset = strata_scanner_offset(s);
    r->row.index = r->next_index++;
    if (c == '{') return strata_row_read(&r->row, r->ctx, s) ? true : changed(r);
    if (!strata_scanner_value(s, STRATA_ROW_DEPTH, &type)) return changed(r);
  }
  return false;
}

char *strata_reader_path(strata_context *ctx, const strata_section *section, sqlite3_int64 index) {
  char *path = strata_path_append(ctx, strata_format(ctx, "$.data"), section->name, section->name_length);
  return index < 0 ? path : strata_format(ctx, "%z[%lld]", path, index);
}

/* The number of the row's member of this name, or -1. */
static int find_field(const strata_row *row, const char *name) {
  size_t length = strlen(name);
  for (int i = 0; i < row->count; i++) {
    const strata_field *field = &row->fields[i];
    if (length == field->name_length && memcmp(name, field->name, length) == 0) return i;
  }
  return -1;
}

/* Extend a row's path and offset to one of its members. */
static char *point_at_field(strata_context *ctx, const strata_row *row, int field, const char *name,
                            char *path, uint64_t *offset) {
  if (field == STRATA_FIELD_BY_NAME) field = find_field(row, name);
  if (field < 0) return strata_path_append(ctx, path, name, strlen(name));
  *offset += row->fields[field].token.at;
  return strata_path_append(ctx, path, row->fields[field].name, row->fields[field].name_length);
}

/* The same for a row that is not the current one: read it again. */
static char *point_at_field_of(strata_reader *r, int field, const char *name, char *path, uint64_t *offset) {
  strata_scanner s;
  strata_row row = {0};
  strata_scanner_open(&s, r->source);
  strata_scanner_seek(&s, *offset);
  bool whole = strata_scanner_peek(&s) == '{' && strata_row_read(&row, r->ctx, &s);
  if (whole)
    path = point_at_field(r->ctx, &row, field, name, path, offset);
  else if (name)
    path = strata_path_append(r->ctx, path, name, strlen(name));
  strata_row_free(&row);
  strata_scanner_close(&s);
  return path;
}

void strata_reader_report_row(strata_reader *r, strata_row_place place, int field, const char *name, int rc,
                              char *message) {
  uint64_t offset = place.offset;
  char *path = NULL;
  bool wanted = r->ctx->rc == SQLITE_OK && strata_problems_wants(&r->report.problems, offset);
  if (wanted) path = strata_reader_path(r->ctx, place.section, (sqlite3_int64)place.index);
  if (wanted && name) name = strata_dialect_field_name(r->dialect, place.section->table, name);
  bool present = r->section == place.section && r->row.offset == offset;
  if (wanted && (name || field >= 0))
    path = present || field == STRATA_FIELD_ABSENT
               ? point_at_field(r->ctx, &r->row, field, name, path, &offset)
               : point_at_field_of(r, field, name, path, &offset);
  if (wanted)
    strata_report_at(&r->report, offset, path, rc, message);
  else
    strata_problems_add(&r->report.problems, r->ctx, (strata_problem){.offset = offset, .message = message});
}
