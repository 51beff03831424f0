"""Documents made to take long: the time grows with their size and not with its square, and
sqlite3_interrupt() and the progress handler can stop the call, also where no statement runs.

Growth is the processor time for a document four times as long: about 4 in linear time, 16 with
the square. A measurement above 10 is repeated, because the machine may be busy.
"""

import sqlite3
import time
import unittest

from calls import changed, section
from support import Case, connect, document, empty, picture, sample

CHECK = "SELECT count(*) FROM strata_restore_check(?, NULL, ?)"
RESTORE = "SELECT strata_restore_json(?, NULL, ?)"
COUNTS = "SELECT sum(rows) FROM strata_backup_counts(?) WHERE ?2 IS NULL OR 1"
DIFF = "SELECT count(*) FROM strata_backup_diff(?) WHERE ?2 IS NULL OR 1"
IGNORE = '{"unknown":"ignore"}'


def fields(count: int) -> str:
    return ",".join(f'"f{n}":1' for n in range(count))


def unknown_fields(n):
    return section("tags", '{"id":"t","name":"n",%s}' % fields(n))


def a_wide_row_before_many(n):
    rows = ('{"id":"%d","name":"n%d"}' if i % 2 else '{"name":"n%d","id":"%d"}' for i in range(n))
    return section("tags", '{"id":"t","name":"n",%s},' % fields(n) + ",".join(row % (i, i) for i, row in enumerate(rows)))


def two_problems_a_row(n):
    return section("transactions", ",\n".join('{"id":"%d","type":1,\n"unitPrice":true}' % i for i in range(n)))


def one_key_again_and_again(n):
    return section("tags", "{" + ",".join(['"a":1'] * n) + "}")


def unknown_tables(n):
    return document(**{f"t{i}": [1] for i in range(n)})


def no_rows(n):
    return section("tags", ",".join(["1"] * n))


def dangling(n):
    return section("tagsOnAssets", ",".join('{"assetId":"%d","tagId":"%d"}' % (i, i) for i in range(n)))


def other_shapes(n):
    return section("tags", ",".join('{"id":"%d","name":"%d","f%d":1}' % (i, i, i) for i in range(n)))


def time_of(sql, text, options, make=sample) -> float:
    db = make()
    start = time.process_time()
    db.execute(sql, (text, options)).fetchall()
    taken = time.process_time() - start
    db.close()
    return taken


class Growth(Case):
    def is_linear(self, sql, text_of, size, options=None, make=sample):
        small, large, found = text_of(size), text_of(4 * size), []
        for _ in range(4):
            before = min(time_of(sql, small, options, make) for _ in range(2))
            found.append(time_of(sql, large, options, make) / before)
            if found[-1] < 10:
                return
        self.fail(f"{len(small):,} and {len(large):,} bytes: the time grows by {found}")

    def test_problems_of_one_row(self):
        self.is_linear(CHECK, unknown_fields, 5_000)
        self.is_linear(CHECK, one_key_again_and_again, 5_000)

    def test_problems_of_many_rows(self):
        self.is_linear(CHECK, two_problems_a_row, 5_000)
        self.is_linear(CHECK, no_rows, 20_000)
        self.is_linear(CHECK, dangling, 2_000)

    def test_rows_of_many_shapes(self):
        self.is_linear(RESTORE, a_wide_row_before_many, 10_000, IGNORE)
        self.is_linear(COUNTS, a_wide_row_before_many, 20_000)
        self.is_linear(RESTORE, other_shapes, 5_000, IGNORE)

    def test_what_is_ignored(self):
        self.is_linear(RESTORE, unknown_fields, 10_000, IGNORE)
        self.is_linear(RESTORE, unknown_tables, 10_000, IGNORE)
        self.is_linear(CHECK, unknown_tables, 10_000)
        self.is_linear(DIFF, unknown_fields, 10_000)

    def test_many_columns(self):
        """Twice: the columns in the document's order backwards, and all of them absent."""
        def wide(count, declared):
            columns = "".join(f', "c{n}" TEXT {declared}' for n in range(count))
            return lambda: changed(('"name" TEXT NOT NULL\n);', f'"name" TEXT NOT NULL{columns}\n);'))

        def backwards(count):
            return section("tags", '{"id":"t","name":"n",%s}' % ",".join(f'"c{n}":"v"' for n in reversed(range(count))))

        found = {}
        for name, declared, text_of in (("backwards", "", backwards), ("absent", "NOT NULL", unknown_fields)):
            for count in (450, 1_800):
                make, text = wide(count, declared), text_of(count)
                database = make()
                times = []
                for _ in range(4):
                    start = time.process_time()
                    database.execute(CHECK, (text, IGNORE)).fetchall()
                    times.append(time.process_time() - start)
                found[name, count] = min(times)
            self.assertLess(found[name, 1_800], 10 * found[name, 450], found)


