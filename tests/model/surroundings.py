"""Where a restore runs: what kind of database, which settings, inside what transaction."""

from __future__ import annotations

import contextlib
import itertools
import os
import sqlite3
from random import Random

from database import Database, argument
from expect import Situation
from regions import on
from shapes import Schema, quote

JOURNALS = ["DELETE", "TRUNCATE", "PERSIST", "MEMORY", "WAL"]
numbers = itertools.count()


def open_database(random: Random, schema: Schema, folder: str) -> Database:
    """In memory, in a file, or attached beside another."""
    in_file = random.random() < 0.2
    path = os.path.join(folder, f"{next(numbers)}.db") if in_file else ":memory:"
    database = Database(path)
    if in_file:
        database.run("PRAGMA synchronous = OFF")
    database.run(f"PRAGMA encoding = '{schema.encoding}'")
    database.utf16 = schema.encoding != "UTF-8"
    if in_file:
        database.run(f"PRAGMA journal_mode = {random.choice(JOURNALS)}")
    if on("journal_off") and random.random() < 0.02:
        database.run("PRAGMA journal_mode = OFF")
    if random.random() < 0.12:
        database.run("CREATE TABLE main.assets (id TEXT PRIMARY KEY, x)")
        database.run("INSERT INTO main.assets VALUES ('a0', 'not to be touched')")
        database.run("ATTACH ':memory:' AS aux")
        database.target = "aux"
    database.create(schema)
    return database


def spelled(random: Random, database: Database, text: bytes, folder: str) -> tuple[str, str]:
    """The beginning of a call that restores this text, and the document as an argument of the check."""
    if random.random() < 0.15:
        path = os.path.join(folder, f"{next(numbers)}.json")
        with open(path, "wb") as file:
            file.write(text)
        database.script.append(f".shell rm -f '{path}'\nSELECT writefile('{path}', x'{text.hex()}');")
        call = random.choice([f"strata_restore_file('{path}'", f"strata_restore_json(strata_file('{path}')"])
        return call, f"strata_file('{path}')"
    if random.random() < 0.1 and database.quietly("PRAGMA query_only") == [(0,)]:  # the document lies in a table, which the calling statement reads
        source = argument(text, random.random() < 0.3 or database.utf16)
        database.run("CREATE TEMP TABLE IF NOT EXISTS documents (text)")
        database.run("DELETE FROM temp.documents")
        database.run(f"INSERT INTO temp.documents VALUES ({source})")
        return "strata_restore_json((SELECT text FROM temp.documents)", "(SELECT text FROM temp.documents)"
    source = argument(text, random.random() < 0.3 or database.utf16)
    return f"strata_restore_json({source}", source


def settle(random: Random, schema: Schema, database: Database) -> None:
    """Triggers and shadows, once the rows are there."""
    for trigger in schema.triggers:
        database.run(trigger.sql.format(schema=database.target))
    if random.random() < 0.05:
        database.run("CREATE TEMP TABLE tags (shadow)")
        database.run("INSERT INTO temp.tags VALUES (1)")


def change_settings(random: Random, database: Database) -> None:
    if database.fresh or random.random() < 0.3:
        database.fresh = False
        database.run(f"PRAGMA foreign_keys = {random.randint(0, 1)}")
    for name, likelihood in (("recursive_triggers", 0.1), ("reverse_unordered_selects", 0.1), ("ignore_check_constraints", 0.03),
                             ("case_sensitive_like", 0.03), ("secure_delete", 0.03), ("automatic_index", 0.03),
                             ("query_only", 0.01), ("full_column_names", 0.02), ("count_changes", 0.03 * on("count_changes"))):
        if random.random() < likelihood:
            database.run(f"PRAGMA {name} = 1")
        elif random.random() < 0.3 and name not in ("recursive_triggers", "ignore_check_constraints"):
            database.run(f"PRAGMA {name} = {int(name == 'automatic_index')}")
    if random.random() < 0.05:
        database.run(f"PRAGMA {database.target}.cache_size = {random.choice([1, 5, -20])}")


def situation(database: Database) -> Situation:
    def setting(name: str):
        return database.quietly(f"PRAGMA {name}")[0][0]
    return Situation(bool(setting("foreign_keys")), bool(setting("defer_foreign_keys")) and database.connection.in_transaction,
                     bool(setting("ignore_check_constraints")), bool(setting("query_only")),
                     setting(f"{database.target}.journal_mode") == "off")


def leave_dangling(random: Random, schema: Schema, database: Database) -> None:
    """Rows that refer to nothing, in the caller's transaction or where foreign keys are not enforced."""
    for table in schema.every().values():
        for key in table.foreign_keys:
            if random.random() < 0.3:
                choice = random.choice(["'gone'", "'a1'", "'c2'", "'t3'", "7"])
                where = f"rowid = (SELECT min(rowid) FROM {database.target}.{quote(table.name)})" if table.rowid == "rowid" else "1"
                with contextlib.suppress(sqlite3.Error):  # a constraint of the table's own
                    database.run(f"UPDATE OR ABORT {database.target}.{quote(table.name)} SET {quote(key.columns[0])} = {choice} WHERE {where}")


@contextlib.contextmanager
def transaction(random: Random, schema: Schema, database: Database):
    """None, or one of the caller's, in which something has happened already, and which ends one way or the other."""
    kind = random.choice([None] * 6 + ["BEGIN", "BEGIN IMMEDIATE", "BEGIN EXCLUSIVE", "SAVEPOINT outer", "nested"])
    if kind is None or database.quietly(f"PRAGMA {database.target}.journal_mode") == [("off",)] or (
            kind.startswith("BEGIN ") and database.quietly("PRAGMA query_only") == [(1,)]):
        yield
        return
    before = database.state(schema)
    for sql in ["BEGIN", "SAVEPOINT outer"] if kind == "nested" else [kind]:
        database.run(sql)
    if random.random() < 0.3:
        database.run("PRAGMA defer_foreign_keys = 1")
    if "lonely" in schema.outers and random.random() < 0.5 and not database.quietly("PRAGMA query_only")[0][0]:
        database.run(f"INSERT INTO {database.target}.lonely (x) VALUES ('mine')")
    if on("ddl_in_transaction") and random.random() < 0.1 and not database.quietly("PRAGMA query_only")[0][0]:
        database.run("CREATE TABLE IF NOT EXISTS main.made_in_between (x)")
    if on("dangling_while_deferred") and random.random() < 0.15 and not database.quietly("PRAGMA query_only")[0][0]:
        leave_dangling(random, schema, database)
    yield
    database.run("PRAGMA query_only = 0")
    keep = random.random() < 0.6
    if "SAVEPOINT" in kind or kind == "nested":
        if not keep:
            database.run("ROLLBACK TO outer")
        with contextlib.suppress(sqlite3.IntegrityError):
            database.run("RELEASE outer")
        if kind != "nested" and database.connection.in_transaction:
            database.run("ROLLBACK")
    try:
        if kind != "SAVEPOINT outer":
            database.run("COMMIT" if keep else "ROLLBACK")
    except sqlite3.IntegrityError:  # what dangled before dangles still
        database.run("ROLLBACK")
    if not keep and database.state(schema) != before:
        raise AssertionError("the caller's ROLLBACK did not bring the rows back")
    if database.connection.in_transaction:
        raise AssertionError("a transaction is left open")
