"""strata_nofs, the module for hosts that can name a module's file but not its entry point (rqlite, PHP): SQLite derives
its entry point from the file's name, and the module contains nothing that touches the file system."""

from __future__ import annotations

import pathlib
import sqlite3
import unittest

import support

SUFFIX = pathlib.Path(support.EXTENSION).suffix
MODULE = pathlib.Path(support.EXTENSION).with_name("strata_nofs" + SUFFIX)
NAMES = """SELECT name FROM pragma_function_list WHERE name LIKE 'strata%'
           UNION SELECT name FROM pragma_module_list WHERE name LIKE 'strata%'"""


def connect(*arguments: str) -> sqlite3.Connection:
    """A connection with a module that is loaded as load_extension(file [, entry point]) does it."""
    connection = sqlite3.connect(":memory:", isolation_level=None)
    connection.enable_load_extension(True)
    connection.execute(f"SELECT load_extension({', '.join('?' * len(arguments))})", arguments)
    connection.enable_load_extension(False)
    return connection


def names(connection: sqlite3.Connection) -> set[str]:
    return {name for (name,) in connection.execute(NAMES)}


class WithoutFiles(support.Case):
    def test_its_name_alone_gives_what_the_entry_point_without_files_gives(self):
        found = names(connect(str(MODULE)))
        self.assertIn("strata_backup_json", found)
        self.assertEqual(found, names(connect(support.EXTENSION, "sqlite3_strata_nofs_init")))
        self.assertEqual(found, names(connect(str(MODULE), "sqlite3_strata_nofs_init")))

    def test_it_lacks_what_touches_files_and_nothing_else(self):
        missing = names(support.connect()) - names(connect(str(MODULE)))
        self.assertLessEqual({"strata_backup_file", "strata_restore_file", "strata_backup_db"}, missing)
        self.assertLessEqual(missing, {"strata_backup_file", "strata_restore_file", "strata_backup_db", "strata_file"})

    def test_the_entry_point_with_files_cannot_be_named(self):
        with self.assertRaises(sqlite3.OperationalError):
            connect(str(MODULE), "sqlite3_strata_init")

    def test_a_backup_is_made_and_restored(self):
        database = connect(str(MODULE))
        support.script(database, "schema.sql", "sample.sql")
        before = support.picture(database)
        (text,) = database.execute("SELECT strata_backup_json()").fetchone()
        database.execute("DELETE FROM transactions")
        self.assertNotEqual(support.picture(database), before)
        database.execute("SELECT strata_restore_json(?)", (text,)).fetchall()
        self.assertEqual(support.picture(database), before)

    def test_a_copy_under_another_name_has_no_default_entry_point(self):
        """A renamed strata.so must not pass for this module."""
        renamed = self.folder / ("strata_nofs" + SUFFIX)
        renamed.write_bytes(pathlib.Path(support.EXTENSION).read_bytes())
        with self.assertRaises(sqlite3.OperationalError):
            connect(str(renamed))


if __name__ == "__main__":
    unittest.main()
