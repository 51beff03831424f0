"""strata_backup_file() writes the document of strata_backup_json() to a file: complete or not at
all, readable by its owner only, and never over a file that is not a backup.
"""

from __future__ import annotations

import errno
import json
import os
import pathlib
import re
import resource
import signal
import socket
import sqlite3
import stat
import unittest

from disk import NOBODY, add_snapshots, in_child, mount_small_disk, names
from support import Case, TABLES, connect, empty, sample, script, without_moment

WRITE = "SELECT strata_backup_file(?)"
YESTERDAY = '{"schemaVersion":"1","exportedAt":"yesterday","data":{}}'


def write(connection: sqlite3.Connection, path) -> str:
    return connection.execute(WRITE, (str(path),)).fetchone()[0]


def whole(connection: sqlite3.Connection, schema: str = "main") -> str:
    """The document, but for its moment."""
    return without_moment(connection.execute("SELECT strata_backup_json(?)", (schema,)).fetchone()[0])


class FileCase(Case):
    def setUp(self):
        super().setUp()
        self.path = self.folder / "backup.json"
        self.database = sample()

    def holds(self, path, expected: str):
        self.assertEqual(without_moment(pathlib.Path(path).read_text(encoding="utf-8")), expected)


class Document(FileCase):
    def test_the_file_has_the_bytes_of_backup_json_but_for_the_moment(self):
        write(self.database, self.path)
        text = self.path.read_bytes().decode("utf-8")
        self.assertEqual(without_moment(text), whole(self.database))
        self.assertRegex(text[:70], r'^\{"schemaVersion":"1","exportedAt":"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z","data":')

    def test_the_result_says_path_size_moment_and_counts(self):
        result = write(self.database, self.path)
        moment = re.search('"exportedAt":"([^"]*)"', self.path.read_text(encoding="utf-8")).group(1)
        counts = {
            name: self.database.execute(f"SELECT count(*) FROM {table}").fetchone()[0] for name, table in TABLES.items()
        }
        expected = {
            "path": str(self.path), "bytes": self.path.stat().st_size, "exportedAt": moment, "counts": counts,
        }
        self.assertEqual(result, json.dumps(expected, separators=(",", ":")))

    def test_a_document_of_many_blocks_is_the_same_in_a_file(self):
        add_snapshots(self.database, 20_000)
        result = json.loads(write(self.database, self.path))
        self.assertGreater(result["bytes"], 2_000_000)
        self.holds(self.path, whole(self.database))

    def test_a_document_longer_than_a_value_may_be_goes_to_a_file(self):
        add_snapshots(self.database, 1_000)
        expected = whole(self.database)
        if not hasattr(self.database, "setlimit"):
            self.skipTest("this Python cannot set SQLITE_LIMIT_LENGTH")
        self.database.setlimit(sqlite3.SQLITE_LIMIT_LENGTH, 100_000)
        self.refuses(self.database, "SELECT strata_backup_json()", says="strata_backup_file()")
        write(self.database, self.path)
        self.holds(self.path, expected)

    def test_an_attached_database_is_backed_up_by_its_name(self):
        empty(self.folder / "other.db").execute("INSERT INTO tags VALUES ('t_other', 'only there')").connection.close()
        self.database.execute("ATTACH ? AS aux", (str(self.folder / "other.db"),))
        result = self.database.execute("SELECT strata_backup_file(?, 'aux')", (str(self.path),)).fetchone()[0]
        self.assertEqual(json.loads(result)["counts"]["tags"], 1)
        self.holds(self.path, whole(self.database, "aux"))
        self.assertIn("t_other", self.path.read_text(encoding="utf-8"))

    def test_an_unknown_schema_is_an_error_and_no_file(self):
        self.refuses(self.database, "SELECT strata_backup_file(?, 'nowhere')", (str(self.path),), says="nowhere")
        self.assertEqual(names(self.folder), [])

    def test_a_null_schema_is_main(self):
        self.database.execute("SELECT strata_backup_file(?, NULL)", (str(self.path),)).fetchall()
        self.holds(self.path, whole(self.database))

    def test_a_utf16_database_writes_utf8(self):
        database = connect()
        database.execute("PRAGMA encoding = 'UTF-16le'")
        script(database, "schema.sql", "sample.sql")
        path = self.folder / "é – 🏠.json"
        self.assertEqual(json.loads(write(database, path))["path"], str(path))
        self.holds(path, whole(self.database))

    def test_rows_of_the_open_transaction_are_in_it(self):
        self.database.execute("BEGIN")
        self.database.execute("INSERT INTO tags VALUES ('t_new', 'not committed')")
        write(self.database, self.path)
        self.assertTrue(self.database.in_transaction)
        self.assertIn("not committed", self.path.read_text(encoding="utf-8"))
        self.database.execute("ROLLBACK")
        self.assertNotIn("t_new", whole(self.database))

    def test_inside_a_statement_that_writes_it_is_refused(self):
        self.database.execute("CREATE TABLE log(result)")
        self.refuses(self.database, "INSERT INTO log SELECT strata_backup_file(?)", (str(self.path),),
                     says="call it from a plain SELECT")
        self.assertEqual(names(self.folder), [])


