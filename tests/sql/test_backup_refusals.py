"""A value that JSON cannot carry, or that a restore would refuse, is an error that names table,
row and column; a backup never writes something else instead."""

import unittest

from calls import backup, changed, column, restore
from support import Case, connect, empty, sample, script, without_moment

BACKUP = "SELECT strata_backup_json()"


class Refusals(Case):
    def names(self, db, *words):
        """A backup fails, and the sentence has all of these words."""
        message = str(self.refuses(db, BACKUP, says=words[0]))
        for word in words[1:]:
            self.assertIn(word, message)
        return message

    def cell(self, declared, literal, *words):
        """A backup refuses the cell and names table, row and column; without the cell it succeeds."""
        with self.subTest(declared=declared, cell=literal):
            db = column(declared)
            db.execute(f"INSERT INTO tags (id, name, x) VALUES ('fine', 'fine', NULL), ('the key', 'n', {literal})")
            self.names(db, "tags", "the key", '"x"', *words)
            db.execute("DELETE FROM tags WHERE id = 'the key'")
            backup(db)

    def test_a_blob_in_any_kind_of_column(self):
        for declared in ("TEXT", "", "BLOB", "DECIMAL(20,2)", "DATETIME", "BOOLEAN", "INTEGER", "REAL"):
            self.cell(declared, "x'00ff'", "BLOB")
        self.cell("TEXT", "x''", "BLOB")
        self.cell("TEXT", "CAST('text' AS BLOB)", "BLOB")

    def test_infinity(self):
        self.cell("JSON", "9e999", "which JSON cannot represent")
        for declared in ("DECIMAL", "DECIMAL(20,2)", "REAL", "JSON", "INTEGER"):
            self.cell(declared, "9e999", "holds Inf")
            self.cell(declared, "-9e999", "holds -Inf")

    def test_text_that_is_not_utf_8(self):
        for octets in ("ff", "61ff", "80", "c3", "c080", "e282", "eda080", "f4908080", "f8888080", "61c3"):
            self.cell("TEXT", f"CAST(x'{octets}' AS TEXT)", "UTF-8")

    def test_text_that_is_no_decimal(self):
        for text in ("abc", "", "1,5", "12 EUR", "0x10", "1_000", "NaN", "Inf", "--1", "1e", ".", "-", "1.2.3", "١"):
            self.cell("DECIMAL", f"'{text}'", f"'{text}'", "decimal")
            self.cell("DECIMAL_TEXT", f"'{text}'", f"'{text}'", "decimal")
        self.cell("DECIMAL_TEXT", "' 1'", "decimal")
        self.cell("DECIMAL_TEXT", "'1' || char(0)", "decimal")

    def test_text_that_is_no_timestamp(self):
        for text in ("yesterday", "", "2025-01", "15.01.2025", "2025-01-15T", "2025-01-15T9:42:11Z",
                     "2025-01-15T09:42:11.Z", "2025-01-15T09:42:11+2", "2025-01-15T09:42:11 Z x", "12:00:00",
                     "-000000-01-01"):
            self.cell("DATETIME", f"'{text}'")
        self.cell("DATETIME", "'2025-01-15T09:42:11Z' || char(0)")

    def test_days_and_times_that_do_not_exist(self):
        for text in ("2025-02-29", "2025-13-01T00:00:00Z", "2025-00-10", "2025-04-31 00:00:00",
                     "2025-01-15T24:00:01Z",
                     "2025-01-15T23:60:00Z", "2016-12-31T23:59:60Z", "2025-01-15T00:00:00+24:00"):
            self.cell("DATETIME", f"'{text}'", "exist")

    def test_numbers_that_are_no_timestamp(self):
        self.cell("DATETIME", "1736934131123.5")
        self.cell("DATETIME", "9223372036854775807")
        self.cell("DATETIME", "-9223372036854775808")

    def test_what_is_no_boolean(self):
        for literal in ("2", "-1", "0.5", "'yes'", "''", "'t'", "'truer'", "'true' || char(0)"):
            self.cell("BOOLEAN", literal, "BOOLEAN")

    def test_text_in_a_column_for_numbers(self):
        for declared in ("INTEGER", "REAL"):
            self.cell(declared, "'many'", "'many'", "numbers")

    def test_a_number_in_a_column_for_text_which_would_come_back_as_text(self):
        self.cell("", "7", "holds 7", "text")
        self.cell("BLOB", "1.5", "holds 1.5", "text")

    def test_null_in_a_key_that_sqlite_lets_be_null(self):
        db = connect()
        db.execute("CREATE TABLE tags (id TEXT PRIMARY KEY, name TEXT NOT NULL)")
        script(db, "schema.sql")
        db.execute("INSERT INTO tags VALUES (NULL, 'nameless')")
        self.names(db, "tags", '"id"', "NULL")

    def test_null_in_a_column_that_was_declared_not_null_behind_its_back(self):
        path = self.folder / "a.db"
        db = empty(path)
        db.execute("ALTER TABLE tags ADD COLUMN x TEXT")
        db.execute("INSERT INTO tags VALUES ('the key', 'n', NULL)")
        db.execute("PRAGMA writable_schema = ON")
        db.execute("UPDATE sqlite_master SET sql = replace(sql, 'x TEXT', 'x TEXT NOT NULL') WHERE name = 'tags'")
        db.close()
        self.names(connect(path), "tags", "the key", '"x"', "NULL")

    def test_a_value_that_no_enum_knows(self):
        db = sample()
        db.execute("UPDATE asset_types SET \"group\" = 'COINS' WHERE id = 'at_crypto'")
        self.names(db, "asset_types", "at_crypto", '"group"', "COINS", "LIABILITIES")
        db = sample()
        db.execute("UPDATE transactions SET type = 'acquire' WHERE id = 'x_2'")
        self.names(db, "transactions", "x_2", '"type"', "acquire", "ACQUIRE, DISPOSE, ADJUST")
        db = sample()
        db.execute("UPDATE transactions SET type = x'00' WHERE id = 'x_2'")
        self.assertNotIn("ADJUST", self.names(db, "transactions", "x_2", '"type"', "a BLOB"))

    def test_both_parts_of_a_key_are_named(self):
        db = empty()
        db.execute("INSERT INTO asset_tags VALUES ('the asset', x'00')")
        self.names(db, "asset_tags", "the asset", "tag_id", "BLOB")
        db = empty()
        db.execute("ALTER TABLE asset_tags ADD COLUMN x TEXT")
        db.execute("INSERT INTO asset_tags VALUES ('the asset', 'the tag', x'00')")
        self.names(db, "asset_tags", "the asset", "the tag", '"x"', "BLOB")

    def test_a_row_whose_key_is_itself_unreadable_is_still_described_in_valid_text(self):
        for literal in ("CAST(x'61ff62' AS TEXT)", "x'ff00fe'"):
            with self.subTest(key=literal):
                db = empty()
                db.execute(f"INSERT INTO tags VALUES ({literal}, 'n')")
                self.names(db, "tags", '"id"')

    def test_a_long_key_is_cut_between_characters(self):
        for length in range(90, 104):
            db = empty()
            db.execute("INSERT INTO tags VALUES (?, x'00')", ("x" * length + "é𝒳" * 20,))
            self.names(db, "tags", "x" * 90, '"name"')

    def test_a_key_with_control_characters_does_not_break_the_line(self):
        db = empty()
        db.execute("INSERT INTO tags VALUES (?, x'00')", ("a\nb\tc\0d",))
        message = self.names(db, "tags", '"name"')
        self.assertNotRegex(message, r"[\x00-\x1f]")

    def test_nothing_is_returned_of_a_backup_that_fails_at_its_last_row(self):
        db = sample()
        db.execute("INSERT INTO asset_tags VALUES ('zz', x'00')")
        self.names(db, "asset_tags", "zz")
        self.assertFalse(db.in_transaction)

    def test_inside_a_transaction_it_stays_open(self):
        db = empty()
        db.execute("BEGIN")
        db.execute("INSERT INTO tags VALUES ('t', x'00')")
        self.names(db, "tags", '"name"')
        db.execute("UPDATE tags SET name = 'n'")
        text = backup(db)
        db.execute("ROLLBACK")
        restore(db, text)
        self.assertEqual(db.execute("SELECT * FROM tags").fetchall(), [("t", "n")])


