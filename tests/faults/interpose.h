/*
** interpose.h: faults of malloc() itself, for a program that links interpose.c.
*/
#ifndef STRATA_TEST_INTERPOSE_H
#define STRATA_TEST_INTERPOSE_H

#include "faults.h"

extern faults libc_memory;
extern long libc_live; /* blocks that were not given back */

#endif
