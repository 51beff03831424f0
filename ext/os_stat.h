/*
** os_stat.h: <sys/stat.h>, also for modules that run with an older glibc than the compiler's.
**
** Before 2.33 glibc has no stat(), only __xstat(), and a stat() for each program to link. The
** one that zig links sets an errno of its own, in which the program's then looks for the reason
** in vain. So call what glibc itself exports; later releases still do.
*/
#ifndef STRATA_OS_STAT_H
#define STRATA_OS_STAT_H

#include <sys/stat.h>

#ifdef STRATA_GLIBC_STAT_VERSION /* packaging/zig.cmake sets it: the number of this processor's struct stat */
extern int __xstat(int version, const char *path, struct stat *st);
extern int __lxstat(int version, const char *path, struct stat *st);
extern int __fxstat(int version, int file, struct stat *st);
extern int __fxstatat(int version, int folder, const char *path, struct stat *st, int flags);
#define stat(path, st) __xstat(STRATA_GLIBC_STAT_VERSION, path, st)
#define lstat(path, st) __lxstat(STRATA_GLIBC_STAT_VERSION, path, st)
#define fstat(file, st) __fxstat(STRATA_GLIBC_STAT_VERSION, file, st)
#define fstatat(folder, path, st, flags) __fxstatat(STRATA_GLIBC_STAT_VERSION, folder, path, st, flags)
#endif

#endif
