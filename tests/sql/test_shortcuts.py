"""Where there is a quick way and a slow one with the same result, the quick one is taken. The statements that run show
which (sqlite3_trace)."""

import json
import sqlite3
import unittest

from calls import backup
from support import Case, document, empty, sample

INSERT = 18  # sqlite.org/c3ref/c_alter_table.html


def statements(db: sqlite3.Connection, sql: str, text: str) -> list[str]:
    """What runs on the connection during a call, parameters filled in."""
    seen: list[str] = []
    db.set_trace_callback(seen.append)
    db.execute(sql, (text,)).fetchall()
    db.set_trace_callback(None)
    return seen


class Shortcuts(Case):
    def looked_up(self, db: sqlite3.Connection, text: str) -> list[str]:
        return [sql for sql in statements(db, "SELECT * FROM strata_backup_diff(?)", text) if 'WHERE "id"=' in sql]

    def test_a_diff_reads_rows_in_their_order_and_looks_none_up(self):
        db = sample()
        self.assertEqual(self.looked_up(db, backup(db)), [])

    def test_a_diff_finds_its_way_back_into_the_order(self):
        db = empty()
        rows = [{"id": f"t{number}", "name": f"n{number}"} for number in range(300)]
        db.executemany("INSERT INTO tags (id, name) VALUES (:id, :name)", rows)
        moved = self.looked_up(db, document(tags=rows[100:] + rows[:100]))
        self.assertGreater(len(moved), 0)
        self.assertLess(len(moved), 10)

    def test_references_that_were_seen_row_by_row_are_not_checked_again(self):
        text = backup(sample())
        seen = statements(sample(), "SELECT strata_restore_json(?)", text)
        checked = [sql for sql in seen if "foreign_key_check" in sql and "categories" not in sql]  # those refer to each other
        self.assertEqual(checked, [])
        data = json.loads(text)
        data["data"]["assetTypes"], data["data"]["assets"] = [], []
        for name in ("assetSnapshots", "transactions", "categoriesOnAssets", "tagsOnAssets"):
            data["data"][name] = []
        data["data"]["tagsOnAssets"] = [{"assetId": "nowhere", "tagId": "t_long"}]
        db = sample()
        seen.clear()
        db.set_trace_callback(seen.append)
        self.assertRaises(sqlite3.IntegrityError, db.execute, "SELECT strata_restore_json(?)", (json.dumps(data),))
        self.assertTrue(any("foreign_key_check" in sql and "asset_tags" in sql for sql in seen), seen)

    def test_one_statement_inserts_all_batches(self):
        db, questions = empty(), []
        db.set_authorizer(lambda action, name, *_: questions.append(name) or sqlite3.SQLITE_OK if action == INSERT else sqlite3.SQLITE_OK)
        rows = [{"id": f"t{number}", "name": "n" * 1000 + str(number)} for number in range(10_000)]  # 10 MB
        db.execute("SELECT strata_restore_json(?)", (document(tags=rows),)).fetchall()
        db.set_authorizer(None)
        self.assertLess(questions.count("tags"), 6)


if __name__ == "__main__":
    unittest.main()
