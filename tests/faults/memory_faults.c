/*
** memory_faults.c: puts allocators that can fail in the place of SQLite's and cJSON's.
*/
#include "memory_faults.h"

#include <cjson/cJSON.h>
#include <sqlite3.h>
#include <stddef.h>
#include <stdlib.h>

faults sqlite_memory, cjson_memory;
long cjson_live;
bool within_sqlite;

static sqlite3_mem_methods real;

static void *failing_malloc(int size) {
  if (faults_strike(&sqlite_memory)) return NULL;
  within_sqlite = true;
  void *memory = real.xMalloc(size);
  within_sqlite = false;
  return memory;
}

static void *failing_realloc(void *old, int size) {
  if (faults_strike(&sqlite_memory)) return NULL;
  within_sqlite = true;
  void *memory = real.xRealloc(old, size);
  within_sqlite = false;
  return memory;
}

static void freeing(void *memory) {
  within_sqlite = true;
  real.xFree(memory);
  within_sqlite = false;
}

static void *cjson_malloc(size_t size) {
  if (faults_strike(&cjson_memory)) return NULL;
  cjson_live++;
  return malloc(size);
}

static void cjson_free(void *memory) {
  if (memory) cjson_live--;
  free(memory);
}

void memory_faults_install(void) {
  sqlite3_config(SQLITE_CONFIG_GETMALLOC, &real);
  sqlite3_mem_methods failing = real;
  failing.xMalloc = failing_malloc;
  failing.xRealloc = failing_realloc;
  failing.xFree = freeing;
  sqlite3_config(SQLITE_CONFIG_MALLOC, &failing);
  sqlite3_config(SQLITE_CONFIG_LOOKASIDE, 0, 0);
  sqlite3_config(SQLITE_CONFIG_MEMSTATUS, 1);
  cJSON_Hooks hooks = {cjson_malloc, cjson_free};
  cJSON_InitHooks(&hooks);
}
