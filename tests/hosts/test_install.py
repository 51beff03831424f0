"""The extension installed: what `cmake --install` leaves can be loaded and linked, also after it was
moved; what cpack makes contains the same. (tests/packages tests the other packages.)
"""

from __future__ import annotations

import json
import os
import pathlib
import platform
import shutil
import sqlite3
import subprocess
import sys
import tarfile
import tempfile
import unittest

from scenario import SNIPPETS, Scenario
import support

CMAKE = os.environ.get("STRATA_CMAKE", "cmake")
CPACK = os.environ.get("STRATA_CPACK", "cpack")
SCRIPTS = {path.name for path in (support.SOURCE / "sql").iterdir()} - {"README.md"}  # which is for the checkout
EMBED = """
cmake_minimum_required(VERSION 3.16)
project(embed LANGUAGES C)
find_package(strata 1.0 REQUIRED)
add_executable(embed embed.c)
target_link_libraries(embed PRIVATE strata::strata)
"""


def run(*command: str, **options) -> str:
    """Run a tool that must succeed; its output."""
    done = subprocess.run(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, timeout=100, **options)
    if done.returncode != 0:
        raise AssertionError(f"{command}: {done.stdout}")
    return done.stdout


class Temporary(Scenario):
    """Cases that share what setUpClass made in the folder `made`."""

    @classmethod
    def setUpClass(cls) -> None:
        folder = tempfile.TemporaryDirectory()
        cls.addClassCleanup(folder.cleanup)
        cls.made = pathlib.Path(folder.name)

    def loads(self, module: pathlib.Path) -> None:
        """This file is the extension, and plays the whole scenario."""
        shutil.copy(module, self.module)
        self.play([sys.executable, str(SNIPPETS / "python.py")])


class Installed(Temporary):
    @classmethod
    def setUpClass(cls) -> None:
        super().setUpClass()
        for component in ("module", "development"):
            run(CMAKE, "--install", str(support.BUILD), "--prefix", str(cls.made / "first"), "--component", component)
        cls.prefix = cls.made / "moved here"
        (cls.made / "first").rename(cls.prefix)
        (cls.pc,) = cls.prefix.glob("lib*/**/strata.pc")
        cls.libraries = cls.pc.parent.parent

    def test_the_modules_and_all_of_sql_are_in_the_usual_places(self):
        self.loads(self.libraries / self.module.name)
        self.assertTrue((self.libraries / f"strata_nofs{self.module.suffix}").exists())
        self.assertEqual({path.name for path in (self.prefix / "share" / "strata").iterdir()}, SCRIPTS - {"strata"})
        for name in SCRIPTS:
            installed = self.prefix / ("bin" if name == "strata" else "share/strata") / name
            source = support.SOURCE / "sql" / name
            self.assertEqual((installed.read_bytes(), os.access(installed, os.X_OK)),
                             (source.read_bytes(), os.access(source, os.X_OK)), name)

    def test_the_shell_loads_it_by_its_bare_name_where_the_linker_looks(self):
        shell = self.need(support.SHELL)
        bare = [shell, "new.db", ".load strata", "SELECT 'version ' || strata_version()"]
        self.module.unlink()
        self.assertNotEqual(self.run_here(bare, {"LD_LIBRARY_PATH": ""}).stderr, "")
        done = self.run_here(bare, {"LD_LIBRARY_PATH": str(self.libraries)})
        self.assertEqual((done.stdout, done.stderr), (f"version {self.version()}\n", ""))

    def test_a_program_links_it_statically_through_pkg_config(self):
        compiler, pkg_config = self.need(os.environ.get("CC", "cc")), self.need("pkg-config")
        folder = self.pc.parent
        if run(pkg_config, "--version").startswith("0."):  # it quotes no space; pkgconf, of another numbering, does
            (self.folder / "moved").symlink_to(self.prefix)
            folder = self.folder / "moved" / self.pc.parent.relative_to(self.prefix)
        environment = {**os.environ, "PKG_CONFIG_PATH": str(folder)}
        flags = run(pkg_config, "--cflags", "--libs", "strata", env=environment)
        command = f'"{compiler}" -Wall -Wextra -Werror "{SNIPPETS / "embed.c"}" -o embed {flags}'
        run("sh", "-c", command.replace("\n", ""), cwd=str(self.folder))
        self.assertEqual(run(pkg_config, "--modversion", "strata", env=environment).strip(), self.version())
        self.plays_without_the_module()

    def test_a_program_links_it_statically_through_its_cmake_package(self):
        (self.folder / "CMakeLists.txt").write_text(EMBED, encoding="utf-8")
        shutil.copy(SNIPPETS / "embed.c", self.folder)
        run(CMAKE, "-S", ".", "-B", ".", f"-DCMAKE_PREFIX_PATH={self.prefix}", cwd=str(self.folder))
        run(CMAKE, "--build", ".", cwd=str(self.folder))
        self.plays_without_the_module()

    def plays_without_the_module(self) -> None:
        self.module.unlink()
        self.play([str(self.folder / "embed")])

    def version(self) -> str:
        return support.connect().execute("SELECT strata_version()").fetchone()[0]


class Packaged(Temporary):
    @classmethod
    def setUpClass(cls) -> None:
        super().setUpClass()
        cls.said = run(CPACK, "--config", str(support.BUILD / "CPackConfig.cmake"), "-B", str(cls.made))

    def test_the_archive_is_flat_and_its_module_loads(self):
        (archive,) = self.made.glob("strata-*.tar.gz")
        with tarfile.open(archive) as tar:
            self.assertEqual(set(tar.getnames()) - {"README.md"}, {"strata.so", "strata_nofs.so", "strata.1"} | SCRIPTS)
            tar.extract("strata.so", self.made)
        self.loads(self.made / "strata.so")

    def test_sqlpkg_json_names_this_version_its_archives_and_its_functions(self):
        package = json.loads((support.SOURCE / "ext" / "sqlpkg.json").read_text(encoding="utf-8"))
        (archive,) = self.made.glob("strata-*.tar.gz")
        files = {name.replace("{version}", package["version"]) for name in package["assets"]["files"].values()}
        if platform.machine() in ("x86_64", "aarch64") and sys.maxsize > 2**32:  # what sqlpkg has a name for
            self.assertIn(archive.name, files)
        db = support.load(sqlite3.connect(":memory:"))
        self.addCleanup(db.close)
        self.assertEqual(db.execute("SELECT strata_version()").fetchone()[0], package["version"])
        names = db.execute("SELECT name FROM pragma_function_list UNION SELECT name FROM pragma_module_list")
        self.assertEqual(sorted(package["symbols"]), sorted(n for (n,) in names if n.startswith("strata_") and n != "strata_pending"))


if __name__ == "__main__":
    unittest.main()
