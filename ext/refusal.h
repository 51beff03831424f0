/*
** refusal.h: the error for a cell that no document can carry.
*/
#ifndef STRATA_REFUSAL_H
#define STRATA_REFUSAL_H

#include "value.h"

/* Set the error that a value in the statement's row cannot be backed up. `why` comes from strata_value_print(). */
void strata_refuse_cell(strata_context *ctx, const strata_table *table, const strata_column *column,
                               sqlite3_stmt *row, const strata_value *value, const char *why);

#endif
