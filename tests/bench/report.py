"""The benchmark's results in words and figures: tables, ratios, targets, the machine."""

from __future__ import annotations

import os
import platform
import subprocess
from dataclasses import asdict, dataclass
from pathlib import Path

from jobs import Result, Runner

# Orders of the rows: the one that real databases have, and the other one.
RANDOM = "random keys"
SORTED = "keys in order"
ORDERS = (RANDOM, SORTED)

# Kinds of groups; a group is of one kind and one order.
IDLE = "an idle shell"
BACKUP, RESTORE, FULL, CHANGED = KINDS = ("backup", "restore", "full", "changed")
TITLES = {BACKUP: "backup",
          RESTORE: "restore into the empty schema; check; merge and diff without differences",
          FULL: "restore over a full database",
          CHANGED: "merge and diff, 1 % differs"}


def group(kind: str, order: str) -> str:
    return f"{TITLES[kind]} ({order})"


# Jobs.
BACKUP_FILE = "strata_backup_file"
BACKUP_VALUE = "strata_backup_json"
BACKUP_HOST = "strata_backup_json, C program"
RESTORE_FILE = "strata_restore_file"
RESTORE_VALUE = "strata_restore_json"
NEW_DATABASE = "strata_restore_file, new database"
RESTORE_CACHED = "strata_restore_file, large cache"
CHECK = "strata_restore_check"
MERGE = "merge"
DIFF = "strata_backup_diff"
DUMP = ".dump"
DUMP_READ = ".read of the dump"
DUMP_READ_CACHED = ".read of the dump, large cache"
JSON_SQL = "json_group_array"
JSON_EACH = "json_each"
JSON_UPSERT = "upsert from json_each"
READ_FLOOR = "floor: read"
INSERT_FLOOR = "floor: insert"
SWEPT_FLOOR = "floor: insert, sorted"
OWN = (BACKUP_FILE, BACKUP_VALUE, BACKUP_HOST, RESTORE_FILE, RESTORE_VALUE, NEW_DATABASE, RESTORE_CACHED, CHECK, MERGE,
       DIFF)
SLOW = (JSON_SQL, JSON_EACH, JSON_UPSERT)
JOBS = (*OWN, DUMP, DUMP_READ, DUMP_READ_CACHED, *SLOW, READ_FLOOR, INSERT_FLOOR, SWEPT_FLOOR)

ALSO = " (other)"  # what the name of a job of the other build ends with
TENTH = " /10"  # what the name of a job on a tenth of the rows ends with
GROWING = (BACKUP_FILE, RESTORE_FILE, READ_FLOOR, INSERT_FLOOR)

TARGET_ROWS = 1_000_000
MB = 1_000_000


@dataclass(frozen=True)
class Target:
    """The figure of `job` in groups of this kind, compared with that of `against`, is at most `limit`."""

    kind: str
    job: str
    against: str
    limit: float
    why: str
    unit: str = ""  # " MB": peak memory and nothing to compare with; "x": peak memory against the document's size


TARGETS: tuple[Target, ...] = (
    Target(BACKUP, BACKUP_FILE, DUMP, 0.55, "a dump reads the same rows and writes about as much text"),
    Target(BACKUP, BACKUP_FILE, READ_FLOOR, 1.8, "reading is inevitable; printing costs less than reading"),
    Target(BACKUP, BACKUP_VALUE, DUMP, 0.7, "the value is memory, which the system has to hand out"),
    Target(RESTORE, NEW_DATABASE, DUMP_READ, 0.8, "both make the indexes last; a dump is SQL to be parsed, statement by statement"),
    Target(RESTORE, RESTORE_FILE, DUMP_READ, 0.8, "a dump is SQL to be parsed, but it makes its indexes last"),
    Target(RESTORE, RESTORE_CACHED, DUMP_READ_CACHED, 0.8, "the same, where the indexes fit into memory"),
    Target(FULL, RESTORE_FILE, DUMP_READ, 0.8, "a dump is SQL to be parsed, but it makes its indexes last"),
    Target(RESTORE, CHECK, RESTORE_FILE, 1.2, "a check does the restore and takes it back"),
    Target(RESTORE, MERGE, RESTORE_FILE, 0.6, "rows that are the same are not written"),
    Target(RESTORE, DIFF, RESTORE_FILE, 0.9, "nothing is written, every row is looked up"),
    Target(BACKUP, BACKUP_FILE, "a tenth of the rows", 12, "linear, and a little for the processor's caches"),
    Target(RESTORE, RESTORE_FILE, "a tenth of the rows", 18, "the floor grows as much: its index outgrows the caches"),
    Target(BACKUP, BACKUP_VALUE, "the document", 1.1, "the value is the only copy", "x"),
    Target(BACKUP, BACKUP_HOST, "the document", 1.1, "the value is the only copy", "x"),
    Target(BACKUP, BACKUP_FILE, "peak memory", 10, "it streams: shell and page cache included", " MB"),
    Target(RESTORE, RESTORE_FILE, "peak memory", 25, "it streams: shell and page cache included", " MB"),
    Target(FULL, RESTORE_FILE, "peak memory", 25, "it streams: shell and page cache included", " MB"),
    Target(RESTORE, CHECK, "peak memory", 25, "as a restore", " MB"),
    Target(RESTORE, MERGE, "peak memory", 25, "as a restore", " MB"),
    Target(RESTORE, DIFF, "peak memory", 25, "as a restore", " MB"),
)
# What growth from a tenth of the rows is at least: the floor's.
FLOORS = {BACKUP_FILE: READ_FLOOR, RESTORE_FILE: INSERT_FLOOR}


