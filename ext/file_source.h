/*
** file_source.h: a file as the source of a document, read in pieces.
*/
#ifndef STRATA_FILE_SOURCE_H
#define STRATA_FILE_SOURCE_H

#include "context.h"
#include "json_scanner.h"

/*
** Open the file. Errors, also those of later reading, are set in ctx, which must
** outlive the source. If the file changes meanwhile, the error ends with
** `consequence` ("nothing was restored"), which the caller keeps. source->close
** closes the file.
*/
void strata_file_source_open(strata_source *source, strata_context *ctx, const char *path, const char *consequence);

#endif
