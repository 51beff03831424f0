"""Every session in README.md and ext/README.md is run, and prints what they show.

A session is a fenced block with lines that begin with "sqlite> " (and "   ...> "
where a statement goes on). Those of one file run one after another in one sqlite3
shell, in a new folder that looks like a checkout after the build. What differs from
run to run (the moment of a backup) is compared as a pattern.

    test_readme.py --update     writes the real output into them
"""

import functools
import os
import pathlib
import re
import shutil
import subprocess
import sys
import tempfile
import unittest

from support import EXTENSION, SHELL, SOURCE

READMES = [SOURCE / "README.md", SOURCE / "ext" / "README.md"]
MARK = "@@@ end of output @@@"


def sessions(text):
    """The fenced blocks with sessions, each as a list of (prompted lines, output lines)."""
    for block in re.finditer(r"^```text\n(.*?)^```$", text, re.M | re.S):
        steps, comments = [], []
        for line in block.group(1).splitlines():
            if line.startswith("sqlite> "):
                steps.append(([line], []))
            elif line.startswith("   ...> ") and steps:
                steps[-1][0].append(line)
            elif steps:
                steps[-1][1].append(line)
            else:
                comments.append(line)
        if steps:
            yield block, comments, steps


def run(commands):
    """The output of each command, in one shell; its errors come behind its output."""
    with tempfile.TemporaryDirectory() as folder:
        build = pathlib.Path(folder, "build")
        build.mkdir()
        library = pathlib.Path(EXTENSION)
        shutil.copy(library if library.suffix else library.with_suffix(".so"), build)
        os.symlink(SOURCE / "sql", pathlib.Path(folder, "sql"))
        script = "".join(f"{c}\n.print {MARK}\n.shell echo '{MARK}' >&2\n" for c in commands)
        environment = dict(os.environ, HOME=folder)
        done = subprocess.run([SHELL, "strata.db"], input=script, cwd=folder, env=environment, text=True,
                              capture_output=True, timeout=60)
    results = []
    for out, errors in zip(done.stdout.split(MARK + "\n"), done.stderr.split(MARK + "\n")):
        # Read from a script, the shell adds the script's line; typed at the prompt it does not.
        errors = re.sub(r"^(Runtime error|Parse error|Error)(:? near line \d+)?", r"\1", errors, flags=re.M)
        results.append([line.rstrip() for line in (out + errors).splitlines()])
    return results[: len(commands)]


def actual(text):
    """Each session of the text with its real output: pairs of (block, new text of the block)."""
    found = list(sessions(text))
    commands = ["\n".join(line[8:] for line in prompted) for _, _, steps in found for prompted, _ in steps]
    outputs = iter(run(commands))
    for block, comments, steps in found:
        lines = list(comments)
        for prompted, _ in steps:
            lines += prompted + next(outputs)
        yield block, "```text\n" + "\n".join(lines) + "\n```"


@functools.lru_cache
def shell_version():
    said = subprocess.run([SHELL, "--version"], capture_output=True, text=True, check=True).stdout
    return tuple(map(int, said.split()[0].split(".")))


def fixed(text):
    """A text without what no two runs have in common."""
    if shell_version() < (3, 37):  # when "Error" was the word for all of them
        text = re.sub(r"^(Runtime|Parse) error", "Error", text, flags=re.M)
    return re.sub(r'("exportedAt":"|20\d\d-\d\d-\d\dT)[0-9:.T-]+Z?', r"\1…", text)


class Readme(unittest.TestCase):
    maxDiff = None

    def test_every_session_gives_what_the_readme_shows(self):
        for readme in READMES:
            count = 0
            for block, new in actual(readme.read_text(encoding="utf-8")):
                with self.subTest(readme=readme, session=block.group(1)[:60]):
                    self.assertEqual(fixed(block.group(0)), fixed(new))
                count += 1
            self.assertGreater(count, 1)


def update():
    for readme in READMES:
        text = readme.read_text(encoding="utf-8")
        for block, new in reversed(list(actual(text))):
            if fixed(block.group(0)) != fixed(new):
                text = text[: block.start()] + new + text[block.end():]
        readme.write_text(text, encoding="utf-8")


if __name__ == "__main__":
    if "--update" in sys.argv:
        update()
    else:
        unittest.main()
