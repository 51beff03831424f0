"""The option {"progress":"name"}: a function of the host's learns how far a backup or a restore has
come, and may end it. Whatever it does, the restore is all or nothing.
"""

from __future__ import annotations

import os
import pty
import select
import sqlite3
import subprocess
import time
import unittest

from disk import add_snapshots
from support import EXTENSION, SHELL, TABLES, Case, connect, document, empty, picture, sample

OPTION = '{"progress":"told"}'


class ProgressCase(Case):
    def setUp(self):
        super().setUp()
        self.database = sample()
        self.text = self.database.execute("SELECT strata_backup_json()").fetchone()[0]
        self.path = str(self.folder / "backup.json")
        self.database.execute("SELECT strata_backup_file(?)", (self.path,)).fetchall()
        self.calls: list = []

    def tell(self, function) -> None:
        self.database.create_function("told", 3, function)

    def note(self, phase, done, total):
        self.calls.append((phase, done, total))

    def ways(self) -> dict:
        """Every call that takes the option."""
        return {
            "backup": ("SELECT strata_backup_json('main', ?)", (OPTION,)),
            "backup to a file": ("SELECT strata_backup_file(?, 'main', ?)", (str(self.folder / "new.json"), OPTION)),
            "replace": ("SELECT strata_restore_json(?, 'replace', ?)", (self.text, OPTION)),
            "merge": ("SELECT strata_restore_json(?, 'merge', ?)", (self.text, OPTION)),
            "from a file": ("SELECT strata_restore_file(?, 'replace', ?)", (self.path, OPTION)),
            "check": ("SELECT * FROM strata_restore_check(?, 'replace', ?)", (self.text, OPTION)),
        }


class Progress(ProgressCase):
    def test_each_table_is_told_at_its_end(self):
        self.tell(self.note)
        counts = dict(self.database.execute("SELECT name, rows FROM strata_backup_counts"))
        for way, (sql, arguments) in self.ways().items():
            with self.subTest(way=way):
                self.calls.clear()
                self.database.execute(sql, arguments).fetchall()
                self.assertEqual(self.calls, [(name, counts[name], counts[name]) for name in TABLES])

    def test_tables_that_the_document_leaves_out_are_told_too(self):
        self.tell(self.note)
        self.database.execute("SELECT strata_restore_json(?, 'replace', ?)", (document(), OPTION)).fetchall()
        self.assertEqual(self.calls, [(name, 0, 0) for name in TABLES])

    def test_a_long_one_is_told_at_most_ten_times_a_second(self):
        add_snapshots(self.database, 60_000)
        self.database.execute("SELECT strata_backup_file(?)", (self.path,)).fetchall()
        moments = []
        self.tell(lambda phase, done, total: moments.append((time.monotonic(), phase, done, total)) or time.sleep(0.02))
        for sql, argument in (("SELECT strata_restore_file(?, NULL, ?)", self.path),
                              ("SELECT strata_backup_file(?, NULL, ?)", str(self.folder / "x.json"))):
            moments.clear()
            start = time.monotonic()
            self.database.execute(sql, (argument, OPTION)).fetchall()
            took = time.monotonic() - start
            between = [(when, done) for when, phase, done, total in moments if done < total]
            with self.subTest(sql=sql):
                self.assertLessEqual(len(between), took / 0.1 + 1)
                self.assertGreaterEqual(len(between), min(1, int(took / 0.4)))
                self.assertEqual([done for _, done in between], sorted(done for _, done in between))
                for (first, _), (second, _) in zip(between, between[1:]):
                    self.assertGreater(second - first, 0.09)

    def test_anything_true_ends_it_and_nothing_is_changed(self):
        for answer in (1, -1, 0.5, "1"):
            for inside in (False, True):
                for way, (sql, arguments) in self.ways().items():
                    self.tell(lambda phase, done, total, answer=answer: answer if phase == "assets" else None)
                    with self.subTest(way=way, answer=answer, inside=inside):
                        if inside:
                            self.database.execute("BEGIN")
                            self.database.execute("UPDATE tags SET name = 'mine ' || id")
                        error = self.refuses(self.database, sql, arguments, says='stopped by the progress function "told"')
                        if hasattr(error, "sqlite_errorcode"):
                            self.assertEqual(error.sqlite_errorcode, 9)  # SQLITE_INTERRUPT
                        if inside:
                            self.database.execute("ROLLBACK")
        self.assertFalse((self.folder / "new.json").exists())

    def test_what_is_not_true_lets_it_go_on(self):
        for answer in (None, 0, 0.0, "", "no", b""):
            for way, (sql, arguments) in self.ways().items():
                self.tell(lambda *_, answer=answer: answer)
                with self.subTest(way=way, answer=answer):
                    self.database.execute(sql, arguments).fetchall()

    def test_a_function_that_fails_is_an_error_with_its_words(self):
        def fail(phase, done, total):
            raise ValueError(phase)
        self.tell(fail)
        for way, (sql, arguments) in self.ways().items():
            if way == "check":  # tells it as a problem
                continue
            with self.subTest(way=way):
                self.refuses(self.database, sql, arguments, says='the progress function "told" failed: user-defined function')
        (row,) = self.database.execute(*self.ways()["check"]).fetchall()
        self.assertIn('the progress function "told" failed', row[2])

    def test_a_function_that_is_not_there_or_takes_something_else(self):
        self.database.create_function("two", 2, lambda *_: None)
        for name in ("nobody", "two", "count(*)", 'x"; DROP TABLE tags; --', "sum", ""):
            option = '{"progress":%s}' % sqlite3_json(name)
            with self.subTest(name=name):
                self.refuses(self.database, "SELECT strata_restore_json(?, NULL, ?)", (self.text, option), says="progress")
                self.refuses(self.database, "SELECT strata_backup_json(NULL, ?)", (option,), says="progress")

    def test_names_that_have_to_be_quoted(self):
        for name in ('a "name"', "select", "ünïcode", "it's"):
            with self.subTest(name=name):
                self.calls.clear()
                self.database.create_function(name, 3, self.note)
                self.database.execute("SELECT strata_restore_json(?, NULL, json_object('progress', ?))", (self.text, name))
                self.assertEqual(len(self.calls), 9)

    def test_other_options_of_a_backup_are_refused(self):
        for option in ('{"schema":"main"}', '{"unknown":"ignore"}', "[]", "7"):
            with self.subTest(option=option):
                self.refuses(self.database, "SELECT strata_backup_json('main', ?)", (option,), says="option")
        self.assertEqual(self.database.execute("SELECT strata_backup_json('main', NULL) IS NULL").fetchone(), (0,))


