"""The declared type decides how a document writes a value; the affinity decides how SQLite stores it. Even where the
two seem to contradict each other, a restore brings back what was backed up."""

import sqlite3
import unittest

from calls import backup, column, printed, restore, section, stored
from support import Case, connect, script, without_moment


class Affinities(Case):
    def round_trips(self, db, literal, expected):
        """The cell's JSON; and the same storage and value once that was restored."""
        self.assertEqual(printed(db, literal), expected)
        before = db.execute("SELECT typeof(x), x FROM tags").fetchall()
        text = backup(db)
        restore(db, text)
        self.assertEqual(db.execute("SELECT typeof(x), x FROM tags").fetchall(), before)
        self.assertEqual(without_moment(backup(db)), without_moment(text))

    def test_a_real_that_is_kept_as_text_has_all_its_digits(self):
        db = column("REAL TEXT")
        self.assertEqual(stored(db, "0.30000000000000004"), ("text", "0.30000000000000004"))
        self.assertEqual(stored(db, "1.50"), ("text", "1.5"))
        self.assertEqual(stored(db, "7"), ("text", "7"))
        for written, number in (("5.0", "5"), ("1.50", "1.5"), ("1.0e+300", "1e+300")):  # SQLite itself writes 5.0
            self.assertEqual(printed(db, f"'{written}'"), number)
            self.assertEqual(db.execute("SELECT count(*) FROM strata_backup_diff(?)", (section(
                "tags", '{"id":"t","name":"n","x":%s}' % number),)).fetchone(), (0,))
        for number in ("0.30000000000000004", "0.1", "-12345678901234567", "0"):
            self.round_trips(db, f"'{number}'", number)
        for text in ("'abc'", "''", "'0x10'", "' 1'", "'1 '", "'0.1000000000000000000001'"):
            db.execute("DELETE FROM tags")
            db.execute(f"INSERT INTO tags (id, name, x) VALUES ('t', 'n', {text})")
            with self.assertRaises(sqlite3.Error) as caught:
                backup(db)
            self.assertIn("but the column is for numbers", str(caught.exception))

    def test_a_decimal_without_affinity_keeps_numbers_and_text_apart(self):
        db = column("DECIMAL BLOB")
        self.round_trips(db, "5", '"5"')
        self.round_trips(db, "2.5", '"2.5"')
        self.round_trips(db, "'123456789012.12345678'", '"123456789012.12345678"')
        self.round_trips(db, "'1.50'", '"1.50"')
        self.assertEqual(stored(db, '"1e3"'), ("text", "1000"))
        self.assertEqual(stored(db, "0.25"), ("real", 0.25))
        db = column("DECIMAL BLOB(20,2)")
        self.round_trips(db, "5", '"5.00"')
        self.round_trips(db, "2.5", '"2.50"')
        self.round_trips(db, "0.125", '"0.125"')
        with self.assertRaises(sqlite3.Error) as caught:
            restore(db, section("tags", '{"id":"t","name":"n","x":"1,5"}'))
        self.assertIn("'1,5' is not a decimal number", str(caught.exception))

    def test_a_number_before_a_zero_character_is_text_where_sqlite_leaves_it_so(self):
        """Since 3.52 SQLite itself would store 1 for each of these."""
        db = column("STRING")
        for written in ("1\\u0000", "1 \\u0000x", " 1\\u00002"):
            with self.subTest(written=written):
                if sqlite3.sqlite_version_info < (3, 52):
                    self.assertEqual(stored(db, f'"{written}"'), ("text", written.replace("\\u0000", "\0")))
                else:
                    self.refuses(db, "SELECT strata_restore_json(?)",
                                 (section("tags", '{"id":"t","name":"n","x":"%s"}' % written),),
                                 says='into a number in a column of type "STRING"')
        self.assertEqual(stored(db, '"\\u00001"'), ("text", "\x001"))

    @unittest.skipIf(sqlite3.sqlite_version_info < (3, 37), "needs STRICT")
    def test_whether_a_table_is_strict_is_sqlites_word_and_not_a_comments(self):
        for tail, strict in (("", False), ("/* not STRICT */", False), ("-- STRICT\n", False), ("STRICT", True),
                             ("/* ) */ STRICT -- )\n", True)):
            with self.subTest(tail=tail):
                db = connect()
                script(db, "schema.sql")
                db.execute("DROP TABLE tags")
                db.execute(f"CREATE TABLE tags (id TEXT NOT NULL PRIMARY KEY, name TEXT NOT NULL, x ANY) {tail}")
                if strict:
                    self.assertEqual(stored(db, '"007"'), ("text", "007"))
                else:
                    with self.assertRaises(sqlite3.Error) as caught:
                        restore(db, section("tags", '{"id":"t","name":"n","x":"007"}'))
                    self.assertIn("turn the text '007' into a number", str(caught.exception))


if __name__ == "__main__":
    unittest.main()
