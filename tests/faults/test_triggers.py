"""What the schema does while a restore writes: triggers that roll back, abort, fail or
ignore, constraints that roll back, and triggers that change rows behind the restore's
back. Triggers of the database and of the connection (TEMP), in autocommit and inside a
transaction of the caller's.

The database has the old content or the new, no statement stays open, no setting changes,
and the caller's transaction stays open unless the schema itself said ROLLBACK.
"""

from __future__ import annotations

import sqlite3
import unittest

from support import Case, document, picture, sample

SETTINGS = ("foreign_keys", "defer_foreign_keys", "cache_size", "recursive_triggers", "synchronous", "query_only")


def settings(connection: sqlite3.Connection) -> list:
    values = [connection.execute(f"PRAGMA {name}").fetchone() for name in SETTINGS]
    return values + [connection.execute("SELECT last_insert_rowid()").fetchone()]


class Triggers(Case):
    TAGS = document(tags=[{"id": "t_long", "name": "other"}, {"id": "new", "name": "new"}])

    def in_both_states(self, prepare, mode: str = "replace", **expected) -> None:
        """The attempt outside of a transaction, and inside one that has written."""
        for inside in False, True:
            with self.subTest(inside=inside):
                connection = sample()
                prepare(connection)
                self.attempt(connection, inside, mode, **expected)
                connection.close()

    def attempt(self, connection: sqlite3.Connection, inside: bool, mode: str = "replace", *, rolls_back: bool = False,
                says: str = "") -> None:
        """A restore fails with what the trigger says, and every row is as it was."""
        base = picture(connection)
        if inside:
            connection.execute("BEGIN")
            connection.execute("INSERT INTO portfolio_snapshots SELECT 'mine', 1, 'EUR', NULL, '1999-01-01T00:00:00.000+00:00', '1999'")
        before, were = picture(connection), settings(connection)
        with self.assertRaises(sqlite3.Error) as caught:
            connection.execute("SELECT strata_restore_json(?, ?)", (self.TAGS, mode)).fetchall()
        self.assertIn(says, str(caught.exception))
        self.assertEqual(connection.in_transaction, inside and not rolls_back)
        self.assertEqual(picture(connection), base if rolls_back else before)
        self.assertEqual(settings(connection), were)
        self.assertEqual(connection.execute("PRAGMA integrity_check").fetchone(), ("ok",))
        if connection.in_transaction:
            connection.execute("COMMIT")
            self.assertEqual(picture(connection), before)

    def raising(self, kind: str, event: str, mode: str, **expected) -> None:
        argument = "" if kind == "IGNORE" else ", 'said the trigger'"
        for temp in "", "TEMP":
            with self.subTest(temp=temp):
                self.in_both_states(lambda connection: connection.execute(
                    f"CREATE {temp} TRIGGER t BEFORE {event} ON tags BEGIN SELECT RAISE({kind}{argument}); END"), mode, **expected)

    def test_a_trigger_that_aborts_an_insert(self):
        self.raising("ABORT", "INSERT", "replace", says="said the trigger")

    def test_a_trigger_that_aborts_a_delete(self):
        self.raising("ABORT", "DELETE", "replace", says="said the trigger")

    def test_a_trigger_that_aborts_an_update(self):
        self.raising("ABORT", "UPDATE", "merge", says="said the trigger")

    def test_a_trigger_that_fails(self):
        self.raising("FAIL", "INSERT", "replace", says="said the trigger")

    def test_a_trigger_that_fails_while_merging(self):
        self.raising("FAIL", "UPDATE", "merge", says="said the trigger")

    def test_a_trigger_that_rolls_back_an_insert(self):
        self.raising("ROLLBACK", "INSERT", "replace", rolls_back=True, says="said the trigger")

    def test_a_trigger_that_rolls_back_a_delete(self):
        self.raising("ROLLBACK", "DELETE", "replace", rolls_back=True, says="said the trigger")

    def test_a_trigger_that_rolls_back_an_update(self):
        self.raising("ROLLBACK", "UPDATE", "merge", rolls_back=True, says="said the trigger")

    def test_a_trigger_that_drops_inserts(self):
        self.raising("IGNORE", "INSERT", "replace", says="trigger")

    def test_a_trigger_that_drops_deletes(self):
        self.raising("IGNORE", "DELETE", "replace", says="trigger")

    def test_a_trigger_that_drops_inserts_of_a_merge(self):
        self.raising("IGNORE", "INSERT", "merge", says="trigger")

    def test_a_trigger_that_drops_updates_of_a_merge(self):
        self.raising("IGNORE", "UPDATE", "merge", says="trigger")

    def test_a_trigger_that_deletes_what_is_inserted(self):
        self.in_both_states(lambda connection: connection.execute(
            "CREATE TRIGGER t AFTER INSERT ON tags BEGIN DELETE FROM tags WHERE id = new.id; END"), says="trigger")

    def test_a_trigger_that_adds_rows(self):
        self.in_both_states(lambda connection: connection.execute(
            "CREATE TRIGGER t AFTER INSERT ON tags WHEN new.id = 'new' BEGIN INSERT INTO tags VALUES('more', 'more'); END"),
            says="trigger")

    def test_a_trigger_that_empties_another_table(self):
        def prepare(connection):
            connection.execute("CREATE TRIGGER t AFTER INSERT ON asset_tags BEGIN DELETE FROM assets; END")
            self.TAGS = connection.execute("SELECT strata_backup_json()").fetchone()[0]

        self.in_both_states(prepare)

    def test_constraints_that_say_rollback_roll_nothing_of_the_callers_back(self):
        """OR ABORT in the statements has the last word."""
        self.TAGS = document(tags=[{"id": "a", "name": "x"}, {"id": "b", "name": "x"}])
        for kind in "ROLLBACK", "FAIL", "REPLACE", "IGNORE":
            with self.subTest(kind):
                self.in_both_states(lambda connection: connection.executescript(
                    "DROP TABLE asset_tags; DROP TABLE tags;"
                    f"CREATE TABLE tags(id TEXT NOT NULL PRIMARY KEY ON CONFLICT {kind},"
                    f" name TEXT NOT NULL ON CONFLICT {kind} UNIQUE ON CONFLICT {kind} CHECK(name <> 'bad'));"
                    "CREATE TABLE asset_tags(asset_id TEXT NOT NULL, tag_id TEXT NOT NULL, PRIMARY KEY(asset_id, tag_id));"
                    "INSERT INTO tags VALUES('old', 'old')"), says="UNIQUE constraint failed: tags.name")

    def test_triggers_of_the_database_do_not_reach_the_extension(self):
        for call in "strata_backup_json()", "strata_restore_json('{}')":
            with self.subTest(call):
                self.in_both_states(lambda connection: connection.execute(
                    f"CREATE TRIGGER t AFTER INSERT ON tags BEGIN SELECT {call}; END"), says="unsafe use of strata")

    def test_a_temp_trigger_that_restores_is_refused(self):
        """DIRECTONLY does not cover what the connection itself has made."""
        def prepare(connection):
            connection.create_function("text", 0, lambda: self.TAGS)
            connection.execute("CREATE TEMP TRIGGER t AFTER INSERT ON tags BEGIN SELECT strata_restore_json(text()); END")

        self.in_both_states(prepare)

    def test_a_user_function_that_restores_within_a_restore_is_refused(self):
        calls = []

        def prepare(connection):
            def again(_):
                calls.append(1)
                connection.execute("SELECT strata_restore_json(?)", (self.TAGS,)).fetchall()

            connection.create_function("again", 1, again)
            connection.execute("CREATE TEMP TRIGGER t BEFORE INSERT ON tags BEGIN SELECT again(new.id); END")

        self.in_both_states(prepare)
        self.assertEqual(len(calls), 2, "once in each state, and not round and round")

    def test_an_auditing_trigger_is_no_obstacle(self):
        connection = sample()
        connection.executescript("CREATE TABLE audit(what);"
                                 "CREATE TRIGGER gone AFTER DELETE ON tags BEGIN INSERT INTO audit VALUES('-' || old.id); END;"
                                 "CREATE TRIGGER come AFTER INSERT ON tags BEGIN INSERT INTO audit VALUES('+' || new.id); END;")
        tags = connection.execute("SELECT count(*) FROM tags").fetchone()[0]
        connection.execute("SELECT strata_restore_json(?)", (self.TAGS,)).fetchall()
        self.assertEqual(connection.execute("SELECT count(*) FROM audit").fetchone()[0], tags + 2)
        self.assertEqual(connection.execute("SELECT count(*) FROM tags").fetchone()[0], 2)