def sqlite3_json(text: str) -> str:
    return sqlite3.connect(":memory:").execute("SELECT json_quote(?)", (text,)).fetchone()[0]


class Sql(ProgressCase):
    """Functions that run SQL on the very connection."""

    def sql(self, statement: str, seen: list):
        def run(phase, done, total):
            try:
                seen.append(self.database.execute(statement, (self.text,) if "?" in statement else ()).fetchall())
            except sqlite3.Error as error:
                seen.append(str(error))
        self.tell(run)

    def test_reading_is_fine(self):
        for statement in ("SELECT count(*) FROM tags", "SELECT sum(rows) FROM strata_backup_counts",
                          "SELECT length(strata_backup_json())", "SELECT count(*) FROM strata_backup_diff(?)"):
            for way, (sql, arguments) in self.ways().items():
                seen: list = []
                self.sql(statement, seen)
                with self.subTest(way=way, statement=statement):
                    before = picture(self.database)
                    self.database.execute(sql, arguments).fetchall()
                    self.assertEqual(len(seen), 9)
                    self.assertNotIn(str, map(type, seen))
                    self.assertEqual(picture(self.database), before)

    def test_writing_is_an_error_and_nothing_of_a_restore_stays(self):
        for statement in ("INSERT INTO tags VALUES ('x', 'x')", "DELETE FROM assets", "UPDATE tags SET name = name || '!'"):
            for way in ("replace", "merge", "from a file"):
                sql, arguments = self.ways()[way]
                self.sql(statement, [])
                with self.subTest(way=way, statement=statement):
                    self.refuses(self.database, sql, arguments, says="which it may only read")

    def test_a_restore_cannot_be_committed_half_done(self):
        for inside in (False, True):
            for statement in ("COMMIT", "END", "SAVEPOINT x", "RELEASE x", "BEGIN", "SELECT strata_restore_json(?)"):
                for way in ("replace", "merge", "from a file"):
                    sql, arguments = self.ways()[way]
                    seen: list = []
                    self.sql(statement, seen)
                    with self.subTest(way=way, statement=statement, inside=inside):
                        before = picture(self.database)
                        if inside:
                            self.database.execute("BEGIN")
                        self.database.execute(sql, arguments).fetchall()
                        self.assertEqual(set(map(type, seen)), {str}, seen)
                        self.assertEqual(self.database.in_transaction, inside)
                        if inside:
                            self.database.execute("ROLLBACK")
                        self.assertEqual(picture(self.database), before)

    def test_a_rollback_from_within_is_an_error_that_says_so(self):
        for inside in (False, True):
            sql, arguments = self.ways()["replace"]
            self.sql("ROLLBACK", [])
            before = picture(self.database)
            if inside:
                self.database.execute("BEGIN")
                self.database.execute("DELETE FROM asset_tags")
            with self.assertRaises(sqlite3.Error) as caught:
                self.database.execute(sql, arguments).fetchall()
            self.assertRegex(str(caught.exception), "may only read|rolled back")
            self.assertFalse(self.database.in_transaction)
            self.assertEqual(picture(self.database), before)


    def test_a_rollback_beneath_a_restore_ends_it_and_leaves_no_row_behind(self):
        for statements in ("ROLLBACK TO s", "ROLLBACK; BEGIN"):
            for way in ("replace", "merge", "from a file", "check"):
                sql, arguments = self.ways()[way]
                calls: list = []
                self.meddle(statements, calls)
                with self.subTest(way=way, statements=statements):
                    self.begin()
                    self.fails(sql, arguments)
                    self.assertEqual(calls.count("assets"), 1)
                    self.assertEqual(calls[-1], "assets")  # it was stopped at once
                    self.assertTrue(self.database.in_transaction)
                    mine = [] if statements == "ROLLBACK; BEGIN" else [("mine",)]
                    self.assertEqual(self.database.execute("SELECT name FROM tags").fetchall(), mine)
                    self.assertEqual(self.database.execute("SELECT sum(rows) FROM strata_backup_counts").fetchone(), (len(mine),))
                    if mine:
                        self.database.execute("ROLLBACK TO s")
                    self.database.execute("ROLLBACK")

    def test_or_where_the_restore_is_a_transaction_of_its_own(self):
        for way in ("replace", "check"):
            sql, arguments = self.ways()[way]
            self.meddle("ROLLBACK; BEGIN", [])
            with self.subTest(way=way):
                before = picture(self.database)
                self.fails(sql, arguments)
                self.assertFalse(self.database.in_transaction)
                self.assertEqual(picture(self.database), before)

    def test_a_rollback_beneath_a_backup_is_an_error_instead_of_a_torn_backup(self):
        for statements in ("ROLLBACK TO s", "ROLLBACK; BEGIN", "COMMIT; BEGIN", "RELEASE s"):
            for way in ("backup", "backup to a file"):
                sql, arguments = self.ways()[way]
                self.meddle(statements, [])
                with self.subTest(way=way, statements=statements):
                    self.begin()
                    self.database.execute("INSERT INTO tags VALUES ('more', 'more')")
                    self.fails(sql, arguments)
                    self.assertFalse((self.folder / "new.json").exists())
                    self.assertTrue(self.database.in_transaction)
                    self.database.execute("ROLLBACK")

    def test_a_backup_in_a_transaction_leaves_savepoints_and_statements_alone(self):
        self.tell(self.note)
        self.begin()
        cursor = self.database.execute("SELECT id FROM tags UNION ALL SELECT 'end'")
        self.assertEqual(cursor.fetchone(), ("mine",))
        for way in ("backup", "backup to a file"):
            self.database.execute(*self.ways()[way]).fetchall()
        self.database.execute("CREATE TEMP TABLE kept AS SELECT strata_backup_json('main', ?) AS text", (OPTION,))
        self.assertEqual(len(self.calls), 27)
        self.assertEqual(cursor.fetchall(), [("end",)])
        self.database.execute("ROLLBACK TO s")
        self.database.execute("RELEASE s")
        self.assertTrue(self.database.in_transaction)
        self.database.execute("COMMIT")
        self.assertEqual(self.database.execute("SELECT name FROM tags").fetchall(), [("mine",)])

    def test_a_backup_goes_on_where_an_authorizer_forbids_savepoints(self):
        for answer in (sqlite3.SQLITE_DENY, sqlite3.SQLITE_IGNORE):
            self.tell(self.note)
            self.begin()
            self.database.set_authorizer(lambda action, *_, answer=answer:
                                         answer if action == sqlite3.SQLITE_SAVEPOINT else sqlite3.SQLITE_OK)
            for way in ("backup", "backup to a file"):
                self.database.execute(*self.ways()[way]).fetchall()
            self.database.set_authorizer(None)
            self.database.execute("ROLLBACK")
        self.assertEqual(len(self.calls), 36)

    def begin(self) -> None:
        """Outside: no rows. In the transaction, before the savepoint s: one tag."""
        for table in reversed(TABLES.values()):
            self.database.execute(f"DELETE FROM {table}")
        self.database.execute("BEGIN")
        self.database.execute("INSERT INTO tags VALUES ('mine', 'mine')")
        self.database.execute("SAVEPOINT s")

    def meddle(self, statements: str, calls: list) -> None:
        def run(phase, done, total):
            calls.append(phase)
            if phase == "assets" and calls.count("assets") == 1:
                for statement in statements.split("; "):
                    self.database.execute(statement)
        self.tell(run)

    def fails(self, sql: str, arguments: tuple) -> None:
        with self.assertRaisesRegex(sqlite3.Error, 'the progress function "told" has rolled back or ended'):
            self.database.execute(sql, arguments).fetchall()


