"""Backups while others write.

Writers keep an invariant over five tables, each change in one transaction:
an asset has a snapshot, a transaction and a tag of its own; the values of all
snapshots add up to the only portfolio snapshot. Every document that a backup makes
meanwhile must satisfy the invariant, in threads and in processes, with a rollback journal
and with a WAL. Then, deterministically: another connection commits at the Nth step of a
backup, which must show all of that commit or nothing.

STRATA_LONG=1 writes and backs up for a minute rather than a second and a half
each time.
"""

from __future__ import annotations

import json
import os
import sqlite3
import subprocess
import sys
import threading
import time
import unittest

from support import TABLES, Case, connect, empty, without_moment

LONG = os.environ.get("STRATA_LONG") == "1"
SECONDS = 60.0 if LONG else 1.5
MOMENT = "2024-01-01T00:00:00.000+00:00"


def begin_with_nothing(connection: sqlite3.Connection) -> None:
    connection.execute("INSERT INTO asset_types VALUES('at', 'AT', 'At', 'OTHER')")
    connection.execute("INSERT INTO portfolio_snapshots VALUES('p', 0, 'EUR', NULL, ?, ?)", (MOMENT, MOMENT))


def value(number: int) -> int:
    return number * 7 % 101


def remove(connection: sqlite3.Connection, name: str, number: int) -> None:
    """What change() has added, in the transaction that is open, if one is."""
    connection.execute("UPDATE portfolio_snapshots SET value = value - ?", (value(number),))
    for sql in ("DELETE FROM asset_tags WHERE asset_id = ?", "DELETE FROM transactions WHERE asset_id = ?",
                "DELETE FROM asset_snapshots WHERE asset_id = ?", "DELETE FROM assets WHERE id = ?",
                "DELETE FROM tags WHERE id = ?"):
        connection.execute(sql, (f"{name}{number}",))


def change(connection: sqlite3.Connection, name: str, number: int) -> None:
    """One transaction over five tables; and out again with what is twenty changes old."""
    connection.execute("BEGIN IMMEDIATE")
    try:
        asset = f"{name}{number}"
        connection.execute("INSERT INTO tags VALUES(?, ?)", (asset, asset))
        connection.execute("INSERT INTO assets VALUES(?, ?, 1, 0, 'at', ?, ?)", (asset, asset, MOMENT, MOMENT))
        connection.execute("INSERT INTO asset_snapshots VALUES(?, ?, ?, 'EUR', ?, ?)", (asset, asset, value(number), MOMENT, MOMENT))
        connection.execute("UPDATE portfolio_snapshots SET value = value + ?", (value(number),))
        connection.execute("INSERT INTO transactions VALUES(?, ?, 'ACQUIRE', 1, 1, 'EUR', ?, ?)", (asset, asset, MOMENT, MOMENT))
        connection.execute("INSERT INTO asset_tags VALUES(?, ?)", (asset, asset))
        if number >= 20:
            remove(connection, name, number - 20)
        connection.execute("COMMIT")
    except BaseException:
        connection.execute("ROLLBACK")
        raise


def flaw(text: str) -> str | None:
    """What is wrong with a document, if anything is."""
    data = json.loads(text)["data"]
    assets = {row["id"] for row in data["assets"]}
    for table, field in (("assetSnapshots", "assetId"), ("transactions", "assetId"), ("tagsOnAssets", "assetId"), ("tags", "id")):
        if {row[field] for row in data[table]} != assets or len(data[table]) != len(assets):
            return f"{table} and assets are of different moments"
    total = sum(float(row["value"]) for row in data["assetSnapshots"])
    if total != float(data["portfolioSnapshots"][0]["value"]):
        return "the portfolio's value is of another moment"
    return None


def write_until(path: str, name: str, end: float) -> int:
    connection = sqlite3.connect(path, isolation_level=None, timeout=30)
    number = 0
    while time.time() < end:
        change(connection, name, number)
        number += 1
        time.sleep(0.001)  # a writer that never rests starves the others
    connection.close()
    return number


def back_up_until(path: str, end: float) -> tuple[int, set[str], int]:
    """Backups in autocommit and within a read transaction: how many, what was wrong, and how many differed."""
    connection = connect(path, timeout=30)
    count, flaws, seen = 0, set(), set()
    while time.time() < end:
        inside = count % 2 == 1
        if inside:
            connection.execute("BEGIN")
        text = connection.execute("SELECT strata_backup_json()").fetchone()[0]
        if inside:
            again = connection.execute("SELECT strata_backup_json()").fetchone()[0]
            if without_moment(text) != without_moment(again):
                flaws.add("two backups of one transaction differ")
            connection.execute("COMMIT")
        found = flaw(text)
        if found:
            flaws.add(found)
        seen.add(without_moment(text))
        count += 1
    connection.close()
    return count, flaws, len(seen)


