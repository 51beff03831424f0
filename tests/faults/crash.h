/*
** crash.h: a restore that is cut short, for the tests of what is on the disk
** afterwards. The database lies in a folder, the restore goes through the VFS
** "faults", and after the crash SQLite's own VFS recovers what is left.
*/
#ifndef STRATA_TEST_CRASH_H
#define STRATA_TEST_CRASH_H

#include "operations.h"

typedef struct crash_scene {
  const char *name;
  const char *mode;    /* of the restore */
  const char *session; /* SQL on the connection before: the journal mode, how much is synced */
  /* What crash_measure() finds: */
  uint64_t old_picture, new_picture;
  long writes;    /* writes, syncs, truncations, openings and removals of files in a restore */
  double seconds; /* that it takes */
} crash_scene;

/* Make the database and a document of so many rows, for all scenes; on a real disk, or in memory if that suffices. */
void crash_begin(int rows, bool real_disk);
void crash_end(void);

/* Put the old content into fresh files; and the content now, after recovery. A damaged database fails the test. */
void crash_old_files(void);
uint64_t crash_picture(const char *where);

/* The same for a database that may be damaged: then 0. */
uint64_t crash_picture_if_sound(void);

/* A connection to the files, without faults. */
sqlite3 *crash_open(const crash_scene *s);

/* Restore while the disk fails at the Nth call (0: never). Returns whether the restore reported success. */
bool crash_restore(sqlite3 *db, const crash_scene *s, long n, bool for_good);

/* A restore without a crash. */
void crash_measure(crash_scene *s);

#endif
