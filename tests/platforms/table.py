"""The table of platforms in tests/README.md, of what ctest said. Rows are replaced one by one, so that a run of some
keeps the others."""

from __future__ import annotations

import pathlib
import re
from typing import NamedTuple

BEGIN, END = "<!-- platforms: written by the target `platforms` -->", "<!-- end of platforms -->"
# A test that crashed has words of its own ("Subprocess aborted***Exception:"): whatever is neither of the two failed.
RESULT = re.compile(r"^ *\d+/\d+ Test +#\d+: (\S+) \.*(?:\*\*\*)? *(Passed|Skipped|\S+)", re.MULTILINE)
HEAD = "| platform | what ran | result |\n| --- | --- | --- |\n"


class Row(NamedTuple):
    platform: str
    what: str
    result: str


def reason(log: str, name: str) -> str:
    """Why a test was skipped, in its own words."""
    found = re.search(rf"(?m)^\d+/\d+ Testing: {re.escape(name)}$(.*?)^-{{10,}}\n(.*?)^<end of output>", log, re.DOTALL)
    words = re.findall(r"skipped ['\"](.+?)['\"]$", found.group(2), re.MULTILINE) if found else []
    return words[0] if words else "the log gives the reason"


def of_ctest(name: str, what: str, said: str, log: str) -> Row:
    """A row of what ctest said."""
    results: dict[str, list[str]] = {}
    for test, result in RESULT.findall(said):
        results.setdefault(result if result in ("Passed", "Skipped") else "Failed", []).append(test)
    passed, failed, skipped = (results.get(kind, []) for kind in ("Passed", "Failed", "Skipped"))
    result = f"{len(passed)} pass"
    if failed:
        result += f"; **{len(failed)} fail**: {', '.join(failed)}"
    if skipped:
        by_reason: dict[str, list[str]] = {}
        for test in skipped:
            by_reason.setdefault(reason(log, test), []).append(test)
        result += "; skipped: " + ", ".join(f"{', '.join(tests)} ({why})" for why, tests in by_reason.items())
    return Row(name, f"{what}, {len(passed) + len(failed) + len(skipped)} tests of ctest", result)


def write(path: pathlib.Path, row: Row, order: list[str]) -> None:
    """Put a row into the table of the file; the rows stand in this order."""
    text = path.read_text(encoding="utf-8") if path.exists() else f"# Tests\n\n{BEGIN}\n{END}\n"
    before, found, rest = text.partition(BEGIN)
    if not found:
        before, rest = f"{text.rstrip()}\n\n", f"\n{END}\n"
    inside, _, after = rest.partition(END)
    rows = {name: line for line in re.findall(r"^\| .*\|$", inside, re.MULTILINE) for name in [line.split(" | ")[0][2:]]}
    rows = {name: line for name, line in rows.items() if name in order}
    rows[row.platform] = "| " + " | ".join(cell.replace("|", "\\|").replace("\n", " ") for cell in row) + " |"
    lines = "".join(rows[name] + "\n" for name in order if name in rows)
    path.write_text(f"{before}{BEGIN}\n{HEAD}{lines}{END}{after}", encoding="utf-8")
