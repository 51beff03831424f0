"""Packages from the npm registry, for the tests that need more than is installed: a newer Node,
better-sqlite3, and the SQLite sources that releases of better-sqlite3 contain. Fetches nothing
unless STRATA_NPM=1; what was fetched once stays in the build folder and is used from then on.
"""

from __future__ import annotations

import os
import pathlib
import shutil
import subprocess
import tarfile
import unittest

import support

CACHE = support.BUILD / "npm"


def package(name: str, version: str) -> pathlib.Path:
    """The folder of an unpacked package without its dependencies, or the test is skipped."""
    folder = CACHE / f"{name}-{version}"
    if not folder.is_dir():
        may_fetch()
        fetched = CACHE / f"{name}-{version}.new"
        shutil.rmtree(fetched, ignore_errors=True)
        fetched.mkdir(parents=True)
        done = run(["npm", "pack", "--silent", f"{name}@{version}"], fetched)
        if done.returncode != 0:
            raise unittest.SkipTest(f"npm did not give {name}@{version}: {done.stderr.strip()[-200:]}")
        for archive in fetched.glob("*.tgz"):
            unpack(archive)
        for archive in fetched.glob("package/deps/sqlite3.tar.gz"):
            unpack(archive)
        fetched.rename(folder)
    return folder / "package"


def may_fetch() -> None:
    if os.environ.get("STRATA_NPM") != "1":
        raise unittest.SkipTest("set STRATA_NPM=1 once to fetch it from the npm registry")
    if shutil.which("npm") is None:
        raise unittest.SkipTest("npm is not installed")


def source(release: str) -> pathlib.Path:
    """The sqlite3.c in that release of better-sqlite3."""
    (code,) = package("better-sqlite3", release).glob("deps/**/sqlite3.c")
    return code


def sqlite(release: str, name: str, *options: str) -> pathlib.Path:
    """A folder of this name with libsqlite3.so.0, built from the SQLite in that release of better-sqlite3."""
    code = source(release)
    folder = CACHE / f"sqlite-{name}"
    library = folder / "libsqlite3.so.0"
    if not library.exists():
        folder.mkdir(exist_ok=True)
        done = run([os.environ.get("CC", "cc"), "-w", "-O0", "-shared", "-fPIC", "-Wl,-soname,libsqlite3.so.0",
                    *options, str(code), "-o", str(folder / "new"), "-ldl", "-lpthread", "-lm"], folder)
        if done.returncode != 0:
            raise AssertionError(done.stderr)
        (folder / "new").rename(library)
    return folder


def run(command: list[str], folder: pathlib.Path) -> subprocess.CompletedProcess:
    """Run a tool without the sanitizers' libraries, which are not meant for it."""
    environment = {name: value for name, value in os.environ.items() if name != "LD_PRELOAD"}
    return subprocess.run(command, cwd=folder, env=environment, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
                          text=True, timeout=300)


def unpack(archive: pathlib.Path) -> None:
    with tarfile.open(archive) as tar:
        tar.extractall(archive.parent)
