"""References among the nine tables hold after a restore, whether or not the connection enforces
them; the error for a dangling one names its row, its field and the missing id."""

import sqlite3
import unittest

from calls import backup, changed, counts, live_counts, restore, restores_itself, section, table
from support import Case, connect, document, empty, picture, sample, script, without_moment

RESTORE = "SELECT strata_restore_json(?)"
MERGE = "SELECT strata_restore_json(?, 'merge')"


class Inside(Case):
    def test_a_reference_to_nothing_is_an_error_that_names_row_field_and_missing_id(self):
        for enforced in ("ON", "OFF"):
            for begin in (False, True):
                db = sample()
                db.execute(f"PRAGMA foreign_keys = {enforced}")
                if begin:
                    db.execute("BEGIN")
                text = document(assetTypes=[{"id": "t", "code": "C", "label": "L"}],
                                assets=[{"id": "a", "name": "n", "assetTypeId": "t"},
                                        {"id": "b", "name": "n", "assetTypeId": "gone"}])
                error = self.refuses(db, RESTORE, (text,), says="line 1: $.data.assets[1].assetTypeId: ")
                self.assertIn("'gone'", str(error))
                self.assertIn('"asset_types"', str(error))
                self.assertIn("FOREIGN KEY constraint failed", str(error))

    def test_deferred_enforcement_by_the_caller_changes_nothing_of_that(self):
        db = sample()
        db.execute("PRAGMA foreign_keys = ON")
        text = backup(db)
        db.execute("BEGIN")
        db.execute("PRAGMA defer_foreign_keys = ON")
        before = picture(db)
        self.refuses(db, RESTORE, (section("assets", '{"id":"a","name":"n","assetTypeId":"gone"}'),),
                     says="line 1: $.data.assets[0].assetTypeId: ")
        restore(db, text)
        self.assertEqual(picture(db), before)
        self.assertEqual(db.execute("PRAGMA defer_foreign_keys").fetchone(), (1,))
        db.execute("COMMIT")
        self.assertEqual(picture(db), before)

    def test_deferred_keys_of_the_nine_tables_are_checked_at_the_end_of_the_restore(self):
        db = connect()
        script(db, "schema.sql")
        other = connect()
        for (sql,) in db.execute("SELECT sql FROM sqlite_master WHERE type = 'table'"):
            other.execute(sql.replace("ON UPDATE CASCADE", "ON UPDATE CASCADE DEFERRABLE INITIALLY DEFERRED"))
        script(other, "schema.sql", "sample.sql")
        other.execute("PRAGMA foreign_keys = ON")
        before, text = picture(other), backup(other)
        for begin in (False, True):
            if begin:
                other.execute("BEGIN")
            restore(other, text)
            self.assertEqual(picture(other), before)
            restore(other, text, "merge")
            for mode in (RESTORE, MERGE):
                self.refuses(other, mode, (section("assets", '{"id":"a","name":"n","assetTypeId":"gone"}'),),
                             says="line 1: $.data.assets[0].assetTypeId: ")
                self.refuses(other, mode, (section("categories", '{"id":"a","name":"n","parentId":"gone"}'),),
                             says="line 1: $.data.categories[0].parentId: ")
        other.execute("COMMIT")
        self.assertEqual(picture(other), before)

    def test_rows_that_the_caller_left_dangling_in_his_transaction_are_no_obstacle_once_they_are_replaced(self):
        db = sample()
        text = backup(db)
        db.execute("PRAGMA foreign_keys = ON")
        db.execute("BEGIN")
        db.execute("PRAGMA defer_foreign_keys = ON")
        db.execute("INSERT INTO asset_tags VALUES ('a_car', 'gone')")
        restore(db, text)
        db.execute("COMMIT")
        self.assertEqual(without_moment(backup(db)), without_moment(text))

    def test_rows_that_dangled_before_are_gone_after_a_replace(self):
        db = sample()
        text = backup(db)
        db.execute("INSERT INTO asset_tags VALUES ('a_car', 'gone')")
        db.execute("UPDATE categories SET parent_id = 'gone' WHERE id = 'c_home'")
        db.execute("UPDATE assets SET asset_type_id = 'gone' WHERE id = 'a_car'")
        for enforced in ("OFF", "ON"):
            with self.subTest(enforced=enforced):
                db.execute(f"PRAGMA foreign_keys = {enforced}")
                restore(db, text)
                self.assertEqual(db.execute("PRAGMA foreign_key_check").fetchall(), [])
                self.assertEqual(without_moment(backup(db)), without_moment(text))
                db.execute("PRAGMA foreign_keys = OFF")
                db.execute("INSERT INTO asset_tags VALUES ('a_car', 'gone')")

    def test_rows_that_dangled_before_are_an_error_of_a_merge_that_names_row_column_and_missing_id(self):
        for enforced in ("OFF", "ON"):
            with self.subTest(enforced=enforced):
                db = sample()
                db.execute("UPDATE assets SET asset_type_id = 'gone' WHERE id = 'a_car'")
                db.execute(f"PRAGMA foreign_keys = {enforced}")
                message = str(self.refuses(db, MERGE, (section("tags", '{"id":"t","name":"n"}'),), says="'gone'"))
                for word in ("'a_car'", '"assets"', "asset_type_id", '"asset_types"'):
                    self.assertIn(word, message)

    def test_a_merge_may_bring_the_row_that_was_missing(self):
        for enforced in ("OFF", "ON"):
            db = sample()
            db.execute("UPDATE assets SET asset_type_id = 'gone' WHERE id = 'a_car'")
            db.execute(f"PRAGMA foreign_keys = {enforced}")
            restore(db, section("assetTypes", '{"id":"gone","code":"G","label":"Found"}'), "merge")
            self.assertEqual(db.execute("PRAGMA foreign_key_check").fetchall(), [])

    def test_a_merge_may_turn_the_reference_elsewhere(self):
        for enforced in ("OFF", "ON"):
            db = sample()
            db.execute("UPDATE assets SET asset_type_id = 'gone' WHERE id = 'a_car'")
            db.execute(f"PRAGMA foreign_keys = {enforced}")
            restore(db, section("assets", '{"id":"a_car","assetTypeId":"at_vehicle"}'), "merge")
            self.assertEqual(db.execute("PRAGMA foreign_key_check").fetchall(), [])

    def test_references_to_the_own_table_hold(self):
        for enforced in ("OFF", "ON"):
            db = sample()
            db.execute(f"PRAGMA foreign_keys = {enforced}")
            for mode in (RESTORE, MERGE):
                error = self.refuses(db, mode, (section("categories", '{"id":"a","name":"a","parentId":"b"},\n'
                                                                      '{"id":"b","name":"b","parentId":"c"}'),),
                                     says="line 2: $.data.categories[1].parentId: ")
                self.assertIn("'c'", str(error))

    def test_more_tables_may_be_referred_to_by_columns_of_the_nine(self):
        for enforced in ("OFF", "ON"):
            db = sample()
            db.execute("CREATE TABLE colors (id TEXT PRIMARY KEY)")
            db.execute("INSERT INTO colors VALUES ('red')")
            db.execute("ALTER TABLE tags ADD COLUMN color_id TEXT REFERENCES colors(id)")
            db.execute(f"PRAGMA foreign_keys = {enforced}")
            restore(db, section("tags", '{"id":"t","name":"n","colorId":"red"},{"id":"u","name":"m"}'))
            self.assertEqual(table(db, "tags"), [("t", "n", "red"), ("u", "m", None)])
            error = self.refuses(db, RESTORE, (section("tags", '{"id":"t","name":"n","colorId":"blue"}'),),
                                 says="line 1: $.data.tags[0].colorId: ")
            self.assertIn("'blue'", str(error))

    def test_a_second_reference_to_the_own_table_is_filled_in_as_well(self):
        for enforced in ("OFF", "ON"):
            db = empty()
            db.execute("ALTER TABLE assets ADD COLUMN successor_id TEXT REFERENCES assets(id)")
            db.execute(f"PRAGMA foreign_keys = {enforced}")
            db.execute("INSERT INTO asset_types VALUES ('t', 'C', 'L', 'OTHER')")
            raw = ('{"id":"a","name":"n","assetTypeId":"t","successorId":"b"},'
                   '{"id":"b","name":"n","assetTypeId":"t","successorId":"c"},'
                   '{"id":"c","name":"n","assetTypeId":"t"}')
            self.assertEqual(restore(db, section("assets", raw), "merge")["counts"], counts(assets=3))
            self.assertEqual(db.execute("SELECT id, successor_id FROM assets ORDER BY id").fetchall(),
                             [("a", "b"), ("b", "c"), ("c", None)])
            text = backup(db)
            restore(db, text)
            self.assertEqual(without_moment(backup(db)), without_moment(text))

    def test_an_earlier_table_may_refer_to_a_later_one(self):
        declaration = "ALTER TABLE tags ADD COLUMN asset_id TEXT REFERENCES assets(id)"
        for enforced in ("OFF", "ON"):
            for mode in ("replace", "merge"):
                with self.subTest(enforced=enforced, mode=mode):
                    db, other = sample(), empty()
                    db.execute(declaration)
                    other.execute(declaration)
                    db.execute("UPDATE tags SET asset_id = 'a_car' WHERE id = 't_long'")
                    before = picture(db)
                    db.execute(f"PRAGMA foreign_keys = {enforced}")
                    other.execute(f"PRAGMA foreign_keys = {enforced}")
                    text = backup(db)
                    restore(other, text, mode)
                    self.assertEqual(picture(other), before)
                    restore(db, text, mode)
                    self.assertEqual(picture(db), before)

    def test_a_key_of_several_columns_within_the_nine_holds(self):
        for target in ("asset_tags(asset_id, tag_id)", "asset_tags"):
            for enforced in ("OFF", "ON"):
                for mode in ("replace", "merge"):
                    with self.subTest(target=target, enforced=enforced, mode=mode):
                        db = self.links(target)
                        db.execute(f"PRAGMA foreign_keys = {enforced}")
                        good = self.linked("t")
                        restore(db, good, mode)
                        before = without_moment(backup(db))
                        restore(db, backup(db), mode)
                        self.assertEqual(without_moment(backup(db)), before)
                        error = self.refuses(db, "SELECT strata_restore_json(?, ?)", (self.linked("gone"), mode),
                                             says="$.data.tagsOnAssets[1]")
                        self.assertIn('"asset_tags"', str(error))

    def links(self, target):
        """A database whose asset_tags may each refer to another one."""
        db = empty()
        db.execute("DROP TABLE asset_tags")
        db.execute("CREATE TABLE asset_tags (asset_id TEXT NOT NULL REFERENCES assets ON DELETE CASCADE,"
                   " tag_id TEXT NOT NULL REFERENCES tags ON DELETE CASCADE, a TEXT, b TEXT,"
                   f" PRIMARY KEY (asset_id, tag_id), FOREIGN KEY (a, b) REFERENCES {target})")
        return db

    def linked(self, tag):
        links = [{"assetId": "a", "tagId": "t"}, {"assetId": "a", "tagId": "u", "a": "a", "b": tag}]
        return document(assetTypes=[{"id": "at", "code": "c", "label": "l"}],
                        assets=[{"id": "a", "name": "n", "assetTypeId": "at"}],
                        tags=[{"id": "t", "name": "t"}, {"id": "u", "name": "u"}], tagsOnAssets=links)

    def test_a_row_of_the_database_that_dangles_by_several_columns_is_named(self):
        db = self.links("asset_tags")
        restore(db, self.linked("t"))
        db.execute("UPDATE asset_tags SET a = 'a', b = 'gone'")
        problems = db.execute("SELECT line, path, message FROM strata_restore_check(?, 'merge')", (document(),)).fetchall()
        self.assertEqual([(line, path) for line, path, _ in problems], [(None, None)] * 2)
        self.refuses(db, MERGE, (document(),), says='row \'a\' of table "asset_tags" has ')

    def test_a_key_on_a_generated_column_holds(self):
        for enforced in ("OFF", "ON"):
            db = sample()
            db.execute("ALTER TABLE tags ADD COLUMN kind_id TEXT")
            db.execute("ALTER TABLE tags ADD COLUMN other TEXT AS (nullif(id, id)) REFERENCES tags(id)")
            db.execute("ALTER TABLE tags ADD COLUMN kind TEXT AS ('at_' || kind_id) REFERENCES asset_types(id)")
            db.execute(f"PRAGMA foreign_keys = {enforced}")
            good = document(assetTypes=[{"id": "at_x", "code": "c", "label": "l"}],
                            tags=[{"id": "t", "name": "n", "kindId": "x"}])
            restore(db, good)
            self.assertEqual(table(db, "tags"), [("t", "n", "x", None, "at_x")])
            self.refuses(db, RESTORE, (good.replace('"kindId":"x"', '"kindId":"gone"'),), says="FOREIGN KEY" if
                         enforced == "ON" else 'table "tags" has rows that refer to missing rows')

    def test_a_key_to_another_column_than_the_primary_key_holds(self):
        db = empty()
        db.execute("ALTER TABLE transactions ADD COLUMN code TEXT REFERENCES asset_types(code)")
        data = {"assetTypes": [{"id": "at", "code": "GOLD", "label": "l"}],
                "assets": [{"id": "a", "name": "n", "assetTypeId": "at"}],
                "transactions": [{"id": n, "assetId": "a", "type": "ACQUIRE", "unitPrice": "1", "quantity": "1",
                                  "currency": "EUR", "occurredAt": "2025-01-15", "code": code}
                                 for n, code in (("x", "GOLD"), ("y", None))]}
        restore(db, document(**data))
        self.assertEqual(db.execute("SELECT id, code FROM transactions ORDER BY 1").fetchall(), [("x", "GOLD"), ("y", None)])
        data["transactions"][0]["code"] = "SILVER"
        self.refuses(db, RESTORE, (document(**data),), says="$.data.transactions[0].code: ")

    def test_a_primary_key_of_the_same_letters_is_not_the_column_that_a_key_refers_to(self):
        db = changed(('FOREIGN KEY ("asset_type_id") REFERENCES "asset_types" ("id")',
                      'FOREIGN KEY ("asset_type_id") REFERENCES "asset_types" ("code")'))
        db.execute("ALTER TABLE tags ADD COLUMN type TEXT REFERENCES asset_types(id)")
        text = document(assetTypes=[{"id": "at", "code": "GOLD", "label": "l"}],
                        assets=[{"id": "a", "name": "n", "assetTypeId": "GOLD"}])
        restore(db, text)
        self.refuses(db, RESTORE, (text.replace('"assetTypeId":"GOLD"', '"assetTypeId":"at"'),),
                     says="$.data.assets[0].assetTypeId: ")

    def test_a_reference_that_may_be_null_to_an_earlier_table_holds(self):
        db = sample()
        db.execute("ALTER TABLE assets ADD COLUMN category_id TEXT REFERENCES categories(id)")
        db.execute("UPDATE assets SET category_id = 'c_home' WHERE id = 'a_car'")
        restores_itself(self, db)

    def test_a_reference_to_the_own_table_that_must_not_be_null_holds(self):
        db = empty()
        db.execute("DROP TABLE categories")
        db.execute("CREATE TABLE categories (id TEXT NOT NULL PRIMARY KEY, name TEXT NOT NULL UNIQUE,"
                   " parent_id TEXT NOT NULL REFERENCES categories(id))")
        good = section("categories", '{"id":"a","name":"a","parentId":"a"},{"id":"b","name":"b","parentId":"a"}')
        restore(db, good)
        self.assertEqual(len(table(db, "categories")), 2)
        self.refuses(db, RESTORE, (good.replace('"parentId":"a"}]', '"parentId":"c"}]'),),
                     says="$.data.categories[1].parentId: ")

    def test_a_row_that_refers_to_itself_is_not_blamed_for_that_when_another_reference_dangles(self):
        db = empty()
        db.execute("DROP TABLE assets")
        db.execute("CREATE TABLE assets (id TEXT NOT NULL PRIMARY KEY, name TEXT NOT NULL,"
                   " asset_type_id TEXT NOT NULL REFERENCES asset_types(id), next_id TEXT NOT NULL REFERENCES assets(id))")
        db.execute("PRAGMA foreign_keys = ON")
        text = document(assets=[{"id": "a", "name": "n", "assetTypeId": "gone", "nextId": "a"}])
        for mode in ("replace", "merge"):
            self.refuses(db, f"SELECT strata_restore_json(?, '{mode}')", (text,),
                         says="$.data.assets[0].assetTypeId: there is no row in \"asset_types\" with id 'gone'")
            problems = db.execute("SELECT path FROM strata_restore_check(?, ?)", (text, mode)).fetchall()
            self.assertEqual(problems, [("$.data.assets[0].assetTypeId",)])

    def test_more_rows_than_are_remembered_are_found_all_the_same(self):
        count = 100_005  # foreign_keys.c remembers 100,000 of a table
        db = empty()
        tags = ",".join('{"id":"t%d","name":"%d"}' % (n, n) for n in range(count))
        text = ('{"schemaVersion":"1","data":{"assetTypes":[{"id":"at","code":"c","label":"l"}],'
                '"assets":[{"id":"a","name":"n","assetTypeId":"at"}],"tags":[%s],"tagsOnAssets":'
                '[{"assetId":"a","tagId":"t0"},{"assetId":"a","tagId":"%s"}]}}')
        restore(db, text % (tags, f"t{count - 1}"))
        self.assertEqual(db.execute("SELECT count(*) FROM asset_tags").fetchone(), (2,))
        with self.assertRaises(sqlite3.IntegrityError) as caught:
            restore(db, text % (tags, f"t{count}"))
        self.assertIn("$.data.tagsOnAssets[1].tagId: ", str(caught.exception))

    def test_a_table_outside_that_is_referred_to_without_columns_is_asked_by_its_key(self):
        for kind in ("", "WITHOUT ROWID"):
            for enforced in ("OFF", "ON"):
                db = sample()
                db.execute(f"CREATE TABLE colors (code INTEGER, id TEXT PRIMARY KEY) {kind}")
                db.execute("INSERT INTO colors VALUES (1, 'red')")
                db.execute("ALTER TABLE tags ADD COLUMN color_id TEXT REFERENCES colors")
                db.execute(f"PRAGMA foreign_keys = {enforced}")
                text = section("tags", '{"id":"t","name":"n","colorId":"red"},{"id":"u","name":"m","colorId":"%s"}')
                restore(db, text % "red")
                self.refuses(db, RESTORE, (text % "blue",),
                             says="$.data.tags[1].colorId: there is no row in \"colors\" with id 'blue'")

    def test_a_reference_to_a_table_that_is_not_there_names_row_field_and_table(self):
        db = sample()
        db.execute("ALTER TABLE tags ADD COLUMN owner_id TEXT REFERENCES users(id)")
        restores_itself(self, db)
        text = document(tags=[{"id": "t", "name": "n"}, {"id": "u", "name": "m", "ownerId": "me"}])
        says = "$.data.tags[1].ownerId: 'me' refers to table \"users\", which does not exist"
        self.refuses(db, RESTORE, (text,), says="line 1: " + says)
        ((line, path, message),) = db.execute("SELECT * FROM strata_restore_check(?)", (text,))
        self.assertEqual((line, f"{path}: {message}"[:len(says)]), (1, says))
        db.execute("UPDATE tags SET owner_id = 'them' WHERE id = 't_long'")
        self.refuses(db, MERGE, (document(),), says="row 't_long' of table \"tags\" has owner_id 'them', a value "
                                                     "that the document does not set, and \"users\" does not exist")

    def test_a_table_named_like_a_pragma_and_a_reference_to_a_broken_view_are_in_no_backups_way(self):
        for more in ("CREATE TEMP TABLE pragma_table_info(x)",
                     "ALTER TABLE tags ADD COLUMN color_id TEXT REFERENCES colors; CREATE TABLE colors(x)",
                     "ALTER TABLE tags ADD COLUMN color_id TEXT REFERENCES colors; CREATE VIEW colors AS SELECT * FROM gone"):
            db = sample()
            before = backup(db)
            db.executescript(more)
            self.assertEqual(without_moment(backup(db)).replace(',"colorId":null', ""), without_moment(before))

    def test_a_reference_that_is_a_number_or_to_one_column_of_a_key_holds(self):
        db = sample()
        db.execute("ALTER TABLE tags ADD COLUMN n INTEGER REFERENCES asset_types(id)")
        db.execute("CREATE UNIQUE INDEX one ON asset_tags (asset_id) WHERE 0")
        db.execute("DELETE FROM asset_tags")
        db.execute("DROP INDEX one")
        db.execute("CREATE UNIQUE INDEX one ON asset_tags (asset_id)")
        db.execute("ALTER TABLE assets ADD COLUMN tagged TEXT REFERENCES asset_tags(asset_id)")
        restores_itself(self, db)
        text = document(tags=[{"id": "t", "name": "n", "n": 5}])
        self.refuses(db, MERGE, (text,), says="$.data.tags[0].n: there is no row in \"asset_types\" with id 5")

    def test_a_check_names_dangling_rows_beside_others_that_do_not_fit(self):
        db = sample()
        text = document(tags=[{"id": "t", "name": "n"}], tagsOnAssets=[
            {"assetId": 5, "tagId": "t"}, {"assetId": "gone", "tagId": "t"}, {"assetId": "a_car", "tagId": "gone"}])
        paths = [path for (path,) in db.execute("SELECT path FROM strata_restore_check(?, 'merge')", (text,))]
        self.assertEqual(paths, [f"$.data.tagsOnAssets[{n}].{field}"
                                 for n, field in ((0, "assetId"), (1, "assetId"), (2, "tagId"))])

    def test_the_setting_of_the_connection_is_left_as_it_was(self):
        for enforced in (0, 1):
            db = sample()
            db.execute(f"PRAGMA foreign_keys = {enforced}")
            restore(db, backup(db))
            self.assertEqual(db.execute("PRAGMA foreign_keys").fetchone(), (enforced,))
            self.assertEqual(live_counts(db)["assets"], 12)


if __name__ == "__main__":
    unittest.main()
