"""What a schema consists of, and the SQL that creates it."""

from __future__ import annotations

import sqlite3
from dataclasses import dataclass, field

import values
from catalogue import ENUMS, JSON_NAMES, field_name

ROWID_NAMES = ("rowid", "_rowid_", "oid")


def quote(name: str) -> str:
    return '"' + name.replace('"', '""') + '"'


@dataclass
class Column:
    name: str
    declared: str
    null: bool = False
    default: str | None = None
    collate: str | None = None
    check: str | None = None
    generated: str | None = None  # the expression
    stored: bool = False
    conflict: str = ""  # an ON CONFLICT clause of NOT NULL
    strict: bool = False
    enum: tuple = ()

    @property
    def kind(self) -> str:
        return values.kind(self.declared)

    @property
    def affinity(self) -> str:
        return values.affinity(self.declared, self.strict)

    @property
    def field(self) -> str:
        return field_name(self.name)

    @property
    def takes_now(self) -> bool:
        """An absent field takes the time of the restore."""
        takes = ("CURRENT_TIMESTAMP", None) if self.name == "updated_at" else ("CURRENT_TIMESTAMP",)
        return self.kind == "moment" and self.default in takes

    def sql(self) -> str:
        parts = [quote(self.name), self.declared]
        if self.generated:
            parts.append(f"GENERATED ALWAYS AS ({self.generated}) {'STORED' if self.stored else 'VIRTUAL'}")
        if not self.null:
            parts.append("NOT NULL" + self.conflict)
        if self.default is not None:
            parts.append(f"DEFAULT {self.default}")
        if self.collate:
            parts.append(f"COLLATE {self.collate}")
        if self.check:
            parts.append(f"CHECK ({self.check})")
        return " ".join(filter(None, parts))


@dataclass
class ForeignKey:
    child: str
    columns: list[str]
    parent: str
    parent_columns: list[str]
    on_delete: str = ""
    on_update: str = "CASCADE"
    deferred: bool = False
    implicit: bool = False  # REFERENCES without columns, which means the primary key

    def sql(self) -> str:
        target = "" if self.implicit else f" ({', '.join(map(quote, self.parent_columns))})"
        return (f"FOREIGN KEY ({', '.join(map(quote, self.columns))}) REFERENCES {quote(self.parent)}{target}"
                + (f" ON DELETE {self.on_delete}" if self.on_delete else "")
                + (f" ON UPDATE {self.on_update}" if self.on_update else "")
                + (" DEFERRABLE INITIALLY DEFERRED" if self.deferred else ""))


@dataclass
class Unique:
    columns: list[str]  # names; empty where it is an expression
    expression: str = ""
    where: str = ""
    conflict: str = ""  # then it is a constraint of the table, else an index
    constraint: bool = False


@dataclass
class Table:
    name: str
    columns: list[Column]
    key: list[str]
    foreign_keys: list[ForeignKey] = field(default_factory=list)
    uniques: list[Unique] = field(default_factory=list)
    indexes: list[str] = field(default_factory=list)
    checks: list[str] = field(default_factory=list)
    without_rowid: bool = False
    strict: bool = False
    key_conflict: str = ""
    inline_key: bool = True
    key_suffix: str = ""  # DESC, or AUTOINCREMENT
    comment: str = ""
    spelled: str = ""
    encoding: str = "UTF-8"  # of the database

    @property
    def json(self) -> str:
        return JSON_NAMES[self.name]

    @property
    def writable(self) -> list[Column]:
        return [column for column in self.columns if not column.generated]

    def column(self, name: str) -> Column:
        return next(column for column in self.columns if column.name == name)

    @property
    def rowid_alias(self) -> str | None:
        """The INTEGER PRIMARY KEY, which is the rowid."""
        if len(self.key) == 1 and not self.without_rowid and not (self.inline_key and self.key_suffix == " DESC") and self.column(self.key[0]).declared.upper() == "INTEGER":
            return self.key[0]
        return None

    @property
    def suffix(self) -> str:
        if self.key_suffix == " AUTOINCREMENT":
            return self.key_suffix * bool(self.rowid_alias and not self.key_conflict and self.inline_key)
        return self.key_suffix

    @property
    def rowid(self) -> str | None:
        """A name of the rowid that no column hides."""
        taken = {column.name.lower() for column in self.columns}
        names = [name for name in ROWID_NAMES if name not in taken]
        return names[0] if names and not self.without_rowid else None

    def create(self, schema: str = "main") -> str:
        lines = []
        for column in self.columns:
            line = column.sql()
            if self.inline_key and self.key == [column.name]:
                line += " PRIMARY KEY" + self.suffix + self.key_conflict
            lines.append(line)
        if not (self.inline_key and len(self.key) == 1):
            desc = self.suffix if self.suffix == " DESC" else ""
            lines.append(f"PRIMARY KEY ({', '.join(map(quote, self.key))}{desc})" + self.key_conflict)
        lines += [f"UNIQUE ({', '.join(map(quote, unique.columns))}){unique.conflict}"
                  for unique in self.uniques if unique.constraint]
        lines += [f"CHECK ({check})" for check in self.checks]
        lines += [key.sql() for key in self.foreign_keys]
        kinds = ["WITHOUT ROWID"] * self.without_rowid + ["STRICT"] * self.strict
        return (f"CREATE TABLE {schema}.{quote(self.spelled or self.name)} ({', '.join(lines)}) "
                f"{', '.join(kinds)}{self.comment}").rstrip()

    def create_indexes(self, schema: str = "main") -> list[str]:
        result = []
        for number, unique in enumerate(self.uniques):
            if not unique.constraint:
                columns = unique.expression or ", ".join(map(quote, unique.columns))
                where = f" WHERE {unique.where}" if unique.where else ""
                result.append(f"CREATE UNIQUE INDEX {schema}.{quote(f'{self.name}_{number}_key')} "
                              f"ON {quote(self.name)} ({columns}){where}")
        for number, columns in enumerate(self.indexes):
            result.append(f"CREATE INDEX {schema}.{quote(f'{self.name}_{number}_idx')} ON {quote(self.name)} ({columns})")
        return result


@dataclass
class Trigger:
    table: str
    sql: str  # with {schema} where the trigger's own database belongs
    kind: str  # log, abort, ignore, delete


@dataclass
class Schema:
    tables: dict[str, Table]
    outers: dict[str, Table] = field(default_factory=dict)
    triggers: list[Trigger] = field(default_factory=list)
    encoding: str = "UTF-8"

    def every(self) -> dict[str, Table]:
        return {**self.tables, **self.outers}

    def foreign_keys(self) -> list[ForeignKey]:
        return [key for table in self.every().values() for key in table.foreign_keys]

    def settle(self) -> "Schema":
        """What columns know of their tables."""
        for table in self.every().values():
            table.encoding = self.encoding
            for column in table.columns:
                column.strict = table.strict
                column.enum = ENUMS.get((table.name, column.name), ()) if column.kind == "text" else ()
        return self


MODERN = {"strict": sqlite3.sqlite_version_info >= (3, 37), "generated": sqlite3.sqlite_version_info >= (3, 31)}
