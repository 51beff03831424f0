/*
** test_json_writer.c: what json_writer.h promises: JSON's escapes, only valid UTF-8, the
** limit of a document in memory, and the blocks that a sink gets.
*/
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdio.h>

#include "json_bytes.h"
#include "json_writer.h"

/* How many bytes of a long text are escaped at once. Errors would show at the borders of these pieces. */
#define PIECE ((size_t)32 * 1024)

/* Remembers what a writer hands over; fails at call `fails_at`. */
typedef struct record {
  char *data;
  size_t length, largest;
  int calls, fails_at;
} record;

static int take(void *argument, const char *data, size_t length) {
  record *r = argument;
  if (++r->calls == r->fails_at) return SQLITE_FULL;
  r->data = realloc(r->data, r->length + length + 1);
  assert_non_null(r->data);
  memcpy(r->data + r->length, data, length);
  r->length += length;
  if (length > r->largest) r->largest = length;
  return SQLITE_OK;
}

/* The text, written as a string into memory, must become `expected`. */
static void becomes(const char *text, size_t size, const char *expected, size_t expected_size) {
  char *copy = exact_copy(text, size);
  strata_writer w;
  strata_writer_to_memory(&w, SIZE_MAX);
  assert_true(strata_writer_string(&w, copy, size));
  strata_writer_flush(&w);
  assert_int_equal(w.rc, SQLITE_OK);
  assert_int_equal(w.length, expected_size);
  assert_memory_equal(w.data, expected, expected_size);
  strata_writer_free(&w);
  free(copy);
}

/* What RFC 8259, section 7, asks for one ASCII character; returns its length. */
static size_t escaped(int c, char out[8]) {
  if (c == '"' || c == '\\') return (size_t)sprintf(out, "\\%c", c);
  const char *letters = "\bb\ff\nn\rr\tt";
  for (const char *p = letters; *p; p += 2) {
    if (c == *p) return (size_t)sprintf(out, "\\%c", p[1]);
  }
  if (c < 0x20) return (size_t)sprintf(out, "\\u%04x", (unsigned)c);
  out[0] = (char)c;
  return 1;
}

static void each_ascii_character_is_escaped_only_if_it_has_to_be(void **state) {
  (void)state;
  for (int c = 0; c < 0x80; c++) {
    for (size_t before = 0; before < 18; before++) {
      char text[40], expected[48] = "\"", one[8];
      memset(text, 'x', sizeof text);
      text[before] = (char)c;
      size_t n = escaped(c, one), size = before + 1 + c % 10;
      memset(expected + 1, 'x', 40);
      memcpy(expected + 1 + before, one, n);
      expected[size + n] = '"';
      becomes(text, size, expected, size + n + 1);
    }
  }
}

static void every_other_code_point_but_two_stays_as_it_is(void **state) {
  (void)state;
  strata_writer w;
  strata_writer_to_memory(&w, SIZE_MAX);
  for (uint32_t c = 0x80; c <= 0x10FFFF; c++) {
    char text[4], expected[6] = "\"";
    if (c >= 0xD800 && c <= 0xDFFF) continue;
    if (c == 0xFFFE || c == 0xFFFF) continue; /* below */
    size_t n = encode(c, text);
    memcpy(expected + 1, text, n);
    expected[n + 1] = '"';
    w.length = 0;
    if (!strata_writer_string(&w, text, n) || w.length != n + 2 || memcmp(w.data, expected, n + 2) != 0)
      fail_msg("U+%04X is not written as it is", (unsigned)c);
  }
  strata_writer_free(&w);
}

/* They are escaped because SQLite's conversion to UTF-16 turns them into U+FFFD. */
static void the_two_that_utf_16_does_not_keep_are_escaped(void **state) {
  (void)state;
  becomes("a\xEF\xBF\xBE\xEF\xBF\xBF\xEF\xBF\xBD", 10, "\"a\\ufffe\\uffff\xEF\xBF\xBD\"", 18);
}

static void an_empty_string_is_two_quotation_marks(void **state) {
  (void)state;
  becomes("", 0, "\"\"", 2);
}

