"""Runs the benchmark's jobs, in turn, each in a process of its own, and checks them.

A job is one way to do something ("backup, random keys" by ".dump"). The jobs of a
group run in turn, A B C A B C …, so that whatever else the machine does affects all of
them alike. Before the first round the files that they read are read once; nothing else
is warmer than it would be for a user, and every round counts. A job that changes a
database gets a fresh copy of it for every run, on the disk before the clock starts.
"""

from __future__ import annotations

import hashlib
import os
import re
import shutil
import sqlite3
import statistics
import subprocess
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

import peers


@dataclass(frozen=True)
class Sums:
    """What floor sum says of a database."""

    rows: str  # the same for the same rows in any order
    order: str  # the same for the same rows in the same order


@dataclass(frozen=True)
class Job:
    name: str
    command: list[str]
    script: str = ""  # standard input
    output: Path | None = None  # where standard output goes, if it is the product
    product: Path | None = None  # the file that is forced to the disk after the command
    template: Path | None = None  # the database that `target` is a fresh copy of
    target: Path | None = None
    expect: Sums | None = None  # what `target` must hold afterwards,
    ordered: bool = False  # in this order too
    exact: bool = True  # other rows than those are a problem, and not only worth a line
    answer: str | None = None  # the first line that the command must print
    document: bool = False  # the product is a document, and must hold what the others hold
    own_clock: bool = False  # the command says itself how long its timed part took
    times: int = 1  # runs in each round: more where one is too short to be measured well
    rounds: int | None = None  # in no more rounds than this


@dataclass(frozen=True)
class Sample:
    seconds: float  # until the command ended
    sync: float  # and then until its product was on the disk
    cpu: float
    peak: int  # bytes of resident memory
    cache: int | None  # bytes of SQLite's page cache at its largest, where the shell says so

    @property
    def total(self) -> float:
        return self.seconds + self.sync


@dataclass
class Result:
    """All runs of a job."""

    rows: int
    group: str
    job: str
    samples: list[Sample] = field(default_factory=list)
    error: str | None = None
    size: int = 0  # bytes of the product

    @property
    def median(self) -> float:
        return statistics.median(sample.total for sample in self.samples)

    @property
    def span(self) -> tuple[float, float]:
        totals = [sample.total for sample in self.samples]
        return min(totals), max(totals)

    @property
    def sync(self) -> float:
        return statistics.median(sample.sync for sample in self.samples)

    @property
    def cpu(self) -> float:
        return statistics.median(sample.cpu for sample in self.samples)

    @property
    def peak(self) -> int:
        return max(sample.peak for sample in self.samples)

    @property
    def cache(self) -> int | None:
        caches = [sample.cache for sample in self.samples if sample.cache is not None]
        return max(caches) if caches else None

    @property
    def beyond_cache(self) -> int | None:
        """The most that a run had beyond its page cache."""
        rest = [sample.peak - sample.cache for sample in self.samples if sample.cache is not None]
        return max(rest) if rest else None


def numbers(line: str) -> dict[str, float]:
    """{"seconds": 1.5, …} from "seconds=1.5 …"."""
    return {name: float(value) for name, value in re.findall(r"(\w+)=([\d.]+)", line)}


def copy(source: Path, target: Path) -> None:
    """A fresh copy, on the disk before the clock starts."""
    shutil.copyfile(source, target)
    with open(target, "rb") as file:
        os.fsync(file.fileno())


def remove(path: Path | None) -> None:
    """With the journal that a database whose writer failed may have left."""
    if path:
        path.unlink(missing_ok=True)
        Path(f"{path}-journal").unlink(missing_ok=True)


def warm(paths: list[Path]) -> None:
    for path in paths:
        with open(path, "rb") as file:
            while file.read(1 << 20):
                pass


