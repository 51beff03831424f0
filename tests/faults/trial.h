/*
** trial.h: one operation, tried again and again while something goes wrong.
**
** A trial begins with a run in which nothing does, and keeps what it gave. Then
** for each fault: open a fresh connection, run the operation with the fault, and
** trial_check() what was promised: a full result and the new content, or an
** error and the old content; the caller's transaction open (or rolled back as a
** whole, where SQLite does that); no statement open, no setting changed, the
** database sound, and a connection on which the operation now works.
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

/* False, and nothing to end, if the extension does not have the operation. */
bool trial_begin(trial *t, const operation *op, bool inside);
void trial_end(trial *t);

/* A fresh connection, in memory, or on fresh files through the VFS named. */
sqlite3 *trial_open(trial *t, const char *vfs, const char *journal_mode);

/* What the operation writes to a file, on databases opened so: a raw copy has the journal mode in it. */
void trial_learn_file(trial *t, const char *vfs, const char *journal_mode);

/* Run it with whatever fault is armed. */
void trial_run(trial *t, sqlite3 *db, outcome *out);

/* The promises; the connection is usable again and nothing fails any more. `again`: also run it again. */
void trial_check(trial *t, sqlite3 *db, const outcome *out, bool again, const char *where);

/* Every name and byte of the folder that operations write to, as one number. */
uint64_t trial_files(const trial *t);

/* Whether the database and the files are as the operation would leave them. */
bool trial_is_done(trial *t, sqlite3 *db);

/* Whether a code is one after which SQLite may have rolled back the caller's transaction. */
bool may_roll_back(int rc);

#endif
