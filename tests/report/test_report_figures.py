"""The figures on the page, compared with the same figures computed here with decimals: the sum of
the assets at every portfolio snapshot, by group and now.
"""

from __future__ import annotations

import datetime
import decimal
import random
import unittest
from decimal import Decimal

from page import Book, ReportCase, new_database
from support import sample

CENT = Decimal("0.005")
UTC = datetime.timezone.utc


def money(value: Decimal) -> str:
    """An amount as the page writes it: all digits, two after the point at least."""
    text = format(abs(value).normalize(), ",f")
    whole, _, tail = text.partition(".")
    return ("−" if value < 0 else "") + whole + "." + tail.ljust(2, "0")


def change(value: Decimal) -> str:
    return ("+" if value > 0 else "") + money(value)


def day(moment: datetime.datetime) -> str:
    return f"{moment.day} {moment:%b} {moment.year:04}"


class Ledger:
    """Assets and their values, kept twice: in a database, and here as decimals."""

    def __init__(self, connection, seed: int):
        self.book, self.random, self.assets = Book(connection), random.Random(seed), {}

    def spelled(self, moment: datetime.datetime):
        """A moment in one of the spellings in which databases have it."""
        stamp = moment.strftime("%Y-%m-%dT%H:%M:%S.") + f"{moment.microsecond // 1000:03}"
        east = (moment + datetime.timedelta(hours=5, minutes=30)).strftime("%Y-%m-%dT%H:%M:%S.") + f"{moment.microsecond // 1000:03}+05:30"
        milliseconds = round((moment - datetime.datetime(1970, 1, 1, tzinfo=UTC)) / datetime.timedelta(milliseconds=1))
        return self.random.choice([stamp + "+00:00", stamp + "Z", stamp.replace("T", " "), east, milliseconds])

    def asset(self, name: str, group: str, disposed: bool = False, gone: datetime.datetime | None = None) -> None:
        key = self.book.asset(name, group, disposed=int(disposed))
        if gone:
            self.book.disposal(key, self.spelled(gone))
        self.assets[name] = {"key": key, "group": group, "disposed": disposed, "gone": gone, "values": []}

    def value(self, name: str, value: Decimal, moment: datetime.datetime) -> None:
        stored = int(value) if value == int(value) else float(value)
        self.book.value(self.assets[name]["key"], stored, self.spelled(moment))
        self.assets[name]["values"].append((moment, len(self.assets[name]["values"]), value))

    def last(self, asset: dict, until: datetime.datetime) -> Decimal | None:
        """The value at a moment: the latest; of several at one instant the one stored first."""
        known = [(moment, -order, value) for moment, order, value in asset["values"] if moment <= until]
        if not known:
            return None
        value = max(known)[2]
        return -abs(value) if asset["group"] == "LIABILITIES" else value

    def total(self, until: datetime.datetime, kept: bool = False) -> Decimal | None:
        values = []
        started = False
        for asset in self.assets.values():
            value = self.last(asset, until)
            if value is None or asset["disposed"] and not asset["gone"]:
                continue
            before = [moment for moment, _, _ in asset["values"] if not asset["gone"] or moment < asset["gone"]]
            started |= any(moment <= until for moment in before)
            if asset["disposed"] and (kept or until >= asset["gone"]):
                continue
            values.append(value)
        return sum(values, Decimal(0)) if started else None


