"""Draws time against rows as SVG: two panels, backup and restore, both axes logarithmic.

On such axes a time in proportion to the rows is a line that rises at 45° times the
ratio of the scales: the grey dashes show that slope.
"""

from __future__ import annotations

import math
from html import escape

from jobs import Result
from report import (BACKUP, BACKUP_FILE, BACKUP_VALUE, DUMP, DUMP_READ, INSERT_FLOOR, JSON_EACH, JSON_SQL, RANDOM,
                    READ_FLOOR, RESTORE, RESTORE_FILE, RESTORE_VALUE, group)

# The same role has the same colour in both panels; colours that the colour-blind tell apart.
BLUE, SKY, ORANGE, RED, GREY = "#0072b2", "#56b4e9", "#e69f00", "#d55e00", "#555555"
PANELS: tuple[tuple[str, str, tuple[tuple[str, str], ...]], ...] = (
    ("Backup (random keys)", group(BACKUP, RANDOM),
     ((BACKUP_FILE, BLUE), (BACKUP_VALUE, SKY), (DUMP, ORANGE), (JSON_SQL, RED), (READ_FLOOR, GREY))),
    ("Restore into the empty schema", group(RESTORE, RANDOM),
     ((RESTORE_FILE, BLUE), (RESTORE_VALUE, SKY), (DUMP_READ, ORANGE), (JSON_EACH, RED), (INSERT_FLOOR, GREY))),
)
JOBS = frozenset(job for _, _, jobs in PANELS for job, _ in jobs)
LABELS = {JSON_SQL: "json_object() in SQL", JSON_EACH: "json_each() in SQL",
          READ_FLOOR: "floor: only reading", INSERT_FLOOR: "floor: only inserting"}

WIDTH, HEIGHT = 1060, 560
LEFT, TOP, PLOT_WIDTH, PLOT_HEIGHT, GAP = 92, 78, 420, 340, 108

Point = tuple[int, float]


class Panel:
    """One plot: positions on the page for rows and seconds."""

    def __init__(self, left: int, rows: tuple[int, int], seconds: tuple[float, float]) -> None:
        self.left = left
        self.low_rows, self.high_rows = (math.log10(value) for value in rows)
        self.low_time, self.high_time = (math.log10(value) for value in seconds)

    def x(self, rows: float) -> float:
        return self.left + PLOT_WIDTH * (math.log10(rows) - self.low_rows) / (self.high_rows - self.low_rows)

    def y(self, seconds: float) -> float:
        share = (math.log10(seconds) - self.low_time) / (self.high_time - self.low_time)
        return TOP + PLOT_HEIGHT * (1 - share)

    def path(self, points: list[Point]) -> str:
        return " ".join(f"{self.x(rows):.1f},{self.y(seconds):.1f}" for rows, seconds in points)


def draw(results: list[Result], machine: str) -> str:
    series = {(result.group, result.job): [] for result in results}
    for result in sorted(results, key=lambda each: each.rows):
        if result.samples and not result.error:
            series[result.group, result.job].append((result.rows, result.median))
    shown = [point for _, name, jobs in PANELS for job, _ in jobs for point in series.get((name, job), [])]
    if not shown:
        raise ValueError("nothing to draw")
    rows = _bounds([point[0] for point in shown], 1.15)
    # Both panels have the same scales, so that they can be compared.
    seconds = _bounds([point[1] for point in shown], 1.6)
    parts = [f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {HEIGHT}" width="{WIDTH}"'
             f' height="{HEIGHT}" font-family="DejaVu Sans, Helvetica, Arial, sans-serif" font-size="13">',
             f'<rect width="{WIDTH}" height="{HEIGHT}" fill="#ffffff"/>',
             _text(LEFT, 30, "Backup and restore of a Strata database: time against rows", size=18, weight="bold")]
    for index, (title, name, jobs) in enumerate(PANELS):
        panel = Panel(LEFT + index * (PLOT_WIDTH + GAP), (int(rows[0]), int(rows[1])), seconds)
        parts += _frame(panel, title, rows, seconds, max(point[0] for point in shown))
        drawn = [(job, colour, series[name, job]) for job, colour in jobs if series.get((name, job))]
        parts += _lines(panel, drawn)
        parts += _legend(panel, drawn)
    parts += [_text(LEFT, HEIGHT - 10, machine, size=10, colour="#666666"), "</svg>", ""]
    return "\n".join(parts)


def _bounds(values: list[float], margin: float) -> tuple[float, float]:
    low, high = min(values) / margin, max(values) * margin
    return (low, high) if high / low > 4 else (low / 2, high * 2)


