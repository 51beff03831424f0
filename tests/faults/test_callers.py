"""Who is calling: a schema that somebody else made cannot call a function that writes, not
even while a statement of the person's contains the function's name.

SQLite does not enforce DIRECTONLY in CHECK constraints, generated columns and indexes.
Each is tried with the schema read before and after the extension was loaded, and
in a statement of the person's own that calls the same function.
"""

from __future__ import annotations

import json
import os
import shutil
import sqlite3
import unittest

from disk import names
from support import Case, document, load, picture, sample, without_moment

WIPE = document()


class CallerCase(Case):
    def setUp(self):
        super().setUp()
        before = os.getcwd()
        self.addCleanup(os.chdir, before)
        os.chdir(self.folder)
        # What a schema calls, and what the person calls in the same statement.
        self.calls = {
            "strata_backup_file": ("strata_backup_file('victim')", "strata_backup_file('mine')"),
            "strata_backup_db": ("strata_backup_db('victim')", "strata_backup_db('mine')"),
            "strata_restore_json": (f"strata_restore_json('{WIPE}')", "strata_restore_json('{}')"),
            "strata_restore_file": ("strata_restore_file('wipe.json')", "strata_restore_file('none.json')"),
        }
        (self.folder / "wipe.json").write_text(WIPE, encoding="utf-8")

    def trap(self, ddl: str) -> None:
        """A database whose schema calls functions that its maker's connection had under our names."""
        if not (self.folder / "sample.db").exists():
            sample(self.folder / "sample.db").close()
        shutil.copyfile(self.folder / "sample.db", self.folder / "trap.db")
        maker = sqlite3.connect(self.folder / "trap.db", isolation_level=None)
        for name in self.calls:
            maker.create_function(name, 1, lambda argument: 1, deterministic=True)
        maker.executescript(ddl)
        maker.close()

    def opened(self, read_first: bool) -> sqlite3.Connection:
        connection = sqlite3.connect(self.folder / "trap.db", isolation_level=None)
        self.addCleanup(connection.close)
        if read_first:
            connection.execute("SELECT count(*) FROM tags").fetchall()
        return load(connection)

    def harmless(self, use, refused=True) -> None:
        """Whatever `use` returns, the schema has overwritten nothing and restored nothing."""
        other = sqlite3.connect(self.folder / "trap.db")
        rows = other.execute("SELECT count(*) FROM tags").fetchone()
        try:
            use()
            message = ""
        except sqlite3.Error as error:
            message = str(error)
        if refused:
            self.assertRegex(message, "unsafe use of|call it from a plain SELECT|prohibited in|SQL logic error")
        self.assertNotIn("victim", names(self.folder))
        self.assertEqual(other.execute("SELECT count(*) FROM tags").fetchone(), rows)
        other.close()

    def each(self, ddl: str, use: str) -> None:
        for name, (theirs, mine) in self.calls.items():
            for read_first in (False, True):
                with self.subTest(name, use=use, read_first=read_first):
                    self.trap(ddl.format(theirs))
                    connection = self.opened(read_first)
                    self.harmless(lambda: connection.execute(use.format(mine)).fetchall())
                    connection.close()


class Schemas(CallerCase):
    def test_a_check_constraint_of_the_table_that_is_written_to(self):
        ddl = "CREATE TABLE t(x CHECK({} NOTNULL))"
        self.each(ddl, "INSERT INTO t SELECT {}")
        self.each(ddl, "WITH c(x) AS (SELECT {}) INSERT INTO t SELECT x FROM c")
        self.each("CREATE TABLE t(x, y CHECK({} NOTNULL)); INSERT INTO t(x) SELECT 1 WHERE 0", "REPLACE INTO t SELECT {}, 1")

    @unittest.skipIf(sqlite3.sqlite_version_info < (3, 35), "needs RETURNING")
    def test_a_check_constraint_of_a_table_whose_new_rows_are_returned(self):
        self.each("CREATE TABLE t(x CHECK({} NOTNULL))", "INSERT INTO t VALUES(1) RETURNING {}")

    def test_generated_columns(self):
        self.each("CREATE TABLE t(x, y AS ({})); INSERT INTO t(x) VALUES(1)", "SELECT {}, y FROM t")
        self.each("CREATE TABLE t(x, y AS ({})); INSERT INTO t(x) VALUES(1)", "SELECT y, {} FROM t")
        self.each("CREATE TABLE t(x, y AS ({}) STORED)", "INSERT INTO t SELECT {}")

    def test_a_default_and_an_index(self):
        self.each("CREATE TABLE t(y, x DEFAULT ({}))", "INSERT INTO t(y) SELECT {}")
        self.each("CREATE TABLE t(x); CREATE INDEX i ON t(x) WHERE {} NOTNULL", "INSERT INTO t SELECT {}")
        self.each("CREATE TABLE t(x); CREATE INDEX i ON t({})", "INSERT INTO t SELECT {}")

    def test_views_and_triggers(self):
        self.each("CREATE VIEW v AS SELECT {} AS x", "SELECT {}, x FROM v")
        self.each("CREATE TABLE t(x); CREATE TRIGGER r AFTER INSERT ON t BEGIN SELECT {}; END", "INSERT INTO t SELECT {}")

    def test_an_integrity_check_beside_a_call_of_the_persons_own(self):
        ddl = "CREATE TABLE t(x CHECK({} NOTNULL)); INSERT INTO t VALUES(1)"
        self.each(ddl, "SELECT {}, * FROM pragma_integrity_check")
        self.each(ddl, "SELECT *, {} FROM pragma_quick_check")

    def test_a_name_in_quotes_or_in_other_letters_is_the_same_name(self):
        for spelling in '"Strata_Backup_File"', "[STRATA_BACKUP_FILE]", "`strata_backup_file`", "strata_backup_file /* */ ":
            with self.subTest(spelling):
                self.trap(f"CREATE TABLE t(x, y AS ({spelling}('victim'))); INSERT INTO t(x) VALUES(1)")
                connection = self.opened(read_first=True)
                self.harmless(lambda: connection.execute("SELECT strata_backup_file('mine'), y FROM t").fetchall())


