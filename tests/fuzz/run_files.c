/*
** run_files.c: runs a fuzz target over files, so that what fuzzing has found is tested
** without clang too:
**
**   replay_restore corpus/restore some-other-file …
**
** A folder stands for the files in it. Each file is run as it is, and then with one to
** fifteen blanks after it, because the size selects modes and the like. Exit status 0 if
** there was a file, and every promise was kept for every file.
*/
#include "fuzz.h"

#include <dirent.h>
#include <sys/stat.h>

static int files;

static bool run_file(const char *path) {
  FILE *file = fopen(path, "rb");
  if (file == NULL) {
    perror(path);
    return false;
  }
  size_t size = 0, room = 1 << 16, got;
  uint8_t *data = malloc(room);
  while ((got = fread(data + size, 1, room - size, file)) > 0) {
    size += got;
    if (size == room) data = realloc(data, room *= 2);
  }
  fclose(file);
  fprintf(stderr, "%s (%zu bytes)\n", path, size);
  for (size_t blanks = 0; blanks < 16; blanks++) {
    /* No byte behind the last one, for the sanitizers. */
    uint8_t *exact = malloc(size + blanks ? size + blanks : 1);
    memcpy(exact, data, size);
    memset(exact + size, ' ', blanks);
    LLVMFuzzerTestOneInput(exact, size + blanks);
    free(exact);
  }
  free(data);
  files++;
  return true;
}

static bool run(const char *path) {
  struct stat status;
  if (stat(path, &status) != 0 || !S_ISDIR(status.st_mode)) return run_file(path);
  bool ok = true;
  DIR *folder = opendir(path);
  if (folder == NULL) return false;
  for (struct dirent *entry; (entry = readdir(folder)) != NULL;) {
    char inner[4096];
    if (entry->d_name[0] == '.') continue;
    snprintf(inner, sizeof inner, "%s/%s", path, entry->d_name);
    ok = run(inner) && ok;
  }
  closedir(folder);
  return ok;
}

int main(int argc, char **argv) {
  bool ok = true;
  for (int i = 1; i < argc; i++) ok = run(argv[i]) && ok;
  fprintf(stderr, "%d files\n", files);
  return ok && files > 0 ? 0 : 1;
}
