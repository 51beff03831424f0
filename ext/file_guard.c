/*
** file_guard.c: compares a path with the files of this connection's databases, looks
** at the first bytes of what the path names (file_kind.h), and asks the system whether
** this process has it open (strata_os_probe_file()). If one of these cannot be found
** out, the path is refused: a backup must never destroy a database.
*/
#include "file_guard.h"
#include "file_kind.h"
#include "os_file.h"

#include <string.h>

/* Set an error, unless there is none or it only says that the file does not exist. */
static void fail_unless_missing(strata_context *ctx, int error, const char *doing, const char *path,
                                const char *what) {
  if (error && !strata_os_is_missing(error))
    strata_fail(ctx, SQLITE_CANTOPEN, "cannot %s '%s': %s: %s", doing, path, what, strerror(error));
}

/* Look at the folder that a path's file is in. Returns 0 or an errno. */
static int look_at_folder(strata_context *ctx, const char *path, strata_os_state *state) {
  size_t length = (size_t)(strata_os_name(path) - path);
  char *folder = length ? strata_copy(ctx, path, length) : strata_copy(ctx, ".", 1);
  int error = folder ? strata_os_stat(folder, true, state) : 0;
  sqlite3_free(folder);
  return error;
}

/* A path, and the state of its file and its folder if they exist. */
typedef struct place {
  const char *path, *name;
  strata_os_state file, folder;
  bool has_file, has_folder;
} place;

/* Look at the file at a path and at its folder. `doing`, `target` and `what` are for the error. */
static void find(strata_context *ctx, place *p, const char *path, const char *doing, const char *target,
                 const char *what) {
  *p = (place){.path = path, .name = strata_os_name(path)};
  int error = strata_os_stat(path, true, &p->file);
  fail_unless_missing(ctx, error, doing, target, what);
  p->has_file = error == 0;
  error = look_at_folder(ctx, path, &p->folder);
  fail_unless_missing(ctx, error, doing, target, what);
  p->has_folder = error == 0;
}

/* Whether two paths lead to the same file, or would if both existed. */
static bool is_same_place(const place *a, const place *b) {
  if (a->has_file && b->has_file && strata_os_same_file(&a->file, &b->file)) return true;
  return a->has_folder && b->has_folder && strata_os_same_file(&a->folder, &b->folder) &&
         strata_os_same_name(a->name, b->name);
}

/* Set an error if the target is one of a database's files, or would become one: SQLite would take a new file with a
** journal's name for its journal. */
static void refuse_database_file(strata_context *ctx, const place *target, const char *doing,
                                 const char *file, const char *schema) {
  static const char *const suffixes[] = {"", "-wal", "-shm", "-journal"};
  for (size_t i = 0; ctx->rc == SQLITE_OK && i < sizeof suffixes / sizeof *suffixes; i++) {
    char *path = strata_format(ctx, "%s%s", file, suffixes[i]);
    char *what =
        strata_format(ctx, "cannot tell whether it is '%s' of the open database \"%s\"", path, schema);
    place own = {.path = NULL};
    if (what) find(ctx, &own, path, doing, target->path, what);
    if (ctx->rc == SQLITE_OK && is_same_place(target, &own))
      strata_fail(ctx, SQLITE_CANTOPEN, "cannot %s '%s': it belongs to the open database \"%s\"", doing,
                  target->path, schema);
    sqlite3_free(what);
    sqlite3_free(path);
  }
}

/* Refuse the files of this connection's databases, and their journals. */
static void refuse_own_files(strata_context *ctx, const char *path, const char *doing) {
  place target = {.path = NULL};
  sqlite3_stmt *list = strata_prepare(ctx, "PRAGMA database_list");
  while (strata_step(ctx, list)) {
    const char *schema = (const char *)sqlite3_column_text(list, 1);
    const char *file = (const char *)sqlite3_column_text(list, 2);
    if (file == NULL || *file == '\0') continue;
    if (target.path == NULL) find(ctx, &target, path, doing, path, "it cannot be examined");
    refuse_database_file(ctx, &target, doing, file, schema);
  }
  sqlite3_finalize(list);
}

