"""strata_restore_check(json [, mode [, options]]) lists every problem that a restore would meet.
It runs the restore and rolls it back, so its verdict is the restore's, and the database stays
as it was.
"""

from __future__ import annotations

import json
import os
import random
import resource
import sqlite3
import sys
import unittest

from bad_documents import BAD
from disk import add_snapshots, in_child
from support import Case, connect, document, empty, picture, sample

CHECK = "SELECT line, path, message FROM strata_restore_check(?, ?, ?)"
RESTORE = "SELECT strata_restore_json(?, ?, ?)"


def check(connection: sqlite3.Connection, text, mode=None, options=None) -> list:
    return connection.execute(CHECK, (text, mode, options)).fetchall()


def restore_message(connection: sqlite3.Connection, text, mode=None, options=None) -> str | None:
    try:
        connection.execute(RESTORE, (text, mode, options)).fetchall()
    except sqlite3.Error as error:
        return str(error)
    return None


def as_restore_says_it(row) -> list:
    """The sentences that a restore may make of a problem: with line and path, without a path, alone."""
    line, path, message = row
    return [f"line {line}: {path}: {message}", f"line {line}, {message}", message]


def in_document_order(rows) -> bool:
    """By line; problems that have no place in the document come last."""
    lines = [row[0] for row in rows]
    placed = [line for line in lines if line is not None]
    return placed == sorted(placed) and lines == placed + [None] * (len(lines) - len(placed))


