/*
** file_source.h: a file as a document's source, which is read in pieces.
*/
#ifndef STRATA_FILE_SOURCE_H
#define STRATA_FILE_SOURCE_H

#include "context.h"
#include "json_scanner.h"

/*
** Open the file. Errors, those of reading included, are set in ctx, which has to
** live as long; if the file changes meanwhile, the error ends with `consequence`
** ("nothing was restored"), which the caller keeps. What is opened closes itself
** through source->close.
*/
void strata_file_source_open(strata_source *source, strata_context *ctx, const char *path, const char *consequence);

#endif
