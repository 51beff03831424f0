"""Tables outside the nine that refer to them in ways that are easily overlooked: by generated columns, by columns that
are NULL for a moment, by values that SQLite converts before it compares them, and in deferred constraints."""

import unittest

from calls import backup, changed, restore, restores_itself
from support import Case, document, empty, sample

RESTORE = "SELECT strata_restore_json(?)"


class Replace(Case):
    def test_rows_that_refer_to_a_generated_column_are_not_deleted(self):
        for action in ("CASCADE", "SET NULL", "SET DEFAULT", "RESTRICT"):
            with self.subTest(action=action):
                db = changed(('"name" TEXT NOT NULL\n);\n', '"name" TEXT NOT NULL,\n    slug TEXT AS (lower(name)) STORED UNIQUE\n);\n'))
                db.execute("PRAGMA foreign_keys = ON")
                db.execute("INSERT INTO tags (id, name) VALUES ('t', 'Tag')")
                db.execute(f"CREATE TABLE notes (slug TEXT REFERENCES tags(slug) ON DELETE {action})")
                db.execute("INSERT INTO notes VALUES ('tag')")
                self.refuses(db, RESTORE, (backup(db),), says='"notes"')
                self.refuses(db, RESTORE, (document(),), says='"notes"')
                db.execute("PRAGMA foreign_keys = OFF")
                restore(db, backup(db))
                self.assertEqual(db.execute("SELECT * FROM notes").fetchall(), [("tag",)])
                self.refuses(db, RESTORE, (document(tags=[{"id": "t", "name": "Other"}]),), says='"notes"')

    def test_rows_that_refer_to_a_parent_that_is_set_later_are_not_changed(self):
        for action in ("CASCADE", "SET NULL", "SET DEFAULT", "RESTRICT"):
            with self.subTest(action=action):
                db = changed(('"parent_id" TEXT', '"parent_id" TEXT UNIQUE'))
                db.execute("PRAGMA foreign_keys = ON")
                db.execute("INSERT INTO categories VALUES ('a', 'a', NULL), ('b', 'b', 'a')")
                db.execute(f"CREATE TABLE notes (parent TEXT REFERENCES categories(parent_id) ON UPDATE {action})")
                db.execute("INSERT INTO notes VALUES ('a'), (NULL)")
                message = str(self.refuses(db, RESTORE, (backup(db),), says='"notes"'))
                self.assertIn("1 row that refer", message)
                self.assertEqual(len(db.execute("SELECT * FROM strata_restore_check(?)", (backup(db),)).fetchall()), 1)
                db.execute("UPDATE notes SET parent = NULL")
                restore(db, backup(db))

    def test_a_reference_is_compared_as_sqlite_compares_it(self):
        for enforced in (0, 1):
            db = empty()
            db.execute(f"PRAGMA foreign_keys = {enforced}")
            db.execute("INSERT INTO tags VALUES ('5', 'five')")
            db.execute("CREATE TABLE notes (tag INTEGER REFERENCES tags(id) DEFERRABLE INITIALLY DEFERRED)")
            db.execute("INSERT INTO notes VALUES (5)")
            restore(db, document(tags=[{"id": "5", "name": "again"}]))
            for inside in (False, True):
                if inside:
                    db.execute("BEGIN")
                self.refuses(db, RESTORE, (document(tags=[{"id": "05", "name": "five"}]),), says='"notes"')
            db.execute("COMMIT")

    def test_a_row_that_dangles_for_sqlites_check_but_not_for_its_actions_is_not_changed(self):
        """1.5 in a REAL column refers to no '1.50'; an action, which compares the two columns, finds it all the same."""
        for action in ("ON DELETE CASCADE", "ON DELETE SET NULL", "ON DELETE SET DEFAULT", "ON DELETE RESTRICT", ""):
            with self.subTest(action=action):
                db = sample()
                db.execute(f"CREATE TABLE notes (asset REAL DEFAULT 1 REFERENCES assets(id) {action})")
                db.execute("INSERT INTO assets SELECT '1.50', name, quantity, disposed, asset_type_id, created_at, updated_at"
                           " FROM assets WHERE id = 'a_car'")
                db.execute("INSERT INTO notes VALUES (1.5)")
                db.execute("PRAGMA foreign_keys = ON")
                self.refuses(db, RESTORE, (backup(db),), says='table "notes", which is not part of a backup, has 1 row that refers to')
                self.assertEqual(db.execute("SELECT asset FROM notes").fetchall(), [(1.5,)])
                db.execute("UPDATE notes SET asset = NULL")
                restore(db, backup(db))


