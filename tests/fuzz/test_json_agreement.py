"""The extension accepts exactly the JSON that RFC 8259 allows: strata and Python's json judge
twenty thousand mutated documents (from a fixed seed).

Python's parser is known to accept more: NaN and Infinity, lone surrogates from escapes, and
unlimited nesting; this test judges those itself. Where the grammar is violated, the
extension says "malformed JSON" with line and column. Any other error, such as a duplicate
key, does not count here.
"""

from __future__ import annotations

import json
import random
import re
import sqlite3
import unittest

from support import Case, connect

DOCUMENTS = 20_000
MAX_DEPTH = 64
MALFORMED = re.compile(r"^line (\d+), column (\d+): malformed JSON: ")

SEEDS = [
    '{"schemaVersion":"1","data":{}}',
    '{"schemaVersion":"1","exportedAt":"2025-01-15T09:42:11.123Z","data":{\n"assetTypes":[\n'
    '{"id":"at_cash","code":"CASH","label":"Caf\u00e9 \u20ac \U0001f3e0","group":"FINANCIAL"}\n],\n"tags":[]\n}}',
    ' {"data" : { "x" : [ 0 , -0.5 , 1e5 , 1.25E-7, 10, -12 , {"a":[[],{}]} , true , false , null ] }, "schemaVersion" : "1" } ',
    '{"schemaVersion":"1","data":{"tags":[{"id":"\\u0000\\"\\\\\\/\\b\\f\\n\\r\\t\\u00e9\\uD83D\\uDE00","name":""}]}}',
    '\ufeff{"schemaVersion":"1","mode":"merge","data":{"t\\u0061gs":[{"id":"a"},\r\n\t{"id":"b","n":3}]}}',
    '{"schemaVersion":"1","data":{"x":' + "[" * 60 + "7" + "]" * 60 + "}}",
]
# What mutations put in: the marks of the grammar, and what parsers are known to take though they must not.
PIECES = [
    piece if isinstance(piece, bytes) else piece.encode()
    for piece in (
        list('{}[],:"\\/0123456789-+.eE tfnu \n\r\t\0\x01\x1f\x7f')
        + ["\\u", "\\uD83D", "\\uDE00", "\\u0000", "\\x", "\\n", "\\\\", '\\"', "NaN", "Infinity", "-Infinity", "true", "null"]
        + ["00", "1.", ".5", "1e", "-", "0x1", "//", "/**/", "'", "\u00e9", "\U0001f600", "\u2028", "\u00a0", "\ufeff", "\x0b", "\x0c"]
        + ["[[", "]]", "[" * 5, '{"a":', ",]", ",}", '"a":1', "[]", "{}", '""', "True", "None", "1_0", "\uff11", "\u0661"]
        + [b"\x80", b"\xff", b"\xfe", b"\xc0\xaf", b"\xe0\x80\x80", b"\xed\xa0\x80", b"\xed\xb0\x80", b"\xf4\x90\x80\x80", b"\xe2\x82"]
    )
]


def mutated(generator: random.Random) -> bytes:
    """A document with one to four things done to it."""
    text = bytearray(generator.choice(SEEDS).encode())
    for _ in range(generator.choice((1, 1, 1, 2, 2, 4))):
        at = generator.randrange(len(text) + 1)
        until = min(len(text), at + generator.choice((0, 1, 1, 2, 8)))
        action = generator.randrange(6)
        if action <= 1:
            text[at:at] = generator.choice(PIECES)
        elif action == 2:
            text[at:until] = generator.choice(PIECES)
        elif action == 3:
            del text[at:until]
        elif action == 4:
            other = generator.randrange(len(text) + 1)
            text[other:other] = text[at:until]
        elif at < len(text):
            text[at] = generator.choice((text[at] ^ 1 << generator.randrange(8), generator.randrange(256)))
    if generator.randrange(50) == 0:
        del text[generator.randrange(len(text) + 1):]
    return bytes(text)


