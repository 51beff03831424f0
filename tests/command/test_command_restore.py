"""`strata preview`, `restore` and `undo`: what they show, ask, do and undo."""

from __future__ import annotations

import json
import pathlib
import re
import signal
import sqlite3
import subprocess
import time
import unittest

from disk import names
from door import CommandCase, backup, differences
from support import connect, document, empty, picture, without_moment

EDITED = "1 row comes back, 1 row will be deleted, 1 value is overwritten."


class Preview(CommandCase):
    def test_it_shows_tables_a_sentence_and_each_difference_and_changes_nothing(self):
        path = self.edit()
        before = self.files()
        lines = self.does("preview", "strata.db", path).splitlines()
        self.assertRegex(lines[0], rf"^{re.escape(str(path))}, exported at 20\d\d-\d\d-\d\dT[\d:.]+Z$")
        self.assertEqual([line.split()[0] for line in lines[1:5]], ["table", "tags", "assets", "tagsOnAssets"])
        self.assertEqual(lines[5:], [
            "", EDITED, "",
            'tags t_new  will be deleted: {"id":"t_new","name":"mine"}',
            'assets a_car  name becomes "Renault Zoé ⚡" (now "X")',
            'tagsOnAssets ["a_watch","t_insured"]  comes back: {"assetId":"a_watch","tagId":"t_insured"}',
            "A restore would succeed. Nothing was changed."])
        self.assertEqual(self.files(), before)

    def test_in_the_words_of_a_merge_and_of_what_is_missing(self):
        path = self.edit()
        self.assertIn("1 row that only the database has is kept, 1 value is overwritten.", self.does("preview", "strata.db", path, "--merge"))
        self.assertIn("1 changed value is kept.", self.does("preview", "strata.db", path, "--only-missing"))
        self.refuses_to("preview", "strata.db", path, "--merge", "--only-missing", says="either --merge or --only-missing", status=2)

    def test_fifty_differences_or_all(self):
        path = self.put(document())
        self.assertIn("\nThese are the first 50 of 107 differences.\n", self.does("preview", "strata.db", path))
        output = self.does("preview", "strata.db", path, "--all")
        self.assertEqual(output.count("will be deleted: "), 107)
        self.assertNotIn("These are", output)

    def test_every_problem_once_with_the_files_name_and_the_status(self):
        path = self.put('{"schemaVersion":"1","data":{"tags":[{"id":"t","name":1},\n{"id":2,"name":"n"}],"assets":7}}')
        for command in (["preview"], ["restore", "--yes"], ["restore", "--yes", "--merge"]):
            said = self.refuses_to(command[0], "strata.db", path, *command[1:], says="")
            self.assertEqual(said.splitlines(), [
                f"strata: {path}: line 1: $.data.tags[0].name: expected a string, found the number 1",
                f"strata: {path}: line 2: $.data.tags[1].id: expected a string, found the number 2",
                f"strata: {path}: line 2: $.data.assets: expected an array of rows, found a number"])

    def test_one_problem_is_said_once(self):
        path = self.put(document(tags=[{"id": "a", "name": "n"}, {"id": "b", "name": "n"}]))
        said = self.refuses_to("preview", "strata.db", path, says="another row already has name 'n'")
        self.assertEqual(len(said.splitlines()), 1, said)
        self.assertNotIn("(19)", said)

    def test_what_is_no_backup_is_said_once(self):
        for text in ("hello", "", "{", '{"schemaVersion":"2","data":{}}'):
            said = self.refuses_to("preview", "strata.db", self.put(text), says="put.json")
            self.assertEqual(len(said.splitlines()), 1, said)


