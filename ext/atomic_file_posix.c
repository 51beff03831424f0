/*
** atomic_file_posix.c: atomic files on Linux, macOS and other systems with POSIX.
**
** All calls go through a descriptor of the folder, so that a folder that is renamed
** in between does no harm. A file without a name gets one with linkat(); that cannot
** replace the target, so if there is one, the file gets a temporary name first and is
** renamed.
*/
#ifndef _FILE_OFFSET_BITS
#define _FILE_OFFSET_BITS 64
#endif
#ifdef __linux__
#define _GNU_SOURCE /* O_TMPFILE */
#else
#define _POSIX_C_SOURCE 200809L
#ifdef __APPLE__
#define _DARWIN_C_SOURCE /* F_FULLFSYNC */
#endif
#endif
#include "atomic_file.h"

#include <errno.h>
#include <fcntl.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "os_stat.h"
#include <unistd.h>

/* `rc` is SQLITE_CANTOPEN or SQLITE_ERROR, never SQLITE_IOERR or SQLITE_FULL: these would make SQLite roll back the
** caller's transaction, because of a file that is not a database. */
static void fail(strata_atomic_file *f, int rc, const char *doing, int error) {
  strata_fail(f->ctx, rc, "cannot %s '%s': %s", doing, f->path, strerror(error));
}

/* Split the path into the folder and the name in it. */
static void split(strata_atomic_file *f) {
  const char *slash = strrchr(f->path, '/');
  f->name = slash ? slash + 1 : f->path;
  if (slash == NULL)
    f->folder = strata_copy(f->ctx, ".", 1);
  else
    f->folder = strata_copy(f->ctx, f->path, slash == f->path ? 1 : (size_t)(slash - f->path));
}

/* Refuse a target that must not be replaced. */
static void check_target(strata_atomic_file *f) {
  struct stat st;
  if (*f->name == '\0' || strcmp(f->name, ".") == 0 || strcmp(f->name, "..") == 0)
    fail(f, SQLITE_CANTOPEN, "write", EISDIR);
  else if (fstatat((int)f->folder_handle, f->name, &st, AT_SYMLINK_NOFOLLOW) != 0) {
    if (errno != ENOENT) fail(f, SQLITE_CANTOPEN, "write", errno);
  } else if (S_ISDIR(st.st_mode))
    fail(f, SQLITE_CANTOPEN, "write", EISDIR);
  else if (S_ISLNK(st.st_mode))
    strata_fail(f->ctx, SQLITE_CANTOPEN,
                "cannot write '%s': it is a symbolic link; give the path of the file itself", f->path);
  else if (!S_ISREG(st.st_mode))
    strata_fail(f->ctx, SQLITE_CANTOPEN, "cannot write '%s': it is not a regular file", f->path);
}

/* Choose a new name for the temporary file. */
static void choose_name(strata_atomic_file *f) {
  uint64_t random;
  sqlite3_randomness(sizeof random, &random);
  snprintf(f->temporary, sizeof f->temporary, ".strata-%012llx",
           (unsigned long long)(random & 0xFFFFFFFFFFFFu));
}

/* Open a file without a name, which can get one later through its entry in /proc. */
static int open_unnamed(strata_atomic_file *f) {
#ifdef O_TMPFILE
  char link[40];
  int fd = openat((int)f->folder_handle, ".", O_TMPFILE | O_RDWR | O_CLOEXEC, 0600);
  if (fd < 0) return -1;
  snprintf(link, sizeof link, "/proc/self/fd/%d", fd);
  if (access(link, F_OK) == 0) return fd;
  close(fd);
#else
  (void)f;
#endif
  return -1;
}

/* Open a file with a temporary name. Returns -1 after an error, which is in errno. */
static int open_named(strata_atomic_file *f) {
  for (int tries = 0; tries < 100; tries++) {
    choose_name(f);
    int fd =
        openat((int)f->folder_handle, f->temporary, O_CREAT | O_EXCL | O_RDWR | O_CLOEXEC | O_NOFOLLOW, 0600);
    if (fd >= 0 || errno != EEXIST) return fd;
  }
  return -1;
}

