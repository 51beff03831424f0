/*
** input.h: a document as it is passed to a function or a table: as TEXT, as a BLOB, or
** as a file that strata_file(path) names.
**
** strata_file() returns a pointer value (sqlite.org/bindptr.html), which looks like
** NULL to everything that does not ask for it by its type. It holds the path and opens
** nothing: the function that takes the document opens the file, reads it in pieces and
** closes it. No table or subquery can keep such a value, so strata_file() must be
** called in the document's argument itself.
*/
#ifndef STRATA_INPUT_H
#define STRATA_INPUT_H

#include "context.h"
#include "json_scanner.h"

/*
** Open the document that `value` holds or names. Anything else, NULL included, is an
** error that begins with `what` ("the first argument"). The value and ctx must outlive
** the source; a pointer value's path is copied. If a file changes while it is being
** read, the error ends with `consequence`, which the caller keeps. A source begins as
** {0}; always close it.
*/
void strata_input_open(strata_source *source, strata_context *ctx, sqlite3_value *value, const char *what,
                       const char *consequence);
void strata_input_close(strata_source *source);

/* The `consequence` for tables that only read. */
#define STRATA_INPUT_UNRELIABLE "the rows so far may not belong together; run the statement again"

/* Call this after the last read. If the file has changed meanwhile, that becomes the error, and replaces any other,
** which it may have caused. */
void strata_input_check_unchanged(const strata_source *source, strata_context *ctx);

/* Whether the value comes from strata_file(). */
bool strata_input_is_file(sqlite3_value *value);

/* The bytes of an argument that is TEXT or BLOB, as a source; errors as above. */
void strata_source_from_value(strata_source *source, strata_context *ctx, sqlite3_value *value, const char *what);

/*
** What a value of strata_file() points to. It brings its own function to open the file,
** so that the rest of the extension knows nothing about files, and strata_nofs does not
** contain that code. If this structure changes, its type's name must change too: two
** versions of the extension may be loaded at once.
*/
typedef struct strata_named_file {
  void (*open)(strata_source *source, strata_context *ctx, const char *path, const char *consequence);
  char path[];
} strata_named_file;
#define STRATA_NAMED_FILE "strata_file/1"

#endif
