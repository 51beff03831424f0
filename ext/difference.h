/*
** difference.h: the differences that strata_backup_diff returns, packed end to end in
** memory from the moment that they are found until they are returned.
*/
#ifndef STRATA_DIFFERENCE_H
#define STRATA_DIFFERENCE_H

#include "context.h"
#include "json_writer.h"

enum strata_difference_column {
  STRATA_DIFFERENCE_NAME,
  STRATA_DIFFERENCE_KEY,
  STRATA_DIFFERENCE_CHANGE,
  STRATA_DIFFERENCE_FIELD,
  STRATA_DIFFERENCE_BACKUP,
  STRATA_DIFFERENCE_DATABASE,
  STRATA_DIFFERENCE_COLUMNS
};

/* One difference. Each text is NULL or may contain U+0000. */
typedef struct strata_difference {
  const char *text[STRATA_DIFFERENCE_COLUMNS];
  size_t length[STRATA_DIFFERENCE_COLUMNS];
} strata_difference;

/* Append the value of the next column, in the order above. A NULL text is a NULL. */
void strata_difference_put(strata_writer *w, const char *text, size_t length);

/* Append a JSON value in the form that a person reads in a column: a string without its quotation marks, null as NULL,
** anything else unchanged. */
void strata_difference_put_json(strata_writer *w, strata_context *ctx, const char *json, size_t length);

/* Read the difference that begins at data[at]. Returns where the next one begins. */
size_t strata_difference_get(strata_difference *difference, const char *data, size_t at);

#endif
