/*
** json_scanner.c: the grammar of JSON, and the window on the text.
**
** Functions of the grammar look at `at` up to `end`; at the window's end they call
** fill(), which moves the window forward and keeps what the scanner has not passed
** (and what lies behind `keep`). Errors are sticky: after one everything returns false.
*/
#include "json_scanner.h"
#include "sqlite_api.h"
#include "utf8.h"

#include <string.h>

#define WINDOW ((size_t)256 * 1024)
/* How much text in memory is scanned before the scanner asks again whether to stop. */
#define PIECE ((uint64_t)64 * 1024)

const char *strata_json_type_name(strata_json_type type) {
  static const char *const names[] = {"null",     "true",     "false",    "a number",
                                      "a string", "an array", "an object"};
  return names[type];
}

void strata_scanner_open(strata_scanner *s, const strata_source *source) {
  *s = (strata_scanner){.source = source};
  strata_scanner_seek(s, 0);
}

void strata_scanner_close(strata_scanner *s) {
  sqlite3_free(s->buffer);
  s->buffer = NULL;
}

/* The end of the piece that begins at `offset`, in text in memory. */
static const unsigned char *end_of_piece(const strata_source *source, uint64_t offset) {
  uint64_t left = source->size - offset;
  return (const unsigned char *)source->data + offset + (left < PIECE ? left : PIECE);
}

void strata_scanner_seek(strata_scanner *s, uint64_t offset) {
  s->keep = NULL;
  if (s->source->data) {
    s->window = (const unsigned char *)s->source->data;
    s->at = s->window + offset;
    s->end = end_of_piece(s->source, offset);
  } else if (s->buffer && offset >= s->base && offset - s->base <= (uint64_t)(s->end - s->window)) {
    s->at = s->window + (offset - s->base);
  } else {
    s->window = s->at = s->end = s->buffer;
    s->base = offset;
  }
}

/* Make room in the buffer: move what must be kept to its front, or, if that takes more than half of it, to a buffer of
** twice the size. */
static bool make_room(strata_scanner *s) {
  const unsigned char *from = s->keep ? s->keep : s->at;
  size_t kept = from ? (size_t)(s->end - from) : 0;
  size_t capacity = s->capacity;
  if (s->buffer == NULL)
    capacity = WINDOW;
  else if (kept > capacity / 2)
    capacity *= 2; /* with 32 bits this can overflow to 0: no memory */
  unsigned char *buffer = s->buffer;
  if (buffer == NULL || capacity != s->capacity) {
    buffer = capacity ? sqlite3_malloc64(capacity) : NULL;
    if (buffer == NULL) {
      s->rc = SQLITE_NOMEM;
      return false;
    }
  }
  if (kept) memmove(buffer, from, kept);
  s->base += (uint64_t)(from - s->window);
  s->at = buffer + (s->at - from);
  if (s->keep) s->keep = buffer;
  s->end = buffer + kept;
  if (buffer != s->buffer) sqlite3_free(s->buffer);
  s->window = s->buffer = buffer;
  s->capacity = capacity;
  return true;
}

/* Read more of a file into the window. False at the end of the file or after an error. */
static bool read_more(strata_scanner *s) {
  size_t used = (size_t)(s->end - s->window), got = 0;
  if (used == s->capacity) {
    if (!make_room(s)) return false;
    used = (size_t)(s->end - s->window);
  }
  size_t size = s->capacity - used < WINDOW ? s->capacity - used : WINDOW;
  s->rc = s->source->read(s->source->argument, s->base + used, (char *)s->buffer + used, size, &got);
  if (s->rc != SQLITE_OK) return false;
  s->end += got;
  return got > 0;
}

/* Move the window's end forward. False at the end of the text or after an error. Invalidates pointers into the window,
** except for the scanner's own. */
static bool fill(strata_scanner *s) {
  if (s->rc != SQLITE_OK) return false;
  if (s->ctx) {
    strata_check_interrupt(s->ctx);
    s->rc = s->ctx->rc;
    if (s->rc != SQLITE_OK) return false;
  }
  if (s->source->data == NULL) return read_more(s);
  const unsigned char *end = s->end;
  s->end = end_of_piece(s->source, (uint64_t)(end - s->window));
  return s->end > end;
}

/* If the text ends where something else was expected, say that it is incomplete: mostly a download or a full disk has
** cut it. */
bool strata_scanner_fail(strata_scanner *s, const char *problem) {
  if (s->rc != SQLITE_OK) return false;
  uint64_t offset = strata_scanner_offset(s);
  bool ended = s->at == s->end && !fill(s);
  if (s->rc != SQLITE_OK) return false;
  s->rc = SQLITE_ERROR;
  s->problem = ended && offset > 0 ? "the text ends here, unfinished: is the document complete?" : problem;
  s->problem_offset = offset;
  return false;
}

