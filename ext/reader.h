/*
** reader.h: a backup document, read strictly and one row at a time.
**
** Opening a reader scans the whole document once: grammar, UTF-8, nesting, duplicate keys,
** and where each table is. Rows are then read one after another, so memory does not grow
** with their number.
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
  int table;                   /* its number in the catalog; -1: unknown, or a table that appeared before */
  bool known;                  /* one of the catalog's, even if it appeared before */
  strata_json_type type;
  uint64_t offset;             /* of its value */
  uint64_t rows;               /* the number of elements, if it is an array */
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
  bool readable;               /* valid JSON of a known version with an object `data`, so there are sections */
  strata_member version;
  const strata_dialect *dialect;   /* of that version; NULL: not known */
  strata_member mode;
  strata_member data;
  strata_section *sections;    /* in the document's order */
  size_t section_count, section_room;
  int by_table[STRATA_TABLE_COUNT];   /* for each table of the catalog its section, or -1 */
  /* reading rows */
  strata_row row;
  uint64_t next_index;         /* of the row that strata_reader_next_row() reads next */
  const strata_section *section;
} strata_reader;

/*
** Scan the document. Its first problem is the error in ctx; with `all_problems`, problems
** are collected in reader->report instead. An unsupported schemaVersion is the only problem
** reported, so whatever else the scan finds is held back until its end. Tables are scanned once
** the version is known, because it decides their names: if schemaVersion comes after
** `data`, `data` is scanned a second time. Lack of memory, errors of the source and
** interrupts are always set in ctx. If there is no problem, `data` is an object and each
** known table in it an array of objects. Always call strata_reader_close().
*/
void strata_reader_open(strata_reader *reader, strata_context *ctx, const strata_source *source, bool all_problems);
void strata_reader_close(strata_reader *reader);

/* Open a second reader of a document that is open already, to read another place of it at the same time. `source` has
** the same bytes. Close it before the first one. */
void strata_reader_open_again(strata_reader *reader, const strata_reader *first, const strata_source *source);

/* Begin to read the rows of a section, from the first one on. */
void strata_reader_begin(strata_reader *reader, const strata_section *section);

/* Read the next row into reader->row. False after the last row or an error. Skips elements that are not objects, which
** the scan has reported. */
bool strata_reader_next_row(strata_reader *reader);

/* Where the row is that was read last. */
static inline strata_row_place strata_reader_place(const strata_reader *reader) {
  return (strata_row_place){reader->section, reader->row.offset, reader->row.index};
}

/*
** Report a problem of a row: at its member number `field`; with STRATA_FIELD_BY_NAME, at
** the member that the catalog calls `name`, or at the whole row if `name` is NULL; with
** STRATA_FIELD_ABSENT, that there is no member of this name. Takes over `message`, from
** sqlite3_malloc(). If problems are not collected, the first one is ctx's error at once.
*/
#define STRATA_FIELD_BY_NAME (-1)
#define STRATA_FIELD_ABSENT (-2)
void strata_reader_report_row(strata_reader *reader, strata_row_place place, int field, const char *name, int rc,
                              char *message);

/* $.data.name, or $.data.name[index] unless the index is -1. From sqlite3_malloc(); NULL after an error. */
char *strata_reader_path(strata_context *ctx, const strata_section *section, sqlite3_int64 index);

#endif
