"""A database that somebody made to do harm, or whose maker never thought of this extension.

Views and virtual tables in place of tables, TEMP tables of the same names, odd names,
thousands of columns, generated columns, constraints; and schemas that try to call the
extension, and may call nothing but strata_version().
"""

from __future__ import annotations

import json
import re
import sqlite3
import unittest

from support import SOURCE, TABLES, Case, connect, document, empty, picture, sample, without_moment

QUOTED = 'select "from" \'where\'; -- ]['


def without(table: str) -> sqlite3.Connection:
    """The sample without one of its tables, and without what refers to tags."""
    connection = sample()
    connection.execute("DELETE FROM asset_tags")
    connection.execute(f"DROP TABLE {table}")
    return connection


def rows(connection: sqlite3.Connection) -> dict[str, list]:
    return json.loads(connection.execute("SELECT strata_backup_json()").fetchone()[0])["data"]


class InPlaceOfTables(Case):
    """A missing table, a view or a virtual table is an error that names it and points to sql/schema.sql."""

    CALLS = {
        "strata_backup_json": "SELECT strata_backup_json()",
        "strata_restore_json": f"SELECT strata_restore_json('{document(tags=[])}')",
        "merge": f"SELECT strata_restore_json('{document(tags=[])}', 'merge')",
        "strata_backup_counts": "SELECT * FROM strata_backup_counts",
        "strata_backup_diff": f"SELECT * FROM strata_backup_diff('{document(tags=[])}')",
    }

    def named_by_all(self, prepare: str, table: str, kind: str) -> None:
        connection = without(table)
        connection.executescript(prepare)
        for name, sql in self.CALLS.items():
            with self.subTest(name, table=table):
                error = self.refuses(connection, sql, says=f'"{table}"')
                self.assertIn(kind, str(error))
                self.assertIn("sql/schema.sql", str(error))

    def test_a_missing_table(self):
        for table in TABLES.values():
            self.named_by_all("", table, "no table")

    def test_a_view(self):
        for table in TABLES.values():
            self.named_by_all(f"CREATE VIEW {table} AS SELECT 1 AS id, 2 AS name", table, "view")

    def test_a_view_with_triggers_that_take_writes(self):
        self.named_by_all("CREATE VIEW tags AS SELECT 'a' AS id, 'b' AS name;"
                          "CREATE TRIGGER t INSTEAD OF INSERT ON tags BEGIN SELECT 1; END;"
                          "CREATE TRIGGER u INSTEAD OF DELETE ON tags BEGIN SELECT 1; END;", "tags", "view")

    def test_a_virtual_table(self):
        for table in "tags", "asset_tags":
            self.named_by_all(f"CREATE VIRTUAL TABLE {table} USING fts5(id, name)", table, "virtual table")

    def test_a_view_that_calls_itself_or_the_extension_is_not_even_asked(self):
        self.named_by_all("CREATE VIEW tags AS SELECT strata_backup_json() AS id", "tags", "view")

    def test_a_check_says_so_too(self):
        connection = without("tags")
        connection.execute("CREATE VIEW tags AS SELECT 1 AS id, 2 AS name")
        before = picture(connection)
        try:
            text = str(connection.execute("SELECT message FROM strata_restore_check(?)", (document(tags=[]),)).fetchall())
        except sqlite3.Error as error:
            text = str(error)
        self.assertIn("tags", text)
        self.assertIn("view", text)
        self.assertEqual(picture(connection), before)

    def test_temp_tables_and_views_of_the_same_names_are_not_touched(self):
        connection = sample()
        before = connection.execute("SELECT strata_backup_json()").fetchone()[0]
        for table in TABLES.values():
            kind = "VIEW" if table == "tags" else "TABLE"
            connection.execute(f"CREATE TEMP {kind} {table} AS SELECT 'temp' AS id")
        self.assertEqual(without_moment(connection.execute("SELECT strata_backup_json()").fetchone()[0]), without_moment(before))
        counts = dict(connection.execute("SELECT table_name, rows FROM strata_backup_counts").fetchall())
        self.assertEqual(counts["asset_types"], 13)
        temp = picture(connection, "temp")
        for mode in "replace", "merge":
            connection.execute("SELECT strata_restore_json(?, ?)", (before, mode)).fetchall()
            self.assertEqual(without_moment(connection.execute("SELECT strata_backup_json()").fetchone()[0]),
                             without_moment(before))
        self.assertEqual(picture(connection, "temp"), temp)

    def test_the_temp_database_itself_is_no_strata_database(self):
        connection = sample()
        connection.execute("CREATE TEMP TABLE tags(id)")
        self.refuses(connection, "SELECT strata_backup_json('temp')", says='no table "asset_types"')

    def test_a_schema_whose_name_has_quotes(self):
        connection = sample()
        connection.execute("ATTACH ':memory:' AS ?", (QUOTED,))
        quoted = '"' + QUOTED.replace('"', '""') + '"'
        with self.assertRaises(sqlite3.Error) as caught:
            connection.execute("SELECT strata_backup_json(?)", (QUOTED,)).fetchall()
        self.assertIn("no table", str(caught.exception))
        schema = (SOURCE / "sql" / "schema.sql").read_text(encoding="utf-8")
        schema = re.sub(r'(CREATE TABLE IF NOT EXISTS |INDEX IF NOT EXISTS )', lambda m: m.group(1) + quoted + ".", schema)
        connection.executescript(schema)
        text = connection.execute("SELECT strata_backup_json()").fetchone()[0]
        for mode in "replace", "merge":
            connection.execute("SELECT strata_restore_json(?, ?, ?)", (text, mode, json.dumps({"schema": QUOTED}))).fetchall()
            again = connection.execute("SELECT strata_backup_json(?)", (QUOTED,)).fetchone()[0]
            self.assertEqual(without_moment(again), without_moment(text))
        self.assertEqual(len(connection.execute("SELECT * FROM strata_backup_counts WHERE schema = ?", (QUOTED,)).fetchall()), 9)


