"""The extension's SQL functions as Python functions, and databases whose
schema differs from sql/schema.sql in one stated way.

    text = backup(db)                       # strata_backup_json()
    result = restore(db, text, "merge")     # strata_restore_json(), its result parsed
    restores_itself(self, db)               # every cell is as before
    rows(text, "tags")                      # the lines of one table, exactly as they stand
    db = app()                              # the app's own shape of the schema
    db = changed(("DECIMAL(20,8)", "TEXT")) # sql/schema.sql with this replaced
    db = column("DECIMAL(20,2)")            # tags with one more column, "x"
"""

from __future__ import annotations

import json
import re
import sqlite3

from support import SOURCE, TABLES, Case, connect, document, picture

REAL = re.compile(r"-?\d+(\.\d+([eE][+-]?\d+)?|[eE][+-]?\d+)")

COUNTS = dict.fromkeys(TABLES, 0)


def backup(db: sqlite3.Connection, *arguments) -> str:
    marks = ",".join("?" * len(arguments))
    return db.execute(f"SELECT strata_backup_json({marks})", arguments).fetchone()[0]


def restore(db: sqlite3.Connection, backup_document, *arguments) -> dict:
    return json.loads(restore_text(db, backup_document, *arguments))


def restore_text(db: sqlite3.Connection, backup_document, *arguments) -> str:
    """The result of a restore as it stands."""
    marks = "?" + ",?" * len(arguments)
    return db.execute(f"SELECT strata_restore_json({marks})", (backup_document, *arguments)).fetchone()[0]


def restores_itself(case: Case, db: sqlite3.Connection) -> None:
    """The backup of db restores into db, and then every cell is as it was."""
    before = picture(db)
    restore(db, backup(db))
    case.assertEqual(picture(db), before)


def live_counts(db: sqlite3.Connection, schema: str = "main") -> dict:
    """strata_backup_counts of the live rows."""
    return dict(db.execute("SELECT name, rows FROM strata_backup_counts WHERE schema = ?", (schema,)).fetchall())


def counts(**tables) -> dict:
    """The counts of a restore that handled these rows and no others."""
    return {**COUNTS, **tables}


def section(name: str, raw: str) -> str:
    """A document with one table whose rows are this text, as it is."""
    return '{"schemaVersion":"1","data":{"%s":[%s]}}' % (name, raw)


def rows(text: str, name: str) -> list[str]:
    """The lines of one table of a backup, each row exactly as it stands there."""
    lines = text.split("\n")
    for number, line in enumerate(lines):
        if line == f'"{name}":[':
            end = next(i for i in range(number, len(lines)) if lines[i] in ("]", "],"))
            inner = lines[number + 1:end]
            assert all(row.endswith(",") for row in inner[:-1]) and not inner[-1].endswith(","), inner
            return [row.rstrip(",") for row in inner]
    assert f'"{name}":[]' in text, f"no table {name} in the document"
    return []


def table(db: sqlite3.Connection, name: str) -> list[tuple]:
    """All rows of a table, in the order of the first column."""
    return db.execute(f'SELECT * FROM "{name}" ORDER BY 1, 2').fetchall()


def changed(*replacements: tuple[str, str], path: str = ":memory:", before: str = "") -> sqlite3.Connection:
    """An empty database from sql/schema.sql, with each text (which has to be there) replaced."""
    schema = (SOURCE / "sql" / "schema.sql").read_text(encoding="utf-8")
    for old, new in replacements:
        assert old in schema, f"sql/schema.sql has no {old!r} any more"
        schema = schema.replace(old, new)
    db = connect(path)
    db.executescript(before + schema)
    return db


def with_columns(tags: list[str], assets: list[str] = ()) -> sqlite3.Connection:
    """An empty database with more columns in these tables. ADD COLUMN refuses the names of the rowid since SQLite 3.54;
    CREATE TABLE takes them as ever."""
    last = {'"name" TEXT NOT NULL\n);': tags, '"updated_at" DATETIME NOT NULL,': assets}
    return changed(*((text, text.replace("NOT NULL", ", ".join(["NOT NULL", *more]))) for text, more in last.items()))


def app(path: str = ":memory:") -> sqlite3.Connection:
    """An empty database of the app's own shape: no scales, no default for a group, no currency of a snapshot."""
    return changed(("DECIMAL(20,8)", "DECIMAL"), ("DECIMAL(20,2)", "DECIMAL"),
                   ("\"group\" TEXT NOT NULL DEFAULT 'OTHER'", '"group" TEXT NOT NULL'),
                   ('"value" DECIMAL NOT NULL,\n    "currency" TEXT,', '"value" DECIMAL NOT NULL,'), path=path)


def column(declared: str, path: str = ":memory:") -> sqlite3.Connection:
    """An empty database in which tags has a column "x" of this declaration."""
    db = changed(path=path)
    db.execute(f'ALTER TABLE tags ADD COLUMN "x" {declared}')
    return db


def stored(db: sqlite3.Connection, raw: str) -> tuple:
    """Restore a tag whose x is this JSON: its storage class and value."""
    restore(db, section("tags", '{"id":"t","name":"n","x":%s}' % raw))
    return db.execute("SELECT typeof(x), x FROM tags").fetchone()


def printed(db: sqlite3.Connection, literal: str) -> str:
    """Back up a tag whose x is this SQL expression: its JSON, as it stands. A real is bound: SQLite before 3.43 does not
    read each exactly where a long double is no longer than a double (ARM, 32 bits)."""
    expression, values = ("?", (float(literal),)) if REAL.fullmatch(literal) else (literal, ())
    db.execute("DELETE FROM tags")
    db.execute(f"INSERT INTO tags (id, name, x) VALUES ('t', 'n', {expression})", values)
    (row,) = rows(backup(db), "tags")
    start = '{"id":"t","name":"n","x":'
    assert row.startswith(start) and row.endswith("}"), row
    return row[len(start):-1]


__all__ = ["COUNTS", "app", "backup", "changed", "column", "counts", "document", "live_counts", "printed", "restore",
           "restore_text", "rows", "section", "stored", "table"]
