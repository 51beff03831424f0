"""The extension in each host: every program that README.md here shows is run as it stands there,
and must play the whole scenario.

    python3 test_host.py Tcl     one host; exit code 77 if it is not installed
    python3 test_host.py         all of them
"""

import os
import sys
import unittest

from scenario import SNIPPETS, Scenario
import support


class Hosts(Scenario):
    def test_Shell(self):
        shell = self.need(support.SHELL)
        bin_folder = self.folder / "bin"
        bin_folder.mkdir()
        (bin_folder / "sqlite3").symlink_to(shell)
        self.play(["sh", str(SNIPPETS / "shell.sh")], {"PATH": f"{bin_folder}:{os.environ['PATH']}"})

    def test_Python(self):
        self.play([sys.executable, str(SNIPPETS / "python.py")])

    def test_NodeSqlite(self):
        node = self.need("node")
        self.need_success([node, "-e", "const [a, b] = process.versions.node.split('.');"
                                       "process.exit(a > 22 || a == 22 && b >= 13 ? 0 : 1)"],
                          "node:sqlite can load extensions from Node 22.13 on; test_npm.py tries a newer Node")
        self.play([node, "--no-warnings", str(SNIPPETS / "node-sqlite.mjs")])

    def test_Perl(self):
        perl = self.need("perl")
        self.need_success([perl, "-MDBD::SQLite", "-e", "1"], "Perl cannot use DBD::SQLite")
        self.play([perl, str(SNIPPETS / "perl.pl")])

    def test_Tcl(self):
        tclsh = self.need("tclsh")
        probe = self.folder / "probe.tcl"
        probe.write_text("package require sqlite3", encoding="utf-8")
        self.need_success([tclsh, str(probe)], "Tcl cannot use sqlite3")
        self.play([tclsh, str(SNIPPETS / "tcl.tcl")])

    def test_Php(self):
        php = self.need("php")
        self.need_success([php, "-r", "exit(class_exists('SQLite3') ? 0 : 1);"], "PHP cannot use sqlite3")
        self.play([php, "-d", f"sqlite3.extension_dir={self.folder}", str(SNIPPETS / "php.php")])

    def test_Ruby(self):
        ruby = self.need("ruby")
        self.need_success([ruby, "-e", "require 'sqlite3'"], "Ruby cannot use sqlite3")
        self.play([ruby, str(SNIPPETS / "ruby.rb")])

    def test_Embedded(self):
        self.play([os.environ["STRATA_EMBED"]])


if __name__ == "__main__":
    names = ["Hosts.test_" + name for name in sys.argv[1:]]
    result = unittest.main(argv=sys.argv[:1] + names, exit=False, verbosity=2).result
    if not result.wasSuccessful():
        sys.exit(1)
    sys.exit(77 if len(result.skipped) == result.testsRun else 0)
