"""Makes the README's picture of the page: of the sample data, as a browser shows it.

    python3 tests/report/screenshot.py [PAGE.html] [OUT.png] [WIDTH] [HEIGHT] [light|dark]

Without a page it makes that of the sample (STRATA_EXTENSION names the extension;
build/strata.so without it), and without a name it writes sample.png beside itself.
Needs Chromium (Debian's `chromium`).
"""

from __future__ import annotations

import os
import pathlib
import subprocess
import sys
import tempfile

from browser import Browser

HERE = pathlib.Path(__file__).parent
SQL = HERE.parents[1] / "sql"


def sample_page(folder: pathlib.Path) -> pathlib.Path:
    """The page of the sample data."""
    extension = os.environ.get("STRATA_EXTENSION", str(HERE.parents[1] / "build" / "strata.so"))
    page = folder / "page.html"
    subprocess.run([os.environ.get("STRATA_SQLITE3", "sqlite3"), ":memory:", f".read {SQL}/schema.sql", f".read {SQL}/sample.sql", f".load {extension}",
                    f".param set :out {page}", ".param set :source strata.db", ".param set :now \"'2025-01-15 09:42'\"", f".read {SQL}/report.sql"],
                   check=True, stdout=subprocess.DEVNULL)
    return page


def main(page: str = "", out: str = str(HERE / "sample.png"), width: str = "820", height: str = "808", scheme: str = "light") -> None:
    with tempfile.TemporaryDirectory() as folder, Browser() as browser:
        browser.open(pathlib.Path(page) if page else sample_page(pathlib.Path(folder)), int(width), scheme=scheme)
        browser.photograph(pathlib.Path(out), int(height) or None)


if __name__ == "__main__":
    main(*sys.argv[1:])
