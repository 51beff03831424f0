/*
** request.h: what a restore is asked for: the arguments `mode` and `options` of
** strata_restore_json(), strata_restore_file() and strata_restore_check().
*/
#ifndef STRATA_REQUEST_H
#define STRATA_REQUEST_H

#include "context.h"

typedef enum strata_mode { STRATA_MODE_UNSET, STRATA_MODE_REPLACE, STRATA_MODE_MERGE } strata_mode;

typedef struct strata_request {
  strata_mode mode;              /* unset: the document's own, else replace */
  char *schema;                  /* from sqlite3_malloc(); NULL: main */
  bool ignore_unknown;           /* drop what the database has no place for */
  bool check;                    /* collect all problems, and change nothing */
} strata_request;

/* The arguments mode and options, each NULL where it is not given. Free with strata_request_free() in any
** case. */
void strata_request_parse(strata_request *request, strata_context *ctx, sqlite3_value *mode, sqlite3_value *options);
void strata_request_free(strata_request *request);

/* The mode that this text names; STRATA_MODE_UNSET: none. */
strata_mode strata_mode_from(const char *text, size_t length);

#endif
