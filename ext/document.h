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
  const strata_catalog *catalog;   /* belongs to the caller */
  strata_reader reader;
  bool ignore_unknown;             /* drop what the database has no place for */
  bool whole_rows;                 /* a row must have every field whose column has no default; false: only its key */
  strata_name_set ignored;         /* what was dropped: "portfolios", "assets.portfolioId" … */
  sqlite3_int64 *ignored_counts;   /* … and from how many rows, in the same order */
  size_t ignored_room;             /* of ignored_counts */
} strata_document;

/*
** Open the source's document; strata_reader_open() says what it checks and how it reports.
** The catalog may still be empty: load it before the first row is read. Always call
** strata_document_close().
*/
void strata_document_open(strata_document *document, strata_context *ctx, const strata_catalog *catalog,
                          const strata_source *source, bool all_problems);
void strata_document_close(strata_document *document);

/* Open `first` a second time, to read rows in two places of it at once. `source` must have the same bytes as the
** source of `first`. Close `document` before `first`. */
void strata_document_open_again(strata_document *document, const strata_document *first, const strata_source *source);

/* The part of the document that holds the rows of a table of the catalog; NULL if it has none. */
const strata_section *strata_document_section(const strata_document *document, int table);

/* Report each table of the document that is not one of the nine. An empty one passes. One that is retired (dialect.h), or
** any if `ignore_unknown` is set, is counted in `ignored` instead. */
void strata_document_check_tables(strata_document *document);

/*
** Turn the row that the reader read last into an array of values, one for each column
** of the table, allocated in the arena. A value of type 0 means that the row does not
** have the field. NULL if anything does not fit, or after an error. With `report`,
** problems are reported and dropped fields counted, each time the row is read.
*/
strata_value *strata_document_read_row(strata_document *document, const strata_table *table, strata_arena *arena,
                                       bool report);

/* Report that a row has no field for a column that needs one. */
void strata_document_report_missing(strata_document *document, strata_row_place place, const strata_column *column);

/* Report a problem that lies outside the document, so it has no line. Takes over `message`, from sqlite3_malloc(). */
void strata_document_report(strata_document *document, int rc, char *message);

/* Whether problems are collected; if not, the first one becomes ctx's error at once. */
static inline bool strata_document_collects(const strata_document *document) {
  return document->reader.report.problems.most > 0;
}

#endif