class Deferred(Case):
    """SQLite counts deferred violations: one that an older row takes away hides one that the document adds."""

    BAD = document(assetTypes=[{"id": "at", "code": "c", "label": "l"}],
                   assets=[{"id": "bad", "name": "b", "assetTypeId": "none"}, {"id": "wanted", "name": "w", "assetTypeId": "at"}])

    def prepared(self, declaration, before):
        reference = 'FOREIGN KEY ("asset_type_id") REFERENCES "asset_types" ("id") ON DELETE RESTRICT ON UPDATE CASCADE'
        db = changed((reference, f"{reference} {declaration}"))
        db.execute(f"CREATE TABLE notes (asset TEXT REFERENCES assets(id) {declaration})")
        db.execute("PRAGMA foreign_keys = OFF")
        db.execute("INSERT INTO notes VALUES ('wanted')")
        db.execute("PRAGMA foreign_keys = ON")
        if before:
            db.execute("BEGIN")
            db.execute("PRAGMA defer_foreign_keys = ON")
        return db

    def test_an_older_row_that_finds_its_parent_does_not_hide_a_new_one_without(self):
        for declaration in ("", "DEFERRABLE INITIALLY DEFERRED"):
            for before in (False, True):
                for mode in ("replace", "merge"):
                    with self.subTest(declaration=declaration, before=before, mode=mode):
                        db = self.prepared(declaration, before)
                        self.refuses(db, "SELECT strata_restore_json(?, ?)", (self.BAD, mode),
                                     says="$.data.assets[0].assetTypeId: there is no row in")
                        ((path,),) = db.execute("SELECT path FROM strata_restore_check(?, ?)", (self.BAD, mode)).fetchall()
                        self.assertEqual(path, "$.data.assets[0].assetTypeId")

    def test_a_row_that_was_dangling_before_may_dangle_on(self):
        db = self.prepared("", False)
        restore(db, document(tags=[{"id": "other", "name": "o"}]))
        self.assertEqual(db.execute("SELECT * FROM notes").fetchall(), [("wanted",)])


class WithinATable(Case):
    """References within a table that cannot be NULL: rows have to come in an order in which each finds its parent."""

    def test_a_check_says_what_the_restore_does_for_any_number_of_rows(self):
        for count in (1999, 2000, 5000):
            for order in ("parents first", "children first"):
                for enforced in (0, 1):
                    with self.subTest(count=count, order=order, enforced=enforced):
                        db = changed(('"parent_id" TEXT', '"parent_id" TEXT NOT NULL'))
                        db.execute("CREATE INDEX by_name ON categories (name DESC)")
                        db.execute(f"PRAGMA foreign_keys = {enforced}")
                        listed = [{"id": f"{n:05}", "name": f"{n * 7919 % 10007:05}", "parentId": f"{max(n - 1, 0):05}"}
                                  for n in range(count)]
                        if order == "children first":
                            listed.reverse()
                        text = document(categories=listed)
                        problems = db.execute("SELECT * FROM strata_restore_check(?)", (text,)).fetchall()
                        if enforced and order == "children first":
                            self.refuses(db, RESTORE, (text,), says="parentId")
                            self.assertTrue(problems)
                        else:
                            self.assertEqual(problems, [])
                            restore(db, text)
                            self.assertEqual(db.execute("SELECT id FROM categories ORDER BY rowid").fetchall(),
                                             [(row["id"],) for row in listed])


