"""golden.json is the backup of golden.sql, to the byte; restored, it is that database, to the cell.
A change that needs a change here changes the format of documents that people have on their disks."""

import pathlib
import unittest

from calls import backup, counts, restore
from support import Case, empty, picture, sample, without_moment

HERE = pathlib.Path(__file__).parent
DOCUMENT = (HERE / "golden.json").read_bytes().decode()
COUNTS = counts(assetTypes=4, categories=6, tags=6, assets=5, assetSnapshots=4, portfolioSnapshots=3, transactions=3,
                categoriesOnAssets=3)


def golden():
    db = empty()
    db.executescript((HERE / "golden.sql").read_text(encoding="utf-8"))
    return db


class Golden(Case):
    maxDiff = None

    def test_the_backup_of_the_database_is_the_document(self):
        self.assertEqual(without_moment(backup(golden())), without_moment(DOCUMENT))

    def test_the_document_restored_is_the_database(self):
        for enforced in (0, 1):
            for db in (empty(), sample(), golden()):
                db.execute(f"PRAGMA foreign_keys = {enforced}")
                self.assertEqual(restore(db, DOCUMENT), {"schemaVersion": "1", "mode": "replace", "counts": COUNTS})
                self.assertEqual(picture(db), picture(golden()))

    def test_the_document_merged_into_nothing_is_the_database(self):
        db = empty()
        self.assertEqual(restore(db, DOCUMENT.encode(), "merge"),
                         {"schemaVersion": "1", "mode": "merge", "counts": COUNTS})
        self.assertEqual(picture(db), picture(golden()))

    def test_the_document_merged_into_the_database_writes_nothing(self):
        db = golden()
        before = db.total_changes
        restore(db, DOCUMENT, "merge")
        self.assertEqual(db.total_changes, before)

    def test_its_counts_are_its_rows(self):
        db = empty()
        self.assertEqual(dict(db.execute("SELECT name, rows FROM strata_backup_counts(?)", (DOCUMENT,))), COUNTS)
        self.assertEqual(dict(golden().execute("SELECT name, rows FROM strata_backup_counts")), COUNTS)


if __name__ == "__main__":
    unittest.main()