class Concurrency(Case):
    def prepare(self, journal_mode: str) -> str:
        path = str(self.folder / f"{journal_mode}.db")
        connection = empty(path)
        connection.execute(f"PRAGMA journal_mode={journal_mode}")
        begin_with_nothing(connection)
        connection.close()
        return path

    def until_enough(self, run) -> tuple[list, list]:
        """On a busy machine a second may be too short for a test: then again, longer."""
        for seconds in (SECONDS, 5 * SECONDS, 25 * SECONDS):
            results, changes = run(seconds)
            if sum(result[0] for result in results) > 1 and sum(changes) > 1 and sum(result[2] for result in results) > 2:
                break
        return results, changes

    def check(self, path: str, what: str, results: list, changes: list) -> None:
        count = sum(result[0] for result in results)
        print(f"concurrency, {what}: {count} backups during {sum(changes)} transactions,"
              f" {sum(result[2] for result in results)} different documents")
        self.assertEqual(set().union(*(result[1] for result in results)), set())
        self.assertGreater(count, 1)
        self.assertGreater(sum(changes), 1)
        self.assertGreater(sum(result[2] for result in results), 2, "nothing was written meanwhile: no test")
        connection = connect(path)
        self.assertIsNone(flaw(connection.execute("SELECT strata_backup_json()").fetchone()[0]))
        self.assertEqual(connection.execute("PRAGMA integrity_check").fetchone(), ("ok",))
        connection.close()

    def test_backups_in_threads_while_threads_write(self):
        for journal_mode in "WAL", "DELETE":
            with self.subTest(journal_mode):
                path = self.prepare(journal_mode)
                results, changes = self.until_enough(lambda seconds: self.in_threads(path, time.time() + seconds))
                self.check(path, f"threads, {journal_mode}", results, changes)

    def in_threads(self, path: str, end: float) -> tuple[list, list]:
        results, changes = [], []
        names = [f"{name}{end}-" for name in "ab"]
        threads = [threading.Thread(target=lambda n=name: changes.append(write_until(path, n, end))) for name in names]
        threads += [threading.Thread(target=lambda: results.append(back_up_until(path, end))) for _ in range(2)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        self.assertEqual((len(results), len(changes)), (2, 2), "a thread has failed")
        return results, changes

    def test_backups_in_processes_while_processes_write(self):
        for journal_mode in "WAL", "DELETE":
            with self.subTest(journal_mode):
                path = self.prepare(journal_mode)
                results, changes = self.until_enough(lambda seconds: self.in_processes(path, seconds))
                self.check(path, f"processes, {journal_mode}", [(n, set(flaws), seen) for n, flaws, seen in results], changes)

    def in_processes(self, path: str, seconds: float) -> tuple[list, list]:
        jobs = [f"write a{seconds}-", f"write b{seconds}-", "back_up", "back_up"]
        processes = [subprocess.Popen([sys.executable, __file__, path, *job.split()], text=True,
                                      stdin=subprocess.PIPE, stdout=subprocess.PIPE) for job in jobs]
        for process in processes:
            self.assertEqual(process.stdout.readline(), "ready\n")
        end = time.time() + seconds
        for process in processes:
            process.stdin.write(f"{end}\n")
            process.stdin.flush()
        answers = [process.communicate()[0] for process in processes]
        self.assertEqual([process.returncode for process in processes], [0] * 4)
        return [json.loads(answer) for answer in answers[2:]], [json.loads(answer) for answer in answers[:2]]

    # What reads nine tables, and has to see them all as of one moment.
    READERS = {
        "strata_backup_json": ("SELECT strata_backup_json()", None),
        "strata_backup_counts": ("SELECT group_concat(name || rows) FROM strata_backup_counts", None),
        "strata_backup_diff": ("SELECT count(*), group_concat(name || change) FROM strata_backup_diff(?)", "whole"),
    }

    def test_a_commit_at_any_step_of_a_reader_shows_wholly_or_not_at_all(self):
        for function, (sql, argument) in self.READERS.items():
            with self.subTest(function):
                self.commit_at_each_step(function, sql, argument)

    def commit_at_each_step(self, function: str, sql: str, argument: str | None) -> None:
        path = self.prepare("WAL")
        reader = connect(path)
        writer = sqlite3.connect(path, isolation_level=None)
        for number in range(3):
            change(writer, "first", number)
        if not reader.execute("SELECT 1 FROM pragma_function_list WHERE name = :f UNION ALL"
                              " SELECT 1 FROM pragma_module_list WHERE name = :f", {"f": function}).fetchone():
            self.skipTest(f"there is no {function}")
        parameters = (reader.execute("SELECT strata_backup_json()").fetchone()[0],) if argument else ()

        def look() -> str:
            return without_moment(str(reader.execute(sql, parameters).fetchall()))

        step, shown, hidden = 1, 0, 0
        while True:
            before, ran = look(), []

            def commit() -> int:
                ran.append(1)
                if len(ran) == step:
                    change(writer, "within", 1)
                return 0

            reader.set_progress_handler(commit, 1 if LONG else 20)
            during = look()
            reader.set_progress_handler(None, 0)
            after = look()
            self.assertEqual(before != after, len(ran) >= step)
            self.assertIn(during, (before, after), f"at step {step}: neither the one nor the other")
            if len(ran) < step:
                break
            shown += during == after
            hidden += during == before
            remove(writer, "within", 1)  # a database that grew would never come to the last step
            step += 1 if LONG or step < 20 else 7
        print(f"concurrency: {function}: {shown + hidden} commits within it, {hidden} of them not in what it gave")
        self.assertGreater(hidden, 5, "no commit came in between: no test")
        reader.close()
        writer.close()
        (self.folder / "WAL.db").unlink()

    def test_a_backup_in_a_write_transaction_has_its_own_rows_and_nobody_elses(self):
        path = self.prepare("WAL")
        own, other = connect(path), connect(path)
        own.execute("BEGIN IMMEDIATE")
        own.execute("INSERT INTO tags VALUES('mine', 'mine')")
        data = json.loads(own.execute("SELECT strata_backup_json()").fetchone()[0])["data"]
        self.assertEqual(data["tags"], [{"id": "mine", "name": "mine"}])
        data = json.loads(other.execute("SELECT strata_backup_json()").fetchone()[0])["data"]
        self.assertEqual(data["tags"], [])
        own.execute("ROLLBACK")
        own.close()
        other.close()

    def test_a_backup_never_sees_half_a_restore(self):
        """While restores replace one document by another, backups give exactly one of the two."""
        for journal_mode in "WAL", "DELETE":
            with self.subTest(journal_mode):
                path = self.prepare(journal_mode)
                documents = []
                source = connect(path)
                for rows in 400, 900:
                    source.execute("DELETE FROM tags")
                    source.execute("WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < ?)"
                                   " INSERT INTO tags SELECT 't' || i, 'n' || (i * ?) FROM n", (rows, rows))
                    documents.append(source.execute("SELECT strata_backup_json()").fetchone()[0])
                source.close()
                allowed = {without_moment(text) for text in documents}
                end = time.time() + SECONDS
                restores, odd, backups = [], [], []

                def restore() -> None:
                    connection = connect(path, timeout=30)
                    while time.time() < end:
                        try:
                            connection.execute("SELECT strata_restore_json(?)", (documents[len(restores) % 2],)).fetchall()
                            restores.append(1)
                        except sqlite3.OperationalError as error:  # readers can keep the lock to the end of the timeout
                            odd.extend([] if "locked" in str(error) else [str(error)])
                        time.sleep(0.002)
                    connection.close()

                def back_up() -> None:
                    connection = connect(path, timeout=30)
                    while time.time() < end:
                        text = without_moment(connection.execute("SELECT strata_backup_json()").fetchone()[0])
                        odd.extend([] if text in allowed else [text[:200]])
                        backups.append(text)
                        time.sleep(0.002)
                    connection.close()

                threads = [threading.Thread(target=restore), threading.Thread(target=back_up), threading.Thread(target=back_up)]
                for thread in threads:
                    thread.start()
                for thread in threads:
                    thread.join()
                print(f"concurrency, restores, {journal_mode}: {len(backups)} backups during {len(restores)} restores")
                self.assertEqual(odd, [])
                self.assertEqual(len(set(backups)), 2, "only one of the two was ever there: no test")


def work(path: str, job: str, *name: str) -> None:
    """One of the processes: says that it is ready, is told when to end, and answers with what it has done."""
    print("ready", flush=True)
    end = float(sys.stdin.readline())
    if job == "write":
        print(json.dumps(write_until(path, name[0], end)))
    else:
        count, flaws, seen = back_up_until(path, end)
        print(json.dumps([count, sorted(flaws), seen]))


if __name__ == "__main__":
    if len(sys.argv) > 2 and sys.argv[2] in ("write", "back_up"):
        work(*sys.argv[1:])
    else:
        unittest.main()