class Stop(Case):
    """How often each loop asks whether to stop, and that it does stop."""

    def steps(self, database, sql, *parameters) -> int:
        """How often a progress handler is called that wants to be after each 1,000 steps of SQLite's machine."""
        calls = []
        database.set_progress_handler(lambda: calls.append(1), 1_000)
        try:
            database.execute(sql, parameters).fetchall()
        except sqlite3.OperationalError as error:
            self.assertNotIn("interrupted", str(error))
        database.set_progress_handler(None, 0)
        return len(calls)

    def stops(self, database, sql, *parameters, least):
        """The handler is called at least so often; what it or an interrupt says ends the call, which changes nothing."""
        self.assertGreaterEqual(self.steps(database, sql, *parameters), least)
        for stop in (lambda: 1, database.interrupt):
            before, calls = picture(database), []

            def handler():
                calls.append(1)
                return stop() if len(calls) == least // 2 else 0

            database.set_progress_handler(handler, 1_000)
            with self.assertRaises(sqlite3.OperationalError) as caught:
                database.execute(sql, parameters).fetchall()
            database.set_progress_handler(None, 0)
            self.assertIn("interrupted", str(caught.exception))
            self.assertLess(len(calls), least)
            self.assertEqual(picture(database), before)
            self.assertFalse(database.in_transaction)

    # Per megabyte 16 questions of more than 60 steps each.
    LONG = 8_000_000
    LEAST = LONG // 1_000_000

    def test_while_a_document_is_scanned(self):
        long = '{"schemaVersion":"1","data":{},"x":%s}'
        for what, text in (("rows", section("tags", ",".join(['{"id":"a"}'] * (self.LONG // 10)))),
                           ("a string", long % ('"%s"' % ("x" * self.LONG))),
                           ("escapes", long % ('"%s"' % ("\\n" * (self.LONG // 2)))),
                           ("white space", long % (" " * self.LONG + "1")),
                           ("digits", long % ("1" * self.LONG)),
                           ("an array", long % ("[" + "1," * (self.LONG // 2) + "1]")),
                           ("one row", unknown_fields(self.LONG // 10))):
            with self.subTest(what):
                self.stops(sample(), COUNTS, text, None, least=self.LEAST)

    def test_while_a_file_is_scanned(self):
        path = self.folder / "long.json"
        path.write_text(section("tags", ",".join(['{"id":"a"}'] * (self.LONG // 10))), encoding="utf-8")
        self.stops(sample(), "SELECT sum(rows) FROM strata_backup_counts(strata_file(?))", str(path), least=self.LEAST // 4)

    def test_while_rows_are_refused(self):
        """The second reading of the rows, and problem after problem."""
        n = 100_000
        for text in (two_problems_a_row(n), unknown_fields(n), one_key_again_and_again(n), no_rows(n)):
            self.stops(sample(), CHECK, text, None, least=n // 256 * 60 // 1_000)

    def test_while_fields_are_ignored(self):
        self.stops(empty(), RESTORE, unknown_fields(100_000), IGNORE, least=20)

    def test_a_short_document_prepares_no_statement_for_it(self):
        traced = []
        database = sample()
        database.set_trace_callback(traced.append)
        database.execute(CHECK, (section("tags", '{"id":"t","name":1}'), None)).fetchall()
        self.assertEqual([sql for sql in traced if sql.startswith("SELECT 0,0")], [])

    def test_an_authorizer_that_allows_no_question_is_no_error(self):
        database = connect()
        text = section("tags", ",".join(['{"id":"a"}'] * 100_000))
        refused = []

        def authorizer(action, *rest):
            if action == sqlite3.SQLITE_SELECT and asked:
                refused.append(1)
                return sqlite3.SQLITE_DENY
            return sqlite3.SQLITE_OK

        asked = []
        statement = "SELECT rows FROM strata_backup_counts(?) WHERE name = 'tags'"
        database.set_authorizer(authorizer)
        database.execute(statement, (section("tags", ""),)).fetchall()
        asked.append(1)
        # Python keeps the statement, so that from here on only the extension prepares any.
        self.assertEqual(database.execute(statement, (text,)).fetchall(), [(100_000,)])
        self.assertTrue(refused)


if __name__ == "__main__":
    unittest.main()
