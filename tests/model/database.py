"""The connection that is tested: it keeps a script of all that it was told, which
reproduces a failure in the sqlite3 shell or in Python."""

from __future__ import annotations

import os
import pathlib
import sqlite3
import sys

import pictures
from shapes import Schema

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "sql"))
import support  # noqa: E402  (how tests load the extension)

SETTINGS = ("foreign_keys", "recursive_triggers", "ignore_check_constraints", "journal_mode", "synchronous", "cache_size",
            "temp_store", "reverse_unordered_selects", "query_only", "count_changes", "secure_delete", "automatic_index",
            "full_column_names", "busy_timeout", "locking_mode", "encoding", "user_version")


class Database:
    def __init__(self, path: str = ":memory:", target: str = "main"):
        self.script: list[str] = [] if path == ":memory:" else [f".open '{os.path.basename(path)}'"]
        self.script.append(".load ./build/strata")
        self.connection = support.connect(path)
        self.target = target
        self.fresh = True
        self.new_schema = False  # something was created in the transaction that is open
        self.stopping = 0  # what the function answers that watches the progress
        self.connection.create_function("watch", 3, lambda phase, done, total: self.stopping)

    def run(self, sql: str) -> list:
        """Execute one statement and keep it."""
        self.script.append(sql.rstrip() + ";")
        self.new_schema = self.connection.in_transaction and (self.new_schema or sql.startswith("CREATE"))
        return self.connection.execute(sql).fetchall()

    def quietly(self, sql: str) -> list:
        """A statement that only looks, and is not worth keeping."""
        return self.connection.execute(sql).fetchall()

    def create(self, schema: Schema) -> None:
        for table in schema.every().values():
            self.run(table.create(self.target))
            for sql in table.create_indexes(self.target):
                self.run(sql)

    def state(self, schema: Schema) -> dict:
        return {table.name: pictures.rows(self.connection, table, schema.encoding, self.target)
                for table in schema.every().values()}

    def rowids(self, schema: Schema) -> dict:
        return {name: self.quietly(f"SELECT {table.rowid} FROM {self.target}.{name} ORDER BY 1")
                for name, table in schema.every().items() if table.rowid}

    def everything(self) -> dict:
        """Each cell of each table of each database."""
        return {name: support.picture(self.connection, name) for _, name, *_ in self.quietly("PRAGMA database_list")
                if name != "temp"}

    def settings(self) -> dict:
        names = SETTINGS + ("defer_foreign_keys",) * self.connection.in_transaction
        return {name: self.quietly(f"PRAGMA {name}") for name in names}

    def last_rowid(self) -> int:
        return self.quietly("SELECT last_insert_rowid()")[0][0]

    def close(self) -> None:
        self.connection.close()


def argument(text: bytes, as_blob: bool) -> str:
    """A document in SQL, as TEXT where that is possible."""
    if not as_blob:
        try:
            decoded = text.decode()
            if "\0" not in decoded and not decoded.startswith("\ufeff"):
                return "'" + decoded.replace("'", "''") + "'"
        except UnicodeDecodeError:
            pass
    return f"x'{text.hex()}'"
