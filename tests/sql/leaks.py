"""What a test's process still holds at its end, once its connections are closed: memory of SQLite's, or an open file.

SQLite counts the memory that it has given out, and the extension takes all of its own from SQLite. The count is
looked at where it can be: ctypes has to find the library that Python's sqlite3 is linked with.
"""

from __future__ import annotations

import atexit
import ctypes
import ctypes.util
import gc
import os
import sqlite3
import sys
import weakref


class Connection(sqlite3.Connection):
    """One that can be found again: functions that the host registered may keep it alive."""

    def __init__(self, *arguments, **options) -> None:
        super().__init__(*arguments, **options)
        opened.add(self)


opened: weakref.WeakSet = weakref.WeakSet()
FILES = "/proc/self/fd"


def files() -> set[str]:
    found = {}
    for number in os.listdir(FILES) if os.path.isdir(FILES) else []:
        try:
            found[number] = os.readlink(f"{FILES}/{number}")
        except OSError:
            pass  # the list's own
    return {f"{number}: {name}" for number, name in found.items()}


def counter():
    """SQLite's count of its memory, or None if it is another library's, or not kept."""
    try:
        used = ctypes.CDLL(ctypes.util.find_library("sqlite3")).sqlite3_memory_used
    except (OSError, AttributeError, TypeError):
        return None
    used.restype = ctypes.c_int64
    before = used()
    with_connection = sqlite3.connect(":memory:")
    grown = used() > before
    with_connection.close()
    return used if grown else None


def check() -> None:
    gc.collect()
    for connection in list(opened):
        try:
            connection.close()
        except sqlite3.ProgrammingError:
            return  # another thread's
    gc.collect()
    used = memory() if memory else 0
    left = sorted(files() - at_first)
    if used or left:
        print(f"at the end {used} bytes of SQLite's memory are still in use, and these files open: {left}", file=sys.stderr)
        sys.stdout.flush()
        sys.stderr.flush()
        os._exit(1)


memory = counter()
at_first = files()
atexit.register(check)
