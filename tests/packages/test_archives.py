"""The archives that contain everything: sqlpkg.json describes them as its specification demands
(https://github.com/nalgeon/sqlpkg, spec.md), and the one for this machine works where it is unpacked, on a clean
system without cJSON and without a compiler."""

from __future__ import annotations

import hashlib
import json
import os
import platform
import re
import shutil
import subprocess
import sys
import tarfile
import tempfile
import unittest

from scenario import SNIPPETS, Scenario
import support

from chroot import Chroot
import packed

SPEC = json.loads((support.SOURCE / "ext" / "sqlpkg.json").read_text(encoding="utf-8"))
FILES = {name: file.replace("{version}", SPEC["version"]) for name, file in SPEC["assets"]["files"].items()}
MINGW = shutil.which("x86_64-w64-mingw32-gcc") is not None
OWN = {"x86_64": "amd64", "aarch64": "arm64"}.get(platform.machine(), platform.machine())


class Specification(unittest.TestCase):
    def test_the_required_fields_are_there_and_no_others_than_it_names(self):
        self.assertLessEqual({"owner", "name", "assets"}, set(SPEC))
        self.assertLessEqual(set(SPEC), {"owner", "name", "version", "homepage", "repository", "specfile", "authors",
                                         "license", "description", "keywords", "symbols", "assets"})
        self.assertLessEqual(set(SPEC["assets"]), {"path", "pattern", "files", "checksums"})
        self.assertLess(len(SPEC["description"]), 80)
        for name in ("authors", "keywords", "symbols"):
            self.assertIsInstance(SPEC[name], list)
            self.assertTrue(SPEC[name] and all(isinstance(each, str) for each in SPEC[name]))

    def test_the_path_is_a_release_of_the_repository_and_of_this_version(self):
        self.assertEqual(SPEC["version"], packed.VERSION)
        self.assertTrue(SPEC["repository"].startswith("https://"))
        self.assertEqual(SPEC["assets"]["path"], "{repository}/releases/download/{version}")

    def test_the_platforms_are_its_words_for_them(self):
        for name, file in SPEC["assets"]["files"].items():
            self.assertRegex(name, r"^(darwin|linux|windows)-(amd64|arm64)$")
            self.assertRegex(file, rf"^strata-\{{version\}}-{name}\.(tar\.gz|zip)$")


