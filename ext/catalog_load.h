/*
** catalog_load.h: fills the catalog from the live schema.
*/
#ifndef STRATA_CATALOG_LOAD_H
#define STRATA_CATALOG_LOAD_H

#include "catalog.h"

/*
** Read the nine tables of `schema` from the live schema. A missing table, or a
** view or virtual table in its place, is an error that names it. Always call
** strata_catalog_free(), after an error too.
*/
void strata_catalog_load(strata_catalog *catalog, strata_context *ctx, const char *schema);

/* Whether the database has triggers, on whatever tables. Judges by the definitions, as SQLite does: whoever made the
** database can write anything into sqlite_master's column `type`. */
bool strata_schema_has_triggers(strata_context *ctx, const char *schema);

/* Unless the connection has a database of this name, set an error that lists those it has. */
void strata_check_schema(strata_context *ctx, const char *schema);

#endif
