"""Backups of earlier releases restore: fields that they lack take a default, and what the app has
retired, or the caller wants to ignore, is dropped and reported."""

import datetime
import json
import sqlite3
import unittest

from calls import app, backup, changed, counts, live_counts, restore, restore_text, section, table
from support import TABLES, Case, document, empty, sample

RESTORE = "SELECT strata_restore_json(?)"

MINIMAL = """{ "schemaVersion": "1", "exportedAt": "2025-01-15T09:42:11.123Z", "data": {
  "assetTypes": [ { "id": "at_cash", "code": "CASH", "label": "Cash" } ],
  "assets": [ { "id": "a_1", "assetTypeId": "at_cash", "name": "Wallet", "quantity": "1.00000000" } ],
  "assetSnapshots": [ { "id": "s_1", "assetId": "a_1", "value": "250.00", "currency": "EUR",
                        "observedAt": "2025-01-15T00:00:00.000Z" } ],
  "portfolioSnapshots": [ { "id": "ps_1", "value": "250.00", "currency": "EUR", "observedAt": "2025-01-15T00:00:00.000Z" } ],
  "categories": [], "tags": [], "transactions": [], "categoriesOnAssets": [], "tagsOnAssets": [] } }"""
MINIMAL_RESULT = ('{"schemaVersion":"1","mode":"replace","counts":{"assetTypes":1,"categories":0,"tags":0,"assets":1,'
                  '"assetSnapshots":1,"portfolioSnapshots":1,"transactions":0,"categoriesOnAssets":0,"tagsOnAssets":0}%s}')

# Of a time when assets belonged to portfolios.
OLD = json.dumps({
    "schemaVersion": "1", "exportedAt": "2026-04-01T00:00:00.000Z",
    "data": {
        "portfolios": [{"id": "p", "name": "Mine", "anything": [1, {"a": None}]}, {"id": "q", "name": "Yours"}],
        "assetTypes": [{"id": "at", "code": "CASH", "label": "Cash"}],
        "assets": [{"id": f"a{n}", "name": "n", "assetTypeId": "at", "portfolioId": "p" if n else None}
                   for n in range(3)],
        "assetSnapshots": [{"id": "s", "assetId": "a0", "value": "1", "currency": "EUR", "observedAt": "2025-01-15"}],
        "portfolioSnapshots": [{"id": "ps", "portfolioId": "p", "value": "2.5",
                                "observedAt": "2025-01-15T00:00:00.000Z"}]}})


class Minimal(Case):
    def test_it_restores_into_sql_schema_sql(self):
        db = empty()
        self.assertEqual(restore_text(db, MINIMAL), MINIMAL_RESULT % "")
        self.assertEqual(table(db, "asset_types"), [("at_cash", "CASH", "Cash", "OTHER")])
        self.assertEqual(db.execute("SELECT id, name, quantity, disposed, asset_type_id FROM assets").fetchall(),
                         [("a_1", "Wallet", 1, 0, "at_cash")])
        self.assertEqual(db.execute("SELECT id, asset_id, value, typeof(value), currency, observed_at FROM asset_snapshots")
                         .fetchall(), [("s_1", "a_1", 250, "integer", "EUR", "2025-01-15T00:00:00.000+00:00")])
        self.assertEqual(db.execute("SELECT id, value, currency, notes, observed_at FROM portfolio_snapshots").fetchall(),
                         [("ps_1", 250, "EUR", None, "2025-01-15T00:00:00.000+00:00")])

    def test_it_restores_into_the_apps_own_schema_and_says_what_had_no_place(self):
        db = app()
        self.assertEqual(restore_text(db, MINIMAL), MINIMAL_RESULT % ',"ignored":{"assetSnapshots.currency":1}')
        self.assertEqual(table(db, "asset_types"), [("at_cash", "CASH", "Cash", "OTHER")])
        self.assertEqual(db.execute("SELECT id, asset_id, value, observed_at FROM asset_snapshots").fetchall(),
                         [("s_1", "a_1", 250, "2025-01-15T00:00:00.000+00:00")])

    def test_it_merges_as_well(self):
        for db in (empty(), app(), sample()):
            before = live_counts(db)
            result = restore(db, MINIMAL, "merge")
            self.assertEqual(result["counts"], counts(assetTypes=1, assets=1, assetSnapshots=1, portfolioSnapshots=1))
            self.assertEqual(live_counts(db)["assets"], before["assets"] + 1)
            self.assertEqual(db.execute("SELECT label FROM asset_types WHERE id = 'at_cash'").fetchone(), ("Cash",))

    def test_a_group_that_is_there_survives_a_merge_that_does_not_name_it(self):
        db = sample()
        restore(db, MINIMAL, "merge")
        self.assertEqual(db.execute("SELECT \"group\" FROM asset_types WHERE id = 'at_cash'").fetchone(),
                         ("FINANCIAL",))

    def test_its_decimals_come_back_with_their_scale(self):
        db = empty()
        restore(db, MINIMAL)
        text = backup(db)
        self.assertIn('"quantity":"1.00000000"', text)
        self.assertEqual(text.count('"value":"250.00"'), 2)


