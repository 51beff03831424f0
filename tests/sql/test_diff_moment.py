"""A diff shows one moment: it does not contain what a statement writes while it reads the
differences, nor what this or another connection writes between two of them. Where that is
impossible, the diff fails.
"""

from __future__ import annotations

import json
import sqlite3
import unittest

from support import Case, connect, document, empty, sample

FEED = ("INSERT INTO tags SELECT key || 'x' || random(), 'copy of ' || key || random()"
        " FROM strata_backup_diff(?) WHERE name = 'tags'")


def many(count: int) -> list:
    return [{"id": f"t{i}", "name": f"name {i}"} for i in range(count)]


class Writers(Case):
    """Statements that write what the diff gives them."""

    def setUp(self):
        super().setUp()
        self.database = empty(self.folder / "main.db")

    def fill(self, count: int) -> None:
        self.database.execute("PRAGMA synchronous = OFF").fetchall()
        self.database.execute("BEGIN")
        self.database.executemany("INSERT INTO tags VALUES (?, ?)", [(f"k{i}", f"n{i}") for i in range(count)])
        self.database.execute("COMMIT")

    def test_an_insert_does_not_feed_on_what_it_has_inserted(self):
        for count in (3, 5_000):
            with self.subTest(count=count):
                self.database.execute("DELETE FROM tags")
                self.fill(count)
                self.assertEqual(self.database.execute(FEED, (document(),)).rowcount, count)
                self.assertEqual(self.database.execute("SELECT count(*) FROM tags").fetchone(), (2 * count,))

    def test_nor_where_the_table_has_no_rowid_or_the_document_is_a_file(self):
        self.database.executescript("DROP TABLE asset_tags; DROP TABLE tags; CREATE TABLE tags(id TEXT NOT NULL PRIMARY KEY,"
                                    " name TEXT NOT NULL) WITHOUT ROWID; CREATE TABLE asset_tags(asset_id TEXT NOT NULL,"
                                    " tag_id TEXT NOT NULL, PRIMARY KEY(asset_id, tag_id))")
        self.fill(3_000)
        (self.folder / "b.json").write_text(document(), encoding="utf-8")
        feed = FEED.replace("(?)", "(strata_file(?))")
        self.assertEqual(self.database.execute(feed, (str(self.folder / "b.json"),)).rowcount, 3_000)

    def test_an_update_and_a_delete_by_what_differs(self):
        self.fill(3_000)
        text = document(tags=[{"id": f"k{i}", "name": f"n{i}"} for i in range(0, 3_000, 2)])
        update = ("UPDATE tags SET name = name || '!' WHERE id IN (SELECT key FROM strata_backup_diff(?)"
                  " WHERE change = 'added')")
        self.assertEqual(self.database.execute(update, (text,)).rowcount, 1_500)
        delete = "DELETE FROM tags WHERE id IN (SELECT key FROM strata_backup_diff(?) WHERE change = 'added')"
        self.assertEqual(self.database.execute(delete, (text,)).rowcount, 1_500)
        self.assertEqual(self.database.execute("SELECT count(*) FROM strata_backup_diff(?)", (text,)).fetchone(), (0,))

    def test_a_million_bytes_of_differences_are_the_same_kept_as_read(self):
        text = document(tags=[{"id": f"t{i}", "name": f"{i}" * 300} for i in range(5_000)])
        self.fill(10)
        read = self.database.execute("SELECT * FROM strata_backup_diff(?)", (text,)).fetchall()
        self.database.execute("CREATE TABLE kept AS SELECT * FROM strata_backup_diff(?)", (text,))
        self.assertEqual(self.database.execute("SELECT * FROM kept ORDER BY rowid").fetchall(), read)
        self.assertEqual(len(read), 5_010)


