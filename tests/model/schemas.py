"""Random schemas: the nine tables in other orders, types, kinds of tables, with more
and fewer columns, constraints of every kind, and their foreign keys."""

from __future__ import annotations

from random import Random

import catalogue
import outside
from catalogue import PLANS, Plan
from regions import on
from shapes import MODERN, ROWID_NAMES, Column, ForeignKey, Schema, Table, Unique

DECLARED = {
    "text": ["TEXT"] * 8 + ["VARCHAR(20)", "CLOB", "text", "NVARCHAR(3)", "", "BLOB"],
    "decimal": ["DECIMAL"] * 4 + ["DECIMAL(20,2)", "DECIMAL(20,8)", "NUMERIC(10,3)", "numeric", "DECIMAL(5)",
                                  "DECIMAL_TEXT", "DECIMAL_TEXT(20,2)", "DECIMAL_REAL"],
    "boolean": ["BOOLEAN"] * 3 + ["BOOL", "BOOLEAN_TEXT"],
    "moment": ["DATETIME"] * 4 + ["TIMESTAMP", "DATE", "datetime", "TIMESTAMP_TEXT"],
    "integer": ["INTEGER", "INT", "BIGINT", "UNSIGNED BIG INT"],
    "real": ["REAL", "DOUBLE PRECISION", "FLOAT"],
    "numeric text": ["JSON", "STRING"],
}
ACTIONS = ["", "NO ACTION", "RESTRICT", "CASCADE", "CASCADE", "SET NULL", "SET DEFAULT"]
EXTRA = ["purchase_price", "is_hidden", "last_seen_at", "note", "color_code", "a b", 'quo"ted', "ünï", "rowid", "_rowid_",
         "oid", "select", "_x", "CamelCase", "x'y", "back\\slash", "1st", "a1_b2", "excluded", "line\nbreak", "%s"]
CLAUSES = ["", "", "", " ON CONFLICT ABORT", " ON CONFLICT FAIL", " ON CONFLICT IGNORE", " ON CONFLICT REPLACE",
           " ON CONFLICT ROLLBACK"]


def chance(random: Random, likelihood: float) -> bool:
    return random.random() < likelihood


def invent(random: Random) -> Schema:
    """A schema; in one case of five the app's own with nothing changed."""
    wild = 0.0 if chance(random, 0.2) else random.choice([0.1, 0.3, 0.6])
    integer_ids = {name for name in PLANS if "id" in catalogue.KEYS[name] and chance(random, 0.3 * wild)}
    tables = {name: table(random, name, wild, integer_ids) for name in PLANS}
    schema = Schema(tables)
    if chance(random, 0.25 * bool(wild)):
        schema.encoding = random.choice(["UTF-16le", "UTF-16be"])
    if wild:
        more_foreign_keys(random, schema, wild)
        outside.invent(random, schema)
    schema.settle()
    for made in tables.values():
        if wild:
            constraints(random, made, wild)
    return schema.settle()


