"""The order of rows is data: a document has them in the table's own order, and a restore keeps it.

Of two rows with the same moment the app shows the one with the lower rowid, and its lists have the order of the
rows. If a restore rearranged them, the app would show something else.
"""

from __future__ import annotations

import json
import random
import unittest

from calls import backup, restore, rows, with_columns
from support import Case, TABLES, connect, document, empty, picture, sample, script, without_moment

GROUPS = ("FINANCIAL", "REAL_ESTATE", "OTHER")
LARGE = 5000  # rows, from which on a restore inserts in batches that are sorted


def shuffled(seed: int, snapshots: int = 40) -> dict[str, list[dict]]:
    """Rows of all nine tables in no particular order, as a document of this extension would have them."""
    pick = random.Random(seed)
    moment = "2025-01-%02dT%02d:%02d:%02d.000Z"

    def at() -> str:
        return moment % (pick.randint(1, 28), pick.randint(0, 23), pick.randint(0, 59), pick.randint(0, 59))

    def keys(prefix: str, count: int) -> list[str]:
        return pick.sample([f"{prefix}{number:x}" for number in range(count * 3)], count)

    types, categories, tags, assets = keys("at", 8), keys("c", 12), keys("t", 9), keys("a", 15)
    moments = pick.sample([moment % (day, hour, 0, 0) for day in range(1, 29) for hour in range(24)], 20)
    created = {"createdAt": "2025-02-01T00:00:00.000Z"}
    tables = {
        "assetTypes": [{"id": key, "code": key, "label": key, "group": pick.choice(GROUPS)} for key in types],
        "categories": [{"id": key, "name": f"name of {key}", "parentId": pick.choice([None, *categories])}
                       for key in categories],
        "tags": [{"id": key, "name": f"name of {key}"} for key in tags],
        "assets": [{"id": key, "name": key, "quantity": None, "disposed": False, "assetTypeId": pick.choice(types),
                    **created, "updatedAt": at()} for key in assets],
        "assetSnapshots": [{"id": key, "assetId": pick.choice(assets), "value": f"{pick.randint(0, 999)}.50",
                            "currency": None, "observedAt": at(), **created} for key in keys("s", snapshots)],
        "portfolioSnapshots": [{"id": key, "value": "1.00", "currency": "EUR", "notes": None, "observedAt": when,
                                **created} for key, when in zip(keys("p", 20), moments)],
        "transactions": [{"id": key, "assetId": pick.choice(assets), "type": "ACQUIRE", "unitPrice": "1.00",
                          "quantity": "1.00000000", "currency": "EUR", "occurredAt": at(), **created}
                         for key in keys("x", 25)],
        "categoriesOnAssets": [{"assetId": asset, "categoryId": category}
                               for asset in assets for category in pick.sample(categories, 2)],
        "tagsOnAssets": [{"assetId": asset, "tagId": tag} for asset in assets for tag in pick.sample(tags, 2)],
    }
    for listed in tables.values():
        pick.shuffle(listed)
    return tables


def as_backup(tables: dict[str, list[dict]]) -> str:
    """The very bytes that the extension would write."""
    def lines(listed: list[dict]) -> str:
        text = ",\n".join(json.dumps(row, ensure_ascii=False, separators=(",", ":")) for row in listed)
        return f"[\n{text}\n]" if listed else "[]"
    data = ",\n".join(f'"{name}":{lines(listed)}' for name, listed in tables.items())
    return '{"schemaVersion":"1","exportedAt":"2025-02-02T00:00:00.000Z","data":{\n' + data + "\n}}"


def lists(db) -> dict[str, list]:
    """The rows as a program sees them that selects all rows without ORDER BY."""
    return {name: db.execute(f'SELECT * FROM "{name}" NOT INDEXED').fetchall() for name in TABLES.values()}