class Verdict(Case):
    """The check has rows exactly if the restore fails, and the restore's error is one of them."""

    def agree(self, connection, text, mode=None, options=None) -> list:
        before = picture(connection)
        in_transaction = connection.in_transaction
        rows = check(connection, text, mode, options)
        self.assertEqual(picture(connection), before)
        self.assertEqual(connection.in_transaction, in_transaction)
        message = restore_message(connection, text, mode, options)
        if message is None:
            self.assertEqual(rows, [])
        else:
            self.assertIn(message, [sentence for row in rows for sentence in as_restore_says_it(row)])
        self.assertTrue(in_document_order(rows), rows)
        for line, path, sentence in rows:
            self.assertTrue(line is None or line >= 1, line)
            self.assertTrue(path is None or path.startswith("$"), path)
            self.assertNotIn("\n", sentence)
        return rows

    def test_on_every_bad_document(self):
        database = sample()
        for bad in BAD:
            for mode in ("replace", "merge"):
                with self.subTest(name=bad.name, mode=mode):
                    database.execute("BEGIN")
                    rows = self.agree(database, bad.document, mode)
                    database.execute("ROLLBACK")
                    self.assertEqual(rows != [], mode in bad.modes)

    def test_on_good_documents(self):
        full = sample().execute("SELECT strata_backup_json()").fetchone()[0]
        for mode in ("replace", "merge", None):
            for text in (full, full.encode("utf-8"), document(), document(tags=[{"id": "t", "name": "n"}])):
                with self.subTest(mode=mode, text=text[:80]):
                    self.assertEqual(self.agree(sample(), text, mode), [])
                    self.assertEqual(self.agree(empty(), text, mode), [])

    def test_on_documents_with_one_random_byte_changed(self):
        """Most are malformed JSON, some are wrong values, some are good."""
        seed = random.randrange(1 << 32)
        rng = random.Random(seed)
        source = sample()
        source.execute("DELETE FROM asset_snapshots WHERE id > 's_05'")
        data = source.execute("SELECT strata_backup_json()").fetchone()[0].encode("utf-8")
        database = sample()
        good = 0
        for i in range(400):
            text = bytearray(data)
            text[rng.randrange(len(text))] = rng.choice(b'0179aZ"\\{}[],:.-+e \n\x00\xff\xc3')
            with self.subTest(seed=seed, i=i):
                database.execute("SAVEPOINT s")
                rows = check(database, bytes(text))
                message = restore_message(database, bytes(text))
                database.execute("ROLLBACK TO s")
                database.execute("RELEASE s")
                if message is None:
                    good += 1
                    self.assertEqual(rows, [])
                else:
                    self.assertIn(message, [sentence for row in rows for sentence in as_restore_says_it(row)])
                self.assertTrue(in_document_order(rows), rows)
        self.assertGreater(good, 5)
        self.assertLess(good, 395)

    def test_on_rows_that_only_the_database_makes_wrong(self):
        tag = {"id": "t_x", "name": "long-term"}
        self.assertEqual(self.agree(sample(), document(tags=[tag])), [])
        (row,) = self.agree(sample(), document(tags=[tag]), "merge")
        self.assertEqual(row[:2], (1, "$.data.tags[0]"))
        self.assertIn("UNIQUE constraint failed: tags.name", row[2])

    def test_on_a_table_outside_that_refers_to_the_nine(self):
        for enforced in ("ON", "OFF"):
            with self.subTest(foreign_keys=enforced):
                database = sample()
                database.executescript(
                    "CREATE TABLE attachments(asset_id TEXT REFERENCES assets ON DELETE CASCADE);"
                    f"INSERT INTO attachments VALUES ('a_car'); PRAGMA foreign_keys = {enforced}"
                )
                (row,) = self.agree(database, document())
                self.assertEqual(row[:2], (None, None))
                self.assertIn('"attachments"', row[2])

    def test_on_a_trigger_that_stops_the_restore(self):
        database = sample()
        database.execute("CREATE TRIGGER no BEFORE INSERT ON tags WHEN new.id = 't_2'"
                         " BEGIN SELECT raise(ABORT, 'not this one'); END")
        rows = self.agree(database, document(tags=[{"id": f"t_{i}", "name": f"n{i}"} for i in range(4)]))
        self.assertEqual(rows, [(1, "$.data.tags[2]", "not this one")])

    def test_on_a_trigger_that_would_roll_back_everything(self):
        database = sample()
        database.execute("CREATE TRIGGER no BEFORE INSERT ON tags BEGIN SELECT raise(ROLLBACK, 'all of it'); END")
        (row,) = self.agree(database, document(tags=[{"id": "t", "name": "n"}]))
        self.assertEqual(row[2], "all of it")

    def test_on_a_database_without_the_tables(self):
        for missing in ("asset_types", "tags", "asset_tags"):
            with self.subTest(missing=missing):
                database = empty()
                database.execute(f"DROP TABLE {missing}")
                (row,) = self.agree(database, document())
                self.assertEqual(row[:2], (None, None))
                self.assertIn(missing, row[2])
                self.assertIn("sql/schema.sql", row[2])