/* Whether the text has `n` more bytes, which are in the window then. */
static bool have(strata_scanner *s, size_t n) {
  while ((size_t)(s->end - s->at) < n) {
    if (!fill(s)) return false;
  }
  return true;
}

/* The next byte, without passing it; -1 at the end of the text or after an error. */
static inline int next(strata_scanner *s) {
  return s->at < s->end || fill(s) ? *s->at : -1;
}

int strata_scanner_peek(strata_scanner *s) {
  /* The usual case: no white space, and not at the window's end. */
  if (s->rc == SQLITE_OK && s->at<s->end && * s->at> ' ') return *s->at;
  if (s->rc != SQLITE_OK) return -1;
  for (;;) {
    int c = next(s);
    if (c != ' ' && c != '\n' && c != '\t' && c != '\r') return c;
    s->at++;
  }
}

bool strata_scanner_expect(strata_scanner *s, char c, const char *problem) {
  if (strata_scanner_peek(s) != c) return strata_scanner_fail(s, problem);
  s->at++;
  return true;
}

bool strata_scanner_more(strata_scanner *s, char close) {
  int c = strata_scanner_peek(s);
  if (c == ',') {
    s->at++;
    return true;
  }
  if (c == close) {
    s->at++;
    return false;
  }
  return strata_scanner_fail(s, close == '}' ? "expected ',' or '}' after a member"
                                             : "expected ',' or ']' after an element");
}

void strata_scanner_skip_bom(strata_scanner *s) {
  if (have(s, 3) && memcmp(s->at, "\xEF\xBB\xBF", 3) == 0) s->at += 3;
}

static int hex_digit(unsigned char c) {
  return c >= '0' && c <= '9' ? c - '0' : (c | 0x20) >= 'a' && (c | 0x20) <= 'f' ? (c | 0x20) - 'a' + 10 : -1;
}

/* The value of the escape \uXXXX at `at`, which is not passed; -1 if there is none. If the text ends within it, go to
** the end, which is then where the problem is. */
static int unit(strata_scanner *s) {
  int left = have(s, 6) ? 6 : (int)(s->end - s->at);
  int value = 0;
  for (int i = 0; i < left; i++) {
    int digit = i == 0 ? s->at[i] == '\\' : i == 1 ? s->at[i] == 'u' : hex_digit(s->at[i]) + 1;
    if (digit == 0) return -1;
    if (i > 1) value = value * 16 + digit - 1;
  }
  if (left == 6) return value;
  s->at = s->end;
  return -1;
}

/* Pass an escape, or a surrogate pair of two. */
static bool escape(strata_scanner *s) {
  s->has_escape = true;
  if (!have(s, 2)) {
    s->at = s->end;
    return strata_scanner_fail(s, "the text ends within a string");
  }
  if (s->at[1] != 'u') {
    if (s->at[1] == 0 || strchr("\"\\/bfnrt", s->at[1]) == NULL)
      return strata_scanner_fail(s, "unknown escape in a string");
    s->at += 2;
    return true;
  }
  int value = unit(s);
  if (value < 0) return strata_scanner_fail(s, "\\u without four hexadecimal digits");
  if (value >= 0xDC00 && value <= 0xDFFF)
    return strata_scanner_fail(s, "a low surrogate without its high surrogate");
  if (value >= 0xD800 && value <= 0xDBFF) {
    uint64_t high = strata_scanner_offset(s);
    s->at += 6;
    int low = unit(s);
    if (low < 0xDC00 || low > 0xDFFF) {
      bool cut = s->at == s->end; /* as unit() leaves it */
      strata_scanner_fail(s, "a high surrogate without its low surrogate");
      if (!cut && s->problem) s->problem_offset = high;
      return false;
    }
  }
  s->at += 6;
  return true;
}

/* Pass a string, whose quotation mark is the next byte. */
static bool string(strata_scanner *s) {
  s->at++;
  for (;;) {
    int c = next(s);
    if (c < 0) return strata_scanner_fail(s, "the text ends within a string");
    if (c == '"') {
      s->at++;
      return true;
    }
    if (c == '\\') {
      if (!escape(s)) return false;
    } else if (c < 0x20) {
      return strata_scanner_fail(s, "a control character in a string: it must be escaped");
    } else if (c < 0x80) {
      s->at += strata_plain_run(s->at, (size_t)(s->end - s->at));
    } else {
      bool cut = !have(s, c < 0xE0 ? 2 : c < 0xF0 ? 3 : 4);
      size_t n = strata_utf8_sequence(s->at, (size_t)(s->end - s->at));
      if (n == 0 && cut) s->at = s->end;
      if (n == 0) return strata_scanner_fail(s, "bytes that are not valid UTF-8");
      s->at += n;
    }
  }
}

