"""Makes the page of sql/report.sql and reads it: its elements, tables and pictures, and what the
tests of it share.
"""

from __future__ import annotations

import html.parser
import pathlib
import re
import sqlite3
import subprocess
import xml.etree.ElementTree

from support import EXTENSION, SHELL, SOURCE, Case

VOID = {"meta", "br"}  # of the elements without an end tag, those that the page has


class Element:
    """An element with its attributes, and children that are elements or texts."""

    def __init__(self, tag: str, attributes: dict, parent: Element | None):
        self.tag, self.attributes, self.parent, self.children = tag, attributes, parent, []

    def all(self, *tags: str) -> list[Element]:
        """The elements of these tags in it, in the page's order."""
        found = []
        for child in self.children:
            if isinstance(child, Element):
                found += [child] * (not tags or child.tag in tags) + child.all(*tags)
        return found

    def text(self, but: tuple = ("svg", "style")) -> str:
        parts = [child if isinstance(child, str) else "" if child.tag in but else child.text(but) for child in self.children]
        return " ".join("".join(parts).split())

    def rows(self) -> list[list[str]]:
        """A table's cells, as texts; what is small in a cell follows after a bar."""
        return [[cell_text(cell) for cell in row.children if isinstance(cell, Element)] for row in self.all("tr")]


def cell_text(cell: Element) -> str:
    small = [part.text() for part in cell.all("small")]
    return "|".join([cell.text(("svg", "small")), *(text for text in small if text)])


class Page(html.parser.HTMLParser):
    """Reads a page strictly: whatever is opened is closed, in its order."""

    def __init__(self, text: str):
        super().__init__(convert_charrefs=True)
        self.source, self.root = text, Element("", {}, None)
        self.here, self.declarations = self.root, []
        self.feed(text)
        self.close()
        if self.here is not self.root:
            raise AssertionError(f"<{self.here.tag}> is not closed")

    def handle_decl(self, decl):
        self.declarations.append(decl)

    def handle_starttag(self, tag, attrs):
        if len(dict(attrs)) != len(attrs):
            raise AssertionError(f"<{tag}> has an attribute twice: {attrs}")
        element = Element(tag, dict(attrs), self.here)
        self.here.children.append(element)
        if tag not in VOID:
            self.here = element

    def handle_startendtag(self, tag, attrs):
        self.handle_starttag(tag, attrs)
        self.handle_endtag(tag)

    def handle_endtag(self, tag):
        if tag != self.here.tag:
            raise AssertionError(f"</{tag}> ends <{self.here.tag}>")
        self.here = self.here.parent

    def handle_data(self, data):
        self.here.children.append(data)

    def all(self, *tags: str) -> list[Element]:
        return self.root.all(*tags)

    def section(self, heading: str) -> Element:
        """The section with this heading."""
        (found,) = [section for section in self.all("section") if section.all("h2")[0].text() == heading]
        return found

    def headings(self) -> list[str]:
        return [heading.text() for heading in self.all("h2")]

    def fact(self, term: str) -> str:
        """What the head of the page says of it."""
        texts = [element.text() for element in self.all("dt", "dd")]
        return texts[texts.index(term) + 1]

    def pictures(self) -> list[xml.etree.ElementTree.Element]:
        """Every SVG picture, as an XML parser reads it."""
        return [xml.etree.ElementTree.fromstring(svg) for svg in re.findall(r"<svg.*?</svg>", self.source, re.DOTALL)]

    def assets(self) -> dict[str, dict[str, str]]:
        """The table of the assets: what is said of each, by its name."""
        found, part = {}, ""
        for row in self.section("Each asset").rows()[1:]:
            if len(row) == 1:
                part = row[0]
                continue
            (name, _, detail), (value, _, date) = row[0].partition("|"), row[2].partition("|")
            found[name] = {"group": part, "detail": detail, "value": value, "date": date}
        return found


def literal(text) -> str:
    return "'" + str(text).replace("'", "''") + "'"


def dotted(text: str) -> str:
    """An argument of a shell's own command."""
    return '"' + text.replace("\\", "\\\\").replace('"', '\\"') + '"'


