/*
** file_kind.h: what kind of file begins with these bytes. Messages can then say "this
** is a SQLite database", and a backup never replaces a file that is something else.
** Knows neither SQL nor files, only bytes.
*/
#ifndef STRATA_FILE_KIND_H
#define STRATA_FILE_KIND_H

#include <stdbool.h>
#include <stddef.h>

typedef struct strata_file_kind {
  const char *name;              /* "a SQLite database" */
  const char *problem;           /* a sentence for the person who gave it as a backup document */
} strata_file_kind;

/* The kind of a file with these first bytes; NULL if it is not a known kind, such as a backup document. */
const strata_file_kind *strata_file_kind_of(const void *bytes, size_t length);

bool strata_file_kind_is_database(const void *bytes, size_t length);

/* Whether the file begins like a JSON object. */
bool strata_file_kind_is_object(const void *bytes, size_t length);

/*
** Whether a file with these first bytes may be a backup: a JSON object whose first key
** is one of a backup's ("schemaVersion", "exportedAt", "data" or "mode", since another
** program may have sorted them), or that has the key "schemaVersion" somewhere in these
** bytes. Pass the first 4,096, or all of a shorter file.
*/
bool strata_file_kind_is_backup(const void *bytes, size_t length);

#endif
