/*
** os_windows.h: what the two Windows files of the file layer share. Nothing else
** includes it.
*/
#ifndef STRATA_OS_WINDOWS_H
#define STRATA_OS_WINDOWS_H

#include "os_file.h"

/* A path as Windows takes it, from malloc(): absolute, and in the form that has no limit of 260 characters where
** it is long. NULL after an error, which errno says. */
wchar_t *strata_os_wide(const char *path);

/* GetLastError() as an errno. */
int strata_os_error(void);

#endif
