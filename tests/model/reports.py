"""The model of what is read: the backup document of given rows, and how a document
differs from them."""

from __future__ import annotations

import json
import re
from decimal import Decimal

import keys
import moments
import pictures
import values
from catalogue import TABLE_NAMES
from documents import ABSENT, Document, read
from regions import on
from shapes import Schema, Table
from values import CONTEXT, Num, Refused, same_json

HEAD = re.compile(r'\{"schemaVersion":"1","exportedAt":"[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9:]{8}\.[0-9]{3}Z","data":\{')


def expected_backup(schema: Schema, state: dict) -> list | None:
    """Pairs of a table and its rows; nothing where a cell or a collision has to be refused."""
    result = []
    try:
        for table in schema.tables.values():
            rows = state[table.name]
            if not on("document_order"):
                rows = sorted(rows, key=lambda row: pictures.order_key(table, row))
            if collide(table, rows):
                raise Refused("two spellings of a unique value")
            result.append((table.json, [[(column.field, values.to_json(column, row[column.name]))
                                         for column in table.writable] for row in rows]))
            if any(row[name] is None for row in rows for name in table.key):
                return None
    except Refused:
        return None
    return result


def collisions(schema: Schema, state: dict) -> bool:
    """Has a table two rows that would collide once they are normalised?"""
    try:
        return any(collide(table, state[name]) for name, table in schema.tables.items())
    except Refused:
        return False


def collide(table: Table, rows: list[dict]) -> bool:
    """Two rows whose unique columns are the same once they are normalised. A generated column is an expression,
    and a backup looks at no UNIQUE index on those."""
    uniques = [unique.columns for unique in table.uniques if unique.columns and not unique.where]
    for unique in [table.key] + [names for names in uniques if not any(table.column(name).generated for name in names)]:
        seen = set()
        for row in rows:
            parts = tuple(normal(table.column(name), row[name]) for name in unique)
            if None not in parts:
                if parts in seen:
                    return True
                seen.add(parts)
    return False


def normal(column, cell):
    """A cell by its value, so that two spellings of it are one."""
    if cell is None:
        return None
    if column.kind == "decimal" and not column.generated:
        return Decimal(values.decimal_json(column, cell), CONTEXT)
    if column.kind in ("integer", "real") and not column.generated:
        return Decimal(values.number_json(column, cell), CONTEXT)
    if column.kind in ("moment", "boolean") and not column.generated:
        return values.to_json(column, cell)
    return keys.collated(cell, column.collate)


def same_value(column, one, other) -> bool:
    """Equal cells; where a decimal has no affinity its storage is left open, as long as no digit is lost."""
    if pictures.same_cell(one, other):
        return True
    if column.kind != "decimal" or column.affinity != "BLOB" or None in (one, other) or column.generated:
        return False
    try:
        return normal(column, one) == normal(column, other)
    except Refused:
        return False  # no decimals, as a merge leaves them


def differing_backup(text: str, expected: list) -> str | None:
    """What is wrong with a backup; nothing if all is well."""
    lines = text.split("\n")
    if not HEAD.fullmatch(lines[0]) or text[-1:] != "\n" and not text.endswith("}}"):
        return f"the first or last line is not as it should be: {lines[0]!r} … {lines[-1]!r}"
    for escape in re.findall(r"\\u([0-9a-fA-F]{4})", text.replace("\\\\", "")):
        if int(escape, 16) >= 0x20 and escape.lower() not in ("fffe", "ffff"):  # which UTF-16 does not survive as they are
            return f"\\u{escape} is escaped"
    found = list(read(text)["data"].items())
    if [name for name, _ in found] != [name for name, _ in expected]:
        return f"the tables are {[name for name, _ in found]}"
    if len([line for line in lines if line.startswith('{"')]) != 1 + sum(len(rows) for _, rows in expected):
        return "there is not one row a line"
    for (name, rows), (_, wanted) in zip(found, expected):
        if len(rows) != len(wanted):
            return f"{name} has {len(rows)} rows instead of {len(wanted)}"
        for row, other in zip(rows, wanted):
            if [key for key, _ in row] != [key for key, _ in other] or not all(
                    values.same_json(one[1], two[1]) for one, two in zip(row, other)):
                return f"{name} has {row} instead of {other}"
    return None


def expected_diff(schema: Schema, document: Document, state: dict) -> list | None:
    """Name, key, change, field and for a field both values of each difference; nothing where it is not for the model to say."""
    result = []
    given = {name: rows for name, rows in document.tables}
    if document.fault or not same_json(document.version, "1") or document.data is not ABSENT or len(given) < len(document.tables):
        return None
    for name, rows in document.tables:
        if name not in TABLE_NAMES and rows != []:
            result.append((name, None, "removed", None, None, None))
    for table in schema.tables.values():
        rows = given.get(table.json, [])
        try:
            found = table_diff(table, rows, state[table.name], schema.encoding)
        except Refused:
            return None
        if found is None:
            return None
        result += found
    return result


def table_diff(table: Table, rows, live: list[dict], encoding: str) -> list | None:
    if not isinstance(rows, list) or any(table.column(name).collate for name in table.key):
        return None
    there = {shown_key(table, {name: values.to_json(table.column(name), row[name]) for name in table.key}): row for row in live}
    result, seen = [], set()
    for row in rows:
        if not isinstance(row, list) or len({key for key, _ in row}) < len(row):
            return None
        fields = dict(row)
        cells = {column.name: values.to_cell(column, fields.get(column.field), encoding) for column in table.writable}
        if any(cell.excuse or cell.value is None and (name in table.key or not table.column(name).null
               and table.column(name).field in fields) for name, cell in cells.items()):
            return None  # a null where there can be none
        document_row = {name: values.to_json(table.column(name), cell.value) for name, cell in cells.items()}
        key = shown_key(table, document_row)
        if key in seen:
            return None
        seen.add(key)
        if key not in there:
            result.append((table.json, key, "removed", None, None, None))
            continue
        for column in table.writable:
            if normal(column, cells[column.name].value) != normal(column, there[key][column.name]):
                result.append((table.json, key, "changed", column.field, shown(column, cells[column.name].value),
                               shown(column, there[key][column.name])))
        known = {column.field for column in table.writable}
        result += [(table.json, key, "changed", name, None, None) for name, value in row if name not in known and value is not None]
    return result + [(table.json, key, "added", None, None, None) for key in there if key not in seen]


def shown(column, cell) -> str | None:
    """A cell as a diff shows it."""
    value = values.to_json(column, cell)
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, Num):
        cell = values.number_cell(Decimal(value, CONTEXT)) if isinstance(cell, str) else cell
        return str(cell) if isinstance(cell, int) else values.shortest(cell)
    return value


def shown_key(table: Table, row: dict) -> str:
    parts = [row[name] for name in table.key]
    if len(parts) == 1:
        return str(parts[0])
    shown = ",".join(part if isinstance(part, Num) else json.dumps(part, ensure_ascii=False) for part in parts)
    return "[" + shown.replace("\ufffe", "\\ufffe").replace("\uffff", "\\uffff") + "]"
