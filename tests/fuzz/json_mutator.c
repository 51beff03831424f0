/*
** json_mutator.c: changes a document in ways that mostly leave it JSON, so that the
** fuzzers of documents get past the scanner: it replaces a value by another one or by
** another word of a backup, removes it, or doubles it. Every fourth change is libFuzzer's
** own, to any bytes.
*/
#include "fuzz.h"
#include "made_document.h"

size_t LLVMFuzzerMutate(uint8_t *data, size_t size, size_t max_size);
size_t LLVMFuzzerCustomMutator(uint8_t *data, size_t size, size_t max_size, unsigned int seed);

/* A string, a number or a word, or an array or an object with all that it has. */
typedef struct part {
  size_t start, end;
} part;

enum { MOST = 2000 };

static const char *const words[] = {"null",
                                    "true",
                                    "false",
                                    "0",
                                    "-1.50",
                                    "1e-8",
                                    "9223372036854775807",
                                    "9223372036854775808",
                                    "0.1",
                                    "\"\"",
                                    "[]",
                                    "{}",
                                    "\"12.345678\"",
                                    "\"1e400\"",
                                    "\"-0\"",
                                    "\"+.5\"",
                                    "\"123456789012.12345678\"",
                                    "\"2025-01-15\"",
                                    "\"2025-02-30\"",
                                    "\"2025-01-15T09:42:11.1234+02:00\"",
                                    "\"+010000-01-01T00:00:00Z\"",
                                    "\"0000-01-01T00:00:00+00:01\"",
                                    "\"a\"",
                                    "\"b\"",
                                    "\"A\"",
                                    "\"\\u0000\"",
                                    "\"\\uD83D\\uDE00\"",
                                    "\"\xC3\xA9\"",
                                    "\"id\"",
                                    "\"name\"",
                                    "\"code\"",
                                    "\"label\"",
                                    "\"group\"",
                                    "\"parentId\"",
                                    "\"quantity\"",
                                    "\"disposed\"",
                                    "\"assetTypeId\"",
                                    "\"createdAt\"",
                                    "\"updatedAt\"",
                                    "\"assetId\"",
                                    "\"value\"",
                                    "\"currency\"",
                                    "\"observedAt\"",
                                    "\"notes\"",
                                    "\"type\"",
                                    "\"unitPrice\"",
                                    "\"occurredAt\"",
                                    "\"categoryId\"",
                                    "\"tagId\"",
                                    "\"portfolioId\"",
                                    "\"portfolios\"",
                                    "\"mode\"",
                                    "\"merge\"",
                                    "\"replace\"",
                                    "\"OTHER\"",
                                    "\"FINANCIAL\"",
                                    "\"ACQUIRE\"",
                                    "\"ADJUST\"",
                                    "\"EUR\"",
                                    "\"1\"",
                                    "\"a_world\"",
                                    "\"a_flat\"",
                                    "\"at_cash\"",
                                    "\"at_loan\"",
                                    "\"c_wealth\"",
                                    "\"c_debt\"",
                                    "\"t_long\"",
                                    "\"t_dream\"",
                                    "\"s_01\"",
                                    "\"p_1\"",
                                    "\"x_1\"",
                                    "\"long-term\"",
                                    "\"CASH\"",
                                    "{\"id\":\"a\",\"name\":\"n\"}",
                                    "{\"id\":\"a\",\"name\":\"n\",\"assetTypeId\":\"at_cash\"}",
                                    "{\"assetId\":\"a_world\",\"tagId\":\"t_long\"}",
                                    "{\"id\":\"t_long\",\"name\":\"x\"}"};

/* Every second change starts here again, because a document that was changed often is rarely a backup any more. */
static const char whole[] =
    "{\"schemaVersion\":\"1\",\"data\":{"
    "\"assetTypes\":[{\"id\":\"at1\",\"code\":\"A\",\"label\":\"x\",\"group\":\"OTHER\"},{\"id\":\"at_cash\","
    "\"code\":\"CASH\",\"label\":\"y\"}],"
    "\"categories\":[{\"id\":\"c2\",\"name\":\"2\",\"parentId\":\"c1\"},{\"id\":\"c1\",\"name\":\"1\","
    "\"parentId\":null}],"
    "\"tags\":[{\"id\":\"t1\",\"name\":\"one\"},{\"id\":\"t_long\",\"name\":\"long\"}],"
    "\"assets\":[{\"id\":\"a1\",\"name\":\"n\",\"quantity\":\"1e-8\",\"disposed\":true,\"assetTypeId\":"
    "\"at1\"},"
    "{\"id\":\"a_world\",\"name\":\"m\",\"quantity\":null,\"assetTypeId\":\"at_cash\",\"updatedAt\":\"2025-"
    "01-15\"}],"
    "\"assetSnapshots\":[{\"id\":\"s1\",\"assetId\":\"a1\",\"value\":\"-0.10\",\"observedAt\":\"2025-01-"
    "01T00:00:00Z\"}],"
    "\"portfolioSnapshots\":[{\"id\":\"p1\",\"value\":\"12.5\",\"notes\":null,\"observedAt\":\"2025-01-01T00:"
    "00:00.000Z\"}],"
    "\"transactions\":[{\"id\":\"x1\",\"assetId\":\"a1\",\"type\":\"ACQUIRE\",\"unitPrice\":\"1.10\","
    "\"quantity\":2,"
    "\"currency\":\"EUR\",\"occurredAt\":\"2025-01-01T00:00:00.000Z\"}],"
    "\"categoriesOnAssets\":[{\"assetId\":\"a1\",\"categoryId\":\"c2\"}],\"tagsOnAssets\":[{\"assetId\":"
    "\"a1\",\"tagId\":\"t1\"}]}}";

