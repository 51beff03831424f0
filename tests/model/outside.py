"""Tables beside the nine: those that refer to them, those that they refer to, and
those that have nothing to do with them; and triggers."""

from __future__ import annotations

from random import Random

from regions import on
from shapes import Column, ForeignKey, Schema, Table, Trigger, Unique, quote

ACTIONS = ["", "", "NO ACTION", "RESTRICT", "CASCADE", "SET NULL", "SET DEFAULT"]


def invent(random: Random, schema: Schema) -> None:
    tables = []
    for make in (notes, pairs, codes, colors, lonely, generated, late):
        if random.random() < 0.25:
            tables += make(random, schema)
    for table in tables:
        schema.outers[table.name] = table
    if random.random() < 0.3:
        triggers(random, schema)


def actions(random: Random) -> dict:
    return {"on_delete": random.choice(ACTIONS), "on_update": random.choice(ACTIONS + ["CASCADE"]),
            "deferred": random.random() < 0.3}


def referring(random: Random, name: str, parent: Table, columns: list[str]) -> Table:
    """A table with a row number, a text, and columns that refer to these of the parent."""
    mine = []
    for number, column in enumerate(columns):
        declared = parent.column(column).declared
        if on("outer_integer_keys") and random.random() < 0.3:
            declared = random.choice(["INTEGER", "TEXT", "", "REAL"])
        mine.append(Column(f"r{number}", declared, null=True, default=random.choice([None, None, "'1'"])))
    table = Table(name, [Column("n", "INTEGER", null=True), *mine, Column("text", "TEXT", null=True)], ["n"])
    table.foreign_keys = [ForeignKey(name, [column.name for column in mine], parent.name, columns, **actions(random))]
    return table


def notes(random: Random, schema: Schema) -> list[Table]:
    parent = schema.tables[random.choice([name for name, table in schema.tables.items() if table.key == ["id"]])]
    made = [referring(random, "notes", parent, ["id"])]
    if random.random() < 0.3:
        lines = Table("note_lines", [Column("n", "INTEGER", null=True), Column("r0", "INTEGER", null=True)], ["n"])
        lines.foreign_keys = [ForeignKey("note_lines", ["r0"], "notes", ["n"], **actions(random))]
        made.append(lines)
    return made


def pairs(random: Random, schema: Schema) -> list[Table]:
    name, columns = random.choice([("asset_tags", ["asset_id", "tag_id"]), ("asset_categories", ["asset_id", "category_id"])])
    return [referring(random, "pairs", schema.tables[name], columns)]


def codes(random: Random, schema: Schema) -> list[Table]:
    return [referring(random, "codes", schema.tables["asset_types"], ["code"])]


def colors(random: Random, schema: Schema) -> list[Table]:
    """A table that one of the nine refers to."""
    child = schema.tables[random.choice(list(schema.tables))]
    child.columns.append(Column("color_id", "TEXT", null=True))
    child.foreign_keys.append(ForeignKey(child.name, ["color_id"], "colors", ["id"], **actions(random)))
    return [Table("colors", [Column("id", "TEXT", null=True)], ["id"])]


def lonely(random: Random, schema: Schema) -> list[Table]:
    return [Table("lonely", [Column("n", "INTEGER", null=True), Column("x", "", null=True)], ["n"])]


def generated(random: Random, schema: Schema) -> list[Table]:
    """A table that refers to a generated column with a unique index."""
    if not on("outer_key_on_generated"):
        return []
    parent = schema.tables[random.choice(["tags", "assets", "categories"])]
    parent.columns.append(Column("handle", "TEXT", null=True, generated=f"{quote('id')} || '-h'",
                                 stored=random.random() < 0.5))
    parent.uniques.append(Unique(["handle"]))
    return [referring(random, "handles", parent, ["handle"])]


def late(random: Random, schema: Schema) -> list[Table]:
    """A table that refers to categories(parent_id), which a restore may fill in late."""
    parent = schema.tables["categories"]
    if not on("outer_key_on_late_column") or not any(column.name == "parent_id" for column in parent.columns):
        return []
    parent.uniques.append(Unique(["parent_id"]))
    return [referring(random, "nests", parent, ["parent_id"])]


def triggers(random: Random, schema: Schema) -> None:
    names = list(schema.tables)
    schema.outers["log"] = Table("log", [Column("n", "INTEGER", null=True), Column("entry", "TEXT", null=True)], ["n"])
    for number in range(random.randint(1, 3)):
        table, event = random.choice(names), random.choice(["INSERT", "UPDATE", "DELETE"])
        when = random.choice(["BEFORE", "AFTER"])
        kind = random.choice(["log", "log", "abort", "ignore"] + ["delete"] * on("triggers_that_delete"))
        moment = f"{when} {event} ON {quote(table)}"
        row = "old" if event == "DELETE" else "new"
        guard = f"{row}.{quote(schema.tables[table].key[0])} LIKE '%bad%'"
        body = {"log": f"INSERT INTO log (entry) VALUES ('{table} {event}')",
                "abort": f"SELECT RAISE(ABORT, 'guarded') WHERE {guard}",
                "ignore": f"SELECT RAISE(IGNORE) WHERE {guard}",
                "delete": f"DELETE FROM {quote(random.choice(names))} WHERE {guard} OR {random.randint(0, 1)}"}[kind]
        schema.triggers.append(Trigger(table, f"CREATE TRIGGER {{schema}}.trigger_{number} {moment} BEGIN {body}; END", kind))
