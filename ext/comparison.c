/*
** comparison.c: compares a document with the other side, table by table, in pieces.
**
** Both are read in their own order. As long as that is the same, the next row of the one
** meets the next row of the other; a row that is elsewhere is looked up by its key.
*/
#include "comparison.h"
#include "catalog_load.h"
#include "explain.h"

#include <string.h>

#define PIECE ((size_t)256 * 1024) /* of differences, before they are handed out */
#define MOST ((size_t)1024 * 1024) /* in memory, if they cannot be handed out yet */
#define ROWS_PER_PIECE 1024          /* to look at after the first difference of a piece */
#define NEAR 16                    /* how many rows the walk may be behind and still catch up */

static bool same_key(const strata_table *table, const strata_value *a, const strata_value *b) {
  for (int i = 0; i < table->key_count; i++) {
    if (!strata_value_identical(&a[table->key[i]], &b[table->key[i]])) return false;
  }
  return true;
}

/* Let the walk catch up with a row that was found a little ahead. The document has the rows between them elsewhere,
** or not at all. */
static void catch_up(strata_comparison *c) {
  strata_side *side = &c->side;
  for (int i = 0; i < NEAR && strata_side_peek(side) && side->walk.number < side->found.number; i++)
    strata_side_pass(side);
  c->lost = !strata_side_peek(side) || side->walk.number != side->found.number;
  if (!c->lost) strata_side_pass(side);
}

/* The side's row with the same key as the document's, or NULL. As long as both have the same order, it is the walk's
** next row. If they do not, rows are looked up by key until two in a row lie close together there; then the walk
** goes on from there. */
static const strata_side_row *match(strata_comparison *c, const strata_value *document) {
  strata_side *side = &c->side;
  bool walks = side->numbered && !c->lost;
  if (walks && strata_side_peek(side) && same_key(side->table, document, side->walk.values)) {
    strata_side_pass(side);
    return &side->walk;
  }
  if (!strata_side_find(side, document)) return NULL;
  sqlite3_int64 number = side->found.number;
  if (walks) {
    catch_up(c);
  } else if (side->numbered) {
    uint64_t ahead = (uint64_t)number - (uint64_t)c->last_found;
    c->lost = ahead == 0 || ahead > NEAR;
    if (!c->lost) strata_side_jump(side);
  }
  c->last_found = number;
  return &side->found;
}

/* Compare one row of the document with the other side's row of the same key. */
static void compare_row(strata_comparison *c) {
  const strata_table *table = c->found.table;
  const strata_value *document = strata_document_read_row(&c->document, table, &c->arena, true);
  if (c->ctx->rc != SQLITE_OK) return;
  const strata_side_row *row = match(c, document);
  if (row) {
    strata_findings_compare(&c->found, document, row);
    strata_unknown_fields(&c->unknown, row);
    strata_side_mark(&c->side, row);
  } else if (c->ctx->rc == SQLITE_OK) {
    strata_findings_put_row(&c->found, "removed", document, true);
  }
  strata_arena_reset(&c->arena);
}

static void begin_table(strata_comparison *c) {
  const strata_section *section = strata_document_section(&c->document, c->table);
  c->found.table = &c->catalog.tables[c->table];
  strata_side_begin(&c->side, c->found.table);
  if (section) strata_reader_begin(&c->document.reader, section);
  c->lost = false;
  c->last_found = INT64_MIN;
  c->phase = STRATA_COMPARE_ROWS;
}

static void begin_added(strata_comparison *c) {
  bool all = strata_side_marked(&c->side) == c->side.rows;
  if (!all) strata_side_rewind(&c->side);
  c->phase = all ? STRATA_COMPARE_NEXT_TABLE : STRATA_COMPARE_ADDED;
}

static void look_at_added(strata_comparison *c) {
  const strata_side_row *row = &c->side.walk;
  if (!strata_side_is_marked(&c->side, row))
    strata_findings_put_row(&c->found, "added", row->values, false);
  strata_side_pass(&c->side);
}

static void step(strata_comparison *c) {
  switch (c->phase) {
  case STRATA_COMPARE_ROWS:
    if (strata_document_section(&c->document, c->table) && strata_reader_next_row(&c->document.reader))
      compare_row(c);
    else
      begin_added(c);
    break;
  case STRATA_COMPARE_ADDED:
    if (strata_side_peek(&c->side))
      look_at_added(c);
    else
      c->phase = STRATA_COMPARE_NEXT_TABLE;
    break;
  case STRATA_COMPARE_NEXT_TABLE:
    if (++c->table < STRATA_TABLE_COUNT)
      begin_table(c);
    else
      c->phase = STRATA_COMPARE_UNKNOWN_TABLES;
    break;
  case STRATA_COMPARE_UNKNOWN_TABLES:
    if (!strata_unknown_next_table(&c->unknown)) c->phase = STRATA_COMPARE_DONE;
    break;
  case STRATA_COMPARE_DONE: /* run() takes no further step */
    break;
  }
}

static bool may_pause(const strata_comparison *c) {
  return !c->at_once && (c->side.numbered || c->phase != STRATA_COMPARE_ADDED);
}

