"""The modules and the static library as files: what they export, and what they need from a system or a program."""

from __future__ import annotations

import os
import re
import subprocess
import unittest

import support

# With STRATA_CJSON_SOURCE cJSON is compiled in, and the modules do not need the library.
CJSON_IS_COMPILED_IN = os.environ.get("STRATA_CJSON_SOURCE", "") != ""
NOFS = str(support.BUILD / "strata_nofs.so")


def output(*command: str) -> str:
    return subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True).stdout


class Module(support.Case):
    def exports(self, module: str) -> list[str]:
        return sorted(line.split()[-1] for line in output("nm", "-D", "--defined-only", module).splitlines())

    def test_each_exports_its_two_entry_points_and_nothing_else(self):
        self.assertEqual(self.exports(support.EXTENSION), ["sqlite3_strata_init", "sqlite3_strata_nofs_init"])
        self.assertEqual(self.exports(NOFS), ["sqlite3_strata_nofs_init", "sqlite3_stratanofs_init"])

    def test_it_needs_the_c_library_and_cjson_and_nothing_else(self):
        allowed = {"libc.so.6", "libm.so.6"}
        for module in (support.EXTENSION, NOFS):
            needed = set(re.findall(r"\(NEEDED\).*\[(.*)\]", output("readelf", "-d", module)))
            self.assertEqual("libcjson.so.1" in needed, not CJSON_IS_COMPILED_IN, module)
            self.assertEqual(needed - {"libcjson.so.1"} - allowed, set(), module)

    def test_it_reaches_sqlite_through_the_host_only(self):
        for module in (support.EXTENSION, NOFS):
            undefined = output("nm", "-D", "--undefined-only", module)
            self.assertEqual("cJSON_" in undefined, not CJSON_IS_COMPILED_IN, module)
            self.assertNotIn("sqlite3_", undefined)

    def test_the_one_without_files_cannot_open_or_write_any(self):
        def calls(module: str) -> set[str]:
            lines = output("nm", "-D", "--undefined-only", module).splitlines()
            return {line.split()[-1].partition("@")[0] for line in lines}

        files = {"open", "openat", "open64", "openat64", "read", "pread", "pread64", "write", "linkat", "rename",
                 "renameat", "unlinkat", "fsync", "fopen", "fopen64"}
        self.assertGreater(len(calls(support.EXTENSION) & files), 5)  # these names are the right ones to look for
        self.assertEqual(calls(NOFS) & files, set())

    def test_it_has_no_run_path_and_no_executable_stack(self):
        self.assertNotRegex(output("readelf", "-d", support.EXTENSION), r"RPATH|RUNPATH")
        self.assertNotRegex(output("readelf", "-lW", support.EXTENSION), r"GNU_STACK.*RWE")

    def test_the_static_library_takes_no_names_but_its_own_from_the_program(self):
        lines = output("nm", "-g", "--defined-only", str(support.BUILD / "ext" / "libstrata.a")).splitlines()
        names = [line.split()[2] for line in lines if len(line.split()) == 3]
        names = [name for name in names if not name.startswith("__x86.get_pc_thunk.")]  # the compiler's, on 32 bits
        self.assertIn("sqlite3_strata_init", names)
        self.assertEqual([name for name in names if not name.startswith(("strata_", "sqlite3_strata_"))], [])


if __name__ == "__main__":
    unittest.main()
