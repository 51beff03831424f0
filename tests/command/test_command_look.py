"""`strata diff`, `verify`, `counts`, `report`, `create`, and the demo: what they show."""

from __future__ import annotations

import json
import os
import subprocess
import sqlite3
import unittest

from door import CommandCase, backup
from support import SHELL, SOURCE, document, empty


class Diff(CommandCase):
    WORDS = "\n1 row was removed, 1 row was added, 1 value was changed.\n"

    def test_what_has_changed_since_a_backup(self):
        path = self.edit()
        output = self.does("diff", path, "strata.db")
        self.assertRegex(output, rf"^From {path}, exported at [-0-9T:.]+Z\nto strata.db:\n")
        self.assertIn(self.WORDS, output)
        self.assertIn('\nassets a_car  name was "Renault Zoé ⚡", is now "X"\n', output)
        self.assertEqual(self.does("diff", "strata.db", path), output)

    def test_what_has_changed_between_two_backups(self):
        older = self.edit()
        newer = self.put(backup(self.database), "newer.json")
        self.assertIn(self.WORDS, self.does("diff", older, newer))
        self.assertIn("\n1 row was removed, 1 row was added, 1 value was changed.\n", self.does("diff", newer, older))
        self.assertIn("tags t_new  was removed", self.does("diff", newer, older))
        self.assertIn("No differences.\n", self.does("diff", newer, newer))

    def test_it_only_reads(self):
        path = self.edit()
        before = self.files()
        self.database.execute("BEGIN IMMEDIATE")  # nobody else can write now
        self.does("diff", path, "strata.db")
        self.database.execute("ROLLBACK")
        self.assertEqual(self.files(), before)

    def test_the_file_at_fault_is_named(self):
        good, bad = self.put(backup(self.database), "good.json"), self.put(backup(self.database)[:-2], "bad.json")
        for pair in ((good, bad), (bad, good)):
            self.assertIn(f"strata: {bad}: line ", self.refuses_to("diff", *pair, says="malformed JSON"))

    def test_two_databases(self):
        self.refuses_to("diff", "strata.db", self.path, says="are both databases: back one of them up")

    def test_the_first_fifty_or_all(self):
        path = self.put(document())
        self.assertIn("\nThese are the first 50 of 107 differences.\n", self.does("diff", path, "strata.db"))
        self.assertEqual(self.does("diff", path, "strata.db", "--all").count("was added: "), 107)


class Verify(CommandCase):
    def test_a_backup_is_restored_into_memory_and_compared(self):
        path = self.put(backup(self.database))
        moment = json.loads(path.read_text(encoding="utf-8"))["exportedAt"]
        self.assertEqual(self.does("verify", path), f"{path}, exported at {moment}\nRestored into memory: 107 rows.\n"
                                                    "Compared field by field: no differences.\n")

    def test_a_damaged_backup(self):
        whole = backup(self.database)
        self.refuses_to("verify", self.put(whole[:-2]), says="malformed JSON")
        self.refuses_to("verify", self.put(whole.replace('"t_dream"', '"t_gone"', 1)), says="t_dream")

    def test_what_an_old_backup_lacks_is_no_damage(self):
        output = self.does("verify", self.put(document(assetTypes=[{"id": "y", "code": "C", "label": "L"}])))
        self.assertIn("Filled in, because the backup predates the field: assetTypes.group in 1 row.\n", output)

    def test_columns_of_ones_own_need_the_database(self):
        self.database.executescript("ALTER TABLE tags ADD COLUMN colour TEXT; UPDATE tags SET colour = 'red'")
        path = self.put(backup(self.database))
        self.refuses_to("verify", path, says="unknown field")
        self.does("verify", path, "strata.db")

    def test_a_raw_copy_is_looked_through(self):
        self.assertEqual(self.does("verify", "strata.db"), "strata.db: 107 rows. No damage found.\n")
        for extra in ("--ignore-unknown", "strata.db"):
            self.refuses_to("verify", "strata.db", extra, says=f"leave out {extra}", status=2)
        self.database.executescript("PRAGMA foreign_keys = OFF; DELETE FROM tags WHERE id = 't_dream'")
        self.refuses_to("verify", "strata.db", says="rows that refer to missing rows")


class Counts(CommandCase):
    def test_of_a_database_and_of_a_backup(self):
        rows = [("assetTypes", 13), ("categories", 5), ("tags", 3), ("assets", 12), ("assetSnapshots", 47), ("portfolioSnapshots", 8),
                ("transactions", 6), ("categoriesOnAssets", 9), ("tagsOnAssets", 4), ("total", 107)]
        for path in (self.path, self.put(backup(self.database))):
            lines = self.does("counts", path).splitlines()
            self.assertTrue(lines[0].startswith(str(path)), lines[0])
            self.assertEqual([(line[:20].strip(), int(line[20:])) for line in lines[1:]], rows)


