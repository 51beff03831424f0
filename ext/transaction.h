/*
** transaction.h: what surrounds a backup or a restore, and every way that it
** can end.
**
** A backup needs one snapshot for its nine SELECTs. An open read statement holds
** one, in autocommit and in transactions, with a WAL and with a rollback journal, and
** sqlite3_finalize() is all the cleaning up it needs, even after an interrupt.
**
** A restore writes: it is a savepoint, which outside a transaction is the
** transaction itself.
*/
#ifndef STRATA_TRANSACTION_H
#define STRATA_TRANSACTION_H

#include "context.h"

/*
** Open a snapshot of `schema`: until the statement that is returned is
** finalized, every SELECT of this connection sees the database as of one
** moment. NULL after an error.
*/
sqlite3_stmt *strata_snapshot_begin(strata_context *ctx, const char *schema);

/* A statement such as SAVEPOINT, and how many operations of SQLite's virtual machine it runs. If it runs fewer, it did
** nothing: an authorizer answered SQLITE_IGNORE. */
typedef struct strata_control {
  sqlite3_stmt *stmt;
  int steps;
} strata_control;

typedef struct strata_transaction {
  strata_context *ctx;
  strata_control savepoint;
  strata_control release;      /* prepared before they are needed: parsing can fail */
  strata_control roll_back_to; /* once memory is short */
  strata_control roll_back;    /* the whole transaction, where the savepoint is it */
  sqlite3_stmt *lock;          /* a write that matches nothing */
  sqlite3_int64 last_rowid;    /* the caller's last_insert_rowid() */
  bool outermost;              /* the savepoint is the transaction itself */
  bool carried_out;            /* the control statement that ran last has done its work, whatever it returned */
  bool open;                   /* the savepoint stands */
} strata_transaction;

/*
** Begin a savepoint and take the write lock of `schema`, before anything is
** read (a write after a read fails in a WAL if another connection committed in
** between). It is an error inside a running write statement, and where the journal
** mode is OFF, so that nothing could be undone. Always call strata_transaction_end()
** or strata_transaction_cancel() afterwards.
*/
void strata_transaction_begin(strata_transaction *t, strata_context *ctx, const char *schema);

/* Keep everything, unless the context has an error or gets one by committing: then nothing. */
void strata_transaction_end(strata_transaction *t);

/* Keep nothing. */
void strata_transaction_cancel(strata_transaction *t);

#endif