/* Look at a file and its first bytes; a missing file is not an error. */
static void probe_file(strata_context *ctx, const char *path, const char *doing, bool follow,
                       strata_os_probe *probe) {
  probe->length = 0;
  probe->in_use = false;
  probe->state = (strata_os_state){.kind = STRATA_OS_OTHER};
  if (ctx->rc != SQLITE_OK) return;
  int error = strata_os_probe_file(path, follow, probe);
  if (error && !strata_os_is_missing(error))
    strata_fail(ctx, SQLITE_CANTOPEN, "cannot %s '%s': %s", doing, path, strerror(error));
}

/* What the file is, for a message. */
static const char *name_of(const strata_os_probe *probe) {
  const strata_file_kind *kind = strata_file_kind_of(probe->head, probe->length);
  return kind ? kind->name : "a file of another kind";
}

/* Whether there is a regular file that is not empty. */
static bool is_something(const strata_os_probe *probe) {
  return probe->state.kind == STRATA_OS_FILE && probe->state.size > 0;
}

/* A JSON document that this process has open already may be opened again. Anything else might be a database, encrypted
** perhaps, whose locks would be dropped when the file is closed. */
void strata_guard_read(strata_context *ctx, const char *path) {
  strata_os_probe probe;
  refuse_own_files(ctx, path, "read");
  probe_file(ctx, path, "read", true, &probe);
  if (probe.in_use && !strata_file_kind_is_object(probe.head, probe.length))
    strata_fail(ctx, SQLITE_CANTOPEN,
                "cannot read '%s': it is %s, not a JSON backup, and this process has it open: close it first",
                path, name_of(&probe));
}

void strata_guard_write_document(strata_context *ctx, const char *path) {
  strata_os_probe probe;
  refuse_own_files(ctx, path, "write");
  probe_file(ctx, path, "write", false, &probe);
  if (ctx->rc == SQLITE_OK && is_something(&probe) && !strata_file_kind_is_backup(probe.head, probe.length))
    strata_fail(ctx, SQLITE_CANTOPEN,
                "cannot write '%s': it exists and is %s, not an older backup; choose another name, or move "
                "it elsewhere first",
                path, name_of(&probe));
}

/* SQLite would take a WAL or a journal that an earlier database of the target's name has left behind for one of the
** new file's. */
static void refuse_leftovers(strata_context *ctx, const char *path) {
  static const char *const suffixes[] = {"-wal", "-journal"};
  for (size_t i = 0; ctx->rc == SQLITE_OK && i < sizeof suffixes / sizeof *suffixes; i++) {
    strata_os_state state;
    char *beside = strata_format(ctx, "%s%s", path, suffixes[i]);
    int error = beside ? strata_os_stat(beside, true, &state) : 0;
    fail_unless_missing(ctx, error, "write", path, beside);
    if (beside && error == 0 && state.size > 0)
      strata_fail(ctx, SQLITE_CANTOPEN,
                  "cannot write '%s': the file '%s' beside it belongs to a database that is open, or was "
                  "left behind by a crash; choose another name, or move both files elsewhere first",
                  path, beside);
    sqlite3_free(beside);
  }
}

void strata_guard_write_database(strata_context *ctx, const char *path) {
  strata_os_probe probe;
  refuse_own_files(ctx, path, "write");
  refuse_leftovers(ctx, path);
  probe_file(ctx, path, "write", false, &probe);
  if (ctx->rc != SQLITE_OK || !is_something(&probe)) return;
  if (!strata_file_kind_is_database(probe.head, probe.length))
    strata_fail(ctx, SQLITE_CANTOPEN,
                "cannot write '%s': it exists and is %s, not an older copy; choose another name, or move it "
                "elsewhere first",
                path, name_of(&probe));
  else if (probe.in_use)
    strata_fail(ctx, SQLITE_CANTOPEN,
                "cannot write '%s': it is a database that this process has open; close it first, or choose "
                "another name",
                path);
}
