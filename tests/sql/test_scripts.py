"""The ready scripts of sql/, run as their first comments say: with the sqlite3
shell and sh, in a folder that looks like the repository.
"""

from __future__ import annotations

import datetime
import json
import os
import pathlib
import re
import shutil
import sqlite3
import subprocess
import unittest

from disk import names
from support import EXTENSION, SHELL, SOURCE, Case, connect, document, empty, picture, sample, without_moment

TODAY = datetime.date.today
SCRIPTS = ("backup.sql", "copy.sql", "merge.sql", "preview.sql", "restore.sql", "verify.sql")


def sql_text(text) -> str:
    return "'" + str(text).replace("'", "''") + "'"


def dotted(text: str) -> str:
    """An argument of a shell's own command."""
    return '"' + text.replace("\\", "\\\\").replace('"', '\\"') + '"'


def backup(connection: sqlite3.Connection) -> str:
    return connection.execute("SELECT strata_backup_json()").fetchone()[0]


class ScriptCase(Case):
    def setUp(self):
        super().setUp()
        (self.folder / "build").mkdir()
        extension = pathlib.Path(EXTENSION)
        (self.folder / "build" / ("strata" + (extension.suffix or ".so"))).symlink_to(
            extension if extension.suffix else extension.with_suffix(".so"))
        shutil.copytree(SOURCE / "sql", self.folder / "sql")  # beside which they look for build/
        self.usb = self.folder / "usb"
        self.usb.mkdir()
        self.database = sample(self.folder / "strata.db")
        self.environment = {**os.environ, "SQLITE3": SHELL, "PATH": f"{pathlib.Path(SHELL).parent}:{os.environ['PATH']}"}
        self.environment.pop("STRATA_EXTENSION", None)

    def run_program(self, *command, **more) -> subprocess.CompletedProcess:
        return subprocess.run([str(part) for part in command], cwd=self.folder, env={**self.environment, **more},
                              stdin=subprocess.DEVNULL, capture_output=True, timeout=60, encoding="utf-8", check=False)

    def shell(self, script: str, database="strata.db", before=(), **parameters) -> subprocess.CompletedProcess:
        settings = [f".param set :{name} {dotted(sql_text(value))}" for name, value in parameters.items()]
        return self.run_program(SHELL, database, ".load ./build/strata", *before, *settings, f".read sql/{script}")

    def succeeds(self, done: subprocess.CompletedProcess) -> str:
        self.assertEqual((done.returncode, done.stderr), (0, ""), done.stdout)
        return done.stdout

    def fails(self, done: subprocess.CompletedProcess, says: str) -> str:
        self.assertNotEqual(done.returncode, 0, done.stdout)
        self.assertIn(says, done.stderr + done.stdout)
        return done.stdout

    def line_of(self, output: str, table: str) -> list:
        """The numbers of a table's line in a summary."""
        (line,) = [line for line in output.splitlines() if re.match(rf"{table}\s+\d", line)]
        return [int(number) for number in line.split()[1:]]

    def put(self, text: str) -> pathlib.Path:
        path = self.usb / "put.json"
        path.write_text(text, encoding="utf-8")
        return path

    def edit(self) -> str:
        """Back up, then change the database: one row more, one less, one field changed. Returns the document."""
        text = backup(self.database)
        self.database.executescript("INSERT INTO tags VALUES ('t_new', 'mine'); UPDATE assets SET name = 'X' WHERE id = 'a_car';"
                                    "DELETE FROM asset_tags WHERE asset_id = 'a_watch'")
        return text


