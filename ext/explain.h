/*
** explain.h: what a statement would really do. An authorizer that answers SQLITE_IGNORE turns
** a statement into one that does nothing, or a column into NULL, without an error. EXPLAIN
** lists the operations of SQLite's virtual machine, and shows that
** (sqlite.org/c3ref/set_authorizer.html, sqlite.org/opcode.html).
*/
#ifndef STRATA_EXPLAIN_H
#define STRATA_EXPLAIN_H

#include "catalog.h"
#include "context.h"

/*
** Count the operations in the program that the EXPLAIN statement lists: in counts[i] those
** that are called names[i] (a NULL ends the names), all 0 after an error. Returns the number
** of operations of any name. Finalizes the statement, which may be NULL.
*/
int strata_count_operations(strata_context *ctx, sqlite3_stmt *explain, const char *const *names, int *counts);

/* An error if the authorizer hides a column of the nine tables, or all their rows: a backup, a comparison or a merge
** would take what it cannot see for NULL. */
void strata_refuse_hidden(strata_context *ctx, const strata_catalog *catalog);

/* The same for one column of any table of the schema. */
void strata_refuse_hidden_column(strata_context *ctx, const char *schema, const char *table, const char *column);

#endif
