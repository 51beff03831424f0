#!/usr/bin/env python3
"""The benchmark of strata: how long backup and restore take, against SQLite's own tools.

    tests/bench/bench.py --extension build/strata.so                # about a minute
    tests/bench/bench.py --extension build/strata.so --rows 1000000
    tests/bench/bench.py --extension build/strata.so --scaling --svg bench.svg --json bench.json

  --rows N          asset snapshots (default 100,000; with --scaling 1,000,000)
  --runs K          runs of each job; the median counts (default 3)
  --only KIND       only the groups of this kind: export, restore, merge or growth
  --scaling         also 10,000, 30,000, 100,000 … up to N, for the picture
  --extension PATH  strata.so; without it, or where a function of it is missing, the peers run
                    alone, and the result says so
  --sqlite3 PATH    the shell (default: sqlite3)
  --schema PATH     the tables (default: sql/schema.sql of this repository)
  --tools DIR       where generate, floor and measure are (default: they are compiled with cc)
  --dir DIR         where the databases are made, about 3 GB per million rows (default: TMPDIR)
  --json, --svg     write all figures, and a picture of time against rows

What it runs, on the same rows and the same file system, every job in a process
of its own, the jobs of a group in turn, A B C A B C:

  export   strata_backup_file() and strata_backup_json(); the shell's .dump; the same
           document by json_object() and json_group_array(); and the floor: reading
           every column of every row. From rows stored in key order, and not so.
  restore  strata_restore_file() and strata_restore_json(readfile()); .read of a dump;
           INSERT … SELECT … FROM json_each() per table; and the floor: prepared
           INSERTs of the same rows from memory in document order, no JSON. Into
           the empty schema (.read: into no database at all), and over a full database
           of which 1 % of the snapshots differ (.read: after DROP TABLE). Into the empty
           schema also the floor of the order that strata inserts in: the same INSERTs,
           of rows that are sorted already, which is what SQLite itself takes at least.
  merge    of an identical document, and of one of which 1 % of the snapshots differ;
           against an upsert from json_each().
  growth   strata_backup_file(), strata_restore_file() and their floors, on all rows and on
           a tenth of them in turn, more often than the others: runs that lie minutes apart
           would measure how the machine's speed varies.

The time is wall-clock time from the start of the process until its product is on
the disk: a restore syncs by itself (default pragmas, rollback journal, foreign keys
off as the shell has them); the file of an export is synced after the process has
ended, for all alike, and that part is shown. Files that are read are in the page
cache of the system. At the end the rows of every restored database are compared
with the original by a checksum of all values, and the documents with each other.

Exit status: 0, or 1 if a job failed or did not do the whole of its work. A missed
target is no failure.
"""

from __future__ import annotations

import argparse
import json
import os
import shutil
import subprocess
import sys
import tempfile
from dataclasses import dataclass, replace
from pathlib import Path
from typing import NoReturn

sys.dont_write_bytecode = True  # nothing is left in the source tree

import peers  # noqa: E402
import picture  # noqa: E402
import report  # noqa: E402
from jobs import Job, Runner, copy, remove  # noqa: E402

HERE = Path(__file__).resolve().parent
STEPS = (10_000, 30_000, 100_000, 300_000, 1_000_000, 3_000_000, 10_000_000)


def say(text: str) -> None:
    print(text, file=sys.stderr, flush=True)


def fail(text: str) -> NoReturn:
    sys.exit(f"bench: {text}")


def run(command: list[str | Path], script: str = "") -> str:
    """Runs a command of the preparations, which must succeed."""
    done = subprocess.run(command, input=script, capture_output=True, text=True)
    if done.returncode != 0:
        fail(f"{command[0]}: {done.stderr.strip()}")
    return done.stdout


