"""What a field of a document becomes in its cell, by storage class and value, or the sentence that
refuses it; and what is stored comes back."""

import decimal
import json
import os
import random
import sqlite3
import subprocess
import sys
import unittest

from calls import backup, column, printed, restore, rows, section, stored
from support import Case, connect, document, empty, script, without_moment

RESTORE = "SELECT strata_restore_json(?)"


class Values(Case):
    def become(self, declared, cases):
        """Each JSON text is stored with this class and value in a column of this declaration."""
        db = column(declared)
        for raw, expected in cases.items():
            with self.subTest(declared=declared, raw=raw):
                kind = {int: "integer", float: "real", str: "text", type(None): "null"}[type(expected)]
                self.assertEqual(stored(db, raw), (kind, expected))

    def refused(self, declared, raws, *words):
        """Each JSON text is an error at its field, with all of these words."""
        db = column(declared)
        db.execute("INSERT INTO tags VALUES ('old', 'old', NULL)")
        for raw in raws:
            with self.subTest(declared=declared, raw=raw):
                text = section("tags", '{"id":"t","name":"n",\n"x":%s}' % raw)
                error = self.refuses(db, RESTORE, (text,), says="line 2: $.data.tags[0].x: ")
                for word in words:
                    self.assertIn(word, str(error))


