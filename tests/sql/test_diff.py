"""strata_backup_diff(json [, schema]) lists, row by row and field by field, how a document differs
from the live rows, by value and not by spelling. 'added': only the database has the row (a
replace would delete it); 'removed': only the document has it (a replace would bring it back).
"""

from __future__ import annotations

import json
import sqlite3
import unittest

from bad_documents import BAD
from calls import changed
from disk import add_snapshots
from support import Case, TABLES, connect, document, empty, picture, sample, script

DIFF = "SELECT name, key, change, field, backup, database FROM strata_backup_diff(?)"
KEYS = {name: ("id",) for name in TABLES}
KEYS["categoriesOnAssets"] = ("assetId", "categoryId")
KEYS["tagsOnAssets"] = ("assetId", "tagId")


def backup(connection: sqlite3.Connection) -> str:
    return connection.execute("SELECT strata_backup_json()").fetchone()[0]


def key_of(name: str, row: dict) -> str:
    """The key as the diff shows it: the id, or an array of two."""
    values = [row[field] for field in KEYS[name]]
    return values[0] if len(values) == 1 else json.dumps(values, ensure_ascii=False, separators=(",", ":"))


def shown(value) -> str | None:
    """A field of a document as the diff shows it."""
    return {True: "true", False: "false", None: None}[value] if value in (True, False, None) else value


class DiffCase(Case):
    def setUp(self):
        super().setUp()
        self.database = sample()
        self.rows = json.loads(backup(self.database))["data"]

    def diff(self, text, database=None) -> list:
        return (database or self.database).execute(DIFF, (text,)).fetchall()

    def with_tables(self, **tables) -> str:
        """The backup of the sample with these tables in place of its own."""
        return document(**{**self.rows, **tables})


