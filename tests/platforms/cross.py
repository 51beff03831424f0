"""Platforms that are compiled for here: with musl and with the newest SQLite and its assertions the tests run too; for
macOS everything is compiled and linked, and nothing can run."""

from __future__ import annotations

import json
import os
import pathlib
import re
import shutil
import subprocess
import unittest

import npm
import support
import table

FOLDER = support.BUILD / "platforms"
PACKAGING = support.SOURCE / "ext" / "packaging"
CJSON = support.BUILD / "packages" / "cjson"
ZIG = pathlib.Path(os.environ.get("STRATA_ZIG", support.BUILD / "packages" / "zig" / "package" / "zig"))
NEWEST = "13.2.0"  # the release of better-sqlite3 that carries it
ASSERTIONS = ["-DSQLITE_DEBUG", "-DSQLITE_ENABLE_API_ARMOR", "-DSQLITE_ENABLE_EXPENSIVE_ASSERT",
              "-DSQLITE_ENABLE_COLUMN_METADATA", "-DSQLITE_ENABLE_UNLOCK_NOTIFY", "-DSQLITE_ENABLE_FTS5", "-O1"]
SHELLS_OWN = ("host_shell", "test_versions", "test_npm", "test_bench")


class Failed(Exception):
    """A step that had to succeed; its last words."""


