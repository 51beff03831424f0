"""strata.dll under wine: backups, restores, copies and refusals, with the names and paths that Windows has.

windows.sh builds what this needs. Databases are made and looked at by the Python of this machine, with the
extension that was built for it.
"""

from __future__ import annotations

import datetime
import json
import os
import pathlib
import random
import stat
import struct
import subprocess
import unittest

from support import Case, connect, document, empty, picture, sample, without_moment

FOLDER = pathlib.Path(os.environ["STRATA_WINDOWS"])


def windows(path) -> str:
    """The path as Windows has it: wine's drive Z is the root."""
    return "Z:" + str(path).replace("/", "\\")


def quoted(text) -> str:
    return "'" + str(text).replace("'", "''") + "'"


class WindowsCase(Case):
    def setUp(self):
        super().setUp()
        sample(self.folder / "main.db").close()
        self.path = self.folder / "backup.json"

    def session(self, *lines: str, database="main.db", module="strata.dll", entry_point="") -> list:
        """What each statement gives: its rows, or its error as a text."""
        done = subprocess.run(
            [os.environ["STRATA_WINE"], str(FOLDER / "run_sql.exe"), windows(FOLDER / "build" / module), entry_point,
             windows(self.folder / database)],
            input="".join(line + "\n" for line in lines).encode("utf-8"), capture_output=True, timeout=300, check=False,
            cwd=self.folder)
        answers, rows = [], []
        for line in done.stdout.decode("utf-8").replace("\r", "").split("\n"):
            if line == ".":
                answers.append(rows if not isinstance(rows, str) else rows)
                rows = []
            elif line.startswith("error "):
                rows = line
            elif line:
                rows.append(json.loads(line))
        self.assertEqual(len(answers), len(lines), done.stdout + done.stderr)
        return answers

    def answer(self, line: str, **options):
        (answer,) = self.session(line, **options)
        return answer

    def names(self) -> list[str]:
        return sorted(name for name in os.listdir(self.folder))


