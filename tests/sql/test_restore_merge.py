"""A restore in mode 'merge' upserts rows by primary key: absent fields keep their value, other rows
stay, and a row that is the same already is not written."""

import json
import unittest

from calls import app, backup, changed, counts, live_counts, restore, restore_text, section, table
from support import Case, TABLES, document, empty, picture, sample, without_moment

MERGE = "SELECT strata_restore_json(?, 'merge')"


class Merge(Case):
    def setUp(self):
        super().setUp()
        self.db = sample()

    def merge(self, name, raw):
        """Merge one table; returns how many rows were written, by SQLite's own count."""
        before = self.db.total_changes
        result = restore(self.db, section(name, raw), "merge")
        self.assertEqual(result["mode"], "merge")
        self.assertEqual(result["counts"], counts(**{name: len(json.loads(f"[{raw}]"))}))
        return self.db.total_changes - before

    def one(self, sql):
        return self.db.execute(sql).fetchone()

    def test_the_result_says_merge(self):
        self.assertEqual(
            restore_text(self.db, document(tags=[{"id": "t", "name": "n"}]), "merge"),
            '{"schemaVersion":"1","mode":"merge","counts":{"assetTypes":0,"categories":0,"tags":1,"assets":0,'
            '"assetSnapshots":0,"portfolioSnapshots":0,"transactions":0,"categoriesOnAssets":0,"tagsOnAssets":0}}')

    def test_a_new_row_is_inserted_and_all_others_stay(self):
        before = picture(self.db)
        self.assertEqual(self.merge("tags", '{"id":"t","name":"n"}'), 1)
        self.db.execute("DELETE FROM tags WHERE id = 't'")
        self.assertEqual(picture(self.db), before)

    def test_a_row_whose_key_is_there_is_updated(self):
        before = table(self.db, "tags")
        self.assertEqual(self.merge("tags", '{"id":"t_long","name":"longer"}'), 1)
        self.assertEqual(table(self.db, "tags"),
                         [(key, "longer" if key == "t_long" else name) for key, name in before])

    def test_rows_that_are_not_in_the_document_stay_though_their_table_is_empty_in_it(self):
        before = picture(self.db)
        restore(self.db, document(**{name: [] for name in TABLES}), "merge")
        self.assertEqual(picture(self.db), before)

    def test_a_row_that_is_identical_is_not_written(self):
        text = backup(self.db)
        before, changes = picture(self.db), self.db.total_changes
        result = restore(self.db, text, "merge")
        self.assertEqual(self.db.total_changes, changes)
        self.assertEqual(result["counts"], live_counts(self.db))
        self.assertEqual(picture(self.db), before)
        text = text.replace('"name":"Livret A"', '"name":"Livret B"')
        restore(self.db, text, "merge")
        self.assertEqual(self.db.total_changes, changes + 1)

    def test_no_update_trigger_fires_for_rows_that_are_identical(self):
        self.db.execute("CREATE TABLE log (entry TEXT)")
        for name in TABLES.values():
            self.db.execute(f"CREATE TRIGGER log_{name} AFTER UPDATE ON {name} BEGIN INSERT INTO log VALUES ('{name}'); END")
        text = backup(self.db)
        restore(self.db, text, "merge")
        self.assertEqual(self.db.execute("SELECT * FROM log").fetchall(), [])
        restore(self.db, text.replace('"Wealth"', '"Riches"'), "merge")
        self.assertEqual(self.db.execute("SELECT * FROM log").fetchall(), [("categories",)])

    def test_no_delete_trigger_fires_and_no_child_is_lost(self):
        self.db.execute("PRAGMA foreign_keys = ON")
        for name in TABLES.values():
            self.db.execute(f"CREATE TRIGGER keep_{name} BEFORE DELETE ON {name} BEGIN SELECT RAISE(ABORT, 'deleted'); END")
        before = live_counts(self.db)
        text = backup(self.db).replace('"Livret A"', '"Livret B"').replace('"label":"Savings"', '"label":"Saved"')
        restore(self.db, text, "merge")
        self.assertEqual(live_counts(self.db), before)
        self.assertEqual(self.one("SELECT name, label FROM assets JOIN asset_types t ON t.id = asset_type_id "
                                  "WHERE assets.id = 'a_livret'"), ("Livret B", "Saved"))

    def test_absent_fields_of_a_row_that_is_there_keep_their_value(self):
        before = self.one("SELECT * FROM assets WHERE id = 'a_world'")
        self.assertEqual(self.merge("assets", '{"id":"a_world","quantity":"130"}'), 1)
        after = self.one("SELECT * FROM assets WHERE id = 'a_world'")
        self.assertEqual(after, before[:2] + (130,) + before[3:])
        self.assertEqual(self.merge("assets", '{"quantity":"130","id":"a_world"}'), 0)

    def test_a_row_of_its_key_alone_changes_nothing(self):
        before = picture(self.db)
        self.assertEqual(self.merge("assets", '{"id":"a_world"}'), 0)
        self.assertEqual(self.merge("tagsOnAssets", '{"assetId":"a_world","tagId":"t_long"}'), 0)
        self.assertEqual(picture(self.db), before)

    def test_null_is_a_value_and_no_absence(self):
        self.assertEqual(self.merge("assets", '{"id":"a_world","quantity":null}'), 1)
        self.assertEqual(self.one("SELECT quantity FROM assets WHERE id = 'a_world'"), (None,))
        self.refuses(self.db, MERGE, (section("assets", '{"id":"a_world","name":null}'),),
                     says="$.data.assets[0].name")

    def test_absent_fields_of_a_new_row_take_their_default(self):
        self.assertEqual(self.merge("portfolioSnapshots",
                                    '{"id":"new","value":"1","observedAt":"2030-01-01T00:00:00Z"}'), 1)
        self.assertEqual(self.one("SELECT value, currency, notes, observed_at FROM portfolio_snapshots WHERE id = 'new'"),
                         (1, "EUR", None, "2030-01-01T00:00:00.000+00:00"))
        self.assertRegex(self.one("SELECT created_at FROM portfolio_snapshots WHERE id = 'new'")[0],
                         r"^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}\+00:00$")
        self.merge("assets", '{"id":"new","name":"n","assetTypeId":"at_cash"}')
        self.assertEqual(self.one("SELECT quantity, disposed FROM assets WHERE id = 'new'"), (None, 0))
        self.merge("assetTypes", '{"id":"new","code":"NEW","label":"n"}')
        self.assertEqual(self.one("SELECT \"group\" FROM asset_types WHERE id = 'new'"), ("OTHER",))

    def test_absent_timestamps_of_a_row_that_is_there_are_not_set_to_now(self):
        before = self.one("SELECT created_at, updated_at FROM assets WHERE id = 'a_world'")
        self.merge("assets", '{"id":"a_world","name":"renamed"}')
        self.assertEqual(self.one("SELECT created_at, updated_at FROM assets WHERE id = 'a_world'"), before)

    def test_a_new_row_that_lacks_a_required_field_is_an_error_that_names_it(self):
        for raw, field in (('{"id":"new"}', "name"), ('{"id":"new","name":"n"}', "assetTypeId")):
            self.refuses(self.db, MERGE, (section("assets", raw),), says=f"line 1: $.data.assets[0].{field}: ")

    def test_a_row_without_its_whole_key_is_an_error_that_names_what_is_missing(self):
        self.refuses(self.db, MERGE, (section("tags", '{"name":"long-term"}'),), says="line 1: $.data.tags[0].id: ")
        self.refuses(self.db, MERGE, (section("tagsOnAssets", '{"assetId":"a_world"}'),),
                     says="$.data.tagsOnAssets[0].tagId: ")

    def test_of_two_rows_with_one_key_the_last_wins(self):
        self.merge("tags", '{"id":"t","name":"first"},{"id":"u","name":"other"},{"id":"t","name":"last"}')
        self.assertEqual(self.one("SELECT name FROM tags WHERE id = 't'"), ("last",))
        self.merge("categories", '{"id":"c_debt","name":"Debts","parentId":"c_wealth"},'
                                 '{"id":"c_debt","name":"Debts","parentId":"c_funds"}')
        self.assertEqual(self.one("SELECT parent_id FROM categories WHERE id = 'c_debt'"), ("c_funds",))
        self.merge("categories", '{"id":"c_debt","parentId":"c_wealth"},{"id":"c_debt","parentId":null}')
        self.assertEqual(self.one("SELECT parent_id FROM categories WHERE id = 'c_debt'"), (None,))

    def test_of_two_rows_with_one_key_the_second_may_complete_the_first(self):
        self.merge("categories", '{"id":"c","name":"one","parentId":"c_home"},{"id":"c","name":"two"}')
        self.assertEqual(self.one("SELECT * FROM categories WHERE id = 'c'"), ("c", "two", "c_home"))
        self.merge("assets",
                   '{"id":"a","name":"one","assetTypeId":"at_cash","disposed":true},{"id":"a","quantity":"2"}')
        self.assertEqual(self.one("SELECT name, quantity, disposed FROM assets WHERE id = 'a'"), ("one", 2, 1))

    def test_rows_with_different_fields_may_follow_one_another(self):
        raw = ('{"id":"a_world","name":"W"},{"id":"a_flat","quantity":"2"},{"id":"a_car","name":"C","disposed":false},'
               '{"id":"a_note","quantity":null},{"id":"a_bond","updatedAt":"2025-01-01T00:00:00Z"},{"id":"a_watch"},'
               '{"disposed":true,"id":"a_bakery"},{"id":"a_livret","name":"L","quantity":"3"},'
               '{"id":"a_wallet","quantity":"4","disposed":true},{"id":"a_bitcoin","assetTypeId":"at_cash"},'
               '{"id":"a_world","quantity":"5"}')
        self.merge("assets", raw)
        self.assertEqual(self.db.execute("SELECT id, name, quantity, disposed, asset_type_id FROM assets WHERE id IN "
                                         "('a_world', 'a_flat', 'a_car', 'a_note', 'a_bakery', 'a_livret', 'a_wallet', "
                                         "'a_bitcoin') ORDER BY id").fetchall(),
                         [("a_bakery", "O'Brien & Söhne Bäckerei, 12.5 %", 0.125, 1, "at_business"),
                          ("a_bitcoin", "Bitcoin", 0.35000001, 0, "at_cash"), ("a_car", "C", 0, 0, "at_vehicle"),
                          ("a_flat", 'Flat "Les Tilleuls", 3ᵉ étage', 2, 0, "at_estate"),
                          ("a_livret", "L", 3, 0, "at_savings"),
                          ("a_note", "100 trillion Zimbabwe dollars, one note", None, 0, "at_collect"),
                          ("a_wallet", "Wallet", 4, 1, "at_cash"), ("a_world", "W", 5, 0, "at_stocks")])

    def test_numbers_and_moments_that_are_the_same_in_another_notation_are_identical(self):
        self.assertEqual(self.merge("assets",
                                    '{"id":"a_world","quantity":"1205e-1","createdAt":"2023-01-08T19:15:27.09+02:00"}'), 0)
        self.assertEqual(self.merge("assets", '{"id":"a_flat","quantity":1.0,"disposed":false}'), 0)

    def test_a_difference_in_capitals_alone_is_a_difference(self):
        db = changed(('"tags" (\n    "id" TEXT NOT NULL PRIMARY KEY,\n    "name" TEXT NOT NULL',
                      '"tags" (\n    "id" TEXT NOT NULL PRIMARY KEY,\n    "name" TEXT NOT NULL COLLATE NOCASE'))
        restore(db, section("tags", '{"id":"t","name":"word"}'))
        restore(db, section("tags", '{"id":"t","name":"WORD"}'), "merge")
        self.assertEqual(table(db, "tags"), [("t", "WORD")])

    def test_merging_a_document_into_nothing_is_restoring_it(self):
        text = backup(self.db)
        for enforced in (0, 1):
            db = empty()
            db.execute(f"PRAGMA foreign_keys = {enforced}")
            restore(db, text, "merge")
            self.assertEqual(without_moment(backup(db)), without_moment(text))

    def test_a_row_with_the_highest_rowid_has_no_next_one(self):
        """Where arithmetic is checked (UBSan), guessing that one would end the process."""
        database = empty()
        database.execute("INSERT INTO tags(rowid, id, name) VALUES (9223372036854775807, 'x', 'X')")
        rows = [{"id": id, "name": id} for id in ("x", "y", "z")]
        database.execute("SELECT strata_restore_json(?, 'merge')", (document(tags=rows),)).fetchall()
        self.assertEqual(database.execute("SELECT id, name FROM tags ORDER BY id").fetchall(),
                         [("x", "x"), ("y", "y"), ("z", "z")])

    def test_merging_twice_is_merging_once(self):
        text = backup(self.db)
        db = app()
        restore(db, text, "merge")
        before, changes = picture(db), db.total_changes
        restore(db, text, "merge")
        self.assertEqual(picture(db), before)
        self.assertEqual(db.total_changes, changes)


