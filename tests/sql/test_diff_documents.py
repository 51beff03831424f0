"""strata_backup_diff(json, schema, other): what has changed between two backups. The other
document takes the place of the live rows, which do not matter then; the live schema tells
what kind of value each column holds.
"""

from __future__ import annotations

import json
import os
import sqlite3
import unittest

from disk import add_snapshots, in_child
from support import Case, connect, document, empty, sample
from test_memory import peak

BETWEEN = "SELECT name, key, change, field, backup, database FROM strata_backup_diff(?, NULL, ?)"
FILES = "SELECT change, count(*) FROM strata_backup_diff(strata_file(?), 'main', strata_file(?)) GROUP BY 1"


class Documents(Case):
    def setUp(self):
        super().setUp()
        self.database = sample()
        self.text = self.database.execute("SELECT strata_backup_json()").fetchone()[0]

    def diff(self, text, other, database=None) -> list:
        return (database or self.database).execute(BETWEEN, (text, other)).fetchall()

    def test_a_document_does_not_differ_from_itself_nor_from_another_spelling_of_it(self):
        data = json.loads(self.text)["data"]
        spelled = json.loads(json.dumps(data).replace("Z\"", "+00:00\"").replace(".000+00", "+00"))
        backwards = {name: list(reversed(rows)) for name, rows in reversed(list(data.items()))}
        for database in (self.database, empty()):
            self.assertEqual(self.diff(self.text, self.text, database), [])
            self.assertEqual(self.diff(self.text, json.dumps({"data": backwards, "schemaVersion": "1"}), database), [])
            self.assertEqual(self.diff(self.text, document(**spelled), database), [])
            self.assertEqual(self.diff(self.text.encode(), self.text, database), [])

    def test_unknown_tables_that_are_no_arrays_are_compared_as_a_whole(self):
        values = ("5", "55", "true", '"x"', '"y"', '{"a": [1, 2]}', "{}", "[]")
        documents = [f'{{"schemaVersion":"1","data":{{"portfolios": {value} }}}}' for value in values]
        for i, text in enumerate(documents):
            for j, other in enumerate(documents):
                with self.subTest(text=text, other=other):
                    self.assertEqual([(row[0], row[2]) for row in self.diff(text, other)],
                                     [] if i == j else [("portfolios", "changed")])

    def test_what_has_changed_between_two_months(self):
        self.database.executescript(
            "UPDATE assets SET quantity = 7.5, name = 'Sold: ' || name WHERE id = 'a_car';"
            "DELETE FROM tags WHERE id = 't_long'; INSERT INTO tags VALUES ('t_new', 'new')")
        now = self.database.execute("SELECT strata_backup_json()").fetchone()[0]
        live = self.database.execute("SELECT name, key, change, field, backup, database FROM strata_backup_diff(?)",
                                     (self.text,)).fetchall()
        self.assertEqual({row[2] for row in live}, {"added", "removed", "changed"})
        self.assertEqual(sorted(map(str, self.diff(self.text, now, empty()))), sorted(map(str, live)))
        backwards = {(name, key, {"added": "removed", "removed": "added"}.get(change, change), field, database, backup)
                     for name, key, change, field, backup, database in live}
        self.assertEqual(set(self.diff(now, self.text)), backwards)

    def test_the_live_rows_do_not_matter(self):
        self.database.execute("UPDATE tags SET name = 'live ' || id")
        self.assertEqual(self.diff(document(tags=[{"id": "a", "name": "x"}]), document(tags=[{"id": "a", "name": "y"}])),
                         [("tags", "a", "changed", "name", "x", "y")])

    def test_a_null_in_its_place_means_the_live_rows(self):
        self.assertEqual(self.diff(self.text, None), [])

    def test_fields_that_the_database_lacks(self):
        def tag(**more):
            return document(tags=[{"id": "a", "name": "x", **more}])
        for left, right, expected in (
            ({"colour": "red"}, {"colour": "red"}, []),
            ({"colour": "red"}, {}, [("colour", "red", None)]),
            ({}, {"colour": "red"}, [("colour", None, "red")]),
            ({"colour": "red"}, {"colour": "blue"}, [("colour", "red", "blue")]),
            ({"colour": "red"}, {"colour": "sea"}, [("colour", "red", "sea")]),
            ({"colour": "red"}, {"colour": None}, [("colour", "red", None)]),
            ({"colour": "red", "x": 1}, {"x": 1, "colour": "red"}, []),
            ({"colour": "1"}, {"colour": 1}, [("colour", "1", "1")]),
            ({"colour": None}, {}, []),
            ({"colour": None}, {"colour": "red"}, [("colour", None, "red")]),
            ({"a": 1, "b": 2}, {"b": 2, "a": 1}, []),
        ):
            with self.subTest(left=left, right=right):
                found = [row[3:] for row in self.diff(tag(**left), tag(**right))]
                self.assertEqual(found, expected)

    def test_tables_that_the_database_lacks(self):
        one, two = [{"id": "p1", "x": [1]}], [{"id": "p1", "x": [2]}]
        text = "1 row(s) of a table that the other document does not have"
        ours = "1 row(s) of a table that the database does not have"
        for left, right, expected in (
            (one, one, []), (one, None, [("removed", text, None)]), (None, one, [("added", None, ours)]), ([], None, []),
        ):
            with self.subTest(left=left, right=right):
                documents = [document(**({} if rows is None else {"portfolios": rows})) for rows in (left, right)]
                self.assertEqual([(row[0], row[2], row[4], row[5]) for row in self.diff(*documents)],
                                 [("portfolios", *row) for row in expected])
        for other in (two, one + one, one + two, {"id": "p1"}, 1):
            with self.subTest(other=other):
                for pair in ((one, other), (other, one)):
                    (found,) = self.diff(*(document(portfolios=rows) for rows in pair))
                    self.assertEqual((found[0], found[2]), ("portfolios", "changed"))

    def test_blanks_between_the_rows_of_an_unknown_table_are_no_difference(self):
        plain = '{"schemaVersion":"1","data":{"budgets":[{"id":1},{"id":2}],"limits":{"a":1}}}'
        spaced = '{"schemaVersion":"1","data":{"budgets":[ {"id":1}\n ,\t{"id":2} ],"limits": {"a":1} }}'
        self.assertEqual(self.diff(plain, spaced) + self.diff(spaced, plain), [])

    def test_an_error_says_which_document_it_is_in(self):
        bad = self.text.replace('"disposed":false', '"disposed":"no"', 1)
        for left, right, starts in ((bad, self.text, "line "), (self.text, bad, "the other document: line ")):
            with self.assertRaises(sqlite3.Error) as caught:
                self.diff(left, right)
            self.assertTrue(str(caught.exception).startswith(starts), caught.exception)
            self.assertIn("disposed", str(caught.exception))
        for right, says in ((self.text[:-9], "the other document: line "), (7, "the third argument of strata_backup_diff"),
                            (self.text.replace('n":"1"', 'n":"9"'), "the other document: Unsupported")):
            with self.assertRaises(sqlite3.Error) as caught:
                self.diff(self.text, right)
            self.assertIn(says, str(caught.exception))

    def test_two_files_in_any_order_of_their_rows(self):
        add_snapshots(self.database, 20_000)
        paths = [str(self.folder / name) for name in ("a.json", "b.json")]
        self.database.execute("SELECT strata_backup_file(?)", (paths[0],)).fetchall()
        self.database.executescript("CREATE TEMP TABLE t AS SELECT * FROM asset_snapshots ORDER BY value, id;"
                                    "DELETE FROM asset_snapshots; INSERT INTO asset_snapshots SELECT * FROM t;")
        self.database.execute("SELECT strata_backup_file(?)", (paths[1],)).fetchall()
        self.assertEqual(self.database.execute(FILES, paths).fetchall(), [])
        self.database.execute("DELETE FROM asset_snapshots WHERE rowid % 1000 = 0")
        self.database.execute("UPDATE asset_snapshots SET value = value + 1 WHERE rowid % 3000 = 1")
        self.database.execute("SELECT strata_backup_file(?)", (paths[1],)).fetchall()
        found = dict(self.database.execute(FILES, paths).fetchall())
        live = dict(self.database.execute("SELECT change, count(*) FROM strata_backup_diff(strata_file(?)) GROUP BY 1",
                                          paths[:1]).fetchall())
        self.assertEqual(found, live)
        self.assertEqual(found["removed"], 20)


