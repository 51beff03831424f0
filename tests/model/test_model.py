"""The quick form of the model: the same few hundred cases each time. And the proof
that it can fail: faults planted in the database and in the model itself are noticed."""

import contextlib
import re
import sqlite3
import tempfile
import time
import unittest
from unittest import mock

import hunt
import keys
import moments
import reports
import values
from shapes import quote

CASES = 400
SECONDS = 25  # on a slow machine fewer cases have to do


class Model(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.folder = folder.name

    def test_the_extension_does_what_the_model_says(self):
        statistics, started = hunt.Statistics(), time.monotonic()
        for seed in range(CASES):
            failure = hunt.run(seed, self.folder, statistics)
            self.assertIsNone(failure, failure)
            if time.monotonic() - started > SECONDS:
                break
        print(f"{statistics} in {time.monotonic() - started:.1f} s")
        self.assertGreater(statistics.succeeded, statistics.restores / 5)
        self.assertGreater(statistics.refused, statistics.restores / 5)


class Faults(unittest.TestCase):
    """Each fault has to be noticed within these seeds, which pass without it."""
    SEEDS = range(250)

    def noticed(self, words: str, meddle=None, places=()) -> None:
        with tempfile.TemporaryDirectory() as folder, contextlib.ExitStack() as stack:
            for place, name, fault in places:
                stack.enter_context(mock.patch.object(place, name, fault))
            for seed in self.SEEDS:
                failure = hunt.run(seed, folder, hunt.Statistics(), meddle)
                if failure:
                    self.assertTrue(re.search(words, failure), failure)
                    return
        self.fail("nobody has noticed")

    def test_a_row_that_changes_behind_a_restore(self):
        for sql, words in (("UPDATE {0}.tags SET name = name || '!' WHERE rowid = (SELECT max(rowid) FROM {0}.tags)", "instead of"),
                           ("DELETE FROM {0}.asset_tags", "rows instead of"),
                           ("UPDATE {0}.assets SET created_at = replace(created_at, '+00:00', 'Z')", "instead of|more than one time"),
                           ("UPDATE {0}.asset_snapshots SET value = CAST(value AS TEXT) || ' '", "instead of"),
                           ("UPDATE {0}.notes SET text = 'changed'", "rows of notes have changed|has written rows"),
                           ("PRAGMA cache_size = 7", "changed settings"), ("BEGIN", "transaction is open")):
            def meddle(database, schema):
                with contextlib.suppress(sqlite3.Error):  # where there is no such table or column
                    database.quietly(sql.format(database.target))
            with self.subTest(sql=sql):
                self.noticed(words, meddle)

    def test_a_model_that_believes_something_else(self):
        parse, render = moments.parse, moments.render
        diff = reports.table_diff
        for place, name, fault, words in (
                (values, "decimal_cell", lambda c, v, e: values.Cell(float(values.exact(v))), ""),
                (values, "plain_text", lambda text: text, ""),
                (moments, "parse", lambda text: (parse(text)[0] + 1, parse(text)[1]), ""),
                (moments, "leap", lambda year: year % 4 == 0, ""),
                (moments, "render", lambda moment, zone: render((moment[0], moment[1][:3]), zone), ""),
                (keys, "dangling", lambda schema, key, state: [], ""),
                (reports, "table_diff", lambda *arguments: (diff(*arguments) or [])[1:], "")):
            with self.subTest(name=name):
                self.noticed(words, places=[(place, name, fault)])


if __name__ == "__main__":
    unittest.main()
