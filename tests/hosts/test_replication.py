"""Beyond one machine: replication by pages (Litestream, LiteFS) sees a restore as one transaction in the WAL;
replication by statements (rqlite) gets the same rows on each node, with the module without files and the option
"now".
"""

import json
import pathlib
import shutil
import sqlite3
import subprocess
import sys
import unittest

from calls import backup, restore
from support import Case, EXTENSION, connect, document, empty, picture, sample

READER = """
import os, sqlite3, sys
db = sqlite3.connect(sys.argv[1], isolation_level=None, timeout=10)
print("ready", flush=True)
seen, frames = set(), 0
while True:
    seen.add(db.execute("SELECT count(*) FROM asset_snapshots").fetchone()[0])
    frames = max(frames, db.execute("PRAGMA wal_checkpoint(PASSIVE)").fetchone()[1])
    if os.path.exists(sys.argv[2]):
        break
print(sorted(seen), frames, flush=True)
"""
SNAPSHOTS = 20000


def many(count: int) -> str:
    assets = [{"id": f"a{n}", "name": f"a{n}", "assetTypeId": "at", "updatedAt": "2025-01-01"} for n in range(20)]
    snapshots = [{"id": f"s{n * 7919 % 100003}", "assetId": f"a{n % 20}", "value": f"{n}.25", "observedAt": "2025-01-01"}
                 for n in range(count)]
    return document(assetTypes=[{"id": "at", "code": "c", "label": "l"}], assets=assets, assetSnapshots=snapshots)


class Pages(Case):
    def test_a_restore_is_one_transaction_for_whoever_reads_and_checkpoints_the_wal_meanwhile(self):
        path, stop = self.folder / "live.db", self.folder / "stop"
        db = empty(path)
        db.execute("PRAGMA journal_mode = WAL")
        db.execute("PRAGMA wal_autocheckpoint = 0")
        reader = subprocess.Popen([sys.executable, "-c", READER, str(path), str(stop)], stdout=subprocess.PIPE, text=True)
        self.addCleanup(reader.stdout.close)
        self.assertEqual(reader.stdout.readline(), "ready\n")
        restore(db, many(SNAPSHOTS))
        restore(db, many(SNAPSHOTS // 2))
        copy = self.folder / "copy.db"
        db.execute("BEGIN")  # nobody resets the WAL between the two files
        db.execute("SELECT count(*) FROM tags").fetchone()
        for suffix in ("", "-wal"):
            shutil.copyfile(f"{path}{suffix}", f"{copy}{suffix}")
        db.execute("COMMIT")
        stop.touch()
        seen, frames = reader.stdout.readline().rsplit(" ", 1)
        self.assertEqual(reader.wait(), 0)
        self.assertLessEqual(set(json.loads(seen)), {0, SNAPSHOTS, SNAPSHOTS // 2})
        self.assertGreater(int(frames), 0, "the reader saw no WAL: no test")
        other = connect(copy)
        self.assertEqual(other.execute("PRAGMA integrity_check").fetchone(), ("ok",))
        self.assertEqual(picture(other), picture(db))
        other.close()
        db.close()


class Statements(Case):
    """The same statements, at different times and in different folders."""

    STATEMENTS = [
        ("SELECT strata_restore_json(?, 'replace', ?)", 0),
        ("SELECT strata_restore_json(?, 'merge', ?)", 1),
    ]

    def node(self, name: str):
        folder = self.folder / name
        folder.mkdir()
        db = sqlite3.connect(folder / "node.db", isolation_level=None)
        db.enable_load_extension(True)
        module = pathlib.Path(EXTENSION)
        db.execute("SELECT load_extension(?)", (str(module.with_name(module.name.replace("strata", "strata_nofs", 1))),))
        db.executescript((pathlib.Path(__file__).parents[2] / "sql" / "schema.sql").read_text(encoding="utf-8"))
        self.addCleanup(db.close)
        return db

    def test_two_nodes_hold_the_same_cells(self):
        documents = [backup(sample()), many(3000)]
        now = json.dumps({"now": "2026-01-31T00:00:00.000Z"})
        nodes = [self.node("one"), self.node("two")]
        for db in nodes:
            for sql, number in self.STATEMENTS:
                db.execute(sql, (documents[number], now)).fetchall()
        first, second = (picture(db) for db in nodes)
        self.assertEqual(first, second)
        for table in ("assets", "asset_snapshots", "tags"):
            rows = [db.execute(f"SELECT rowid, * FROM {table} ORDER BY rowid").fetchall() for db in nodes]
            self.assertEqual(rows[0], rows[1])
        self.assertEqual(nodes[0].execute("SELECT DISTINCT created_at FROM asset_snapshots WHERE id = 's0'").fetchall(),
                         [("2026-01-31T00:00:00.000+00:00",)])

    def test_there_is_no_way_to_files(self):
        db = self.node("one")
        for name in ("strata_backup_file", "strata_restore_file", "strata_backup_db", "strata_file"):
            with self.assertRaises(sqlite3.OperationalError) as caught:
                db.execute(f"SELECT {name}('x')")
            self.assertIn("no such function", str(caught.exception))


if __name__ == "__main__":
    unittest.main()
