/*
** timestamp.c: moments in time, read from ISO 8601 text and printed as it.
**
** Reading has two steps. read_fields() takes the text apart into fields and checks only
** its form; resolve() then checks that such a day, time and offset exist, and counts the
** seconds. Each character is read once, after a check that it is before the end, so the
** text needs no terminator and a million fraction digits take a million steps.
**
** Days count from -999999-01-01, the first day that can be written, and years from
** -1000000 ("shifted" years, 1 to 1999999). So both are positive, where integer division
** rounds down. The shift is a multiple of 400, so a shifted year is a leap year exactly
** if the real one is.
*/
#include "timestamp.h"

#include <assert.h>
#include <stdbool.h>
#include <string.h>
#include <time.h>
#ifdef _WIN32
#define WIN32_LEAN_AND_MEAN
#include <windows.h>
#endif

/* The days of the first n years of a 400-year cycle that begins with year 1. */
#define DAYS_IN_YEARS(n) (365 * (n) + (n) / 4 - (n) / 100 + (n) / 400)

enum {
  YEAR_SHIFT = 1000000,
  DAYS_4_YEARS = DAYS_IN_YEARS(4),
  DAYS_100_YEARS = DAYS_IN_YEARS(100),
  DAYS_400_YEARS = DAYS_IN_YEARS(400),
  DAY_OF_1970 = DAYS_IN_YEARS(YEAR_SHIFT + 1969), /* the number of 1970-01-01 */
  DAY_COUNT = DAYS_IN_YEARS(2 * YEAR_SHIFT - 1),  /* one more than that of +999999-12-31 */
  SECONDS_PER_DAY = 86400
};

/* The number of 1970's first second, and of all seconds; second 0 is the first that can be written. */
static const int64_t second_of_1970 = (int64_t)DAY_OF_1970 * SECONDS_PER_DAY;
static const int64_t second_count = (int64_t)DAY_COUNT * SECONDS_PER_DAY;

/* How many days of a year come before each of its months, and in the last place in all: [leap()][month - 1]. */
static const short days_before[2][13] = {
    {0, 31, 59, 90, 120, 151, 181, 212, 243, 273, 304, 334, 365},
    {0, 31, 60, 91, 121, 152, 182, 213, 244, 274, 305, 335, 366},
};

/* What a text says; such a moment need not exist. */
typedef struct fields {
  int year; /* shifted */
  int month;
  int day;
  int hour;
  int minute;
  int second;
  int offset_sign; /* 1 or -1 */
  int offset_hour;
  int offset_minute;
  const char *fraction; /* NULL if the text has none */
  size_t fraction_length;
} fields;

/* 1 for a leap year, else 0: an index into days_before. `year` is shifted, hence positive. */
static int leap(int year) {
  return year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);
}

/* As isdigit(), but in no locale anything else. */
static bool is_digit(char c) {
  return c >= '0' && c <= '9';
}

/* The number of the two digits p[0] and p[1], or -1 if they are not digits. */
static int two_digits(const char *p) {
  unsigned tens = (unsigned)p[0] - '0';
  unsigned ones = (unsigned)p[1] - '0';
  return tens > 9 || ones > 9 ? -1 : (int)(tens * 10 + ones);
}

/*
** Read `lead` and two digits, the form of every field but the year and the offset.
** Returns where the text goes on, or NULL if it has something else there.
*/
static const char *read_field(const char *p, const char *end, char lead, int *field) {
  if (end - p < 3 || p[0] != lead) return NULL;
  *field = two_digits(p + 1);
  return *field < 0 ? NULL : p + 3;
}

/*
** Read a year of a sign and six digits. Year 0 has the sign "+" only, so that different
** texts are different years.
*/
static const char *read_long_year(const char *p, const char *end, int *year) {
  if (end - p < 7) return NULL;
  int high = two_digits(p + 1), middle = two_digits(p + 3), low = two_digits(p + 5);
  if (high < 0 || middle < 0 || low < 0) return NULL;
  int number = high * 10000 + middle * 100 + low;
  if (p[0] == '-' && number == 0) return NULL;
  *year = YEAR_SHIFT + (p[0] == '-' ? -number : number);
  return p + 7;
}

