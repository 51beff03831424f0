/*
** test_json_scanner.c: what json_scanner.h promises: exactly RFC 8259 in
** exactly UTF-8, without recursion, from memory and from a file alike.
**
** Every text is judged from memory that ends with it, from a file, and from a file that
** returns one to seven bytes at a time; all must agree.
*/
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdio.h>

#include "json_bytes.h"
#include "json_grammar.h"
#include "json_scanner.h"
#include "json_texts.h"

/* The scanner's verdict on a whole text. */
typedef struct verdict {
  bool ok;
  strata_json_type type;
  const char *problem;
  uint64_t offset;
  bool has_escape;
} verdict;

static verdict judge_source(const strata_source *source, int depth) {
  strata_scanner s;
  verdict v = {0};
  strata_scanner_open(&s, source);
  v.ok = strata_scanner_value(&s, depth, &v.type);
  if (v.ok && strata_scanner_peek(&s) >= 0) v.ok = strata_scanner_fail(&s, "something follows");
  assert_int_equal(v.ok, s.rc == 0);
  assert_int_equal(v.ok, s.problem == NULL);
  v.problem = s.problem;
  v.offset = v.ok ? strata_scanner_offset(&s) : s.problem_offset;
  v.has_escape = s.has_escape;
  strata_scanner_close(&s);
  return v;
}

static verdict judge_memory(span text) {
  char *copy = exact_copy(text.data, text.size);
  strata_source source = {.data = copy, .size = text.size};
  verdict v = judge_source(&source, 0);
  free(copy);
  return v;
}

static verdict judge_file(span text, size_t most) {
  file f = {.content = text, .most = most};
  strata_source source = {.read = read_file, .argument = &f};
  return judge_source(&source, 0);
}

static void agree(const char *how, span text, verdict a, verdict b) {
  bool same = a.ok == b.ok && a.problem == b.problem && a.offset == b.offset &&
              a.has_escape == b.has_escape && (!a.ok || a.type == b.type);
  if (!same)
    fail_msg("%s: %.*s: '%s' at %d, from memory '%s' at %d", how, (int)(text.size < 60 ? text.size : 60),
             text.data, b.problem ? b.problem : "accepted", (int)b.offset, a.problem ? a.problem : "accepted",
             (int)a.offset);
}

/* The verdict on a text, which must be the same from every source. */
static verdict judge(span text) {
  verdict v = judge_memory(text);
  agree("from a file", text, v, judge_file(text, 0));
  for (size_t most = 1; most <= 7; most++) agree("in small pieces", text, v, judge_file(text, most));
  return v;
}

static void every_text_that_the_grammar_allows_is_accepted(void **state) {
  (void)state;
  for (size_t i = 0; i < COUNT(accepted); i++) {
    verdict v = judge(accepted[i]);
    if (!v.ok) fail_msg("%s: %s at %d", accepted[i].data, v.problem, (int)v.offset);
    assert_int_equal(v.offset, accepted[i].size);
  }
}

static void every_other_text_is_refused(void **state) {
  (void)state;
  for (size_t i = 0; i < COUNT(refused); i++) {
    verdict v = judge(refused[i]);
    if (v.ok) fail_msg("text %d is accepted: %s", (int)i, refused[i].data);
    assert_true(v.offset <= refused[i].size);
  }
}

/* A text that was cut is not JSON, unless it is a number at the top level. */
static void no_text_is_accepted_before_its_end(void **state) {
  (void)state;
  for (size_t i = 0; i < COUNT(accepted); i++) {
    for (size_t size = 0; size < accepted[i].size; size++) {
      span cut = {accepted[i].data, size};
      verdict v = judge_memory(cut);
      if (v.ok != grammar_accepts(cut.data, size))
        fail_msg("%.*s: %s", (int)size, cut.data, v.ok ? "accepted" : v.problem);
      agree("in small pieces", cut, v, judge_file(cut, 1 + size % 3));
    }
  }
}

/* Compare every text of up to `most` of these pieces with the grammar of the RFC. */
static void compare_all(const char *const *pieces, int count, int most, long expected) {
  long seen = 0;
  for (int parts = 0; parts <= most; parts++) {
    long total = 1;
    for (int i = 0; i < parts; i++) total *= count;
    for (long number = 0; number < total; number++) {
      char text[64];
      size_t size = 0;
      long rest = number;
      for (int i = 0; i < parts; i++, rest /= count) {
        const char *piece = pieces[rest % count];
        memcpy(text + size, piece, strlen(piece));
        size += strlen(piece);
      }
      span all = {text, size};
      strata_source source = {.data = text, .size = size};
      verdict v = judge_source(&source, 0);
      if (v.ok != grammar_accepts(text, size))
        fail_msg("%.*s: %s", (int)size, text, v.ok ? "accepted" : v.problem);
      if (number % 97 == 0) agree("in small pieces", all, v, judge_file(all, 1 + (size_t)number % 5));
      seen += v.ok;
    }
  }
  assert_int_equal(seen, expected);
}

