"""The tests on other systems than this one, and the table of what ran where, in tests/README.md:

    platforms.py SOURCE BUILD [part of a platform's name …]       (cmake --build build --target platforms)

The Debian systems are made by debootstrap, those of other processors run under qemu-user; each gets what README.md's
test line installs, a copy of the source, and the whole of that line's build and tests. What is missing here (root,
debootstrap, qemu, a compiler) is the result of its row. It takes hours on two cores; only rows that ran are rewritten.
"""

from __future__ import annotations

import os
import pathlib
import re
import shutil
import subprocess
import sys
import tempfile
import time
import unittest

SOURCE, BUILD = pathlib.Path(sys.argv[1]).resolve(), pathlib.Path(sys.argv[2]).resolve()
os.environ.update(STRATA_SOURCE=str(SOURCE), STRATA_BUILD=str(BUILD))
sys.path += [str(SOURCE / "tests" / name) for name in ("sql", "hosts", "packages", "platforms")]

import cross  # noqa: E402 (these need the paths above)
import table  # noqa: E402
from chroot import Chroot  # noqa: E402

# Name, Debian's suite and architecture, the interpreter that runs its programs here (None: the processor itself).
DEBIANS = (
    ("Debian 12, x86-64", "bookworm", "amd64", None),
    ("Debian 13, x86-64", "trixie", "amd64", None),
    ("Debian 11, x86-64", "bullseye", "amd64", None),
    ("Debian 12, 32 bits (i386)", "bookworm", "i386", None),
    ("Debian 12, ARM 64 bits (qemu-user)", "bookworm", "arm64", "qemu-aarch64"),
    ("Debian 12, ARM 32 bits (qemu-user)", "bookworm", "armhf", "qemu-arm"),
    ("Debian 12, big-endian (s390x, qemu-user)", "bookworm", "s390x", "qemu-s390x"),
)

CONFIGURE = "cmake -S . -B build -DSTRATA_TESTS=ON"
BUILD_ALL = f"{CONFIGURE} && cmake --build build -j2"
BUILD_SOME = f"{CONFIGURE} && cmake --build build -j2 --target strata && make -j2 -C build/tests/unit"

SLOWEST = ("test_backup_kill", "test_diff_documents", "test_diff_keys", "test_growth", "test_memory", "test_round_trip")
TEST_SOME = f"for kind in unit sql; do (cd tests/$kind && ctest -j2 --timeout 9000 -E '^({'|'.join(SLOWEST)})$'); done"


def test_line_packages() -> list[str]:
    """What README.md's test line installs."""
    text = (SOURCE / "README.md").read_text(encoding="utf-8")
    line = text.partition("<!-- test line -->")[2]
    return re.search(r"apt-get install -y -qq ([^&]+?) &&", line).group(1).split()


def copy_of_source(folder: pathlib.Path) -> pathlib.Path:
    """The tree as git has it, or has it changed, without what was built."""
    target = folder / "strata"
    names = subprocess.run(["git", "-C", str(SOURCE), "ls-files", "--cached", "--others", "--exclude-standard", "-z"],
                           check=True, stdout=subprocess.PIPE).stdout.decode().split("\0")
    for name in filter(None, names):
        if (SOURCE / name).is_file():
            (target / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy(SOURCE / name, target / name)
    return target


def interpreter_is_here(name: str) -> bool:
    """Whether the kernel hands programs of another processor to qemu; it is told to if it can be."""
    entry = pathlib.Path("/proc/sys/fs/binfmt_misc") / name
    if not entry.exists() and shutil.which("update-binfmts"):
        subprocess.run(["mount", "-t", "binfmt_misc", "none", str(entry.parent)], stderr=subprocess.DEVNULL, check=False)
        subprocess.run(["update-binfmts", "--enable", name], stderr=subprocess.DEVNULL, check=False)
    return entry.exists()


def debian(name: str, suite: str, architecture: str, interpreter: str | None) -> table.Row:
    """Build and test in a system of its own."""
    if interpreter and not interpreter_is_here(interpreter):
        return table.Row(name, "nothing", f"{interpreter} is not here (Debian: qemu-user-static, binfmt-support)")
    try:
        system = Chroot(suite, architecture, ("gcc", *test_line_packages()))
    except unittest.SkipTest as error:
        return table.Row(name, "nothing", str(error))
    try:
        with tempfile.TemporaryDirectory() as folder:
            system.put(copy_of_source(pathlib.Path(folder)), "/srv/")
        sqlite = system.must("sqlite3", "--version").split()[0]
        build, tests = BUILD_ALL, "ctest -j2 --timeout 3000"
        what = f"SQLite {sqlite}"
        if interpreter:  # ten times as slow: what depends on the processor, and most SQL tests
            build, tests = BUILD_SOME, TEST_SOME
            what += f", tests/unit and tests/sql only, without its slowest ({', '.join(SLOWEST)})"
        compiled = system.run("sh", "-c", build, folder="/srv/strata", timeout=10800)
        if compiled.returncode != 0:
            errors = re.findall(r".*(?:error: |undefined reference|Error ).*", compiled.stdout + compiled.stderr)
            return table.Row(name, f"{what}: the build", "**fails**: " + "; ".join(errors[:2]))
        done = system.run("sh", "-c", tests, folder="/srv/strata/build", timeout=36000)
        logs = sorted((system.root / "srv/strata/build").glob("**/Testing/Temporary/LastTest.log"))
        log = "".join(each.read_text(encoding="utf-8", errors="replace") for each in logs)
        keep_log(name, done.stdout, log)
        return table.of_ctest(name, what, done.stdout, log)
    finally:
        system.close()


def keep_log(name: str, said: str, log: str) -> None:
    folder = BUILD / "platforms"
    folder.mkdir(exist_ok=True)
    words = re.sub(r"\W+", "-", name).strip("-").lower()
    (folder / f"{words}.txt").write_text(said, encoding="utf-8")
    (folder / f"{words}.log").write_text(log, encoding="utf-8")


def main() -> int:
    wanted = [word.lower() for word in sys.argv[3:]]
    jobs = [(entry[0], lambda entry=entry: debian(*entry)) for entry in DEBIANS]
    jobs += [(name, lambda name=name, job=job: job(name)) for name, job in cross.PLATFORMS]
    failures = 0
    for name, job in jobs:
        if wanted and not any(word in name.lower() for word in wanted):
            continue
        begun = time.monotonic()
        print(f"{name} …", flush=True)
        line = job()
        print(f"    {line.what}: {line.result} ({time.monotonic() - begun:.0f} s)", flush=True)
        failures += " fail**" in line.result or "**fails**" in line.result
        table.write(SOURCE / "tests" / "README.md", line, [each for each, _ in jobs])
    return 1 if failures else 0


if __name__ == "__main__":
    sys.exit(main())
