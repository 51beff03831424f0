"""strata_backup_json() writes one form of document: its keys, their order, one row per line, text
unchanged. The same rows always give the same bytes."""

import datetime
import json
import sqlite3
import unittest

from calls import backup, changed, column, restore, rows
from support import Case, TABLES, connect, empty, picture, sample, script, without_moment

KEYS = ["a", "A", "B", "aa", "a b", "", "0", "10", "9", "é", "z", "~", "\u007f", "日本", "\uffee", "𝒳", "a\0b", "a\0",
        "\n", "ß", "\U0010ffff"]


class Form(Case):
    def test_an_empty_database_is_nine_empty_tables_in_this_exact_text(self):
        text = backup(empty())
        self.assertRegex(text,
                         r'^\{"schemaVersion":"1","exportedAt":"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z","data":\{\n')
        body = ",\n".join(f'"{name}":[]' for name in TABLES)
        self.assertEqual(without_moment(text), '{"schemaVersion":"1",,"data":{\n' + body + "\n}}")

    def test_exported_at_is_now(self):
        def now():
            return datetime.datetime.now(datetime.timezone.utc)
        margin = datetime.timedelta(milliseconds=2)
        before = now()
        text = json.loads(backup(empty()))["exportedAt"]
        moment = datetime.datetime.strptime(text, "%Y-%m-%dT%H:%M:%S.%fZ").replace(tzinfo=datetime.timezone.utc)
        self.assertTrue(before - margin <= moment <= now() + margin, (before, text))

    def test_the_document_has_three_keys_and_the_nine_tables_in_the_order_of_the_catalogue(self):
        pairs = json.loads(backup(sample()), object_pairs_hook=list)
        self.assertEqual([key for key, _ in pairs], ["schemaVersion", "exportedAt", "data"])
        self.assertEqual([key for key, _ in pairs[2][1]], list(TABLES))

    def test_each_row_is_a_line_of_its_own(self):
        db = sample()
        lines = backup(db).split("\n")
        expected = 2
        for table in TABLES.values():
            expected += db.execute(f"SELECT count(*) + 2 FROM {table}").fetchone()[0]
        self.assertEqual(len(lines), expected)
        for line in lines[1:-1]:
            if line.startswith("{"):
                self.assertIsInstance(json.loads(line.rstrip(",")), dict)
            else:
                self.assertRegex(line, r'^("[A-Za-z]+":\[|\],?)$')
        self.assertEqual(lines[-1], "}}")

    def test_there_is_no_white_space_outside_of_strings_but_line_ends(self):
        text = backup(sample())
        again = json.dumps(json.loads(text), ensure_ascii=False, separators=(",", ":"))
        self.assertEqual(text.replace("\n", ""), again)

    def test_fields_come_in_the_order_of_the_columns_under_names_in_camel_case(self):
        text = backup(sample())
        self.assertEqual(next(row for row in rows(text, "assets") if "a_bakery" in row),
                         '{"id":"a_bakery","name":"O\'Brien & Söhne Bäckerei, 12.5 %","quantity":"0.12500000",'
                         '"disposed":false,"assetTypeId":"at_business","createdAt":"2023-06-30T07:55:00.128Z",'
                         '"updatedAt":"2024-12-31T18:37:40.266Z"}')
        self.assertEqual(rows(text, "transactions")[3],
                         '{"id":"x_4","assetId":"a_bitcoin","type":"ADJUST","unitPrice":"0.00023",'
                         '"quantity":"0.00000001","currency":"USD","occurredAt":"2023-05-01T12:34:56.789Z",'
                         '"createdAt":"2023-05-01T12:35:20.400Z"}')
        self.assertEqual(rows(text, "assetSnapshots")[1],
                         '{"id":"s_02","assetId":"a_account","value":"-124.10","currency":null,'
                         '"observedAt":"2024-06-30T00:00:00.000Z","createdAt":"2024-06-30T18:30:26.274Z"}')
        self.assertEqual(rows(text, "categoriesOnAssets")[0], '{"assetId":"a_account","categoryId":"c_wealth"}')

    def test_null_is_null(self):
        self.assertIn('{"id":"c_home","name":"Home 🏠","parentId":null}', rows(backup(sample()), "categories"))

    def test_it_is_a_value_of_type_text(self):
        db = sample()
        self.assertEqual(db.execute("SELECT typeof(strata_backup_json())").fetchone(), ("text",))

    def test_a_null_or_absent_schema_is_main(self):
        db = sample()
        self.assertEqual(without_moment(backup(db, None)), without_moment(backup(db)))
        self.assertEqual(without_moment(backup(db, "main")), without_moment(backup(db)))
        self.assertEqual(without_moment(backup(db, "MAIN")), without_moment(backup(db)))


