/*
** page_cache.h: a larger page cache for as long as a large restore runs.
**
** With SQLite's default cache of 2 MB, inserting a million rows with random keys reads most
** pages again and again, because the pages of the table and of its indexes do not fit. Four
** times as much memory halves these reads.
*/
#ifndef STRATA_PAGE_CACHE_H
#define STRATA_PAGE_CACHE_H

#include "context.h"
#include <stdint.h>

typedef struct strata_page_cache {
  char *restore_sql; /* the statement that sets the cache's size back; NULL: it was not changed */
} strata_page_cache;

/*
** Enlarge the page cache of `schema`, to 8 MB, for inserting `rows` rows; `cache` begins as
** zero. Nothing happens if they are few, if the host has chosen a size or a limit for SQLite's
** heap, or if an authorizer denies it. Call strata_page_cache_restore() in any case.
*/
void strata_page_cache_enlarge(strata_page_cache *cache, strata_context *ctx, const char *schema, uint64_t rows);

/*
** Restore the size, even after an error or an interrupt, unless the schema was changed in between. It stays
** at 8 MB if SQLite itself ran out of memory during the call: SQLite then parses nothing until no statement
** is running.
*/
void strata_page_cache_restore(strata_page_cache *cache, strata_context *ctx);

#endif
