/*
** fault_vfs.h: the VFS "faults". It passes everything on to the system's own VFS, except
** the call that is to fail, or at which the process is to die.
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

/* What a test makes fail in turn: each kind of call, and any of them. */
typedef struct fault_kind {
  int kind;
  const char *name;
} fault_kind;
enum { FAULT_KINDS = 10 };
extern const fault_kind fault_kinds[FAULT_KINDS];

/* Which calls count, and when one fails. */
extern int disk_kinds;
extern faults disk;

/* Kill the process instead of failing; if the call is a write, in the middle of it. */
extern bool disk_kills;

void fault_vfs_install(void);

#endif
