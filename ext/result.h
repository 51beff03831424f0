/*
** result.h: the JSON object that a function returns, such as {"mode":"replace","counts":{…}}.
**
** Each call writes one member and the comma before it. A result must be complete before
** the transaction or the file is committed: after that nothing may fail.
*/
#ifndef STRATA_RESULT_H
#define STRATA_RESULT_H

#include "catalog.h"
#include "json_writer.h"

/* Begin a result in memory, no longer than the connection allows a value to be. Free it with strata_result_finish(). */
void strata_result_begin(strata_writer *w, strata_context *ctx);

/* Write a member. False if the text is not valid UTF-8. */
bool strata_result_string(strata_writer *w, const char *name, const char *text);
void strata_result_integer(strata_writer *w, const char *name, sqlite3_int64 value);

/* Write "counts":{"assetTypes":13,…}. */
void strata_result_counts(strata_writer *w, const sqlite3_int64 *counts);

/* Write a member that is an object of numbers, whose names may contain any characters: open, numbers, close. */
void strata_result_open(strata_writer *w, const char *name);
void strata_result_number(strata_writer *w, const char *name, size_t length, sqlite3_int64 value);
void strata_result_close(strata_writer *w);

/* End the result, and set the writer's error in ctx: `what` ("the result of the restore") begins the sentence and
** `consequence` ends it. */
void strata_result_end(strata_writer *w, strata_context *ctx, const char *what, const char *consequence);

/* Pass the result or the error to SQLite, and free the result. */
void strata_result_finish(sqlite3_context *sql, strata_context *ctx, strata_writer *w);

#endif
