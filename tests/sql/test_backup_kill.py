"""kill -9 while strata_backup_file() runs: the file is the old backup or the complete new one,
and nothing is left beside it.

15 kills; with STRATA_LONG=1 200, and the figures are printed.
"""

from __future__ import annotations

import os
import pathlib
import random
import signal
import sqlite3
import time
import unittest

from disk import add_snapshots, names
from support import Case, sample, without_moment

LONG = os.environ.get("STRATA_LONG") == "1"
KILLS = 200 if LONG else 15
WRITE = "SELECT strata_backup_file(?)"


def has_unnamed_files(folder: pathlib.Path) -> bool:
    """Whether a file can be written here before it has a name."""
    try:
        os.close(os.open(folder, os.O_TMPFILE | os.O_RDWR, 0o600))
    except (AttributeError, OSError):
        return False
    return True


class Kill(Case):
    def setUp(self):
        super().setUp()
        self.databases = []
        self.documents = []
        for count in (20_000, 19_000):
            database = sample()
            add_snapshots(database, count)
            self.databases.append(database)
            self.documents.append(without_moment(database.execute("SELECT strata_backup_json()").fetchone()[0]))
        self.inner = self.folder / "backups"
        self.inner.mkdir()
        self.path = self.inner / "backup.json"
        self.seed = random.randrange(1 << 32)
        self.random = random.Random(self.seed)

    def one_backup(self) -> float:
        start = time.monotonic()
        self.databases[0].execute(WRITE, (str(self.path),)).fetchall()
        return time.monotonic() - start

    def kill_a_writer(self, ready_at_once: bool, wait: float) -> None:
        """A child process that backs up one database after the other, again and again, until it is killed."""
        read_end, write_end = os.pipe()
        child = os.fork()
        if child == 0:
            try:
                turn = 0
                while True:
                    if turn == (0 if ready_at_once else 2):
                        os.write(write_end, b"!")
                    turn += 1
                    self.databases[turn % 2].execute(WRITE, (str(self.path),)).fetchall()
            finally:
                os._exit(1)
        os.read(read_end, 1)
        time.sleep(wait)
        os.kill(child, signal.SIGKILL)
        _, status = os.waitpid(child, 0)
        os.close(read_end)
        os.close(write_end)
        self.assertEqual(status, signal.SIGKILL)

    def check_folder(self, may_be_absent: bool) -> str:
        """Which file the folder has now: "old", "new" or "none"; anything else fails."""
        left = [name for name in names(self.inner) if name != "backup.json"]
        for name in left:
            # A file without a name can be left behind only if the kill comes between two calls in a row: the
            # one that gives it a name, and the one that renames it over the old file.
            self.assertTrue(name.startswith(".strata-"), name)
            if self.unnamed:
                self.assertIn(without_moment((self.inner / name).read_text(encoding="utf-8")), self.documents)
                self.caught_between += 1
            (self.inner / name).unlink()
        if may_be_absent and not self.path.exists():
            return "none"
        text = without_moment(self.path.read_text(encoding="utf-8"))
        self.assertIn(text, self.documents)
        return "old" if text == self.documents[0] else "new"

    def test_a_killed_backup_leaves_the_old_file_or_the_new_one(self):
        self.unnamed = has_unnamed_files(self.inner)
        self.caught_between = 0
        took = min(self.one_backup() for _ in range(3))
        found = {"none": 0, "old": 0, "new": 0}
        for kill in range(KILLS):
            with self.subTest(kill=kill, seed=self.seed):
                first = kill % 3 == 0
                if first and self.path.exists():
                    self.path.unlink()
                self.kill_a_writer(first, self.random.uniform(0, took * (1 if first else 2)))
                found[self.check_folder(may_be_absent=first)] += 1
        self.assertEqual(sum(found.values()), KILLS)
        self.assertLessEqual(self.caught_between, KILLS // 15)
        if LONG:
            print(f"\n{KILLS} kills over backups of {took * 1000:.0f} ms: {found}, debris {self.caught_between}", flush=True)
        # The file is as good as any other: the next backup takes its place.
        self.one_backup()
        self.assertEqual(without_moment(self.path.read_text(encoding="utf-8")), self.documents[0])
        self.assertEqual(names(self.inner), ["backup.json"])

    def test_a_killed_raw_copy_leaves_the_old_copy_or_the_new_one(self):
        copy = self.inner / "copy.db"
        database = self.databases[0]
        database.execute("SELECT strata_backup_db(?)", (str(copy),)).fetchall()
        size = copy.stat().st_size
        for kill in range(KILLS // 3):
            with self.subTest(kill=kill, seed=self.seed):
                child = os.fork()
                if child == 0:
                    while True:
                        database.execute("SELECT strata_backup_db(?)", (str(copy),)).fetchall()
                time.sleep(self.random.uniform(0, 0.05))
                os.kill(child, signal.SIGKILL)
                os.waitpid(child, 0)
                # SQLite itself opens the temporary file by its name: a kill leaves that, and only that.
                for name in names(self.inner):
                    if name != "copy.db":
                        self.assertTrue(name.startswith(".strata-"), name)
                        (self.inner / name).unlink()
                self.assertEqual(copy.stat().st_size, size)
                with sqlite3.connect(copy) as opened:
                    self.assertEqual(opened.execute("PRAGMA integrity_check").fetchall(), [("ok",)])
                    self.assertEqual(opened.execute("SELECT count(*) FROM asset_snapshots").fetchone(), (20_047,))
                opened.close()


if __name__ == "__main__":
    unittest.main()
