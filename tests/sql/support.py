"""What the tests that run through SQL share: connections with the extension,
databases with the schema and the sample data, and a picture of a whole
database to compare before and after.

Every test runs against the extension that STRATA_EXTENSION names (CMake sets
it); nothing is read from outside of the source tree.
"""

from __future__ import annotations

import json
import os
import pathlib
import sqlite3
import tempfile
import unittest

import leaks

SOURCE = pathlib.Path(os.environ.get("STRATA_SOURCE", pathlib.Path(__file__).parents[2]))
BUILD = pathlib.Path(os.environ.get("STRATA_BUILD", SOURCE / "build"))
EXTENSION = os.environ.get("STRATA_EXTENSION", str(BUILD / "strata"))
SHELL = os.environ.get("STRATA_SQLITE3", "sqlite3")

TABLES = {
    "assetTypes": "asset_types",
    "categories": "categories",
    "tags": "tags",
    "assets": "assets",
    "assetSnapshots": "asset_snapshots",
    "portfolioSnapshots": "portfolio_snapshots",
    "transactions": "transactions",
    "categoriesOnAssets": "asset_categories",
    "tagsOnAssets": "asset_tags",
}


def load(connection: sqlite3.Connection, entry_point: str | None = None) -> sqlite3.Connection:
    """Load the extension into a connection, through SQL as old Pythons need it."""
    connection.enable_load_extension(True)
    if entry_point:
        connection.execute("SELECT load_extension(?, ?)", (EXTENSION, entry_point))
    else:
        connection.execute("SELECT load_extension(?)", (EXTENSION,))
    connection.enable_load_extension(False)
    return connection


def connect(path: str | os.PathLike = ":memory:", **options) -> sqlite3.Connection:
    """A connection in autocommit mode (no implicit BEGIN) with the extension."""
    return load(sqlite3.connect(str(path), isolation_level=None, factory=leaks.Connection, **options))


def script(connection: sqlite3.Connection, *names: str) -> None:
    """Run files of sql/ on the connection."""
    for name in names:
        connection.executescript((SOURCE / "sql" / name).read_text(encoding="utf-8"))


def empty(path: str | os.PathLike = ":memory:", **options) -> sqlite3.Connection:
    """A connection to a new database with the nine tables and no rows."""
    connection = connect(path, **options)
    script(connection, "schema.sql")
    return connection


def sample(path: str | os.PathLike = ":memory:", **options) -> sqlite3.Connection:
    """The same with the sample data."""
    connection = empty(path, **options)
    script(connection, "sample.sql")
    return connection


def picture(connection: sqlite3.Connection, schema: str = "main") -> dict[str, list]:
    """Every cell of every table of a database, with its storage class."""
    def quoted(name: str) -> str:
        return '"' + name.replace('"', '""') + '"'

    tables = connection.execute(
        f"SELECT name FROM {quoted(schema)}.sqlite_master WHERE type = 'table' AND name NOT LIKE 'sqlite_%' ORDER BY name"
    ).fetchall()
    result = {}
    for (table,) in tables:
        columns = [quoted(row[1]) for row in connection.execute(f"PRAGMA {quoted(schema)}.table_xinfo({quoted(table)})")]
        cells = ", ".join(f"typeof({c}), CAST({c} AS BLOB)" for c in columns)
        rows = connection.execute(f"SELECT {cells} FROM {quoted(schema)}.{quoted(table)}").fetchall()
        result[table] = sorted(rows, key=repr)
    return result


def document(**tables) -> str:
    """A backup document with these tables, in the order given."""
    return json.dumps({"schemaVersion": "1", "exportedAt": "2025-01-15T09:42:11.123Z", "data": tables},
                      ensure_ascii=False, separators=(",", ":"))


def without_moment(text: str) -> str:
    """A document without its exportedAt, which alone differs between two backups of the same rows."""
    head, _, rest = text.partition('"exportedAt":"')
    return head + rest.partition('"')[2]


class Case(unittest.TestCase):
    """A test with a folder of its own and a few sentences to assert."""

    def setUp(self) -> None:
        self._folder = tempfile.TemporaryDirectory()
        self.addCleanup(self._folder.cleanup)
        self.folder = pathlib.Path(self._folder.name)

    def refuses(self, connection: sqlite3.Connection, sql: str, parameters=(), *, says: str) -> sqlite3.Error:
        """The statement fails with a message that contains `says`, and changes nothing at all."""
        before = picture(connection)
        in_transaction = connection.in_transaction
        with self.assertRaises(sqlite3.Error) as caught:
            connection.execute(sql, parameters).fetchall()
        self.assertIn(says, str(caught.exception))
        self.assertEqual(connection.in_transaction, in_transaction)
        self.assertEqual(picture(connection), before)
        return caught.exception
