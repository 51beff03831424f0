"""Promises that were once broken where two features meet. Each test is the smallest that showed it.
"""

from __future__ import annotations

import json
import sqlite3
import unittest

from support import Case, connect, document, empty, sample, script


def restore(database: sqlite3.Connection, text: str, *more) -> dict:
    marks = ",".join("?" * (1 + len(more)))
    return json.loads(database.execute(f"SELECT strata_restore_json({marks})", (text, *more)).fetchone()[0])


def check(database: sqlite3.Connection, text: str, *more) -> list:
    marks = ",".join("?" * (1 + len(more)))
    return database.execute(f"SELECT path, message FROM strata_restore_check({marks})", (text, *more)).fetchall()


class Documents(Case):
    def test_a_row_of_many_numbers_after_a_shorter_one(self):
        """Each number takes more room in what cJSON gets than in the document."""
        rows = [{"id": f"t{n}", "name": f"n{n}", "x": [1] * n} for n in (200, 295, 5, 1000, 4000)]
        result = restore(empty(), document(tags=rows), "replace", '{"unknown":"ignore"}')
        self.assertEqual(result["ignored"], {"tags.x": len(rows)})

    def test_an_absent_reference_whose_default_refers_to_nothing(self):
        database = connect()
        script(database, "schema.sql")
        database.executescript("""
            DROP TABLE assets;
            CREATE TABLE assets(id TEXT NOT NULL PRIMARY KEY, name TEXT NOT NULL,
                                asset_type_id TEXT NOT NULL DEFAULT 'at_none' REFERENCES asset_types(id));""")
        text = document(assets=[{"id": "a", "name": "x"}])
        for enforced in ("OFF", "ON"):
            database.execute(f"PRAGMA foreign_keys = {enforced}")
            self.refuses(database, "SELECT strata_restore_json(?)", (text,), says="at_none" if enforced == "OFF" else "FOREIGN KEY")

    def test_a_schema_name_with_u0000_is_no_other_name(self):
        database = sample()
        name = "'main' || char(0) || 'x'"
        for sql in (f"SELECT strata_backup_json({name})", f"SELECT * FROM strata_backup_counts WHERE schema = {name}",
                    f"SELECT * FROM strata_backup_diff(strata_backup_json(), {name})"):
            self.refuses(database, sql, says="unknown database")
        self.refuses(database, "SELECT strata_restore_json(?, 'merge', ?)", (document(), '{"schema":"main\\u0000x"}'), says="U+0000")


class Values(Case):
    def test_large_integral_values_of_a_real_column_come_back(self):
        for value in (1e17, 9007199254740994.0, -1e18, 2.0**62):
            database = empty()
            database.execute("ALTER TABLE tags ADD COLUMN weight REAL")
            database.execute("INSERT INTO tags VALUES ('a', 'a', ?)", (value,))
            restore(database, database.execute("SELECT strata_backup_json()").fetchone()[0])
            self.assertEqual(database.execute("SELECT weight, typeof(weight) FROM tags").fetchone(), (value, "real"))


class Triggers(Case):
    def test_a_parent_that_a_trigger_keeps_from_being_set_is_no_success(self):
        text = document(categories=[{"id": "a", "name": "a", "parentId": "b"}, {"id": "b", "name": "b", "parentId": None}])
        for mode in ("replace", "merge"):
            database = empty()
            database.execute("PRAGMA foreign_keys = ON")
            database.execute("CREATE TRIGGER t BEFORE UPDATE OF parent_id ON categories BEGIN SELECT RAISE(IGNORE); END")
            self.refuses(database, "SELECT strata_restore_json(?, ?)", (text, mode), says="$.data.categories[0].parentId: the database did not store the value")
            self.assertEqual([path for path, _ in check(database, text, mode)], ["$.data.categories[0].parentId"])

    def test_a_trigger_that_touches_rows_does_not_stop_a_merge(self):
        database = sample()
        database.execute("""CREATE TRIGGER touch AFTER UPDATE OF name ON assets BEGIN
                              UPDATE assets SET updated_at = '2030-01-01T00:00:00.000+00:00' WHERE id = new.id; END""")
        text = database.execute("SELECT strata_backup_json()").fetchone()[0].replace("MSCI World ETF", "World")
        restore(database, text, "merge")
        self.assertEqual(database.execute("SELECT name FROM assets WHERE id = 'a_world'").fetchone(), ("World",))


class Files(Case):
    def test_files_of_the_open_database_are_neither_read_nor_written(self):
        path = self.folder / "open.db"
        database = sample(path)
        for suffix in ("", "-wal", "-shm", "-journal"):
            for function in ("strata_backup_file", "strata_backup_db", "strata_restore_file"):
                with self.subTest(function=function, suffix=suffix):
                    self.refuses(database, f"SELECT {function}(?)", (f"{path}{suffix}",), says="belongs to the open database")
        self.assertEqual(sorted(p.name for p in self.folder.iterdir()), ["open.db"])

    def test_reading_the_own_file_by_mistake_keeps_the_locks(self):
        path = self.folder / "open.db"
        database = sample(path)
        database.execute("BEGIN IMMEDIATE")
        with self.assertRaises(sqlite3.Error):
            database.execute("SELECT strata_restore_file(?)", (str(path),))
        other = sqlite3.connect(path, timeout=0, isolation_level=None)
        with self.assertRaisesRegex(sqlite3.OperationalError, "locked"):
            other.execute("BEGIN IMMEDIATE")


class Check(Case):
    def test_what_refers_to_a_row_that_is_reported_is_no_problem_of_its_own(self):
        text = document(
            assetTypes=[{"id": "at", "code": "C", "label": "L"}],
            assets=[{"id": "a", "name": "x", "assetTypeId": "at", "quantity": "1,5"}],
            assetSnapshots=[{"id": f"s{n}", "assetId": "a", "value": "1", "observedAt": "2025-01-01"} for n in range(9)])
        database = empty()
        for enforced in ("OFF", "ON"):
            database.execute(f"PRAGMA foreign_keys = {enforced}")
            self.assertEqual([path for path, _ in check(database, text)], ["$.data.assets[0].quantity"])

    def test_a_bad_mode_does_not_hide_the_rest(self):
        text = '{"schemaVersion":"1","mode":"x","data":{"tags":[{"id":1,"name":"n"}]}}'
        self.assertEqual([path for path, _ in check(empty(), text)], ["$.mode", "$.data.tags[0].id"])

    def test_a_broken_foreign_key_of_another_table_is_not_the_restores_business(self):
        database = sample()
        database.execute("CREATE TABLE notes(a TEXT REFERENCES assets(nosuch))")
        self.assertEqual(check(database, database.execute("SELECT strata_backup_json()").fetchone()[0]), [])


if __name__ == "__main__":
    unittest.main()