class Work(WindowsCase):
    def test_a_backup_is_that_of_this_machine_and_restores(self):
        before = picture(connect(self.folder / "main.db"))
        text = connect(self.folder / "main.db").execute("SELECT strata_backup_json()").fetchone()[0]
        (row,), = self.answer(f"SELECT strata_backup_file({quoted(windows(self.path))})")
        result = json.loads(row)
        self.assertEqual(result["path"], windows(self.path))
        self.assertEqual(result["bytes"], self.path.stat().st_size)
        data = self.path.read_bytes().decode("utf-8")
        self.assertEqual(without_moment(data), without_moment(text))
        self.assertNotIn("\r", data)
        moment = datetime.datetime.fromisoformat(result["exportedAt"].replace("Z", "+00:00"))
        self.assertLess(abs(datetime.datetime.now(datetime.timezone.utc) - moment).total_seconds(), 120)
        self.assertEqual(self.names(), ["backup.json", "main.db"])
        empty(self.folder / "new.db").close()
        (row,), = self.answer(f"SELECT strata_restore_file({quoted(windows(self.path))})", database="new.db")
        self.assertEqual(json.loads(row)["counts"]["assetTypes"], 13)
        self.assertEqual(picture(connect(self.folder / "new.db")), before)

    def test_documents_in_files_wherever_a_document_is_taken(self):
        path = quoted(windows(self.path))
        answers = self.session(
            f"SELECT strata_backup_file({path})", f"SELECT count(*) FROM strata_restore_check(strata_file({path}))",
            f"SELECT count(*) FROM strata_backup_diff(strata_file({path}))",
            f"SELECT sum(rows) FROM strata_backup_counts(strata_file({path}))",
            f"SELECT length(strata_restore_json(strata_file({path}), 'merge')) > 100", "BEGIN", "DELETE FROM tags",
            f"SELECT strata_restore_file({path}) NOTNULL", "SELECT count(*) FROM tags", "ROLLBACK")
        self.assertEqual([answers[1], answers[2]], [[["0"]], [["0"]]])
        self.assertEqual(answers[4:], [[["1"]], [], [], [["1"]], [["3"]], []])

    def test_a_large_document(self):
        database = connect(self.folder / "main.db")
        database.execute("WITH n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 20000) INSERT INTO tags"
                         " SELECT 'tag' || i, 'name of the tag ' || i FROM n")
        before = picture(database)
        database.close()
        path = quoted(windows(self.path))
        answers = self.session(f"SELECT strata_backup_file({path}) NOTNULL", "DELETE FROM asset_tags", "DELETE FROM tags",
                               f"SELECT strata_restore_file({path}) NOTNULL")
        self.assertEqual([answers[0], answers[3]], [[["1"]], [["1"]]])
        self.assertEqual(picture(connect(self.folder / "main.db")), before)

    def test_numbers_are_read_and_printed_to_the_last_bit(self):
        """mingw's strtod() gives a neighbour now and then."""
        random.seed(1)
        database = connect(self.folder / "main.db")
        database.execute("BEGIN")
        for i in range(20_000):
            bits = random.getrandbits(63) | (0xFFFFFFFFFFFFF if i % 4 == 0 else 0)
            value = struct.unpack("<d", struct.pack("<Q", bits))[0] if i else 9.546676135936264e-153
            if value == value and value != float("inf"):
                moment = f"{2000 + i // 1000}-01-01T00:00:00.{i % 1000:03}+00:00"
                database.execute("INSERT INTO asset_snapshots VALUES(?, 'a_car', ?, NULL, ?, ?)",
                                 (f"z{i}", value, moment, moment))
        database.execute("COMMIT")
        before = picture(database)
        text = database.execute("SELECT strata_backup_json()").fetchone()[0]
        database.close()
        path = quoted(windows(self.path))
        answers = self.session(f"SELECT strata_backup_file({path}) NOTNULL", "DELETE FROM asset_snapshots",
                               f"SELECT strata_restore_file({path}) NOTNULL")
        self.assertEqual(answers, [[["1"]], [], [["1"]]])
        self.assertTrue(without_moment(self.path.read_text(encoding="utf-8")) == without_moment(text))
        self.assertTrue(picture(connect(self.folder / "main.db")) == before)

    def test_names_in_any_script_with_any_separator_and_of_any_length(self):
        names = ["Übersicht – 家計 🏠.json", "with space.json", "it's.json", ".hidden", "%s%n.json", "n" * 200]
        for name in names:
            with self.subTest(name=name):
                answer = self.answer(f"SELECT strata_backup_file({quoted(windows(self.folder / name))}) NOTNULL")
                self.assertEqual(answer, [["1"]])
                self.assertTrue((self.folder / name).exists())
        deep = self.folder
        while len(str(deep)) < 600:
            deep = deep / ("d" * 100)
        deep.mkdir(parents=True)
        for path in (windows(self.folder).replace("\\", "/") + "/slashes.json", "here.json", ".\\dotted.json",
                     windows(deep / "deep.json")):
            with self.subTest(path=path):
                answers = self.session(f"SELECT strata_backup_file({quoted(path)}) NOTNULL",
                                       f"SELECT strata_restore_file({quoted(path)}, 'merge') NOTNULL")
                self.assertEqual(answers, [[["1"]], [["1"]]])
        self.assertTrue((deep / "deep.json").exists())

    def test_only_its_owner_may_read_it(self):
        before = os.umask(0)
        try:
            self.answer(f"SELECT strata_backup_file({quoted(windows(self.path))}) NOTNULL")
        finally:
            os.umask(before)
        self.assertEqual(stat.S_IMODE(self.path.stat().st_mode) & 0o077, 0)

    def test_an_older_backup_is_replaced(self):
        self.path.write_text(document(), encoding="utf-8")
        self.assertEqual(self.answer(f"SELECT strata_backup_file({quoted(windows(self.path))}) NOTNULL"), [["1"]])
        self.assertIn("AT_", self.path.read_text(encoding="utf-8").upper())
        self.assertEqual(self.names(), ["backup.json", "main.db"])

    def test_raw_copies(self):
        path = quoted(windows(self.folder / "copy.db"))
        answers = self.session("PRAGMA journal_mode=WAL", "INSERT INTO tags VALUES('wal', 'in the WAL')",
                               f"SELECT strata_backup_db({path})", f"SELECT strata_backup_db({path}) NOTNULL")
        self.assertEqual(json.loads(answers[2][0][0])["bytes"], (self.folder / "copy.db").stat().st_size)
        self.assertEqual(answers[3], [["1"]])
        self.assertEqual(picture(connect(self.folder / "copy.db")), picture(connect(self.folder / "main.db")))

    def test_the_module_without_files(self):
        answers = self.session("SELECT length(strata_backup_json()) > 1000", "SELECT strata_backup_file('x')",
                               module="strata_nofs.dll", entry_point="")
        self.assertEqual(answers[0], [["1"]])
        self.assertIn("no such function: strata_backup_file", answers[1])


