"""The page itself: whatever a database contains, it is well-formed and small, and text stays text.
The script writes nothing but the page, and refuses what it cannot do.
"""

from __future__ import annotations

import os
import re
import sqlite3
import stat
import subprocess
import time
import unittest

from page import Book, ReportCase, dotted, new_database, points
from support import EXTENSION, SHELL, SOURCE, connect, picture, sample

ROWS = int(os.environ.get("STRATA_REPORT_ROWS", "40000"))
HOSTILE = [
    "<script>alert(1)</script>", "</bdi></th></table><h1>gone", "\"' onmouseover='x' \"", "&lt;b&gt; &amp; &#60;", "<!-- ", "]]>", "</style><img src=x>",
    "\u202egnp.exe\u202d", "\u2066\u2067שלום", "😀👨‍👩‍👧 e\u0301", "a\u2028b\u2029c", "{\"json\":\"like\"} \\u0041 \\\\", "%s %d %n ${x} {{x}}",
    "'; DROP TABLE assets;--", "", " ", "0", "-1", "1e5", "NULL", "long" * 2500, "x" * 10000, "字" * 71, "<" * 10000, "\u0301" * 300,
]
CONTROL = ["a\x01b\x1f\x7f", "tab\tline\nreturn\r", "\x0b\x0c\x1b[31m", "NUL\0after<b>"]


