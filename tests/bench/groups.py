"""The jobs: the data that they run on, and the groups that they run in.

Everything is done for two orders of rows: as the app creates them, with random keys
(real databases are like that), and sorted by key.
"""

from __future__ import annotations

import shutil
import subprocess
import sys
from dataclasses import dataclass, replace
from pathlib import Path
from typing import NoReturn

import peers
import picture
import report
from jobs import Job, Runner, Sums, copy, remove


def fail(text: str) -> NoReturn:
    sys.exit(f"bench: {text}")


def run(command: list[str | Path], script: str = "") -> str:
    """Runs a command of the preparations, which must succeed."""
    done = subprocess.run(command, input=script, capture_output=True, text=True)
    if done.returncode != 0:
        fail(f"{command[0]}: {done.stderr.strip()}")
    return done.stdout


@dataclass(frozen=True)
class Build:
    """A build of the extension."""

    path: Path
    label: str  # what the names of its jobs end with: nothing, or report.ALSO
    functions: frozenset[str]  # those that are there, table-valued ones included

    def has(self, function: str) -> bool:
        return function in self.functions


@dataclass(frozen=True)
class Setting:
    """What stays the same for all sizes."""

    work: Path
    tools: Path
    shell: Path
    schema: Path
    builds: tuple[Build, ...]  # none: the peers run alone
    runs: int
    kinds: frozenset[str]  # the groups that run, of report.KINDS
    orders: tuple[str, ...]
    without: frozenset[str]  # jobs that are left out
    once: frozenset[str]  # jobs that run in the first round only

    def sql(self, database: Path) -> list[str]:
        return [str(self.shell), "-batch", "-bail", str(database)]

    def chosen(self, jobs: list[Job]) -> list[Job]:
        return [replace(job, rounds=1) if job.name in self.once else job
                for job in jobs if job.name not in self.without]


@dataclass(frozen=True)
class Data:
    """The databases and documents of one size and order."""

    rows: int
    order: str
    full: Path
    changed: Path  # as full, but 1 % of the snapshots have another value
    empty: Path
    dump: Path
    document: Path
    changed_document: Path
    columns: peers.Schema
    sums: Sums  # of full
    changed_sums: Sums
    empty_sums: Sums

    @property
    def sources(self) -> list[Path]:
        """What jobs read, beside their templates."""
        return [self.full, self.document, self.dump]

    def remove(self) -> None:
        for path in (self.full, self.changed, self.empty, self.dump, self.document, self.changed_document):
            remove(path)


def prepare(setting: Setting, runner: Runner, rows: int, order: str) -> Data:
    work, order_of_rows = setting.work, "created" if order == report.RANDOM else "key"
    full, changed, empty, dump = (work / name for name in ("full.db", "changed.db", "empty.db", "dump.sql"))
    run([setting.tools / "generate", full, str(rows), order_of_rows, setting.schema])
    run(setting.sql(empty), setting.schema.read_text(encoding="utf-8"))
    copy(full, changed)
    run(setting.sql(changed), "UPDATE asset_snapshots SET value = 100000000 + rowid WHERE rowid % 100 = 0;")
    with open(dump, "wb") as file:
        subprocess.run([*setting.sql(full), ".dump"], stdout=file, check=True)
    columns = peers.read_schema(full)
    document, changed_document = (make_document(setting, columns, database, database.with_suffix(".json"))
                                  for database in (full, changed))
    sums = (runner.checksum(database) for database in (full, changed, empty))
    return Data(rows, order, full, changed, empty, dump, document, changed_document, columns, *sums)


def make_document(setting: Setting, columns: peers.Schema, database: Path, target: Path) -> Path:
    """Ours where we have one: what json_each() gets is then what we get."""
    if setting.builds and setting.builds[0].has(report.BACKUP_FILE):
        run(setting.sql(database), peers.backup_file(setting.builds[0].path, target))
        return target
    with open(target, "wb") as file:
        done = subprocess.run(setting.sql(database), input=peers.backup_sql(columns).encode(), stdout=file,
                              stderr=subprocess.PIPE)
    if done.returncode != 0:
        fail(f"cannot make a document: {done.stderr.decode(errors='replace').strip()}")
    return target


# -- The jobs ------------------------------------------------------------------