class Manuals(ScriptCase):
    def test_every_script_begins_with_its_name_and_an_exact_command_line(self):
        for name in SCRIPTS:
            with self.subTest(name=name):
                lines = (SOURCE / "sql" / name).read_text(encoding="utf-8").splitlines()
                self.assertTrue(lines[0].startswith(f"-- {name}: "))
                self.assertIn(".bail on", lines)
                self.assertEqual(len([line for line in lines if line.startswith("--     sqlite3 ")]), 1)

    def test_the_command_line_of_each_manual_does_what_it_says(self):
        document_before = backup(self.database)
        for name in ("backup.sql", "copy.sql", "preview.sql", "verify.sql", "merge.sql", "restore.sql"):
            with self.subTest(name=name):
                text = (SOURCE / "sql" / name).read_text(encoding="utf-8")
                command = re.search(r"^--     (sqlite3 .*)$", text, re.MULTILINE).group(1)
                self.assertIn("/media/usb", command)
                command = command.replace("/media/usb", str(self.usb)).replace("2025-01-15", TODAY().isoformat())
                self.succeeds(self.run_program("sh", "-c", command))
        today = TODAY().isoformat()
        self.assertEqual(names(self.usb), [f"strata-{today}.db", f"strata-backup-{today}.json"])
        self.assertEqual(without_moment(backup(self.database)), without_moment(document_before))

    def test_an_unknown_database_is_an_error_and_is_not_created(self):
        path = self.put(backup(self.database))
        for name in ("backup.sql", "preview.sql", "merge.sql", "restore.sql"):
            with self.subTest(name=name):
                self.fails(self.shell(name, database="typo.db", path=path, folder=self.usb), "sql/schema.sql")
        self.assertFalse((self.folder / "typo.db").exists() and (self.folder / "typo.db").stat().st_size > 0)
        self.assertEqual(names(self.usb), ["put.json"])

    def test_without_the_extension_nothing_goes_on(self):
        (self.folder / "build" / "strata.so").unlink()
        self.fails(self.shell("backup.sql", folder=self.usb), "build/strata")
        self.assertEqual(names(self.usb), [])

    def test_a_path_is_needed_and_has_to_be_readable(self):
        before = picture(self.database)
        for name in ("preview.sql", "merge.sql", "restore.sql"):
            with self.subTest(name=name):
                self.fails(self.shell(name), "the file that :path names cannot be read")
                self.fails(self.shell(name, path=self.usb / "nowhere.json"), "the file that :path names cannot be read")
        self.assertEqual(picture(self.database), before)
        self.assertFalse([name for name in names(self.folder) if "before" in name])


class Writing(ScriptCase):
    def test_backup_writes_the_document_with_todays_date(self):
        output = self.succeeds(self.shell("backup.sql", folder=self.usb))
        path = self.usb / f"strata-backup-{TODAY().isoformat()}.json"
        self.assertEqual(output, f"{path}: 107 rows, {path.stat().st_size} bytes\n")
        self.assertEqual(without_moment(path.read_text(encoding="utf-8")), without_moment(backup(self.database)))

    def test_backup_goes_to_the_working_folder_by_default(self):
        self.succeeds(self.shell("backup.sql"))
        self.assertTrue((self.folder / f"strata-backup-{TODAY().isoformat()}.json").exists())

    def test_folders_with_odd_names_work(self):
        for name in ("with space", "it's", 'say "hi"', "back\\slash", "é – 🏠"):
            with self.subTest(name=name):
                (self.usb / name).mkdir()
                self.succeeds(self.shell("backup.sql", folder=self.usb / name))
                self.succeeds(self.shell("copy.sql", folder=self.usb / name))
                self.assertEqual(len(names(self.usb / name)), 2)

    def test_a_failed_backup_is_an_error_of_the_shell(self):
        self.fails(self.shell("backup.sql", folder=self.usb / "nowhere"), "No such file or directory")
        self.fails(self.shell("copy.sql", folder=self.usb / "nowhere"), "No such file or directory")

    def test_a_parameter_that_no_script_has_is_an_error_and_nothing_is_written(self):
        for script in SCRIPTS:
            for setting in (".param set :fodler 'x'", ".param set folder 'x'"):
                with self.subTest(script=script, setting=setting):
                    self.fails(self.shell(script, before=(setting,)), "unknown parameter: they are :folder")
        self.assertFalse([name for name in names(self.folder) if "backup" in name])

    def test_a_mistyped_database_is_no_copy(self):
        self.succeeds(self.shell("copy.sql", folder=self.usb))
        (copy,) = self.usb.iterdir()
        before = copy.read_bytes()
        self.fails(self.shell("copy.sql", database="srtata.db", folder=self.usb), "has no table")
        self.assertEqual(copy.read_bytes(), before)

    def test_scripts_can_be_read_twice_in_a_session(self):
        path = self.put(backup(self.database))
        for script in ("backup.sql", "copy.sql", "preview.sql"):
            self.succeeds(self.shell(script, before=(f".param set :path {dotted(sql_text(path))}", f".read sql/{script}")))

    def test_copy_is_the_whole_database_and_sound(self):
        self.database.executescript("PRAGMA journal_mode = WAL; CREATE TABLE mine(x); INSERT INTO mine VALUES (1)")
        output = self.succeeds(self.shell("copy.sql", folder=self.usb))
        path = self.usb / f"strata-{TODAY().isoformat()}.db"
        self.assertEqual(output, f"{path}: {path.stat().st_size} bytes\nThe copy is sound.\n")
        self.assertEqual(names(self.usb), [path.name])
        self.assertEqual(picture(connect(path)), picture(self.database))


