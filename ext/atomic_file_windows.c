/*
** atomic_file_windows.c: atomic files on Windows. The temporary file always has a name,
** and a process that is killed leaves it behind: SQLite cannot open a file that Windows
** deletes by itself.
*/
#ifndef _WIN32_WINNT
#define _WIN32_WINNT 0x0600 /* Windows Vista and newer */
#endif
#define WIN32_LEAN_AND_MEAN
#include "os_windows.h"

#include "atomic_file.h"

#include <windows.h>

#include <errno.h>
#include <sddl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* `rc` is never SQLITE_IOERR or SQLITE_FULL: these would make SQLite roll back the caller's transaction. */
static void fail(strata_atomic_file *f, int rc, const char *doing, int error) {
  strata_fail(f->ctx, rc, "cannot %s '%s': %s", doing, f->path, strerror(error));
}

/* Split the path into the folder, with its separator, and the name in it. */
static void split(strata_atomic_file *f) {
  f->name = strata_os_name(f->path);
  f->folder = f->name == f->path ? strata_copy(f->ctx, ".\\", 2)
                                 : strata_copy(f->ctx, f->path, (size_t)(f->name - f->path));
}

/* Refuse a name with a colon too: it is a stream within a file, which none of the other calls here could find. */
static void check_target(strata_atomic_file *f) {
  strata_os_state state;
  int error = 0;
  if (*f->name == '\0' || strcmp(f->name, ".") == 0 || strcmp(f->name, "..") == 0)
    error = EISDIR;
  else if (strchr(f->name, ':'))
    error = EINVAL;
  else
    error = strata_os_stat(f->path, false, &state);
  if (error) {
    if (error != ENOENT) fail(f, SQLITE_CANTOPEN, "write", error);
  } else if (state.kind == STRATA_OS_FOLDER) {
    fail(f, SQLITE_CANTOPEN, "write", EISDIR);
  } else if (state.kind == STRATA_OS_LINK) {
    strata_fail(f->ctx, SQLITE_CANTOPEN,
                "cannot write '%s': it is a symbolic link; give the path of the file itself", f->path);
  } else if (state.kind != STRATA_OS_FILE) {
    strata_fail(f->ctx, SQLITE_CANTOPEN, "cannot write '%s': it is not a regular file", f->path);
  }
}

char *strata_atomic_temporary_path(strata_atomic_file *f) {
  return strata_format(f->ctx, "%s%s", f->folder, f->temporary);
}

/*
** Create a file that only its owner may read and write. FILE_SHARE_DELETE lets the
** commit rename it while it is open. Rationale for not asking for DELETE access: SQLite
** shares its files for reading and writing only, and could not open this one then.
*/
static HANDLE create(const wchar_t *path) {
  SECURITY_ATTRIBUTES security = {.nLength = sizeof security};
  if (!ConvertStringSecurityDescriptorToSecurityDescriptorW(L"D:P(A;;FA;;;OW)", SDDL_REVISION_1,
                                                            &security.lpSecurityDescriptor, NULL))
    return INVALID_HANDLE_VALUE;
  HANDLE file =
      CreateFileW(path, GENERIC_READ | GENERIC_WRITE, FILE_SHARE_READ | FILE_SHARE_WRITE | FILE_SHARE_DELETE,
                  &security, CREATE_NEW, FILE_ATTRIBUTE_NORMAL, NULL);
  DWORD code = GetLastError();
  LocalFree(security.lpSecurityDescriptor);
  SetLastError(code);
  return file;
}

/* Open a file with a temporary name. Returns 0 or an errno. */
static int open_named(strata_atomic_file *f) {
  int error = EEXIST;
  for (int tries = 0; error == EEXIST && tries < 100 && f->ctx->rc == SQLITE_OK; tries++) {
    uint32_t random[2];
    sqlite3_randomness(sizeof random, random);
    snprintf(f->temporary, sizeof f->temporary, ".strata-%04x%08x", (unsigned)random[0] & 0xFFFF,
             (unsigned)random[1]);
    char *path = strata_atomic_temporary_path(f);
    wchar_t *wide = path ? strata_os_wide(path) : NULL;
    error = wide || path == NULL ? 0 : errno;
    HANDLE file = wide ? create(wide) : INVALID_HANDLE_VALUE;
    if (wide && file == INVALID_HANDLE_VALUE) error = strata_os_error();
    f->handle = (strata_os_handle)file;
    free(wide);
    sqlite3_free(path);
  }
  return error;
}

