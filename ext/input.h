/*
** input.h: a document as somebody passes it to a function or a table: as TEXT,
** as BLOB, or by naming a file with strata_file(path).
**
** strata_file() gives a pointer value (sqlite.org/bindptr.html), which is NULL to
** everything that does not ask for it by its type. It holds the path and opens
** nothing: whoever takes the document opens the file, reads it in pieces, and
** closes it. No table or subquery can keep such a value; it has to be called
** where the document is taken.
*/
#ifndef STRATA_INPUT_H
#define STRATA_INPUT_H

#include "context.h"
#include "json_scanner.h"

/*
** Open the document that `value` holds or names. Anything else, NULL included, is
** an error, which `what` begins ("the first argument"). The value has to live as
** long as the source, and ctx too; of a pointer value the path is copied. If a file
** changes while it is being read, the error ends with `consequence`, which the
** caller keeps. A source begins as {0}; always close it.
*/
void strata_input_open(strata_source *source, strata_context *ctx, sqlite3_value *value, const char *what,
                       const char *consequence);
void strata_input_close(strata_source *source);

/* Where a file changes while a table that only reads it is at work. */
#define STRATA_INPUT_UNRELIABLE "what has been read of it does not hold together; run the statement again"

/* At the end of the reading: if the file has changed meanwhile, that is the error, in the place of any other that
** has come of it. */
void strata_input_settle(const strata_source *source, strata_context *ctx);

/* Whether the value is one of strata_file(). */
bool strata_input_is_file(sqlite3_value *value);

/* The bytes of an argument that is TEXT or BLOB, as a source; errors as above. */
void strata_source_from_value(strata_source *source, strata_context *ctx, sqlite3_value *value, const char *what);

/*
** What a value of strata_file() points at. It brings the function that opens the
** file, so that nothing else of the extension knows of files. The name of its type
** changes with this structure, for two versions may be loaded at once.
*/
typedef struct strata_named_file {
  void (*open)(strata_source *source, strata_context *ctx, const char *path, const char *consequence);
  char path[];
} strata_named_file;
#define STRATA_NAMED_FILE "strata_file/1"

#endif