void strata_atomic_open(strata_atomic_file *f, strata_context *ctx, const char *path, bool named) {
  *f = (strata_atomic_file){.ctx = ctx, .folder_handle = STRATA_OS_NONE, .handle = STRATA_OS_NONE};
  f->path = strata_copy(ctx, path, strlen(path));
  if (f->path) split(f);
  if (ctx->rc != SQLITE_OK) return;
  f->folder_handle = open(f->folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  if (f->folder_handle < 0) {
    fail(f, SQLITE_CANTOPEN, "write", errno);
    return;
  }
  check_target(f);
  if (ctx->rc != SQLITE_OK) return;
  if (!named) f->handle = open_unnamed(f);
  if (f->handle < 0) f->handle = open_named(f);
  if (f->handle < 0) {
    f->temporary[0] = '\0';
    fail(f, SQLITE_CANTOPEN, "write", errno);
  }
}

/* Resolve the folder's symbolic links: SQLite opens the copy with SQLITE_OPEN_NOFOLLOW, which allows none anywhere. */
char *strata_atomic_temporary_path(strata_atomic_file *f) {
  if (f->ctx->rc != SQLITE_OK) return NULL;
  char *folder = realpath(f->folder, NULL);
  if (folder == NULL) {
    fail(f, SQLITE_CANTOPEN, "write", errno);
    return NULL;
  }
  char *path = strata_format(f->ctx, "%s/%s", strcmp(folder, "/") == 0 ? "" : folder, f->temporary);
  free(folder);
  return path;
}

sqlite3_int64 strata_atomic_size(strata_atomic_file *f) {
  struct stat st;
  if (f->ctx->rc != SQLITE_OK) return 0;
  if (fstat((int)f->handle, &st) == 0) return st.st_size;
  fail(f, SQLITE_ERROR, "write", errno);
  return 0;
}

int strata_atomic_write(void *file, const char *data, size_t length) {
  strata_atomic_file *f = file;
  while (length > 0) {
    ssize_t n = write((int)f->handle, data, length);
    if (n < 0 && errno == EINTR) continue;
    if (n < 0) {
      fail(f, SQLITE_ERROR, "write", errno);
      break;
    }
    data += n;
    length -= (size_t)n;
  }
  return f->ctx->rc;
}

/* Flush to the disk itself, which on macOS takes more than fsync(). */
static int flush(int fd) {
#ifdef F_FULLFSYNC
  if (fcntl(fd, F_FULLFSYNC) == 0) return 0;
#endif
  return fsync(fd);
}

/* Give the unnamed file the target's name if that is free, else a temporary one. Returns 0 or an errno. */
static int link_unnamed(strata_atomic_file *f) {
  char link[40];
  snprintf(link, sizeof link, "/proc/self/fd/%d", (int)f->handle);
  if (linkat(AT_FDCWD, link, (int)f->folder_handle, f->name, AT_SYMLINK_FOLLOW) == 0) return 0;
  for (int tries = 0; errno == EEXIST && tries < 100; tries++) {
    choose_name(f);
    if (linkat(AT_FDCWD, link, (int)f->folder_handle, f->temporary, AT_SYMLINK_FOLLOW) == 0) return 0;
    f->temporary[0] = '\0';
  }
  return errno;
}

/* Check that the temporary name still belongs to our file: in a folder that others can write to, somebody may have
** replaced it. Returns 0 or an errno. */
static int check_name(strata_atomic_file *f) {
  struct stat named, own;
  if (fstatat((int)f->folder_handle, f->temporary, &named, AT_SYMLINK_NOFOLLOW) != 0) return errno;
  if (fstat((int)f->handle, &own) != 0) return errno;
  if (named.st_dev != own.st_dev || named.st_ino != own.st_ino)
    strata_fail(f->ctx, SQLITE_CANTOPEN, STRATA_ATOMIC_REPLACED_MESSAGE, f->path);
  return 0;
}

void strata_atomic_commit(strata_atomic_file *f) {
  if (f->ctx->rc != SQLITE_OK) return;
  if (flush((int)f->handle) != 0) {
    fail(f, SQLITE_ERROR, "flush", errno);
    return;
  }
  int error = f->temporary[0] ? check_name(f) : link_unnamed(f);
  if (f->ctx->rc != SQLITE_OK) return;
  if (error == 0 && f->temporary[0]) {
    error = renameat((int)f->folder_handle, f->temporary, (int)f->folder_handle, f->name) == 0 ? 0 : errno;
    if (error == 0) f->temporary[0] = '\0';
  }
  if (error)
    fail(f, SQLITE_CANTOPEN, "write", error);
  else if (flush((int)f->folder_handle) != 0 && errno != EINVAL && errno != ENOTSUP)
    strata_fail(f->ctx, SQLITE_ERROR, "'%s' is written, but its folder could not be flushed to the disk: %s",
                f->path, strerror(errno));
}

void strata_atomic_close(strata_atomic_file *f) {
  if (f->handle >= 0) close((int)f->handle);
  if (f->temporary[0]) unlinkat((int)f->folder_handle, f->temporary, 0);
  if (f->folder_handle >= 0) close((int)f->folder_handle);
  sqlite3_free(f->folder);
  sqlite3_free(f->path);
  f->handle = f->folder_handle = STRATA_OS_NONE;
  f->temporary[0] = '\0';
  f->folder = f->path = NULL;
}