@dataclass(frozen=True)
class Setting:
    """What stays the same for all sizes."""

    work: Path
    tools: Path
    shell: Path
    schema: Path
    extension: Path | None
    functions: frozenset[str]  # those of the extension that are there
    runs: int
    only: str  # what the names of the groups that run begin with

    def has(self, function: str) -> bool:
        return function in self.functions

    def sql(self, database: Path) -> list[str]:
        return [str(self.shell), "-batch", "-bail", str(database)]


@dataclass(frozen=True)
class Data:
    """The databases and documents of one size."""

    rows: int
    key: Path  # rows in key order
    shuffled: Path | None  # the same rows in another order
    changed: Path | None  # as key, but 1 % of the snapshots have another value
    empty: Path
    dump: Path
    document: Path
    changed_document: Path | None
    columns: peers.Schema


def prepare(setting: Setting, rows: int, whole: bool) -> Data:
    """Makes the data of one size; with `whole`, also that of the groups that only the largest has."""
    work, generate = setting.work, setting.tools / "generate"
    say(f"making {rows:,} snapshots …")
    key, empty, dump = work / "key.db", work / "empty.db", work / "dump.sql"
    run([generate, key, str(rows), "key", setting.schema])
    run(setting.sql(empty), setting.schema.read_text(encoding="utf-8"))
    with open(dump, "wb") as file:
        subprocess.run([*setting.sql(key), ".dump"], stdout=file, check=True)
    columns = peers.read_schema(key)
    shuffled = changed = changed_document = None
    if whole:
        shuffled, changed = work / "shuffled.db", work / "changed.db"
        run([generate, shuffled, str(rows), "shuffled", setting.schema])
        copy(key, changed)
        run(setting.sql(changed),
            "UPDATE asset_snapshots SET value = 100000000 + rowid WHERE rowid % 100 = 0;")
        changed_document = make_document(setting, columns, changed, work / "changed.json")
    document = make_document(setting, columns, key, work / "key.json")
    return Data(rows, key, shuffled, changed, empty, dump, document, changed_document, columns)


def make_document(setting: Setting, columns: peers.Schema, database: Path, target: Path) -> Path:
    """Ours where we have one: what json_each() gets is then what we get."""
    if setting.extension and setting.has("strata_backup_file"):
        run(setting.sql(database), peers.export_file(setting.extension, target))
        return target
    ours = setting.extension and setting.has("strata_backup_json")
    script = peers.export_json(setting.extension) if ours else peers.export_sql(columns)
    with open(target, "wb") as file:
        done = subprocess.run(setting.sql(database), input=script.encode(), stdout=file, stderr=subprocess.PIPE)
    if done.returncode != 0:
        fail(f"cannot make a document: {done.stderr.decode(errors='replace').strip()}")
    return target


# -- The jobs ------------------------------------------------------------------


def export_jobs(setting: Setting, data: Data, database: Path) -> list[Job]:
    document, other, dump = (setting.work / name for name in ("ours.json", "peer.json", "peer.sql"))
    shell = setting.sql(database)
    jobs = []
    if setting.extension and setting.has("strata_backup_file"):
        jobs.append(Job(report.EXPORT_FILE, shell, peers.export_file(setting.extension, document),
                        product=document, document=True))
    if setting.extension and setting.has("strata_backup_json"):
        jobs.append(Job(report.EXPORT_JSON, shell, peers.export_json(setting.extension),
                        output=document, product=document, document=True))
    return jobs + [
        Job(report.DUMP, shell, ".dump\n", output=dump, product=dump),
        Job(report.JSON_SQL, shell, peers.export_sql(data.columns), output=other, product=other, document=True),
        Job(report.READ_FLOOR, [str(setting.tools / "floor"), "read", str(database)]),
    ]