static void the_scanner_and_the_grammar_agree_on_all_short_texts(void **state) {
  (void)state;
  static const char *const marks[] = {"[", "]", "{", "}", ",", ":", "\"\"", "0", "true", " "};
  static const char *const numbers[] = {"-", "+", ".", "0", "1", "e", "E"};
  static const char *const strings[] = {"\"",   "\\", "u",    "d",    "83",   "c",
                                        "0000", "n",  "\xC3", "\xA9", "\xE2", "\x1F"};
  compare_all(marks, COUNT(marks), 6, 401);
  compare_all(numbers, COUNT(numbers), 7, 2944);
  compare_all(strings, COUNT(strings), 5, 344);
}

static void the_type_of_a_value_is_told(void **state) {
  (void)state;
  static const struct {
    span text;
    strata_json_type type;
  } cases[] = {{B("null"), STRATA_JSON_NULL},         {B(" true"), STRATA_JSON_TRUE},
               {B("false"), STRATA_JSON_FALSE},       {B("-1"), STRATA_JSON_NUMBER},
               {B("0"), STRATA_JSON_NUMBER},          {B("\"1\""), STRATA_JSON_STRING},
               {B("[{\"a\":1}]"), STRATA_JSON_ARRAY}, {B("[]"), STRATA_JSON_ARRAY},
               {B("{\"a\":[]}"), STRATA_JSON_OBJECT}, {B("{}"), STRATA_JSON_OBJECT}};
  for (size_t i = 0; i < COUNT(cases); i++) assert_int_equal(judge(cases[i].text).type, cases[i].type);
}

static void escapes_are_noticed(void **state) {
  (void)state;
  static const struct {
    span text;
    bool escape;
  } cases[] = {{B("[\"1\",\"/u0001\",null]"), false},
               {B("{\"a\\u0000\":\"\"}"), true},
               {B("[\"\\\\u0000\"]"), true},
               {B("[-1,\"a\\n\"]"), true}};
  for (size_t i = 0; i < COUNT(cases); i++) {
    verdict v = judge(cases[i].text);
    assert_true(v.ok);
    assert_int_equal(v.has_escape, cases[i].escape);
  }
}

static void a_problem_says_what_is_wrong_and_where(void **state) {
  (void)state;
  static const struct {
    span text;
    uint64_t offset;
    const char *words;
  } cases[] = {
      {B(""), 0, "expected a value"},
      {B("[1, "), 4, "unfinished"},
      {B("[x]"), 1, "expected a value"},
      {B("[:]"), 1, "expected a value"},
      {B("[nuLl]"), 1, "expected a value"},
      {B("[01]"), 2, "leading zero"},
      {B("[1.x]"), 3, "missing a digit"},
      {B("[-]"), 2, "missing a digit"},
      {B("-"), 1, "unfinished"},
      {B("[1"), 2, "unfinished"},
      {B("{\"a\""), 4, "unfinished"},
      {B("[1,]"), 3, "a value is missing"},
      {B("{\"a\":}"), 5, "a value is missing"},
      {B("[1e+]"), 4, "missing a digit"},
      {B("[1 2]"), 3, "expected ',' or ']'"},
      {B("{\"a\":1]"), 6, "expected ',' or '}'"},
      {B("{\"a\" 1}"), 5, "expected ':'"},
      {B("{\"a\":1,}"), 7, "a member is missing"},
      {B("{a:1}"), 1, "name in quotation marks"},
      {B("\"abc"), 4, "unfinished"},
      {B("\"abc\\"), 5, "unfinished"},
      {B("\"a\nb\""), 2, "control character"},
      {B("\"a\\xb\""), 2, "unknown escape"},
      {B("\"a\\u12x4\""), 2, "four hexadecimal digits"},
      {B("\"a\\uD800b\""), 2, "high surrogate without its low"},
      {B("\"a\\uDC00b\""), 2, "low surrogate without its high"},
      {B("\"a\xC3(\""), 2, "not valid UTF-8"},
      {B("\"a\xE2\x82"), 4, "unfinished"},
      {B("\"a\\u12"), 6, "unfinished"},
      {B("\"a\\uD800\\uDC"), 12, "unfinished"},
      {B("[] []"), 3, "something follows"},
  };
  for (size_t i = 0; i < COUNT(cases); i++) {
    verdict v = judge(cases[i].text);
    assert_false(v.ok);
    if (v.offset != cases[i].offset || strstr(v.problem, cases[i].words) == NULL)
      fail_msg("%s: '%s' at %d", cases[i].text.data, v.problem, (int)v.offset);
  }
}

