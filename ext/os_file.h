/*
** os_file.h: what the extension needs to know from the operating system about files.
** This header and atomic_file.h hide all differences between systems, in
** os_file_posix.c, os_file_windows.c and the two files of atomic_file.h.
**
** Paths are UTF-8. A function that can fail returns 0 or an errno, on Windows too;
** strerror() has the sentence.
*/
#ifndef STRATA_OS_FILE_H
#define STRATA_OS_FILE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

typedef enum strata_os_kind {
  STRATA_OS_FILE,                /* a regular one */
  STRATA_OS_FOLDER,
  STRATA_OS_LINK,                /* a symbolic link that was not followed */
  STRATA_OS_OTHER                /* a pipe, a device, a socket */
} strata_os_kind;

typedef struct strata_os_state {
  strata_os_kind kind;
  uint64_t volume, number;       /* identify the file, whatever its name */
  uint64_t size;                 /* in bytes */
  uint64_t names;                /* number of hard links */
  int64_t modified[2];           /* when its bytes changed, in seconds and nanoseconds … */
  int64_t changed[2];            /* … and when its status did, which no program can set back */
} strata_os_state;

bool strata_os_same_file(const strata_os_state *a, const strata_os_state *b);

/* Get the state of the file at a path; of a symbolic link the link's own state, unless `follow`. */
int strata_os_stat(const char *path, bool follow, strata_os_state *state);

/* Whether the error means that there is no such file (or cannot be one: the name is too long). Other errors do not settle the question. */
bool strata_os_is_missing(int error);

/* The last part of a path. Points into `path`; empty if that ends with a separator. */
const char *strata_os_name(const char *path);

/* Whether two names in a folder may mean the same file, on a system that ignores case. */
bool strata_os_same_name(const char *a, const char *b);

/* An open file; STRATA_OS_NONE: none. */
typedef intptr_t strata_os_handle;
#define STRATA_OS_NONE ((strata_os_handle)-1)

/* Open a file to read it. Does not wait for the writer of a pipe. */
int strata_os_open(const char *path, strata_os_handle *handle);
void strata_os_close(strata_os_handle handle);
int strata_os_handle_state(strata_os_handle handle, strata_os_state *state);

/* Read `size` bytes from `offset` on. *got is less than `size` only at the end of the file. */
int strata_os_read(strata_os_handle handle, uint64_t offset, void *buffer, size_t size, size_t *got);

/*
** A look at a file and its first bytes that does no harm in this process. Closing any
** descriptor of a file drops all POSIX locks that the process holds on it, also those
** of a SQLite connection (sqlite.org/howtocorrupt.html, 2.2). So if this process has
** the file open, `in_use` is set and its bytes are read through the existing descriptor;
** such a file must not be opened again if it may be a database. An empty file is not opened
** at all. A symbolic link is followed only with `follow`.
*/
typedef struct strata_os_probe {
  strata_os_state state;
  bool in_use;
  size_t length;                 /* bytes in head; 0 if the file is empty or not a regular one */
  char head[4096];
} strata_os_probe;

int strata_os_probe_file(const char *path, bool follow, strata_os_probe *probe);

#endif