class Columns(Case):
    def round_trip(self, connection: sqlite3.Connection) -> dict[str, list]:
        """Backup, wipe, restore, merge: the same rows each time."""
        before = picture(connection)
        text = connection.execute("SELECT strata_backup_json()").fetchone()[0]
        connection.execute("SELECT strata_restore_json(?)", (document(),)).fetchall()
        self.assertNotEqual(picture(connection), before)
        for mode in "replace", "merge":
            connection.execute("SELECT strata_restore_json(?, ?)", (text, mode)).fetchall()
            self.assertEqual(picture(connection), before)
        return json.loads(text)["data"]

    def test_names_with_quotes_keywords_and_letters_of_any_kind(self):
        connection = without("tags")
        names = ["order", "group", "O'Hara", "two words", "semi;colon", "-- no comment", "naïve", "数", "%s%n%w", "?1", ":a",
                 "line\nbreak", "rowid", "_rowid_", "a" * 5000]
        columns = ", ".join(f'"{name}" TEXT' for name in names)
        connection.execute(f"CREATE TABLE tags(id TEXT NOT NULL PRIMARY KEY, {columns})")
        marks = ", ".join("?" * (len(names) + 1))
        connection.execute(f"INSERT INTO tags VALUES({marks})", ["k", *(f"v{i}" for i in range(len(names)))])
        tag = self.round_trip(connection)["tags"][0]
        self.assertEqual(list(tag.values()), ["k", *(f"v{i}" for i in range(len(names)))])

    def test_a_name_with_double_quotes(self):
        connection = without("tags")
        connection.execute('CREATE TABLE tags(id TEXT NOT NULL PRIMARY KEY, "say ""hi""" TEXT, "\\" TEXT)')
        connection.execute("INSERT INTO tags VALUES('k', 'a', 'b')")
        text = connection.execute("SELECT strata_backup_json()").fetchone()[0]
        self.assertEqual(list(json.loads(text)["data"]["tags"][0].values()), ["k", "a", "b"])
        for mode in "replace", "merge":
            connection.execute("SELECT strata_restore_json(?, ?)", (text, mode)).fetchall()
            self.assertEqual(connection.execute("SELECT * FROM tags").fetchall(), [("k", "a", "b")])

    def test_two_thousand_columns(self):
        connection = without("tags")
        columns = ", ".join(f"c{i} TEXT" for i in range(1998))
        connection.execute(f"CREATE TABLE tags(id TEXT NOT NULL PRIMARY KEY, name TEXT, {columns})")
        for key in "k", "l":
            connection.execute("INSERT INTO tags(id, name, c0, c1997) VALUES(?, 'n', 'first', 'last')", (key,))
        before = connection.execute("SELECT * FROM tags ORDER BY id").fetchall()
        text = connection.execute("SELECT strata_backup_json()").fetchone()[0]
        tags = json.loads(text)["data"]["tags"]
        self.assertEqual((len(tags), len(tags[0]), tags[0]["c1997"]), (2, 2000, "last"))
        for mode in "replace", "merge":
            connection.execute("UPDATE tags SET name = 'other' WHERE id = 'l'")
            self.assertEqual(connection.execute("SELECT key, field FROM strata_backup_diff(?)", (text,)).fetchall(), [("l", "name")])
            connection.execute("SELECT strata_restore_json(?, ?)", (text, mode)).fetchall()
            self.assertEqual(connection.execute("SELECT * FROM tags ORDER BY id").fetchall(), before)
        part = document(tags=[{"id": "k", "c5": "five"}, {"id": "new", "c1997": "x"}])
        connection.execute("SELECT strata_restore_json(?, 'merge')", (part,)).fetchall()
        self.assertEqual(connection.execute("SELECT id, c0, c5, c1997 FROM tags ORDER BY id").fetchall(),
                         [("k", "first", "five", "last"), ("l", "first", None, "last"), ("new", None, None, "x")])

    def test_generated_columns_are_neither_exported_nor_written(self):
        connection = without("tags")
        connection.execute("CREATE TABLE tags(id TEXT NOT NULL PRIMARY KEY, upper_id TEXT AS (upper(id)) VIRTUAL, name TEXT NOT NULL,"
                           " length INTEGER AS (length(name)) STORED)")
        connection.execute("INSERT INTO tags VALUES('k', 'name')")
        self.assertEqual(self.round_trip(connection)["tags"], [{"id": "k", "name": "name"}])
        self.assertEqual(connection.execute("SELECT * FROM tags").fetchall(), [("k", "K", "name", 4)])
        self.refuses(connection, "SELECT strata_restore_json(?)", (document(tags=[{"id": "k", "name": "n", "length": 1}]),),
                     says="line 1: $.data.tags[0].length")

    def test_strict_and_rowidless_tables(self):
        for options in "STRICT", "WITHOUT ROWID", "STRICT, WITHOUT ROWID":
            with self.subTest(options):
                if "STRICT" in options and sqlite3.sqlite_version_info < (3, 37):
                    self.skipTest("needs STRICT tables")
                connection = without("tags")
                connection.execute(f"CREATE TABLE tags(id TEXT NOT NULL PRIMARY KEY, name TEXT NOT NULL, size INTEGER, r REAL) {options}")
                connection.execute("INSERT INTO tags VALUES('k', 'n', 5, 0.5)")
                self.assertEqual(self.round_trip(connection)["tags"], [{"id": "k", "name": "n", "size": 5, "r": 0.5}])

    def test_a_check_constraint_that_fails_is_named_with_the_row(self):
        connection = without("tags")
        connection.execute("CREATE TABLE tags(id TEXT NOT NULL PRIMARY KEY, name TEXT CONSTRAINT short CHECK(length(name) < 4))")
        for mode in "replace", "merge":
            self.refuses(connection, "SELECT strata_restore_json(?, ?)",
                         (document(tags=[{"id": "a", "name": "abc"}, {"id": "b", "name": "abcd"}]), mode),
                         says="line 1: $.data.tags[1]: CHECK constraint failed: short")

    def test_a_key_of_another_collation(self):
        connection = without("tags")
        connection.execute("CREATE TABLE tags(id TEXT NOT NULL PRIMARY KEY COLLATE NOCASE, name TEXT COLLATE NOCASE UNIQUE)")
        connection.execute("INSERT INTO tags VALUES('B', 'x'), ('a', 'y')")
        self.assertEqual([row["id"] for row in self.round_trip(connection)["tags"]], ["B", "a"], "ascending by bytes")

    def test_a_collation_that_this_connection_does_not_have(self):
        path = self.folder / "strata.db"
        first = empty(path)
        first.create_collation("elsewhere", lambda a, b: (a > b) - (a < b))
        first.execute("DROP TABLE tags")
        first.execute("CREATE TABLE tags(id TEXT NOT NULL PRIMARY KEY COLLATE elsewhere, name TEXT)")
        first.execute("INSERT INTO tags VALUES('a', 'b')")
        first.close()
        connection = connect(path)
        self.refuses(connection, "SELECT strata_restore_json(?)", (document(tags=[{"id": "k", "name": "n"}]),), says="elsewhere")


