/*
** file_calls.h: replaces the system calls of the extension's file layer by functions of
** test_file_errors.c. The build includes it first in each file of that layer.
*/
#ifndef _GNU_SOURCE
#define _GNU_SOURCE
#endif
#include <fcntl.h>
#include <stdio.h>
#include <sys/types.h>
#include <unistd.h>

int test_open(const char *path, int flags, ...);
int test_openat(int folder, const char *path, int flags, ...);
ssize_t test_write(int fd, const void *bytes, size_t size);
ssize_t test_pread(int fd, void *bytes, size_t size, off_t at);
int test_fsync(int fd);
int test_linkat(int from, const char *old, int to, const char *name, int flags);
int test_renameat(int from, const char *old, int to, const char *name);

#ifdef STRATA_FILE_CALLS
#define open test_open
#define openat test_openat
#define write test_write
#define pread test_pread
#define fsync test_fsync
#define linkat test_linkat
#define renameat test_renameat
#endif
