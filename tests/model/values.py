"""The model of values: what a field of a document becomes in a cell, and a cell in a
document, by the column's declared type. Written from the specification alone: exact
decimals with Python's decimal module, a calendar of its own (moments.py).

A JSON value is str, Num (the digits of a number as they stand), True, False, None, or
a list or dict. A cell is None, int, float, str or bytes, SQLite's five classes."""

from __future__ import annotations

import decimal
import re
import sqlite3
from decimal import Decimal
from typing import NamedTuple

import moments

CONTEXT = decimal.Context(prec=3000, Emax=999999, Emin=-999999)
NUMBER = re.compile(r"[+-]?([0-9]+\.?[0-9]*|\.[0-9]+)([eE][+-]?[0-9]+)?")
ENDS_AT_ZERO = sqlite3.sqlite_version_info >= (3, 52)  # a text, for SQLite that looks whether it is a number
BLANKS = " \t\n\v\f\r"
NOW = "2001-02-03T04:05:06.789+00:00"  # stands for the time of the restore, which nobody knows beforehand


class Num(str):
    """A number of a document, by its own digits."""


class Refused(Exception):
    """The specification does not let this value pass."""


class Cell(NamedTuple):
    value: object
    excuse: str | None = None  # why a restore may refuse it all the same


def affinity(declared: str, strict: bool = False) -> str:
    """SQLite's five rules, in their order (datatype3.html, section 3.1)."""
    name = declared.upper()
    if strict and name == "ANY":
        return "BLOB"
    if "INT" in name:
        return "INTEGER"
    if any(word in name for word in ("CHAR", "CLOB", "TEXT")):
        return "TEXT"
    if "BLOB" in name or not name:
        return "BLOB"
    return "REAL" if any(word in name for word in ("REAL", "FLOA", "DOUB")) else "NUMERIC"


def kind(declared: str) -> str:
    """The specification's kinds: decimal, boolean, moment, integer, real, text."""
    name = declared.upper()
    for words, found in ((("DECIMAL", "NUMERIC"), "decimal"), (("BOOL",), "boolean"), (("DATE", "TIMESTAMP"), "moment"),
                         (("INT",), "integer"), (("REAL", "DOUBLE", "FLOAT"), "real")):
        if any(word in name for word in words):
            return found
    return "text"


def scale(declared: str) -> int:
    found = re.search(r"\(\s*[0-9]+\s*,\s*([0-9]+)\s*\)", declared)
    return int(found[1]) if found else 0


def exact(text: str) -> Decimal:
    if not NUMBER.fullmatch(text):
        raise Refused(f"{text!r} is no decimal")
    return Decimal(text, CONTEXT)


def double(value: Decimal) -> float:
    """The double whose shortest digits are this number's, or refused."""
    try:
        nearest = float(value)
    except OverflowError:
        nearest = float("inf")
    if nearest in (float("inf"), float("-inf")) or Decimal(repr(nearest)) != value:
        raise Refused(f"no double holds {value} exactly")
    return nearest


def is_int64(value: Decimal) -> bool:
    return -2**63 <= value < 2**63 and value == value.to_integral_value(context=CONTEXT)


def number_cell(value: Decimal) -> int | float:
    return int(value) if is_int64(value) else double(value)


def plain_text(text: str) -> str:
    """A decimal digit for digit: no exponent, no plus, no leading zeros, no minus zero."""
    value = exact(text)
    sign, digits, exponent = value.as_tuple()
    shown = "".join(map(str, digits))
    if exponent >= 0:
        whole, fraction = shown + "0" * exponent, ""
    else:
        shown = shown.rjust(-exponent + 1, "0")
        whole, fraction = shown[:exponent], shown[exponent:]
    whole = whole.lstrip("0") or "0"
    minus = "-" if sign and value != 0 else ""
    return minus + whole + ("." + fraction if fraction else "")


def to_cell(column, value, encoding: str) -> Cell:
    """What a restore stores for a field; raises Refused. A null is for the constraints to judge."""
    if value is None:
        return Cell(None)
    return {"decimal": decimal_cell, "boolean": boolean_cell, "moment": moment_cell, "integer": integer_cell,
            "real": real_cell, "text": text_cell}[column.kind](column, value, encoding)


def shortest(number: float) -> str:
    """The fewest digits that read back as this double, in the form that JavaScript gives a number as text."""
    sign, digits, exponent = Decimal(repr(number)).normalize(CONTEXT).as_tuple()
    point = len(digits) + exponent
    if -6 < point <= 21:
        return plain_text(repr(number)).removesuffix(".0")
    shown = "".join(map(str, digits))
    return "-" * sign + shown[0] + "." * (len(shown) > 1) + shown[1:] + f"e{point - 1:+}"


