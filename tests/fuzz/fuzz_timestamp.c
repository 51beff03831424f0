/*
** fuzz_timestamp.c: any text as a moment, compared with a slow oracle: a list of patterns
** for the forms, and a calendar that goes from day to day and year to year.
*/
#include "fuzz.h"
#include "timestamp.h"

typedef struct moment {
  strata_timestamp_status status;
  int year, month, day, minute_of_day, second; /* UTC */
  const char *fraction;
  size_t fraction_length;
} moment;

/*
** Whether the text has the form: "0" stands for a digit, "S" for a sign, "~" for
** one of T, t and space, "9" for digits, as many as there are, anything else for
** itself. The digits are put together into `values`, one for each run of "0".
*/
static bool matches(const char *form, const char *text, size_t length, int *values, char *signs,
                    const char **fraction, size_t *fraction_length) {
  const char *p = text, *end = text + length;
  for (const char *f = form; *f; f++) {
    if (p == end) return false;
    if (*f == '9') {
      *fraction = p;
      while (p < end && *p >= '0' && *p <= '9') p++;
      *fraction_length = (size_t)(p - *fraction);
      if (*fraction_length == 0) return false;
      continue;
    }
    if (*f == '0') {
      if (*p < '0' || *p > '9') return false;
      *values = *values * 10 + (*p - '0');
      if (f[1] != '0') values++;
    } else if (*f == 'S') {
      if (*p != '+' && *p != '-') return false;
      *signs++ = *p;
    } else if (*f == '~' ? *p != 'T' && *p != 't' && *p != ' ' : *p != *f) {
      return false;
    }
    p++;
  }
  return p == end;
}