class Reach(Case):
    """What a schema may call of ours: nothing but strata_version()."""

    ARGUMENTS = {"strata_backup_json": "", "strata_backup_file": "'/nonexistent/x'", "strata_backup_db": "'/nonexistent/x'",
                 "strata_restore_json": "'{}'", "strata_file": "'/nonexistent/x'", "strata_progress": "'tags', 1, 2", "strata_restore_file": "'/nonexistent/x'"}

    def setUp(self):
        super().setUp()
        self.connection = sample()
        self.functions = sorted({row[0] for row in self.connection.execute(
            "SELECT name FROM pragma_function_list WHERE name LIKE 'strata%'")} - {"strata_version"})
        self.modules = sorted(row[0] for row in self.connection.execute(
            "SELECT name FROM pragma_module_list WHERE name LIKE 'strata%'"))

    def test_all_functions_and_tables_are_known_to_this_test(self):
        self.assertLessEqual(set(self.functions), set(self.ARGUMENTS))
        self.assertGreaterEqual(len(self.functions), 2)
        self.assertIn("strata_backup_counts", self.modules)

    def unsafe(self, script: str, use: str) -> None:
        """Either the schema cannot be made like that, or using it is refused."""
        for trusted in "ON", "OFF":
            connection = sample()
            connection.execute(f"PRAGMA trusted_schema={trusted}")
            with self.assertRaises(sqlite3.Error) as caught:
                connection.executescript(script)
                connection.execute(use).fetchall()
            self.assertRegex(str(caught.exception), "unsafe use of|prohibited in")
            connection.close()

    def test_no_function_is_reachable_from_the_schema(self):
        for name in self.functions:
            call = f"{name}({self.ARGUMENTS[name]})"
            places = {
                "view": (f"CREATE VIEW v AS SELECT {call} AS x", "SELECT * FROM v"),
                "view in a view": (f"CREATE VIEW v AS SELECT {call} AS x; CREATE VIEW w AS SELECT * FROM v", "SELECT * FROM w"),
                "trigger": (f"CREATE TRIGGER t AFTER INSERT ON tags BEGIN SELECT {call}; END", "INSERT INTO tags VALUES('a', 'b')"),
                "condition of a trigger": (f"CREATE TRIGGER t AFTER INSERT ON tags WHEN {call} BEGIN SELECT 1; END",
                                           "INSERT INTO tags VALUES('a', 'b')"),
                "check": (f"CREATE TABLE c(x CHECK({call} IS NOT NULL))", "INSERT INTO c VALUES(1)"),
                "default": (f"CREATE TABLE c(x DEFAULT ({call}), y)", "INSERT INTO c(y) VALUES(1)"),
                "generated column": (f"CREATE TABLE c(x, y AS ({call}))", "SELECT * FROM c"),
                "stored column": (f"CREATE TABLE c(x, y AS ({call}) STORED)", "INSERT INTO c VALUES(1)"),
                "index": (f"CREATE TABLE c(x); CREATE INDEX i ON c({call})", "INSERT INTO c VALUES(1)"),
                "partial index": (f"CREATE TABLE c(x); CREATE INDEX i ON c(x) WHERE {call}", "INSERT INTO c VALUES(1)"),
            }
            for place, (script, use) in places.items():
                with self.subTest(name, place=place):
                    self.unsafe(script, use)

    def test_looking_at_a_database_does_not_restore_into_it(self):
        """PRAGMA integrity_check evaluates CHECK constraints, and is no statement that writes."""
        for trusted in "ON", "OFF":
            with self.subTest(trusted_schema=trusted):
                connection = sample()
                connection.execute(f"PRAGMA trusted_schema={trusted}")
                before = picture(connection)
                try:
                    connection.execute("PRAGMA ignore_check_constraints=ON")
                    connection.execute(f"CREATE TABLE c(x CHECK(strata_restore_json('{document()}') IS NOT NULL))")
                    connection.execute("INSERT INTO c VALUES(1)")
                    connection.execute("PRAGMA ignore_check_constraints=OFF")
                    connection.execute("PRAGMA integrity_check").fetchall()
                except sqlite3.Error as error:
                    self.assertIn("unsafe use of strata_restore_json", str(error))
                after = picture(connection)
                self.assertEqual({name: after[name] for name in before}, before)

    def test_no_table_is_reachable_from_the_schema(self):
        for name in self.modules:
            for source in name, f"{name}('{{}}')":
                with self.subTest(source):
                    self.unsafe(f"CREATE VIEW v AS SELECT * FROM {source}", "SELECT * FROM v")
                    self.unsafe(f"CREATE TRIGGER t AFTER INSERT ON tags BEGIN INSERT INTO tags SELECT 1, 2 FROM {source}; END",
                                "INSERT INTO tags VALUES('a', 'b')")

    def test_no_table_can_be_made_with_our_modules(self):
        for name in self.modules:
            self.refuses(self.connection, f"CREATE VIRTUAL TABLE mine USING {name}", says=name)

    def test_the_version_is_innocuous(self):
        connection = sample()
        connection.execute("PRAGMA trusted_schema=OFF")
        connection.executescript("CREATE VIEW v AS SELECT strata_version() AS x;"
                                 "CREATE TABLE c(x, y AS (strata_version())); INSERT INTO c VALUES(1)")
        self.assertEqual(connection.execute("SELECT x FROM v").fetchone()[0], connection.execute("SELECT y FROM c").fetchone()[0])

    def test_functions_of_ours_that_the_schema_replaces_with_its_own_are_not_ours(self):
        """A table or view named like our tables is what a query gets, and does no harm to our functions."""
        connection = sample()
        before = connection.execute("SELECT strata_backup_json()").fetchone()[0]
        connection.execute("CREATE TABLE strata_backup_counts(name, rows)")
        self.assertEqual(without_moment(connection.execute("SELECT strata_backup_json()").fetchone()[0]), without_moment(before))