class AllProblems(Case):
    def test_of_one_document_at_once_and_in_its_order(self):
        text = "\n".join((
            '{"schemaVersion":"1","data":{',
            '"tags":[{"id":"t1","name":1},',
            '{"id":"t2","name":"ok"},',
            '{"id":"t3","name":"ok"},',
            '{"name":"no key"}],',
            '"assetTypes":[{"id":"y","code":"C","label":"L","group":"COINS"}],',
            '"asssets":[{"id":"a"}],',
            '"assets":[{"id":"a1","name":"n","quantity":"1,5","disposed":1,"assetTypeId":"y","updatedAt":"2025-02-30"},',
            '{"id":"a2","name":"n","assetTypeId":"nowhere","colour":"red","updatedAt":"2025-01-01"}],',
            '"tagsOnAssets":[{"assetId":"a2","tagId":"t9"}]',
            "}}",
        ))
        database = sample()
        before = picture(database)
        rows = check(database, text)
        expected = [
            (2, "$.data.tags[0].name", "string"),
            (4, "$.data.tags[2]", "UNIQUE constraint failed: tags.name"),
            (5, "$.data.tags[3].id", "primary key"),
            (6, "$.data.assetTypes[0].group", "COINS"),
            (7, "$.data.asssets", "unknown table"),
            (8, "$.data.assets[0].quantity", "'1,5' is not a decimal number"),
            (8, "$.data.assets[0].disposed", "true or false"),
            (8, "$.data.assets[0].updatedAt", "2025-02-30"),
            (9, "$.data.assets[1].colour", "unknown field"),
            (10, "$.data.tagsOnAssets[0].tagId", "t9"),
        ]
        self.assertEqual([row[:2] for row in rows if row[1] != "$.data.tagsOnAssets[0].assetId"
                          and row[1] != "$.data.assets[1].assetTypeId"], [row[:2] for row in expected])
        for (_, path, words), row in zip(expected, [row for row in rows if row[1] in {e[1] for e in expected}]):
            self.assertEqual(row[1], path)
            self.assertIn(words, row[2])
        self.assertEqual(picture(database), before)

    def test_each_row_with_a_problem_is_reported_and_no_other(self):
        rows = [{"id": f"t{i}", "name": f"n{i}" if i % 7 else None} for i in range(500)]
        found = check(empty(), document(tags=rows).replace("},{", "},\n{"))
        self.assertEqual([row[:2] for row in found], [(i + 1, f"$.data.tags[{i}].name") for i in range(0, 500, 7)])

    def test_the_missing_fields_of_a_row_are_reported_each(self):
        found = check(empty(), document(transactions=[{"id": "x", "type": "ACQUIRE", "currency": "EUR"}]))
        self.assertEqual(sorted(row[1] for row in found),
                         [f"$.data.transactions[0].{name}" for name in ("assetId", "occurredAt", "quantity", "unitPrice")])

    def test_malformed_json_is_one_problem_with_its_line(self):
        found = check(empty(), '{"schemaVersion":"1",\n"data":{"tags":[{"id":"t1","name":5},]}}')
        self.assertEqual(found[-1][0], 2)
        self.assertIn("column", found[-1][2])

    def test_an_unsupported_version_is_the_only_problem(self):
        text = document(tags=[{"id": 1}]).replace('"schemaVersion":"1"', '"schemaVersion":"2"')
        ((_, _, message),) = check(empty(), text)
        self.assertEqual(message, "Unsupported backup schemaVersion '2', expected '1'")

    def test_a_row_for_which_an_expression_of_the_schema_fails_has_its_line_and_path(self):
        db = empty()
        db.executescript("CREATE UNIQUE INDEX named ON tags(json_extract(name, '$.n'))")
        lines = ",\n".join(json.dumps({"id": str(i), "name": "no JSON" if i in (3, 5) else json.dumps({"n": i})}) for i in range(8))
        text = f'{{"schemaVersion":"1","data":{{"tags":[\n{lines}]}}}}'
        for mode in ("replace", "merge"):
            found = db.execute("SELECT line, path, message FROM strata_restore_check(?, ?)", (text, mode)).fetchall()
            self.assertEqual([row[:2] for row in found], [(5, "$.data.tags[3]"), (7, "$.data.tags[5]")])
            self.assertIn("an expression in the schema", found[0][2])
            self.refuses(db, "SELECT strata_restore_json(?, ?)", (text, mode), says=f"line 5: $.data.tags[3]: {found[0][2]}")

    def test_of_very_many_the_first_of_the_document_are_told_and_the_others_counted(self):
        """Whatever the order in which they are found: categories come before tags, and here behind them."""
        def rows(count):
            return ",\n".join('{"id":"%d","name":1}' % i for i in range(count))

        for tags, categories in ((999, 0), (1_000, 0), (1_001, 0), (600, 400), (600, 401), (400, 3_000), (3_000, 3_000)):
            text = '{"schemaVersion":"1","data":{"tags":[\n%s],"categories":[\n%s]}}' % (rows(tags), rows(categories))
            everything = [(line, f"$.data.tags[{line - 2}].name") for line in range(2, tags + 2)] + \
                [(tags + 2 + i, f"$.data.categories[{i}].name") for i in range(categories)]
            with self.subTest(tags=tags, categories=categories):
                found = check(empty(), text)
                self.assertEqual([row[:2] for row in found[:1_000]], everything[:1_000])
                more = len(everything) - 1_000
                self.assertEqual(found[1_000:], [(None, None, f"and {more} more problem{'s' * (more > 1)}")] if more > 0 else [])

    def test_very_many_rejected_rows_are_told_once(self):
        """What refers to a row that is reported is none of the others, also where there are too many to remember."""
        count = 100_500
        text = '{"schemaVersion":"1","data":{"tags":[%s],"tagsOnAssets":[{"assetId":"a_car","tagId":"%d"}]}}' % (
            ",".join('{"id":"%d","name":1}' % i for i in range(count)), count - 1)
        database = sample()
        text = text.replace('"data":{', '"mode":"merge","data":{')
        self.assertEqual(check(database, text)[-1], (None, None, f"and {count - 1_000} more problems"))

    @unittest.skipIf(os.environ.get("STRATA_PRELOAD"), "the sanitizers keep memory for themselves")
    def test_memory_does_not_grow_with_the_problems(self):
        def peak_of(count):
            text = document(tags=[{"id": str(i), "name": 1, "color": "red"} for i in range(count)])

            def run():
                database = empty()
                check(database, document() + " " * len(text))  # so that the document itself is not counted
                before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
                self.assertEqual(database.execute("SELECT count(*) FROM strata_restore_check(?)", (text,)).fetchone(), (1_001,))
                return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before

            return in_child(run) * (1 if sys.platform == "darwin" else 1024)

        self.assertLess(peak_of(300_000) - peak_of(100_000), 4_000_000)

    def test_the_columns_can_be_selected_filtered_and_joined(self):
        database = empty()
        text = document(tags=[{"id": i, "name": "n"} for i in range(5)])
        count = "SELECT count(*) FROM strata_restore_check(?) WHERE path LIKE '$.data.tags[%].id'"
        self.assertEqual(database.execute(count, (text,)).fetchone(), (5,))
        joined = "SELECT d.n, count(*) FROM (SELECT ? AS n, ? AS doc) AS d, strata_restore_check(d.doc) GROUP BY 1"
        self.assertEqual(database.execute(joined, ("mine", text)).fetchall(), [("mine", 5)])
        twice = "SELECT (SELECT count(*) FROM strata_restore_check(?1)), (SELECT count(*) FROM strata_restore_check(?1))"
        self.assertEqual(database.execute(twice, (text,)).fetchone(), (5, 5))
        self.assertEqual(database.execute("SELECT rowid FROM strata_restore_check(?) LIMIT 2", (text,)).fetchall(), [(1,), (2,)])