def restore_jobs(setting: Setting, data: Data, expect: str, over: Path | None) -> list[Job]:
    """Into the empty schema, or `over` a full database."""
    target, template = setting.work / "target.db", over or data.empty
    shell, wipe = setting.sql(target), over is not None
    ends = {"target": target, "expect": expect}
    jobs = []
    if setting.extension and setting.has("strata_restore_file"):
        jobs.append(Job(report.RESTORE_FILE, shell, peers.restore_file(setting.extension, data.document),
                        template=template, **ends))
    if setting.extension and setting.has("strata_restore_json"):
        jobs.append(Job(report.RESTORE_JSON, shell, peers.restore_json(setting.extension, data.document),
                        template=template, **ends))
    insert = [str(setting.tools / "floor"), "insert", str(data.key), str(target), *(["wipe"] if wipe else [])]
    peers_of_ours = [
        Job(report.DUMP_READ, shell, peers.read_dump(data.dump, wipe=wipe),
            template=template if wipe else None, **ends),
        Job(report.JSON_EACH, shell, peers.restore_sql(data.columns, data.document, wipe=wipe),
            template=template, **ends),
        Job(report.INSERT_FLOOR, insert, template=template, own_clock=True, **ends),
    ]
    if not wipe:
        peers_of_ours.append(Job(report.SWEPT_FLOOR, [*insert, "swept"], template=template, own_clock=True, **ends))
    return jobs + peers_of_ours


def merge_jobs(setting: Setting, data: Data, document: Path, expect: str) -> list[Job]:
    target = setting.work / "target.db"
    ends = {"template": data.key, "target": target, "expect": expect}
    jobs = []
    for function, name, script in (("strata_restore_file", report.RESTORE_FILE, peers.restore_file),
                                   ("strata_restore_json", report.RESTORE_JSON, peers.restore_json)):
        if setting.extension and setting.has(function):
            jobs.append(Job(name, setting.sql(target), script(setting.extension, document, "merge"), **ends))
    upsert = peers.restore_sql(data.columns, document, merge=True)
    return [*jobs, Job(report.JSON_EACH, setting.sql(target), upsert, **ends)]


def of_a_tenth(jobs: list[Job]) -> list[Job]:
    """The jobs of the smaller data, which stand in one group with those of all rows."""
    return [replace(job, name=job.name + report.TENTH, document=False) for job in jobs]


