"""The two entry points, and who may call what: only the person at the connection may call what
reads or replaces a person's data, not a view, a trigger or a default in a database that somebody
else made.
"""

from __future__ import annotations

import pathlib
import re
import sqlite3
import unittest

from support import SOURCE, Case, connect, document, load, picture, sample, script

INTERNAL = "strata_pending"  # shows rows to a restore's own statement, and nothing to anybody else
FILES = {"strata_backup_file", "strata_restore_file", "strata_backup_db", "strata_file"}
FUNCTIONS = {
    "strata_version": "", "strata_backup_json": "", "strata_restore_json": "'{}'", "strata_backup_file": "'x'",
    "strata_restore_file": "'x'", "strata_backup_db": "'x'", "strata_file": "'x'", "strata_progress": "'tags', 1, 2",
}
TABLES = {"strata_backup_counts": "", "strata_restore_check": "'{}'", "strata_backup_diff": "'{}'",
          "strata_backup_rows": "'{}'", INTERNAL: "NULL"}
# The numbers of arguments; any other number is an error that says how to call.
ARGUMENTS = {
    "strata_version": {0}, "strata_backup_json": {0, 1, 2}, "strata_restore_json": {1, 2, 3}, "strata_backup_file": {1, 2, 3},
    "strata_restore_file": {1, 2, 3}, "strata_backup_db": {1, 2},
    "strata_file": {1}, "strata_progress": {3},
}
NO_FILES = "sqlite3_strata_nofs_init"
DIRECTONLY, INNOCUOUS, DETERMINISTIC = 0x80000, 0x200000, 0x800


def registered(connection: sqlite3.Connection) -> dict:
    """The extension's functions: name to a set of (arguments, flags)."""
    result: dict = {}
    for name, arguments, flags in connection.execute(
        "SELECT name, narg, flags FROM pragma_function_list WHERE name LIKE 'strata%'"
    ):
        result.setdefault(name, set()).add((arguments, flags & (DIRECTONLY | INNOCUOUS | DETERMINISTIC)))
    return result


def modules(connection: sqlite3.Connection) -> set:
    return {name for (name,) in connection.execute("SELECT name FROM pragma_module_list WHERE name LIKE 'strata%'")}


def connect_plain() -> sqlite3.Connection:
    return sqlite3.connect(":memory:", isolation_level=None)


def without_files() -> sqlite3.Connection:
    connection = load(connect_plain(), NO_FILES)
    script(connection, "schema.sql", "sample.sql")
    return connection


class EntryPoints(Case):
    def test_the_default_one_has_everything(self):
        database = sample()
        self.assertEqual({name: {n for n, _ in found} - {-1} for name, found in registered(database).items()}, ARGUMENTS)
        self.assertEqual(modules(database), set(TABLES))

    def test_the_table_for_the_restore_s_own_use_is_empty_for_everybody_else(self):
        database = sample()
        for argument in ("", "(NULL)", "(1)", "(x'00')", "('strata-pending')"):
            self.assertEqual(database.execute(f"SELECT * FROM {INTERNAL}{argument}").fetchall(), [])

    def test_the_one_without_files_has_everything_else(self):
        database = without_files()
        expected = {name: counts for name, counts in ARGUMENTS.items() if name not in FILES}
        self.assertEqual({name: {n for n, _ in found} - {-1} for name, found in registered(database).items()}, expected)
        self.assertEqual(modules(database), set(TABLES))
        for name in sorted(FILES):
            self.refuses(database, f"SELECT {name}('{self.folder}/x')", says=f"no such function: {name}")
        self.assertEqual(list(self.folder.iterdir()), [])

    def test_the_one_without_files_backs_up_restores_checks_and_compares(self):
        database = without_files()
        before = picture(database)
        text = database.execute("SELECT strata_backup_json()").fetchone()[0]
        database.execute("DELETE FROM asset_tags")
        summary = "SELECT change, count(*) FROM strata_backup_diff(?) GROUP BY 1"
        self.assertEqual(database.execute(summary, (text,)).fetchall(), [("removed", 4)])
        self.assertEqual(database.execute("SELECT count(*) FROM strata_restore_check(?)", (text,)).fetchone(), (0,))
        database.execute("SELECT strata_restore_json(?)", (text,)).fetchall()
        self.assertEqual(picture(database), before)

    def test_loading_twice_does_no_harm(self):
        database = load(load(sample()))
        self.assertEqual(set(registered(database)), set(FUNCTIONS))
        database = load(load(connect_plain(), NO_FILES), NO_FILES)
        self.assertEqual(set(registered(database)), set(FUNCTIONS) - FILES)

    def test_what_cannot_be_registered_while_a_statement_runs_is_an_error(self):
        database = load(connect_plain(), NO_FILES)
        with self.assertRaises(sqlite3.OperationalError) as caught:
            load(database)  # the SELECT load_extension() itself stands in the way
        self.assertIn("strata: unable to delete/modify user-function", str(caught.exception))
        self.assertEqual(set(registered(database)), set(FUNCTIONS) - FILES)

    def test_the_version_is_that_of_the_project(self):
        text = (SOURCE / "CMakeLists.txt").read_text(encoding="utf-8")
        version = re.search(r"project\(\s*strata\b[^)]*VERSION\s+([\d.]+)", text).group(1)
        self.assertEqual(sample().execute("SELECT strata_version(), typeof(strata_version())").fetchone(), (version, "text"))

    def test_a_wrong_number_of_arguments_is_an_error(self):
        database = sample()
        for name, counts in ARGUMENTS.items():
            for count in range(5):
                if count not in counts:
                    with self.subTest(name=name, count=count):
                        self.refuses(database, f"SELECT {name}({','.join(['1'] * count)})",
                                     says=f": call it as {name}(")
        for name, most in (("strata_backup_counts", 2), ("strata_restore_check", 3), ("strata_backup_diff", 3),
                           ("strata_backup_rows", 1)):
            with self.subTest(name=name):
                self.refuses(database, f"SELECT * FROM {name}({','.join(['1'] * (most + 1))})", says="too many arguments")


