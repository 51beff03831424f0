"""Documents that every restore must refuse, as data: what is wrong, where, and the words that
the error must contain. For a database with the sample data.

    for bad in BAD:
        bad.name       a few words for people
        bad.document   str or bytes
        bad.modes      in which modes it is an error: one of them, or both
        bad.words      each must be in the message
        bad.line       the line in the document, or None where there is no place
        bad.column     of malformed JSON, in characters from 1; None: not checked
        bad.path       "$.data.tags[1].name", or None where there is none
        bad.constraint whether SQLite's result code is one of a constraint
        bad.exact      the whole message, or None

In the documents below, ¦ marks the place of the error; it is removed.
"""

from __future__ import annotations

import collections

BOTH = ("replace", "merge")
Bad = collections.namedtuple("Bad", "name document modes words line column path constraint exact")


def place(text: str) -> tuple[str, int, int]:
    """A marked document without its mark, and where that stood."""
    before, mark, after = text.partition("¦")
    assert mark and "¦" not in after, text
    return before + after, before.count("\n") + 1, len(before) - before.rfind("\n")


def malformed(name: str, marked: str, *words: str, column: bool = True) -> Bad:
    text, line, at = place(marked)
    return Bad(name, text, BOTH, ("malformed JSON", *words), line, at if column else None, None, False, None)


def malformed_bytes(name: str, before: str, octets: bytes, after: str, *words: str) -> Bad:
    """Malformed at these bytes, which are no text."""
    _, line, at = place(before + "¦")
    return Bad(name, before.encode() + octets + after.encode(), BOTH, ("malformed JSON", *words), line, at, None,
               False, None)


def wrong(name: str, path: str, marked: str, *words: str, modes: tuple = BOTH, constraint: bool = False) -> Bad:
    text, line, _ = place(marked)
    return Bad(name, text, modes, words, line, None, path, constraint, None)


def version(name: str, text: str, *words: str, exact: str | None = None) -> Bad:
    return Bad(name, text, BOTH, words, None, None, None, False, exact)


def data(*tables: str) -> str:
    """A document with these members of data, the first on line 2."""
    return '{"schemaVersion":"1","data":{\n' + ",\n".join(tables) + "\n}}"


def tags(*rows: str) -> str:
    """A document with these tags, the first on line 3."""
    return data('"tags":[\n' + ",\n".join(rows) + "\n]")


FINE = '{"id":"t_new","name":"new é𝒳"}'

EMPTY = [
    malformed("empty", "¦", "empty"),
    malformed("white space only", " \n\t\r\n ¦", "empty"),
    malformed("a byte-order mark only", "\ufeff¦", "empty", column=False),
    malformed("two byte-order marks", '\ufeff¦\ufeff{"schemaVersion":"1","data":{}}', column=False),
    malformed("an array", "¦[]", "object"),
    malformed("an array with a document", '¦[{"schemaVersion":"1","data":{}}]', "object"),
    malformed("a string", '\n¦"{}"', "object"),
    malformed("a number", "¦7", "object"),
    malformed("null", "¦null", "object"),
    malformed("a file name", "¦backup.json", "strata_file()"),
    malformed("SQL", "¦SELECT 1", "not JSON"),
]

END = ("ends", "complete")
CUT = [
    malformed("cut behind {", "{¦", *END),
    malformed("cut in a name", '{"schemaVer¦', *END),
    malformed("cut behind a name", '{"schemaVersion"¦', *END),
    malformed("cut behind a colon", '{"schemaVersion":¦', *END),
    malformed("cut in a value", '{"schemaVersion":"1¦', *END),
    malformed("cut behind a value", '{"schemaVersion":"1"¦', *END),
    malformed("cut behind a comma", '{"schemaVersion":"1",¦', *END),
    malformed("cut in data", '{"schemaVersion":"1","data":{¦', *END),
    malformed("cut in a table", '{"schemaVersion":"1","data":{"tags":[¦', *END),
    malformed("cut in a row", '{"schemaVersion":"1","data":{"tags":[\n' + FINE + ',\n{"id":"t"¦', *END),
    malformed("cut in an escape", '{"schemaVersion":"1","data":{"tags":[{"id":"t\\¦', *END),
    malformed("cut before the last brace", data('"tags":[]')[:-1] + "¦", *END),
]

