/*
** fault_vfs.c: a VFS in front of the system's own. A file is the system's file with a
** header in front; each method that may fail asks first whether it is its turn.
*/
#define _POSIX_C_SOURCE 200809L
#include "fault_vfs.h"
#include "power_loss.h"

#include <signal.h>
#include <sqlite3.h>
#include <stddef.h>
#include <unistd.h>

const fault_kind fault_kinds[FAULT_KINDS] = {
    {FAULT_READ, "read"},          {FAULT_WRITE, "write"},       {FAULT_FULL, "write to a full disk"},
    {FAULT_SYNC, "sync"},          {FAULT_TRUNCATE, "truncate"}, {FAULT_OPEN, "open"},
    {FAULT_DELETE, "delete"},      {FAULT_LOCK, "lock"},         {FAULT_SHARED, "shared map"},
    {0x1ff & ~FAULT_FULL, "call"},
};

int disk_kinds;
faults disk;
bool disk_kills;

typedef struct fault_file {
  sqlite3_file base;
  sqlite3_file *real;
  power_file *record; /* NULL: none */
} fault_file;

static sqlite3_vfs *system_vfs;

static sqlite3_file *real_of(sqlite3_file *file) {
  return ((fault_file *)file)->real;
}

static power_file *record_of(sqlite3_file *file) {
  return ((fault_file *)file)->record;
}

static bool strikes(int kind) {
  if (!(disk_kinds & kind) || !faults_strike(&disk)) return false;
  power_cut();
  return true;
}

/* Whether the call fails. If the process is to die instead, this does not return. */
static bool fails(int kind) {
  if (!strikes(kind)) return false;
  if (disk_kills) kill(getpid(), SIGKILL);
  return true;
}

static int file_close(sqlite3_file *file) {
  return real_of(file)->pMethods->xClose(real_of(file));
}

static int file_read(sqlite3_file *file, void *out, int n, sqlite3_int64 at) {
  if (fails(FAULT_READ)) return SQLITE_IOERR_READ;
  return real_of(file)->pMethods->xRead(real_of(file), out, n, at);
}

static int file_write(sqlite3_file *file, const void *bytes, int n, sqlite3_int64 at) {
  power_wrote(record_of(file), bytes, n, at); /* also that at which the power goes */
  if (fails(FAULT_FULL)) return SQLITE_FULL;
  if (strikes(FAULT_WRITE)) {
    real_of(file)->pMethods->xWrite(real_of(file), bytes, n / 2, at);
    if (disk_kills) kill(getpid(), SIGKILL);
    return SQLITE_IOERR_WRITE;
  }
  return real_of(file)->pMethods->xWrite(real_of(file), bytes, n, at);
}

static int file_truncate(sqlite3_file *file, sqlite3_int64 size) {
  power_truncated(record_of(file), size);
  if (fails(FAULT_TRUNCATE)) return SQLITE_IOERR_TRUNCATE;
  return real_of(file)->pMethods->xTruncate(real_of(file), size);
}

static int file_sync(sqlite3_file *file, int flags) {
  if (fails(FAULT_SYNC)) return SQLITE_IOERR_FSYNC;
  power_synced(record_of(file));
  if (record_of(file)) return SQLITE_OK; /* nobody will look for it on the real disk */
  return real_of(file)->pMethods->xSync(real_of(file), flags);
}

static int file_size(sqlite3_file *file, sqlite3_int64 *size) {
  return real_of(file)->pMethods->xFileSize(real_of(file), size);
}

static int file_lock(sqlite3_file *file, int level) {
  if (fails(FAULT_LOCK)) return SQLITE_IOERR_LOCK;
  return real_of(file)->pMethods->xLock(real_of(file), level);
}

static int file_unlock(sqlite3_file *file, int level) {
  return real_of(file)->pMethods->xUnlock(real_of(file), level);
}

static int file_is_reserved(sqlite3_file *file, int *out) {
  return real_of(file)->pMethods->xCheckReservedLock(real_of(file), out);
}

static int file_control(sqlite3_file *file, int op, void *argument) {
  return real_of(file)->pMethods->xFileControl(real_of(file), op, argument);
}

static int file_sector_size(sqlite3_file *file) {
  return real_of(file)->pMethods->xSectorSize(real_of(file));
}

