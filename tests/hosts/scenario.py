"""The one scenario that every host plays: a folder with the module, an empty database and the sample
as a backup; a program that loads the module, restores, counts, backs up and compares; and what must
then be true of its output, of the backup that it wrote and of the database.
"""

from __future__ import annotations

import json
import os
import pathlib
import shutil
import sqlite3
import subprocess

import support

SNIPPETS = pathlib.Path(__file__).parent / "snippets"


class Scenario(support.Case):
    """A case whose folder is ready for a program that runs in it."""

    patience = 100  # seconds that a program may take

    def setUp(self) -> None:
        super().setUp()
        self.module = self.folder / ("strata" + (pathlib.Path(support.EXTENSION).suffix or ".so"))
        shutil.copy(support.EXTENSION, self.module)
        support.empty(self.folder / "new.db").close()
        sample = support.sample()
        self.rows = support.picture(sample)
        self.counts = [f"{name} {len(self.rows[table])}" for name, table in support.TABLES.items()]
        self.assertNotIn(0, [len(rows) for rows in self.rows.values()])
        (self.document,) = sample.execute("SELECT strata_backup_json()").fetchone()
        (self.folder / "backup.json").write_text(self.document, encoding="utf-8")

    def play(self, command: list[str], environment: dict[str, str] | None = None) -> None:
        """Run a program in the folder, and look at everything it should have done."""
        done = self.run_here(command, environment)
        self.assertEqual((done.returncode, done.stderr), (0, ""))
        lines = done.stdout.replace("|", " ").splitlines()
        answers = [json.loads(line) for line in lines if line.startswith("{")]
        self.assertEqual([line for line in lines if not line.startswith("{")], self.counts + ["0 differences"])
        for answer in answers:
            self.assertEqual([f"{name} {rows}" for name, rows in answer["counts"].items()], self.counts)
        copy = (self.folder / "copy.json").read_text(encoding="utf-8")
        self.assertEqual(support.without_moment(copy), support.without_moment(self.document))
        database = sqlite3.connect(self.folder / "new.db")
        self.addCleanup(database.close)
        self.assertEqual(support.picture(database), self.rows)

    def run_here(self, command: list[str], environment: dict[str, str] | None = None):
        return subprocess.run(command, cwd=self.folder, env={**os.environ, **(environment or {})}, text=True,
                              encoding="utf-8", stdout=subprocess.PIPE, stderr=subprocess.PIPE, timeout=self.patience)

    def need(self, program: str) -> str:
        """The path of a program, or the test is skipped."""
        path = shutil.which(program)
        if path is None:
            self.skipTest(f"{program} is not installed")
        return path

    def need_success(self, command: list[str], otherwise: str) -> None:
        """A library that the host needs is there, or the test is skipped."""
        done = self.run_here(command)
        if done.returncode != 0:
            self.skipTest(f"{otherwise} ({(done.stderr.strip() or 'it said nothing').splitlines()[0][:200]})")
