"""Other connections of this process keep their locks, and a backup replaces no file that it
should not.

Closing any descriptor of a file drops all POSIX locks that the process has on it
(sqlite.org/howtocorrupt.html, section 2.2). So if a backup or a restore is pointed at a
database which another connection of the process is writing, it must not even open it.
"""

from __future__ import annotations

import json
import os
import sqlite3
import subprocess
import sys
import unittest

from disk import names
from support import Case, connect, document, empty, picture, sample

# Another process that tries to write to the database, without waiting.
INTRUDER = """
import sqlite3, sys
connection = sqlite3.connect(sys.argv[1], isolation_level=None, timeout=0)
try:
    connection.execute("BEGIN IMMEDIATE")
    connection.execute("INSERT INTO tags VALUES('intruder', 'intruder')")
    connection.execute("COMMIT")
    print("got in")
except sqlite3.OperationalError as error:
    print(error)
"""

CALLS = ("SELECT strata_backup_file(?)", "SELECT strata_restore_file(?)", "SELECT strata_backup_db(?)",
         "SELECT strata_restore_json(strata_file(?))", "SELECT * FROM strata_restore_check(strata_file(?))",
         "SELECT * FROM strata_backup_counts(strata_file(?))", "SELECT * FROM strata_backup_diff(strata_file(?))")


class Locks(Case):
    def setUp(self):
        super().setUp()
        self.database = sample(self.folder / "mine.db")
        self.addCleanup(self.database.close)
        sample(self.folder / "other.db").close()
        self.other = sqlite3.connect(self.folder / "other.db", isolation_level=None)
        self.addCleanup(self.other.close)

    def intrude(self) -> str:
        done = subprocess.run([sys.executable, "-c", INTRUDER, str(self.folder / "other.db")], capture_output=True, text=True,
                              check=True)
        return done.stdout.strip()

    def refused(self, call: str, path) -> str:
        with self.assertRaises(sqlite3.Error) as caught:
            self.database.execute(call, (str(path),)).fetchall()
        self.assertIn(str(path), str(caught.exception))
        return str(caught.exception)

    def test_a_database_that_another_connection_writes_keeps_its_locks(self):
        os.link(self.folder / "other.db", self.folder / "hard link")
        (self.folder / "symbolic link").symlink_to("other.db")
        for call in CALLS:
            for name in "other.db", "hard link", "symbolic link":
                if name == "symbolic link" and ("backup_file" in call or "backup_db" in call):
                    continue  # refused as a link
                with self.subTest(call, name=name):
                    self.other.execute("BEGIN IMMEDIATE")
                    self.other.execute("UPDATE tags SET name = name || '!'")
                    message = self.refused(call, self.folder / name)
                    self.assertIn("database", message)
                    self.assertEqual(self.intrude(), "database is locked")
                    self.other.execute("COMMIT")
                    self.assertEqual(self.other.execute("PRAGMA integrity_check").fetchone(), ("ok",))

    def test_a_database_in_wal_mode_too(self):
        self.other.execute("PRAGMA journal_mode=WAL")
        for call in CALLS:
            for name in "other.db", "other.db-wal", "other.db-shm":
                with self.subTest(call, name=name):
                    self.other.execute("BEGIN IMMEDIATE")
                    self.other.execute("UPDATE tags SET name = name || '!'")
                    self.refused(call, self.folder / name)
                    self.assertEqual(self.intrude(), "database is locked")
                    self.other.execute("COMMIT")
        self.other.execute("SELECT * FROM tags").fetchall()
        self.assertEqual(self.other.execute("PRAGMA integrity_check").fetchone(), ("ok",))

    def test_a_file_that_looks_like_nothing_and_is_open_here_is_refused(self):
        """As a database is that some build of SQLite encrypts."""
        path = self.folder / "encrypted.db"
        path.write_bytes(bytes(range(1, 200)) * 100)
        with path.open("r+b"):
            for call in CALLS:
                with self.subTest(call):
                    self.assertIn("a file of another kind", self.refused(call, path))
            for call in CALLS[1], CALLS[3]:
                self.assertIn("this process has it open", self.refused(call, path))

    def test_a_document_that_is_open_here_is_no_hindrance(self):
        path = self.folder / "backup.json"
        self.database.execute("SELECT strata_backup_file(?)", (str(path),)).fetchall()
        for mode in "rb", "r+b", "ab":
            for call in CALLS:
                if "backup_db" not in call:
                    with self.subTest(call, mode=mode), path.open(mode):
                        self.database.execute(call, (str(path),)).fetchall()

    def test_an_empty_file_that_is_open_here_is_no_hindrance(self):
        """As a program has it that makes a temporary name first."""
        for call in "SELECT strata_backup_file(?)", "SELECT strata_backup_db(?)":
            with self.subTest(call), (self.folder / "new").open("wb"):
                self.database.execute(call, (str(self.folder / "new"),)).fetchall()
                self.assertGreater((self.folder / "new").stat().st_size, 1000)

    def test_a_database_that_nobody_has_open_is_named_too(self):
        self.other.close()
        for call in CALLS:
            if "backup_db" not in call:
                with self.subTest(call):
                    with self.assertRaises(sqlite3.Error) as caught:
                        rows = self.database.execute(call, (str(self.folder / "other.db"),)).fetchall()
                        raise sqlite3.Error(str(rows))  # a check gives rows
                    self.assertIn("a SQLite database", str(caught.exception))

    def test_many_descriptors(self):
        path = self.folder / "backup.json"
        self.database.execute("SELECT strata_backup_file(?)", (str(path),)).fetchall()
        files = []
        try:
            for _ in range(900):
                files.append(os.open(os.devnull, os.O_RDONLY))
            self.database.execute("SELECT strata_restore_file(?)", (str(path),)).fetchall()
            self.refused("SELECT strata_restore_file(?)", self.folder / "other.db")
        finally:
            for fd in files:
                os.close(fd)


