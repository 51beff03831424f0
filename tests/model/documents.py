"""A backup document as a structure, and the many ways to spell it as JSON text.

Objects are lists of pairs, so that a name can be there twice. The writer notes the
lines of each row, which errors have to name."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from random import Random

from values import Num

ABSENT = object()


@dataclass
class Document:
    tables: list  # pairs of a name and its rows; a row is a list of pairs of a field and its value
    version: object = "1"
    mode: object = ABSENT
    more: list = field(default_factory=list)  # pairs of other members at the top
    data: object = ABSENT  # something else in the place of the tables
    fault: str | None = None  # what was done to the text, which no reader may accept
    text: bytes = b""
    lines: dict = field(default_factory=dict)  # (table, number of the row): first and last line

    def rows(self, name: str) -> list:
        return next((rows for table, rows in self.tables if table == name), [])


class Writer:
    """Writes with one style: how much white space, which escapes, in which order."""

    def __init__(self, random: Random):
        self.random = random
        self.style = random.choice(["backup", "backup", "compact", "pretty", "loose"])
        self.escapes = random.choice([0.0, 0.0, 0.1, 1.0])
        self.shuffled = random.random() < 0.3
        self.parts: list[str] = []
        self.line = 1

    def put(self, text: str) -> None:
        self.parts.append(text)
        self.line += text.count("\n")

    def gap(self, depth: int) -> None:
        if self.style == "pretty":
            self.put("\n" + "  " * depth)
        elif self.style == "loose":
            self.put(self.random.choice(["", "", " ", "\t", "\n", "\r\n", "  "]))
        elif self.style == "backup" and depth <= 3:
            self.put("\n")

    def string(self, value: str) -> None:
        shown = ""
        for letter in value:
            if self.random.random() < self.escapes:
                units = letter.encode("utf-16-be")
                shown += "".join(f"\\u{units[at]:02{'x' if at % 4 else 'X'}}{units[at + 1]:02x}"
                                 for at in range(0, len(units), 2))
            else:
                shown += json.dumps(letter, ensure_ascii=False)[1:-1]
        self.put(f'"{shown}"')

    def value(self, value) -> None:
        if isinstance(value, Num):
            self.put(value)
        elif isinstance(value, str):
            self.string(value)
        elif isinstance(value, (list, dict)):
            self.put(json.dumps(value))
        else:
            self.put({True: "true", False: "false", None: "null"}[value])

    def members(self, pairs: list, depth: int, write) -> None:
        """An object of these pairs; write(name, value) writes a value."""
        self.put("{")
        for number, (name, value) in enumerate(pairs):
            if number:
                self.put(",")
            if depth < 3:
                self.gap(depth)
            elif self.style == "loose":
                self.gap(4)
            self.string(name)
            self.put(": " if self.style == "pretty" else ":")
            write(name, value)
        if depth < 3:
            self.gap(depth - 1)
        self.put("}")

    def table(self, document: Document, name: str, rows) -> None:
        if not isinstance(rows, list):
            return self.value(rows)
        self.put("[")
        for number, row in enumerate(rows):
            if number:
                self.put(",")
            self.gap(3)
            first = self.line
            if isinstance(row, list):
                pairs = self.random.sample(row, len(row)) if self.shuffled else row
                self.members(pairs, 4, lambda _, value: self.value(value))
            else:
                self.value(row)
            document.lines[name, number] = (first, self.line)
        if rows:
            self.gap(2)
        self.put("]")

    def document(self, document: Document) -> None:
        pairs = [("schemaVersion", document.version), ("exportedAt", "2025-01-15T09:42:11.123Z"), ("mode", document.mode),
                 ("data", document.tables if document.data is ABSENT else document.data), *document.more]
        pairs = [(name, value) for name, value in pairs if value is not ABSENT]
        if self.shuffled:
            self.random.shuffle(pairs)

        def write(name, value):
            if value is document.tables:
                self.members(value, 2, lambda table, rows: self.table(document, table, rows))
            else:
                self.value(value)
        self.members(pairs, 1, write)


def write(document: Document, random: Random) -> None:
    """Fills in the text and the lines."""
    writer = Writer(random)
    document.lines = {}
    writer.document(document)
    document.text = "".join(writer.parts).encode("utf-8", "surrogatepass")
    if random.random() < 0.1:
        document.text = b"\xef\xbb\xbf" + document.text
    if random.random() < 0.1:
        document.text += random.choice([b"\n", b" \r\n\t"])


def read(text: str) -> dict:
    """A document as Python's own reader understands it, numbers by their digits; rows are lists of pairs."""
    top = dict(json.loads(text, parse_float=Num, parse_int=Num, object_pairs_hook=lambda pairs: pairs))
    top["data"] = dict(top["data"])
    return top


def read_row(text: str) -> list:
    """A row of a document, as pairs in some order."""
    return sorted(json.loads(text, parse_float=Num, parse_int=Num, object_pairs_hook=lambda pairs: pairs), key=repr)


def json_row(row: list) -> str:
    """The same row as JSON, in one plain spelling."""
    writer = Writer(Random(0))
    writer.style, writer.escapes = "compact", 0.0
    writer.members(row, 4, lambda _, value: writer.value(value))
    return "".join(writer.parts)