class Defaults(Case):
    def now(self):
        return datetime.datetime.now(datetime.timezone.utc)

    def test_absent_timestamps_take_one_moment_the_time_of_the_restore_in_the_stored_form(self):
        db = empty()
        before = self.now()
        restore(db, OLD)
        moments = {moment for (moment,) in db.execute(
            "SELECT created_at FROM assets UNION ALL SELECT updated_at FROM assets "
            "UNION ALL SELECT created_at FROM asset_snapshots UNION ALL SELECT created_at FROM portfolio_snapshots")}
        self.assertEqual(len(moments), 1, moments)
        (moment,) = moments
        self.assertRegex(moment, r"^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}\+00:00$")
        taken = datetime.datetime.strptime(moment[:23], "%Y-%m-%dT%H:%M:%S.%f").replace(tzinfo=datetime.timezone.utc)
        margin = datetime.timedelta(milliseconds=2)
        self.assertTrue(before - margin <= taken <= self.now() + margin, (before, taken))

    def test_the_default_may_be_written_in_other_ways(self):
        for default in ("current_timestamp", "(CURRENT_TIMESTAMP)", "(( CURRENT_TIMESTAMP))"):
            db = changed(('"name" TEXT NOT NULL\n);',
                          f'"name" TEXT NOT NULL, "since_at" DATETIME NOT NULL DEFAULT {default}\n);'))
            restore(db, section("tags", '{"id":"t","name":"n"}'))
            self.assertRegex(db.execute("SELECT since_at FROM tags").fetchone()[0],
                             r"^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}\+00:00$")

    def test_updated_at_takes_the_time_only_where_it_is_a_timestamp(self):
        db = changed(('"updated_at" DATETIME NOT NULL', '"updated_at" TEXT NOT NULL'))
        self.refuses(db, "SELECT strata_restore_json(?)", (OLD,), says="assets[0].updatedAt: the field is missing")

    def test_updated_at_takes_the_time_in_each_of_the_tables_unless_it_has_a_default(self):
        options = '{"now":"2026-01-31T00:00:00.000Z"}'
        moment = "2026-01-31T00:00:00.000+00:00"
        text = backup(sample())
        for declared, expected in (("DATETIME", moment), ("TIMESTAMP DEFAULT '2000-01-01'", "2000-01-01"), ("TEXT", None)):
            for mode in ("replace", "merge"):
                db = sample()
                for name in TABLES.values():
                    if name != "assets":
                        db.execute(f"ALTER TABLE {name} ADD COLUMN updated_at {declared}")
                db.execute("PRAGMA foreign_keys = OFF")
                for name in TABLES.values():
                    db.execute(f"DELETE FROM {name}")
                restore(db, text, mode, options)
                for name in TABLES.values():
                    if name != "assets":
                        found = db.execute(f"SELECT DISTINCT updated_at FROM {name}").fetchall()
                        self.assertEqual(found, [(expected,)], (declared, mode, name))

    def test_a_timestamp_of_another_default_takes_that(self):
        db = empty()
        db.execute("ALTER TABLE tags ADD COLUMN since_at DATETIME NOT NULL DEFAULT '2000-01-01T00:00:00.000+00:00'")
        restore(db, section("tags", '{"id":"t","name":"n"}'))
        self.assertEqual(db.execute("SELECT since_at FROM tags").fetchone(), ("2000-01-01T00:00:00.000+00:00",))

    def test_a_nullable_timestamp_without_default_takes_null(self):
        db = empty()
        db.execute("ALTER TABLE tags ADD COLUMN seen_at DATETIME")
        restore(db, section("tags", '{"id":"t","name":"n"}'))
        self.assertEqual(db.execute("SELECT seen_at FROM tags").fetchone(), (None,))

    def test_observed_at_and_occurred_at_have_no_default(self):
        for name, row, field in (
                ("assetSnapshots", '{"id":"s","assetId":"a_car","value":"1"}', "observedAt"),
                ("portfolioSnapshots", '{"id":"s","value":"1"}', "observedAt"),
                ("transactions",
                 '{"id":"s","assetId":"a_car","type":"ADJUST","unitPrice":"1","quantity":"1","currency":"EUR"}',
                 "occurredAt")):
            self.refuses(sample(), RESTORE, (section(name, row),), says=f"line 1: $.data.{name}[0].{field}: ")

    def test_other_absent_fields_take_the_default_of_their_column(self):
        for db in (empty(), app()):
            restore(db, OLD)
            self.assertEqual(db.execute("SELECT \"group\" FROM asset_types").fetchall(), [("OTHER",)])
            self.assertEqual(db.execute("SELECT DISTINCT disposed, quantity FROM assets").fetchall(), [(0, None)])
            self.assertEqual(db.execute("SELECT currency, notes FROM portfolio_snapshots").fetchall(),
                             [("EUR", None)])

    def test_null_is_no_absence(self):
        db = empty()
        db.execute("ALTER TABLE tags ADD COLUMN color TEXT DEFAULT 'red'")
        restore(db, section("tags", '{"id":"t","name":"n","color":null},{"id":"u","name":"m"}'))
        self.assertEqual(table(db, "tags"), [("t", "n", None), ("u", "m", "red")])
        self.refuses(db, RESTORE, (section("assetTypes", '{"id":"at","code":"C","label":"L","group":null}'),),
                     says="assetTypes[0].group: ")
        for field in ("disposed", "createdAt", "updatedAt"):
            raw = '{"id":"a","name":"n","assetTypeId":"at","%s":null}' % field
            self.refuses(db, RESTORE, (section("assets", raw),), says=f"assets[0].{field}: ")

    def test_every_other_required_field_has_to_be_there(self):
        optional = {"group", "parentId", "disposed", "createdAt", "updatedAt", "notes"}
        for name, rows_of_it in json.loads(backup(sample()))["data"].items():
            for field, value in rows_of_it[0].items():
                row = {key: other for key, other in rows_of_it[0].items() if key != field}
                with self.subTest(table=name, field=field):
                    text = json.dumps({"schemaVersion": "1", "data": {name: [row]}})
                    if field in optional or (name != "transactions" and field in ("quantity", "currency")):
                        continue
                    self.refuses(sample(), RESTORE, (text,), says=f"line 1: $.data.{name}[0].{field}: ")


