/*
** restore.h: from a document to the rows of a database, all or nothing.
**
** A restore and its check are the same run: a restore stops at the first problem, or
** commits; a check collects all problems and rolls back. restore.c goes through the
** tables, restore_rows.c writes their rows, and foreign_keys.c makes sure that every
** reference holds.
*/
#ifndef STRATA_RESTORE_H
#define STRATA_RESTORE_H

#include "json_scanner.h"
#include "json_writer.h"
#include "problems.h"
#include "request.h"

/* Run the request and write its result (result.h). Errors are set in ctx, and then nothing is changed. */
void strata_restore_run(strata_context *ctx, const strata_request *request, const strata_source *source,
                        strata_writer *result);

/* Run the request, roll it back, and put what is wrong with the document into `problems`, which is empty before, in the
** document's order. All other errors are set in ctx. */
void strata_restore_check(strata_context *ctx, const strata_request *request, const strata_source *source,
                          strata_problems *problems);

/* strata_restore_json(json [, mode [, options]]) */
void strata_restore_json_function(sqlite3_context *sql, int argc, sqlite3_value **argv);

/* Run the request and set its result, or its error, as the SQL function's. */
void strata_restore_to_result(sqlite3_context *sql, strata_context *ctx, const strata_request *request,
                              const strata_source *source);

#endif