class Place(FileCase):
    def test_only_the_owner_may_read_it(self):
        self.path.write_text(YESTERDAY, encoding="utf-8")
        self.path.chmod(0o666)
        before = os.umask(0)
        try:
            write(self.database, self.path)
            write(self.database, self.folder / "new.json")
        finally:
            os.umask(before)
        for path in (self.path, self.folder / "new.json"):
            self.assertEqual(stat.S_IMODE(path.stat().st_mode), 0o600)

    def test_a_process_may_have_closed_its_standard_input(self):
        database = sample(self.folder / "main.db")

        def write_and_read():
            os.close(0)  # the next file that is opened gets its number
            write(database, self.path)
            database.execute("SELECT * FROM strata_backup_counts(strata_file(?))", (str(self.path),)).fetchall()
            os.fstat(0)

        with self.assertRaises(OSError) as caught:
            in_child(write_and_read)
        self.assertEqual(caught.exception.errno, errno.EBADF)  # of fstat(): nothing was left open
        self.holds(self.path, whole(self.database))

    def test_the_old_file_is_replaced_in_one_step_and_not_written_into(self):
        self.path.write_text(YESTERDAY, encoding="utf-8")
        os.link(self.path, self.folder / "another name of it")
        with self.path.open(encoding="utf-8") as reader:
            write(self.database, self.path)
            self.assertEqual(reader.read(), YESTERDAY)
        self.assertEqual((self.folder / "another name of it").read_text(encoding="utf-8"), YESTERDAY)
        self.holds(self.path, whole(self.database))
        self.assertEqual(names(self.folder), ["another name of it", "backup.json"])

    def test_nothing_lies_beside_a_new_file(self):
        write(self.database, self.path)
        self.assertEqual(names(self.folder), ["backup.json"])

    def test_a_path_without_a_folder_is_in_the_working_folder(self):
        before = os.getcwd()
        os.chdir(self.folder)
        try:
            self.assertEqual(json.loads(write(self.database, "here.json"))["path"], "here.json")
            write(self.database, "./dotted.json")
        finally:
            os.chdir(before)
        self.assertEqual(names(self.folder), ["dotted.json", "here.json"])
        self.holds(self.folder / "here.json", whole(self.database))

    def test_any_name_that_the_system_takes_will_do(self):
        expected = whole(self.database)
        for name in (
            "with space.json", "it's.json", 'say "hi".json', "two\nlines\t.json", "back\\slash.json", "-rf", "*?[a].json",
            "%s%n.json", "Übersicht – 家計 🏠.json", ".hidden", "n" * 255, "…" * 85,
        ):
            with self.subTest(name=name):
                result = write(self.database, self.folder / name)
                self.assertEqual(json.loads(result)["path"], str(self.folder / name))
                self.holds(self.folder / name, expected)
                self.assertEqual(names(self.folder), [name])
                (self.folder / name).unlink()

    def test_a_name_of_256_bytes_is_an_error(self):
        path = str(self.folder / ("n" * 256))
        error = self.refuses(self.database, WRITE, (path,), says="File name too long")
        self.assertIn(path, str(error))
        self.assertEqual(names(self.folder), [])

    def test_a_path_of_4000_characters_works(self):
        folder = self.folder
        while len(str(folder)) < 3_900:
            folder = folder / ("d" * min(200, 3_900 - len(str(folder))))
        folder.mkdir(parents=True)
        path = folder / ("f" * (4_000 - len(str(folder)) - 1))
        self.assertEqual(len(str(path)), 4_000)
        write(self.database, path)
        self.holds(path, whole(self.database))
        self.assertEqual(names(folder), [path.name])

    def test_a_path_longer_than_the_system_takes_is_an_error(self):
        path = str(self.folder) + "/d" * 3_000
        self.refuses(self.database, WRITE, (path,), says="File name too long")

    def test_the_folder_may_be_reached_through_a_symbolic_link(self):
        (self.folder / "real").mkdir()
        (self.folder / "link").symlink_to("real")
        write(self.database, self.folder / "link" / "backup.json")
        self.holds(self.folder / "real" / "backup.json", whole(self.database))

    def test_two_backups_to_one_name_leave_the_later_one(self):
        write(self.database, self.path)
        self.database.execute("DELETE FROM tags WHERE id = 't_dream'")
        write(self.database, self.path)
        self.holds(self.path, whole(self.database))
        self.assertEqual(names(self.folder), ["backup.json"])


