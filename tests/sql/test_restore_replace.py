"""A restore in mode 'replace': afterwards the database has exactly what the document has, whatever
the order of its members and of its categories."""

import json
import random
import unittest

from calls import COUNTS, backup, counts, live_counts, restore, restore_text, rows, section, table
from support import Case, connect, document, empty, picture, sample, without_moment

RESTORE = "SELECT strata_restore_json(?)"


def shuffled(value, random_order):
    """The same JSON with the members of every object in another order."""
    if isinstance(value, dict):
        keys = list(value)
        random_order.shuffle(keys)
        return {key: shuffled(value[key], random_order) for key in keys}
    if isinstance(value, list):
        items = [shuffled(item, random_order) for item in value]
        random_order.shuffle(items)
        return items
    return value


class Replace(Case):
    def test_the_result_names_version_mode_and_the_rows_of_the_document(self):
        text = backup(sample())
        self.assertEqual(
            restore_text(empty(), text),
            '{"schemaVersion":"1","mode":"replace","counts":{"assetTypes":13,"categories":5,"tags":3,"assets":12,'
            '"assetSnapshots":47,"portfolioSnapshots":8,"transactions":6,"categoriesOnAssets":9,"tagsOnAssets":4}}')

    def test_all_rows_that_were_there_are_gone(self):
        db = sample()
        restore(db, section("tags", '{"id":"t","name":"n"}'))
        self.assertEqual(live_counts(db), counts(tags=1))
        self.assertEqual(table(db, "tags"), [("t", "n")])

    def test_a_missing_table_counts_as_empty(self):
        for text in ('{"schemaVersion":"1","data":{}}', document(), document(tags=[])):
            db = sample()
            self.assertEqual(restore(db, text)["counts"], COUNTS)
            self.assertEqual(live_counts(db), COUNTS)

    def test_the_database_is_cell_for_cell_what_it_was_when_it_was_backed_up(self):
        db = sample()
        before, text = picture(db), backup(db)
        db.execute("UPDATE assets SET name = 'x', quantity = 7")
        db.execute("DELETE FROM asset_tags")
        db.execute("INSERT INTO tags VALUES ('new', 'new')")
        restore(db, text)
        self.assertEqual(picture(db), before)

    def test_it_is_the_same_with_foreign_keys_enforced(self):
        db = sample()
        db.execute("PRAGMA foreign_keys = ON")
        before, text = picture(db), backup(db)
        restore(db, text)
        self.assertEqual(picture(db), before)
        restore(db, document())
        restore(db, text)
        self.assertEqual(picture(db), before)

    def test_keys_that_are_the_same_but_belong_to_other_rows_are_no_conflict(self):
        db = empty()
        restore(db, section("tags", '{"id":"a","name":"one"},{"id":"b","name":"two"}'))
        restore(db, section("tags", '{"id":"a","name":"two"},{"id":"b","name":"one"}'))
        self.assertEqual(table(db, "tags"), [("a", "two"), ("b", "one")])

    def test_a_blob_and_a_text_are_the_same_document(self):
        text = backup(sample())
        for form in (text.encode(), "\ufeff" + text, b"\xef\xbb\xbf" + text.encode()):
            db = empty()
            restore(db, form)
            self.assertEqual(without_moment(backup(db)), without_moment(text))

    def test_it_returns_a_value_of_type_text(self):
        self.assertEqual(empty().execute("SELECT typeof(strata_restore_json(?))", (document(),)).fetchone(),
                         ("text",))

    def test_in_autocommit_it_is_committed(self):
        path = self.folder / "a.db"
        db = empty(path)
        restore(db, section("tags", '{"id":"t","name":"n"}'))
        self.assertFalse(db.in_transaction)
        db.close()
        self.assertEqual(table(connect(path), "tags"), [("t", "n")])

    def test_inside_a_transaction_the_caller_decides(self):
        db = sample()
        before = picture(db)
        db.execute("BEGIN")
        restore(db, document())
        self.assertTrue(db.in_transaction)
        self.assertEqual(live_counts(db), COUNTS)
        db.execute("ROLLBACK")
        self.assertEqual(picture(db), before)
        db.execute("BEGIN")
        restore(db, document())
        db.execute("COMMIT")
        self.assertEqual(live_counts(db), COUNTS)

    def test_a_savepoint_of_the_callers_may_have_any_name(self):
        for name in ("strata_restore", "strata", "mine"):
            db = sample()
            before = picture(db)
            db.execute(f"SAVEPOINT {name}")
            db.execute("DELETE FROM asset_tags")
            restore(db, document())
            self.refuses(db, RESTORE, ("[]",), says="line 1")
            self.assertTrue(db.in_transaction)
            db.execute(f"ROLLBACK TO {name}")
            db.execute(f"RELEASE {name}")
            self.assertFalse(db.in_transaction)
            self.assertEqual(picture(db), before)

    def test_last_insert_rowid_is_left_as_it_was(self):
        db = sample()
        db.execute("CREATE TABLE log (x)")
        db.execute("INSERT INTO log (rowid, x) VALUES (4711, 'x')")
        restore(db, backup(db))
        self.assertEqual(db.execute("SELECT last_insert_rowid()").fetchone(), (4711,))


