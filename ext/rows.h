/*
** rows.h: strata_backup_rows(json): one row for each row of a document, in its order.
** Needs no database: the document may have tables and fields that none has.
*/
#ifndef STRATA_ROWS_H
#define STRATA_ROWS_H

#include "vtab.h"

extern const strata_vtab_definition strata_rows_definition;

#endif
