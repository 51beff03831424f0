"""strata_restore_file() restores from a file of any size as strata_restore_json() does from a
value, without loading the file into memory. A file that is not a backup, or that changes while
it is being read, is an error, and nothing is changed.
"""

from __future__ import annotations

import json
import os
import pathlib
import signal
import sqlite3
import unittest

from bad_documents import BAD
from disk import NOBODY, add_snapshots, in_child
from support import Case, connect, document, empty, picture, sample, script, without_moment

RESTORE = "SELECT strata_restore_file(?)"
WINDOW = 256 * 1024


def backup(connection: sqlite3.Connection) -> str:
    return connection.execute("SELECT strata_backup_json()").fetchone()[0]


class FileCase(Case):
    def setUp(self):
        super().setUp()
        self.path = self.folder / "backup.json"

    def put(self, text: str | bytes) -> str:
        self.path.write_bytes(text if isinstance(text, bytes) else text.encode("utf-8"))
        return str(self.path)

    def same_as_from_a_value(self, text: str | bytes, *arguments) -> dict:
        """The file and the value give the same result, or the same message, and the same rows."""
        outcomes = []
        for name, argument in (("json", text), ("file", self.put(text))):
            database = sample()
            marks = ",".join("?" * (1 + len(arguments)))
            try:
                outcome = database.execute(f"SELECT strata_restore_{name}({marks})", (argument, *arguments)).fetchone()[0]
            except sqlite3.Error as error:
                outcome = f"{type(error).__name__}: {error}"
            now = "2020-02-02T02:02:02.222+00:00"  # what a restore fills in is the moment of it
            database.execute("UPDATE assets SET updated_at = ?, created_at = ?", (now, now))
            database.execute("UPDATE asset_snapshots SET created_at = ?", (now,))
            database.execute("UPDATE portfolio_snapshots SET created_at = ?", (now,))
            database.execute("UPDATE transactions SET created_at = ?", (now,))
            outcomes.append((outcome, picture(database)))
        self.assertEqual(outcomes[0][0], outcomes[1][0])
        self.assertEqual(outcomes[0][1], outcomes[1][1])
        return outcomes[0][0]


class Documents(FileCase):
    def test_a_backup_file_makes_the_round_trip(self):
        database = sample()
        add_snapshots(database, 20_000)
        database.execute("SELECT strata_backup_file(?)", (str(self.path),)).fetchall()
        self.assertGreater(self.path.stat().st_size, 10 * WINDOW)
        other = sample()
        result = other.execute(RESTORE, (str(self.path),)).fetchone()[0]
        self.assertEqual(json.loads(result)["counts"]["assetSnapshots"], 20_047)
        self.assertEqual(picture(other), picture(database))

    def test_mode_and_options_are_those_of_restore_json(self):
        tag = {"id": "t_long", "name": "renamed", "colour": "red"}
        text = document(tags=[tag])
        ignore = '{"unknown":"ignore"}'
        result = self.same_as_from_a_value(text, "merge", ignore)
        self.assertEqual(json.loads(result)["ignored"], {"tags.colour": 1})
        self.assertIn('"mode":"replace"', self.same_as_from_a_value(text, None, ignore))
        self.assertIn("colour", self.same_as_from_a_value(text))
        self.assertIn("unknown mode", self.same_as_from_a_value(text, "Merge"))
        self.assertIn("options", self.same_as_from_a_value(text, "merge", "[]"))

    def test_an_attached_database_is_restored_into_by_its_name(self):
        empty(self.folder / "other.db").close()
        database = sample()
        database.execute("ATTACH ? AS aux", (str(self.folder / "other.db"),))
        before = picture(database)
        path = self.put(document(tags=[{"id": "t", "name": "n"}]))
        database.execute("SELECT strata_restore_file(?, 'replace', '{\"schema\":\"aux\"}')", (path,)).fetchall()
        self.assertEqual(database.execute("SELECT id, name FROM aux.tags").fetchall(), [("t", "n")])
        self.assertEqual(picture(database), before)

    def test_a_byte_order_mark_is_skipped(self):
        self.assertIn('"tags":1', self.same_as_from_a_value(b"\xef\xbb\xbf" + document(tags=[{"id": "t", "name": "n"}]).encode()))

    def test_a_utf16_database_reads_utf8(self):
        path = self.put(backup(sample()))
        database = connect()
        database.execute("PRAGMA encoding = 'UTF-16be'")
        script(database, "schema.sql")
        database.execute(RESTORE, (path,)).fetchall()
        self.assertEqual(without_moment(backup(database)), without_moment(backup(sample())))

    def test_every_bad_document_gets_the_message_that_restore_json_gives(self):
        database = sample()
        before = picture(database)
        for bad in BAD:
            path = self.put(bad.document)
            for mode in bad.modes:
                with self.subTest(name=bad.name, mode=mode):
                    errors = []
                    for name, argument in (("json", bad.document), ("file", path)):
                        with self.assertRaises(sqlite3.Error) as caught:
                            database.execute(f"SELECT strata_restore_{name}(?, ?)", (argument, mode)).fetchall()
                        errors.append((type(caught.exception), str(caught.exception)))
                    if bad.document:  # only a text may be a file's name by mistake
                        hint = "; to restore a file, pass its name to strata_restore_file() or strata_file()"
                        self.assertEqual((errors[0][0], errors[0][1].replace(hint, "")), errors[1])
        self.assertEqual(picture(database), before)


