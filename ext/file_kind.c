/*
** file_kind.c: recognizes files by their first bytes: SQLite's header, the magic
** numbers of compressed and encrypted files, a byte-order mark, or the first keys of
** a backup document.
*/
#include "file_kind.h"

#include <string.h>

static const strata_file_kind sqlite = {"a SQLite database",
                                        "this is a SQLite database, not a JSON backup: open it with the "
                                        "sqlite3 shell, or restore it as a whole with the shell's .restore or with strata undo"};

static const strata_file_kind gpg = {"a file encrypted with gpg",
                                     "this is encrypted with gpg: decrypt it first with gpg --decrypt"};

static const strata_file_kind utf16 = {
    "UTF-16 text", "this is UTF-16 text: convert it to UTF-8 first, with iconv -f UTF-16 -t UTF-8"};

/* Files that always begin with the same bytes. */
static const struct {
  const char *bytes;
  size_t length;
  strata_file_kind kind;
} signatures[] = {
    {"\x1f\x8b",
     2,
     {"a file compressed with gzip", "this is compressed with gzip: decompress it first with gunzip"}},
    {"BZh",
     3,
     {"a file compressed with bzip2", "this is compressed with bzip2: decompress it first with bunzip2"}},
    {"\xfd"
     "7zXZ\0",
     6,
     {"a file compressed with xz", "this is compressed with xz: decompress it first with unxz"}},
    {"\x28\xb5\x2f\xfd",
     4,
     {"a file compressed with zstd", "this is compressed with zstd: decompress it first with unzstd"}},
    {"PK\3\4", 4, {"a ZIP archive", "this is a ZIP archive: extract the backup first with unzip"}},
    {"7z\xbc\xaf\x27\x1c",
     6,
     {"a 7-Zip archive", "this is a 7-Zip archive: extract the backup first"}},
    {"age-encryption.org/",
     19,
     {"a file encrypted with age", "this is encrypted with age: decrypt it first with age --decrypt"}},
    {"-----BEGIN AGE ENCRYPTED FILE-----",
     34,
     {"a file encrypted with age", "this is encrypted with age: decrypt it first with age --decrypt"}},
    {"Salted__",
     8,
     {"a file encrypted with openssl", "this is encrypted with openssl: decrypt it first with openssl enc -d"}},
    {"PRAGMA foreign_keys=OFF;",
     24,
     {"an SQL dump",
      "this is an SQL dump, not a JSON backup: .read it with the sqlite3 shell into a new database"}},
    {"<!DOCTYPE", 9, {"a web page", "this is a web page, not a backup: download the file itself"}},
    {"<html", 5, {"a web page", "this is a web page, not a backup: download the file itself"}},
};

/* Whether the bytes begin with these. */
static bool begins(const void *bytes, size_t length, const char *with, size_t with_length) {
  return length >= with_length && memcmp(bytes, with, with_length) == 0;
}

bool strata_file_kind_is_database(const void *bytes, size_t length) {
  return begins(bytes, length, "SQLite format 3", 16);
}

/*
** An OpenPGP message as gpg writes it (RFC 9580, 4.2 and 5): it begins with the header
** of a packet that holds a session key, for a public key or for a password; after the
** packet's length comes its version.
*/
static bool is_gpg(const unsigned char *b, size_t length) {
  static const struct {
    unsigned char header, length, lowest, highest;
  } packets[] = {
      {0x84, 1, 3, 6}, {0x85, 2, 3, 6}, {0xc1, 1, 3, 6}, {0xc1, 2, 3, 6}, /* for a public key */
      {0x8c, 1, 4, 6}, {0xc3, 1, 4, 6},                                   /* for a password */
  };
  if (begins(b, length, "-----BEGIN PGP MESSAGE-----", 27)) return true;
  for (size_t i = 0; length >= 8 && i < sizeof packets / sizeof *packets; i++) {
    unsigned char version = b[1 + packets[i].length];
    if (b[0] == packets[i].header && version >= packets[i].lowest && version <= packets[i].highest)
      return true;
  }
  return false;
}

/* UTF-16 has a byte-order mark, or every other byte of a document's first two characters is zero. */
static bool is_utf16(const unsigned char *b, size_t length) {
  if (length >= 2 && ((b[0] == 0xFF && b[1] == 0xFE) || (b[0] == 0xFE && b[1] == 0xFF))) return true;
  return length >= 4 && ((b[0] == '{' && !b[1] && b[2] && !b[3]) || (!b[0] && b[1] == '{' && !b[2] && b[3]));
}

const strata_file_kind *strata_file_kind_of(const void *bytes, size_t length) {
  if (strata_file_kind_is_database(bytes, length)) return &sqlite;
  for (size_t i = 0; i < sizeof signatures / sizeof *signatures; i++) {
    if (begins(bytes, length, signatures[i].bytes, signatures[i].length)) return &signatures[i].kind;
  }
  if (is_gpg(bytes, length)) return &gpg;
  return is_utf16(bytes, length) ? &utf16 : NULL;
}

static size_t skip_space(const char *b, size_t length, size_t at) {
  while (at < length && (b[at] == ' ' || b[at] == '\t' || b[at] == '\n' || b[at] == '\r')) at++;
  return at;
}

/* Where the first key of a JSON object begins, or the } of an empty one; 0: this is not an object. */
static size_t first_key(const char *b, size_t length) {
  size_t at = skip_space(b, length, begins(b, length, "\xEF\xBB\xBF", 3) ? 3 : 0);
  if (at >= length || b[at] != '{') return 0;
  at = skip_space(b, length, at + 1);
  return at == length || b[at] == '"' || b[at] == '}' ? at : 0;
}

bool strata_file_kind_is_object(const void *bytes, size_t length) {
  return first_key(bytes, length) > 0;
}

bool strata_file_kind_is_backup(const void *bytes, size_t length) {
  static const char *const keys[] = {"\"schemaVersion\"", "\"exportedAt\"", "\"data\"", "\"mode\""};
  const char *b = bytes;
  size_t at = first_key(b, length);
  if (at == 0) return false;
  for (size_t i = 0; i < sizeof keys / sizeof *keys; i++) {
    if (begins(b + at, length - at, keys[i], strlen(keys[i]))) return true;
  }
  for (; at < length; at++) {
    if (begins(b + at, length - at, keys[0], strlen(keys[0]))) return true;
  }
  return false;
}
