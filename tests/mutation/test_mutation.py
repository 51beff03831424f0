"""The mutator itself, on a tree of one function: it catches a mistake that a test sees, lets pass one that no test
sees, and refuses a tree whose tests fail before anything is changed."""

import contextlib
import io
import json
import pathlib
import tempfile
import unittest
from unittest import mock

import mutants
import mutate

CMAKE = """cmake_minimum_required(VERSION 3.16)
project(tiny LANGUAGES C)
enable_testing()
add_library(strata MODULE ext/limit.c)
add_library(strata_nofs MODULE ext/limit.c)
add_executable(test_limit test_limit.c ext/limit.c)
add_test(NAME test_limit COMMAND test_limit)
"""
LIMIT = """int limit(int value) {
  if (value > 9) return 9;
  return value;
}
"""
SEEN = "limit.c: limit: if: condition negated: if (value > 9) return 9;"
UNSEEN = "limit.c: limit: `9` -> `(9 + 1)`: if (value > 9) return 9;"
TEST = "int limit(int value);\nint main(void) { return limit(5) != %d; }\n"


class Mutation(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.work, self.source = pathlib.Path(folder.name, "work"), pathlib.Path(folder.name, "source")
        (self.source / "ext").mkdir(parents=True)
        (self.source / "CMakeLists.txt").write_text(CMAKE)
        (self.source / "ext" / "limit.c").write_text(LIMIT)
        (self.source / "test_limit.c").write_text(TEST % 5)
        self.only = pathlib.Path(folder.name, "only")

    def run_it(self, *names: str) -> tuple[int, str]:
        self.only.write_text("\n".join(names))
        arguments = ["mutate.py", "--work", self.work, "--source", self.source, "--only", self.only, "--jobs", "2"]
        printed = io.StringIO()
        with mock.patch("sys.argv", [str(argument) for argument in arguments]), contextlib.redirect_stdout(printed):
            return mutate.main(), printed.getvalue()

    def test_a_mistake_is_caught_where_a_test_sees_it_and_survives_where_none_does(self):
        status, printed = self.run_it(SEEN, UNSEEN)
        self.assertEqual(status, 1, printed)  # one survived that is not explained
        results = [json.loads(line) for line in (self.work / "results.jsonl").read_text().splitlines()]
        self.assertCountEqual([(r["name"], r["verdict"], r.get("by")) for r in results],
                              [(SEEN, "caught", "test_limit"), (UNSEEN, "survived", None)])
        self.assertIn("2 mutants: 1 caught, 50.0 %; 1 survived, 1 of them not explained", printed)
        for tree in (self.source, self.work / "job0" / "tree", self.work / "job1" / "tree"):
            self.assertEqual((tree / "ext" / "limit.c").read_text(), LIMIT)
        self.assertNotIn(SEEN, self.run_it(SEEN, UNSEEN)[1])  # what has its verdict is not tried again

    def test_a_tree_whose_tests_fail_before_anything_is_changed_is_refused(self):
        (self.source / "test_limit.c").write_text(TEST % 6)
        with self.assertRaises(SystemExit) as caught:
            self.run_it(SEEN)
        self.assertEqual(str(caught.exception), "test_limit fails before anything is changed")


class Places(unittest.TestCase):
    def changed(self, text: str) -> set[str]:
        return {mutant.apply(text) for place in mutants.places("x.c", text) for mutant in place}

    def test_each_kind_of_mistake_is_made(self):
        body = "int f(int a, int *p) {\n  %s\n}\n"
        for before, after in (("g(a < 2);", "g(a <= 2);"), ("g(a == 2);", "g(a != 2);"), ("g(a && b);", "g(a || b);"),
                              ("g(a + 2);", "g(a - 2);"), ("a++;", "a--;"), ("g(70);", "g((70 + 1));"), ("g(true);", "g(false);"),
                              ("g(!a);", "g(a);"), ("if (a) g();", "if (!(a)) g();"), ("if (a) g();", "if (a) ;"),
                              ("return a;", "return 0;"), ("return a;", "return !(a);")):
            self.assertIn(body % after, self.changed(body % before), after)

    def test_strings_comments_and_preprocessor_lines_stay(self):
        self.assertEqual(self.changed('#define X 1 == 2\n/* a == 1 */\n// 1 + 1\nstatic const char *s = "1 < 2";\n'), set())

    def test_pointers_and_signs_are_no_arithmetic(self):
        self.assertEqual(self.changed("int f(const char *a, int b);\nint *p = &b, c = -b;\n"), set())


if __name__ == "__main__":
    unittest.main()
