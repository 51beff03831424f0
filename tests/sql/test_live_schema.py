"""Columns are read from the live schema: reordered, extra, missing, generated and oddly named ones,
in any kind of table and any encoding. A row that the schema refuses is an error with its place."""

import json
import sqlite3
import unittest

from calls import app, backup, changed, counts, restore, rows, section, table, with_columns
from support import Case, TABLES, connect, document, empty, picture, sample, script, without_moment

TAGS = 'CREATE TABLE IF NOT EXISTS "tags" (\n    "id" TEXT NOT NULL PRIMARY KEY,\n    "name" TEXT NOT NULL\n);'
CALLS = ("SELECT strata_backup_json()", "SELECT * FROM strata_backup_counts",
         "SELECT strata_restore_json('%s')" % document())


def tags(declaration, **options):
    """An empty database whose table of tags is this one."""
    return changed((TAGS, declaration), **options)


def cells(db):
    """All cells, whatever the columns are called; repr() distinguishes 1, 1.0 and '1'."""
    return {name: sorted(repr(row) for row in db.execute(f"SELECT * FROM {name}")) for name in TABLES.values()}


class Columns(Case):
    def round_trips(self, db, text):
        """The backup of db restores into itself, emptied, with every cell as it was."""
        before = cells(db)
        restore(db, document())
        self.assertNotEqual(cells(db), before)
        restore(db, text)
        self.assertEqual(cells(db), before)
        self.assertEqual(without_moment(backup(db)), without_moment(text))

    def test_reordered_columns_are_fields_in_their_order(self):
        db = tags("CREATE TABLE tags (name TEXT NOT NULL, id TEXT NOT NULL PRIMARY KEY);")
        db.execute("INSERT INTO tags VALUES ('n', 't')")
        text = backup(db)
        self.assertEqual(rows(text, "tags"), ['{"name":"n","id":"t"}'])
        self.round_trips(db, text)

    def test_a_document_of_the_usual_order_restores_into_reordered_columns(self):
        db = tags("CREATE TABLE tags (name TEXT NOT NULL, id TEXT NOT NULL PRIMARY KEY);")
        restore(db, section("tags", '{"id":"t","name":"n"}'))
        self.assertEqual(db.execute("SELECT id, name FROM tags").fetchall(), [("t", "n")])

    def test_the_first_column_takes_its_default_as_any_other(self):
        for mode in ("replace", "merge"):
            db = empty()
            db.execute("DROP TABLE asset_types")
            db.execute('CREATE TABLE asset_types ("group" TEXT NOT NULL, id TEXT NOT NULL PRIMARY KEY, code TEXT, label TEXT)')
            restore(db, section("assetTypes", '{"id":"a","code":"c","label":"l"}'), mode)
            self.assertEqual(db.execute("SELECT * FROM asset_types").fetchall(), [("OTHER", "a", "c", "l")])

    def test_extra_columns_are_backed_up_and_restored(self):
        db = sample()
        db.execute("ALTER TABLE assets ADD COLUMN purchase_price DECIMAL(20,2)")
        db.execute("ALTER TABLE assets ADD COLUMN is_hidden BOOLEAN NOT NULL DEFAULT 0")
        db.execute("ALTER TABLE assets ADD COLUMN last_seen_at DATETIME")
        db.execute("UPDATE assets SET purchase_price = 12.5, is_hidden = 1, last_seen_at = '2025-01-15T00:00:00.000+00:00' "
                   "WHERE id = 'a_car'")
        text = backup(db)
        (car,) = [row for row in rows(text, "assets") if '"id":"a_car"' in row]
        self.assertTrue(car.endswith(',"purchasePrice":"12.50","isHidden":true,"lastSeenAt":"2025-01-15T00:00:00.000Z"}'), car)
        self.round_trips(db, text)

    def test_a_document_without_the_extra_columns_gives_them_their_default(self):
        text = section("tags", '{"id":"t","name":"n"}')
        for declared, expected in (("TEXT", None), ("TEXT NOT NULL DEFAULT 'red'", "red"), ("INTEGER DEFAULT 7", 7),
                                   ("TEXT DEFAULT (lower('ABC'))", "abc")):
            with self.subTest(declared=declared):
                # A default that is an expression can be created, but not added.
                db = tags(f"CREATE TABLE tags (id TEXT NOT NULL PRIMARY KEY, name TEXT NOT NULL, x {declared});")
                restore(db, text)
                self.assertEqual(db.execute("SELECT x FROM tags").fetchone(), (expected,))

    def test_an_absent_field_of_a_required_extra_column_is_an_error_that_names_it(self):
        db = tags("CREATE TABLE tags (id TEXT NOT NULL PRIMARY KEY, name TEXT NOT NULL, color_code TEXT NOT NULL);")
        self.refuses(db, "SELECT strata_restore_json(?)", (section("tags", '{"id":"t","name":"n"}'),),
                     says="line 1: $.data.tags[0].colorCode: ")

    def test_a_database_with_fewer_columns_backs_up_and_restores_what_it_has(self):
        db = app()
        restore(db, backup(db))
        index = 'CREATE UNIQUE INDEX IF NOT EXISTS "tags_name_key" ON "tags"("name");'
        db = changed((TAGS, "CREATE TABLE tags (id TEXT NOT NULL PRIMARY KEY);"), (index, ""))
        db.execute("INSERT INTO tags VALUES ('t')")
        text = backup(db)
        self.assertEqual(rows(text, "tags"), ['{"id":"t"}'])
        self.round_trips(db, text)
        self.refuses(db, "SELECT strata_restore_json(?)", (section("tags", '{"id":"t","name":"n"}'),),
                     says="$.data.tags[0].name: ")

    def test_odd_names_of_columns_make_the_round_trip(self):
        names = ["order", "select", "a b", 'quo"ted', "back\\slash", "tick`", "br]acket", "ünïcode", "𝒳",
                 "semi;colon",
                 "per%cent", "x'y", "with.dot", "-", "_x", "CamelCase", "rowid", "line\nbreak", "%s%n", "1st",
                 "excluded"]
        quoted = ['"' + name.replace('"', '""') + '"' for name in names]
        db = with_columns(tags=[f"{name} TEXT" for name in quoted],
                          assets=[f"{name} TEXT NOT NULL DEFAULT 'default {i}'" for i, name in enumerate(quoted)])
        db.execute("INSERT INTO tags VALUES ('t', 'n'" + ", ?" * len(names) + ")",
                   [f"value of {name}" for name in names])
        db.execute("INSERT INTO asset_types VALUES ('at', 'C', 'L', 'OTHER')")
        restore(db, section("assets", '{"id":"a","name":"n","assetTypeId":"at"}'), "merge")
        text = backup(db)
        (row,) = (json.loads(row) for row in rows(text, "tags"))
        self.assertEqual(list(row.values())[2:], [f"value of {name}" for name in names])
        for name in ("order", "a b", 'quo"ted', "back\\slash", "ünïcode", "line\nbreak", "CamelCase"):
            self.assertEqual(row[name], f"value of {name}")
        self.assertEqual(db.execute('SELECT "line\nbreak", "1st" FROM assets').fetchone(),
                         ("default 17", "default 19"))
        self.round_trips(db, text)
        merged = text.replace("value of order", "changed")
        self.assertEqual(restore(db, merged, "merge")["counts"], counts(tags=1, assets=1, assetTypes=1))
        self.assertEqual(db.execute('SELECT "order" FROM tags').fetchone(), ("changed",))

    def test_camel_case_makes_capitals_of_letters_behind_underscores(self):
        db = empty()
        for name in ("one_two_three", "is_x", "a1_b2", "x_{y"):
            db.execute(f'ALTER TABLE tags ADD COLUMN "{name}" TEXT')
        db.execute("INSERT INTO tags VALUES ('t', 'n', '1', '2', '3', '4')")
        self.assertEqual(rows(backup(db), "tags"), ['{"id":"t","name":"n","oneTwoThree":"1","isX":"2","a1B2":"3","x_{y":"4"}'])

    def test_two_columns_that_would_be_one_field_are_an_error_that_names_both(self):
        db = empty()
        db.execute("ALTER TABLE tags ADD COLUMN some_name TEXT")
        db.execute('ALTER TABLE tags ADD COLUMN "someName" TEXT')
        for sql in CALLS:
            with self.subTest(sql=sql):
                message = str(self.refuses(db, sql, says="someName"))
                self.assertIn("tags", message)
                self.assertIn("some_name", message)

    def test_a_name_that_is_not_utf_8_is_an_error(self):
        path = self.folder / "odd.db"
        db = sample(path)
        db.execute("ALTER TABLE tags ADD COLUMN odd_name TEXT")
        db.execute("PRAGMA writable_schema = ON")
        db.execute("UPDATE sqlite_master SET sql = CAST(replace(sql, 'odd_name', 'odd' || CAST(x'ff' AS TEXT)) AS TEXT)"
                   " WHERE name = 'tags'")
        db.close()
        with self.assertRaises(sqlite3.Error) as caught:
            backup(connect(path))
        self.assertIn(r'the name of column "odd\xff" is not valid UTF-8: rename the column', str(caught.exception))

    def test_a_statement_that_is_longer_than_the_connection_allows_is_an_error_that_says_so(self):
        if not hasattr(sqlite3.Connection, "setlimit"):
            self.skipTest("this Python cannot set SQLITE_LIMIT_LENGTH")
        db = empty()
        for number in range(30):
            db.execute(f"ALTER TABLE tags ADD COLUMN a_long_name_of_a_column_{number} TEXT")
        fields = "".join(f',"aLongNameOfAColumn_{number}":"x"' for number in range(30))
        text = section("tags", '{"id":"t","name":"n"%s}' % fields)
        restore(db, text, "merge")
        (length,) = db.execute("SELECT max(length(sql)) FROM sqlite_master").fetchone()
        db.setlimit(sqlite3.SQLITE_LIMIT_LENGTH, max(length, len(text)) + 50)
        self.refuses(db, "SELECT strata_restore_json(?, 'merge')", (text,), says="a statement that names all columns")
        ((line, path, message),) = db.execute("SELECT * FROM strata_restore_check(?, 'merge')", (text,)).fetchall()
        self.assertEqual((line, path), (1, "$.data.tags[0]"))
        self.assertIn("a statement that names all columns", message)
        if sqlite3.sqlite_version_info >= (3, 40):  # the oldest ones refuse to read the schema then
            db.setlimit(sqlite3.SQLITE_LIMIT_LENGTH, length - 1)
            self.assertEqual(db.execute("SELECT * FROM strata_restore_check(?)", (document(),)).fetchall(), [])
            restore(db, document(), "merge")

    @unittest.skipIf(sqlite3.sqlite_version_info < (3, 31), "needs generated columns")
    def test_generated_columns_are_neither_written_nor_restored(self):
        db = tags("CREATE TABLE tags (id TEXT NOT NULL PRIMARY KEY, upper_name TEXT GENERATED ALWAYS AS (upper(name)) STORED,"
                  " name TEXT NOT NULL, length_of_name INTEGER AS (length(name)) VIRTUAL);")
        db.execute("INSERT INTO tags (id, name) VALUES ('t', 'long')")
        text = backup(db)
        self.assertEqual(rows(text, "tags"), ['{"id":"t","name":"long"}'])
        self.round_trips(db, text)
        restore(db, section("tags", '{"id":"t","name":"longer"}'), "merge")
        self.assertEqual(db.execute("SELECT upper_name, length_of_name FROM tags").fetchone(), ("LONGER", 6))