class WhoMayCall(Case):
    def test_the_flags_of_the_functions(self):
        for name, found in registered(sample()).items():
            expected = INNOCUOUS | DETERMINISTIC if name == "strata_version" else DIRECTONLY
            for _, flags in found:
                self.assertEqual(flags & expected, expected, name)
                self.assertEqual(flags & (INNOCUOUS | DIRECTONLY), expected & (INNOCUOUS | DIRECTONLY), name)

    def hostile(self) -> sqlite3.Connection:
        database = sample()
        database.execute("PRAGMA trusted_schema = ON")
        database.execute("CREATE TABLE bait(x)")
        return database

    def test_no_view_can_call_them(self):
        database = self.hostile()
        for name, argument in FUNCTIONS.items():
            if name != "strata_version":
                with self.subTest(name=name):
                    database.execute(f"CREATE VIEW v_{name} AS SELECT {name}({argument}) AS x")
                    self.refuses(database, f"SELECT * FROM v_{name}", says=f"unsafe use of {name}()")
        for name, argument in TABLES.items():
            with self.subTest(name=name):
                database.execute(f"CREATE VIEW v_{name} AS SELECT * FROM {name}({argument})")
                self.refuses(database, f"SELECT * FROM v_{name}", says=f'unsafe use of virtual table "{name}"')

    def test_no_trigger_can_call_them(self):
        for name, argument in {**FUNCTIONS, **TABLES}.items():
            if name == "strata_version":
                continue
            with self.subTest(name=name):
                database = self.hostile()
                call = f"SELECT {name}({argument})" if name in FUNCTIONS else f"SELECT count(*) FROM {name}({argument})"
                database.execute(f"CREATE TRIGGER t AFTER INSERT ON bait BEGIN {call}; END")
                self.refuses(database, "INSERT INTO bait VALUES (1)", says=name)

    def test_no_constraint_default_index_or_generated_column_can_call_them(self):
        for name, argument in FUNCTIONS.items():
            if name == "strata_version":
                continue
            for kind, sql in (
                ("CHECK", f"CREATE TABLE t(x CHECK ({name}({argument}) IS NULL))"),
                ("DEFAULT", f"CREATE TABLE t(y, x DEFAULT ({name}({argument})))"),
                ("generated column", f"CREATE TABLE t(y, x AS ({name}({argument})))"),
                ("index", f"CREATE INDEX i ON bait({name}({argument}))"),
                ("partial index", f"CREATE INDEX i ON bait(x) WHERE {name}({argument}) IS NULL"),
            ):
                with self.subTest(name=name, kind=kind):
                    database = self.hostile()
                    before = database.execute("SELECT count(*) FROM tags").fetchone()
                    with self.assertRaises(sqlite3.OperationalError) as caught:
                        database.execute(sql)
                        database.execute("INSERT INTO t(y) VALUES (1)" if kind != "CHECK" else "INSERT INTO t VALUES (1)")
                        database.execute("SELECT * FROM t").fetchall()
                    self.assertRegex(str(caught.exception), rf"unsafe use of {name}\(\)|non-deterministic functions prohibited")
                    self.assertEqual(database.execute("SELECT count(*) FROM tags").fetchone(), before)

    def test_an_integrity_check_of_somebody_elses_file_runs_nothing(self):
        """PRAGMA integrity_check evaluates CHECK constraints."""
        path = self.folder / "from somebody.db"
        wipe = """strata_restore_json('{"schemaVersion":"1","data":{}}') IS NOT NULL"""
        sample(path).close()
        maker = sqlite3.connect(path, isolation_level=None)
        maker.create_function("strata_restore_json", 1, lambda text: 1)
        maker.execute(f"CREATE TABLE trap(x CHECK ({wipe}))")
        maker.execute("INSERT INTO trap VALUES (1)")
        before = picture(maker)
        for read_first in (False, True):
            with self.subTest(read_first=read_first):
                victim = sqlite3.connect(path, isolation_level=None)
                if read_first:  # SQLite then resolves the constraint before there is such a function
                    victim.execute("SELECT count(*) FROM tags").fetchall()
                load(victim)
                with self.assertRaises(sqlite3.DatabaseError) as caught:
                    victim.execute("PRAGMA integrity_check").fetchall()
                self.assertIn("unsafe use of strata_restore_json()", str(caught.exception))
                victim.close()
                self.assertEqual(picture(maker), before)

    @unittest.skipUnless(hasattr(sqlite3, "Blob"), "this Python opens no BLOB handles")
    def test_an_open_blob_handle_changes_nothing_of_that(self):
        """To SQLite it is a running statement, which has no text."""
        maker = sqlite3.connect(self.folder / "from somebody.db", isolation_level=None)
        script(maker, "schema.sql", "sample.sql")
        maker.create_function("strata_backup_json", 0, lambda: 1)
        maker.execute("CREATE TABLE trap(x CHECK (strata_backup_json() IS NOT NULL), b)")
        maker.execute("INSERT INTO trap VALUES (1, zeroblob(9))")
        maker.close()
        victim = sqlite3.connect(self.folder / "from somebody.db", isolation_level=None)
        victim.execute("SELECT count(*) FROM tags").fetchall()  # so that the constraint is not resolved with ours
        load(victim)
        with victim.blobopen("trap", "b", 1, readonly=True):
            self.refuses(victim, "INSERT INTO trap VALUES (2, 2)", says="unsafe use of strata_backup_json()")
            self.assertEqual(victim.execute("SELECT strata_backup_json() > ''").fetchone(), (1,))
        victim.close()

    def test_the_version_may_be_used_anywhere(self):
        database = sample()
        database.executescript(
            "PRAGMA trusted_schema = OFF; CREATE TABLE t(x, v DEFAULT (strata_version()), g AS (strata_version() || x));"
            "CREATE INDEX i ON t(strata_version() || x); CREATE INDEX j ON t(x) WHERE strata_version() <> '0';"
            "CREATE VIEW w AS SELECT strata_version() AS v; INSERT INTO t(x) VALUES ('!')"
        )
        version = database.execute("SELECT strata_version()").fetchone()[0]
        self.assertEqual(database.execute("SELECT v, g, (SELECT v FROM w) FROM t").fetchone(), (version, version + "!", version))
        plan = database.execute("EXPLAIN QUERY PLAN SELECT * FROM t WHERE strata_version() || x = 'a'").fetchall()
        self.assertIn("i", re.findall(r"INDEX (\w+)", str(plan)))

    def test_the_person_at_the_connection_can_call_them_with_an_untrusted_schema(self):
        database = sample()
        database.execute("PRAGMA trusted_schema = OFF")
        text = database.execute("SELECT strata_backup_json()").fetchone()[0]
        database.execute("SELECT strata_restore_json(?)", (text,)).fetchall()
        path = pathlib.Path(self.folder) / "backup.json"
        database.execute("SELECT strata_backup_file(?)", (str(path),)).fetchall()
        for table in TABLES:
            arguments = () if table == "strata_backup_counts" else (document(),)
            database.execute(f"SELECT * FROM {table}({','.join('?' * len(arguments))})", arguments).fetchall()
        self.assertTrue(path.exists())


class Embedded(Case):
    def test_no_table_can_be_made_of_the_modules(self):
        """They are there by their names only, so that no CREATE VIRTUAL TABLE can hide arguments in a schema."""
        database = connect()
        for name in TABLES:
            with self.subTest(name=name):
                self.refuses(database, f"CREATE VIRTUAL TABLE t USING {name}", says="no such module")


if __name__ == "__main__":
    unittest.main()