def must(*command: object, **environment: str) -> str:
    done = subprocess.run([str(word) for word in command], env={**os.environ, **environment}, text=True, check=False,
                          stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
    if done.returncode != 0:
        errors = re.findall(r"^.*(?:error:|undefined |Error ).*$", done.stdout, re.MULTILINE)
        raise Failed("; ".join(errors[:3]) or done.stdout[-300:])
    return done.stdout


def cmake(source: pathlib.Path, folder: pathlib.Path, *options: str, **environment: str) -> None:
    """Configure anew and build."""
    shutil.rmtree(folder, ignore_errors=True)
    must("cmake", "-S", source, "-B", folder, *options, **environment)
    must("cmake", "--build", folder, "-j2", **environment)


def with_libraries(name: str, compiler: list[str], toolchain: list[str]) -> pathlib.Path:
    """Build cmocka, SQLite and then the extension with all C tests for a platform; the folder of the build."""
    for package in ("cjson", "cmocka"):
        must("sh", PACKAGING / "debian_source.sh", package, support.BUILD / "packages" / package)
    prefix = FOLDER / f"{name}-libraries"
    shutil.rmtree(prefix, ignore_errors=True)
    cmake(support.BUILD / "packages" / "cmocka", FOLDER / f"{name}-cmocka", *toolchain, "-DBUILD_SHARED_LIBS=OFF",
          "-DUNIT_TESTING=OFF", "-DWITH_EXAMPLES=OFF", "-DCMAKE_BUILD_TYPE=Release", f"-DCMAKE_INSTALL_PREFIX={prefix}",
          "-DCMAKE_INSTALL_LIBDIR=lib", "-DCMAKE_C_FLAGS=-w")
    must("cmake", "--install", FOLDER / f"{name}-cmocka")
    sqlite = npm.source(NEWEST)
    for header in ("sqlite3.h", "sqlite3ext.h"):
        shutil.copy(sqlite.parent / header, prefix / "include")
    must(*compiler, "-w", "-O1", "-c", "-DSQLITE_ENABLE_COLUMN_METADATA", sqlite, "-o", prefix / "sqlite3.o")
    archive = ["ar"] if "zig" not in compiler[0] else [compiler[0], "ar"]
    must(*archive, "rc", prefix / "lib" / "libsqlite3.a", prefix / "sqlite3.o")
    build = FOLDER / name
    pc = prefix / "lib" / "pkgconfig"
    cmake(support.SOURCE, build, *toolchain, "-DSTRATA_TESTS=ON", f"-DSTRATA_CJSON_SOURCE={CJSON}",
          f"-DSQLite3_INCLUDE_DIR={prefix / 'include'}", f"-DSQLite3_LIBRARY={prefix / 'lib' / 'libsqlite3.a'}",
          PKG_CONFIG_LIBDIR=str(pc), PKG_CONFIG_PATH="")
    return build


def programs(build: pathlib.Path) -> list[str]:
    """The tests that are programs of their own, which need no host for the extension."""
    tests = json.loads(must("ctest", "--test-dir", build, "--show-only=json-v1"))["tests"]
    return [test["name"] for test in tests if test.get("command", [""])[0].startswith(str(build))]


def run_tests(build: pathlib.Path, names: list[str], **environment: str) -> tuple[str, str]:
    """What ctest says of these, and its log."""
    done = subprocess.run(["ctest", "--test-dir", str(build), "-j2", "--timeout", "3000", "-R",
                           f"^({'|'.join(names)})$"], env={**os.environ, **environment}, stdout=subprocess.PIPE,
                          stderr=subprocess.STDOUT, text=True, check=False)
    log = build / "Testing" / "Temporary" / "LastTest.log"
    return done.stdout, log.read_text(encoding="utf-8", errors="replace")


def version() -> str:
    text = (npm.source(NEWEST).parent / "sqlite3.h").read_text(encoding="utf-8")
    return re.search(r'#define SQLITE_VERSION +"(.+)"', text).group(1)


def musl(name: str) -> table.Row:
    if shutil.which("musl-gcc") is None:
        return table.Row(name, "nothing", "musl-gcc is not installed (Debian: musl-tools)")
    build = with_libraries("musl", ["musl-gcc"], ["-DCMAKE_C_COMPILER=musl-gcc"])
    said, log = run_tests(build, programs(build))
    return table.of_ctest(name, f"SQLite {version()} linked in: the tests that are C programs (a Python of Debian's "
                                "cannot load a module for musl)", said, log)


def newest(name: str) -> table.Row:
    """The tests of this machine's build with another SQLite under them, but for those that use Debian's shell."""
    library = npm.sqlite(NEWEST, "newest-with-assertions", *ASSERTIONS)
    environment = {"LD_LIBRARY_PATH": str(library)}
    tests = json.loads(must("ctest", "--test-dir", support.BUILD, "--show-only=json-v1"))["tests"]
    shell, names = [], []
    for test in tests:
        files = [pathlib.Path(word) for word in test["command"] if word.endswith(".py")]
        texts = "".join(file.read_text(encoding="utf-8") for file in files)
        uses_shell = re.search("SHELL|door|from page import", texts) or test["name"] in SHELLS_OWN
        (shell if uses_shell else names).append(test["name"])
    python = must(next(word for test in tests for word in test["command"] if "python" in word), "-c",
                  "import sqlite3; print(sqlite3.sqlite_version)", **environment).strip()
    if python != version():
        return table.Row(name, "nothing", "this Python has a SQLite of its own")
    said, log = run_tests(support.BUILD, names, **environment)
    return table.of_ctest(name, f"SQLite {version()} with SQLITE_DEBUG and API_ARMOR under this machine's build, without "
                                f"the tests that call Debian's shell, which is a different version ({', '.join(shell)})",
                          said, log)


def macos(name: str) -> table.Row:
    if not ZIG.exists():
        return table.Row(name, "nothing", "zig is not here: build the target `modules`, which fetches it from npm")
    done = []
    for processor in ("aarch64", "x86_64"):
        target = f"{processor}-macos.11.0"
        build = with_libraries(f"macos-{processor}", [str(ZIG), "cc", "-target", target],
                               [f"-DCMAKE_TOOLCHAIN_FILE={PACKAGING / 'zig.cmake'}", f"-DSTRATA_ZIG={ZIG}",
                                f"-DSTRATA_TARGET={target}"])
        done.append(f"{processor}: the modules and {len(programs(build))} test programs")
    return table.Row(name, "compiled and linked with zig, " + "; ".join(done), "they link; **it never ran on a Mac**")


def guarded(job):
    """A step that fails is the row's result."""
    def run(name: str) -> table.Row:
        try:
            return job(name)
        except unittest.SkipTest as error:
            return table.Row(name, "nothing", str(error))
        except Failed as error:
            return table.Row(name, "the build", f"**fails**: {error}")
    return run


PLATFORMS = (
    ("musl, x86-64", guarded(musl)),
    ("Debian 12 with the newest SQLite and its assertions", guarded(newest)),
    ("macOS, ARM 64 bits and x86-64", guarded(macos)),
)
