/*
** fuzz.h: what the fuzz targets share. A target is a function that takes any
** bytes and ends the process when a promise is broken. libFuzzer makes bytes up
** for it (see CMakeLists.txt); run_files.c feeds it with files instead.
*/
#ifndef STRATA_TESTS_FUZZ_H
#define STRATA_TESTS_FUZZ_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* The target. */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* End the process, with a sentence, unless the promise is kept. */
#define PROMISE(kept, ...)                                                                                   \
  do {                                                                                                       \
    if (!(kept)) {                                                                                           \
      fprintf(stderr, "%s:%d: broken: %s\n  ", __FILE__, __LINE__, #kept);                                   \
      fprintf(stderr, __VA_ARGS__);                                                                          \
      fputc('\n', stderr);                                                                                   \
      abort();                                                                                               \
    }                                                                                                        \
  } while (0)

#endif