class Tables(Case):
    def test_tables_without_rowid_make_the_round_trip(self):
        db = connect()
        script(db, "schema.sql")
        statements = [sql for (sql,) in db.execute("SELECT sql FROM sqlite_master WHERE type = 'table'")]
        other = connect()
        for sql in statements:
            other.execute(sql + " WITHOUT ROWID")
        script(other, "schema.sql", "sample.sql")
        text = backup(other)
        by_key = json.loads(backup(sample()))["data"]
        for listed in by_key.values():
            listed.sort(key=lambda row: tuple(value.encode() for value in row.values())[:2] if "id" not in row else row["id"].encode())
        self.assertEqual(json.loads(text)["data"], by_key)
        before = picture(other)
        restore(other, document())
        restore(other, text)
        self.assertEqual(picture(other), before)
        other.execute("PRAGMA foreign_keys = ON")
        restore(other, text, "merge")
        self.assertEqual(picture(other), before)
        self.refuses(other, "SELECT strata_restore_json(?, 'merge')",
                     (section("tagsOnAssets", '{"assetId":"a_car","tagId":"nowhere"}'),), says="nowhere")
        other.execute("PRAGMA foreign_keys = OFF")
        self.refuses(other, "SELECT strata_restore_json(?, 'merge')",
                     (section("tagsOnAssets", '{"assetId":"a_car","tagId":"nowhere"}'),), says="nowhere")

    @unittest.skipIf(sqlite3.sqlite_version_info < (3, 37), "needs STRICT tables")
    def test_strict_tables_make_the_round_trip(self):
        db = tags("CREATE TABLE tags (id TEXT NOT NULL PRIMARY KEY, name TEXT NOT NULL, n INTEGER, r REAL, a ANY) STRICT;")
        db.execute("INSERT INTO tags VALUES ('t', 'n', 7, 1.5, '007')")
        text = backup(db)
        self.assertEqual(rows(text, "tags"), ['{"id":"t","name":"n","n":7,"r":1.5,"a":"007"}'])
        before = picture(db)
        restore(db, text)
        self.assertEqual(picture(db), before)

    @unittest.skipIf(sqlite3.sqlite_version_info < (3, 37), "needs STRICT tables")
    def test_what_a_strict_table_does_not_take_is_an_error_with_its_place(self):
        db = tags("CREATE TABLE tags (id TEXT NOT NULL PRIMARY KEY, name TEXT NOT NULL, n INTEGER) STRICT;")
        self.refuses(db, "SELECT strata_restore_json(?)", (section("tags", '{"id":"t","name":"n","n":1.5}'),),
                     says="line 1: $.data.tags[0]")

    def test_a_check_of_the_schema_that_a_row_fails_is_an_error_with_its_place(self):
        db = tags("CREATE TABLE tags (id TEXT NOT NULL PRIMARY KEY, name TEXT NOT NULL "
                  "CONSTRAINT short CHECK (length(name) < 5));")
        text = section("tags", '{"id":"t","name":"fine"},\n{"id":"u","name":"too long"}')
        for mode in ("replace", "merge"):
            error = self.refuses(db, "SELECT strata_restore_json(?, ?)", (text, mode), says="line 2: $.data.tags[1]")
            self.assertIn("CHECK constraint failed: short", str(error))
            self.assertIsInstance(error, sqlite3.IntegrityError)

    def test_what_a_trigger_says_against_a_row_is_an_error_with_its_place(self):
        db = empty()
        db.execute("CREATE TRIGGER guard BEFORE INSERT ON tags WHEN new.name = 'bad' "
                   "BEGIN SELECT RAISE(ABORT, 'no bad tags'); END")
        text = section("tags", '{"id":"t","name":"fine"},\n{"id":"u","name":"bad"}')
        for mode in ("replace", "merge"):
            error = self.refuses(db, "SELECT strata_restore_json(?, ?)", (text, mode), says="line 2: $.data.tags[1]")
            self.assertIn("no bad tags", str(error))

    def test_a_row_that_a_trigger_drops_silently_is_an_error_with_its_place(self):
        db = empty()
        db.execute("CREATE TRIGGER guard BEFORE INSERT ON tags WHEN new.name = 'bad' BEGIN SELECT RAISE(IGNORE); END")
        text = section("tags", '{"id":"t","name":"fine"},\n{"id":"u","name":"bad"}')
        for mode in ("replace", "merge"):
            with self.subTest(mode=mode):
                self.refuses(db, "SELECT strata_restore_json(?, ?)", (text, mode), says="line 2: $.data.tags[1]")

    def test_an_update_that_a_trigger_drops_silently_is_an_error_with_its_place(self):
        for row in ('{"id":"t_long","name":"bad"}', '{"id":"t_long","name":"bad","x":null}'):
            with self.subTest(row=row):
                db = sample()
                db.execute("ALTER TABLE tags ADD COLUMN x TEXT")
                db.execute("CREATE TRIGGER guard BEFORE UPDATE ON tags WHEN new.name = 'bad' "
                           "BEGIN SELECT RAISE(IGNORE); END")
                text = section("tags", '{"id":"t","name":"fine"},\n' + row)
                self.refuses(db, "SELECT strata_restore_json(?, 'merge')", (text,), says="line 2: $.data.tags[1]")
                restore(db, section("tags", '{"id":"t_long","name":"long-term"}'), "merge")

    def test_rows_that_a_trigger_keeps_from_being_deleted_are_an_error_that_names_their_table(self):
        for body in ("RAISE(IGNORE)", "RAISE(ABORT, 'kept')"):
            db = sample()
            db.execute(f"CREATE TRIGGER keep BEFORE DELETE ON tags BEGIN SELECT {body}; END")
            self.refuses(db, "SELECT strata_restore_json(?)", (document(),), says='"tags"')

    def test_triggers_that_write_elsewhere_are_welcome(self):
        db = sample()
        db.execute("CREATE TABLE log (entry TEXT)")
        db.execute("CREATE TRIGGER log_tags AFTER INSERT ON tags BEGIN INSERT INTO log VALUES (new.name); END")
        restore(db, section("tags", '{"id":"t","name":"logged"}'))
        self.assertEqual(db.execute("SELECT * FROM log").fetchall(), [("logged",)])

    def test_a_reference_that_a_trigger_drops_silently_is_an_error_with_its_place(self):
        db = empty()
        db.execute("ALTER TABLE categories ADD COLUMN more TEXT")
        db.execute("PRAGMA foreign_keys = ON")
        db.execute("CREATE TRIGGER orphan BEFORE UPDATE OF parent_id ON categories BEGIN SELECT RAISE(IGNORE); END")
        self.refuses(db, "SELECT strata_restore_json(?)",
                     (section("categories", '{"id":"a","name":"a"},{"id":"b","name":"b","parentId":"a"}'),),
                     says="$.data.categories[1].parentId: the database did not store the value")

    def test_a_trigger_that_cannot_be_compiled_is_an_error_in_sqlites_words(self):
        db = sample()
        db.execute("CREATE TRIGGER broken AFTER DELETE ON asset_tags BEGIN DELETE FROM absent; END")
        self.refuses(db, "SELECT strata_restore_json(?)", (document(),), says="no such table: main.absent")

    def test_a_unique_index_says_which_value_is_there_already_where_it_can(self):
        for index, rows, says in (
                ("(lower(name))", '{"id":"t","name":"A"},{"id":"u","name":"a"}', "UNIQUE constraint failed: index 'one'"),
                ("(code)", '{"id":"t","name":"a"},{"id":"u","name":"b"}', "UNIQUE constraint failed: tags.code"),
                ("(code)", '{"id":"t","name":"a","code":"c"},{"id":"u","name":"b","code":"c"}', "another row already has code 'c'")):
            db = empty()
            db.execute("ALTER TABLE tags ADD COLUMN code TEXT DEFAULT 'same'")
            db.execute(f"CREATE UNIQUE INDEX one ON tags {index}")
            self.refuses(db, "SELECT strata_restore_json(?)", (section("tags", rows),), says="$.data.tags[1]: " + (
                says if says.startswith("another") else ""))
            self.refuses(db, "SELECT strata_restore_json(?)", (section("tags", rows),), says=says)

    def test_a_check_of_rows_whose_key_is_a_number_goes_on_behind_those_that_clash(self):
        db = tags("CREATE TABLE tags (id INTEGER NOT NULL PRIMARY KEY, name TEXT NOT NULL UNIQUE);")
        text = section("tags", '{"id":1,"name":"a"},{"id":2,"name":"a"},{"id":3,"name":5},{"id":4,"name":"a"}')
        self.assertEqual([path for (path,) in db.execute("SELECT path FROM strata_restore_check(?)", (text,))],
                         ["$.data.tags[1]", "$.data.tags[2].name", "$.data.tags[3]"])

    def test_a_missing_table_is_an_error_that_names_it_and_sql_schema_sql(self):
        for missing in TABLES.values():
            db = empty()
            db.execute(f"DROP TABLE {missing}")
            for sql in CALLS:
                with self.subTest(missing=missing, sql=sql):
                    self.assertIn("sql/schema.sql", str(self.refuses(db, sql, says=f'"{missing}"')))

    def test_a_view_in_the_place_of_a_table_is_an_error_that_says_so(self):
        db = empty()
        db.execute("ALTER TABLE tags RENAME TO old_tags")
        db.execute("CREATE VIEW tags AS SELECT * FROM old_tags")
        for sql in CALLS:
            with self.subTest(sql=sql):
                message = str(self.refuses(db, sql, says='"tags"'))
                self.assertIn("view", message)
                self.assertIn("sql/schema.sql", message)

    def test_a_virtual_table_in_the_place_of_a_table_is_an_error_that_says_so(self):
        db = empty()
        db.execute("DROP TABLE tags")
        try:
            db.execute("CREATE VIRTUAL TABLE tags USING fts4(id, name)")
        except sqlite3.OperationalError as error:
            self.skipTest(str(error))
        for sql in CALLS:
            with self.subTest(sql=sql):
                message = str(self.refuses(db, sql, says='"tags"'))
                self.assertIn("virtual table", message)
                self.assertIn("sql/schema.sql", message)

    def test_a_table_without_a_primary_key_is_an_error_that_names_it(self):
        db = tags("CREATE TABLE tags (id TEXT NOT NULL, name TEXT NOT NULL);")
        for sql in CALLS:
            with self.subTest(sql=sql):
                self.assertIn("primary key", str(self.refuses(db, sql, says='"tags"')))

    def test_names_of_tables_in_other_capitals_are_the_same_tables(self):
        db = tags("CREATE TABLE TAGS (ID TEXT NOT NULL PRIMARY KEY, NAME TEXT NOT NULL);")
        db.execute("INSERT INTO tags VALUES ('t', 'n')")
        self.assertEqual([list(json.loads(row).values()) for row in rows(backup(db), "tags")], [["t", "n"]])

    def test_an_integer_key_makes_the_round_trip(self):
        db = tags("CREATE TABLE tags (id INTEGER PRIMARY KEY, name TEXT NOT NULL);")
        db.executemany("INSERT INTO tags VALUES (?, ?)", [(10, "ten"), (9, "nine"), (-1, "minus one")])
        text = backup(db)
        self.assertEqual(rows(text, "tags"), ['{"id":-1,"name":"minus one"}', '{"id":9,"name":"nine"}',
                                              '{"id":10,"name":"ten"}'])
        before = picture(db)
        restore(db, document())
        restore(db, text)
        self.assertEqual(picture(db), before)
        restore(db, text.replace("nine", "neuf"), "merge")
        self.assertEqual(table(db, "tags"), [(-1, "minus one"), (9, "neuf"), (10, "ten")])

    def test_an_integer_key_is_kept_where_the_rows_are_sorted_by_an_index(self):
        db = tags("CREATE TABLE tags (id INTEGER PRIMARY KEY, name TEXT NOT NULL); CREATE INDEX by_name ON tags (name DESC);")
        restore(db, document(tags=[{"id": 7 * n, "name": f"{n:05}"} for n in range(3000)]))
        found = db.execute("SELECT id, name FROM tags").fetchall()
        self.assertTrue(found == [(7 * n, f"{n:05}") for n in range(3000)], found[:3])