class Decimals(Values):
    def test_strings_become_integers_where_they_are_whole_and_fit_and_reals_else(self):
        self.become("DECIMAL(20,2)", {
            '"1"': 1, '"1.50"': 1.5, '"0"': 0, '"-0"': 0, '"-0.0"': 0, '"+1.5"': 1.5, '".5"': 0.5, '"-.5"': -0.5,
            '"5."': 5,
            '"1.00000000"': 1, '"007"': 7, '"1e-8"': 1e-8, '"1E2"': 100, '"1e+2"': 100, '"12.5e1"': 125,
            '"-1.25E-2"': -0.0125,
            '"0e999999999"': 0, '"0.00000001"': 1e-8, '"250.00"': 250, '"1e21"': 1e21, '"1e308"': 1e308,
            '"9007199254740993"': 9007199254740993, '"9223372036854775807"': 9223372036854775807,
            '"-9223372036854775808"': -9223372036854775808, '"9223372036854775807.000"': 9223372036854775807,
            '"10000000000000000000"': 1e19, '"79228162514264340000000000000"': 7.922816251426434e28,
            '"123456789012.12346"': 123456789012.12346, '"0.30000000000000004"': 0.30000000000000004,
            '"' + "0" * 1000 + '1.5"': 1.5, '"1.5' + "0" * 1000 + '"': 1.5, '"0.' + "0" * 323 + '5"': 5e-324})

    def test_numbers_are_read_by_their_own_digits(self):
        self.become("DECIMAL(20,2)", {
            "0.1": 0.1, "1e-8": 1e-8, "1E+2": 100, "-0": 0, "-0.0e5": 0, "9007199254740993": 9007199254740993,
            "9223372036854775807": 9223372036854775807, "0.123456789": 0.123456789, "1.50": 1.5,
            "100000000000000000000": 1e20})
        self.refused("DECIMAL(20,2)", ["12345678901234567890", "0.1234567890123456789", "9007199254740993.5",
                                       "1e400"])

    def test_what_would_have_to_be_rounded_is_an_error_that_says_so(self):
        self.refused("DECIMAL(20,2)", ['"123456789012.12345678"'], "123456789012.12345678", "exactly",
                     "123456789012.12346")
        self.refused("DECIMAL(20,2)", ['"12345678901234567890"'], "12345678901234567890", "exactly",
                     "12345678901234567000")
        self.refused("DECIMAL(20,2)", ['"9223372036854775808"', '"-9223372036854775809"',
                                       '"0.1000000000000000055511151231257827"',
                                       '"1e-400"', '"4e-324"', '"1.00000000000000000001"', '"9007199254740993.5"'],
                                       "exactly")

    def test_what_is_beyond_every_double_is_an_error_that_says_so(self):
        self.refused("DECIMAL(20,2)", ['"1e400"'], "1e400", "largest")
        self.refused("DECIMAL(20,2)", ['"-1e309"', '"1e99999999999999999999"', '"1' + "0" * 400 + '"', "-1e400"],
                     "largest")

    def test_what_is_no_number_is_an_error_that_shows_it(self):
        self.refused("DECIMAL(20,2)", ['"1,5"'], "'1,5' is not a decimal number")
        self.refused("DECIMAL(20,2)", [json.dumps(text) for text in (
            "", " ", "abc", " 1", "1 ", "1\n", "12 EUR", "0x10", "1_000", "NaN", "Infinity", "-Infinity", "inf",
            "--1", "+-1", "1e",
            "1e+", "e5", ".", "-", "+", "-.", ".e1", "1.2.3", "1e1.5", "1\0", "\0", "١", "１", "−1", "null", "true")],
            "is not a decimal number")

    def test_what_is_neither_string_nor_number_is_an_error_that_says_what_it_is(self):
        for raw, word in (("true", "true"), ("false", "false"), ("[]", "an array"), ("{}", "an object"),
                          ('["1"]', "an array")):
            self.refused("DECIMAL(20,2)", [raw], "decimal", word)

    def test_a_column_for_text_keeps_every_digit(self):
        self.become("DECIMAL_TEXT", {
            '"1.50"': "1.50", '"123456789012.12345678"': "123456789012.12345678",
            '"12345678901234567890"': "12345678901234567890",
            "12345678901234567890.10": "12345678901234567890.10", '"1e-8"': "0.00000001", "1e-8": "0.00000001",
            '"1e3"': "1000",
            '"+5."': "5", '"-.5"': "-0.5", '"-0"': "0", "0.1": "0.1", '"1e400"': "1" + "0" * 400})
        self.refused("DECIMAL_TEXT", ['"1,5"', '""', '"1e"', "true"], "decimal")
        self.refused("DECIMAL_TEXT", ['"1e999999999"', '"1e-999999999"'], "exponent")

    def test_a_column_for_doubles_takes_what_a_double_holds(self):
        self.become("DECIMAL_REAL", {'"5"': 5.0, '"0.10"': 0.1, '"9007199254740992"': 9007199254740992.0})
        self.refused("DECIMAL_REAL", ['"9007199254740993"', '"9223372036854775807"'], "exactly")

    def test_exactly_those_numbers_are_taken_that_come_back_the_same(self):
        generator = random.Random(20250115)
        good, bad = [], []
        for _ in range(3000):
            digits = generator.randint(1, 20)
            text = str(generator.randint(0, 10 ** digits - 1)).zfill(digits)
            point = generator.randint(0, digits)
            text = generator.choice("+-0 ").strip() + text[:point] + "." + text[point:]
            if generator.random() < 0.3:
                text += f"e{generator.randint(-30, 30)}"
            wanted = decimal.Decimal(text)
            whole = wanted == wanted.to_integral_value() and -2**63 <= wanted < 2**63
            (good if whole or decimal.Decimal(repr(float(text))) == wanted else bad).append(text)
        self.assertGreater(min(len(good), len(bad)), 300)
        db = column("DECIMAL")
        restore(db, document(tags=[{"id": f"{n:05}", "name": str(n), "x": text} for n, text in enumerate(good)]))
        for text, row in zip(good, rows(backup(db), "tags")):
            self.assertEqual(decimal.Decimal(json.loads(row)["x"]), decimal.Decimal(text))
        for text, (kind, value) in zip(good, db.execute("SELECT typeof(x), x FROM tags ORDER BY id").fetchall()):
            wanted = decimal.Decimal(text)
            whole = wanted == wanted.to_integral_value() and -2**63 <= wanted < 2**63
            self.assertEqual((kind, value), ("integer", int(wanted)) if whole else ("real", float(text)), text)
        for text in bad:
            with self.assertRaises(sqlite3.Error, msg=text) as caught:
                restore(db, section("tags", '{"id":"t","name":"n","x":"%s"}' % text), "merge")
            self.assertIn("exactly", str(caught.exception))
        self.assertEqual(db.execute("SELECT count(*) FROM tags").fetchone(), (len(good),))


