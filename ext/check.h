/*
** check.h: strata_restore_check(backup, mode, options): every problem that a
** restore would meet, a row each. No rows mean that it would succeed.
*/
#ifndef STRATA_CHECK_H
#define STRATA_CHECK_H

#include "vtab.h"

extern const strata_vtab_definition strata_check_definition;

#endif
