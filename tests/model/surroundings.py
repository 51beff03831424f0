"""Where a restore runs: what kind of database, which settings, inside what transaction."""

from __future__ import annotations

import contextlib
import itertools
import os
from random import Random

from database import Database
from expect import Situation
from regions import on
from shapes import Schema

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
        elif random.random() < 0.3 and name not in ("recursive_triggers",):
            database.run(f"PRAGMA {name} = {int(name == 'automatic_index')}")
    if random.random() < 0.05:
        database.run(f"PRAGMA {database.target}.cache_size = {random.choice([1, 5, -20])}")


def situation(database: Database) -> Situation:
    def setting(name: str):
        return database.quietly(f"PRAGMA {name}")[0][0]
    return Situation(bool(setting("foreign_keys")), bool(setting("defer_foreign_keys")) and database.connection.in_transaction,
                     bool(setting("ignore_check_constraints")), bool(setting("query_only")),
                     setting(f"{database.target}.journal_mode") == "off")


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
    yield
    database.run("PRAGMA query_only = 0")
    keep = random.random() < 0.6
    if "SAVEPOINT" in kind or kind == "nested":
        if not keep:
            database.run("ROLLBACK TO outer")
        database.run("RELEASE outer")
    if kind != "SAVEPOINT outer":
        database.run("COMMIT" if keep else "ROLLBACK")
    if not keep and database.state(schema) != before:
        raise AssertionError("the caller's ROLLBACK did not bring the rows back")
    if database.connection.in_transaction:
        raise AssertionError("a transaction is left open")
