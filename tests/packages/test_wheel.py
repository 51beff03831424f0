"""The Python wheels: their tags are true, and pip installs the one for this machine, without an index, into a fresh
environment and into clean systems without a compiler, where it loads and plays the whole scenario."""

from __future__ import annotations

import os
import pathlib
import re
import shutil
import subprocess
import sys
import unittest
import zipfile

from scenario import SNIPPETS, Scenario

from chroot import Chroot
import packed

WHEELS = sorted(packed.PACKAGES.glob("sqlite_strata-*.whl"))
LOADING = re.compile(r"db\.enable_load_extension\(True\)\n.*\n.*enable_load_extension\(False\)\n")


def snippet(load: str = "sqlite_strata.load(db)") -> str:
    """The README's Python program, with the package in the place of the three lines that load a file."""
    text, count = LOADING.subn(load + "\n", (SNIPPETS / "python.py").read_text(encoding="utf-8"))
    assert count == 1
    return text.replace("import sqlite3", "import sqlite3\nimport sqlite_strata")


def own_wheel() -> pathlib.Path:
    """The wheel for this machine."""
    machine = os.uname().machine
    kind = "macosx" if sys.platform == "darwin" else "manylinux"
    found = [wheel for wheel in WHEELS if kind in wheel.name and machine in wheel.name]
    if len(found) != 1:
        raise AssertionError(f"one wheel for {machine} expected in {packed.PACKAGES}: {found}; build the target `packages`")
    return found[0]


class Wheels(unittest.TestCase):
    def test_each_has_its_two_modules_its_version_and_a_tag_for_one_system(self):
        self.assertGreater(len(WHEELS), 0)
        for wheel in WHEELS:
            with self.subTest(wheel.name), zipfile.ZipFile(wheel) as archive:
                suffix = ".dylib" if "macosx" in wheel.name else ".dll" if "-win" in wheel.name else ".so"
                names = {name for name in archive.namelist() if name.startswith("sqlite_strata/")}
                self.assertEqual(names, {f"sqlite_strata/{name}" for name in
                                         ("__init__.py", f"strata{suffix}", f"strata_nofs{suffix}", "cJSON-LICENSE.txt")})
                info = f"sqlite_strata-{packed.VERSION}.dist-info"
                text = archive.read(f"{info}/WHEEL").decode()
                self.assertIn("Root-Is-Purelib: false", text)
                self.assertNotIn("-any", text)
                self.assertIn(f'__version__ = "{packed.VERSION}"', archive.read("sqlite_strata/__init__.py").decode())

    def test_the_modules_for_windows_are_those_of_the_node_package(self):
        """Which Node for Windows loads under wine; this wheel was never loaded, for want of a Python for Windows."""
        for wheel in (each for each in WHEELS if "-win_amd64" in each.name):
            for module in ("strata.dll", "strata_nofs.dll"):
                with self.subTest(module), zipfile.ZipFile(wheel) as archive:
                    self.assertEqual(archive.read(f"sqlite_strata/{module}"),
                                     (packed.PACKAGES / "modules" / "windows-x64" / module).read_bytes())

    def test_the_glibc_of_the_tag_is_the_oldest_that_has_what_the_modules_need(self):
        for wheel in WHEELS:
            tag = re.search(r"manylinux_(\d+)_(\d+)_", wheel.name)
            if not tag or shutil.which("objdump") is None:
                continue
            with self.subTest(wheel.name), zipfile.ZipFile(wheel) as archive:
                needed = set()
                for name in ("strata.so", "strata_nofs.so"):
                    file = packed.PACKAGES / "build" / name
                    file.write_bytes(archive.read(f"sqlite_strata/{name}"))
                    said = subprocess.run(["objdump", "-T", str(file)], stdout=subprocess.PIPE, text=True, check=False)
                    if said.returncode != 0:
                        self.skipTest(f"this objdump does not know the processor of {wheel.name}")
                    needed |= {(int(a), int(b)) for a, b in re.findall(r"GLIBC_(\d+)\.(\d+)", said.stdout)}
                self.assertEqual(max(needed | {(2, 17)}), (int(tag[1]), int(tag[2])))


