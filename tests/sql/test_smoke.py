"""The extension loads, and the sample data makes the round trip."""

import json
import unittest

from support import Case, TABLES, empty, sample, without_moment


class Smoke(Case):
    def test_version(self):
        self.assertRegex(sample().execute("SELECT strata_version()").fetchone()[0], r"^\d+\.\d+\.\d+$")

    def test_round_trip_of_the_sample_is_identical(self):
        document = sample().execute("SELECT strata_backup_json()").fetchone()[0]
        self.assertEqual(list(json.loads(document)["data"]), list(TABLES))
        other = empty()
        other.execute("SELECT strata_restore_json(?)", (document,)).fetchone()
        again = other.execute("SELECT strata_backup_json()").fetchone()[0]
        self.assertEqual(without_moment(again), without_moment(document))


if __name__ == "__main__":
    unittest.main()
