/*
** dialect.c: what the documents of each version call the tables and fields of the
** catalog. Names that are not listed are the present ones.
*/
#include "dialect.h"

#include <string.h>

/* Until May 2026 assets belonged to portfolios; the second half is of the app's first release, v0.0.1. */
static const strata_name_change retired_in_1[] = {
    {NULL, "portfolios", NULL},
    {"assets", "portfolioId", NULL},
    {"portfolioSnapshots", "portfolioId", NULL},
    {"assetSnapshots", "currency", NULL},
    {"assetTypes", "createdAt", NULL},
    {"assetTypes", "updatedAt", NULL},
    {"assets", "createdBy", NULL},
    {"assets", "updatedBy", NULL},
    {NULL, NULL, NULL},
};

/* The last one is the one that is written. A test adds one of its own in front. */
static const strata_dialect dialects[] = {
#ifdef STRATA_MADE_UP_DIALECTS
    STRATA_MADE_UP_DIALECTS
#endif
    {.version = "1", .renamed = NULL, .retired = retired_in_1},
};
#define DIALECT_COUNT (sizeof dialects / sizeof *dialects)

static bool same(const char *name, const char *text, size_t length) {
  return strlen(name) == length && memcmp(name, text, length) == 0;
}

const strata_dialect *strata_dialect_find(const char *version, size_t length) {
  for (size_t i = 0; i < DIALECT_COUNT; i++) {
    if (same(dialects[i].version, version, length)) return &dialects[i];
  }
  return NULL;
}

const strata_dialect *strata_dialect_written(void) {
  return &dialects[DIALECT_COUNT - 1];
}

char *strata_dialect_list(void) {
  char *list = sqlite3_mprintf("'%s'", dialects[0].version);
  for (size_t i = 1; list && i < DIALECT_COUNT; i++)
    list = sqlite3_mprintf("%z or '%s'", list, dialects[i].version);
  return list;
}

/* Whether an entry is about this table's fields (NULL: about tables). */
static bool concerns(const strata_name_change *change, const char *table) {
  if (table == NULL || change->table == NULL) return table == change->table;
  return strcmp(change->table, table) == 0;
}

/*
** The present name of what documents call `name`, which is itself where nothing
** was renamed. NULL: another thing has that name at present, which the documents
** of this version cannot mean.
*/
static const char *present_name(const strata_dialect *dialect, const char *table, const char *name,
                                size_t *length) {
  for (const strata_name_change *change = dialect->renamed; change && change->was; change++) {
    if (!concerns(change, table)) continue;
    if (same(change->was, name, *length)) {
      *length = strlen(change->is);
      return change->is;
    }
    if (same(change->is, name, *length)) return NULL;
  }
  return name;
}

/* The other way round. */
static const char *old_name(const strata_dialect *dialect, const char *table, const char *name) {
  for (const strata_name_change *change = dialect->renamed; change && change->was; change++) {
    if (concerns(change, table) && strcmp(change->is, name) == 0) return change->was;
  }
  return name;
}

int strata_dialect_table(const strata_dialect *dialect, const char *name, size_t length) {
  const char *present = present_name(dialect, NULL, name, &length);
  return present ? strata_table_find(present, length) : -1;
}

int strata_dialect_column(const strata_dialect *dialect, const strata_table *table, const char *field,
                          size_t length, int guess) {
  const char *present = present_name(dialect, table->name, field, &length);
  return present ? strata_column_find(table, present, length, guess) : -1;
}

bool strata_dialect_is_retired(const strata_dialect *dialect, const strata_table *table, const char *name,
                               size_t length) {
  for (const strata_name_change *change = dialect->retired; change && change->was; change++) {
    if (concerns(change, table ? table->name : NULL) && same(change->was, name, length)) return true;
  }
  return false;
}

const char *strata_dialect_table_name(const strata_dialect *dialect, int table) {
  return old_name(dialect, NULL, strata_table_name(table));
}

const char *strata_dialect_field_name(const strata_dialect *dialect, int table, const char *field) {
  return old_name(dialect, strata_table_name(table), field);
}
