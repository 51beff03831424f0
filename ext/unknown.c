/*
** unknown.c: compares what the database has no place for, text against text, as the
** documents have it.
*/
#include "unknown.h"
#include "difference.h"

#include <string.h>

static bool has_name(const strata_field *a, const strata_field *b) {
  return a->name_length == b->name_length && memcmp(a->name, b->name, a->name_length) == 0;
}

/* The row's field with the same name, or NULL. Tries number `guess` first; if that is wrong, puts the row's names
** into `names`. No name appears twice, so a name's number in the set is its field's number. */
static const strata_field *find_field(strata_context *ctx, const strata_row *row, const strata_field *field,
                                      int guess, strata_name_set *names) {
  if (row == NULL) return NULL;
  if (guess < row->count && has_name(&row->fields[guess], field)) return &row->fields[guess];
  for (int i = (int)names->count; i < row->count && ctx->rc == SQLITE_OK; i++)
    strata_name_set_add(names, ctx, row->fields[i].name, row->fields[i].name_length);
  int64_t number = ctx->rc == SQLITE_OK ? strata_name_set_find(names, field->name, field->name_length) : -1;
  return number < 0 ? NULL : &row->fields[number];
}

static bool says_something(const strata_unknown *u, const strata_reader *reader, const strata_field *field,
                           int i) {
  return field->type != STRATA_JSON_NULL &&
         strata_dialect_column(reader->dialect, u->findings->table, field->name, field->name_length, i) < 0;
}

static void put_field(strata_unknown *u, const strata_field *field, const strata_field *backup,
                      const strata_field *database, const strata_side_row *row) {
  strata_findings_put_key(u->findings, "changed", row->values);
  strata_difference_put(&u->findings->out, field->name, field->name_length);
  strata_difference_put(&u->findings->out, backup ? backup->text : NULL, backup ? backup->length : 0);
  strata_difference_put(&u->findings->out, database ? database->text : NULL, database ? database->length : 0);
}

void strata_unknown_fields(strata_unknown *u, const strata_side_row *row) {
  const strata_row *document = &u->document->reader.row;
  strata_name_set side_names = {0}, document_names = {0};
  for (int i = 0; i < document->count && u->findings->ctx->rc == SQLITE_OK; i++) {
    const strata_field *field = &document->fields[i];
    if (!says_something(u, &u->document->reader, field, i)) continue;
    const strata_field *same = find_field(u->findings->ctx, row->fields, field, i, &side_names);
    if (same && same->type == STRATA_JSON_NULL) same = NULL;
    if (same == NULL || same->length != field->length || same->type != field->type ||
        memcmp(same->text, field->text, field->length) != 0)
      put_field(u, field, field, same, row);
  }
  for (int i = 0; row->fields && i < row->fields->count && u->findings->ctx->rc == SQLITE_OK; i++) {
    const strata_field *field = &row->fields->fields[i];
    if (!says_something(u, &u->other->reader, field, i)) continue;
    const strata_field *same = find_field(u->findings->ctx, document, field, i, &document_names);
    if (same == NULL || same->type == STRATA_JSON_NULL) put_field(u, field, NULL, field, row);
  }
  strata_name_set_free(&side_names);
  strata_name_set_free(&document_names);
}

/* Write down a table that the database does not have. Of its rows, only the number is reported. */
static void put_unknown_table(strata_unknown *u, const strata_section *section, const char *change) {
  static const char *const where[] = {"the database does not have", "the other document does not have",
                                      "the database does not have and that differs in the other document"};
  bool both = strcmp(change, "changed") == 0, is_other = strcmp(change, "added") == 0;
  if (!both && section->type == STRATA_JSON_ARRAY && section->rows == 0) return;
  const char *which = where[both ? 2 : u->other && !is_other ? 1 : 0];
  char *text = section->type == STRATA_JSON_ARRAY
                   ? strata_format(u->findings->ctx, "%lld row(s) of a table that %s",
                                   (sqlite3_int64)section->rows, which)
                   : strata_format(u->findings->ctx, "a value that %s", which);
  if (text == NULL) return;
  strata_difference_put(&u->findings->out, section->name, section->name_length);
  strata_difference_put(&u->findings->out, NULL, 0);
  strata_difference_put(&u->findings->out, change, strlen(change));
  strata_difference_put(&u->findings->out, NULL, 0);
  strata_difference_put(&u->findings->out, is_other ? NULL : text, strlen(text));
  strata_difference_put(&u->findings->out, is_other ? text : NULL, strlen(text));
  sqlite3_free(text);
}

