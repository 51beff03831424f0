/*
** measure.c: runs one command and measures it.
**
**   measure STDOUT SYNC COMMAND [ARGUMENT…]
**
** The command's standard output goes to the file STDOUT. Prints
** "seconds=S cpu=C sync=T peak_kb=P status=X": wall-clock seconds until the
** command ended, its processor time, the seconds that it then took to force the
** file SYNC to the disk ("-": nothing to force), peak resident memory, exit status.
**
** A program of its own, and not a few lines in the driver, because on Linux a
** process's peak memory includes what it had before exec: the child of a Python
** process never seems to use less than that Python process. This one is small.
*/
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

static double now(void) {
  struct timespec time;
  clock_gettime(CLOCK_MONOTONIC, &time);
  return (double)time.tv_sec + (double)time.tv_nsec / 1e9;
}

static double seconds_of(struct timeval time) {
  return (double)time.tv_sec + (double)time.tv_usec / 1e6;
}

static int fail(const char *what) {
  fprintf(stderr, "measure: %s: %s\n", what, strerror(errno));
  return 1;
}

int main(int argc, char **argv) {
  if (argc < 4) {
    fputs("usage: measure STDOUT SYNC COMMAND [ARGUMENT...]\n", stderr);
    return 2;
  }
  int out = open(argv[1], O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0666);
  if (out < 0) return fail(argv[1]);

  double start = now();
  pid_t child = fork();
  if (child < 0) return fail("fork");
  if (child == 0) {
    if (dup2(out, STDOUT_FILENO) >= 0) execvp(argv[3], argv + 3);
    _exit(fail(argv[3]) + 126);
  }
  int status = 0;
  struct rusage usage;
  if (wait4(child, &status, 0, &usage) != child) return fail("wait4");
  double seconds = now() - start, sync = 0;

  if (strcmp(argv[2], "-") != 0) {
    start = now();
    int file = open(argv[2], O_RDONLY | O_CLOEXEC);
    if (file >= 0 && fsync(file) != 0) return fail(argv[2]);
    if (file >= 0) close(file); /* a command that failed may have left no file: see its status */
    sync = now() - start;
  }
  printf("seconds=%.6f cpu=%.6f sync=%.6f peak_kb=%ld status=%d\n", seconds,
         seconds_of(usage.ru_utime) + seconds_of(usage.ru_stime), sync, usage.ru_maxrss,
         WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status));
  return 0;
}
