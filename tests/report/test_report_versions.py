"""The same page in the oldest SQLite whose shell the script supports, in the newest, and in the
installed shell; they may differ only in how a tenth of a pixel is rounded. The first two are those
of tests/hosts/test_versions.py, fetched with STRATA_NPM=1, and skipped without.
"""

from __future__ import annotations

import os
import pathlib
import re
import subprocess
import sys
import unittest

sys.path.append(str(pathlib.Path(__file__).parents[1] / "hosts"))

import npm
from page import Book, ReportCase, new_database
from support import EXTENSION, SOURCE, connect, sample
from test_report_page import CONTROL, HOSTILE

MOMENT = "2025-01-15 09:42"


class Versions(ReportCase):
    def test_in_the_python_that_runs_the_tests(self):
        self.same_pages({})

    def test_in_3_34_0(self):
        self.same_pages(self.using("7.1.2", "3.34.0", "-DSQLITE_ENABLE_DESERIALIZE", "-DSQLITE_ENABLE_JSON1"), "3.34.0")

    def test_in_3_54_1_where_no_word_in_double_quotes_is_a_text(self):
        self.same_pages(self.using("13.2.0", "3.54.1", "-DSQLITE_DQS=0"), "3.54.1")

    def using(self, release: str, version: str, *options: str) -> dict[str, str]:
        """The environment in which Python uses that SQLite."""
        if sys.platform != "linux":
            raise unittest.SkipTest("another SQLite for Python is put in place only on Linux")
        return {"LD_LIBRARY_PATH": str(npm.sqlite(release, f"{version}-report", *options))}

    def same_pages(self, environment: dict[str, str], version: str = "") -> None:
        sample(self.folder / "strata.db").close()
        connect(self.folder / "strata.db").execute("SELECT strata_backup_file(?)", (str(self.folder / "b.json"),)).fetchone()
        book = Book(new_database(self.folder / "hostile.db"))
        for number, name in enumerate(HOSTILE + CONTROL):
            book.value(book.asset(name, ("FINANCIAL", "LIABILITIES")[number % 2]), 10.0 ** (number * 7 % 40 - 8), f"{1990 + number}-01-01T00:00:00.000+00:00")
            book.total(7.25 - number, f"{1990 + number}-01-02T00:00:00Z", ("EUR", "USD", "JPY")[number % 3], notes=name)
        new_database(self.folder / "empty.db")
        for database in ("strata.db", "hostile.db", "empty.db"):
            with self.subTest(database=database):
                expected = self.page(database, now=MOMENT, source="s", path=self.folder / "b.json").source
                settings = [f"out={self.folder}/other.html", f"now={MOMENT}", "source=s", f"path={self.folder}/b.json"]
                done = subprocess.run([sys.executable, str(pathlib.Path(__file__).parent / "small_shell.py"), EXTENSION.removesuffix(".so"),
                                       f"{SOURCE}/sql/report.sql", str(self.folder / database), *settings], env={**os.environ, **environment},
                                      capture_output=True, encoding="utf-8", timeout=120, check=False)
                self.assertEqual((done.returncode, done.stderr), (0, ""))
                if version:
                    self.assertEqual(done.stdout.splitlines()[-1], version)
                self.same((self.folder / "other.html").read_text(encoding="utf-8"), expected)

    def same(self, page: str, expected: str) -> None:
        places = re.compile(r'(?<= )(?:d|x|y|cx|cy|width)="[^"]*"')
        self.assertEqual(places.sub("", page), places.sub("", expected))
        for one, other in zip(places.findall(page), places.findall(expected)):
            if one != other:
                for number, wanted in zip(re.findall(r"-?[\d.]+", one), re.findall(r"-?[\d.]+", other)):
                    self.assertAlmostEqual(float(number), float(wanted), delta=0.11)


if __name__ == "__main__":
    unittest.main()