class Encodings(Case):
    def test_databases_in_utf_16_give_the_same_document(self):
        keys = ["é", "𝒳", "\uffee", "a", "Z", "z", "\U0010ffff", "\ud7ff", "\ue000", "", "a\0b", "日本"]
        texts = []
        for encoding in ("UTF-8", "UTF-16le", "UTF-16be"):
            with self.subTest(encoding=encoding):
                db = changed(before=f"PRAGMA encoding = '{encoding}';")
                self.assertEqual(db.execute("PRAGMA encoding").fetchone(), (encoding,))
                script(db, "sample.sql")
                db.execute("DELETE FROM asset_tags")
                db.execute("DELETE FROM tags")
                db.executemany("INSERT INTO tags VALUES (?, ?)", [(key, f"tag {key}") for key in keys])
                db.executemany("INSERT INTO asset_tags VALUES ('a_car', ?)", [(key,) for key in keys])
                text = backup(db)
                found = [json.loads(row)["id"] for row in rows(text, "tags")]
                self.assertEqual(found, keys)
                texts.append(without_moment(text))
                before = picture(db)
                restore(db, document())
                restore(db, text)
                self.assertEqual(picture(db), before)
                restore(db, text.encode(), "merge")
                self.assertEqual(picture(db), before)
        self.assertEqual(texts[1:], texts[:1] * 2)

    def test_a_blob_is_utf_8_whatever_the_encoding(self):
        for encoding in ("UTF-16le", "UTF-16be"):
            db = changed(before=f"PRAGMA encoding = '{encoding}';")
            restore(db, section("tags", '{"id":"é","name":"𝒳"}').encode())
            self.assertEqual(table(db, "tags"), [("é", "𝒳")])

    def test_what_sqlite_does_not_convert_to_utf_16_makes_the_round_trip_all_the_same(self):
        texts = ["\ufffd", "\ufb00", "\uffef", "\uff00\uffbf", "\ufffe", "a\uffff", "\uffff𝒳é\0\ufffe", "\U0001fffe"]
        tags_of = [{"id": text, "name": f"{text} {text}"} for text in texts]
        for encoding in ("UTF-8", "UTF-16le", "UTF-16be"):
            for given in (document(tags=tags_of), json.dumps(json.loads(document(tags=tags_of)))):
                db = changed(before=f"PRAGMA encoding = '{encoding}';")
                if encoding == "UTF-8" or given.isascii():
                    restore(db, given)
                restore(db, given.encode())
                self.assertEqual([tuple(json.loads(row).values()) for row in rows(backup(db), "tags")],
                                 [tuple(row.values()) for row in tags_of])
                before = picture(db)
                restore(db, backup(db), "merge")
                restore(db, backup(db))
                self.assertEqual(picture(db), before)
                self.assertEqual(db.execute("SELECT count(*) FROM strata_backup_diff(?)", (backup(db),)).fetchone(), (0,))

    def test_half_a_surrogate_pair_is_refused_in_utf_16_as_well(self):
        for octets in ("00d8", "00dc", "00d84100", "00d800e0", "410000dc4200"):
            with self.subTest(octets=octets):
                db = changed(before="PRAGMA encoding = 'UTF-16le';")
                db.execute(f"INSERT INTO tags VALUES ('the key', CAST(x'{octets}' AS TEXT))")
                with self.assertRaises(sqlite3.Error) as caught:
                    backup(db)
                for word in ("tags", "the key", '"name"'):
                    self.assertIn(word, str(caught.exception))


if __name__ == "__main__":
    unittest.main()
