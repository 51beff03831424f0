/*
** test_json_window.c: the scanner sees a document in a file through a window, and it
** makes no difference where the window's borders fall.
**
** Each token is put at every place around the end of the first window, in files that end
** with it or go on. The scanner's verdict must be the same as for this text in memory.
*/
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdio.h>

#include "json_bytes.h"
#include "json_scanner.h"

/* A text of white space, `before` bytes, then the token, then `after`; free it. */
static span padded(size_t before, span token, span after) {
  size_t size = before + token.size + after.size;
  char *text = malloc(size ? size : 1);
  memset(text, ' ', before);
  memcpy(text + before, token.data, token.size);
  memcpy(text + before + token.size, after.data, after.size);
  return (span){text, size};
}

/* Both sources must give the same verdict, at the same place. */
static bool same_verdict(span text, size_t keep_from) {
  file f = {.content = text};
  strata_source sources[2] = {{.data = text.data, .size = text.size}, {.read = read_file, .argument = &f}};
  strata_scanner s[2];
  bool ok[2];
  for (int i = 0; i < 2; i++) {
    strata_json_type type;
    strata_scanner_open(&s[i], &sources[i]);
    if (keep_from > 0) {
      strata_scanner_peek(&s[i]);
      s[i].keep = s[i].at;
    }
    ok[i] = strata_scanner_value(&s[i], 0, &type) && strata_scanner_peek(&s[i]) < 0 && s[i].rc == 0;
    if (keep_from > 0 && ok[i]) {
      size_t length = (size_t)(s[i].at - s[i].keep);
      assert_int_equal(length, text.size - keep_from);
      assert_memory_equal(s[i].keep, text.data + keep_from, length);
    }
  }
  assert_int_equal(ok[0], ok[1]);
  assert_int_equal(strata_scanner_offset(&s[0]), strata_scanner_offset(&s[1]));
  assert_int_equal(s[0].problem_offset, s[1].problem_offset);
  assert_ptr_equal(s[0].problem, s[1].problem);
  for (int i = 0; i < 2; i++) strata_scanner_close(&s[i]);
  return ok[0];
}

static const span good[] = {B("true"),
                            B("false"),
                            B("null"),
                            B("-12.5e+10"),
                            B("0"),
                            B("\"ab\\n\""),
                            B("\"\\u20AC\""),
                            B("\"\\uD83D\\uDE00\""),
                            B("\"\xC3\xA9\xE2\x82\xAC\xF0\x9F\x98\x80\""),
                            B("[1,[],{}]"),
                            B("{\"a\":\"b\"}"),
                            B("[ \"\\\\\" ,\n-0 ]")};
static const span bad[] = {B("trux"),
                           B("nul"),
                           B("01"),
                           B("1.x"),
                           B("1e"),
                           B("\"\\uD83D\\uD83D\""),
                           B("\"\\u12\""),
                           B("\"\\"),
                           B("\"\xE2\x82x\""),
                           B("\"\xF0\x9F"),
                           B("\"\xF0\x9F\x98\""),
                           B("\"a\nb\""),
                           B("[1,]"),
                           B("{\"a\":1"),
                           B("\"\\uDC00\""),
                           B("[1]x"),
                           B("\"\\q\"")};

static void tokens_may_lie_across_the_end_of_the_window(void **state) {
  (void)state;
  static const span after[] = {B(""), B(" \n")};
  for (size_t t = 0; t < COUNT(good) + COUNT(bad); t++) {
    bool is_good = t < COUNT(good);
    span token = is_good ? good[t] : bad[t - COUNT(good)];
    for (size_t back = 0; back <= token.size + 1; back++) {
      for (size_t a = 0; a < COUNT(after); a++) {
        span text = padded(WINDOW - back, token, after[a]);
        if (same_verdict(text, 0) != is_good)
          fail_msg("%s, %d bytes before the border", token.data, (int)back);
        free((char *)text.data);
      }
    }
  }
}

/* The caller keeps the token, so the window must move or grow without losing it. */
static void what_is_kept_stays_whole_across_the_end_of_the_window(void **state) {
  (void)state;
  for (size_t t = 0; t < COUNT(good); t++) {
    for (size_t back = 0; back <= good[t].size + 1; back++) {
      span text = padded(WINDOW - back, good[t], (span)B(""));
      assert_true(same_verdict(text, WINDOW - back));
      free((char *)text.data);
    }
  }
}

static void a_file_may_have_any_size_around_the_window(void **state) {
  (void)state;
  for (size_t windows = 1; windows <= 2; windows++) {
    for (size_t size = windows * WINDOW - 5; size <= windows * WINDOW + 5; size++) {
      char *text = malloc(size);
      memset(text, 'x', size);
      text[0] = text[size - 1] = '"';
      assert_true(same_verdict((span){text, size}, 0));
      memcpy(text + size - 5, "\xF0\x9F\x98\x80\"", 5);
      assert_true(same_verdict((span){text, size}, 0));
      text[size - 1] = 'x';
      assert_false(same_verdict((span){text, size}, 0));
      free(text);
    }
  }
}

/* A row of megabytes is kept whole while it is scanned, and its beginning is not lost. */
static void a_long_value_can_be_kept(void **state) {
  (void)state;
  static const size_t sizes[] = {100,    WINDOW / 2 - 1, WINDOW / 2, WINDOW / 2 + 1, WINDOW - 1,
                                 WINDOW, WINDOW + 1,     2 * WINDOW, 5 * WINDOW + 7};
  for (size_t i = 0; i < COUNT(sizes); i++) {
    for (size_t before = 1; before < 2 * WINDOW; before += WINDOW / 2 + 9) {
      char *token = malloc(sizes[i]);
      for (size_t k = 0; k < sizes[i]; k++) token[k] = (char)('a' + k % 23);
      token[0] = token[sizes[i] - 1] = '"';
      span text = padded(before, (span){token, sizes[i]}, (span)B(""));
      assert_true(same_verdict(text, before));
      free((char *)text.data);
      free(token);
    }
  }
}

