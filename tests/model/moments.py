"""The model's own calendar: ISO 8601 text and milliseconds since 1970 to a moment,
and a moment to the forms that a document and a database have it in.

A moment is (seconds since 1970, digits of the fraction of a second). Python's
datetime is not used: it knows neither the year 0 nor the year 10000."""

from __future__ import annotations

import re

DAYS = (31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31)
FORM = re.compile(r"([+-][0-9]{6}|[0-9]{4})-([0-9]{2})-([0-9]{2})"
                  r"(?:[Tt ]([0-9]{2}):([0-9]{2})(?::([0-9]{2})(?:\.([0-9]+))?)?([Zz]|[+-][0-9]{2}:?[0-9]{2})?)?")


class NoMoment(ValueError):
    """The text is no moment, or one that does not exist."""


def leap(year: int) -> bool:
    return year % 4 == 0 and (year % 100 != 0 or year % 400 == 0)


def days_of_month(year: int, month: int) -> int:
    return 29 if month == 2 and leap(year) else DAYS[month - 1]


def days_before_year(year: int) -> int:
    """Days from 0000-01-01 to the first of the year; negative years count backwards."""
    return 365 * year + (year + 3) // 4 - (year + 99) // 100 + (year + 399) // 400


EPOCH = days_before_year(1970)


def parse(text: str) -> tuple[int, str]:
    found = FORM.fullmatch(text)
    if not found:
        raise NoMoment(text)
    year, month, day = int(found[1]), int(found[2]), int(found[3])
    hour, minute, second = int(found[4] or 0), int(found[5] or 0), int(found[6] or 0)
    if found[1] == "-000000" or not 1 <= month <= 12 or not 1 <= day <= days_of_month(year, month):
        raise NoMoment(text)
    if hour > 23 or minute > 59 or second > 59:
        raise NoMoment(text)
    offset, zone = 0, found[8]
    if zone and zone not in "Zz":
        hours, minutes = int(zone[1:3]), int(zone[-2:])
        if hours > 23 or minutes > 59:
            raise NoMoment(text)
        offset = (hours * 3600 + minutes * 60) * (-1 if zone[0] == "-" else 1)
    days = days_before_year(year) + sum(days_of_month(year, m) for m in range(1, month)) + day - 1 - EPOCH
    return within(days * 86400 + hour * 3600 + minute * 60 + second - offset), (found[7] or "").rstrip("0")


def from_milliseconds(milliseconds: int) -> tuple[int, str]:
    return within(milliseconds // 1000), f"{milliseconds % 1000:03}".rstrip("0")


def within(seconds: int) -> int:
    """Six digits of a year are all there are."""
    if not -999999 <= civil(seconds // 86400)[0] <= 999999:
        raise NoMoment(str(seconds))
    return seconds


def civil(days: int) -> tuple[int, int, int]:
    """Year, month and day of a day since 1970."""
    days += EPOCH
    year = days * 400 // 146097  # at most one off
    while days < days_before_year(year):
        year -= 1
    while days >= days_before_year(year + 1):
        year += 1
    days -= days_before_year(year)
    month = 1
    while days >= days_of_month(year, month):
        days -= days_of_month(year, month)
        month += 1
    return year, month, days + 1


def render(moment: tuple[int, str], zone: str) -> str:
    """The one form of the specification, with Z in a document and +00:00 in a database."""
    seconds, fraction = moment
    year, month, day = civil(seconds // 86400)
    rest = seconds % 86400
    shown = f"{year:04}" if 0 <= year <= 9999 else f"{year:+07}"
    return (f"{shown}-{month:02}-{day:02}T{rest // 3600:02}:{rest // 60 % 60:02}:{rest % 60:02}"
            f".{fraction.ljust(3, '0')}{zone}")