@dataclass(frozen=True)
class Machine:
    processor: str
    cores: int
    memory: int
    system: str
    sqlite: str
    file_system: str
    load: float  # when the benchmark began: what else the machine did

    @classmethod
    def here(cls, shell: Path, work: Path) -> Machine:
        version = subprocess.run([shell, "--version"], capture_output=True, text=True).stdout.split()[0]
        kinds = subprocess.run(["df", "--output=fstype", work], capture_output=True, text=True).stdout.split()
        return cls(_processor(), os.cpu_count() or 0, os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES"),
                   f"{platform.system()} {platform.machine()}", version, (kinds or ["an unknown file system"])[-1],
                   os.getloadavg()[0])

    def line(self) -> str:
        return (f"{self.processor}, {self.cores} cores, {self.memory / 2**30:.0f} GiB, {self.system},"
                f" files on {self.file_system}, SQLite {self.sqlite}, load {self.load:.1f} at the start")


def _processor() -> str:
    try:
        for line in Path("/proc/cpuinfo").read_text().splitlines():
            if line.startswith("model name"):
                return line.split(":", 1)[1].strip()
    except OSError:
        pass
    return platform.processor() or "unknown processor"


class Figures:
    """The results by rows, group and job."""

    def __init__(self, results: list[Result]) -> None:
        self.results = [result for result in results if result.samples and not result.error]

    def find(self, rows: int, group: str, job: str) -> Result | None:
        for result in self.results:
            if (result.rows, result.group, result.job) == (rows, group, job):
                return result
        return None

    def ratio(self, a: Result | None, b: Result | None) -> float | None:
        return a.median / b.median if a and b else None

    def value(self, target: Target, rows: int, order: str, label: str = "") -> float | None:
        """The figure of a target, for the jobs of the build with this label."""
        where = group(target.kind, order)
        ours = self.find(rows, where, target.job + label)
        if target.unit == " MB":
            return ours.peak / MB if ours else None
        if target.unit == "x":
            document = self.find(rows, where, BACKUP_FILE + label) or self.find(rows, where, BACKUP_HOST + label)
            return ours.peak / document.size if ours and document else None
        if target.against == "a tenth of the rows":
            return self.ratio(ours, self.find(rows, where, target.job + label + TENTH))
        against = target.against + (label if target.against in OWN else "")
        return self.ratio(ours, self.find(rows, where, against))

    def growth(self, target: Target, rows: int, order: str) -> float | None:
        """What the floor of a target of growth is, which is a target of no job."""
        if target.against != "a tenth of the rows":
            return None
        where, floor = group(target.kind, order), FLOORS[target.job]
        return self.ratio(self.find(rows, where, floor), self.find(rows, where, floor + TENTH))


def text(runner: Runner, machine: Machine, rows: int, runs: int) -> str:
    figures = Figures(runner.results)
    lines = [machine.line(), *runner.notes,
             f"Median of {runs} runs; the fastest and the slowest beside it. Every run is a process of its own.",
             "seconds: until the product is on the disk; sync: of these, for forcing a backup's file there",
             "(little is left where the writer has done so itself). MB: 1,000,000 bytes, the most of any run;",
             f"peak: resident memory of the process ({_idle(figures)}; floor: insert holds all rows",
             "by design); cache: of that, SQLite's page cache, where the shell tells.",
             "Ratios: the first job of the group over this one."]
    for size in sorted({result.rows for result in runner.results if result.rows}):
        for name in dict.fromkeys(result.group for result in runner.results if result.rows == size):
            lines += ["", *_table(figures, runner.results, size, name, runs)]
    lines += ["", *_targets(figures, rows)]
    if any(result.job.endswith(ALSO) for result in figures.results):
        lines += ["", *_builds(figures)]
    lines += ["", "Checked after the last run of each job:"]
    lines += [f"  {check}" for check in runner.checks()]
    lines += [f"  INEXACT {each}" for each in runner.inexact]
    lines += [f"  PROBLEM {problem}" for problem in runner.problems]
    return "\n".join(lines)