/* `depth` times what opens, then what closes it again; the caller frees it. */
static span nested(const char *const *opens, const char *const *closes, size_t kinds, size_t depth) {
  char *text = malloc(depth * 8 + 1), *p = text;
  for (size_t i = 0; i < depth; i++) p += sprintf(p, "%s", opens[i % kinds]);
  for (size_t i = depth; i > 0; i--) p += sprintf(p, "%s", closes[(i - 1) % kinds]);
  return (span){text, (size_t)(p - text)};
}

static void values_nest_64_levels_deep_and_no_deeper(void **state) {
  (void)state;
  static const char *const opens[] = {"["}, *const closes[] = {"]"};
  assert_int_equal(STRATA_MAX_DEPTH, 64);
  for (size_t depth = 60; depth <= 70; depth++) {
    span arrays = nested(opens, closes, 1, depth);
    verdict v = judge(arrays);
    assert_int_equal(v.ok, depth <= 64);
    if (!v.ok) assert_int_equal(v.offset, 64);
    for (int around = 0; around <= 64; around += 4) {
      strata_source source = {.data = arrays.data, .size = arrays.size};
      assert_int_equal(judge_source(&source, around).ok, depth + (size_t)around <= 64);
    }
    free((char *)arrays.data);
  }
}

static void arrays_and_objects_count_alike_towards_the_depth(void **state) {
  (void)state;
  static const char *const opens[] = {"[{\"a\":", "{\"b\":["}, *const closes[] = {"}]", "]}"};
  for (size_t pairs = 31; pairs <= 33; pairs++) {
    span text = nested(opens, closes, 2, pairs);
    char *filled = malloc(text.size + 1);
    size_t half = 0;
    while (half < text.size && strchr("[{\"ab:", text.data[half])) half++;
    memcpy(filled, text.data, half);
    filled[half] = '7';
    memcpy(filled + half + 1, text.data + half, text.size - half);
    verdict v = judge((span){filled, text.size + 1});
    assert_int_equal(v.ok, pairs <= 32);
    if (!v.ok) assert_non_null(strstr(v.problem, "too deeply"));
    free(filled);
    free((char *)text.data);
  }
}

/* Only open arrays count for the depth: 200,000 siblings at the deepest level are allowed. */
static void siblings_do_not_count_towards_the_depth(void **state) {
  (void)state;
  char *text = malloc(1000000), *p = text;
  for (int i = 0; i < 63; i++) *p++ = '[';
  for (int i = 0; i < 200000; i++) p += sprintf(p, "%s", i % 2 ? "[]," : "{},");
  p[-1] = ']';
  for (int i = 0; i < 62; i++) *p++ = ']';
  verdict v = judge_memory((span){text, (size_t)(p - text)});
  assert_true(v.ok);
  agree("from a file", (span){text, 0}, v, judge_file((span){text, (size_t)(p - text)}, 0));
  free(text);
}

static void a_million_brackets_are_refused_at_the_65th(void **state) {
  (void)state;
  static const char *const opens[] = {"[", "{\"a\":", "[[],", "{\"a\":["};
  static const uint64_t offsets[] = {64, 64 * 5, 63 * 4 + 1, 32 * 6};
  for (size_t k = 0; k < COUNT(opens); k++) {
    size_t n = strlen(opens[k]), count = 1000000;
    char *text = malloc(n * count);
    for (size_t i = 0; i < count; i++) memcpy(text + i * n, opens[k], n);
    span all = {text, n * count};
    verdict v = judge_memory(all);
    assert_false(v.ok);
    assert_non_null(strstr(v.problem, "too deeply"));
    assert_int_equal(v.offset, offsets[k]);
    agree("from a file", all, v, judge_file(all, 0));
    free(text);
  }
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(every_text_that_the_grammar_allows_is_accepted),
      cmocka_unit_test(every_other_text_is_refused),
      cmocka_unit_test(no_text_is_accepted_before_its_end),
      cmocka_unit_test(the_scanner_and_the_grammar_agree_on_all_short_texts),
      cmocka_unit_test(the_type_of_a_value_is_told),
      cmocka_unit_test(escapes_are_noticed),
      cmocka_unit_test(a_problem_says_what_is_wrong_and_where),
      cmocka_unit_test(values_nest_64_levels_deep_and_no_deeper),
      cmocka_unit_test(arrays_and_objects_count_alike_towards_the_depth),
      cmocka_unit_test(siblings_do_not_count_towards_the_depth),
      cmocka_unit_test(a_million_brackets_are_refused_at_the_65th),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
