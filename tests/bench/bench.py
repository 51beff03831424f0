#!/usr/bin/env python3
"""The benchmark of strata: how long backup and restore take, against SQLite's own tools.

    tests/bench/bench.py --extension build/strata.so                # about two minutes
    tests/bench/bench.py --extension build/strata.so --rows 1000000 --readme
    tests/bench/bench.py --extension build/strata.so --scaling --svg bench.svg --json bench.json

  --rows N          asset snapshots (default 100,000; with --scaling 1,000,000)
  --runs K          runs of each job; the median counts (default 3)
  --only KIND       only these groups: backup, restore, full or changed
  --keys ORDER      only with random keys (random), or only with keys in order (sorted)
  --without JOB     leave a job out, by its name in the tables ("json": json_each and its
                    like, the slowest peers); may be given again
  --once JOB        run this job only once ("json" as above); may be given again
  --also OTHER.so   the same with another build of the extension, to compare with
  --scaling         also 10,000, 30,000, 100,000 … up to N, for the picture
  --extension PATH  strata.so; without it, or where a function of it is missing, the peers run
                    alone, and the result says so
  --sqlite3 PATH    the shell (default: sqlite3)
  --schema PATH     the tables (default: sql/schema.sql of this repository)
  --tools DIR       where generate, floor, measure and value are (default: they are compiled with cc)
  --dir DIR         where the databases are made, about 3 GB per million rows (default: TMPDIR)
  --json, --svg     write all figures, and a picture of time against rows
  --readme [PATH]   write the figures into README.md beside this file (or into PATH), between
                    its two markers

README.md says what is run, and how to read the figures.

Exit status: 0, or 1 if a job failed or did not do all of its work. A missed target is
not a failure.
"""

from __future__ import annotations

import argparse
import json
import os
import shutil
import sys
import tempfile
import time
from pathlib import Path

sys.dont_write_bytecode = True  # nothing is left in the source tree

import picture  # noqa: E402
import readme  # noqa: E402
import report  # noqa: E402
from groups import Build, Setting, fail, run, run_size  # noqa: E402
from jobs import Job, Runner  # noqa: E402

HERE = Path(__file__).resolve().parent
STEPS = (10_000, 30_000, 100_000, 300_000, 1_000_000, 3_000_000, 10_000_000)
FUNCTIONS = ("strata_backup_file", "strata_backup_json", "strata_restore_file", "strata_restore_json",
             "strata_restore_check", "strata_backup_diff")


def say(text: str) -> None:
    print(text, file=sys.stderr, flush=True)


def arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rows", type=int)
    parser.add_argument("--runs", type=int, default=3)
    parser.add_argument("--only", choices=report.KINDS)
    parser.add_argument("--keys", choices=("random", "sorted"))
    parser.add_argument("--without", action="append", default=[], metavar="JOB")
    parser.add_argument("--once", action="append", default=[], metavar="JOB")
    parser.add_argument("--scaling", action="store_true")
    parser.add_argument("--extension", type=Path)
    parser.add_argument("--also", type=Path)
    parser.add_argument("--sqlite3", default="sqlite3")
    parser.add_argument("--schema", type=Path, default=HERE.parents[1] / "sql" / "schema.sql")
    parser.add_argument("--tools", type=Path)
    parser.add_argument("--dir", type=Path)
    parser.add_argument("--json", type=Path)
    parser.add_argument("--svg", type=Path)
    parser.add_argument("--readme", type=Path, nargs="?", const=HERE / "README.md")
    given = parser.parse_args()
    given.rows = given.rows or (1_000_000 if given.scaling else 100_000)
    if given.rows < 100 or given.runs < 1:
        parser.error("at least 100 rows and one run")
    for name in {*given.without, *given.once} - {"json", *report.JOBS}:
        parser.error(f"there is no job {name!r}: there are json, {', '.join(report.JOBS)}")
    return given


def compile_tools(target: Path) -> Path:
    for name in ("generate", "floor", "measure", "value"):
        run([os.environ.get("CC", "cc"), "-std=c11", "-O2", "-o", target / name, HERE / f"{name}.c", "-lsqlite3"])
    return target


def find_builds(shell: Path, *given: tuple[Path | None, str]) -> tuple[Build, ...]:
    """With the functions of the extension, as far as they are there."""
    builds = []
    for path, label in given:
        if path:
            script = (f'.load "{path.resolve()}"\n'
                      "SELECT name FROM pragma_function_list WHERE name LIKE 'strata%'"
                      " UNION SELECT name FROM pragma_module_list WHERE name LIKE 'strata%';\n")
            functions = frozenset(run([shell, "-batch", "-bail", ":memory:"], script).split())
            builds.append(Build(path.resolve(), label, functions))
    return tuple(builds)


def note_what_is_missing(runner: Runner, builds: tuple[Build, ...]) -> None:
    if not builds:
        runner.notes.append("Without the extension: the peers alone.")
    for build in builds:
        which = "the other build" if build.label else "the extension"
        runner.notes += [f"Skipped: {which} has no {name}()." for name in FUNCTIONS if not build.has(name)]
        if not build.has("strata_file"):
            runner.notes.append(f"Without strata_file(), {which} reads a document to be checked or compared whole.")
    for note in runner.notes:
        say(note)


def chosen(names: list[str]) -> frozenset[str]:
    return frozenset(job for name in names for job in (report.SLOW if name == "json" else (name,)))


def sizes(rows: int, scaling: bool) -> list[int]:
    """Ascending."""
    return [step for step in STEPS if step < rows and scaling] + [rows]


def main() -> int:
    given, start = arguments(), time.monotonic()
    shell = Path(shutil.which(given.sqlite3) or fail(f"there is no {given.sqlite3}"))
    with tempfile.TemporaryDirectory(prefix="strata-bench-", dir=given.dir) as directory:
        work = Path(directory).resolve()
        tools = given.tools.resolve() if given.tools else compile_tools(work)
        builds = find_builds(shell, (given.extension, ""), (given.also, report.ALSO))
        orders = {"random": (report.RANDOM,), "sorted": (report.SORTED,)}.get(given.keys, report.ORDERS)
        setting = Setting(work, tools, shell, given.schema.resolve(), builds, given.runs,
                          frozenset([given.only] if given.only else report.KINDS), orders,
                          chosen(given.without), chosen(given.once))
        machine = report.Machine.here(shell, work)
        runner = Runner(tools, work, say)
        note_what_is_missing(runner, builds)
        runner.group(0, report.IDLE, [Job("sqlite3", setting.sql(Path(":memory:")), "SELECT 1;\n")],
                     given.runs, work, [])
        for rows in sizes(given.rows, given.scaling):
            run_size(setting, runner, rows, rows == given.rows)
    print(report.text(runner, machine, given.rows, given.runs))
    say(f"{time.monotonic() - start:.0f} seconds")
    if given.json:
        given.json.write_text(json.dumps(report.data(runner, machine, given.runs), indent=1) + "\n")
    if given.svg:
        given.svg.write_text(picture.draw(runner.results, machine.line()), encoding="utf-8")
    if given.readme:
        readme.rewrite(given.readme, report.Figures(runner.results), machine, given.rows, given.runs)
    return 1 if runner.problems else 0


if __name__ == "__main__":
    sys.exit(main())
