/*
** json_grammar.h: RFC 8259 written down rule by rule, to compare with the scanner:
** recursive and simple, and for short texts only.
*/
#ifndef STRATA_TESTS_JSON_GRAMMAR_H
#define STRATA_TESTS_JSON_GRAMMAR_H

#include "json_bytes.h"

/* Each rule takes the text and its end, and returns where it ends, or NULL. */
static const char *grammar_value(const char *p, const char *end);

/* ws = *( %x20 / %x09 / %x0A / %x0D ) */
static const char *grammar_ws(const char *p, const char *end) {
  while (p && p < end && (*p == 0x20 || *p == 0x09 || *p == 0x0A || *p == 0x0D)) p++;
  return p;
}

static const char *grammar_char(const char *p, const char *end, const char *one_of) {
  return p && p < end && *p && strchr(one_of, *p) ? p + 1 : NULL;
}

/* 1*DIGIT */
static const char *grammar_digits(const char *p, const char *end) {
  p = grammar_char(p, end, "0123456789");
  while (grammar_char(p, end, "0123456789")) p++;
  return p;
}

/* number = [ "-" ] ( "0" / digit1-9 *DIGIT ) [ "." 1*DIGIT ] [ ("e" / "E") [ "-" / "+" ] 1*DIGIT ] */
static const char *grammar_number(const char *p, const char *end) {
  if (grammar_char(p, end, "-")) p++;
  p = grammar_char(p, end, "0") ? p + 1 : grammar_char(p, end, "123456789") ? grammar_digits(p, end) : NULL;
  if (grammar_char(p, end, ".")) p = grammar_digits(p + 1, end);
  if (grammar_char(p, end, "eE")) {
    p++;
    if (grammar_char(p, end, "+-")) p++;
    p = grammar_digits(p, end);
  }
  return p;
}

/* The number of "u" 4HEXDIG, or -1 if the text has something else. */
static long grammar_unit(const char *p, const char *end) {
  static const char hex[] = "0123456789abcdef0123456789ABCDEF";
  long value = 0;
  if (end - p < 5 || *p != 'u') return -1;
  for (int i = 1; i <= 4; i++) {
    const char *digit = p[i] ? strchr(hex, p[i]) : NULL;
    if (digit == NULL) return -1;
    value = value * 16 + (digit - hex) % 16;
  }
  return value;
}

/* string = quotation-mark *char quotation-mark; a surrogate only in a pair (section 8.2 warns of others). */
static const char *grammar_string(const char *p, const char *end) {
  p = grammar_char(p, end, "\"");
  while (p && p < end && *p != '"') {
    if ((unsigned char)*p < 0x20) return NULL;
    if (*p != '\\') {
      p++;
    } else if (grammar_char(p + 1, end, "\"\\/bfnrt")) {
      p += 2;
    } else {
      long unit = grammar_unit(p + 1, end);
      if (unit < 0 || (unit >= 0xDC00 && unit <= 0xDFFF)) return NULL;
      p += 6;
      if (unit >= 0xD800 && unit <= 0xDBFF) {
        if (p == end || *p != '\\') return NULL;
        long low = grammar_unit(p + 1, end);
        if (low < 0xDC00 || low > 0xDFFF) return NULL;
        p += 6;
      }
    }
  }
  return grammar_char(p, end, "\"");
}

/* array = "[" [ value *( "," value ) ] "]", and an object with its names in the same way */
static const char *grammar_list(const char *p, const char *end, bool object) {
  const char *close = object ? "}" : "]";
  p = grammar_ws(p + 1, end);
  if (grammar_char(p, end, close)) return p + 1;
  while (p) {
    if (object) {
      p = grammar_ws(grammar_string(grammar_ws(p, end), end), end);
      p = grammar_char(p, end, ":");
    }
    if (p) p = grammar_value(p, end);
    if (grammar_char(p, end, close)) return p + 1;
    p = grammar_char(p, end, ",");
  }
  return NULL;
}

/* A value with the white space around it. */
static const char *grammar_value(const char *p, const char *end) {
  static const char *const words[] = {"true", "false", "null"};
  p = grammar_ws(p, end);
  for (size_t i = 0; i < COUNT(words); i++) {
    size_t n = strlen(words[i]);
    if ((size_t)(end - p) >= n && memcmp(p, words[i], n) == 0) return grammar_ws(p + n, end);
  }
  if (grammar_char(p, end, "{["))
    p = grammar_list(p, end, *p == '{');
  else
    p = grammar_char(p, end, "\"") ? grammar_string(p, end) : grammar_number(p, end);
  return grammar_ws(p, end);
}

/* JSON-text = ws value ws, in UTF-8 */
static bool grammar_accepts(const char *text, size_t size) {
  return grammar_value(text, text + size) == text + size && is_utf8(text, size);
}

#endif