def backup_jobs(setting: Setting, data: Data) -> list[Job]:
    work, shell = setting.work, setting.sql(data.full)
    jobs = []
    for build in setting.builds:
        own = not build.label  # another build may write other documents
        file, value = work / "ours.json", work / "value.json"
        if build.has(report.BACKUP_FILE):
            jobs.append(Job(report.BACKUP_FILE + build.label, shell, peers.backup_file(build.path, file),
                            product=file, document=own))
        if build.has("strata_backup_json"):
            jobs.append(Job(report.BACKUP_VALUE + build.label, shell, peers.backup_value(build.path)))
            jobs.append(Job(report.BACKUP_HOST + build.label,
                            [str(setting.tools / "value"), str(build.path), str(data.full)],
                            output=value, product=value, document=own))
    dump, other = work / "peer.sql", work / "peer.json"
    return [
        *jobs,
        Job(report.DUMP, shell, ".dump\n", output=dump, product=dump),
        Job(report.JSON_SQL, shell, peers.backup_sql(data.columns), output=other, product=other, document=True),
        Job(report.READ_FLOOR, [str(setting.tools / "floor"), "read", str(data.full)]),
    ]


def of_table(setting: Setting, build: Build, name: str, function: str, data: Data, template: Path,
             sums: Sums, answer: int) -> list[Job]:
    """A table-valued function, which changes nothing."""
    if not build.has(function):
        return []
    target = setting.work / "target.db"
    script = peers.rows_of(build.path, function, data.document, streamed=build.has("strata_file"))
    return [Job(name + build.label, setting.sql(target), script, template=template, target=target,
                expect=sums, ordered=True, answer=str(answer))]


def check_jobs(setting: Setting, build: Build, data: Data, template: Path, sums: Sums) -> list[Job]:
    return of_table(setting, build, report.CHECK, "strata_restore_check", data, template, sums, 0)


def diff_jobs(setting: Setting, build: Build, data: Data, template: Path, sums: Sums, count: int) -> list[Job]:
    return of_table(setting, build, report.DIFF, "strata_backup_diff", data, template, sums, count)


def restore_file_job(setting: Setting, build: Build, data: Data, template: Path) -> list[Job]:
    if not build.has(report.RESTORE_FILE):
        return []
    target = setting.work / "target.db"
    return [Job(report.RESTORE_FILE + build.label, setting.sql(target),
                peers.restore_file(build.path, data.document), template=template, target=target,
                expect=data.sums, ordered=not build.label)]


def cached_job(setting: Setting, build: Build, data: Data) -> list[Job]:
    return [replace(job, name=report.RESTORE_CACHED + build.label, script=peers.LARGE_CACHE + job.script)
            for job in restore_file_job(setting, build, data, data.empty)]


def new_database_job(setting: Setting, build: Build, data: Data) -> list[Job]:
    if not build.has(report.RESTORE_FILE):
        return []
    target = setting.work / "target.db"
    script = peers.new_database(build.path, data.document, setting.schema.read_text(encoding="utf-8"))
    return [Job(report.NEW_DATABASE + build.label, setting.sql(target), script, target=target, expect=data.sums,
                ordered=not build.label)]


def merge_job(setting: Setting, build: Build, document: Path, template: Path, sums: Sums) -> list[Job]:
    if not build.has(report.RESTORE_FILE):
        return []
    target = setting.work / "target.db"
    return [Job(report.MERGE + build.label, setting.sql(target),
                peers.restore_file(build.path, document, "merge"), template=template, target=target,
                expect=sums, ordered=not build.label)]


def upsert_job(setting: Setting, data: Data, document: Path, template: Path, sums: Sums) -> Job:
    target = setting.work / "target.db"
    return Job(report.JSON_UPSERT, setting.sql(target), peers.restore_sql(data.columns, document, merge=True),
               template=template, target=target, expect=sums, exact=False)