# What is not a backup, and how a message calls it.
KINDS = {
    "a SQLite database": b"SQLite format 3\0" + bytes(84),
    "a file compressed with gzip": b"\x1f\x8b\x08\0\0\0\0\0",
    "a file compressed with bzip2": b"BZh91AY&SY",
    "a file compressed with xz": b"\xfd7zXZ\0\0\x04",
    "a file compressed with zstd": b"\x28\xb5\x2f\xfd\x04\x58",
    "a ZIP archive": b"PK\x03\x04\x14\0",
    "a 7-Zip archive": b"7z\xbc\xaf\x27\x1c\0\4",
    "a file encrypted with gpg": b"\x8c\x0d\x04\x09\x03\x02abcdefgh",
    "a file encrypted with age": b"age-encryption.org/v1\n-> X25519 abc\n",
    "a file encrypted with openssl": b"Salted__12345678",
    "UTF-16 text": "\ufeff{}".encode("utf-16-le"),
    "an SQL dump": b"PRAGMA foreign_keys=OFF;\nBEGIN TRANSACTION;\n",
    "a web page": b"<!DOCTYPE html>\n<html>",
    "a file of another kind": b"dear diary",
}
MORE = {
    "UTF-16 text": [b"\xfe\xff\0{\0}", b'{\0"\0', b'\0{\0"', b"\0{\0}"],
    "a file encrypted with gpg": [b"-----BEGIN PGP MESSAGE-----\n\nhQIMA", b"\x85\x02\x0c\x03" + b"x" * 20, b"\x84\x5e\x03" + b"x" * 20,
                                b"\xc1\xc1\x4e\x03" + b"x" * 20, b"\xc3\x0d\x04\x09" + b"x" * 20],
    "a file encrypted with age": [b"-----BEGIN AGE ENCRYPTED FILE-----\n"],
    "a file of another kind": [b'["schemaVersion"]', b'{"name":"somebody else\'s","version":"1"}', b"{}", b"\n", b"\0", b"{",
                     b'{"x":"' + b"y" * 5000 + b'","schemaVersion":"1","data":{}}'],
}


class Documents(Case):
    """What is given as a backup document and is something else."""

    def test_it_is_called_by_its_name_with_what_to_do(self):
        database = sample()
        advice = {"gzip": "gunzip", "bzip2": "bunzip2", "xz": "unxz", "zstd": "unzstd", "ZIP": "unzip", "gpg": "gpg --decrypt",
                  "age": "age --decrypt", "openssl": "openssl enc -d", "UTF-16": "iconv -f UTF-16 -t UTF-8", "SQLite": ".restore",
                  "SQL": ".read", "web page": "download the file itself", "7-Zip": "extract the backup"}
        path = self.folder / "file"
        for kind, first in KINDS.items():
            for content in (first, *MORE.get(kind, [])):
                if kind == "a file of another kind":
                    continue
                path.write_bytes(content)
                name = kind.split()[-2] if kind.endswith((" archive", " database")) else kind.split()[-1]
                name = {"a web page": "web page", "an SQL dump": "SQL", "UTF-16 text": "UTF-16"}.get(kind, name)
                for sql, argument in (("SELECT strata_restore_file(?)", str(path)), ("SELECT strata_restore_json(?)", content),
                                      ("SELECT strata_restore_json(strata_file(?))", str(path)),
                                      ("SELECT * FROM strata_backup_counts(?)", content)):
                    with self.subTest(kind, sql=sql, content=content[:20]):
                        error = self.refuses(database, sql, (argument,), says=name)
                        self.assertIn("line 1, column 1:", str(error))
                        self.assertIn(advice[name], str(error))
                (message,) = database.execute("SELECT message FROM strata_restore_check(?)", (content,)).fetchone()
                self.assertIn(advice[name], message)