class Retired(Case):
    def test_what_the_app_has_retired_is_dropped_without_asking_and_reported(self):
        db = app()
        result = restore(db, OLD)
        self.assertEqual(result["counts"], counts(assetTypes=1, assets=3, assetSnapshots=1, portfolioSnapshots=1))
        self.assertEqual(result["ignored"], {"portfolios": 2, "assets.portfolioId": 3,
                                             "portfolioSnapshots.portfolioId": 1,
                                             "assetSnapshots.currency": 1})
        self.assertEqual(list(result), ["schemaVersion", "mode", "counts", "ignored"])

    def test_a_database_that_has_such_a_column_gets_the_value(self):
        db = empty()
        db.execute("ALTER TABLE assets ADD COLUMN portfolio_id TEXT")
        result = restore(db, OLD)
        self.assertEqual(result["ignored"], {"portfolios": 2, "portfolioSnapshots.portfolioId": 1})
        self.assertEqual(db.execute("SELECT portfolio_id FROM assets ORDER BY id").fetchall(),
                         [(None,), ("p",), ("p",)])
        self.assertEqual(db.execute("SELECT currency FROM asset_snapshots").fetchall(), [("EUR",)])

    def test_it_is_the_same_in_a_merge(self):
        db = app()
        restore(db, OLD)
        changes = db.total_changes
        self.assertEqual(restore(db, OLD, "merge")["ignored"],
                         {"portfolios": 2, "assets.portfolioId": 3, "portfolioSnapshots.portfolioId": 1,
                          "assetSnapshots.currency": 1})
        self.assertEqual(db.total_changes, changes)

    def test_an_empty_table_of_portfolios_is_nothing_to_report(self):
        self.assertNotIn("ignored", restore(empty(), section("portfolios", "")))

    def test_a_retired_name_in_another_table_is_unknown(self):
        self.refuses(sample(), RESTORE, (section("tags", '{"id":"t","name":"n","portfolioId":"p"}'),),
                     says="$.data.tags[0].portfolioId: ")
        self.refuses(sample(), RESTORE, (section("assets",
                                                 '{"id":"t","name":"n","assetTypeId":"x","currency":"EUR"}'),),
                     says="$.data.assets[0].currency: ")
        self.refuses(sample(), RESTORE, (section("Portfolios", '{"id":"p"}'),), says="$.data.Portfolios: ")

    # Of the app's first release, v0.0.1.
    FIRST = document(
        assetTypes=[{"id": "at", "code": "CASH", "label": "Cash", "createdAt": "2025-01-15T00:00:00Z",
                     "updatedAt": None}],
        assets=[{"id": "a", "name": "n", "assetTypeId": "at", "portfolioId": "p", "createdBy": "me", "updatedBy": "you"}])

    def test_the_fields_of_the_first_release(self):
        for mode in ("replace", "merge"):
            db = app()
            self.assertEqual(restore(db, self.FIRST, mode)["ignored"],
                             {"assetTypes.createdAt": 1, "assetTypes.updatedAt": 1, "assets.portfolioId": 1,
                              "assets.createdBy": 1, "assets.updatedBy": 1})
        for name, field in (("assetTypes", "createdBy"), ("assets", "code"), ("tags", "createdAt")):
            self.refuses(sample(), RESTORE, (section(name, '{"%s":"x"}' % field),), says=f"$.data.{name}[0].{field}: ")

    def test_a_database_of_the_first_release_gets_their_values(self):
        db = app()
        db.executescript("ALTER TABLE asset_types ADD COLUMN created_at DATETIME;"
                         "ALTER TABLE asset_types ADD COLUMN updated_at DATETIME;"
                         "ALTER TABLE assets ADD COLUMN created_by TEXT; ALTER TABLE assets ADD COLUMN updated_by TEXT")
        self.assertEqual(restore(db, self.FIRST)["ignored"], {"assets.portfolioId": 1})
        self.assertEqual(db.execute("SELECT created_at, updated_at FROM asset_types").fetchall(),
                         [("2025-01-15T00:00:00.000+00:00", None)])
        self.assertEqual(db.execute("SELECT created_by, updated_by FROM assets").fetchall(), [("me", "you")])