class RoundTrip(Case):
    def test_document_to_database_to_document_is_the_same_bytes_for_rows_in_any_order(self):
        for seed in range(30):
            with self.subTest(seed=seed):
                text = as_backup(shuffled(seed))
                for enforced in (0, 1):
                    for db in (empty(), sample()):
                        db.execute(f"PRAGMA foreign_keys = {enforced}")
                        restore(db, text)
                        self.assertEqual(without_moment(backup(db)), without_moment(text))

    def test_database_to_document_to_database_keeps_every_list_of_all_nine_tables(self):
        for seed in range(30):
            with self.subTest(seed=seed):
                db = empty()
                restore(db, as_backup(shuffled(seed)))
                for name in TABLES.values():  # gaps in the rowids, and rows that came late
                    db.execute(f"DELETE FROM {name} WHERE rowid % 5 = {seed % 5} AND '{name}' NOT IN "
                               "('assets', 'asset_types', 'categories', 'tags')")
                    db.execute(f"UPDATE {name} SET rowid = rowid + 1000 WHERE rowid % 7 = 0")
                other = empty()
                restore(other, backup(db))
                self.assertEqual(lists(other), lists(db))
                for name in TABLES.values():
                    with self.subTest(table=name):
                        every = f"SELECT * FROM {name} ORDER BY rowid"
                        self.assertEqual(other.execute(every).fetchall(), db.execute(every).fetchall())

    def test_a_large_table_that_is_inserted_in_another_order_has_its_rows_in_the_documents(self):
        tables = shuffled(1, LARGE)
        text = as_backup(tables)
        for enforced in (0, 1):
            db = empty()
            db.execute(f"PRAGMA foreign_keys = {enforced}")
            restore(db, text)
            self.assertEqual(without_moment(backup(db)), without_moment(text))
            found = db.execute("SELECT rowid, id FROM asset_snapshots ORDER BY rowid").fetchall()
            self.assertEqual(found, [(n + 1, row["id"]) for n, row in enumerate(tables["assetSnapshots"])])

    def test_the_value_of_an_asset_with_two_snapshots_at_one_moment_stays_what_the_app_shows(self):
        db = sample()
        for key, value in (("s_zzz", 368200), ("s_aaa", 385000)):
            db.execute("INSERT INTO asset_snapshots (id, asset_id, value, observed_at) VALUES (?, 'a_flat', ?,"
                       " '2025-06-30T00:00:00.000+00:00')", (key, value))
        shown = "SELECT value FROM asset_snapshots WHERE asset_id = 'a_flat' ORDER BY observed_at DESC, rowid LIMIT 1"
        self.assertEqual(db.execute(shown).fetchone(), (368200,))
        other = empty()
        restore(other, backup(db))
        self.assertEqual(other.execute(shown).fetchone(), (368200,))


class Backup(Case):
    def test_rows_come_by_rowid_whatever_indexes_there_are(self):
        db = empty()
        db.executemany("INSERT INTO tags VALUES (?, ?)", [("b", "x"), ("c", "w"), ("a", "y")])
        db.execute("INSERT INTO tags (rowid, id, name) VALUES (-5, 'z', 'first')")
        db.execute("CREATE INDEX covering ON tags (name, id)")
        db.execute("ANALYZE")
        self.assertEqual([json.loads(row)["id"] for row in rows(backup(db), "tags")], ["z", "b", "c", "a"])

    def test_a_name_that_a_column_takes_is_not_asked_for_the_rowid(self):
        for taken in (["rowid"], ["_rowid_"], ["oid"], ["rowid", "_rowid_"], ["RowID", "OID"]):
            with self.subTest(taken=taken):
                db = with_columns(tags=[f'"{name}" INTEGER' for name in taken])
                columns = ", ".join(f'"{name}"' for name in taken)
                db.executemany(f"INSERT INTO tags (id, name, {columns}) VALUES (?, ?{', ?' * len(taken)})",
                               [(key, key, *[place] * len(taken)) for place, key in enumerate("cab")][::-1])
                text = backup(db)
                self.assertEqual([json.loads(row)["id"] for row in rows(text, "tags")], ["b", "a", "c"])
                restore(db, text)
                self.assertEqual(without_moment(backup(db)), without_moment(text))

    def test_a_generated_column_may_take_the_name_as_well(self):
        db = with_columns(tags=["rowid TEXT AS (lower(name)) VIRTUAL"])
        db.executemany("INSERT INTO tags (id, name) VALUES (?, ?)", [("b", "A"), ("a", "C"), ("c", "B")])
        self.assertEqual([json.loads(row)["id"] for row in rows(backup(db), "tags")], ["b", "a", "c"])

    def by_key(self, definition: str, given: list[tuple], expected: list):
        db = connect()
        script(db, "schema.sql")
        db.execute("DROP TABLE tags")
        db.execute(definition)
        marks = ", ".join("?" * len(given[0]))
        db.executemany(f"INSERT INTO tags VALUES ({marks})", given)
        text = backup(db)
        self.assertEqual([json.loads(row)["id"] for row in rows(text, "tags")], expected)
        restore(db, text)
        self.assertEqual(without_moment(backup(db)), without_moment(text))

    def test_without_a_rowid_that_can_be_named_rows_come_by_the_bytes_of_their_key(self):
        four = [("b", "1"), ("C", "2"), ("a", "3"), ("é", "4")]
        for key in ("PRIMARY KEY", "PRIMARY KEY COLLATE NOCASE"):
            self.by_key(f"CREATE TABLE tags (id TEXT NOT NULL {key}, name TEXT NOT NULL) WITHOUT ROWID",
                        four, ["C", "a", "b", "é"])
        self.by_key("CREATE TABLE tags (id TEXT NOT NULL PRIMARY KEY, name TEXT, rowid INT, _rowid_ INT, oid INT)",
                    [(*row, 1, 2, 3) for row in four], ["C", "a", "b", "é"])

    def test_a_primary_key_that_is_the_rowid_is_the_order(self):
        for key in ("INTEGER NOT NULL PRIMARY KEY", "INTEGER PRIMARY KEY AUTOINCREMENT"):
            self.by_key(f"CREATE TABLE tags (id {key}, name TEXT NOT NULL)", [(30, "a"), (4, "b"), (-1, "c")], [-1, 4, 30])

    def test_a_large_table_whose_primary_key_is_the_rowid_keeps_its_keys(self):
        db = connect()
        script(db, "schema.sql")
        db.execute("DROP TABLE tags")
        db.execute("CREATE TABLE tags (id INTEGER NOT NULL PRIMARY KEY, name TEXT NOT NULL)")
        db.execute("CREATE INDEX names ON tags (name)")
        listed = [{"id": key, "name": f"{key * 7919 % 10007}"} for key in range(2 * LARGE, LARGE, -1)]
        restore(db, document(tags=listed))
        self.assertEqual(db.execute("SELECT id, name FROM tags ORDER BY rowid DESC").fetchall(),
                         [(row["id"], row["name"]) for row in listed])

    def test_two_databases_with_the_same_rows_in_another_order_have_other_backups_and_no_difference(self):
        db, other = empty(), empty()
        db.executemany("INSERT INTO tags VALUES (?, ?)", [("a", "1"), ("b", "2")])
        other.executemany("INSERT INTO tags VALUES (?, ?)", [("b", "2"), ("a", "1")])
        self.assertNotEqual(without_moment(backup(db)), without_moment(backup(other)))
        self.assertEqual(db.execute("SELECT * FROM strata_backup_diff(?)", (backup(other),)).fetchall(), [])


