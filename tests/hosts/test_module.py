"""The module and the static library as files: what they export, and what they need of a system or a program."""

from __future__ import annotations

import re
import subprocess
import unittest

import support


def output(*command: str) -> str:
    return subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True).stdout


class Module(support.Case):
    def test_it_exports_its_two_entry_points_and_nothing_else(self):
        names = [line.split()[-1] for line in output("nm", "-D", "--defined-only", support.EXTENSION).splitlines()]
        self.assertEqual(sorted(names), ["sqlite3_strata_init", "sqlite3_strata_nofs_init"])

    def test_it_needs_the_c_library_and_cjson_and_nothing_else(self):
        needed = re.findall(r"\(NEEDED\).*\[(.*)\]", output("readelf", "-d", support.EXTENSION))
        self.assertIn("libcjson.so.1", needed)
        self.assertEqual([name for name in needed if name not in ("libc.so.6", "libm.so.6", "libcjson.so.1")], [])

    def test_it_reaches_sqlite_through_the_host_only(self):
        undefined = output("nm", "-D", "--undefined-only", support.EXTENSION)
        self.assertIn("cJSON_", undefined)
        self.assertNotIn("sqlite3_", undefined)

    def test_it_has_no_run_path_and_no_executable_stack(self):
        self.assertNotRegex(output("readelf", "-d", support.EXTENSION), r"RPATH|RUNPATH")
        self.assertNotRegex(output("readelf", "-lW", support.EXTENSION), r"GNU_STACK.*RWE")

    def test_the_static_library_takes_no_names_but_its_own_from_the_program(self):
        lines = output("nm", "-g", "--defined-only", str(support.BUILD / "ext" / "libstrata.a")).splitlines()
        names = [line.split()[2] for line in lines if len(line.split()) == 3]
        self.assertIn("sqlite3_strata_init", names)
        self.assertEqual([name for name in names if not name.startswith(("strata_", "sqlite3_strata_"))], [])


if __name__ == "__main__":
    unittest.main()
