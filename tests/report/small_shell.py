"""Runs sql/report.sql in Python's SQLite, as far as the script needs the sqlite3 shell: so
that it can be tried in an SQLite that no installed shell has.

    python3 small_shell.py EXTENSION REPORT.sql DATABASE NAME=VALUE…
"""

from __future__ import annotations

import pathlib
import sqlite3
import sys


def read_file(path: str) -> bytes | None:
    return pathlib.Path(path).read_bytes() if pathlib.Path(path).exists() else None


def write_file(path: str, content, *_) -> int:
    return pathlib.Path(path).write_bytes(content.encode() if isinstance(content, str) else content)


class Parameters(dict):
    """What is not set is NULL, as in the shell."""

    def __missing__(self, name: str) -> None:
        return None


def main(extension: str, script: str, database: str, *settings: str) -> None:
    connection = sqlite3.connect(database, isolation_level=None)
    connection.enable_load_extension(True)
    connection.execute("SELECT load_extension(?)", (extension,))
    connection.create_function("readfile", 1, read_file)
    connection.create_function("writefile", -1, write_file)
    parameters = Parameters(setting.split("=", 1) for setting in settings)
    connection.execute("CREATE TEMP TABLE parameters(key)")  # the shell's own name for it is reserved
    connection.executemany("INSERT INTO parameters VALUES (?)", [(f":{name}",) for name in parameters])
    statement = ""
    for line in pathlib.Path(script).read_text(encoding="utf-8").splitlines(keepends=True):
        if not statement and (line.startswith((".", "--")) or line.isspace()):
            continue
        statement += line.replace("temp.sqlite_parameters", "temp.parameters")
        if sqlite3.complete_statement(statement):
            for row in connection.execute(statement, parameters).fetchall():
                print(*row, sep="|")
            statement = ""
    if statement:
        raise SystemExit(f"this has no end: {statement[:200]}")
    print(sqlite3.sqlite_version)


if __name__ == "__main__":
    main(*sys.argv[1:])