class OtherTables(Case):
    """A trigger on one table that writes to another, which has none of its own."""

    def test_rows_that_a_trigger_of_another_table_removes_are_missed(self):
        text = document(categories=[{"id": "c", "name": "c", "parentId": None}], tags=[{"id": "t", "name": "t"}])
        for temp in ("", "TEMP "):
            connection = sample()
            connection.execute(f"CREATE {temp}TRIGGER greedy AFTER INSERT ON main.tags BEGIN DELETE FROM categories; END")
            self.refuses(connection, "SELECT strata_restore_json(?)", (text,), says='table "categories" would have 0 rows')
            ((message,),) = connection.execute("SELECT message FROM strata_restore_check(?)", (text,)).fetchall()
            self.assertIn('table "categories" would have 0 rows', message)

    def test_so_they_are_in_a_merge(self):
        text = document(assetTypes=[{"id": "a", "code": "c", "label": "l"}], tags=[{"id": "t", "name": "t"}])
        for action in ("DELETE FROM asset_types WHERE id = 'a'", "INSERT INTO categories VALUES ('new', 'new', NULL)"):
            connection = sample()
            connection.execute(f"CREATE TRIGGER greedy AFTER INSERT ON tags BEGIN {action}; END")
            self.refuses(connection, "SELECT strata_restore_json(?, 'merge')", (text,), says="a trigger, or a function called in a CHECK")
            connection.execute("DROP TRIGGER greedy")
            connection.execute("CREATE TRIGGER harmless AFTER INSERT ON tags BEGIN UPDATE categories SET name = name; END")
            connection.execute("SELECT strata_restore_json(?, 'merge')", (text,)).fetchall()
            connection.execute("SELECT strata_restore_json(?, 'merge')", (text,)).fetchall()


if __name__ == "__main__":
    unittest.main()