class Restore(CommandCase):
    def test_it_shows_keeps_a_copy_restores_and_says_how_to_undo_it(self):
        path = self.edit()
        text, before = path.read_text(encoding="utf-8"), picture(self.database)
        output = self.does("restore", "strata.db", path, "--yes")
        self.assertIn(f"\n{EDITED}\n", output)
        self.assertNotIn("t_new", output, "a list for nobody")
        self.assertTrue(output.endswith(f"Restored 107 rows from {path}.\n"
                                        f"To undo this:  {self.script} undo strata.db {self.safety().name}\n"), output)
        self.assertEqual(without_moment(backup(self.database)), without_moment(text))
        self.assertEqual(self.picture_of(self.safety()), before)

    def test_the_line_that_undoes_it_can_be_pasted(self):
        odd = self.home / "it's \"my\" $data – 🏠.db"
        self.path.rename(odd)
        self.database.close()
        connection = connect(odd)
        path = self.put(backup(connection))
        connection.execute("DELETE FROM asset_tags")
        before = picture(connection)
        connection.close()
        output = self.does("restore", odd, path, "--yes")
        line = re.search(r"^To undo this:  (.*)$", output, re.M).group(1)
        self.does_paste(line)
        self.assertEqual(self.picture_of(odd), before)

    def does_paste(self, line: str) -> str:
        import subprocess
        done = subprocess.run([*self.interpreter, "-c", line], cwd="/", env=self.environment, capture_output=True, timeout=60,
                              encoding="utf-8", stdin=subprocess.DEVNULL, check=False)
        self.assertEqual((done.returncode, done.stderr), (0, ""))
        return done.stdout

    def test_a_value_that_cannot_be_backed_up_is_put_right(self):
        """The very case in which a restore is needed."""
        backup = self.edit()
        self.database.execute("UPDATE assets SET quantity = 'a lot' WHERE id = 'a_wallet'")
        self.assertIn('quantity becomes nothing (now "a lot")', self.does("preview", "strata.db", backup))
        self.does("restore", "--yes", "strata.db", backup)
        self.assertEqual(differences(self.database, backup), [])

    def test_merge_keeps_what_only_the_database_has(self):
        path = self.edit()
        self.does("restore", "strata.db", path, "--merge", "--yes")
        self.assertEqual(differences(self.database, path), [("tags", "t_new", "added")])

    def test_only_missing_brings_back_what_was_deleted_and_nothing_else(self):
        path = self.edit()
        output = self.does("restore", "strata.db", path, "--only-missing", "--yes")
        self.assertIn("\nRestored 1 row from ", output)
        self.assertEqual(differences(self.database, path), [("tags", "t_new", "added"), ("assets", "a_car", "changed")])

    def test_what_only_missing_cannot_bring_back_is_named_by_its_line_in_the_backup(self):
        """Not by a line of the smaller document that is merged."""
        path = self.put('{"schemaVersion":"1","data":{\n"tags":[\n{"id":"t_dream","name":"x"},\n{"id":"t_2","name":"mine"},\n'
                        '{"id":"t_3\\u001b","name":"fine"},\n{"id":"t_4","name":"theirs"}],\n'
                        '"assets":[\n{"id":"a","name":"n","assetTypeId":"nowhere"}]}}')
        self.database.executescript("INSERT INTO tags VALUES ('t_new', 'mine'), ('t_newer', 'theirs')")
        for command in (["preview"], ["restore", "--yes"]):
            said = self.refuses_to(*command, "strata.db", path, "--only-missing", says="another row already has name 'mine'")
            self.assertEqual(sorted(line.split(": ")[2:4] for line in said.splitlines()),
                             [["line 4", "tags t_2"], ["line 6", "tags t_4"], ["line 8", "assets a.assetTypeId"]])

    def test_only_missing_of_a_whole_asset_with_its_history(self):
        path = self.put(backup(self.database))
        self.database.executescript("PRAGMA foreign_keys = ON; DELETE FROM assets WHERE id = 'a_flat'")
        self.does("restore", "strata.db", path, "--only-missing", "--yes")
        self.assertEqual(differences(self.database, path), [])

    def test_where_there_is_nothing_to_do_nothing_is_done(self):
        path = self.put(backup(self.database))
        self.database.execute("INSERT INTO tags VALUES ('t_new', 'mine')")
        before = self.files()
        for option in ("--merge", "--only-missing"):
            self.assertIn("There is nothing to restore. Nothing was changed.\n", self.does("restore", "strata.db", path, option, "--yes"))
        self.assertEqual(self.files(), before)

    def test_a_restore_that_fails_leaves_no_copy(self):
        path = self.edit()
        self.database.executescript("CREATE TRIGGER closed BEFORE INSERT ON tags BEGIN SELECT RAISE(ABORT, 'closed today'); END")
        self.refuses_to("restore", "strata.db", path, "--yes", says="closed today")
        self.assertEqual(names(self.home), ["strata.db"])

    def test_another_writer_is_waited_for_and_then_said(self):
        path = self.edit()
        other = sqlite3.connect(self.path, isolation_level=None)
        self.addCleanup(other.close)
        other.execute("BEGIN IMMEDIATE")
        done = self.strata("restore", "strata.db", path, "--yes")  # reading the file here would drop the lock
        self.assertEqual(done.returncode, 1, done.stdout)
        self.assertIn("locked", done.stderr)
        self.speaks_plainly(done.stderr)

    def test_without_a_terminal_it_needs_yes(self):
        self.refuses_to("restore", "strata.db", self.edit(), says="without being asked. Nothing was changed")

    def test_an_empty_backup_over_rows_needs_more_than_yes(self):
        path = self.put(document())
        self.refuses_to("restore", "strata.db", path, "--yes", says="would delete all 107 rows of 'strata.db'")
        self.does("restore", "strata.db", path, "--yes", "--allow-empty")
        self.assertEqual(self.database.execute("SELECT count(*) FROM assets").fetchone(), (0,))
        self.does("undo", "strata.db", self.safety())
        self.assertEqual(self.database.execute("SELECT count(*) FROM assets").fetchone(), (12,))

    def test_a_database_in_wal_mode_stays_in_it(self):
        self.database.execute("PRAGMA journal_mode = WAL")
        path = self.edit()
        self.does("restore", "strata.db", path, "--yes")
        self.does("undo", "strata.db", self.safety())
        self.assertEqual(differences(self.database, path)[0], ("tags", "t_new", "added"))


