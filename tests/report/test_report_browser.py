"""The page in a browser: on a wide screen and a phone, light, dark and printed. Ends with exit code
77 (skipped) if there is no Chromium.
"""

from __future__ import annotations

import sys
import unittest

import browser
from page import Book, ReportCase, new_database
from support import sample
from test_report_page import CONTROL, HOSTILE

# What lies outside of the screen; elements that are cut by a scrolling ancestor do not.
OUTSIDE = """[...document.querySelectorAll('body *')].filter(e => !e.parentElement.closest('.scroll'))
             .filter(e => { const r = e.getBoundingClientRect(); return r.width && (r.right > WIDTH + 1 || r.left < -1) }).map(e => e.outerHTML.slice(0, 120))"""
SCROLLS = "[...document.querySelectorAll('.scroll')].filter(e => e.scrollWidth > e.clientWidth).map(e => e.textContent.slice(0, 60))"
# The labels of the axes that one can see, as rectangles, picture by picture.
LABELS = """[...document.querySelectorAll('svg.chart')].filter(e => e.getBoundingClientRect().width).map(svg => [...svg.querySelectorAll('text')]
            .map(e => { const r = e.getBoundingClientRect(); return [r.left, r.top, r.right, r.bottom, parseFloat(getComputedStyle(e).fontSize) * r.height / e.getBBox().height] }))"""


class Seen(ReportCase):
    @classmethod
    def setUpClass(cls):
        cls.browser = browser.Browser().__enter__()
        cls.addClassCleanup(cls.browser.__exit__)

    def look(self, width: int, scheme: str = "light", medium: str = "screen") -> None:
        """Opens the page and asserts what holds of it on every screen."""
        self.browser.open(self.folder / "page.html", width, scheme=scheme, medium=medium)
        self.assertEqual(self.browser.ask(OUTSIDE.replace("WIDTH", str(width))), [])
        self.assertLessEqual(self.browser.ask("document.documentElement.scrollWidth"), width)
        self.assertEqual(self.browser.told("Log.entryAdded", "Runtime.consoleAPICalled", "Runtime.exceptionThrown"), [])
        asked = {event["request"]["url"] for event in self.browser.told("Network.requestWillBeSent")}
        self.assertEqual(asked, {(self.folder / "page.html").resolve().as_uri()}, "the page fetches something")
        self.assertEqual(self.browser.ask("document.scripts.length"), 0)
        for labels in self.browser.ask(LABELS):
            self.assertTrue(labels)
            for number, (left, top, right, bottom, size) in enumerate(labels):
                self.assertGreater(size, 8, "a label too small to read")
                for other in labels[:number]:
                    self.assertTrue(right < other[0] or other[2] < left or bottom <= other[1] + 2 or other[3] <= top + 2, ("labels overlap", labels))

    def everywhere(self, scrolls: bool = False) -> None:
        for width in (320, 390, 768, 1280):
            for scheme in ("light", "dark"):
                with self.subTest(width=width, scheme=scheme):
                    self.look(width, scheme)
                    if not scrolls:
                        self.assertEqual(self.browser.ask(SCROLLS), [], "a table is wider than the screen")

    def test_the_sample_on_every_screen(self):
        sample(self.folder / "strata.db")
        self.page()
        self.everywhere()
        paper = {}
        for scheme in ("light", "dark"):
            self.look(390, scheme)
            paper[scheme] = self.browser.ask("getComputedStyle(document.documentElement).backgroundColor")
            self.assertEqual(self.browser.ask("[...document.querySelectorAll('svg.chart')].map(e => e.getBoundingClientRect().width > 0)"), [False, True])
        self.assertEqual(paper, {"light": "rgb(252, 251, 248)", "dark": "rgb(21, 25, 28)"})
        self.look(1280)
        self.assertEqual(self.browser.ask("[...document.querySelectorAll('svg.chart')].map(e => e.getBoundingClientRect().width > 0)"), [True, False])

    def test_on_paper(self):
        sample(self.folder / "strata.db")
        self.page()
        self.look(760, "dark", "print")
        self.assertEqual(self.browser.ask("getComputedStyle(document.documentElement).backgroundColor"), "rgb(255, 255, 255)")
        self.assertTrue(self.browser.print().startswith(b"%PDF"))

    def test_hostile_names_on_every_screen(self):
        book = Book(new_database(self.folder / "strata.db"))
        for number, name in enumerate(HOSTILE + CONTROL):
            asset = book.asset(name, ("FINANCIAL", "LIABILITIES")[number % 2], quantity=10.0 ** (number * 7 % 40))
            book.value(asset, 10.0 ** (number * 7 % 40 - 8), "2024-01-01T00:00:00.000+00:00")
            book.total(-(10.0 ** number), f"2024-01-{number + 1:02}T00:00:00.000+00:00", notes=name)
        self.page(title=HOSTILE[-4], source=HOSTILE[-5], checked=HOSTILE[0])
        self.everywhere(scrolls=True)
        self.assertEqual(self.browser.ask("document.querySelectorAll('h1').length"), 1)

    def test_a_right_to_left_name_stays_in_its_cell(self):
        book = Book(new_database(self.folder / "strata.db"))
        book.value(book.asset("\u202eabc\u202d 12"), 1234.5, "2024-01-01T00:00:00.000+00:00")
        self.page()
        self.look(390)
        self.assertEqual(self.browser.ask("getComputedStyle(document.querySelector('tbody bdi')).unicodeBidi"), "isolate")


if __name__ == "__main__":
    if not browser.program():
        print("skipped: no Chromium here (Debian's chromium)")
        sys.exit(77)
    unittest.main()