GRAMMAR = [
    malformed("something behind the end", tags(FINE) + "¦x"),
    malformed("a second document", tags(FINE) + "\n¦" + tags(FINE)),
    malformed("a bracket too many", tags(FINE) + " ¦]"),
    malformed("U+0000 behind the end", tags(FINE) + "¦\0"),
    malformed("no comma between tables", data('"tags":[] ¦"assets":[]')),
    malformed("no comma between rows", data('"tags":[' + FINE + "\n¦" + FINE + "]")),
    malformed("no comma between fields", tags(FINE, '{"id":"t" ¦"name":"n"}')),
    malformed("no comma at the top", '{"schemaVersion":"1" ¦"data":{}}'),
    malformed("a comma too many at the top", '{"schemaVersion":"1","data":{},¦}'),
    malformed("a comma too many in data", '{"schemaVersion":"1","data":{"tags":[],¦}}'),
    malformed("a comma too many behind a row", data('"tags":[' + FINE + ",¦]")),
    malformed("a comma too many in a row", tags('{"id":"t","name":"n",¦}')),
    malformed("two commas", tags('{"id":"t",¦,"name":"n"}')),
    malformed("no colon", tags('{"id"¦"t"}')),
    malformed("an equals sign", tags('{"id"¦="t"}')),
    malformed("single quotation marks", "{¦'schemaVersion':'1','data':{}}"),
    malformed("a name without quotation marks", '{¦schemaVersion:"1","data":{}}'),
    malformed("a comment", '{¦/* a comment */"schemaVersion":"1","data":{}}'),
    malformed("a comment of a line", '{"schemaVersion":"1", ¦// a comment\n"data":{}}'),
    malformed("the wrong bracket", tags('{"id":"t"¦]')),
    malformed("a brace for a bracket", data('"tags":[' + FINE + "¦}")),
    malformed("no value", tags('{"id":¦}')),
    malformed("a vertical tab between tokens", '{"schemaVersion":"1",¦\v"data":{}}'),
    malformed("a no-break space between tokens", '{"schemaVersion":"1",¦\u00a0"data":{}}'),
    malformed("U+0000 between tokens", '{"schemaVersion":"1",¦\0"data":{}}'),
    malformed("in what would be ignored", '{"schemaVersion":"1","x":[{"a":¦x}],"data":{}}'),
    malformed("in an unknown table", data('"unknown":[{"a":1,¦}]')),
    malformed("on a late line, behind wide characters", tags(*[FINE] * 50, '{"id":"é𝒳日",¦}')),
    malformed("behind line ends of two characters", tags(FINE, '{"id":"t",¦}').replace("\n", "\r\n")),
]

WORDS = [malformed(f"the word {word}", tags('{"id":¦%s}' % word))
         for word in ("True", "FALSE", "NULL", "nul", "tru", "None", "NaN", "Infinity", "undefined", "'t'", "t",
                      "+1", ".5", "@")]
WORDS.append(malformed("more than a word", tags('{"id":true¦x}')))

NUMBERS = [malformed(f"the number {number.replace('¦', '')}", tags('{"id":"t","name":%s}' % number),
                     *(["leading zero"] if number.endswith("0¦1") else []))
           for number in ("0¦1", "-0¦1", "-¦", "1.¦", "-¦.5", "1.¦e5", "1e¦", "1E+¦", "1e-¦x", "0¦x10", "1¦_000",
                          "-¦Infinity", "1,¦5",
                          "1.5¦.5", "-¦-1")]

STRINGS = [malformed(f"{name} in a string", tags(FINE, '{"id":"t","name":"a%sb"}' % text)) for name, text in (
    ("a line end", "¦\n"), ("a tab", "¦\t"), ("U+0000", "¦\0"), ("U+001F", "¦\x1f"), ("the escape \\x", "¦\\x41"),
    ("the escape \\'", "¦\\'"), ("the escape \\0", "¦\\0"), ("the escape \\U", "¦\\U00000041"),
    ("a short \\u", "¦\\u12"),
    ("no hexadecimal digits", "¦\\u12G4"), ("a sign in \\u", "¦\\u+123"), ("half a pair", "¦\\ud800"),
    ("the other half", "¦\\udc00"),
    ("two first halves", "¦\\ud800\\ud800"), ("halves in the wrong order", "¦\\udc00\\ud800"),
    ("half a pair and a letter", "¦\\ud800\\u0041"),
    ("half a pair and a broken half", "¦\\ud800\\udc"))]
