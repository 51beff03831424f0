"""A restore refuses a document with any error in it. A sentence says what is wrong and where, and
the whole database and the caller's transaction stay as they were."""

import sqlite3
import unittest

from bad_documents import BAD, LATE
from calls import backup, restore
from support import Case, document, picture, sample, without_moment

RESTORE = "SELECT strata_restore_json(?, ?)"


class BadDocuments(Case):
    def check(self, db, bad, mode):
        """One document in one mode: refused, with its words and its place, and nothing has changed."""
        error = self.refuses(db, RESTORE, (bad.document, mode), says="")
        message = str(error)
        if bad.exact is not None:
            self.assertEqual(message, bad.exact)
        for word in bad.words:
            self.assertIn(word, message)
        if bad.path is not None:
            self.assertTrue(message.startswith(f"line {bad.line}: {bad.path}: "),
                            f"line {bad.line}: {bad.path} != {message}")
        elif bad.column is not None:
            self.assertTrue(message.startswith(f"line {bad.line}, column {bad.column}: "),
                            f"{bad.line}, {bad.column} != {message}")
        elif bad.line is not None:
            self.assertRegex(message, rf"^line {bad.line}, column \d+: ")
        self.assertEqual(isinstance(error, sqlite3.IntegrityError), bad.constraint, repr(error))
        self.assertLess(len(message), 600)
        self.assertNotRegex(message, r"[\x00-\x1f]")

    def check_all(self, documents, *prepare):
        db = sample()
        for sql in prepare:
            db.execute(sql)
        for bad in documents:
            for mode in bad.modes:
                with self.subTest(bad.name, mode=mode):
                    self.check(db, bad, mode)
        return db

    def test_each_is_refused_and_changes_nothing_and_then_a_good_one_restores(self):
        db = self.check_all(BAD)
        text = backup(db)
        restore(db, text)
        self.assertEqual(without_moment(backup(db)), without_moment(text))

    def test_each_is_refused_inside_a_transaction_which_goes_on(self):
        db = self.check_all(BAD, "PRAGMA foreign_keys = ON", "BEGIN", "INSERT INTO tags VALUES ('mine', 'mine')")
        db.execute("INSERT INTO tags VALUES ('too', 'too')")
        db.execute("COMMIT")
        self.assertEqual(db.execute("SELECT count(*) FROM tags WHERE id IN ('mine', 'too')").fetchone(), (2,))

    def test_each_is_refused_in_autocommit_with_foreign_keys_enforced(self):
        self.check_all(LATE, "PRAGMA foreign_keys = ON")

    def test_each_is_refused_inside_a_savepoint_of_the_callers(self):
        for enforced in ("ON", "OFF"):
            db = self.check_all(LATE, f"PRAGMA foreign_keys = {enforced}", "SAVEPOINT mine",
                                "INSERT INTO tags VALUES ('mine', 'mine')")
            db.execute("ROLLBACK TO mine")
            db.execute("RELEASE mine")
            self.assertEqual(picture(db), picture(sample()))

    def test_the_names_of_the_documents_are_unique(self):
        names = [bad.name for bad in BAD]
        self.assertEqual(sorted(set(names)), sorted(names))