/* Whether a statement is running that writes, and so may change rows between two steps of this one. */
static bool is_writing(sqlite3 *db) {
  for (sqlite3_stmt *stmt = NULL; (stmt = sqlite3_next_stmt(db, stmt)) != NULL;) {
    if (sqlite3_stmt_busy(stmt) && !sqlite3_stmt_readonly(stmt)) return true;
  }
  return false;
}

/* Whether the connection has written to the database and not committed yet, or is about to. */
static bool has_write_transaction(const strata_comparison *c) {
#if SQLITE_VERSION_NUMBER >= 3034000
  if (sqlite3_libversion_number() >= 3034000)
    return sqlite3_txn_state(c->ctx->db, c->catalog.schema) == SQLITE_TXN_WRITE;
#endif
  return is_writing(c->ctx->db);
}

static struct strata_moment look(const strata_comparison *c) {
  struct strata_moment now = {.changes = sqlite3_total_changes(c->ctx->db)};
  sqlite3_file_control(c->ctx->db, c->catalog.schema, SQLITE_FCNTL_DATA_VERSION, &now.version);
  return now;
}

/*
** Check that all pieces see the same rows. There is only one piece unless the comparison began in
** autocommit, while nothing was writing. A commit by this connection since then has changed the
** database's version. Without one, a write shows by the write transaction that it began, even if it is not
** finished or goes through sqlite3_blob_write(), which counts no changes. (SQLite before 3.34 cannot tell
** that there is such a transaction. There a sqlite3_blob_write() goes unnoticed if its handle was closed in a
** transaction that is still open.) A write that was rolled back has left the rows as they were.
*/
static void check_moment(strata_comparison *c) {
  if (!c->started || c->has_other) return;
  struct strata_moment now = look(c);
  bool wrote = !sqlite3_get_autocommit(c->ctx->db) && now.changes != c->moment.changes;
  if (now.version != c->moment.version || wrote || has_write_transaction(c))
    strata_fail(c->ctx, SQLITE_ABORT,
                "strata_backup_diff: this connection has written to the database "
                "while the differences were being read: read them all first, and then write");
}

static void spill(strata_comparison *c) {
  strata_spool_put(&c->spool, c->ctx, c->found.out.data, c->found.out.length);
  c->found.out.length = 0;
}

/* Compare until there are differences, in c->spool or in c->found, or nothing is left to compare. */
static void run(strata_comparison *c) {
  int rows = 0;
  bool spilled = false;
  c->found.out.length = 0;
  check_moment(c);
  while (c->phase != STRATA_COMPARE_DONE && c->ctx->rc == SQLITE_OK) {
    step(c);
    if (c->found.out.rc != SQLITE_OK) strata_fail_nomem(c->ctx);
    if (c->found.out.length == 0) continue;
    if (!may_pause(c)) {
      if (c->found.out.length < MOST) continue;
      spill(c);
      spilled = true;
    } else if (c->found.out.length >= PIECE || ++rows >= ROWS_PER_PIECE) {
      break;
    }
  }
  if (spilled && c->found.out.length) spill(c);
  strata_side_pause(&c->side);
  c->started = true;
  c->moment = look(c);
}

const char *strata_comparison_next(strata_comparison *c, size_t *length) {
  while (c->ctx->rc == SQLITE_OK) {
    const char *piece = strata_spool_get(&c->spool, c->ctx, length);
    if (piece || c->phase == STRATA_COMPARE_DONE) return piece;
    run(c);
    *length = c->found.out.length;
    if (*length && c->ctx->rc == SQLITE_OK) return c->found.out.data;
  }
  return NULL;
}

static void open_document(strata_comparison *c, strata_document *document, const strata_source *source) {
  strata_document_open(document, c->ctx, &c->catalog, source, false);
  document->ignore_unknown = true;
}

void strata_comparison_begin(strata_comparison *c, strata_context *ctx, const strata_source *document,
                             const strata_source *other, const char *schema) {
  *c = (strata_comparison){.ctx = ctx, .table = -1, .phase = STRATA_COMPARE_NEXT_TABLE};
  c->has_other = other != NULL;
  strata_findings_begin(&c->found, ctx);
  c->unknown = (strata_unknown){&c->found, &c->document, other ? &c->other : NULL, 0, {{0}, {0}}};
  if (ctx->rc != SQLITE_OK) return;
  /* In a transaction of the caller's, ROLLBACK TO could change rows between two pieces, unseen. */
  c->at_once = other == NULL && (!sqlite3_get_autocommit(ctx->db) || is_writing(ctx->db));
  open_document(c, &c->document, document);
  if (ctx->rc != SQLITE_OK) return;
  if (other) {
    open_document(c, &c->other, other);
    strata_side_name_document(ctx);
  }
  strata_catalog_load(&c->catalog, ctx, schema);
  if (other) {
    strata_side_of_document(&c->side, ctx, &c->catalog, &c->other);
  } else {
    strata_refuse_hidden(ctx, &c->catalog);
    strata_side_of_rows(&c->side, ctx, &c->catalog);
  }
}

void strata_comparison_end(strata_comparison *c) {
  strata_side_free(&c->side);
  strata_document_close(&c->document);
  strata_document_close(&c->other);
  strata_catalog_free(&c->catalog);
  strata_arena_free(&c->arena);
  strata_unknown_free(&c->unknown);
  strata_findings_free(&c->found);
  strata_spool_free(&c->spool);
  *c = (strata_comparison){0};
}
