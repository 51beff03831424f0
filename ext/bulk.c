/*
** bulk.c: inserts rows of a batch with one INSERT … SELECT, and the virtual table that it
** selects from.
**
** The statement is an INSERT OR FAIL. When a constraint stops it at a row, the rows before
** that one stay, so SQLite keeps no statement journal to take them back. OR ABORT would
** need one.
*/
#include "bulk.h"
#include "explain.h"

#define SHOWN_COLUMNS 31   /* c0 to c30 of strata_pending: a table's columns, then the rowid */
#define WORTH_PREPARING 32 /* with this many rows, one INSERT saves more time than preparing it takes */

static const char pointer_type[] = "strata-pending";

/* -- The virtual table ------------------------------------------------------ */

typedef struct cursor {
  sqlite3_vtab_cursor base;
  strata_bulk *bulk; /* NULL: no rows */
} cursor;

static int pending_close(sqlite3_vtab_cursor *base) {
  sqlite3_free(base);
  return SQLITE_OK;
}

static int pending_filter(sqlite3_vtab_cursor *base, int plan, const char *unused, int argc,
                          sqlite3_value **argv) {
  (void)plan, (void)unused;
  strata_bulk *bulk = argc == 1 ? sqlite3_value_pointer(argv[0], pointer_type) : NULL;
  ((cursor *)base)->bulk = bulk;
  return SQLITE_OK;
}

static int pending_eof(sqlite3_vtab_cursor *base) {
  const strata_bulk *bulk = ((const cursor *)base)->bulk;
  return bulk == NULL || bulk->at >= bulk->count;
}

static int pending_next(sqlite3_vtab_cursor *base) {
  ((cursor *)base)->bulk->at++;
  return SQLITE_OK;
}

/* The column after those of the table is the rowid. A late column (catalog.h) is NULL for now. */
static int pending_column(sqlite3_vtab_cursor *base, sqlite3_context *sql, int column) {
  strata_bulk *bulk = ((cursor *)base)->bulk;
  const strata_batch_row *row = &bulk->rows[bulk->at];
  bulk->reads++;
  if (column == bulk->table->column_count)
    sqlite3_result_int64(sql, (sqlite3_int64)row->index + 1);
  else if (column < bulk->table->column_count && !bulk->table->columns[column].late)
    strata_value_result(&row->values[column], sql);
  return SQLITE_OK;
}

static int pending_rowid(sqlite3_vtab_cursor *base, sqlite3_int64 *rowid) {
  *rowid = (sqlite3_int64)((const cursor *)base)->bulk->at;
  return SQLITE_OK;
}

static const sqlite3_module pending_module = {
    .xConnect = strata_vtab_connect,
    .xBestIndex = strata_vtab_best_index,
    .xDisconnect = strata_vtab_disconnect,
    .xOpen = strata_cursor_open,
    .xClose = pending_close,
    .xFilter = pending_filter,
    .xNext = pending_next,
    .xEof = pending_eof,
    .xColumn = pending_column,
    .xRowid = pending_rowid,
};

const strata_vtab_definition strata_pending_definition = {
    .name = "strata_pending",
    .example = "strata_pending(rows)",
    .columns = "CREATE TABLE x(c0,c1,c2,c3,c4,c5,c6,c7,c8,c9,c10,c11,c12,c13,c14,c15,c16,c17,c18,c19,c20,"
               "c21,c22,c23,c24,c25,c26,c27,c28,c29,c30,rows HIDDEN)",
    .first_argument = SHOWN_COLUMNS,
    .arguments = 1,
    .argument_names = {"rows"},
    .cursor_size = sizeof(cursor),
    .module = &pending_module,
};

/* -- The statement ---------------------------------------------------------- */

void strata_bulk_begin(strata_bulk *bulk, strata_context *ctx, const strata_catalog *catalog,
                       const strata_table *table, bool gives_rowid) {
  *bulk = (strata_bulk){.ctx = ctx, .catalog = catalog, .table = table, .gives_rowid = gives_rowid};
  bulk->usable = table->column_count < SHOWN_COLUMNS;
  bulk->present = strata_alloc(ctx, (size_t)table->column_count * sizeof *bulk->present);
}

void strata_bulk_free(strata_bulk *bulk) {
  sqlite3_finalize(bulk->stmt);
  sqlite3_free(bulk->present);
}

/* Whether the prepared statement sets exactly the columns for which there are values. */
static bool fits(const strata_bulk *bulk, const strata_value *values) {
  bool same = bulk->stmt != NULL;
  for (int i = 0; same && i < bulk->table->column_count; i++)
    same = bulk->present[i] == (values[i].type != 0);
  return same;
}