class LeftOut(CommandCase):
    """What the database has no place for: retired by the app, or, with --ignore-unknown, not known at all."""

    NOTICE = "Left out, because the database has no such table or field: "

    def from_another_app(self, *, newer: bool) -> pathlib.Path:
        data = json.loads(backup(self.database))
        for row in data["data"]["assets"][:3]:
            row["portfolioId"] = "p"
        data["data"]["portfolios"] = [{"id": "p", "name": "n"}]
        if newer:
            data["data"]["tags"][0]["icon"] = "star"
            data["data"]["budgets"] = [{"id": "b"}, {"id": "c"}]
        return self.put(json.dumps(data), "newer.json" if newer else "older.json")

    def test_what_the_app_has_retired_is_no_difference_and_is_said(self):
        path = self.from_another_app(newer=False)
        table, all_of_it = "portfolios (1 row)", "portfolios (1 row), assets.portfolioId (3 rows).\n"
        for option, left_out in (([], all_of_it), (["--merge"], all_of_it), (["--only-missing"], table + ".\n")):
            output = self.does("preview", "strata.db", path, *option)
            self.assertIn("No differences.", output)
            self.assertIn(self.NOTICE + left_out, output)
            self.assertIn("There is nothing to restore.", self.does("restore", "strata.db", path, *option, "--yes"))
        self.assertIn("Restored into memory: 107 rows. " + self.NOTICE + all_of_it, self.does("verify", path))
        self.assertTrue(self.does("create", "new.db", path).endswith(self.NOTICE + all_of_it))
        self.database.execute("DELETE FROM assets WHERE id = 'a_livret'")
        restored = f"Restored 1 row from {path}. {self.NOTICE}{table}, assets.portfolioId (1 row).\n"
        self.assertIn(restored, self.does("restore", "strata.db", path, "--only-missing", "--yes"))
        self.database.execute("DELETE FROM asset_tags")
        self.assertIn(f"Restored 107 rows from {path}. {self.NOTICE}{all_of_it}", self.does("restore", "strata.db", path, "--yes"))

    def test_what_is_unknown_is_left_out_only_if_you_say_so(self):
        path = self.from_another_app(newer=True)
        before = picture(self.database)
        names = ("portfolios (1 row)", "budgets (2 rows)", "tags.icon (1 row)", "assets.portfolioId (3 rows)")
        for command in (["preview"], ["restore", "--yes"], ["restore", "--merge", "--yes"], ["restore", "--only-missing", "--yes"]):
            self.database.execute("DELETE FROM tags WHERE id = 't_long'")
            self.refuses_to(command[0], "strata.db", path, *command[1:], says="leave it out with --ignore-unknown")
            output = self.does(command[0], "strata.db", path, *command[1:], "--ignore-unknown")
            for notice in re.findall(f"{re.escape(self.NOTICE)}(.*)\\.\n", output):
                self.assertEqual(sorted(notice.split(", ")), sorted(names[:3] if "--only-missing" in command else names))
            self.assertEqual(output.count(self.NOTICE), 1 + (command[0] == "restore"))
        for output in (self.does("create", "new.db", path, "--ignore-unknown"), self.does("verify", path, "--ignore-unknown")):
            self.assertIn(self.NOTICE + ", ".join(names) + ".\n", output)
        self.assertEqual(self.picture_of(self.home / "new.db"), before)
        self.refuses_to("diff", path, "strata.db", "--ignore-unknown", says="'diff' has no option '--ignore-unknown'", status=2)
        self.refuses_to("create", "other.db", "--ignore-unknown", says="--ignore-unknown needs a FILE to restore", status=2)

    def test_a_misspelled_table_is_refused_where_only_what_is_missing_comes_back(self):
        path = self.put(backup(self.database).replace('"tags":', '"tagss":').replace('"tagsOnAssets":', '"tagsOnAsset":'))
        self.database.execute("DELETE FROM transactions WHERE id = 'x_1'")
        self.refuses_to("restore", "strata.db", path, "--only-missing", "--yes", says=": unknown table")

    def test_a_name_that_differs_only_in_its_spelling_is_unknown(self):
        data = json.loads(backup(self.database))
        data["data"]["tags"][0]["NAME"] = "x"
        data["data"]["assets"][0]["asset_type_id"] = None
        path = self.put(json.dumps(data))
        preview = self.does("preview", "strata.db", path, "--ignore-unknown")
        self.assertIn("No differences.\n" + self.NOTICE + "assets.asset_type_id (1 row), tags.NAME (1 row).\n", preview)
        self.assertIn(self.NOTICE + "tags.NAME (1 row), assets.asset_type_id (1 row).\nCompared field by field: no differences.\n", self.does("verify", path, "--ignore-unknown"))

    def test_no_name_controls_the_terminal_or_fills_it(self):
        data = json.loads(backup(self.database))
        data["data"]["tags.icon"] = data["data"]["a\n\33[31mred"] = [{"id": 1}]
        data["data"]["assets"][0] |= {"nul\0": 1}
        data["data"]["tags"][0] |= {"icon": 1} | {f"more{number}": 1 for number in range(30)}
        path = self.put(json.dumps(data))
        for command in (["preview", "strata.db", path], ["verify", path], ["create", "new.db", path]):
            output = self.does(*command, "--ignore-unknown")
            self.assertNotIn("\33", output)
            for part in (r"tags\.icon \([12] rows?\), ", r'"a\\n\\u001b\[31mred" \(1 row\), ', ", and more\\.\n"):
                self.assertRegex(output, part)
            if command[0] == "preview":  # the others name the fields of tags first
                self.assertRegex(output, r'assets\.nul\S* \(1 row\), tags')  # U+0000 cuts nothing off


