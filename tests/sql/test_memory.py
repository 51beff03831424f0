"""A backup to a file and a restore from one take as much memory for a large database as for a small
one. Measured as the growth of a child process's peak memory during the call, including the page
cache (PRAGMA cache_size).

70,000 and 150,000 snapshots; with STRATA_LONG=1 100,000 and 1,000,000, and the
figures are printed.
"""

from __future__ import annotations

import os
import resource
import sqlite3
import sys
import time
import unittest

from disk import add_snapshots, in_child
from support import Case, connect, empty, sample

LONG = os.environ.get("STRATA_LONG") == "1"
SIZES = (100_000, 1_000_000) if LONG else (70_000, 150_000)
# A backup needs its page cache and a block of output; a restore sorts up to 65,536 rows or 16 MB at a time.
MOST = {"backup": 6_000_000, "restore": 48_000_000}
MORE = {"backup": 1_000_000, "restore": 16_000_000}


def peak() -> int:
    """The most memory that this process has had, in bytes."""
    usage = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return usage if sys.platform == "darwin" else usage * 1024


def growth(path, sql: str, argument: str) -> tuple[int, float]:
    """In a child: by how much the peak grows, and how long it takes, to run a call on a database that is open."""

    def run():
        connection = connect(path)
        connection.execute("SELECT count(*) FROM tags").fetchall()
        before, start = peak(), time.monotonic()
        connection.execute(sql, (argument,)).fetchall()
        return peak() - before, time.monotonic() - start

    return in_child(run)


@unittest.skipIf(os.environ.get("STRATA_PRELOAD"), "the sanitizers keep memory for themselves")
class Memory(Case):
    def measure(self, count: int) -> dict:
        main, file = self.folder / f"{count}.db", str(self.folder / f"{count}.json")
        maker = sample(main)
        maker.execute("PRAGMA synchronous = OFF")
        add_snapshots(maker, count)
        maker.close()
        found = {"backup": growth(main, "SELECT strata_backup_file(?)", file)}
        found["size"] = (os.path.getsize(file), 0)
        target = self.folder / f"{count} restored.db"
        empty(target).close()
        found["restore"] = growth(target, "SELECT strata_restore_file(?)", file)
        with sqlite3.connect(target) as restored:
            self.assertEqual(restored.execute("SELECT count(*) FROM asset_snapshots").fetchone(), (count + 47,))
        restored.close()
        if LONG:
            for what in ("backup", "restore"):
                print(f"\n{what} of {count} snapshots ({found['size'][0] / 1e6:.0f} MB of JSON): "
                      f"{found[what][0] / 1e6:.1f} MB more at the peak, {found[what][1]:.1f} s", flush=True)
        return found

    def test_memory_does_not_grow_with_the_database(self):
        small, large = (self.measure(count) for count in SIZES)
        self.assertGreater(large["size"][0], 2 * small["size"][0])
        for what in MOST:
            with self.subTest(what=what):
                self.assertLess(large[what][0], MOST[what])
                if LONG:
                    self.assertLess(large[what][0], large["size"][0] // 4)
                self.assertLess(large[what][0] - small[what][0], MORE[what])


if __name__ == "__main__":
    unittest.main()