def filling_jobs(setting: Setting, data: Data, over: Path | None) -> list[Job]:
    """What a restore is compared with. Of these only the rows are compared, not their order."""
    target, wipe = setting.work / "target.db", over is not None
    ends = {"target": target, "expect": data.sums}
    insert = [str(setting.tools / "floor"), "insert", str(data.full), str(target), *(["wipe"] if wipe else [])]
    jobs = [
        Job(report.DUMP_READ, setting.sql(target), peers.read_dump(data.dump, wipe=wipe), template=over, **ends),
        Job(report.JSON_EACH, setting.sql(target), peers.restore_sql(data.columns, data.document, wipe=wipe),
            template=over or data.empty, exact=False, **ends),  # SQLite reads some decimals to another last digit
        Job(report.INSERT_FLOOR, insert, template=over or data.empty, own_clock=True, **ends),
    ]
    if not wipe:
        jobs.append(replace(jobs[0], name=report.DUMP_READ_CACHED, script=peers.LARGE_CACHE + peers.read_dump(data.dump)))
        jobs.append(Job(report.SWEPT_FLOOR, [*insert, "swept"], template=data.empty, own_clock=True, **ends))
    return jobs


def restore_jobs(setting: Setting, data: Data) -> list[Job]:
    """Into the empty schema; and what takes the same document without changing a full database."""
    jobs = []
    for build in setting.builds:
        jobs += restore_file_job(setting, build, data, data.empty)
        jobs += cached_job(setting, build, data)
        jobs += new_database_job(setting, build, data)
        if build.has("strata_restore_json"):
            jobs.append(Job(report.RESTORE_VALUE + build.label, setting.sql(setting.work / "target.db"),
                            peers.restore_value(build.path, data.document), template=data.empty,
                            target=setting.work / "target.db", expect=data.sums, ordered=not build.label))
        jobs += check_jobs(setting, build, data, data.empty, data.empty_sums)
        jobs += merge_job(setting, build, data.document, data.full, data.sums)
        jobs += diff_jobs(setting, build, data, data.full, data.sums, 0)
    jobs += filling_jobs(setting, data, None)
    return [*jobs, upsert_job(setting, data, data.document, data.full, data.sums)]


def full_jobs(setting: Setting, data: Data) -> list[Job]:
    jobs = []
    for build in setting.builds:
        jobs += restore_file_job(setting, build, data, data.changed)
        jobs += check_jobs(setting, build, data, data.changed, data.changed_sums)
    return jobs + filling_jobs(setting, data, data.changed)


def changed_jobs(setting: Setting, data: Data) -> list[Job]:
    jobs = []
    for build in setting.builds:
        jobs += merge_job(setting, build, data.changed_document, data.full, data.changed_sums)
        jobs += diff_jobs(setting, build, data, data.changed, data.changed_sums, data.rows // 100)
    return [*jobs, upsert_job(setting, data, data.changed_document, data.full, data.changed_sums)]


# -- The groups ----------------------------------------------------------------


def of_a_tenth(jobs: list[Job]) -> list[Job]:
    """The jobs of the smaller data, for growth: they stand in one group with those of all rows."""
    return [replace(job, name=job.name + report.TENTH, document=False, times=3)
            for job in jobs if job.name in report.GROWING]


def run_order(setting: Setting, runner: Runner, rows: int, order: str, whole: bool) -> None:
    """All groups of one size and order; without `whole` only what the picture shows."""
    runner.say(f"making {rows:,} snapshots, {order} …")
    data, tenth = prepare(setting, runner, rows, order), None
    if whole and rows >= 1000:
        smaller = replace(setting, work=setting.work / "tenth")
        smaller.work.mkdir()
        tenth = prepare(smaller, runner, rows // 10, order)
    wanted = {report.BACKUP: backup_jobs, report.RESTORE: restore_jobs, report.FULL: full_jobs,
              report.CHANGED: changed_jobs}
    for kind, make in wanted.items():
        if kind not in setting.kinds or not (whole or kind in (report.BACKUP, report.RESTORE)):
            continue
        jobs = [job for job in make(setting, data) if whole or job.name in picture.JOBS]
        if tenth and kind in (report.BACKUP, report.RESTORE):
            jobs += of_a_tenth(make(smaller, tenth))
        reference = data.changed if kind == report.CHANGED else data.full
        runner.group(rows, report.group(kind, order), setting.chosen(jobs), setting.runs, reference,
                     [*data.sources, *(tenth.sources if tenth else [])])
    data.remove()
    if tenth:
        shutil.rmtree(smaller.work)


def run_size(setting: Setting, runner: Runner, rows: int, whole: bool) -> None:
    """Without `whole` only the first order, for the picture."""
    for order in setting.orders if whole else setting.orders[:1]:
        run_order(setting, runner, rows, order, whole)