class Hosts(Case):
    """Programs that write between two rows of the diff."""

    def setUp(self):
        super().setUp()
        self.path = self.folder / "main.db"
        self.database = empty(self.path)
        self.text = document(tags=many(6_000))

    def cursor(self, sql: str = "SELECT key, change FROM strata_backup_diff(?)") -> sqlite3.Cursor:
        cursor = self.database.execute(sql, (self.text,))
        self.assertEqual(cursor.fetchone()[1], "removed")
        return cursor

    def expect_error(self, cursor: sqlite3.Cursor) -> None:
        with self.assertRaisesRegex(sqlite3.Error, "read them all first, and then write"):
            cursor.fetchall()

    def test_applying_row_by_row_is_refused_and_not_answered_wrongly(self):
        cursor = self.cursor()
        self.database.execute("INSERT INTO tags VALUES ('t3', 'name 3'), ('t5999', 'name 5999')")
        self.expect_error(cursor)

    def test_also_in_a_transaction_that_was_begun_meanwhile(self):
        cursor = self.cursor()
        self.database.execute("BEGIN")
        self.database.execute("INSERT INTO tags VALUES ('t5999', 'name 5999')")
        self.expect_error(cursor)
        self.database.execute("COMMIT")

    def test_what_a_transaction_writes_meanwhile_is_not_seen(self):
        self.database.execute("BEGIN")
        cursor = self.cursor()
        self.database.execute("INSERT INTO tags VALUES ('t5999', 'name 5999')")
        self.assertEqual(len(cursor.fetchall()), 5_999)
        self.database.execute("COMMIT")

    def test_nor_what_it_undoes(self):
        for ending in ("ROLLBACK TO s", "ROLLBACK"):
            with self.subTest(ending=ending):
                self.database.execute("BEGIN")
                self.database.execute("DELETE FROM tags")
                self.database.executemany("INSERT INTO tags VALUES (:id, :name)", many(5_000))
                self.database.execute("COMMIT")
                old = self.database.execute("SELECT strata_backup_json()").fetchone()[0]
                self.database.execute("BEGIN")
                self.database.execute("SAVEPOINT s")
                self.database.execute("UPDATE tags SET name = 'new ' || name")
                cursor = self.database.execute("SELECT key FROM strata_backup_diff(?)", (old,))
                cursor.fetchone()
                self.database.execute(ending)
                self.assertEqual(len(cursor.fetchall()), 4_999)
                if self.database.in_transaction:
                    self.database.execute("ROLLBACK")

    @unittest.skipUnless(hasattr(sqlite3.Connection, "blobopen") and sqlite3.sqlite_version_info >= (3, 34),
                         "needs Python 3.11 and SQLite 3.34")
    def test_writing_into_a_value_is_refused_too(self):
        self.database.execute("ALTER TABLE tags ADD COLUMN motto TEXT")
        self.database.execute("INSERT INTO tags VALUES ('t5999', 'name 5999', 'mine')")
        for begin, close in (("BEGIN", True), ("BEGIN", False), ("SELECT 1", True), ("SELECT 1", False)):
            with self.subTest(begin=begin, close=close):
                cursor = self.cursor()
                self.database.execute(begin).fetchall()
                blob = self.database.blobopen("tags", "motto", 1)
                blob.write(b"M")
                if close:
                    blob.close()
                self.expect_error(cursor)
                blob.close()
                if self.database.in_transaction:
                    self.database.execute("COMMIT")

    @unittest.skipIf(sqlite3.sqlite_version_info < (3, 35), "needs RETURNING")
    def test_a_statement_that_is_still_writing_is_refused_too(self):
        cursor = self.cursor()
        writer = self.database.execute("INSERT INTO tags VALUES ('t5998', 'a'), ('t5999', 'b') RETURNING id")
        self.expect_error(cursor)
        writer.close()

    def test_what_a_transaction_wrote_before_is_compared(self):
        self.database.execute("BEGIN")
        self.database.execute("INSERT INTO tags VALUES ('t5999', 'name 5999')")
        self.assertEqual(len(self.cursor().fetchall()), 5_998)
        self.database.execute("COMMIT")

    def test_writing_elsewhere_is_none_of_it(self):
        self.database.execute("ATTACH ':memory:' AS notes")
        self.database.execute("CREATE TABLE notes.log(x)")
        self.database.execute("CREATE TEMP TABLE log(x)")
        cursor, rows = self.cursor(), 1
        for row in cursor:
            if rows % 1_000 == 0:
                self.database.execute("INSERT INTO notes.log VALUES (?)", (row[0],))
                self.database.execute("INSERT INTO temp.log VALUES (?)", (row[0],))
            rows += 1
        self.assertEqual(rows, 6_000)

    def test_two_documents_are_compared_whatever_is_written(self):
        cursor = self.database.execute("SELECT key FROM strata_backup_diff(?, 'main', ?)", (self.text, document()))
        cursor.fetchone()
        self.database.execute("INSERT INTO tags VALUES ('t3', 'name 3')")
        self.assertEqual(len(cursor.fetchall()), 5_999)

    def others_commit(self, schema: str, mode: str) -> None:
        other_path = self.folder / "other.db"
        path = self.path
        if schema != "main":
            empty(other_path).close()
            self.database.execute("ATTACH ? AS other", (str(other_path),))
            path = other_path
        self.database.execute(f"PRAGMA {schema}.journal_mode = {mode}").fetchall()
        cursor = self.cursor(f"SELECT key, change FROM strata_backup_diff(?, '{schema}')")
        another = connect(path, timeout=0)
        try:
            another.execute("INSERT INTO tags VALUES ('t5999', 'name 5999')")
            written = True
        except sqlite3.OperationalError:  # without a WAL a reader keeps writers out
            written = False
        self.assertEqual(written, mode == "WAL")
        self.assertEqual(len(cursor.fetchall()), 5_999)
        left = self.database.execute(f"SELECT count(*) FROM strata_backup_diff(?, '{schema}')", (self.text,)).fetchone()
        self.assertEqual(left, (5_999 if written else 6_000,))

    def test_what_others_commit_meanwhile_is_not_seen(self):
        self.others_commit("main", "WAL")

    def test_nor_in_an_attached_database(self):
        self.others_commit("other", "WAL")

    def test_without_a_wal_others_wait(self):
        self.others_commit("main", "DELETE")

    def test_nor_there_in_an_attached_database(self):
        self.others_commit("other", "DELETE")

    def test_the_schema_may_not_go_away_meanwhile(self):
        cursor = self.cursor()
        with self.assertRaises(sqlite3.Error):
            self.database.execute("DROP TABLE tags")
        self.assertEqual(len(cursor.fetchall()), 5_999)

    def test_after_an_error_or_half_way_nothing_is_left_open(self):
        cursor = self.cursor()
        cursor.close()
        self.database.execute("DROP TABLE asset_tags")
        self.assertFalse(self.database.in_transaction)


class Recipes(Case):
    def test_bring_back_only_what_was_deleted(self):
        database = sample()
        text = database.execute("SELECT strata_backup_json()").fetchone()[0]
        database.executescript("DELETE FROM tags WHERE id = 't_long'; UPDATE tags SET name = 'my ' || id")
        mine = database.execute("SELECT id, name FROM tags").fetchall()
        back = ("SELECT strata_restore_json(json_object('schemaVersion', '1', 'data', json_group_object(name, json(rows))),"
                " 'merge') FROM (SELECT name, json_group_array(json(backup)) AS rows FROM strata_backup_diff(?)"
                " WHERE change = 'removed' GROUP BY name)")
        counts = json.loads(database.execute(back, (text,)).fetchone()[0])["counts"]
        self.assertEqual(counts["tags"], 1)
        self.assertEqual(set(database.execute("SELECT id, name FROM tags WHERE id <> 't_long'")), set(mine))
        self.assertEqual({row[0] for row in database.execute("SELECT change FROM strata_backup_diff(?)", (text,))}, {"changed"})


if __name__ == "__main__":
    unittest.main()