class Interrupts(Case):
    def test_a_comparison_of_documents_can_be_stopped_at_any_point(self):
        """Reading documents runs no statement, so the diff itself must ask whether to stop."""
        rows = [{"id": f"t{i}", "name": f"{i} " * 40} for i in range(20_000)]
        texts = (document(tags=rows), document(tags=rows[::-1]))
        database = empty()
        steps = []

        def count():
            steps.append(1)
            return len(steps) == stop_at

        stop_at = 0
        database.set_progress_handler(count, 1)
        self.assertEqual(database.execute(BETWEEN, texts).fetchall(), [])
        total = len(steps)
        self.assertGreater(total, 200)
        for stop_at in range(5, total, total // 20):
            steps.clear()
            with self.assertRaisesRegex(sqlite3.Error, "^interrupted$"):
                database.execute(BETWEEN, texts).fetchall()
            self.assertLess(len(steps), stop_at + 20)  # and not another hundred pieces


@unittest.skipIf(os.environ.get("STRATA_PRELOAD"), "the sanitizers keep memory for themselves")
class Memory(Case):
    """A comparison takes as much memory for a large document as for a small one, plus a bit or 32 bytes for each row."""

    def growth(self, path: str, sql: str, *arguments: str) -> int:
        def run():
            connection = connect(path)
            connection.execute("SELECT count(*) FROM tags").fetchall()
            before = peak()
            connection.execute(sql, arguments).fetchall()
            return peak() - before
        return in_child(run)

    def test_flat(self):
        grown = {}
        for count in (20_000, 120_000):
            path, file, other = (str(self.folder / f"{count}{name}") for name in (".db", ".json", " by value.json"))
            maker = sample(path)
            maker.execute("PRAGMA synchronous = OFF").fetchall()
            add_snapshots(maker, count)
            maker.execute("SELECT strata_backup_file(?)", (file,)).fetchall()
            maker.executescript("CREATE TEMP TABLE t AS SELECT * FROM asset_snapshots ORDER BY value % 1000, id;"
                                "DELETE FROM asset_snapshots; INSERT INTO asset_snapshots SELECT * FROM t")
            maker.execute("SELECT strata_backup_file(?)", (other,)).fetchall()
            maker.close()
            grown[count] = [self.growth(path, "SELECT count(*) FROM strata_backup_diff(strata_file(?))", file),
                            self.growth(path, "SELECT count(*) FROM strata_backup_rows(strata_file(?))", file),
                            self.growth(path, FILES, file, other)]
        for what, few, many, most in zip(("live", "rows", "documents"), grown[20_000], grown[120_000], (1, 1, 6)):
            with self.subTest(what=what):
                self.assertLess(many - few, most * 1_000_000)
                self.assertLess(many, 12_000_000)


if __name__ == "__main__":
    unittest.main()
