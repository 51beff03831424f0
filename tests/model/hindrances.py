"""What stands in the way of a restore whose outcome would be fine: rows that SQLite
would change while foreign keys are enforced, an order in which no row can come first,
and triggers."""

from __future__ import annotations

import sqlite3

import keys
from catalogue import PLANS
from regions import on

ORDER = list(PLANS)
CHANGES = ("CASCADE", "SET NULL", "SET DEFAULT")
# Before 3.39 SQLite looks for the rows that RESTRICT protects in "main", wherever the key is.
ASTRAY = sqlite3.sqlite_version_info < (3, 39)


def find(restore, after: dict) -> None:
    if restore.situation.enforced:
        for key in restore.schema.foreign_keys():
            if ASTRAY and "RESTRICT" in (key.on_delete, key.on_update) and restore.options.get("schema", "main") != "main":
                restore.result.excuses.append("SQLite enforces a RESTRICT in another database")
            if key.child in restore.schema.tables:
                inside(restore, key, after)
            elif key.parent in restore.schema.tables:
                outside(restore, key, after)
    if restore.result.mode == "merge":
        transient(restore, after)
    for trigger in restore.schema.triggers:
        triggered(restore, trigger)


def outside(restore, key, after: dict) -> None:
    """A table beside the nine that refers to one of them."""
    result, schema, live = restore.result, restore.schema, restore.live
    if result.mode == "replace":
        touched = keys.referring(schema, key, live, keys.parents(schema, key, live))
        if not touched:
            return
        if key.on_delete in CHANGES:
            restore.refuse(f"the wipe would change {key.child}")
        elif any(set(key.parent_columns) & set(other.columns) for other in schema.tables[key.parent].foreign_keys):
            result.excuses.append("rows of another table refer to a column that is filled in late")
        elif key.on_delete == "RESTRICT" or not (key.deferred or restore.situation.deferred):
            result.excuses.append("rows of another table are in the way of the wipe")
    elif keys.referring(schema, key, live, moved(restore, key, after)):
        if carried(restore, key, after):
            result.beyond.append("a merge changes a key that another table refers to with an action")
        else:
            result.excuses.append("a merge changes a key that another table refers to")


def moved(restore, key, after: dict) -> set:
    """The keys of the parent that are no more."""
    return keys.parents(restore.schema, key, restore.live) - keys.parents(restore.schema, key, after)


def carried(restore, key, after: dict) -> bool:
    """Does SQLite carry the changed key of a merge to the rows that refer to it?"""
    return (restore.result.mode == "merge" and key.on_update in CHANGES
            and bool(keys.referring(restore.schema, key, restore.live, moved(restore, key, after))))


def inside(restore, key, after: dict) -> None:
    """A reference of one of the nine."""
    result, schema, live = restore.result, restore.schema, restore.live
    child = schema.tables[key.child]
    late = key.parent in ORDER and ORDER.index(key.parent) >= ORDER.index(key.child)
    deferred = key.deferred or restore.situation.deferred
    columns = [child.column(name) for name in key.columns]
    if late and not deferred and any(row[name] is not None for row in after[key.child] for name in key.columns):
        if any(not column.null for column in columns) and not (key.parent == key.child and parents_first(restore, key)):
            result.excuses.append("a reference that must not be NULL to a row that comes later")
        if child.checks or any(column.check for column in child.columns):
            result.excuses.append("a check of a table whose references are filled in late")
    if any(column.generated for column in columns):
        result.excuses.append("a reference by a generated column")
    if result.mode == "replace":
        if late and not all(column.null for column in columns):
            result.excuses.append("a reference within the nine that keeps rows from being deleted")
    elif keys.referring(schema, key, live, moved(restore, key, after)):
        if carried(restore, key, after):
            result.beyond.append("a merge changes a key that another row refers to with an action")
        else:
            result.excuses.append("a merge changes a key that another row refers to")


def parents_first(restore, key) -> bool:
    """Does each row of the document refer to itself, to one before it, or in a merge to one that was there?"""
    schema, table = restore.schema, restore.schema.tables[key.parent]
    columns = [table.column(name) for name in key.parent_columns]
    there = {None} | (keys.parents(schema, key, restore.live) if restore.result.mode == "merge" else set())
    for cells in restore.given[key.child]:
        row = {column.name: cells.get(column.name) for column in table.columns}
        there.add(keys.identity(columns, [row[name] for name in key.parent_columns]))
        if keys.reference(schema, key, row) not in there:
            return False
    return True


def transient(restore, after: dict) -> None:
    """In a merge, row by row, a value may be taken from a row that gives it up only later."""
    for name, table in restore.schema.tables.items():
        rows = {keys.key_of(table, row): row for row in after[name]}
        for unique in table.uniques:
            changed = [row for row in restore.live[name] if unique.expression or unique.where or any(
                row[column] != rows[keys.key_of(table, row)][column] for column in unique.columns)]
            if len(changed) > 0 and restore.given[name]:
                restore.result.excuses.append("a merge that moves unique values from row to row")


def triggered(restore, trigger) -> None:
    if trigger.kind == "log":
        return
    result, table = restore.result, restore.schema.tables[trigger.table]
    event = next(word for word in ("INSERT", "UPDATE", "DELETE") if f" {word} ON " in trigger.sql)

    def bad(row: dict) -> bool:
        return "bad" in str(row.get(table.key[0])).lower()

    if trigger.kind == "delete" and result.mode == "merge" and not on("triggers_that_delete_in_a_merge"):
        result.beyond.append("a trigger that deletes during a merge")
    elif trigger.kind == "delete":
        result.excuses.append("a trigger that deletes rows of the nine tables")
    elif trigger.kind == "ignore" and "AFTER" in trigger.sql:
        result.excuses.append("a trigger that gives up behind a row")
    elif result.mode == "replace" and event != "UPDATE":
        rows = restore.given[trigger.table] if event == "INSERT" else restore.live[trigger.table]
        if any(map(bad, rows)):
            restore.refuse(f"a trigger on {event} {trigger.kind}s")
    elif any(map(bad, restore.given[trigger.table])):
        result.excuses.append("a trigger that may stop an update")