class Booleans(Values):
    def test_true_and_false_become_1_and_0(self):
        self.become("BOOLEAN", {"true": 1, "false": 0, "null": None})

    def test_a_column_for_text_takes_them_as_well(self):
        db = column("BOOLEAN_TEXT")
        for raw in ("true", "false"):
            self.assertEqual(stored(db, raw), ("text", "1" if raw == "true" else "0"))
            self.assertEqual(rows(backup(db), "tags"), ['{"id":"t","name":"n","x":%s}' % raw])

    def test_anything_else_is_an_error(self):
        self.refused("BOOLEAN", ['"true"', '"1"', "1", "0", "1.0", '""', "[]", "{}"], "true or false")


class Timestamps(Values):
    def test_they_are_stored_in_utc_with_milliseconds_as_the_app_stores_them(self):
        self.become("DATETIME", {
            '"2025-01-15T00:00:00.000Z"': "2025-01-15T00:00:00.000+00:00",
            '"2025-01-15T00:00:00.000+00:00"': "2025-01-15T00:00:00.000+00:00",
            '"2025-01-15T02:00:00+02:00"': "2025-01-15T00:00:00.000+00:00",
            '"2025-01-14T16:00:00.5-0800"': "2025-01-15T00:00:00.500+00:00",
            '"2025-03-01T05:15:00+0530"': "2025-02-28T23:45:00.000+00:00",
            '"2024-02-29t12:34:56.789z"': "2024-02-29T12:34:56.789+00:00",
            '"2025-01-15T09:42:11"': "2025-01-15T09:42:11.000+00:00",
            '"2025-07-15T09:42:11.12"': "2025-07-15T09:42:11.120+00:00",
            '"2025-01-15 09:42:11"': "2025-01-15T09:42:11.000+00:00",
            '"2025-01-15"': "2025-01-15T00:00:00.000+00:00",
            '"2025-01-15T09:42Z"': "2025-01-15T09:42:00.000+00:00",
            '"2025-01-15T09:42:11.123456789Z"': "2025-01-15T09:42:11.123456789+00:00",
            '"9999-12-31T23:59:59.999Z"': "9999-12-31T23:59:59.999+00:00",
            '"+010000-01-01T00:00:00.000Z"': "+010000-01-01T00:00:00.000+00:00",
            '"-000001-12-31T23:59:59.999Z"': "-000001-12-31T23:59:59.999+00:00",
            '"0000-01-01T00:00:00+00:01"': "-000001-12-31T23:59:00.000+00:00",
            '"2000-02-29"': "2000-02-29T00:00:00.000+00:00"})

    def test_no_offset_means_utc_whatever_zone_the_machine_is_in(self):
        program = ("from calls import column, stored; "
                   "print(stored(column('DATETIME'), '\"2025-07-15T09:42:11\"'), "
                   "stored(column('DATETIME'), '\"2025-07-15\"'))")
        for zone in ("America/New_York", "Asia/Kolkata", "UTC"):
            out = subprocess.run([sys.executable, "-c", program], env={**os.environ, "TZ": zone},
                                 cwd=os.path.dirname(os.path.abspath(__file__)), stdout=subprocess.PIPE, check=True,
                                 universal_newlines=True).stdout
            self.assertEqual(out,
                             "('text', '2025-07-15T09:42:11.000+00:00') ('text', '2025-07-15T00:00:00.000+00:00')\n")

    def test_a_day_or_time_that_does_not_exist_is_an_error_that_says_so(self):
        self.refused("DATETIME", ['"2025-02-30"'], "'2025-02-30'", "exist")
        self.refused("DATETIME", [f'"{text}"' for text in (
            "2025-02-29T00:00:00Z", "1900-02-29", "2025-13-01", "2025-00-01", "2025-01-00", "2025-01-32",
            "2025-04-31",
            "2025-01-15T24:00:01Z", "2025-01-15T25:00:00Z", "2025-01-15T23:60:00Z", "2016-12-31T23:59:60Z",
            "2025-01-15T00:00:00+24:00", "2025-01-15T00:00:00+02:60")], "exist")

    def test_any_other_form_is_an_error_that_shows_the_one_that_is_expected(self):
        self.refused("DATETIME", ['"15.01.2025"'], "'15.01.2025'", "ISO 8601", "2025-01-15T00:00:00.000Z")
        self.refused("DATETIME", [json.dumps(text) for text in (
            "", "yesterday", "2025", "2025-01", "25-01-15", "2025-1-5", "20250115T094211Z", "2025-W03-3", "2025-015",
            "2025-01-15T", "2025-01-15T9:42:11Z", "2025-01-15T09:42:11,5Z", "2025-01-15T09:42:11.Z",
            "2025-01-15T09:42:11 UTC",
            "2025-01-15T09:42:11+2", "2025-01-15T09:42:11Z ", " 2025-01-15", "2025-01-15T09:42:11\0",
            "2025-01-15T09Z",
            "10000-01-01T00:00:00Z", "-000000-01-01T00:00:00Z", "+2025-01-15", "2025-01-15Z02", "1736899200000",
            "２０２５-01-15")], "ISO 8601")

    def test_a_number_is_an_error(self):
        self.refused("DATETIME", ["1736899200000", "0", "1.5", "true", "[]", "{}"], "ISO 8601")

    def test_a_year_beyond_six_digits_is_an_error(self):
        self.refused("DATETIME", ['"+999999-12-31T23:59:59-00:01"', '"-999999-01-01T00:00:00+00:01"'], "six digits")


