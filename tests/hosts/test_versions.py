"""The extension in other SQLites than the installed one: the oldest that it supports, one in between,
the newest, built without threads and without what hosts like to omit; and one that is too old. They
are built from the sources inside better-sqlite3's releases, and Python is made to use them.

    STRATA_NPM=1 python3 test_versions.py     fetch and build them once (a minute)
    python3 test_versions.py --every-test     run all of tests/sql in each, not just a few
"""

from __future__ import annotations

import os
import shutil
import sys
import unittest

from scenario import SNIPPETS, Scenario
import npm
import support

# What SQLite recommends to leave out, and what small systems leave out besides.
LEAN = ["-DSQLITE_THREADSAFE=0", "-DSQLITE_DQS=0", "-DSQLITE_OMIT_DEPRECATED", "-DSQLITE_OMIT_PROGRESS_CALLBACK",
        "-DSQLITE_OMIT_SHARED_CACHE", "-DSQLITE_OMIT_AUTHORIZATION", "-DSQLITE_OMIT_TRACE", "-DSQLITE_OMIT_UTF16",
        "-DSQLITE_OMIT_JSON", "-DSQLITE_OMIT_GET_TABLE", "-DSQLITE_OMIT_DECLTYPE",
        "-DSQLITE_OMIT_DESERIALIZE", "-DSQLITE_DEFAULT_MEMSTATUS=0", "-DSQLITE_LIKE_DOESNT_MATCH_BLOBS",
        "-DSQLITE_MAX_EXPR_DEPTH=0", "-DSQLITE_USE_ALLOCA"]
EVERY_TEST = "--every-test" in sys.argv
# What depends on how SQLite compiles a statement, or when it carries one out, or on whom it lets call.
SOME_TESTS = ("test_entry_points.py", "test_page_cache.py", "test_progress.py")
SHELL = """#!/bin/sh
# The installed shell is made for the installed library.
unset LD_LIBRARY_PATH
exec %s "$@"
"""


class Versions(Scenario):
    def test_3_31_1_the_oldest(self):
        self.plays_in("6.0.0", "3.31.1", "-DSQLITE_ENABLE_DESERIALIZE", "-DSQLITE_ENABLE_JSON1")

    def test_3_34_0(self):
        self.plays_in("7.1.2", "3.34.0", "-DSQLITE_ENABLE_DESERIALIZE", "-DSQLITE_ENABLE_JSON1")

    def test_3_46_1_which_cannot_read_the_schema_of_a_utf_16_database_while_a_statement_runs(self):
        library = npm.sqlite("11.3.0", "3.46.1", "-DSQLITE_ENABLE_DESERIALIZE")
        done = self.run_here([sys.executable, str(SNIPPETS.parent / "first_statement.py"), str(support.EXTENSION)],
                             self.using(library, "3.46.1"))
        self.assertEqual((done.returncode, done.stderr), (0, ""))

    def test_3_54_1_without_threads(self):
        self.plays_in("13.2.0", "3.54.1", "-DSQLITE_THREADSAFE=0", "-DSQLITE_DQS=0")

    def test_3_54_1_without_all_that_can_be_left_out(self):
        library = npm.sqlite("13.2.0", "3.54.1-lean", *LEAN)
        done = npm.run([os.environ.get("CC", "cc"), "-I", str(npm.source("13.2.0").parent), "-o", "host",
                        str(SNIPPETS.parent / "lean_host.c"), str(library / "libsqlite3.so.0")], self.folder)
        self.assertEqual((done.returncode, done.stderr), (0, ""))
        self.play([str(self.folder / "host")], {"LD_LIBRARY_PATH": str(library)})

    def test_3_29_0_is_too_old_and_the_extension_says_so(self):
        library = npm.sqlite("5.4.3", "3.29.0", "-DSQLITE_ENABLE_DESERIALIZE")
        done = self.run_here([sys.executable, str(SNIPPETS / "python.py")], self.using(library, "3.29.0"))
        self.assertEqual(done.returncode, 1)
        self.assertTrue(done.stderr.rstrip().endswith("strata needs SQLite 3.31 or newer; this is 3.29.0"), done.stderr)
        self.assertFalse((self.folder / "copy.json").exists())

    def plays_in(self, release: str, version: str, *options: str) -> None:
        environment = self.using(npm.sqlite(release, version, *options), version)
        self.play([sys.executable, str(SNIPPETS / "python.py")], environment)
        environment["STRATA_SQLITE3"] = self.shell()
        for test in sorted((support.SOURCE / "tests" / "sql").glob("test_*.py")):
            if EVERY_TEST or test.name in SOME_TESTS:
                with self.subTest(test=test.name):
                    done = self.run_here([sys.executable, str(test)], environment)
                    self.assertEqual(done.returncode, 0, done.stderr[-3000:])

    def shell(self) -> str:
        path = self.folder / "sqlite3"
        path.write_text(SHELL % (shutil.which(support.SHELL) or "false"))
        path.chmod(0o755)
        return str(path)

    def using(self, library, version: str) -> dict[str, str]:
        """The environment in which Python uses this SQLite, which is made sure of."""
        environment = {"LD_LIBRARY_PATH": str(library)}
        done = self.run_here([sys.executable, "-c", "import sqlite3; print(sqlite3.sqlite_version)"], environment)
        self.assertEqual((done.returncode, done.stderr), (0, ""))
        if done.stdout.strip() != version:
            self.skipTest(f"{sys.executable} has its own SQLite ({done.stdout.strip()}) and does not use this one")
        return environment


if __name__ == "__main__":
    arguments = [argument for argument in sys.argv if argument != "--every-test"]
    result = unittest.main(argv=arguments, exit=False, verbosity=2).result
    if not result.wasSuccessful():
        sys.exit(1)
    sys.exit(77 if len(result.skipped) == result.testsRun else 0)