static void a_long_document_is_seen_through_a_small_window(void **state) {
  (void)state;
  size_t size = 5000000;
  char *text = malloc(size), *p = text;
  *p++ = '[';
  for (int i = 0; p - text < (ptrdiff_t)size - 64; i++)
    p += sprintf(p, "{\"id\":\"%d\",\"n\":%d},\n", i, i * 31);
  memcpy(p - 2, "]", 1);
  file f = {.content = {text, (size_t)(p - 1 - text)}};
  strata_source source = {.read = read_file, .argument = &f};
  strata_scanner s;
  strata_json_type type;
  strata_scanner_open(&s, &source);
  assert_true(strata_scanner_value(&s, 0, &type));
  assert_int_equal(strata_scanner_peek(&s), -1);
  assert_int_equal(strata_scanner_offset(&s), f.content.size);
  assert_int_equal(s.capacity, WINDOW);
  strata_scanner_close(&s);
  free(text);
}

static void scanning_can_go_on_at_any_offset(void **state) {
  (void)state;
  size_t size = 3 * WINDOW;
  char *text = malloc(size);
  memset(text, ' ', size);
  static const size_t places[] = {0, 100, WINDOW - 2, WINDOW, WINDOW + 50, 2 * WINDOW - 1, 3 * WINDOW - 8};
  for (size_t i = 0; i < COUNT(places); i++) {
    memcpy(text + places[i], "[12345]", 7);
    text[places[i] + 5] = (char)('0' + i);
  }
  file f = {.content = {text, size}};
  strata_source sources[2] = {{.data = text, .size = size}, {.read = read_file, .argument = &f}};
  for (int k = 0; k < 2; k++) {
    strata_scanner s;
    strata_scanner_open(&s, &sources[k]);
    for (size_t n = 0; n < 200; n++) {
      size_t i = n * n * 5 % COUNT(places);
      strata_json_type type;
      strata_scanner_seek(&s, places[i]);
      assert_int_equal(strata_scanner_offset(&s), places[i]);
      assert_int_equal(strata_scanner_peek(&s), '[');
      s.keep = s.at;
      assert_true(strata_scanner_value(&s, 0, &type));
      assert_int_equal(strata_scanner_offset(&s), places[i] + 7);
      assert_int_equal(s.keep[5], '0' + (int)i);
    }
    strata_scanner_close(&s);
  }
  free(text);
}

static void an_error_of_the_source_is_no_problem_of_the_text(void **state) {
  (void)state;
  size_t size = 3 * WINDOW;
  char *text = malloc(size);
  memset(text, 'x', size);
  text[0] = text[size - 1] = '"';
  for (int fails_at = 1; fails_at <= 3; fails_at++) {
    file f = {.content = {text, size}, .fails_at_read = fails_at};
    strata_source source = {.read = read_file, .argument = &f};
    strata_scanner s;
    strata_json_type type;
    strata_scanner_open(&s, &source);
    assert_false(strata_scanner_value(&s, 0, &type));
    assert_int_equal(s.rc, 10);
    assert_null(s.problem);
    assert_int_equal(strata_scanner_peek(&s), -1);
    assert_false(strata_scanner_expect(&s, 'x', "another problem"));
    assert_false(strata_scanner_more(&s, ']'));
    assert_int_equal(s.rc, 10);
    assert_int_equal(f.reads, fails_at);
    strata_scanner_close(&s);
  }
  free(text);
}

static void a_byte_order_mark_is_skipped_only_if_it_is_one(void **state) {
  (void)state;
  static const struct {
    span text;
    uint64_t skipped;
  } cases[] = {{B("\xEF\xBB\xBF{}"), 3},
               {B("\xEF\xBB\xBF"), 3},
               {B("\xEF\xBB"), 0},
               {B("\xEF\xBB\xBE{}"), 0},
               {B("{}"), 0},
               {B(""), 0},
               {B("\xEF\xBB\xBF\xEF\xBB\xBF"), 3},
               {B(" \xEF\xBB\xBF"), 0},
               {B("\xFE\xFF{"), 0}};
  for (size_t i = 0; i < COUNT(cases); i++) {
    for (size_t most = 0; most <= 2; most++) {
      char *copy = exact_copy(cases[i].text.data, cases[i].text.size);
      file f = {.content = {copy, cases[i].text.size}, .most = most};
      strata_source from_memory = {.data = copy, .size = f.content.size},
                    from_file = {.read = read_file, .argument = &f};
      strata_scanner s;
      strata_scanner_open(&s, most == 0 ? &from_memory : &from_file);
      strata_scanner_skip_bom(&s);
      assert_int_equal(strata_scanner_offset(&s), cases[i].skipped);
      assert_int_equal(s.rc, 0);
      strata_scanner_close(&s);
      free(copy);
    }
  }
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(tokens_may_lie_across_the_end_of_the_window),
      cmocka_unit_test(what_is_kept_stays_whole_across_the_end_of_the_window),
      cmocka_unit_test(a_file_may_have_any_size_around_the_window),
      cmocka_unit_test(a_long_value_can_be_kept),
      cmocka_unit_test(a_long_document_is_seen_through_a_small_window),
      cmocka_unit_test(scanning_can_go_on_at_any_offset),
      cmocka_unit_test(an_error_of_the_source_is_no_problem_of_the_text),
      cmocka_unit_test(a_byte_order_mark_is_skipped_only_if_it_is_one),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
