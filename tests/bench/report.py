"""The benchmark's results in words and figures: tables, ratios, targets, the machine."""

from __future__ import annotations

import os
import platform
import subprocess
from dataclasses import asdict, dataclass
from pathlib import Path

from jobs import Result, Runner

# Groups.
IDLE = "an idle shell"
EXPORT_KEY = "export, rows in key order"
EXPORT_SHUFFLED = "export, rows not in key order"
RESTORE_EMPTY = "restore into the empty schema"
RESTORE_FULL = "restore over a full database"
MERGE_SAME = "merge of an identical document"
MERGE_CHANGED = "merge of a document with 1 % changed"
EXPORT_GROWTH = "growth of an export from a tenth of the rows"
RESTORE_GROWTH = "growth of a restore from a tenth of the rows"

# Jobs.
EXPORT_FILE = "strata_backup_file"
EXPORT_JSON = "strata_backup_json"
RESTORE_FILE = "strata_restore_file"
RESTORE_JSON = "strata_restore_json"
DUMP = ".dump"
DUMP_READ = ".read of the dump"
JSON_SQL = "json_group_array"
JSON_EACH = "json_each"
READ_FLOOR = "floor: read"
INSERT_FLOOR = "floor: insert"
SWEPT_FLOOR = "floor: insert, sorted"

TENTH = " /10"  # what the name of a job on a tenth of the rows ends with
GROWING = tuple(name + end for name in (EXPORT_FILE, RESTORE_FILE, READ_FLOOR, INSERT_FLOOR) for end in ("", TENTH))

OURS = (EXPORT_FILE, EXPORT_JSON, RESTORE_FILE, RESTORE_JSON)
TARGET_ROWS = 1_000_000
MB = 1_000_000


@dataclass(frozen=True)
class Target:
    """Ours in `group`, divided by `against` in `other` (default: the same group), at most `limit`."""

    group: str
    against: str
    limit: float
    why: str
    other: str | None = None


TARGETS: tuple[Target, ...] = (
    Target(EXPORT_KEY, DUMP, 0.7, "a dump reads the same rows and writes about as much text"),
    Target(EXPORT_KEY, READ_FLOOR, 2.2, "reading is inevitable; printing may cost as much again"),
    Target(EXPORT_SHUFFLED, DUMP, 2.0, "a dump need not put the rows in key order, the document must"),
    Target(EXPORT_KEY, JSON_SQL, 0.5, "the same document by SQLite's own JSON"),
    Target(EXPORT_SHUFFLED, JSON_SQL, 0.5, "the same document by SQLite's own JSON"),
    Target(RESTORE_EMPTY, INSERT_FLOOR, 1.0, "inserting in a better order pays for the JSON"),
    Target(RESTORE_EMPTY, DUMP_READ, 0.5, "a dump is SQL to be parsed, statement by statement"),
    Target(RESTORE_EMPTY, JSON_EACH, 0.2, "the same rows by SQLite's own JSON"),
    Target(RESTORE_FULL, "ours", 1.5, "wiping is much cheaper than filling", RESTORE_EMPTY),
    Target(MERGE_SAME, "ours", 0.6, "rows that are the same are not written", RESTORE_EMPTY),
)
# Growth from a tenth of the rows: ours, and the floor's.
GROWTH: dict[str, tuple[str, str, float, str]] = {
    EXPORT_GROWTH: (EXPORT_FILE, READ_FLOOR, 12,
                    "linear, and a little for what no longer fits the processor's caches"),
    RESTORE_GROWTH: (RESTORE_FILE, INSERT_FLOOR, 18,
                     "the floor itself grows 16-fold: its index no longer fits the caches"),
}
# Bytes, whatever the number of rows.
MEMORY: dict[str, tuple[float, str]] = {
    EXPORT_KEY: (32 * MB, "an export streams: all of the process, shell and page cache included"),
    EXPORT_SHUFFLED: (32 * MB, "an export streams: all of the process, shell and page cache included"),
    RESTORE_EMPTY: (48 * MB, "a restore from a file streams: beyond the page cache"),
    RESTORE_FULL: (48 * MB, "a restore from a file streams: beyond the page cache"),
}


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
        """`job` may be "ours": the one for files, or else the one for text."""
        for name in OURS if job == "ours" else (job,):
            for result in self.results:
                if (result.rows, result.group, result.job) == (rows, group, name):
                    return result
        return None

    def ratio(self, a: Result | None, b: Result | None) -> float | None:
        return a.median / b.median if a and b else None


