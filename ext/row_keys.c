/*
** row_keys.c: finds duplicate keys. It keeps the text of a row's keys to compare the next
** row with; from the first difference on, names go into a set.
*/
#include "row_keys.h"

#include <string.h>

void strata_row_keys_begin(strata_row_keys *keys) {
  keys->at = 0;
  keys->same = true;
}

void strata_row_keys_free(strata_row_keys *keys) {
  sqlite3_free(keys->bytes);
  sqlite3_free(keys->ends);
  strata_name_set_free(&keys->names);
  strata_row_free(&keys->scratch);
}

static bool append(strata_row_keys *keys, strata_context *ctx, const char *token, size_t length) {
  if (!strata_grow(ctx, &keys->bytes, &keys->capacity, keys->length + length, 1) ||
      !strata_grow(ctx, &keys->ends, &keys->room, keys->count + 1, sizeof *keys->ends))
    return false;
  memcpy(keys->bytes + keys->length, token, length);
  keys->length += length;
  keys->ends[keys->count++] = keys->length;
  return true;
}

static bool add_name(strata_row_keys *keys, strata_context *ctx, const char *token, size_t token_length) {
  size_t length;
  const char *name = strata_row_parse_string(&keys->scratch, ctx, token, token_length, &length);
  return name && strata_name_set_add(&keys->names, ctx, name, length);
}

static size_t start_of(const strata_row_keys *keys, size_t key) {
  return key ? keys->ends[key - 1] : 0;
}

/* The current row differs from the one before: keep the keys that they share, and put their names into the set. */
static void part(strata_row_keys *keys, strata_context *ctx) {
  keys->same = false;
  strata_name_set_clear(&keys->names);
  keys->count = keys->at;
  keys->length = start_of(keys, keys->at);
  for (size_t i = 0; i < keys->count; i++)
    add_name(keys, ctx, keys->bytes + start_of(keys, i), keys->ends[i] - start_of(keys, i));
}

bool strata_row_keys_add(strata_row_keys *keys, strata_context *ctx, const char *token, size_t length) {
  if (keys->same && keys->at < keys->count) {
    size_t start = start_of(keys, keys->at);
    if (keys->ends[keys->at] - start == length && memcmp(keys->bytes + start, token, length) == 0) {
      keys->at++;
      return true;
    }
  }
  if (keys->same) part(keys, ctx);
  return add_name(keys, ctx, token, length) && append(keys, ctx, token, length);
}
