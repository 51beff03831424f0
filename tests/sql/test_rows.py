"""strata_backup_rows(json) returns the rows of a document one by one, as they stand there; a WHERE
can make a smaller document of them.
"""

from __future__ import annotations

import json
import sqlite3
import unittest

from bad_documents import BAD
from disk import add_snapshots
from support import TABLES, Case, connect, document, empty, picture, sample, script

ROWS = "SELECT name, key, line, row FROM strata_backup_rows(?)"
# The recipe: the rows that the WHERE leaves, as a document.
SMALLER = ("SELECT json_object('schemaVersion', '1', 'data', json_group_object(name, json(rows))) FROM"
           " (SELECT name, json_group_array(json(row)) AS rows FROM strata_backup_rows(?1) WHERE {} GROUP BY name)")


class Rows(Case):
    def setUp(self):
        super().setUp()
        self.database = sample()
        self.text = self.database.execute("SELECT strata_backup_json()").fetchone()[0]
        self.bare = connect()  # without any table: none is needed

    def rows(self, text) -> list:
        return self.bare.execute(ROWS, (text,)).fetchall()

    def test_every_row_in_the_documents_order_with_its_line(self):
        data = json.loads(self.text)["data"]
        expected = [(name, row) for name, rows in data.items() for row in rows]
        found = self.rows(self.text)
        self.assertEqual([(name, json.loads(row)) for name, _, _, row in found], expected)
        lines = self.text.split("\n")
        for _, _, line, row in found:
            self.assertEqual(lines[line - 1].rstrip(","), row)
        self.assertEqual(self.rows(self.text.encode("utf-8")), found)

    def test_keys_are_those_of_the_diff(self):
        found = {(name, key) for name, key, _, _ in self.rows(self.text)}
        diff = set(empty().execute("SELECT name, key FROM strata_backup_diff(?)", (self.text,)))
        self.assertEqual(found, diff)
        odd = document(tagsOnAssets=[{"tagId": "\"é\"\n", "assetId": "a\\/\0"}, {"assetId": "x"}], tags=[
            {"name": "n", "id": "\u0000\U0001f3e0"}, {"id": 7}, {"id": None}, {"name": "none"}, {}])
        for text in (odd, json.dumps(json.loads(odd), ensure_ascii=True)):
            self.assertEqual([key for _, key, _, _ in self.rows(text)],
                             ['["a\\\\/\\u0000","\\"é\\"\\n"]', '["x",null]', "\0\U0001f3e0", "7", None, None, None])

    def test_a_row_is_given_as_it_stands(self):
        row = '{ "id" :\n "t\\u00e9" ,"name":"n",\t"nested":[1, {"a":  1.50}]}'
        text = '{"data":{"tags":[\n' + row + "\n , {}]},\"schemaVersion\":\"1\"}"
        self.assertEqual(self.rows(text), [("tags", "té", 2, row), ("tags", None, 4, "{}")])

    def test_rows_of_tables_that_the_app_has_retired_or_never_had(self):
        text = document(portfolios=[{"id": "p1"}], odd={"id": "x"}, tags=[{"id": "t", "name": "n"}], numbers=[1, {"b": 2}])
        self.assertEqual([row[:2] + row[3:] for row in self.rows(text)], [
            ("portfolios", "p1", '{"id":"p1"}'), ("tags", "t", '{"id":"t","name":"n"}'), ("numbers", None, '{"b":2}')])

    def test_a_document_without_rows_has_none(self):
        self.assertEqual(self.rows(document()), [])
        self.assertEqual(self.rows(document(tags=[], assets=[])), [])

    def test_what_a_where_leaves_is_a_document_that_restores(self):
        for where, tables in (("name IN ('tags', 'assetTypes')", {"tags", "assetTypes"}), ("1", set(TABLES)),
                              ("name = 'assetTypes' OR (name = 'assets' AND key IN ('a_car', 'a_flat')) OR"
                               " (name = 'assetSnapshots' AND json_extract(row, '$.assetId') IN ('a_car', 'a_flat'))",
                               {"assetTypes", "assets", "assetSnapshots"})):
            with self.subTest(where=where):
                smaller = self.bare.execute(SMALLER.format(where), (self.text,)).fetchone()[0]
                other = empty()
                other.execute("SELECT strata_restore_json(?)", (smaller,)).fetchall()
                kept = {name for name, sql_name in TABLES.items() if other.execute(f"SELECT 1 FROM {sql_name}").fetchone()}
                self.assertEqual(kept, tables)
                differences = other.execute("SELECT DISTINCT change FROM strata_backup_diff(?)", (self.text,)).fetchall()
                self.assertIn(differences, ([], [("removed",)]))
        other = empty()
        other.execute("SELECT strata_restore_json(?)", (self.bare.execute(SMALLER.format("1"), (self.text,)).fetchone()[0],))
        self.assertEqual(picture(other), picture(self.database))

    def test_one_statement_reads_a_file_and_restores_what_it_leaves(self):
        path = str(self.folder / "backup.json")
        self.database.execute("SELECT strata_backup_file(?)", (path,)).fetchall()
        self.database.execute("DELETE FROM tags")
        tags = "name = 'tags'"
        back = f"SELECT strata_restore_json(({SMALLER.format(tags)}), 'merge')"
        back = back.replace("(?1)", "(strata_file(?1))")
        counts = json.loads(self.database.execute(back, (path,)).fetchone()[0])["counts"]
        self.assertEqual(counts["tags"], 3)

    def test_a_large_file_in_pieces(self):
        add_snapshots(self.database, 20_000)
        path = str(self.folder / "backup.json")
        self.database.execute("SELECT strata_backup_file(?)", (path,)).fetchall()
        query = ("SELECT count(*), count(DISTINCT key), min(line), max(line), sum(length(row)) > 3000000"
                 " FROM strata_backup_rows(strata_file(?)) WHERE name = 'assetSnapshots'")
        count, keys, first, last, long = self.bare.execute(query, (path,)).fetchone()
        self.assertEqual((count, keys, last - first, long), (20_047, 20_047, 20_046, 1))
        with open(path, encoding="utf-8") as file:
            lines = file.read().split("\n")
        for line, row in self.bare.execute("SELECT line, row FROM strata_backup_rows(strata_file(?)) WHERE line % 997 = 0",
                                           (path,)):
            self.assertEqual(lines[line - 1].rstrip(","), row)

    def test_two_cursors_on_one_document(self):
        pairs = "SELECT count(*) FROM strata_backup_rows(?1) AS a JOIN strata_backup_rows(?1) AS b USING (name, key)"
        total = len(self.rows(self.text))
        self.assertEqual(self.bare.execute(pairs, (self.text,)).fetchone(), (total,))


