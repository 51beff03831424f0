"""What the tests of packages share: where the packages are, and how such a test ends."""

from __future__ import annotations

import pathlib
import re
import sys
import unittest

import support

PACKAGES = support.BUILD / "packages"
VERSION = re.search(r"project\(\s*strata\b[^)]*VERSION\s+([\d.]+)",
                    (support.SOURCE / "CMakeLists.txt").read_text(encoding="utf-8")).group(1)


def only(folder: pathlib.Path, pattern: str) -> pathlib.Path:
    """The one file of this name, which a target has built."""
    found = sorted(folder.glob(pattern))
    if len(found) != 1:
        raise AssertionError(f"{folder} should have one {pattern}, and has {len(found)}: build the target `packages`")
    return found[0]


def main() -> None:
    """Exit code 77: all was skipped."""
    arguments = [word for word in sys.argv if word != "--every-compiler"]
    result = unittest.main(argv=arguments, exit=False, verbosity=2).result
    if not result.wasSuccessful():
        sys.exit(1)
    sys.exit(77 if result.testsRun == 0 or len(result.skipped) == result.testsRun else 0)
