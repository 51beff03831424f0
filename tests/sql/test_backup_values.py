"""How a backup writes a cell: decimals, timestamps, booleans and numbers, exactly, in each form
in which a database may store them."""

import decimal
import json
import unittest

from calls import column, printed
from support import Case


class Cells(Case):
    def become(self, declared, cases):
        """Each SQL expression, stored in a column of this declaration, backs up as this JSON text."""
        db = column(declared)
        for literal, expected in cases.items():
            with self.subTest(declared=declared, cell=literal):
                self.assertEqual(printed(db, literal), expected)


class Decimals(Cells):
    def test_integers_are_exact(self):
        self.become("DECIMAL", {
            "0": '"0"', "-1": '"-1"', "250": '"250"', "9007199254740993": '"9007199254740993"',
            "9223372036854775807": '"9223372036854775807"', "-9223372036854775808": '"-9223372036854775808"'})

    def test_reals_have_the_fewest_digits_that_read_back_and_no_exponent(self):
        self.become("DECIMAL", {
            "0.1": '"0.1"', "-0.1": '"-0.1"', "1.5": '"1.5"', "0.1 + 0.2": '"0.30000000000000004"',
            "1e-8": '"0.00000001"', "1e21": '"1000000000000000000000"', "123456789012.12346": '"123456789012.12346"',
            "7.922816251426434e28": '"79228162514264340000000000000"', "-1e22": '"-10000000000000000000000"',
            "1.7976931348623157e308": '"17976931348623157' + "0" * 292 + '"', "5e-324": '"0.' + "0" * 323 + '5"',
            "9007199254740993.5": '"9007199254740994"',
            "2.2250738585072014e-308": '"0.' + "0" * 307 + '22250738585072014"'})

    def test_there_is_no_minus_zero(self):
        self.become("DECIMAL", {"-0.0": '"0"', "'-0.0'": '"0"'})
        self.become("DECIMAL(20,2)", {"-0.0": '"0.00"'})
        self.become("DECIMAL_TEXT", {"'-0'": '"0"'})

    def test_a_declared_scale_is_the_least_number_of_fraction_digits(self):
        self.become("JSON", {"7.5": '"7.5"', "7": '"7"'})  # a column for text that holds numbers
        self.become("DECIMAL(20,200)", {"1.5": '"1.5"'})  # a scale that no number has
        self.become("DECIMAL(20,2)", {
            "0": '"0.00"', "250": '"250.00"', "1.5": '"1.50"', "-0.5": '"-0.50"', "0.125": '"0.125"',
            "1e-8": '"0.00000001"',
            "1e21": '"1000000000000000000000.00"', "9223372036854775807": '"9223372036854775807.00"',
            "99.999": '"99.999"'})
        self.become("NUMERIC(20, 8)", {"1": '"1.00000000"', "0.35000001": '"0.35000001"', "-2.5": '"-2.50000000"'})
        self.become("decimal(5)", {"1.5": '"1.5"', "2": '"2"'})
        self.become("DECIMAL(20,0)", {"1.5": '"1.5"', "2": '"2"'})

    def test_text_is_kept_digit_for_digit(self):
        self.become("DECIMAL_TEXT", {
            "'123456789012.12345678'": '"123456789012.12345678"', "'0.10'": '"0.10"', "'-12.500'": '"-12.500"',
            "'12345678901234567890123456789012345678901234567890.1'":
                '"12345678901234567890123456789012345678901234567890.1"'})

    def test_text_gets_the_declared_scale_and_loses_nothing(self):
        self.become("DECIMAL_TEXT(20,2)", {"'1.5'": '"1.50"', "'7'": '"7.00"', "'1.555'": '"1.555"',
                                           "'1.500'": '"1.500"'})

    def test_text_of_other_forms_becomes_plain(self):
        self.become("DECIMAL_TEXT", {"'+1.5'": '"1.5"', "'.5'": '"0.5"', "'-.5'": '"-0.5"', "'5.'": '"5"',
                                     "'1e3'": '"1000"',
                                     "'1E-8'": '"0.00000001"', "'-1.25e1'": '"-12.5"'})

    def test_any_double_is_the_number_that_python_prints(self):
        db = column("DECIMAL")
        value = 1.0
        for exponent in range(-320, 309, 17):
            value = float(f"{1 + (exponent % 7) / 7.3!r}e{exponent}")
            plain = format(decimal.Decimal(repr(value)), "f")
            with self.subTest(value=value):
                expected = plain.rstrip("0").rstrip(".") if "." in plain else plain
                self.assertEqual(json.loads(printed(db, repr(value))), expected)

    def test_null_is_null(self):
        self.become("DECIMAL(20,2)", {"NULL": "null"})


