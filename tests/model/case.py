"""One case of the model: a schema, rows, and a few restores, each of which is compared
with what the model says in every respect that the specification names."""

from __future__ import annotations

import collections
import contextlib
import json
import re
import sqlite3
import time
from random import Random

import breakage
import inventing
import keys
import moments
import pictures
import population
import reports
import schemas
import surroundings
from catalogue import JSON_NAMES
from database import Database, argument
from documents import ABSENT, Document, json_row, read_row, write
from regions import on
from expect import A_KEY_TWICE, Expectation, Restore, Situation
from twin import Twin
from values import NOW, Num


class Mismatch(AssertionError):
    """The extension did something else than the model says."""


BAD_OPTIONS = ('{"unknown":"maybe"}', '{"shema":"main"}', "[]", "{", "5", '{"schema":"nowhere"}', '{"unknown":1}',
               '{"now":"yesterday"}', '{"now":"2025-02-30"}', '{"unknown":"ignore","unknown":"ignore"}', "{} {}", "")


def timeless(message: str) -> str:
    """A message without what differs between the check and the restore: its time, and what a result in UTF-16 cannot show."""
    return re.sub(r"[0-9-]{10}T[0-9:]{8}\.[0-9]{3}\+00:00", "now", re.sub("[\ufffe\uffff]", "\ufffd", message))