void strata_atomic_open(strata_atomic_file *f, strata_context *ctx, const char *path, bool named) {
  (void)named;
  *f = (strata_atomic_file){.ctx = ctx, .folder_handle = STRATA_OS_NONE, .handle = STRATA_OS_NONE};
  f->path = strata_copy(ctx, path, strlen(path));
  if (f->path) split(f);
  if (ctx->rc == SQLITE_OK) check_target(f);
  if (ctx->rc != SQLITE_OK) return;
  int error = open_named(f);
  if (f->handle == STRATA_OS_NONE) {
    f->temporary[0] = '\0';
    if (error) fail(f, SQLITE_CANTOPEN, "write", error);
  }
}

sqlite3_int64 strata_atomic_size(strata_atomic_file *f) {
  LARGE_INTEGER size = {.QuadPart = 0};
  if (f->ctx->rc == SQLITE_OK && !GetFileSizeEx((HANDLE)f->handle, &size))
    fail(f, SQLITE_ERROR, "write", strata_os_error());
  return size.QuadPart;
}

int strata_atomic_write(void *file, const char *data, size_t length) {
  strata_atomic_file *f = file;
  while (length > 0 && f->ctx->rc == SQLITE_OK) {
    DWORD n = 0, most = length < 1u << 30 ? (DWORD)length : 1u << 30;
    if (!WriteFile((HANDLE)f->handle, data, most, &n, NULL))
      fail(f, SQLITE_ERROR, "write", strata_os_error());
    data += n;
    length -= n;
  }
  return f->ctx->rc;
}

/* Try for a quarter of a second: a virus scanner may hold a new file open, and then it cannot be renamed. */
static int move(const wchar_t *from, const wchar_t *to) {
  for (int tries = 0;; tries++) {
    if (MoveFileExW(from, to, MOVEFILE_REPLACE_EXISTING | MOVEFILE_WRITE_THROUGH)) return 0;
    int error = strata_os_error();
    if (error != EACCES || tries == 6) return error;
    Sleep(1u << (tries + 2));
  }
}

/* Check that the temporary name still belongs to our file. Returns 0 or an errno. */
static int check_name(strata_atomic_file *f, const char *path) {
  strata_os_state named, own;
  int error = strata_os_stat(path, false, &named);
  if (error == 0) error = strata_os_handle_state(f->handle, &own);
  if (error == 0 && !strata_os_same_file(&named, &own))
    strata_fail(f->ctx, SQLITE_CANTOPEN, STRATA_ATOMIC_REPLACED_MESSAGE, f->path);
  return error;
}

void strata_atomic_commit(strata_atomic_file *f) {
  if (f->ctx->rc != SQLITE_OK) return;
  if (!FlushFileBuffers((HANDLE)f->handle)) {
    fail(f, SQLITE_ERROR, "flush", strata_os_error());
    return;
  }
  char *path = strata_atomic_temporary_path(f);
  int error = path ? check_name(f, path) : 0;
  wchar_t *from = path ? strata_os_wide(path) : NULL, *to = from ? strata_os_wide(f->path) : NULL;
  if (f->ctx->rc == SQLITE_OK && error == 0) error = to ? move(from, to) : errno;
  if (f->ctx->rc == SQLITE_OK && error == 0) f->temporary[0] = '\0';
  if (error) fail(f, SQLITE_CANTOPEN, "write", error);
  free(to);
  free(from);
  sqlite3_free(path);
}

static void delete_temporary(const strata_atomic_file *f) {
  char *path = sqlite3_mprintf("%s%s", f->folder, f->temporary);
  wchar_t *wide = path ? strata_os_wide(path) : NULL;
  if (wide) DeleteFileW(wide);
  free(wide);
  sqlite3_free(path);
}

void strata_atomic_close(strata_atomic_file *f) {
  strata_os_close(f->handle);
  if (f->temporary[0]) delete_temporary(f);
  sqlite3_free(f->folder);
  sqlite3_free(f->path);
  f->handle = f->folder_handle = STRATA_OS_NONE;
  f->temporary[0] = '\0';
  f->folder = f->path = NULL;
}