class ReportCase(Case):
    """A test with a database of its own, from which it makes pages."""

    def run_report(self, database="strata.db", out="page.html", **parameters) -> subprocess.CompletedProcess:
        if out is not None:
            parameters["out"] = self.folder / out
        settings = [f".param set :{name} {dotted(literal(value))}" for name, value in parameters.items()]
        return subprocess.run([SHELL, str(self.folder / database), f".load {dotted(EXTENSION.removesuffix('.so'))}", *settings,
                               f".read {dotted(f'{SOURCE}/sql/report.sql')}"], cwd=self.folder, stdin=subprocess.DEVNULL,
                              capture_output=True, timeout=120, encoding="utf-8", check=False)

    def page(self, database="strata.db", **parameters) -> Page:
        done = self.run_report(database, **parameters)
        self.assertEqual((done.returncode, done.stderr), (0, ""), done.stdout)
        return Page((self.folder / "page.html").read_text(encoding="utf-8"))

    def tidy(self, page: Page) -> None:
        """What holds of every page, whatever is in the database."""
        self.assertEqual(page.declarations, ["doctype html"])
        self.assertEqual(page.all("html")[0].attributes["lang"], "en")
        allowed = {"html", "head", "meta", "style", "title", "body", "header", "main", "footer", "section", "h1", "h2", "h3", "p", "span",
                   "strong", "em", "small", "b", "br", "bdi", "dl", "dt", "dd", "ul", "li", "details", "summary", "figure", "figcaption", "div",
                   "table", "caption", "thead", "tbody", "tr", "th", "td", "svg", "desc", "path", "text", "circle", "rect"}
        for element in page.all():
            self.assertIn(element.tag, allowed)
            for name in element.attributes:
                self.assertFalse(name.startswith("on") or name in ("src", "href", "srcset", "action", "data"), (element.tag, name))
        self.assertNotRegex(page.source, r"(?i)https?:|url\(|@import|javascript:")
        self.assertNotIn("\0", page.source)
        level = 0
        for heading in page.all("h1", "h2", "h3"):
            self.assertLessEqual(int(heading.tag[1]), level + 1, heading.text())
            level = int(heading.tag[1])
            self.assertNotEqual(heading.text(), "")
        self.assertEqual(len(page.all("h1")), 1)
        for table in page.all("table"):
            self.assertNotEqual(table.all("caption")[0].text(), "")
            widths = {sum(int(cell.attributes.get("colspan", 1)) for cell in row.children if isinstance(cell, Element)) for row in table.all("tr")}
            self.assertEqual(len(widths), 1, "rows of one table have different widths")
            for cell in table.all("th"):
                self.assertIn(cell.attributes["scope"], ("col", "row", "rowgroup"))
        for picture in page.pictures():
            self.inside(picture)

    def inside(self, picture) -> None:
        """A picture has a title, or is said to be an ornament, and whatever it draws is a number within its frame."""
        if picture.get("aria-hidden") != "true":
            self.assertEqual(picture.get("role"), "img")
            self.assertTrue(picture.find("title").text)
        _, _, width, height = (float(number) for number in picture.get("viewBox").split())
        for element in picture.iter():
            for name in ("x", "y", "cx", "cy", "r", "width", "height"):
                if element.get(name) is not None and element is not picture:
                    self.assertGreaterEqual(float(element.get(name)), -1)
                    self.assertLessEqual(float(element.get(name)), max(width, height) + 1)
            path = element.get("d")
            if path and "H" not in path and "v" not in path and "V" not in path:
                self.assertRegex(path, r"^M(-?[\d.]+ -?[\d.]+L)*-?[\d.]+ -?[\d.]+Z?$")
                for x, y in points(path):
                    self.assertTrue(-1 <= x <= width + 1 and -1 <= y <= height + 1, (x, y, path[:80]))


def points(path: str) -> list[tuple[float, float]]:
    return [tuple(float(number) for number in pair.split()) for pair in path.strip("MZ").split("L")]


def new_database(path: pathlib.Path, *statements) -> sqlite3.Connection:
    """A database with the tables of sql/schema.sql, and rows: (sql, parameters) or sql."""
    connection = sqlite3.connect(str(path), isolation_level=None)
    connection.execute("PRAGMA synchronous = OFF")
    connection.executescript((SOURCE / "sql" / "schema.sql").read_text(encoding="utf-8"))
    for statement in statements:
        connection.execute(*([statement] if isinstance(statement, str) else statement))
    return connection


class Book:
    """Adds rows to a database with few words."""

    def __init__(self, connection: sqlite3.Connection):
        self.connection, self.number = connection, 0
        for group in ("FINANCIAL", "REAL_ESTATE", "PERSONAL_PROPERTY", "PHYSICAL_COLLECTIONS", "OTHER", "LIABILITIES"):
            self.kind(group)

    def id(self) -> str:
        self.number += 1
        return f"id_{self.number:06}"

    def kind(self, group: str, label: str | None = None) -> str:
        self.connection.execute('INSERT INTO asset_types(id, code, label, "group") VALUES (?, ?, ?, ?)',
                                (f"at_{group}", group, group.lower() if label is None else label, group))
        return f"at_{group}"

    def asset(self, name: str, group: str = "FINANCIAL", quantity=1, disposed=0) -> str:
        key = self.id()
        self.connection.execute("INSERT INTO assets(id, name, quantity, disposed, asset_type_id, updated_at) VALUES (?, ?, ?, ?, ?, '2025-01-01')",
                                (key, name, quantity, disposed, f"at_{group}"))
        return key

    def value(self, asset: str, value, at, currency: str | None = None) -> None:
        columns = {"id": self.id(), "asset_id": asset, "value": value, "observed_at": at}
        if currency is not None:
            columns["currency"] = currency
        self.insert("asset_snapshots", columns)

    def total(self, value, at, currency: str | None = "EUR", notes: str | None = None) -> None:
        self.insert("portfolio_snapshots", {"id": self.id(), "value": value, "currency": currency, "notes": notes, "observed_at": at})

    def disposal(self, asset: str, at) -> None:
        self.insert("transactions", {"id": self.id(), "asset_id": asset, "type": "DISPOSE", "unit_price": 1, "quantity": 1, "currency": "EUR",
                                     "occurred_at": at})

    def insert(self, table: str, columns: dict) -> None:
        names, marks = ", ".join(columns), ", ".join("?" * len(columns))
        self.connection.execute(f"INSERT INTO {table}({names}) VALUES ({marks})", tuple(columns.values()))
