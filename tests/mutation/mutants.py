"""The places of a C file where one small mistake can be made, and the mistakes.

It reads tokens, not C: clang-format's spacing tells a binary operator from a
unary one, and what a compiler refuses is no mutant. Strings, comments and
preprocessor lines stay as they are.
"""

from __future__ import annotations

import dataclasses
import random
import re

TOKEN = re.compile(
    r"""(?P<skip>/\*.*?\*/|//[^\n]*|^[ \t]*\#(?:[^\n\\]|\\.)*|"(?:[^"\\\n]|\\.)*"|\s+)
      | (?P<number>'(?:[^'\\\n]|\\.)+'|\.?\d(?:[\w.]|[eEpP][+-])*)
      | (?P<name>[A-Za-z_]\w*)
      | (?P<sign>->|\+\+|--|<<=|>>=|<<|>>|<=|>=|==|!=|&&|\|\||[-+*/%&|^]=|.)""",
    re.VERBOSE | re.MULTILINE | re.DOTALL)

# What stands between two spaces, and what a tired person writes there instead.
BINARY = {"<": ["<=", ">="], "<=": ["<", ">"], ">": [">=", "<="], ">=": [">", "<"], "==": ["!="], "!=": ["=="],
          "&&": ["||"], "||": ["&&"], "+": ["-"], "-": ["+"], "*": ["/"], "/": ["*"], "%": ["*"], "&": ["|"],
          "|": ["&"], "<<": [">>"], ">>": ["<<"], "+=": ["-="], "-=": ["+="], "|=": ["&="], "&=": ["|="]}
ANYWHERE = {"++": ["--"], "--": ["++"]}
NO_STATEMENT = {"return", "case", "default", "if", "for", "while", "switch", "do", "else", "typedef", "goto", "struct"}


@dataclasses.dataclass(frozen=True)
class Mutant:
    file: str    # its name in ext/
    start: int   # the characters that are replaced
    end: int
    by: str      # the text in their place
    line: int
    function: str
    source: str  # the line as it was, without its indentation
    what: str    # `<` -> `<=`, left out …

    def apply(self, text: str) -> str:
        return text[:self.start] + self.by + text[self.end:]

    def name(self) -> str:
        return f"{self.file}: {self.function}: {self.what}: {self.source}"


def tokens(text: str) -> list[re.Match]:
    return [match for match in TOKEN.finditer(text) if match.lastgroup != "skip"]


def closing(found: list[re.Match], at: int) -> int:
    """The index of the parenthesis that closes the one at found[at]."""
    depth = 0
    for i in range(at, len(found)):
        depth += {"(": 1, ")": -1}.get(found[i].group(), 0)
        if depth == 0:
            return i
    return len(found) - 1


def other_numbers(number: str) -> list[str]:
    if number in ("0", "1"):
        return [str(1 - int(number)), "2"]
    return [f"({number} + 1)", f"({number} - 1)"]


def places(file: str, text: str) -> list[list[Mutant]]:
    """Every place that can be changed, with its mutants."""
    found = tokens(text)
    result: list[list[Mutant]] = []
    seen: dict[tuple[int, str], int] = {}

    def place(start: int, end: int, changes: list[tuple[str, str]]) -> None:
        line = text.count("\n", 0, start) + 1
        source = text.splitlines()[line - 1].strip()
        count = seen[line, changes[0][1]] = seen.get((line, changes[0][1]), 0) + 1
        mark = f" #{count}" if count > 1 else ""
        result.append([Mutant(file, start, end, by, line, function, source, what + mark) for by, what in changes])

    def swap(token: re.Match, others: list[str]) -> None:
        place(token.start(), token.end(), [(other, f"`{token.group()}` -> `{other}`") for other in others])

    depth = braces = 0
    statement_starts = False
    head = function = ""
    for i, token in enumerate(found):
        word, start, end = token.group(), token.start(), token.end()
        spaced = text[start - 1:start].isspace() and text[end:end + 1].isspace()
        if word in BINARY and spaced and found[i - 1].group() not in ("(", ",", "return"):
            swap(token, BINARY[word])
        elif word in ANYWHERE:
            swap(token, ANYWHERE[word])
        elif word == "!" and found[i + 1].group() != "=":
            place(start, end, [("", "`!` left out")])
        elif token.lastgroup == "number" and braces:
            swap(token, other_numbers(word))
        elif word in ("true", "false"):
            swap(token, ["false" if word == "true" else "true"])
        elif word in ("if", "while") and found[i + 1].group() == "(":
            last = found[closing(found, i + 1)].end()
            condition = text[found[i + 1].start():last]
            place(found[i + 1].start(), last, [(f"(!{condition})", f"{word}: condition negated")])
        elif word == "return" and found[i + 1].group() != ";":
            last = next(t for t in found[i:] if t.group() == ";").start()
            value = text[found[i + 1].start():last]
            if value not in ("true", "false", "0", "1", "NULL"):
                place(found[i + 1].start(), last, [("0", "returns 0"), (f"!({value})", "returns the opposite")])
        elif statement_starts and token.lastgroup == "name" and word not in NO_STATEMENT and braces and depth == 0:
            last = next((t for t in found[i:] if t.group() in ";{}:"), found[-1])
            if last.group() == ";":
                place(start, last.start(), [("", "left out")])

        # Where a statement can start: after another one, a brace, a condition in parentheses.
        if word == "(" and depth == 0:
            head = found[i - 1].group()
        if word == "{" and braces == 0:
            function = head
        depth += {"(": 1, ")": -1}.get(word, 0)
        braces += {"{": 1, "}": -1}.get(word, 0)
        statement_starts = depth == 0 and (word in (";", "{", "}", "else", "do") or (word == ")" and
                                                                                  head in ("if", "while", "for")))
    return result


def shuffled(files: dict[str, str], seed: int) -> list[Mutant]:
    """One mutant for each place of the files (name -> text), in an order that the seed decides."""
    chance = random.Random(seed)
    all_places = [place for name in sorted(files) for place in places(name, files[name])]
    chance.shuffle(all_places)
    return [chance.choice(place) for place in all_places]


def named(files: dict[str, str], names: set[str]) -> list[Mutant]:
    every = (mutant for name in sorted(files) for place in places(name, files[name]) for mutant in place)
    return [mutant for mutant in every if mutant.name() in names]
