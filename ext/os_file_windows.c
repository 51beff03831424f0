/*
** os_file_windows.c: files on Windows. It has no POSIX locks that closing a file would
** drop, so a file may be opened even if this process has it open already.
*/
#ifndef _WIN32_WINNT
#define _WIN32_WINNT 0x0600 /* Windows Vista and newer */
#endif
#define WIN32_LEAN_AND_MEAN
#include "os_windows.h"

#include <windows.h>

#include <errno.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>

#define SHARE_ALL (FILE_SHARE_READ | FILE_SHARE_WRITE | FILE_SHARE_DELETE)

int strata_os_error(void) {
  static const struct {
    DWORD code;
    int error;
  } known[] = {
      {ERROR_FILE_NOT_FOUND, ENOENT},
      {ERROR_PATH_NOT_FOUND, ENOENT},
      {ERROR_INVALID_DRIVE, ENOENT},
      {ERROR_BAD_NETPATH, ENOENT},
      {ERROR_BAD_NET_NAME, ENOENT},
      {ERROR_ACCESS_DENIED, EACCES},
      {ERROR_SHARING_VIOLATION, EACCES},
      {ERROR_LOCK_VIOLATION, EACCES},
      {ERROR_WRITE_PROTECT, EROFS},
      {ERROR_ALREADY_EXISTS, EEXIST},
      {ERROR_FILE_EXISTS, EEXIST},
      {ERROR_DISK_FULL, ENOSPC},
      {ERROR_HANDLE_DISK_FULL, ENOSPC},
      {ERROR_NOT_ENOUGH_MEMORY, ENOMEM},
      {ERROR_OUTOFMEMORY, ENOMEM},
      {ERROR_TOO_MANY_OPEN_FILES, EMFILE},
      {ERROR_FILENAME_EXCED_RANGE, ENAMETOOLONG},
      {ERROR_DIRECTORY, ENOTDIR},
      {ERROR_INVALID_NAME, EINVAL},
      {ERROR_NO_UNICODE_TRANSLATION, EINVAL},
      {ERROR_INVALID_HANDLE, EBADF},
  };
  DWORD code = GetLastError();
  for (size_t i = 0; i < sizeof known / sizeof *known; i++) {
    if (known[i].code == code) return known[i].error;
  }
  return EIO;
}

/* Text as UTF-16, from malloc(). NULL after an error, which is in errno. */
static wchar_t *from_utf8(const char *text) {
  int length = MultiByteToWideChar(CP_UTF8, MB_ERR_INVALID_CHARS, text, -1, NULL, 0);
  wchar_t *wide = length > 0 ? malloc((size_t)length * sizeof *wide) : NULL;
  if (wide) MultiByteToWideChar(CP_UTF8, MB_ERR_INVALID_CHARS, text, -1, wide, length);
  errno = length > 0 ? ENOMEM : EINVAL;
  return wide;
}

/* Put \\?\ in front of C:\…, or \\?\UNC\ in the place of the \\ of \\server\…, which lifts the limit of 260 characters.
** A path that begins so already, or names a device, stays. Frees `full`. */
static wchar_t *without_limit(wchar_t *full, size_t length) {
  bool share = full[0] == '\\' && full[1] == '\\';
  if (length < MAX_PATH - 12 || (share && (full[2] == '?' || full[2] == '.'))) return full;
  const wchar_t *prefix = share ? L"\\\\?\\UNC" : L"\\\\?\\";
  const wchar_t *rest = share ? full + 1 : full;
  wchar_t *result = malloc((wcslen(prefix) + length + 1) * sizeof *result);
  if (result) {
    wcscpy(result, prefix);
    wcscat(result, rest);
  }
  errno = ENOMEM;
  free(full);
  return result;
}

wchar_t *strata_os_wide(const char *path) {
  wchar_t *wide = from_utf8(path);
  if (wide == NULL) return NULL;
  DWORD room = GetFullPathNameW(wide, 0, NULL, NULL);
  wchar_t *full = room ? malloc((size_t)room * sizeof *full) : NULL;
  errno = room ? ENOMEM : strata_os_error();
  DWORD length = full ? GetFullPathNameW(wide, room, full, NULL) : 0;
  free(wide);
  return full ? without_limit(full, length) : NULL;
}

bool strata_os_same_file(const strata_os_state *a, const strata_os_state *b) {
  return a->volume == b->volume && a->number == b->number;
}

bool strata_os_is_missing(int error) {
  return error == ENOENT || error == ENOTDIR || error == ENAMETOOLONG;
}

const char *strata_os_name(const char *path) {
  const char *name = path;
  for (const char *at = path; *at; at++) {
    if (*at == '/' || *at == '\\' || (*at == ':' && at == path + 1)) name = at + 1;
  }
  return name;
}

bool strata_os_same_name(const char *a, const char *b) {
  wchar_t *wide_a = from_utf8(a), *wide_b = from_utf8(b);
  bool same = wide_a && wide_b && CompareStringOrdinal(wide_a, -1, wide_b, -1, TRUE) == CSTR_EQUAL;
  free(wide_a);
  free(wide_b);
  return same;
}

