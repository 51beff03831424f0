/*
** os_file.h: what the extension asks of the operating system about files. All
** of it that differs between systems is behind this header and atomic_file.h:
** os_file_posix.c and atomic_file_posix.c, os_file_windows.c and
** atomic_file_windows.c.
**
** Paths are UTF-8. What can fail returns 0 or an errno, also on Windows; its
** sentence is strerror()'s.
*/
#ifndef STRATA_OS_FILE_H
#define STRATA_OS_FILE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

typedef enum strata_os_kind {
  STRATA_OS_FILE,                /* a regular one */
  STRATA_OS_FOLDER,
  STRATA_OS_LINK,                /* a symbolic link, where it was not followed */
  STRATA_OS_OTHER                /* a pipe, a device, a socket */
} strata_os_kind;

typedef struct strata_os_state {
  strata_os_kind kind;
  uint64_t volume, number;       /* which file it is, whatever its names */
  uint64_t size;                 /* bytes */
  uint64_t names;                /* hard links */
  int64_t modified[2];           /* when its bytes changed: seconds and nanoseconds … */
  int64_t changed[2];            /* … and its status, which no program can set back */
} strata_os_state;

bool strata_os_same_file(const strata_os_state *a, const strata_os_state *b);

/* The state of what a path names; a symbolic link's own unless `follow`. */
int strata_os_look(const char *path, bool follow, strata_os_state *state);

/* Whether the error says that there is no such file (nor can be: too long a name), rather than that nobody can
** tell. */
bool strata_os_is_missing(int error);

/* The name at a path's end, behind its folder; within `path`, and empty where it ends with a separator. */
const char *strata_os_name(const char *path);

/* Whether two names in one folder may be names of one file, as far as their letters tell. */
bool strata_os_same_name(const char *a, const char *b);

/* An open file; STRATA_OS_NONE: none. */
typedef intptr_t strata_os_handle;
#define STRATA_OS_NONE ((strata_os_handle)-1)

/* Open a file to read it. A pipe that nobody writes to is not waited for. */
int strata_os_open(const char *path, strata_os_handle *handle);
void strata_os_close(strata_os_handle handle);
int strata_os_handle_state(strata_os_handle handle, strata_os_state *state);

/* As many bytes from `offset` on as there are, at most `size`; *got may be less only at the file's end. */
int strata_os_read(strata_os_handle handle, uint64_t offset, void *buffer, size_t size, size_t *got);

/*
** What a path names, and how it begins, without harm to others in this process:
** closing any descriptor of a file drops all POSIX locks that the process holds on
** it, those of a SQLite connection too (sqlite.org/howtocorrupt.html, 2.2). So a
** file that this process has open is read through the descriptor that is there, and
** `in_use` is set: it must not be opened again if it may be a database. An empty
** file is not opened. A symbolic link is only followed with `follow`.
*/
typedef struct strata_os_glimpse {
  strata_os_state state;
  bool in_use;
  size_t length;                 /* of head: 0 where it is empty or no regular file */
  char head[4096];
} strata_os_glimpse;

int strata_os_glimpse_at(const char *path, bool follow, strata_os_glimpse *glimpse);

#endif