/* All first bytes, followed by each byte at which a range begins or ends, in all lengths up to four. */
static void bytes_are_written_exactly_if_they_are_utf8(void **state) {
  (void)state;
  static const unsigned char ends[] = {0x00, 0x22, 0x7F, 0x80, 0x8F, 0x90, 0x9F, 0xA0, 0xBF, 0xC0, 0xFF};
  enum { N = COUNT(ends) };
  strata_writer w;
  strata_writer_to_memory(&w, SIZE_MAX);
  char *room[5];
  for (size_t size = 1; size <= 4; size++) room[size] = exact_copy("    ", size);
  long refused = 0, written = 0;
  for (int lead = 0; lead < 256; lead++) {
    for (int i = 0; i < N * N * N; i++) {
      const char text[4] = {(char)lead, (char)ends[i % N], (char)ends[i / N % N], (char)ends[i / N / N]};
      for (size_t size = i ? 4 : 1; size <= 4; size++) {
        memcpy(room[size], text, size);
        w.length = 0;
        bool ok = strata_writer_string(&w, room[size], size);
        if (ok != is_utf8(text, size))
          fail_msg("%02X %02X %02X %02X (%d bytes): %s", lead, (unsigned char)text[1], (unsigned char)text[2],
                   (unsigned char)text[3], (int)size, ok ? "written" : "refused");
        written += ok;
        refused += !ok;
      }
    }
  }
  assert_int_equal(written, 7944);
  assert_int_equal(refused, 333560);
  for (size_t size = 1; size <= 4; size++) free(room[size]);
  strata_writer_free(&w);
}

static void text_that_ends_within_a_character_is_refused(void **state) {
  (void)state;
  static const span texts[] = {B("abc\xC3"),         B("\xE2\x82"),         B("\xF0\x9F\x98"),
                               B("12345678\xF0"),    B("\xC3\xA9\xF0\x9F"), B("1234567\xE2\x82"),
                               B("12345678\xE2\x82")};
  for (size_t i = 0; i < COUNT(texts); i++) {
    char *copy = exact_copy(texts[i].data, texts[i].size);
    strata_writer w;
    strata_writer_to_memory(&w, SIZE_MAX);
    if (strata_writer_string(&w, copy, texts[i].size)) fail_msg("text %d is written", (int)i);
    strata_writer_free(&w);
    free(copy);
  }
}

static void a_document_may_be_exactly_as_long_as_the_limit(void **state) {
  (void)state;
  for (size_t limit = 0; limit < 5000; limit = limit * 2 + 1) {
    for (int too_long = 0; too_long <= 1; too_long++) {
      size_t size = limit + (size_t)too_long;
      strata_writer w;
      strata_writer_to_memory(&w, limit);
      for (size_t i = 0; i < size; i++) strata_writer_raw(&w, "x", 1);
      strata_writer_flush(&w);
      assert_int_equal(w.rc, too_long ? SQLITE_TOOBIG : SQLITE_OK);
      if (!too_long) assert_int_equal(w.length, size);
      strata_writer_free(&w);
    }
  }
}

/* Neither the room that is asked for nor the worst case of escaping counts for the limit. */
static void only_what_is_written_counts_towards_the_limit(void **state) {
  (void)state;
  strata_writer w;
  strata_writer_to_memory(&w, 12);
  char *room = strata_writer_reserve(&w, 4096);
  assert_non_null(room);
  memset(room, '1', 10);
  strata_writer_advance(&w, 10);
  strata_writer_flush(&w);
  assert_int_equal(w.rc, SQLITE_OK);
  strata_writer_string(&w, "", 0);
  strata_writer_flush(&w);
  assert_int_equal(w.rc, SQLITE_OK);
  assert_int_equal(w.length, 12);
  strata_writer_literal(&w, "x");
  strata_writer_flush(&w);
  assert_int_equal(w.rc, SQLITE_TOOBIG);
  strata_writer_free(&w);
}

static void a_document_beyond_the_limit_does_not_go_on_taking_memory(void **state) {
  (void)state;
  static char text[100000];
  memset(text, 'x', sizeof text);
  strata_writer w;
  strata_writer_to_memory(&w, 1000);
  for (int i = 0; i < 1000; i++) strata_writer_string(&w, text, sizeof text);
  assert_int_equal(w.rc, SQLITE_TOOBIG);
  assert_true(w.capacity < 1000000);
  assert_null(strata_writer_reserve(&w, w.capacity));
  strata_writer_free(&w);
}

