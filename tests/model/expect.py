"""The model of a restore: from the rows before, a document, a mode and the options to
the rows afterwards, or the reasons for which it has to be refused.

There are three kinds of answers. A *refusal* is something that the specification does
not let pass: the restore has to fail. An *excuse* is a reason for which it may fail, or
not: where it succeeds, the rows have to be as expected all the same. What is *beyond*
the model is only tried for all-or-nothing, the check's verdict and the foreign keys."""

from __future__ import annotations

from dataclasses import dataclass, field

import hindrances
import keys
import moments
import pictures
import reports
import values
from catalogue import JSON_NAMES, RETIRED_FIELDS, RETIRED_TABLES, TABLE_NAMES
from documents import ABSENT, Document
from shapes import Schema, Table
from twin import Twin
from values import Num

A_KEY_TWICE = "a key twice in a merge, whose first row may not fit by itself"


@dataclass
class Situation:
    """What the connection is like while the restore runs."""
    enforced: bool = False  # PRAGMA foreign_keys
    deferred: bool = False  # PRAGMA defer_foreign_keys
    ignore_checks: bool = False
    read_only: bool = False
    no_rollback: bool = False  # PRAGMA journal_mode=OFF
    stopped: bool = False  # by the function that watches its progress


@dataclass
class Expectation:
    mode: str = "replace"
    tables: dict | None = None  # the rows of the nine in their order
    counts: dict = field(default_factory=dict)
    ignored: dict = field(default_factory=dict)
    refusals: list = field(default_factory=list)
    excuses: list = field(default_factory=list)
    beyond: list = field(default_factory=list)
    places: list = field(default_factory=list)  # what is wrong with a value: table, row, field


