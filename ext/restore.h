/*
** restore.h: a document to rows, all or nothing.
**
** A restore and its check are the same run: a restore stops at the first problem
** and commits, a check collects problems and rolls back. restore.c goes through the
** tables, restore_rows.c turns rows into statements, and foreign_keys.c makes sure
** that every reference holds.
*/
#ifndef STRATA_RESTORE_H
#define STRATA_RESTORE_H

#include "catalog.h"
#include "json_reader.h"
#include "json_writer.h"
#include "request.h"
#include "value.h"

/* Larger tables' keys are not remembered: each takes about 80 bytes. */
#define STRATA_MOST_KEYS 100000

/* The state of one run. */
typedef struct strata_restore {
  strata_context *ctx;
  strata_reader reader;
  strata_catalog catalog;
  strata_mode mode;              /* never unset */
  bool check;
  bool ignore_unknown;
  const char *now;               /* the moment of the restore, as rows store it; the request's */
  size_t now_length;
  sqlite3_int64 counts[STRATA_TABLE_COUNT];    /* rows of the document handled */
  sqlite3_int64 expected[STRATA_TABLE_COUNT];  /* rows that the table should have by now, where there are triggers */
  bool has_triggers;                           /* the host's, which may do anything behind the restore */
  strata_name_set keys[STRATA_TABLE_COUNT];    /* of the rows written to tables that others refer to */
  strata_name_set rejected[STRATA_TABLE_COUNT];   /* keys of rows that a check has reported: no parents … */
                                               /* … but what refers to them is no problem of its own; */
                                               /* STRATA_MOST_KEYS of them stand for all rows that refer */
  bool verified[STRATA_TABLE_COUNT];           /* each reference of the table was found among `keys` … */
  bool left_out;                               /* … unless a check has left out a row */
  strata_name_set ignored;       /* what was dropped: "portfolios", "assets.portfolioId" … */
  sqlite3_int64 *ignored_counts; /* … and in how many rows */
  size_t ignored_room;
} strata_restore;

/*
** Run the request. Errors are set in ctx, and then nothing is changed; with
** request->check, problems of the document are in restore->reader.problems
** instead, sorted, and `result` may be NULL; else the result's JSON is written
** to it. Always call strata_restore_free() afterwards.
*/
void strata_restore_run(strata_restore *restore, strata_context *ctx, const strata_request *request,
                        const strata_source *source, strata_writer *result);
void strata_restore_free(strata_restore *restore);

/* strata_restore_json(json [, mode [, options]]) */
void strata_restore_json_function(sqlite3_context *sql, int argc, sqlite3_value **argv);

/* Run the request and set its result, or its error, as the SQL function's. */
void strata_restore_to_result(sqlite3_context *sql, strata_context *ctx, const strata_request *request,
                              const strata_source *source);

/* Count a row of the document in which something was dropped: of a table, or (field not NULL) a field. */
void strata_restore_ignore(strata_restore *restore, const char *table, size_t table_length, const char *field,
                           size_t field_length, sqlite3_int64 rows);

/* A problem that has no place in the document; `message` from sqlite3_malloc(). */
void strata_restore_report(strata_restore *restore, int rc, char *message);

/* Whether the run must stop: it has an error, which outside a check the first problem is. */
bool strata_restore_stopped(strata_restore *restore);

/* restore_rows.c */

/* Insert or merge all rows of a table's section, but for the columns that are `late`. */
void strata_restore_rows(strata_restore *restore, int table, const strata_section *section);

/* Set the late columns, once every table has its rows. */
void strata_restore_late_columns(strata_restore *restore, int table, const strata_section *section);

/*
** The values of reader->row for the table's columns, as many as it has columns,
** in memory of the arena; absent ones have type 0. With `report`, what does
** not fit is reported and what is unknown counted. NULL if anything does not
** fit, or after an error.
*/
strata_value *strata_restore_read_row(strata_restore *restore, const strata_table *table, strata_arena *arena, bool report);

#endif