class Runner:
    def __init__(self, tools: Path, work: Path, say: Callable[[str], None]) -> None:
        self.tools, self.work, self.say = tools, work, say
        self.results: list[Result] = []
        self.notes: list[str] = []  # what was left out
        self.problems: list[str] = []
        self.inexact: list[str] = []  # what jobs ended with that need not be exact
        self._right: dict[str, list[str]] = {}  # group: jobs whose database was right, its order included
        self._same_rows: dict[str, list[str]] = {}  # the same but for the order
        self._documents: dict[str, dict[str, list[str]]] = {}  # group: digest: who wrote it

    def checksum(self, database: Path) -> Sums:
        done = subprocess.run([self.tools / "floor", "sum", database], capture_output=True, text=True)
        found = dict(re.findall(r"(\w+)=(\w+)", done.stdout))
        if done.returncode != 0:
            return Sums(done.stderr.strip(), "")
        return Sums(f"{found['rows']} {found['count']}", found["order"])

    def group(self, rows: int, group: str, jobs: list[Job], runs: int, reference: Path,
              reads: list[Path]) -> list[Result]:
        """Runs the jobs in turn. `reference` is the database that was read or is expected."""
        self.say(f"{group}, {rows:,} snapshots …")
        results = [Result(rows, group, job.name) for job in jobs]
        warm([*reads, *(job.template for job in jobs if job.template)])
        for run in range(runs):
            for job, result in zip(jobs, results):
                rounds = min(runs, job.rounds or runs)
                for time in range(job.times if run < rounds else 0):
                    if result.error:
                        break
                    self._once(job, result)
                    if run == rounds - 1 and time == job.times - 1 and not result.error:
                        self._check(job, result, reference)
                    remove(job.product)
                    remove(job.target)
        self.results += results
        return results

    def _once(self, job: Job, result: Result) -> None:
        if job.target and job.template:
            copy(job.template, job.target)
        output = job.output or self.work / "stdout.txt"
        script = self.work / "script.sql"
        script.write_text(job.script, encoding="utf-8")
        with open(script, "rb") as stdin:
            done = subprocess.run([self.tools / "measure", output, job.product or "-", *job.command],
                                  stdin=stdin, capture_output=True, text=True,
                                  env={**os.environ, "HOME": str(self.work)})  # nobody's ~/.sqliterc
        measured = numbers(done.stdout)
        if done.returncode != 0 or measured.get("status") != 0:
            result.error = (done.stderr.strip().splitlines() or ["failed without a word"])[0]
            self.problems.append(f"{result.group}: {job.name}: {result.error}")
            return
        # A backup's output is the product itself, which is no text to look for figures in.
        words = "" if job.output else output.read_text(encoding="utf-8", errors="replace")
        said = (words.splitlines() or [""])[0]
        if job.answer is not None and said != job.answer:
            result.error = f"answered {said!r}, not {job.answer!r}"
            self.problems.append(f"{result.group}: {job.name}: {result.error}")
            return
        if job.own_clock:
            measured |= numbers(words)
        cache = re.search(r"Pcache Overflow Bytes:.*\(max (\d+)\)", words)
        result.samples.append(Sample(measured["seconds"], measured["sync"], measured["cpu"],
                                     int(measured["peak_kb"]) * 1024, int(cache[1]) if cache else None))
        if job.product:
            result.size = job.product.stat().st_size

    # -- Did every job do the whole of its work? -------------------------------

    def _check(self, job: Job, result: Result, reference: Path) -> None:
        where = f"{result.rows:,} snapshots, {result.group}"
        if job.expect and job.target:
            found = self.checksum(job.target)
            if found == job.expect:
                self._right.setdefault(where, []).append(job.name)
            elif found.rows == job.expect.rows and not job.ordered:
                self._same_rows.setdefault(where, []).append(job.name)
            elif found.rows == job.expect.rows:
                self.problems.append(f"{where}: {job.name}: the same rows, but in another order")
            else:
                found_out = self.problems if job.exact else self.inexact
                found_out.append(f"{where}: {job.name}: other rows than expected: "
                                 f"{self._differences(job.target, reference)}")
        if job.document and job.product:
            written = self._documents.setdefault(where, {})
            written.setdefault(_digest(job.product), []).append(job.name)
            if len(written) > 1:
                self.problems.append(f"{where}: {job.name}: another document than the others wrote")

    def checks(self) -> list[str]:
        """What was compared and found right, in words."""
        said = [f"{where}: {what}: {', '.join(names)}"
                for what, found in (("the same rows in the same order", self._right),
                                    ("the same rows, in another order", self._same_rows))
                for where, names in found.items()]
        return said + [f"{where}: the same document: {', '.join(names)}"
                       for where, written in self._documents.items() for names in written.values()
                       if len(names) > 1]

    def _differences(self, database: Path, reference: Path) -> str:
        """In how many rows of which tables; EXCEPT both ways."""
        connection = sqlite3.connect(database)
        found = []
        try:
            connection.execute("ATTACH ? AS reference", (str(reference),))
            for _, table, _ in peers.TABLES:
                sides = (f"main.{table}", f"reference.{table}")
                extra, missing = (connection.execute(
                    f"SELECT count(*) FROM (SELECT * FROM {a} EXCEPT SELECT * FROM {b})").fetchone()[0]
                    for a, b in (sides, sides[::-1]))
                if extra or missing:
                    found.append(f"{table}: {extra} rows too many, {missing} missing")
        except sqlite3.Error as error:
            found.append(str(error))
        finally:
            connection.close()
        return "; ".join(found) or "the values are equal, their storage classes are not"


def _digest(document: Path) -> str:
    """Of what a document holds: without line breaks, which stand between rows, and without its time."""
    text = document.read_bytes().replace(b"\n", b"")
    return hashlib.sha256(text[max(text.find(b'"data"'), 0):]).hexdigest()