class Borders(FileCase):
    """The file is read through a window; what lies across its border is read whole."""

    ROW = ('{"id":"t\\u00e9\\ud83c\\udfe0","name":"a \\"quoted\\" \\\\ é – 🏠 \\u0000 end"}')
    ASSET = ('{"id":"a1","name":"n","quantity":-12345.00000678e+2,"disposed":false,"assetTypeId":"y",'
             '"createdAt":"2024-02-29T23:59:59.123456+02:00","updatedAt":null}')
    TYPE = '{"id":"y","code":"C","label":"L","group":"OTHER"}'

    def test_a_token_may_lie_across_the_border_anywhere(self):
        asset = self.ASSET.replace("null", '"2024-01-01"')
        text = '{"schemaVersion":"1","data":{"assetTypes":[%s],"tags":[%s],"assets":[%s]}}' % (self.TYPE, self.ROW, asset)
        database = empty()
        database.execute("SELECT strata_restore_json(?)", (text,)).fetchall()
        expected = without_moment(backup(database))
        self.assertIn('"quantity":"-1234500.00067800"', expected)
        data = text.encode("utf-8")
        head = data.index(b'"data":')
        for shift in range(len(data) - head + 1):
            # The border falls `shift` bytes after "data": begins.
            padding = b" " * (WINDOW - head - shift)
            path = self.put(data[:head] + padding + data[head:])
            database.execute("DELETE FROM tags")
            database.execute(RESTORE, (path,)).fetchall()
            if without_moment(backup(database)) != expected:
                self.assertEqual((shift, without_moment(backup(database))), (shift, expected))

    def test_an_error_behind_the_border_has_its_line_and_path(self):
        rows = [{"id": f"t{i}", "name": f"name {i}"} for i in range(30_000)]
        rows[29_998]["name"] = 5
        text = document(tags=rows).replace("},{", "},\n{")
        self.assertGreater(len(text), 4 * WINDOW)
        self.assertIn("line 29999: $.data.tags[29998].name:", self.same_as_from_a_value(text))

    def test_malformed_json_behind_the_border_has_its_line_and_column(self):
        text = document(tags=[{"id": "t", "name": "x" * 3 * WINDOW}])
        message = self.same_as_from_a_value("\n\n" + text[:-2] + "é]" + text[-2:])
        self.assertIn(f"line 3, column {len(text) - 1}", message)

    def test_a_row_may_be_larger_than_the_window(self):
        for size in (WINDOW - 100, WINDOW, 3_000_000):
            with self.subTest(size=size):
                notes = ("é\n\"\\🏠" * size)[:size]
                row = {"id": "p", "value": "1.50", "notes": notes, "observedAt": "2024-01-01T00:00:00Z"}
                path = self.put(document(portfolioSnapshots=[row, {**row, "id": "q", "observedAt": "2025-01-01"}]))
                database = empty()
                database.execute(RESTORE, (path,)).fetchall()
                self.assertEqual(database.execute("SELECT id, notes FROM portfolio_snapshots").fetchall(),
                                 [("p", notes), ("q", notes)])

    def test_a_file_that_ends_early_anywhere_is_no_backup(self):
        data = backup(sample()).encode("utf-8")
        database = sample()
        before = picture(database)
        for length in list(range(1, 200)) + list(range(200, len(data), 97)) + [len(data) - 1]:
            path = self.put(data[:length])
            with self.assertRaises(sqlite3.Error):
                database.execute(RESTORE, (path,)).fetchall()
        self.assertEqual(picture(database), before)


