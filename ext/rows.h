/*
** rows.h: strata_backup_rows(json): the rows of a document, one each, in its order.
** Nothing is restored, and no database is looked at.
*/
#ifndef STRATA_ROWS_H
#define STRATA_ROWS_H

#include "vtab.h"

extern const strata_vtab_definition strata_rows_definition;

#endif
