"""Rows that one statement inserts together: what is reported, counted and stored is
what inserting them one by one would give, whatever stops the statement.
"""

from __future__ import annotations

import json
import sqlite3
import unittest

from support import Case, empty, picture

DENY, IGNORE, OK = sqlite3.SQLITE_DENY, sqlite3.SQLITE_IGNORE, sqlite3.SQLITE_OK
INSERT, READ = 18, 20  # authorizer actions (sqlite.org/c3ref/c_alter_table.html)
PENDING = "strata_pending"
ROWS = 5000  # more than one batch in the document's order


def tags(count: int = ROWS) -> list[dict]:
    return [{"id": f"t{i * 7919 % count:05}", "name": f"n{i}"} for i in range(count)]


def document(**data) -> str:
    """With one row in each line: row i of the table that comes first stands in line i + 2."""
    rows = ",".join(f'"{name}":[\n' + ",\n".join(map(json.dumps, of)) + "]" for name, of in data.items())
    return f'{{"schemaVersion":"1","data":{{{rows}}}}}'


class Together(Case):
    def setUp(self):
        super().setUp()
        self.db = empty()
        self.addCleanup(self.db.close)

    def restore(self, text: str) -> dict:
        return json.loads(self.db.execute("SELECT strata_restore_json(?)", (text,)).fetchone()[0])

    def problems(self, text: str) -> list:
        return self.db.execute("SELECT line, path FROM strata_restore_check(?)", (text,)).fetchall()

    def test_all_are_counted_and_keep_their_order(self):
        rows = tags()
        self.assertEqual(self.restore(document(tags=rows))["counts"]["tags"], ROWS)
        self.assertEqual(self.db.execute("SELECT id, name FROM tags ORDER BY rowid").fetchall(),
                         [(row["id"], row["name"]) for row in rows])

    def test_a_row_that_a_constraint_refuses_is_named_and_nothing_is_changed(self):
        for at in (0, 1, ROWS // 2, ROWS - 1):
            with self.subTest(at=at):
                rows = tags()
                rows[at]["name"] = rows[(at + 1) % ROWS]["name"]
                self.db.execute("DELETE FROM tags")
                self.db.execute("INSERT INTO tags VALUES('old', 'as it was')")
                before = picture(self.db)
                later = max(at, (at + 1) % ROWS)
                self.refuses(self.db, "SELECT strata_restore_json(?)", (document(tags=rows),),
                             says=f"line {later + 2}: $.data.tags[{later}]: another row already has name")
                self.assertEqual(picture(self.db), before)

    def test_a_check_finds_every_such_row_of_a_batch(self):
        rows = tags()
        wrong = [3, 4, 700, 1500, 4999]
        for at in wrong:
            rows[at]["name"] = "n0"
        self.assertEqual(self.problems(document(tags=rows)), [(at + 2, f"$.data.tags[{at}]") for at in wrong])

    def test_a_check_constraint_is_a_row_s_too(self):
        self.db.execute("DROP TABLE tags")
        self.db.execute("CREATE TABLE tags(id TEXT PRIMARY KEY NOT NULL, name TEXT CHECK (name NOT LIKE '%7777'))")
        rows = tags()
        rows[33]["name"] = rows[4000]["name"] = "x7777"
        self.assertEqual(self.problems(document(tags=rows)), [(35, "$.data.tags[33]"), (4002, "$.data.tags[4000]")])

    def test_rows_with_different_fields_take_turns(self):
        self.db.execute("ALTER TABLE tags ADD COLUMN color TEXT DEFAULT 'grey'")
        rows = tags(300)
        for i, row in enumerate(rows):
            if i < 100 and i % 2 or 150 < i < 200:
                row["color"] = f"c{i}"
        self.restore(document(tags=rows))
        self.assertEqual(self.db.execute("SELECT id, name, color FROM tags ORDER BY rowid").fetchall(),
                         [(row["id"], row["name"], row.get("color", "grey")) for row in rows])

    def test_a_clause_for_conflicts_in_the_schema_does_not_delete_the_other_row(self):
        for clause in ("REPLACE", "IGNORE", "ROLLBACK", "FAIL"):
            with self.subTest(clause=clause):
                self.db.execute("DROP TABLE tags")
                self.db.execute(f"CREATE TABLE tags(id TEXT PRIMARY KEY NOT NULL, name TEXT UNIQUE ON CONFLICT {clause})")
                rows = tags(100)
                rows[60]["name"] = rows[10]["name"]
                self.refuses(self.db, "SELECT strata_restore_json(?)", (document(tags=rows),), says="line 62")
                self.assertEqual(self.db.execute("SELECT count(*) FROM tags").fetchone(), (0,))


@unittest.skipUnless(hasattr(sqlite3.Connection, "set_authorizer"), "this Python has no authorizer")
class Authorizers(Case):
    """Where the statement for many rows is not to be had, each row has one of its own."""

    def restored(self, answer) -> list:
        db = empty()
        self.addCleanup(db.close)
        db.execute("DROP TABLE tags")
        db.execute("CREATE TABLE tags(id TEXT PRIMARY KEY NOT NULL, name TEXT)")
        db.set_authorizer(answer)
        try:
            db.execute("SELECT strata_restore_json(?)", (document(tags=tags(100)),))
        finally:
            db.set_authorizer(lambda *_: sqlite3.SQLITE_OK)  # None would refuse everything before Python 3.11
        return db.execute("SELECT id, name FROM tags ORDER BY rowid").fetchall()

    def test_one_that_does_not_know_the_virtual_table_stops_no_restore(self):
        expected = [(row["id"], row["name"]) for row in tags(100)]
        for verdict in (DENY, IGNORE):
            for column in ("c0", "c1"):
                with self.subTest(verdict=verdict, column=column):
                    asked = []

                    def answer(action, table, name, *_):
                        if action == READ and table == PENDING:
                            asked.append(name)
                            return verdict if name == column else OK
                        return OK

                    self.assertEqual(self.restored(answer), expected)
                    self.assertIn(column, asked)

    def test_one_that_drops_a_value_the_first_time_only_is_an_error(self):
        asked = []

        def answer(action, table, name, *_):
            if action == READ and (table, name) == (PENDING, "c1"):
                asked.append(name)
                return IGNORE if len(asked) == 1 else OK
            return OK

        with self.assertRaisesRegex(sqlite3.DatabaseError, "authorizer"):
            self.restored(answer)
        self.assertGreater(len(asked), 1)

    def test_rows_that_take_turns_do_not_need_a_statement_for_each_turn(self):
        """Making a statement takes as long as inserting many rows."""
        db = empty()
        self.addCleanup(db.close)
        db.execute("ALTER TABLE tags ADD COLUMN color TEXT DEFAULT 'grey'")
        rows = tags(600)
        for i, row in enumerate(rows):
            if i // 3 % 2:
                row["color"] = f"c{i}"
        made = []
        db.set_authorizer(lambda action, table, name, *_: made.append(name) or OK if (action, table) == (INSERT, "tags") else OK)
        try:
            db.execute("SELECT strata_restore_json(?)", (document(tags=rows),))
        finally:
            db.set_authorizer(lambda *_: OK)
        self.assertLess(len(made), 10)
        self.assertEqual(db.execute("SELECT id, name, color FROM tags ORDER BY rowid").fetchall(),
                         [(row["id"], row["name"], row.get("color", "grey")) for row in rows])

    def test_one_that_hides_the_rows_does_not_change_which_of_them_is_named(self):
        rows = tags(100)
        rows[30]["name"] = rows[40]["name"] = "n3"
        for verdict in (DENY, IGNORE):
            for hidden in ("id", "name"):
                with self.subTest(verdict=verdict, hidden=hidden):
                    db = empty()
                    self.addCleanup(db.close)
                    db.set_authorizer(
                        lambda action, table, name, *_, v=verdict, h=hidden: v if (action, table, name) == (READ, "tags", h) else OK)
                    try:
                        found = db.execute("SELECT path FROM strata_restore_check(?)", (document(tags=rows),)).fetchall()
                    finally:
                        db.set_authorizer(lambda *_: OK)
                    self.assertEqual(found, [("$.data.tags[30]",), ("$.data.tags[40]",)])

    def test_a_table_of_the_persons_with_that_name_is_no_hindrance(self):
        columns = ",".join(f"c{i}" for i in range(31))
        for made in (f"CREATE VIRTUAL TABLE {PENDING} USING fts5({columns})", f"CREATE TABLE {PENDING}({columns})",
                     f"CREATE VIEW {PENDING} AS SELECT 1 AS c0", f"CREATE TEMP TABLE {PENDING}({columns})"):
            with self.subTest(made=made[:30]):
                db = empty()
                self.addCleanup(db.close)
                try:
                    db.execute(made)
                except sqlite3.OperationalError as error:  # a SQLite without FTS5
                    self.assertIn("no such module", str(error))
                    continue
                db.execute("SELECT strata_restore_json(?)", (document(tags=tags(100)),)).fetchall()
                self.assertEqual(db.execute("SELECT count(*) FROM tags").fetchone(), (100,))

    def test_one_that_drops_the_rows_is_an_error(self):
        with self.assertRaisesRegex(sqlite3.DatabaseError, "authorizer"):
            self.restored(lambda action, table, *_: IGNORE if (action, table) == (INSERT, "tags") else OK)


if __name__ == "__main__":
    unittest.main()