/* Read a year of four digits, or of a sign and six. */
static const char *read_year(const char *p, const char *end, int *year) {
  if (end - p < 4) return NULL;
  if (p[0] == '+' || p[0] == '-') return read_long_year(p, end, year);
  int high = two_digits(p), low = two_digits(p + 2);
  if (high < 0 || low < 0) return NULL;
  *year = YEAR_SHIFT + high * 100 + low;
  return p + 4;
}

/* Read YYYY-MM-DD. */
static const char *read_date(const char *p, const char *end, fields *f) {
  p = read_year(p, end, &f->year);
  if (p) p = read_field(p, end, '-', &f->month);
  if (p) p = read_field(p, end, '-', &f->day);
  return p;
}

/*
** Read the digits after a point, at least one. Trailing zeros do not belong to the value;
** zeros among the first three digits are kept, because they are printed anyway.
*/
static const char *read_fraction(const char *p, const char *end, fields *f) {
  const char *start = p;
  while (p < end && is_digit(*p)) p++;
  const char *last = p;
  while (last - start > 3 && last[-1] == '0') last--;
  f->fraction = start;
  f->fraction_length = (size_t)(last - start);
  return p > start ? p : NULL;
}

/* Read a T or a blank, then HH:MM[:SS[.f…]]. The text has not ended: p < end. */
static const char *read_time(const char *p, const char *end, fields *f) {
  if (*p != 'T' && *p != 't' && *p != ' ') return NULL;
  p = read_field(p, end, *p, &f->hour);
  if (p) p = read_field(p, end, ':', &f->minute);
  if (p == NULL || p == end || *p != ':') return p;
  p = read_field(p, end, ':', &f->second);
  if (p == NULL || p == end || *p != '.') return p;
  return read_fraction(p + 1, end, f);
}

/* Read an offset at the end of the text: +HH:MM, +HHMM or +HH. The length tells which. */
static bool read_offset(const char *p, const char *end, fields *f) {
  ptrdiff_t length = end - p;
  if (length != 3 && length != 5 && length != 6) return false;
  if (p[0] != '+' && p[0] != '-') return false;
  if (length == 6 && p[3] != ':') return false;
  f->offset_sign = p[0] == '-' ? -1 : 1;
  f->offset_hour = two_digits(p + 1);
  f->offset_minute = length == 3 ? 0 : two_digits(end - 2);
  return f->offset_hour >= 0 && f->offset_minute >= 0;
}

/* Read what follows the time up to the end of the text: nothing, Z or an offset. */
static bool read_zone(const char *p, const char *end, fields *f) {
  if (p == end) return true;
  if (end - p == 1) return *p == 'Z' || *p == 'z';
  return read_offset(p, end, f);
}

/* Take the text apart. False if it has none of the forms. A field that the text does not have is left as it was. */
static bool read_fields(const char *text, size_t length, fields *f) {
  const char *end = text + length;
  const char *p = read_date(text, end, f);
  if (p == NULL || p == end) return p != NULL;
  p = read_time(p, end, f);
  return p && read_zone(p, end, f);
}

/* Whether the calendar has this day and the clock this time. A leap second cannot be stored, so it does not exist. */
static bool exists(const fields *f) {
  if (f->month < 1 || f->month > 12) return false;
  const short *before = days_before[leap(f->year)];
  if (f->day < 1 || f->day > before[f->month] - before[f->month - 1]) return false;
  if (f->hour > 23 || f->minute > 59 || f->second > 59) return false;
  return f->offset_hour <= 23 && f->offset_minute <= 59;
}

/* The number of an existing day, from 0: the days in the years, in the months and in the month before it. */
static int day_number(const fields *f) {
  int years = f->year - 1;
  return DAYS_IN_YEARS(years) + days_before[leap(f->year)][f->month - 1] + f->day - 1;
}