STRINGS.append(malformed("a tab in a name", tags('{"i¦\td":"t"}')))
STRINGS.append(malformed("half a pair in a name", tags('{"id":"t","¦\\ud800":1}')))
STRINGS.append(malformed("half a pair in what would be ignored", '{"x":"¦\\udfff","schemaVersion":"1","data":{}}'))

UTF8 = [malformed_bytes(f"bytes {octets.hex()} in a string", '{"schemaVersion":"1","data":{"tags":[\n{"id":"é𝒳',
                        octets,
                        '","name":"n"}]}}', "UTF-8")
        for octets in (b"\xff", b"\x80", b"\xc3", b"\xc0\x80", b"\xc1\xbf", b"\xe2\x82", b"\xe0\x80\x80",
                       b"\xed\xa0\x80", b"\xed\xbf\xbf",
                       b"\xf0\x9d\x92", b"\xf0\x80\x80\x80", b"\xf4\x90\x80\x80", b"\xf5\x80\x80\x80",
                       b"\xf8\x88\x80\x80\x80", b"\xfe")]
UTF8 += [
    malformed_bytes("bytes that are no UTF-8 in a name", '{"schemaVersion":"1","x', b"\xff", '":1,"data":{}}',
                    "UTF-8"),
    malformed_bytes("Latin-1", '{"schemaVersion":"1","data":{"tags":[{"id":"t","name":"caf', b"\xe9", '"}]}}',
                    "UTF-8"),
    Bad("UTF-16", '{"schemaVersion":"1","data":{}}'.encode("utf-16"), BOTH, ("malformed JSON",), 1, None, None,
        False, None),
    malformed_bytes("a zero byte behind {", "{", b"\0", '"schemaVersion":"1","data":{}}'),
]

DEEP = [
    malformed("a million brackets", "¦" + "[" * 1_000_000, "object"),
    malformed("a million brackets in an ignored key", '{"x":' + "[" * 1_000_000 + "¦", "deep", column=False),
    malformed("a million objects in an ignored key", '{"x":' + '{"a":' * 1_000_000 + "¦", "deep", column=False),
    malformed("a million brackets in a field", tags('{"id":' + "[" * 1_000_000 + "¦"), "deep", column=False),
    malformed("a million brackets and their ends", '{"x":¦' + "[" * 1_000_000 + "]" * 1_000_000 + "}", "deep",
              column=False),
    malformed("a million objects in an unknown table", data('"unknown":[' + '{"a":[' * 500_000 + "¦"), "deep",
              column=False),
]

UNSUPPORTED = "Unsupported backup schemaVersion '%s', expected '1'"
VERSIONS = [version(f"version {other!r}", '{"schemaVersion":"%s","data":{}}' % other, exact=UNSUPPORTED % other)
            for other in ("2", "0", "1.0", "01", "11", " 1", "1 ", "X", "v1", "é", "one")]
VERSIONS += [version(f"version 2 {name}", text, exact=UNSUPPORTED % "2") for name, text in (
    ("behind the data", '{"data":{},"schemaVersion":"2"}'), ("without data", '{"schemaVersion":"2"}'),
    ("with data that is none", '{"schemaVersion":"2","data":[]}'),
    ("with a key that is there twice", '{"schemaVersion":"2","a":1,"a":2}'),
    ("with unknown tables", '{"schemaVersion":"2","data":{"holdings":[{"id":1}]}}'),
    ("with a mode that is none", '{"schemaVersion":"2","mode":7}'),
    ("with rows that are none", '{"schemaVersion":"2","data":{"tags":[1,{"id":null}]}}'),
    ("behind rows that are none", '{"data":{"tags":{"a":1},"tags":2},"schemaVersion":"2"}'),
    ("with a broken rest", '{"schemaVersion":"2","data":{"tags":[{]'),
    ("with a tail", '{"schemaVersion":"2","data":{}} tail'),
    ("written with an escape", '{"schema\\u0056ersion":"\\u0032","data":{}}'))]