class Restore:
    def __init__(self, schema: Schema, live: dict, document: Document, mode, options: dict, situation: Situation, twin: Twin):
        self.schema, self.live, self.document = schema, live, document
        self.mode, self.options, self.situation, self.twin = mode, options, situation, twin
        self.now = moments.render(moments.parse(options["now"]), "+00:00") if "now" in options else values.NOW
        self.result = Expectation()
        self.given: dict[str, list[dict]] = {name: [] for name in schema.tables}  # cells of the document's rows

    def expect(self) -> Expectation:
        result = self.result
        self.envelope()
        for name, rows in self.document.tables:
            self.section(name, rows)
        if self.document.data is ABSENT:
            result.counts = {name: len(self.given[table]) for table, name in JSON_NAMES.items()}
        if self.document.data is ABSENT and result.mode in ("replace", "merge"):
            self.outcome()
        return result

    def refuse(self, reason: str, *place) -> None:
        self.result.refusals.append(reason)
        if place:
            self.result.places.append(place)

    def envelope(self) -> None:
        document, result = self.document, self.result
        if self.situation.no_rollback:
            self.refuse("journal_mode=OFF has no ROLLBACK")
        if self.situation.read_only:
            self.refuse("the connection may not write")
        if self.situation.stopped and any(rows for name, rows in document.tables if name in TABLE_NAMES):
            self.refuse("the host stops it")
        elif self.situation.stopped:
            self.result.excuses.append("a host that would stop it, but there is no row to tell about")
        if document.fault:
            self.refuse(f"the text is no JSON: {document.fault}")
        if document.version != "1" or isinstance(document.version, Num):
            self.refuse("schemaVersion")
        if document.data is not ABSENT:
            self.refuse("data is no object")
        own = document.mode
        if self.mode is not None:
            result.mode = self.mode
            if own not in (ABSENT, None, "replace", "merge") or isinstance(own, Num):
                result.excuses.append("an unknown mode in the document, though another one is given")
            if self.mode not in ("replace", "merge"):
                self.refuse("unknown mode")
        elif own is None:
            result.excuses.append("the document's mode is null")
        elif own is not ABSENT:
            result.mode = own
            if own not in ("replace", "merge") or isinstance(own, Num):
                self.refuse("unknown mode in the document")
        names = [name for name, _ in document.tables]
        if len(set(names)) < len(names):
            self.refuse("a table twice")

    def drop(self, name: str, count: int = 1) -> None:
        self.result.ignored[name] = self.result.ignored.get(name, 0) + count

    def section(self, name: str, rows) -> None:
        """One member of data."""
        table = self.schema.tables.get(TABLE_NAMES.get(name, ""))
        if table is None:
            if rows == []:
                return
            if name not in RETIRED_TABLES and self.options.get("unknown") != "ignore":
                self.refuse(f"unknown table {name!r}", name)
            return self.drop(name, len(rows) if isinstance(rows, list) else 1)
        if not isinstance(rows, list):
            return self.refuse(f"{name} is no array", name)
        for number, row in enumerate(rows):
            if not isinstance(row, list) or any(not isinstance(pair, tuple) for pair in row):
                self.refuse("a row that is no object", name, number)
            else:
                self.given[table.name].append(self.row(table, name, number, row))

    def row(self, table: Table, name: str, number: int, pairs: list) -> dict:
        """The cells of a row of the document, by columns."""
        by_field = {column.field: column for column in table.writable}
        cells, seen = {}, set()
        for key, value in pairs:
            if key in seen:
                self.refuse(f"{key} twice", name, number)
            seen.add(key)
            column = by_field.get(key)
            if column is None:
                if (name, key) not in RETIRED_FIELDS and self.options.get("unknown") != "ignore":
                    self.refuse(f"unknown field {key!r}", name, number)
                self.drop(f"{name}.{key}")
                continue
            try:
                cell = values.to_cell(column, value, self.schema.encoding)
                cells[column.name] = cell.value
                if cell.excuse:
                    self.result.excuses.append(cell.excuse)
            except values.Refused as refused:
                self.refuse(f"{name}[{number}].{key}: {refused}", name, number,
                            "absent" if "turns into" in str(refused) else key)  # seen late, once the row is whole
        if any(cells.get(part) is None for part in table.key):
            self.refuse("a row without its whole key", name, number)
        return cells

    def outcome(self) -> None:
        """The rows afterwards, and what the constraints say to them."""
        merge = self.result.mode == "merge"
        tables = {}
        for name, table in self.schema.tables.items():
            tables[name] = self.merged(table) if merge else self.replaced(table)
        if self.result.refusals:
            return
        found = self.twin.insert(tables, self.situation.ignore_checks)
        if isinstance(found, str):
            return self.refuse(f"constraint: {found}")
        for name, rows in tables.items():
            table = self.schema.tables[name]
            place = {pictures.order_key(table, row): at for at, row in enumerate(rows)}
            found[name].sort(key=lambda row: place[pictures.order_key(table, row)])
            if not table.rowid or table.rowid_alias:
                found[name].sort(key=lambda row: pictures.order_key(table, row))
        self.result.tables = found
        after = {**self.live, **found}
        if reports.collisions(self.schema, found):
            self.result.excuses.append("two spellings of one unique value")
        for key in self.schema.foreign_keys():
            self.foreign_key(key, after)
        hindrances.find(self, after)

    def complete(self, table: Table, cells: dict, number: int) -> dict:
        """A new row with the defaults of section 5; SQLite's own are left to the twin."""
        row = dict(cells)
        for column in table.writable:
            if column.name in row:
                continue
            if column.takes_now:
                row[column.name] = self.now
            elif column.default is None and (table.name, column.name) == ("asset_types", "group"):
                row[column.name] = "OTHER"
            elif column.name == "updated_at" and column.default is None:
                self.result.beyond.append("updated_at is absent, and its column is not one for timestamps")
            elif column.default is None and not column.null:
                self.refuse(f"{column.field} is absent", table.json, number, "absent")
        return row

    def replaced(self, table: Table) -> list[dict]:
        seen = set()
        for number, cells in enumerate(self.given[table.name]):
            identity = keys.key_of(table, cells)
            if identity in seen:
                self.refuse("a primary key twice", table.json, number, "twice")
            seen.add(identity)
        return [self.complete(table, cells, number) for number, cells in enumerate(self.given[table.name])]

    def merged(self, table: Table) -> list[dict]:
        live = [{column.name: row[column.name] for column in table.writable} for row in self.live[table.name]]
        by_key = {keys.key_of(table, row): row for row in live}
        twice = set()
        for number, cells in enumerate(self.given[table.name]):
            identity = keys.key_of(table, cells)
            if identity in twice:
                self.result.excuses.append(A_KEY_TWICE)
            twice.add(identity)
            if identity in by_key:
                by_key[identity].update((name, cell) for name, cell in cells.items() if name not in table.key)
            else:
                row = self.complete(table, cells, number)
                by_key[identity] = row
                live.append(row)
        return live

    def foreign_key(self, key, after: dict) -> None:
        inside = key.child in self.schema.tables
        if not inside and key.parent not in self.schema.tables:
            return
        if self.situation.enforced and hindrances.carried(self, key, after):
            return
        left = keys.dangling(self.schema, key, after)
        if left and inside:
            return self.refuse(f"{key.child}.{key.columns} refers to nothing")
        before = keys.dangling(self.schema, key, self.live) if left else []
        if any(row not in before for row in left):
            self.refuse(f"{key.child} is left without {key.parent}")

