"""The rows that are there before the first restore: as the app, its scripts and other
programs leave them, in every spelling that a backup has to read."""

from __future__ import annotations

import contextlib
import sqlite3
from random import Random

import inventing
import keys
import moments
import pictures
import values
from database import Database
from regions import on
from shapes import Column, Schema, Table, quote


def fill(random: Random, schema: Schema, database: Database, twin) -> None:
    for name in schema.outers:
        fill_parent(random, schema, database, name)
    live = {name: [] for name in schema.tables}
    live.update({name: database.state(schema)[name] for name in schema.outers})
    inventor = inventing.Inventor(random, schema, live)
    inventor.document(False, 0.0)
    for name, rows in inventor.rows.items():
        for row in rows:
            insert(random, schema, database, schema.tables[name], row)
    if random.random() < 0.05:
        spoil(random, schema, database)
    state = database.state(schema)
    for name, table in schema.outers.items():
        for key in table.foreign_keys:
            fill_child(random, schema, database, table, key, state)


def insert(random: Random, schema: Schema, database: Database, table: Table, row: dict) -> None:
    """As stored by a restore, or in another form; what does not fit is left out."""
    cells = {}
    for column in table.writable:
        try:
            cell = values.to_cell(column, row.get(column.name), schema.encoding).value
        except values.Refused:
            return
        cells[column.name] = respelled(random, column, cell) if random.random() < 0.3 else cell
    put(database, schema, table.name, cells)


def spoil(random: Random, schema: Schema, database: Database) -> None:
    """A few cells that no backup can carry."""
    for _ in range(random.randint(1, 3)):
        table = random.choice(list(schema.tables.values()))
        column = random.choice(table.writable)
        bad = random.choice([b"\xff\0", b"", float("inf"), float("-inf"), "no number", "2025-02-30", 2, -1, 1.5, "BUY", "bad \udcff",
                             2**63 - 1, ""])
        if isinstance(bad, str) and "\udcff" in bad and schema.encoding != "UTF-8":
            bad = "\ud800"
        with contextlib.suppress(sqlite3.Error):  # a constraint, or a STRICT table
            database.run(f"UPDATE OR IGNORE {database.target}.{quote(table.name)} SET {quote(column.name)} = "
                         f"{pictures.literal(bad, schema.encoding)}")


def put(database: Database, schema: Schema, name: str, cells: dict) -> None:
    literals = ", ".join(pictures.literal(cell, schema.encoding) for cell in cells.values())
    database.run(f"INSERT OR IGNORE INTO {database.target}.{quote(name)} ({', '.join(map(quote, cells))}) VALUES ({literals})")


def respelled(random: Random, column: Column, cell):
    """Another form of the same value that a backup reads as well."""
    if cell is None or column.strict:
        return cell
    if column.kind == "boolean":
        return random.choice([["false", "False", 0], ["true", "TRUE", 1]][int(cell)])
    if column.kind == "moment":
        seconds, fraction = moments.parse(cell)
        forms = [moments.render((seconds, fraction), "Z"), moments.render((seconds, fraction), "").replace("T", " "),
                 moments.render((seconds + 7200, fraction), "+02:00") if seconds < 10**11 else cell]
        if len(fraction) <= 3 and column.affinity != "TEXT":
            forms.append(seconds * 1000 + int(fraction.ljust(3, "0") or 0))
        return random.choice(forms)
    if column.kind == "real" and column.affinity == "TEXT":
        return float(cell) if abs(float(cell)) < 2**53 else cell  # which SQLite makes text of
    if column.kind == "decimal" and column.affinity == "TEXT":
        return random.choice([cell, "+" + cell if cell[0] != "-" else cell, cell + "e0"])
    return cell


def fill_parent(random: Random, schema: Schema, database: Database, name: str) -> None:
    if name == "colors":
        for color in ("red", "green", "blue"):
            put(database, schema, name, {"id": color})
    elif name == "lonely":
        for number in range(3):
            put(database, schema, name, {"n": number, "x": random.choice([None, 1.5, "text", b"\0"])})


def quoted(text: str) -> str:
    return "'" + text + "'"


def fill_child(random: Random, schema: Schema, database: Database, table: Table, key, state: dict) -> None:
    """Rows that refer to rows that are there, or to NULL."""
    parent_rows = state[key.parent] if key.parent in state else []
    if key.parent in schema.outers:
        parent_rows = database.state(schema)[key.parent]
    for _ in range(random.choice([0, 1, 1, 3])):
        cells = {name: None for name in key.columns}
        if parent_rows and random.random() < 0.85:
            parent = random.choice(parent_rows)
            cells = {name: parent[other] for name, other in zip(key.columns, key.parent_columns)}
        if any(column.name == "text" for column in table.columns):
            cells["text"] = random.choice(["note", None, "n\0"])
        put(database, schema, table.name, cells)
    if on("dangling_while_deferred") and random.random() < 0.1:
        for name in key.columns:
            database.run(f"UPDATE OR IGNORE {database.target}.{quote(table.name)} SET {quote(name)} = "
                         f"{random.choice(['7', quoted('gone'), quoted('a1'), quoted('c2'), quoted('t3')])} WHERE n % 2 = 1")
        return
    for row in keys.dangling(schema, key, database.state(schema)):
        database.run(f"DELETE FROM {database.target}.{quote(table.name)} WHERE n = {row['n']}")