VERSIONS += [version(f"version: {name}", text, "schemaVersion", *words) for name, text, *words in (
    ("no version", '{"data":{}}', "missing"), ("nothing at all", "{}", "missing"),
    ("wrapped in something", '{"data":{"schemaVersion":"1","data":{}}}', "missing"),
    ("a version in other capitals", '{"schemaversion":"1","data":{}}', "missing"),
    ("an empty version", '{"schemaVersion":"","data":{}}', "empty"),
    ("a number", '{"schemaVersion":1,"data":{}}', "a number"), ("null", '{"schemaVersion":null,"data":{}}', "null"),
    ("true", '{"schemaVersion":true,"data":{}}', "true"),
    ("an array", '{"schemaVersion":["1"],"data":{}}', "an array"),
    ("an object", '{"schemaVersion":{"1":"1"},"data":{}}', "an object"),
    ("no version, and data that is none", '{"data":7}', "missing"))]

DUPLICATES = [
    wrong("a key twice at the top", "$.x", '{"x":1,"schemaVersion":"1",\n"data":{},¦"x":1}', "twice"),
    wrong("data twice", "$.data", '{"schemaVersion":"1","data":{},\n¦"data":{}}', "twice"),
    wrong("the version twice", "$.schemaVersion", '{"schemaVersion":"1","data":{},\n¦"schemaVersion":"1"}', "twice"),
    wrong("the version twice, not the same", "$.schemaVersion",
          '{"schemaVersion":"1","data":{},\n¦"schemaVersion":"2"}', "twice"),
    wrong("data twice, once with an escape", "$.data", '{"schemaVersion":"1","data":{},\n¦"d\\u0061ta":{}}', "twice"),
    wrong("a table twice", "$.data.tags", data('"tags":[]', '"assets":[]', '¦"tags":[]'), "twice"),
    wrong("a table twice, once with an escape", "$.data.tags", data('"t\\u0061gs":[]', '¦"tags":[]'), "twice"),
    wrong("an unknown table twice", "$.data.empty", data('"empty":[]', '¦"empty":[]'), "twice"),
    wrong("a field twice", "$.data.tags[1].name", tags(FINE, '{"id":"t","name":"n",¦"name":"n"}'), "twice"),
    wrong("a field twice, once with an escape", "$.data.tags[1].id",
          tags(FINE, '{"id":"t","name":"n",¦"\\u0069d":"t"}'), "twice"),
    wrong("a field twice in the first row", "$.data.tags[0].id", tags('{"id":"t",¦"id":"t","name":"n"}', FINE),
          "twice"),
    wrong("a field twice in a row like the one before", "$.data.tags[1].name",
          tags(FINE, '{"id":"t","name":"n",¦"name":"m"}', FINE), "twice"),
]

TYPES = [wrong(f"data that is {what}", "$.data", '{"schemaVersion":"1",\n"data":¦%s}' % value, "object", what)
         for value, what in (("[]", "an array"), ("null", "null"), ('"{}"', "a string"), ("7", "a number"),
                             ("true", "true"))]
TYPES += [version("no data", '{"schemaVersion":"1"}', "data", "missing")]
TYPES += [wrong(f"a table that is {what}", "$.data.tags", data('"tags":¦%s' % value), "array", what)
          for value, what in (("{}", "an object"), ("null", "null"), ('"[]"', "a string"), ("7", "a number"),
                              ("false", "false"))]
TYPES += [wrong(f"a row that is {what}", "$.data.tags[1]", tags(FINE, "¦%s" % value), "object", what)
          for value, what in (("[]", "an array"), ("null", "null"), ('"t"', "a string"), ("7", "a number"),
                              ("true", "true"))]

UNKNOWN = [
    wrong("a misspelled table", "$.data.asssets", data('"tags":[]', '"asssets":¦[{"id":"a"}]'), "unknown",
          "assetTypes", "ignore"),
    wrong("a table by its name in SQL", "$.data.asset_types", data('"asset_types":¦[{"id":"a"}]'), "unknown"),
    wrong("a misspelled field", "$.data.tags[1].nmae", tags(FINE, '{"id":"t",\n"nmae":¦"n","name":"n"}'), "unknown",
          "tags", "ignore"),
    wrong("a field by its name in SQL", "$.data.categories[0].parent_id",
          data('"categories":[{"id":"c","name":"n","parent_id":¦null}]'), "unknown"),
    wrong("a field whose name goes on behind U+0000", '$.data.tags[0]["name\\u0000y"]',
          tags('{"id":"t","name":"n",\n"name\\u0000y":¦1}'), "unknown"),
    wrong("a table whose name goes on behind U+0000", '$.data["tags\\u0000y"]',
          data('"tags\\u0000y":¦[{"id":"t","name":"n"}]'), "unknown"),
    wrong("a field of a very long name", '$.data.tags[0]["%s…"]' % ("x" * 100),
          tags('{"id":"t","name":"n",\n"%s":¦1}' % ("x" * 5000)), "unknown"),
]

