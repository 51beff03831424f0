/*
** power_loss.c: simulates what a disk keeps when the power fails. The files themselves are
** always as SQLite wrote them, so that it reads what it wrote; this file keeps beside them
** what the disk would have.
*/
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "operations.h"
#include "power_loss.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define SECTOR 512

/* A write, or (bytes NULL) a truncation to `at`, that was not synced. */
typedef struct change {
  struct change *next;
  sqlite3_int64 at;
  int n;
  unsigned char *bytes;
} change;

typedef struct content {
  unsigned char *bytes;
  size_t size, room;
} content;

/* A file, whether it has a name or not. */
struct power_file {
  power_file *next;
  content synced;
  change *first, **last;
  bool syncs_folder; /* by its next xSync */
};

/* A name, and which file has it: for the programs, and for sure. */
typedef struct entry {
  struct entry *next;
  char path[512];
  power_file *now, *synced;
} entry;

long power_at_stake, power_harmed;

static bool watching, cut;
static entry *entries;
static power_file *files;

static void *allocate(size_t size) {
  void *memory = calloc(1, size);
  assert_non_null(memory);
  return memory;
}

/* The bytes beyond the old size are zeros. */
static void resize(content *c, size_t size) {
  if (size > c->room) {
    c->room = size * 2;
    c->bytes = realloc(c->bytes, c->room);
    assert_non_null(c->bytes);
  }
  if (size > c->size) memset(c->bytes + c->size, 0, size - c->size);
  c->size = size;
}

static void put(content *c, const void *bytes, size_t n, size_t at) {
  if (at + n > c->size) resize(c, at + n);
  memcpy(c->bytes + at, bytes, n);
}

static void apply(content *to, const change *c) {
  if (c->bytes)
    put(to, c->bytes, (size_t)c->n, (size_t)c->at);
  else
    resize(to, (size_t)c->at);
}

static power_file *new_file(void) {
  power_file *file = allocate(sizeof *file);
  file->last = &file->first;
  file->next = files;
  files = file;
  return file;
}

static void forget_changes(power_file *file) {
  while (file->first) {
    change *c = file->first;
    file->first = c->next;
    free(c->bytes);
    free(c);
  }
  file->last = &file->first;
}

static entry *find_entry(const char *path) {
  for (entry *e = entries; e; e = e->next) {
    if (strcmp(e->path, path) == 0) return e;
  }
  entry *e = allocate(sizeof *e);
  snprintf(e->path, sizeof e->path, "%s", path);
  e->next = entries;
  entries = e;
  return e;
}

/* All files here are in one folder. */
static void sync_folder(void) {
  for (entry *e = entries; e; e = e->next) e->synced = e->now;
}

void power_watch(void) {
  watching = true;
  cut = false;
}

void power_end(void) {
  watching = false;
  while (entries) {
    entry *e = entries;
    entries = e->next;
    free(e);
  }
  while (files) {
    power_file *file = files;
    files = file->next;
    forget_changes(file);
    free(file->synced.bytes);
    free(file);
  }
}

void power_cut(void) {
  cut = true;
}

/* What was there before the watching began is on the disk. */
static void read_existing(entry *e) {
  unsigned char buffer[4096];
  FILE *file = fopen(e->path, "rb");
  if (file == NULL) return;
  e->now = e->synced = new_file();
  for (size_t n; (n = fread(buffer, 1, sizeof buffer, file)) > 0;)
    put(&e->now->synced, buffer, n, e->now->synced.size);
  fclose(file);
}

power_file *power_opening(const char *path, int flags) {
  int journal = SQLITE_OPEN_MAIN_JOURNAL | SQLITE_OPEN_WAL;
  if (!watching || cut || path == NULL || !(flags & (SQLITE_OPEN_MAIN_DB | journal))) return NULL;
  entry *e = find_entry(path);
  if (e->now == NULL && e->synced == NULL) read_existing(e);
  if (e->now == NULL && flags & SQLITE_OPEN_CREATE) e->now = new_file();
  if (e->now && flags & SQLITE_OPEN_CREATE && flags & journal) e->now->syncs_folder = true;
  return e->now;
}

static void remember(power_file *file, const void *bytes, int n, sqlite3_int64 at) {
  if (file == NULL || cut) return;
  change *c = allocate(sizeof *c);
  *c = (change){.at = at, .n = n};
  if (bytes) {
    c->bytes = allocate((size_t)n);
    memcpy(c->bytes, bytes, (size_t)n);
  }
  *file->last = c;
  file->last = &c->next;
}

void power_wrote(power_file *file, const void *bytes, int n, sqlite3_int64 at) {
  remember(file, bytes, n, at);
}

void power_truncated(power_file *file, sqlite3_int64 size) {
  remember(file, NULL, 0, size);
}

void power_synced(power_file *file) {
  if (file == NULL || cut) return;
  for (change *c = file->first; c; c = c->next) apply(&file->synced, c);
  forget_changes(file);
  if (file->syncs_folder) sync_folder();
  file->syncs_folder = false;
}

void power_removed(const char *path, bool for_sure) {
  if (!watching || cut) return;
  find_entry(path)->now = NULL;
  if (for_sure) sync_folder();
}

/* Sector by sector of the disk, as far as the write reaches into it. */
static void tear(content *out, const change *c, uint64_t *random) {
  unsigned char garbage[SECTOR];
  for (sqlite3_int64 at = c->at; at < c->at + c->n;) {
    sqlite3_int64 end = (at / SECTOR + 1) * SECTOR;
    if (end > c->at + c->n) end = c->at + c->n;
    size_t n = (size_t)(end - at);
    uint64_t fate = next_random(random) % 4;
    for (size_t i = 0; i < n; i++) garbage[i] = (unsigned char)next_random(random);
    if (fate > 0) put(out, fate > 1 ? c->bytes + (at - c->at) : garbage, n, (size_t)at);
    at = end;
  }
}

static bool happens(uint64_t *random, unsigned percent) {
  return next_random(random) % 100 < percent;
}

/* What the disk has of a file. */
static void survive(const power_file *file, content *out, unsigned percent, uint64_t *random) {
  if (file->synced.size) put(out, file->synced.bytes, file->synced.size, 0);
  for (const change *c = file->first; c; c = c->next) {
    power_at_stake++;
    if (happens(random, percent)) {
      apply(out, c);
      continue;
    }
    power_harmed++;
    if (percent == 0 || c->bytes == NULL) continue;
    uint64_t fate = next_random(random) % 4;
    size_t end = (size_t)(c->at + c->n);
    if (fate == 0) tear(out, c, random);
    if (fate == 1 && end > out->size) resize(out, end);
  }
}

void power_lose(uint64_t *random) {
  char index[520];
  uint64_t extreme = next_random(random) % 8;
  unsigned percent = extreme == 0 ? 0 : extreme == 1 ? 100 : 10 + (unsigned)(next_random(random) % 81);
  for (entry *e = entries; e; e = e->next) {
    power_file *file = happens(random, percent) ? e->now : e->synced;
    unlink(e->path);
    snprintf(index, sizeof index, "%s-shm", e->path);
    unlink(index);
    power_at_stake += e->now != e->synced;
    power_harmed += e->now != e->synced && file == e->synced;
    if (file == NULL) continue;
    content out = {0};
    survive(file, &out, percent, random);
    FILE *f = fopen(e->path, "wb");
    assert_non_null(f);
    if (out.size) assert_int_equal(fwrite(out.bytes, 1, out.size, f), out.size);
    assert_int_equal(fclose(f), 0);
    free(out.bytes);
  }
  power_end();
}
