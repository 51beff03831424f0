/*
** request.h: what a call asks for: the arguments `mode` and `options` of the functions
** that restore and of strata_restore_check, and `options` of the functions that back up.
*/
#ifndef STRATA_REQUEST_H
#define STRATA_REQUEST_H

#include "context.h"

typedef enum strata_mode { STRATA_MODE_UNSET, STRATA_MODE_REPLACE, STRATA_MODE_MERGE } strata_mode;

typedef struct strata_request {
  strata_mode mode;              /* unset: the document's own mode, or replace if it has none */
  char *schema;                  /* from sqlite3_malloc(); NULL: main */
  bool ignore_unknown;           /* drop what the database has no place for */
  char *now;                     /* from sqlite3_malloc(): the moment of a restore, as rows store it */
  size_t now_length;
  char *progress;                /* from sqlite3_malloc(): the SQL function to report progress to; NULL: none */
} strata_request;

/* Parse the arguments `mode` and `options` of a restore; NULL: not given. An error says what was expected. Always call
** strata_request_free(). */
void strata_request_parse(strata_request *request, strata_context *ctx, sqlite3_value *mode, sqlite3_value *options);

/* The same for the options of a backup, which takes only `progress`. */
void strata_request_parse_backup(strata_request *request, strata_context *ctx, sqlite3_value *options);
void strata_request_free(strata_request *request);

/* The mode of this name, or STRATA_MODE_UNSET. */
strata_mode strata_mode_from(const char *text, size_t length);

#endif
