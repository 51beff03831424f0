/*
** caller.h: who is calling a function of ours: a person's own statement, or the
** schema of a database that somebody else made.
**
** SQLITE_DIRECTONLY sees to views and triggers. It does not see to what SQLite
** evaluates for a table itself: CHECK constraints (before 3.53 those that call a
** function which is not deterministic, as ours are not), and generated columns
** and indexes whose schema was read before the extension was loaded. So each
** call looks around itself.
*/
#ifndef STRATA_CALLER_H
#define STRATA_CALLER_H

#include "context.h"

/*
** Refuse the call, with an error in ctx that says how to call, unless a running
** statement names the function in its own text. (A statement of the legacy
** interface has no text, and is believed.)
**
** A function that writes, to files or to rows, is refused as well
**   - while any statement that writes is running: its table's constraints may be
**     what is calling, though a statement of the person's names the function too;
**   - where a table or an index of a database that is being read names the function:
**     a statement that only reads evaluates generated columns, and PRAGMA
**     integrity_check all of it.
*/
void strata_caller_check(strata_context *ctx, const char *function, bool writes);

#endif
