/*
** system_calls.h: replaces the system calls of the extension's file layer by functions of
** test_atomic_file.c. The build includes it first in each file of that layer.
*/
#ifndef _GNU_SOURCE
#define _GNU_SOURCE
#endif
#include <dirent.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

int test_access(const char *name, int mode);
int test_openat(int at, const char *name, int flags, ...);
int test_linkat(int from, const char *old, int to, const char *name, int flags);
int test_fsync(int fd);
int test_fstat(int fd, struct stat *st);
int test_stat(const char *name, struct stat *st);
DIR *test_opendir(const char *name);

#ifdef STRATA_SYSTEM_CALLS
#define access test_access
#define openat test_openat
#define linkat test_linkat
#define fsync test_fsync
#define fstat test_fstat
#define stat(name, st) test_stat(name, st)
#define opendir test_opendir
#endif