class Refusals(WindowsCase):
    def refuses(self, path, says: str, call="strata_backup_file", **options) -> None:
        before = self.names()
        answer = self.answer(f"SELECT {call}({quoted(path)})", **options)
        self.assertIsInstance(answer, str, answer)
        self.assertIn(says, answer)
        self.assertIn(path, answer)
        self.assertEqual([name for name in self.names() if name.startswith(".strata-")], [])
        self.assertEqual(self.names(), before)

    def test_the_open_database_and_what_lies_beside_it_in_any_spelling(self):
        os.link(self.folder / "main.db", self.folder / "hard link")
        for name in ("main.db", "MAIN.DB", "Main.db-WAL", "main.db-journal", "hard link", "sub\\..\\main.db"):
            for call in ("strata_backup_file", "strata_backup_db", "strata_restore_file"):
                with self.subTest(name=name, call=call):
                    (self.folder / "sub").mkdir(exist_ok=True)
                    self.refuses(windows(self.folder) + "\\" + name, "it belongs to the open database", call)

    def test_places_that_are_no_files(self):
        (self.folder / "sub").mkdir()
        for path, says in ((windows(self.folder / "sub"), "Is a directory"), (windows(self.folder / "sub") + "\\", "Is a directory"),
                           (windows(self.folder / "nowhere" / "x"), "No such file or directory"),
                           (windows(self.folder / "stream") + ".json:x", "Invalid argument"), ("NUL", "not a regular file")):
            with self.subTest(path=path):
                self.refuses(path, says)
        for path, says in ((windows(self.folder / "sub"), "Is a directory"),
                           (windows(self.folder / "nowhere.json"), "No such file or directory"), ("NUL", "not a regular file")):
            with self.subTest(path=path):
                self.refuses(path, says, "strata_restore_file")

    def test_what_is_not_a_backup_is_not_replaced(self):
        sample(self.folder / "other.db").close()
        self.path.write_bytes(b"dear diary")
        self.refuses(windows(self.folder / "other.db"), "it exists and is a SQLite database")
        self.refuses(windows(self.path), "it exists and is a file of another kind")
        self.refuses(windows(self.path), "it exists and is a file of another kind", "strata_backup_db")
        self.assertEqual(self.path.read_bytes(), b"dear diary")

    def test_a_database_that_this_process_has_open_is_not_replaced(self):
        sample(self.folder / "other.db").close()
        before = (self.folder / "other.db").read_bytes()
        path = windows(self.folder / "other.db")
        attach = f"ATTACH {quoted(path)} AS other"
        answers = self.session(attach, f"SELECT strata_backup_db({quoted(path)})", f"SELECT strata_backup_file({quoted(path)})")
        for answer in answers[1:]:
            self.assertIn('it belongs to the open database "other"', answer)
        self.assertEqual((self.folder / "other.db").read_bytes(), before)

    def test_documents_that_are_something_else(self):
        sample(self.folder / "other.db").close()
        answer = self.answer(f"SELECT strata_restore_file({quoted(windows(self.folder / 'other.db'))})")
        self.assertIn("this is a SQLite database", answer)
        self.path.write_bytes(b"")
        self.refuses(windows(self.path), "is empty", "strata_restore_file")


if __name__ == "__main__":
    unittest.main()
