"""References hold after every restore, whether foreign keys are enforced or not; and no row
outside the nine tables is deleted, changed or left without its parent."""

import sqlite3
import unittest

from calls import backup, restore, restores_itself, section, table
from support import Case, document, picture, sample, without_moment

RESTORE = "SELECT strata_restore_json(?)"
ACTIONS = ("ON DELETE CASCADE", "ON DELETE SET NULL", "ON DELETE SET DEFAULT", "ON DELETE RESTRICT",
           "ON DELETE RESTRICT DEFERRABLE INITIALLY DEFERRED", "ON DELETE CASCADE DEFERRABLE INITIALLY DEFERRED",
           "ON DELETE NO ACTION", "", "DEFERRABLE INITIALLY DEFERRED")


def with_notes(action, enforced, *assets):
    """The sample with a table outside the nine that refers to assets with this action, and a note for each."""
    db = sample()
    db.execute("CREATE TABLE notes (n INTEGER PRIMARY KEY, "
               f"asset TEXT DEFAULT 'a_car' REFERENCES assets(id) {action}, text TEXT)")
    db.executemany("INSERT INTO notes (asset, text) VALUES (?, 'note')", [(asset,) for asset in assets])
    db.execute(f"PRAGMA foreign_keys = {enforced}")
    return db


