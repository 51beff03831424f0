/*
** difference.c: packs differences into memory and unpacks them. Each value is stored
** as its length (NONE for a NULL) and its bytes.
*/
#include "difference.h"
#include "json_row.h"

#define NONE UINT64_MAX

void strata_difference_put(strata_writer *w, const char *text, size_t length) {
  uint64_t n = text ? length : NONE;
  char size[sizeof n];
  memcpy(size, &n, sizeof n);
  strata_writer_raw(w, size, sizeof size);
  if (text) strata_writer_raw(w, text, length);
}

void strata_difference_put_json(strata_writer *w, strata_context *ctx, const char *json, size_t length) {
  if (length == 4 && memcmp(json, "null", 4) == 0) {
    strata_difference_put(w, NULL, 0);
  } else if (*json != '"') {
    strata_difference_put(w, json, length);
  } else {
    strata_row row = {0};
    const char *text = strata_row_parse_string(&row, ctx, json, length, &length);
    if (text) strata_difference_put(w, text, length);
    strata_row_free(&row);
  }
}

size_t strata_difference_get(strata_difference *difference, const char *data, size_t at) {
  for (int i = 0; i < STRATA_DIFFERENCE_COLUMNS; i++) {
    uint64_t n;
    memcpy(&n, data + at, sizeof n);
    at += sizeof n;
    difference->text[i] = n == NONE ? NULL : data + at;
    difference->length[i] = n == NONE ? 0 : (size_t)n;
    at += difference->length[i];
  }
  return at;
}
