/*
** side_document.c: the rows of another document.
**
** The walk reads one row after another. The first time that a row is not where the walk
** is, all rows of the section are indexed: a hash of each row's key, and its position, in
** 16 bytes. A row found in this list is read at its position.
*/
#include "side.h"

#include <stdlib.h>
#include <string.h>

#define NEAR_SIZE 4096u /* how much of a file to read for one row */

typedef struct strata_place {
  uint32_t hash;
  uint32_t index;
  uint64_t offset;
} place;

void strata_side_name_document(strata_context *ctx) {
  int rc = ctx->rc;
  if (rc == SQLITE_OK || rc == SQLITE_NOMEM || rc == SQLITE_INTERRUPT) return;
  char *message = strata_context_take(ctx);
  strata_fail(ctx, rc, "the other document: %s", message ? message : sqlite3_errstr(rc));
  sqlite3_free(message);
}

static void begin_in_document(strata_side *side) {
  side->section = strata_document_section(side->other, strata_table_find_sql(side->table->sql_name));
  side->rows = side->section ? (sqlite3_int64)side->section->rows : 0;
  side->numbered = true;
  strata_row_set_begin(&side->marked, side->ctx, 0, side->rows - 1, side->rows);
}

static bool read_values(strata_side *side, strata_document *from, strata_arena *arena, strata_side_row *row) {
  strata_arena_reset(arena);
  row->values = strata_document_read_row(from, side->table, arena, true);
  row->number = (sqlite3_int64)from->reader.row.index;
  row->fields = &from->reader.row;
  return row->values != NULL;
}

static bool fetch_in_document(strata_side *side) {
  strata_reader *reader = &side->other->reader;
  bool ok = false;
  if (side->section && side->next == INT64_MIN) strata_reader_begin(reader, side->section);
  if (side->section && strata_reader_next_row(reader))
    ok = read_values(side, side->other, &side->walk_arena, &side->walk);
  side->ended = !ok;
  strata_side_name_document(side->ctx);
  return ok;
}

static int read_near(void *argument, uint64_t offset, char *buffer, size_t size, size_t *got) {
  const strata_source *source = argument;
  return source->read(source->argument, offset, buffer, size < NEAR_SIZE ? size : NEAR_SIZE, got);
}

static bool open_finder(strata_side *side) {
  strata_document *finder = side->finder = strata_alloc(side->ctx, sizeof *finder);
  if (finder == NULL) return false;
  const strata_source *source = side->other->reader.source;
  side->pieces =
      source->data ? *source
                   : (strata_source){.read = read_near,
                                     .argument = (void *)(uintptr_t)(const void *)source}; /* NOLINT: drops const */
  strata_document_open_again(finder, side->other, &side->pieces);
  return true;
}

static uint32_t hash_key(const strata_side *side, const strata_value *values) {
  uint64_t hash = 0x9E3779B97F4A7C15u;
  for (int i = 0; i < side->table->key_count; i++) {
    const strata_value *value = &values[side->table->key[i]];
    const char *bytes = value->type == SQLITE_TEXT ? value->text : (const char *)&value->integer;
    size_t length = value->type == SQLITE_TEXT ? value->length : sizeof value->integer;
    if (value->type == SQLITE_NULL) length = 0;
    for (size_t j = 0; j < length; j++) hash = (hash ^ (unsigned char)bytes[j]) * 0x100000001B3u;
    hash = (hash ^ 0xFF) * 0x100000001B3u;
  }
  return (uint32_t)(hash ^ hash >> 32);
}

static int compare_places(const void *a, const void *b) {
  const place *x = a, *y = b;
  if (x->hash != y->hash) return x->hash < y->hash ? -1 : 1;
  return x->index < y->index ? -1 : x->index > y->index;
}

static void fail_changed(strata_side *side) {
  strata_fail(side->ctx, SQLITE_ERROR, "it changed while it was being read: run the statement again");
}

static bool list_places(strata_side *side) {
  if (!open_finder(side)) return false;
  if ((uint64_t)side->rows > SIZE_MAX / sizeof *side->places) {
    strata_fail_nomem(side->ctx);
    return false;
  }
  side->places = strata_alloc(side->ctx, (size_t)side->rows * sizeof *side->places);
  if (side->places == NULL) return false;
  strata_reader *reader = &side->finder->reader;
  strata_side_row row;
  sqlite3_int64 count = 0;
  strata_reader_begin(reader, side->section);
  while (count < side->rows && strata_reader_next_row(reader) &&
         read_values(side, side->finder, &side->found_arena, &row))
    side->places[count++] = (place){.hash = hash_key(side, row.values),
                                    .index = (uint32_t)reader->row.index,
                                    .offset = reader->row.offset};
  /* Searches look at as many places as the document had rows when it was opened. */
  if (count != side->rows) fail_changed(side);
  if (side->ctx->rc == SQLITE_OK) qsort(side->places, (size_t)count, sizeof *side->places, compare_places);
  return side->ctx->rc == SQLITE_OK;
}

/* The first place whose hash is this one or higher. */
static sqlite3_int64 first_place(const strata_side *side, uint32_t hash) {
  sqlite3_int64 low = 0, high = side->rows;
  while (low < high) {
    sqlite3_int64 middle = low + (high - low) / 2;
    if (side->places[middle].hash < hash)
      low = middle + 1;
    else
      high = middle;
  }
  return low;
}

static bool read_place(strata_side *side, const place *at) {
  strata_reader *reader = &side->finder->reader;
  strata_scanner_seek(&reader->scanner, at->offset);
  reader->row.offset = at->offset;
  reader->row.index = at->index;
  if (strata_row_read(&reader->row, side->ctx, &reader->scanner))
    return read_values(side, side->finder, &side->found_arena, &side->found);
  fail_changed(side);
  return false;
}

static bool same_key(const strata_table *table, const strata_value *a, const strata_value *b) {
  for (int i = 0; i < table->key_count; i++) {
    if (strata_value_compare(&a[table->key[i]], &b[table->key[i]]) != 0) return false;
  }
  return true;
}

static bool find_in_document(strata_side *side, const strata_value *key) {
  bool found = false;
  if (side->rows == 0) return false;
  if (side->places || list_places(side)) {
    uint32_t hash = hash_key(side, key);
    for (sqlite3_int64 i = first_place(side, hash);
         !found && i < side->rows && side->places[i].hash == hash && side->ctx->rc == SQLITE_OK; i++)
      found = read_place(side, &side->places[i]) && same_key(side->table, side->found.values, key);
  }
  strata_side_name_document(side->ctx);
  return found;
}

static void jump_in_document(strata_side *side) {
  strata_reader *reader = &side->other->reader;
  strata_json_type type;
  strata_scanner_seek(&reader->scanner, side->found.fields->offset);
  strata_scanner_value(&reader->scanner, STRATA_ROW_DEPTH, &type);
  reader->section = side->section;
  reader->next_index = (uint64_t)side->next;
}

static void pause_in_document(strata_side *side) {
  (void)side;
}

static void end_in_document(strata_side *side) {
  if (side->finder) {
    strata_document_close(side->finder);
    sqlite3_free(side->finder);
  }
  sqlite3_free(side->places);
  side->finder = NULL;
  side->places = NULL;
}

void strata_side_of_document(strata_side *side, strata_context *ctx, const strata_catalog *catalog,
                             strata_document *other) {
  static const struct strata_side_methods methods = {begin_in_document, fetch_in_document, find_in_document,
                                                     jump_in_document,  pause_in_document, end_in_document};
  *side = (strata_side){.methods = &methods, .ctx = ctx, .catalog = catalog, .other = other};
}
