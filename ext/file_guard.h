/*
** file_guard.h: the checks before a file is opened or replaced. A backup must not
** replace anything but a backup, and no open database of this process may be
** disturbed. Errors are set in ctx.
*/
#ifndef STRATA_FILE_GUARD_H
#define STRATA_FILE_GUARD_H

#include "context.h"

/* Before a document is read: refuse a file of an open database, whether of this connection or of another one in this
** process, and any file of which that cannot be found out. */
void strata_guard_read(strata_context *ctx, const char *path);

/* Before a document is written: refuse the same, and every regular file that is neither empty nor an older backup.
** strata_atomic_open() refuses what is not a regular file. */
void strata_guard_write_document(strata_context *ctx, const char *path);

/* Before a raw copy is written: refuse the same, except that the file may be a SQLite database which this process does
** not have open; and refuse a path with a journal beside it. */
void strata_guard_write_database(strata_context *ctx, const char *path);

#endif
