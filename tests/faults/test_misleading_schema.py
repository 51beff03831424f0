"""A sqlite_master whose column `type` says something else than the definitions, and authorizers that ignore a PRAGMA, a
SELECT or a column: none may hide a trigger, a table, a missing journal or a value.
"""

from __future__ import annotations

import itertools
import json
import sqlite3
import unittest

from support import TABLES, Case, connect, document, empty, picture, sample, without_moment

RESTORE, CHECK = "SELECT strata_restore_json(?)", "SELECT message FROM strata_restore_check(?)"
PRAGMA, READ, SELECT, FUNCTION, IGNORE, OK = 19, 20, 21, 31, sqlite3.SQLITE_IGNORE, sqlite3.SQLITE_OK  # sqlite.org/c3ref/c_alter_table.html
TAGS = document(tags=[{"id": f"t{i}", "name": f"n{i}"} for i in range(5)])

BACKUP, BACKUP_FILE = "SELECT strata_backup_json()", "SELECT strata_backup_file('FOLDER/a.json')"
DIFF = f"SELECT * FROM strata_backup_diff('{TAGS}')"
RESTORE_TAGS, MERGE_TAGS = f"SELECT strata_restore_json('{TAGS}')", f"SELECT strata_restore_json('{TAGS}', 'merge')"


def mislabel(path, name: str, kind: str) -> sqlite3.Connection:
    """Writes another type into sqlite_master; opens the database anew, so that SQLite reads that."""
    connection = sqlite3.connect(path, isolation_level=None)
    connection.executescript(f"PRAGMA writable_schema = ON; UPDATE sqlite_master SET type = '{kind}' WHERE name = '{name}'")
    connection.close()
    return empty(path)


class Types(Case):
    def setUp(self):
        super().setUp()
        self.path = self.folder / "a.db"

    def agree(self, db: sqlite3.Connection, text: str, says: str) -> None:
        self.refuses(db, RESTORE, (text,), says=says)
        self.assertIn(says, db.execute(CHECK, (text,)).fetchone()[0])

    def test_a_trigger_is_seen_whatever_it_is_called(self):
        empty(self.path).execute("CREATE TRIGGER gone AFTER INSERT ON tags WHEN new.id = 't2' BEGIN DELETE FROM tags WHERE id = new.id; END")
        self.agree(mislabel(self.path, "gone", "TRIGGER"), TAGS, '"tags" would have 4 rows after the restore instead of 5')

    def test_a_table_that_refers_to_the_nine_is_seen_whatever_it_is_called(self):
        db = empty(self.path)
        db.executescript("CREATE TABLE notes(tag TEXT REFERENCES tags(id) ON DELETE CASCADE);"
                         "INSERT INTO tags VALUES ('t1', 'one'); INSERT INTO notes VALUES ('t1')")
        db = mislabel(self.path, "notes", "TABLE")
        db.execute("PRAGMA foreign_keys = ON")
        self.agree(db, TAGS, '"notes"')
        self.assertEqual(db.execute("SELECT * FROM notes").fetchall(), [("t1",)])

    def test_the_order_of_rows_does_not_depend_on_an_indexs_type(self):
        empty(self.path).executescript("INSERT INTO tags VALUES ('b', 'b'); INSERT INTO tags VALUES ('a', 'a')")
        db = mislabel(self.path, "sqlite_autoindex_tags_1", "INDEX")
        (text,) = db.execute("SELECT strata_backup_json()").fetchone()
        self.assertEqual([row["id"] for row in json.loads(text)["data"]["tags"]], ["b", "a"])

    def test_a_function_in_a_check_that_deletes_rows(self):
        db = empty()

        def eat(key: str) -> int:
            if key == "t3":
                db.execute("DELETE FROM tags WHERE id = 't1'")
            return 1

        db.create_function("eat", 1, eat)
        db.executescript("DROP TABLE asset_tags; DROP TABLE tags; CREATE TABLE tags(id TEXT PRIMARY KEY, name TEXT CHECK (eat(id)));"
                         "CREATE TABLE asset_tags(asset_id TEXT, tag_id TEXT, PRIMARY KEY (asset_id, tag_id))")
        self.agree(db, TAGS, '"tags" would have 4 rows after the restore instead of 5')


class Pragmas(Case):
    """An authorizer that ignores a PRAGMA gives it no answer."""

    def ignoring(self, name: str) -> sqlite3.Connection:
        db = sample()
        db.execute("PRAGMA journal_mode = OFF" if name == "journal_mode" else "SELECT 1")
        db.set_authorizer(lambda action, first, *_: IGNORE if (action, first) == (PRAGMA, name) else OK)
        return db

    def test_the_restore_refuses_and_names_the_pragma(self):
        dangling = document(assets=[{"id": "a", "name": "n", "assetTypeId": "nowhere"}])
        for name in ("journal_mode", "foreign_key_check", "foreign_key_list", "table_xinfo", "index_list"):
            with self.subTest(pragma=name):
                db = self.ignoring(name)
                with self.assertRaisesRegex(sqlite3.DatabaseError, f"this connection's authorizer ignores PRAGMA .*{name}"):
                    db.execute(RESTORE, (dangling,)).fetchall()
                db.set_authorizer(lambda *_: OK)
                self.assertEqual(db.execute("SELECT count(*) FROM assets").fetchone(), (12,))


