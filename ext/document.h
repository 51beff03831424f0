/*
** document.h: a document that is read against a live schema.
**
** The reader knows JSON and the names in the document's version; the catalog knows the
** tables as they are now. Here a row of the document becomes the values of a table's
** columns, and what has no place in the table is dropped or reported. Nothing is written to
** the database here.
*/
#ifndef STRATA_DOCUMENT_H
#define STRATA_DOCUMENT_H

#include "name_set.h"
#include "reader.h"
#include "value.h"

typedef struct strata_document {
  strata_context *ctx;
  const strata_catalog *catalog;   /* the caller's */
  strata_reader reader;
  bool ignore_unknown;             /* drop what the database has no place for */
  bool whole_rows;                 /* a row needs every field whose column has no default, else only its key */
  strata_name_set ignored;         /* what was dropped: "portfolios", "assets.portfolioId" … */
  sqlite3_int64 *ignored_counts;   /* … and in how many rows */
  size_t ignored_room;
} strata_document;

/*
** Open the source's document, as strata_reader_open() does. The catalog may be
** loaded later, before the first row is read. Always call
** strata_document_close().
*/
void strata_document_open(strata_document *document, strata_context *ctx, const strata_catalog *catalog,
                          const strata_source *source, bool all_problems);
void strata_document_close(strata_document *document);

/* A document that is open already, read a second time in another place: `source` has the same bytes. Close it before
** that one. */
void strata_document_open_again(strata_document *document, const strata_document *first, const strata_source *source);

/* The rows of a table of the catalog, or NULL: the document does not have it. */
const strata_section *strata_document_section(const strata_document *document, int table);

/* Report each table that the database does not have, unless it is empty, retired or ignored. */
void strata_document_check_tables(strata_document *document);

/*
** The values of the reader's row for the table's columns, as many as it has
** columns, in memory of the arena; absent ones have type 0. With `report`, what
** does not fit is reported and what is dropped counted. NULL if anything does
** not fit, or after an error.
*/
strata_value *strata_document_read_row(strata_document *document, const strata_table *table, strata_arena *arena,
                                       bool report);

/* Report that a row has no field for a column that needs one. */
void strata_document_report_missing(strata_document *document, strata_row_place place, const strata_column *column);

/* Report a problem that has no place in the document; `message` from sqlite3_malloc(). */
void strata_document_report(strata_document *document, int rc, char *message);

/* Whether all problems are collected, rather than the first one being ctx's error. */
static inline bool strata_document_collects(const strata_document *document) {
  return document->reader.report.problems.most > 0;
}

#endif
