"""A restore keeps its promises whatever the connection's settings are and whatever its transaction has done before."""

import sqlite3
import unittest

from calls import backup, counts, restore
from support import Case, document, empty, picture, sample, script, connect

TWO = document(tags=[{"id": "t1", "name": "one"}, {"id": "t2", "name": "two"}])
CLASH = document(tags=[{"id": "t1", "name": "one"}, {"id": "t2", "name": "one"}])
INSERT, UPDATE = 18, 23  # authorizer actions (sqlite.org/c3ref/c_alter_table.html)


class Journal(Case):
    def test_without_a_journal_nothing_is_restored_or_checked_and_a_backup_is_possible(self):
        for path in (":memory:", self.folder / "a.db"):
            for inside in (False, True):
                with self.subTest(path=path, inside=inside):
                    db = connect(path)
                    db.execute("PRAGMA journal_mode = OFF")
                    if path == ":memory:" or not inside:
                        script(db, "schema.sql", "sample.sql")
                    if inside:
                        db.execute("BEGIN")
                    before = picture(db)
                    for text in (TWO, CLASH):
                        for sql in ("SELECT strata_restore_json(?)", "SELECT strata_restore_json(?, 'merge')"):
                            message = str(self.refuses(db, sql, (text,), says="journal_mode=OFF"))
                            self.assertIn('PRAGMA "main".journal_mode=DELETE', message)
                        ((found,),) = db.execute("SELECT message FROM strata_restore_check(?)", (text,)).fetchall()
                        self.assertEqual(found, message)
                        self.assertEqual(picture(db), before)
                    text = backup(db)
                    if inside:
                        db.execute("COMMIT")
                    db.execute("PRAGMA journal_mode = MEMORY")
                    restore(db, text)
                    db.close()

    def test_it_is_the_journal_of_the_database_that_is_restored_which_counts(self):
        db = sample(self.folder / "a.db")
        db.execute("ATTACH ? AS other", (str(self.folder / "b.db"),))
        db.execute("PRAGMA other.journal_mode = OFF")
        restore(db, TWO)
        db.executescript("".join(sql.replace("CREATE TABLE ", "CREATE TABLE other.", 1) + ";" for (sql,) in db.execute(
            "SELECT sql FROM sqlite_master WHERE type = 'table'").fetchall()).replace('IF NOT EXISTS ', ''))
        self.refuses(db, "SELECT strata_restore_json(?, 'replace', '{\"schema\":\"other\"}')", (TWO,),
                     says='"other" has PRAGMA journal_mode=OFF')


class TempTriggers(Case):
    def test_what_a_temp_trigger_reaches_has_to_have_a_journal_too(self):
        db = sample()
        db.execute("PRAGMA temp.journal_mode = OFF")
        restore(db, TWO)
        db.execute("CREATE TEMP TABLE log (x)")
        db.execute("CREATE TEMP TRIGGER t AFTER INSERT ON main.tags BEGIN INSERT INTO log VALUES (new.name); END")
        self.refuses(db, "SELECT strata_restore_json(?)", (TWO,), says='"temp" has PRAGMA journal_mode=OFF')
        self.assertEqual(len(db.execute("SELECT * FROM strata_restore_check(?)", (TWO,)).fetchall()), 1)
        self.assertEqual(db.execute("SELECT count(*) FROM log").fetchone(), (0,))
        db.execute("DROP TRIGGER t")
        restore(db, TWO)


class Transactions(Case):
    def test_a_restore_after_a_change_of_the_schema_in_the_same_transaction_ends_well(self):
        for begin in ("BEGIN", "SAVEPOINT mine"):
            for sql in ("SELECT strata_restore_json(d) FROM docs", "SELECT strata_restore_json(d), (SELECT count(*) FROM docs) FROM docs",
                        "SELECT strata_restore_json(d, 'merge') FROM docs JOIN tags USING (d)"):
                with self.subTest(begin=begin, sql=sql):
                    db = empty()
                    db.execute("CREATE TABLE docs (d TEXT)")
                    db.execute("INSERT INTO docs VALUES (?)", (TWO,))
                    db.execute(begin)
                    db.execute("CREATE TABLE foo (x)")
                    db.execute("CREATE VIEW tagged AS SELECT d FROM docs")
                    self.assertEqual(len(db.execute(sql.replace("tags USING (d)", "tagged USING (d)")).fetchall()), 1)
                    self.assertTrue(db.in_transaction)
                    self.assertEqual(db.execute("SELECT count(*) FROM tags").fetchone(), (2,))

    def test_a_failed_restore_there_leaves_what_the_transaction_has_done(self):
        db = sample()
        db.execute("BEGIN")
        db.execute("CREATE TABLE foo (x)")
        db.execute("INSERT INTO tags VALUES ('mine', 'mine')")
        self.refuses(db, "SELECT strata_restore_json(?)", (CLASH,), says="name 'one'")
        db.execute("COMMIT")
        self.assertEqual(db.execute("SELECT count(*) FROM tags WHERE id = 'mine'").fetchone(), (1,))

    def test_a_savepoint_of_the_callers_is_not_touched(self):
        db = sample()
        db.execute("SAVEPOINT mine")
        db.execute("DELETE FROM asset_tags")
        before = picture(db)
        restore(db, TWO)
        self.refuses(db, "SELECT strata_restore_json(?)", (CLASH,), says="name 'one'")
        db.execute("ROLLBACK TO mine")
        db.execute("RELEASE mine")
        self.assertFalse(db.in_transaction)
        self.assertNotEqual(picture(db), before)
        self.assertEqual(picture(db), picture(sample()))