class Strings(Values):
    def test_text_is_stored_exactly(self):
        cases = ["", " ", "a", "é", "e\u0301", "\0", "a\0b\0", "\x01\x1f\x7f\x80", '"\\/', "\u2028", "\ufeff",
                 "\ufffe", "𝒳",
                 "\U0010ffff", "007", "1.50", "1e5", "NULL", "true", "x" * 100_000, "'; DROP TABLE tags; --",
                 "%s%n%w"]
        self.become("TEXT", {json.dumps(text): text for text in cases})
        self.become("TEXT", {json.dumps(text, ensure_ascii=False): text for text in cases})
        self.become("VARCHAR(3)", {'"007"': "007", '"longer"': "longer"})
        self.become("", {'"007"': "007", '"1.50"': "1.50"})
        self.become("TEXT", {'"\\/\\b\\f\\n\\r\\t\\"\\\\"': '/\b\f\n\r\t"\\', '"\\uD835\\udcb3"': "𝒳",
                             '"\\u00E9\\u0000"': "é\0"})

    def test_the_bytes_are_those_of_utf_8(self):
        db = column("TEXT")
        stored(db, '"\\u0000é\\ud835\\udcb3\\u0000"')
        self.assertEqual(db.execute("SELECT CAST(x AS BLOB) FROM tags").fetchone(), ("\0é𝒳\0".encode(),))

    def test_anything_that_is_no_string_is_an_error(self):
        for raw, found in (("7", "7"), ("1.50", "1.50"), ("true", "true"), ("false", "false"), ("[]", "an array"),
                           ('{"a":"b"}', "an object"), ("-0", "-0")):
            self.refused("TEXT", [raw], "a string", found)

    def test_null_is_null_where_the_column_takes_it_and_an_error_else(self):
        for declared in ("TEXT", "DECIMAL(20,2)", "DATETIME", "INTEGER", "REAL", ""):
            self.become(declared, {"null": None})
            db = column(f"{declared} NOT NULL DEFAULT '0'")
            self.refuses(db, RESTORE, (section("tags", '{"id":"t","name":"n","x":null}'),), says="$.data.tags[0].x: ")
        db = empty()
        self.refuses(db, RESTORE, (section("tags", '{"id":"t","name":null}'),), says="line 1: $.data.tags[0].name: ")
        self.refuses(db, RESTORE, (section("tags", '{"id":null,"name":"n"}'),), says="line 1: $.data.tags[0].id: ")

    def test_text_that_a_numeric_column_would_turn_into_another_text_is_an_error(self):
        self.become("JSON", {'"abc"': "abc", '"[1]"': "[1]", '" "': " ", '"\\t"': "\t", '""': "", '"7"': 7, '"7.5"': 7.5,
                             '"\\u000e7"': "\x0e7", '"7!"': "7!", '"\\u00017"': "\x017", '"7\\u0008"': "7\x08"})
        self.refused("JSON", ['"007"', '"1.50"', '" 7"', '"7 "', '"\\t7\\n"', '"1e5"', '"1e2"', '"1e400"'], "TEXT")