def table(random: Random, name: str, wild: float, integer_ids: set[str]) -> Table:
    strict = MODERN["strict"] and chance(random, 0.3 * wild)
    columns = []
    for plan in PLANS[name]:
        dispensable = plan.null or (plan.default and plan.name != "created_at")
        if not (dispensable and chance(random, 0.15 * wild)):
            columns.append(column(random, name, plan, wild, strict, integer_ids))
    names = {made.name.lower() for made in columns}
    if chance(random, wild):
        for extra in random.sample(EXTRA, random.randint(1, 4)) + list(ROWID_NAMES) * chance(random, 0.1):
            if extra.lower() not in names:
                names.add(extra.lower())
                columns.append(extra_column(random, extra, strict))
    if MODERN["generated"] and chance(random, 0.4 * wild):
        columns.append(generated(random, columns, strict))
    made = Table(name, columns, list(catalogue.KEYS[name]), strict=strict)
    if len(made.key) > 1 and chance(random, wild):
        made.key.reverse()
    if chance(random, wild):
        random.shuffle(made.columns)
    made.without_rowid = chance(random, 0.4 * wild)
    made.inline_key = chance(random, 0.6)
    if chance(random, 0.3 * wild):
        made.key_suffix = random.choice([" DESC", " AUTOINCREMENT"])
    if chance(random, 0.3 * wild):
        made.key_conflict = random.choice(CLAUSES)
    if on("strict_in_a_comment") and not strict and chance(random, 0.3 * wild):
        made.comment = random.choice([" /* not STRICT */", " -- STRICT\n", "/*STRICT*/"])
    if chance(random, 0.1 * wild):
        made.spelled = name.upper()
    for plan in PLANS[name]:
        if plan.refers and any(column.name == plan.name for column in columns):
            key = ForeignKey(name, [plan.name], plan.refers, ["id"], plan.on_delete, implicit=chance(random, 0.3))
            if chance(random, 0.5 * wild):
                key.on_delete, key.on_update = random.choice(ACTIONS), random.choice(ACTIONS)
            key.deferred = chance(random, 0.3 * wild)
            made.foreign_keys.append(key)
    made.uniques = [Unique([unique], conflict=random.choice(CLAUSES) if chance(random, wild) else "",
                           constraint=chance(random, wild)) for unique in catalogue.UNIQUE.get(name, [])]
    if name in catalogue.INDEXES and all(word.split()[0] in {c.name for c in columns}
                                         for word in catalogue.INDEXES[name].split(", ")):
        made.indexes.append(catalogue.INDEXES[name])
    return made


def column(random: Random, table_name: str, plan: Plan, wild: float, strict: bool, integer_ids: set[str]) -> Column:
    kind = plan.kind
    owner = table_name if plan.name == "id" else plan.refers
    made = Column(plan.name, "", plan.null, plan.default)
    if owner in integer_ids:
        made.declared = "INTEGER" if strict or chance(random, 0.7) else random.choice(["INT", "BIGINT"])
    elif strict:
        made.declared = {"text": "TEXT", "decimal": random.choice(["REAL", "TEXT"]), "boolean": "INTEGER",
                         "moment": "TEXT"}[kind]
    elif owner or plan.name in ("code", "group", "type"):
        made.declared = "TEXT"
    else:
        made.declared = random.choice(DECLARED[kind]) if chance(random, wild) else {
            "text": "TEXT", "decimal": "DECIMAL", "boolean": "BOOLEAN", "moment": "DATETIME"}[kind]
    if on("decimal_blob") and made.declared.startswith("DECIMAL") and chance(random, 0.2 * wild):
        made.declared = "DECIMAL_BLOB"
    if plan.default == "CURRENT_TIMESTAMP" and strict:
        made.default = "'2020-02-02'"  # a column for text has no time of the restore
    if owner and on("nocase_keys") and chance(random, 0.2 * wild):
        made.collate = random.choice(["NOCASE", "RTRIM"])
    elif not owner and chance(random, 0.15 * wild):
        made.collate = random.choice(["NOCASE", "RTRIM", "BINARY"])
    if made.name not in catalogue.KEYS[table_name]:
        if chance(random, 0.15 * wild):
            made.null = not made.null
        if not made.null and chance(random, 0.2 * wild):
            made.conflict = random.choice(CLAUSES)
    elif made.name == "id":
        made.null = chance(random, 0.2 * wild) and not strict
    return made