/* The number of the second of existing fields. With an offset it may be less than 0 or too large. */
static int64_t second_number(const fields *f) {
  int clock = (f->hour * 60 + f->minute) * 60 + f->second;
  int offset = f->offset_sign * (f->offset_hour * 60 + f->offset_minute) * 60;
  return (int64_t)day_number(f) * SECONDS_PER_DAY + clock - offset;
}

/* The first three digits of a fraction as a number; missing ones count as zeros. */
static int first_milliseconds(const char *digits, size_t length) {
  int tenths = length > 0 ? digits[0] - '0' : 0;
  int hundredths = length > 1 ? digits[1] - '0' : 0;
  int thousandths = length > 2 ? digits[2] - '0' : 0;
  return tenths * 100 + hundredths * 10 + thousandths;
}

/* Turn fields into a moment. A fraction of up to three digits is kept as milliseconds, without a pointer into the text. */
static strata_timestamp_status resolve(const fields *f, strata_timestamp *out) {
  if (!exists(f)) return STRATA_TIMESTAMP_NONEXISTENT;
  int64_t second = second_number(f);
  if (second < 0 || second >= second_count) return STRATA_TIMESTAMP_RANGE;
  bool wide = f->fraction_length > 3;
  out->seconds = second - second_of_1970;
  out->fraction = wide ? f->fraction : NULL;
  out->fraction_length = wide ? f->fraction_length : 0;
  out->milliseconds = first_milliseconds(f->fraction, f->fraction_length);
  return STRATA_TIMESTAMP_OK;
}

strata_timestamp_status strata_timestamp_parse(const char *text, size_t length, strata_timestamp *out) {
  fields f = {0};
  if (length == 0 || !read_fields(text, length, &f)) return STRATA_TIMESTAMP_SYNTAX;
  return resolve(&f, out);
}

bool strata_timestamp_is_stored(const char *text, size_t length) {
  fields f;
  return length == 29 && is_digit(*text) && text[10] == 'T' && text[19] == '.' &&
         memcmp(text + 23, "+00:00", 6) == 0 && read_fields(text, length, &f) && exists(&f);
}

strata_timestamp_status strata_timestamp_from_milliseconds(int64_t milliseconds, strata_timestamp *out) {
  int64_t seconds = milliseconds / 1000;
  int rest = (int)(milliseconds % 1000);
  if (rest < 0) { /* before 1970: C rounds towards zero, but seconds must round down */
    rest += 1000;
    seconds--;
  }
  if (seconds < -second_of_1970 || seconds >= second_count - second_of_1970) return STRATA_TIMESTAMP_RANGE;
  *out = (strata_timestamp){.seconds = seconds, .milliseconds = rest};
  return STRATA_TIMESTAMP_OK;
}

/*
** The date of day number `day`, the reverse of day_number(). Takes off whole cycles of
** 400 years, then whole centuries, then groups of four years, then years; the day of the
** year remains. The last century of a cycle and the last year of a group are a day
** longer than the others; the 3 keeps that day from beginning a fifth one.
*/
static void find_date(int day, fields *f) {
  int cycles = day / DAYS_400_YEARS;
  day %= DAYS_400_YEARS;
  int centuries = day / DAYS_100_YEARS < 3 ? day / DAYS_100_YEARS : 3;
  day -= centuries * DAYS_100_YEARS;
  int fours = day / DAYS_4_YEARS;
  day %= DAYS_4_YEARS;
  int years = day / 365 < 3 ? day / 365 : 3;
  day -= years * 365;
  f->year = cycles * 400 + centuries * 100 + fours * 4 + years + 1;
  /* No month has more than 32 days, so this guess is never too late, and too early by one month at most. */
  const short *before = days_before[leap(f->year)];
  int month = day / 32;
  if (day >= before[month + 1]) month++;
  f->month = month + 1;
  f->day = day - before[month] + 1;
}