class Outside(Case):
    def notes(self, db):
        return db.execute("SELECT asset, text FROM notes ORDER BY n").fetchall()

    def test_a_replace_that_the_wipe_would_carry_to_another_table_is_refused_where_keys_are_enforced(self):
        for action in ACTIONS:
            if action == "DEFERRABLE INITIALLY DEFERRED":
                continue
            with self.subTest(action=action):
                db = with_notes(action, "ON", "a_car", None)
                message = str(self.refuses(db, RESTORE, (backup(db),), says='"notes"'))
                self.assertIn('"assets"', message)
                self.assertIn("merge", message)
                self.assertIn("foreign_keys", message)
                self.assertEqual(self.notes(db), [("a_car", "note"), (None, "note")])

    def test_inside_a_transaction_it_is_refused_as_well_and_the_transaction_goes_on(self):
        for action in ACTIONS:
            if action == "DEFERRABLE INITIALLY DEFERRED":
                continue
            with self.subTest(action=action):
                db = with_notes(action, "ON", "a_car")
                db.execute("BEGIN")
                self.refuses(db, RESTORE, (backup(db),), says='"notes"')
                db.execute("COMMIT")

    def test_a_deferred_key_is_kept_where_the_parents_come_back(self):
        db = with_notes("DEFERRABLE INITIALLY DEFERRED", "ON", "a_car", "a_world", None)
        before = picture(db)
        restores_itself(self, db)
        db.execute("BEGIN")
        restore(db, backup(db))
        db.execute("COMMIT")
        self.assertEqual(picture(db), before)

    def test_a_key_that_the_caller_has_deferred_is_kept_where_the_parents_come_back(self):
        for action in ("", "ON DELETE NO ACTION"):
            db = with_notes(action, "ON", "a_car", None)
            before, text = picture(db), backup(db)
            db.execute("BEGIN")
            db.execute("PRAGMA defer_foreign_keys = ON")
            restore(db, text)
            message = str(self.refuses(db, RESTORE, (document(),), says='"notes"'))
            self.assertIn("a_car", message)
            db.execute("COMMIT")
            self.assertEqual(picture(db), before)

    def test_a_deferred_key_whose_parent_does_not_come_back_is_refused(self):
        for begin in (False, True):
            db = with_notes("DEFERRABLE INITIALLY DEFERRED", "ON", "a_car", None)
            if begin:
                db.execute("BEGIN")
            message = str(self.refuses(db, RESTORE, (document(),), says='"notes"'))
            self.assertIn("a_car", message)
            if begin:
                db.execute("COMMIT")

    def test_unenforced_the_rows_outside_are_untouched_and_have_their_parents_again(self):
        for action in ACTIONS:
            with self.subTest(action=action):
                db = with_notes(action, "OFF", "a_car", "a_world", "a_world", None)
                restores_itself(self, db)

    def test_unenforced_a_restore_that_would_leave_them_without_parents_is_refused(self):
        for action in ACTIONS:
            with self.subTest(action=action):
                db = with_notes(action, "OFF", "a_car", None)
                message = str(self.refuses(db, RESTORE, (document(),), says='"notes"'))
                self.assertIn("a_car", message)
                self.assertIn('"assets"', message)

    def test_a_table_outside_without_rows_or_references_is_in_nobodys_way(self):
        for action in ACTIONS:
            for enforced in ("ON", "OFF"):
                with self.subTest(action=action, enforced=enforced):
                    db = with_notes(action, enforced, None)
                    before = picture(db)
                    text = backup(db)
                    restore(db, document())
                    self.assertEqual(self.notes(db), [(None, "note")])
                    restore(db, text)
                    self.assertEqual(picture(db), before)

    def test_a_merge_is_in_nobodys_way_either(self):
        for action in ACTIONS:
            for enforced in ("ON", "OFF"):
                with self.subTest(action=action, enforced=enforced):
                    db = with_notes(action, enforced, "a_car")
                    restore(db, section("assets", '{"id":"a_car","name":"Bike"}'), "merge")
                    self.assertEqual(self.notes(db), [("a_car", "note")])
                    self.assertEqual(db.execute("SELECT name FROM assets WHERE id = 'a_car'").fetchone(), ("Bike",))

    def test_rows_outside_that_dangled_before_may_go_on_dangling(self):
        for action in ACTIONS:
            with self.subTest(action=action):
                db = with_notes(action, "OFF", "a_car", "gone", "gone")
                before = picture(db)
                restores_itself(self, db)
                restore(db, backup(db), "merge")
                self.assertEqual(picture(db), before)

    def test_rows_outside_that_dangled_before_may_find_their_parent(self):
        db = with_notes("", "OFF", "found")
        restore(db, section("assets",
                            '{"id":"found","name":"n","assetTypeId":"at_car"},{"id":"x","name":"n","assetTypeId":"at_car"}')
                .replace('"data":{', '"data":{"assetTypes":[{"id":"at_car","code":"C","label":"L"}],'))
        self.assertEqual(db.execute("PRAGMA foreign_key_check").fetchall(), [])

    def test_keys_of_other_kinds_are_seen_as_well(self):
        for declaration, values, parent in (
                ("a TEXT, t TEXT, FOREIGN KEY (a, t) REFERENCES asset_tags(asset_id, tag_id) ON DELETE CASCADE",
                 "('a_world', 't_long')", "asset_tags"),
                ("a TEXT, t TEXT, FOREIGN KEY (a, t) REFERENCES asset_tags ON DELETE SET NULL",
                 "('a_world', 't_long')", "asset_tags"),
                ("c TEXT REFERENCES asset_types(code) ON DELETE CASCADE, x TEXT", "('CASH', NULL)", "asset_types"),
                ("\"odd \"\"column\" TEXT REFERENCES Categories ON DELETE CASCADE, x TEXT", "('c_home', NULL)",
                 "categories")):
            with self.subTest(declaration=declaration):
                db = sample()
                db.execute(f'CREATE TABLE "odd ""table" ({declaration})')
                db.execute(f'INSERT INTO "odd ""table" VALUES {values}')
                before = db.execute('SELECT * FROM "odd ""table"').fetchall()
                text = backup(db)
                for enforced in ("ON", "OFF"):
                    db.execute(f"PRAGMA foreign_keys = {enforced}")
                    with self.assertRaises(sqlite3.IntegrityError) as caught:
                        restore(db, document())
                    self.assertIn('"odd ""table"', str(caught.exception))
                    self.assertIn(parent.lower(), str(caught.exception).lower())
                restore(db, text)
                self.assertEqual(db.execute('SELECT * FROM "odd ""table"').fetchall(), before)
                self.assertEqual(without_moment(backup(db)), without_moment(text))

    def test_grandchildren_outside_are_safe_with_their_parents(self):
        db = with_notes("ON DELETE CASCADE", "ON", "a_car")
        db.execute("CREATE TABLE lines (note INTEGER REFERENCES notes(n) ON DELETE CASCADE, text TEXT)")
        db.execute("INSERT INTO lines VALUES (1, 'line')")
        self.refuses(db, RESTORE, (document(),), says='"notes"')

    def test_a_broken_table_outside_stops_no_restore(self):
        db = sample()
        db.execute("CREATE TABLE orphans (x TEXT REFERENCES absent(id))")
        db.execute("CREATE TABLE strangers (x TEXT REFERENCES absent_too)")
        db.execute("INSERT INTO orphans VALUES ('x')")
        restores_itself(self, db)

    def test_a_key_with_more_columns_than_its_parents_stops_no_restore(self):
        db = sample()
        db.execute("CREATE TABLE pairs (a TEXT, b TEXT, FOREIGN KEY (a, b) REFERENCES assets)")
        db.execute("INSERT INTO pairs VALUES ('a_car', 'x')")
        restores_itself(self, db)

    def test_the_rows_are_counted_in_the_message(self):
        for assets, words in ((("a_car",), "has 1 row that"), (("a_car", "a_world"), "has 2 rows that")):
            db = with_notes("ON DELETE RESTRICT", "ON", *assets)
            self.refuses(db, RESTORE, (document(),), says=words)

    def test_of_several_tables_outside_the_one_that_stops_the_wipe_is_named(self):
        db = sample()
        db.execute("CREATE TABLE on_tags (t TEXT REFERENCES tags(id))")
        db.execute("CREATE TABLE nobody (a TEXT REFERENCES assets(id))")
        db.execute("CREATE TABLE notes (a TEXT REFERENCES assets(id))")
        db.execute("INSERT INTO notes VALUES ('a_car')")
        db.execute("CREATE TABLE more (a TEXT REFERENCES assets(id))")
        db.execute("INSERT INTO more VALUES ('a_car')")
        db.execute("PRAGMA foreign_keys = OFF")
        self.refuses(db, RESTORE, (document(),), says='"notes"')
        db.execute("PRAGMA foreign_keys = ON")
        error = self.refuses(db, RESTORE, (document(),), says='"notes"')
        self.assertNotIn("nobody", str(error))

    def test_a_trigger_that_stops_the_wipe_is_quoted(self):
        db = with_notes("ON DELETE NO ACTION", "OFF")
        db.execute("CREATE TRIGGER keep BEFORE DELETE ON assets BEGIN SELECT RAISE(ABORT, 'keep out'); END")
        self.refuses(db, RESTORE, (document(),), says='the rows of table "assets" could not be deleted: keep out')


if __name__ == "__main__":
    unittest.main()
