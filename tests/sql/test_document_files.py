"""strata_file(path) names a file as a document, wherever a function or table takes one. The result
is the same as for the file's text, but the file is read in pieces. To everything else the value
is NULL.
"""

from __future__ import annotations

import gc
import os
import sqlite3
import unittest

from disk import add_snapshots
from support import Case, connect, document, empty, load, picture, sample, without_moment

TABLES = {
    "strata_backup_counts": "SELECT * FROM strata_backup_counts({})",
    "strata_restore_check": "SELECT * FROM strata_restore_check({})",
    "strata_backup_diff": "SELECT * FROM strata_backup_diff({})",
    "strata_backup_rows": "SELECT * FROM strata_backup_rows({})",
}
TAKERS = {**TABLES, "strata_restore_json": "SELECT strata_restore_json({})"}


def descriptors() -> int:
    return len(os.listdir("/proc/self/fd"))


class FileCase(Case):
    def setUp(self):
        super().setUp()
        self.database = sample()
        self.path = str(self.folder / "it's a backup.json")
        self.text = self.database.execute("SELECT strata_backup_json()").fetchone()[0]
        self.put(self.text)

    def put(self, text: str) -> None:
        with open(self.path, "w", encoding="utf-8") as file:
            file.write(text)

    def both(self, sql: str, text: str):
        """What the statement gives for the text, and for the file that holds it: rows or a message."""
        self.put(text)
        outcomes = []
        for call, argument in (("?", text), ("strata_file(?)", self.path)):
            database = sample()
            try:
                outcome = database.execute(sql.format(call), (argument,)).fetchall()
            except sqlite3.Error as error:
                outcome = f"{type(error).__name__}: {error}"
            outcomes.append((outcome, picture(database)))
        self.assertEqual(outcomes[0], outcomes[1])
        return outcomes[0][0]