class Timestamps(Cells):
    def test_iso_text_of_any_offset_becomes_utc_with_milliseconds(self):
        self.become("DATETIME", {
            "'2025-01-15T00:00:00.000+00:00'": '"2025-01-15T00:00:00.000Z"',
            "'2025-01-15T00:00:00.000Z'": '"2025-01-15T00:00:00.000Z"',
            "'2025-01-15T01:30:00+02:00'": '"2025-01-14T23:30:00.000Z"',
            "'2024-12-31T23:59:59.999-0800'": '"2025-01-01T07:59:59.999Z"',
            "'2025-03-01T05:15:00+0530'": '"2025-02-28T23:45:00.000Z"',
            "'2024-02-29t12:34:56.789z'": '"2024-02-29T12:34:56.789Z"',
            "'2025-01-15T09:42:11'": '"2025-01-15T09:42:11.000Z"',
            "'2025-01-15T09:42:11.1'": '"2025-01-15T09:42:11.100Z"',
            "'2025-01-15'": '"2025-01-15T00:00:00.000Z"'})

    def test_sqlites_own_form_is_utc(self):
        self.become("DATETIME", {
            "'2025-01-15 09:42:11'": '"2025-01-15T09:42:11.000Z"',
            "'2025-01-15 09:42:11.123'": '"2025-01-15T09:42:11.123Z"',
            "datetime(0, 'unixepoch')": '"1970-01-01T00:00:00.000Z"'})

    def test_integers_are_milliseconds_since_1970(self):
        self.become("DATETIME", {
            "0": '"1970-01-01T00:00:00.000Z"', "1736934131123": '"2025-01-15T09:42:11.123Z"',
            "-1": '"1969-12-31T23:59:59.999Z"',
            "1": '"1970-01-01T00:00:00.001Z"', "951782400000": '"2000-02-29T00:00:00.000Z"',
            "-2203891200000": '"1900-03-01T00:00:00.000Z"'})

    def test_more_than_three_fraction_digits_are_kept(self):
        self.become("DATETIME", {
            "'2025-01-15T09:42:11.1234+00:00'": '"2025-01-15T09:42:11.1234Z"',
            "'2025-01-15 09:42:11.123456789'": '"2025-01-15T09:42:11.123456789Z"',
            "'1969-12-31T23:59:59.000001+01:00'": '"1969-12-31T22:59:59.000001Z"',
            "'2025-01-15T09:42:11.%s1Z'" % ("0" * 60): '"2025-01-15T09:42:11.%s1Z"' % ("0" * 60)})

    def test_years_beyond_four_digits_have_six_and_a_sign(self):
        self.become("DATETIME", {
            "253402300799999": '"9999-12-31T23:59:59.999Z"', "253402300800000": '"+010000-01-01T00:00:00.000Z"',
            "-62167219200000": '"0000-01-01T00:00:00.000Z"', "-62167219200001": '"-000001-12-31T23:59:59.999Z"',
            "8640000000000000": '"+275760-09-13T00:00:00.000Z"', "-8640000000000000": '"-271821-04-20T00:00:00.000Z"',
            "'+010000-01-01T00:00:00.000+00:00'": '"+010000-01-01T00:00:00.000Z"',
            "'-000001-12-31T23:59:59.999+00:00'": '"-000001-12-31T23:59:59.999Z"',
            "'9999-12-31T23:59:59.999-00:01'": '"+010000-01-01T00:00:59.999Z"',
            "'0000-01-01T00:00:00.000+00:01'": '"-000001-12-31T23:59:00.000Z"',
            "'+002025-01-15T00:00:00.000Z'": '"2025-01-15T00:00:00.000Z"'})

    def test_date_and_timestamp_columns_are_timestamps_too(self):
        for declared in ("DATE", "TIMESTAMP", "datetime", "TIMESTAMP WITH TIME ZONE"):
            self.become(declared, {"'2025-01-15 00:00:00'": '"2025-01-15T00:00:00.000Z"',
                                   "0": '"1970-01-01T00:00:00.000Z"'})

    def test_null_is_null(self):
        self.become("DATETIME", {"NULL": "null"})


class Booleans(Cells):
    def test_zero_and_one_and_their_words_are_false_and_true(self):
        self.become("BOOLEAN", {"0": "false", "1": "true", "'true'": "true", "'FALSE'": "false", "'True'": "true",
                                "'fAlSe'": "false", "1.0": "true", "NULL": "null"})
        self.become("bool", {"1": "true", "0": "false"})


class Numbers(Cells):
    def test_integer_columns_give_numbers(self):
        for declared in ("INT", "INTEGER", "BIGINT", "UNSIGNED BIG INT"):
            self.become(declared, {"0": "0", "-42": "-42", "9007199254740993": "9007199254740993",
                                   "-9223372036854775808": "-9223372036854775808", "'12'": "12", "NULL": "null"})

    def test_real_columns_give_the_number_with_the_fewest_digits(self):
        for declared in ("REAL", "DOUBLE PRECISION", "FLOAT"):
            db = column(declared)
            for value in (0.1, -2.5, 1e300, 5e-324, 1e-7, 123456.789, 0.30000000000000004, 4503599627370497.5):
                with self.subTest(declared=declared, value=value):
                    text = printed(db, repr(value))
                    self.assertEqual(json.loads(text), value)
                    digits = text.lower().split("e")[0].lstrip("-").replace(".", "").strip("0")
                    self.assertEqual(len(digits), len(decimal.Decimal(repr(value)).normalize().as_tuple().digits),
                                     text)
        self.become("REAL", {"5": "5", "0.1": "0.1", "-0.0": "0", "NULL": "null"})

    def test_other_columns_give_strings(self):
        for declared in ("", "TEXT", "VARCHAR(10)", "BLOB", "JSON"):
            self.become(declared, {"'abc'": '"abc"', "''": '""', "NULL": "null"})
        self.become("TEXT", {"7": '"7"', "'007'": '"007"', "1.50": '"1.5"', "'1.50'": '"1.50"'})
        self.become("", {"'007'": '"007"', "'1.50'": '"1.50"'})


if __name__ == "__main__":
    unittest.main()
