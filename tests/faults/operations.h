/*
** operations.h: every way to call the extension that the fault tests try, and
** the small databases on which they try it.
**
** An operation is a line of the table in operations.c: SQL, its document, the database
** that it needs, and whether it reads, writes or is refused when nothing fails. A test
** opens fresh databases for it, makes something fail during operation_run(), and compares
** the outcome with that of a run in which nothing failed.
**
** The clock stands still in these programs, so that two runs give the same bytes.
*/
#ifndef STRATA_TEST_OPERATIONS_H
#define STRATA_TEST_OPERATIONS_H

#include <sqlite3.h>
#include <stdbool.h>
#include <stdint.h>

enum effect { READS, WRITES, REFUSED };

typedef struct operation {
  const char *name;
  const char *needs; /* the function or table without which it is skipped; NULL: always there */
  enum effect effect;
  const char *sql;      /* ?1 is the document, ?2 the path of a file in the test's folder */
  const char *document; /* NULL: none */
  const char *setup;    /* SQL that completes the database; NULL: nothing more */
  const char *session;  /* SQL on the connection before; NULL: nothing */
  unsigned flags;
} operation;

#define USES_AUX 1u      /* a second database, of the same content, is attached as aux */
#define IS_UTF16 2u      /* the databases are UTF-16 */
#define READS_FILE 4u    /* the document is in the file ?2 */
#define WRITES_FILE 8u   /* ?2 is written */
#define COMMITS_EACH 16u /* restores more than once: after an error the first may have been done */
#define ONLY_OUTSIDE 32u /* refused inside a transaction that has written */

extern const operation operations[];
extern const int operation_count;

/* The outcome of a run: its code, and its message or all of its values as one text. */
typedef struct outcome {
  int rc;
  int rows; /* that it gave before it ended */
  char text[65536];
} outcome;

/* The bytes of a database file that has what the operation needs; free them with sqlite3_free(). */
unsigned char *operation_image(const operation *op, sqlite3_int64 *size);

/* Whether the extension on this connection has what the operation needs. */
bool operation_exists(sqlite3 *db, const operation *op);

/* A connection in memory to the image (and to another copy of it, aux), with the extension. */
sqlite3 *operation_open_memory(const operation *op, const unsigned char *image, sqlite3_int64 size);

/* The same on files: `folder`/main.db and `folder`/aux.db are opened through the VFS named, not written. */
sqlite3 *operation_open_files(const operation *op, const char *folder, const char *vfs);

/* Write the image to a file, with nothing beside it: no journal, no WAL. */
void operation_write_file(const char *path, const void *bytes, sqlite3_int64 size);

/* Run the operation's SQL to its end. Takes memory only through SQLite. */
void operation_run(sqlite3 *db, const operation *op, const char *path, outcome *out);

/* A hash of every cell of every table of main (and aux). The connection must work. */
uint64_t picture(sqlite3 *db);

/* A hash of a connection's settings: pragmas, limits, last_insert_rowid(). */
uint64_t settings(sqlite3 *db);

/* Fails the test unless PRAGMA integrity_check is content and no statement is open. */
void check_sound(sqlite3 *db, const char *where);

/* Run SQL that cannot fail. */
void must(sqlite3 *db, const char *sql);

/* STRATA_LONG=1: the long form. */
bool is_long(void);

/* The next number of a sequence that is the same in every run. */
uint64_t next_random(uint64_t *state);

#endif
