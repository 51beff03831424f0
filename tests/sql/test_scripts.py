"""The scripts of sql/, run as their first comments say: with the sqlite3 shell and sh, in a folder
that looks like the repository.
"""

from __future__ import annotations

import datetime
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
SCRIPTS = ("backup.sql", "copy.sql", "preview.sql", "restore.sql", "verify.sql")
READING = ("preview.sql", "restore.sql")


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
        for name in ("backup.sql", "copy.sql", "preview.sql", "verify.sql", "restore.sql"):
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
        for name, parameters in (("backup.sql", {"folder": self.usb}), ("copy.sql", {"folder": self.usb}),
                                 ("preview.sql", {"path": path}), ("restore.sql", {"path": path})):
            with self.subTest(name=name):
                self.fails(self.shell(name, database="typo.db", **parameters), "sql/schema.sql")
        self.assertFalse((self.folder / "typo.db").exists() and (self.folder / "typo.db").stat().st_size > 0)
        self.assertEqual(names(self.usb), ["put.json"])

    def test_without_the_extension_nothing_goes_on(self):
        (self.folder / "build" / "strata.so").unlink()
        self.fails(self.shell("backup.sql", folder=self.usb), "build/strata")
        self.assertEqual(names(self.usb), [])

    def test_a_path_is_needed_and_has_to_be_readable(self):
        before = picture(self.database)
        for name in READING:
            with self.subTest(name=name):
                self.fails(self.shell(name), "set :path to the backup's file")
                self.fails(self.shell(name, path=self.usb / "nowhere.json"), "cannot read")
        self.assertEqual(picture(self.database), before)
        self.assertFalse([name for name in names(self.folder) if "before" in name])


class Writing(ScriptCase):
    def test_backup_writes_the_document_with_todays_date(self):
        output = self.succeeds(self.shell("backup.sql", folder=self.usb))
        path = self.usb / f"strata-backup-{TODAY().isoformat()}.json"
        self.assertEqual(output, f"{path}: 107 rows, {path.stat().st_size:,} bytes\n")
        self.assertEqual(without_moment(path.read_text(encoding="utf-8")), without_moment(backup(self.database)))

    def test_where_it_goes_is_never_guessed(self):
        for name in ("backup.sql", "copy.sql"):
            with self.subTest(name=name):
                self.fails(self.shell(name), "set either :folder or :path")
                self.fails(self.shell(name, folder=self.usb, path=self.usb / "x"), "set either :folder or :path")
                # What the shell could not parse was never set, and the shell goes on.
                self.fails(self.shell(name, before=(f".param set :folder {self.usb}/a b",)), "set either :folder or :path")
        self.assertFalse([name for name in names(self.folder) if name.startswith("strata-")])
        self.assertEqual(names(self.usb), [])

    def test_a_file_may_be_named(self):
        self.succeeds(self.shell("backup.sql", path=self.usb / "mine.json"))
        self.succeeds(self.shell("copy.sql", path=self.usb / "mine.db"))
        self.assertEqual(names(self.usb), ["mine.db", "mine.json"])

    def test_an_empty_database_is_backed_up_only_if_that_is_meant(self):
        empty(self.folder / "empty.db").close()
        for name in ("backup.sql", "copy.sql"):
            with self.subTest(name=name):
                self.fails(self.shell(name, database="empty.db", folder=self.usb), "neither assets nor portfolio snapshots")
                self.assertEqual(names(self.usb), [])
                self.succeeds(self.shell(name, database="empty.db", folder=self.usb, empty="allow"))
                for path in self.usb.iterdir():
                    path.unlink()

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
            for name in (":fodler", "folder", ":out"):
                with self.subTest(script=script, name=name):
                    done = self.shell(script, before=(f".param set {name} 'x'",))
                    self.fails(done, f"{script} takes :")
                    self.assertIn(f"{name} is not a parameter of {script}\n", done.stdout)
        for script, name in (("backup.sql", "mode"), ("copy.sql", "options"), ("restore.sql", "folder"), ("verify.sql", "mode"),
                             ("preview.sql", "safety")):
            self.fails(self.shell(script, **{name: "merge"}), f":{name} is not a parameter of {script}\n")
        self.assertFalse([name for name in names(self.folder) if "backup" in name])

    def test_a_mistyped_database_is_no_copy(self):
        self.succeeds(self.shell("copy.sql", folder=self.usb))
        (copy,) = self.usb.iterdir()
        before = copy.read_bytes()
        self.fails(self.shell("copy.sql", database="srtata.db", folder=self.usb), "has no table")
        self.assertEqual(copy.read_bytes(), before)

    def test_scripts_can_be_read_twice_in_a_session(self):
        path = self.put(backup(self.database))
        for script, parameter, value in (("backup.sql", "folder", self.usb), ("copy.sql", "folder", self.usb), ("preview.sql", "path", path)):
            self.succeeds(self.shell(script, before=(f".param set :{parameter} {dotted(sql_text(value))}", f".read sql/{script}")))

    def test_copy_is_the_whole_database_and_sound(self):
        self.database.executescript("PRAGMA journal_mode = WAL; CREATE TABLE mine(x); INSERT INTO mine VALUES (1)")
        output = self.succeeds(self.shell("copy.sql", folder=self.usb))
        path = self.usb / f"strata-{TODAY().isoformat()}.db"
        self.assertEqual(output, f"{path}: {path.stat().st_size:,} bytes\nok\n")
        self.assertEqual(names(self.usb), [path.name])
        self.assertEqual(picture(connect(path)), picture(self.database))