static void a_sink_gets_every_byte_once_and_in_order(void **state) {
  (void)state;
  record r = {0};
  strata_writer w;
  strata_writer_to_sink(&w, take, &r);
  char number[16], *expected = malloc(3000000), *e = expected;
  for (int i = 0; i < 200000; i++) {
    int n = sprintf(number, "%d,", i);
    strata_writer_raw(&w, number, (size_t)n);
    memcpy(e, number, (size_t)n);
    e += n;
    assert_int_equal(w.flushed + w.length, e - expected);
  }
  assert_true(r.calls >= 3);
  strata_writer_flush(&w);
  strata_writer_flush(&w);
  assert_int_equal(w.rc, SQLITE_OK);
  assert_int_equal(w.flushed, e - expected);
  assert_int_equal(r.length, e - expected);
  assert_memory_equal(r.data, expected, r.length);
  assert_true(r.largest <= 512 * 1024);
  strata_writer_free(&w);
  free(r.data);
  free(expected);
}

static void a_short_document_reaches_the_sink_at_the_flush_and_in_one_block(void **state) {
  (void)state;
  record r = {0};
  strata_writer w;
  strata_writer_to_sink(&w, take, &r);
  strata_writer_literal(&w, "{}");
  assert_int_equal(r.calls, 0);
  strata_writer_flush(&w);
  assert_int_equal(r.calls, 1);
  assert_int_equal(r.length, 2);
  assert_memory_equal(r.data, "{}", 2);
  strata_writer_free(&w);
  free(r.data);
}

static void a_piece_longer_than_a_block_reaches_the_sink_whole(void **state) {
  (void)state;
  size_t size = 1000000;
  char *text = malloc(size);
  for (size_t i = 0; i < size; i++) text[i] = (char)('a' + i % 26);
  record r = {0};
  strata_writer w;
  strata_writer_to_sink(&w, take, &r);
  strata_writer_literal(&w, "[");
  strata_writer_raw(&w, text, size);
  strata_writer_literal(&w, "]");
  strata_writer_flush(&w);
  assert_int_equal(w.rc, SQLITE_OK);
  assert_int_equal(r.length, size + 2);
  assert_memory_equal(r.data + 1, text, size);
  assert_int_equal(r.data[size + 1], ']');
  strata_writer_free(&w);
  free(r.data);
  free(text);
}

static void after_an_error_of_the_sink_nothing_is_handed_over_any_more(void **state) {
  (void)state;
  static char text[10000];
  memset(text, '\n', sizeof text);
  for (int fails_at = 1; fails_at <= 3; fails_at++) {
    record r = {.fails_at = fails_at};
    strata_writer w;
    strata_writer_to_sink(&w, take, &r);
    for (int i = 0; i < 200; i++) assert_true(strata_writer_string(&w, text, sizeof text));
    assert_int_equal(w.rc, SQLITE_FULL);
    assert_int_equal(r.calls, fails_at);
    strata_writer_literal(&w, "x");
    strata_writer_flush(&w);
    assert_null(strata_writer_reserve(&w, PIECE * 100));
    assert_int_equal(w.rc, SQLITE_FULL);
    assert_int_equal(r.calls, fails_at);
    strata_writer_free(&w);
    free(r.data);
  }
}

static void an_error_of_the_sink_at_the_last_flush_is_an_error(void **state) {
  (void)state;
  record r = {.fails_at = 1};
  strata_writer w;
  strata_writer_to_sink(&w, take, &r);
  strata_writer_literal(&w, "{}");
  assert_int_equal(w.rc, SQLITE_OK);
  strata_writer_flush(&w);
  assert_int_equal(w.rc, SQLITE_FULL);
  strata_writer_free(&w);
  free(r.data);
}

/* A text of `size` bytes around a unit that begins at `at`, and what it becomes. */
static void check_border(const char *unit, size_t at, size_t size, const char *unit_expected) {
  size_t n = strlen(unit), m = strlen(unit_expected);
  char *text = malloc(size), *expected = malloc(size + m + 2);
  memset(text, 'x', size);
  memcpy(text + at, unit, n);
  memset(expected, 'x', size + m + 2);
  expected[0] = '"';
  memcpy(expected + 1 + at, unit_expected, m);
  expected[size - n + m + 1] = '"';
  becomes(text, size, expected, size - n + m + 2);
  record r = {0};
  strata_writer w;
  strata_writer_to_sink(&w, take, &r);
  assert_true(strata_writer_string(&w, text, size));
  strata_writer_flush(&w);
  assert_int_equal(w.rc, SQLITE_OK);
  assert_int_equal(r.length, size - n + m + 2);
  assert_memory_equal(r.data, expected, r.length);
  strata_writer_free(&w);
  free(r.data);
  free(text);
  free(expected);
}