class Reading(ScriptCase):
    def safety_copy(self, verb: str) -> pathlib.Path:
        (name,) = [name for name in names(self.folder) if name.startswith(f"strata.db.before-{verb}-")]
        self.assertRegex(name, r"-\d{4}-\d\d-\d\dT\d{6}$")
        return self.folder / name

    def test_preview_shows_counts_and_differences_and_changes_nothing(self):
        path = self.put(self.edit())
        before = (self.folder / "strata.db").read_bytes()
        output = self.succeeds(self.shell("preview.sql", path=path))
        self.assertEqual(self.line_of(output, "tags"), [3, 4, 0, 1, 0])
        self.assertEqual(self.line_of(output, "assets"), [12, 12, 0, 0, 1])
        self.assertEqual(self.line_of(output, "tagsOnAssets"), [4, 3, 1, 0, 0])
        self.assertRegex(output, r'tags +t_new +added +\{"id":"t_new","name":"mine"\}')
        self.assertRegex(output, r"assets +a_car +changed +name +Renault Zoé ⚡ +X")
        self.assertTrue(output.endswith("A restore would succeed. Nothing was changed.\n"))
        self.assertEqual((self.folder / "strata.db").read_bytes(), before)

    def test_preview_lists_all_problems_and_fails(self):
        text = document(tags=[{"id": "a", "name": "n"}, {"id": "b", "name": "n"}], tagsOnAssets=[{"assetId": "x", "tagId": "a"}])
        before = (self.folder / "strata.db").read_bytes()
        output = self.fails(self.shell("preview.sql", path=self.put(text)), "UNIQUE constraint failed: tags.name")
        self.assertRegex(output, r"(?m)^line 1: \$\.data\.tags\[1\]: .*UNIQUE constraint failed: tags.name")
        self.assertRegex(output, r"\nline 1: \$\.data\.tagsOnAssets\[0\]\.assetId: .*'x'")
        self.assertEqual((self.folder / "strata.db").read_bytes(), before)

    def test_preview_of_a_merge(self):
        path = self.put(document(tags=[{"id": "t_long"}]))
        self.fails(self.shell("preview.sql", path=path), "name")
        self.succeeds(self.shell("preview.sql", path=path, mode="merge"))

    def test_preview_of_what_is_no_backup_says_so(self):
        self.fails(self.shell("preview.sql", path=self.put("hello")), "malformed JSON")

    def test_restore_shows_keeps_a_copy_and_restores(self):
        text = self.edit()
        before = picture(self.database)
        path = self.put(text)
        output = self.succeeds(self.shell("restore.sql", path=path))
        self.assertEqual(self.line_of(output, "tags"), [3, 4, 0, 1, 0])
        self.assertTrue(output.endswith(f"Restored {path}: 107 rows.\n"), output)
        copy = self.safety_copy("restore")
        # The path of the safety copy is the one that SQLite knows, symbolic links resolved.
        self.assertIn(f"The database as it was: {copy.resolve()}\n", output)
        self.assertEqual(picture(connect(copy)), before)
        self.assertEqual(without_moment(backup(self.database)), without_moment(text))

    def test_restore_of_a_bad_backup_stops_before_it_does_anything(self):
        before = picture(self.database)
        path = self.put(document(tags=[{"id": "a", "name": 1}]))
        output = self.fails(self.shell("restore.sql", path=path), "$.data.tags[0].name")
        self.assertNotIn("Restored", output)
        self.assertEqual(picture(self.database), before)
        self.assertFalse([name for name in names(self.folder) if "before" in name])

    def test_restore_stops_where_no_safety_copy_can_be_made(self):
        path = self.put(self.edit())
        before = picture(self.database)
        self.fails(self.shell("restore.sql", path=path, safety=self.usb / "nowhere" / "x.db"), "No such file or directory")
        self.assertEqual(picture(self.database), before)

    def test_restore_and_merge_replace_no_file_with_their_safety_copy(self):
        path = self.put(self.edit())
        safety = self.usb / "safe.db"
        safety.write_text("another copy")
        before = picture(self.database)
        for script in ("restore.sql", "merge.sql"):
            self.fails(self.shell(script, path=path, safety=safety), "would replace a file")
        self.assertEqual(safety.read_text(), "another copy")
        self.assertEqual(picture(self.database), before)

    def test_each_problem_of_a_bad_backup_is_listed_before_anything_stops(self):
        path = self.put('{"schemaVersion":"1","data":{"tags":[{"id":"t","name":1},{"id":2,"name":"n"}],"assets":7}}')
        for script in ("preview.sql", "restore.sql", "merge.sql"):
            output = self.fails(self.shell(script, path=path), "line 1")
            for place in ("$.data.tags[0].name: ", "$.data.tags[1].id: ", "$.data.assets: "):
                self.assertIn(place, output)

    def test_verify_takes_options(self):
        path = self.put('{"schemaVersion":"1","data":{"tags":[{"id":"t","name":"n","colour":"red"}]}}')
        self.fails(self.verify(path), "unknown field")
        self.fails(self.verify(path, options='{"unknown":"ignore"}'), "what was restored differs from the backup")

    def test_the_safety_copy_can_be_put_elsewhere(self):
        path = self.put(self.edit())
        self.succeeds(self.shell("restore.sql", path=path, safety=self.usb / "safe.db"))
        self.assertEqual(names(self.usb), ["put.json", "safe.db"])

    def test_restore_onto_a_new_laptop(self):
        """An empty database made by schema.sql, then the backup."""
        path = self.put(backup(self.database))
        (self.folder / "new.db").touch()
        self.succeeds(self.run_program(SHELL, "-bail", "new.db", ".read sql/schema.sql"))
        self.succeeds(self.shell("restore.sql", database="new.db", path=path))
        self.assertEqual(without_moment(backup(connect(self.folder / "new.db"))), without_moment(backup(self.database)))

    def test_merge_keeps_what_only_the_database_has(self):
        path = self.put(self.edit())
        before = picture(self.database)
        output = self.succeeds(self.shell("merge.sql", path=path))
        self.assertEqual(self.line_of(output, "tags"), [3, 4, 0, 1, 0])
        self.assertTrue(output.endswith(f"Merged {path}: 107 rows.\n"), output)
        self.assertEqual(picture(connect(self.safety_copy("merge"))), before)
        differences = self.database.execute("SELECT name, key, change FROM strata_backup_diff(?)", (path.read_bytes(),)).fetchall()
        self.assertEqual(differences, [("tags", "t_new", "added")])

    def test_merge_of_a_bad_backup_stops_before_it_does_anything(self):
        before = picture(self.database)
        path = self.put(document(tags=[{"id": "a", "name": "long-term"}]))
        self.fails(self.shell("merge.sql", path=path), "UNIQUE constraint failed: tags.name")
        self.assertEqual(picture(self.database), before)
        self.assertFalse([name for name in names(self.folder) if "before" in name])

    def test_options_reach_the_restore(self):
        path = self.put(document(tags=[{"id": "a", "name": "n", "colour": "red"}]))
        self.fails(self.shell("restore.sql", path=path), "colour")
        self.succeeds(self.shell("restore.sql", path=path, options='{"unknown":"ignore"}'))
        self.assertEqual(self.database.execute("SELECT id FROM tags").fetchall(), [("a",)])

    def verify(self, path, database=":memory:", **parameters) -> subprocess.CompletedProcess:
        return self.shell("verify.sql", database=database, before=(".read sql/schema.sql",), path=path, **parameters)

    def test_verify_restores_into_memory_and_compares(self):
        path = self.put(backup(self.database))
        moment = json.loads(path.read_text(encoding="utf-8"))["exportedAt"]
        self.assertEqual(self.succeeds(self.verify(path)), f"Restored {path}: 107 rows.\n"
                         f"Compared field by field: no difference. Exported at {moment}.\n")

    def test_verify_fails_on_a_damaged_backup(self):
        whole = backup(self.database)
        self.fails(self.verify(self.put(whole[:-2])), "malformed JSON")
        self.fails(self.verify(self.put(whole.replace('"t_dream"', '"t_gone"', 1))), "t_dream")
        self.fails(self.verify(self.usb / "nowhere.json"), "the file that :path names cannot be read")

    def test_verify_lists_what_is_not_restored_as_the_backup_says(self):
        tag = {"id": "a", "name": "n"}
        asset_type = {"id": "y", "code": "C", "label": "L"}
        output = self.fails(self.verify(self.put(document(tags=[tag], assetTypes=[asset_type]))),
                            "what was restored differs from the backup")
        self.assertIn("assetTypes|y|changed|group||OTHER", output)

    def test_verify_never_touches_a_database_on_the_disk(self):
        path = self.put(document())
        before = picture(self.database)
        self.fails(self.verify(path, "strata.db"), "call it with sqlite3 :memory:")
        self.assertEqual(picture(self.database), before)