class SeveralStatements(CallerCase):
    """What runs beside the statement that names the function."""

    def test_a_constraint_while_a_reader_names_the_function(self):
        for name, (theirs, _) in self.calls.items():
            for read_first in (False, True):
                with self.subTest(name, read_first=read_first):
                    self.trap(f"CREATE TABLE t(x CHECK({theirs} NOTNULL))")
                    connection = self.opened(read_first)
                    reader = connection.execute(f"SELECT id, '{name}' FROM tags")
                    reader.fetchone()
                    self.harmless(lambda: connection.execute("INSERT INTO t VALUES(1)"))
                    self.harmless(lambda: connection.execute("PRAGMA integrity_check").fetchall(), refused=False)
                    reader.close()
                    connection.close()

    def test_an_integrity_check_while_a_reader_names_the_function(self):
        for name, (theirs, _) in self.calls.items():
            with self.subTest(name):
                self.trap(f"CREATE TABLE t(x CHECK({theirs} NOTNULL)); INSERT INTO t VALUES(1)")
                connection = self.opened(read_first=True)
                reader = connection.execute(f"SELECT id, '{name}' FROM tags")
                reader.fetchone()
                self.harmless(lambda: connection.execute("PRAGMA integrity_check").fetchall())
                reader.close()
                connection.close()

    def test_a_restore_into_a_table_whose_constraint_restores_or_backs_up(self):
        for name in "strata_restore_json", "strata_backup_file":
            theirs = self.calls[name][0]
            with self.subTest(name):
                self.trap(f"DELETE FROM asset_tags; DROP TABLE tags; CREATE TABLE tags(id TEXT PRIMARY KEY NOT NULL, name TEXT,"
                          f" CHECK({theirs} NOTNULL))")
                connection = self.opened(read_first=True)
                text = document(tags=[{"id": "a", "name": "b"}])
                self.harmless(lambda: connection.execute("SELECT strata_restore_json(?), 'strata_backup_file'",
                                                                     (text,)).fetchall())
                self.assertEqual(connection.execute("SELECT count(*) FROM assets").fetchone(), (12,))

    def test_while_any_statement_that_writes_is_unfinished_nothing_else_is_written(self):
        if sqlite3.sqlite_version_info < (3, 35):
            self.skipTest("SQLite has RETURNING since 3.35")
        connection = sample()
        connection.execute("CREATE TABLE log(x)")
        before = picture(connection)
        for name, (_, mine) in self.calls.items():
            with self.subTest(name):
                unfinished = connection.execute("INSERT INTO log VALUES(1), (2), (3) RETURNING x")
                unfinished.fetchone()
                with self.assertRaises(sqlite3.Error) as caught:
                    connection.execute(f"SELECT {mine}").fetchall()
                self.assertEqual(str(caught.exception), f"{name}() cannot run inside a statement that writes, or before such a statement has finished: finish that statement, and call it from a plain SELECT")
                unfinished.close()
        self.assertEqual(names(self.folder), ["wipe.json"])
        connection.execute("DELETE FROM log")
        self.assertEqual(picture(connection), before)


