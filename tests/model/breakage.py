"""Ways to spoil a document, each known to matter; the model itself judges the
outcome, but for what is done to the text, where it only knows that it is no JSON."""

from __future__ import annotations

from random import Random

from documents import ABSENT, Document
from shapes import Schema
from values import Num

WRONG = {
    "decimal": ["1,5", "", "abc", " 1", "1e", "--1", "NaN", "1.2.3", True, [], {}, "123456789012.12345678", "1e400", Num("1e400"),
                Num("0.1234567890123456789"), "9223372036854775808", "4e-324", "1_0", "0x10", "١"],
    "boolean": ["true", Num("1"), Num("0"), "", [], "1"],
    "moment": ["2025-02-30", "2025-02-29T00:00:00Z", "23:59:60", "2016-12-31T23:59:60Z", "15.01.2025", "", "yesterday", Num("0"),
               "2025-1-5", "2025-01-15T24:00:01Z", "2025-01-15T23:60:00Z", "2025-13-01", "2025-00-10", "1900-02-29", True, "2025",
               "2025-01-15T09:42:11.Z", "-000000-01-01T00:00:00Z", "+999999-12-31T23:59:59-00:01", "2025-01-15T00:00:00+24:00", {}],
    "integer": ["5", "abc", True, [], Num("9223372036854775808"), Num("12345678901234567890")],
    "real": ["5", True, {}, Num("1e400"), Num("9007199254740993"), Num("0.1234567890123456789")],
    "text": [Num("7"), Num("-0"), True, False, [], {"a": "b"}, Num("1.50")],
}


def some_row(random: Random, schema: Schema, document: Document):
    """A table of the schema and a row of it in the document, or nothing."""
    found = [(name, row) for name, rows in document.tables if isinstance(rows, list) for row in rows if isinstance(row, list)]
    name, row = random.choice(found) if found else (None, None)
    return next((table for table in schema.tables.values() if table.json == name), None), row


def a_wrong_value(random, schema, document):
    table, row = some_row(random, schema, document)
    if row and table:
        at = random.randrange(len(row))
        column = next((column for column in table.columns if column.field == row[at][0]), None)
        if column:
            wrong = WRONG[column.kind] + (["financial", "", "BUY"] if column.enum else [])
            row[at] = (row[at][0], random.choice(wrong))


def a_null(random, schema, document):
    table, row = some_row(random, schema, document)
    if row:
        at = random.randrange(len(row))
        row[at] = (row[at][0], None)


def a_field_less(random, schema, document):
    table, row = some_row(random, schema, document)
    if row:
        row.pop(random.randrange(len(row)))


def a_field_more(random, schema, document):
    table, row = some_row(random, schema, document)
    if row is not None and table:
        name = random.choice(["colour", "Name", "asset_type_id", "é", "", "portfolioId", "currency", "createdBy", "createdAt",
                              *(column.field for column in table.columns if column.generated)])
        if name not in [pair[0] for pair in row]:
            row.append((name, random.choice(["x", None, Num("1"), [1, [2]], {"a": None}])))


def a_field_twice(random, schema, document):
    table, row = some_row(random, schema, document)
    if row:
        row.append(random.choice(row))


def a_row_twice(random, schema, document):
    table, row = some_row(random, schema, document)
    if row is not None and table:
        rows = document.rows(table.json)
        rows.insert(random.randint(0, len(rows)), list(row))


def a_key_twice(random, schema, document):
    """Another row gets the key of this one."""
    table, row = some_row(random, schema, document)
    if row is not None and table and len(document.rows(table.json)) > 1:
        keys = {table.column(name).field for name in table.key}
        values = dict(row)
        other = random.choice(document.rows(table.json))
        other[:] = [(name, values.get(name, value) if name in keys else value) for name, value in other]


def a_dangling_reference(random, schema, document):
    table, row = some_row(random, schema, document)
    if row and table:
        fields = [table.column(name).field for key in table.foreign_keys for name in key.columns]
        for at, (name, value) in enumerate(row):
            if name in fields and random.random() < 0.7:
                row[at] = (name, Num("987") if isinstance(value, Num) else "gone")


def a_table_more(random, schema, document):
    name = random.choice(["asssets", "portfolios", "Portfolios", "Assets", "asset_types", "", "é"])
    document.tables.insert(random.randint(0, len(document.tables)), (name, random.choice([[], [[("id", "p")]], [[], []]])))


def a_table_twice(random, schema, document):
    if document.tables:
        document.tables.append(random.choice(document.tables))


def a_table_less(random, schema, document):
    if document.tables:
        document.tables.pop(random.randrange(len(document.tables)))


def rows_less(random, schema, document):
    for _, rows in document.tables:
        if rows and isinstance(rows, list) and random.random() < 0.3:
            rows.pop(random.randrange(len(rows)))


def no_rows(random, schema, document):
    if document.tables:
        at = random.randrange(len(document.tables))
        document.tables[at] = (document.tables[at][0], random.choice([{}, "x", None, Num("5"), ["x"], [None], [[]]]))


def another_version(random, schema, document):
    document.version = random.choice(["2", "", "1.0", Num("1"), None, ABSENT, "1 ", [1]])


def no_data(random, schema, document):
    document.data = random.choice([[], "x", None, Num("1"), True])


def another_mode(random, schema, document):
    document.mode = random.choice(["Replace", "", "mergE", Num("1"), True])


STRUCTURE = [a_wrong_value] * 6 + [a_null] * 2 + [a_field_less] * 2 + [a_field_more] * 3 + [
    a_field_twice, a_row_twice, a_key_twice, a_key_twice, a_dangling_reference, a_dangling_reference, a_table_more, a_table_more,
    a_table_twice, a_table_less, rows_less, rows_less, no_rows, another_version, no_data, another_mode]


def break_structure(random: Random, schema: Schema, document: Document) -> None:
    random.choice(STRUCTURE)(random, schema, document)


def break_text(random: Random, document: Document) -> None:
    """Make the text something that is no JSON, or no UTF-8."""
    text = document.text.rstrip()
    fault = random.choice(["cut", "more", "bytes", "comma", "control", "surrogate", "number", "comment", "quote"])
    if fault == "cut":
        text = text[:random.randrange(0, len(text))]
    elif fault == "more":
        text += random.choice([b"}", b"x", b"\0", b",", b"{}", b"\xef\xbb\xbf"])
    elif fault == "comma":
        text = text[:-1] + b",}"
    elif fault == "comment":
        text = random.choice([b"//x\n" + text, text + b"/**/", b"#" + text])
    elif fault == "quote":
        text = text.replace(b'"data"', b"data", 1).replace(b'"d', b"'d", 1) if b'"d' in text else b"'" + text
    else:
        member = {"bytes": b'"x":"\xff\xfe"', "control": b'"x":"a\nb"', "surrogate": b'"x":"\\ud800"',
                  "number": b'"x":' + random.choice([b"01", b"+1", b".5", b"1.", b"1e", b"NaN", b"-", b"0x1"])}[fault]
        text = text[:-1] + b"," + member + b"}"
    document.text, document.fault = text, fault
