"""What the tests of the command `strata` share: a home with a database and a USB stick to back up to, the command under
each shell that it is meant for, and a terminal that answers its question.
"""

from __future__ import annotations

import datetime
import hashlib
import os
import pathlib
import pty
import re
import select
import shutil
import signal
import sqlite3
import subprocess
import time

from support import EXTENSION, SHELL, SOURCE, Case, connect, picture, sample

SHELLS = {"dash": ["dash"], "bash": ["bash"], "busybox": ["busybox", "sh"]}


def today() -> str:
    return datetime.date.today().isoformat()


def library() -> pathlib.Path:
    path = pathlib.Path(EXTENSION)
    return path if path.suffix else path.with_suffix(".so")


def backup(connection: sqlite3.Connection) -> str:
    return connection.execute("SELECT strata_backup_json()").fetchone()[0]


def differences(connection: sqlite3.Connection, path: pathlib.Path) -> list:
    """How the database differs from a backup: the names of the tables, keys, and what has happened since."""
    return connection.execute("SELECT name, key, change FROM strata_backup_diff(?)", (path.read_bytes(),)).fetchall()


def for_each_shell(case: type) -> None:
    """Replaces a class of tests by one for each shell."""
    module = __import__(case.__module__)
    for name, words in SHELLS.items():
        members = {"interpreter": words, "__module__": case.__module__}
        setattr(module, f"{case.__name__}_{name}", type(f"{case.__name__}_{name}", (case,), members))
    delattr(module, case.__name__)


class CommandCase(Case):
    interpreter = SHELLS["dash"]

    def setUp(self):
        super().setUp()
        if shutil.which(self.interpreter[0]) is None:
            self.skipTest(f"{self.interpreter[0]} is not installed")
        self.folder = self.folder.resolve()
        self.home = self.folder / "home"
        self.usb = self.folder / "usb"
        self.home.mkdir()
        self.usb.mkdir()
        self.path = self.home / "strata.db"
        self.database = sample(self.path)
        self.addCleanup(self.database.close)
        self.script = SOURCE / "sql" / "strata"
        self.environment = {**os.environ, "SQLITE3": SHELL, "STRATA_EXTENSION": str(library()), "HOME": str(self.home),
                            "TMPDIR": str(self.folder), "LC_ALL": "C.UTF-8"}

    def strata(self, *arguments, cwd=None, **environment) -> subprocess.CompletedProcess:
        """Runs the command, with nobody to answer."""
        command = [*self.interpreter, str(self.script), *(str(argument) for argument in arguments)]
        return subprocess.run(command, cwd=cwd or self.home, env={**self.environment, **environment}, stdin=subprocess.DEVNULL,
                              capture_output=True, timeout=120, encoding="utf-8", errors="surrogateescape", check=False)

    def does(self, *arguments, **more) -> str:
        done = self.strata(*arguments, **more)
        self.assertEqual((done.returncode, done.stderr), (0, ""), done.stdout)
        self.assertEqual(self.left_over(), [])
        return done.stdout

    def refuses_to(self, *arguments, says: str, status: int = 1, **more) -> str:
        """The command ends with this sentence and status, leaves every file as it was, and shows none of the shell's words."""
        before = self.files()
        done = self.strata(*arguments, **more)
        self.assertEqual(done.returncode, status, done.stderr + done.stdout)
        self.assertIn(says, done.stderr)
        self.speaks_plainly(done.stderr)
        self.assertEqual(self.files(), before)
        return done.stderr

    def speaks_plainly(self, text: str) -> None:
        for riddle in ("near line", "Runtime error", "Parse error", "CHECK constraint", "not found", "syntax error"):
            self.assertNotIn(riddle, text)
        lines = text.splitlines()
        self.assertEqual(len(set(lines)), len(lines), f"said twice: {text}")
        for line in lines:
            self.assertRegex(line, r"^(strata|usage): ")

    def files(self) -> dict[str, str]:
        """Every file below the test's folder, but SQLite's own, and what is in it, as a checksum."""
        return {str(path.relative_to(self.folder)): hashlib.sha256(path.read_bytes()).hexdigest() if path.is_file() else ""
                for path in sorted(self.folder.rglob("*"))
                if not path.is_symlink() and not re.search(r"-(wal|shm|journal)$", path.name)}

    def left_over(self) -> list[str]:
        """Files that only a running command has."""
        return [name for name in self.files() if "unfinished" in name or re.match(r"strata\.\w{8}$", name)]

    def edit(self) -> pathlib.Path:
        """Backs up, then changes the database: a row more, one less, one field. Returns the backup's path."""
        path = self.usb / "before.json"
        path.write_text(backup(self.database), encoding="utf-8")
        self.database.executescript("INSERT INTO tags VALUES ('t_new', 'mine'); UPDATE assets SET name = 'X' WHERE id = 'a_car';"
                                    "DELETE FROM asset_tags WHERE asset_id = 'a_watch'")
        return path

    def put(self, text: str, name: str = "put.json") -> pathlib.Path:
        path = self.usb / name
        path.write_text(text, encoding="utf-8")
        return path

    def safety(self, verb: str = "restore") -> pathlib.Path:
        (path,) = self.home.glob(f"strata.db.before-{verb}-*")
        self.assertRegex(path.name, r"-\d{4}-\d\d-\d\dT\d{6}(-\d+)?$")
        return path

    def picture_of(self, path) -> dict:
        connection = connect(path)
        try:
            return picture(connection)
        finally:
            connection.close()

    def on_a_terminal(self, *arguments, answer, when: str = "to continue: ") -> tuple[int, str]:
        """Runs the command on a terminal, and types the answer once it shows `when`, or, if that is empty, a moment after
    the start. Returns the exit status and everything that was shown.
    """
        command = [*self.interpreter, str(self.script), *(str(argument) for argument in arguments)]
        process, terminal = pty.fork()
        if process == 0:
            os.chdir(self.home)
            os.execvpe(command[0], command, self.environment)
        shown, answered, until = b"", not answer, time.monotonic() + 60
        while time.monotonic() < until:
            if not when and not answered and time.monotonic() > until - 59.8:  # it is at work
                answered = True
                os.write(terminal, answer)
            if not select.select([terminal], [], [], 0.1)[0]:
                continue
            try:
                more = os.read(terminal, 65536)
            except OSError:  # the other side is closed
                break
            if not more:
                break
            shown += more
            if when and not answered and when.encode() in shown:
                answered = True
                os.write(terminal, answer)
        else:
            os.kill(process, signal.SIGKILL)
        _, status = os.waitpid(process, 0)
        os.close(terminal)
        text = shown.decode("utf-8", "replace").replace("\r\n", "\n")
        self.assertTrue(answered, text)
        return os.waitstatus_to_exitcode(status), text
