/*
** timestamp.h: moments in time, ISO 8601 text to and from what a column stores.
**
** Knows neither SQL nor JSON. Nothing here allocates memory, or depends on the locale,
** the environment or the machine's time zone. The calendar is the proleptic
** Gregorian one, as in ISO 8601 and ECMAScript.
*/
#ifndef STRATA_TIMESTAMP_H
#define STRATA_TIMESTAMP_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

typedef enum strata_timestamp_status {
  STRATA_TIMESTAMP_OK,
  STRATA_TIMESTAMP_SYNTAX,      /* the text has none of the accepted forms */
  STRATA_TIMESTAMP_NONEXISTENT, /* it has, but there is no such day, time or offset */
  STRATA_TIMESTAMP_RANGE        /* the year has more than six digits */
} strata_timestamp_status;

typedef struct strata_timestamp {
  int64_t seconds;              /* since 1970-01-01T00:00:00Z, rounded down */
  const char *fraction;         /* if there are more than three digits after the point,
                                ** all of them, in the text that was parsed; else NULL,
                                ** and `milliseconds` is the whole fraction */
  size_t fraction_length;       /* how many digits, without trailing zeros; 0 with NULL */
  int milliseconds;             /* 0-999; the first three digits of a longer fraction */
} strata_timestamp;

/* How rows write a moment, and how documents do. */
typedef enum strata_timestamp_form {
  STRATA_TIMESTAMP_STORED,      /* 2025-01-15T00:00:00.000+00:00 */
  STRATA_TIMESTAMP_DOCUMENT     /* 2025-01-15T00:00:00.000Z */
} strata_timestamp_form;

/*
** Read text[0..length): YYYY-MM-DD, optionally followed by T, t or a space,
** HH:MM[:SS[.f…]] and Z, z, +HH:MM, +HHMM, +HH or the same with "-". No offset
** means UTC; a bare date means midnight UTC. Years outside 0000-9999 have a sign
** and six digits (ECMA-262, expanded years; -000000 is refused). *out may point into
** `text`; it is not touched if the text is refused. Two texts of the same moment give
** the same values and the same fraction digits.
*/
strata_timestamp_status strata_timestamp_parse(const char *text, size_t length, strata_timestamp *out);

/* Whether the text is a moment in exactly the stored form, with three fraction digits and a year of four. Its document
** form is then its first 23 bytes and a Z, without any arithmetic. Nearly every cell is of this kind. */
bool strata_timestamp_is_stored(const char *text, size_t length);

/* The moment `milliseconds` after 1970-01-01T00:00:00Z: OK, or RANGE, and then *out is not touched. */
strata_timestamp_status strata_timestamp_from_milliseconds(int64_t milliseconds, strata_timestamp *out);

/*
** Print a value that a function of this file has made, with all its fraction digits, at
** least three. Returns the number of bytes that it takes, without a terminator. If that
** is more than `capacity`, nothing was written: call again with more room.
*/
size_t strata_timestamp_print(const strata_timestamp *value, strata_timestamp_form form, char *out,
                              size_t capacity);

/* The current time, to the millisecond. */
strata_timestamp strata_timestamp_now(void);

#endif
