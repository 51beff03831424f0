/*
** reader.h: a backup document, read strictly and a row at a time.
**
** Opening a reader scans the whole document once: grammar, UTF-8, nesting,
** duplicate keys, and where each table lies. Rows are then read one after
** another, so that memory does not grow with their number.
*/
#ifndef STRATA_READER_H
#define STRATA_READER_H

#include "dialect.h"
#include "json_row.h"
#include "report.h"

/* A top-level member that says something about the whole document. */
typedef struct strata_member {
  bool present;
  strata_json_type type;
  uint64_t offset;
  char *text;                  /* a string's characters */
  size_t length;
} strata_member;

/* A member of "data". */
typedef struct strata_section {
  char *name;
  size_t name_length;
  int table;                   /* its number in the catalog, or -1: unknown, or there a second time */
  bool known;                  /* one of the catalog's, also where it is there a second time */
  strata_json_type type;
  uint64_t offset;             /* of its value */
  uint64_t rows;               /* elements, where it is an array */
} strata_section;

/* Where a row of the document is. */
typedef struct strata_row_place {
  const strata_section *section;
  uint64_t offset;             /* of its first byte */
  uint64_t index;              /* in its section, from 0 */
} strata_row_place;

typedef struct strata_reader {
  strata_context *ctx;
  const strata_source *source;
  strata_scanner scanner;
  strata_report report;        /* what is wrong with the document */
  bool readable;               /* JSON, of a version that we know and with an object `data`: there are sections */
  strata_member version;
  const strata_dialect *dialect;   /* of that version; NULL: not known */
  strata_member mode;
  strata_member data;
  strata_section *sections;    /* in the document's order */
  size_t section_count, section_room;
  int by_table[STRATA_TABLE_COUNT];   /* for each table of the catalog its section, or -1 */
  /* reading rows */
  strata_row row;
  uint64_t next_index;         /* of the row that strata_reader_next_row() will give */
  const strata_section *section;
} strata_reader;

/*
** Scan the document. What is wrong with it is an error in ctx, the first problem
** of the document; or, with `all_problems`, it is collected in reader->report.
** An unsupported schemaVersion is the only problem where there is one, so that
** what the scan finds is held back until its end. The tables are looked into once
** the version is known, which says how they are called: where schemaVersion comes
** behind them, `data` is scanned a second time. Errors of memory,
** of the source and interrupts are set in ctx in any case. Without a problem,
** `data` is an object and each known table in it an array of objects. Always call
** strata_reader_close().
*/
void strata_reader_open(strata_reader *reader, strata_context *ctx, const strata_source *source, bool all_problems);
void strata_reader_close(strata_reader *reader);

/* Read a document that is open already in another place at the same time: `source` has the same bytes. Close it
** before that one. */
void strata_reader_open_again(strata_reader *reader, const strata_reader *first, const strata_source *source);

/* Read the rows of a section from its first on. */
void strata_reader_begin(strata_reader *reader, const strata_section *section);

/* The next row, in reader->row; false after the last one or an error. Elements that are no objects, which
** opening has reported, are passed over. */
bool strata_reader_next_row(strata_reader *reader);

/* Where the row is that was read last. */
static inline strata_row_place strata_reader_place(const strata_reader *reader) {
  return (strata_row_place){reader->section, reader->row.offset, reader->row.index};
}

/*
** Report a problem of a row: at its member number `field`; or, if that is
** STRATA_FIELD_BY_NAME, at the one of this name in the catalog, and at the whole
** row if `name` is NULL; or, if it is STRATA_FIELD_ABSENT, that a member of this
** name is not there. Takes over `message`, from sqlite3_malloc(). Where the
** reader does not collect, the first problem is ctx's error at once.
*/
#define STRATA_FIELD_BY_NAME (-1)
#define STRATA_FIELD_ABSENT (-2)
void strata_reader_report_row(strata_reader *reader, strata_row_place place, int field, const char *name, int rc,
                              char *message);

/* $.data.name, with the index of a row where one is given (-1: none). */
char *strata_reader_path(strata_context *ctx, const strata_section *section, sqlite3_int64 index);

#endif