def growth(setting: Setting, runner: Runner, data: Data, expect: str) -> tuple[list[Job], list[Job]]:
    """Exports and restores of all rows and of a tenth of them, ours and the floor."""
    work = setting.work / "tenth"
    work.mkdir()
    smaller = replace(setting, work=work)
    tenth = prepare(smaller, data.rows // 10, False)
    exports = export_jobs(setting, data, data.key) + of_a_tenth(export_jobs(smaller, tenth, tenth.key))
    restores = restore_jobs(setting, data, expect, None) + of_a_tenth(
        restore_jobs(smaller, tenth, runner.checksum(tenth.key), None))
    return ([job for job in exports if job.name in report.GROWING],
            [job for job in restores if job.name in report.GROWING])


def run_size(setting: Setting, runner: Runner, rows: int, whole: bool) -> None:
    data = prepare(setting, rows, whole)
    expect = runner.checksum(data.key)

    def group(name: str, jobs: list[Job], reference: Path, reads: list[Path], runs: int = setting.runs) -> None:
        if name.startswith(setting.only):
            runner.group(rows, name, jobs, runs, reference, reads)

    group(report.EXPORT_KEY, export_jobs(setting, data, data.key), data.key, [data.key])
    if data.shuffled:
        group(report.EXPORT_SHUFFLED, export_jobs(setting, data, data.shuffled), data.key, [data.shuffled])
    sources = [data.key, data.document, data.dump]
    group(report.RESTORE_EMPTY, restore_jobs(setting, data, expect, None), data.key, sources)
    if data.changed and data.changed_document:
        group(report.RESTORE_FULL, restore_jobs(setting, data, expect, data.changed), data.key, sources)
        group(report.MERGE_SAME, merge_jobs(setting, data, data.document, expect), data.key, sources)
        group(report.MERGE_CHANGED,
              merge_jobs(setting, data, data.changed_document, runner.checksum(data.changed)),
              data.changed, [data.key, data.changed_document])
    if whole and rows >= 1000 and setting.only in ("", "growth"):
        exports, restores = growth(setting, runner, data, expect)
        group(report.EXPORT_GROWTH, exports, data.key, sources, 2 * setting.runs + 1)
        group(report.RESTORE_GROWTH, restores, data.key, sources, 2 * setting.runs - 1)
        shutil.rmtree(setting.work / "tenth")
    for path in (data.key, data.shuffled, data.changed, data.empty, data.dump, data.document,
                 data.changed_document):
        remove(path)


# -- Arguments -----------------------------------------------------------------


def arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rows", type=int)
    parser.add_argument("--runs", type=int, default=3)
    parser.add_argument("--only", choices=("export", "restore", "merge", "growth"), default="")
    parser.add_argument("--scaling", action="store_true")
    parser.add_argument("--extension", type=Path)
    parser.add_argument("--sqlite3", default="sqlite3")
    parser.add_argument("--schema", type=Path, default=HERE.parents[1] / "sql" / "schema.sql")
    parser.add_argument("--tools", type=Path)
    parser.add_argument("--dir", type=Path)
    parser.add_argument("--json", type=Path)
    parser.add_argument("--svg", type=Path)
    given = parser.parse_args()
    given.rows = given.rows or (1_000_000 if given.scaling else 100_000)
    if given.rows < 100 or given.runs < 1:
        parser.error("at least 100 rows and one run")
    return given


def compile_tools(target: Path) -> Path:
    for name in ("generate", "floor", "measure"):
        run([os.environ.get("CC", "cc"), "-std=c11", "-O2", "-o", target / name, HERE / f"{name}.c", "-lsqlite3"])
    return target


def find_functions(shell: Path, extension: Path | None) -> frozenset[str]:
    """The functions of the extension, as far as they are there."""
    if not extension:
        return frozenset()
    script = (f'.load "{extension}"\n'
              "SELECT DISTINCT name FROM pragma_function_list WHERE name LIKE 'strata%';\n")
    return frozenset(run([shell, "-batch", "-bail", ":memory:"], script).split())


def sizes(rows: int, scaling: bool) -> list[int]:
    """Ascending."""
    return [step for step in STEPS if step < rows and scaling] + [rows]


def main() -> int:
    given = arguments()
    shell = shutil.which(given.sqlite3) or fail(f"there is no {given.sqlite3}")
    extension = given.extension.resolve() if given.extension else None
    with tempfile.TemporaryDirectory(prefix="strata-bench-", dir=given.dir) as directory:
        work = Path(directory).resolve()
        tools = given.tools.resolve() if given.tools else compile_tools(work)
        setting = Setting(work, tools, Path(shell), given.schema.resolve(), extension,
                          find_functions(Path(shell), extension), given.runs, given.only)
        machine = report.Machine.here(Path(shell), work)
        runner = Runner(tools, work, say)
        for function in (report.EXPORT_FILE, report.EXPORT_JSON, report.RESTORE_FILE, report.RESTORE_JSON):
            if not setting.has(function):
                runner.notes.append(f"Skipped: {function}() is not there.")
                say(runner.notes[-1])
        runner.group(0, report.IDLE, [Job("sqlite3", setting.sql(Path(":memory:")), "SELECT 1;\n")],
                     given.runs, work, [])
        for rows in sizes(given.rows, given.scaling):
            run_size(setting, runner, rows, rows == given.rows)
    print(report.text(runner, machine, given.rows, given.runs))
    if given.json:
        given.json.write_text(json.dumps(report.data(runner, machine, given.runs), indent=1) + "\n")
    if given.svg:
        given.svg.write_text(picture.draw(runner.results, machine.line()), encoding="utf-8")
    return 1 if runner.problems else 0


if __name__ == "__main__":
    sys.exit(main())