class Refusals(FileCase):
    """What is there stays as it is, and nothing is left beside it."""

    def refuses_path(self, path, says: str, database=None) -> None:
        before = names(self.folder)
        error = self.refuses(database or self.database, WRITE, (str(path),), says=says)
        self.assertIn(str(path), str(error))
        self.assertEqual(names(self.folder), before)

    def test_a_folder(self):
        (self.folder / "inner").mkdir()
        for path in (self.folder / "inner", f"{self.folder}/inner/", f"{self.folder}/inner/.", f"{self.folder}/.."):
            with self.subTest(path=path):
                self.refuses_path(path, "Is a directory")
        self.assertEqual(names(self.folder / "inner"), [])
        self.refuses(self.database, WRITE, ("/",), says="Is a directory")
        self.refuses(self.database, WRITE, (".",), says="Is a directory")

    def test_a_folder_that_is_not_there(self):
        self.refuses_path(self.folder / "nowhere" / "backup.json", "No such file or directory")

    def test_a_file_where_a_folder_should_be(self):
        self.path.write_text(YESTERDAY, encoding="utf-8")
        self.refuses_path(self.path / "backup.json", "Not a directory")

    def test_a_symbolic_link_is_neither_followed_nor_replaced(self):
        (self.folder / "diary.txt").write_text("dear diary", encoding="utf-8")
        (self.folder / "sub").mkdir()
        for target in ("diary.txt", "nothing there", "sub", "link"):
            with self.subTest(target=target):
                link = self.folder / "link"
                link.symlink_to(target)
                self.refuses_path(link, "symbolic link")
                self.assertEqual(os.readlink(link), target)
                link.unlink()
        self.assertEqual((self.folder / "diary.txt").read_text(encoding="utf-8"), "dear diary")

    def test_what_is_no_regular_file(self):
        os.mkfifo(self.folder / "pipe")
        kinds = [("pipe", stat.S_ISFIFO), ("socket", stat.S_ISSOCK)]
        with socket.socket(socket.AF_UNIX) as listener:
            listener.bind(str(self.folder / "socket"))
        if os.geteuid() == 0:
            os.mknod(self.folder / "device", 0o666 | stat.S_IFCHR, os.makedev(1, 3))
            kinds.append(("device", stat.S_ISCHR))
        for name, is_kind in kinds:
            with self.subTest(name=name):
                self.refuses_path(self.folder / name, "not a regular file")
                self.assertTrue(is_kind((self.folder / name).lstat().st_mode))

    def test_a_folder_that_this_user_may_not_write(self):
        self.path.write_text(YESTERDAY, encoding="utf-8")
        self.path.chmod(0o666)
        self.folder.chmod(0o555)
        user = NOBODY if os.geteuid() == 0 else None

        def attempt():
            with self.assertRaises(sqlite3.Error) as caught:
                write(self.database, self.path)
            return str(caught.exception)

        message = in_child(attempt, user=user)
        self.folder.chmod(0o755)
        self.assertIn("Permission denied", message)
        self.assertIn(str(self.path), message)
        self.assertEqual(self.path.read_text(encoding="utf-8"), YESTERDAY)
        self.assertEqual(names(self.folder), ["backup.json"])

    def test_the_open_database_and_what_lies_beside_it(self):
        main = self.folder / "main.db"
        database = sample(main)
        database.execute("PRAGMA journal_mode = WAL")
        database.execute("DELETE FROM asset_tags")
        empty(self.folder / "other.db").close()
        database.execute("ATTACH ? AS aux", (str(self.folder / "other.db"),))
        os.link(main, self.folder / "hard link")
        (self.folder / "symbolic link").symlink_to("main.db")
        for name in ("main.db", "main.db-wal", "main.db-shm", "other.db", "hard link", "symbolic link"):
            with self.subTest(name=name):
                bytes_before = (self.folder / name).read_bytes()
                self.refuses_path(self.folder / name, "it belongs to the open database", database)
                self.assertEqual((self.folder / name).read_bytes(), bytes_before)

    def test_a_database_that_is_in_the_way(self):
        sample(self.folder / "precious.db").close()
        bytes_before = (self.folder / "precious.db").read_bytes()
        self.refuses_path(self.folder / "precious.db", "it exists and is a SQLite database")
        self.assertEqual((self.folder / "precious.db").read_bytes(), bytes_before)

    def test_what_is_no_path(self):
        for path, says in (
            (None, "must be text"), (7, "must be text"), (1.5, "must be text"), (b"x.json", "must be text"),
            ("", "path is empty"), (f"{self.folder}/a\0b.json", "U+0000"), ("\0", "empty"),
        ):
            with self.subTest(path=path):
                self.refuses(self.database, WRITE, (path,), says=says)
        self.assertEqual(names(self.folder), [])

    def test_a_cell_that_no_document_can_carry_leaves_the_old_file(self):
        self.path.write_text(YESTERDAY, encoding="utf-8")
        add_snapshots(self.database, 5_000)
        self.database.execute("UPDATE asset_snapshots SET value = x'00ff' WHERE id = 'z000004999'")
        self.refuses(self.database, WRITE, (str(self.path),), says="z000004999")
        self.refuses(self.database, WRITE, (str(self.folder / "new.json"),), says="asset_snapshots")
        self.assertEqual(self.path.read_text(encoding="utf-8"), YESTERDAY)
        self.assertEqual(names(self.folder), ["backup.json"])

    def test_a_database_without_the_tables_leaves_the_old_file(self):
        self.path.write_text(YESTERDAY, encoding="utf-8")
        self.refuses(connect(), WRITE, (str(self.path),), says="sql/schema.sql")
        self.assertEqual(self.path.read_text(encoding="utf-8"), YESTERDAY)

    def test_an_interrupt_leaves_the_old_file(self):
        add_snapshots(self.database, 5_000)
        self.path.write_text(YESTERDAY, encoding="utf-8")
        for calls in (1, 10, 40):
            with self.subTest(calls=calls):
                left = [calls]

                def interrupt():
                    left[0] -= 1
                    return left[0] <= 0

                self.database.set_progress_handler(interrupt, 1_000)
                with self.assertRaises(sqlite3.OperationalError) as caught:
                    write(self.database, self.path)
                self.database.set_progress_handler(None, 0)
                self.assertIn("interrupted", str(caught.exception))
                self.assertEqual(self.path.read_text(encoding="utf-8"), YESTERDAY)
                self.assertEqual(names(self.folder), ["backup.json"])
        write(self.database, self.path)
        self.holds(self.path, whole(self.database))

    def test_after_any_of_these_the_callers_transaction_goes_on(self):
        self.database.execute("BEGIN")
        self.database.execute("INSERT INTO tags VALUES ('t_new', 'mine')")
        self.refuses(self.database, WRITE, (str(self.folder),), says="Is a directory")
        self.refuses(self.database, WRITE, (str(self.folder / "a" / "b"),), says="No such file")
        self.database.execute("UPDATE assets SET name = x'ff' WHERE id = 'a_car'")
        self.refuses(self.database, WRITE, (str(self.path),), says="a_car")
        self.database.execute("COMMIT")
        self.assertEqual(self.database.execute("SELECT name FROM tags WHERE id = 't_new'").fetchone()[0], "mine")


