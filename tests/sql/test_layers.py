"""The files of ext/ form layers: no file includes or calls upwards, so that each can be
read and tested with what lies below it and nothing else.

A module is a header with the source of the same name; one that has a source for each kind
of system (os_file_posix.c, os_file_windows.c) is one module. A module depends on those
whose header it includes and on those whose functions or objects it names.
"""

import os
import pathlib
import re
import tempfile
import unittest

SOURCE = pathlib.Path(os.environ["STRATA_SOURCE"])

INCLUDE = re.compile(r'#include "(\w+)\.h"')
NOT_CODE = re.compile(r'/\*.*?\*/|"(?:\\.|[^"\\\n])*"|\'(?:\\.|[^\'\\])*\'', re.DOTALL)
# At the beginning of a line: what a file gives to others.
DEFINED = re.compile(r"^(?!static|extern|typedef)\w[\w *]*?\b(strata_\w+)(?:\([^;{]*\)\s*\{|(?:\[\w*\])? = \{)", re.MULTILINE)


def modules(folder):
    """Module -> (the modules that it includes, its code)."""
    found = {}
    for path in sorted(folder.glob("*.[ch]")):
        text = path.read_text(encoding="utf-8")
        included, code = found.setdefault(re.sub("_(posix|windows)$", "", path.stem), (set(), []))
        included.update(INCLUDE.findall(text))
        code.append((path.suffix, NOT_CODE.sub(" ", text)))
    return found


def dependencies(folder):
    """Module -> {a module that it needs: why}."""
    found = modules(folder)
    home = {}
    for module, (_, code) in found.items():
        for suffix, text in code:
            if suffix == ".c":
                home.update(dict.fromkeys(DEFINED.findall(text), module))
    needs = {}
    for module, (included, code) in found.items():
        reasons = needs[module] = {name: f'#include "{name}.h"' for name in included if name in found}
        for suffix, text in code:
            for name in re.findall(r"\bstrata_\w+", text) if suffix == ".c" else ():
                reasons.setdefault(home.get(name, module), name)
        reasons.pop(module, None)
    return needs


def circle(needs):
    """The first circle, as lines that each say which module needs which, and why; [] where there is none."""
    done = set()

    def visit(module, path):
        if module in path:
            ring = path[path.index(module):] + [module]
            return [f"{a} -> {b} ({needs[a][b]})" for a, b in zip(ring, ring[1:])]
        if module in done:
            return []
        for other in sorted(needs[module]):
            found = visit(other, path + [module])
            if found:
                return found
        done.add(module)
        return []

    for module in needs:
        found = visit(module, [])
        if found:
            return found
    return []


class Layers(unittest.TestCase):
    def test_no_circle_among_the_files(self):
        needs = dependencies(SOURCE / "ext")
        self.assertEqual(circle(needs), [])
        # What the look at the sources must have seen, so that an empty answer means something.
        self.assertIn("restore", needs["files"])
        self.assertIn("reader", needs["document"])
        self.assertEqual(needs["catalog_load"]["catalog_keys"], '#include "catalog_keys.h"')

    def assert_circle(self, files, expected):
        with tempfile.TemporaryDirectory() as folder:
            for name, text in files.items():
                pathlib.Path(folder, name).write_text(text, encoding="utf-8")
            self.assertEqual(circle(dependencies(pathlib.Path(folder))), expected)

    def test_headers_that_include_each_other_are_found(self):
        self.assert_circle({"a.h": '#include "b.h"\n', "b.h": '#include "c.h"\n', "c.h": '#include "a.h"\n'},
                           ['a -> b (#include "b.h")', 'b -> c (#include "c.h")', 'c -> a (#include "a.h")'])

    def test_a_call_upwards_is_found_without_an_include(self):
        self.assert_circle({"high.c": '#include "low.h"\nint strata_high(int a,\n           int b) {\n  return 1;\n}\n',
                            "low.h": "int strata_low(void);\n",
                            "low.c": '#include "low.h"\nint strata_low(void) {\n  return strata_high(1, 2);\n}\n'},
                           ['high -> low (#include "low.h")', "low -> high (strata_high)"])

    def test_an_object_counts_as_well_and_a_comment_does_not(self):
        files = {"list.c": '#include "item.h"\nconst char *const strata_names[2] = {"a", "b"};\n', "item.h": "",
                 "item.c": '#include "item.h"\n/* strata_names says more */\nconst char *s = "strata_names";\n'}
        self.assert_circle(files, [])
        files["item.c"] += "const char *first(void) {\n  return strata_names[0];\n}\n"
        self.assert_circle(files, ['item -> list (strata_names)', 'list -> item (#include "item.h")'])

    def test_the_sources_of_two_systems_are_one_module(self):
        self.assert_circle({"file.h": "", "file_posix.c": '#include "file.h"\nint strata_open(void) {\n}\n',
                            "file_windows.c": '#include "file.h"\nint strata_open(void) {\n}\n'}, [])


if __name__ == "__main__":
    unittest.main()
