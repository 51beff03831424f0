"""The backup of any database restores to the same cells and backs up again to the same bytes: one
large database, and many small ones with random contents."""

import json
import os
import random
import time
import unittest

from calls import backup, live_counts, restore
from support import Case, TABLES, document, empty, picture, without_moment

SANITIZED = "LD_PRELOAD" in os.environ   # takes its time
SNAPSHOTS = 20_000 if SANITIZED else 100_000
GROUPS = ("FINANCIAL", "REAL_ESTATE", "PERSONAL_PROPERTY", "PHYSICAL_COLLECTIONS", "LIABILITIES", "OTHER")

# Keys that do not ascend with the rowid where %d is 7919, and do where it is 1.
LARGE = """
INSERT INTO asset_types VALUES ('at', 'CODE', 'label', 'OTHER');
WITH RECURSIVE n(i) AS (VALUES (0) UNION ALL SELECT i + 1 FROM n WHERE i < 99)
INSERT INTO assets SELECT printf('a%%03d', i), 'asset ' || i, i / 8.0, i %% 2, 'at', '2025-01-15T00:00:00.000+00:00',
    '2025-01-15T00:00:00.000+00:00' FROM n;
WITH RECURSIVE n(i) AS (VALUES (0) UNION ALL SELECT i + 1 FROM n WHERE i < %d)
INSERT INTO asset_snapshots SELECT printf('s%%06d', (i * %d) %% %d), printf('a%%03d', i %% 100), i * 1.25 - 1000,
    CASE i %% 3 WHEN 0 THEN NULL WHEN 1 THEN 'EUR' ELSE 'US' || char(36) END,
    strftime('%%Y-%%m-%%dT%%H:%%M:%%S.', 1000000000 + i * 3607, 'unixepoch') || printf('%%03d+00:00', i %% 1000),
    '2025-01-15T00:00:00.000+00:00' FROM n;
"""


class Large(Case):
    def round_trip(self, step):
        db = empty()
        db.executescript("BEGIN;" + LARGE % (SNAPSHOTS - 1, step, SNAPSHOTS) + "COMMIT;")
        self.assertEqual(live_counts(db)["assetSnapshots"], SNAPSHOTS)
        began = time.process_time()
        text = backup(db)
        other = empty(self.folder / f"to_{step}.db")
        self.assertEqual(restore(other, text)["counts"]["assetSnapshots"], SNAPSHOTS)
        again = backup(other)
        took = time.process_time() - began
        self.assertTrue(without_moment(again) == without_moment(text), "the second backup differs")
        cells = "SELECT id, asset_id, typeof(value), value, currency, observed_at, created_at FROM asset_snapshots ORDER BY id"
        self.assertTrue(db.execute(cells).fetchall() == other.execute(cells).fetchall(), "the cells differ")
        self.assertEqual(other.execute("PRAGMA integrity_check").fetchall(), [("ok",)])
        if not SANITIZED:
            self.assertLess(took, 15)
        return other, text

    def test_a_hundred_thousand_snapshots_in_the_order_of_their_keys(self):
        self.round_trip(1)

    def test_a_hundred_thousand_snapshots_in_another_order(self):
        db, text = self.round_trip(7919)
        changes = db.total_changes
        restore(db, text, "merge")
        self.assertEqual(db.total_changes, changes)