static int file_characteristics(sqlite3_file *file) {
  return real_of(file)->pMethods->xDeviceCharacteristics(real_of(file));
}

static int shared_map(sqlite3_file *file, int region, int size, int extend, void volatile **out) {
  if (fails(FAULT_SHARED)) return SQLITE_IOERR_SHMMAP;
  return real_of(file)->pMethods->xShmMap(real_of(file), region, size, extend, out);
}

static int shared_lock(sqlite3_file *file, int offset, int n, int flags) {
  if (!(flags & SQLITE_SHM_UNLOCK) && fails(FAULT_LOCK)) return SQLITE_IOERR_SHMLOCK;
  return real_of(file)->pMethods->xShmLock(real_of(file), offset, n, flags);
}

static void shared_barrier(sqlite3_file *file) {
  real_of(file)->pMethods->xShmBarrier(real_of(file));
}

static int shared_unmap(sqlite3_file *file, int remove) {
  return real_of(file)->pMethods->xShmUnmap(real_of(file), remove);
}

static const sqlite3_io_methods methods = {
    2,
    file_close,
    file_read,
    file_write,
    file_truncate,
    file_sync,
    file_size,
    file_lock,
    file_unlock,
    file_is_reserved,
    file_control,
    file_sector_size,
    file_characteristics,
    shared_map,
    shared_lock,
    shared_barrier,
    shared_unmap,
    NULL,
    NULL,
};

static int vfs_open(sqlite3_vfs *vfs, const char *name, sqlite3_file *file, int flags, int *out_flags) {
  (void)vfs;
  fault_file *f = (fault_file *)file;
  f->base.pMethods = NULL;
  f->real = (sqlite3_file *)(f + 1);
  f->record = NULL;
  if (fails(FAULT_OPEN)) return SQLITE_CANTOPEN;
  f->record = power_opening(name, flags);
  int rc = system_vfs->xOpen(system_vfs, name, f->real, flags, out_flags);
  if (f->real->pMethods) f->base.pMethods = &methods;
  return rc;
}

static int vfs_delete(sqlite3_vfs *vfs, const char *name, int sync) {
  (void)vfs;
  power_removed(name, false);
  if (fails(FAULT_DELETE)) return SQLITE_IOERR_DELETE;
  power_removed(name, sync);
  return system_vfs->xDelete(system_vfs, name, sync);
}

static int vfs_access(sqlite3_vfs *vfs, const char *name, int flags, int *out) {
  (void)vfs;
  return system_vfs->xAccess(system_vfs, name, flags, out);
}

static int vfs_full_path(sqlite3_vfs *vfs, const char *name, int size, char *out) {
  (void)vfs;
  return system_vfs->xFullPathname(system_vfs, name, size, out);
}

static int vfs_random(sqlite3_vfs *vfs, int n, char *out) {
  (void)vfs;
  return system_vfs->xRandomness(system_vfs, n, out);
}

static int vfs_sleep(sqlite3_vfs *vfs, int microseconds) {
  (void)vfs;
  return system_vfs->xSleep(system_vfs, microseconds);
}

static int vfs_time(sqlite3_vfs *vfs, double *now) {
  (void)vfs;
  return system_vfs->xCurrentTime(system_vfs, now);
}

static int vfs_last_error(sqlite3_vfs *vfs, int n, char *out) {
  (void)vfs;
  return system_vfs->xGetLastError(system_vfs, n, out);
}

void fault_vfs_install(void) {
  static sqlite3_vfs vfs;
  system_vfs = sqlite3_vfs_find(NULL);
  vfs = (sqlite3_vfs){
      .iVersion = 1,
      .szOsFile = (int)sizeof(fault_file) + system_vfs->szOsFile,
      .mxPathname = system_vfs->mxPathname,
      .zName = "faults",
      .xOpen = vfs_open,
      .xDelete = vfs_delete,
      .xAccess = vfs_access,
      .xFullPathname = vfs_full_path,
      .xRandomness = vfs_random,
      .xSleep = vfs_sleep,
      .xCurrentTime = vfs_time,
      .xGetLastError = vfs_last_error,
  };
  sqlite3_vfs_register(&vfs, 0);
}
