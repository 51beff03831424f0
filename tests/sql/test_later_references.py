"""References to rows of the same or a later table. If foreign keys are enforced, such a column is
NULL until all rows are there; then each error is reported once, for the right reference. Without
enforcement a row is written whole at once."""

import unittest

from calls import backup, restore, section, table
from support import Case, document, empty

CHECK = "SELECT path FROM strata_restore_check(?, ?)"
RESTORE = "SELECT strata_restore_json(?)"


def enforcing(*statements: str, enforced: str = "ON"):
    db = empty()
    for statement in statements:
        db.execute(statement)
    db.execute(f"PRAGMA foreign_keys = {enforced}")
    return db


class LaterReferences(Case):
    def paths(self, db, text: str, mode: str = "replace") -> list[str]:
        return [path for (path,) in db.execute(CHECK, (text, mode))]

    def test_the_reference_that_an_insert_fails_for_is_the_one_that_is_named(self):
        own = "CREATE TABLE categories (id TEXT NOT NULL PRIMARY KEY, name TEXT NOT NULL, %s)"
        kind, parent = "kind TEXT REFERENCES asset_types(id)", "parent_id TEXT REFERENCES categories(id)"
        text = document(categories=[{"id": "c", "name": "child", "kind": "none", "parentId": "p"},
                                    {"id": "p", "name": "parent"}])
        for columns in (f"{kind}, {parent}", f"{parent}, {kind}"):
            db = enforcing("DROP TABLE categories", own % columns)
            self.refuses(db, RESTORE, (text,), says='categories[0].kind: there is no row in "asset_types"')
            self.assertEqual(self.paths(db, text), ["$.data.categories[0].kind"])

    def test_a_reference_to_a_later_table_is_not_blamed_for_another(self):
        db = enforcing("ALTER TABLE assets ADD COLUMN main_snapshot_id TEXT REFERENCES asset_snapshots(id)")
        moment = "2025-01-01T00:00:00.000Z"
        text = document(
            assets=[{"id": "a", "name": "n", "disposed": False, "assetTypeId": "none", "mainSnapshotId": "s"}],
            assetSnapshots=[{"id": "s", "assetId": "a", "value": "1", "observedAt": moment}])
        self.refuses(db, RESTORE, (text,), says="assets[0].assetTypeId")
        self.assertNotIn("$.data.assets[0].mainSnapshotId", self.paths(db, text))

    def test_each_of_two_columns_that_dangle_is_reported_once(self):
        db = enforcing("ALTER TABLE categories ADD COLUMN next_id TEXT REFERENCES categories(id)")
        text = section("categories", '{"id":"c","name":"n","parentId":"x","nextId":"y"}')
        expected = ["$.data.categories[0].parentId", "$.data.categories[0].nextId"]
        for mode in ("replace", "merge"):
            self.assertEqual(self.paths(db, text, mode), expected)
            db.execute("PRAGMA foreign_keys = OFF")
            self.assertEqual(self.paths(db, text, mode), expected)
            db.execute("PRAGMA foreign_keys = ON")

    def test_a_row_that_lacks_fields_is_not_missed_by_those_that_refer_to_it(self):
        db = enforcing()
        text = document(assetTypes=[{"id": "x"}], assets=[{"id": "a", "name": "n", "assetTypeId": "x"}])
        for mode in ("replace", "merge"):
            self.assertEqual(self.paths(db, text, mode),
                             ["$.data.assetTypes[0].code", "$.data.assetTypes[0].label"])

    def test_a_row_that_a_trigger_drops_is_not_missed_by_those_that_refer_to_it(self):
        db = enforcing("CREATE TRIGGER t BEFORE INSERT ON asset_types BEGIN SELECT raise(IGNORE); END")
        text = document(assetTypes=[{"id": "x", "code": "x", "label": "x"}],
                        assets=[{"id": "a", "name": "n", "assetTypeId": "x"}])
        for mode in ("replace", "merge"):
            self.assertEqual(self.paths(db, text, mode), ["$.data.assetTypes[0]"])


    def test_what_a_trigger_says_against_a_reference_is_an_error_with_its_place(self):
        db = enforcing("CREATE TRIGGER t BEFORE UPDATE OF parent_id ON categories BEGIN"
                       " SELECT raise(ABORT, 'not under this one'); END")
        text = document(categories=[{"id": "a", "name": "a"}, {"id": "b", "name": "b", "parentId": "a"}])
        self.refuses(db, RESTORE, (text,), says="$.data.categories[1].parentId: not under this one")
        self.assertEqual(self.paths(db, text), ["$.data.categories[1].parentId"])