class Figures(ReportCase):
    def ledger(self, seed: int) -> Ledger:
        return Ledger(new_database(self.folder / "strata.db"), seed)

    def test_the_samples_figures(self):
        sample(self.folder / "strata.db")
        page = self.page()
        over_time = page.section("Over time")
        self.assertEqual([p.text() for p in over_time.all("p")],
                         ["309,221.545 EUR", "Recorded on 31 Dec 2024; the values of the assets add up to the same."])
        self.assertEqual([item.text() for item in over_time.all("li")],
                         ["+10,454.375 (+3.5%) since 30 Sep 2024", "+42,801.445 (+16.1%) since 31 Dec 2023"])
        self.assertEqual(over_time.rows()[1:3], [["31 Dec 2024|Car sold.\\n– to do: invest the money", "309,221.545", "+10,454.375"],
                                                 ["30 Sep 2024|Rates fell; bonds didn't.", "298,767.17", "+5,063.86"]])
        self.assertEqual(over_time.rows()[-1], ["31 Mar 2023", "251,340.00", ""])
        self.assertEqual(page.section("Do the totals add up?").all("p")[0].text(),
                         "Yes. All 4 portfolio snapshots that can be checked agree with the values of the assets. "
                         "4 more were recorded before any asset had a value in its currency.")
        self.assertEqual([row[:1] + row[2:] for row in page.section("What it consists of").rows()[1:]],
                         [["Financial", "75,626.905", "15.6%"], ["Real estate", "392,000.00", "80.8%"], ["Collections", "1,045.00", "0.2%"],
                          ["Other", "16,250.00", "3.4%"], ["Liabilities", "−175,700.36", "−36.2%"], ["Net worth", "309,221.545", ""]])
        assets = page.assets()
        self.assertEqual(assets["Bitcoin"], {"group": "Financial", "detail": "Crypto ₿, quantity 0.35000001", "value": "31,920.125",
                                             "date": "31 Dec 2024"})
        self.assertEqual(assets["Renault Zoé ⚡"]["detail"], "Car, bike, boat, quantity 0, until 15 Nov 2024")
        self.assertEqual(assets["Renault Zoé ⚡"]["group"], "Disposed of")
        self.assertEqual(len(assets), 12)
        self.assertEqual(page.fact("Contents"), "12 assets, 47 asset values, 8 portfolio snapshots, 6 transactions, 13 asset types, "
                                             "5 categories, 3 tags, 9 links to categories, 4 links to tags")

    def test_random_histories_add_up_to_the_last_digit(self):
        for seed in range(4):
            with self.subTest(seed=seed):
                (self.folder / "strata.db").unlink(missing_ok=True)
                self.random_history(seed)

    def random_history(self, seed: int):
        ledger = self.ledger(seed)
        dice = ledger.random
        start = datetime.datetime(2019, 1, 1, tzinfo=UTC)
        instants = [start + datetime.timedelta(milliseconds=dice.randrange(5 * 365 * 86400000)) for _ in range(120)]
        groups = ["FINANCIAL", "REAL_ESTATE", "PERSONAL_PROPERTY", "PHYSICAL_COLLECTIONS", "LIABILITIES", "OTHER"]
        for number in range(30):
            disposed = number % 6 == 5
            ledger.asset(f"asset {number}", groups[number % 6] if number % 7 else "LIABILITIES", disposed,
                         dice.choice(instants) if disposed and number % 12 == 5 else None)
        for name in ledger.assets:
            scale = Decimal(10) ** -dice.choice([0, 1, 2, 2, 2, 4, 8])
            for _ in range(dice.randrange(30)):
                value = (Decimal(dice.randrange(-10 ** 4, 10 ** 6)) + Decimal(dice.randrange(10 ** 8)) / 10 ** 8).quantize(scale)
                ledger.value(name, value, dice.choice(instants))
        recorded, wrong = {}, {}
        for moment in sorted(set(dice.sample(instants, 60))):
            total = ledger.total(moment)
            if total is None:
                total = Decimal(1)
            elif dice.random() < 0.3:
                total += dice.choice([Decimal("0.01"), Decimal(-250), Decimal("1234.56"), Decimal("-0.006")])
            elif dice.random() < 0.3:
                total += dice.choice([Decimal("0.004"), Decimal("-0.003")])
            recorded[moment] = Decimal(repr(float(total)))
            ledger.book.total(float(total), ledger.spelled(moment))
        page = self.page()
        self.tidy(page)
        agrees = unknown = 0
        for moment, value in recorded.items():
            total, kept = ledger.total(moment), ledger.total(moment, kept=True)
            if total is None:
                unknown += 1
            elif abs(value - total) <= CENT or abs(value - kept) <= CENT:
                agrees += 1
            else:
                wrong[moment] = (value, total)
        said = page.section("Do the totals add up?").all("p")[0].text()
        self.assertTrue(said.startswith(f"Not everywhere. Of {agrees + len(wrong)} portfolio snapshots that can be checked, {len(wrong)} differ "), said)
        table = page.section("Do the totals add up?").rows()[1:]
        newest = sorted(wrong, reverse=True)[:25]
        self.assertEqual([row[0] for row in table], [day(moment) for moment in newest])
        for row, moment in zip(table, newest):
            value, total = wrong[moment]
            self.assertEqual(row[1:3], [money(value), money(total)])
            self.assertEqual(row[3], change(value - total))
        groups_now = {}
        for asset in ledger.assets.values():
            value = ledger.last(asset, datetime.datetime.max.replace(tzinfo=UTC))
            if value is not None and not asset["disposed"]:
                groups_now[asset["group"]] = groups_now.get(asset["group"], Decimal(0)) + value
        shown = {row[0]: row[2] for row in page.section("What it consists of").rows()[1:]}
        names = {"FINANCIAL": "Financial", "REAL_ESTATE": "Real estate", "PERSONAL_PROPERTY": "Personal property",
                 "PHYSICAL_COLLECTIONS": "Collections", "LIABILITIES": "Liabilities", "OTHER": "Other"}
        self.assertEqual(shown, {**{names[group]: money(value) for group, value in groups_now.items()},
                                 "Net worth": money(sum(groups_now.values()))})
        assets = page.assets()
        for name, asset in ledger.assets.items():
            value = ledger.last(asset, datetime.datetime.max.replace(tzinfo=UTC))
            self.assertEqual(assets[name]["value"], "no value" if value is None else money(value), name)
            if value is not None:
                self.assertEqual(assets[name]["date"], day(max(asset["values"])[0]))

    def test_where_the_portfolio_disagrees_is_marked(self):
        book = Book(new_database(self.folder / "strata.db"))
        account = book.asset("Account")
        for month in range(1, 7):
            book.value(account, 100 * month, f"2024-{month:02}-01T00:00:00.000+00:00")
            book.total(100 * month + (0.01 if month == 4 else 0), f"2024-{month:02}-01T00:00:00.000+00:00")
        page = self.page()
        self.tidy(page)
        self.assertEqual(page.section("Do the totals add up?").rows()[1:], [["1 Apr 2024", "400.01", "400.00", "+0.01"]])
        self.assertIn("Of 6 portfolio snapshots that can be checked, 1 differs from", page.section("Do the totals add up?").text())
        charts = [picture for picture in page.pictures() if picture.get("class", "").startswith("chart")]
        for picture in charts:
            (ring,) = [circle for circle in picture.iter("circle") if circle.get("class") == "ring"]
            fourth = [circle for circle in picture.iter("circle") if circle.get("class") == "dot"][3]
            self.assertEqual((ring.get("cx"), ring.get("cy")), (fourth.get("cx"), fourth.get("cy")))
        self.assertEqual(len(charts), 2)
        self.assertIn("A ring marks where the two disagree.", page.section("Over time").text())

    def test_liabilities_lower_the_total_whichever_sign_they_are_stored_with(self):
        for owed, says in ((180000.5, False), (-180000.5, True)):
            with self.subTest(owed=owed):
                (self.folder / "strata.db").unlink(missing_ok=True)
                book = Book(new_database(self.folder / "strata.db"))
                book.value(book.asset("Flat", "REAL_ESTATE"), 385000, "2024-01-01T00:00:00.000+00:00")
                book.value(book.asset("Loan", "LIABILITIES"), owed, "2024-01-01T00:00:00.000+00:00")
                book.total(204999.5, "2024-01-01T00:00:00.000+00:00")
                page = self.page()
                self.assertIn("Yes. The portfolio snapshot that can be checked agrees", page.section("Do the totals add up?").text())
                self.assertEqual(page.assets()["Loan"]["value"], "−180,000.50")
                self.assertEqual("One liability is stored as a negative amount" in page.section("Do the totals add up?").text(), says)

    def test_an_asset_counts_until_it_is_disposed_of(self):
        book = Book(new_database(self.folder / "strata.db"))
        kept, sold, lost = book.asset("Kept"), book.asset("Sold", disposed=1), book.asset("Lost", disposed=1)
        for asset, value in ((kept, 1000), (sold, 70), (lost, 5)):
            book.value(asset, value, "2024-01-01T00:00:00.000+00:00")
        book.value(sold, 60, "2024-05-01T00:00:00.000+00:00")  # after it was sold: no matter
        book.disposal(sold, "2024-03-01T00:00:00.000+00:00")
        for value, month in ((1070, "02"), (1000, "03"), (1000, "06")):
            book.total(value, f"2024-{month}-01T00:00:00.000+00:00")
        text = self.page().section("Do the totals add up?").all("p")[0].text()
        self.assertEqual(text, "Yes. All 3 portfolio snapshots that can be checked agree with the values of the assets.")
        book.connection.execute("UPDATE portfolio_snapshots SET value = 1000")  # as the app has it once it has recalculated February
        text = self.page().section("Do the totals add up?").all("p")[0].text()
        self.assertEqual(text, "Yes. All 3 portfolio snapshots that can be checked agree with the values of the assets. One agrees only if the assets disposed of since then are left out, as the app does when it recalculates past totals.")

    def test_currencies_are_kept_apart(self):
        book = Book(new_database(self.folder / "strata.db"))
        account, purse = book.asset("Account"), book.asset("Purse")
        book.value(account, 100, "2024-01-01T00:00:00.000+00:00")          # in EUR, like most portfolio snapshots
        book.value(purse, 7, "2024-01-01T00:00:00.000+00:00", "usd")
        book.value(account, 120, "2024-03-01T00:00:00.000+00:00", "USD")   # from now on in dollars
        for value, month, currency in ((100, "01", "EUR"), (7, "02", "USD"), (0, "04", "EUR"), (0, "07", "EUR"), (127, "05", "USD"), (3, "06", "JPY")):
            book.total(value, f"2024-{month}-02T00:00:00.000+00:00", currency)
        page = self.page()
        self.tidy(page)
        text = page.section("Do the totals add up?").text()
        self.assertIn("Yes. All 5 portfolio snapshots that can be checked agree with the values of the assets. "
                      "One more was recorded before any asset had a value in its currency.", text)
        self.assertIn("Values without a currency are taken to be in EUR", text)
        self.assertEqual([heading.text() for heading in page.section("Over time").all("h3")], ["EUR", "USD", "JPY"])
        self.assertEqual([table.rows()[-1][2] for table in page.section("What it consists of").all("table")], ["127.00"])
        self.assertEqual(page.assets()["Account"]["date"], "1 Mar 2024")  # all are in dollars now, which the caption says
        self.assertIn("in USD", page.section("Each asset").all("caption")[0].text())

    def test_amounts_beyond_what_adds_up_exactly_are_compared_as_doubles(self):
        book = Book(new_database(self.folder / "strata.db"))
        for name, value in (("small", 0.01), ("trillions", 123456789012345.0), ("more", 9.5e20)):
            book.value(book.asset(name), value, "2024-01-01T00:00:00.000+00:00")
        book.total(0.01 + 123456789012345.0 + 9.5e20, "2024-01-02T00:00:00.000+00:00")
        book.total(9.6e20, "2024-01-03T00:00:00.000+00:00")
        page = self.page()
        self.tidy(page)
        self.assertEqual([row[0] for row in page.section("Do the totals add up?").rows()[1:]], ["3 Jan 2024"])
        self.assertEqual(page.assets()["trillions"]["value"], "123,456,789,012,345.00")
        self.assertEqual(page.assets()["more"]["value"], "9.5e20")

    def test_a_total_later_than_the_last_portfolio_snapshot_is_told(self):
        book = Book(new_database(self.folder / "strata.db"))
        account = book.asset("Account")
        book.value(account, 10, "2024-01-01T00:00:00.000+00:00")
        book.total(10, "2024-01-01T00:00:00.000+00:00")
        book.value(account, 12.5, "2024-02-01T00:00:00.000+00:00")
        self.assertIn("By their latest values they add up to 12.50 on 1 Feb 2024.", self.page().section("Over time").text())


if __name__ == "__main__":
    decimal.getcontext().prec = 60
    unittest.main()