static int days_in(int year, int month) {
  static const int days[] = {31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
  bool leap = year % 400 == 0 || (year % 4 == 0 && year % 100 != 0);
  return days[month - 1] + (month == 2 && leap);
}

static void next_day(moment *m) {
  if (++m->day <= days_in(m->year, m->month)) return;
  m->day = 1;
  if (++m->month <= 12) return;
  m->month = 1;
  m->year++;
}

static void day_before(moment *m) {
  if (--m->day >= 1) return;
  if (--m->month < 1) {
    m->month = 12;
    m->year--;
  }
  m->day = days_in(m->year, m->month);
}

/* Seconds since 1970: whole spans of 400 years first, then year by year, month by month. */
static int64_t seconds_of(const moment *m) {
  int64_t days = 0;
  int year = 1970;
  for (; year + 400 <= m->year; year += 400) days += 146097;
  for (; year > m->year; year -= 400) days -= 146097;
  for (; year < m->year; year++) {
    for (int month = 1; month <= 12; month++) days += days_in(year, month);
  }
  for (int month = 1; month < m->month; month++) days += days_in(year, month);
  return ((days + m->day - 1) * 1440 + m->minute_of_day) * 60 + m->second;
}

/* Where the forms put the numbers: the date's three, the time's two or three, the offset's one or two. */
static moment read_slowly(const char *text, size_t length) {
  static const char *const dates[] = {"0000-00-00", "S000000-00-00"};
  static const char *const times[] = {"", "~00:00", "~00:00:00", "~00:00:00.9"};
  static const char *const zones[] = {"", "Z", "z", "S00:00", "S0000", "S00"};
  for (int d = 0; d < 2; d++) {
    for (int t = 0; t < 4; t++) {
      for (int z = 0; z < (t ? 6 : 1); z++) {
        char form[64], signs[2] = "";
        int v[8] = {0};
        moment m = {.status = STRATA_TIMESTAMP_OK};
        snprintf(form, sizeof form, "%s%s%s", dates[d], times[t], zones[z]);
        if (!matches(form, text, length, v, signs, &m.fraction, &m.fraction_length)) continue;
        if (d && signs[0] == '-' && v[0] == 0) continue;
        int *zone = v + 3 + (t == 0 ? 0 : t == 1 ? 2 : 3);
        int hour = t ? v[3] : 0, minute = t ? v[4] : 0;
        if (z == 4) zone[1] = zone[0] % 100, zone[0] /= 100;
        m.year = d && signs[0] == '-' ? -v[0] : v[0];
        m.month = v[1];
        m.day = v[2];
        m.second = t > 1 ? v[5] : 0;
        bool real = m.month >= 1 && m.month <= 12 && m.day >= 1 && m.day <= days_in(m.year, m.month) &&
                    hour <= 23 && minute <= 59 && m.second <= 59 &&
                    (z < 3 || (zone[0] <= 23 && zone[1] <= 59));
        if (!real) return (moment){.status = STRATA_TIMESTAMP_NONEXISTENT};
        m.minute_of_day = hour * 60 + minute;
        if (z >= 3) m.minute_of_day -= (signs[d] == '-' ? -1 : 1) * (zone[0] * 60 + zone[1]);
        if (m.minute_of_day < 0) m.minute_of_day += 1440, day_before(&m);
        if (m.minute_of_day >= 1440) m.minute_of_day -= 1440, next_day(&m);
        if (m.year < -999999 || m.year > 999999) m.status = STRATA_TIMESTAMP_RANGE;
        while (m.fraction_length > 0 && m.fraction[m.fraction_length - 1] == '0') m.fraction_length--;
        return m;
      }
    }
  }
  return (moment){.status = STRATA_TIMESTAMP_SYNTAX};
}

/* What has to be printed; the caller frees it. */
static char *print_slowly(const moment *m, const char *zone) {
  char *out = malloc(m->fraction_length + 64);
  int n = m->year < 0 || m->year > 9999 ? sprintf(out, "%+07d", m->year) : sprintf(out, "%04d", m->year);
  n += sprintf(out + n, "-%02d-%02dT%02d:%02d:%02d.", m->month, m->day, m->minute_of_day / 60,
               m->minute_of_day % 60, m->second);
  if (m->fraction_length > 0) memcpy(out + n, m->fraction, m->fraction_length);
  n += (int)m->fraction_length;
  for (size_t i = m->fraction_length; i < 3; i++) out[n++] = '0';
  strcpy(out + n, zone);
  return out;
}

static void check_print(const strata_timestamp *value, strata_timestamp_form form, const char *expected) {
  size_t length = strlen(expected);
  char *out = malloc(length);
  PROMISE(strata_timestamp_print(value, form, out, length) == length && memcmp(out, expected, length) == 0,
          "%.*s, not %s", (int)length, out, expected);
  PROMISE(strata_timestamp_print(value, form, NULL, 0) == length, "%s", expected);
  strata_timestamp again;
  PROMISE(strata_timestamp_parse(out, length, &again) == STRATA_TIMESTAMP_OK, "%s", expected);
  PROMISE(again.seconds == value->seconds && again.milliseconds == value->milliseconds &&
              again.fraction_length == value->fraction_length,
          "%s", expected);
  free(out);
}

/* Eight bytes as milliseconds: the text of them has to be the same moment. */
static void check_milliseconds(int64_t milliseconds) {
  strata_timestamp value, again;
  char out[64];
  if (strata_timestamp_from_milliseconds(milliseconds, &value) != STRATA_TIMESTAMP_OK) {
    PROMISE(milliseconds > 31494784780799999 || milliseconds < -31619087596800000, "%lld",
            (long long)milliseconds);
    return;
  }
  PROMISE(milliseconds <= 31494784780799999 && milliseconds >= -31619087596800000, "%lld",
          (long long)milliseconds);
  PROMISE(value.seconds * 1000 + value.milliseconds == milliseconds, "%lld", (long long)milliseconds);
  size_t length = strata_timestamp_print(&value, STRATA_TIMESTAMP_DOCUMENT, out, sizeof out);
  moment m = read_slowly(out, length);
  PROMISE(m.status == STRATA_TIMESTAMP_OK && seconds_of(&m) == value.seconds, "%.*s", (int)length, out);
  PROMISE(strata_timestamp_parse(out, length, &again) == STRATA_TIMESTAMP_OK &&
              again.seconds == value.seconds && again.milliseconds == value.milliseconds,
          "%.*s", (int)length, out);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
  char *text = malloc(size ? size : 1);
  memcpy(text, data, size);
  moment m = read_slowly(text, size);
  strata_timestamp value;
  strata_timestamp_status status = strata_timestamp_parse(text, size, &value);
  PROMISE(status == m.status, "%.*s: %d, not %d", (int)size, text, status, m.status);
  if (status == STRATA_TIMESTAMP_OK) {
    PROMISE(value.seconds == seconds_of(&m), "%.*s: %lld, not %lld", (int)size, text,
            (long long)value.seconds, (long long)seconds_of(&m));
    char *stored = print_slowly(&m, "+00:00"), *document = print_slowly(&m, "Z");
    check_print(&value, STRATA_TIMESTAMP_STORED, stored);
    check_print(&value, STRATA_TIMESTAMP_DOCUMENT, document);
    free(stored);
    free(document);
  }
  int64_t milliseconds;
  if (size >= sizeof milliseconds) {
    memcpy(&milliseconds, data, sizeof milliseconds);
    check_milliseconds(milliseconds);
    check_milliseconds(milliseconds % 40000000000000000);
    check_milliseconds(milliseconds % 5000000000000);
  }
  free(text);
  return 0;
}
