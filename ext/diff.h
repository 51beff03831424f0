/*
** diff.h: strata_backup_diff(document, schema, other): how the live rows, or those
** of another document, differ from a document, row by row and field by field. No
** rows mean that they are the same.
**
** The point of view is the time since the backup: 'added' is a row that the
** document does not have (a replace would delete it), 'removed' one that only
** the document has, 'changed' a field with another value.
*/
#ifndef STRATA_DIFF_H
#define STRATA_DIFF_H

#include "vtab.h"

extern const strata_vtab_definition strata_diff_definition;

#endif
