"""strata_backup_db() makes a raw copy of the whole database file, as of one moment, which needs
no other file.
"""

from __future__ import annotations

import json
import os
import random
import signal
import sqlite3
import stat
import time
import unittest

from disk import NOBODY, add_snapshots, in_child, mount_small_disk, names
from support import Case, connect, empty, load, picture, sample

COPY = "SELECT strata_backup_db(?)"
YESTERDAY = b"SQLite format 3\0and yesterday's rows"


class CopyCase(Case):
    def setUp(self):
        super().setUp()
        self.inner = self.folder / "copies"
        self.inner.mkdir()
        self.path = self.inner / "copy.db"

    def copy(self, connection: sqlite3.Connection, *arguments) -> dict:
        marks = ",".join("?" * (1 + len(arguments)))
        return json.loads(connection.execute(f"SELECT strata_backup_db({marks})", (str(self.path), *arguments)).fetchone()[0])

    def opened(self) -> sqlite3.Connection:
        """The copy, alone in a folder of its own, sound and opened."""
        self.assertEqual(names(self.inner), ["copy.db"])
        alone = self.folder / f"alone{random.randrange(1 << 40):x}"
        alone.mkdir()
        (alone / "it.db").write_bytes(self.path.read_bytes())
        connection = load(sqlite3.connect(alone / "it.db", isolation_level=None))
        self.addCleanup(connection.close)
        self.assertEqual(connection.execute("PRAGMA integrity_check").fetchall(), [("ok",)])
        return connection