class Numbers(Values):
    def test_columns_for_numbers_take_numbers(self):
        self.become("INTEGER", {"0": 0, "-42": -42, "9007199254740993": 9007199254740993, "1e3": 1000, "1.0": 1,
                                "-0": 0,
                                "9223372036854775807": 9223372036854775807,
                                "-9223372036854775808": -9223372036854775808})
        self.become("REAL", {"0.1": 0.1, "5": 5.0, "1e300": 1e300, "-2.5e-7": -2.5e-7,
                             "9007199254740992": 9007199254740992.0})

    def test_what_they_cannot_hold_exactly_is_an_error(self):
        self.refused("INTEGER", ["12345678901234567890", "9223372036854775808"], "exactly")
        self.refused("REAL", ["9007199254740993", "999999999999999999", "0.1234567890123456789", "1e-400"], "exactly")
        self.refused("REAL", ["1e400"], "largest")

    def test_anything_else_is_an_error(self):
        for declared in ("INTEGER", "REAL"):
            self.refused(declared, ['"5"', '"abc"', "true", "[]", "{}"], "a number")


class Enums(Values):
    def test_each_value_is_taken_as_it_is(self):
        db = empty()
        for group in ("FINANCIAL", "REAL_ESTATE", "PERSONAL_PROPERTY", "PHYSICAL_COLLECTIONS", "LIABILITIES",
                      "OTHER"):
            restore(db, section("assetTypes", '{"id":"a","code":"c","label":"l","group":"%s"}' % group))
            self.assertEqual(db.execute("SELECT \"group\" FROM asset_types").fetchone(), (group,))

    def test_any_other_value_is_an_error_that_lists_them(self):
        db = empty()
        for group in ("financial", "", "OTHER ", "OTHER\\u0000", "CRYPTO"):
            text = section("assetTypes", '{"id":"a","code":"c","label":"l","group":"%s"}' % group)
            self.refuses(db, RESTORE, (text,),
                         says="FINANCIAL, REAL_ESTATE, PERSONAL_PROPERTY, PHYSICAL_COLLECTIONS, LIABILITIES, OTHER")
        for kind in ("acquire", "BUY", ""):
            text = section("transactions",
                           '{"id":"a","assetId":"a","type":"%s","unitPrice":"1","quantity":"1","currency":"EUR",'
                                           '"occurredAt":"2025-01-15"}' % kind)
            error = self.refuses(db, RESTORE, (text,), says="ACQUIRE, DISPOSE, ADJUST")
            self.assertIn("line 1: $.data.transactions[0].type: ", str(error))
            self.assertIn(f"'{kind}'", str(error))
        self.refuses(db, RESTORE, (section("assetTypes", '{"id":"a","code":"c","label":"l","group":1}'),),
                     says="[0].group: ")