class Rotation(ScriptCase):
    SCRIPT = "sql/backup-rotate.sh"

    def dated(self, *days: str) -> None:
        for day in days:
            (self.usb / f"strata-backup-{day}.json").write_text("old", encoding="utf-8")

    def test_it_keeps_the_last_n_and_touches_no_other_file(self):
        self.dated("2020-01-05", "2020-01-12", "2020-01-19", "2020-01-26")
        others = ["strata-backup-2020-01-05.json.gpg", "strata-backup-of-mine.json", "notes.txt", ".hidden"]
        for name in others:
            (self.usb / name).touch()
        output = self.succeeds(self.run_program("sh", self.SCRIPT, "strata.db", self.usb, 3))
        today = f"strata-backup-{TODAY().isoformat()}.json"
        self.assertRegex(output, rf"{today}: 107 rows, \d+ bytes\n$")
        self.assertEqual(names(self.usb), sorted(
            ["strata-backup-2020-01-19.json", "strata-backup-2020-01-26.json", today] + others))
        self.succeeds(self.run_program("sh", self.SCRIPT, "strata.db", self.usb))
        self.assertEqual(len(names(self.usb)), 7)

    def test_a_database_without_rows_pushes_no_backup_out(self):
        self.dated("2020-01-05", "2020-01-12")
        before = names(self.usb)
        empty(self.folder / "empty.db").close()
        self.fails(self.run_program("sh", self.SCRIPT, "empty.db", self.usb, 1), "the database has no rows")
        self.assertEqual(names(self.usb), before)

    def test_a_failed_backup_deletes_nothing(self):
        self.dated("2020-01-05", "2020-01-12")
        self.database.execute("UPDATE assets SET name = x'00' WHERE id = 'a_car'")
        self.fails(self.run_program("sh", self.SCRIPT, "strata.db", self.usb, 1), "a_car")
        self.assertEqual(len(names(self.usb)), 2)

    def test_a_missing_database_is_an_error_and_is_not_created(self):
        self.dated("2020-01-05")
        self.fails(self.run_program("sh", self.SCRIPT, "nowhere.db", self.usb, 1), "there is no database 'nowhere.db'")
        self.assertFalse((self.folder / "nowhere.db").exists())
        self.assertEqual(names(self.usb), ["strata-backup-2020-01-05.json"])

    def test_wrong_arguments_say_how_it_is_called(self):
        self.fails(self.run_program("sh", self.SCRIPT), "usage")
        self.fails(self.run_program("sh", self.SCRIPT, "strata.db"), "usage")
        for count in ("0", "x", "-1", "1.5", ""):
            self.fails(self.run_program("sh", self.SCRIPT, "strata.db", self.usb, count), "N has to be a number")
        self.assertEqual(names(self.usb), [])

    def test_odd_names_and_another_working_folder(self):
        folder = self.folder / "it's a \"folder\" – 🏠 \\ $HOME"
        folder.mkdir()
        database = folder / "my data.db"
        sample(database).close()
        os.chdir("/")
        done = subprocess.run(["sh", str(SOURCE / "sql" / "backup-rotate.sh"), str(database), str(folder), "1"], cwd="/",
                              env={**self.environment, "STRATA_EXTENSION": str(self.folder / "build" / "strata")},
                              capture_output=True, encoding="utf-8", check=False, timeout=60)
        self.succeeds(done)
        self.assertEqual(names(folder), ["my data.db", f"strata-backup-{TODAY().isoformat()}.json"])


