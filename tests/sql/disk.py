"""What the tests of files share: the contents of a folder, larger databases, and child
processes for what must not happen to the test itself (a kill, another user, a full disk).
"""

from __future__ import annotations

import ctypes
import os
import pickle
import sqlite3
import sys
import unittest

NOBODY = 65534


def names(folder: str | os.PathLike) -> list[str]:
    """Everything in a folder, hidden files too."""
    return sorted(os.listdir(folder))


def add_snapshots(connection: sqlite3.Connection, count: int) -> None:
    """Add asset snapshots to a database with the sample data: their values, moments and keys differ."""
    connection.execute(
        "WITH n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < ?)"
        " INSERT INTO asset_snapshots(id, asset_id, value, observed_at, created_at)"
        " SELECT printf('z%09d', i), CASE i % 3 WHEN 0 THEN 'a_world' WHEN 1 THEN 'a_livret' ELSE 'a_bitcoin' END,"
        " i * 7 % 1000003 + (i % 100) / 100.0,"
        " strftime('%Y-%m-%dT%H:%M:%S', 946684800 + i * 37, 'unixepoch') || '.000+00:00',"
        " '2024-12-31T18:30:02.117+00:00' FROM n",
        (count,),
    )


def in_child(function, *, user: int | None = None):
    """Call the function in a forked process, as another user if asked, and return its result; what it raises is
    raised here."""
    read_end, write_end = os.pipe()
    child = os.fork()
    if child == 0:
        try:
            os.close(read_end)
            if user is not None:
                os.setgid(user)
                os.setuid(user)
            answer = (True, function())
        except BaseException as error:  # handed on to the parent
            answer = (False, error)
        with os.fdopen(write_end, "wb") as pipe:
            pickle.dump(answer, pipe)
        os._exit(0)
    os.close(write_end)
    with os.fdopen(read_end, "rb") as pipe:
        data = pipe.read()
    _, status = os.waitpid(child, 0)
    if not data:
        raise AssertionError(f"the child process ended with status {status:#x}")
    fine, value = pickle.loads(data)
    if not fine:
        raise value
    return value


def mount_small_disk(folder: str | os.PathLike, size: str) -> None:
    """Mount a disk of this size on a folder, for this process only. Skips the test if that is not permitted."""
    if not sys.platform.startswith("linux") or os.geteuid() != 0:
        raise unittest.SkipTest("only root on Linux can mount a small disk")
    libc = ctypes.CDLL(None, use_errno=True)
    private_recursive, new_mounts = 0x44000, 0x20000
    if (
        libc.unshare(new_mounts) != 0
        or libc.mount(b"none", b"/", None, private_recursive, None) != 0
        or libc.mount(b"tmpfs", os.fsencode(folder), b"tmpfs", 0, b"size=" + size.encode()) != 0
    ):
        raise unittest.SkipTest("no small disk: " + os.strerror(ctypes.get_errno()))