class Report(CommandCase):
    def test_of_a_database_and_of_a_backup(self):
        path = self.put(backup(self.database))
        for source, page in ((self.path, "strata.html"), (path, "put.html")):
            self.assertEqual(self.does("report", source), f"Wrote {page}: open it in a browser.\n")
            text = (self.home / page).read_text(encoding="utf-8")
            self.assertIn("<svg", text)
            self.assertIn("Renault", text)
            self.assertEqual((self.home / page).stat().st_mode & 0o777, 0o600)
        self.assertEqual(self.does("report", "strata.db", self.usb / "it's.html"), f"Wrote {self.usb}/it's.html: open it in a browser.\n")

    def test_with_what_differs_from_a_backup(self):
        path = self.edit()
        self.does("report", "strata.db", "--since", path)
        self.assertIn("t_new", (self.home / "strata.html").read_text(encoding="utf-8"))

    def test_the_file_at_fault_is_named(self):
        bad = self.put(backup(self.database)[:-2], "bad.json")
        self.assertIn(f"strata: {bad}: line ", self.refuses_to("report", bad, says="malformed JSON"))
        self.refuses_to("report", "strata.db", "--since", "nope.json", says="there is no backup 'nope.json'")
        self.refuses_to("report", "strata.db", "no/such/page.html", says="there is no folder 'no/such'")

    def test_it_replaces_no_other_file(self):
        (self.home / "strata.html").write_text("my page", encoding="utf-8")
        self.refuses_to("report", "strata.db", says="strata.html")


class Create(CommandCase):
    def test_it_leaves_nothing_behind_where_it_fails(self):
        bad = self.put(backup(self.database)[:-2], "bad.json")
        for arguments in ((), (bad,)):
            self.refuses_to("create", "new.db", *arguments, says="cannot load the extension", STRATA_EXTENSION="/no/such/strata")
        self.assertIn(f"strata: {bad}: line ", self.refuses_to("create", "new.db", bad, says="malformed JSON"))

    def test_a_database_with_nine_tables_and_no_rows(self):
        self.assertEqual(self.does("create", "new.db"), "Created new.db, an empty Strata database.\n")
        empty(self.home / "same.db").close()
        self.assertEqual(self.picture_of(self.home / "new.db"), self.picture_of(self.home / "same.db"))

    def test_with_the_rows_of_a_backup_and_every_index(self):
        self.does("backup", "strata.db", "saved.json")
        self.assertRegex(self.does("create", "new.db", "saved.json"),
                         r"^Created new\.db with the 107 rows of saved\.json, exported at 20[^ ]+Z\.\n$")
        self.assertEqual(self.picture_of(self.home / "new.db"), self.picture_of(self.home / "strata.db"))
        indexes = "SELECT name FROM sqlite_master WHERE type = 'index' ORDER BY name"
        new, old = (sqlite3.connect(self.home / name) for name in ("new.db", "strata.db"))
        self.addCleanup(new.close)
        self.addCleanup(old.close)
        self.assertEqual(new.execute(indexes).fetchall(), old.execute(indexes).fetchall())
        self.assertEqual(new.execute("PRAGMA integrity_check").fetchall(), [("ok",)])

    def test_no_file_of_a_backup_that_cannot_be_restored(self):
        twice = self.put(document(tags=[{"id": "a", "name": "n"}, {"id": "b", "name": "n"}]))
        for command in (("create", "new.db", twice), ("create", "new.db", "missing.json"), ("create", "new.db", "strata.db")):
            with self.subTest(command):
                said = self.refuses_to(*command, says="")
                self.assertEqual(len(said.splitlines()), 1, said)
                self.assertEqual([path.name for path in self.home.iterdir() if path.name.startswith("new.db")], [])
        self.refuses_to("create", "new.db", twice, says="line 1: $.data.tags[1]: another row already has name 'n'")

    def test_a_database_that_another_program_makes_in_the_meantime_stays_as_it_is(self):
        """The shell that the command calls is a script, which first does what another program might do."""
        good = self.put(document(tags=[{"id": "a", "name": "n"}]), "good.json")
        bad = self.put(document(tags=[{"id": "a"}]), "bad.json")
        meddler = self.folder / "meddler"
        other = self.folder / "other.db"
        with sqlite3.connect(other) as database:
            database.executescript("CREATE TABLE tags(id TEXT PRIMARY KEY NOT NULL, name TEXT NOT NULL);"
                                   "INSERT INTO tags VALUES('mine', 'mine')")
        database.close()
        meddler.write_text(f'#!/bin/sh\ncp "{other}" new.db\nexec "{SHELL}" "$@"\n', encoding="utf-8")
        meddler.chmod(0o755)
        for path, says in ((good, "another program created 'new.db'"), (bad, "line 1: $.data.tags[0].name")):
            with self.subTest(path):
                done = self.strata("create", "new.db", path, SQLITE3=str(meddler))
                self.assertEqual((done.returncode, done.stdout), (1, ""))
                self.assertIn(says, done.stderr)
                self.assertEqual((self.home / "new.db").read_bytes(), other.read_bytes())
                self.assertEqual(self.left_over(), [])
                (self.home / "new.db").unlink()

    def test_on_a_file_system_without_links(self):
        good = self.put(document(tags=[{"id": "a", "name": "n"}]))
        tools = self.folder / "tools"
        tools.mkdir()
        (tools / "ln").write_text("#!/bin/sh\necho 'ln: Operation not permitted' >&2\nexit 1\n", encoding="utf-8")
        (tools / "ln").chmod(0o755)
        self.does("create", "new.db", good, PATH=f"{tools}:{os.environ['PATH']}")
        with sqlite3.connect(self.home / "new.db") as database:
            self.assertEqual(database.execute("SELECT id FROM tags").fetchall(), [("a",)])
        database.close()

    def test_a_journal_of_an_earlier_database_of_that_name_is_not_taken_for_the_new_one_s(self):
        good = self.put(document(tags=[{"id": "a", "name": "n"}]))
        for ending in ("wal", "journal"):
            (self.home / f"new.db-{ending}").write_bytes(b"of the old one")
            self.refuses_to("create", "new.db", good, says=f"'new.db-{ending}' exists")
            (self.home / f"new.db-{ending}").unlink()

    def test_a_folder_that_is_not_there(self):
        good = self.put(document(tags=[{"id": "a", "name": "n"}]))
        for more in ((), (good,)):
            self.refuses_to("create", "none/new.db", *more, says="there is no folder 'none'")


