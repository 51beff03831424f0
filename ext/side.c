/*
** side.c: what both kinds of sides have in common: where the walk is, and which rows are
** marked.
*/
#include "side.h"

#include <string.h>

static void forget(strata_side *side) {
  if (side->table) side->methods->end(side);
  side->table = NULL;
  side->at_row = false;
  strata_row_set_free(&side->marked);
  strata_name_set_free(&side->marked_keys);
}

void strata_side_free(strata_side *side) {
  if (side->methods) forget(side);
  strata_arena_free(&side->walk_arena);
  strata_arena_free(&side->found_arena);
  *side = (strata_side){0};
}

void strata_side_begin(strata_side *side, const strata_table *table) {
  forget(side);
  if (side->ctx->rc != SQLITE_OK) return;
  side->table = table;
  side->rows = 0;
  side->methods->open(side);
  strata_side_rewind(side);
}

void strata_side_rewind(strata_side *side) {
  side->methods->pause(side);
  side->at_row = side->ended = false;
  side->next = INT64_MIN;
}

bool strata_side_peek(strata_side *side) {
  if (!side->at_row && !side->ended && side->ctx->rc == SQLITE_OK) side->at_row = side->methods->fetch(side);
  return side->at_row;
}

void strata_side_pass(strata_side *side) {
  side->at_row = false;
  if (!side->numbered) return;
  side->ended = side->walk.number == INT64_MAX;
  if (!side->ended) side->next = side->walk.number + 1;
}

bool strata_side_find(strata_side *side, const strata_value *key) {
  return side->ctx->rc == SQLITE_OK && side->methods->look_up(side, key);
}

void strata_side_jump(strata_side *side) {
  side->at_row = false;
  side->ended = side->found.number == INT64_MAX;
  if (!side->ended) side->next = side->found.number + 1;
  side->methods->jump(side);
}

/* The key's bytes as they are stored, one value after another with its type and length. (Not those of a BLOB, which is
** refused when it is printed.) */
static void append_key(strata_side *side, const strata_value *values, strata_writer *w) {
  strata_writer_to_memory(w, SIZE_MAX / 2);
  for (int i = 0; i < side->table->key_count; i++) {
    strata_value value = values[side->table->key[i]];
    bool is_text = value.type == SQLITE_TEXT;
    uint64_t number = is_text ? value.length : (uint64_t)value.integer;
    if (value.type == SQLITE_NULL) number = 0;
    char head[1 + sizeof number] = {(char)value.type};
    memcpy(head + 1, &number, sizeof number);
    strata_writer_raw(w, head, sizeof head);
    if (is_text) strata_writer_raw(w, value.text, value.length);
  }
  if (w->rc != SQLITE_OK) strata_fail_db(side->ctx, w->rc);
}

void strata_side_mark(strata_side *side, const strata_side_row *row) {
  if (side->numbered) {
    strata_row_set_add(&side->marked, side->ctx, row->number);
    return;
  }
  strata_writer key;
  append_key(side, row->values, &key);
  if (side->ctx->rc == SQLITE_OK) strata_name_set_add(&side->marked_keys, side->ctx, key.data, key.length);
  strata_writer_free(&key);
}

bool strata_side_is_marked(strata_side *side, const strata_side_row *row) {
  if (side->numbered) return strata_row_set_has(&side->marked, row->number);
  strata_writer key;
  append_key(side, row->values, &key);
  bool marked =
      side->ctx->rc == SQLITE_OK && strata_name_set_find(&side->marked_keys, key.data, key.length) >= 0;
  strata_writer_free(&key);
  return marked;
}

sqlite3_int64 strata_side_marked(const strata_side *side) {
  return side->numbered ? side->marked.count : (sqlite3_int64)side->marked_keys.count;
}

void strata_side_pause(strata_side *side) {
  if (side->table) side->methods->pause(side);
}
