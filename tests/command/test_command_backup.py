"""`strata backup` and `strata copy`: what they write, prove, keep and delete."""

from __future__ import annotations

import json
import os
import sqlite3
import unittest

from disk import names
from door import CommandCase, backup, today
from support import connect, empty, picture, without_moment


class Backup(CommandCase):
    def setUp(self):
        super().setUp()
        self.target = self.usb / f"strata-backup-{today()}.json"

    def test_it_writes_the_document_with_todays_date_and_says_so(self):
        output = self.does("backup", "strata.db", self.usb)
        self.assertEqual(output, f"{self.target}: 107 rows, {self.target.stat().st_size:,} bytes\n"
                                 "Verified: restored into memory and compared; no differences.\n")
        self.assertEqual(names(self.usb), [self.target.name])
        self.assertEqual(without_moment(self.target.read_text(encoding="utf-8")), without_moment(backup(self.database)))
        self.assertEqual(self.target.stat().st_mode & 0o777, 0o600)

    def test_by_default_it_goes_into_the_working_folder(self):
        output = self.does("backup", self.path, cwd=self.usb)
        self.assertTrue(output.startswith(f"{self.target.name}: 107 rows"), output)
        self.assertTrue(self.target.exists())

    def test_a_file_may_be_named_and_is_replaced_if_it_is_a_backup(self):
        mine = self.usb / "mine.json"
        self.does("backup", "strata.db", mine)
        self.database.execute("DELETE FROM asset_tags")
        self.does("backup", "strata.db", mine)
        self.assertEqual(json.loads(mine.read_text(encoding="utf-8"))["data"]["tagsOnAssets"], [])
        # One that jq has sorted, with the version at its end, is a backup too.
        mine.write_text(json.dumps({"data": {"tags": []}, "schemaVersion": "1"}), encoding="utf-8")
        self.does("backup", "strata.db", mine)

    def test_an_empty_file_may_be_replaced(self):
        mine = self.usb / "mine.json"
        mine.touch()
        self.does("backup", "strata.db", mine)

    def test_another_file_is_not_replaced(self):
        for text in ('{"name":"my-project"}', "notes", "[]"):
            mine = self.put(text, "mine.json")
            self.refuses_to("backup", "strata.db", mine, says=f"'{mine}' already exists and is not a backup")

    def test_without_the_proof(self):
        output = self.does("backup", "strata.db", self.usb, "--no-verify")
        self.assertIn("It was not verified.\n", output)
        self.assertNotIn("Verified", output)

    def test_what_cannot_be_restored_is_found_out_today(self):
        """A category that is its own ancestor: SQLite has no objection, a restore has."""
        self.does("backup", "strata.db", self.usb)
        before = self.target.read_bytes()
        self.database.executescript("PRAGMA foreign_keys = OFF; UPDATE categories SET parent_id = 'c_gone' WHERE id = 'c_home'")
        done = self.strata("backup", "strata.db", self.usb)
        self.assertEqual(done.returncode, 1, done.stdout)
        self.assertIn("c_gone", done.stderr)
        self.assertIn("not written", done.stderr)
        self.speaks_plainly(done.stderr)
        self.assertEqual(self.target.read_bytes(), before)
        self.assertEqual(names(self.usb), [self.target.name])
        self.does("backup", "strata.db", self.usb, "--no-verify")

    def test_a_database_with_columns_and_tables_of_its_own_is_verified_with_them(self):
        self.database.executescript("""
            CREATE TABLE portfolios(id TEXT PRIMARY KEY, name TEXT);
            INSERT INTO portfolios VALUES ('p', 'old');
            ALTER TABLE tags ADD COLUMN colour TEXT;
            ALTER TABLE assets ADD COLUMN portfolio_id TEXT;
            UPDATE assets SET portfolio_id = 'p';
            CREATE TRIGGER no_more BEFORE INSERT ON tags BEGIN SELECT RAISE(ABORT, 'closed'); END;
        """)
        self.does("backup", "strata.db", self.usb)

    def test_what_is_in_a_wal_is_backed_up(self):
        self.database.executescript("PRAGMA journal_mode = WAL; INSERT INTO tags VALUES ('t_wal', 'fresh')")
        self.does("backup", "strata.db", self.usb)
        self.assertIn("t_wal", self.target.read_text(encoding="utf-8"))

    def test_a_database_in_use_is_backed_up(self):
        other = sqlite3.connect(self.path, isolation_level=None)
        self.addCleanup(other.close)
        other.execute("BEGIN IMMEDIATE")
        other.execute("DELETE FROM asset_tags")
        self.does("backup", "strata.db", self.usb)
        other.execute("ROLLBACK")
        self.assertEqual(len(json.loads(self.target.read_text(encoding="utf-8"))["data"]["tagsOnAssets"]), 4)

    def test_an_empty_database_needs_a_word(self):
        for content in ("", "INSERT INTO asset_types VALUES ('a', 'A', 'A', 'OTHER')"):  # the app's own first rows
            with self.subTest(content=content):
                path = self.home / f"empty{len(content)}.db"
                connection = empty(path)
                connection.executescript(content)
                connection.close()
                self.refuses_to("backup", path, self.usb, says="neither assets nor portfolio snapshots")
        self.does("backup", self.home / "empty0.db", self.usb, "--allow-empty")