class Any(ReportCase):
    """Pages of databases that one does not expect."""

    def book(self) -> Book:
        return Book(new_database(self.folder / "strata.db"))

    def test_text_of_the_database_stays_text(self):
        book = self.book()
        for number, name in enumerate(HOSTILE + CONTROL):
            asset = book.asset(name)
            book.value(asset, 1000 - number, "2024-01-01T00:00:00.000+00:00")
            book.total(number, f"2024-01-{number + 1:02}T00:00:00.000+00:00", notes=name)
        page = self.page(title=HOSTILE[0], source=HOSTILE[1], checked=HOSTILE[2], exported=HOSTILE[6])
        self.tidy(page)
        self.assertEqual(page.all("h1")[0].text(), HOSTILE[0])
        self.assertEqual(page.all("title")[0].children, [HOSTILE[0]])
        self.assertEqual((page.fact("Read from"), page.fact("Checked"), page.fact("Exported")), (HOSTILE[1], HOSTILE[2], HOSTILE[6]))
        table = page.section("Each asset").all("table")[0]
        names = [row.all("bdi")[0] if row.all("bdi") and not row.all("em") else None for row in table.all("tr")[2:]]
        self.assertEqual(len(names), len(HOSTILE + CONTROL))
        for name, shown in zip(HOSTILE, names):
            with self.subTest(name=name[:30]):
                if name == "":
                    self.assertIsNone(shown)
                elif len(name) <= 70 and "\\" not in name:
                    self.assertEqual(shown.children, [name])
                elif len(name) > 70:
                    self.assertEqual(shown.children, [name[:69] + "…"])
                    self.assertEqual(shown.attributes["title"], name[:600])
        self.assertEqual([shown.text() for shown in names[-4:]],
                         ["a\\u0001b\\u001f\\u007f", "tab\\tline\\nreturn\\r", "\\u000b\\f\\u001b[31m", "NUL\\u0000after<b>"])
        self.assertEqual(names[HOSTILE.index("{\"json\":\"like\"} \\u0041 \\\\")].text(), "{\"json\":\"like\"} \\u0041 \\\\")
        notes = page.section("Over time").all("table")[0].all("small")
        self.assertIn(HOSTILE[0], [note.text() for note in notes])

    def test_hostile_labels_groups_and_currencies(self):
        book = self.book()
        for number, name in enumerate(HOSTILE + CONTROL):
            kind = book.kind(f"{name[:200]}{number}", label=name)
            self.assertTrue(kind)
            asset = book.id()
            book.insert("assets", {"id": asset, "name": f"asset {number}", "asset_type_id": kind, "updated_at": "2025-01-01"})
            book.value(asset, number - 10, "2024-01-01T00:00:00.000+00:00", name[:40])
            book.total(number, f"2024-01-{number + 1:02}T00:00:00.000+00:00", name[:40])
        page = self.page()
        self.tidy(page)
        self.assertIn("only the 6 with the most assets are shown", page.section("What it consists of").text())
        self.assertEqual(len(page.section("Over time").all("h3")), 6)
        self.assertEqual(len(page.assets()), len(HOSTILE + CONTROL))

    def test_hostile_differences(self):
        database = connect(self.folder / "strata.db")
        sample_into(database)
        database.execute("SELECT strata_backup_file(?)", (str(self.folder / "b.json"),)).fetchone()
        for number, name in enumerate(HOSTILE + CONTROL):
            database.execute("INSERT INTO tags(id, name) VALUES (?, ?)", (name + str(number), name + str(number)))
        page = self.page(path=self.folder / "b.json")
        self.tidy(page)
        section = page.section("Compared with the backup")
        self.assertIn(f"0 rows are only in the backup, {len(HOSTILE + CONTROL)} rows are only in the database, 0 fields have other values.", section.text())

    def test_an_empty_database(self):
        self.book().connection.execute("DELETE FROM asset_types")
        page = self.page()
        self.tidy(page)
        self.assertEqual(page.headings(), ["Nothing here yet"])
        self.assertIn("0 assets, 0 asset values", page.fact("Contents"))

    def test_assets_without_any_value(self):
        self.book().asset("Wallet", quantity=None)
        page = self.page()
        self.tidy(page)
        self.assertEqual(page.headings(), ["Over time", "Each asset"])
        self.assertEqual(page.assets(), {"Wallet": {"group": "Financial", "detail": "financial", "value": "no value", "date": ""}})

    def test_one_snapshot_of_each_kind(self):
        book = self.book()
        book.value(book.asset("Wallet"), 5, "2024-02-29T00:00:00.000+00:00")
        book.total(5, "2024-02-29T00:00:00.000+00:00")
        page = self.page()
        self.tidy(page)
        self.assertEqual(page.section("Over time").all("p")[0].text(), "5.00 EUR")
        self.assertEqual(page.section("Over time").all("details")[0].rows()[1:], [["29 Feb 2024", "5.00", ""]])

    def test_only_asset_values_and_only_portfolio_snapshots(self):
        book = self.book()
        wallet = book.asset("Wallet")
        for month in (1, 2, 3):
            book.value(wallet, month, f"2024-0{month}-01T00:00:00.000+00:00")
        page = self.page()
        self.tidy(page)
        self.assertIn("What the values of the assets add up to on 1 Mar 2024.", page.section("Over time").text())
        book.connection.execute("DELETE FROM asset_snapshots")
        for month in (1, 2, 3):
            book.total(month, f"2024-0{month}-01T00:00:00.000+00:00")
        page = self.page()
        self.tidy(page)
        self.assertIn("when the 3 portfolio snapshots were recorded, no asset had a value in its currency yet", page.section("Do the totals add up?").text())

    def test_values_that_are_all_the_same_negative_huge_or_tiny(self):
        for values in ([5, 5, 5], [0, 0, 0], [-5, -5, -5], [-3, -2, -1], [1e300, -1e300, 9e299], [1e-8, 2e-8, -1e-8], [1e15, 1e15 + 1, 1e15 + 2],
                       [5e-324, 0, 1], [-0.0, 0.004, -0.004], [123456.78, 123456.79, 123456.77], [9.99e11, 1e12, 1.01e12]):
            with self.subTest(values=values):
                (self.folder / "strata.db").unlink(missing_ok=True)
                book = self.book()
                wallet = book.asset("Wallet", quantity=values[-1])
                for number, value in enumerate(values):
                    book.value(wallet, value, f"2024-0{number + 1}-01T00:00:00.000+00:00")
                    book.total(value, f"2024-0{number + 1}-01T00:00:00.000+00:00")
                page = self.page()
                self.tidy(page)
                self.assertIn("Yes.", page.section("Do the totals add up?").text())
                self.assertNotRegex(page.source, r"(?i)\binf\b|\bnan\b|−0\.00<|-0\.0")
                for chart in [picture for picture in page.pictures() if picture.get("class", "").startswith("chart")]:
                    labels = [text.text for text in chart.iter("text") if text.get("text-anchor") == "end"]
                    self.assertTrue(3 <= len(labels) <= 12, labels)
                    self.assertEqual(len(set(labels)), len(labels), labels)

    def test_any_year(self):
        for first, last, shown in (("-000001-03-05T00:00:00.000Z", "0000-01-02T00:00:00.000+00:00", "2 Jan 0000"),
                                   ("0001-01-01T00:00:00.000+00:00", "9999-12-31T23:59:59.999+00:00", "31 Dec 9999"),
                                   ("+010000-01-01T00:00:00.000Z", "+275760-09-13T00:00:00.000Z", "13 Sep 275760"),
                                   ("2024-01-01T00:00:00.000Z", "2024-01-01T00:00:00.007Z", "1 Jan 2024"),
                                   ("2024-01-01T00:00:00.000Z", "2024-01-01T09:00:00+02:00", "1 Jan 2024"),
                                   ("2023-12-31", "2024-01-20 10:00", "20 Jan 2024"), (-1, 1735603200000, "31 Dec 2024"),
                                   ("2024-01-01t00:00:00z", "2024-05-01T02:00:00+0200", "1 May 2024")):
            with self.subTest(first=first):
                (self.folder / "strata.db").unlink(missing_ok=True)
                book = self.book()
                wallet = book.asset("Wallet")
                for value, stamp in ((1, first), (2, last)):
                    book.value(wallet, value, stamp)
                    book.total(value, stamp)
                page = self.page()
                self.tidy(page)
                self.assertEqual(page.assets()["Wallet"]["date"], shown)
                self.assertIn("Yes. All 2", page.section("Do the totals add up?").text())
                self.assertNotIn("Left out", page.headings())
                for chart in [picture for picture in page.pictures() if picture.get("class", "").startswith("chart")]:
                    self.assertTrue(1 <= len([text for text in chart.iter("text") if text.get("text-anchor") == "middle"]) <= 9)

    def test_what_cannot_be_read_is_counted_and_left_out(self):
        book = self.book()
        wallet = book.asset("Wallet")
        book.value(wallet, 1, "2024-01-01T00:00:00.000+00:00")
        for value, stamp in (("abc", "2024-02-01"), ("", "2024-02-02"), (b"1", "2024-02-03"), (float("inf"), "2024-02-04"), (7, "now"), (8, "2024"),
                             (9, ""), (10, b"2024-01-01"), (11, 9.3e18), (12, "2024-13-41")):
            book.value(wallet, value, stamp)
        book.connection.execute("INSERT INTO asset_snapshots(id, asset_id, value, observed_at) VALUES ('lost', 'nobody', 5, '2024-01-01')")
        page = self.page()
        self.tidy(page)
        self.assertEqual(page.section("Left out").all("p")[0].text(), "This is in the database, but not in the figures above: "
                         "5 values with a date that cannot be read, "
                         "4 values with an amount that is not a number, or beyond 1e300, 1 value of an asset that does not exist.")
        self.assertEqual(page.assets()["Wallet"]["value"], "1.00")

    def test_schemas_of_other_versions(self):
        """The app's, whose asset snapshots have no currency, and an old one without groups, currencies and notes."""
        for drop in ((("asset_snapshots", "currency"),),
                     (("asset_snapshots", "currency"), ("portfolio_snapshots", "currency"), ("portfolio_snapshots", "notes"), ("asset_types", '"group"'))):
            with self.subTest(drop=drop):
                (self.folder / "strata.db").unlink(missing_ok=True)
                connection = new_database(self.folder / "strata.db")
                connection.executescript((SOURCE / "sql" / "sample.sql").read_text(encoding="utf-8"))
                if ("asset_types", '"group"') in drop:  # without groups only its sign tells that a value is a debt
                    connection.execute("UPDATE asset_snapshots SET value = -value WHERE asset_id = 'a_mortgage'")
                for table, column in drop:
                    columns = [f'"{row[1]}"' for row in connection.execute(f"PRAGMA table_info({table})") if row[1] != column.strip('"')]
                    connection.executescript(f"CREATE TABLE other AS SELECT {', '.join(columns)} FROM {table}; DROP TABLE {table}; ALTER TABLE other RENAME TO {table}")
                page = self.page()
                self.tidy(page)
                self.assertEqual(page.section("Over time").all("p")[0].text(), "309,221.545 EUR")
                self.assertEqual(len(page.assets()), 12)
                self.assertIn("Yes. All 4", page.section("Do the totals add up?").text())

    def test_many_rows_are_drawn_with_few_points(self):
        book = self.book()
        connection = book.connection
        connection.execute("BEGIN")
        wallets = [book.asset(f"Wallet {number}") for number in range(300)]
        connection.execute("INSERT INTO asset_snapshots(id, asset_id, value, observed_at) "
                           "WITH RECURSIVE i(n) AS (VALUES (0) UNION ALL SELECT n + 1 FROM i WHERE n + 1 < ?2) "
                           "SELECT n, iif(n % 2, ?1, printf('id_%06d', n % 300 + CAST(substr(?1, 4) AS INTEGER))), (n * 7919) % 10007 + 0.25, "
                           "strftime('%Y-%m-%dT%H:%M:%S.000+00:00', 1500000000 + n * 3600, 'unixepoch') FROM i", (wallets[0], ROWS))
        connection.execute("INSERT INTO portfolio_snapshots(id, value, currency, observed_at) SELECT id, value, 'EUR', observed_at FROM asset_snapshots WHERE rowid % 4 = 0")
        connection.execute("COMMIT")
        started = time.monotonic()
        page = self.page()
        took = time.monotonic() - started
        self.tidy(page)
        self.assertLess(len(page.source), 600_000)
        self.assertLess(took, 20 + ROWS / 5000, "this is not linear in the rows")
        lowest, highest = connection.execute("SELECT min(value), max(value) FROM portfolio_snapshots").fetchone()
        for chart in [picture for picture in page.pictures() if picture.get("class", "").startswith("chart")]:
            paths = {path.get("class").split()[0]: points(path.get("d")) for path in chart.iter("path") if path.get("class").endswith(" dense")}
            self.assertEqual(len(paths), 2)
            for path in paths.values():
                self.assertTrue(240 <= len(path) <= 482, len(path))
                self.assertEqual([x for x, _ in path], sorted(x for x, _ in path))
            self.assertLess(lowest, 1)
            self.assertGreater(highest, 10000)
            ticks = {text.text: float(text.get("y")) - 4 for text in chart.iter("text") if text.get("text-anchor") == "end"}
            self.assertAlmostEqual(max(y for _, y in paths["recorded"]), ticks["0"], delta=0.2)  # the lowest is still drawn
            label, place = min(ticks.items(), key=lambda tick: tick[1])
            scale = (place - ticks["0"]) / (float(label.rstrip("km")) * {"k": 1e3, "m": 1e6}.get(label[-1], 1))
            self.assertAlmostEqual(min(y for _, y in paths["recorded"]), ticks["0"] + scale * highest, delta=0.2)  # and the highest
        self.assertEqual(len(page.assets()), 200)
        self.assertIn("The 200 largest of 300 assets", page.section("Each asset").text())
        self.assertIn(f"The latest 60 of {ROWS // 4:,}.", page.section("Over time").text())
        for spark in [picture for picture in page.pictures() if picture.get("class") == "spark"]:
            self.assertLessEqual(len(points(spark.find("path").get("d"))), 83)

    def test_an_old_value_is_pointed_out(self):
        book = self.book()
        for name, year in (("fresh", 2024), ("stale", 2022)):
            book.value(book.asset(name), 1, f"{year}-06-01T00:00:00.000+00:00")
        page = self.page()
        self.assertEqual([element.text() for element in page.section("Each asset").all("small") if element.attributes.get("class") == "warn"], ["1 Jun 2022"])


