/*
** file_result.h: what the functions that take a path share: the checks of that path,
** and the result {"path":…,"bytes":…}.
*/
#ifndef STRATA_FILE_RESULT_H
#define STRATA_FILE_RESULT_H

#include "context.h"
#include "result.h"

/* The argument's path, in its own memory. NULL after an error: a path is text, not empty, without U+0000. */
const char *strata_path_argument(strata_context *ctx, sqlite3_value *value);

/* Begin the result with {"path":…,"bytes":…; the caller adds its own members and ends it. */
void strata_file_result_begin(strata_writer *w, strata_context *ctx, const char *path, sqlite3_int64 bytes);

#endif