class Progress(CommandCase):
    def test_on_a_terminal_a_line_tells_how_far_it_is_and_is_gone_at_the_end(self):
        path = self.edit()
        for arguments in (("backup", "strata.db", self.usb), ("preview", "strata.db", path), ("verify", path),
                          ("restore", "strata.db", path, "--yes")):
            with self.subTest(arguments[0]):
                status, shown = self.on_a_terminal(*arguments, answer=b"", when="")
                self.assertEqual(status, 0, shown)
                self.assertRegex(shown, r"\r\x1b\[KassetSnapshots +47 of 47 \(100 %\)\r\x1b\[K")
                last = shown.splitlines()[-1]
                self.assertNotIn(" of ", last)

    def test_an_error_stands_on_a_line_of_its_own(self):
        status, shown = self.on_a_terminal("preview", "strata.db", self.put(document(tags=[{"id": 1}])), answer=b"", when="")
        self.assertEqual(status, 1, shown)
        self.assertRegex(shown.splitlines()[-1], r"(^|\r\x1b\[K)strata: ")

    def test_where_nobody_looks_nothing_is_drawn(self):
        self.assertNotIn("\x1b", self.does("backup", "strata.db", self.usb))


class Demo(CommandCase):
    def demo(self, folder) -> subprocess.CompletedProcess:
        return subprocess.run([*self.interpreter, SOURCE / "sql" / "demo.sh", folder], cwd=self.home, env=self.environment, timeout=60,
                              stdin=subprocess.DEVNULL, capture_output=True, encoding="utf-8", check=False)

    def test_it_goes_all_the_way_and_says_where_its_files_are(self):
        for _ in range(2):
            done = self.demo("it's a demo")
            self.assertEqual((done.returncode, done.stderr), (0, ""), done.stdout)
            self.assertIn("\n8 rows come back, 1 value is overwritten.\n", done.stdout)
            self.assertIn("No differences.", done.stdout)
            self.assertIn(f"\nThe files of this demo are in {self.home}/it's a demo\n", done.stdout)
            self.assertNotIn('{"path"', done.stdout)

    def test_it_deletes_no_folder_of_somebody_elses(self):
        (self.home / "mine").mkdir()
        (self.home / "mine" / "letter.txt").touch()
        self.assertEqual(self.demo("mine").returncode, 1)
        self.assertTrue((self.home / "mine" / "letter.txt").exists())


if __name__ == "__main__":
    unittest.main()