class PersonsOwn(CallerCase):
    """What a person may go on doing."""

    def writes(self, connection: sqlite3.Connection, sql: str, parameters=()) -> None:
        connection.execute(sql, parameters).fetchall()
        self.assertEqual(json.loads((self.folder / "mine").read_text(encoding="utf-8"))["schemaVersion"], "1")
        (self.folder / "mine").unlink()

    def test_any_statement_that_only_reads(self):
        connection = sample()
        for sql in ("SELECT strata_backup_file('mine')", "SELECT strata_backup_file(x) FROM (SELECT 'mine' AS x)",
                    "WITH p(x) AS (VALUES('mine')) SELECT strata_backup_file(x) FROM p",
                    "VALUES(STRATA_BACKUP_FILE('mine'))", 'SELECT "strata_backup_file"(?)',
                    "SELECT name FROM tags WHERE strata_backup_file('mine') NOTNULL LIMIT 1"):
            with self.subTest(sql):
                self.writes(connection, sql, ("mine",) if "?" in sql else ())

    def test_in_a_transaction_and_beside_a_reader(self):
        connection = sample()
        for begin in "BEGIN", "BEGIN IMMEDIATE", "SAVEPOINT s":
            with self.subTest(begin):
                connection.execute(begin)
                connection.execute("DELETE FROM asset_tags")
                reader = connection.execute("SELECT * FROM assets")
                reader.fetchone()
                self.writes(connection, "SELECT strata_backup_file('mine')")
                reader.close()
                connection.execute("ROLLBACK")

    def test_an_explain_runs_nothing_is_not_believed_and_is_no_hindrance(self):
        connection = sample()
        connection.execute("EXPLAIN SELECT strata_backup_file('mine')").fetchall()
        self.assertEqual(names(self.folder), ["wipe.json"])
        unfinished = connection.execute("EXPLAIN DELETE FROM asset_tags")
        unfinished.fetchone()
        self.writes(connection, "SELECT strata_backup_file('mine')")
        unfinished.close()
        connection.execute("CREATE TEMP VIEW v AS SELECT strata_backup_file('mine') AS x")
        unfinished = connection.execute("EXPLAIN SELECT strata_backup_file('mine')")
        unfinished.fetchone()
        with self.assertRaises(sqlite3.Error) as caught:
            connection.execute("SELECT x FROM v").fetchall()
        self.assertIn("called by a view, a trigger or a constraint", str(caught.exception))
        self.assertEqual(names(self.folder), ["wipe.json"])

    def test_names_that_are_only_alike_and_what_cannot_call(self):
        connection = sample(self.folder / "own.db")
        connection.executescript(
            "CREATE TABLE strata_backup_file_log(x); CREATE TABLE last(my_strata_backup_file, strata_backup_fileé);"
            "CREATE VIEW v AS SELECT strata_backup_file('mine') AS x;"
            "CREATE TRIGGER t AFTER INSERT ON last BEGIN SELECT strata_backup_file('mine'); END")
        connection.execute("BEGIN")
        connection.execute("SELECT * FROM tags").fetchall()
        self.writes(connection, "SELECT strata_backup_file('mine')")

    def test_a_name_at_the_end_of_a_statement_is_the_name(self):
        """So that the statement is believed: it is only a reader's, and the schema that it reads has no call."""
        connection = sample()
        connection.execute("CREATE TEMP VIEW v AS SELECT strata_backup_json() AS x")
        reader = connection.execute("SELECT 1 UNION SELECT 2 AS strata_backup_json")
        reader.fetchone()
        self.assertEqual(len(connection.execute("SELECT x FROM v").fetchall()), 1)
        reader.close()
        reader = connection.execute("SELECT 1 UNION SELECT 2 AS strata_backup_jsons")
        reader.fetchone()
        with self.assertRaises(sqlite3.Error):
            connection.execute("SELECT x FROM v").fetchall()
        reader.close()

    def test_an_attached_database_that_nothing_reads_is_no_hindrance(self):
        self.trap("CREATE TABLE t(x CHECK(strata_backup_file('victim')))")
        connection = sample()
        try:
            connection.execute("ATTACH ? AS aux", (str(self.folder / "trap.db"),))
        except sqlite3.DatabaseError as error:
            self.skipTest(f"this SQLite does not open such a database: {error}")
        connection.execute("BEGIN")
        connection.execute("SELECT * FROM tags").fetchall()
        self.writes(connection, "SELECT strata_backup_file('mine')")

    def test_what_a_schema_names_is_said(self):
        self.trap("CREATE TABLE \"it's\"(x, y AS (strata_backup_file('victim')))")
        connection = self.opened(read_first=True)
        with self.assertRaises(sqlite3.Error) as caught:
            connection.execute("SELECT strata_backup_file('mine') FROM tags").fetchall()
        self.assertIn('the definition of "it\'s" in database "main" contains its name', str(caught.exception))

    def test_a_backup_to_a_value_may_be_stored(self):
        connection = sample()
        connection.execute("CREATE TABLE backups(x CHECK(length(x) > 10))")
        connection.execute("INSERT INTO backups SELECT strata_backup_json()")
        self.assertEqual(without_moment(connection.execute("SELECT x FROM backups").fetchone()[0]),
                         without_moment(connection.execute("SELECT strata_backup_json()").fetchone()[0]))

    def test_a_check_of_a_document_writes_nothing_and_says_where_it_cannot_run(self):
        connection = sample()
        connection.execute("CREATE TABLE problems(message)")
        self.refuses(connection, "INSERT INTO problems SELECT message FROM strata_restore_check(?)", (document(),),
                     says="call it from a plain SELECT")


if __name__ == "__main__":
    unittest.main()