class Contents(CopyCase):
    def test_the_copy_is_the_file_byte_for_byte(self):
        main = self.folder / "main.db"
        database = sample(main)
        result = database.execute(COPY, (str(self.path),)).fetchone()[0]
        # SQLite's backup API counts three places of the header: file change counter, schema cookie, version-valid-for.
        same = [bytearray(file.read_bytes()) for file in (main, self.path)]
        for data in same:
            data[24:28] = data[40:44] = data[92:96] = b"\0" * 4
        self.assertEqual(same[0], same[1])
        self.assertEqual(result, json.dumps({"path": str(self.path), "bytes": main.stat().st_size}, separators=(",", ":")))

    def test_what_is_in_the_wal_only_is_in_the_copy(self):
        main = self.folder / "main.db"
        database = sample(main)
        database.execute("PRAGMA journal_mode = WAL")
        database.execute("PRAGMA wal_autocheckpoint = 0")
        before = main.read_bytes()
        add_snapshots(database, 5_000)
        database.execute("INSERT INTO tags VALUES ('t_wal', 'in the WAL')")
        self.assertEqual(main.read_bytes(), before)
        result = self.copy(database)
        self.assertEqual(result["bytes"], self.path.stat().st_size)
        self.assertGreater(result["bytes"], len(before))
        copy = self.opened()
        self.assertEqual(picture(copy), picture(database))
        self.assertIn(("in the WAL",), copy.execute("SELECT name FROM tags").fetchall())
        self.assertEqual(main.read_bytes(), before)

    def test_other_tables_and_settings_of_the_file_are_in_the_copy(self):
        database = sample(self.folder / "main.db")
        database.executescript(
            "PRAGMA user_version = 42; PRAGMA application_id = 7; CREATE TABLE notes(x BLOB);"
            "INSERT INTO notes VALUES (x'00ff'); CREATE VIEW rich AS SELECT * FROM assets; CREATE INDEX i ON notes(x);"
        )
        self.copy(database)
        copy = self.opened()
        self.assertEqual(picture(copy), picture(database))
        self.assertEqual(copy.execute("PRAGMA user_version").fetchone(), (42,))
        self.assertEqual(copy.execute("PRAGMA application_id").fetchone(), (7,))
        schema = "SELECT type, name, sql FROM sqlite_master ORDER BY 1, 2"
        self.assertEqual(copy.execute(schema).fetchall(), database.execute(schema).fetchall())

    def test_a_database_that_is_no_strata_database_can_be_copied_too(self):
        database = connect()
        database.execute("CREATE TABLE t AS SELECT 1 AS x")
        self.copy(database)
        self.assertEqual(self.opened().execute("SELECT x FROM t").fetchall(), [(1,)])

    def test_a_database_in_memory_becomes_a_file(self):
        database = sample()
        self.copy(database)
        self.assertEqual(picture(self.opened()), picture(database))

    def test_a_database_that_was_opened_through_another_vfs_is_copied_too(self):
        main = self.folder / "main.db"
        sample(main).close()
        for vfs in ("unix-dotfile", "unix-none", "unix-excl"):
            for mode in ("DELETE", "WAL"):
                with self.subTest(vfs=vfs, mode=mode):
                    database = connect(f"file:{main}?vfs={vfs}", uri=True)
                    database.execute("PRAGMA locking_mode = EXCLUSIVE").fetchall()
                    self.assertEqual(database.execute(f"PRAGMA journal_mode = {mode}").fetchone(), (mode.lower(),))
                    self.copy(database)
                    self.assertEqual(picture(self.opened()), picture(database))
                    database.close()

    def test_a_database_in_memory_that_has_a_name_becomes_a_file(self):
        if sqlite3.sqlite_version_info < (3, 36):
            self.skipTest("this SQLite has no such databases")
        database = connect(f"file:{self.folder}/main.db?vfs=memdb", uri=True)
        database.execute("CREATE TABLE t AS SELECT 1 AS x")
        self.copy(database)
        self.assertEqual(self.opened().execute("SELECT x FROM t").fetchall(), [(1,)])

    def test_an_attached_database_is_copied_by_its_name(self):
        other = empty(self.folder / "other.db")
        other.execute("INSERT INTO tags VALUES ('t_other', 'only there')")
        database = sample()
        database.execute("ATTACH ? AS aux", (str(self.folder / "other.db"),))
        self.copy(database, "aux")
        self.assertEqual(picture(self.opened()), picture(other))

    def test_a_null_schema_is_main(self):
        database = sample()
        self.copy(database, None)
        self.assertEqual(picture(self.opened()), picture(database))

    def test_an_encoding_and_a_page_size_of_its_own_are_kept(self):
        database = connect(self.folder / "main.db")
        database.executescript("PRAGMA encoding = 'UTF-16be'; PRAGMA page_size = 512; CREATE TABLE t AS SELECT 'é🏠' AS x")
        self.copy(database)
        copy = self.opened()
        self.assertEqual(copy.execute("PRAGMA encoding").fetchone(), ("UTF-16be",))
        self.assertEqual(copy.execute("PRAGMA page_size").fetchone(), (512,))
        self.assertEqual(copy.execute("SELECT x FROM t").fetchone(), ("é🏠",))

    def test_an_older_copy_is_replaced_and_only_its_owner_may_read_the_new_one(self):
        database = sample()
        self.copy(database)
        self.path.chmod(0o666)
        os.link(self.path, self.folder / "kept.db")
        old = self.path.read_bytes()
        database.execute("INSERT INTO tags VALUES ('t_new', 'new')")
        self.copy(database)
        self.assertEqual(stat.S_IMODE(self.path.stat().st_mode), 0o600)
        self.assertEqual((self.folder / "kept.db").read_bytes(), old)
        self.assertEqual(picture(self.opened()), picture(database))


    def test_the_folder_may_be_reached_through_a_symbolic_link(self):
        (self.folder / "link").symlink_to("copies")
        database = sample()
        path = str(self.folder / "link" / "copy.db")
        self.assertEqual(json.loads(database.execute(COPY, (path,)).fetchone()[0])["path"], path)
        self.assertEqual(picture(self.opened()), picture(database))