/* Get the next value as it stands in the document, without the space around it. */
static bool next_value(strata_scanner *s, const char **text, size_t *length) {
  strata_json_type type;
  strata_scanner_peek(s);
  s->keep = s->at;
  if (!strata_scanner_value(s, STRATA_ROW_DEPTH, &type)) return false;
  *text = (const char *)s->keep;
  *length = (size_t)(s->at - s->keep);
  return true;
}

/* The same for the next element of an array. False if there is none. */
static bool next_element(strata_scanner *s, bool first, const char **text, size_t *length) {
  s->keep = NULL;
  if (first ? !strata_scanner_expect(s, '[', "") || strata_scanner_peek(s) == ']'
            : !strata_scanner_more(s, ']'))
    return false;
  return next_value(s, text, length);
}

/* Whether both documents have the same rows in a table that the database does not have. What is not an array of rows
** is compared as a whole. */
static bool same_section(strata_unknown *u, const strata_section *a, const strata_section *b) {
  if (a->type != b->type || a->rows != b->rows) return false;
  strata_scanner *left = &u->document->reader.scanner, *right = &u->other->reader.scanner;
  bool rows = a->type == STRATA_JSON_ARRAY, same = true;
  strata_scanner_seek(left, a->offset);
  strata_scanner_seek(right, b->offset);
  for (uint64_t i = 0; same && i < (rows ? a->rows : 1); i++) {
    const char *text, *other;
    size_t length, other_length;
    bool both = rows ? next_element(left, i == 0, &text, &length) &&
                           next_element(right, i == 0, &other, &other_length)
                     : next_value(left, &text, &length) && next_value(right, &other, &other_length);
    same = both && length == other_length && memcmp(text, other, length) == 0;
  }
  left->keep = right->keep = NULL;
  if (left->rc == SQLITE_NOMEM || right->rc == SQLITE_NOMEM) strata_fail_nomem(u->findings->ctx);
  return same;
}

/* The section with the wanted one's name, or NULL. No name appears twice, so a name's number in the set is its
** section's number. */
static const strata_section *find_section(strata_unknown *u, bool in_other, const strata_section *wanted) {
  const strata_reader *reader = in_other ? &u->other->reader : &u->document->reader;
  strata_name_set *names = &u->names[in_other];
  for (size_t i = names->count; i < reader->section_count && u->findings->ctx->rc == SQLITE_OK; i++)
    strata_name_set_add(names, u->findings->ctx, reader->sections[i].name, reader->sections[i].name_length);
  int64_t number = strata_name_set_find(names, wanted->name, wanted->name_length);
  return number < 0 || u->findings->ctx->rc != SQLITE_OK ? NULL : &reader->sections[number];
}

bool strata_unknown_next_table(strata_unknown *u) {
  const strata_reader *document = &u->document->reader, *other = u->other ? &u->other->reader : NULL;
  size_t count = document->section_count;
  bool is_document = u->section < count;
  if (!is_document && (other == NULL || u->section - count >= other->section_count)) return false;
  const strata_section *section =
      is_document ? &document->sections[u->section] : &other->sections[u->section - count];
  u->section++;
  if (section->table >= 0) return true;
  const strata_section *same = other ? find_section(u, is_document, section) : NULL;
  if (same == NULL)
    put_unknown_table(u, section, is_document ? "removed" : "added");
  else if (is_document && !same_section(u, section, same))
    put_unknown_table(u, section, "changed");
  return true;
}

void strata_unknown_free(strata_unknown *u) {
  strata_name_set_free(&u->names[0]);
  strata_name_set_free(&u->names[1]);
}
