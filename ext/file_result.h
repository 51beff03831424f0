/*
** file_result.h: what the functions that take a path have in common: the path, and
** the result {"path":…,"bytes":…}.
*/
#ifndef STRATA_FILE_RESULT_H
#define STRATA_FILE_RESULT_H

#include "context.h"
#include "json_writer.h"

/* A path, which is text without U+0000 in it, in the argument's memory; NULL after an error. */
const char *strata_path_argument(strata_context *ctx, sqlite3_value *value);

/* {"path":…,"bytes":… and, when the caller has written what else it has, }. Made before the commit, since
** after it nothing may fail any more. */
void strata_file_result_begin(strata_writer *w, strata_context *ctx, const char *path, sqlite3_int64 bytes);
void strata_file_result_end(strata_writer *w, strata_context *ctx);

/* Give the result to SQLite, or the error; frees both. */
void strata_file_result_give(sqlite3_context *sql, strata_context *ctx, strata_writer *w);

#endif