class References(Case):
    def test_new_categories_may_come_before_their_parents(self):
        for enforced in (0, 1):
            db = sample()
            db.execute(f"PRAGMA foreign_keys = {enforced}")
            restore(db, section("categories",
                                '{"id":"g","name":"g","parentId":"c"},{"id":"c","name":"c","parentId":"p"},'
                                              '{"id":"p","name":"p","parentId":"c_home"}'), "merge")
            self.assertEqual(db.execute("SELECT id, parent_id FROM categories WHERE length(id) = 1 ORDER BY id").fetchall(),
                             [("c", "p"), ("g", "c"), ("p", "c_home")])

    def test_a_parent_may_turn_into_the_child_of_its_child(self):
        for enforced in (0, 1):
            db = sample()
            db.execute(f"PRAGMA foreign_keys = {enforced}")
            restore(db, section("categories", '{"id":"c_invest","name":"Investments","parentId":null},'
                                              '{"id":"c_wealth","name":"Wealth","parentId":"c_invest"}'), "merge")
            self.assertEqual(db.execute("SELECT parent_id FROM categories WHERE id IN ('c_invest', 'c_wealth') "
                                        "ORDER BY id").fetchall(), [(None,), ("c_invest",)])

    def test_a_new_row_may_refer_to_a_row_that_is_not_in_the_document(self):
        db = sample()
        restore(db, section("tagsOnAssets", '{"assetId":"a_car","tagId":"t_dream"}'), "merge")
        self.assertEqual(live_counts(db)["tagsOnAssets"], 5)

    def test_a_new_row_that_refers_to_nothing_is_an_error_that_names_row_field_and_id(self):
        for enforced in (0, 1):
            db = sample()
            db.execute(f"PRAGMA foreign_keys = {enforced}")
            error = self.refuses(db, MERGE, (section("tagsOnAssets", '{"assetId":"a_car","tagId":"t_dream"},\n'
                                                                     '{"assetId":"a_car","tagId":"nowhere"}'),),
                                 says="line 2: $.data.tagsOnAssets[1].tagId: ")
            self.assertIn("'nowhere'", str(error))
            self.assertIn('"tags"', str(error))