class Outside(Case):
    """What a restore reads besides the rows of the nine tables."""

    def refused(self, table: str, column: str, says: str) -> None:
        db = sample(self.folder / f"{table} {column}.db")
        db.executescript("CREATE TABLE notes (id INTEGER PRIMARY KEY, tag TEXT REFERENCES tags (id)); INSERT INTO notes VALUES (1, 't_long');"
                         "CREATE TRIGGER t AFTER INSERT ON tags BEGIN DELETE FROM asset_tags; END")
        before = picture(db)
        db.close()
        db = connect(self.folder / f"{table} {column}.db")
        db.set_authorizer(lambda action, *names: IGNORE if (action, names[:2]) == (READ, (table, column)) else OK)
        for sql in (RESTORE_TAGS, MERGE_TAGS):
            with self.subTest(sql=sql, column=column), self.assertRaisesRegex(sqlite3.DatabaseError, says):
                db.execute(sql).fetchall()
        db.set_authorizer(None)
        self.assertEqual(picture(db), before)

    def test_a_reference_from_another_table_and_the_schema_itself_may_not_be_hidden(self):
        self.refused("notes", "tag", 'table "notes": .* hides column "tag"')
        for column in ("type", "name", "rootpage", "sql"):
            self.refused("sqlite_master", column, f'hides column "{column}"')


class Selects(Case):
    """An authorizer that ignores a SELECT gives it no rows."""

    def outcome(self, sql: str, ignored: range) -> tuple[str, dict]:
        """What the statement says, and what is in the database then, if these of its SELECTs are ignored."""
        db, numbers = sample(), itertools.count()
        db.set_authorizer(lambda action, *_: IGNORE if action == SELECT and next(numbers) in ignored else OK)
        try:
            said = without_moment(repr(db.execute(sql).fetchall()))
        except sqlite3.DatabaseError:
            said = "error"
        db.set_authorizer(None)
        return said, picture(db)

    def test_which_ever_it_ignores_the_function_fails_or_does_its_work(self):
        failed = ("error", picture(sample()))
        for sql in (BACKUP, DIFF, RESTORE_TAGS, MERGE_TAGS):
            right = self.outcome(sql, range(0))
            self.assertNotEqual(right, failed)
            self.assertEqual(self.outcome(sql, range(1, 1000)), failed)  # all but the statement itself
            for number in range(1, 100) if sql in (RESTORE_TAGS, MERGE_TAGS) else ():
                with self.subTest(sql=sql, number=number):
                    self.assertIn(self.outcome(sql, range(number, number + 1)), (right, failed))


class Functions(Case):
    def test_a_function_that_is_denied_is_an_error_of_a_check_and_not_one_of_its_rows(self):
        db = sample()
        db.set_authorizer(lambda action, _, name, *__: sqlite3.SQLITE_DENY if (action, name) == (FUNCTION, "count") else OK)
        with self.assertRaisesRegex(sqlite3.DatabaseError, "not authorized to use function: count"):
            db.execute(CHECK, (TAGS,)).fetchall()


    def test_a_progress_function_that_is_denied_is_named(self):
        db = sample()
        db.create_function("told", 3, lambda *_: 0)
        db.set_authorizer(lambda action, _, name, *__: sqlite3.SQLITE_DENY if (action, name) == (FUNCTION, "told") else OK)
        with self.assertRaisesRegex(sqlite3.DatabaseError, '"told" cannot be called .*: not authorized to use function: told'):
            db.execute("SELECT strata_restore_json(?, NULL, '{\"progress\":\"told\"}')", (TAGS,)).fetchall()


class Columns(Case):
    """An authorizer that ignores the reading of a column gives NULL for it."""

    def test_what_reads_the_rows_refuses_and_names_the_column(self):
        for table in TABLES.values():
            columns = [row[1] for row in sample().execute(f"PRAGMA table_info({table})")]
            for column in columns + ["ROWID"]:
                db = sample()
                db.set_authorizer(lambda action, *names, at=(table, column): IGNORE if (action, names[:2]) == (READ, at) else OK)
                says = f'''table "{table}": this connection's authorizer hides column "{column}"'''
                for sql in (BACKUP, BACKUP_FILE, DIFF, MERGE_TAGS):
                    with self.subTest(sql=sql, column=column):
                        with self.assertRaises(sqlite3.DatabaseError) as caught:
                            db.execute(sql.replace("FOLDER", str(self.folder))).fetchall()
                        self.assertIn(says.lower(), str(caught.exception).lower())
                self.assertEqual(list(self.folder.iterdir()), [])
                # This one only writes the nine tables.
                db.execute(RESTORE_TAGS)
                db.set_authorizer(None)
                self.assertEqual(db.execute("SELECT count(*) FROM tags").fetchone(), (5,))


class Lost(Case):
    def test_an_interrupt_at_any_step_says_that_the_transaction_is_gone(self):
        for sql in (RESTORE, CHECK):
            for step in range(1, 120):
                db = empty()
                db.execute("BEGIN")
                db.execute("INSERT INTO tags VALUES ('mine', 'mine')")
                steps = iter(range(step))
                db.set_progress_handler(lambda steps=steps: next(steps, None) is None, 1)
                try:
                    db.execute(sql, (TAGS,)).fetchall()
                    said = ""
                except sqlite3.Error as error:
                    said = str(error)
                db.set_progress_handler(None, 1)
                with self.subTest(sql=sql, step=step):
                    if not db.in_transaction:
                        self.assertIn("rolled back the whole transaction", said)
                db.close()


if __name__ == "__main__":
    unittest.main()