class Readable(ReportCase):
    def test_text_stands_out_from_the_paper_on_screens_and_in_print(self):
        new_database(self.folder / "strata.db")
        palettes = [dict(re.findall(r"--(\w+): #([0-9a-f]{3,6})", rule)) for rule in re.findall(r":root \{([^}]*)\}", self.page().source)]
        self.assertEqual(len(palettes), 3)  # light, dark, paper
        for palette in palettes:
            for name in ("ink", "soft", "accent", "warn"):
                lighter, darker = sorted((luminance(palette[name]), luminance(palette["paper"])), reverse=True)
                self.assertGreater((lighter + 0.05) / (darker + 0.05), 4.5, (name, palette))


def luminance(color: str) -> float:
    """Of a colour, as the WCAG defines it."""
    digits = color if len(color) == 6 else "".join(digit * 2 for digit in color)
    parts = [int(digits[place:place + 2], 16) / 255 for place in (0, 2, 4)]
    red, green, blue = (part / 12.92 if part <= 0.03928 else ((part + 0.055) / 1.055) ** 2.4 for part in parts)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


class Compared(ReportCase):
    def test_differences_are_told_and_limited(self):
        database = connect(self.folder / "strata.db")
        sample_into(database)
        database.execute("SELECT strata_backup_file(?)", (str(self.folder / "b.json"),)).fetchone()
        page = self.page(path=self.folder / "b.json")
        self.tidy(page)
        self.assertEqual(page.section("Compared with the backup").all("p")[0].text(), f"{self.folder}/b.json: no difference, field by field.")
        database.executescript("UPDATE assets SET name = 'Renamed', quantity = NULL WHERE id = 'a_livret'; DELETE FROM asset_tags WHERE asset_id = 'a_watch'")
        section = self.page(path=self.folder / "b.json").section("Compared with the backup")
        self.assertIn("1 row is only in the backup, 0 rows are only in the database, 2 fields have other values.", section.text())
        rows = section.rows()[1:]
        self.assertIn(["assets a_livret|name", "Livret A", "Renamed"], rows)
        self.assertIn(["assets a_livret|quantity", "1.00000000", "nothing"], rows)
        self.assertEqual([row[0] for row in rows if row[2] == "–"], ['tagsOnAssets ["a_watch","t_insured"]'])
        database.executemany("INSERT INTO tags(id, name) VALUES (?, ?)", [(f"n{number}", f"n{number}") for number in range(200)])
        section = self.page(path=self.folder / "b.json").section("Compared with the backup")
        self.assertIn("The first 60 of 203 differences", section.text())
        self.assertEqual(len(section.rows()), 61)

    def test_a_backup_that_cannot_be_read_is_an_error(self):
        sample(self.folder / "strata.db")
        done = self.run_report(path=self.folder / "none.json")
        self.assertNotEqual(done.returncode, 0)
        self.assertIn("none.json", done.stderr)
        self.assertFalse((self.folder / "page.html").exists())


