"""Backup, restore and counts work on any attached database by its name, on no
other, and beside TEMP tables of the same names."""

import sqlite3
import unittest

from calls import backup, counts, live_counts, restore, rows, section
from support import Case, TABLES, document, picture, sample, without_moment


class Schemas(Case):
    def setUp(self):
        super().setUp()
        self.db = sample()
        self.db.execute("ATTACH ? AS aux", (str(self.folder / "aux.db"),))
        self.db.execute("ATTACH ':memory:' AS \"odd \"\"name\"")

    def fill(self, schema, name):
        """The nine tables in an attached database, by way of another connection's SQL."""
        for (sql,) in self.db.execute("SELECT sql FROM main.sqlite_master WHERE type = 'table'").fetchall():
            self.db.execute(sql.replace("CREATE TABLE ", f'CREATE TABLE "{schema}".', 1))
        quoted = f'"{schema}"'
        self.db.execute(f"INSERT INTO {quoted}.tags VALUES ('t', ?)", (name,))

    def test_an_attached_database_is_backed_up_by_its_name(self):
        self.fill("aux", "in aux")
        self.fill('odd ""name', "odd")
        self.assertEqual(rows(backup(self.db, "aux"), "tags"), ['{"id":"t","name":"in aux"}'])
        self.assertEqual(rows(backup(self.db, 'odd "name'), "tags"), ['{"id":"t","name":"odd"}'])
        self.assertEqual(len(rows(backup(self.db), "tags")), 3)

    def test_an_attached_database_is_restored_by_the_option_schema_and_no_other(self):
        self.fill("aux", "in aux")
        self.fill('odd ""name', "odd")
        before = picture(self.db)
        text = backup(self.db)
        result = restore(self.db, text, "replace", '{"schema":"aux"}')
        self.assertEqual(result["counts"]["tags"], 3)
        self.assertEqual(picture(self.db), before)
        self.assertEqual(picture(self.db, "aux"), before)
        self.assertEqual(without_moment(backup(self.db, "aux")), without_moment(text))
        self.assertEqual(self.db.execute('SELECT * FROM "odd ""name".tags').fetchall(), [("t", "odd")])
        restore(self.db, section("tags", '{"id":"t","name":"merged"}'), "merge", '{"schema":"odd \\"name"}')
        self.assertEqual(self.db.execute('SELECT * FROM "odd ""name".tags').fetchall(), [("t", "merged")])
        self.assertEqual(picture(self.db), before)

    def test_dangling_references_are_looked_for_in_the_database_that_is_restored(self):
        self.fill("aux", "in aux")
        row = section("assets", '{"id":"a","name":"n","assetTypeId":"at_cash"}')
        self.refuses(self.db, "SELECT strata_restore_json(?, 'merge', '{\"schema\":\"aux\"}')", (row,),
                     says="at_cash")
        self.assertEqual(restore(self.db, row, "merge")["counts"], counts(assets=1))

    def test_references_are_enforced_in_the_database_that_is_restored(self):
        """SQLite itself enforces ON DELETE RESTRICT in another one before 3.39, and there the error says so."""
        self.fill("aux", "in aux")
        text, before = backup(self.db), picture(self.db)
        self.db.execute("PRAGMA foreign_keys = ON")
        restore(self.db, text, "replace", '{"schema":"aux"}')
        if sqlite3.sqlite_version_info < (3, 39):
            self.refuses(self.db, "SELECT strata_restore_json(?, 'replace', '{\"schema\":\"aux\"}')", (text,),
                         says='looks for the rows that refer to "aux"."asset_types" in another database: open "aux"')
            self.db.execute("PRAGMA foreign_keys = OFF")
        restore(self.db, text, "replace", '{"schema":"aux"}')
        self.assertEqual(picture(self.db, "aux"), before)

    def test_counts_are_of_the_schema_that_is_asked_for(self):
        self.fill("aux", "in aux")
        self.assertEqual(live_counts(self.db, "aux"), counts(tags=1))
        self.assertEqual(live_counts(self.db)["assetSnapshots"], 47)
        self.assertEqual(self.db.execute("SELECT table_name, rows FROM strata_backup_counts WHERE schema = 'aux' "
                                         "AND name = 'tags'").fetchall(), [("tags", 1)])

    def test_an_unknown_schema_is_an_error_that_names_it_and_those_that_there_are(self):
        for sql in ("SELECT strata_backup_json('nowhere')",
                    "SELECT * FROM strata_backup_counts WHERE schema = 'nowhere'",
                    "SELECT strata_restore_json('%s', 'merge', '{\"schema\":\"nowhere\"}')" % document()):
            with self.subTest(sql=sql):
                message = str(self.refuses(self.db, sql, says='"nowhere"'))
                self.assertIn('"main"', message)
                self.assertIn('"aux"', message)

    def test_an_attached_database_without_the_tables_is_named(self):
        for sql in ("SELECT strata_backup_json('aux')", "SELECT * FROM strata_backup_counts WHERE schema = 'aux'",
                    "SELECT strata_restore_json('%s', 'replace', '{\"schema\":\"aux\"}')" % document()):
            with self.subTest(sql=sql):
                self.assertIn("sql/schema.sql", str(self.refuses(self.db, sql, says='"aux"')))

    def test_temp_tables_of_the_same_names_are_neither_read_nor_written(self):
        text = backup(self.db)
        before = picture(self.db)
        for name in TABLES.values():
            self.db.execute(f"CREATE TEMP TABLE {name} (id TEXT PRIMARY KEY, decoy TEXT)")
            self.db.execute(f"INSERT INTO temp.{name} VALUES ('decoy', 'decoy')")
        self.assertEqual(without_moment(backup(self.db)), without_moment(text))
        self.assertEqual(live_counts(self.db)["tags"], 3)
        restore(self.db, document())
        self.assertEqual(self.db.execute("SELECT count(*) FROM main.tags").fetchone(), (0,))
        restore(self.db, text)
        self.assertEqual(picture(self.db), before)
        restore(self.db, text.replace("Livret A", "Livret B"), "merge")
        self.assertEqual(self.db.execute("SELECT name FROM main.assets WHERE id = 'a_livret'").fetchone(),
                         ("Livret B",))
        for name in TABLES.values():
            self.assertEqual(self.db.execute(f"SELECT * FROM temp.{name}").fetchall(), [("decoy", "decoy")])

    def test_temp_is_a_schema_like_any_other(self):
        self.refuses(self.db, "SELECT strata_backup_json('temp')", says='"temp"')
        self.fill("temp", "in temp")
        self.assertEqual(rows(backup(self.db, "temp"), "tags"), ['{"id":"t","name":"in temp"}'])

    def test_a_column_of_any_declaration_is_found_under_the_schema_that_is_named(self):
        self.fill("aux", "in aux")
        self.db.execute("ALTER TABLE aux.tags ADD COLUMN x DECIMAL(5,1)")
        self.db.execute("UPDATE aux.tags SET x = 2")
        self.assertEqual(rows(backup(self.db, "aux"), "tags"), ['{"id":"t","name":"in aux","x":"2.0"}'])
        self.assertNotIn('"x"', backup(self.db))


if __name__ == "__main__":
    unittest.main()
