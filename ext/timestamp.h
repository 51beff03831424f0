/*
** timestamp.h: moments in time, ISO 8601 text to and from what a column stores.
**
** Knows neither SQL nor JSON. Nothing here allocates or looks at the locale,
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
  STRATA_TIMESTAMP_SYNTAX,      /* not of a form that is read here */
  STRATA_TIMESTAMP_NONEXISTENT, /* of the form, but no such day, time or offset */
  STRATA_TIMESTAMP_RANGE        /* a year that six digits do not hold */
} strata_timestamp_status;

typedef struct strata_timestamp {
  int64_t seconds;              /* since 1970-01-01T00:00:00Z, rounded down */
  const char *fraction;         /* where there are more than three digits after the point:
                                ** all of them, a view into the text that was parsed;
                                ** else NULL, and `milliseconds` is the whole fraction */
  size_t fraction_length;       /* how many digits, without trailing zeros; 0 with NULL */
  int milliseconds;             /* 0-999, of a longer fraction its first three digits */
} strata_timestamp;

/* The two forms that are written: how rows store a moment, and how documents do. */
typedef enum strata_timestamp_form {
  STRATA_TIMESTAMP_STORED,      /* 2025-01-15T00:00:00.000+00:00 */
  STRATA_TIMESTAMP_DOCUMENT     /* 2025-01-15T00:00:00.000Z */
} strata_timestamp_form;

/*
** Read text[0..length): YYYY-MM-DD, optionally followed by T, t or a space,
** HH:MM[:SS[.f…]] and Z, z, +HH:MM, +HHMM, +HH or the same with "-". No offset
** means UTC; a bare date means its midnight, UTC. Years outside 0000-9999 have
** a sign and six digits (ECMA-262, expanded years; -000000 is refused).
** *out may keep a pointer into `text`, and is not touched where the text is refused.
** Two texts of the same moment give the same values and the same fraction digits.
*/
strata_timestamp_status strata_timestamp_parse(const char *text, size_t length, strata_timestamp *out);

/* Whether the text is a moment in exactly the form that rows store, with three fraction digits and a year of four: its
** document form is then its first 23 bytes and a Z. Nearly every cell is; this spares the arithmetic. */
bool strata_timestamp_is_stored(const char *text, size_t length);

/* The moment `milliseconds` after 1970-01-01T00:00:00Z. *out is not touched where it is out of range. */
strata_timestamp_status strata_timestamp_from_milliseconds(int64_t milliseconds, strata_timestamp *out);

/*
** Print a value that a function here has made, with at least three digits after
** the second, and all that it has. Writes at most `capacity` bytes, no terminator,
** and returns the bytes that the whole takes: where that is more than `capacity`,
** what was written is useless and the call is to be made again with more room.
*/
size_t strata_timestamp_print(const strata_timestamp *value, strata_timestamp_form form, char *out,
                              size_t capacity);

/* The present moment, to the millisecond. */
strata_timestamp strata_timestamp_now(void);

#endif
