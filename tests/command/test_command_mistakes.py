"""The mistakes of people in a hurry. Each ends with a sentence and an exit status; nothing is replaced or deleted, and
no file is made. (What needs a terminal is in test_command_restore.py.)
"""

from __future__ import annotations

import gzip
import os
import shutil
import sqlite3
import subprocess
import unittest

from door import CommandCase, backup, differences, today
from support import SHELL, SOURCE, document, empty


class Mistakes(CommandCase):
    """Of the command line."""

    def setUp(self):
        super().setUp()
        self.good = self.put(backup(self.database), f"strata-backup-{today()}.json")
        self.copy = self.usb / f"strata-{today()}.db"
        shutil.copy(self.path, self.copy)

    def test_a_database_that_is_not_there(self):
        for arguments in (("backup", "srtata.db", self.usb), ("copy", "srtata.db", self.usb), ("preview", "srtata.db", self.good),
                          ("restore", "srtata.db", self.good, "--yes"), ("undo", "srtata.db", self.copy)):
            with self.subTest(arguments[0]):
                self.refuses_to(*arguments, says="there is no database 'srtata.db'")

    def test_a_database_that_is_empty(self):
        (self.home / "empty.db").touch()
        for arguments in (("backup", "empty.db", self.usb), ("copy", "empty.db", self.usb), ("restore", "empty.db", self.good, "--yes")):
            with self.subTest(arguments[0]):
                self.refuses_to(*arguments, says="'empty.db' is an empty file: let the app create its database")

    def test_a_database_without_rows(self):
        empty(self.home / "new.db").close()
        for command in ("backup", "copy"):
            self.refuses_to(command, "new.db", self.usb, says="Nothing was written")

    def test_a_database_of_another_program(self):
        connection = sqlite3.connect(self.home / "other.db")
        connection.execute("CREATE TABLE notes(x)")
        connection.close()
        for arguments in (("backup", "other.db", self.usb), ("copy", "other.db", self.usb), ("restore", "other.db", self.good, "--yes"),
                          ("preview", "other.db", self.good), ("counts", "other.db")):
            with self.subTest(arguments[0]):
                self.refuses_to(*arguments, says="""'other.db' has no table "asset_types\"""")

    def test_the_names_the_wrong_way_round(self):
        self.refuses_to("restore", self.good, "strata.db", "--yes", says="is not a database: name the database first")
        self.refuses_to("preview", self.good, "strata.db", says="name the database first")
        self.refuses_to("backup", self.usb, "strata.db", says="is a folder, not a database")
        self.refuses_to("backup", self.good, "strata.db", says="name the database first")
        safety = self.home / "strata.db.before-restore-2026-01-01T101010"
        shutil.copy(self.path, safety)
        self.refuses_to("undo", safety, "strata.db", says="name the database first")
        self.assertIn("No differences.", self.does("diff", "strata.db", self.good), "where either order can be told, it will do")

    def test_a_name_left_out(self):
        for arguments in (("restore", self.good), ("preview", "strata.db"), ("undo", "strata.db"), ("backup",), ("verify",), ("diff", self.good)):
            self.refuses_to(*arguments, says=f"'{arguments[0]}' needs", status=2)
        self.refuses_to("backup", "", says="an argument is empty", status=2)

    def test_a_star_that_means_many_files_or_a_blank_without_quotes(self):
        self.refuses_to("restore", "strata.db", self.good, self.good, "--yes", says="'restore' takes at most 2 arguments, but you gave 3", status=2)
        self.refuses_to("backup", "my", "data.db", self.usb, says="quote any name that contains spaces", status=2)

    def test_a_misspelled_command_or_option_is_not_passed_over(self):
        self.refuses_to("restroe", "strata.db", self.good, says="there is no command 'restroe'", status=2)
        self.refuses_to("help", "restroe", says="there is no command 'restroe'", status=2)
        for command in ("backup", "restore", "version"):
            self.assertEqual(self.does(command, "--help"), self.does("help", command))
        for option in ("--mege", "--only-mising", "--keep", "-y", "--yes=no", "--merge=no"):
            self.refuses_to("restore", "strata.db", self.good, option, says=option.split("=")[0], status=2)
        for options in (("--keep",), ("--keep", "--no-verify"), ("--encrypt",), ("--keep="), ("--keep", "three")):
            self.refuses_to("backup", "strata.db", self.usb, *([options] if isinstance(options, str) else options), says="--keep"
                            if "--encrypt" not in options else "--encrypt", status=2)

    def test_a_file_that_is_no_backup(self):
        kinds = {"package.json": b'{"name":"x"}', "empty.json": b"", "photo.json": b"\x89PNG\r\n\x1a\n\0\0", "text.json": b"Dear diary",
                 "packed.json.gz": gzip.compress(self.good.read_bytes()), "wide.json": self.good.read_text().encode("utf-16"),
                 "cut.json": self.good.read_bytes()[:5000]}
        for name, content in kinds.items():
            path = self.usb / name
            path.write_bytes(content)
            for arguments in (("preview", "strata.db", path), ("restore", "strata.db", path, "--yes"), ("verify", path), ("counts", path),
                              ("diff", path, "strata.db")):
                with self.subTest(name=name, command=arguments[0]):
                    said = self.refuses_to(*arguments, says=name)
                    self.assertEqual(len(said.splitlines()), 1, said)

    def test_a_raw_copy_where_a_backup_is_meant_and_the_other_way_round(self):
        self.refuses_to("restore", "strata.db", self.copy, "--yes", says=f"run: {self.script} undo strata.db {self.copy}")
        self.refuses_to("undo", "strata.db", self.good, says=f"run: {self.script} restore strata.db {self.good}")
        self.refuses_to("preview", "strata.db", self.copy, says="is a database, not a JSON backup: back it up first")
        self.refuses_to("create", "new.db", self.copy, says="is already a database")

    def test_a_misspelled_field_is_not_blamed_on_an_option_that_the_command_lacks(self):
        path = self.usb / "field.json"
        path.write_text(self.good.read_text(encoding="utf-8").replace('"name"', '"nmae"', 1), encoding="utf-8")
        for command in (["preview", "strata.db", path], ["create", "new.db", path], ["verify", path]):
            self.assertIn("correct the name, or leave it out with --ignore-unknown", self.refuses_to(*command, says="unknown field"))

    def test_a_damaged_database(self):
        content = bytearray(self.path.read_bytes())
        page = int.from_bytes(content[16:18], "big")
        content[page:] = b"\xff" * (len(content) - page)
        damaged = self.home / "damaged.db"
        damaged.write_bytes(content)
        self.refuses_to("backup", damaged, self.usb, says=f"'{damaged}' is damaged")

    def test_a_file_that_is_not_there_or_is_a_folder(self):
        for arguments in (("preview", "strata.db"), ("restore", "--yes", "strata.db"), ("undo", "strata.db"), ("verify",), ("counts",)):
            self.refuses_to(*arguments, "nowhere.json", says="'nowhere.json'")
            self.refuses_to(*arguments, self.usb, says="is a folder")

    def test_a_tilde_in_quotes(self):
        self.refuses_to("backup", "~/strata.db", self.usb, says="write the ~ outside the quotes")

    def test_a_stick_that_is_not_plugged_in(self):
        self.refuses_to("backup", "strata.db", "/media/no/such/stick", says="there is no folder '/media/no/such/stick'")

    def test_another_file_as_the_place_of_a_backup(self):
        (self.home / "notes.txt").write_text("dear diary")
        self.refuses_to("backup", "strata.db", "notes.txt", says="its name must end in .json")
        self.refuses_to("backup", "strata.db", "strata.db", says="its name must end in .json")
        self.refuses_to("create", "strata.db", says="already exists")

    def test_a_line_break_in_a_name(self):
        self.refuses_to("backup", "strata.db", f"{self.usb}/a\nb.json", says="contains a line break", status=2)
        self.refuses_to("backup", "strata.db\n", self.usb, says="contains a line break", status=2)

    def test_nobody_to_answer(self):
        self.edit()
        self.refuses_to("restore", "strata.db", self.good, says="is not a terminal: add --yes")

    def test_the_same_restore_twice_in_a_second(self):
        self.database.execute("DELETE FROM asset_tags")
        for _ in range(3):
            self.does("restore", "strata.db", self.good, "--yes")
            self.database.execute("DELETE FROM asset_tags")
        self.assertEqual(len(list(self.home.glob("strata.db.before-restore-*"))), 3)

    def test_no_sqlite3_and_no_extension(self):
        self.refuses_to("backup", "strata.db", self.usb, says="the program sqlite9 is missing: install it", SQLITE3="sqlite9")
        self.refuses_to("backup", "strata.db", self.usb, says="cannot load the extension", STRATA_EXTENSION="/no/such/strata")
        self.refuses_to("backup", "strata.db", self.usb, "--encrypt", "me", says="the program gpg9 is missing", GPG="gpg9")

    def test_what_stands_in_sqliterc_and_the_environment_does_not_matter(self):
        (self.home / ".sqliterc").write_text(".mode box\n.headers on\nBEGIN;\n.nullvalue NULL\nDROP TABLE assets;\n")
        before = self.does("counts", "strata.db")
        self.assertEqual(self.does("counts", "strata.db", IFS="a", CDPATH="/", POSIXLY_CORRECT="1", LC_ALL="C", GREP_OPTIONS=""), before)

    def test_two_backups_at_once(self):
        command = [*self.interpreter, str(self.script), "backup", "strata.db", str(self.usb)]
        running = [subprocess.Popen(command, cwd=self.home, env=self.environment, stdout=subprocess.DEVNULL) for _ in range(4)]
        self.assertEqual([process.wait(timeout=60) for process in running], [0, 0, 0, 0])
        self.assertEqual(differences(self.database, self.good), [])
        self.assertEqual(self.left_over(), [])