def _frame(panel: Panel, title: str, rows: tuple[float, float], seconds: tuple[float, float],
           largest: int) -> list[str]:
    """Title, grid, ticks and the names of the axes."""
    bottom, right = TOP + PLOT_HEIGHT, panel.left + PLOT_WIDTH
    parts = [_text(panel.left, TOP - 14, title, size=15, weight="bold")]
    for tick in _ticks(rows, (1, 3)):
        x = panel.x(tick)
        parts.append(f'<line x1="{x:.1f}" y1="{TOP}" x2="{x:.1f}" y2="{bottom}" stroke="#e2e2e2"/>')
        parts.append(_text(x, bottom + 18, _rows(tick), anchor="middle"))
    for tick in _ticks(seconds, (1, 3)):
        y = panel.y(tick)
        parts.append(f'<line x1="{panel.left}" y1="{y:.1f}" x2="{right}" y2="{y:.1f}" stroke="#e2e2e2"/>')
        parts.append(_text(panel.left - 8, y + 4.5, _seconds(tick), anchor="end"))
    parts.append(f'<rect x="{panel.left}" y="{TOP}" width="{PLOT_WIDTH}" height="{PLOT_HEIGHT}"'
                 ' fill="none" stroke="#888888"/>')
    parts.append(_text(panel.left + PLOT_WIDTH / 2, bottom + 38, f"asset snapshots (the times below: at {_rows(largest)})",
                       anchor="middle"))
    x, y = panel.left - 72, TOP + PLOT_HEIGHT / 2
    parts.append(f'<text x="{x}" y="{y}" text-anchor="middle" fill="#222222"'
                 f' transform="rotate(-90 {x} {y})">time until it is on the disk</text>')
    return parts


def _lines(panel: Panel, drawn: list[tuple[str, str, list[Point]]]) -> list[str]:
    parts = []
    if drawn:
        # The slope of linear growth, from the largest size of the first line downwards.
        rows, seconds = drawn[0][2][-1]
        first = max(drawn[0][2][0][0], rows * 10 ** panel.low_time / seconds * 1.05)
        guide = panel.path([(first, seconds * first / rows), (rows, seconds)])
        parts.append(f'<polyline points="{guide}" fill="none" stroke="#aaaaaa" stroke-dasharray="4 4"/>')
    for job, colour, points in reversed(drawn):  # ours on top
        own = job.startswith("strata")
        dash = ' stroke-dasharray="7 3"' if job.startswith("floor") else ""
        parts.append(f'<polyline points="{panel.path(points)}" fill="none" stroke="{colour}"'
                     f' stroke-width="{3 if own else 1.8}"{dash}/>')
        parts += [f'<circle cx="{panel.x(rows):.1f}" cy="{panel.y(seconds):.1f}" r="{4 if own else 3}"'
                  f' fill="{colour}"><title>{escape(job)}: {rows:,} snapshots, {seconds:.3f} s</title></circle>'
                  for rows, seconds in points]
    return parts


def _legend(panel: Panel, drawn: list[tuple[str, str, list[Point]]]) -> list[str]:
    """Below the plot, in two columns, with the time at the largest size."""
    parts = []
    for index, (job, colour, points) in enumerate(drawn):
        x = panel.left + index % 2 * 218
        y = TOP + PLOT_HEIGHT + 62 + index // 2 * 20
        dash = ' stroke-dasharray="7 3"' if job.startswith("floor") else ""
        parts.append(f'<line x1="{x}" y1="{y - 4}" x2="{x + 20}" y2="{y - 4}" stroke="{colour}"'
                     f' stroke-width="{3 if job.startswith("strata") else 1.8}"{dash}/>')
        parts.append(_text(x + 25, y, f"{LABELS.get(job, job)}: {_short(points[-1][1])}", size=11))
    x, y = panel.left + len(drawn) % 2 * 218, TOP + PLOT_HEIGHT + 62 + len(drawn) // 2 * 20
    parts.append(f'<line x1="{x}" y1="{y - 4}" x2="{x + 20}" y2="{y - 4}" stroke="#aaaaaa"'
                 ' stroke-dasharray="4 4"/>')
    parts.append(_text(x + 25, y, "the slope of linear growth", size=11))
    return parts


def _ticks(bounds: tuple[float, float], steps: tuple[int, ...]) -> list[float]:
    decades = range(math.floor(math.log10(bounds[0])), math.ceil(math.log10(bounds[1])) + 1)
    found = [step * 10.0**decade for decade in decades for step in steps]
    return [tick for tick in found if bounds[0] <= tick <= bounds[1]]


def _rows(value: float) -> str:
    return f"{value / 1e6:g} M" if value >= 1e6 else f"{value / 1e3:g} k" if value >= 1e3 else f"{value:g}"


def _seconds(value: float) -> str:
    return f"{value:g} s" if value >= 1 else f"{value * 1e3:g} ms"


def _short(seconds: float) -> str:
    return f"{seconds:.1f} s" if seconds >= 10 else f"{seconds:.2f} s"


def _text(x: float, y: float, text: str, *, size: int = 13, anchor: str = "start", weight: str = "normal",
          colour: str = "#222222") -> str:
    return (f'<text x="{x:.1f}" y="{y:.1f}" font-size="{size}" text-anchor="{anchor}" font-weight="{weight}"'
            f' fill="{colour}">{escape(text)}</text>')
