/*
** atomic_file.h: writes a file so that at any moment the path holds either the old file or the complete new one.
**
** The bytes go to a temporary file in the same folder. Where the system has files
** without a name (Linux: O_TMPFILE) it is one of them, so that even a process that is
** killed leaves nothing behind; else it is called .strata-…. A commit flushes it to
** the disk, renames it to the target in one step, and flushes the folder. Only the
** owner can read and write the files.
*/
#ifndef STRATA_ATOMIC_FILE_H
#define STRATA_ATOMIC_FILE_H

#include "context.h"
#include "os_file.h"

typedef struct strata_atomic_file {
  strata_context *ctx;
  char *path;              /* the target, as it was given */
  char *folder;            /* the target's folder */
  const char *name;        /* the target's name in the folder; points into path */
  strata_os_handle folder_handle;   /* POSIX only */
  strata_os_handle handle; /* of the temporary file */
  char temporary[24];      /* the temporary file's name; empty: it has none */
} strata_atomic_file;

/*
** Open a temporary file for `path`. Refuses a target that is a folder, a device or the
** like, or a symbolic link (which would be lost, or lead to another file), and a folder
** that cannot be written to. With `named` the temporary file always has a name, so that
** SQLite can open it. Errors are set in ctx, in the system's words. Always call
** strata_atomic_close().
*/
void strata_atomic_open(strata_atomic_file *f, strata_context *ctx, const char *path, bool named);

/* The path, without symbolic links, of a temporary file that was opened as `named`; from sqlite3_malloc(). NULL after
** an error. */
char *strata_atomic_temporary_path(strata_atomic_file *f);

/* Write all the bytes: a strata_sink. Returns SQLITE_OK, or the code of an error that is set in ctx. */
int strata_atomic_write(void *file, const char *data, size_t length);

/* The temporary file's size in bytes. */
sqlite3_int64 strata_atomic_size(strata_atomic_file *f);

/* Put the temporary file in the place of the target. If another program has meanwhile put a file of its own in the
** place of the temporary file, that is an error and nothing is replaced. */
#define STRATA_ATOMIC_REPLACED_MESSAGE \
  "cannot write '%s': another program has replaced its temporary file; nothing was changed, but find out who can " \
  "write to that folder"
void strata_atomic_commit(strata_atomic_file *f);

/* Close the files and free the memory. What was not committed is deleted. */
void strata_atomic_close(strata_atomic_file *f);

#endif