class Arguments(Case):
    def test_mode_and_options_are_those_of_the_restore(self):
        unknown = document(tags=[{"id": "t", "name": "n", "colour": "red"}])
        self.assertEqual(len(check(sample(), unknown)), 1)
        self.assertEqual(check(sample(), unknown, None, '{"unknown":"ignore"}'), [])
        partial = document(tags=[{"id": "t_long"}])
        self.assertEqual(check(sample(), partial, "merge"), [])
        self.assertEqual(len(check(sample(), partial, "replace")), 1)
        self.assertEqual(check(sample(), partial.replace('"data"', '"mode":"merge","data"')), [])

    def test_an_attached_database_can_be_meant(self):
        database = sample()
        database.execute("ATTACH ':memory:' AS aux")
        full = database.execute("SELECT strata_backup_json()").fetchone()[0]
        self.assertIn("sql/schema.sql", check(database, full, None, '{"schema":"aux"}')[0][2])

    def test_wrong_arguments_are_errors_and_no_problems(self):
        database = sample()
        for arguments, says in (
            (("{}", "Merge", None), "unknown mode"), (("{}", None, "[]"), "options"), (("{}", None, '{"a":1}'), "unknown option"),
            ((None, None, None), "NULL"), ((5, None, None), "TEXT or BLOB"), (("{}", None, '{"schema":"nowhere"}'), "nowhere"),
        ):
            with self.subTest(arguments=arguments):
                self.refuses(database, CHECK, arguments, says=says)
        self.refuses(database, "SELECT * FROM strata_restore_check", says="needs a document")