class Question(CommandCase):
    def test_yes_restores(self):
        path = self.edit()
        status, shown = self.on_a_terminal("restore", "strata.db", path, answer=b"yes\n")
        self.assertEqual(status, 0, shown)
        self.assertIn('Restore into strata.db? Type "yes" to continue: ', shown)
        self.assertIn("t_new  will be deleted", shown)
        self.assertIn("To undo this:", shown)
        self.assertEqual(differences(self.database, path), [])

    def test_any_other_answer_changes_nothing(self):
        path = self.edit()
        before = self.files()
        for answer in (b"\n", b"y\n", b"no\n", b"yes please\n", b"\x04"):
            with self.subTest(answer=answer):
                status, shown = self.on_a_terminal("restore", "strata.db", path, answer=answer)
                self.assertEqual(status, 1, shown)
                self.assertTrue(shown.endswith("strata: not restored; nothing was changed\n"), shown)
                self.assertEqual(self.files(), before)

    def test_ctrl_c_at_the_question_changes_nothing(self):
        path = self.edit()
        before = self.files()
        status, shown = self.on_a_terminal("restore", "strata.db", path, answer=b"\x03")
        self.assertEqual(status, 1, shown)
        self.assertTrue(shown.endswith("strata: stopped; nothing was changed\n"), shown)
        self.assertEqual(self.files(), before)

    def test_ctrl_c_while_it_works_changes_nothing(self):
        self.database.execute("""INSERT INTO asset_snapshots(id, asset_id, value, observed_at)
            WITH RECURSIVE n(i) AS (VALUES (1) UNION ALL SELECT i + 1 FROM n WHERE i < 60000)
            SELECT 'n' || i, 'a_car', i, '2025-01-01T00:00:00.000+00:00' FROM n""")
        path = self.put(backup(self.database))
        self.database.execute("DELETE FROM asset_snapshots WHERE id LIKE 'n%'")
        before, rows = names(self.home), self.database.execute("SELECT count(*) FROM asset_snapshots").fetchone()
        for arguments, when in ((("restore", "strata.db", path, "--yes"), "60,000 rows come back."), (("preview", "strata.db", path), "")):
            status, shown = self.on_a_terminal(*arguments, answer=b"\x03", when=when)
            if status == 0:  # it came too late, or between two programs: what is said is what was done
                self.assertTrue("To undo this" in shown or "Nothing was changed" in shown, shown)
                continue
            self.assertEqual(status, 1, shown)
            self.assertTrue(shown.endswith("strata: stopped; nothing was changed\n"), shown)
            self.assertEqual(names(self.home), before)
            self.assertEqual(self.database.execute("SELECT count(*) FROM asset_snapshots").fetchone(), rows)

    def test_an_empty_backup_asks_in_other_words(self):
        path = self.put(document())
        before = self.files()
        status, shown = self.on_a_terminal("restore", "strata.db", path, answer=b"yes\n")
        self.assertEqual(status, 1, shown)
        self.assertIn('The backup is EMPTY. All 107 rows of strata.db would be deleted, and nothing restored. '
                      'Type "delete all 107 rows" to continue: ', shown)
        self.assertEqual(self.files(), before)
        status, shown = self.on_a_terminal("restore", "strata.db", path, answer=b"delete all 107 rows\n")
        self.assertEqual(status, 0, shown)

    def test_a_hundred_differences_are_not_all_listed_before_the_question(self):
        empty(self.home / "new.db").close()
        status, shown = self.on_a_terminal("restore", "new.db", self.put(backup(self.database)), answer=b"yes\n")
        self.assertEqual(status, 0, shown)
        self.assertIn("These are the first 10 of 107 differences.", shown)