class Targets(Case):
    """What a backup may replace."""

    def setUp(self):
        super().setUp()
        self.database = sample()
        self.path = self.folder / "target"

    def test_a_document_takes_the_place_of_nothing_but_a_backup(self):
        for kind, first in KINDS.items():
            for content in (first, *MORE.get(kind, [])):
                with self.subTest(kind, content=content[:30]):
                    self.path.write_bytes(content)
                    error = self.refuses(self.database, "SELECT strata_backup_file(?)", (str(self.path),),
                                         says=f"cannot write '{self.path}': it exists and is {kind}, not an older backup; choose"
                                              " another name, or move it elsewhere first")
                    self.assertIsInstance(error, sqlite3.OperationalError)
                    self.assertEqual(self.path.read_bytes(), content)
        self.assertEqual(names(self.folder), ["target"])

    def test_a_document_takes_the_place_of_an_older_one_in_any_order(self):
        older = json.loads(document(tags=[{"id": "a", "name": "b"}]))
        for content in (document(), json.dumps(older, sort_keys=True), json.dumps(older, indent=2), "\ufeff" + document(),
                        json.dumps(older, indent="\t", sort_keys=True), '\r\n {\n"mode":"merge",' + document()[1:],
                        '{"comment":"%s",%s' % ("y" * 3000, document()[1:]), ""):
            with self.subTest(content[:40]):
                self.path.write_bytes(content.encode("utf-8"))
                self.database.execute("SELECT strata_backup_file(?)", (str(self.path),)).fetchall()
                self.assertEqual(len(json.loads(self.path.read_text(encoding="utf-8"))["data"]["assetTypes"]), 13)

    def test_a_file_that_cannot_be_read_is_not_replaced(self):
        if os.geteuid() == 0:
            self.skipTest("root may read everything")
        self.path.write_text(document(), encoding="utf-8")
        self.path.chmod(0)
        self.refuses(self.database, "SELECT strata_backup_file(?)", (str(self.path),), says="Permission denied")

    def test_a_raw_copy_takes_the_place_of_nothing_but_a_database(self):
        for kind, content in KINDS.items():
            if kind == "a SQLite database":
                continue
            with self.subTest(kind):
                self.path.write_bytes(content)
                self.refuses(self.database, "SELECT strata_backup_db(?)", (str(self.path),),
                             says=f"cannot write '{self.path}': it exists and is {kind}, not an older copy; choose another name,"
                                  " or move it elsewhere first")
                self.assertEqual(self.path.read_bytes(), content)
        self.path.write_text(document(), encoding="utf-8")
        self.refuses(self.database, "SELECT strata_backup_db(?)", (str(self.path),), says="it exists and is a file of another kind")
        self.path.write_bytes(b"")
        self.database.execute("SELECT strata_backup_db(?)", (str(self.path),)).fetchall()
        self.database.execute("SELECT strata_backup_db(?)", (str(self.path),)).fetchall()
        self.assertEqual(picture(connect(self.path)), picture(self.database))

    def test_a_database_without_a_table_is_a_mistyped_name(self):
        empty(self.folder / "right.db").close()
        database = connect(self.folder / "wrong.db")
        self.refuses(database, "SELECT strata_backup_db(?)", (str(self.path),),
                     says=f"database \"main\" ('{self.folder}/wrong.db') has no tables: is it the right file?")
        self.refuses(connect(), "SELECT strata_backup_db(?)", (str(self.path),),
                     says='database "main" has no tables: is it the right file?')
        database.execute("ATTACH ? AS aux", (str(self.folder / "right.db"),))
        self.assertNotIn("target", names(self.folder))
        database.execute("SELECT strata_backup_db(?, 'aux')", (str(self.path),)).fetchall()
        self.assertIn("target", names(self.folder))


if __name__ == "__main__":
    unittest.main()