static void characters_across_the_border_of_a_piece_stay_whole(void **state) {
  (void)state;
  static const char *const units[][2] = {{"\xC3\xA9", "\xC3\xA9"},
                                         {"\xE2\x82\xAC", "\xE2\x82\xAC"},
                                         {"\xF0\x9F\x8F\xA0\xC3\xA9", "\xF0\x9F\x8F\xA0\xC3\xA9"},
                                         {"\n\"\\", "\\n\\\"\\\\"},
                                         {"\x01\xC3\xA9\x02", "\\u0001\xC3\xA9\\u0002"}};
  for (size_t u = 0; u < COUNT(units); u++) {
    for (size_t border = PIECE; border <= 3 * PIECE; border += 2 * PIECE) {
      for (size_t back = 0; back < 8; back++) {
        check_border(units[u][0], border - back, border + 100, units[u][1]);
        check_border(units[u][0], border - back, border - back + strlen(units[u][0]), units[u][1]);
      }
    }
  }
}

static void a_broken_character_at_the_border_of_a_piece_is_refused(void **state) {
  (void)state;
  static const char *const broken[] = {"\xC3x", "\xE2\x82x", "\xF0\x9F\x8Fx", "\xED\xA0\x80", "\xA9"};
  size_t size = PIECE + 100;
  char *text = malloc(size);
  for (size_t b = 0; b < COUNT(broken); b++) {
    for (size_t back = 0; back < 6; back++) {
      memset(text, 'x', size);
      memcpy(text + PIECE - back, broken[b], strlen(broken[b]));
      strata_writer w;
      strata_writer_to_memory(&w, SIZE_MAX);
      if (strata_writer_string(&w, text, size)) fail_msg("%d, %d bytes before the border", (int)b, (int)back);
      strata_writer_free(&w);
    }
  }
  free(text);
}

/* Twelve megabytes of what takes six bytes each. */
static void a_long_text_takes_little_memory_on_its_way_to_a_sink(void **state) {
  (void)state;
  size_t size = 2000000;
  char *text = calloc(size, 1);
  record r = {0};
  strata_writer w;
  strata_writer_to_sink(&w, take, &r);
  assert_true(strata_writer_string(&w, text, size));
  strata_writer_flush(&w);
  assert_int_equal(r.length, size * 6 + 2);
  assert_int_equal(w.flushed, size * 6 + 2);
  assert_true(w.capacity <= 512 * 1024);
  for (size_t i = 0; i < size; i += 9973) assert_memory_equal(r.data + 1 + i * 6, "\\u0000", 6);
  strata_writer_free(&w);
  free(r.data);
  free(text);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(each_ascii_character_is_escaped_only_if_it_has_to_be),
      cmocka_unit_test(every_other_code_point_but_two_stays_as_it_is),
      cmocka_unit_test(the_two_that_utf_16_does_not_keep_are_escaped),
      cmocka_unit_test(an_empty_string_is_two_quotation_marks),
      cmocka_unit_test(bytes_are_written_exactly_if_they_are_utf8),
      cmocka_unit_test(text_that_ends_within_a_character_is_refused),
      cmocka_unit_test(a_document_may_be_exactly_as_long_as_the_limit),
      cmocka_unit_test(only_what_is_written_counts_towards_the_limit),
      cmocka_unit_test(a_document_beyond_the_limit_does_not_go_on_taking_memory),
      cmocka_unit_test(a_sink_gets_every_byte_once_and_in_order),
      cmocka_unit_test(a_short_document_reaches_the_sink_at_the_flush_and_in_one_block),
      cmocka_unit_test(a_piece_longer_than_a_block_reaches_the_sink_whole),
      cmocka_unit_test(after_an_error_of_the_sink_nothing_is_handed_over_any_more),
      cmocka_unit_test(an_error_of_the_sink_at_the_last_flush_is_an_error),
      cmocka_unit_test(characters_across_the_border_of_a_piece_stay_whole),
      cmocka_unit_test(a_broken_character_at_the_border_of_a_piece_is_refused),
      cmocka_unit_test(a_long_text_takes_little_memory_on_its_way_to_a_sink),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