class Line(Case):
    """strata_progress(): a line on a terminal, and nothing anywhere else."""

    def shell(self, statement: str, **streams) -> subprocess.Popen:
        path = self.folder / "main.db"
        if not path.exists():
            sample(path).close()
        return subprocess.Popen([SHELL, str(path), f".load '{EXTENSION}'", statement],
                                stdout=subprocess.DEVNULL, **streams)

    STATEMENT = "SELECT strata_backup_json('main', '{\"progress\":\"strata_progress\"}');"

    def test_nothing_where_there_is_no_terminal(self):
        process = self.shell(self.STATEMENT, stderr=subprocess.PIPE)
        self.assertEqual(process.communicate()[1], b"")
        self.assertEqual(process.returncode, 0)

    def drawn(self, on: int, statement: str = STATEMENT, **streams) -> list[str]:
        """What the statement draws, line by line, if its descriptor number `on` is a terminal."""
        master, slave = pty.openpty()
        process = self.shell(statement, stderr=slave if on == 2 else subprocess.DEVNULL, close_fds=False,
                             preexec_fn=lambda: os.dup2(slave, on), **streams)
        os.close(slave)
        drawn = b""
        while select.select([master], [], [], 20)[0]:
            try:
                piece = os.read(master, 4096)
            except OSError:
                break
            if not piece:
                break
            drawn += piece
        self.assertEqual(process.wait(), 0)
        os.close(master)
        return drawn.decode().split("\r\x1b[K")

    def test_a_line_on_a_terminal(self):
        lines = self.drawn(on=2)
        self.assertEqual(lines[0], "")
        self.assertRegex(lines[1], r"^assetTypes +13 of 13 \(100 %\)$")
        self.assertEqual(len(lines), 10)
        self.assertEqual(lines[-1], "")  # taken away at the end

    def test_the_line_stays_until_the_last_table_is_done(self):
        last = list(TABLES)[-1]
        lines = self.drawn(on=2, statement=f"SELECT strata_progress('{last}', 1, 2);")
        self.assertEqual([line.split() for line in lines], [[], [last, "1", "of", "2", "(50", "%)"]])

    def test_a_line_on_the_terminal_that_the_environment_names(self):
        for named, number, is_drawn in (("3", 3, True), ("9", 9, True), (":", 10, False), ("33", 3, False), ("", 3, False)):
            with self.subTest(named=named):
                lines = self.drawn(on=number, env={**os.environ, "STRATA_PROGRESS": named})
                self.assertEqual(len(lines), 10 if is_drawn else 1)

    def test_it_returns_0_whatever_it_gets(self):
        database = connect()
        for arguments in (("tags", 1, 2), (None, None, None), ("\x1b[31m", -1, 0), ("assets", 2**62, 1), ("x", "y", b"z")):
            self.assertEqual(database.execute("SELECT strata_progress(?, ?, ?)", arguments).fetchone(), (0,))


class Cost(Case):
    def test_a_restore_with_it_takes_no_longer(self):
        """Not a measurement, because the machine may be busy; but a call for each row would show."""
        maker = sample()
        add_snapshots(maker, 40_000)
        text = maker.execute("SELECT strata_backup_json()").fetchone()[0]
        calls = []
        times = {}
        for option in ("{}", OPTION):
            database = empty()
            database.create_function("told", 3, lambda *_: calls.append(1))
            start = time.process_time()
            database.execute("SELECT strata_restore_json(?, NULL, ?)", (text, option)).fetchall()
            times[option] = time.process_time() - start
        self.assertLess(len(calls), 9 + 10 * 60)
        self.assertLess(times[OPTION], 2 * times["{}"] + 0.2)


if __name__ == "__main__":
    unittest.main()
