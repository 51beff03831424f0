"""A large restore enlarges the page cache and sets it back, however the restore ends; a size that the host has chosen
stays."""

import json
import sqlite3
import unittest

from disk import in_child
from support import Case, document, empty

DEFAULT, LARGER = -2000, -8000
ROWS = 10000  # from this many rows of a document on
TAGS = [{"id": f"t{i}", "name": f"tag {i}"} for i in range(ROWS)]
LARGE = document(tags=TAGS)
SMALL = document(tags=TAGS[1:])
WRONG = document(tags=TAGS[:-1] + [{"id": "last", "name": "tag 0"}])
RESTORE = "SELECT strata_restore_json(?, 'replace', ?)"
PRAGMA_ACTION = sqlite3.SQLITE_PRAGMA


class PageCache(Case):
    def setUp(self) -> None:
        super().setUp()
        self.seen: set[int] = set()
        self.stop = False
        self.db = empty(self.folder / "a.db")
        empty(self.folder / "b.db").close()
        self.db.execute("ATTACH ? AS other", (str(self.folder / "b.db"),))
        for schema in ("main", "other"):  # as it is unless SQLite was compiled with another default
            self.db.execute(f"PRAGMA {schema}.cache_size = {DEFAULT}")
        self.db.create_function("watch", 3, self.watch)

    def size(self, schema: str = "main") -> int:
        return self.db.execute(f"PRAGMA {schema}.cache_size").fetchone()[0]

    def watch(self, _phase: str, _done: int, _total: int) -> bool:
        self.seen.add((self.size("main"), self.size("other")))
        if self.stop == "interrupt":
            self.db.interrupt()
        return self.stop is True

    def restore(self, text: str, schema: str = "main") -> None:
        self.seen.clear()
        self.db.execute(RESTORE, (text, json.dumps({"schema": schema, "progress": "watch"}))).fetchall()

    def fails(self, text: str, says: str) -> None:
        self.seen.clear()
        with self.assertRaises(sqlite3.Error) as caught:
            self.restore(text)
        self.assertIn(says, str(caught.exception))
        self.assertIn((LARGER, DEFAULT), self.seen)
        self.assertEqual((self.size(), self.size("other")), (DEFAULT, DEFAULT))
        self.assertEqual(self.db.execute("SELECT count(*) FROM tags").fetchone(), (0,))

    def test_it_is_larger_during_a_large_restore_and_as_it_was_afterwards(self):
        for schema, during in (("main", (LARGER, DEFAULT)), ("other", (DEFAULT, LARGER))):
            self.restore(LARGE, schema)
            self.assertEqual(self.seen, {during})
            self.assertEqual((self.size(), self.size("other")), (DEFAULT, DEFAULT))
            self.assertEqual(self.db.execute(f"SELECT count(*) FROM {schema}.tags").fetchone(), (ROWS,))

    def test_in_a_transaction_of_the_callers_it_stays(self):
        """It may have changed the schema, and after an interrupt SQLite could not read that anew to set the size back."""
        for stop in (False, "interrupt"):
            self.stop = stop
            self.db.execute("BEGIN")
            self.db.execute("CREATE TEMP TABLE mine (x)")
            if stop:
                self.assertRaises(sqlite3.OperationalError, self.restore, LARGE)
            else:
                self.restore(LARGE)
            self.assertEqual(self.seen, {(DEFAULT, DEFAULT)})
            self.assertEqual((self.size(), self.size("other")), (DEFAULT, DEFAULT))
            if self.db.in_transaction:
                self.db.execute("ROLLBACK")

    def test_a_small_restore_leaves_it(self):
        self.restore(SMALL)
        self.assertEqual(self.seen, {(DEFAULT, DEFAULT)})

    def test_a_size_that_the_host_has_chosen_stays(self):
        for size in (-1999, -2001, 500, 0, -64000):
            self.db.execute(f"PRAGMA cache_size = {size}")
            self.restore(LARGE)
            self.assertEqual(self.seen, {(size, DEFAULT)})
            self.assertEqual(self.size(), size)

    def test_a_host_that_limits_the_heap_keeps_its_page_cache(self):
        def run(limit: str) -> set[tuple[int, int]]:
            self.db.execute(f"PRAGMA {limit} = 1000000000")  # of the process, and the hard one cannot be raised again
            self.restore(LARGE)
            return self.seen

        for limit in ("soft_heap_limit", "hard_heap_limit"):
            self.assertEqual(in_child(lambda limit=limit: run(limit)), {(DEFAULT, DEFAULT)}, limit)

    def test_it_is_set_back_after_an_error(self):
        self.fails(WRONG, "another row already has name 'tag 0'")

    def test_it_is_set_back_after_the_hosts_progress_function_has_stopped_the_restore(self):
        self.stop = True
        self.fails(LARGE, "stopped by the progress function")

    def test_it_is_set_back_after_an_interrupt(self):
        self.stop = "interrupt"
        self.fails(LARGE, "interrupted")

    def test_it_is_set_back_when_a_progress_handler_stops_the_restore_at_any_moment(self):
        for steps in (1, 2, 5, 10, 50, 1000, 100_000):
            for after in range(0, 20):
                left = [after]

                def handler() -> bool:
                    left[0] -= 1
                    return left[0] < 0

                self.db.set_progress_handler(handler, steps)
                try:
                    self.restore(LARGE)
                except sqlite3.OperationalError:
                    pass
                self.db.set_progress_handler(None, 0)
                self.assertEqual((self.size(), self.size("other")), (DEFAULT, DEFAULT), (steps, after))

    def test_an_authorizer_that_denies_it_leaves_it_alone(self):
        for answer in (sqlite3.SQLITE_DENY, sqlite3.SQLITE_IGNORE):
            for setting in (True, False):  # denies setting it; denies asking for it, too
                with self.subTest(answer=answer, setting=setting):
                    self.seen.clear()
                    self.db.set_authorizer(lambda action, name, value, *_: answer if (action, name) == (PRAGMA_ACTION, "cache_size")
                                           and (value or not setting) else sqlite3.SQLITE_OK)
                    self.db.execute("SELECT strata_restore_json(?)", (LARGE,)).fetchall()
                    self.db.set_authorizer(None)
                    self.assertEqual(self.size(), DEFAULT)
                    self.assertEqual(self.db.execute("SELECT count(*) FROM tags").fetchone(), (ROWS,))

    def test_a_check_does_the_same(self):
        self.assertEqual(self.db.execute("SELECT * FROM strata_restore_check(?)", (LARGE,)).fetchall(), [])
        self.assertEqual(self.size(), DEFAULT)


if __name__ == "__main__":
    unittest.main()