class Waiting(CommandCase):
    """Another program writes for a moment."""

    def test_preview_and_restore_wait(self):
        path = self.edit()
        for arguments in (("preview",), ("restore", "--yes")):
            with self.subTest(command=arguments[0]):
                self.database.execute("BEGIN IMMEDIATE")
                command = [*self.interpreter, str(self.script), *arguments, "strata.db", str(path)]
                running = subprocess.Popen(command, cwd=self.home, env=self.environment, stdin=subprocess.DEVNULL,
                                           stdout=subprocess.PIPE, stderr=subprocess.STDOUT, encoding="utf-8")
                time.sleep(2)
                self.database.execute("COMMIT")
                output = running.communicate(timeout=60)[0]
                self.assertEqual(running.returncode, 0, output)
        self.assertEqual(differences(self.database, path), [])
        self.safety()  # there is one, and only one


class Undo(CommandCase):
    def restored(self):
        self.path_of_backup = self.edit()
        self.before = picture(self.database)
        self.does("restore", "strata.db", self.path_of_backup, "--yes")
        return self.safety()

    def test_it_puts_the_copy_back_and_says_how_to_go_back_again(self):
        safety = self.restored()
        output = self.does("undo", "strata.db", safety.name)
        again = self.safety("undo")
        self.assertEqual(output, f"strata.db is now the same as {safety.name}: 107 rows.\nTo go back:  {self.script} undo strata.db {again.name}\n")
        self.assertEqual(picture(self.database), self.before)
        self.does("undo", "strata.db", again.name)
        self.assertEqual(differences(self.database, self.path_of_backup), [])

    def test_a_journal_that_is_left_beside_the_database_does_no_harm(self):
        """What made a mess of a copy that was put back with `mv`."""
        safety = self.restored()
        other = sqlite3.connect(self.path, isolation_level=None)
        other.executescript("PRAGMA cache_size = 1; PRAGMA cache_spill = 1; BEGIN; DELETE FROM asset_snapshots; DELETE FROM assets")
        journal = self.path.with_name("strata.db-journal")
        hot = journal.read_bytes() if journal.exists() else b""
        content = self.path.read_bytes()
        other.execute("ROLLBACK")
        other.close()
        self.database.close()
        self.path.write_bytes(content)  # as a killed process leaves it
        journal.write_bytes(hot)
        self.does("undo", "strata.db", safety.name)
        self.assertEqual(self.picture_of(self.path), self.before)
        self.assertFalse(journal.exists())

    def test_the_app_may_have_the_database_open(self):
        safety = self.restored()
        self.assertEqual(self.database.execute("SELECT count(*) FROM tags").fetchone(), (3,))
        self.does("undo", "strata.db", safety.name)
        self.assertEqual(self.database.execute("SELECT count(*) FROM tags").fetchone(), (4,))

    def test_what_is_no_copy_is_refused(self):
        safety = self.restored()
        self.refuses_to("undo", "strata.db", self.path_of_backup, says=f"run: {self.script} restore strata.db")
        self.refuses_to("undo", "strata.db", "nowhere.db", says="there is no copy 'nowhere.db'")
        self.refuses_to("undo", "nowhere.db", safety, says="there is no database 'nowhere.db'")
        self.refuses_to("undo", "strata.db", "strata.db", says="are the same file")
        self.refuses_to("undo", safety, "strata.db", says="name the database first")
        connection = sqlite3.connect(self.home / "other.db")
        connection.execute("CREATE TABLE notes(x)")
        connection.close()
        self.refuses_to("undo", "strata.db", "other.db", says='has no table "asset_types"')
        self.refuses_to("undo", "other.db", safety, says="it is not a Strata database")

    def test_a_database_that_lost_a_table_is_replaced_and_no_way_back_is_promised(self):
        self.does("copy", "strata.db", "copy.db")
        self.database.execute("DROP TABLE asset_tags")
        self.assertRegex(self.does("undo", "strata.db", "copy.db"), r"\nCopy of the previous database:  strata\.db\.before-undo-\S+\n$")
        self.assertEqual(self.database.execute("SELECT count(*) FROM asset_tags").fetchone(), (4,))

    def test_a_damaged_copy_is_not_put_back(self):
        safety = self.restored()
        content = bytearray(safety.read_bytes())
        page = int.from_bytes(content[16:18], "big")
        for number in range(5, 20):
            content[number * page:number * page + 8] = b"\x0d\xff\xff\xff\xff\xff\xff\xff"
        safety.write_bytes(content)
        self.refuses_to("undo", "strata.db", safety, says=safety.name)


if __name__ == "__main__":
    unittest.main()