/* How many rows, from the first one on, have values for the same columns. */
static size_t count_alike(const strata_bulk *bulk, const strata_batch_row *rows, size_t count) {
  size_t n = 1;
  for (bool same = true; same && n < count; n += same) {
    for (int i = 0; same && i < bulk->table->column_count; i++)
      same = (rows[n].values[i].type != 0) == (rows[0].values[i].type != 0);
  }
  return n;
}

static char *write_insert(strata_bulk *bulk) {
  const strata_table *table = bulk->table;
  sqlite3_str *sql = sqlite3_str_new(bulk->ctx->db);
  sqlite3_str_appendf(sql, "INSERT OR FAIL INTO \"%w\".\"%w\"(", bulk->catalog->schema, table->sql_name);
  bulk->selected = 0;
  for (int i = 0; i < table->column_count; i++) {
    if (bulk->present[i])
      sqlite3_str_appendf(sql, "%s\"%w\"", bulk->selected++ ? "," : "", table->columns[i].name);
  }
  if (bulk->gives_rowid) sqlite3_str_appendf(sql, ",%s", table->rowid);
  sqlite3_str_appendall(sql, ") SELECT ");
  for (int i = 0, n = 0; i < table->column_count; i++) {
    if (bulk->present[i]) sqlite3_str_appendf(sql, "%sc%d", n++ ? "," : "", i);
  }
  if (bulk->gives_rowid) sqlite3_str_appendf(sql, ",c%d", table->column_count);
  bulk->selected += bulk->gives_rowid;
  sqlite3_str_appendf(sql, " FROM %s(?1)", strata_pending_definition.name);
  return sqlite3_str_finish(sql);
}

/* Whether the statement's program inserts and reads every value from strata_pending. An authorizer (SQLITE_IGNORE) can
** turn the statement into one that does nothing, or a value into NULL, without an error. */
static bool is_whole(strata_bulk *bulk, const char *sql) {
  static const char *const names[] = {"Insert", "IdxInsert", "VColumn", NULL};
  int counts[3];
  strata_count_operations(bulk->ctx, strata_prepare(bulk->ctx, "EXPLAIN %s", sql), names, counts);
  return counts[0] + counts[1] > 0 && counts[2] == bulk->selected;
}

/* Prepare the statement for rows that have values for the same columns as this one. False if that is not possible. */
static bool prepare(strata_bulk *bulk, const strata_value *values) {
  strata_context *ctx = bulk->ctx;
  for (int i = 0; i < bulk->table->column_count; i++) bulk->present[i] = values[i].type != 0;
  sqlite3_finalize(bulk->stmt);
  char *sql = write_insert(bulk);
  bulk->stmt = strata_prepare(ctx, "%s", sql);
  bulk->usable = bulk->stmt && is_whole(bulk, sql);
  sqlite3_free(sql);
  /* What stops this statement, such as an authorizer that denies the virtual table, need not stop the restore. */
  if (ctx->rc == SQLITE_AUTH || ctx->rc == SQLITE_ERROR || ctx->rc == SQLITE_TOOBIG) {
    strata_context_clear(ctx);
    bulk->usable = false;
  }
  return bulk->usable && ctx->rc == SQLITE_OK;
}

size_t strata_bulk_insert(strata_bulk *bulk, const strata_batch_row *rows, size_t count) {
  strata_context *ctx = bulk->ctx;
  if (!bulk->usable || (count = count_alike(bulk, rows, count)) < 2) return 0;
  if (!fits(bulk, rows[0].values)) {
    if (bulk->stmt && count < WORTH_PREPARING) return 0;
    if (!prepare(bulk, rows[0].values)) return 0;
  }
  bulk->rows = rows;
  bulk->count = count;
  bulk->at = 0;
  bulk->reads = 0;
  sqlite3_bind_pointer(bulk->stmt, 1, bulk, pointer_type, NULL);
  strata_run(ctx, bulk->stmt);
  sqlite3_clear_bindings(bulk->stmt);
  /* is_whole() looked at an EXPLAIN. The authorizer may answer differently for the statement itself, which SQLite may
  ** also prepare anew before it runs. */
  bool whole = bulk->at == count && bulk->reads >= count * (uint64_t)bulk->selected &&
               (size_t)sqlite3_changes(ctx->db) == count;
  if (ctx->rc == SQLITE_OK && !whole)
    strata_fail(ctx, SQLITE_AUTH,
                "table \"%s\": this connection's authorizer dropped rows or values that were being inserted: "
                "nothing was changed",
                bulk->table->sql_name);
  return bulk->at;
}
