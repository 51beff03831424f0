/*
** transaction.h: the snapshot of a backup, the savepoint of a restore, and every way in which either can end.
**
** A backup needs one snapshot for its nine SELECTs. An open read statement holds one:
** in autocommit and in transactions, with a WAL and with a rollback journal. Nothing
** but sqlite3_finalize() is needed to clean it up, even after an interrupt.
**
** A restore runs in a savepoint. Outside a transaction that savepoint is the
** transaction itself.
*/
#ifndef STRATA_TRANSACTION_H
#define STRATA_TRANSACTION_H

#include "context.h"

/*
** Open a snapshot of `schema`: until the caller finalizes the statement that this
** returns, every SELECT of this connection sees the database as of one moment. NULL
** after an error.
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
  strata_control release;      /* these are prepared at the beginning: */
  strata_control roll_back_to; /* later, when memory is short, that could fail */
  strata_control roll_back;    /* of the whole transaction, if the savepoint is the transaction */
  sqlite3_stmt *lock;          /* a write that matches no row */
  sqlite3_int64 last_rowid;    /* the caller's last_insert_rowid() */
  bool outermost;              /* the savepoint is the transaction itself */
  bool took_effect;            /* the control statement that ran last has done its work, whatever it returned */
  bool open;                   /* the savepoint exists */
} strata_transaction;

/*
** Begin a savepoint and take the write lock of `schema` before anything is read: in a
** WAL a write after a read fails if another connection has committed in between. An
** error while a statement of the connection writes, and with journal_mode=OFF, because
** nothing could be undone. Always call strata_transaction_end() or
** strata_transaction_cancel() afterwards.
*/
void strata_transaction_begin(strata_transaction *t, strata_context *ctx, const char *schema);

/* Commit, unless the context has an error. If it has one, or the commit fails, undo everything. */
void strata_transaction_end(strata_transaction *t);

/* Undo everything. */
void strata_transaction_cancel(strata_transaction *t);

/*
** A savepoint around code that is not ours. Whoever rolls back to, or ends, anything that was
** there before takes this savepoint away too, and so gives himself away.
*/
typedef struct strata_tripwire {
  strata_context *ctx;
  strata_control set, release;
  bool is_set;
} strata_tripwire;

/* Prepare the statements. Always call strata_tripwire_free(). */
void strata_tripwire_prepare(strata_tripwire *w, strata_context *ctx);
void strata_tripwire_free(strata_tripwire *w);

/* Begin the savepoint: not outside of a transaction, where it would be one itself. False if a statement writes, which
** SQLite allows no savepoint in, and after an error. */
bool strata_tripwire_set(strata_tripwire *w);

/* End it again, which is done after an error too. False if it is gone, although there still is a transaction. No
** statement may write. */
bool strata_tripwire_release(strata_tripwire *w);

#endif
