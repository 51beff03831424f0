/*
** diff.h: strata_backup_diff(document, schema, other): where the live rows, or those
** of another document, differ from a document: a row for each added or removed row
** and for each changed field. No rows mean that they are the same.
**
** A diff tells what has happened since the backup: 'added' is a row that the
** document does not have (a replace would delete it), 'removed' is a row that only
** the document has, 'changed' is a field with another value.
*/
#ifndef STRATA_DIFF_H
#define STRATA_DIFF_H

#include "vtab.h"

extern const strata_vtab_definition strata_diff_definition;

#endif