class Refusals(FileCase):
    def refuses_path(self, path, says: str):
        error = self.refuses(sample(), RESTORE, (str(path),), says=says)
        self.assertIn(str(path), str(error))

    def test_a_file_that_is_not_there(self):
        self.refuses_path(self.folder / "nowhere.json", "No such file or directory")
        self.refuses_path(self.folder / "no folder" / "x.json", "No such file or directory")
        database = sample(self.folder / "a.db")  # whose own folder is looked at
        for path in ("/nowhere.json", "nowhere.json", str(self.folder / "no folder" / "x.json")):
            self.refuses(database, RESTORE, (path,), says=f"cannot read '{path}': No such file or directory")

    def test_a_folder(self):
        self.refuses_path(self.folder, "Is a directory")

    def test_an_empty_file(self):
        self.put("")
        self.refuses_path(self.path, "is empty")

    def test_a_pipe_that_nobody_writes_to_is_not_waited_for(self):
        os.mkfifo(self.folder / "pipe")
        signal.signal(signal.SIGALRM, signal.SIG_DFL)
        signal.alarm(20)
        self.refuses_path(self.folder / "pipe", "not a regular file")
        signal.alarm(0)

    def test_a_device(self):
        self.refuses_path("/dev/null", "not a regular file")

    def test_a_file_that_this_user_may_not_read(self):
        self.put(document())
        self.path.chmod(0o000)
        self.folder.chmod(0o755)
        user = NOBODY if os.geteuid() == 0 else None
        database = sample()  # here: another user may not be able to read the source tree

        def attempt():
            with self.assertRaises(sqlite3.Error) as caught:
                database.execute(RESTORE, (str(self.path),))
            return str(caught.exception)

        self.assertEqual(in_child(attempt, user=user), f"cannot read '{self.path}': Permission denied")

    def test_what_is_no_path(self):
        for path, says in ((None, "must be text"), (7, "must be text"), (b"x.json", "must be text"),
                           ("", "path is empty"), ("a\0b.json", "U+0000")):
            with self.subTest(path=path):
                self.refuses(sample(), RESTORE, (path,), says=says)

    def test_a_binary_file(self):
        sample(self.folder / "main.db").close()
        self.refuses_path_without_name(self.folder / "main.db")

    def refuses_path_without_name(self, path):
        error = self.refuses(sample(), RESTORE, (str(path),), says="line 1, column 1")
        self.assertIsInstance(error, sqlite3.OperationalError)

    def test_after_an_error_the_callers_transaction_goes_on(self):
        database = sample()
        database.execute("BEGIN")
        database.execute("INSERT INTO tags VALUES ('t_new', 'mine')")
        self.refuses(database, RESTORE, (str(self.folder),), says="Is a directory")
        self.refuses(database, RESTORE, (self.put(document(tags=[{"id": "a", "name": 1}])),), says="$.data.tags[0].name")
        database.execute("COMMIT")
        self.assertEqual(database.execute("SELECT name FROM tags WHERE id = 't_new'").fetchone()[0], "mine")

    def test_inside_the_callers_transaction_it_can_be_rolled_back(self):
        database = sample()
        before = picture(database)
        database.execute("BEGIN")
        database.execute(RESTORE, (self.put(document(tags=[{"id": "t", "name": "n"}])),)).fetchall()
        self.assertTrue(database.in_transaction)
        self.assertEqual(database.execute("SELECT count(*) FROM tags").fetchone()[0], 1)
        database.execute("ROLLBACK")
        self.assertEqual(picture(database), before)