class Transactions(CopyCase):
    def test_refused_while_this_connection_has_a_write_transaction(self):
        for where in (":memory:", self.folder / "main.db"):
            with self.subTest(where=where):
                database = sample(where)
                database.execute("BEGIN")
                database.execute("INSERT INTO tags VALUES ('t_new', 'mine')")
                self.refuses(database, COPY, (str(self.path),),
                             says='cannot be made while database "main" has an open write transaction: COMMIT or ROLLBACK')
                database.execute("COMMIT")
                self.assertEqual(names(self.inner), [])
                self.copy(database)
                self.assertEqual(picture(self.opened()), picture(database))
                self.path.unlink()

    def test_refused_inside_a_statement_that_writes(self):
        database = sample()
        database.execute("CREATE TABLE log(result)")
        self.refuses(database, "INSERT INTO log SELECT strata_backup_db(?)", (str(self.path),),
                     says="call it from a plain SELECT")
        self.assertEqual(names(self.inner), [])

    def test_a_write_transaction_of_another_database_is_no_hindrance(self):
        empty(self.folder / "other.db").close()
        database = sample(self.folder / "main.db")
        database.execute("ATTACH ? AS aux", (str(self.folder / "other.db"),))
        database.execute("BEGIN")
        database.execute("INSERT INTO main.tags VALUES ('t_new', 'mine')")
        self.copy(database, "aux")
        self.assertTrue(database.in_transaction)
        database.execute("ROLLBACK")
        self.assertEqual(self.opened().execute("SELECT count(*) FROM tags").fetchone(), (0,))

    def test_inside_a_read_transaction_the_copy_is_of_its_moment(self):
        main = self.folder / "main.db"
        database = sample(main)
        database.execute("PRAGMA journal_mode = WAL")
        before = picture(database)
        database.execute("BEGIN")
        database.execute("SELECT count(*) FROM tags").fetchall()
        other = connect(main)
        other.execute("INSERT INTO tags VALUES ('t_later', 'later')")
        self.copy(database)
        self.assertTrue(database.in_transaction)
        database.execute("COMMIT")
        self.assertEqual(picture(self.opened()), before)

    def test_a_process_that_writes_meanwhile_is_in_it_wholly_or_not_at_all(self):
        """Another process moves money between two snapshots and adds a tag, over and over."""
        for mode in ("WAL", "DELETE"):
            with self.subTest(mode=mode):
                main = self.folder / f"{mode}.db"
                database = sample(main, timeout=30)
                database.execute(f"PRAGMA journal_mode = {mode}").fetchall()
                add_snapshots(database, 30_000)
                database.execute("UPDATE asset_snapshots SET value = 1000 WHERE id IN ('s_01', 'z000030000')")
                writer = os.fork()
                if writer == 0:
                    self.write_for_ever(main)
                try:
                    seen = set()
                    for _ in range(8):
                        time.sleep(0.01)
                        self.copy(database)
                        with sqlite3.connect(self.path) as copy:
                            total, moved = copy.execute(
                                "SELECT sum(value), min(value) FROM asset_snapshots WHERE id IN ('s_01', 'z000030000')"
                            ).fetchone()
                            tags = copy.execute("SELECT count(*) FROM tags WHERE id LIKE 'w_%'").fetchone()[0]
                            self.assertEqual(copy.execute("PRAGMA integrity_check").fetchall(), [("ok",)])
                        copy.close()
                        self.assertEqual(total, 2_000)
                        self.assertEqual(1_000 - moved, tags)
                        seen.add(tags)
                finally:
                    os.kill(writer, signal.SIGKILL)
                    os.waitpid(writer, 0)
                self.assertGreater(len(seen), 2, "the other process did not write meanwhile")
                database.close()

    @staticmethod
    def write_for_ever(main):
        try:
            other = sqlite3.connect(main, timeout=30, isolation_level=None)
            for i in range(1, 1_000):
                other.execute("BEGIN IMMEDIATE")
                other.execute("UPDATE asset_snapshots SET value = value - 1 WHERE id = 's_01'")
                other.execute("UPDATE asset_snapshots SET value = value + 1 WHERE id = 'z000030000'")
                other.execute("INSERT INTO tags VALUES (?, ?)", (f"w_{i}", f"w {i}"))
                other.execute("COMMIT")
                time.sleep(0.002)
            time.sleep(600)
        finally:
            os._exit(1)

    def test_a_database_that_another_locks_is_an_error_and_no_copy(self):
        main = self.folder / "main.db"
        database = sample(main, timeout=0)
        other = connect(main)
        other.execute("BEGIN EXCLUSIVE")
        with self.assertRaises(sqlite3.OperationalError) as caught:
            self.copy(database)
        self.assertIn("locked", str(caught.exception))
        self.assertEqual(names(self.inner), [])