/* Write `lead` and `number`, 0 to 99, in two digits. Returns where the next byte goes. */
static char *put_field(char *out, char lead, int number) {
  out[0] = lead;
  out[1] = (char)('0' + number / 10);
  out[2] = (char)('0' + number % 10);
  return out + 3;
}

/* Whether a shifted year is not one of 0000 to 9999, and so needs a sign and six digits. */
static bool is_long_year(int year) {
  return year < YEAR_SHIFT || year > YEAR_SHIFT + 9999;
}

/* Write a shifted year: 4 bytes, or 7 with its sign. Returns where the next byte goes. */
static char *put_year(char *out, int year) {
  int number = year < YEAR_SHIFT ? YEAR_SHIFT - year : year - YEAR_SHIFT;
  if (is_long_year(year)) {
    out = put_field(out, year < YEAR_SHIFT ? '-' : '+', number / 10000);
    number %= 10000;
  }
  out[0] = (char)('0' + number / 1000);
  out[1] = (char)('0' + number / 100 % 10);
  out[2] = (char)('0' + number / 10 % 10);
  out[3] = (char)('0' + number % 10);
  return out + 4;
}

/* Write the point and all digits of the fraction, at least three. Returns where the next byte goes. */
static char *put_fraction(char *out, const strata_timestamp *value) {
  if (value->fraction == NULL) {
    out = put_field(out, '.', value->milliseconds / 10);
    *out = (char)('0' + value->milliseconds % 10);
    return out + 1;
  }
  *out++ = '.';
  memcpy(out, value->fraction, value->fraction_length);
  out += value->fraction_length;
  return out;
}

/* Write UTC in the spelling of this form. */
static void put_zone(char *out, strata_timestamp_form form) {
  if (form == STRATA_TIMESTAMP_STORED)
    memcpy(out, "+00:00", 6);
  else
    *out = 'Z';
}

/* Finds out the length first, so that it writes everything or nothing. */
size_t strata_timestamp_print(const strata_timestamp *value, strata_timestamp_form form, char *out,
                              size_t capacity) {
  int64_t second = value->seconds + second_of_1970;
  assert(second >= 0 && second < second_count);
  int clock = (int)(second % SECONDS_PER_DAY);
  fields f;
  find_date((int)(second / SECONDS_PER_DAY), &f);

  size_t zone_length = form == STRATA_TIMESTAMP_STORED ? 6 : 1;
  assert(value->fraction == NULL || value->fraction_length > 3);
  size_t digits = value->fraction ? value->fraction_length : 3;
  size_t length = (is_long_year(f.year) ? 7 : 4) + sizeof "-MM-DDTHH:MM:SS." - 1 + digits + zone_length;
  if (length > capacity) return length;

  out = put_year(out, f.year);
  out = put_field(out, '-', f.month);
  out = put_field(out, '-', f.day);
  out = put_field(out, 'T', clock / 3600);
  out = put_field(out, ':', clock / 60 % 60);
  out = put_field(out, ':', clock % 60);
  out = put_fraction(out, value);
  put_zone(out, form);
  return length;
}

/* time() comes first, in case the system has no finer clock. Windows counts steps of 100 nanoseconds since 1601. */
strata_timestamp strata_timestamp_now(void) {
#ifdef _WIN32
  FILETIME now;
  GetSystemTimeAsFileTime(&now);
  int64_t milliseconds =
      (int64_t)(((uint64_t)now.dwHighDateTime << 32 | now.dwLowDateTime) / 10000) - 11644473600000;
  return (strata_timestamp){.seconds = milliseconds / 1000, .milliseconds = (int)(milliseconds % 1000)};
#else
  struct timespec now = {.tv_sec = time(NULL)};
  (void)timespec_get(&now, TIME_UTC);
  return (strata_timestamp){.seconds = now.tv_sec, .milliseconds = (int)(now.tv_nsec / 1000000)};
#endif
}