class Meddling(FileCase):
    """Somebody writes to the file between the scan that checks it and the one that restores."""

    def setUp(self):
        super().setUp()
        source = sample()
        add_snapshots(source, 10_000)
        self.text = backup(source).encode("utf-8")
        self.put(self.text)
        os.utime(self.path, (1_700_000_000, 1_700_000_000))

    def restore_while(self, meddle) -> sqlite3.Connection:
        """A restore, in the midst of which (at the third tag) `meddle` is called; returns the connection."""
        database = sample()
        calls = []

        def third():
            calls.append(1)
            if len(calls) == 3:
                meddle()

        database.create_function("meddle", 0, third)
        database.execute("CREATE TEMP TRIGGER spy AFTER INSERT ON main.tags BEGIN SELECT meddle(); END")
        self.addCleanup(lambda: self.assertEqual(len(calls), 3))
        return database

    def changes_nothing(self, meddle):
        database = self.restore_while(meddle)
        database.execute("BEGIN")
        database.execute("INSERT INTO assets SELECT 'a_mine', name, quantity, disposed, asset_type_id, created_at,"
                         " updated_at FROM assets WHERE id = 'a_car'")
        error = self.refuses(database, RESTORE, (str(self.path),), says="changed while it was being read")
        self.assertIn(str(self.path), str(error))

    def test_a_file_that_shrinks(self):
        self.changes_nothing(lambda: os.truncate(self.path, len(self.text) // 2))

    def test_a_file_that_shrinks_to_nothing(self):
        self.changes_nothing(lambda: os.truncate(self.path, 0))

    def test_a_file_that_grows(self):
        def append():
            with self.path.open("ab") as file:
                file.write(b"\n")

        self.changes_nothing(append)

    def test_a_file_that_is_overwritten_in_place_with_another_backup(self):
        def overwrite():
            with self.path.open("r+b") as file:
                file.write(self.text.replace(b"insured", b"unsured").replace(b'"z0000', b'"w0000'))

        self.changes_nothing(overwrite)

    def test_a_file_that_is_overwritten_with_noise(self):
        def overwrite():
            with self.path.open("r+b") as file:
                file.write(bytes(range(256)) * (len(self.text) // 256))

        self.changes_nothing(overwrite)

    def test_a_file_that_is_overwritten_by_a_program_that_keeps_its_date(self):
        def overwrite():
            with self.path.open("r+b") as file:
                file.write(self.text.replace(b'"z0000', b'"w0000'))
            os.utime(self.path, (1_700_000_000, 1_700_000_000))

        self.changes_nothing(overwrite)

    def test_a_file_that_is_replaced_by_a_new_one_is_read_to_its_end(self):
        def replace():
            (self.folder / "new").write_text("something else", encoding="utf-8")
            os.replace(self.folder / "new", self.path)

        database = self.restore_while(replace)
        database.execute(RESTORE, (str(self.path),)).fetchall()
        self.assertEqual(without_moment(backup(database)), without_moment(self.text.decode("utf-8")))

    def test_a_file_that_is_deleted_is_read_to_its_end(self):
        database = self.restore_while(self.path.unlink)
        database.execute(RESTORE, (str(self.path),)).fetchall()
        self.assertEqual(without_moment(backup(database)), without_moment(self.text.decode("utf-8")))

    def test_a_backup_to_the_very_file_in_the_meantime_is_no_change_of_what_is_read(self):
        other = sample()
        database = self.restore_while(lambda: other.execute("SELECT strata_backup_file(?)", (str(self.path),)).fetchall())
        database.execute(RESTORE, (str(self.path),)).fetchall()
        self.assertEqual(without_moment(backup(database)), without_moment(self.text.decode("utf-8")))
        self.assertEqual(without_moment(pathlib.Path(self.path).read_text(encoding="utf-8")), without_moment(backup(other)))


if __name__ == "__main__":
    unittest.main()