static strata_os_kind kind_of(HANDLE file, DWORD attributes) {
  if (GetFileType(file) != FILE_TYPE_DISK) return STRATA_OS_OTHER;
  FILE_ATTRIBUTE_TAG_INFO tag = {0};
  if (attributes & FILE_ATTRIBUTE_REPARSE_POINT &&
      GetFileInformationByHandleEx(file, FileAttributeTagInfo, &tag, sizeof tag) &&
      (tag.ReparseTag == IO_REPARSE_TAG_SYMLINK || tag.ReparseTag == IO_REPARSE_TAG_MOUNT_POINT))
    return STRATA_OS_LINK;
  return attributes & FILE_ATTRIBUTE_DIRECTORY ? STRATA_OS_FOLDER : STRATA_OS_FILE;
}

/* Split steps of 100 nanoseconds since 1601. The moments are only compared, so they need not count from 1970. */
static void set_moment(int64_t moment[2], int64_t steps) {
  moment[0] = steps / 10000000;
  moment[1] = steps % 10000000 * 100;
}

int strata_os_handle_state(strata_os_handle handle, strata_os_state *state) {
  HANDLE file = (HANDLE)handle;
  BY_HANDLE_FILE_INFORMATION info = {0};
  FILE_BASIC_INFO basic = {0};
  *state = (strata_os_state){.kind = STRATA_OS_OTHER};
  if (GetFileType(file) != FILE_TYPE_DISK) return 0;
  if (!GetFileInformationByHandle(file, &info)) return strata_os_error();
  if (!GetFileInformationByHandleEx(file, FileBasicInfo, &basic, sizeof basic)) return strata_os_error();
  state->kind = kind_of(file, info.dwFileAttributes);
  state->volume = info.dwVolumeSerialNumber;
  state->number = (uint64_t)info.nFileIndexHigh << 32 | info.nFileIndexLow;
  state->size = (uint64_t)info.nFileSizeHigh << 32 | info.nFileSizeLow;
  state->names = info.nNumberOfLinks;
  set_moment(state->modified, basic.LastWriteTime.QuadPart);
  set_moment(state->changed, basic.ChangeTime.QuadPart);
  return 0;
}

/* Open a file or a folder; a folder needs FILE_FLAG_BACKUP_SEMANTICS. */
static int open_path(const char *path, DWORD access, bool follow, strata_os_handle *handle) {
  *handle = STRATA_OS_NONE;
  wchar_t *wide = strata_os_wide(path);
  if (wide == NULL) return errno;
  DWORD flags = FILE_FLAG_BACKUP_SEMANTICS | (follow ? 0 : FILE_FLAG_OPEN_REPARSE_POINT);
  HANDLE file = CreateFileW(wide, access, SHARE_ALL, NULL, OPEN_EXISTING, flags, NULL);
  int error = file == INVALID_HANDLE_VALUE ? strata_os_error() : 0;
  free(wide);
  *handle = (strata_os_handle)file;
  return error;
}

int strata_os_stat(const char *path, bool follow, strata_os_state *state) {
  strata_os_handle handle;
  int error = open_path(path, FILE_READ_ATTRIBUTES, follow, &handle);
  if (error) return error;
  error = strata_os_handle_state(handle, state);
  strata_os_close(handle);
  return error;
}

int strata_os_open(const char *path, strata_os_handle *handle) {
  return open_path(path, GENERIC_READ, true, handle);
}

void strata_os_close(strata_os_handle handle) {
  if (handle != STRATA_OS_NONE) CloseHandle((HANDLE)handle);
}

int strata_os_read(strata_os_handle handle, uint64_t offset, void *buffer, size_t size, size_t *got) {
  *got = 0;
  while (*got < size) {
    uint64_t at = offset + *got;
    OVERLAPPED where = {.Offset = (DWORD)at, .OffsetHigh = (DWORD)(at >> 32)};
    DWORD n = 0, most = size - *got < INT_MAX ? (DWORD)(size - *got) : INT_MAX;
    if (!ReadFile((HANDLE)handle, (char *)buffer + *got, most, &n, &where) &&
        GetLastError() != ERROR_HANDLE_EOF)
      return strata_os_error();
    if (n == 0) break;
    *got += n;
  }
  return 0;
}

int strata_os_probe_file(const char *path, bool follow, strata_os_probe *probe) {
  probe->in_use = false;
  probe->length = 0;
  int error = strata_os_stat(path, follow, &probe->state);
  if (error || probe->state.kind != STRATA_OS_FILE || probe->state.size == 0) return error;
  strata_os_handle handle;
  error = open_path(path, GENERIC_READ, follow, &handle);
  if (error == 0) error = strata_os_read(handle, 0, probe->head, sizeof probe->head, &probe->length);
  strata_os_close(handle);
  return error;
}
