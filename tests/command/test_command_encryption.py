"""`strata backup --encrypt`: only the key opens the backup, plain text never reaches the disk, and the backup is verified
before it is encrypted."""

from __future__ import annotations

import re
import shutil
import subprocess
import threading
import unittest

from disk import names
from door import CommandCase, backup, today
from support import empty, without_moment

ME = "me@example.org"


class Encryption(CommandCase):
    def setUp(self):
        super().setUp()
        if shutil.which("gpg") is None:
            self.skipTest("gpg is not installed")
        keys = self.folder / "gpg"
        keys.mkdir(mode=0o700)
        self.environment["GNUPGHOME"] = str(keys)
        # A sanitizer that is preloaded for the extension's sake is nothing for gpg, which then never ends.
        self.gpg = self.folder / "gpg.sh"
        self.gpg.write_text('#!/bin/sh\nunset LD_PRELOAD\nexec gpg "$@"\n', encoding="utf-8")
        self.gpg.chmod(0o755)
        self.environment["GPG"] = str(self.gpg)
        done = self.run_gpg("--passphrase", "", "--quick-generate-key", ME, "rsa2048", "encr")
        if done.returncode != 0:
            done = self.run_gpg("--passphrase", "", "--quick-generate-key", ME)
        self.addCleanup(subprocess.run, ["env", "-u", "LD_PRELOAD", "gpgconf", "--kill", "all"], env=self.environment, check=False)
        self.assertEqual(done.returncode, 0, done.stderr)
        self.target = self.usb / f"strata-backup-{today()}.json.gpg"

    def run_gpg(self, *arguments) -> subprocess.CompletedProcess:
        return subprocess.run([self.gpg, "--batch", "--quiet", *arguments], env=self.environment, stdin=subprocess.DEVNULL, timeout=60,
                              capture_output=True, encoding="utf-8", check=False)

    def test_only_the_key_opens_it_and_it_is_the_whole_backup(self):
        output = self.does("backup", "strata.db", self.usb, "--encrypt", ME)
        self.assertEqual(output, f"{self.target}: {self.target.stat().st_size} bytes, encrypted for {ME}\n"
                                 "Verified: restored into memory and compared; no differences.\n")
        self.assertEqual(names(self.usb), [self.target.name])
        self.assertEqual(self.target.stat().st_mode & 0o777, 0o600)
        self.assertNotIn(b"schemaVersion", self.target.read_bytes())
        plain = self.usb / "plain.json"
        done = self.run_gpg("--output", plain, "--decrypt", self.target)
        self.assertEqual(done.returncode, 0, done.stderr)
        self.assertEqual(without_moment(plain.read_text(encoding="utf-8").rstrip("\n")), without_moment(backup(self.database)))
        self.database.execute("DELETE FROM asset_tags")
        self.does("restore", "strata.db", plain, "--yes")

    def test_nothing_readable_is_on_the_disk_meanwhile(self):
        seen, ended = set(), threading.Event()

        def watch() -> None:
            while not ended.is_set():
                try:
                    for path in self.folder.rglob("*"):
                        if path.is_file() and path != self.path and b"Renault" in path.read_bytes():
                            seen.add(path.name)
                except OSError:  # gone meanwhile
                    pass

        watcher = threading.Thread(target=watch)
        watcher.start()
        try:
            for _ in range(3):
                self.does("backup", "strata.db", self.usb, "--encrypt", ME)
        finally:
            ended.set()
            watcher.join()
        self.assertEqual(seen, set())

    def test_a_failure_of_either_program_leaves_what_was_there(self):
        self.target.write_bytes(b"yesterday")
        self.refuses(["strata.db", "--encrypt", "nobody@example.org"], "gpg could not encrypt for 'nobody@example.org'")
        self.refuses(["nowhere.db", "--encrypt", ME], "there is no database")
        empty(self.home / "empty.db").close()
        self.refuses(["empty.db", "--encrypt", ME], "neither assets nor portfolio snapshots")
        self.does("backup", "empty.db", self.usb / "empty.json.gpg", "--encrypt", ME, "--allow-empty")
        (self.usb / "empty.json.gpg").unlink()
        self.database.execute("UPDATE assets SET name = x'00' WHERE id = 'a_car'")
        self.refuses(["strata.db", "--encrypt", ME], "a_car")

    def test_a_gpg_that_ends_before_it_has_read_the_backup_is_named(self):
        self.target.write_bytes(b"yesterday")
        self.database.execute("UPDATE assets SET name = hex(zeroblob(100000)) WHERE id = 'a_car'")  # more than a pipe holds
        self.gpg.write_text("#!/bin/sh\necho 'gpg: no such key' >&2\nexit 2\n", encoding="utf-8")
        self.refuses(["strata.db", "--encrypt", ME], f"gpg could not encrypt for '{ME}', and nothing was written:\nstrata: gpg: no such key\n")

    def refuses(self, arguments: list, says: str) -> None:
        done = self.strata("backup", arguments[0], self.usb, *arguments[1:])
        self.assertEqual(done.returncode, 1, done.stdout)
        self.assertIn(says, done.stderr)
        self.speaks_plainly(done.stderr)
        self.assertEqual(self.target.read_bytes(), b"yesterday")
        self.assertEqual(names(self.usb), [self.target.name])

    def test_what_cannot_be_restored_is_not_encrypted(self):
        self.database.executescript("PRAGMA foreign_keys = OFF; UPDATE categories SET parent_id = 'c_gone' WHERE id = 'c_home'")
        self.target.write_bytes(b"yesterday")
        self.refuses(["strata.db", "--encrypt", ME], "c_gone")

    def test_the_oldest_encrypted_ones_go_and_no_others(self):
        for day in ("2020-01-05", "2020-01-12"):
            (self.usb / f"strata-backup-{day}.json.gpg").touch()
            (self.usb / f"strata-backup-{day}.json").touch()
        self.does("backup", "strata.db", self.usb, "--encrypt", ME, "--keep", 2)
        self.assertEqual(names(self.usb), ["strata-backup-2020-01-05.json", "strata-backup-2020-01-12.json",
                                           "strata-backup-2020-01-12.json.gpg", self.target.name])

    def test_only_an_encrypted_file_is_replaced(self):
        path = self.put("precious", "mine.json.gpg")
        self.refuses_to("backup", "strata.db", path, "--encrypt", ME, says="is not an encrypted file")
        path.unlink()
        for _ in range(2):
            self.does("backup", "strata.db", path, "--encrypt", ME)

    def test_its_name_ends_in_gpg(self):
        done = self.strata("backup", "strata.db", self.usb / "mine.json", "--encrypt", ME)
        self.assertEqual(done.returncode, 1)
        self.assertTrue(re.search(r"its name must end in \.json\.gpg", done.stderr), done.stderr)


if __name__ == "__main__":
    unittest.main()
