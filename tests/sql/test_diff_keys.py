"""Which rows strata_backup_diff takes for the same: keys of any collation and type, tables of any
shape, rows in any order, compared with a model in Python.
"""

from __future__ import annotations

import itertools
import json
import random
import sqlite3
import unittest

from support import Case, document, empty

DIFF = "SELECT key, change, field, backup, database FROM strata_backup_diff(?) WHERE name = 'tags'"
BETWEEN = "SELECT key, change, field, backup, database FROM strata_backup_diff(?, 'main', ?) WHERE name = 'tags'"
TAGS = 'CREATE TABLE "tags" (\n    "id" TEXT NOT NULL PRIMARY KEY,\n    "name" TEXT NOT NULL\n);'


def tags(*pairs) -> list:
    return [{"id": key, "name": name} for key, name in pairs]


def with_tags(create: str) -> sqlite3.Connection:
    """An empty database in which the table of tags is made so."""
    db = empty()
    db.executescript(f"DROP TABLE asset_tags; DROP TABLE tags; {create};"
                     'CREATE TABLE asset_tags("asset_id" TEXT NOT NULL, "tag_id" TEXT NOT NULL,'
                     " PRIMARY KEY (asset_id, tag_id))")
    return db


class Keys(Case):
    def found(self, db: sqlite3.Connection, rows: list) -> list:
        return [row[:2] for row in db.execute(DIFF, (document(tags=rows),))]

    def test_a_key_that_a_collation_takes_for_another_hides_no_row(self):
        for collation, spelling in (("NOCASE", "A"), ("RTRIM", "a  "), ("NOCASE", "a"), ("BINARY", "a")):
            with self.subTest(collation=collation, spelling=spelling):
                db = with_tags(f"CREATE TABLE tags(id TEXT NOT NULL PRIMARY KEY COLLATE {collation}, name TEXT NOT NULL)")
                db.execute("INSERT INTO tags VALUES ('a', 'x'), ('b', 'y')")
                found = self.found(db, tags(("a", "x"), (spelling, "x")))
                self.assertIn(("b", "added"), found)
                found = self.found(db, tags((spelling, "x")))
                self.assertEqual([row for row in found if row[1] != "changed"], [("b", "added")])
                self.assertEqual(self.found(db, tags(("a", "x"), ("b", "y"))), [])
                self.assertEqual(self.found(db, tags(("b", "y"), ("a", "x"))), [])

    def test_keys_that_are_numbers(self):
        declarations = (("INTEGER", (5, 7, 9)), ("INT", (5, -7, 2**62)), ("REAL", (0.5, 1e300, -2.25)),
                        ("NUMERIC", ("5.50", "7", "-0.25")))
        for (declared, keys), kind in itertools.product(declarations, ("", "WITHOUT ROWID")):
            with self.subTest(declared=declared, kind=kind):
                db = with_tags(f"CREATE TABLE tags(id {declared} PRIMARY KEY NOT NULL, name TEXT NOT NULL) {kind}")
                rows = tags(*((key, f"n{key}") for key in keys))
                db.execute("SELECT strata_restore_json(?)", (document(tags=rows),)).fetchall()
                self.assertEqual(self.found(db, rows), [])
                self.assertEqual(self.found(db, rows[::-1]), [])
                self.assertEqual([change for _, change in self.found(db, rows[1:])], ["added"])
                db.execute("DELETE FROM tags WHERE name = ?", (rows[1]["name"],))
                self.assertEqual([change for _, change in self.found(db, rows)], ["removed"])
        db = with_tags("CREATE TABLE tags(id INT PRIMARY KEY NOT NULL, name TEXT NOT NULL)")
        db.execute("INSERT INTO tags VALUES (5, 'x'), (6, 'y')")
        self.assertEqual(self.found(db, tags((5, "x"), (5.0, "x"))), [("6", "added")])

    def test_rowids_far_apart_and_below_zero(self):
        db = with_tags("CREATE TABLE tags(id INTEGER PRIMARY KEY NOT NULL, name TEXT NOT NULL)")
        rng = random.Random(1)
        keys = [-(2**63), -5, 0, 1, 2**40, 2**63 - 1] + [rng.randrange(-2**62, 2**62) for _ in range(500)]
        db.executemany("INSERT INTO tags VALUES (?, ?)", [(key, f"n{key}") for key in keys])
        rows = tags(*((key, f"n{key}") for key in keys))
        self.assertEqual(self.found(db, rows), [])
        for missing in (0, 1, 2, 3, 5, 77):
            with self.subTest(missing=keys[missing]):
                self.assertEqual(self.found(db, rows[:missing] + rows[missing + 1:]), [(str(keys[missing]), "added")])

    def test_a_table_of_two_rows_at_both_ends_of_the_rowids(self):
        db = with_tags("CREATE TABLE tags(id TEXT PRIMARY KEY NOT NULL, name TEXT NOT NULL)")
        db.execute("INSERT INTO tags(rowid, id, name) VALUES (?, 'a', 'x'), (?, 'b', 'y')", (-(2**63), 2**63 - 1))
        self.assertEqual(self.found(db, tags(("a", "x"), ("b", "y"))), [])
        self.assertEqual(self.found(db, tags(("a", "x"))), [("b", "added")])
        self.assertEqual(self.found(db, tags(("b", "y"))), [("a", "added")])
        self.assertEqual(self.found(db, []), [("a", "added"), ("b", "added")])

    def test_a_live_key_that_is_null_has_no_counterpart(self):
        db = with_tags("CREATE TABLE tags(id TEXT PRIMARY KEY, name TEXT NOT NULL)")
        db.execute("INSERT INTO tags VALUES (NULL, 'x'), ('b', 'y')")
        self.assertEqual(self.found(db, tags(("b", "y"))), [(None, "added")])


