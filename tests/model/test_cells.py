"""Cell by cell: every declared type with every odd cell and every odd value of a document. The cases of the model
are random, and most of their cells ordinary; here each pair comes up once, in the backup and in the restore."""

import sqlite3
import unittest

import breakage
import inventing
import pictures
import reports
import schemas
import values
from documents import json_row, read
from shapes import Column
from values import Num

from support import connect, script

NAME = "line\nbreak"
DECLARED = sorted({declared for types in schemas.DECLARED.values() for declared in types} | {"ANY", "REAL TEXT", "DECIMAL_BLOB"})
TYPES = {(values.kind(d), values.affinity(d), values.scale(d)): d for d in DECLARED}.values()  # one of each sort
STRICT_TYPES = ("INT", "REAL", "TEXT", "ANY")
NUMBERS = ["0", "-0", "7", "-42", "13", "0.1", "0.30000000000000004", "1.50", "5.0", "1e3", "-2.5e-7", "9.098662399352203e-06", "1e15",
           "1e16", "-3.9340651098844856e+20", "1e21", "1e22", "1e300", "5e-324", "1.7976931348623157e308", "1e400", "4e-324",
           "123456789012.12346", "9007199254740993", "9223372036854775807", "-9223372036854775808", "9223372036854775808",
           "12345678901234567890", "1904502132100", "253402300800000", "2", "-1"]
TEXTS = NUMBERS + ["", "a", "+5", ".5", "5.", " 5", "5 ", "007", "0x10", "1_0", "NaN", "inf", "true", "TRUE", "False", "2025-01-15",
                   "2025-02-30", "2025-01-15 12:00:00.5", "2025-01-15T12:00:00+14:00", "a\0b", "1\0", "\ufffe", "a\uffff", "[1]"]
CELLS = [None, b"", b"\xff\0", float("inf"), float("-inf"), *TEXTS, *map(float, NUMBERS),
         *(int(number) for number in NUMBERS if number.lstrip("-").isdigit() and -2**63 <= int(number) < 2**63)]
ALL_VALUES = [None, True, False, *TEXTS, *map(Num, NUMBERS), *inventing.ODD_TEXTS, *inventing.DECIMALS,
              *(wrong for every in breakage.WRONG.values() for wrong in every)]
VALUES = {(type(value), repr(value)): value for value in ALL_VALUES}.values()


class Cells(unittest.TestCase):
    def each_column(self):
        """A database with a column of each type in transactions, beside its key."""
        for encoding in ("UTF-8", "UTF-16le"):
            for strict in (False, True) if sqlite3.sqlite_version_info >= (3, 37) else (False,):
                for declared in STRICT_TYPES if strict else TYPES if encoding == "UTF-8" else ("TEXT", "JSON"):
                    column = Column(NAME, declared, null=True, strict=strict)
                    db = connect()
                    db.execute(f"PRAGMA encoding = '{encoding}'")
                    script(db, "schema.sql")
                    db.execute("DROP TABLE transactions")
                    db.execute(f"CREATE TABLE transactions (id TEXT PRIMARY KEY, {column.sql()})" + " STRICT" * strict)
                    yield encoding, column, db

    def stored(self, db, encoding):
        kind, cell = db.execute("SELECT typeof(x), CASE typeof(x) WHEN 'text' THEN CAST(x AS BLOB) ELSE x END"
                                f' FROM (SELECT "{NAME}" AS x FROM transactions)').fetchone()
        return pictures.decoded(cell, encoding) if kind == "text" else cell

    def backup(self, db):
        """The column's value in a backup, or that there is none."""
        try:
            text = db.execute("SELECT CAST(strata_backup_json() AS TEXT)").fetchone()[0]
        except sqlite3.Error:
            return "refused"
        return dict(dict(read(text)["data"])["transactions"][0])[NAME]

    def test_a_backup_has_each_cell_or_refuses_it(self):
        for encoding, column, db in self.each_column():
            for cell in CELLS:
                db.execute("DELETE FROM transactions")
                try:
                    db.execute(f"INSERT INTO transactions VALUES ('t', {pictures.literal(cell, encoding)})")
                except sqlite3.Error:  # a STRICT table does not take it
                    continue
                there = self.stored(db, encoding)
                try:
                    wanted = values.to_json(column, there)
                except values.Refused:
                    wanted = "refused"
                found = self.backup(db)
                self.assertTrue(values.same_json(wanted, found), (encoding, column, there, wanted, found))

    def test_a_restore_stores_each_value_or_refuses_it(self):
        for encoding, column, db in self.each_column():
            for value in VALUES:
                text = '{"schemaVersion":"1","data":{"transactions":[%s]}}' % json_row([("id", "t"), (NAME, value)])
                try:
                    wanted, excuse = values.to_cell(column, value, encoding)
                except values.Refused as refused:
                    wanted, excuse = refused, None
                try:
                    db.execute("SELECT strata_restore_json(?)", (text.encode(),))
                    found = self.stored(db, encoding)
                except sqlite3.Error as error:
                    if not excuse:
                        self.assertIsInstance(wanted, values.Refused, (encoding, column, value, str(error)))
                    continue
                about = (encoding, column, value, wanted, found)
                self.assertNotIsInstance(wanted, values.Refused, about)
                self.assertTrue(reports.same_value(column, wanted, found), about)
                # and comes back
                self.assertTrue(values.same_json(values.to_json(column, found), self.backup(db)), about)


if __name__ == "__main__":
    unittest.main()
