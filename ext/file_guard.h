/*
** file_guard.h: what is looked at before a file is opened or replaced, so that no
** backup is written over something that is not one, and no database of this process
** is disturbed.
*/
#ifndef STRATA_FILE_GUARD_H
#define STRATA_FILE_GUARD_H

#include "context.h"

/* Before a document is read: not a file of an open database, of this connection or of any other in this
** process. Refuses also where that cannot be told. */
void strata_guard_read(strata_context *ctx, const char *path);

/* Before a document is written: neither that, nor over anything but an older backup or an empty file. What
** is no regular file, or is not there, is left to strata_atomic_open(). */
void strata_guard_write_document(strata_context *ctx, const char *path);

/* Before a raw copy is written: the same, over a SQLite database that nobody here has open or an empty file,
** with no journal beside it. */
void strata_guard_write_database(strata_context *ctx, const char *path);

#endif