class Identical(DiffCase):
    def test_a_fresh_backup_has_no_difference(self):
        self.assertEqual(self.diff(backup(self.database)), [])
        self.assertEqual(self.diff(backup(self.database).encode("utf-8")), [])
        self.assertEqual(self.diff(backup(empty()), empty()), [])

    def test_a_large_one_neither(self):
        add_snapshots(self.database, 20_000)
        self.assertEqual(self.diff(backup(self.database)), [])

    def test_nor_one_of_a_utf16_database(self):
        database = connect()
        database.execute("PRAGMA encoding = 'UTF-16le'")
        script(database, "schema.sql", "sample.sql")
        database.execute("INSERT INTO tags VALUES (?, ?)", ("t_\uffee", "a")).connection.execute(
            "INSERT INTO tags VALUES (?, ?)", ("t_🏠", "b\0c"))
        self.assertEqual(self.diff(backup(database), database), [])
        database.execute("DELETE FROM tags WHERE id = 't_🏠'")
        database.execute("INSERT INTO tags VALUES ('t_🏡', 'x')")
        text = backup(sample())
        self.assertEqual([row[:3] for row in self.diff(text, database)],
                         [("tags", "t_\uffee", "added"), ("tags", "t_🏡", "added")])

    def test_nor_one_of_an_attached_database(self):
        empty(self.folder / "other.db").execute("INSERT INTO tags VALUES ('t', 'n')").connection.close()
        self.database.execute("ATTACH ? AS aux", (str(self.folder / "other.db"),))
        text = self.database.execute("SELECT strata_backup_json('aux')").fetchone()[0]
        query = "SELECT change, count(*) FROM strata_backup_diff(?, ?) GROUP BY 1"
        self.assertEqual(self.database.execute(query, (text, "aux")).fetchall(), [])
        # In a WHERE clause too; and main differs by all of its rows.
        where = "SELECT count(*) FROM strata_backup_diff(?) WHERE schema = 'aux'"
        self.assertEqual(self.database.execute(where, (text,)).fetchone(), (0,))
        live = self.database.execute("SELECT sum(rows) FROM strata_backup_counts").fetchone()[0]
        self.assertEqual(self.database.execute(query, (text, "main")).fetchall(), [("added", live), ("removed", 1)])

    def test_nor_one_in_another_order(self):
        text = json.dumps(json.loads(backup(self.database)), sort_keys=True)
        backwards = {name: list(reversed(rows)) for name, rows in reversed(list(self.rows.items()))}
        self.assertEqual(self.diff(text), [])
        self.assertEqual(self.diff(document(**backwards)), [])

    def test_another_spelling_of_a_value_is_no_difference(self):
        assets = [dict(row) for row in self.rows["assets"]]
        by_id = {row["id"]: row for row in assets}
        by_id["a_world"]["quantity"] = "120.5000"
        by_id["a_bitcoin"]["quantity"] = "3.5000001e-1"
        by_id["a_note"]["quantity"] = 1e14
        by_id["a_car"]["quantity"] = "-0.0"
        by_id["a_flat"]["createdAt"] = "2023-01-08T18:11:56.742+01:00"
        by_id["a_livret"]["createdAt"] = "2023-01-08 17:05:40.031"
        by_id["a_bond"]["updatedAt"] = "2024-12-31t18:35:50.78300z"
        snapshots = [dict(row, observedAt=row["observedAt"][:10]) for row in self.rows["portfolioSnapshots"]]
        self.assertEqual(self.diff(self.with_tables(assets=assets, portfolioSnapshots=snapshots)), [])

    def test_another_storage_of_a_cell_is_no_difference(self):
        text = backup(self.database)
        self.database.executescript(
            "UPDATE assets SET disposed = 'true' WHERE id = 'a_car'; UPDATE assets SET disposed = 'FALSE' WHERE id = 'a_flat';"
            "UPDATE assets SET created_at = '2023-01-08 17:05:40.031' WHERE id = 'a_livret';"
            "UPDATE portfolio_snapshots SET observed_at = CAST(strftime('%s', '2023-03-31') AS INTEGER) * 1000 WHERE id = 'p_1';"
            "UPDATE portfolio_snapshots SET observed_at = '2023-06-30T02:00:00+0200' WHERE id = 'p_2';"
        )
        self.assertEqual(self.database.execute("SELECT typeof(observed_at) FROM portfolio_snapshots WHERE id = 'p_1'")
                         .fetchone(), ("integer",))
        self.assertEqual(self.diff(text), [])


    def test_decimals_are_compared_as_numbers_and_other_texts_by_their_letters(self):
        db = changed(("DECIMAL(20,8)", "DECIMAL_AS_TEXT"))
        db.execute("INSERT INTO asset_types VALUES ('at', 'c', 'l', 'OTHER')")
        db.execute("INSERT INTO assets (id, name, quantity, asset_type_id, updated_at)"
                   " VALUES ('a', '1.50', '1.50', 'at', '2025-01-15T00:00:00.000+00:00')")
        text = backup(db)
        self.assertIn('"name":"1.50","quantity":"1.50"', text)
        self.assertEqual(self.diff(text.replace('"quantity":"1.50"', '"quantity":"1.5"'), db), [])
        self.assertEqual(self.diff(text.replace('"name":"1.50"', '"name":"1.5"'), db),
                         [("assets", "a", "changed", "name", "1.5", "1.50")])