class Case:
    """Runs one seed; `meddle` is called with the database behind each restore, to prove that a fault is noticed."""

    def __init__(self, seed: int, folder: str, statistics, meddle=None):
        self.seed, self.folder, self.statistics, self.meddle = seed, folder, statistics, meddle
        self.random = Random(seed)
        self.database: Database | None = None

    def run(self) -> None:
        random = self.random
        self.schema = schemas.invent(random)
        self.twin = Twin(self.schema)
        self.database = surroundings.open_database(random, self.schema, self.folder)
        try:
            population.fill(random, self.schema, self.database, self.twin)
            surroundings.settle(random, self.schema, self.database)
            for _ in range(random.randint(1, 4)):
                self.step()
            whole = self.database.quietly("PRAGMA integrity_check")
            # SQLite 3.40 looks at the wrong column of a table with virtual ones.
            whole = [words for (words,) in whole if words != "ok" and not re.match(r"[A-Z-]+ value in ", words)]
            self.require(not whole, "integrity_check says", whole)
        finally:
            self.database.close()
            self.twin.close()

    def require(self, truth: bool, *words) -> None:
        if not truth:
            raise Mismatch(" ".join(str(word) for word in words))

    def step(self) -> None:
        """A document, and a restore of it in some surroundings."""
        random, database = self.random, self.database
        surroundings.change_settings(random, database)
        document = self.document(database.state(self.schema))
        mode = random.choice([None, None, "replace", "merge"]) if random.random() < 0.5 else document.intended
        if random.random() < 0.01:
            mode = random.choice(["REPLACE", "", "merge "])
        options = {"unknown": random.choice(["ignore", "error"])} if random.random() < 0.35 else {}
        if random.random() < 0.1:
            now = inventing.Inventor(random, self.schema, {}).moment()
            with contextlib.suppress(moments.NoMoment):  # beyond six digits of a year
                options["now"] = now if moments.parse(now) else ""
        database.stopping = int(random.random() < 0.3)
        if random.random() < 0.05 * on("progress"):
            options["progress"] = "watch"
        if database.target != "main":
            options["schema"] = database.target
        with surroundings.transaction(random, self.schema, database):
            self.restore(document, mode, options)
            self.look(document)

    def document(self, live: dict) -> Document:
        random = self.random
        backup = reports.expected_backup(self.schema, live)
        if backup and random.random() < 0.3:
            rows = [(name, [list(row) for row in rows if random.random() < 0.95]) for name, rows in backup]
            document = Document(rows)
            document.intended = random.choice(["replace", "replace", "merge"])
        else:
            document = inventing.invent(random, self.schema, live)
        for _ in range(random.choice([0, 0, 0, 0, 0, 1, 1, 2])):
            breakage.break_structure(random, self.schema, document)
        write(document, random)
        if random.random() < 0.05:
            breakage.break_text(random, document)
        return document

    def restore(self, document: Document, mode, options: dict) -> None:
        """Check, restore, and compare with the model."""
        database, schema = self.database, self.schema
        situation = surroundings.situation(database)
        situation.stopped = "progress" in options and bool(database.stopping)
        before, rowids, open_ = database.state(schema), database.rowids(schema), database.connection.in_transaction
        expected = Restore(schema, before, document, mode, options, situation, self.twin).expect()
        given = json.dumps(options)
        if self.random.random() < 0.01:
            given = self.random.choice(BAD_OPTIONS)
            expected.refusals.append("the options")
        wanted = ", ".join([f"'{mode}'" if mode is not None else "NULL", f"'{given}'"])
        call, source = surroundings.spelled(self.random, database, document.text, self.folder)
        reader = self.reader()
        everything, settings, last = database.everything(), database.settings(), database.last_rowid()
        problems = self.check(f"{source}, {wanted}")

        def unchanged(what: str) -> None:
            self.require(database.everything() == everything, what, "has changed rows")
            self.require(database.connection.in_transaction == open_, what, "has changed whether a transaction is open")
            self.require(database.settings() == settings, what, "has changed settings", settings, database.settings())
            self.require(database.last_rowid() == last, what, "has changed last_insert_rowid()")
        unchanged("the check")
        started, written = time.time(), database.connection.total_changes
        try:
            result, error = database.run(f"SELECT {call}, {wanted})")[0][0], None
        except (sqlite3.Error, UnicodeDecodeError) as raised:
            result, error = None, raised
        database.stopping = 0
        if self.meddle and not error:
            self.meddle(database, schema)
        if reader:
            reader.fetchall()
        self.statistics.count(expected, error)
        verdict = f"\n  restore: {error or 'succeeded'}\n  check: {problems}\n  model: {expected.refusals or expected.excuses}"
        self.require(bool(problems) == bool(error), "the check and the restore do not agree:", verdict)
        if error:
            self.require(expected.refusals or expected.excuses or expected.beyond, "a good restore was refused:", verdict)
            self.places(document, expected, str(error), problems)
            unchanged("a restore that failed")
            self.require(database.rowids(schema) == rowids, "a restore that failed has changed rowids")
            return
        self.require(not expected.refusals, "a bad restore has passed:", verdict)
        stored = not any(column.declared == "DECIMAL_BLOB" for table in schema.tables.values() for column in table.columns)
        twice = A_KEY_TWICE in expected.excuses  # its first row may change what its last row puts back
        if expected.mode == "merge" and stored and not twice and not expected.beyond and all(
                before[name] == rows for name, rows in expected.tables.items()):
            self.require(database.connection.total_changes == written, "a merge of what is there already has written rows")
        if not expected.beyond:
            self.compare(expected, result, before, (started, time.time()))
        self.require(database.connection.in_transaction == open_, "a restore has changed whether a transaction is open")
        self.require(database.settings() == settings, "a restore has changed settings", settings, database.settings())
        self.require(database.last_rowid() == last, "a restore has changed last_insert_rowid()")

    def reader(self):
        """Another statement of the connection that is in the middle of its rows, or nothing."""
        if self.random.random() >= 0.1 or self.database.new_schema:
            return None  # SQLite ends a reader at a rollback behind a change of the schema
        name = self.random.choice(list(self.schema.every()))
        self.database.script.append(f"-- a cursor is open behind the first row of SELECT * FROM {self.database.target}.{name}")
        reader = self.database.connection.execute(f"SELECT 1 FROM {self.database.target}.{name}")
        reader.fetchone()
        return reader

    def check(self, arguments: str) -> list:
        try:
            return self.database.run(f"SELECT line, path, message FROM strata_restore_check({arguments})")
        except sqlite3.Error as error:
            return [(None, None, str(error))]

    def places(self, document: Document, expected: Expectation, error: str, problems: list) -> None:
        """A value that is wrong is named with its line and its path by the check, and the error is one of the check's."""
        if "the host stops it" in expected.refusals:
            return  # before or behind another problem
        if problems and re.fullmatch(r"and [0-9]+ more problems?", problems[-1][2]):
            return  # it may be one of those that are not told
        said = [timeless(words) for line, path, message in problems
                for words in (f"line {line}: {path}: {message}", f"line {line}, {message}", message)]
        # Python cannot read a message with a key that is not UTF-8.
        self.require(not problems or "readonly database" in said[-1] or "decode" in said[-1] + error or timeless(error) in said,
                     "the error is none of the check's:\n", error, "\n", problems)
        if any(path is None for _, path, _ in problems) or len(expected.places) < len(expected.refusals):
            return  # something else stops it before the rows are looked at
        for place in expected.places:
            if place[-1] == "twice":
                continue  # the other row of this key may be left out for another problem
            if place[-1] == "absent":
                place = place[:2]  # one problem of a row is enough
            path = f"$.data.{place[0]}" + "".join(f"[{part}]" if isinstance(part, int) else f".{part}" for part in place[1:])
            if place[0] == "" or not re.fullmatch(r"[$.\[\]A-Za-z0-9]+", path) or re.search(r"\.[0-9]", path):
                continue  # a name that is quoted in a path
            lines = document.lines.get(place[:2])
            found = [line for line, other, _ in problems if other.startswith(path)]
            self.require(found, "the check does not name", path, problems)
            self.require(not lines or any(lines[0] <= line <= lines[1] for line in found), "wrong line of", path, lines, problems)

    def compare(self, expected: Expectation, result: str, before: dict, around: tuple) -> None:
        """The rows afterwards, and what the restore says of itself."""
        after = self.database.state(self.schema)
        instants = set()
        for name, table in self.schema.tables.items():
            wanted, found = expected.tables[name], after[name]
            if not on("document_order"):
                wanted, found = (sorted(rows, key=lambda row: pictures.order_key(table, row)) for rows in (wanted, found))
            self.require(len(wanted) == len(found), name, "has", len(found), "rows instead of", len(wanted), found, wanted)
            for one, other in zip(wanted, found):
                for column in table.columns:
                    cell = other[column.name]
                    wanted_cell = one[column.name]
                    if isinstance(wanted_cell, str) and NOW in wanted_cell and isinstance(cell, str):
                        at = wanted_cell.index(NOW)
                        instants.add(cell[at:at + len(NOW)])
                        wanted_cell = wanted_cell.replace(NOW, cell[at:at + len(NOW)])
                    if not reports.same_value(column, wanted_cell, cell):
                        self.require(self.same_key(table, column, one, other, expected),
                                     f"{name}.{column.name} is {cell!r} instead of {wanted_cell!r} in {other}")
        self.require(len(instants) <= 1, "more than one time of the restore:", instants)
        for instant in instants:
            seconds, fraction = moments.parse(instant)
            self.require(around[0] - 1 <= seconds + float(f"0.{fraction or 0}") <= around[1] + 1, "the time of the restore is", instant)
        for name in self.schema.outers:
            self.require(name == "log" or before[name] == after[name], "rows of", name, "have changed:", before[name], after[name])
        wanted = {"schemaVersion": "1", "mode": expected.mode, "counts": expected.counts}
        if expected.ignored:
            wanted["ignored"] = expected.ignored
        self.require(json.loads(result) == wanted and list(json.loads(result)["counts"]) == list(JSON_NAMES.values()),
                     "the result is", result, "instead of", wanted)

    def same_key(self, table, column, one: dict, other: dict, expected: Expectation) -> bool:
        """In a merge a key may keep its spelling or take the document's, where its collation takes them for equal."""
        return expected.mode == "merge" and column.name in table.key and keys.key_of(table, one) == keys.key_of(table, other)

    def tables(self, document: Document, text: str, expected: list) -> None:
        """The rows of the document as a table, and a diff between it and a backup in the place of the live rows."""
        source, target = argument(document.text, True), f"'{self.database.target}'"
        if not self.database.quietly("SELECT 1 FROM pragma_module_list WHERE name = 'strata_backup_rows'"):
            return
        found = self.database.run(f"SELECT name, line, row FROM strata_backup_rows({source})")
        rows = [row for row in found if row[0] in JSON_NAMES.values()]
        wanted = [(name, number, row) for name, given in document.tables for number, row in enumerate(given)
                  if name in JSON_NAMES.values()]
        self.require(len(rows) == len(wanted), "strata_backup_rows has", len(rows), "rows instead of", len(wanted))
        for (name, line, row), (other, number, given) in zip(rows, wanted):
            first, last = document.lines[other, number]
            shown = [self.seen(repr(values)) for values in (read_row(row), read_row(json_row(given)))]
            self.require(name == other and first <= line <= last and shown[0] == shown[1],
                         "strata_backup_rows has", name, line, row, "instead of", other, (first, last), given)
        found = self.database.run(f"SELECT name, key, change, field FROM strata_backup_diff({source}, {target}, "
                                  f"{argument(text.encode(), True)})")
        more, less = (collections.Counter(tuple(map(self.seen, row[:4])) for row in rows) for rows in (found, expected))
        self.require(more == less, "between two documents the diff has", list(more - less), "and lacks", list(less - more))

    def seen(self, text: str | None) -> str | None:
        """Text as the result of a function shows it in this database."""
        if self.schema.encoding == "UTF-8" or on("noncharacters_in_a_diff"):
            return text
        return text and re.sub(r"\\uff(fe|ff)|[\ufffe\uffff]", "\ufffd", text)

    def counts(self, document: Document) -> None:
        """How many rows a document has, where it is one."""
        if document.fault or document.data is not ABSENT or document.version != "1" or isinstance(document.version, Num):
            return
        tables = dict(document.tables)
        known = [tables.get(name, []) for name in JSON_NAMES.values()]
        if len(tables) < len(document.tables) or not all(isinstance(rows, list) for rows in known) or not all(
                isinstance(row, list) and len({name for name, _ in row}) == len(row) for rows in known for row in rows):
            return
        found = dict(self.database.run(f"SELECT name, rows FROM strata_backup_counts({argument(document.text, True)})"))
        self.require(found == {name: len(tables.get(name, [])) for name in JSON_NAMES.values()}, "the counts of the document are", found)

    def look(self, document: Document) -> None:
        """The backup, the counts and the diff of what is there now."""
        database, schema = self.database, self.schema
        state, target = database.state(schema), f"'{database.target}'"
        backup = reports.expected_backup(schema, state)
        if not on("collisions") and reports.collisions(schema, state):
            return
        try:
            text, error = database.run(f"SELECT CAST(strata_backup_json({target}) AS TEXT)")[0][0], None
        except sqlite3.Error as raised:
            text, error = "", raised
        self.require((backup is None) == bool(error), "the backup:", error or "passed, but should not")
        if error:
            return
        wrong = reports.differing_backup(text, backup)
        self.require(not wrong, "the backup is wrong:", wrong)
        self.counts(document)
        counted = dict(database.run(f"SELECT name, rows FROM strata_backup_counts WHERE schema = {target}"))
        self.require(counted == {name: len(rows) for name, rows in backup}, "strata_backup_counts has", counted)
        self.require(database.run(f"SELECT * FROM strata_backup_diff({argument(text.encode(), True)}, {target})") == [],
                     "a fresh backup differs from its database")
        expected = reports.expected_diff(schema, document, state)
        if expected is not None:
            names = [f"{table.json}.{column.field}" for table in schema.tables.values() for column in table.writable]
            known = f"name || '.' || field IN ({', '.join(pictures.literal(name, schema.encoding) for name in names)})"
            found = database.run(f"SELECT name, key, change, field, iif({known}, backup, NULL), iif({known}, database, NULL) "
                                 f"FROM strata_backup_diff({argument(document.text, schema.encoding != 'UTF-8')}, {target})")
            expected = [tuple(map(self.seen, row)) for row in expected]
            if on("documents_as_tables"):
                self.tables(document, text, expected)
            more, less = (collections.Counter(tuple(map(self.seen, row)) for row in rows) for rows in (found, expected))
            self.require(more == less, "the diff has", list(more - less), "and lacks", list(less - more))
            self.statistics.diffs += 1