class Modes(Case):
    def test_an_untrusted_schema_is_no_obstacle(self):
        connection = sample()
        connection.execute("PRAGMA trusted_schema=OFF")
        text = connection.execute("SELECT strata_backup_json()").fetchone()[0]
        for mode in "replace", "merge":
            connection.execute("SELECT strata_restore_json(?, ?)", (text, mode)).fetchall()
        self.assertEqual(len(connection.execute("SELECT * FROM strata_backup_counts").fetchall()), 9)

    def test_query_only_refuses_a_restore_and_lets_a_backup_pass(self):
        connection = sample()
        connection.execute("PRAGMA query_only=ON")
        text = connection.execute("SELECT strata_backup_json()").fetchone()[0]
        for mode in "replace", "merge":
            self.refuses(connection, "SELECT strata_restore_json(?, ?)", (text, mode), says="read")
        self.assertEqual(connection.execute("PRAGMA query_only").fetchone(), (1,))
        connection.execute("PRAGMA query_only=OFF")
        connection.execute("SELECT strata_restore_json(?)", (text,)).fetchall()

    def test_a_restore_inside_a_statement_that_writes_is_refused(self):
        connection = sample()
        connection.execute("CREATE TABLE results(x)")
        for sql in ("INSERT INTO results SELECT strata_restore_json(?)", "UPDATE tags SET name = strata_restore_json(?)",
                    "DELETE FROM tags WHERE strata_restore_json(?)", "CREATE TABLE other AS SELECT strata_restore_json(?) AS x"):
            with self.subTest(sql):
                self.refuses(connection, sql, (document(tags=[]),), says="call it from a plain SELECT")

    def test_a_backup_inside_a_statement_that_writes_goes_on(self):
        connection = sample()
        connection.execute("CREATE TABLE results(x)")
        connection.execute("INSERT INTO results SELECT strata_backup_json()")
        stored = connection.execute("SELECT x FROM results").fetchone()[0]
        self.assertEqual(without_moment(stored), without_moment(connection.execute("SELECT strata_backup_json()").fetchone()[0]))

    def test_an_open_reader_of_the_same_connection_goes_on_after_a_restore(self):
        connection = sample()
        text = document(tags=[{"id": "k", "name": "n"}])
        reader = connection.execute("SELECT id FROM asset_snapshots ORDER BY id")
        first = reader.fetchone()
        connection.execute("SELECT strata_restore_json(?)", (text,)).fetchall()
        self.assertEqual(first, ("s_01",))
        reader.fetchall()  # whatever it gives: no crash, no error
        self.assertEqual(connection.execute("SELECT id FROM tags").fetchall(), [("k",)])


if __name__ == "__main__":
    unittest.main()