class Archives(unittest.TestCase):
    def test_each_that_is_named_is_built_and_has_its_checksum(self):
        lines = (packed.PACKAGES / "checksums.txt").read_text(encoding="utf-8").splitlines()
        sums = {name: checksum for checksum, name in (line.split() for line in lines)}
        if packed.PACKAGES.joinpath("zig").exists() or "STRATA_ZIG" in os.environ:
            here = [file for name, file in FILES.items() if MINGW or not name.startswith("windows")]
            self.assertEqual(set(sums), set(here))
        for name, checksum in sums.items():
            self.assertIn(name, FILES.values())
            self.assertEqual(hashlib.sha256((packed.PACKAGES / name).read_bytes()).hexdigest(), checksum)

    def test_each_is_flat_as_sqlpkg_unpacks_it_and_holds_what_is_installed(self):
        scripts = {path.name for path in (support.SOURCE / "sql").iterdir()}
        for name, file in FILES.items():
            if not (packed.PACKAGES / file).exists():
                continue
            suffix = {"darwin": "dylib", "linux": "so", "windows": "dll"}[name.split("-")[0]]
            with self.subTest(file), tarfile.open(packed.PACKAGES / file) as tar:
                self.assertEqual(set(tar.getnames()), scripts | {f"strata.{suffix}", f"strata_nofs.{suffix}", "strata.1",
                                                                 "README.md", "cJSON-LICENSE.txt"})
                self.assertTrue(all(member.isfile() for member in tar.getmembers()))

    def test_the_modules_of_linux_export_their_entry_points_only(self):
        """What else they exported could take the place of something of the program's, or be replaced by it."""
        for name, file in FILES.items():
            if not name.startswith("linux") or not (packed.PACKAGES / file).exists():
                continue
            with self.subTest(file), tarfile.open(packed.PACKAGES / file) as tar, tempfile.TemporaryDirectory() as folder:
                for module, entries in (("strata.so", {"sqlite3_strata_init", "sqlite3_strata_nofs_init"}),
                                        ("strata_nofs.so", {"sqlite3_stratanofs_init", "sqlite3_strata_nofs_init"})):
                    tar.extract(module, folder)
                    done = subprocess.run(["nm", "-D", "--defined-only", f"{folder}/{module}"], capture_output=True,
                                          text=True, check=True)
                    self.assertEqual({line.split()[-1] for line in done.stdout.splitlines()}, entries)

    def test_the_modules_of_apple_are_signed_as_its_processors_want_it_and_need_its_c_library_only(self):
        """Read from the files themselves: nothing here can run them."""
        for name, file in FILES.items():
            if not name.startswith("darwin") or not (packed.PACKAGES / file).exists():
                continue
            with self.subTest(file), tarfile.open(packed.PACKAGES / file) as tar:
                for module in ("strata.dylib", "strata_nofs.dylib"):
                    commands = load_commands(tar.extractfile(module).read())
                    self.assertEqual({library for kind, library in commands if kind == LOAD_LIBRARY},
                                     {"/usr/lib/libSystem.B.dylib"})
                    if name.endswith("arm64"):
                        self.assertIn(CODE_SIGNATURE, {kind for kind, _ in commands})


LOAD_LIBRARY, CODE_SIGNATURE = 0xC, 0x1D


def load_commands(data: bytes) -> list[tuple[int, str]]:
    """The load commands of a 64-bit Mach-O file: kind, and the library that it names."""
    def number(at: int) -> int:
        return int.from_bytes(data[at:at + 4], "little")

    assert number(0) == 0xFEEDFACF
    result, at = [], 32
    for _ in range(number(16)):
        kind, size = number(at), number(at + 4)
        library = data[at + number(at + 8):at + size].split(b"\0")[0].decode() if kind == LOAD_LIBRARY else ""
        result.append((kind, library))
        at += size
    return result


class Unpacked(Scenario):
    """On a clean Debian 11, the oldest that is still around, with the sqlite3 shell and nothing else."""

    @classmethod
    def setUpClass(cls) -> None:
        super().setUpClass()
        if not sys.platform.startswith("linux"):
            raise unittest.SkipTest("the clean system is a Debian")
        cls.archive = packed.PACKAGES / FILES[f"linux-{OWN}"]
        cls.system = Chroot("bullseye", "", ("sqlite3",))
        cls.addClassCleanup(cls.system.close)
        subprocess.run(["tar", "-xzf", str(cls.archive), "-C", str(cls.system.root / "opt")], check=True)

    def run_here(self, command, environment=None):
        return self.system.run_in_copy(self.folder, *command)

    def test_the_shell_loads_it_from_there_without_cjson_and_without_a_compiler(self):
        self.assertNotEqual(self.system.run("which", "gcc", "cc").returncode, 0)
        self.assertNotIn("cjson", self.system.must("ldconfig", "-p"))
        self.module.unlink()
        snippet = (SNIPPETS / "shell.sh").read_text(encoding="utf-8")
        self.play(["sh", "-c", snippet.replace("./strata", "/opt/strata")])

    def test_the_command_and_the_demo_run_from_there_also_through_a_link(self):
        self.system.must("ln", "-s", "/opt/strata", "/usr/local/bin/strata")
        self.assertRegex(self.system.must("strata", "help"), r"(?m)^  strata backup ")
        self.assertTrue(re.search("strata restore", self.system.must("/opt/demo.sh", "/root/demo")))


if __name__ == "__main__":
    packed.main()
