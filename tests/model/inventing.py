"""Random documents that fit a schema, for the most part: keys that meet those of the
live rows, references that are there, values of every spelling."""

from __future__ import annotations

import re
from random import Random

import values
from documents import ABSENT, Document
from regions import on
from shapes import Column, Schema, Table
from values import Num

ODD_TEXTS = ["", " ", "é", "e\u0301", "𝒳", "a\0b", "\0", '"\\/', "\x01\x1f\x7f", "\u2028\ufeff", "007", "1.50", "1e5",
             "NULL", "true", "x" * 70, "'; --", "%s%n", "A", "a", "a ", "bad", "worse", "\U0010ffff", "line\nbreak\ttab"]
DECIMALS = ["0", "-0", "1", "1.50", "-0.01", "250.00", "0.1", "1e-8", "+5", ".5", "5.", "12.5e1", "9223372036854775807",
            "-9223372036854775808", "79228162514264340000000000000", "0.30000000000000004", "123456789012.12346", "13", "007",
            "9007199254740993", "1E2", "0.00000001", "-1.25E-2", "1e21", "99.999", "120.5000"]
WORDS = ["gold", "Bäckerei", "house", "Car", "note", "silver"]


class Inventor:
    def __init__(self, random: Random, schema: Schema, live: dict):
        self.random, self.schema = random, schema
        self.live = live  # table: list of rows as dicts of cells
        self.rows: dict[str, list[dict]] = {name: [] for name in schema.tables}
        self.taken: set = set()
        self.merge = False

    def likely(self, chance: float) -> bool:
        return self.random.random() < chance

    def document(self, merge: bool, sparse: float) -> Document:
        """A document for a replace or a merge; sparse is how often a field is left out that may be."""
        self.merge = merge
        most = self.random.choice([2, 4, 4, 9])
        large = self.random.choice(list(self.schema.tables)) if self.likely(0.004) else None
        for name, table in self.schema.tables.items():
            if table.key == ["id"]:
                ids = {}
                for number in range(self.random.randint(2000, 4000) if name == large else self.random.randint(0, most)):
                    value = self.key(table) if name != large else Num(number * 7 % 5003) if table.column(
                        "id").kind == "integer" else f"{name[0]}{number * 7 % 5003}"
                    ids.setdefault(value.lower().rstrip() if table.column("id").collate else str(value), value)
                self.rows[name] = [{"id": value} for value in ids.values()]
        for name, table in self.schema.tables.items():
            self.fill(table, most)
        tables = []
        for name, table in self.schema.tables.items():
            rows = [self.fields(table, row, sparse) for row in self.rows[name]]
            if rows or not self.likely(0.2):
                tables.append((table.json, rows))
        if self.likely(0.2):
            self.random.shuffle(tables)
        return Document(tables)

    def key(self, table: Table):
        column = table.column("id")
        if column.kind == "integer":
            number = self.random.randint(-2, 14) if self.likely(0.9) else self.random.choice([2**63 - 1, -2**63, 2**53 + 1])
            return Num(number)
        if self.likely(0.12):
            return self.text()
        return f"{table.name[0]}{self.random.randint(0, 11)}"

    def fill(self, table: Table, most: int) -> None:
        rows = self.rows[table.name] if table.key == ["id"] else [{} for _ in range(self.random.randint(0, most))]
        good, seen = [], set()
        for row in rows:
            referring = {name for key in table.foreign_keys for name in key.columns}
            for column in table.writable:
                if column.name not in row and column.name not in referring:
                    row[column.name] = self.value(table, column)
            if all([self.refer(table, key, row) for key in table.foreign_keys]):
                identity = tuple(str(row.get(name)).lower().rstrip() for name in table.key)
                if identity not in seen:
                    seen.add(identity)
                    good.append(row)
        self.rows[table.name] = good

    def refer(self, table: Table, key, row: dict) -> bool:
        """Let the row refer to one that is there; false where it must and cannot."""
        may_be_null = all(table.column(name).null for name in key.columns)
        if may_be_null and self.likely(0.4):
            row.update((name, None) for name in key.columns)
            return True
        there = self.rows.get(key.parent, [])
        if key.parent == table.name and not may_be_null:
            there = there[:1 + next((at for at, other in enumerate(there) if other is row), len(there))] if self.likely(0.8) else there
        parents = [[parent[name] for name in key.parent_columns] for parent in there[-50:]
                   if all(parent.get(name) is not None for name in key.parent_columns)]
        if self.merge or key.parent not in self.rows:
            parents += self.living(key)
        if not parents:
            row.update((name, None) for name in key.columns)
            return may_be_null
        for name, value in zip(key.columns, self.random.choice(parents)):
            row[name] = self.fitting(table.column(name), value)
        return True

    def living(self, key) -> list:
        table = self.schema.every()[key.parent]
        found = []
        for row in self.live.get(key.parent, []):
            try:
                cells = [values.to_json(table.column(name), row[name]) for name in key.parent_columns]
            except values.Refused:
                continue
            if None not in cells:
                found.append(cells)
        return found

    def fitting(self, column: Column, value):
        """The same key for a column of another kind."""
        if column.kind == "integer" and not isinstance(value, Num):
            return Num(value) if values.NUMBER.fullmatch(str(value)) and str(value).lstrip("-").isdigit() else value
        if column.kind == "text" and isinstance(value, Num):
            return str(value)
        return value

    def value(self, table: Table, column: Column):
        unique = any(column.name in unique.columns or unique.expression for unique in table.uniques)
        if column.null and self.likely(0.25):
            return None
        for _ in range(8):
            made = self.of_kind(table, column)
            mark = (table.name, column.name, str(made).lower().rstrip())
            if not unique or mark not in self.taken:
                self.taken.add(mark)
                return made
        return made

    def of_kind(self, table: Table, column: Column):
        if column.enum:
            return self.random.choice(column.enum)
        if column.kind == "text":
            if column.affinity == "NUMERIC" and self.likely(0.5):
                return self.random.choice(["7", "7.5", "abc", "[1]", "", "0", "-3"])
            return self.text() if self.likely(0.2) else f"{self.random.choice(WORDS)} {self.random.randint(0, 30)}"
        if column.kind == "decimal":
            return self.decimal(column)
        if column.kind == "boolean":
            return self.likely(0.5)
        if column.kind == "moment":
            return self.moment()
        if column.kind == "integer":
            return Num(self.random.choice(["0", "-0", "7", "1e3", "1.0", "-42", "9007199254740993", str(2**63 - 1), "13",
                                           str(self.random.randint(0, 99))]))
        return Num(self.random.choice(["0.1", "5", "-2.5e-7", "1e300", "0.30000000000000004", "-0.0", "5e-324", "1e22",
                                       repr(self.random.uniform(-1e6, 1e6))]))

    def text(self) -> str:
        made = self.random.choice(ODD_TEXTS)
        if self.likely(0.2):
            made = "".join(chr(self.random.choice([r(0, 0x7f), r(0x80, 0xd7ff), r(0xe000, 0xfffd), r(0x10000, 0x10ffff)]))
                           for r in [self.random.randint] for _ in range(self.random.choice([1, 3, 9, 700])))
        if self.schema.encoding == "UTF-8" or on("noncharacters_in_utf16"):
            made = self.random.choice([made] * 12 + ["\ufffe", "a\uffff"])
        return made

    def decimal(self, column: Column):
        made = self.random.choice(DECIMALS)
        if self.likely(0.5):
            made = f"{self.random.randint(-10**self.random.randint(1, 13), 10**9)}"
            made += f".{self.random.randint(0, 99):02}" if len(made) < 13 and self.likely(0.7) else ""
        if self.likely(0.15):
            made = self.double()
        if column.affinity == "REAL" and len(made) > 15:
            made = "1.25"
        if column.affinity in ("TEXT", "BLOB") and self.likely(0.2):
            made = self.random.choice(["123456789012.12345678", "-0.00", "1e-30", "1e400", "12345678901234567890.10"])
        is_json = re.fullmatch(r"-?(0|[1-9][0-9]*)([.][0-9]+)?([eE][+-]?[0-9]+)?", made)
        return Num(made) if is_json and self.likely(0.3) else made

    def double(self) -> str:
        """A number at the edge of what a double holds: most are just in, some just out."""
        near = self.random.choice([2**53, 2**63, 10**15, 10**17]) + self.random.randint(-3, 3)
        number = self.random.choice([float(near), self.random.uniform(-1, 1) * 10 ** self.random.randint(-30, 30),
                                     self.random.getrandbits(53) * 2.0 ** self.random.randint(-60, 10)])
        if self.likely(0.2):
            return str(near)
        shown = repr(number) if self.likely(0.5) else f"{number:.{self.random.choice([14, 15, 16])}e}"
        if self.likely(0.04):
            at = self.random.randrange(len(shown))
            shown = shown[:at] + self.random.choice("0123456789") + shown[at:]
        return shown

    def moment(self) -> str:
        r = self.random
        day = f"{r.randint(1990, 2035)}-{r.randint(1, 12):02}-{r.randint(1, 28):02}"
        if self.likely(0.1):
            day = r.choice(["2024-02-29", "0000-01-01", "9999-12-31", "+010000-01-01", "-000001-12-31", "2000-02-29", "1900-03-01"])
        if self.likely(0.1):
            year = r.choice([r.randint(0, 9999), r.randint(-300000, 300000), r.randint(-999998, 999998)])
            day = (f"{year:04}" if 0 <= year <= 9999 and self.likely(0.7) else f"{year:+07}") + day[-6:]
            day = day if not day.startswith("-000000") else "0000" + day[-6:]
        if self.likely(0.1):
            return day
        time = f"{r.randint(0, 23):02}:{r.randint(0, 59):02}" + (f":{r.randint(0, 59):02}" if self.likely(0.9) else "")
        if time.count(":") == 2 and self.likely(0.7):
            time += "." + r.choice(["000", "5", "789", "123456", "100", "0000001", f"{r.randint(0, 999):03}"])
        return day + r.choice("TTTTt ") + time + r.choice(["Z", "Z", "", "+00:00", "z", "+02:00", "-0800", "+0530", "+14:00"])

    def fields(self, table: Table, row: dict, sparse: float) -> list:
        """The row as pairs of fields and values, without some that may be absent."""
        pairs = []
        for column in table.writable:
            dispensable = column.null or column.default is not None or column.takes_now or self.merge
            if column.name in row and not (dispensable and column.name not in table.key and self.likely(sparse)):
                pairs.append((column.field, row[column.name]))
        return pairs


def invent(random: Random, schema: Schema, live: dict) -> Document:
    merge = random.random() < 0.45
    document = Inventor(random, schema, live).document(merge, random.choice([0.0, 0.0, 0.2, 0.6]))
    if merge and random.random() < 0.3:
        document.mode = "merge"
    elif random.random() < 0.1:
        document.mode = random.choice(["replace", "merge", None])
    if random.random() < 0.15:
        document.more.append((random.choice(["comment", "meta", "Data", "mode "]), random.choice([None, [1, {"a": []}], Num("1e400"), "é"])))
    document.intended = "merge" if merge else "replace"
    return document
