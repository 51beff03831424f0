/*
** dialect.c: one table with an entry for each schemaVersion that can be read, and the
** translation between its names and the catalog's. A name that an entry does not
** list is the same as at present.
*/
#include "dialect.h"

#include <string.h>

/* Until May 2026 assets belonged to portfolios. The last five are from the app's first release, v0.0.1. */
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

/* Backups are written in the last one. A test puts a made-up version in front. */
static const strata_dialect dialects[] = {
#ifdef STRATA_MADE_UP_DIALECTS
    STRATA_MADE_UP_DIALECTS
#endif
    {.version = "1", .renamed = NULL, .retired = retired_in_1},
};
#define DIALECT_COUNT (sizeof dialects / sizeof *dialects)

static bool is_name(const char *name, const char *text, size_t length) {
  return strlen(name) == length && memcmp(name, text, length) == 0;
}

const strata_dialect *strata_dialect_find(const char *version, size_t length) {
  for (size_t i = 0; i < DIALECT_COUNT; i++) {
    if (is_name(dialects[i].version, version, length)) return &dialects[i];
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

/* Whether the change is one of this table's fields (NULL: of a table). */
static bool concerns(const strata_name_change *change, const char *table) {
  if (table == NULL || change->table == NULL) return table == change->table;
  return strcmp(change->table, table) == 0;
}

/*
** The present name of what documents call `name`: the same name, unless it has
** changed. NULL if today something else has that name, which documents of this
** version cannot mean.
*/
static const char *present_name(const strata_dialect *dialect, const char *table, const char *name,
                                size_t *length) {
  for (const strata_name_change *change = dialect->renamed; change && change->was; change++) {
    if (!concerns(change, table)) continue;
    if (is_name(change->was, name, *length)) {
      *length = strlen(change->is);
      return change->is;
    }
    if (is_name(change->is, name, *length)) return NULL;
  }
  return name;
}

/* What documents call the thing that has this name at present. */
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
    if (concerns(change, table ? table->name : NULL) && is_name(change->was, name, length)) return true;
  }
  return false;
}

const char *strata_dialect_table_name(const strata_dialect *dialect, int table) {
  return old_name(dialect, NULL, strata_table_name(table));
}

const char *strata_dialect_field_name(const strata_dialect *dialect, int table, const char *field) {
  return old_name(dialect, strata_table_name(table), field);
}
