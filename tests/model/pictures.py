"""Reading whole databases, each cell with its storage class, and writing SQL literals
that bring any cell back, whatever the encoding."""

from __future__ import annotations

import sqlite3

from shapes import Table, quote


def encoded(text: str, encoding: str) -> bytes:
    if encoding == "UTF-8":
        return text.encode("utf-8", "surrogateescape")
    return text.encode("utf-16-le" if encoding == "UTF-16le" else "utf-16-be", "surrogatepass")


def decoded(octets: bytes, encoding: str) -> str:
    if encoding == "UTF-8":
        return octets.decode("utf-8", "surrogateescape")
    return octets.decode("utf-16-le" if encoding == "UTF-16le" else "utf-16-be", "surrogatepass")


def literal(cell, encoding: str) -> str:
    """A cell in SQL; text that a literal would cut or change is cast from its bytes."""
    if cell is None:
        return "NULL"
    if isinstance(cell, bytes):
        return f"x'{cell.hex()}'"
    if isinstance(cell, float):
        return {"inf": "9e999", "-inf": "-9e999"}.get(repr(cell), repr(cell))
    if isinstance(cell, int):
        return str(cell) if cell != -2**63 else "-9223372036854775807 - 1"
    if all(" " <= letter <= "\ud7ff" for letter in cell):
        return "'" + cell.replace("'", "''") + "'"
    return f"CAST(x'{encoded(cell, encoding).hex()}' AS TEXT)"


def rows(connection: sqlite3.Connection, table: Table, encoding: str, schema: str = "main") -> list[dict]:
    """All rows in the table's own order: by rowid, or by the primary key where there is none to see."""
    cells = ", ".join(f"typeof({c}), CASE typeof({c}) WHEN 'text' THEN CAST({c} AS BLOB) ELSE {c} END"
                      for c in (quote(column.name) for column in table.columns))
    order = f" ORDER BY {table.rowid}" if table.rowid else ""
    found = connection.execute(f"SELECT {cells} FROM {schema}.{quote(table.name)}{order}").fetchall()
    result = [{column.name: decoded(row[2 * at + 1], encoding) if row[2 * at] == "text" else row[2 * at + 1]
               for at, column in enumerate(table.columns)} for row in found]
    return result if order else sorted(result, key=lambda row: order_key(table, row))


def order_key(table: Table, row: dict) -> tuple:
    """Where a row stands by its primary key, in SQLite's order of classes and of the bytes in the database."""
    result = []
    for name in table.key:
        cell = row[name]
        rank = 0 if cell is None else 1 if isinstance(cell, (int, float)) else 2 if isinstance(cell, str) else 3
        result.append((rank, encoded(cell, table.encoding) if isinstance(cell, str) else cell or 0))
    return tuple(result)


def same_cell(one, other) -> bool:
    return type(one) is type(other) and one == other
