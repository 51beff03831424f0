"""The Debian package: Debian's own checker accepts it, and in clean systems without a compiler it installs, is found by
its bare name, plays the whole scenario, and is removed without leaving anything."""

from __future__ import annotations

import os
import pathlib
import re
import shutil
import subprocess
import unittest

from scenario import SNIPPETS, Scenario
import support

from chroot import Chroot
import packed

NAME = "libsqlite3-mod-strata"
PACKAGE = packed.only(packed.PACKAGES, f"{NAME}_*.deb")


def output(*command: str) -> str:
    return subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True).stdout


class Package(unittest.TestCase):
    def field(self, name: str) -> str:
        return output("dpkg-deb", "--field", str(PACKAGE), name).strip()

    def test_its_fields_are_those_of_debians_other_modules(self):
        self.assertEqual([self.field(name) for name in ("Package", "Section", "Multi-Arch", "Enhances")],
                         [NAME, "libs", "same", "libsqlite3-0"])
        self.assertEqual(sorted(part.split()[0] for part in self.field("Depends").split(",")), ["libc6", "libcjson1"])
        self.assertIn("sqlite3 (>= 3.34)", self.field("Recommends"))

    def test_its_version_is_the_projects(self):
        self.assertEqual(self.field("Version"), packed.VERSION)

    def test_it_holds_the_modules_the_command_the_manual_and_all_of_sql(self):
        lines = output("dpkg-deb", "--contents", str(PACKAGE)).splitlines()
        files = {line.split()[5].removeprefix("./"): line.split()[0] for line in lines if not line.startswith("d")}
        multiarch = output("dpkg-architecture", "-qDEB_HOST_MULTIARCH").strip()
        scripts = {path.name for path in (support.SOURCE / "sql").iterdir() if path.suffix in (".sql", ".sh")}
        self.assertGreater(len(scripts), 8)
        expected = {f"usr/lib/{multiarch}/strata.so", f"usr/lib/{multiarch}/strata_nofs.so", "usr/bin/strata",
                    "usr/share/man/man1/strata.1.gz", *(f"usr/share/strata/{name}" for name in scripts),
                    *(f"usr/share/doc/{NAME}/{name}" for name in ("README.md.gz", "changelog.gz", "copyright")),
                    f"usr/share/lintian/overrides/{NAME}"}
        self.assertEqual(set(files), expected)
        runnable = {path.name for path in (support.SOURCE / "sql").iterdir() if os.access(path, os.X_OK)}
        self.assertIn("strata", runnable)
        for name, mode in files.items():
            runs = pathlib.Path(name).name in runnable
            self.assertEqual(mode, "-rwxr-xr-x" if runs else "-rw-r--r--", name)

    def test_lintian_finds_no_error_and_no_warning(self):
        if shutil.which("lintian") is None:
            self.skipTest("lintian is not installed")
        done = subprocess.run(["lintian", "--allow-root", "--fail-on", "none", str(PACKAGE)], stdout=subprocess.PIPE,
                              stderr=subprocess.STDOUT, text=True, check=True)
        self.assertEqual([line for line in done.stdout.splitlines() if not line.startswith(("N:", "I:"))], [])

    def test_the_override_names_what_is_there_to_be_overridden(self):
        if shutil.which("lintian") is None:
            self.skipTest("lintian is not installed")
        done = subprocess.run(["lintian", "--allow-root", "--fail-on", "none", "--display-info", str(PACKAGE)],
                              stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, check=True)
        self.assertNotIn("unused-override", done.stdout)


class Installed:
    """Mixed into a Scenario for each suite."""

    suite = ""

    @classmethod
    def setUpClass(cls) -> None:
        super().setUpClass()
        cls.system = Chroot(cls.suite)
        cls.addClassCleanup(cls.system.close)
        cls.system.put(PACKAGE)
        cls.system.install(f"/root/{PACKAGE.name}")
        cls.files = cls.system.must("dpkg", "-L", NAME).split()

    def bring(self) -> None:
        """The folder of the scenario, inside, without the module that it came with."""
        self.module.unlink()
        shutil.rmtree(self.system.root / "root" / "session", ignore_errors=True)
        self.system.put(self.folder, "/root/session")

    def run_here(self, command, environment=None):
        """The scenario's programs run inside, and what they write is brought back."""
        done = self.system.run(*command, folder="/root/session")
        shutil.copytree(self.system.root / "root" / "session", self.folder, dirs_exist_ok=True)
        return done

    def test_1_there_is_no_compiler_and_the_two_modules_are_found_by_their_names(self):
        self.assertNotEqual(self.system.run("which", "gcc", "cc", "clang", "make").returncode, 0)
        for module in ("strata", "strata_nofs"):
            said = self.system.must("sqlite3", ":memory:", f".load {module}", "SELECT strata_version()")
            self.assertEqual(said.strip(), packed.VERSION)

    def test_2_the_shell_backs_up_and_restores(self):
        self.bring()
        snippet = (SNIPPETS / "shell.sh").read_text(encoding="utf-8")
        self.play(["sh", "-c", snippet.replace(".load ./strata", ".load strata")])

    def test_3_the_command_says_how_it_is_used_and_makes_a_backup(self):
        self.assertIn("strata backup", self.system.must("strata", "help"))
        self.bring()
        schema = "/usr/share/strata/schema.sql"
        self.system.must("sqlite3", "d.db", f".read {schema}", ".read /usr/share/strata/sample.sql", folder="/root/session")
        self.system.must("strata", "backup", "d.db", "b.json", folder="/root/session")
        text = (self.system.root / "root" / "session" / "b.json").read_text(encoding="utf-8")
        self.assertEqual(support.without_moment(text), support.without_moment(self.document))
        counts = self.system.must("strata", "counts", "b.json", folder="/root/session")
        self.assertRegex(counts, r"transactions\s+6\b")

    def test_4_the_whole_demo_runs_from_where_it_is(self):
        self.bring()
        said = self.system.must("/usr/share/strata/demo.sh", "/root/session/demo", folder="/root/session")
        self.assertIn("strata restore", said)

    def test_5_the_manual_has_a_word_on_each_command_that_help_names(self):
        page = self.system.must("gzip", "-dc", "/usr/share/man/man1/strata.1.gz")
        commands = re.findall(r"^ +strata (\w+)", self.system.must("strata", "help"), re.MULTILINE)
        self.assertGreater(len(set(commands)), 5)
        self.assertEqual([name for name in commands if f"\n\\fB{name}\\fR" not in page], [])

    def test_9_it_goes_without_leaving_anything(self):
        own = [name for name in self.files if "strata" in name]
        self.assertGreater(len(own), 10)
        self.system.must("apt-get", "purge", "-y", "-qq", NAME)
        self.assertEqual([name for name in own if pathlib.Path(f"{self.system.root}{name}").exists()], [])
        done = self.system.run("sqlite3", ":memory:", ".load strata")
        self.assertNotEqual(done.stderr, "")


class InDebian12(Installed, Scenario):
    suite = "bookworm"


class InDebian13(Installed, Scenario):
    suite = "trixie"


if __name__ == "__main__":
    packed.main()
