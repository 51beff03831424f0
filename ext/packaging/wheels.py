"""Builds a wheel sqlite-strata for each system that modules.sh has built modules for:

    wheels.py SOURCE FOLDER VERSION

reads FOLDER/modules/<system>/ and writes FOLDER/sqlite_strata-VERSION-py3-none-<platform>.whl, with the first Python
that has the module `build` (Debian: python3-build, python3-setuptools, python3-wheel).
"""

from __future__ import annotations

import os
import pathlib
import re
import shutil
import subprocess
import sys

PROCESSORS = {"x64": "x86_64", "arm64": "aarch64", "ia32": "i686", "arm": "armv7l"}
VERSION = re.compile(rb"GLIBC_(\d+)\.(\d+)")


def glibc_floor(modules: list[pathlib.Path]) -> tuple[int, int]:
    """The oldest glibc that has every symbol these modules need. The names of the symbols' versions are texts in the
    file, as `objdump -T` shows them. 2.17 is the oldest glibc with a platform tag."""
    found = {(int(a), int(b)) for module in modules for a, b in VERSION.findall(module.read_bytes())}
    return max(found | {(2, 17)})


def platform(system: str, modules: list[pathlib.Path]) -> str:
    """The wheel's platform tag."""
    kind, processor = system.split("-")
    if kind == "linux":
        machine = PROCESSORS.get(processor, processor)
        floor = glibc_floor(modules)
        tag = "manylinux_{}_{}_{}".format(*floor, machine)
        return f"{tag}.manylinux2014_{machine}" if floor == (2, 17) else tag  # the older name, for an older pip
    if kind == "darwin":
        return f"macosx_11_0_{'arm64' if processor == 'arm64' else 'x86_64'}"
    return {"x64": "win_amd64", "arm64": "win_arm64", "ia32": "win32"}[processor]


def python_with_build() -> str:
    for python in (sys.executable, "/usr/bin/python3", "python3"):
        done = subprocess.run([python, "-c", "import build, setuptools, wheel"], capture_output=True, check=False)
        if done.returncode == 0:
            return python
    sys.exit("no Python here has the module build: apt-get install python3-build python3-setuptools python3-wheel")


def main() -> None:
    source, folder, version = pathlib.Path(sys.argv[1]), pathlib.Path(sys.argv[2]), sys.argv[3]
    python = python_with_build()
    for old in folder.glob("sqlite_strata-*.whl"):
        old.unlink()
    for modules in sorted((folder / "modules").iterdir()):
        work = folder / "build" / f"wheel-{modules.name}"
        shutil.rmtree(work, ignore_errors=True)
        shutil.copytree(source / "ext" / "packaging" / "python", work)
        for file in modules.iterdir():
            shutil.copy(file, work / "sqlite_strata")
        files = sorted(modules.glob("strata*"))
        for text in (work / "pyproject.toml", work / "sqlite_strata" / "__init__.py"):
            text.write_text(text.read_text(encoding="utf-8").replace("@VERSION@", version), encoding="utf-8")
        environment = {**os.environ, "STRATA_WHEEL_PLATFORM": platform(modules.name, files)}
        done = subprocess.run([python, "-m", "build", "--wheel", "--no-isolation", "--outdir", str(folder), str(work)],
                              env=environment, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, check=False)
        if done.returncode != 0:
            sys.exit(done.stdout[-3000:])
        print(folder / done.stdout.split()[-1])


if __name__ == "__main__":
    main()
