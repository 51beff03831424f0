/*
** file_kind.h: what a file is, by its first bytes: so that a message can say "this
** is a SQLite database", and so that no backup takes the place of something else.
** Knows neither SQL nor files, only bytes.
*/
#ifndef STRATA_FILE_KIND_H
#define STRATA_FILE_KIND_H

#include <stdbool.h>
#include <stddef.h>

typedef struct strata_file_kind {
  const char *name;              /* "a SQLite database" */
  const char *problem;           /* a sentence for somebody who has given it as a backup document */
} strata_file_kind;

/* The kind of file that these first bytes are of; NULL: none that is known here, as a backup document. */
const strata_file_kind *strata_file_kind_of(const void *bytes, size_t length);

bool strata_file_kind_is_database(const void *bytes, size_t length);

/* Whether it begins as a JSON object does. */
bool strata_file_kind_is_object(const void *bytes, size_t length);

/*
** Whether a file that begins so may be an older backup: a JSON object whose first
** key is one of a backup's own ("schemaVersion", "exportedAt", "data" or "mode", in
** whatever order some program has sorted them), or that has "schemaVersion" among
** these bytes. Give the first 4,096, or the whole file where it is shorter.
*/
bool strata_file_kind_is_backup(const void *bytes, size_t length);

#endif