class FullDisk(FileCase):
    """The old file stays, nothing lies beside it, and the caller's transaction is open."""

    def setUp(self):
        super().setUp()
        add_snapshots(self.database, 10_000)

    def attempt(self, folder: pathlib.Path) -> tuple:
        path = folder / "backup.json"
        path.write_text(YESTERDAY, encoding="utf-8")
        self.database.execute("BEGIN")
        self.database.execute("INSERT INTO tags VALUES ('t_new', 'mine')")
        with self.assertRaises(sqlite3.Error) as caught:
            write(self.database, path)
        return (
            str(caught.exception), path.read_text(encoding="utf-8"), names(folder), self.database.in_transaction,
            self.database.execute("SELECT count(*) FROM tags WHERE id = 't_new'").fetchone()[0],
        )

    def test_no_space_left_on_the_device(self):
        disk = self.folder / "disk"
        disk.mkdir()

        def with_small_disk():
            mount_small_disk(disk, "256k")
            return self.attempt(disk)

        message, old, left, open_still, rows = in_child(with_small_disk)
        self.assertEqual(message, f"cannot write '{disk}/backup.json': No space left on device")
        self.assertEqual((old, left, open_still, rows), (YESTERDAY, ["backup.json"], True, 1))

    def test_a_file_larger_than_the_process_may_write(self):
        def with_limit():
            signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
            resource.setrlimit(resource.RLIMIT_FSIZE, (300_000, 300_000))
            return self.attempt(self.folder)

        message, old, left, open_still, rows = in_child(with_limit)
        self.assertEqual(message, f"cannot write '{self.path}': File too large")
        self.assertEqual((old, left, open_still, rows), (YESTERDAY, ["backup.json"], True, 1))


if __name__ == "__main__":
    unittest.main()