class InAFreshEnvironment(Scenario):
    @classmethod
    def setUpClass(cls) -> None:
        cls.environment = packed.PACKAGES / "venv"
        shutil.rmtree(cls.environment, ignore_errors=True)
        done = subprocess.run([sys.executable, "-m", "venv", str(cls.environment)], stdout=subprocess.PIPE,
                              stderr=subprocess.STDOUT, text=True, check=False)
        if done.returncode != 0:
            raise unittest.SkipTest(f"no fresh environment can be made: {done.stdout.strip()[:300]}")
        cls.python = str(cls.environment / "bin" / "python")
        subprocess.run([cls.python, "-m", "pip", "install", "--quiet", "--no-index", "--disable-pip-version-check",
                        str(own_wheel())], check=True)

    def python_says(self, text: str) -> str:
        done = self.run_here([self.python, "-c", text], {"PYTHONPATH": ""})
        self.assertEqual((done.returncode, done.stderr), (0, ""))
        return done.stdout.strip()

    def test_it_does_all_that_the_module_does(self):
        self.module.unlink()
        (self.folder / "program.py").write_text(snippet(), encoding="utf-8")
        self.play([self.python, "program.py"], {"PYTHONPATH": ""})

    def test_the_path_is_what_load_extension_takes(self):
        self.module.unlink()
        (self.folder / "program.py").write_text(snippet(
            "db.enable_load_extension(True)\ndb.load_extension(sqlite_strata.loadable_path())"), encoding="utf-8")
        self.play([self.python, "program.py"], {"PYTHONPATH": ""})

    def test_the_version_is_the_projects_and_the_extensions(self):
        self.assertEqual(self.python_says(
            "import sqlite3, sqlite_strata as s; db = sqlite3.connect(':memory:'); s.load(db);"
            "print(s.__version__, *db.execute('SELECT strata_version()').fetchone())"), f"{packed.VERSION} {packed.VERSION}")

    def test_loading_leaves_it_as_it_was_whether_extensions_may_be_loaded(self):
        program = """import sqlite3, sqlite_strata
db = sqlite3.connect(':memory:')
for allowed in (False, True):
    db.enable_load_extension(allowed)
    sqlite_strata.load(db)
    try:
        db.execute("SELECT load_extension('no such file')")
    except sqlite3.OperationalError as error:
        print(allowed, str(error) == 'not authorized')"""
        self.assertEqual(self.python_says(program), "False True\nTrue False")

    def test_the_module_without_files(self):
        program = """import sqlite3, sqlite_strata
db = sqlite3.connect(':memory:')
sqlite_strata.load(db, files=False)
print([name for (name,) in db.execute("SELECT name FROM pragma_function_list WHERE name LIKE 'strata%file' OR name LIKE 'strata%db'")],
      *db.execute("SELECT count(*) > 0 FROM pragma_function_list WHERE name = 'strata_backup_json'").fetchone())"""
        self.assertEqual(self.python_says(program), "[] 1")


class Installed:
    suite = ""

    @classmethod
    def setUpClass(cls) -> None:
        super().setUpClass()
        if not sys.platform.startswith("linux"):
            raise unittest.SkipTest("the clean systems are Debian's")
        cls.system = Chroot(cls.suite, "", ("python3", "python3-venv", "sqlite3"))
        cls.addClassCleanup(cls.system.close)
        cls.system.put(own_wheel())
        cls.system.must("python3", "-m", "venv", "/root/venv")
        cls.system.must("/root/venv/bin/pip", "install", "--no-index", f"/root/{own_wheel().name}")

    def run_here(self, command, environment=None):
        return self.system.run_in_copy(self.folder, *command)

    def test_it_does_all_that_the_module_does_where_there_is_no_compiler(self):
        self.assertNotEqual(self.system.run("which", "gcc", "cc").returncode, 0)
        self.module.unlink()
        (self.folder / "program.py").write_text(snippet(), encoding="utf-8")
        self.play(["/root/venv/bin/python", "program.py"])


class InDebian11(Installed, Scenario):
    suite = "bullseye"


class InDebian12(Installed, Scenario):
    suite = "bookworm"


class InDebian13(Installed, Scenario):
    suite = "trixie"


if __name__ == "__main__":
    packed.main()
