/*
** made_document.h: a backup made up from choices.
**
** Bytes that are changed at random are seldom a backup. So the fuzzer of the
** restore may also give bytes that choose: each says which of several things
** comes next in a document that is JSON always, and nearly always one that can
** be restored. What libFuzzer then changes is what the document says.
*/
#ifndef STRATA_TESTS_MADE_DOCUMENT_H
#define STRATA_TESTS_MADE_DOCUMENT_H

#include <stddef.h>
#include <stdint.h>

/* An input that begins with this byte, which no JSON begins with, is choices. */
#define MADE_MARK 'M'

/* The document that the choices make, in a buffer that stays the same; its size in *length. */
const char *made_document(const uint8_t *choices, size_t count, size_t *length);

#endif
