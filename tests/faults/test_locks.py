"""Another connection is in the way: it holds the write lock, reads while a restore wants to
commit, or has committed since the caller's snapshot.

The database has the old content or the new, the error says what happened, and the caller's
transaction is in the state that it was in.
"""

from __future__ import annotations

import sqlite3
import subprocess
import sys
import threading
import time
import unittest

from support import Case, connect, document, picture, sample, without_moment

# A process of its own that takes a lock, says so, and keeps it until its input ends.
HOLDER = """
import sqlite3, sys
connection = sqlite3.connect(sys.argv[1], isolation_level=None)
connection.execute(sys.argv[2])
if sys.argv[2] == "BEGIN":
    connection.execute("SELECT count(*) FROM tags").fetchone()
print("ready", flush=True)
sys.stdin.read()
connection.execute("COMMIT")
"""

BUSY, BUSY_SNAPSHOT = 5, 517


class Locks(Case):
    def open(self, journal_mode: str, timeout: float = 0) -> sqlite3.Connection:
        """The sample in a file, and a connection to it."""
        self.path = self.folder / "strata.db"
        if not self.path.exists():
            first = sample(self.path)
            first.execute(f"PRAGMA journal_mode={journal_mode}")
            first.close()
        connection = connect(self.path, timeout=timeout)
        self.addCleanup(connection.close)
        return connection

    def hold(self, begin: str) -> subprocess.Popen:
        """Another process with a transaction that stays open until release()."""
        process = subprocess.Popen([sys.executable, "-c", HOLDER, str(self.path), begin], text=True,
                                   stdin=subprocess.PIPE, stdout=subprocess.PIPE)
        self.addCleanup(self.release, process)
        self.assertEqual(process.stdout.readline(), "ready\n")
        return process

    @staticmethod
    def release(process: subprocess.Popen) -> None:
        if process.poll() is None:
            process.stdin.close()
            process.wait()
            process.stdout.close()

    def code(self, error: sqlite3.Error, *expected: int) -> None:
        """Which result code it was, where this Python tells."""
        if hasattr(error, "sqlite_errorcode"):
            self.assertIn(error.sqlite_errorcode, expected)

    RESTORE = "SELECT strata_restore_json(?)"
    TAGS = document(tags=[{"id": "new", "name": "new"}])

    def test_a_write_lock_elsewhere_is_busy_and_changes_nothing(self):
        for mode in "DELETE", "WAL":
            with self.subTest(mode):
                connection = self.open(mode)
                holder = self.hold("BEGIN IMMEDIATE")
                for sql in self.RESTORE, "SELECT strata_restore_json(?, 'merge')":
                    error = self.refuses(connection, sql, (self.TAGS,), says='database "main" is locked')
                    self.code(error, BUSY)
                self.release(holder)
                connection.execute(self.RESTORE, (self.TAGS,)).fetchall()
                self.assertEqual(connection.execute("SELECT id FROM tags").fetchall(), [("new",)])
                connection.close()
                self.path.unlink()

    def test_with_a_busy_timeout_a_restore_waits_for_the_lock(self):
        for mode in "DELETE", "WAL":
            with self.subTest(mode):
                connection = self.open(mode, timeout=20)
                holder = self.hold("BEGIN IMMEDIATE")
                timer = threading.Timer(0.3, self.release, (holder,))
                timer.start()
                start = time.monotonic()
                connection.execute(self.RESTORE, (self.TAGS,)).fetchall()
                self.assertGreater(time.monotonic() - start, 0.2)
                timer.join()
                self.assertEqual(connection.execute("SELECT id FROM tags").fetchall(), [("new",)])
                connection.close()
                self.path.unlink()

    def test_a_timeout_that_runs_out_is_busy(self):
        connection = self.open("WAL", timeout=0.2)
        self.hold("BEGIN IMMEDIATE")
        start = time.monotonic()
        self.refuses(connection, self.RESTORE, (self.TAGS,), says="is locked")
        self.assertGreater(time.monotonic() - start, 0.15)

    def test_inside_a_transaction_busy_leaves_that_open(self):
        for mode in "DELETE", "WAL":
            with self.subTest(mode):
                connection = self.open(mode)
                self.hold("BEGIN IMMEDIATE")
                connection.execute("BEGIN")
                self.refuses(connection, self.RESTORE, (self.TAGS,), says="is locked")
                self.assertTrue(connection.in_transaction)
                connection.execute("ROLLBACK")
                self.doCleanups()
                self.setUp()

    def test_a_reader_stops_the_commit_of_a_rollback_journal_and_the_old_rows_stay(self):
        connection = self.open("DELETE")
        before = picture(connection)
        holder = self.hold("BEGIN")
        with self.assertRaises(sqlite3.OperationalError) as caught:
            connection.execute(self.RESTORE, (self.TAGS,)).fetchall()
        self.code(caught.exception, BUSY)
        self.assertIn("locked", str(caught.exception))
        self.assertFalse(connection.in_transaction)
        self.assertEqual(picture(connection), before)
        self.release(holder)
        connection.execute(self.RESTORE, (self.TAGS,)).fetchall()
        self.assertEqual(connection.execute("SELECT id FROM tags").fetchall(), [("new",)])

    def test_a_reader_does_not_stop_a_restore_in_a_wal(self):
        connection = self.open("WAL")
        self.hold("BEGIN")
        connection.execute(self.RESTORE, (self.TAGS,)).fetchall()
        self.assertEqual(connection.execute("SELECT id FROM tags").fetchall(), [("new",)])

    def test_an_exclusive_lock_stops_a_backup_too(self):
        connection = self.open("DELETE")
        self.hold("BEGIN EXCLUSIVE")
        for sql in "SELECT strata_backup_json()", "SELECT * FROM strata_backup_counts":
            with self.assertRaises(sqlite3.OperationalError) as caught:
                connection.execute(sql).fetchall()
            self.assertIn("locked", str(caught.exception))
            self.assertFalse(connection.in_transaction)

    def test_a_write_lock_does_not_stop_a_backup(self):
        for mode in "DELETE", "WAL":
            with self.subTest(mode):
                connection = self.open(mode)
                before = connection.execute("SELECT strata_backup_json()").fetchone()[0]
                holder = self.hold("BEGIN IMMEDIATE")
                after = connection.execute("SELECT strata_backup_json()").fetchone()[0]
                self.assertEqual(without_moment(after), without_moment(before))
                self.release(holder)
                connection.close()
                self.path.unlink()

    def test_a_snapshot_that_is_no_longer_the_newest_is_busy(self):
        connection = self.open("WAL", timeout=5)
        other = self.open("WAL")
        connection.execute("BEGIN")
        connection.execute("SELECT count(*) FROM tags").fetchone()
        other.execute("INSERT INTO tags VALUES('between', 'between')")
        start = time.monotonic()
        error = self.refuses(connection, self.RESTORE, (self.TAGS,),
                             says="changed it since this transaction began to read it; nothing was changed; waiting does not help: ROLLBACK")
        self.code(error, BUSY_SNAPSHOT)
        self.assertLess(time.monotonic() - start, 4, "waiting cannot help here")
        connection.execute("ROLLBACK")
        connection.execute(self.RESTORE, (self.TAGS,)).fetchall()
        self.assertEqual(connection.execute("SELECT id FROM tags").fetchall(), [("new",)])

    def test_a_snapshot_that_the_statement_itself_began_is_called_so(self):
        connection = self.open("WAL")
        other = self.open("WAL")
        connection.create_function("commit_elsewhere", 0, lambda: other.execute(
            "INSERT INTO tags VALUES(hex(randomblob(8)), hex(randomblob(8)))").rowcount)
        sql = "SELECT commit_elsewhere(), strata_restore_json(?) FROM (SELECT id FROM tags LIMIT 1)"
        with self.assertRaises(sqlite3.OperationalError) as caught:
            connection.execute(sql, (self.TAGS,)).fetchall()
        self.assertIn("changed it since this statement began to read it; nothing was changed; run the statement again",
                      str(caught.exception))

    def test_in_a_transaction_that_has_read_nothing_yet_a_restore_can_be_tried_again(self):
        connection = self.open("WAL")
        holder = self.open("WAL")
        holder.execute("BEGIN IMMEDIATE")
        connection.execute("BEGIN")
        with self.assertRaises(sqlite3.OperationalError):
            connection.execute(self.RESTORE, (self.TAGS,)).fetchall()
        holder.execute("INSERT INTO tags VALUES('between', 'between')")
        holder.execute("COMMIT")
        connection.execute(self.RESTORE, (self.TAGS,)).fetchall()
        connection.execute("COMMIT")
        self.assertEqual(connection.execute("SELECT id FROM tags").fetchall(), [("new",)])

    def test_a_connection_that_shares_the_cache_is_called_so(self):
        name = "file:shared?mode=memory&cache=shared"
        other, connection = sample(name, uri=True), connect(name, uri=True)
        self.addCleanup(other.close)
        self.addCleanup(connection.close)
        other.execute("BEGIN")
        other.execute("DELETE FROM tags WHERE 0")
        with self.assertRaises(sqlite3.OperationalError) as caught:
            connection.execute(self.RESTORE, (self.TAGS,)).fetchall()
        self.assertIn('database "main" is locked: another connection that shares its cache', str(caught.exception))
        other.execute("COMMIT")
        connection.execute(self.RESTORE, (self.TAGS,)).fetchall()

    def test_a_commit_between_reading_and_writing_of_one_statement_does_no_harm(self):
        """In autocommit the lock is taken before anything is read, so that no snapshot can be too old."""
        connection = self.open("WAL", timeout=5)
        other = self.open("WAL")
        connection.create_function("commit_elsewhere", 0, lambda: other.execute(
            "INSERT INTO tags VALUES(hex(randomblob(8)), hex(randomblob(8)))").rowcount)
        connection.execute("SELECT commit_elsewhere(), strata_restore_json(?)", (self.TAGS,)).fetchall()
        self.assertEqual(connection.execute("SELECT id FROM tags").fetchall(), [("new",)])

    def test_a_database_that_is_read_only_is_no_database_to_restore_into(self):
        self.open("DELETE").close()
        connection = connect(f"file:{self.path}?mode=ro", uri=True)
        self.addCleanup(connection.close)
        self.refuses(connection, self.RESTORE, (self.TAGS,), says="read-only")
        connection.execute("SELECT strata_backup_json()").fetchone()

    def test_of_two_restores_at_once_one_waits_and_none_mixes(self):
        for mode in "DELETE", "WAL":
            with self.subTest(mode):
                self.open(mode).close()
                documents = {name: document(tags=[{"id": f"{name}{i}", "name": f"{name}{i}"} for i in range(500)])
                             for name in ("a", "b")}
                for timeout in 0, 20:
                    self.race(documents, timeout)
                self.path.unlink()

    def race(self, documents: dict[str, str], timeout: float) -> None:
        barrier = threading.Barrier(2)
        done, refused = [], []

        def restore(name: str) -> None:
            connection = connect(self.path, timeout=timeout)
            for _ in range(5):
                barrier.wait()
                try:
                    connection.execute(self.RESTORE, (documents[name],)).fetchall()
                    done.append(name)
                except sqlite3.OperationalError as error:
                    refused.append(str(error))
            connection.close()

        threads = [threading.Thread(target=restore, args=(name,)) for name in documents]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        self.assertGreaterEqual(len(done), 5)
        for message in refused:
            self.assertIn("locked", message)
        check = connect(self.path)
        names = {row[0][0] for row in check.execute("SELECT id FROM tags")}
        self.assertEqual(len(names), 1, "rows of both documents")
        self.assertEqual(check.execute("SELECT count(*) FROM tags").fetchone(), (500,))
        self.assertEqual(check.execute("PRAGMA integrity_check").fetchone(), ("ok",))
        check.close()
        if timeout:
            self.assertEqual(refused, [])


if __name__ == "__main__":
    unittest.main()
