/*
** caller.h: who calls one of our functions: a person's own statement, or the schema
** of a database that somebody else made.
**
** SQLITE_DIRECTONLY keeps views and triggers from calling them. It does not cover what
** SQLite evaluates for a table itself: CHECK constraints (before 3.53, those that
** call a function which is not deterministic, and ours are not), and generated
** columns and indexes in a schema that was read before the extension was loaded.
** So each call checks for itself.
*/
#ifndef STRATA_CALLER_H
#define STRATA_CALLER_H

#include "context.h"

/*
** Refuse the call, with an error in ctx that says how to call, unless the text of a
** running statement contains the function's name. A call from a schema appears in no
** running statement's text. (Statements of the legacy sqlite3_prepare() have their text
** too; only an open BLOB handle, which is a statement to SQLite, has none.)
**
** A function that `writes`, to files or to rows, is refused as well
**   - while any statement that writes is running: the call may come from a constraint
**     of its table, even though the user's own statement also contains the name;
**   - if a table or an index of a database that is being read contains the name: even
**     a statement that only reads evaluates generated columns, and PRAGMA
**     integrity_check evaluates everything.
*/
void strata_caller_check(strata_context *ctx, const char *function, bool writes);

#endif
