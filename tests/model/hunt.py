"""Runs cases of the model until a time is over, or one fails.

    hunt.py --seconds 3600            fresh seeds, printed
    hunt.py --seed 12345              one case again, with its script
    hunt.py --first 0 --cases 500     these seeds
"""

from __future__ import annotations

import argparse
import collections
import os
import random
import sys
import tempfile
import time
import traceback

from case import Case


class Statistics:
    def __init__(self):
        self.cases = self.restores = self.succeeded = self.refused = self.diffs = 0
        self.excused = collections.Counter()

    def count(self, expected, error) -> None:
        self.restores += 1
        self.succeeded += not error
        self.refused += bool(error)
        if error and not expected.refusals:
            for excuse in set(expected.excuses + expected.beyond):
                self.excused[excuse] += 1
        elif expected.beyond:
            self.excused["(succeeded) " + expected.beyond[0]] += 1

    def __str__(self) -> str:
        return (f"{self.cases} cases, {self.restores} restores ({self.succeeded} succeeded, {self.refused} were refused), "
                f"{self.diffs} diffs")


def run(seed: int, folder: str, statistics: Statistics, meddle=None) -> str | None:
    """One case; what went wrong and the script that shows it, or nothing."""
    case = Case(seed, folder, statistics, meddle)
    try:
        case.run()
        statistics.cases += 1
        return None
    except Exception:
        script = "\n".join(case.database.script) if case.database else ""
        return f"seed {seed}\n{script}\n\n{traceback.format_exc()}"


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--seconds", type=float)
    parser.add_argument("--seed", type=int)
    parser.add_argument("--first", type=int)
    parser.add_argument("--cases", type=int)
    parser.add_argument("--keep-going", action="store_true", help="print failures and go on")
    parser.add_argument("--excuses", action="store_true", help="print how often a restore was refused for which excuse")
    options = parser.parse_args()
    if options.seconds is None and options.seed is None and options.cases is None:
        options.seconds = float(os.environ.get("STRATA_MODEL_SECONDS", "3600"))
    first = options.seed if options.seed is not None else options.first
    if first is None:
        first = random.SystemRandom().randrange(10**12)
    count = 1 if options.seed is not None else options.cases
    statistics, started, reported, failures = Statistics(), time.monotonic(), time.monotonic(), 0
    print(f"seeds from {first} on", flush=True)
    with tempfile.TemporaryDirectory() as folder:
        seed = first
        while (count is None or seed < first + count) and (
                options.seconds is None or time.monotonic() - started < options.seconds):
            failure = run(seed, folder, statistics)
            if failure:
                failures += 1
                print(failure, flush=True)
                if not options.keep_going:
                    break
            seed += 1
            if time.monotonic() - reported > 60:
                reported = time.monotonic()
                print(f"{reported - started:.0f} s, seed {seed}: {statistics}", flush=True)
            for name in os.listdir(folder):
                os.unlink(os.path.join(folder, name))
    print(f"{time.monotonic() - started:.1f} s, seeds {first} to {seed - 1}: {statistics}; {failures} failed")
    if options.excuses:
        for excuse, number in statistics.excused.most_common():
            print(f"{number:8} {excuse}")
    return 1 if failures else 0


if __name__ == "__main__":
    sys.exit(main())
