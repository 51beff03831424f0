"""The SQLite extension strata, which backs up and restores a Strata database as JSON.

    import sqlite3, sqlite_strata

    db = sqlite3.connect("strata.db")
    sqlite_strata.load(db)
    db.execute("SELECT strata_backup_file('backup.json')")
"""

from __future__ import annotations

import os
import sqlite3

__version__ = "@VERSION@"
__all__ = ["load", "loadable_path"]


def loadable_path(files: bool = True) -> str:
    """The path of the extension for load_extension(), without the suffix, which SQLite adds.

    With files=False that of the module without the functions that touch the file system,
    for programs that run other people's SQL.
    """
    return os.path.join(os.path.dirname(os.path.abspath(__file__)), "strata" if files else "strata_nofs")


def load(connection: sqlite3.Connection, files: bool = True) -> None:
    """Load the extension into a connection, of sqlite3 or of a module that is like it.

    Whether the connection may load extensions is as it was before, allowed or not.
    """
    if not hasattr(connection, "enable_load_extension"):
        raise RuntimeError("this Python's sqlite3 was built without load_extension(): use another Python (on macOS "
                           "that of Homebrew or conda), or the package pysqlite3")
    path = loadable_path(files)
    try:
        connection.load_extension(path)
    except sqlite3.OperationalError as error:
        if str(error) != "not authorized":
            raise
        connection.enable_load_extension(True)
        try:
            connection.load_extension(path)
        finally:
            connection.enable_load_extension(False)
