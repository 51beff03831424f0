"""The branches of ext/ that the tests reach, and an explanation of each that they do not.

    python3 tests/coverage.py SOURCE gcovr.json

Prints a line for each file, the unreached branches with their source lines, and
the total. Fails if the total is under 95 %, or if an unreached branch has no
explanation in tests/coverage-explained.txt. There a paragraph is a reason and
the lines that it holds for, each as

    file.c: 1: the text of the source line

with the number of its branches that may stay unreached. It is the text that
names a line, not its number, so that edits elsewhere change nothing.
"""

from __future__ import annotations

import collections
import json
import pathlib
import re
import sys

LEAST = 95.0
ENTRY = re.compile(r"^(\w+\.[ch]): (\d+): (.+)$")


def explanations(path: pathlib.Path) -> collections.Counter:
    """(file, line's text) -> how many of its branches are explained."""
    explained: collections.Counter = collections.Counter()
    for paragraph in path.read_text(encoding="utf-8").split("\n\n"):
        entries = [ENTRY.match(line.strip()) for line in paragraph.splitlines()]
        found = [entry for entry in entries if entry]
        if found and entries[0]:
            sys.exit(f"{path}: no reason above: {found[0].group()}")
        for entry in found:
            explained[entry.group(1), entry.group(3)] += int(entry.group(2))
    return explained


def unreached(source: pathlib.Path, file: dict) -> list[tuple[int, str, int]]:
    """Number, text, and count of unreached branches, of each line that has some."""
    lines = (source / file["file"]).read_text(encoding="utf-8").splitlines()
    counts = [(line["line_number"], sum(branch["count"] == 0 for branch in line["branches"])) for line in file["lines"]]
    return [(number, lines[number - 1].strip(), count) for number, count in counts if count]


def main() -> int:
    source = pathlib.Path(sys.argv[1])
    files = json.loads(pathlib.Path(sys.argv[2]).read_text(encoding="utf-8"))["files"]
    explained = explanations(source / "tests" / "coverage-explained.txt")
    seen: collections.Counter = collections.Counter()
    total = missed = unexplained = 0
    for file in files:
        name = pathlib.PurePath(file["file"]).name
        branches = sum(len(line["branches"]) for line in file["lines"])
        rows = unreached(source, file)
        count = sum(row[2] for row in rows)
        total += branches
        missed += count
        if branches:
            print(f"{name:20} {branches:5} branches {branches - count:5} reached {100 - 100 * count / branches:6.1f} %")
        for number, text, here in rows:
            seen[name, text] += here
            known = seen[name, text] <= explained[name, text]
            unexplained += not known
            print(f"    {number}: {here}: {text}" + ("" if known else "   <-- not explained"))
    for (name, text), count in explained.items():
        if seen[name, text] < count:
            print(f"explained, though {seen[name, text]} of {count} are unreached: {name}: {text}")
    percent = 100 - 100 * missed / total
    print(f"ext/: {total} branches, {missed} not reached: {percent:.2f} % (at least {LEAST:.0f} % is asked for)")
    if unexplained:
        print(f"{unexplained} lines have branches that are neither reached nor explained in coverage-explained.txt")
    return 1 if unexplained or percent < LEAST else 0


if __name__ == "__main__":
    sys.exit(main())