/* Pass one digit or more. */
static bool digits(strata_scanner *s) {
  int c = next(s);
  if (c < '0' || c > '9') return strata_scanner_fail(s, "a number is missing a digit here");
  while (c >= '0' && c <= '9') {
    s->at++;
    c = next(s);
  }
  return true;
}

/* Pass a number, from its sign or first digit on. */
static bool number(strata_scanner *s) {
  if (*s->at == '-') s->at++;
  if (next(s) == '0') {
    s->at++;
    int c = next(s);
    if (c >= '0' && c <= '9') return strata_scanner_fail(s, "a number with a leading zero");
  } else if (!digits(s)) {
    return false;
  }
  if (next(s) == '.') {
    s->at++;
    if (!digits(s)) return false;
  }
  int c = next(s);
  if (c == 'e' || c == 'E') {
    s->at++;
    c = next(s);
    if (c == '+' || c == '-') s->at++;
    return digits(s);
  }
  return s->rc == SQLITE_OK;
}

/* Pass this word. */
static bool word(strata_scanner *s, const char *text) {
  size_t n = strlen(text), left = have(s, n) ? n : (size_t)(s->end - s->at);
  bool same = memcmp(s->at, text, left) == 0;
  if (same && left < n) s->at = s->end;
  if (!same || left < n) return strata_scanner_fail(s, "expected a value");
  s->at += n;
  return true;
}

/* Pass a value that begins with the byte `c` and is neither an array nor an object. */
static bool scalar(strata_scanner *s, int c, strata_json_type *type) {
  switch (c) {
  case '"':
    *type = STRATA_JSON_STRING;
    return string(s);
  case 't':
    *type = STRATA_JSON_TRUE;
    return word(s, "true");
  case 'f':
    *type = STRATA_JSON_FALSE;
    return word(s, "false");
  case 'n':
    *type = STRATA_JSON_NULL;
    return word(s, "null");
  default:
    break;
  }
  *type = STRATA_JSON_NUMBER;
  if (c == '-' || (c >= '0' && c <= '9')) return number(s);
  if (c == '}' || c == ']') return strata_scanner_fail(s, "a value is missing before this");
  return strata_scanner_fail(s, "expected a value");
}

bool strata_scanner_name(strata_scanner *s) {
  int c = strata_scanner_peek(s);
  if (c == '}') return strata_scanner_fail(s, "a member is missing between the comma and this");
  if (c != '"') return strata_scanner_fail(s, "expected a member's name in quotation marks");
  return string(s);
}

/* Pass a member's name and the colon after it. */
static bool member_name(strata_scanner *s) {
  return strata_scanner_name(s) && strata_scanner_expect(s, ':', "expected ':' after a member's name");
}

/*
** Nothing recurses: the bits of one word remember what is open, 1 for an object and 0
** for an array. Each turn of the loop passes one scalar, or opens one array or object,
** and then closes everything that ends there.
*/
bool strata_scanner_value(strata_scanner *s, int depth, strata_json_type *type) {
  uint64_t objects = 0;
  int open = 0;
  strata_json_type inner, *out = type;
  for (;;) {
    int c = strata_scanner_peek(s);
    if (c == '{' || c == '[') {
      if (depth + open >= STRATA_MAX_DEPTH)
        return strata_scanner_fail(s, "arrays and objects nest too deeply");
      *out = c == '{' ? STRATA_JSON_OBJECT : STRATA_JSON_ARRAY;
      s->at++;
      objects = objects << 1 | (c == '{');
      open++;
      if (strata_scanner_peek(s) == (c == '{' ? '}' : ']')) {
        s->at++;
        objects >>= 1;
        open--;
      } else {
        if (c == '{' && !member_name(s)) return false;
        out = &inner;
        continue;
      }
    } else if (!scalar(s, c, out)) {
      return false;
    }
    out = &inner;
    while (open > 0) {
      bool object = objects & 1;
      if (strata_scanner_more(s, object ? '}' : ']')) {
        if (object && !member_name(s)) return false;
        break;
      }
      if (s->rc != SQLITE_OK) return false;
      objects >>= 1;
      open--;
    }
    if (open == 0) return s->rc == SQLITE_OK;
  }
}