class OneNameUnderEachParent(Case):
    """A schema that does not let a category be without its parent for a moment."""

    ROWS = [("p", "Income", None), ("q", "Costs", None), ("x", "Other", "p"), ("y", "Other", "q")]

    def database(self, enforced: str):
        db = enforcing("DROP INDEX categories_name_key",
                       "CREATE UNIQUE INDEX one_name ON categories (coalesce(parent_id, ''), name)",
                       enforced=enforced)
        db.executemany("INSERT INTO categories VALUES (?, ?, ?)", self.ROWS)
        return db

    def test_its_own_backup_restores_where_keys_are_not_enforced(self):
        db = self.database("OFF")
        text = backup(db)
        for mode in ("replace", "merge"):
            restore(db, text, mode)
            self.assertEqual(table(db, "categories"), self.ROWS)
        db.execute("DELETE FROM categories")
        restore(db, text, "merge")
        self.assertEqual(table(db, "categories"), self.ROWS)

    def test_a_reference_that_dangles_is_an_error_all_the_same(self):
        db = self.database("OFF")
        text = section("categories", '{"id":"x","name":"n","parentId":"none"}')
        self.refuses(db, RESTORE, (text,), says="categories[0].parentId: there is no row")

    def test_where_keys_are_enforced_the_error_says_what_to_do(self):
        db = self.database("ON")
        message = str(self.refuses(db, RESTORE, (backup(db),), says='table "categories"'))
        self.assertIn("parent_id", message)
        self.assertIn("PRAGMA foreign_keys=OFF", message)
        db.executescript("PRAGMA foreign_keys=OFF; DELETE FROM categories; PRAGMA foreign_keys=ON")
        twins = document(categories=[{"id": key, "name": name, "parentId": parent} for key, name, parent in self.ROWS])
        self.advises(db, twins, "$.data.categories[3]: UNIQUE constraint failed: index 'one_name'")

    def advises(self, db, text, says):
        message = str(self.refuses(db, RESTORE, (text,), says=says))
        self.assertIn("If that is only because parentId stays NULL until all rows are inserted", message)
        db.execute("PRAGMA foreign_keys=OFF")
        restore(db, text)
        db.execute("PRAGMA foreign_keys=ON")

    def test_a_condition_that_the_final_rows_meet_is_not_blamed_on_the_document(self):
        text = document(categories=[{"id": "a", "name": "Food"}, {"id": "b", "name": "Food", "parentId": "a"}])
        db = enforcing("DROP INDEX categories_name_key",
                       "CREATE UNIQUE INDEX r ON categories (name) WHERE parent_id IS NULL")
        self.advises(db, text, "another row already has name 'Food' (UNIQUE constraint failed: categories.name)")
        other = document(categories=[{"id": "b", "name": "Food", "parentId": "a"}, {"id": "a", "name": "Food"}])
        db.execute("DELETE FROM categories")
        self.advises(db, other, "$.data.categories[1]: another row already has name 'Food'")
        db = enforcing("DROP TABLE categories",
                       "CREATE TABLE categories (id TEXT NOT NULL PRIMARY KEY, name TEXT NOT NULL,"
                       " parent_id TEXT REFERENCES categories(id), CHECK (id = 'a' OR parent_id IS NOT NULL))")
        self.advises(db, text, "$.data.categories[1]: CHECK constraint failed")

    def test_what_the_final_rows_do_not_meet_either_is_the_documents_fault_alone(self):
        db = enforcing()
        text = document(categories=[{"id": "a", "name": "Food"}, {"id": "b", "name": "Food", "parentId": "a"}])
        message = str(self.refuses(db, RESTORE, (text,), says="another row already has name 'Food'"))
        self.assertNotIn("foreign_keys", message)
        db = enforcing("DROP TABLE categories",
                       "CREATE TABLE categories (id TEXT NOT NULL PRIMARY KEY, name TEXT NOT NULL CHECK (name <> 'Food'),"
                       " parent_id TEXT REFERENCES categories(id))")
        for parent in ({}, {"parentId": None}):
            text = document(categories=[{"id": "a", "name": "Food", **parent}])
            self.assertNotIn("foreign_keys", str(self.refuses(db, RESTORE, (text,), says="CHECK constraint failed")))


if __name__ == "__main__":
    unittest.main()