class AnyOrder(Case):
    def test_members_come_in_any_order_at_every_level(self):
        text = backup(sample())
        for seed in range(12):
            with self.subTest(seed=seed):
                db = sample() if seed % 2 else empty()
                db.execute(f"PRAGMA foreign_keys = {seed % 3 == 0}")
                given = shuffled(json.loads(text), random.Random(seed))
                restore(db, json.dumps(given, indent=seed % 4 or None))
                self.assertEqual(json.loads(backup(db))["data"], given["data"])

    def test_keys_sorted_as_jq_sorts_them_restore(self):
        text = backup(sample())
        db = empty()
        restore(db, json.dumps(json.loads(text), sort_keys=True, indent=2))
        self.assertEqual(without_moment(backup(db)), without_moment(text))

    def test_the_version_may_come_after_the_data(self):
        db = empty()
        restore(db, '{"data":{"tags":[{"name":"n","id":"t"}]},"exportedAt":null,"schemaVersion":"1"}')
        self.assertEqual(table(db, "tags"), [("t", "n")])

    def test_white_space_of_every_kind_is_allowed_between_tokens(self):
        db = empty()
        restore(db,
                '\r\n\t {\t"schemaVersion"\n:\r"1" ,"data" : { "tags" : [ { "id" : "t" , "name" : "n" } ] } }\r\n\t ')
        self.assertEqual(table(db, "tags"), [("t", "n")])

    def test_names_may_be_written_with_escapes(self):
        db = empty()
        restore(db,
                '{"\\u0073chemaVersion":"\\u0031","d\\u0061ta":{"t\\u0061gs":[{"i\\u0064":"t","\\u006eame":"n"}]}}')
        self.assertEqual(table(db, "tags"), [("t", "n")])


class Categories(Case):
    def categories(self, pairs, enforced):
        db = empty()
        db.execute(f"PRAGMA foreign_keys = {enforced}")
        wanted = [{"id": key, "name": key, "parentId": parent} for key, parent in pairs]
        self.assertEqual(restore(db, document(categories=wanted))["counts"], counts(categories=len(pairs)))
        self.assertEqual(table(db, "categories"), sorted((key, key, parent) for key, parent in pairs))
        again = [json.loads(row) for row in rows(backup(db), "categories")]
        self.assertEqual(again, wanted)

    def test_grandchildren_may_come_before_children_and_these_before_parents(self):
        for enforced in (0, 1):
            self.categories([("g", "c"), ("c", "p"), ("p", None)], enforced)
            self.categories([("c", "p"), ("g", "c"), ("p", None)], enforced)

    def test_a_category_may_be_its_own_parent(self):
        for enforced in (0, 1):
            self.categories([("a", "a")], enforced)

    def test_a_cycle_is_kept_as_it_is(self):
        for enforced in (0, 1):
            self.categories([("a", "b"), ("b", "c"), ("c", "a")], enforced)

    def test_a_chain_of_ten_thousand_in_any_order_is_kept(self):
        pairs = [(f"{i:05}", f"{i - 1:05}" if i else None) for i in range(10_000)]
        for enforced in (0, 1):
            self.categories(list(reversed(pairs)), enforced)
            random.Random(1).shuffle(pairs)
            self.categories(list(pairs), enforced)

    def test_replacing_what_has_cycles_works_too(self):
        for enforced in (0, 1):
            db = empty()
            db.execute(f"PRAGMA foreign_keys = {enforced}")
            cycle = '{"id":"a","name":"a","parentId":"b"},{"id":"b","name":"b","parentId":"a"}'
            restore(db, section("categories", cycle))
            restore(db, section("categories", cycle))
            restore(db, document())
            self.assertEqual(live_counts(db), COUNTS)

    def test_a_parent_may_be_absent_in_some_rows_and_null_in_others(self):
        db = empty()
        restore(db, section("categories", '{"id":"a","name":"a"},{"id":"b","name":"b","parentId":null},'
                                          '{"id":"c","name":"c","parentId":"a"}'))
        self.assertEqual(table(db, "categories"), [("a", "a", None), ("b", "b", None), ("c", "c", "a")])