class Model(Case):
    """Rows at random on both sides, and what a dictionary says of them."""

    SHAPES = (
        TAGS,
        "CREATE TABLE tags(id TEXT NOT NULL PRIMARY KEY, name TEXT NOT NULL) WITHOUT ROWID",
        "CREATE TABLE tags(id TEXT NOT NULL PRIMARY KEY, name TEXT NOT NULL, rowid AS (1), _rowid_ AS (2), oid AS (3))",
        "CREATE TABLE tags(name TEXT NOT NULL, id INTEGER NOT NULL PRIMARY KEY)",
    )

    def expected(self, left: dict, right: dict) -> set:
        result = set()
        for key in left.keys() | right.keys():
            if key not in right:
                result.add((str(key), "removed", None, left[key], None))
            elif key not in left:
                result.add((str(key), "added", None, None, right[key]))
            elif left[key] != right[key]:
                result.add((str(key), "changed", "name", left[key], right[key]))
        return result

    def given(self, rows: list) -> set:
        def name(text):
            return json.loads(text)["name"] if text and text.startswith("{") else text
        result = {(key, change, field, name(backup), name(database)) for key, change, field, backup, database in rows}
        self.assertEqual(len(result), len(rows))
        return result

    def edit(self, rng: random.Random, rows: dict, integer: bool) -> tuple[dict, list]:
        """The rows with some of them changed, and an order for them."""
        other = dict(rows)
        for _ in range(rng.choice((0, 1, 3, 40))):
            kind = rng.random()
            key = rng.choice(list(other)) if other else None
            if kind < 0.4 or key is None:
                other[rng.randrange(10**6) if integer else f"k{rng.randrange(10**6)}"] = f"new{rng.random()}"
            elif kind < 0.7:
                del other[key]
            else:
                other[key] = f"changed{rng.random()}"
        order = list(other)
        how = rng.randrange(6)
        if how == 0:
            rng.shuffle(order)
        elif how == 1:
            order.reverse()
        elif how == 2:
            order.sort(key=str)
        elif how == 3:  # a few rows elsewhere
            for _ in range(3):
                if order:
                    order.insert(rng.randrange(len(order) + 1), order.pop(rng.randrange(len(order))))
        elif how == 4:  # blocks in another order
            cut = rng.randrange(len(order) + 1)
            order = order[cut:] + order[:cut]
        return other, order

    def test_any_rows_in_any_order(self):
        rng = random.Random(20260131)
        found = 0
        for turn in range(120):
            shape = self.SHAPES[turn % len(self.SHAPES)]
            integer = "INTEGER" in shape
            count = rng.choice((0, 1, 2, 30, 300))
            left = {(i * 3 if integer else f"k{i * 7919 % 100003}"): f"n{i}" for i in range(count)}
            right, order = self.edit(rng, left, integer)
            text = document(tags=tags(*left.items()))
            other = document(tags=tags(*((key, right[key]) for key in order)))
            expected = self.expected(left, right)
            with self.subTest(turn=turn):
                db = with_tags(shape)
                columns = "id, name"
                if rng.random() < 0.5 and not integer and "WITHOUT" not in shape and "oid" not in shape:
                    db.execute("INSERT INTO tags(rowid, id, name) VALUES (1000, 'filler', 'filler')")
                db.executemany(f"INSERT INTO tags({columns}) VALUES (?, ?)", [(key, right[key]) for key in order])
                db.execute("DELETE FROM tags WHERE id = 'filler'")
                self.assertEqual(self.given(db.execute(DIFF, (text,)).fetchall()), expected)
                self.assertEqual(self.given(db.execute(BETWEEN, (text, other)).fetchall()), expected)
                db.execute("CREATE TEMP TABLE copied AS " + DIFF.replace("?", "?1"), (text,))
                self.assertEqual(self.given(db.execute("SELECT * FROM copied").fetchall()), expected)
                found += len(expected)
        self.assertGreater(found, 500)

    def test_thousands_of_differences_come_in_pieces_and_none_is_lost(self):
        left = {f"k{i}": f"n{i}" for i in range(6_000)}
        right = {f"k{i}": (f"n{i}" if i % 3 else f"changed to {i}" * 20) for i in range(3_000, 9_000)}
        order = list(right)
        text, other = document(tags=tags(*left.items())), document(tags=tags(*right.items()))
        for shape in self.SHAPES[:3]:
            with self.subTest(shape=shape):
                db = with_tags(shape)
                db.executemany("INSERT INTO tags(id, name) VALUES (?, ?)", [(key, right[key]) for key in order])
                expected = self.expected(left, right)
                self.assertEqual(self.given(db.execute(DIFF, (text,)).fetchall()), expected)
                self.assertEqual(self.given(db.execute(BETWEEN, (text, other)).fetchall()), expected)
                db.execute("CREATE TEMP TABLE copied AS " + DIFF.replace("?", "?1"), (text,))
                self.assertEqual(self.given(db.execute("SELECT * FROM copied").fetchall()), expected)


if __name__ == "__main__":
    unittest.main()
