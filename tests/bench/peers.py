"""What the benchmark compares strata with: the same jobs in SQL and in the shell.

Every function returns a script for the sqlite3 shell. The JSON of these scripts
is made from the columns of the live schema, so that both sides write and read
the same fields, in the same form:

  * decimals are strings, with at least the digits of the column's declared scale;
  * booleans are true and false;
  * timestamps end in "Z" in the document and in "+00:00" in the database.

Where there was a choice between ways to write a script, the fastest was taken.
"""

from __future__ import annotations

import re
import sqlite3
from dataclasses import dataclass
from pathlib import Path

# Name in the document, table, primary key; parents first.
TABLES: tuple[tuple[str, str, tuple[str, ...]], ...] = (
    ("assetTypes", "asset_types", ("id",)),
    ("categories", "categories", ("id",)),
    ("tags", "tags", ("id",)),
    ("assets", "assets", ("id",)),
    ("assetSnapshots", "asset_snapshots", ("id",)),
    ("portfolioSnapshots", "portfolio_snapshots", ("id",)),
    ("transactions", "transactions", ("id",)),
    ("categoriesOnAssets", "asset_categories", ("asset_id", "category_id")),
    ("tagsOnAssets", "asset_tags", ("asset_id", "tag_id")),
)


@dataclass(frozen=True)
class Column:
    """A column of the live schema, and the field that it is in the document."""

    name: str
    kind: str  # "decimal", "boolean", "time" or "text"
    scale: int | None  # the declared digits after the decimal point

    @property
    def field(self) -> str:
        first, *rest = self.name.split("_")
        return first + "".join(word.capitalize() for word in rest)

    def to_json(self) -> str:
        """The SQL expression of this column's value in the document."""
        name = f'"{self.name}"'
        if self.kind == "decimal":
            if self.scale is None:
                return f"CAST({name} AS TEXT)"
            return f"CASE WHEN {name} IS NOT NULL THEN printf('%.{self.scale}f', {name}) END"
        if self.kind == "boolean":
            return f"json(CASE WHEN {name} THEN 'true' ELSE 'false' END)"
        if self.kind == "time":
            return f"substr({name}, 1, 23) || 'Z'"
        return name

    def from_json(self) -> str:
        """The SQL expression of what is stored, from the row `value` of json_each()."""
        member = f"json_extract(value, '$.{self.field}')"
        # A decimal string needs nothing: the column's affinity makes it a number.
        return f"substr({member}, 1, 23) || '+00:00'" if self.kind == "time" else member


Schema = dict[str, list[Column]]


def read_schema(database: Path) -> Schema:
    connection = sqlite3.connect(f"file:{database}?mode=ro", uri=True)
    try:
        return {table: [_column(row[1], row[2]) for row in connection.execute(f"PRAGMA table_info({table})")]
                for _, table, _ in TABLES}
    finally:
        connection.close()


def _column(name: str, declared: str) -> Column:
    declared = declared.upper()
    if "DEC" in declared or "NUMERIC" in declared:
        scale = re.search(r",\s*(\d+)", declared)
        return Column(name, "decimal", int(scale[1]) if scale else None)
    if "BOOL" in declared:
        return Column(name, "boolean", None)
    return Column(name, "time" if "DATE" in declared or "TIME" in declared else "text", None)


# Prints, among others, how large the page cache was at its largest.
STATS = ".stats\n"


def _quote(path: Path) -> str:
    return "'" + str(path).replace("'", "''") + "'"


# -- Backup ------------------------------------------------------------------


def backup_sql(schema: Schema) -> str:
    """The document, by json_object() and json_group_array(), on standard output."""
    tables = []
    for name, table, _ in TABLES:
        fields = ", ".join(f"'{column.field}', {column.to_json()}" for column in schema[table])
        tables.append(f"'{name}', (SELECT json_group_array(json_object({fields}))"
                      f" FROM (SELECT * FROM {table} NOT INDEXED ORDER BY rowid))")
    data = ",\n".join(tables)
    return ("SELECT json_object('schemaVersion', '1',"
            f" 'exportedAt', strftime('%Y-%m-%dT%H:%M:%fZ', 'now'), 'data', json_object(\n{data}));\n")


