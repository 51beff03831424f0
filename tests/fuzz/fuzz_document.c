/*
** fuzz_document.c: any bytes as a document. Reading from memory and from a file gives the
** same; a text is refused as JSON exactly if the grammar refuses it; and an accepted
** document has the shape that the reader promises.
*/
#include "fuzz.h"
#include "json_bytes.h"
#include "json_grammar.h"
#include "reader.h"

/* The verdict and all rows in one number: FNV-1a. */
static uint64_t hash;

static void add(const void *bytes, size_t size) {
  for (size_t i = 0; i < size; i++) hash = (hash ^ ((const unsigned char *)bytes)[i]) * 0x100000001B3u;
  hash = (hash ^ size) * 0x100000001B3u;
}

static void check_row(const strata_row *row, uint64_t size) {
  PROMISE(row->offset < size, "row at %d", (int)row->offset);
  add(&row->index, sizeof row->index);
  for (int i = 0; i < row->count; i++) {
    const strata_field *f = &row->fields[i];
    add(f->name, f->name_length);
    add(&f->type, sizeof f->type);
    PROMISE(is_utf8(f->name, f->name_length), "a name");
    bool has_text = f->type == STRATA_JSON_STRING || f->type == STRATA_JSON_NUMBER;
    if (has_text) add(f->text, f->length);
    if (f->type == STRATA_JSON_STRING) PROMISE(is_utf8(f->text, f->length), "a string");
    if (f->type == STRATA_JSON_NUMBER)
      PROMISE(grammar_number(f->text, f->text + f->length) == f->text + f->length, "a number: %s", f->text);
    for (int k = 0; k < i && row->count < 50; k++) {
      const strata_field *other = &row->fields[k];
      PROMISE(f->name_length != other->name_length || memcmp(f->name, other->name, f->name_length) != 0,
              "two fields %s", f->name);
    }
  }
}

static void check_sections(strata_reader *r, uint64_t size) {
  PROMISE(r->version.present && r->version.text && strcmp(r->version.text, "1") == 0, "version");
  PROMISE(r->data.present && r->data.type == STRATA_JSON_OBJECT, "data");
  for (size_t i = 0; i < r->section_count; i++) {
    const strata_section *section = &r->sections[i];
    add(section->name, section->name_length);
    add(&section->rows, sizeof section->rows);
    add(&section->offset, sizeof section->offset);
    PROMISE(is_utf8(section->name, section->name_length), "a table's name");
    if (section->table < 0) continue;
    PROMISE(section->type == STRATA_JSON_ARRAY && r->by_table[section->table] == (int)i, "section %s",
            section->name);
    uint64_t rows = 0;
    strata_reader_begin(r, section);
    while (strata_reader_next_row(r)) {
      PROMISE(r->row.index == rows, "row %d", (int)rows);
      check_row(&r->row, size);
      rows++;
    }
    PROMISE(r->ctx->rc == 0 && rows == section->rows, "%d rows read of %d", (int)rows, (int)section->rows);
  }
}

/* Where the first problem is the context's error. */
static int check_error(const strata_context *ctx) {
  const char *message = ctx->message;
  PROMISE(ctx->rc == SQLITE_ERROR && message && is_utf8(message, strlen(message)), "rc %d", ctx->rc);
  add(message, strlen(message));
  if (strncmp(message, "Unsupported backup", 18) == 0) return -1;
  PROMISE(strncmp(message, "line ", 5) == 0, "%s", message);
  return strstr(message, "malformed JSON: ") != NULL;
}

/* Whether the text was refused as JSON: 1 yes, 0 no, -1 it was refused for its version before that. */
static int read_document(const strata_source *source, uint64_t size, bool all) {
  strata_context ctx;
  strata_reader r;
  strata_context_begin(&ctx, NULL);
  hash = 0xCBF29CE484222325u;
  strata_reader_open(&r, &ctx, source, all);
  PROMISE(all ? ctx.rc == 0 : r.report.problems.count == 0, "rc %d, %d problems", ctx.rc,
          (int)r.report.problems.count);
  if (all) strata_report_finish(&r.report);
  int malformed = ctx.rc ? check_error(&ctx) : 0;
  for (size_t i = 0; i < r.report.problems.count; i++) {
    const strata_problem *p = &r.report.problems.items[i];
    PROMISE(p->line > 0 && p->offset <= size, "line %d, offset %d", (int)p->line, (int)p->offset);
    PROMISE(is_utf8(p->message, strlen(p->message)), "%s", p->message);
    PROMISE(p->path == NULL || is_utf8(p->path, strlen(p->path)), "%s", p->path);
    add(p->message, strlen(p->message));
    add(&p->line, sizeof p->line);
    add(&p->offset, sizeof p->offset);
    if (p->path) add(p->path, strlen(p->path));
    if (strstr(p->message, "malformed JSON: ")) malformed = 1;
    if (strncmp(p->message, "Unsupported backup", 18) == 0) malformed = -1;
  }
  if (r.report.problems.count == 0 && ctx.rc == 0) check_sections(&r, size);
  strata_reader_close(&r);
  strata_context_end(&ctx);
  return malformed;
}

/* Read from a file, it must give the same as from memory just before. */
static void compare_with_file(span document, bool all, int malformed) {
  uint64_t from_memory = hash;
  file f = {.content = document};
  strata_source source = {.read = read_file, .argument = &f};
  PROMISE(read_document(&source, document.size, all) == malformed, "from a file");
  PROMISE(hash == from_memory, "from a file");
}

/* The same behind so much white space that the end of the first window lies within it. */
static void compare_across_window(span document) {
  size_t before = WINDOW - document.size / 2, size = before + document.size;
  char *text = malloc(size);
  memset(text, ' ', before);
  memcpy(text + before, document.data, document.size);
  strata_source source = {.data = text, .size = size};
  int malformed = read_document(&source, size, true);
  compare_with_file((span){text, size}, true, malformed);
  free(text);
}

/* Whether it is JSON, an object, and nests no deeper than 64 levels. */
static bool may_be_backup(const char *text, size_t size) {
  if (!grammar_accepts(text, size) || *grammar_ws(text, text + size) != '{') return false;
  int open = 0, deepest = 0;
  bool in_string = false;
  for (const char *p = text; p < text + size; p++) {
    if (in_string && *p == '\\')
      p++;
    else if (*p == '"')
      in_string = !in_string;
    else if (!in_string)
      open += (*p == '[' || *p == '{') - (*p == ']' || *p == '}');
    if (open > deepest) deepest = open;
  }
  return deepest <= STRATA_MAX_DEPTH;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
  char *copy = exact_copy((const char *)data, size);
  for (int all = 0; all <= 1; all++) {
    strata_source source = {.data = copy, .size = size};
    int malformed = read_document(&source, size, all);
    if (malformed >= 0) {
      size_t mark = size >= 3 && memcmp(copy, "\xEF\xBB\xBF", 3) == 0 ? 3 : 0;
      bool allowed = may_be_backup(copy + mark, size - mark);
      PROMISE(allowed == !malformed, "the grammar %s it", allowed ? "allows" : "refuses");
    }
    compare_with_file((span){copy, size}, all, malformed);
  }
  if (size % 64 == 1 && size < WINDOW) compare_across_window((span){copy, size});
  free(copy);
  return 0;
}