class Refusals(Case):
    def test_a_document_that_cannot_be_read_gives_the_message_of_the_counts(self):
        database, compared = sample(), 0
        for bad in BAD:
            messages = []
            for table in ("strata_backup_counts", "strata_backup_rows"):
                try:
                    database.execute(f"SELECT count(*) FROM {table}(?)", (bad.document,)).fetchall()
                    messages.append("none")
                except sqlite3.Error as error:
                    messages.append(str(error))
            with self.subTest(name=bad.name):
                self.assertEqual(messages[0], messages[1])
            compared += messages[0] != "none"
        self.assertGreater(compared, 50)

    def test_wrong_arguments(self):
        database = sample()
        for argument, says in ((None, "the argument of strata_backup_rows is NULL"), (5, "TEXT or BLOB")):
            self.refuses(database, ROWS, (argument,), says=says)
        self.refuses(database, "SELECT * FROM strata_backup_rows", says="needs a document")

    def test_a_row_longer_than_a_value_may_be_is_an_error(self):
        database = connect()
        if not hasattr(database, "setlimit"):
            self.skipTest("Python before 3.11")
        path = self.folder / "long.json"
        path.write_text(document(tags=[{"id": "t", "name": "x" * 5000}]), encoding="utf-8")
        database.setlimit(0, 4000)
        query = "SELECT {} FROM strata_backup_rows(strata_file(?))"
        self.assertEqual(database.execute(query.format("key"), (str(path),)).fetchall(), [("t",)])
        with self.assertRaisesRegex(sqlite3.Error, "too big"):
            database.execute(query.format("row"), (str(path),)).fetchall()


class Utf16(Case):
    def test_what_sqlite_does_not_convert_survives_in_rows_and_differences(self):
        rows_given = [{"id": "a\ufffeb", "name": "n\uffff"}, {"id": "\ufffe", "name": "plain"}]
        given = document(tags=rows_given)
        given = json.dumps(json.loads(given), ensure_ascii=False).encode()
        for encoding in ("UTF-8", "UTF-16le", "UTF-16be"):
            with self.subTest(encoding=encoding):
                db = connect()
                db.execute(f"PRAGMA encoding = '{encoding}'")
                script(db, "schema.sql")
                found = [json.loads(row) for (row,) in db.execute("SELECT row FROM strata_backup_rows(?)", (given,))]
                self.assertEqual(found, rows_given)
                self.assertEqual([key for (key,) in db.execute("SELECT key FROM strata_backup_rows(?)", (given,))],
                                 [row["id"] for row in rows_given])
                self.assertEqual([key for (key,) in db.execute("SELECT key FROM strata_backup_diff(?)", (given,))],
                                 [row["id"] for row in rows_given])
                db.execute("SELECT strata_restore_json(json_object('schemaVersion', '1', 'data', json_object('tags',"
                           " json(rows)))) FROM (SELECT json_group_array(json(row)) AS rows FROM strata_backup_rows(?))",
                           (given,)).fetchall()
                text = db.execute("SELECT strata_backup_json()").fetchone()[0]
                self.assertEqual(json.loads(text)["data"]["tags"], rows_given)


if __name__ == "__main__":
    unittest.main()