class Messages(Values):
    def test_a_long_value_is_cut_between_characters(self):
        for length in range(50, 64):
            self.refused("DECIMAL", ['"%s%s"' % ("x" * length, "é𝒳" * 30)], "x" * 50)

    def test_a_value_with_control_characters_does_not_break_the_line(self):
        db = column("DECIMAL")
        text = section("tags", '{"id":"t","name":"n","x":"a\\nb\\rc\\td\\u0000e"}')
        error = self.refuses(db, RESTORE, (text,), says="$.data.tags[0].x: ")
        self.assertIn(r"'a\nb\rc\td\u0000e' is not a decimal number", str(error))


class RoundTrip(Case):
    def test_odd_values_of_every_kind_make_the_round_trip_byte_by_byte(self):
        db = empty()
        for name, declared in (("d", "DECIMAL"), ("dt", "DECIMAL_TEXT"), ("m", "DECIMAL(20,2)"), ("b", "BOOLEAN"),
                               ("t", "DATETIME"),
                               ("i", "INTEGER"), ("r", "REAL"), ("s", "TEXT"), ("u", "")):
            db.execute(f"ALTER TABLE tags ADD COLUMN {name} {declared}")
        odd = [
            (1, "1.50", 1.5, 1, "2025-01-15T00:00:00.000+00:00", 1, 0.1, "", ""), (None,) * 9,
            (9223372036854775807, "-0.00000001", -0.01, 0, 0, -9223372036854775808, 5e-324, "\0", "007"),
            (1e-8, "123456789012345678901234567890.5", 1e22, "true", "2025-01-15 09:42:11", 0,
             1.7976931348623157e308, "é\n\t\"\\", "1.0"),
            (0.30000000000000004, "0", -1e300, "FALSE", -62167219200001, 2**53 + 1, -2.5, "𝒳\ufffe", " "),
            (5e-324, "7.0", 99.999, 1, "1999-12-31T23:59:59.123456+05:30", 7, 1e21, "x" * 5000, "\0\0")]
        for number, row in enumerate(odd):
            db.execute("INSERT INTO tags VALUES (?, ?" + ", ?" * 9 + ")", (f"k{number}", f"n{number}", *row))
        text = backup(db)
        restore(db, text)
        self.assertEqual(without_moment(backup(db)), without_moment(text))
        other = connect()
        script(other, "schema.sql")
        for name, declared in (("d", "DECIMAL"), ("dt", "DECIMAL_TEXT"), ("m", "DECIMAL(20,2)"), ("b", "BOOLEAN"),
                               ("t", "DATETIME"),
                               ("i", "INTEGER"), ("r", "REAL"), ("s", "TEXT"), ("u", "")):
            other.execute(f"ALTER TABLE tags ADD COLUMN {name} {declared}")
        restore(other, text, "merge")
        self.assertEqual(without_moment(backup(other)), without_moment(text))

    def test_every_double_of_a_wide_sample_makes_the_round_trip_bit_by_bit(self):
        generator = random.Random(7)
        db = column("DECIMAL")
        values = [generator.uniform(-1, 1) * 10 ** generator.randint(-300, 300) for _ in range(5000)]
        db.executemany("INSERT INTO tags VALUES (?, ?, ?)",
                       [(f"{n:05}", str(n), value) for n, value in enumerate(values)])
        before = db.execute("SELECT typeof(x), x FROM tags ORDER BY id").fetchall()
        restore(db, backup(db))
        self.assertEqual(db.execute("SELECT typeof(x), x FROM tags ORDER BY id").fetchall(), before)

    def test_what_prints_restores_and_prints_again(self):
        for declared, literal in (("DECIMAL(20,2)", "-0.0"), ("DECIMAL_TEXT", "'1e3'"), ("BOOLEAN", "'TRUE'"),
                                  ("DATETIME", "-1"),
                                  ("DATETIME", "'2025-01-15 09:42:11.1'"), ("REAL", "1e-7"), ("INTEGER", "12"),
                                  ("JSON", "7")):
            with self.subTest(declared=declared, cell=literal):
                db = column(declared)
                text = printed(db, literal)
                stored(db, text)
                self.assertEqual(json.loads(rows(backup(db), "tags")[0])["x"], json.loads(text))


if __name__ == "__main__":
    unittest.main()
