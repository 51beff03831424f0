/*
** memory_faults.h: memory that runs out at the Nth allocation of SQLite or of cJSON, or,
** in a program that replaces malloc(), of the C library.
*/
#ifndef STRATA_TEST_MEMORY_FAULTS_H
#define STRATA_TEST_MEMORY_FAULTS_H

#include "faults.h"

extern faults sqlite_memory; /* sqlite3_malloc() and everything within SQLite */
extern faults cjson_memory;  /* cJSON's */
extern long cjson_live;      /* what cJSON has and has not given back */
extern bool within_sqlite;   /* an allocation of SQLite's is on its way to the C library */

/* Call this before sqlite3_initialize(). Switches lookaside off, so that every allocation can fail. */
void memory_faults_install(void);

#endif