CASH = '{"id":"at_cash","code":"CASH","label":"Cash","group":"FINANCIAL"}'
ASSET = '{"id":"%s","name":"n","assetTypeId":"at_cash"}'
REQUIRED = [
    wrong("a row without its key", "$.data.tags[1].id", tags(FINE, '¦{"name":"n"}'), "missing"),
    wrong("a row without anything", "$.data.tags[0].id", tags("¦{}"), "missing"),
    wrong("a row without half of its key", "$.data.tagsOnAssets[0].tagId",
          data('"tagsOnAssets":[\n¦{"assetId":"a_car"}]'), "missing"),
    wrong("a row without a field that it needs", "$.data.tags[1].name", tags(FINE, '¦{"id":"t"}'), "missing"),
    wrong("null in a column that takes none", "$.data.tags[1].name", tags(FINE, '{"id":"t",\n"name":¦null}'), "null",
          "NOT NULL constraint failed: tags.name", constraint=True),
    wrong("null in a key", "$.data.tags[0].id", tags('{"id":¦null,"name":"n"}'), "null", constraint=True),
    wrong("null in half of a key", "$.data.tagsOnAssets[0].tagId",
          data('"tagsOnAssets":[{"assetId":"a_car","tagId":¦null}]'), "null", constraint=True),
]

VALUES = [wrong(f"{field} {value}", f"$.data.assets[1].{field}",
                data('"assetTypes":[' + CASH + "]",
                     '"assets":[\n' + ASSET % "a" + ',\n{"id":"b","name":"n","assetTypeId":"at_cash",\n"%s":¦%s}]'
                     % (field, value)), *words)
          for field, value, *words in (
              ("quantity", '"1,5"', "'1,5' is not a decimal number"), ("quantity", '""', "decimal"),
              ("quantity", "true", "decimal", "true"),
              ("quantity", '"123456789012.12345678"', "123456789012.12345678"), ("quantity", '"1e400"', "1e400"),
              ("quantity", "12345678901234567890", "12345678901234567890"),
              ("createdAt", '"2025-02-30"', "2025-02-30", "exist"),
              ("createdAt", '"yesterday"', "yesterday", "ISO 8601"),
              ("createdAt", "1736899200000", "1736899200000", "ISO 8601"),
              ("disposed", "1", "true or false", "1"), ("disposed", '"true"', "true or false", "a string"))]
VALUES += [
    wrong("a name that is a number", "$.data.tags[0].name", tags('{"id":"t","name":¦7}'), "a string", "7"),
    wrong("a group that there is not", "$.data.assetTypes[0].group",
          data('"assetTypes":[{"id":"x","code":"X","label":"X","group":¦"GOLD"}]'), "'GOLD'",
          "PHYSICAL_COLLECTIONS, LIABILITIES, OTHER"),
    wrong("a type that there is not", "$.data.transactions[0].type",
          data('"assetTypes":[' + CASH + "]", '"assets":[' + ASSET % "a" + "]",
               '"transactions":[{"id":"x","assetId":"a","type":¦"BUY",'
               '"unitPrice":"1","quantity":"1","currency":"EUR","occurredAt":"2025-01-15"}]'), "'BUY'",
               "ACQUIRE, DISPOSE, ADJUST"),
]