def decimal_cell(column, value, encoding) -> Cell:
    if isinstance(value, bool) or not isinstance(value, str):
        raise Refused("neither a string nor a number")
    number = exact(value)
    if column.affinity in ("TEXT", "BLOB"):
        return Cell(plain_text(value))
    if column.affinity == "REAL":
        return Cell(double(number))
    return Cell(number_cell(number))


def boolean_cell(column, value, encoding) -> Cell:
    if not isinstance(value, bool):
        raise Refused("neither true nor false")
    return Cell(str(int(value)) if column.affinity == "TEXT" else int(value))


def moment_cell(column, value, encoding) -> Cell:
    if isinstance(value, Num) or not isinstance(value, str):
        raise Refused("no string")
    try:
        return Cell(moments.render(moments.parse(value), "+00:00"))
    except moments.NoMoment:
        raise Refused(f"{value!r} is no moment") from None


def integer_cell(column, value, encoding) -> Cell:
    if not isinstance(value, Num):
        raise Refused("no number")
    number = exact(value)
    if is_int64(number):
        return Cell(int(number))
    return Cell(double(number), "a number that is no integer in a column for integers")


def real_cell(column, value, encoding) -> Cell:
    if not isinstance(value, Num):
        raise Refused("no number")
    number = exact(value)
    if column.affinity == "TEXT":  # holds each digit
        return Cell(str(int(number)) if is_int64(number) else shortest(double(number)))
    return Cell(double(number))


def text_cell(column, value, encoding) -> Cell:
    if isinstance(value, Num) or not isinstance(value, str):
        raise Refused("no string")
    if column.enum and value not in column.enum:
        raise Refused(f"{value!r} is none of {column.enum}")
    looked_at = (value.partition("\0")[0] if ENDS_AT_ZERO else value).strip(BLANKS)
    if column.affinity in ("NUMERIC", "INTEGER", "REAL") and NUMBER.fullmatch(looked_at):
        number = exact(looked_at)
        stored = number_cell(number)
        if (shortest(stored) if isinstance(stored, float) else str(stored)) != value:
            raise Refused("text that the column turns into another number")
        long = len(number.as_tuple().digits) > 15 or not -290 < number.adjusted() < 290
        return Cell(float(stored) if column.affinity == "REAL" else stored,
                    "a long number in a column for text with numeric affinity" if long else None)
    return Cell(value)


def to_json(column, cell):
    """What a backup makes of a cell; raises Refused. Numbers come back as Num of the plain value."""
    if cell is None:
        return None
    if isinstance(cell, bytes):
        raise Refused("a BLOB")
    if isinstance(cell, str) and any("\ud800" <= letter <= "\udfff" for letter in cell):
        raise Refused("text that is not UTF-8, or half a surrogate pair")
    if isinstance(cell, float) and cell in (float("inf"), float("-inf")):
        raise Refused("infinite")
    return {"decimal": decimal_json, "boolean": boolean_json, "moment": moment_json, "integer": number_json,
            "real": number_json, "text": text_json}[column.kind](column, cell)


def decimal_json(column, cell) -> str:
    shown = plain_text(cell if isinstance(cell, str) else repr(cell))
    if isinstance(cell, float) and "." in shown:
        shown = shown.rstrip("0").rstrip(".")
        shown = "0" if shown == "-0" else shown
    whole, _, fraction = shown.partition(".")
    fraction = fraction.ljust(scale(column.declared), "0") if scale(column.declared) <= 100 else fraction
    return whole + ("." + fraction if fraction else "")


def boolean_json(column, cell) -> bool:
    if isinstance(cell, str):
        if cell.lower() in ("true", "false", "0", "1") and cell.isascii():
            return cell.lower() in ("true", "1")
    elif cell in (0, 1):
        return cell == 1
    raise Refused("no boolean")


def moment_json(column, cell) -> str:
    try:
        if isinstance(cell, str):
            return moments.render(moments.parse(cell), "Z")
        if isinstance(cell, int):
            return moments.render(moments.from_milliseconds(cell), "Z")
    except moments.NoMoment:
        pass
    raise Refused("no moment")


def number_json(column, cell) -> Num:
    if isinstance(cell, str):
        if column.affinity != "TEXT" or not NUMBER.fullmatch(cell):
            raise Refused("text in a column for numbers")
        cell = number_cell(exact(cell))
    return Num(plain_text(repr(cell)))


def text_json(column, cell) -> str:
    if isinstance(cell, str):
        if column.enum and cell not in column.enum:
            raise Refused("no value of the enum")
        return cell
    if column.affinity == "BLOB":
        raise Refused("a number that would come back as text")
    return shortest(cell) if isinstance(cell, float) else str(cell)


def same_json(one, other) -> bool:
    """Two values of documents that are equal as JSON, numbers by value and strings by character."""
    if isinstance(one, Num) and isinstance(other, Num):
        return Decimal(one, CONTEXT) == Decimal(other, CONTEXT)
    return type(one) is type(other) and one == other