def extra_column(random: Random, name: str, strict: bool) -> Column:
    kind = random.choice(list(DECLARED) + ["text"])
    if strict:
        declared = random.choice(["TEXT", "INTEGER", "INT", "REAL", "ANY"])
    elif on("real_text") and chance(random, 0.1):
        declared = "REAL TEXT"
    else:
        declared = random.choice(DECLARED[kind])
    made = Column(name, declared, null=chance(random, 0.7))
    if chance(random, 0.5):
        made.default = {"text": "'red'", "decimal": "1.5", "boolean": "0", "moment": "'2020-01-01 12:00:00'",
                        "integer": "7", "real": "0.5"}[made.kind]
        if chance(random, 0.2):
            made.default = {"text": "(lower('ABC'))", "decimal": "(1 + 1)", "boolean": "TRUE",
                            "moment": "CURRENT_TIMESTAMP", "integer": "-1", "real": "1e-3"}[made.kind]
    return made


def generated(random: Random, columns: list[Column], strict: bool) -> Column:
    source = random.choice([column for column in columns if column.declared != "DECIMAL_BLOB"])
    name = source.name.replace('"', '""')
    declared = "TEXT" if strict else random.choice(["TEXT", "INTEGER", "", "DECIMAL"])
    expression = random.choice([f'upper("{name}")', f'"{name}" || \'-x\'', f"typeof(\"{name}\")"])
    if source.declared == "TEXT" and not strict and chance(random, 0.3):
        declared, expression = "INTEGER", f'length("{name}")'
    return Column("made_of_it", declared, null=True, generated=expression, stored=chance(random, 0.5))


def constraints(random: Random, made: Table, wild: float) -> None:
    """Checks, partial, descending and expression indexes."""
    for column in made.columns:
        quoted = '"' + column.name.replace('"', '""') + '"'
        if not column.generated and chance(random, 0.1 * wild):
            column.check = random.choice([f"{quoted} IS NOT 'bad'", f"length({quoted}) < 60", f"{quoted} IS NOT 13",
                                          f"typeof({quoted}) <> 'blob'"])
    plain = [column for column in made.columns if column.name not in made.key and not column.generated]
    if not plain:
        return
    one, other = random.choice(plain), random.choice(made.columns)
    names = ['"' + column.name.replace('"', '""') + '"' for column in (one, other)]
    if chance(random, 0.2 * wild):
        made.checks.append(f"{names[0]} IS NOT 'worse' OR {names[1]} IS NULL")
    if chance(random, 0.2 * wild):
        made.uniques.append(random.choice([
            Unique([], f"lower({names[0]}), {names[1]}"), Unique([one.name], where=f"{names[1]} IS NOT NULL"),
            Unique([one.name, other.name]) if one is not other else Unique([one.name], where="0"),
            Unique([one.name], where=f"{names[0]} > 'x'")]))
    if chance(random, 0.4 * wild):
        made.indexes.append(random.choice([f"{names[0]} DESC", f"{names[1]}, {names[0]}", f"length({names[0]})",
                                           f"{names[0]} COLLATE NOCASE", f"{names[1]}) WHERE ({names[0]} IS NULL"]))


def more_foreign_keys(random: Random, schema: Schema, wild: float) -> None:
    """References among the nine beside the app's: to the own table, to later and earlier ones, composite."""
    order = list(PLANS)
    for name in order:
        if not chance(random, 0.25 * wild):
            continue
        made = schema.tables[name]
        parent = schema.tables[random.choice(order + [name])]
        pair = len(parent.key) > 1
        targets = ["asset_id", "category_id" if parent.name == "asset_categories" else "tag_id"] if pair else ["id"]
        if parent.name == "asset_types" and chance(random, 0.4):
            targets = ["code"]
        columns = []
        for number, target in enumerate(targets):
            template = parent.column(target)
            columns.append(Column(f"link_{number}", template.declared if not made.strict or template.declared in (
                "TEXT", "INTEGER", "INT") else "TEXT", null=chance(random, 0.85)))
        made.columns += columns
        key = ForeignKey(name, [column.name for column in columns], parent.name, targets, random.choice(ACTIONS),
                         random.choice(ACTIONS), chance(random, 0.3))
        made.foreign_keys.append(key)
