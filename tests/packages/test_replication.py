"""Beyond one machine: what replication by pages (Litestream, LiteFS) and replication by statements (rqlite) need from a
database. The programs themselves are not tested."""

from __future__ import annotations

import json
import pathlib
import shutil
import sqlite3
import subprocess
import sys
import time
import unittest

import support

MODULE = pathlib.Path(support.EXTENSION).with_name("strata_nofs" + pathlib.Path(support.EXTENSION).suffix)
# Another process, as a replicator is: reads and checkpoints for as long as it is there, and says how often.
REPLICATOR = """
import select, sqlite3, sys
db = sqlite3.connect(sys.argv[1], isolation_level=None, timeout=10)
rounds = whole = 0
print("ready", flush=True)
while not select.select([sys.stdin], [], [], 0.001)[0]:
    counts = db.execute("SELECT (SELECT count(*) FROM assets), (SELECT count(*) FROM asset_tags)").fetchone()
    whole += counts in ((0, 0), (12, 4))
    db.execute("PRAGMA wal_checkpoint(PASSIVE)").fetchall()
    rounds += 1
print(rounds, whole)
"""


class ByPages(support.Case):
    def test_a_copy_of_the_pages_has_what_was_restored_whatever_reads_and_checkpoints_meanwhile(self):
        path = self.folder / "strata.db"
        text = support.sample().execute("SELECT strata_backup_json()").fetchone()[0]
        database = support.connect(path, timeout=10)
        database.execute("PRAGMA journal_mode = WAL").fetchall()
        support.script(database, "schema.sql")
        other = subprocess.Popen([sys.executable, "-c", REPLICATOR, str(path)], stdin=subprocess.PIPE,
                                 stdout=subprocess.PIPE, text=True)
        self.addCleanup(other.kill)
        self.assertEqual(other.stdout.readline(), "ready\n")
        empty = json.dumps({"schemaVersion": "1", "data": {}})
        for _ in range(30):
            database.execute("SELECT strata_restore_json(?)", (empty,)).fetchall()
            database.execute("SELECT strata_restore_json(?)", (text,)).fetchall()
        said, _ = other.communicate("\n")
        rounds, whole = (int(number) for number in said.split())
        self.assertGreater(rounds, 5)
        self.assertEqual(rounds, whole)  # a restore is there as a whole, or not at all
        copy = self.folder / "replica"
        copy.mkdir()
        for name in ("strata.db", "strata.db-wal"):
            shutil.copy(self.folder / name, copy / name)
        replica = sqlite3.connect(copy / "strata.db")
        self.addCleanup(replica.close)
        self.assertEqual(support.picture(replica), support.picture(database))
        self.assertEqual(support.picture(replica), support.picture(support.sample()))


class ByStatements(support.Case):
    """Each node runs the same statements, at its own time and in its own folder, in a module without files."""

    def node(self, name: str, options: dict) -> dict:
        folder = self.folder / name
        folder.mkdir()
        database = sqlite3.connect(folder / "strata.db", isolation_level=None)
        self.addCleanup(database.close)
        database.enable_load_extension(True)
        database.execute("SELECT load_extension(?)", (str(MODULE),))
        support.script(database, "schema.sql", "sample.sql")
        without_times = support.document(tags=[{"id": "t", "name": "new"}], assetTypes=[{"id": "a", "code": "A", "label": "A"}],
                                         assets=[{"id": "b", "name": "B", "assetTypeId": "a"}])
        for mode in ("merge", "replace"):
            database.execute("SELECT strata_restore_json(?, ?, ?)", (without_times, mode, json.dumps(options))).fetchall()
        return support.picture(database)

    def test_with_the_moment_given_they_end_up_the_same_cell_by_cell(self):
        options = {"now": "2026-01-31T00:00:00.000Z"}
        first = self.node("first", options)
        time.sleep(0.01)
        self.assertEqual(first, self.node("second", options))

    def test_without_it_each_takes_its_own_clock(self):
        first = self.node("first", {})
        time.sleep(0.01)
        second = self.node("second", {})
        self.assertNotEqual(first.pop("assets"), second.pop("assets"))
        self.assertEqual(first, second)


if __name__ == "__main__":
    unittest.main()
