/*
** excerpt.h: how a message shows a text that may contain anything.
*/
#ifndef STRATA_EXCERPT_H
#define STRATA_EXCERPT_H

#include "context.h"

/*
** The beginning of a text, at most 100 bytes of it, as one line of UTF-8. Control
** characters, bidirectional ones included, look as in JSON (\n, \u0000, \u202e), bytes
** that are not UTF-8 as \xff, and "…" ends a text that was cut. From sqlite3_malloc(),
** so the %z of sqlite3_mprintf() can take it and free it; NULL after an error.
*/
char *strata_excerpt(strata_context *ctx, const char *text, size_t length);

/* The same for a C string. */
char *strata_excerpt_of(strata_context *ctx, const char *text);

#endif