class Scripts(CommandCase):
    """Of `.param set` and `.read`, in the shell itself."""

    def shell(self, *commands: str) -> subprocess.CompletedProcess:
        return subprocess.run([SHELL, "strata.db", f".load {self.environment['STRATA_EXTENSION']}", *commands], cwd=self.home, timeout=60,
                              env=self.environment, capture_output=True, encoding="utf-8", stdin=subprocess.DEVNULL, check=False)

    def test_a_folder_that_the_shell_cannot_parse_is_not_the_working_folder(self):
        for folder in ("/media/my stick", "it's"):
            done = self.shell(f".param set :folder {folder}", f".read {SOURCE}/sql/backup.sql")
            self.assertNotEqual(done.returncode, 0)
        self.assertEqual(list(self.home.glob("strata-backup-*")), [])

    def test_a_mode_is_not_passed_over(self):
        path = self.edit()
        done = self.shell(f".param set :path {path}", ".param set :mode merge", f".read {SOURCE}/sql/restore.sql")
        self.assertEqual((done.returncode, done.stderr), (0, ""))
        self.assertEqual(differences(self.database, path), [("tags", "t_new", "added")])

    def test_a_mode_that_is_misspelled_is_refused(self):
        path = self.edit()
        done = self.shell(f".param set :path {path}", ".param set :mode megre", f".read {SOURCE}/sql/restore.sql")
        self.assertIn("the :mode has to be 'replace', 'merge' or 'missing'", done.stderr)
        self.assertEqual(len(differences(self.database, path)), 3)

    def test_a_document_of_nothing_is_seen_before_it_is_restored(self):
        path = self.put(document())
        done = self.shell(f".param set :path {path}", f".read {SOURCE}/sql/preview.sql")
        self.assertIn("\n107 rows will be deleted.\n", done.stdout)
        self.assertIn("These are the first 50 of 107 differences.", done.stdout)


if __name__ == "__main__":
    unittest.main()
