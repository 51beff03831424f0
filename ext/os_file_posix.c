/*
** os_file_posix.c: files on Linux, macOS and other systems with POSIX. To find out
** whether this process has a file open, it compares the file with every descriptor of
** the process, which /proc/self/fd or /dev/fd lists.
*/
#ifndef _FILE_OFFSET_BITS
#define _FILE_OFFSET_BITS 64
#endif
#define _POSIX_C_SOURCE 200809L
#ifdef __APPLE__
#define _DARWIN_C_SOURCE
#endif
#include "os_file.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include "os_stat.h"
#include <unistd.h>

_Static_assert(sizeof(off_t) >= 8, "files may be larger than 2 GB: compile with _FILE_OFFSET_BITS=64");

#ifdef __APPLE__
#define MODIFIED st_mtimespec
#define CHANGED st_ctimespec
#define DESCRIPTORS "/dev/fd"
#else
#define MODIFIED st_mtim
#define CHANGED st_ctim
#define DESCRIPTORS "/proc/self/fd"
#endif

/* If the system does not list the descriptors, try at most this many. */
#define MAX_DESCRIPTORS (1UL << 20)

static void set_state(strata_os_state *state, const struct stat *st) {
  *state = (strata_os_state){
      .kind = S_ISREG(st->st_mode)   ? STRATA_OS_FILE
              : S_ISDIR(st->st_mode) ? STRATA_OS_FOLDER
              : S_ISLNK(st->st_mode) ? STRATA_OS_LINK
                                     : STRATA_OS_OTHER,
      .volume = (uint64_t)st->st_dev,
      .number = (uint64_t)st->st_ino,
      .size = (uint64_t)st->st_size,
      .names = (uint64_t)st->st_nlink,
      .modified = {st->MODIFIED.tv_sec, st->MODIFIED.tv_nsec},
      .changed = {st->CHANGED.tv_sec, st->CHANGED.tv_nsec},
  };
}

bool strata_os_same_file(const strata_os_state *a, const strata_os_state *b) {
  return a->volume == b->volume && a->number == b->number;
}

int strata_os_stat(const char *path, bool follow, strata_os_state *state) {
  struct stat st;
  if ((follow ? stat(path, &st) : lstat(path, &st)) != 0) return errno;
  set_state(state, &st);
  return 0;
}

bool strata_os_is_missing(int error) {
  return error == ENOENT || error == ENOTDIR || error == ENAMETOOLONG;
}

const char *strata_os_name(const char *path) {
  const char *slash = strrchr(path, '/');
  return slash ? slash + 1 : path;
}

/* Most disks of macOS take Name and name for the same. */
bool strata_os_same_name(const char *a, const char *b) {
#ifdef __APPLE__
  return strcasecmp(a, b) == 0;
#else
  return strcmp(a, b) == 0;
#endif
}

int strata_os_open(const char *path, strata_os_handle *handle) {
  int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
  *handle = fd;
  return fd < 0 ? errno : 0;
}

void strata_os_close(strata_os_handle handle) {
  if (handle != STRATA_OS_NONE) close((int)handle);
}

int strata_os_handle_state(strata_os_handle handle, strata_os_state *state) {
  struct stat st;
  if (fstat((int)handle, &st) != 0) return errno;
  set_state(state, &st);
  return 0;
}

int strata_os_read(strata_os_handle handle, uint64_t offset, void *buffer, size_t size, size_t *got) {
  *got = 0;
  while (*got < size) {
    ssize_t n = pread((int)handle, (char *)buffer + *got, size - *got, (off_t)(offset + *got));
    if (n < 0 && errno == EINTR) continue;
    if (n < 0) return errno;
    if (n == 0) break;
    *got += (size_t)n;
  }
  return 0;
}

/*
** If the descriptor belongs to this file, read the file's first bytes through it and
** set probe->in_use. Ignore a descriptor that cannot read: it is not SQLite's, which
** opens every database for reading. Returns 0 or an errno.
*/
static int try_descriptor(int fd, strata_os_probe *probe) {
  strata_os_state state = {.kind = STRATA_OS_OTHER};
  int error = strata_os_handle_state(fd, &state);
  if (error) return error == EBADF ? 0 : error;
  if (!strata_os_same_file(&state, &probe->state)) return 0;
  error = strata_os_read(fd, 0, probe->head, sizeof probe->head, &probe->length);
  if (error == EBADF) return 0;
  probe->in_use = true;
  return error;
}

/* The descriptor that an entry of the list stands for; -1 for "." and "..". */
static int descriptor(const char *name) {
  char *end;
  long fd = strtol(name, &end, 10);
  return end == name ? -1 : (int)fd;
}

/* Try the descriptors that the system lists, until one belongs to the file. Returns 0 or an errno. */
static int try_listed_descriptors(DIR *list, strata_os_probe *probe) {
  while (!probe->in_use) {
    errno = 0;
    const struct dirent *entry = readdir(list);
    if (entry == NULL) return errno;
    int fd = descriptor(entry->d_name);
    int error = fd >= 0 ? try_descriptor(fd, probe) : 0;
    if (error) return error;
  }
  return 0;
}

/* Try every descriptor of this process. Returns 0 or an errno. */
static int try_all_descriptors(strata_os_probe *probe) {
  int error = 0;
  DIR *list = opendir(DESCRIPTORS);
  if (list) {
    error = try_listed_descriptors(list, probe);
    closedir(list);
    return error;
  }
  long most = sysconf(_SC_OPEN_MAX);
  if ((unsigned long)most > MAX_DESCRIPTORS) most = (long)MAX_DESCRIPTORS; /* -1 as well: nobody knows */
  for (int fd = 0; error == 0 && !probe->in_use && fd < most; fd++) error = try_descriptor(fd, probe);
  return error;
}

int strata_os_probe_file(const char *path, bool follow, strata_os_probe *probe) {
  probe->in_use = false;
  probe->length = 0;
  int error = strata_os_stat(path, follow, &probe->state);
  if (error || probe->state.kind != STRATA_OS_FILE || probe->state.size == 0) return error;
  error = try_all_descriptors(probe);
  if (error || probe->in_use) return error;
  int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | (follow ? 0 : O_NOFOLLOW));
  if (fd < 0) return errno;
  error = strata_os_read(fd, 0, probe->head, sizeof probe->head, &probe->length);
  close(fd);
  return error;
}
