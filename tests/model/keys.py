"""The model of keys: when two of them are the same, and which rows refer to nothing."""

from __future__ import annotations

from shapes import Column, ForeignKey, Schema, Table
from values import BLANKS, NUMBER, exact, is_int64


def real_text(number: float) -> str:
    """A REAL as SQLite makes text of it: fifteen digits, and always a point."""
    shown = f"{number:.15g}"
    mantissa, e, exponent = shown.partition("e")
    return mantissa + ("" if "." in mantissa else ".0") + e + exponent


def with_affinity(cell, affinity: str):
    """A value as a column of this affinity would hold it."""
    if affinity == "TEXT" and isinstance(cell, (int, float)):
        return str(cell) if isinstance(cell, int) else real_text(cell)
    if affinity in ("NUMERIC", "INTEGER", "REAL") and isinstance(cell, str) and NUMBER.fullmatch(cell.strip(BLANKS)):
        value = exact(cell.strip(BLANKS))
        return int(value) if is_int64(value) else float(value)
    return cell


def collated(cell, collate: str | None):
    """Equal exactly where SQLite's collation takes two values for equal; 1 and 1.0 are."""
    if isinstance(cell, str):
        if collate == "NOCASE":
            cell = "".join(letter.lower() if letter.isascii() else letter for letter in cell)
        elif collate == "RTRIM":
            cell = cell.rstrip(" ")
        return "text", cell
    return ("blob", cell) if isinstance(cell, bytes) else ("number", cell)


def identity(columns: list[Column], cells: list) -> tuple | None:
    """What two keys have in common that are one to these columns; nothing where a part is NULL."""
    if any(cell is None for cell in cells):
        return None
    return tuple(collated(with_affinity(cell, column.affinity), column.collate) for column, cell in zip(columns, cells))


def key_of(table: Table, row: dict) -> tuple | None:
    return identity([table.column(name) for name in table.key], [row.get(name) for name in table.key])


def parents(schema: Schema, key: ForeignKey, state: dict) -> set:
    table = schema.every()[key.parent]
    columns = [table.column(name) for name in key.parent_columns]
    return {identity(columns, [row[name] for name in key.parent_columns]) for row in state[key.parent]} - {None}


def reference(schema: Schema, key: ForeignKey, row: dict) -> tuple | None:
    """What a row refers to, by the parent's affinities and collations, as SQLite compares."""
    table = schema.every()[key.parent]
    return identity([table.column(name) for name in key.parent_columns], [row[name] for name in key.columns])


def dangling(schema: Schema, key: ForeignKey, state: dict) -> list[dict]:
    """The rows of the child that refer to nothing."""
    there = parents(schema, key, state)
    found = [(reference(schema, key, row), row) for row in state[key.child]]
    return [row for wanted, row in found if wanted is not None and wanted not in there]


def referring(schema: Schema, key: ForeignKey, state: dict, gone: set) -> list[dict]:
    """The rows of the child that refer to one of these, and those that SQLite's actions take for such."""
    found = {found_by_actions(schema, key, [cell for _, cell in parts]) for parts in gone}
    return [row for row in state[key.child] if reference(schema, key, row) in gone or (
        found_by_actions(schema, key, [row[name] for name in key.columns]) or "nothing") in found]


def found_by_actions(schema: Schema, key: ForeignKey, cells: list) -> tuple | None:
    """A key as an action compares it, by both columns' affinities (datatype3.html, section 4.2): 1.5 is '1.50' there."""
    if any(cell is None for cell in cells):
        return None
    parent, child = schema.every()[key.parent], schema.every()[key.child]
    parts = []
    for own, other, cell in zip(key.columns, key.parent_columns, cells):
        column = parent.column(other)
        numeric = {column.affinity, child.column(own).affinity} & {"INTEGER", "REAL", "NUMERIC"}
        parts.append(collated(with_affinity(cell, "NUMERIC" if numeric else "BLOB"), column.collate))
    return tuple(parts)