def refuse_constant(name: str) -> None:
    raise ValueError(f"{name} is no JSON")


def is_scalar_text(value) -> bool:
    """Whether no string in it has a lone surrogate, which Python's parser leaves in."""
    if isinstance(value, str):
        return not any(0xD800 <= ord(c) <= 0xDFFF for c in value)
    if isinstance(value, list):
        return all(is_scalar_text(item) for item in value)
    return True


def depth(text: str) -> int:
    """How deep arrays and objects nest in a text that is JSON."""
    deepest = level = 0
    for mark in re.findall(r'"(?:[^"\\]|\\.)*"|[\[\]{}]', text):
        level += (mark in "[{") - (mark in "]}") if len(mark) == 1 else 0
        deepest = max(deepest, level)
    return deepest


def judge(document: bytes) -> bool | None:
    """Whether it is JSON; None where it is, but no backup can be: it nests too deeply, or is no object."""
    try:
        text = document.decode("utf-8")
        if text.startswith("\ufeff"):
            text = text[1:]
        # Objects as lists of lists: so that no key that is there twice is lost.
        value = json.loads(text, parse_constant=refuse_constant,
                           object_pairs_hook=lambda pairs: [[name, item] for name, item in pairs])
    except ValueError:
        return False
    if not is_scalar_text(value):
        return False
    if depth(text) > MAX_DEPTH or text.lstrip(" \t\r\n")[0] != "{":
        return None
    return True


class Agreement(Case):
    def setUp(self):
        super().setUp()
        self.db = connect()

    def error(self, document: bytes) -> str | None:
        try:
            self.db.execute("SELECT * FROM strata_backup_counts(?)", (document,)).fetchall()
        except sqlite3.Error as error:
            return str(error)
        return None

    def test_the_seeds_are_accepted(self):
        for seed in SEEDS:
            self.assertIsNone(self.error(seed.encode()))
            self.assertIs(judge(seed.encode()), True)

    def test_the_judge_is_strict(self):
        for text in (b"", b"[NaN]", b"-Infinity", b'"\\ud800"', b'{"\\udc00":1}', b'["\xff"]', b'"\n"', b"01", b"[1,]",
                     b'{"a":1,"a":"\\ud83d"}', b"\xef\xbb\xbf\xef\xbb\xbf{}", b"\xed\xa0\x80", b"\xff\xfe{\0}\0"):
            self.assertIs(judge(text), False, text)
        self.assertIsNone(judge(b"[]"))
        self.assertIsNone(judge(b'{"a":' * 65 + b"1" + b"}" * 65))
        self.assertIs(judge(b'{"a":' * 64 + b"1" + b"}" * 64), True)
        self.assertIs(judge(b'{"a":"[[[[\\"[[["}'), True)

    def test_mutated_documents_are_judged_alike(self):
        generator = random.Random("strata")
        refused = accepted = 0
        for number in range(DOCUMENTS):
            document = mutated(generator)
            error = self.error(document)
            expected = judge(document)
            if error is not None and error.startswith("Unsupported backup schemaVersion"):
                continue  # the version comes before anything else
            malformed = error is not None and MALFORMED.match(error) is not None
            with self.subTest(number=number, document=document, error=error):
                self.assertEqual(malformed, expected is not True)
                if malformed:
                    self.assertLessEqual(int(MALFORMED.match(error)[1]), document.count(b"\n") + 1)
            refused += malformed
            accepted += not malformed
        self.assertGreater(refused, DOCUMENTS // 3)
        self.assertGreater(accepted, DOCUMENTS // 6)

    def test_a_text_is_judged_like_its_bytes(self):
        generator = random.Random("text")
        for number in range(DOCUMENTS // 10):
            document = mutated(generator)
            try:
                text = document.decode("utf-8")
            except ValueError:
                continue
            with self.subTest(number=number, document=document):
                self.assertEqual(self.error(text), self.error(document))


if __name__ == "__main__":
    unittest.main()