class Merge(Case):
    def test_new_rows_follow_those_that_are_there_in_the_documents_order(self):
        db = empty()
        db.executemany("INSERT INTO tags (rowid, id, name) VALUES (?, ?, ?)", [(7, "m", "m"), (3, "k", "k")])
        restore(db, document(tags=[{"id": key, "name": key + "!"} for key in "zkay"]), "merge")
        self.assertEqual(db.execute("SELECT rowid, id, name FROM tags ORDER BY rowid").fetchall(),
                         [(3, "k", "k!"), (7, "m", "m"), (8, "z", "z!"), (9, "a", "a!"), (10, "y", "y!")])

    def test_a_merge_into_nothing_is_the_document(self):
        text = as_backup(shuffled(3, LARGE))
        db = empty()
        restore(db, text, "merge")
        self.assertEqual(without_moment(backup(db)), without_moment(text))
        before = picture(db)
        restore(db, text, "merge")
        self.assertEqual(picture(db), before)


class Insertion(Case):
    """In which order the rows of a large table are inserted, as a CHECK of the table sees it."""

    def inserted(self, columns: str, index: str | None, listed: list[dict], before: str = "") -> list[str]:
        db = connect()
        seen: list[str] = []
        db.create_function("note", 1, lambda key: seen.append(key) or 1, deterministic=True)
        script(db, "schema.sql")
        db.execute("DROP TABLE tags")
        db.execute(f"CREATE TABLE tags (id TEXT NOT NULL PRIMARY KEY, name TEXT NOT NULL, {columns}, CHECK (note(id)))")
        if index:
            db.execute(f"CREATE INDEX plain ON tags ({index})")
        db.executescript(before)
        restore(db, document(tags=listed))
        self.assertEqual([key for (key,) in db.execute("SELECT id FROM tags ORDER BY rowid")], [row["id"] for row in listed])
        return seen

    def test_a_large_table_is_inserted_in_the_order_of_its_first_plain_index(self):
        listed = [{"id": f"t{n}", "name": f"n{n}", "a": None if n % 3 == 0 else str(n % 7), "b": -n % 11, "c": n % 5 + 0.5,
                   "d": "d", "e": str(n)} for n in range(2100)]
        for index, key in (
                ("a, b, c, d, e", lambda row: (row["a"] is not None, row["a"] or "", row["b"], row["c"])),
                ("b DESC, c", lambda row: (-row["b"], row["c"])),
                ("d", lambda row: 0),
                ("c, lower(d)", lambda row: row["c"]),
                ("lower(d)", lambda row: 0),
                ("b) WHERE (b > 3", lambda row: 0),
                (None, lambda row: 0)):
            with self.subTest(index=index):
                seen = self.inserted("a TEXT, b INTEGER, c REAL, d TEXT, e TEXT", index, listed)
                self.assertEqual(seen, [row["id"] for row in sorted(listed, key=key)])

    def test_a_small_table_and_one_with_triggers_about_are_inserted_in_the_documents_order(self):
        listed = [{"id": f"t{n}", "name": f"n{n}", "b": n * 7 % 2003} for n in range(2100)]
        self.assertNotEqual(self.inserted("b INTEGER", "b", listed), [row["id"] for row in listed])
        self.assertEqual(self.inserted("b INTEGER", "b", listed[:1999]), [row["id"] for row in listed[:1999]])
        trigger = "CREATE TRIGGER one AFTER DELETE ON assets BEGIN SELECT 1; END;"
        self.assertEqual(self.inserted("b INTEGER", "b", listed, trigger), [row["id"] for row in listed])


if __name__ == "__main__":
    unittest.main()
