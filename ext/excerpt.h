/*
** excerpt.h: what a message shows of a text that may be anything.
*/
#ifndef STRATA_EXCERPT_H
#define STRATA_EXCERPT_H

#include <stddef.h>

/*
** The first characters of a text, at most 100 bytes of it, as one line of
** UTF-8: control characters as in JSON (\n, \u0000), bytes that are no UTF-8 as
** \xff, and "…" where it was cut. From sqlite3_malloc(); NULL: no memory. Goes
** well with the %z of sqlite3_mprintf(), which frees it.
*/
char *strata_excerpt(const char *text, size_t length);

/* The same of a C string. */
char *strata_excerpt_of(const char *text);

#endif