class OnTheWay(Case):
    """Constraints that the rows satisfy before a replace and after it, but not in between."""

    def test_a_wipe_that_a_constraint_stops_says_how_to_go_on(self):
        db = changed(('"parent_id" TEXT', '"parent_id" TEXT NOT NULL'))
        db.execute("INSERT INTO categories VALUES ('root', 'root', 'root'), ('leaf', 'leaf', 'root')")
        text = backup(db)
        db.execute("PRAGMA foreign_keys = ON")
        message = str(self.refuses(db, RESTORE, (text,), says='table "categories": because foreign keys are enforced, a replace must first delete its rows'))
        self.assertIn("PRAGMA foreign_keys=OFF", message)
        db.execute("PRAGMA foreign_keys = OFF")
        restore(db, text)

    def test_a_parent_that_comes_later_is_said_to(self):
        db = changed(('"parent_id" TEXT', '"parent_id" TEXT NOT NULL'))
        db.execute("PRAGMA foreign_keys = ON")
        text = document(categories=[{"id": "a", "name": "a", "parentId": "b"}, {"id": "b", "name": "b", "parentId": "b"}])
        self.refuses(db, RESTORE, (text,), says="id 'b' yet: if it comes later in the document, put it first")


class Messages(Case):
    def test_a_key_that_is_not_utf_8_is_shown_in_a_message_that_is(self):
        db = empty()
        db.execute("INSERT INTO categories VALUES (CAST(x'626164ff' AS TEXT), 'n', CAST(x'fe' AS TEXT))")
        db.execute("CREATE TABLE notes (tag TEXT REFERENCES tags(id))")
        db.execute("INSERT INTO tags VALUES (CAST(x'fd' AS TEXT), 'n')")
        db.execute("INSERT INTO notes VALUES (CAST(x'fd' AS TEXT))")
        check = "SELECT message FROM strata_restore_check(?, ?)"
        ((message,),) = db.execute(check, (document(), "merge")).fetchall()
        self.assertIn(r"row 'bad\xff' of table", message)
        self.assertIn(r"'\xfe', a value that the document does not set, and", message)
        ((message,),) = db.execute(check, (document(), "replace")).fetchall()
        self.assertIn(r"has 1 row that refers to row '\xfd' of", message)


    def test_values_that_differ_only_behind_a_zero_character(self):
        db = empty()
        db.execute("CREATE TABLE notes (tag TEXT REFERENCES tags(id))")
        db.execute("INSERT INTO tags VALUES (?, 'n')", ("a\0c",))
        db.executemany("INSERT INTO notes VALUES (?)", [("a\0b",), ("a\0c",)])  # the first has no parent before either
        self.refuses(db, RESTORE, (document(),), says='"notes", which is not part of a backup, has 1 row that refers')


class Untouched(Case):
    def test_a_key_that_is_longer_than_the_parents_refers_to_no_row(self):
        db = empty()
        db.execute("CREATE TABLE notes (tag TEXT, name TEXT, FOREIGN KEY (tag, name) REFERENCES tags)")
        db.execute("INSERT INTO tags VALUES ('same', 'same')")
        db.execute("INSERT INTO notes VALUES ('same', 'same')")
        restore(db, document())
        self.assertEqual(db.execute("SELECT * FROM notes").fetchall(), [("same", "same")])

    def test_a_table_that_nothing_refers_by_keeps_every_row(self):
        db = sample()
        db.execute("CREATE TABLE notes (tag TEXT, FOREIGN KEY (tag) REFERENCES nowhere(id) ON DELETE CASCADE)")
        db.execute("INSERT INTO notes VALUES ('x')")
        db.execute("PRAGMA foreign_keys = ON")
        restores_itself(self, db)


if __name__ == "__main__":
    unittest.main()
