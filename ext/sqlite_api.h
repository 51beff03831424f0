/*
** sqlite_api.h: how every file but strata.c reaches SQLite.
**
** A loadable extension calls SQLite through the table of functions that the
** host hands to its entry point; strata.c owns that table. Linked statically
** (SQLITE_CORE), the same names are plain functions.
*/
#ifndef STRATA_SQLITE_API_H
#define STRATA_SQLITE_API_H

#include <sqlite3ext.h>

#ifndef STRATA_OWNS_API
SQLITE_EXTENSION_INIT3
#endif

#endif