class Conflicts(Case):
    def test_a_unique_value_that_another_row_has_is_an_error_with_its_place(self):
        db = sample()
        error = self.refuses(db, MERGE, (section("tags", '{"id":"t","name":"fine"},\n{"id":"u","name":"insured"}'),),
                             says="line 2: $.data.tags[1]: ")
        self.assertIn("UNIQUE constraint failed: tags.name", str(error))
        self.refuses(db, MERGE, (section("tags", '{"id":"t_long","name":"insured"}'),),
                     says="UNIQUE constraint failed: tags.name")
        self.refuses(db, MERGE, (section("portfolioSnapshots",
                                         '{"id":"p_1","observedAt":"2024-12-31T01:00:00+01:00"}'),),
                     says="UNIQUE constraint failed: portfolio_snapshots.observed_at")

    def test_a_constraint_that_says_on_conflict_replace_deletes_nothing(self):
        db = changed(('"tags" (\n    "id" TEXT NOT NULL PRIMARY KEY,\n    "name" TEXT NOT NULL',
                      '"tags" (\n    "id" TEXT NOT NULL PRIMARY KEY ON CONFLICT REPLACE,\n'
                      '    "name" TEXT NOT NULL UNIQUE ON CONFLICT REPLACE'))
        restore(db, section("tags", '{"id":"a","name":"one"},{"id":"b","name":"two"}'))
        self.refuses(db, MERGE, (section("tags", '{"id":"a","name":"two"}'),),
                     says="UNIQUE constraint failed: tags.name")
        self.refuses(db, "SELECT strata_restore_json(?)",
                     (section("tags", '{"id":"a","name":"1"},{"id":"a","name":"2"}'),),
                     says="UNIQUE constraint failed: tags.id")


if __name__ == "__main__":
    unittest.main()
