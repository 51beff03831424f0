"""How a command ends that is interrupted or killed, whose output nobody reads, or that runs twice at the same time: what it
says about the database is true, and no copy of the database is lost.
"""

from __future__ import annotations

import os
import re
import shutil
import signal
import sqlite3
import subprocess
import time
import unittest

from door import CommandCase, for_each_shell
from support import SHELL


class Ends(CommandCase):
    def shell_that(self, last: str, at: str = "") -> dict[str, str]:
        """An sqlite3 that writes a line into `calls` each time it is called, and runs `last` in the place of a call whose
        input contains `.restore` or COMMIT, or `at`. There "$@" is the real call and $input its input.
        """
        path = self.folder / "sqlite3"
        path.write_text(f"""#!/bin/sh
trap '' INT TERM
input=$(cat)
case $input in
*'.restore '* | *COMMIT* | *'{at or "COMMIT"}'*) echo last >>'{self.folder}/calls'; set -- '{SHELL}' "$@"; {last} ;;
*) echo other >>'{self.folder}/calls'; printf '%s\\n' "$input" | '{SHELL}' "$@" ;;
esac
""", encoding="utf-8")
        path.chmod(0o755)
        return {"SQLITE3": str(path)}

    def start(self, *arguments, **environment) -> subprocess.Popen:
        command = [*self.interpreter, str(self.script), *(str(argument) for argument in arguments)]
        process = subprocess.Popen(command, cwd=self.home, env={**self.environment, **environment}, stdin=subprocess.DEVNULL,
                                   stdout=subprocess.PIPE, stderr=subprocess.PIPE, encoding="utf-8", start_new_session=True)
        self.addCleanup(process.stdout.close)
        self.addCleanup(process.stderr.close)
        return process

    def wait_for_the_last_call(self) -> None:
        calls, until = self.folder / "calls", time.monotonic() + 60
        while not (calls.exists() and "last" in calls.read_text(encoding="utf-8")):
            self.assertLess(time.monotonic(), until)
            time.sleep(0.01)

    def test_restores_at_the_same_time_keep_each_others_copies(self):
        backup, before = self.edit(), self.picture_of(self.path)
        running = [self.start("restore", "--yes", "strata.db", backup) for _ in range(3)]
        outputs = [process.communicate(timeout=120) for process in running]
        copies = [copy for out, _ in outputs for copy in re.findall(r"undo strata\.db (\S+)\n", out)]
        self.assertGreater(len(copies), 0, outputs)
        self.assertEqual(len(set(copies)), len(copies), outputs)
        self.assertIn(before, [self.picture_of(self.home / copy) for copy in copies])
        self.assertEqual(sorted(path.name for path in self.home.glob("*.before-*")), sorted(copies))

    def test_a_variable_of_the_environment_names_no_file_to_delete(self):
        precious = self.put("precious")
        self.database.execute("BEGIN IMMEDIATE")
        try:
            process = self.start("preview", "strata.db", self.edit_elsewhere(), safety=str(precious), unfinished=str(precious))
            time.sleep(1.5)
        finally:
            self.database.execute("ROLLBACK")
        process.communicate(timeout=120)
        self.assertEqual(precious.read_text(encoding="utf-8"), "precious")

    def edit_elsewhere(self):
        path = self.usb / "other.json"
        path.write_text('{"schemaVersion":"1","data":{"tags":[{"id":"t","name":"n"}]}}', encoding="utf-8")
        return path

    def test_a_reader_that_leaves_early_leaves_no_files_behind(self):
        command = [*self.interpreter, str(self.script), "preview", "strata.db", str(self.edit_elsewhere()), "--all"]
        for _ in range(3):
            done = subprocess.run(["sh", "-c", '"$@" | true', "sh", *command], cwd=self.home, env=self.environment, check=False,
                                  stdin=subprocess.DEVNULL, capture_output=True, timeout=120)
            self.assertEqual(done.returncode, 0)
        self.assertEqual(self.left_over(), [])

    def test_a_restore_that_is_terminated_says_what_became_of_it(self):
        backup, before = self.edit(), self.picture_of(self.path)
        process = self.start("restore", "--yes", "strata.db", backup, **self.shell_that('sleep 1; printf "%s\\n" "$input" | "$@"'))
        self.wait_for_the_last_call()
        process.send_signal(signal.SIGTERM)
        out, err = process.communicate(timeout=120)
        self.assertEqual((process.returncode, err), (0, ""), out)
        self.assertIn("Restored 107 rows", out)
        self.assertEqual(self.picture_of(self.safety()), before)
        self.assertEqual(self.left_over(), [])

    def test_a_restore_of_which_nobody_knows_whether_it_was_committed_keeps_the_copy(self):
        backup, before = self.edit(), self.picture_of(self.path)
        done = self.strata("restore", "--yes", "strata.db", backup,
                           **self.shell_that('''printf "%s\\n" "$input" | sed "s/SELECT 'whole'.*//" | "$@"'''))
        self.assertEqual(done.returncode, 1)
        self.assertIn("run 'preview' to see whether the backup was restored; the copy made beforehand is ", done.stderr)
        self.assertIn(str(self.safety().name), done.stderr)
        self.assertEqual(self.picture_of(self.safety()), before)

    def test_a_restore_that_stops_before_the_commit_leaves_no_copy(self):
        backup, before = self.edit(), self.picture_of(self.path)
        done = self.strata("restore", "--yes", "strata.db", backup,
                           **self.shell_that('''printf "%s\\n" "$input" | sed "s/^SELECT 'committing'.*/SELECT nothing;/" | "$@"'''))
        self.assertEqual(done.returncode, 1)
        self.assertEqual(self.picture_of(self.path), before)
        self.assertEqual(list(self.home.glob("*.before-*")), [])

    def test_an_undo_that_is_interrupted_keeps_the_copy(self):
        copy = self.home / "old.db"
        self.does("copy", "strata.db", copy)
        self.edit()
        before = self.picture_of(self.path)
        process = self.start("undo", "strata.db", copy, **self.shell_that(
            '''printf "%s\\n" "$input" | sed "s/SELECT 'whole'.*//" | "$@"; sleep 1'''))
        self.wait_for_the_last_call()
        time.sleep(0.3)
        os.killpg(process.pid, signal.SIGINT)
        _, err = process.communicate(timeout=120)
        self.assertEqual(process.returncode, 1)
        self.assertIn("interrupted while the copy was put back: 'strata.db' may be in either state; the copy made beforehand is ", err)
        self.assertEqual(self.picture_of(self.safety("undo")), before)

    def test_what_another_program_writes_during_an_undo_is_not_lost(self):
        """It is in the copy, or in the database if the undo was refused, or had to wait until the end."""
        for mode in ("delete", "wal"):
            with self.subTest(mode=mode):
                self.database.execute(f"PRAGMA journal_mode = {mode}")
                self.database.execute("PRAGMA busy_timeout = 0")
                copy = self.home / f"{mode}.db"
                self.does("copy", "strata.db", copy)
                slow = """printf '%s\\n' "$input" | sed -e 's/^UPDATE version/.shell sleep 1\\n&/' | "$@" """
                process = self.start("undo", "strata.db", copy, **self.shell_that(slow))
                self.wait_for_the_last_call()
                (self.folder / "calls").unlink()
                written, refused = set(), 0
                while process.poll() is None:
                    try:
                        name = f"{mode}{len(written)}"
                        self.database.execute("INSERT INTO tags VALUES (?, ?)", (name, name))
                        written.add(name)
                    except sqlite3.OperationalError as error:
                        self.assertIn("locked", str(error))
                        refused += 1
                    time.sleep(0.02)
                out, err = process.communicate(timeout=120)
                places = [self.path, *(self.home / name for name in re.findall(r"undo strata\.db (\S+)\n", out))]
                found = {row[0] for path in places for row in sqlite3.connect(path).execute("SELECT id FROM tags")}
                self.assertLessEqual(written, found)
                self.assertEqual((process.returncode, refused > 0), (0, True) if mode == "delete" else (1, False), err)
                if process.returncode:
                    self.assertIn("another program has changed it meanwhile; nothing was changed", err)
                for path in self.home.glob("*.before-*"):
                    path.unlink()

    def test_an_interrupted_encryption_is_no_backup(self):
        """A gpg that gets nothing to encrypt succeeds."""
        gpg = self.folder / "gpg"
        gpg.write_text("#!/bin/sh\nwhile [ $# -gt 1 ]; do [ \"$1\" = --output ] && out=$2; shift; done\ncat >\"$out\"\n", encoding="utf-8")
        gpg.chmod(0o755)
        target = self.usb / "mine.json.gpg"
        slow = f"""sleep 1; printf '%s\\n' "$input" | "$@" """
        process = self.start("backup", "strata.db", target, "--encrypt", "me", GPG=str(gpg), **self.shell_that(slow, at="FROM main.sqlite_master"))
        self.wait_for_the_last_call()
        process.send_signal(signal.SIGTERM)
        out, err = process.communicate(timeout=120)
        self.assertEqual((process.returncode, out), (1, ""), err)
        self.assertIn("stopped; nothing was", err)
        self.assertFalse(target.exists())

    def test_a_file_left_from_an_earlier_process_of_the_same_number_is_not_taken(self):
        command = " ".join([*self.interpreter, str(self.script), "create", "n.db"])
        subprocess.run(["sh", "-c", f"cp strata.db n.db.$$.unfinished; exec {command}"], cwd=self.home, env=self.environment,
                       stdin=subprocess.DEVNULL, capture_output=True, check=True, timeout=120)
        self.assertEqual(sqlite3.connect(self.home / "n.db").execute("SELECT count(*) FROM tags").fetchone(), (0,))

    def test_nobody_reads_the_output_of_a_restore(self):
        backup = self.edit()
        command = [*self.interpreter, str(self.script), "restore", "strata.db", str(backup), "--yes"]
        done = subprocess.run(["sh", "-c", '"$@" | true', "sh", *command], cwd=self.home, env=self.environment, check=False,
                              stdin=subprocess.DEVNULL, capture_output=True, timeout=120, text=True)
        copies = list(self.home.glob("*.before-*"))
        self.assertEqual(len(copies), done.stderr.count("To undo this: "), done.stderr)
        self.assertEqual(self.left_over(), [])

    def test_a_database_that_another_program_reads_is_named(self):
        """A reader keeps the commit waiting, which gets an error in the end."""
        copy = self.home / "old.db"
        self.does("copy", "strata.db", copy)
        self.database.execute("BEGIN")
        self.database.execute("SELECT count(*) FROM tags").fetchone()
        try:
            done = self.strata("undo", "strata.db", copy)
        finally:
            self.database.execute("ROLLBACK")
        self.assertEqual(done.returncode, 1)
        self.assertIn("'strata.db' is locked by another program", done.stderr)

    def test_a_page_that_cannot_be_written_leaves_the_earlier_one(self):
        page = self.home / "page.html"
        self.does("report", "strata.db", page)
        before = page.read_bytes()
        self.database.execute("UPDATE assets SET name = 'renamed' WHERE id = 'a_car'")
        small_files = """ulimit -f 8; trap '' XFSZ; printf '%s\\n' "$input" | "$@" """
        done = self.strata("report", "strata.db", page, **self.shell_that(small_files, at="report.sql"))
        self.assertEqual(done.returncode, 1)
        self.assertEqual(page.read_bytes(), before)
        self.assertEqual(self.left_over(), [])

    def test_no_room_for_temporary_files(self):
        full = self.folder / "full"
        full.mkdir()
        if shutil.which("mount") is None or subprocess.run(["mount", "-t", "tmpfs", "-o", "size=4k", "tmpfs", full], check=False,
                                                           capture_output=True).returncode:
            self.skipTest("only root can make a small file system")
        self.addCleanup(subprocess.run, ["umount", "-l", full], check=True)
        backup, before = self.edit(), self.picture_of(self.path)
        done = self.strata("restore", "--yes", "strata.db", backup, TMPDIR=str(full))
        self.assertEqual(done.returncode, 1)
        self.assertIn(f"the folder for temporary files, {full}, is full", done.stderr)
        self.assertEqual(self.picture_of(self.path), before)


for_each_shell(Ends)

if __name__ == "__main__":
    unittest.main()