class Contents:
    """Random rows in the forms that a restore stores."""

    def __init__(self, seed):
        self.random = random.Random(seed)

    def text(self):
        alphabet = ["a", "Z", "é", "𝒳", "\0", "\n", '"', "\\", "/", "\x1f", "\x7f", "\u2028", "\ufeff", "\uffff",
                    " ", "'", "0", "\ue000"]
        return "".join(self.random.choice(alphabet) for _ in range(self.random.randint(0, 12)))

    def texts(self, count):
        """That many texts, all different."""
        found = set()
        while len(found) < count:
            found.add(self.text())
        shuffled = sorted(found)
        self.random.shuffle(shuffled)
        return shuffled

    def decimal(self):
        kind = self.random.randint(0, 5)
        if kind == 0:
            return self.random.randint(-2**63, 2**63 - 1)
        if kind == 1:
            return self.random.randint(-1000, 1000)
        if kind == 2:
            return self.random.randint(-10**8, 10**8) / 100
        if kind == 3:
            return self.random.uniform(-1, 1) * 10.0 ** self.random.randint(-320, 308)
        return self.random.randint(0, 10**10) / 10**8

    def moment(self):
        year = self.random.choice([self.random.randint(0, 9999), 2025])
        fraction = str(self.random.randint(0, 999)).zfill(3)
        if self.random.random() < 0.2:
            fraction += str(self.random.randint(0, 10**5)) + "7"
        prefix = f"{year:04}" if self.random.random() < 0.9 else self.random.choice(("+",
            "-")) + f"{self.random.randint(10000, 999999):06}"
        return (f"{prefix}-{self.random.randint(1, 12):02}-{self.random.randint(1, 28):02}T{self.random.randint(0, 23):02}:"
                f"{self.random.randint(0, 59):02}:{self.random.randint(0, 59):02}.{fraction}+00:00")

    def maybe(self, value):
        return value if self.random.random() < 0.7 else None

    def fill(self, db):
        def insert(table, rows):
            for row in rows:
                db.execute(f"INSERT INTO {table} VALUES ({','.join('?' * len(row))})", row)

        def some(limit):
            return self.random.randint(1, limit)
        types, categories, tags, assets = self.texts(some(6)), self.texts(some(12)), self.texts(some(6)), self.texts(some(15))
        pick = self.random.choice
        insert("asset_types", zip(types, self.texts(len(types)), self.texts(len(types)),
                                  [pick(GROUPS) for _ in types]))
        insert("categories", zip(categories, self.texts(len(categories)),
                                 [self.maybe(pick(categories)) for _ in categories]))
        insert("tags", zip(tags, self.texts(len(tags))))
        insert("assets", [(key, self.text(), self.maybe(self.decimal()), pick((0, 1)), pick(types), self.moment(),
                           self.moment())
                          for key in assets])
        insert("asset_snapshots", [(key, pick(assets), self.decimal(), self.maybe(self.text()), self.moment(),
                                    self.moment())
                                   for key in self.texts(some(40))])
        snapshots = {self.moment(): (self.decimal(), self.text(), self.maybe(self.text())) for _ in range(some(10))}
        insert("portfolio_snapshots", [(key, *cells, moment, self.moment())
                                       for key,
                                       (moment, cells) in zip(self.texts(len(snapshots)), snapshots.items())])
        insert("transactions", [(key, pick(assets), pick(("ACQUIRE", "DISPOSE", "ADJUST")), self.decimal(),
                                 self.decimal(), self.text(),
                                 self.moment(), self.moment()) for key in self.texts(some(20))])
        insert("asset_categories", sorted({(pick(assets), pick(categories)) for _ in range(some(20))}))
        insert("asset_tags", sorted({(pick(assets), pick(tags)) for _ in range(some(20))}))


class Small(Case):
    def test_random_databases_make_the_round_trip(self):
        for seed in range(60):
            with self.subTest(seed=seed):
                db = empty()
                Contents(seed).fill(db)
                db.execute(f"PRAGMA foreign_keys = {seed % 2}")
                before, text = picture(db), backup(db)
                parsed = json.loads(text)
                self.assertEqual({name: len(parsed["data"][name]) for name in TABLES}, live_counts(db))
                restore(db, document())
                self.assertEqual(sum(live_counts(db).values()), 0)
                restore(db, text, pick_mode(seed))
                self.assertEqual(picture(db), before)
                self.assertEqual(without_moment(backup(db)), without_moment(text))

    def test_a_random_database_replaces_another(self):
        for seed in range(100, 140, 2):
            with self.subTest(seed=seed):
                db, other = empty(), empty()
                Contents(seed).fill(db)
                Contents(seed + 1).fill(other)
                other.execute("PRAGMA foreign_keys = ON")
                restore(other, backup(db))
                self.assertEqual(picture(other), picture(db))


def pick_mode(seed):
    """Into an empty database both modes are the same."""
    return ("replace", "merge", None)[seed % 3]


if __name__ == "__main__":
    unittest.main()
