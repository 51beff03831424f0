/*
** os_windows.h: what os_file_windows.c and atomic_file_windows.c share.
*/
#ifndef STRATA_OS_WINDOWS_H
#define STRATA_OS_WINDOWS_H

#include "os_file.h"

/* An absolute path in UTF-16, from malloc(); a long one in the form that has no limit of 260 characters. NULL after an
** error, which is in errno. */
wchar_t *strata_os_wide(const char *path);

/* GetLastError() as an errno. */
int strata_os_error(void);

#endif
