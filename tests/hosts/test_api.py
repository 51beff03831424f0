"""The sources call no function that is newer than SQLite 3.31 without first asking which version
runs: an older host's table of functions has a hole there, and a call would crash it.

A use is protected if the C function around it compares sqlite3_libversion_number() with the
version that is needed, or a newer one.
"""

from __future__ import annotations

import pathlib
import re
import unittest

import support

OLDEST = 3031000

# Every function that extensions can call and that is newer than 3.31.
NEWER = {
    "create_filename": 3032000, "free_filename": 3032000, "database_file_object": 3032000,
    "txn_state": 3034000,
    "changes64": 3037000, "total_changes64": 3037000, "autovacuum_pages": 3037000,
    "error_offset": 3038000, "vtab_rhs_value": 3038000, "vtab_distinct": 3038000, "vtab_in": 3038000,
    "vtab_in_first": 3038000, "vtab_in_next": 3038000,
    "deserialize": 3039000, "serialize": 3039000, "db_name": 3039000,
    "value_encoding": 3040000,
    "is_interrupted": 3041000,
    "stmt_explain": 3043000,
    "get_clientdata": 3044000, "set_clientdata": 3044000,
    "setlk_timeout": 3050000,
    "set_errmsg": 3051000, "db_status64": 3051000,
    "str_truncate": 3052000, "str_free": 3052000, "carray_bind": 3052000, "carray_bind_v2": 3052000,
    "incomplete": 3054000, "result_str": 3054000,
}

# SQL that 3.31 does not understand.
NEWER_SQL = ["sqlite_schema", "sqlite_temp_schema", "RETURNING", "IS DISTINCT FROM", "IS NOT DISTINCT FROM", "->>",
             "pragma_table_list", "PRAGMA table_list", "iif(", "unixepoch(", "octet_length(", "MATERIALIZED",
             "DROP COLUMN"]


def without_comments(text: str) -> str:
    return re.sub(r"/\*.*?\*/", lambda comment: "\n" * comment.group().count("\n"), text, flags=re.S)


def ungated(text: str, file: str = "x.c") -> list[str]:
    """The unprotected uses of newer functions in a C file, as sentences."""
    result = []
    start = 0
    for end in [match.end() for match in re.finditer(r"^}", text, re.M)] + [len(text)]:
        body = text[start:end]
        asked = [int(n) for n in re.findall(r"sqlite3_libversion_number\(\)\s*>=?\s*(\d{7})", body)]
        for use in re.finditer(r"\bsqlite3_(\w+)\s*\(|\bsqlite3_api->(\w+)", body):
            needs = NEWER.get(use.group(1) or use.group(2), OLDEST)
            if needs > OLDEST and max(asked, default=0) < needs:
                line = text.count("\n", 0, start + use.start()) + 1
                result.append(f"{file}:{line}: {use.group().strip()} needs SQLite {needs} and is not gated")
        start = end
    return result


class Api(unittest.TestCase):
    def setUp(self) -> None:
        self.sources = sorted((support.SOURCE / "ext").glob("*.[ch]"))
        self.assertGreater(len(self.sources), 20)

    def test_nothing_newer_than_3_31_is_called_without_asking_for_the_version(self):
        for source in self.sources:
            self.assertEqual(ungated(without_comments(source.read_text(encoding="utf-8")), source.name), [])

    def test_the_same_search_finds_what_it_should(self):
        call = "void f(void) {\n  sqlite3_txn_state(db, 0);\n}\n"
        self.assertEqual(ungated(call), ["x.c:2: sqlite3_txn_state( needs SQLite 3034000 and is not gated"])
        gate = "  if (sqlite3_libversion_number() >= 3034000) "
        self.assertEqual(ungated(call.replace("  ", gate)), [])
        self.assertEqual(len(ungated(call.replace("  ", gate.replace("34", "33")))), 1)
        self.assertEqual(len(ungated("int g(void) {\n" + gate + ";\n}\n" + call)), 1)

    def test_no_statement_uses_what_3_31_does_not_understand(self):
        for source in self.sources:
            text = "\n".join(re.findall(r'"(?:[^"\\\n]|\\.)*"', without_comments(source.read_text(encoding="utf-8"))))
            self.assertEqual([word for word in NEWER_SQL if word in text], [], source.name)

    def test_the_list_has_every_newer_function_of_the_installed_header(self):
        header = pathlib.Path("/usr/include/sqlite3ext.h")
        if not header.exists():
            self.skipTest(f"there is no {header}")
        routines = header.read_text(encoding="utf-8").partition("struct sqlite3_api_routines {")[2].partition("\n};")[0]
        newer = routines.partition("(*filename_wal)")[2]
        self.assertNotEqual(newer, "")
        members = re.findall(r"^  \S.*?\(\*(\w+)\)\(", newer, re.M)
        self.assertEqual([member for member in members if member not in NEWER], [])


if __name__ == "__main__":
    unittest.main()
