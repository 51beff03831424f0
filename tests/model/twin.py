"""A plain SQLite database beside the one that is restored, without the extension, in
which the rows that the model expects are inserted one by one. It judges NOT NULL,
UNIQUE, CHECK and STRICT of the outcome, fills in defaults and generated columns, and
shows whether the model's idea of a cell is SQLite's as well."""

from __future__ import annotations

import sqlite3

import pictures
from shapes import Schema, quote


class WrongModel(Exception):
    """The model contradicts itself: a mistake in the model, not in the extension."""


class Twin:
    def __init__(self, schema: Schema):
        self.schema = schema
        self.connection = sqlite3.connect(":memory:", isolation_level=None)
        self.connection.execute(f"PRAGMA encoding = '{schema.encoding}'")
        self.connection.execute("BEGIN")
        for table in schema.tables.values():
            self.connection.execute(table.create())
            for sql in table.create_indexes():
                self.connection.execute(sql)

    def insert(self, tables: dict, ignore_checks: bool) -> dict | str:
        """The rows as they then stand, or the words of the constraint that stops one."""
        self.connection.execute("SAVEPOINT one")
        self.connection.execute(f"PRAGMA ignore_check_constraints = {int(ignore_checks)}")
        try:
            for name, rows in tables.items():
                for row in rows:
                    self.insert_row(name, row)
            return {name: self.read(name, rows) for name, rows in tables.items()}
        except sqlite3.Error as error:
            return str(error)
        finally:
            self.connection.execute("ROLLBACK TO one")
            self.connection.execute("RELEASE one")

    def insert_row(self, name: str, row: dict) -> None:
        columns = [column.name for column in self.schema.tables[name].writable if column.name in row]
        literals = ", ".join(pictures.literal(row[column], self.schema.encoding) for column in columns)
        self.connection.execute(f"INSERT OR ABORT INTO {quote(name)} ({', '.join(map(quote, columns))}) VALUES ({literals})")

    def read(self, name: str, expected: list[dict]) -> list[dict]:
        table = self.schema.tables[name]
        found = pictures.rows(self.connection, table, self.schema.encoding)
        by_key = {pictures.order_key(table, row): row for row in found}
        for row in expected:
            other = by_key.get(pictures.order_key(table, row))
            if other is None:
                raise WrongModel(f"{name}: {row} is stored under another key in {found}")
            for column, cell in row.items():
                if not pictures.same_cell(cell, other[column]) and not table.column(column).generated:
                    raise WrongModel(f"{name}.{column}: {cell!r} is stored as {other[column]!r}")
        return found

    def close(self) -> None:
        self.connection.close()
