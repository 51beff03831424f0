"""The whole way (back up, look, restore, undo) in each shell that the command is meant for: with names that a shell
easily misunderstands, from a checkout, an installed package and an unpacked archive, and through links.
"""

from __future__ import annotations

import os
import pathlib
import shutil
import subprocess
import unittest

from door import CommandCase, backup, for_each_shell, library, today
from support import SOURCE, connect, sample, without_moment

ODD_NAMES = ("it's  \"my\" back\\slash\\n", "~", "-odd", "--yes", "$(touch oops)`touch oops`;$HOME&|<>#é – 🏠", "file:x?mode=memory",
             ":memory:", "a*b?[c] %41'); DROP TABLE tags; --")


class WholeWay(CommandCase):
    def whole_way(self, database, folder, cwd) -> None:
        """Back up, lose something, look, restore, undo, copy, verify, compare, count: with these names, from there."""
        path = pathlib.Path(cwd, database)
        sample(path).close()
        before = self.document_of(path)
        self.does("backup", "--keep", "3", "--", database, folder, cwd=cwd)
        made = f"{folder}/strata-backup-{today()}.json"
        self.assertEqual(without_moment(pathlib.Path(cwd, made).read_text(encoding="utf-8")), before)
        connection = connect(path)
        connection.execute("DELETE FROM asset_tags")
        connection.close()
        self.assertIn("\n4 rows come back.\n", self.does("preview", "--", database, made, cwd=cwd))
        self.assertIn("Restored 107 rows", self.does("restore", "--yes", "--", database, made, cwd=cwd))
        self.assertEqual(self.document_of(path), before)
        (safety,) = (other for other in path.parent.iterdir() if other.name.startswith(f"{path.name}.before-restore-"))
        self.does("undo", "--", database, safety, cwd=cwd)
        self.assertIn("\n4 rows were removed.\n", self.does("diff", "--", made, database, cwd=cwd))
        self.does("copy", "--", database, folder, cwd=cwd)
        self.does("verify", "--", f"{folder}/strata-{today()}.db", cwd=cwd)
        self.does("verify", "--", made, database, cwd=cwd)
        self.assertIn(" 107\n", self.does("counts", "--", made, cwd=cwd))
        self.assertIn(" 103\n", self.does("counts", "--", database, cwd=cwd))

    def document_of(self, path) -> str:
        connection = connect(path)
        try:
            return without_moment(backup(connection))
        finally:
            connection.close()

    def test_odd_names_of_databases_and_folders(self):
        for name in ODD_NAMES:
            with self.subTest(name=name):
                place = self.folder / "place"
                (place / name).mkdir(parents=True)
                self.whole_way(f"{name}.db", name, place)
                self.assertEqual([str(path) for path in self.folder.rglob("oops")], [])
                shutil.rmtree(place)

    def test_odd_names_of_the_folders_above(self):
        name = "/".join(ODD_NAMES)
        place = self.folder / name
        (place / "usb").mkdir(parents=True)
        self.whole_way(place / "b.db", place / "usb", "/")
        self.whole_way("../c.db", "../usb", place / "usb")

    def test_a_checkout_that_is_not_installed_and_its_folder_has_an_odd_name(self):
        for name in ODD_NAMES[::3]:
            with self.subTest(name=name):
                checkout = self.folder / "somewhere" / name
                (checkout / "build").mkdir(parents=True)
                (checkout / "CMakeLists.txt").touch()
                shutil.copy(library(), checkout / "build")
                shutil.copytree(SOURCE / "sql", checkout / "sql")
                self.script = checkout / "sql" / "strata"
                self.environment.pop("STRATA_EXTENSION", None)
                self.does("backup", "strata.db", self.usb)
                shutil.rmtree(checkout)

    def test_an_installed_package_and_an_archive(self):
        self.environment.pop("STRATA_EXTENSION", None)
        for command, scripts, module in (("bin", "share/strata", "lib"), ("bin", "share/strata", "lib/x86_64-linux-gnu"), ("", "", "")):
            with self.subTest(module=module):
                prefix = self.folder / "prefix"
                for part in (command, scripts, module):
                    (prefix / part).mkdir(parents=True, exist_ok=True)
                for source in (SOURCE / "sql").iterdir():
                    shutil.copy(source, prefix / (command if source.name == "strata" else scripts))
                shutil.copy(library(), prefix / module)
                self.script = prefix / command / "strata"
                self.does("backup", "strata.db", self.usb)
                link = self.folder / "link"
                for target in (self.script, os.path.relpath(self.script, self.folder)):
                    link.symlink_to(target)
                    (self.folder / "link2").symlink_to("link")
                    self.script = self.folder / "link2"
                    self.does("verify", self.usb / f"strata-backup-{today()}.json")
                    link.unlink()
                    self.script.unlink()
                    self.script = prefix / command / "strata"
                shutil.rmtree(prefix)

    def test_it_is_found_on_the_path_and_calls_itself_by_that_name(self):
        path = self.put(backup(self.database))
        self.database.execute("DELETE FROM asset_tags")
        done = subprocess.run(["strata", "restore", "strata.db", path, "--yes"], cwd=self.home, capture_output=True, timeout=60, check=False,
                              env={**self.environment, "PATH": f"{SOURCE}/sql:{os.environ['PATH']}"}, encoding="utf-8")
        self.assertEqual((done.returncode, done.stderr), (0, ""))
        self.assertIn("\nTo undo this:  strata undo strata.db ", done.stdout)

    def test_help(self):
        everything = self.does("help")
        for name in ("backup", "preview", "diff", "restore", "undo", "verify", "copy", "counts", "report", "create"):
            self.assertIn(f"\n  strata {name} ", everything)
            text = self.does("help", name)
            self.assertTrue(text.startswith(f"strata {name} "), text)
            self.assertGreater(len(text.splitlines()), 2)
        done = self.strata()
        self.assertEqual((done.returncode, done.stderr), (2, everything))
        self.assertRegex(self.does("--version"), r"^\d+\.\d+\.\d+\n$")


for_each_shell(WholeWay)

if __name__ == "__main__":
    unittest.main()
