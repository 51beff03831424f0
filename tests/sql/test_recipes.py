"""The recipes of the README: one statement each, on documents that lie in files."""

from __future__ import annotations

import json
import subprocess
import unittest

from support import EXTENSION, SHELL, Case, empty, sample

# Bring back only what was deleted since a backup.
MISSING = """
SELECT strata_restore_json(json_object('schemaVersion', '1', 'data', json_group_object(name, json(rows))), 'merge')
  FROM (SELECT name, json_group_array(json(backup)) AS rows
          FROM strata_backup_diff(strata_file('old.json')) WHERE change = 'removed' GROUP BY name)
"""

# Bring back one asset with its history, out of an old backup.
ASSET = """
SELECT strata_restore_json(json_object('schemaVersion', '1', 'data', json_group_object(name, json(rows))), 'merge')
  FROM (SELECT name, json_group_array(json(row)) AS rows
          FROM strata_backup_rows(strata_file('old.json'))
         WHERE json_extract(row, CASE name WHEN 'assets' THEN '$.id' ELSE '$.assetId' END) = 'a_watch' GROUP BY name)
"""

# What has changed between two months.
MONTHS = """
SELECT name, key, change, field, backup, database
  FROM strata_backup_diff(strata_file('old.json'), 'main', strata_file('new.json'))
"""

# The history of one value, over a folder of backups.
HISTORY = """
SELECT f.name, json_extract(r.row, '$.name')
  FROM fsdir('.') AS f JOIN strata_backup_rows(strata_file(f.name)) AS r
 WHERE f.name LIKE '%.json' AND r.name = 'assets' AND r.key = 'a_watch' ORDER BY f.name
"""


class Recipes(Case):
    def setUp(self):
        super().setUp()
        self.database = sample(self.folder / "strata.db")
        self.addCleanup(self.database.close)
        self.database.execute("PRAGMA foreign_keys = ON")
        self.back_up("old.json")

    def back_up(self, name: str) -> None:
        self.database.execute("SELECT strata_backup_file(?)", (str(self.folder / name),)).fetchone()

    def run_shell(self, sql: str, database: str = "strata.db") -> list[list[str]]:
        done = subprocess.run([SHELL, "-batch", "-bail", "-list", database, f".load {EXTENSION}", sql], cwd=self.folder, timeout=60,
                              capture_output=True, encoding="utf-8", stdin=subprocess.DEVNULL, check=False)
        self.assertEqual((done.returncode, done.stderr), (0, ""))
        return [line.split("|") for line in done.stdout.splitlines()]

    def differences(self) -> list:
        return self.database.execute("SELECT name, key, change FROM strata_backup_diff(strata_file(?))",
                                     (str(self.folder / "old.json"),)).fetchall()

    def test_only_what_was_deleted_comes_back(self):
        self.database.executescript("DELETE FROM assets WHERE id IN ('a_watch', 'a_flat'); DELETE FROM tags WHERE id = 't_long';"
                                    "UPDATE assets SET name = 'X' WHERE id = 'a_car'; INSERT INTO tags VALUES ('t_new', 'n')")
        self.run_shell(MISSING)
        self.assertEqual(self.differences(), [("tags", "t_new", "added"), ("assets", "a_car", "changed")])
        ((result,),) = self.run_shell(MISSING)
        self.assertEqual(sum(json.loads(result)["counts"].values()), 0)

    def test_one_asset_comes_back_with_its_history(self):
        self.database.executescript("DELETE FROM assets WHERE id IN ('a_watch', 'a_flat')")
        self.run_shell(ASSET)
        self.assertEqual(self.database.execute("SELECT count(*) FROM asset_snapshots WHERE asset_id = 'a_watch'").fetchone(), (4,))
        self.assertEqual(self.database.execute("SELECT count(*) FROM asset_tags WHERE asset_id = 'a_watch'").fetchone(), (1,))
        self.assertFalse([key for _, key, _ in self.differences() if "a_watch" in key])
        self.assertIn(("assets", "a_flat", "removed"), self.differences())

    def test_what_has_changed_between_two_months(self):
        self.database.executescript("UPDATE assets SET name = 'X' WHERE id = 'a_car'; INSERT INTO tags VALUES ('t_new', 'n')")
        self.back_up("new.json")
        empty(self.folder / "other.db").close()
        self.assertEqual(self.run_shell(MONTHS, "other.db"), [
            ["tags", "t_new", "added", "", "", '{"id":"t_new","name":"n"}'], ["assets", "a_car", "changed", "name", "Renault Zoé ⚡", "X"]])

    def test_the_history_of_one_value(self):
        for month in ("2026-01", "2026-02", "2026-03"):
            self.database.execute("UPDATE assets SET name = ? WHERE id = 'a_watch'", (f"Watch of {month}",))
            self.back_up(f"strata-backup-{month}-01.json")
        rows = [row for row in self.run_shell(HISTORY) if "old" not in row[0]]
        self.assertEqual(rows, [[f"./strata-backup-{month}-01.json", f"Watch of {month}"] for month in ("2026-01", "2026-02", "2026-03")])


if __name__ == "__main__":
    unittest.main()