class Changes(DiffCase):
    EDITS = {
        "code": "OTHER_CODE", "label": "Ünïcode \"label\"", "group": "LIABILITIES", "name": "other\nname\u0007", "parentId": "c_debt",
        "quantity": "7.00000001", "disposed": None, "assetTypeId": "at_other", "createdAt": "2001-01-01T00:00:00.000Z",
        "updatedAt": "2001-01-01T00:00:00.001Z", "assetId": "a_note", "value": "-0.01", "currency": "JPY",
        "observedAt": "1999-12-31T23:59:59.999Z", "notes": "", "type": "DISPOSE", "unitPrice": "123456789.12",
        "occurredAt": "2031-05-06T07:08:09.010Z",
    }

    def test_a_single_edit_in_each_column_is_found_exactly(self):
        edited = 0
        for name, rows in self.rows.items():
            for field in rows[0]:
                if field in KEYS[name]:
                    continue
                at = len(rows) // 2
                old = rows[at][field]
                new = (not old) if field == "disposed" else self.EDITS[field]
                self.assertNotEqual(old, new)
                changed = [dict(row) for row in rows]
                changed[at][field] = new
                with self.subTest(name=name, field=field):
                    self.assertEqual(self.diff(self.with_tables(**{name: changed})),
                                     [(name, key_of(name, rows[at]), "changed", field, shown(new), shown(old))])
                    edited += 1
        self.assertEqual(edited, 29)

    def test_null_and_a_value_differ_both_ways(self):
        rows = [dict(row) for row in self.rows["portfolioSnapshots"]]
        rows[0]["notes"], rows[1]["notes"] = "now there is one", None
        self.assertEqual(self.diff(self.with_tables(portfolioSnapshots=rows)), [
            ("portfolioSnapshots", "p_1", "changed", "notes", "now there is one", None),
            ("portfolioSnapshots", "p_2", "changed", "notes", None, "Bakery bought 🥐"),
        ])

    def test_the_word_null_is_not_null(self):
        rows = [dict(row) for row in self.rows["portfolioSnapshots"]]
        rows[0]["notes"] = "null"
        self.assertEqual(self.diff(self.with_tables(portfolioSnapshots=rows)),
                         [("portfolioSnapshots", "p_1", "changed", "notes", "null", None)])

    def test_values_with_u0000_are_shown_whole(self):
        rows = [dict(row) for row in self.rows["portfolioSnapshots"]]
        rows[1]["notes"] = "x\0y"
        self.assertEqual(self.diff(self.with_tables(portfolioSnapshots=rows)),
                         [("portfolioSnapshots", "p_2", "changed", "notes", "x\0y", "Bakery bought 🥐")])

    def test_the_least_difference_of_a_decimal_is_one(self):
        self.database.execute("UPDATE assets SET quantity = 0.1 WHERE id = 'a_flat'")
        rows = [dict(row) for row in self.rows["assets"]]
        {row["id"]: row for row in rows}["a_flat"]["quantity"] = "0.10000000000000002"
        (found,) = self.diff(self.with_tables(assets=rows))
        self.assertEqual(found, ("assets", "a_flat", "changed", "quantity", "0.10000000000000002", "0.10000000"))

    def test_a_fourth_digit_of_a_second_is_a_difference(self):
        rows = [dict(row) for row in self.rows["assets"]]
        rows[0]["createdAt"] = rows[0]["createdAt"].replace("Z", "1Z")
        (found,) = self.diff(self.with_tables(assets=rows))
        self.assertEqual(found[2:4], ("changed", "createdAt"))
        self.assertEqual(found[4], rows[0]["createdAt"])

    def test_an_absent_field_is_shown_as_null(self):
        rows = [dict(row) for row in self.rows["assets"]]
        del rows[3]["quantity"]
        old = self.rows["assets"][3]
        expected = [] if old["quantity"] is None else [("assets", old["id"], "changed", "quantity", None, old["quantity"])]
        self.assertEqual(self.diff(self.with_tables(assets=rows)), expected)

    def test_fields_and_tables_that_the_database_lacks_are_shown(self):
        rows = [dict(row) for row in self.rows["assets"]]
        rows[0]["portfolioId"] = "p1"
        rows[1]["colour"] = "red"
        rows[1]["nothing"] = None
        rows[2] = {**rows[2], "yes": True, "no": False, "more": [1]}
        text = self.with_tables(assets=rows, portfolios=[{"id": "p1"}], empty=[], odd={})
        self.assertEqual(self.diff(text), [
            ("assets", rows[0]["id"], "changed", "portfolioId", "p1", None),
            ("assets", rows[1]["id"], "changed", "colour", "red", None),
            ("assets", rows[2]["id"], "changed", "yes", "true", None),
            ("assets", rows[2]["id"], "changed", "no", "false", None),
            ("assets", rows[2]["id"], "changed", "more", "[1]", None),
            ("portfolios", None, "removed", None, "1 row(s) of a table that the database does not have", None),
            ("odd", None, "removed", None, "a value that the database does not have", None),
        ])

    def test_several_differences_come_in_the_order_of_tables_and_rows(self):
        self.database.executescript("UPDATE tags SET name = 'x' WHERE id = 't_long'; DELETE FROM asset_tags;"
                                    "UPDATE assets SET name = 'y', quantity = 2 WHERE id = 'a_bond'")
        found = self.diff(document(**self.rows))
        self.assertEqual([row[:4] for row in found], [
            ("tags", "t_long", "changed", "name"),
            ("assets", "a_bond", "changed", "name"),
            ("assets", "a_bond", "changed", "quantity"),
        ] + [("tagsOnAssets", key_of("tagsOnAssets", row), "removed", None) for row in self.rows["tagsOnAssets"]])