class Keep(CommandCase):
    def dated(self, *days: str) -> None:
        for day in days:
            (self.usb / f"strata-backup-{day}.json").write_text("old", encoding="utf-8")

    def test_it_keeps_the_last_n_and_touches_no_other_file(self):
        self.dated("2020-01-05", "2020-01-12", "2020-01-19", "2020-01-26")
        others = ["strata-backup-2020-01-05.json.gpg", "strata-backup-of-mine.json", "notes.txt", ".hidden"]
        for name in others:
            (self.usb / name).touch()
        output = self.does("backup", "strata.db", self.usb, "--keep", 3)
        new = f"strata-backup-{today()}.json"
        self.assertTrue(output.endswith(f"Deleted an old backup (--keep 3): {self.usb}/strata-backup-2020-01-05.json\n"
                                        f"Deleted an old backup (--keep 3): {self.usb}/strata-backup-2020-01-12.json\n"), output)
        self.assertEqual(names(self.usb), sorted(["strata-backup-2020-01-19.json", "strata-backup-2020-01-26.json", new] + others))
        self.does("backup", "strata.db", self.usb)
        self.assertEqual(len(names(self.usb)), 8)

    def test_those_with_a_time_count_and_are_newer_than_the_one_of_their_day(self):
        kept = ["strata-backup-2020-01-05T090000.json", f"strata-backup-{today()}.json"]
        self.dated("2020-01-05", "2020-01-05T080000", "2020-01-05T090000", "2020-01-04T235959", "2020-01-05-mine",
                   "2020-01-05T101010-mine", "2020-01-05 (1)")
        self.does("backup", "strata.db", self.usb, "--keep", 2)
        self.assertEqual(names(self.usb), sorted(kept + ["strata-backup-2020-01-05-mine.json", "strata-backup-2020-01-05 (1).json",
                                                              "strata-backup-2020-01-05T101010-mine.json"]))

    def test_many_of_one_day_go_in_the_order_of_their_age(self):
        """Also when the day's first, whose name has no time, is gone."""
        for number in range(4):
            self.database.execute("UPDATE tags SET name = ? WHERE id = 't_dream'", (f"dream {number}",))
            self.does("backup", "strata.db", self.usb, "--keep", 2)
        kept = [json.loads((self.usb / name).read_text(encoding="utf-8")) for name in names(self.usb)]
        dreams = [tag["name"] for each in kept for tag in each["data"]["tags"] if tag["id"] == "t_dream"]
        self.assertEqual(dreams, ["dream 2", "dream 3"])

    def test_a_backup_of_the_same_day_is_not_replaced(self):
        """A second backup of the day leaves this morning's good one alone."""
        self.does("backup", "strata.db", self.usb)
        morning = self.usb / f"strata-backup-{today()}.json"
        before = morning.read_bytes()
        self.database.execute("DELETE FROM asset_tags")
        for _ in range(2):
            self.assertRegex(self.does("backup", "strata.db", self.usb, "--keep", 3), rf"strata-backup-{today()}T\d{{6}}\.json: 103 rows")
        self.assertEqual(morning.read_bytes(), before)
        self.assertEqual(len(names(self.usb)), 3)

    def test_the_new_one_is_never_the_one_to_go(self):
        """The clock was wrong once, and has left files of the future."""
        self.dated("2099-01-01", "2099-01-02")
        self.does("backup", "strata.db", self.usb, "--keep=1")
        self.assertIn(f"strata-backup-{today()}.json", names(self.usb))

    def test_nothing_is_deleted_unless_the_backup_is_whole(self):
        self.dated("2020-01-05", "2020-01-12")
        empty(self.home / "empty.db").close()
        self.refuses_to("backup", "empty.db", self.usb, "--keep", 1, says="neither assets nor portfolio snapshots")
        self.refuses_to("backup", "nowhere.db", self.usb, "--keep", 1, says="there is no database 'nowhere.db'")
        self.database.execute("UPDATE assets SET name = x'00' WHERE id = 'a_car'")
        self.refuses_to("backup", "strata.db", self.usb, "--keep", 1, says="a_car")
        self.assertEqual(len(names(self.usb)), 2)

    def test_what_is_kept_has_to_be_a_number(self):
        for count in ("0", "x", "-1", "1.5", "", "08"):
            self.refuses_to("backup", "strata.db", self.usb, "--keep", count, says="", status=2)
        self.refuses_to("backup", "strata.db", self.usb / "mine.json", "--keep", 2, says="--keep needs a folder", status=2)


