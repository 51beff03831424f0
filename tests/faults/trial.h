/*
** trial.h: one operation, run again and again while something fails.
**
** A trial begins with a run without faults, and keeps its outcome. Then, for each fault,
** open a fresh connection, run the operation with the fault, and call trial_check(). It
** checks the promises: a full result and the new content, or an error and the old
** content; the caller's transaction open (or rolled back as a whole, if SQLite did that);
** no statement open, no setting changed, the database sound, and a connection on which
** the operation now works.
*/
#ifndef STRATA_TEST_TRIAL_H
#define STRATA_TEST_TRIAL_H

#include "operations.h"

typedef struct trial {
  const operation *op;
  bool inside;      /* in a transaction of the caller's, with a row of its own */
  char folder[256]; /* of this trial: main.db, aux.db, and the folder `files` */
  char path[300];   /* the file of operations that read or write one */
  unsigned char *image;
  sqlite3_int64 image_size;
  outcome expected;       /* of a run without faults */
  uint64_t base;          /* the picture before the caller's transaction */
  uint64_t before, after; /* … of the operation */
  uint64_t files_before, files_after;
  uint64_t settings;
  long rolled_back; /* runs after which the caller's transaction was gone */
} trial;

/* Begin a trial. False if the extension does not have the operation; then there is nothing to end. */
bool trial_begin(trial *t, const operation *op, bool inside);
void trial_end(trial *t);

/* A fresh connection, in memory, or on fresh files through the VFS named. */
sqlite3 *trial_open(trial *t, const char *vfs, const char *journal_mode);

/* Set what the operation writes to a file on databases that were opened like this: a raw copy contains the journal mode. */
void trial_learn_file(trial *t, const char *vfs, const char *journal_mode);

/* Run it with whatever fault is armed. */
void trial_run(trial *t, sqlite3 *db, outcome *out);

/* Check the promises, once nothing fails any more. `again`: also run the operation again. */
void trial_check(trial *t, sqlite3 *db, const outcome *out, bool again, const char *where);

/* Every name and byte of the folder that operations write to, as one number. */
uint64_t trial_files(const trial *t);

/* Whether the database and the files are as the operation leaves them when it succeeds. */
bool trial_is_done(trial *t, sqlite3 *db);

/* Whether a code is one after which SQLite may have rolled back the caller's transaction. */
bool may_roll_back(int rc);

#endif