class Rows(DiffCase):
    def test_a_row_that_only_the_database_has_is_added_with_all_of_it(self):
        for name, rows in self.rows.items():
            for at in (0, len(rows) // 2, -1):
                row = rows[at]
                with self.subTest(name=name, row=at):
                    fewer = [other for other in rows if other is not row]
                    (found,) = self.diff(self.with_tables(**{name: fewer}))
                    self.assertEqual(found[:5], (name, key_of(name, row), "added", None, None))
                    self.assertEqual(json.loads(found[5]), row)
                    self.assertEqual(list(json.loads(found[5])), list(row))

    def test_a_row_that_only_the_document_has_is_removed_with_all_of_it(self):
        for name, rows in self.rows.items():
            more = dict(rows[0], **{field: "x_new" for field in KEYS[name]})
            with self.subTest(name=name):
                (found,) = self.diff(self.with_tables(**{name: rows[:1] + [more] + rows[1:]}))
                self.assertEqual((found[:4], found[5]), ((name, key_of(name, more), "removed", None), None))
                self.assertEqual(json.loads(found[4]), more)

    def test_a_table_that_the_document_leaves_out_is_added_whole(self):
        rows = dict(self.rows)
        del rows["transactions"]
        found = self.diff(document(**rows))
        self.assertEqual([row[:3] for row in found], [("transactions", row["id"], "added") for row in self.rows["transactions"]])

    def test_what_is_added_is_what_a_replace_destroys(self):
        self.database.execute("INSERT INTO tags VALUES ('t_new', 'mine')")
        text = document(**self.rows)
        destroyed = self.database.execute("SELECT key FROM strata_backup_diff(?) WHERE change = 'added'", (text,)).fetchall()
        self.assertEqual(destroyed, [("t_new",)])
        self.database.execute("SELECT strata_restore_json(?)", (text,)).fetchall()
        self.assertEqual(self.database.execute("SELECT count(*) FROM tags WHERE id = 't_new'").fetchone(), (0,))
        self.assertEqual(self.diff(text), [])

    def test_a_key_that_is_twice_in_the_document_hides_no_row(self):
        tags = self.rows["tags"]
        found = self.diff(self.with_tables(tags=[tags[0], tags[0], tags[1]]))
        self.assertIn(("tags", tags[2]["id"], "added"), [row[:3] for row in found])

    def test_keys_that_look_alike_are_told_apart(self):
        database = empty()
        for key in ('a","b', "a", "A", "a ", "1", "1.0", "é", "e\u0301", "a\0b"):
            database.execute("INSERT INTO tags VALUES (?, ?)", (key, "name of " + key))
        rows = json.loads(backup(database))["data"]["tags"]
        self.assertEqual(self.diff(document(tags=rows), database), [])
        for row in rows:
            found = self.diff(document(tags=[other for other in rows if other is not row]), database)
            self.assertEqual([item[:3:2] for item in found], [("tags", "added")])
            self.assertEqual(json.loads(found[0][5]), row)


class Queries(DiffCase):
    def test_a_summary_per_table(self):
        self.database.executescript("DELETE FROM asset_tags; UPDATE tags SET name = name || '!';"
                                    "INSERT INTO tags VALUES ('t_new', 'mine')")
        summary = "SELECT name, change, count(*) FROM strata_backup_diff(?) GROUP BY name, change ORDER BY 1, 2"
        self.assertEqual(self.database.execute(summary, (document(**self.rows),)).fetchall(), [
            ("tags", "added", 1), ("tags", "changed", 3), ("tagsOnAssets", "removed", len(self.rows["tagsOnAssets"]))])

    def test_twice_in_one_query_and_joined_with_live_rows(self):
        self.database.execute("INSERT INTO tags VALUES ('t_new', 'mine')")
        text = document(**self.rows)
        both = "SELECT a.key, b.key FROM strata_backup_diff(?1) AS a, strata_backup_diff(?1) AS b"
        self.assertEqual(self.database.execute(both, (text,)).fetchall(), [("t_new", "t_new")])
        joined = "SELECT t.name FROM strata_backup_diff(?) AS d JOIN tags AS t ON t.id = d.key WHERE d.name = 'tags'"
        self.assertEqual(self.database.execute(joined, (text,)).fetchall(), [("mine",)])
        column = ("WITH docs(text) AS (VALUES (?1), (?1), (?2))"
                  " SELECT (SELECT count(*) FROM strata_backup_diff(docs.text)) FROM docs")
        self.assertEqual(self.database.execute(column, (text, backup(self.database))).fetchall(), [(1,), (1,), (0,)])

    def test_two_versions_of_a_database_are_compared_through_attach(self):
        self.database.execute("ATTACH ':memory:' AS aux")
        query = "SELECT count(*) FROM strata_backup_diff(strata_backup_json('main'), 'main')"
        self.assertEqual(self.database.execute(query).fetchone(), (0,))

    def test_a_cursor_that_is_left_early_holds_nothing(self):
        path = self.folder / "main.db"
        database = sample(path)
        cursor = database.execute("SELECT * FROM strata_backup_diff(?)", (document(),))
        for _ in range(3):
            cursor.fetchone()
        cursor.close()
        limited = database.execute("SELECT key FROM strata_backup_diff(?) LIMIT 1", (document(),)).fetchall()
        self.assertEqual(limited, [("at_checking",)])
        connect(path, timeout=0).execute("INSERT INTO tags VALUES ('t_new', 'written by another')")
        database.execute("DROP TABLE asset_tags")
        database.close()

    def test_a_cursor_shows_one_moment_whatever_others_commit(self):
        path = self.folder / "main.db"
        database = sample(path)
        database.execute("PRAGMA journal_mode = WAL").fetchall()
        cursor = database.execute(DIFF, (document(),))
        first = cursor.fetchone()
        self.assertEqual(first[:3], ("assetTypes", "at_checking", "added"))
        connect(path).execute("DELETE FROM asset_tags")
        rest = cursor.fetchall()
        total = sum(len(rows) for rows in self.rows.values())
        self.assertEqual(1 + len(rest), total)

    def test_it_needs_no_sorting_and_no_whole_list(self):
        """The first difference of a large document comes at once: long before the last one could be known."""
        add_snapshots(self.database, 30_000)
        text = backup(self.database)
        self.database.execute("UPDATE asset_types SET label = 'x' WHERE id = 'at_cash'")
        steps = []
        self.database.set_progress_handler(lambda: steps.append(1), 100)
        self.database.execute("SELECT * FROM strata_backup_diff(?) LIMIT 1", (text,)).fetchall()
        first = len(steps)
        steps.clear()
        self.database.execute("SELECT * FROM strata_backup_diff(?)", (text,)).fetchall()
        self.database.set_progress_handler(None, 0)
        self.assertGreater(len(steps), 1_000)
        self.assertLess(first, len(steps) // 10)
        plan = self.database.execute("EXPLAIN QUERY PLAN SELECT * FROM strata_backup_diff('')").fetchall()
        self.assertEqual(len(plan), 1)

    def test_nothing_is_changed_and_no_transaction_is_opened(self):
        before = picture(self.database)
        self.diff(document())
        self.assertEqual(picture(self.database), before)
        self.assertFalse(self.database.in_transaction)

    def test_rows_of_the_callers_transaction_are_compared(self):
        self.database.execute("BEGIN")
        self.database.execute("INSERT INTO tags VALUES ('t_new', 'mine')")
        self.assertEqual([row[1:3] for row in self.diff(document(**self.rows))], [("t_new", "added")])
        self.database.execute("ROLLBACK")
        self.assertEqual(self.diff(document(**self.rows)), [])


class Refusals(DiffCase):
    def test_wrong_arguments(self):
        for argument, says in ((None, "NULL"), (5, "TEXT or BLOB")):
            self.refuses(self.database, DIFF, (argument,), says=says)
        self.refuses(self.database, "SELECT * FROM strata_backup_diff", says="needs a document")
        self.refuses(self.database, "SELECT * FROM strata_backup_diff(?, 'nowhere')", (document(),), says="nowhere")
        self.refuses(connect(), DIFF, (document(),), says="sql/schema.sql")

    def test_documents_that_cannot_be_read_are_errors_with_the_restores_message(self):
        compared = 0
        for bad in BAD:
            if bad.constraint or "unknown" in " ".join(bad.words):
                continue
            with self.subTest(name=bad.name):
                messages = []
                for sql in ("SELECT strata_restore_json(?)", DIFF):
                    try:
                        self.database.execute("SAVEPOINT s")
                        self.database.execute(sql, (bad.document,)).fetchall()
                        messages.append("no error")
                    except sqlite3.Error as error:
                        messages.append(str(error))
                    finally:
                        self.database.execute("ROLLBACK TO s")
                        self.database.execute("RELEASE s")
                if messages[1] == "no error":
                    # Defaults and required fields matter only for new rows, not for a comparison.
                    self.assertTrue("missing" in messages[0] or "mode" in messages[0], messages[0])
                else:
                    self.assertIn(messages[1].split(": ")[-1], messages[0])
                    compared += 1
        self.assertGreater(compared, 100)

    def test_a_live_cell_that_no_document_can_carry_differs_and_is_shown(self):
        """A restore puts it right, so looking at what a restore would do must not fail because of it."""
        text = backup(self.database)
        for value, shown in (("x'00'", "a BLOB"), ("'a lot'", "a lot"), ("9e999", "Inf"), ("CAST(x'61ff' AS TEXT)", "a\\xff")):
            with self.subTest(value=value):
                self.database.execute(f"UPDATE assets SET quantity = {value} WHERE id = 'a_car'")
                ((change, field, of_backup, of_database),) = self.database.execute(
                    "SELECT change, field, backup, database FROM strata_backup_diff(?)", (text,)).fetchall()
                self.assertEqual((change, field, of_database), ("changed", "quantity", shown))
                self.refuses(self.database, "SELECT strata_backup_json()", says='row id \'a_car\': column "quantity" holds')
        self.database.execute("SELECT strata_restore_json(?)", (text,))
        self.assertEqual(self.database.execute(DIFF, (text,)).fetchall(), [])

    def test_it_differs_even_from_a_text_that_looks_the_same(self):
        self.database.execute("UPDATE assets SET name = 'a BLOB' WHERE id = 'a_car'")
        text = backup(self.database)
        self.database.execute("UPDATE assets SET name = x'00' WHERE id = 'a_car'")
        self.assertEqual(self.database.execute("SELECT field, backup, database FROM strata_backup_diff(?)", (text,)).fetchall(),
                         [("name", "a BLOB", "a BLOB")])

    def test_a_live_key_that_no_document_can_carry_is_shown_too(self):
        text = backup(self.database)
        self.database.execute("INSERT INTO tags VALUES (x'00', 'odd')")
        self.assertEqual(self.database.execute("SELECT name, key, change, database FROM strata_backup_diff(?)", (text,)).fetchall(),
                         [("tags", "a BLOB", "added", '{"id":"a BLOB","name":"odd"}')])


if __name__ == "__main__":
    unittest.main()