class Encryption(ScriptCase):
    SCRIPT = "sql/backup-encrypted.sh"
    ME = "me@example.org"

    def setUp(self):
        super().setUp()
        if shutil.which("gpg") is None:
            self.skipTest("gpg is not installed")
        home = self.folder / "gpg"
        home.mkdir(mode=0o700)
        self.environment["GNUPGHOME"] = str(home)
        # A sanitizer that is preloaded for the extension's sake is nothing for gpg, which then never ends.
        self.gpg = self.folder / "gpg.sh"
        self.gpg.write_text('#!/bin/sh\nunset LD_PRELOAD\nexec gpg "$@"\n', encoding="utf-8")
        self.gpg.chmod(0o755)
        self.environment["GPG"] = str(self.gpg)
        done = self.run_program(self.gpg, "--batch", "--quiet", "--passphrase", "", "--quick-generate-key", self.ME, "rsa2048", "encr")
        if done.returncode != 0:
            done = self.run_program(self.gpg, "--batch", "--quiet", "--passphrase", "", "--quick-generate-key", self.ME)
        self.addCleanup(self.run_program, "env", "-u", "LD_PRELOAD", "gpgconf", "--kill", "all")
        self.assertEqual(done.returncode, 0, done.stderr)
        self.target = self.usb / f"strata-backup-{TODAY().isoformat()}.json.gpg"

    def test_only_the_key_opens_it_and_it_is_the_whole_backup(self):
        output = self.succeeds_quietly(self.run_program("sh", self.SCRIPT, "strata.db", self.usb, self.ME))
        self.assertEqual(output, f"{self.target}: {self.target.stat().st_size} bytes, encrypted for {self.ME}\n")
        self.assertEqual(names(self.usb), [self.target.name])
        self.assertEqual(self.target.stat().st_mode & 0o777, 0o600)
        self.assertNotIn(b"schemaVersion", self.target.read_bytes())
        plain = self.usb / "plain.json"
        self.succeeds_quietly(self.run_program(self.gpg, "--batch", "--quiet", "--output", plain, "--decrypt", self.target))
        self.assertEqual(without_moment(plain.read_text(encoding="utf-8").rstrip("\n")), without_moment(backup(self.database)))
        self.succeeds(self.shell("restore.sql", path=plain))

    def succeeds_quietly(self, done: subprocess.CompletedProcess) -> str:
        """gpg may say something of its own trust database."""
        self.assertEqual(done.returncode, 0, done.stderr)
        return done.stdout

    def test_a_failure_of_either_program_leaves_what_was_there(self):
        self.target.write_bytes(b"yesterday")
        self.fails(self.run_program("sh", self.SCRIPT, "strata.db", self.usb, "nobody@example.org"), "nobody@example.org")
        self.database.execute("UPDATE assets SET name = x'00' WHERE id = 'a_car'")
        self.fails(self.run_program("sh", self.SCRIPT, "strata.db", self.usb, self.ME), "nothing was written")
        self.fails(self.run_program("sh", self.SCRIPT, "nowhere.db", self.usb, self.ME), "there is no database")
        self.fails(self.run_program("sh", self.SCRIPT, "strata.db", self.usb), "usage")
        self.assertEqual(self.target.read_bytes(), b"yesterday")
        self.assertEqual(names(self.usb), [self.target.name])
        self.assertFalse((self.folder / "nowhere.db").exists())


if __name__ == "__main__":
    unittest.main()
