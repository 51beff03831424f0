/*
** files.c: the SQL functions that back up to a file and restore from one. A backup
** goes through an atomic file, so that yesterday's stays until today's is complete.
** A restore reads its document from the file in pieces.
*/
#include "files.h"
#include "atomic_file.h"
#include "backup.h"
#include "file_guard.h"
#include "file_result.h"
#include "file_source.h"
#include "input.h"
#include "restore.h"

#include <string.h>

static void backup_to_file(strata_context *ctx, const char *path, const char *schema, const char *progress,
                           strata_writer *result) {
  strata_atomic_file file;
  strata_backup backup;
  strata_writer w;
  strata_guard_write_document(ctx, path);
  strata_atomic_open(&file, ctx, path, false);
  strata_writer_to_sink(&w, strata_atomic_write, &file);
  if (ctx->rc == SQLITE_OK) strata_backup_write(ctx, schema, progress, &w, &backup);
  if (ctx->rc == SQLITE_OK) {
    strata_file_result_begin(result, ctx, path, (sqlite3_int64)w.flushed);
    strata_result_string(result, "exportedAt", backup.exported_at);
    strata_result_counts(result, backup.counts);
    strata_result_end(result, ctx, "the result", "");
  }
  strata_atomic_commit(&file);
  strata_writer_free(&w);
  strata_atomic_close(&file);
}

void strata_backup_file_function(sqlite3_context *sql, int argc, sqlite3_value **argv) {
  strata_context ctx;
  strata_context_begin(&ctx, sqlite3_context_db_handle(sql));
  strata_writer result = {0};
  const char *path = strata_path_argument(&ctx, argv[0]);
  strata_request request;
  strata_request_parse_backup(&request, &ctx, argc > 2 ? argv[2] : NULL);
  if (path)
    backup_to_file(&ctx, path, strata_schema_argument(argc > 1 ? argv[1] : NULL), request.progress, &result);
  strata_request_free(&request);
  strata_result_finish(sql, &ctx, &result);
  strata_context_end(&ctx);
}

void strata_restore_file_function(sqlite3_context *sql, int argc, sqlite3_value **argv) {
  strata_context ctx;
  strata_context_begin(&ctx, sqlite3_context_db_handle(sql));
  strata_request request;
  strata_request_parse(&request, &ctx, argc > 1 ? argv[1] : NULL, argc > 2 ? argv[2] : NULL);
  const char *path = strata_path_argument(&ctx, argv[0]);
  strata_source source = {.data = ""};
  if (path) strata_file_source_open(&source, &ctx, path, "nothing was restored");
  strata_restore_to_result(sql, &ctx, &request, &source);
  strata_input_close(&source);
  strata_request_free(&request);
  strata_context_end(&ctx);
}

void strata_file_function(sqlite3_context *sql, int argc, sqlite3_value **argv) {
  (void)argc;
  strata_context ctx;
  strata_context_begin(&ctx, sqlite3_context_db_handle(sql));
  const char *path = strata_path_argument(&ctx, argv[0]);
  strata_named_file *file = path ? strata_alloc(&ctx, sizeof *file + strlen(path) + 1) : NULL;
  if (file) {
    file->open = strata_file_source_open;
    memcpy(file->path, path, strlen(path) + 1);
    sqlite3_result_pointer(sql, file, STRATA_NAMED_FILE, sqlite3_free);
  } else {
    strata_result_error(&ctx, sql);
  }
  strata_context_end(&ctx);
}