class Mode(Case):
    TEXT = '{"schemaVersion":"1",%s"data":{"tags":[{"id":"t","name":"n"}]}}'

    def mode(self, in_document, *argument):
        """How a document is restored into a database with one other tag: its mode, checked by what is left."""
        db = empty()
        db.execute("INSERT INTO tags VALUES ('other', 'other')")
        result = restore(db, self.TEXT % in_document, *argument)
        left = [key for key, _ in table(db, "tags")]
        self.assertEqual(left, {"replace": ["t"], "merge": ["other", "t"]}[result["mode"]])
        self.assertEqual(result["counts"], counts(tags=1))
        return result["mode"]

    def test_it_is_replace_where_nobody_says_otherwise(self):
        self.assertEqual(self.mode(""), "replace")
        self.assertEqual(self.mode("", None), "replace")
        self.assertEqual(self.mode('"mode":null,', None), "replace")

    def test_the_document_may_say_it(self):
        self.assertEqual(self.mode('"mode":"merge",'), "merge")
        self.assertEqual(self.mode('"mode":"merge",', None), "merge")
        self.assertEqual(self.mode('"mode":"replace",', None), "replace")

    def test_the_document_may_say_it_last(self):
        db = sample()
        before = picture(db)
        self.assertEqual(restore(db, '{"data":{},"schemaVersion":"1","mode":"merge"}')["mode"], "merge")
        self.assertEqual(picture(db), before)

    def test_the_argument_wins_over_the_document(self):
        self.assertEqual(self.mode('"mode":"merge",', "replace"), "replace")
        self.assertEqual(self.mode('"mode":"replace",', "merge"), "merge")

    def test_the_argument_wins_over_a_mode_of_the_document_that_is_none(self):
        self.assertEqual(self.mode('"mode":"nonsense",', "merge"), "merge")

    def test_a_mode_that_is_neither_is_an_error_that_names_both(self):
        for mode in ("", "Replace", "MERGE", "replace ", "upsert", "merge\0", 1, b"merge "):
            with self.subTest(mode=mode):
                message = str(self.refuses(sample(), "SELECT strata_restore_json(?, ?)", (document(), mode),
                                           says="mode"))
                self.assertIn("'replace' or 'merge'", message)
        self.refuses(sample(), "SELECT strata_restore_json(?)", (document().replace("{", '{"mode":"merge","mode":"merge",', 1),),
                     says="$.mode: this key appears twice")
        self.refuses(sample(), "SELECT strata_restore_json(?, ?)", (document(), '{"schema":"main"}'),
                     says="options are the argument after the mode")

    def test_a_mode_of_the_document_that_is_neither_is_an_error_with_its_place(self):
        for mode in ('"upsert"', '""', '"Merge"', "1", "true", "{}", '["merge"]'):
            with self.subTest(mode=mode):
                text = '{"schemaVersion":"1",\n"mode":%s,"data":{}}' % mode
                message = str(self.refuses(sample(), RESTORE, (text,), says="line 2: $.mode: "))
                self.assertIn("merge", message)

    def test_a_long_mode_is_cut_between_characters(self):
        for length in range(56, 64):
            self.refuses(sample(), "SELECT strata_restore_json(?, ?)", (document(), "x" * length + "é𝒳" * 9),
                         says="mode")


class Options(Case):
    def test_null_is_no_options(self):
        db = empty()
        self.assertEqual(restore(db, document(), None, None)["counts"], COUNTS)
        self.assertEqual(restore(db, document(), None, "{}")["counts"], COUNTS)
        self.assertEqual(restore(db, document(), None, '{"schema":"main","unknown":"error"}')["counts"], COUNTS)
        self.assertEqual(restore(db, document(), None, b' {"unknown" : "ignore"} ')["counts"], COUNTS)
        self.assertEqual(restore(db, document(), None, '\ufeff {"unknown":"ignore"}')["counts"], COUNTS)

    def test_what_is_no_option_is_an_error_that_says_what_there_is(self):
        db = sample()
        for options, word in (('{"shema":"main"}', "shema"), ('{"unknown":"drop"}', '"ignore"'),
                              ('{"unknown":true}', '"ignore"'), ('{"unknown":"ignora"}', '"ignore"'),
                              ('{"schema":1}', "schema"), ('{"schema":null}', "schema"), ("[]", "object"),
                              ('"aux"', "object"),
                              ("", "object"), ("{", "object"), ("{} {}", "object"), ("{'schema':'main'}", "object"),
                              (7, "options"),
                              ('{"schema":"main","schema":"main"}', "twice"), ('{"Schema":"main"}', "Schema"),
                              ('{"schema":""}', '""'), ('{"schema\\u0000":"main"}', "schema")):
            with self.subTest(options=options):
                self.refuses(db, "SELECT strata_restore_json(?, NULL, ?)", (document(), options), says=word)

    def test_the_moment_of_a_restore_can_be_given(self):
        text = document(assetTypes=[{"id": "t", "code": "T", "label": "T"}],
                        assets=[{"id": "a", "name": "A", "assetTypeId": "t"}])
        for given, stored in (("2026-01-31T00:00:00.000Z", "2026-01-31T00:00:00.000+00:00"),
                              ("2026-01-31T01:30:00+02:00", "2026-01-30T23:30:00.000+00:00"),
                              ("2026-01-31", "2026-01-31T00:00:00.000+00:00"),
                              ("2026-01-31T00:00:00." + "1" * 80 + "Z", "2026-01-31T00:00:00." + "1" * 80 + "+00:00")):
            with self.subTest(given=given):
                db = empty()
                restore(db, text, None, json.dumps({"now": given}))
                self.assertEqual(db.execute("SELECT created_at, updated_at FROM assets").fetchall(), [(stored, stored)])
                restore(db, text.replace('"a"', '"b"'), "merge", json.dumps({"now": given}))
                self.assertEqual(db.execute("SELECT DISTINCT created_at, updated_at FROM assets").fetchall(),
                                 [(stored, stored)])


if __name__ == "__main__":
    unittest.main()