class Copy(CommandCase):
    def setUp(self):
        super().setUp()
        self.target = self.usb / f"strata-{today()}.db"

    def test_it_is_the_whole_database_and_sound(self):
        self.database.executescript("PRAGMA journal_mode = WAL; CREATE TABLE mine(x); INSERT INTO mine VALUES (1)")
        output = self.does("copy", "strata.db", self.usb)
        self.assertEqual(output, f"{self.target}: {self.target.stat().st_size:,} bytes\nThe copy is sound.\n")
        self.assertEqual(names(self.usb), [self.target.name])
        self.assertEqual(self.picture_of(self.target), picture(self.database))

    def test_no_file_is_replaced(self):
        self.does("copy", "strata.db", self.usb)
        before = self.target.read_bytes()
        self.database.execute("DELETE FROM asset_tags")
        self.does("copy", "strata.db", self.usb)
        self.assertEqual(self.target.read_bytes(), before)
        (second,) = self.usb.glob(f"strata-{today()}T??????.db")
        self.assertEqual(self.picture_of(second)["asset_tags"], [])
        self.does("copy", "strata.db", self.usb / "mine.db")
        self.refuses_to("copy", "strata.db", self.usb / "mine.db", says="already exists")
        self.refuses_to("copy", self.target, self.path, says="already exists")
        self.refuses_to("copy", "strata.db", "strata.db", says="already exists")

    def test_a_journal_that_waits_for_the_copy_is_not_given_one(self):
        (self.usb / (self.target.name + "-journal")).write_bytes(b"hot")
        self.refuses_to("copy", "strata.db", self.usb, says="would treat it as the new copy's own")

    def test_a_damaged_database_does_not_replace_a_good_copy(self):
        self.does("copy", "strata.db", self.usb)
        before = self.target.read_bytes()
        self.database.close()
        content = bytearray(self.path.read_bytes())
        page = int.from_bytes(content[16:18], "big")
        for number in range(20, 24):
            content[number * page:number * page + 8] = b"\x0d\xff\xff\xff\xff\xff\xff\xff"
        self.path.write_bytes(content)
        done = self.strata("copy", "strata.db", self.usb)
        self.assertEqual(done.returncode, 1, done.stdout)
        self.assertRegex(done.stderr, "'strata.db' is damaged|strata.db: .*malformed")
        self.assertEqual(self.target.read_bytes(), before)
        self.assertEqual(names(self.usb), [self.target.name])

    def test_an_empty_database_needs_a_word(self):
        empty(self.home / "empty.db").close()
        self.refuses_to("copy", "empty.db", self.usb, says="neither assets nor portfolio snapshots")
        self.does("copy", "empty.db", self.usb, "--allow-empty")


class Targets(CommandCase):
    def test_a_folder_that_is_not_there_is_not_taken_for_a_file(self):
        for name in ("nowhere", "nowhere/", "nowhere/x.json", "nowhere/x.db"):
            for command in ("backup", "copy"):
                self.refuses_to(command, "strata.db", f"{self.usb}/{name}", says="there is no folder")

    def test_links_devices_and_names_of_sqlites_own_are_refused(self):
        (self.usb / "link.json").symlink_to(self.usb / "other.json")
        (self.usb / "link.db").symlink_to(self.path)
        os.mkfifo(self.usb / "pipe.json")
        self.refuses_to_name("backup", "link.json", "symbolic link")
        self.refuses_to_name("copy", "link.db", "symbolic link")
        self.refuses_to_name("backup", "pipe.json", "is not a file")
        self.refuses_to_name("copy", "mine.db-wal", "there is no folder")
        self.assertFalse((self.usb / "other.json").exists())

    def refuses_to_name(self, command: str, name: str, says: str) -> None:
        done = self.strata(command, "strata.db", self.usb / name)
        self.assertEqual(done.returncode, 1, done.stdout)
        self.assertIn(says, done.stderr)

    def test_a_folder_without_the_right_to_write(self):
        if os.geteuid() == 0:
            self.skipTest("root may write everywhere")
        self.usb.chmod(0o500)
        self.addCleanup(self.usb.chmod, 0o700)
        self.refuses_to("backup", "strata.db", self.usb, says="Permission denied")


class Documents(CommandCase):
    def test_a_backup_restores_into_a_new_database(self):
        self.does("backup", "strata.db", self.usb / "b.json")
        self.does("create", "new.db")
        self.does("restore", "new.db", self.usb / "b.json", "--yes")
        new = connect(self.home / "new.db")
        self.addCleanup(new.close)
        self.assertEqual(without_moment(backup(new)), without_moment(backup(self.database)))


if __name__ == "__main__":
    unittest.main()