def text(runner: Runner, machine: Machine, rows: int, runs: int) -> str:
    figures = Figures(runner.results)
    lines = [machine.line(), *runner.notes,
             f"Median of {runs} runs; the fastest and the slowest beside it. Every run is a process of its own.",
             "seconds: until the product is on the disk; sync: of these, for forcing an export's file there",
             "(little is left where the exporter has done so itself). MB: 1,000,000 bytes, the most of any run;",
             f"peak: resident memory of the process ({_idle(figures)}; floor: insert holds all rows",
             "by design); cache: of that, SQLite's page cache, where the shell tells; beyond: peak without it."]
    for size in sorted({result.rows for result in runner.results if result.rows}):
        for group in dict.fromkeys(result.group for result in runner.results if result.rows == size):
            lines += ["", *_table(figures, runner.results, size, group)]
    lines += ["", *_targets(figures, rows), "", "Checked after the last run of each job:"]
    lines += [f"  {check}" for check in runner.checks()]
    lines += [f"  PROBLEM {problem}" for problem in runner.problems]
    return "\n".join(lines)


def _idle(figures: Figures) -> str:
    idle = figures.find(0, IDLE, "sqlite3")
    return f"an idle sqlite3 takes {idle.median:.3f} s and {idle.peak / MB:.1f} MB" if idle else "no idle shell"


def _table(figures: Figures, results: list[Result], rows: int, group: str) -> list[str]:
    ours = figures.find(rows, group, "ours")
    against = f"{ours.job} / this" if ours else ""
    lines = [f"{group}, {rows:,} snapshots",
             f"  {'':24}{'seconds':>9}{'min':>8}{'max':>8}{'cpu':>8}{'sync':>7}{'peak MB':>9}{'cache':>7}"
             f"{'beyond':>8}  {against}"]
    for result in (each for each in results if (each.rows, each.group) == (rows, group)):
        if result.error or not result.samples:
            lines.append(f"  {result.job:24} failed: {result.error}")
            continue
        low, high = result.span
        ratio = figures.ratio(ours, result) if result is not ours else None
        lines.append(f"  {result.job:24}{result.median:9.3f}{low:8.3f}{high:8.3f}{result.cpu:8.3f}"
                     f"{result.sync:7.3f}{_mb(result.peak):>9}{_mb(result.cache):>7}{_mb(result.beyond_cache):>8}"
                     + (f"  {ratio:.2f}" if ratio is not None else ""))
    return lines


def _mb(size: int | None) -> str:
    return "-" if size is None else f"{size / MB:.1f}"


def rate(figures: Figures, rows: int) -> list[tuple[str, str, float | None, float, str, str]]:
    """Every target: what, against what, the figure, the limit, its unit, the reason."""
    found = []
    for target in TARGETS:
        other = target.other or target.group
        value = figures.ratio(figures.find(rows, target.group, "ours"), figures.find(rows, other, target.against))
        against = other if target.other else target.against
        found.append((target.group, against, value, target.limit, "", target.why))
    for group, (ours, floor, limit, why) in GROWTH.items():
        value, inevitable = (figures.ratio(figures.find(rows, group, job), figures.find(rows, group, job + TENTH))
                             for job in (ours, floor))
        against = f"a tenth (the floor: {inevitable:.2f})" if inevitable else "a tenth"
        found.append((group, against, value, limit, "", why))
    for group, (limit, why) in MEMORY.items():
        export = group in (EXPORT_KEY, EXPORT_SHUFFLED)
        result = figures.find(rows, group, EXPORT_FILE if export else RESTORE_FILE)
        size = None if result is None else result.peak if export else result.beyond_cache
        found.append((group, "peak memory", size and size / MB, limit / MB, " MB", why))
    return found


def _targets(figures: Figures, rows: int) -> list[str]:
    binding = rows >= TARGET_ROWS
    lines = [f"Targets{'' if binding else f', which hold for {TARGET_ROWS:,} snapshots and more'}",
             f"  {'ours':46}{'against':31}{'is':>9}{'at most':>10}"]
    for group, against, value, limit, unit, _ in rate(figures, rows):
        verdict = "" if value is None or not binding else "  met" if value <= limit else "  MISSED"
        shown = "-" if value is None else f"{value:.2f}{unit}" if not unit else f"{value:.1f}{unit}"
        lines.append(f"  {group:46}{against:31}{shown:>9}{f'{limit:g}{unit}':>10}{verdict}")
    return lines


def data(runner: Runner, machine: Machine, runs: int) -> dict[str, object]:
    """Everything, for programs."""
    figures = Figures(runner.results)
    largest = max(result.rows for result in runner.results)
    keys = ("what", "against", "value", "limit", "unit", "why")
    return {
        "machine": asdict(machine),
        "runs": runs,
        "targets": [dict(zip(keys, each)) for each in rate(figures, largest)],
        "results": [asdict(result) | {"median": result.median if result.samples else None}
                    for result in runner.results],
        "notes": runner.notes,
        "checks": runner.checks(),
        "problems": runner.problems,
    }