static size_t end_of_string(const uint8_t *data, size_t at, size_t size) {
  for (at++; at < size && data[at] != '"'; at++) at += data[at] == '\\';
  return at < size ? at + 1 : size;
}

/* The parts of a text, which need not be JSON; returns how many. */
static size_t take_apart(const uint8_t *data, size_t size, part *parts) {
  size_t count = 0, depth = 0, open[256];
  for (size_t at = 0; at < size && count < MOST;) {
    size_t start = at;
    if (data[at] == '"') {
      at = end_of_string(data, at, size);
    } else if (data[at] == '{' || data[at] == '[') {
      if (depth < 256) open[depth++] = at;
      at++;
      continue;
    } else if (data[at] == '}' || data[at] == ']') {
      at++;
      if (depth == 0) continue;
      start = open[--depth];
    } else {
      while (at < size && memchr("0123456789+-.eEtrufalsn", data[at], 23)) at++;
      if (at == start && ++at) continue;
    }
    parts[count++] = (part){start, at};
  }
  return count;
}

/* Put `text` in the place of a part; the size afterwards, or 0 if there is no room. */
static size_t put(uint8_t *data, size_t size, size_t max_size, part where, const void *text, size_t length) {
  size_t rest = size - where.end;
  if (where.start + length + rest > max_size) return 0;
  memmove(data + where.start + length, data + where.end, rest);
  memcpy(data + where.start, text, length);
  return where.start + length + rest;
}

static uint32_t next_random(uint32_t *seed) {
  *seed ^= *seed << 13;
  *seed ^= *seed >> 17;
  return *seed ^= *seed << 5;
}

/* Whether a part is a member's name, whose place only another string can take. */
static bool is_name(const uint8_t *data, size_t size, part at) {
  while (at.end < size && (data[at.end] == ' ' || data[at.end] == '\n')) at.end++;
  return data[at.start] == '"' && at.end < size && data[at.end] == ':';
}

static size_t change(uint8_t *data, size_t size, size_t max_size, uint32_t *seed) {
  static part parts[MOST];
  static uint8_t copy[1 << 16];
  size_t count = take_apart(data, size, parts), n = 0;
  if (count == 0) return 0;
  part at = parts[next_random(seed) % count], other = parts[next_random(seed) % count];
  const char *word = words[next_random(seed) % (sizeof words / sizeof *words)];
  uint32_t kind = next_random(seed) % 6;
  if (is_name(data, size, at)) {
    /* Unknown names end a restore soon: so most of them stay. */
    if (next_random(seed) % 8 != 0 || kind > 2 || (kind == 2 ? data[other.start] : word[0]) != '"') return 0;
  }
  switch (kind) {
  case 0:
  case 1:
    return put(data, size, max_size, at, word, strlen(word));
  case 2:
    if ((n = other.end - other.start) > sizeof copy) return 0;
    memcpy(copy, data + other.start, n);
    return put(data, size, max_size, at, copy, n);
  case 3:
    if ((n = at.end - at.start) + 1 > sizeof copy) return 0;
    copy[0] = ',';
    memcpy(copy + 1, data + at.start, n);
    return put(data, size, max_size, (part){at.end, at.end}, copy, n + 1);
  case 4: /* with what separates it from the next one */
    while (at.end < size && data[at.end] != ',' && memchr(" \n:", data[at.end], 3)) at.end++;
    if (at.end < size && data[at.end] == ',') at.end++;
    return put(data, size, max_size, at, "", 0);
  default: /* a word after this one, as another element or as the value of a member */
    n = (size_t)snprintf((char *)copy, sizeof copy, next_random(seed) % 2 ? ",%s" : ",\"id\":%s", word);
    return put(data, size, max_size, (part){at.end, at.end}, copy, n);
  }
}

/* libFuzzer asks here for the next input. */
size_t LLVMFuzzerCustomMutator(uint8_t *data, size_t size, size_t max_size, unsigned int seed) {
  uint32_t random = seed * 2654435761u + 1;
  /* The choices that a document is made from are no text, but any text can be choices. */
  if (size > 0 && size < max_size && (data[0] == MADE_MARK || next_random(&random) % 3 == 0)) {
    if (data[0] != MADE_MARK) memmove(data + 1, data, size++);
    data[0] = MADE_MARK;
    return 1 + LLVMFuzzerMutate(data + 1, size - 1, max_size - 1);
  }
  if (next_random(&random) % 4 == 0) return LLVMFuzzerMutate(data, size, max_size);
  if (next_random(&random) % 2 == 0 && sizeof whole <= max_size) {
    size = sizeof whole - 1;
    memcpy(data, whole, size);
    /* The size decides on modes and options. */
    for (size_t blanks = next_random(&random) % 16; blanks > 0 && size < max_size; blanks--)
      data[size++] = ' ';
  }
  size_t changes = next_random(&random) % 4 ? 1 : 3;
  for (size_t tries = 0; changes > 0 && tries < 50; tries++) {
    size_t changed = change(data, size, max_size, &random);
    if (changed == 0) continue;
    size = changed;
    changes--;
  }
  return size;
}
