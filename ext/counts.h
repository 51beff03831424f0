/*
** counts.h: strata_backup_counts(backup, schema): how many rows each of the nine
** tables has, in the database or in a document.
*/
#ifndef STRATA_COUNTS_H
#define STRATA_COUNTS_H

#include "vtab.h"

extern const strata_vtab_definition strata_counts_definition;

#endif