class CountChanges(Case):
    def test_rows_that_say_how_much_has_changed_change_nothing(self):
        db = sample()
        text = backup(db)
        other = sample()
        other.execute("PRAGMA count_changes = ON")
        for enforced in (0, 1):
            other.execute(f"PRAGMA foreign_keys = {enforced}")
            other.execute("UPDATE tags SET name = name || '!'")
            restore(other, text)
            self.assertEqual(picture(other), picture(db))
            restore(other, TWO, "merge")
            self.assertEqual(restore(other, TWO, "merge")["counts"], counts(tags=2))
            self.assertEqual(other.execute("SELECT * FROM strata_restore_check(?)", (text,)).fetchall(), [])
            self.refuses(other, "SELECT strata_restore_json(?)", (CLASH,), says="name 'one'")


@unittest.skipUnless(hasattr(sqlite3.Connection, "set_authorizer"), "this Python has no authorizer")
class Authorizer(Case):
    def ignoring(self, action, column=None):
        db = sample()
        db.execute("INSERT INTO tags VALUES ('t1', 'old name')")
        db.set_authorizer(lambda asked, table, name, *_: sqlite3.SQLITE_IGNORE
                          if asked == action and table == "tags" and name in (None, "", column) else sqlite3.SQLITE_OK)
        return db

    def test_a_merge_whose_writes_are_ignored_is_an_error(self):
        for action, text in ((INSERT, document(tags=[{"id": "new", "name": "new"}])),
                             (UPDATE, document(tags=[{"id": "t1", "name": "new name"}]))):
            with self.subTest(action=action):
                db = self.ignoring(action, "name")
                with self.assertRaises(sqlite3.Error) as caught:
                    restore(db, text, "merge")
                self.assertIn("$.data.tags[0]: the database did not store the row", str(caught.exception))
                ((path, message),) = db.execute("SELECT path, message FROM strata_restore_check(?, 'merge')", (text,)).fetchall()
                self.assertEqual(path, "$.data.tags[0]")
                self.assertIn("authorizer", message)

    def test_a_parent_that_is_not_set_is_no_success(self):
        text = document(categories=[{"id": "a", "name": "a", "parentId": "b"}, {"id": "b", "name": "b", "parentId": None}])
        for action in (UPDATE, 20):  # SQLITE_READ
            for mode in ("replace", "merge"):
                with self.subTest(action=action, mode=mode):
                    db = sample()
                    db.execute("PRAGMA foreign_keys = ON")
                    db.set_authorizer(lambda asked, table, name, *_: sqlite3.SQLITE_IGNORE
                                      if asked == action and (table, name) == ("categories", "parent_id") else sqlite3.SQLITE_OK)
                    with self.assertRaises(sqlite3.Error) as caught:
                        restore(db, text, mode)
                    hidden = (action, mode) == (20, "merge")
                    self.assertIn('hides column "parent_id"' if hidden else "did not store the value", str(caught.exception))

    def test_one_column_of_several_that_is_ignored_is_seen(self):
        db = self.ignoring(UPDATE, "code")
        db.execute("ALTER TABLE tags ADD COLUMN code TEXT")
        text = document(tags=[{"id": "t1", "name": "new name", "code": "c"}])
        self.refuses(db, "SELECT strata_restore_json(?, 'merge')", (text,), says="did not store the row")

    def test_a_merge_of_what_is_there_already_needs_no_write(self):
        db = self.ignoring(UPDATE, "name")
        self.assertEqual(restore(db, document(tags=[{"id": "t1", "name": "old name"}]), "merge")["counts"], counts(tags=1))

    def test_control_statements_that_are_ignored_keep_a_restore_from_beginning(self):
        for begin in (None, "BEGIN"):
            for operation in ("BEGIN", "RELEASE", "ROLLBACK"):
                db = sample()
                if begin:
                    db.execute(begin)
                db.set_authorizer(lambda action, first, *_: sqlite3.SQLITE_IGNORE if action == 32 and first == operation
                                  else sqlite3.SQLITE_OK)
                with self.subTest(begin=begin, operation=operation):
                    with self.assertRaises(sqlite3.Error) as caught:
                        restore(db, TWO)
                    self.assertIn("SAVEPOINT", str(caught.exception))
                    db.set_authorizer(lambda *_: sqlite3.SQLITE_OK)  # None would refuse everything before Python 3.11
                    self.assertEqual(db.in_transaction, bool(begin))
                    self.assertEqual(picture(db), picture(sample()))


if __name__ == "__main__":
    unittest.main()