class LargeDocuments(Case):
    """A restore inserts large tables in another order than the document's, yet reports the right places."""

    ROW = '{"id":"s%05d","assetId":"%s","value":"%s","observedAt":"2025-01-%02dT00:00:00Z"}'

    def large(self, changes):
        """A document of 5000 snapshots, the first on line 4, with some of them replaced by other text."""
        lines = [self.ROW % (i, f"a{i % 7}", i, i % 28 + 1) for i in range(5000)]
        for number, text in changes.items():
            lines[number] = text
        assets = ",".join('{"id":"a%d","name":"n","assetTypeId":"t"}' % i for i in range(7))
        return ('{"schemaVersion":"1","data":{\n"assetTypes":[{"id":"t","code":"C","label":"L"}],"assets":[%s],\n'
                '"assetSnapshots":[\n%s\n]}}'
                % (assets, ",\n".join(lines)))

    def test_each_kind_of_error_in_the_middle_of_many_rows_has_its_place(self):
        for enforced in ("ON", "OFF"):
            db = sample()
            db.execute(f"PRAGMA foreign_keys = {enforced}")
            for number in (0, 2500, 4999):
                place = rf"^line {number + 4}: \$\.data\.assetSnapshots\[{number}\]"
                for row, rest in (
                        (self.ROW % (number, "nowhere", 1, 1), r"\.assetId: .*'nowhere'"),
                        (self.ROW % (number, "a1", "1,5", 1), r"\.value: .*'1,5'"),
                        (self.ROW % (number, "a1", 1, 32), r"\.observedAt: .*2025-01-32"), ("7", ": .*object"),
                        ('{"id":"s%05d","assetId":"a1","value":"1"}' % number, r"\.observedAt: .*missing")):
                    with self.subTest(row=row, enforced=enforced):
                        error = self.refuses(db, "SELECT strata_restore_json(?)", (self.large({number: row}),),
                                             says="")
                        self.assertRegex(str(error), place + rest)

    def test_of_two_rows_with_one_key_one_is_named(self):
        error = self.refuses(sample(), "SELECT strata_restore_json(?)",
                             (self.large({4000: self.ROW % (10, "a3", 1, 5)}),),
                             says="UNIQUE constraint failed: asset_snapshots.id")
        self.assertRegex(str(error),
                         r"^line (14: \$\.data\.assetSnapshots\[10\]|4004: \$\.data\.assetSnapshots\[4000\])")

    def test_without_an_error_it_restores(self):
        db = sample()
        self.assertEqual(restore(db, self.large({}))["counts"]["assetSnapshots"], 5000)


class BadArguments(Case):
    def test_null_and_numbers_are_no_documents(self):
        db = sample()
        for value, word in ((None, "NULL"), (7, "number"), (1.5, "number")):
            with self.subTest(value=value):
                self.refuses(db, "SELECT strata_restore_json(?)", (value,), says=word)
                self.refuses(db, "SELECT * FROM strata_backup_counts(?)", (value,), says=word)

    def test_an_empty_blob_is_an_empty_document(self):
        self.refuses(sample(), "SELECT strata_restore_json(x'')", says="empty")
        self.refuses(sample(), "SELECT strata_restore_json(zeroblob(10))", says="line 1, column 1: malformed JSON")

    def test_a_wrong_number_of_arguments_is_an_error(self):
        db = sample()
        for sql in ("SELECT strata_restore_json()", "SELECT strata_restore_json('{}', NULL, NULL, NULL)",
                    "SELECT strata_backup_json('main', NULL, 1)", "SELECT strata_version(1)"):
            with self.subTest(sql=sql):
                self.refuses(db, sql, says="call it as strata_")

    def test_what_a_terminal_could_obey_is_escaped_in_messages(self):
        for obeyed in ("\x1b", "\x7f", "\x80", "\x9b", "\x9f", "\u202a", "\u202e", "\u2066", "\u2069"):
            text = document(assets=[{"id": "a", "name": "n", "assetTypeId": "at_cash", "quantity": f"1{obeyed}2"}])
            self.refuses(sample(), RESTORE, (text, "merge"), says=f"'1\\u{ord(obeyed):04x}2' is not a decimal")
        for shown in "\xa0", "é", "\u200d", "\u2029", "\u202f", "\u2065", "\u206a", "🏖️":
            text = document(assets=[{"id": "a", "name": "n", "assetTypeId": "at_cash", "quantity": f"1{shown}2"}])
            self.refuses(sample(), RESTORE, (text, "merge"), says=f"'1{shown}2' is not a decimal")

    @unittest.skipUnless(hasattr(sqlite3, "SQLITE_CONSTRAINT_UNIQUE"), "needs Python 3.11")
    def test_a_result_code_of_sqlite_comes_with_each_error(self):
        db = sample()
        for tables, name in ((dict(tags=[{"id": "a", "name": "n"}, {"id": "b", "name": "n"}]),
                              "SQLITE_CONSTRAINT_UNIQUE"),
                             (dict(tags=[{"id": "a", "name": "n"}, {"id": "a", "name": "m"}]),
                              "SQLITE_CONSTRAINT_PRIMARYKEY"),
                             (dict(assets=[{"id": "a", "name": "n", "assetTypeId": "x"}]),
                              "SQLITE_CONSTRAINT_FOREIGNKEY"),
                             (dict(tags=[{"id": "a", "name": 7}]), "SQLITE_ERROR")):
            error = self.refuses(db, "SELECT strata_restore_json(?)", (document(**tables),), says="$.data.")
            self.assertEqual(error.sqlite_errorname, name)


if __name__ == "__main__":
    unittest.main()