def _idle(figures: Figures) -> str:
    idle = figures.find(0, IDLE, "sqlite3")
    return f"an idle sqlite3 takes {idle.median:.3f} s and {idle.peak / MB:.1f} MB" if idle else "no idle shell"


def _table(figures: Figures, results: list[Result], rows: int, name: str, runs: int) -> list[str]:
    mine = [each for each in results if (each.rows, each.group) == (rows, name)]
    first = figures.find(rows, name, mine[0].job)
    lines = [f"{name}, {rows:,} snapshots",
             f"  {'':32}{'seconds':>9}{'min':>8}{'max':>8}{'cpu':>8}{'sync':>7}{'peak MB':>9}{'cache':>7}   ratio"]
    for result in mine:
        if result.error or not result.samples:
            lines.append(f"  {result.job:32} failed: {result.error}")
            continue
        low, high = result.span
        ratio = figures.ratio(first, result) if result is not first else None
        lines.append(f"  {result.job:32}{result.median:9.3f}{low:8.3f}{high:8.3f}{result.cpu:8.3f}"
                     f"{result.sync:7.3f}{_mb(result.peak):>9}{_mb(result.cache):>7}"
                     + (f"{ratio:8.2f}" if ratio is not None else "")
                     + ("  (1 run)" if len(result.samples) == 1 < runs else ""))
    return lines


def _mb(size: int | None) -> str:
    return "-" if size is None else f"{size / MB:.1f}"


def describe(target: Target) -> tuple[str, str]:
    """What is compared, and with what."""
    return target.job + (", over a full database" if target.kind == FULL else ""), target.against


def show(value: float | None, unit: str) -> str:
    return "-" if value is None else f"{value:.1f} MB" if unit == " MB" else f"{value:.2f}"


def _targets(figures: Figures, rows: int) -> list[str]:
    """One line each, for both orders."""
    binding = rows >= TARGET_ROWS
    lines = [f"Targets{'' if binding else f', which hold for {TARGET_ROWS:,} snapshots and more'}",
             f"  {'':42}{'against':31}{'at most':>9}" + "".join(f"{order:>24}" for order in ORDERS)]
    for target in TARGETS:
        job, against = describe(target)
        limit = f"{target.limit:g}{target.unit if target.unit == ' MB' else ''}"
        line = f"  {job:42}{against:31}{limit:>9}"
        for order in ORDERS:
            value, floor = figures.value(target, rows, order), figures.growth(target, rows, order)
            verdict = "" if value is None or not binding else " met" if value <= target.limit else " MISSED"
            beside = f" (floor {floor:.1f})" if floor else ""
            line += f"{show(value, target.unit) + beside:>17}{verdict:<7}"
        lines.append(line.rstrip())
    return lines


def _builds(figures: Figures) -> list[str]:
    """This build beside the other one."""
    lines = ["This build and the other one", f"  {'':32}{'this, s':>9}{'other':>9}{'ratio':>7}{'MB':>9}{'other':>9}"]
    for name in dict.fromkeys(result.group for result in figures.results):
        pairs = [(result, figures.find(result.rows, name, result.job + ALSO))
                 for result in figures.results if result.group == name]
        if any(other for _, other in pairs):
            lines.append(f"  {name}")
        for result, other in pairs:
            if other:
                lines.append(f"    {result.job:30}{result.median:9.3f}{other.median:9.3f}"
                             f"{result.median / other.median:7.2f}{_mb(result.peak):>9}{_mb(other.peak):>9}")
    return lines


def data(runner: Runner, machine: Machine, runs: int) -> dict[str, object]:
    """Everything, for programs."""
    figures = Figures(runner.results)
    largest = max(result.rows for result in runner.results)
    return {
        "machine": asdict(machine),
        "runs": runs,
        "targets": [asdict(target) | {"values": {order: figures.value(target, largest, order) for order in ORDERS}}
                    for target in TARGETS],
        "results": [asdict(result) | {"median": result.median if result.samples else None}
                    for result in runner.results],
        "notes": runner.notes,
        "checks": runner.checks(),
        "inexact": runner.inexact,
        "problems": runner.problems,
    }
