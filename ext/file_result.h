/*
** file_result.h: what the functions that take a path share: the checks of that path,
** and the result {"path":…,"bytes":…}.
*/
#ifndef STRATA_FILE_RESULT_H
#define STRATA_FILE_RESULT_H

#include "context.h"
#include "json_writer.h"

/* The argument's path, in its own memory. NULL after an error: a path is text, not empty, without U+0000. */
const char *strata_path_argument(strata_context *ctx, sqlite3_value *value);

/* Write {"path":…,"bytes":… and, once the caller has added its own members, the closing }. Call both before the file
** is committed: after that nothing may fail any more. */
void strata_file_result_begin(strata_writer *w, strata_context *ctx, const char *path, sqlite3_int64 bytes);
void strata_file_result_end(strata_writer *w, strata_context *ctx);

/* Pass the result or the error to SQLite, and free both. */
void strata_file_result_give(sqlite3_context *sql, strata_context *ctx, strata_writer *w);

#endif