class Refusals(CopyCase):
    def refuses_path(self, path, says: str, database=None):
        before = {name: (self.inner / name).lstat() for name in names(self.inner)}
        error = self.refuses(database or sample(), COPY, (str(path),), says=says)
        self.assertIn(str(path), str(error))
        self.assertEqual({name: (self.inner / name).lstat()[:2] for name in names(self.inner)},
                         {name: stats[:2] for name, stats in before.items()})

    def test_a_place_that_cannot_be_written(self):
        (self.inner / "sub").mkdir()
        (self.inner / "link").symlink_to("nothing")
        (self.inner / "text").write_text("not a database", encoding="utf-8")
        (self.inner / "link to a text").symlink_to("text")
        os.mkfifo(self.inner / "pipe")
        for name, says in (("sub", "Is a directory"), ("nowhere/x.db", "No such file"), ("link", "symbolic link"),
                           ("link to a text", "symbolic link"), ("pipe", "not a regular file"), ("n" * 256, "File name too long")):
            with self.subTest(name=name):
                self.refuses_path(self.inner / name, says)

    def test_what_is_no_path(self):
        for path, says in ((None, "must be text"), (7, "must be text"), ("", "path is empty"), ("a\0b", "U+0000")):
            with self.subTest(path=path):
                self.refuses(sample(), COPY, (path,), says=says)

    def test_a_result_that_is_longer_than_a_value_may_be(self):
        if not hasattr(sqlite3.Connection, "setlimit"):
            self.skipTest("this Python cannot set SQLITE_LIMIT_LENGTH")
        database = sample()
        path = str(self.inner / ("n" * 100))
        database.setlimit(sqlite3.SQLITE_LIMIT_LENGTH, len(path) + 5)
        with self.assertRaises(sqlite3.Error) as caught:
            database.execute(COPY, (path,))
        # The oldest SQLites refuse the message as well, because it is longer.
        self.assertIn("SQLITE_LIMIT_LENGTH" if sqlite3.sqlite_version_info >= (3, 40) else "too big", str(caught.exception))
        self.assertEqual(names(self.inner), [])

    def test_a_path_that_is_not_utf_8(self):
        with self.assertRaises(sqlite3.Error) as caught:
            sample().execute("SELECT strata_backup_db(CAST(? AS TEXT))", (os.fsencode(self.inner) + b"/\xff",))
        self.assertIn("not valid UTF-8", str(caught.exception))
        self.assertEqual(names(self.inner), [])

    def test_an_unknown_schema(self):
        self.refuses(sample(), "SELECT strata_backup_db(?, 'nowhere')", (str(self.path),), says="nowhere")
        self.assertEqual(names(self.inner), [])

    def test_the_open_database_itself(self):
        main = self.inner / "main.db"
        database = sample(main)
        os.link(main, self.inner / "other name.db")
        for name in ("main.db", "other name.db"):
            self.refuses_path(self.inner / name, "it belongs to the open database", database)

    def test_a_wal_or_a_journal_that_lies_beside_the_target(self):
        for suffix in ("-wal", "-journal"):
            with self.subTest(suffix=suffix):
                beside = self.inner / f"copy.db{suffix}"
                beside.write_bytes(b"left by a crash")
                self.refuses_path(self.path, str(beside))
                self.assertEqual(beside.read_bytes(), b"left by a crash")
                beside.write_bytes(b"")
                self.copy(sample())  # an empty one says nothing
                self.path.unlink()
                beside.unlink()

    def test_a_database_that_is_open_in_wal_mode_at_the_target(self):
        other = sample(self.path)
        other.execute("PRAGMA journal_mode = WAL")
        other.execute("INSERT INTO tags VALUES ('t_new', 'new')")
        self.refuses_path(self.path, "copy.db-wal")
        self.assertEqual(other.execute("SELECT count(*) FROM tags WHERE id = 't_new'").fetchone(), (1,))

    def test_a_folder_that_this_user_may_not_write(self):
        self.inner.chmod(0o555)
        self.folder.chmod(0o755)
        database = sample()

        def attempt():
            with self.assertRaises(sqlite3.Error) as caught:
                self.copy(database)
            return str(caught.exception)

        message = in_child(attempt, user=NOBODY if os.geteuid() == 0 else None)
        self.inner.chmod(0o755)
        self.assertEqual(message, f"cannot write '{self.path}': Permission denied")
        self.assertEqual(names(self.inner), [])

    def test_a_full_disk_leaves_the_old_copy(self):
        database = sample()
        add_snapshots(database, 10_000)

        def with_small_disk():
            mount_small_disk(self.inner, "512k")
            self.path.write_bytes(YESTERDAY)
            with self.assertRaises(sqlite3.Error) as caught:
                self.copy(database)
            return str(caught.exception), self.path.read_bytes(), names(self.inner)

        message, old, left = in_child(with_small_disk)
        self.assertIn(f"cannot write '{self.path}'", message)
        self.assertIn("full", message)
        self.assertEqual((old, left), (YESTERDAY, ["copy.db"]))

    def test_an_interrupt_leaves_the_old_copy(self):
        database = sample()
        add_snapshots(database, 5_000)
        self.path.write_bytes(YESTERDAY)
        database.set_progress_handler(lambda: 1, 1)
        with self.assertRaises(sqlite3.OperationalError) as caught:
            self.copy(database)
        database.set_progress_handler(None, 0)
        self.assertIn("interrupted", str(caught.exception))
        self.assertEqual(self.path.read_bytes(), YESTERDAY)
        self.assertEqual(names(self.inner), ["copy.db"])


if __name__ == "__main__":
    unittest.main()
