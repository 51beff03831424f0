/*
** atomic_file.h: a file that is either the old one or the whole new one.
**
** What is written goes to a temporary file in the same folder: one without a
** name where the system has that (Linux: O_TMPFILE), so that even a process
** that is killed leaves nothing behind, else one named .strata-…. Committing
** flushes it to the disk, puts it in the place of the target in one step, and
** flushes the folder. Files are readable and writable by their owner only.
*/
#ifndef STRATA_ATOMIC_FILE_H
#define STRATA_ATOMIC_FILE_H

#include "context.h"
#include "os_file.h"

typedef struct strata_atomic_file {
  strata_context *ctx;
  char *path;              /* the target, as it was given */
  char *folder;            /* the folder of it */
  const char *name;        /* its name in the folder; within path */
  strata_os_handle folder_handle;   /* POSIX only */
  strata_os_handle handle; /* of the temporary file */
  char temporary[24];      /* its name; empty: it has none */
} strata_atomic_file;

/*
** Open a temporary file for `path`. A target that is a folder, a symbolic link
** (through which another file would be replaced, or which would be lost) or no
** regular file is refused, as is a folder that cannot be written. With `named`
** the temporary file has a name in any case, for others to open. Errors are set
** in ctx with the system's words. Always call strata_atomic_close().
*/
void strata_atomic_open(strata_atomic_file *f, strata_context *ctx, const char *path, bool named);

/* The temporary file's path, with no symbolic link in it, from sqlite3_malloc(): only where it was asked to have
** a name. NULL after an error. */
char *strata_atomic_temporary_path(strata_atomic_file *f);

/* Write all of it: a strata_sink. SQLITE_OK, or an error that ctx has. */
int strata_atomic_write(void *file, const char *data, size_t length);

/* How many bytes it has. */
sqlite3_int64 strata_atomic_size(strata_atomic_file *f);

/* Make it the target. An error, and nothing is replaced, if somebody else has given the temporary file's name to
** another file. */
#define STRATA_ATOMIC_MEDDLED \
  "cannot write '%s': another program has replaced its temporary file; nothing was changed, see who can write " \
  "to that folder"
void strata_atomic_commit(strata_atomic_file *f);

/* Give everything back; what was not committed is gone. */
void strata_atomic_close(strata_atomic_file *f);

#endif