class Moment(Case):
    def test_two_backups_differ_in_exported_at_only(self):
        db = sample()
        self.assertEqual(without_moment(backup(db)), without_moment(backup(db)))

    def test_a_backup_changes_nothing(self):
        db = sample()
        before, changes = picture(db), db.total_changes
        backup(db)
        self.assertEqual(picture(db), before)
        self.assertEqual(db.total_changes, changes)
        self.assertFalse(db.in_transaction)

    def test_uncommitted_rows_of_the_callers_transaction_are_in_the_backup(self):
        db = empty(self.folder / "a.db")
        db.execute("BEGIN")
        db.execute("INSERT INTO tags VALUES ('t', 'n')")
        self.assertEqual(rows(backup(db), "tags"), ['{"id":"t","name":"n"}'])
        self.assertTrue(db.in_transaction)
        db.execute("ROLLBACK")
        self.assertEqual(rows(backup(db), "tags"), [])


class Text(Case):
    def name(self, text):
        """The row that a tag of this name becomes."""
        db = empty()
        db.execute("INSERT INTO tags VALUES ('t', ?)", (text,))
        document = backup(db)
        self.assertEqual(json.loads(document)["data"]["tags"], [{"id": "t", "name": text}])
        (row,) = rows(document, "tags")
        return row

    def test_every_control_character_is_escaped_and_nothing_else(self):
        for code in list(range(0x20)) + [ord('"'), ord("\\")]:
            with self.subTest(code=code):
                self.assertEqual(self.name(f"a{chr(code)}b"), '{"id":"t","name":%s}' % json.dumps(f"a{chr(code)}b"))

    def test_u_0000_is_written_as_an_escape_wherever_it_stands(self):
        self.assertEqual(self.name("\0a\0\0"), '{"id":"t","name":"\\u0000a\\u0000\\u0000"}')

    def test_other_text_stands_as_it_is(self):
        for text in ("/", "</script>", "'", "\x7f", "\x80\x9f", "é", "e\u0301", "\u2028\u2029", "\ufeff",
                     "𝒳", "\U0010ffff", "👩‍👩‍👧‍👦", "精工舎 時計", "\\u0041".replace("\\", "|"), ""):
            with self.subTest(text=text):
                self.assertEqual(self.name(text), '{"id":"t","name":"%s"}' % text)

    def test_what_sqlite_does_not_convert_to_utf_16_is_escaped(self):
        self.assertEqual(self.name("\ufffe\uffff"), r'{"id":"t","name":"\ufffe\uffff"}')

    def test_long_text_is_whole(self):
        text = 'é"\n' * 100_000
        self.assertEqual(self.name(text), '{"id":"t","name":%s}' % json.dumps(text, ensure_ascii=False))


class Length(Case):
    @unittest.skipUnless(hasattr(sqlite3.Connection, "setlimit"), "needs Python 3.11")
    def test_a_document_that_is_too_long_for_a_value_is_an_error_that_names_strata_backup_file(self):
        db = sample()
        length = len(backup(db).encode())
        db.setlimit(sqlite3.SQLITE_LIMIT_LENGTH, length)
        self.assertEqual(len(backup(db).encode()), length)
        db.setlimit(sqlite3.SQLITE_LIMIT_LENGTH, length - 1)
        error = self.refuses(db, "SELECT strata_backup_json()", says="strata_backup_file()")
        self.assertIn("SQLITE_LIMIT_LENGTH", str(error))
        self.assertEqual(error.sqlite_errorname, "SQLITE_TOOBIG")


class Again(Case):
    def test_a_restored_document_backs_up_to_the_same_document(self):
        text = backup(sample())
        db = connect()
        script(db, "schema.sql")
        restore(db, text)
        self.assertEqual(without_moment(backup(db)), without_moment(text))

    def test_a_row_with_every_kind_of_column_is_this_line(self):
        db = column("DECIMAL(10,3)")
        for name, declared in (("is_on", "BOOLEAN"), ("seen_at", "TIMESTAMP"), ("n", "BIGINT"), ("r", "DOUBLE"),
                               ("u", "")):
            db.execute(f"ALTER TABLE tags ADD COLUMN {name} {declared}")
        db.execute("INSERT INTO tags VALUES ('t', 'n', 1, 1, 0, 9007199254740993, 0.1, 'u')")
        self.assertEqual(rows(backup(db), "tags")[0],
                         '{"id":"t","name":"n","x":"1.000","isOn":true,"seenAt":"1970-01-01T00:00:00.000Z",'
                         '"n":9007199254740993,"r":0.1,"u":"u"}')


if __name__ == "__main__":
    unittest.main()