UNIQUE = [
    wrong("a name twice", "$.data.tags[2]", tags(FINE, '{"id":"t","name":"n"}', '¦{"id":"u","name":"n"}'),
          "UNIQUE constraint failed: tags.name", constraint=True),
    wrong("a code twice", "$.data.assetTypes[1]",
          data('"assetTypes":[' + CASH, '¦{"id":"x","code":"CASH","label":"X"}]'),
          "UNIQUE constraint failed: asset_types.code", constraint=True),
    wrong("a moment twice, by two offsets", "$.data.portfolioSnapshots[1]",
          data('"portfolioSnapshots":[{"id":"x","value":"1","observedAt":"2030-01-15T00:00:00Z"}',
               '¦{"id":"y","value":"1","observedAt":"2030-01-15T01:00:00+01:00"}]'),
          "UNIQUE constraint failed: portfolio_snapshots.observed_at", constraint=True),
    wrong("a primary key twice", "$.data.tags[2]", tags('{"id":"t","name":"n"}', FINE, '¦{"id":"t","name":"m"}'),
          "UNIQUE constraint failed: tags.id", modes=("replace",), constraint=True),
    wrong("the same row twice", "$.data.tags[1]", tags(FINE, "¦" + FINE), "UNIQUE constraint failed: tags.",
          modes=("replace",),
          constraint=True),
    wrong("a key of two parts twice", "$.data.tagsOnAssets[1]",
          data('"assetTypes":[' + CASH + "]", '"assets":[' + ASSET % "a_car" + "]",
               '"tags":[{"id":"t_long","name":"long-term"}]',
               '"tagsOnAssets":[{"assetId":"a_car","tagId":"t_long"}', '¦{"assetId":"a_car","tagId":"t_long"}]'),
          "UNIQUE constraint failed: asset_tags.asset_id, asset_tags.tag_id", modes=("replace",), constraint=True),
]

DANGLING = [wrong(f"{name}.{field} refers to nothing", f"$.data.{name}[0].{field}",
                  data('"assetTypes":[' + CASH + "]", '"categories":[{"id":"c_home","name":"Home 🏠"}]',
                       '"tags":[{"id":"t_long","name":"long-term"}]',
                       '"assets":[' + ASSET % "a_car" + "]", '"%s":[\n{%s}]' % (name, row)) if name not in ("assets",
                           "categories") else
                  data('"assetTypes":[' + CASH + "]", '"%s":[\n{%s}]' % (name, row)), "nowhere", parent,
                  constraint=True)
            for name, field, parent, row in (
                ("assets", "assetTypeId", "asset_types", '"id":"a","name":"n","assetTypeId":¦"nowhere"'),
                ("categories", "parentId", "categories", '"id":"c","name":"n","parentId":¦"nowhere"'),
                ("assetSnapshots", "assetId", "assets",
                 '"id":"s","value":"1","observedAt":"2025-01-15",\n"assetId":¦"nowhere"'),
                ("transactions", "assetId", "assets",
                 '"id":"x","type":"ADJUST","unitPrice":"1","quantity":"1","currency":"EUR",'
                                                      '"occurredAt":"2025-01-15","assetId":¦"nowhere"'),
                ("categoriesOnAssets", "assetId", "assets", '"categoryId":"c_home","assetId":¦"nowhere"'),
                ("categoriesOnAssets", "categoryId", "categories", '"assetId":"a_car","categoryId":¦"nowhere"'),
                ("tagsOnAssets", "assetId", "assets", '"tagId":"t_long",\n"assetId":¦"nowhere"'),
                ("tagsOnAssets", "tagId", "tags", '"assetId":"a_car","tagId":¦"nowhere"'))]
DANGLING += [
    wrong("a reference whose field is spelt with an escape", "$.data.categories[0].parentId",
          data('"categories":[{"id":"a","name":"a",\n\n"parentI\\u0064":¦"e"}]'), "'e'", constraint=True),
    wrong("the last of many rows refers to nothing", "$.data.categories[3].parentId",
          data('"categories":[{"id":"a","name":"a","parentId":"b"}', '{"id":"b","name":"b"}',
               '{"id":"c","name":"c","parentId":"c"}',
               '{"id":"d","name":"d","parentId":¦"e"}]'), "'e'", constraint=True),
    wrong("a reference in other capitals", "$.data.assets[0].assetTypeId",
          data('"assetTypes":[' + CASH + "]", '"assets":[{"id":"a","name":"n","assetTypeId":¦"AT_CASH"}]'),
          "AT_CASH", constraint=True),
    wrong("a reference to a table that the document leaves out", "$.data.assets[0].assetTypeId",
          data('"assets":[{"id":"a","name":"n","assetTypeId":¦"at_cash"}]'), "at_cash", modes=("replace",),
          constraint=True),
]

# Errors that show only while rows are being written.
LATE = REQUIRED + VALUES + UNIQUE + DANGLING
BAD = (EMPTY + CUT + GRAMMAR + WORDS + NUMBERS + STRINGS + UTF8 + DEEP + VERSIONS + DUPLICATES + TYPES + UNKNOWN + LATE)