class Unchanged(Case):
    def setUp(self):
        super().setUp()
        self.main = self.folder / "main.db"
        self.database = sample(self.main)
        add_snapshots(self.database, 3_000)
        self.good = self.database.execute("SELECT strata_backup_json()").fetchone()[0]
        self.bad = self.good.replace('"t_dream"', '"t_nothing"', 1)

    def test_the_file_is_the_same_byte_for_byte(self):
        for mode in ("DELETE", "WAL"):
            self.database.execute(f"PRAGMA journal_mode = {mode}").fetchall()
            connect(self.main).execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchall()
            self.database.execute("PRAGMA cache_size = 20")
            before = self.main.read_bytes()
            for text, problems in ((self.good, False), (self.bad, True), ("nonsense", True)):
                for restore_mode in ("replace", "merge"):
                    with self.subTest(journal=mode, mode=restore_mode, text=text[:10], problems=problems):
                        rows = check(self.database, text, restore_mode)
                        if restore_mode == "replace" or text == "nonsense":
                            self.assertEqual(bool(rows), problems)
                        self.assertEqual(self.main.read_bytes(), before)
            if mode == "WAL":
                connect(self.main).execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchall()
                self.assertEqual(self.main.read_bytes(), before)

    def test_another_connection_sees_no_change_and_no_lock_stays(self):
        other = connect(self.main, timeout=0)
        before = other.execute("PRAGMA data_version").fetchone()
        check(self.database, self.good)
        self.assertEqual(other.execute("PRAGMA data_version").fetchone(), before)
        other.execute("INSERT INTO tags VALUES ('t_new', 'new')")

    def test_inside_a_transaction_only_the_callers_own_changes_stay(self):
        self.database.execute("BEGIN")
        self.database.execute("INSERT INTO tags VALUES ('t_new', 'mine')")
        before = picture(self.database)
        self.assertEqual(check(self.database, self.good), [])
        self.assertNotEqual(check(self.database, self.bad), [])
        self.assertTrue(self.database.in_transaction)
        self.assertEqual(picture(self.database), before)
        self.database.execute("COMMIT")
        self.assertEqual(self.database.execute("SELECT name FROM tags WHERE id = 't_new'").fetchone(), ("mine",))

    def test_last_insert_rowid_stays(self):
        self.database.execute("INSERT INTO tags(rowid, id, name) VALUES (4711, 't_new', 'mine')")
        check(self.database, self.good)
        self.assertEqual(self.database.execute("SELECT last_insert_rowid()").fetchone(), (4711,))

    def test_while_another_connection_writes_it_is_an_error(self):
        self.database.execute("PRAGMA busy_timeout = 0")
        other = connect(self.main)
        other.execute("BEGIN IMMEDIATE")
        self.refuses(self.database, CHECK, (self.good, None, None), says="locked")

    def test_on_a_read_only_connection_it_is_an_error(self):
        database = connect(f"file:{self.main}?mode=ro", uri=True)
        self.refuses(database, CHECK, (self.good, None, None), says="read-only")

    def test_inside_a_statement_that_writes_it_is_an_error(self):
        self.database.execute("CREATE TABLE problems(message)")
        self.refuses(self.database, "INSERT INTO problems SELECT message FROM strata_restore_check(?)", (self.good,),
                     says="inside a statement that writes")

    def test_an_interrupt_is_an_error_and_changes_nothing(self):
        left = [30]

        def interrupt():
            left[0] -= 1
            return left[0] <= 0

        before = picture(self.database)
        self.database.set_progress_handler(interrupt, 1_000)
        with self.assertRaises(sqlite3.OperationalError) as caught:
            check(self.database, self.good)
        self.database.set_progress_handler(None, 0)
        self.assertIn("interrupted", str(caught.exception))
        self.assertEqual(picture(self.database), before)


if __name__ == "__main__":
    unittest.main()