# -- Restore and merge ---------------------------------------------------------


def restore_sql(schema: Schema, document: Path, *, wipe: bool = False, merge: bool = False) -> str:
    """INSERT … SELECT … FROM json_each() per table, in one transaction.

    The document is cut into its nine arrays first: so each row is parsed twice,
    and not once for every table.
    """
    lines = ["BEGIN;"]
    lines += [f"DELETE FROM {table};" for _, table, _ in reversed(TABLES) if wipe]
    lines.append("CREATE TEMP TABLE part AS SELECT key, value"
                 f" FROM json_each(CAST(readfile({_quote(document)}) AS TEXT), '$.data');")
    for name, table, key in TABLES:
        columns = schema[table]
        names = ", ".join(f'"{column.name}"' for column in columns)
        values = ", ".join(column.from_json() for column in columns)
        rows = f"json_each((SELECT value FROM part WHERE key = '{name}'))"
        upsert = _upsert(columns, key) if merge else ""
        lines.append(f"INSERT INTO main.{table}({names}) SELECT {values} FROM {rows}{upsert};")
    return "\n".join([*lines, "COMMIT;", STATS])


def _upsert(columns: list[Column], key: tuple[str, ...]) -> str:
    """What a merge does; WHERE true because ON would be taken for a join's."""
    others = [f'"{column.name}"' for column in columns if column.name not in key]
    if not others:
        return f" WHERE true ON CONFLICT({', '.join(key)}) DO NOTHING"
    settings = ", ".join(f"{name} = excluded.{name}" for name in others)
    # As strata does, a row that is the same already is left alone.
    differs = f"({', '.join(others)}) IS NOT ({', '.join('excluded.' + name for name in others)})"
    return f" WHERE true ON CONFLICT({', '.join(key)}) DO UPDATE SET {settings} WHERE {differs}"


# The page cache that the command `strata` sets.
LARGE_CACHE = "PRAGMA cache_size = -262144;\n"


def read_dump(dump: Path, *, wipe: bool = False) -> str:
    """.read of a dump, which creates the tables itself, and thus needs them gone."""
    lines = [f"DROP TABLE {table};" for _, table, _ in reversed(TABLES)]
    drop = "\n".join(["BEGIN;", *lines, "COMMIT;"]) if wipe else ""
    return f'{drop}\n.read "{dump}"\n{STATS}'


# -- Ours ----------------------------------------------------------------------


def ours(extension: Path, call: str) -> str:
    return f'.load "{extension}"\nSELECT {call};\n'


def backup_file(extension: Path, target: Path) -> str:
    return ours(extension, f"strata_backup_file({_quote(target)})") + STATS


def backup_value(extension: Path) -> str:
    return ours(extension, "length(strata_backup_json())") + STATS


def restore_file(extension: Path, document: Path, mode: str = "replace") -> str:
    return ours(extension, f"strata_restore_file({_quote(document)}, '{mode}')") + STATS


def new_database(extension: Path, document: Path, schema: str) -> str:
    """The tables, the rows, and then the indexes, as a dump does it and `strata create NEW.db BACKUP`."""
    lines = [line for line in schema.splitlines() if line not in ("BEGIN;", "COMMIT;")]
    indexes = [line for line in lines if line.startswith("CREATE INDEX ")]
    tables = [line for line in lines if line not in indexes]
    return "\n".join([f'.load "{extension}"', "BEGIN;", *tables, f"SELECT strata_restore_file({_quote(document)});",
                      *indexes, "COMMIT;", STATS])


def restore_value(extension: Path, document: Path) -> str:
    return ours(extension, f"strata_restore_json(readfile({_quote(document)}))") + STATS


def rows_of(extension: Path, function: str, document: Path, *, streamed: bool) -> str:
    """How many rows a table-valued function has for a document; streamed from its file, or else read whole."""
    reader = "strata_file" if streamed else "readfile"
    return ours(extension, f"count(*) FROM {function}({reader}({_quote(document)}))") + STATS