class Collisions(Case):
    """One value in two spellings: two values for a UNIQUE index, one for a restore."""

    MOMENTS = ("2025-01-15T00:00:00.000+00:00", "2025-01-15T00:00:00.000Z", "2025-01-15 00:00:00", "2025-01-15",
               "2025-01-15T01:00:00+01:00", 1736899200000)

    def with_moments(self, *moments):
        db = empty()
        db.executemany("INSERT INTO portfolio_snapshots (id, value, observed_at) VALUES (?, 1, ?)",
                       [(f"p{number}", moment) for number, moment in enumerate(moments)])
        return db

    def test_one_moment_in_two_spellings_is_an_error_that_names_a_row(self):
        for first in self.MOMENTS:
            for second in self.MOMENTS:
                if first != second:
                    with self.subTest(first=first, second=second):
                        db = self.with_moments("2024-01-01T00:00:00.000Z", first, second, "2024-01-02 00:00:00")
                        message = str(self.refuses(db, "SELECT strata_backup_json()", says='table "portfolio_snapshots", row id'))
                        self.assertIn('column "observed_at" holds', message)
                        self.assertIn("UNIQUE", message)

    def test_other_spellings_of_different_moments_are_backed_up(self):
        db = self.with_moments("2025-01-15T00:00:00.000Z", "2025-01-15 00:00:01", 1736899202000, "2025-01-15T00:00:03.000+00:00",
                               "2025-01-15T00:00:00.0001Z", "+010000-01-01T00:00:00.000+00:00")
        text = backup(db)
        restore(db, text)
        self.assertEqual(without_moment(backup(db)), without_moment(text))

    def test_where_nothing_is_unique_nothing_collides(self):
        db = sample()
        for key, moment in (("x1", self.MOMENTS[0]), ("x2", self.MOMENTS[1])):
            db.execute("INSERT INTO asset_snapshots (id, asset_id, value, observed_at) VALUES (?, 'a_car', 1, ?)", (key, moment))
        restore(db, backup(db))

    def test_a_unique_index_over_several_columns_wants_all_of_them_the_same(self):
        for unique, collides in (("x, name", False), ("x, y", True), ("x, y) WHERE (name > ''", False), ("lower(x)", False),
                                 ("x, lower(name)", False)):
            for declared, first, second in (("DATETIME", *self.MOMENTS[:2]), ("BOOLEAN", 1, "true"), ("DECIMAL TEXT", "1", "+1"),
                                            ("DECIMAL BLOB", "1e1", 10)):
                with self.subTest(unique=unique, declared=declared):
                    db = empty()
                    db.execute(f"ALTER TABLE tags ADD COLUMN x {declared}")
                    db.execute("ALTER TABLE tags ADD COLUMN y TEXT DEFAULT 'same'")
                    db.execute(f"CREATE UNIQUE INDEX one ON tags ({unique})")
                    db.executemany("INSERT INTO tags (id, name, x) VALUES (?, ?, ?)",
                                   [("a", "a", first), ("b", "b", second), ("c", "c", None), ("d", "d", None)])
                    if collides:
                        self.refuses(db, "SELECT strata_backup_json()", says='column "x" holds')
                    else:
                        backup(db)

    def test_both_may_be_odd_and_what_the_index_takes_for_the_same_is_the_same(self):
        db = empty()
        db.execute("ALTER TABLE tags ADD COLUMN x DATETIME")
        db.execute("CREATE UNIQUE INDEX one ON tags (name COLLATE NOCASE, x)")
        db.executemany("INSERT INTO tags (id, name, x) VALUES (?, ?, ?)",
                       [("a", "X", "2025-01-15T00:00:00.000Z"), ("b", "x", "2025-01-15T02:00:00+02:00")])
        db.execute("DROP INDEX IF EXISTS tags_name_key")
        self.refuses(db, "SELECT strata_backup_json()", says='column "x" holds')
        db.execute("UPDATE tags SET name = 'y' WHERE id = 'b'")
        backup(db)

    def test_a_number_that_is_kept_as_text_has_spellings_too(self):
        db = column("REAL TEXT")
        db.execute("CREATE UNIQUE INDEX one ON tags (x)")
        db.executemany("INSERT INTO tags (id, name, x) VALUES (?, ?, ?)", [("a", "a", "1.5"), ("b", "b", "1.50"), ("c", "c", "2")])
        self.refuses(db, "SELECT strata_backup_json()", says='column "x" holds')

    def test_a_usual_moment_beside_it_does_not_hide_another_spelling(self):
        db = empty()
        db.execute("ALTER TABLE tags ADD COLUMN x DATETIME")
        db.execute("ALTER TABLE tags ADD COLUMN y REAL TEXT")
        db.execute("CREATE UNIQUE INDEX one ON tags (x, y)")
        db.executemany("INSERT INTO tags VALUES (?1, ?1, '2025-01-15T00:00:00.000+00:00', ?2)", [("a", "1.5"), ("b", "1.50")])
        self.refuses(db, "SELECT strata_backup_json()", says='column "y" holds')

    def test_a_character_that_sqlite_does_not_convert_is_no_collision(self):
        db = connect()
        db.execute("PRAGMA encoding = 'UTF-16le'")
        script(db, "schema.sql")
        db.execute("ALTER TABLE tags ADD COLUMN x DATETIME")
        db.execute("CREATE UNIQUE INDEX one ON tags (name, x)")
        db.execute("INSERT INTO tags (id, name, x) VALUES ('a', CAST(x'feff' AS TEXT), '2025-01-15T00:00:00.000Z')")
        db.execute("INSERT INTO tags (id, name, x) VALUES ('b', CAST(x'fdff' AS TEXT), '2025-01-15T00:00:00.000+00:00')")
        backup(db)
        db.execute("DROP INDEX tags_name_key")
        db.execute("UPDATE tags SET name = CAST(x'feff' AS TEXT) WHERE id = 'b'")
        self.refuses(db, "SELECT strata_backup_json()", says='column "x" holds')

    def with_currencies(self, index, first, second, declared='"currency" TEXT NOT NULL'):
        """Two rows of one moment in two spellings, and the UNIQUE index on currency and moment that they are in."""
        db = changed(('"currency" TEXT NOT NULL DEFAULT \'EUR\'', declared))
        db.create_collation("any", lambda a, b: 0)
        db.execute("DROP INDEX portfolio_snapshots_observed_at_key")
        db.execute(f"CREATE UNIQUE INDEX one ON portfolio_snapshots ({index}, observed_at)")
        db.executemany("INSERT INTO portfolio_snapshots (id, value, currency, observed_at) VALUES (?, 1, ?, ?)",
                       [("a", first, self.MOMENTS[1]), ("b", second, self.MOMENTS[0])])
        return db

    def test_the_collation_of_the_index_decides_and_not_that_of_the_column(self):
        folds = {"NOCASE": ("A", "a"), "RTRIM": ("a", "a  "), "any": ("x", "y")}
        for collation, (first, second) in folds.items():
            with self.subTest(collation=collation):
                db = self.with_currencies(f"currency COLLATE {collation}", first, second)
                self.refuses(db, BACKUP, says='column "observed_at" holds')
                if collation == "any":
                    continue
                db.execute("UPDATE portfolio_snapshots SET observed_at = ? WHERE id = 'b'", self.MOMENTS[2:3])
                self.refuses(db, BACKUP, says='column "observed_at" holds')
                db.execute("UPDATE portfolio_snapshots SET currency = 'b' WHERE id = 'b'")
                restore(db, backup(db))
                db = self.with_currencies("currency COLLATE BINARY", first, second,
                                          f'"currency" TEXT NOT NULL COLLATE {collation}')
                restore(db, backup(db))

    def test_a_text_of_blanks_only(self):
        db = self.with_currencies("currency COLLATE RTRIM", "  ", "")
        self.refuses(db, BACKUP, says='column "observed_at" holds')
        db.execute("UPDATE portfolio_snapshots SET observed_at = ? WHERE id = 'b'", self.MOMENTS[2:3])
        self.refuses(db, BACKUP, says='column "observed_at" holds')

    def test_what_is_behind_a_nul_counts_for_an_index_as_sqlite_counts_it(self):
        for first, second, collides in (("A\0b", "a\0c", True), ("A\0b", "a\0", False), ("A\\n", "a\n", False)):
            with self.subTest(first=first, second=second):
                db = self.with_currencies("currency COLLATE NOCASE", first, second)
                for moment in (self.MOMENTS[0], self.MOMENTS[2]):
                    db.execute("UPDATE portfolio_snapshots SET observed_at = ? WHERE id = 'b'", (moment,))
                    if collides:
                        self.refuses(db, BACKUP, says='column "observed_at" holds')
                    else:
                        backup(db)

    def test_an_index_whose_collation_is_not_there_is_left_out(self):
        db = self.with_currencies("currency COLLATE any", "x", "y")
        db.create_collation("any", None)
        backup(db)

    def test_an_index_may_have_any_number_of_columns(self):
        names = [f"c{number}" for number in range(40)]
        db = empty()
        for name in names:
            db.execute(f"ALTER TABLE portfolio_snapshots ADD COLUMN {name} TEXT DEFAULT 'same'")
        db.execute("DROP INDEX portfolio_snapshots_observed_at_key")
        db.execute(f"CREATE UNIQUE INDEX one ON portfolio_snapshots ({', '.join(names)}, observed_at)")
        for number, moment in enumerate(self.MOMENTS[:2]):
            db.execute("INSERT INTO portfolio_snapshots (id, value, observed_at) VALUES (?, 1, ?)", (str(number), moment))
        self.refuses(db, BACKUP, says='column "observed_at" holds')
        db.execute("UPDATE portfolio_snapshots SET c39 = 'other' WHERE id = '1'")
        backup(db)


if __name__ == "__main__":
    unittest.main()
