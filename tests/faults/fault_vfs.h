/*
** fault_vfs.h: the VFS "faults", which hands everything on to the system's
** own, but for the call that is to fail: or at which the process is to die.
*/
#ifndef STRATA_TEST_FAULT_VFS_H
#define STRATA_TEST_FAULT_VFS_H

#include "faults.h"

enum {
  FAULT_READ = 1,
  FAULT_WRITE = 2, /* writes the first half, and reports an error */
  FAULT_FULL = 4,  /* a write, to a disk that is full */
  FAULT_SYNC = 8,
  FAULT_TRUNCATE = 16,
  FAULT_OPEN = 32,
  FAULT_DELETE = 64,
  FAULT_LOCK = 128,
  FAULT_SHARED = 256 /* mapping the memory that a WAL's index is in */
};

/* Which calls count, and when one fails. */
extern int disk_kinds;
extern faults disk;

/* Instead of failing: kill the process, in the middle of a write where it is one. */
extern bool disk_kills;

void fault_vfs_install(void);

#endif
