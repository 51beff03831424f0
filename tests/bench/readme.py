"""Writes the figures of a run into a Markdown file, between two markers.

The file says once where they go, and keeps everything around them:

    <!-- figures -->
    …
    <!-- end of figures -->
"""

from __future__ import annotations

from pathlib import Path

import report
from report import ALSO, MB, ORDERS, TARGETS, TENTH, Figures, Machine, group, show

START, END = "<!-- figures -->", "<!-- end of figures -->"


def rewrite(path: Path, figures: Figures, machine: Machine, rows: int, runs: int) -> None:
    old = path.read_text(encoding="utf-8")
    if old.count(START) != 1 or old.count(END) != 1 or old.index(START) > old.index(END):
        raise SystemExit(f"bench: {path} needs one line {START} and below it one line {END}")
    before, rest = old.split(START)
    after = rest.split(END)[1]
    new = "\n".join([START, "", *_figures(figures, machine, rows, runs), "", END])
    path.write_text(before + new + after, encoding="utf-8")


def _figures(figures: Figures, machine: Machine, rows: int, runs: int) -> list[str]:
    return [f"{rows:,} snapshots, median of {runs} runs. {machine.line()}.", "", *_times(figures, rows), "",
            *_targets(figures, rows)]


def _times(figures: Figures, rows: int) -> list[str]:
    """Seconds, ratio and peak memory of every job, for both orders."""
    lines = ["| |" + "".join(f" {order}, s | ratio | peak |" for order in ORDERS), "| --- |" + " ---: |" * 3 * len(ORDERS)]
    for kind in report.KINDS:
        found = [result for order in ORDERS for result in figures.results
                 if (result.rows, result.group) == (rows, group(kind, order))]
        if not found:
            continue
        lines.append(f"| **{report.TITLES[kind]}** |" + " |" * 3 * len(ORDERS))
        for job in dict.fromkeys(result.job for result in found):
            if not job.endswith((ALSO, TENTH)):
                lines.append(f"| {_name(job)} |" + "".join(_cells(figures, rows, kind, order, job, found[0].job)
                                                           for order in ORDERS))
    return lines


def _name(job: str) -> str:
    """With what is code set as such: `strata_restore_file`, over a full database."""
    if not job.startswith((".", "strata", "json")):
        return job
    code = job.split(",")[0].removesuffix(" of the dump")
    return f"`{code}`{job[len(code):]}"


def _cells(figures: Figures, rows: int, kind: str, order: str, job: str, first: str) -> str:
    name = group(kind, order)
    result, reference = figures.find(rows, name, job), figures.find(rows, name, first)
    if not result:
        return " - | - | - |"
    ratio = figures.ratio(reference, result)
    return (f" {result.median:.2f} | " + (f"{ratio:.2f}" if ratio and job != first else "")
            + f" | {result.peak / MB:,.0f} MB |")


def _targets(figures: Figures, rows: int) -> list[str]:
    lines = ["| target | against | at most |" + "".join(f" {order} |" for order in ORDERS),
             "| --- | --- | ---: |" + " ---: |" * len(ORDERS)]
    for target in TARGETS:
        job, against = report.describe(target)
        limit = f"{target.limit:g}{target.unit if target.unit == ' MB' else ''}"
        lines.append(f"| {_name(job)} | {_name(against)} | {limit} |"
                     + "".join(f" {_value(figures, target, rows, order)} |" for order in ORDERS))
    return lines


def _value(figures: Figures, target: report.Target, rows: int, order: str) -> str:
    value, floor = figures.value(target, rows, order), figures.growth(target, rows, order)
    shown = show(value, target.unit) + (f" (floor: {floor:.1f})" if floor else "")
    missed = value is not None and value > target.limit and rows >= report.TARGET_ROWS
    return f"**{shown}**, missed" if missed else shown