class Reading(ScriptCase):
    def safety_copy(self) -> pathlib.Path:
        (name,) = [name for name in names(self.folder) if name.startswith("strata.db.before-restore-")]
        self.assertRegex(name, r"-\d{4}-\d\d-\d\dT\d{6}$")
        return self.folder / name

    def test_preview_shows_counts_and_differences_and_changes_nothing(self):
        path = self.put(self.edit())
        before = (self.folder / "strata.db").read_bytes()
        output = self.succeeds(self.shell("preview.sql", path=path))
        self.assertEqual(self.line_of(output, "tags"), [0, 1, 0])
        self.assertEqual(self.line_of(output, "assets"), [0, 0, 1])
        self.assertEqual(self.line_of(output, "tagsOnAssets"), [1, 0, 0])
        self.assertIsNone(re.search(r"(?m)^categories", output), "a table that does not differ")
        lines = output.splitlines()
        self.assertEqual(lines[0].split(), ["table", "rows", "back", "rows", "deleted", "overwritten"])
        self.assertEqual(lines[4:], [
            "", "1 row comes back, 1 row will be deleted, 1 value is overwritten.", "",
            'tags t_new  will be deleted: {"id":"t_new","name":"mine"}',
            'assets a_car  name becomes "Renault Zoé ⚡" (now "X")',
            'tagsOnAssets ["a_watch","t_insured"]  comes back: {"assetId":"a_watch","tagId":"t_insured"}'])
        self.assertEqual((self.folder / "strata.db").read_bytes(), before)

    def test_preview_in_the_words_of_each_mode(self):
        path = self.put(self.edit())
        for mode, sentence, listed in (
                ("merge", "1 row comes back, 1 row that only the database has is kept, 1 value is overwritten.", "is kept: {"),
                ("missing", "1 row comes back, 1 row that only the database has is kept, 1 changed value is kept.", "stays \"X\""),
                ("compare", "1 row was removed, 1 row was added, 1 value was changed.", 'name was "Renault Zoé ⚡", is now "X"')):
            with self.subTest(mode=mode):
                output = self.succeeds(self.shell("preview.sql", path=path, mode=mode))
                self.assertIn(f"\n{sentence}\n", output)
                self.assertIn(listed, output)
        self.fails(self.shell("preview.sql", path=path, other=path), ":other is for the :mode 'compare'")
        self.fails(self.shell("preview.sql", path=path, mode="replcae"), "the :mode has to be 'replace', 'merge', 'missing' or 'compare'")

    def test_preview_of_a_merge_counts_no_value_that_the_backup_does_not_mention(self):
        self.database.execute("UPDATE assets SET quantity = 7 WHERE id IN ('a_car', 'a_flat')")
        path = self.put(document(assets=[{"id": "a_car", "name": "Car"}, {"id": "a_flat", "quantity": None}]))
        output = self.succeeds(self.shell("preview.sql", path=path, mode="merge"))
        self.assertIn("2 values are overwritten.", output)
        self.assertIn('assets a_flat  quantity becomes nothing (now "7', output)
        self.assertNotIn("assetTypeId", output)
        self.succeeds(self.shell("restore.sql", path=path, mode="merge"))
        self.assertEqual(self.database.execute("SELECT name, quantity FROM assets WHERE id IN ('a_car', 'a_flat')").fetchall()[0], ("Car", 7))

    def test_preview_says_how_many_of_how_many_it_lists(self):
        path = self.put(document())
        output = self.succeeds(self.shell("preview.sql", path=path))
        self.assertTrue(output.endswith("\nThese are the first 50 of 107 differences.\n"), output)
        self.assertEqual(len(re.findall("will be deleted: ", output)), 50)
        self.assertEqual(len(re.findall("will be deleted: ", self.succeeds(self.shell("preview.sql", path=path, limit=1000)))), 107)
        self.succeeds(self.shell("restore.sql", path=path))
        self.assertEqual(self.succeeds(self.shell("preview.sql", path=path)), "No differences.\n")

    def test_a_text_cannot_break_the_list_or_steer_the_terminal(self):
        self.database.execute("INSERT INTO tags VALUES ('t' || char(27) || '[2J', 'a' || char(10) || 'b' || char(27))")
        text = backup(self.database)
        self.database.execute("UPDATE tags SET name = 'c' || char(13) WHERE name LIKE 'a' || char(10) || '%'")
        output = self.succeeds(self.shell("preview.sql", path=self.put(text)))
        self.assertTrue(output.endswith('tags "t\\u001b[2J"  name becomes "a\\nb\\u001b" (now "c\\r")\n'), repr(output))

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
        self.assertTrue(output.endswith(f"Restored 107 rows from {path}.\n"), output)
        copy = self.safety_copy()
        # The path of the safety copy is the one that SQLite knows, symbolic links resolved.
        self.assertIn(f"Copy of the previous database: {copy.resolve()}\n", output)
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

    def test_a_restore_replaces_no_file_with_its_safety_copy(self):
        path = self.put(self.edit())
        safety = self.usb / "safe.db"
        safety.write_text("another copy")
        before = picture(self.database)
        for mode in ("replace", "merge", "missing"):
            self.fails(self.shell("restore.sql", path=path, mode=mode, safety=safety), "would replace a file")
        self.assertEqual(safety.read_text(), "another copy")
        self.assertEqual(picture(self.database), before)

    def test_each_problem_of_a_bad_backup_is_listed_before_anything_stops(self):
        path = self.put('{"schemaVersion":"1","data":{"tags":[{"id":"t","name":1},{"id":2,"name":"n"}],"assets":7}}')
        for mode in ("replace", "merge"):
            output = self.fails(self.shell("preview.sql", path=path, mode=mode), "line 1")
            self.fails(self.shell("restore.sql", path=path, mode=mode), "line 1")
            for place in ("$.data.tags[0].name: ", "$.data.tags[1].id: ", "$.data.assets: "):
                self.assertIn(place, output)

    def test_verify_takes_options(self):
        path = self.put('{"schemaVersion":"1","data":{"tags":[{"id":"t","name":"n","colour":"red"}]}}')
        self.fails(self.verify(path), "unknown field")
        self.assertEqual(self.succeeds(self.verify(path, options='{"unknown":"ignore"}')),
                         "Restored into memory: 1 row. Left out, because the database has no such table or field: tags.colour (1 row).\n"
                         "Compared field by field: no differences.\n")

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
        self.succeeds(self.shell("restore.sql", path=path, mode="merge"))
        self.assertEqual(picture(connect(self.safety_copy())), before)
        differences = self.database.execute("SELECT name, key, change FROM strata_backup_diff(?)", (path.read_bytes(),)).fetchall()
        self.assertEqual(differences, [("tags", "t_new", "added")])

    def test_merge_of_a_bad_backup_stops_before_it_does_anything(self):
        before = picture(self.database)
        path = self.put(document(tags=[{"id": "a", "name": "long-term"}]))
        self.fails(self.shell("restore.sql", path=path, mode="merge"), "UNIQUE constraint failed: tags.name")
        self.assertEqual(picture(self.database), before)
        self.assertFalse([name for name in names(self.folder) if "before" in name])

    def test_what_is_missing_comes_back_and_nothing_else_changes(self):
        path = self.put(self.edit())
        output = self.succeeds(self.shell("restore.sql", path=path, mode="missing"))
        self.assertTrue(output.endswith(f"Restored 1 row from {path}.\n"), output)
        differences = self.database.execute("SELECT name, key, change FROM strata_backup_diff(?)", (path.read_bytes(),)).fetchall()
        self.assertEqual(differences, [("tags", "t_new", "added"), ("assets", "a_car", "changed")])

    def test_a_trial_that_was_made_is_not_made_again(self):
        self.fails(self.shell("restore.sql", path=self.put(document(tags=[{"id": "a"}])), checked="yes"), "$.data.tags[0]")
        self.assertTrue(self.safety_copy().exists())

    def test_options_reach_the_restore(self):
        path = self.put(document(tags=[{"id": "a", "name": "n", "colour": "red"}]))
        self.fails(self.shell("restore.sql", path=path), "colour")
        output = self.succeeds(self.shell("restore.sql", path=path, options='{"unknown":"ignore"}'))
        self.assertTrue(output.endswith(" Left out, because the database has no such table or field: tags.colour (1 row).\n"), output)
        self.assertEqual(self.database.execute("SELECT id FROM tags").fetchall(), [("a",)])

    def verify(self, path, database=":memory:", **parameters) -> subprocess.CompletedProcess:
        return self.shell("verify.sql", database=database, before=(".read sql/schema.sql",), path=path, **parameters)

    def test_verify_restores_into_memory_and_compares(self):
        path = self.put(backup(self.database))
        self.assertEqual(self.succeeds(self.verify(path)), "Restored into memory: 107 rows.\n"
                         "Compared field by field: no differences.\n")

    def test_verify_fails_on_a_damaged_backup(self):
        whole = backup(self.database)
        self.fails(self.verify(self.put(whole[:-2])), "malformed JSON")
        self.fails(self.verify(self.put(whole.replace('"t_dream"', '"t_gone"', 1))), "t_dream")
        self.fails(self.verify(self.usb / "nowhere.json"), "No such file or directory")

    def test_what_an_old_backup_lacks_is_said_and_is_no_difference(self):
        tag = {"id": "a", "name": "n"}
        asset_type = {"id": "y", "code": "C", "label": "L"}
        output = self.succeeds(self.verify(self.put(document(tags=[tag], assetTypes=[asset_type]))))
        self.assertIn("Filled in, because the backup predates the field: assetTypes.group in 1 row.\n", output)

    def test_verify_lists_what_is_not_restored_as_the_backup_says(self):
        path = self.put(document(tags=[{"id": "a", "name": "n"}]))
        change = "CREATE TRIGGER t AFTER INSERT ON tags BEGIN UPDATE tags SET name = 'other'; END"
        output = self.fails(self.shell("verify.sql", database=":memory:", before=(".read sql/schema.sql", change), path=path),
                            "what was restored differs from the backup")
        self.assertIn("tags|a|changed|name|n|other\n", output)

    def test_verify_never_touches_a_database_on_the_disk(self):
        path = self.put(document())
        before = picture(self.database)
        self.fails(self.verify(path, "strata.db"), "run verify.sql with sqlite3 :memory:")
        self.assertEqual(picture(self.database), before)


if __name__ == "__main__":
    unittest.main()