class Unknown(Case):
    TEXT = ('{"schemaVersion":"1","comment":{"deep":[1,2]},"data":{"asssets":[{"id":"a"},{"id":"b"}],"nothing":[],'
            '"tags":[{"id":"t","name":"n","color":"red","x y":1},\n{"id":"u","name":"m","color":null}]},"zz":null}')

    def test_unknown_top_level_keys_are_ignored(self):
        result = restore_text(empty(),
                              '{"comment":"é","schemaVersion":"1","data":{},"meta":{"a":[{}]},"exportedAt":7}')
        self.assertEqual(json.loads(result), {"schemaVersion": "1", "mode": "replace", "counts": counts()})

    def test_an_unknown_table_is_an_error_that_names_it(self):
        error = self.refuses(sample(), RESTORE, (document(tags=[], asssets=[{"id": "a"}]),),
                             says="line 1: $.data.asssets: ")
        self.assertIn("assets", str(error).split("asssets", 1)[1])
        for name in ("Assets", "asset_types", "assets ", "assets\0", "portfolios\0", "", "portfolio", "é"):
            with self.subTest(name=name):
                self.refuses(sample(), RESTORE, (document(**{name: [{"id": "a"}]}),), says="line 1: $.data")

    def test_an_unknown_table_without_rows_is_no_error_and_nothing_to_report(self):
        self.assertNotIn("ignored", restore(empty(), document(asssets=[], tags=[])))

    def test_an_unknown_field_is_an_error_that_names_it(self):
        for field in ("color", "Name", "NAME", "name ", "name\0", "asset_type_id", "é", ""):
            text = document(tags=[{"id": "t", "name": "n"}, {"id": "u", "name": "m", field: None}])
            with self.subTest(field=field):
                self.refuses(sample(), RESTORE, (text,), says="line 1: $.data.tags[1]")
        self.refuses(sample(), RESTORE, (document(tags=[{"id": "t", "name": "n", "color": 1}]),),
                     says="$.data.tags[0].color: ")

    def test_the_errors_name_the_option_that_drops_them(self):
        for text in (document(asssets=[{}]), document(tags=[{"id": "t", "name": "n", "color": 1}])):
            self.refuses(sample(), RESTORE, (text,), says='{"unknown":"ignore"}')

    def test_the_option_drops_them_and_reports_how_many_rows_had_them(self):
        for mode in ("replace", "merge"):
            db = empty()
            result = restore(db, self.TEXT, mode, '{"unknown":"ignore"}')
            self.assertEqual(result["ignored"], {"asssets": 2, "tags.color": 2, "tags.x y": 1})
            self.assertEqual(result["counts"], counts(tags=2))
            self.assertEqual(table(db, "tags"), [("t", "n"), ("u", "m")])

    def test_a_table_that_is_no_array_counts_as_one_row_and_a_long_name_is_whole(self):
        name = "n" * 200
        text = ('{"schemaVersion":"1","data":{"odd":{"a":1},"tags":[{"id":"t","name":"n","%s":1}]}}' % name)
        result = restore(empty(), text, None, '{"unknown":"ignore"}')
        self.assertEqual(result["ignored"], {"odd": 1, "tags." + name: 1})
        if hasattr(sqlite3.Connection, "setlimit"):
            db, text = sample(), '{"schemaVersion":"1","data":{"%s":{}}}' % ("n" * 1000)
            db.setlimit(sqlite3.SQLITE_LIMIT_LENGTH, 1100)
            self.refuses(db, "SELECT strata_restore_json(?, NULL, '{\"unknown\":\"ignore\"}')", (text,),
                         says="the result of the restore is longer than a value may be")

    def test_names_that_need_it_are_escaped_in_the_report(self):
        result = restore(empty(), section("tags", '{"id":"t","name":"n","a\\"\\n\\u0000b":1}'), None,
                         '{"unknown":"ignore"}')
        self.assertEqual(result["ignored"], {'tags.a"\n\0b': 1})

    def test_the_option_does_not_make_bad_values_good(self):
        text = section("tags", '{"id":"t","name":7,"color":1}')
        self.refuses(sample(), "SELECT strata_restore_json(?, NULL, '{\"unknown\":\"ignore\"}')", (text,),
                     says="tags[0].name: ")

    def test_what_is_ignored_has_to_be_valid_json_all_the_same(self):
        for rest in ('[{"a":01}]', '[{"a":"\\ud800"}]', "[{]", '[{"a":tru}]'):
            text = '{"schemaVersion":"1","data":{"asssets":%s}}' % rest
            self.refuses(sample(), "SELECT strata_restore_json(?, NULL, '{\"unknown\":\"ignore\"}')", (text,),
                         says="malformed JSON")


if __name__ == "__main__":
    unittest.main()