class Documents(FileCase):
    def test_a_file_gives_what_its_text_gives(self):
        documents = {
            "a backup": self.text,
            "another one": self.text.replace('"code":"CASH"', '"code":"COIN"').replace('"id":"t_', '"id":"x_'),
            "one with a byte-order mark": "\ufeff" + self.text,
            "one with an error in a row": self.text.replace('"disposed":false', '"disposed":"no"'),
            "one of another version": self.text.replace('"schemaVersion":"1"', '"schemaVersion":"2"'),
            "half of one": self.text[:len(self.text) // 2],
        }
        for name, sql in TAKERS.items():
            for what, text in documents.items():
                with self.subTest(name=name, document=what):
                    self.both(sql, text)
        self.assertEqual(self.both(TABLES["strata_backup_diff"], self.text), [])
        self.assertIn("Unsupported", self.both(TAKERS["strata_restore_json"], documents["one of another version"]))

    def test_it_is_an_argument_like_any_other(self):
        value, name = self.text, "strata_file(" + "'" + self.path.replace("'", "''") + "')"
        for sql in ("SELECT * FROM strata_backup_counts WHERE backup = {}",
                    "SELECT * FROM strata_backup_counts((SELECT {}))",
                    "SELECT * FROM strata_restore_check({}, 'merge', '{{\"unknown\":\"ignore\"}}')",
                    "SELECT * FROM strata_backup_diff({}, 'main')",
                    "SELECT c.rows, p.column1 FROM (VALUES (1), (2)) AS p, strata_backup_counts({}) AS c",
                    "SELECT c.rows FROM (VALUES (1)) AS p LEFT JOIN strata_backup_counts({}) AS c"):
            with self.subTest(sql=sql):
                expected = self.database.execute(sql.format("?"), (value,)).fetchall()
                self.assertEqual(self.database.execute(sql.format(name)).fetchall(), expected)

    def test_one_statement_reads_the_files_whose_names_are_in_a_table(self):
        names = []
        for count in (0, 1, 2):
            names.append(str(self.folder / f"{count}.json"))
            with open(names[-1], "w", encoding="utf-8") as file:
                file.write(document(tags=[{"id": str(i), "name": str(i)} for i in range(count)]))
        self.database.execute("CREATE TEMP TABLE history(path)")
        self.database.executemany("INSERT INTO history VALUES (?)", [(name,) for name in names])
        before = descriptors()
        query = ("SELECT path, rows FROM history, strata_backup_counts(strata_file(path)) WHERE name = 'tags'"
                 " ORDER BY history.rowid")
        self.assertEqual(self.database.execute(query).fetchall(), list(zip(names, (0, 1, 2))))
        self.assertEqual(descriptors(), before)

    def test_a_restore_in_a_transaction_with_mode_and_options(self):
        self.put(document(tags=[{"id": "t", "name": "n", "colour": "red"}]))
        self.database.execute("BEGIN")
        query = ("SELECT json_extract(strata_restore_json(strata_file(?), 'merge', '{\"unknown\":\"ignore\"}'),"
                 " '$.counts.tags')")
        self.assertEqual(self.database.execute(query, (self.path,)).fetchall(), [(1,)])
        self.assertTrue(self.database.in_transaction)
        self.assertEqual(self.database.execute("SELECT count(*) FROM tags").fetchone(), (4,))

    def test_a_large_file_makes_the_round_trip(self):
        add_snapshots(self.database, 20_000)
        self.database.execute("SELECT strata_backup_file(?)", (self.path,)).fetchall()
        other = empty()
        other.execute("SELECT strata_restore_json(strata_file(?))", (self.path,)).fetchall()
        self.assertEqual(picture(other), picture(self.database))
        self.assertEqual(other.execute("SELECT * FROM strata_backup_diff(strata_file(?))", (self.path,)).fetchall(), [])

    def test_it_is_longer_than_a_value_may_be(self):
        self.database.setlimit(0, 4000) if hasattr(self.database, "setlimit") else self.skipTest("Python before 3.11")
        rows = self.database.execute("SELECT sum(rows) FROM strata_backup_counts(strata_file(?))", (self.path,))
        self.assertEqual(rows.fetchone(), (107,))


class Pointers(FileCase):
    def test_it_is_null_to_everything_else(self):
        query = "SELECT typeof(strata_file('x')), strata_file('x') IS NULL, quote(strata_file('x')), hex(strata_file('x'))"
        self.assertEqual(self.database.execute(query).fetchone(), ("null", 1, "NULL", ""))
        self.database.execute("CREATE TEMP TABLE t AS SELECT strata_file('x') AS f")
        self.assertEqual(self.database.execute("SELECT typeof(f) FROM t").fetchone(), ("null",))

    def test_nothing_is_opened_before_it_is_read(self):
        self.assertEqual(self.database.execute("SELECT strata_file(?)", (str(self.folder / "nowhere"),)).fetchone(), (None,))

    def test_where_it_was_lost_the_message_says_how_to_call(self):
        for lost in ("SELECT f FROM kept", "SELECT f FROM (SELECT strata_file('x') AS f UNION SELECT NULL)"):
            self.database.execute("CREATE TEMP TABLE IF NOT EXISTS kept AS SELECT strata_file('x') AS f")
            for sql in TAKERS.values():
                with self.subTest(sql=sql, lost=lost):
                    self.refuses(self.database, sql.format(f"({lost})"), says="Call strata_file() in the argument itself")

    def test_it_is_no_options(self):
        self.put('{"unknown":"ignore"}')
        self.refuses(self.database, "SELECT strata_restore_json(?, NULL, strata_file(?))", (document(), self.path),
                     says="options")

    def test_another_extensions_pointer_is_none_of_ours(self):
        try:
            pointer = "SELECT * FROM strata_backup_counts((SELECT fts5(?1)))"
            self.database.execute(pointer, (None,)).fetchall()
        except sqlite3.Error as error:
            if "no such function" in str(error):
                self.skipTest("SQLite without FTS5")
            self.assertIn("is NULL", str(error))

    def test_without_files_there_is_no_such_function(self):
        database = load(sqlite3.connect(":memory:", isolation_level=None), "sqlite3_strata_nofs_init")
        with self.assertRaisesRegex(sqlite3.Error, "no such function: strata_file"):
            database.execute("SELECT * FROM strata_backup_counts(strata_file('x'))")


class Refusals(FileCase):
    def test_files_that_cannot_be_read(self):
        for path, says in ((str(self.folder / "nowhere"), "No such file or directory"),
                           (str(self.folder), "Is a directory"), ("", "the path is empty"), (None, "must be text"),
                           (7, "must be text"), (b"x", "must be text"), ("a\0b", "U+0000")):
            for sql in TAKERS.values():
                with self.subTest(sql=sql, path=path):
                    self.refuses(self.database, sql.format("strata_file(?)"), (path,), says=says)

    def test_a_file_of_the_open_database_is_none_to_read(self):
        path = self.folder / "main.db"
        database = sample(path)
        for sql in TAKERS.values():
            with self.subTest(sql=sql):
                self.refuses(database, sql.format("strata_file(?)"), (str(path),), says="main.db")

    def test_every_file_is_closed_whatever_happens(self):
        gc.collect()
        before = descriptors()
        for text in (self.text, self.text[:-5], self.text.replace('"disposed":false', '"disposed":"no"'), "", document()):
            for sql in TAKERS.values():
                self.put(text)
                try:
                    self.database.execute(sql.format("strata_file(?)") + " LIMIT 1", (self.path,)).fetchall()
                except sqlite3.Error:
                    pass
                self.assertEqual(descriptors(), before, sql)

    def test_a_file_that_changes_while_a_diff_reads_it_is_an_error(self):
        add_snapshots(self.database, 20_000)
        text = self.database.execute("SELECT strata_backup_json()").fetchone()[0]
        # (Python is a row ahead.)
        self.put(text.replace('"code":"CASH"', '"code":"COIN"').replace('"tagId":"t_', '"tagId":"x_'))
        cursor = self.database.execute("SELECT * FROM strata_backup_diff(strata_file(?))", (self.path,))
        self.assertEqual(cursor.fetchone()[:3], ("assetTypes", "at_cash", "changed"))
        with open(self.path, "a", encoding="utf-8") as file:
            file.write("\n")
        with self.assertRaisesRegex(sqlite3.Error, "changed while it was being read: .*run the statement again"):
            cursor.fetchall()

    def test_a_row_that_is_read_again_for_its_error_leaves_nothing_behind(self):
        """SQLite refuses it when later rows have been read already. leaks.py counts the memory at the end."""
        self.database.execute("PRAGMA foreign_keys = ON")
        self.put(self.text.replace('"assetTypeId":"at_checking"', '"assetTypeId":"at_gone"', 1))
        ((path,),) = self.database.execute("SELECT path FROM strata_restore_check(strata_file(?))", (self.path,)).fetchall()
        self.assertEqual(path, "$.data.assets[0].assetTypeId")

    def test_the_other_document_may_not_change_either(self):
        self.put(self.text.replace('"code":"CASH"', '"code":"COIN"').replace("t_long", "t_other"))
        cursor = self.database.execute("SELECT * FROM strata_backup_diff(?, NULL, strata_file(?))", (self.text, self.path))
        self.assertEqual(cursor.fetchone()[:3], ("assetTypes", "at_cash", "changed"))
        with open(self.path, "a", encoding="utf-8") as file:
            file.write("\n")
        with self.assertRaisesRegex(sqlite3.Error, "changed while it was being read: .*run the statement again"):
            cursor.fetchall()

    def test_an_other_document_that_has_lost_rows_meanwhile_gives_no_wrong_differences(self):
        ours = [{"id": f"t{i}", "name": f"ours {i}"} for i in range(20_000)]
        theirs = [{"id": f"t{i}", "name": f"theirs {i}"} for i in range(20_000)]
        whole = document(tags=theirs)
        self.put(whole)
        cursor = self.database.execute("SELECT change FROM strata_backup_diff(?, NULL, strata_file(?))",
                                       (document(tags=ours), self.path))
        self.assertEqual(cursor.fetchone(), ("changed",))
        fewer = document(tags=theirs[:10_000])
        self.put(fewer[:-3] + " " * (len(whole) - len(fewer)) + fewer[-3:])
        seen = []
        with self.assertRaisesRegex(sqlite3.Error, "changed while it was being read: .*run the statement again"):
            for row in cursor:
                seen.append(row[0])
        self.assertEqual(set(seen), {"changed"})  # none that was only sought where rows are no longer

    def test_a_file_that_is_replaced_while_a_diff_reads_it_is_read_to_its_end(self):
        self.put(self.text.replace('"code":"CASH"', '"code":"COIN"').replace("t_long", "t_other"))
        cursor = self.database.execute("SELECT change FROM strata_backup_diff(strata_file(?))", (self.path,))
        self.assertEqual(cursor.fetchone(), ("changed",))
        self.database.execute("SELECT strata_backup_file(?)", (self.path,)).fetchall()
        self.assertEqual({change for (change,) in cursor}, {"added", "removed"})
        with open(self.path, encoding="utf-8") as file:
            self.assertEqual(without_moment(file.read()), without_moment(self.text))

    def test_no_schema_can_name_a_file(self):
        maker = connect()
        maker.execute("CREATE VIEW v AS SELECT rows FROM strata_backup_counts(strata_file('/etc/passwd'))")
        self.refuses(maker, "SELECT * FROM v", says="unsafe use")
        maker.execute("CREATE VIEW w AS SELECT strata_file('/etc/passwd') AS f")
        self.refuses(maker, "SELECT strata_restore_json(f) FROM w", says="unsafe use of strata_file()")


if __name__ == "__main__":
    unittest.main()
