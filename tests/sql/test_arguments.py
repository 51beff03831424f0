"""The hidden columns of the tables are their arguments, in whatever way a query gives them. A
query that SQLite would answer without one is an error, never an empty result that looks like
good news.
"""

from __future__ import annotations

import sqlite3
import unittest

from support import Case, document, sample

BAD = document(tags=[{"id": "t", "name": 1}])
LOST = "is an argument"


class Arguments(Case):
    def setUp(self):
        super().setUp()
        self.database = sample()
        self.database.execute("CREATE TEMP TABLE docs(d, m)")
        self.database.execute("INSERT INTO docs VALUES (?, 'replace')", (BAD,))
        self.path = str(self.folder / "backup.json")
        with open(self.path, "w", encoding="utf-8") as file:
            file.write(BAD)

    def rows(self, sql: str) -> list:
        return self.database.execute(sql, {"bad": BAD, "path": self.path}).fetchall()

    def test_hidden_columns_return_what_was_given(self):
        for sql, expected in (
            ("SELECT backup, schema FROM strata_backup_counts(:bad, 'main')", (BAD, "main")),
            ("SELECT backup, mode, options FROM strata_restore_check(:bad, 'merge', '{}')", (BAD, "merge", "{}")),
            ("SELECT backup, mode FROM strata_restore_check(:bad, NULL)", (BAD, None)),
            ("SELECT document, schema FROM strata_backup_diff('{\"schemaVersion\":\"1\",\"data\":{}}', 'main')",
             ('{"schemaVersion":"1","data":{}}', "main")),
            ("SELECT typeof(backup), backup FROM strata_backup_counts(CAST(:bad AS BLOB))", ("blob", BAD.encode())),
        ):
            with self.subTest(sql=sql):
                self.assertEqual(set(self.rows(sql)), {expected})

    def test_a_condition_is_an_argument_however_it_is_written(self):
        for condition in ("mode IS 'replace'", "mode = 'replace'", "'replace' IS mode", "mode IN ('replace')",
                          "mode = 'replace' OR mode = 'x'", "mode IN (SELECT m FROM docs)", "mode IS (SELECT m FROM docs)"):
            with self.subTest(condition=condition):
                if "'x'" in condition:
                    with self.assertRaisesRegex(sqlite3.Error, "unknown mode 'x'"):
                        self.rows(f"SELECT line FROM strata_restore_check(:bad) WHERE {condition}")
                else:
                    self.assertEqual(self.rows(f"SELECT line FROM strata_restore_check(:bad) WHERE {condition}"), [(1,)])
        self.assertEqual(self.rows("SELECT count(*) FROM strata_restore_check(:bad) WHERE backup = '{}'"), [(0,)])
        self.assertEqual(self.rows("SELECT count(*) FROM strata_restore_check WHERE backup IS :bad"), [(1,)])
        self.assertEqual(self.rows("SELECT rows FROM strata_backup_counts WHERE backup IS :bad AND name = 'tags'"), [(1,)])

    def test_joins_give_the_rows_that_they_should(self):
        for sql, expected in (
            ("SELECT c.rows FROM docs LEFT JOIN strata_backup_counts(d) AS c WHERE c.name = 'tags'", [(1,)]),
            ("SELECT c.rows FROM docs LEFT JOIN strata_backup_counts AS c ON c.backup = d AND c.name = 'tags'", [(1,)]),
            ("SELECT c.rows FROM docs LEFT JOIN strata_backup_counts(strata_file(:path)) AS c WHERE c.name = 'tags'", [(1,)]),
            ("SELECT c.rows FROM strata_backup_counts AS c JOIN docs ON c.backup IS d WHERE c.name = 'tags'", [(1,)]),
            ("SELECT rows FROM (SELECT d AS backup FROM docs) JOIN strata_backup_counts USING (backup) WHERE name = 'tags'", [(1,)]),
            ("SELECT k.line FROM docs JOIN strata_restore_check(d, m) AS k", [(1,)]),
            ("SELECT (SELECT count(*) FROM strata_restore_check(d, m)) FROM docs", [(1,)]),
            ("SELECT 1 FROM docs WHERE EXISTS (SELECT 1 FROM strata_restore_check(d))", [(1,)]),
        ):
            with self.subTest(sql=sql):
                self.assertEqual(self.rows(sql), expected)

    def test_something_behind_the_options_is_an_error(self):
        for behind in ("\0", "\x01", "{}", ","):
            with self.subTest(behind=behind), self.assertRaisesRegex(sqlite3.Error, "text follows the end of the object"):
                self.database.execute("SELECT strata_backup_json('main', ?)", ("{}" + behind,)).fetchall()

    def test_a_mode_is_text_or_null(self):
        """strata_file() looks like NULL to everything that does not ask for it."""
        for mode, what in (("strata_file(:path)", "a document (strata_file)"), ("CAST('merge' AS BLOB)", "a BLOB"),
                           ("x''", "a BLOB")):
            for call in ("strata_restore_json(:text, {})", "strata_restore_file(:path, {})",
                         "(SELECT count(*) FROM strata_restore_check(:text, {}))"):
                with self.subTest(mode=mode, call=call):
                    self.refuses(self.database, f"SELECT {call.format(mode)}", {"text": document(), "path": self.path},
                                 says=f"the mode is {what}: expected the text 'replace' or 'merge'")

    def test_a_schema_is_text_or_null(self):
        new = str(self.folder / "new")
        for schema, what in (("strata_file(:path)", "(a document: strata_file)"), ("CAST('main' AS BLOB)", "(a BLOB)")):
            for call in ("strata_backup_json({})", "strata_backup_file(:new, {})", "strata_backup_db(:new, {})",
                         "(SELECT count(*) FROM strata_backup_counts WHERE schema = {})",
                         "(SELECT count(*) FROM strata_backup_diff(:bad, {}))"):
                with self.subTest(schema=schema, call=call):
                    self.refuses(self.database, f"SELECT {call.format(schema)}", {"new": new, "bad": BAD, "path": self.path},
                                 says=f'unknown database "{what}"')

    def test_one_statement_may_ask_about_many_documents(self):
        two = document(tags=[{"id": "t", "name": "n"}, {"id": "u", "name": "o"}])
        one = document(tags=[{"id": "t", "name": "n"}])
        for table, texts, counts in (("strata_backup_counts(d)", (two, one, two), (9, 9, 9)),
                                     ("strata_backup_rows(d)", (two, BAD, two), (2, 1, 2)),
                                     ("strata_restore_check(d)", (BAD, two, BAD), (1, 0, 1)),
                                     ("strata_backup_diff(d, 'main', :other)", (two, one, two), (2, 1, 2))):
            self.database.execute("DELETE FROM docs")
            self.database.executemany("INSERT INTO docs (d) VALUES (?)", [(text,) for text in texts])
            sql = f"SELECT docs.rowid, count(t.rowid) FROM docs LEFT JOIN {table} AS t GROUP BY 1"
            with self.subTest(table=table):
                found = self.database.execute(sql, {"other": document()}).fetchall()
                self.assertEqual(found, list(enumerate(counts, 1)))

    def test_rowids_number_the_rows_from_1_on(self):
        two = document(tags=[{"id": "t", "name": 1}, {"id": 2, "name": "o"}])
        for table, count in (("strata_backup_counts", 9), ("strata_backup_counts(:two)", 9), ("strata_backup_rows(:two)", 2),
                             ("strata_restore_check(:two)", 2)):
            with self.subTest(table=table):
                found = self.database.execute(f"SELECT rowid FROM {table}", {"two": two}).fetchall()
                self.assertEqual(found, [(number,) for number in range(1, count + 1)])

    def right_or_not_at_all(self, sql: str, expected: list) -> None:
        """SQLite's plans differ by version: the answer is right, or an error that says what to do."""
        with self.subTest(sql=sql):
            try:
                self.assertEqual(self.rows(sql), expected)
            except sqlite3.Error as error:
                self.assertRegex(str(error), f"{LOST}.*subquery of its own|no query solution|needs a document")

    def test_what_sqlite_would_compute_without_the_argument_is_never_an_all_clear(self):
        check = "SELECT line FROM strata_restore_check"
        for sql, expected in (
            (f"{check} WHERE backup = :bad AND (mode = 'replace' OR line = 1)", [(1,)]),
            (f"{check}(:bad) WHERE mode = 'merge' OR mode IS NULL", [(1,)]),
            (f"{check}(:bad) WHERE coalesce(mode, '') = 'merge'", [(1,)]),
            (f"{check}(:bad) WHERE mode > 'm'", [(1,)]),
            (f"{check} WHERE backup > ''", [(1,)]),
            ("SELECT k.line FROM docs LEFT JOIN strata_restore_check AS k WHERE k.backup = d", [(1,)]),
            ("SELECT k.line FROM docs LEFT JOIN strata_restore_check AS k WHERE k.backup = strata_file(:path)", [(1,)]),
            ("SELECT c.rows FROM docs LEFT JOIN strata_backup_counts AS c WHERE c.backup = d AND c.name = 'tags'", [(1,)]),
            ("SELECT rows FROM strata_backup_counts WHERE (backup = :bad OR schema = 'main') AND name = 'tags'", [(1,), (3,)]),
            ("SELECT rows FROM strata_backup_counts WHERE (backup = :bad OR 0) AND name = 'tags'", [(1,)]),
        ):
            self.right_or_not_at_all(sql, expected)

    @unittest.skipIf(sqlite3.sqlite_version_info < (3, 39), "SQLite has RIGHT JOIN since 3.39")
    def test_right_and_full_joins(self):
        for join in ("RIGHT", "FULL"):
            for table in ("strata_restore_check(:bad)", "strata_restore_check(strata_file(:path))"):
                self.right_or_not_at_all(f"SELECT k.line FROM docs {join} JOIN {table} AS k ON docs.d = 'x'"
                                         " WHERE k.line IS NOT NULL", [(1,)])
                self.right_or_not_at_all(f"SELECT k.line FROM docs {join} JOIN {table} AS k ON k.line = 1", [(1,)])
                self.right_or_not_at_all(f"SELECT d IS NULL FROM {table} AS k {join} JOIN docs ON k.line = 1", [(0,)])
            counts = "strata_backup_counts(:bad)"
            self.right_or_not_at_all(f"SELECT sum(c.rows) FROM docs {join} JOIN {counts} AS c ON docs.d = 'x'", [(1,)])
            self.right_or_not_at_all(f"SELECT sum(c.rows) FROM docs {join} JOIN strata_backup_counts AS c ON c.backup = :bad",
                                     [(1,)])
        inside = "SELECT k.line FROM docs RIGHT JOIN (SELECT * FROM strata_restore_check(:bad)) AS k ON docs.d = 'x'"
        self.assertEqual(self.rows(inside), [(1,)])

    def test_what_was_not_given_cannot_be_read(self):
        for sql in ("SELECT backup FROM strata_backup_counts", "SELECT mode FROM strata_restore_check(:bad)",
                    "SELECT schema FROM strata_backup_diff('{\"schemaVersion\":\"1\",\"data\":{}}')",
                    "SELECT backup FROM strata_backup_counts(strata_file(:path))"):
            with self.subTest(sql=sql), self.assertRaisesRegex(sqlite3.Error, LOST):
                self.rows(sql)


if __name__ == "__main__":
    unittest.main()