class Careful(ReportCase):
    """What the script writes, and what it refuses."""

    def refused(self, done, says: str) -> None:
        self.assertNotEqual(done.returncode, 0, done.stdout)
        self.assertIn(says, done.stderr)

    def test_the_database_is_only_read(self):
        connection = sample(self.folder / "strata.db")
        before, bytes_before = picture(connection), (self.folder / "strata.db").read_bytes()
        connection.close()
        (self.folder / "strata.db").chmod(0o400)
        self.page()
        self.assertEqual((self.folder / "strata.db").read_bytes(), bytes_before)
        self.assertEqual(picture(sqlite3.connect(self.folder / "strata.db")), before)
        self.assertEqual(sorted(path.name for path in self.folder.iterdir()), ["page.html", "strata.db"])

    def test_only_the_owner_can_read_the_page(self):
        sample(self.folder / "strata.db")
        self.page()
        self.assertEqual(stat.S_IMODE((self.folder / "page.html").stat().st_mode), 0o600)

    def test_an_earlier_page_is_replaced_and_nothing_else(self):
        sample(self.folder / "strata.db")
        self.page()
        self.page(title="Second")
        self.assertIn("<title>Second</title>", (self.folder / "page.html").read_text(encoding="utf-8"))
        for name, content in (("letter.html", b"<!doctype html><p>Dear"), ("strata.db", None), ("picture.png", b"\x89PNG\0\0")):
            with self.subTest(name=name):
                if content is not None:
                    (self.folder / name).write_bytes(content)
                before = (self.folder / name).read_bytes()
                self.refused(self.run_report(out=name), "not an earlier page")
                self.assertEqual((self.folder / name).read_bytes(), before)

    def test_parameters_that_it_cannot_use(self):
        sample(self.folder / "strata.db")
        self.refused(self.run_report(out=None), "set :out to the file to write")
        self.refused(self.run_report(titel="x"), "unknown parameter")
        (self.folder / "folder").mkdir()
        self.refused(self.run_report(out="folder"), "")
        self.assertEqual(sorted(path.name for path in self.folder.iterdir()), ["folder", "strata.db"])

    def test_no_strata_database(self):
        sqlite3.connect(self.folder / "strata.db").execute("CREATE TABLE assets(id)")
        self.refused(self.run_report(), "this is not a Strata database")
        self.assertFalse((self.folder / "page.html").exists())

    def test_it_leaves_nothing_behind_in_the_session(self):
        sample(self.folder / "strata.db")
        script = f".read {dotted(str(SOURCE / 'sql' / 'report.sql'))}"
        done = subprocess.run([SHELL, "strata.db", f".load {dotted(EXTENSION.removesuffix('.so'))}", ".param set :out page.html", script, script,
                               "SELECT group_concat(name) FROM temp.sqlite_master WHERE type = 'table'", "BEGIN", "ROLLBACK"],
                              cwd=self.folder, capture_output=True, encoding="utf-8", timeout=60, check=False)
        self.assertEqual((done.returncode, done.stderr), (0, ""))
        self.assertEqual(done.stdout.splitlines()[-1], "sqlite_parameters,parameter,request")

    def test_the_page_can_be_made_again(self):
        sample(self.folder / "strata.db")
        first = self.page(now="2025-01-15 09:42", source="s").source
        self.assertEqual(self.page(now="2025-01-15 09:42", source="s").source, first)
        self.assertIn("2025-01-15 09:42 UTC", first)


def sample_into(connection: sqlite3.Connection) -> None:
    for name in ("schema.sql", "sample.sql"):
        connection.executescript((SOURCE / "sql" / name).read_text(encoding="utf-8"))


if __name__ == "__main__":
    unittest.main()
