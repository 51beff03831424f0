/*
** difference.h: the differences that strata_backup_diff gives, end to end in
** memory, as they were found and until they are given.
*/
#ifndef STRATA_DIFFERENCE_H
#define STRATA_DIFFERENCE_H

#include "json_reader.h"
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

/* One of them: NULL, or text in which U+0000 may be. */
typedef struct strata_difference {
  const char *text[STRATA_DIFFERENCE_COLUMNS];
  size_t length[STRATA_DIFFERENCE_COLUMNS];
} strata_difference;

/* Add the next column's value, in the order above; text NULL: a NULL. */
void strata_difference_put(strata_writer *w, const char *text, size_t length);

/* The same of a value in JSON, as a person reads it in a column: a string without its quotation marks, null as
** NULL, anything else as it is. */
void strata_difference_put_json(strata_writer *w, strata_context *ctx, const char *json, size_t length);

/* The difference that begins at data[at]. Returns where the next one does. */
size_t strata_difference_get(strata_difference *difference, const char *data, size_t at);

#endif
