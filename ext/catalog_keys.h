/*
** catalog_keys.h: the foreign keys of the nine tables.
*/
#ifndef STRATA_CATALOG_KEYS_H
#define STRATA_CATALOG_KEYS_H

#include "catalog.h"

/* The last step of strata_catalog_load(): read the foreign keys, once all columns are known. */
void strata_catalog_load_keys(strata_catalog *catalog, strata_context *ctx);

#endif
