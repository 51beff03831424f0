"""strata.c and strata.h, the whole extension in one file: compiled by several compilers, as a module and into
programs, it plays the whole scenario.

    python3 test_amalgamation.py                   the C compiler of the build, a few seconds
    python3 test_amalgamation.py --every-compiler  also clang, musl, mingw and Rust, and what npm has to be asked for
"""

from __future__ import annotations

import os
import pathlib
import shutil
import subprocess
import sys
import unittest

from scenario import SNIPPETS, Scenario
import npm
import support

import packed

EVERY = "--every-compiler" in sys.argv
CC = os.environ.get("CC", "cc")
# As strict as the extension's own build; a warning is an error.
STRICT = ["-O0", "-Wall", "-Wextra", "-Wpedantic", "-Werror"]
HERE = pathlib.Path(__file__).parent


class Amalgamation(Scenario):
    patience = 900  # a compiler takes its time over SQLite's amalgamation where others work beside it

    def setUp(self) -> None:
        super().setUp()
        self.made = self.folder / "made"
        script = support.SOURCE / "ext" / "packaging" / "amalgamation.py"
        self.compile([sys.executable, str(script), str(support.SOURCE), str(self.made), packed.VERSION])

    def compile(self, command: list[str]) -> None:
        done = self.run_here(command)
        self.assertEqual((done.returncode, done.stderr), (0, ""))

    def cjson(self) -> list[str]:
        """What makes a compiler find cJSON: the system's, or the source that this build was given."""
        source = os.environ.get("STRATA_CJSON_SOURCE")
        return ["-I", source, f"{source}/cJSON.c"] if source else ["-lcjson"]

    def is_a_module(self, compiler: str) -> None:
        self.module.unlink()
        self.compile([compiler, *STRICT, "-shared", "-fPIC", "-o", str(self.module), str(self.made / "strata.c"),
                      *self.cjson(), "-lm"])
        names = self.run_here(["nm", "-g", "--defined-only", str(self.module)]).stdout
        self.assertNotIn(" strata_", names)
        self.play([sys.executable, str(SNIPPETS / "python.py")])

    def embeds(self, compiler: str, *more: str, program: str = "embed") -> list[str]:
        """The README's C program with the one file in it."""
        self.module.unlink()
        self.compile([compiler, "-I", str(self.made), "-o", program, str(SNIPPETS / "embed.c"), "-DSQLITE_CORE",
                      str(self.made / "strata.c"), *more])
        return [str(self.folder / program)]

    def everything(self) -> None:
        if not EVERY:
            self.skipTest("in the target `packages`")

    def source_of_cjson(self) -> list[str]:
        folder = os.environ.get("STRATA_CJSON_SOURCE") or str(packed.PACKAGES / "cjson")
        if not pathlib.Path(folder, "cJSON.c").exists():
            self.skipTest("the source of cJSON is not here: build the target `modules`")
        return ["-I", folder, f"{folder}/cJSON.c"]

    def test_it_is_a_module(self):
        self.is_a_module(CC)

    def test_a_program_has_it_inside_and_knows_its_version(self):
        self.play(self.embeds(CC, *STRICT, "-lsqlite3", *self.cjson(), "-lm"))
        (self.folder / "version.c").write_text(
            '#include <stdio.h>\n#include "strata.h"\n'
            'int main(void) { printf("%s %d\\n", STRATA_VERSION, STRATA_VERSION_NUMBER); return 0; }', encoding="utf-8")
        self.compile([CC, "-I", str(self.made), "-o", "version", "version.c"])
        major, minor, patch = (int(number) for number in packed.VERSION.split("."))
        self.assertEqual(self.run_here(["./version"]).stdout,
                         f"{packed.VERSION} {major * 1000000 + minor * 1000 + patch}\n")

    def test_without_files_it_compiles_too(self):
        self.compile([CC, *STRICT, "-DSTRATA_NOFS", "-fPIC", "-shared", "-o", "strata_nofs.so",
                      str(self.made / "strata.c"), *self.cjson(), "-lm"])
        names = self.run_here(["nm", "-g", "--defined-only", "strata_nofs.so"]).stdout
        self.assertIn("sqlite3_stratanofs_init", names)
        self.assertNotIn("sqlite3_strata_init", names)

    def test_clang(self):
        self.everything()
        self.is_a_module(self.need("clang"))

    def test_musl_in_a_static_program_with_the_newest_sqlite(self):
        self.everything()
        sqlite = npm.source("13.2.0")
        program = self.embeds(self.need("musl-gcc"), "-static", "-O1", "-w", "-I", str(sqlite.parent),
                              str(sqlite), *self.source_of_cjson(), "-lm")
        self.assertIn("statically linked", self.run_here([self.need("file"), *program]).stdout)
        self.play(program)

    def test_mingw_in_a_program_with_the_newest_sqlite(self):
        self.everything()
        sqlite = npm.source("13.2.0")
        program = self.embeds(self.need("x86_64-w64-mingw32-gcc"), "-static", "-O1", "-w", "-I", str(sqlite.parent),
                              str(sqlite), *self.source_of_cjson(), program="embed.exe")
        wine = shutil.which("wine64") or shutil.which("wine")
        if not wine:
            self.skipTest("it compiles and links; wine is not installed to run it")
        environment = {"WINEDEBUG": "-all", "WINEPREFIX": str(packed.PACKAGES / "wine")}
        self.run_here([wine, "cmd", "/c", "exit"], environment)  # makes its folder, and says so
        self.play([wine, *program], environment)

    def test_rust_with_rusqlite(self):
        self.everything()
        cargo, crates = self.need("cargo"), "/usr/share/cargo/registry"
        if not any(pathlib.Path(crates).glob("rusqlite-*")):
            self.skipTest("Debian's crate rusqlite is not installed (librust-rusqlite-dev)")
        shutil.copytree(HERE / "rust", self.folder, dirs_exist_ok=True)
        for name in ("strata.c", "strata.h"):
            shutil.copy(self.made / name, self.folder)
        (self.folder / ".cargo").mkdir()
        (self.folder / ".cargo" / "config.toml").write_text(
            f'[source.crates-io]\nreplace-with = "debian"\n[source.debian]\ndirectory = "{crates}"\n', encoding="utf-8")
        self.module.unlink()
        done = self.run_here([cargo, "build", "--offline", "--quiet"], {"CARGO_HOME": str(self.folder / "home")})
        self.assertEqual(done.returncode, 0, done.stderr)
        self.play([str(self.folder / "target" / "debug" / "embed")])


if __name__ == "__main__":
    packed.main()
