/*
** test_file_kind.c: files are recognized by their first bytes, and not by fewer.
*/
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "file_kind.h"

#include <stdlib.h>
#include <string.h>

#define B(bytes) bytes, sizeof bytes - 1

/* Copies the bytes into memory of exactly their size, so that a sanitizer notices a read past them. */
static const char *name_of(const char *bytes, size_t length) {
  char *copy = malloc(length ? length : 1);
  memcpy(copy, bytes, length);
  const strata_file_kind *kind = strata_file_kind_of(copy, length);
  free(copy);
  return kind ? kind->name : "";
}

static void kinds_are_known_and_beginnings_of_them_are_not(void **state) {
  (void)state;
  static const struct {
    const char *bytes;
    size_t length;
    const char *name;
    size_t least; /* bytes that it takes */
  } cases[] = {
      {B("SQLite format 3\0......"), "a SQLite database", 16},
      {B("\x1f\x8b\x08"), "a file compressed with gzip", 2},
      {B("\xfd"
         "7zXZ\0...."),
       "a file compressed with xz", 6},
      {B("PK\3\4...."), "a ZIP archive", 4},
      {B("-----BEGIN PGP MESSAGE-----\n"), "a file encrypted with gpg", 27},
      {B("\x84\x5e\x03....."), "a file encrypted with gpg", 8},
      {B("\x85\x02\x0c\x03...."), "a file encrypted with gpg", 8},
      {B("\x85\x02\x0c\x06...."), "a file encrypted with gpg", 8},
      {B("\xc1\x5e\x03....."), "a file encrypted with gpg", 8},
      {B("\xc1\xc1\x4e\x03...."), "a file encrypted with gpg", 8},
      {B("\x8c\x0d\x04....."), "a file encrypted with gpg", 8},
      {B("\xc3\x0d\x05....."), "a file encrypted with gpg", 8},
      {B("\xff\xfe{"), "UTF-16 text", 2},
      {B("\xfe\xff\0"), "UTF-16 text", 2},
      {B("{\0\"\0s\0"), "UTF-16 text", 4},
      {B("\0{\0\"\0s"), "UTF-16 text", 4},
  };
  for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
    for (size_t length = 0; length <= cases[i].length; length++)
      assert_string_equal(name_of(cases[i].bytes, length), length < cases[i].least ? "" : cases[i].name);
  }
}

static void what_only_looks_alike_is_none_of_them(void **state) {
  (void)state;
  static const struct {
    const char *bytes;
    size_t length;
  } cases[] = {
      {B("{\"schemaVersion\":\"1\"}")},
      {B("SQLite format 2\0....")},
      {B("\x85\x02\x0c\x02....")},
      {B("\x85\x02\x0c\x07....")},
      {B("\x8c\x0d\x03.....")},
      {B("\x8c\x0d\x07.....")},
      {B("\xff\xff{\0")},
      {B("\xfe\xfe\0{")},
      {B("{\0\"s")},
      {B("{\0\0\0")},
      {B("{\"\0\0")},
      {B("\0{\"s")},
      {B("\0{\0\0")},
      {B("\0\0\0{")},
      {B("Übersicht")},
  };
  for (size_t i = 0; i < sizeof cases / sizeof *cases; i++)
    assert_string_equal(name_of(cases[i].bytes, cases[i].length), "");
}

static void backups_are_known_by_their_keys(void **state) {
  (void)state;
  assert_true(strata_file_kind_is_backup(B("{\"schemaVersion\":\"1\"")));
  assert_true(strata_file_kind_is_backup(B("\xEF\xBB\xBF \t\r\n{ \n\"data\":{")));
  assert_true(strata_file_kind_is_backup(B("{\"exportedAt\"")));
  assert_true(strata_file_kind_is_backup(B("{\"mode\":")));
  assert_true(strata_file_kind_is_backup(B("{\"x\":1,\"schemaVersion\"")));
  assert_false(strata_file_kind_is_backup(B("{\"schemaVersio")));
  assert_false(strata_file_kind_is_backup(B("[{\"schemaVersion\":\"1\"}]")));
  assert_false(strata_file_kind_is_backup(B("{}")));
  assert_false(strata_file_kind_is_backup(B("{ ")));
  assert_false(strata_file_kind_is_backup(B("")));
  assert_false(strata_file_kind_is_backup(B("  ")));
}

static void objects_begin_with_a_brace_and_a_key(void **state) {
  (void)state;
  assert_true(strata_file_kind_is_object(B("{")));
  assert_true(strata_file_kind_is_object(B(" {} ")));
  assert_true(strata_file_kind_is_object(B("{\"a\":1}")));
  assert_false(strata_file_kind_is_object(B("{a")));
  assert_false(strata_file_kind_is_object(B("\xEF\xBB{")));
  assert_false(strata_file_kind_is_object(B("")));
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(kinds_are_known_and_beginnings_of_them_are_not),
      cmocka_unit_test(what_only_looks_alike_is_none_of_them),
      cmocka_unit_test(backups_are_known_by_their_keys),
      cmocka_unit_test(objects_begin_with_a_brace_and_a_key),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
