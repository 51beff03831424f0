"""Makes one strata.c and one strata.h from ext/, for programs that compile the extension themselves:

    amalgamation.py SOURCE FOLDER VERSION

Without options strata.c is the loadable module; with -DSQLITE_CORE it can be linked into a program that has SQLite;
with -DSTRATA_NOFS nothing in it touches files. cJSON is not included: it needs cJSON.h beside it, or <cjson/cJSON.h>.

How it works: the headers come first, each once, after those that it includes; then the files, with strata.c last. A
#define puts the file's name in front of everything that a file keeps to itself (static functions, types, constants),
because another file, or a system header that another file includes, may use the same name. It holds for that file
alone, and so do the file's macros. A name that is also a member of a header's struct stays as it is.
"""

from __future__ import annotations

import collections
import pathlib
import re
import sys

INCLUDE = re.compile(r'^#include "(\w+\.h)".*\n', re.MULTILINE)
SYSTEM = re.compile(r"^#include (<[^>]+>).*\n", re.MULTILINE)
CJSON = re.compile(r"^#include <cjson/cJSON\.h>.*\n", re.MULTILINE)
FEATURES = re.compile(r"^#define _(?:GNU|POSIX_C|DARWIN_C|DEFAULT|XOPEN)_SOURCE\b.*\n", re.MULTILINE)
COMMENT = re.compile(r'/\*.*?\*/|//[^\n]*|"(?:[^"\\\n]|\\.)*"', re.DOTALL)

# What a file defines at its top level for itself.
NAMES = (
    re.compile(r"^static\s[^;={(]*?(\w+)\s*(?:\(|\[|=|;)", re.MULTILINE),
    re.compile(r"^(?:typedef\s+)?(?:struct|enum|union)\s+(\w+)", re.MULTILINE),
    re.compile(r"^}\s*(\w+)\s*;", re.MULTILINE),
    re.compile(r"^typedef\s[^{};]*?(\w+)\s*;", re.MULTILINE),
    re.compile(r"^typedef\s[^{};]*?\(\s*\*\s*(\w+)\s*\)", re.MULTILINE),
)
ENUM = re.compile(r"^(?:typedef\s+)?enum\s*\w*\s*\{([^}]*)\}", re.MULTILINE)
MACRO = re.compile(r"^# *define\s+(\w+)", re.MULTILINE)

# Of files for one system, only those for the system at hand are compiled.
SYSTEMS = {"_posix": "#ifndef _WIN32", "_windows": "#ifdef _WIN32", "_win32": "#ifdef _WIN32"}

TOP = """/*
** strata {version} in one file: a SQLite extension that backs up and restores a
** Strata database as JSON. Made of the project's ext/; strata.h is the manual.
**
**   cc -shared -fPIC -o strata.so strata.c -lcjson -lm       a loadable module
**   cc -c -DSQLITE_CORE strata.c                             for a program that links SQLite
**
** It needs the headers of SQLite and of cJSON (cJSON.h beside it, or <cjson/cJSON.h>).
*/
#if defined(__linux__) && !defined(_GNU_SOURCE)
#define _GNU_SOURCE
#endif
#if defined(__APPLE__) && !defined(_DARWIN_C_SOURCE)
#define _DARWIN_C_SOURCE
#endif
#ifndef _POSIX_C_SOURCE
#define _POSIX_C_SOURCE 200809L
#endif
#ifndef _FILE_OFFSET_BITS
#define _FILE_OFFSET_BITS 64
#define _TIME_BITS 64
#endif
#include <sqlite3ext.h>
#include "strata.h"
#ifdef __has_include
#if __has_include("cJSON.h")
#define STRATA_CJSON_IS_HERE
#endif
#endif
#ifdef STRATA_CJSON_IS_HERE
#include "cJSON.h"
#else
#include <cjson/cJSON.h>
#endif
"""

# Only the entry points are visible outside the module. What is declared from here on is hidden; the system's own
# headers, which must stay visible, come before.
HIDE = """
#if defined(__GNUC__) && !defined(_WIN32)
#pragma GCC visibility push(hidden)
#endif
"""
SHOW = """
#if defined(__GNUC__) && !defined(_WIN32)
#pragma GCC visibility pop
#endif
"""


def own_names(text: str) -> set[str]:
    """The names that a file defines for itself, without macros."""
    code = COMMENT.sub(" ", text)
    names = {name for pattern in NAMES for name in pattern.findall(code)}
    for body in ENUM.findall(code):
        names |= set(re.findall(r"(\w+)\s*(?:=[^,]*)?(?:,|$)", body.strip()))
    return {name for name in names if not name.startswith("strata_")}  # those are the whole extension's


def members(text: str) -> set[str]:
    """The members of the structs of a header."""
    bodies = re.findall(r"(?:struct|union)\s*\w*\s*\{([^{}]*)\}", COMMENT.sub(" ", text))
    return set(re.findall(r"(\w+)\s*(?:\[[^]]*\]\s*)?(?=[;,)])", " ".join(bodies)))


def headers(folder: pathlib.Path) -> list[pathlib.Path]:
    """All headers except strata.h, each after those that it includes."""
    ordered: list[pathlib.Path] = []

    def add(path: pathlib.Path) -> None:
        if path in ordered or path.name == "strata.h":
            return
        for name in INCLUDE.findall(path.read_text(encoding="utf-8")):
            add(folder / name)
        ordered.append(path)

    for path in sorted(folder.glob("*.h")):
        add(path)
    return ordered


def part(path: pathlib.Path, text: str, kept: set[str]) -> str:
    """A file as a part of strata.c: without what the top of strata.c has already, and with unique names."""
    for pattern in (INCLUDE, CJSON, FEATURES, *([SYSTEM] if path.suffix == ".h" else [])):
        text = pattern.sub("", text)
    renamed = sorted(own_names(text) - kept) if path.suffix == ".c" else []
    macros = sorted(set(MACRO.findall(text)) - {"STRATA_OWNS_API"}) if path.suffix == ".c" else []
    for suffix, condition in SYSTEMS.items():
        if path.stem.endswith(suffix):
            text = f"{condition}\n{text}#endif\n"
    before = "".join(f"#define {name} {path.stem}_{name}\n" for name in renamed)
    after = "".join(f"#undef {name}\n" for name in renamed + macros)
    return f"\n/* ---- ext/{path.name} ---- */\n{before}{text}{after}"


def header(text: str, version: str) -> str:
    """strata.h with the version."""
    major, minor, patch = (int(number) for number in version.split("."))
    macros = f"""#define STRATA_H

#define STRATA_VERSION "{version}"
#define STRATA_VERSION_NUMBER {major * 1000000 + minor * 1000 + patch} /* as SQLITE_VERSION_NUMBER counts */
"""
    return text.replace("#define STRATA_H\n", macros, 1)


def main() -> None:
    source, folder, version = pathlib.Path(sys.argv[1]) / "ext", pathlib.Path(sys.argv[2]), sys.argv[3]
    files = [path for path in sorted(source.glob("*.c")) if path.name != "strata.c"] + [source / "strata.c"]
    texts = {path: path.read_text(encoding="utf-8") for path in headers(source) + files}
    kept = {name for path, text in texts.items() if path.suffix == ".h" for name in members(text)}
    owners = collections.Counter(name for path in files for name in own_names(texts[path]))
    for name in sorted(kept):
        if owners[name] > 1:
            sys.exit(f"{name} is in two files, and a member of a header's struct: rename it in one of the files")
    declarations = "".join(part(path, text, kept) for path, text in texts.items() if path.suffix == ".h")
    system = sorted({name for path, text in texts.items() if path.suffix == ".h" for name in SYSTEM.findall(text)})
    includes = "".join(f"#include {name}\n" for name in system if name not in ("<sqlite3ext.h>", "<sqlite3.h>"))
    code = "".join(part(path, text, kept) for path, text in texts.items() if path.suffix == ".c")
    folder.mkdir(parents=True, exist_ok=True)
    whole = TOP.replace("{version}", version) + includes + HIDE + declarations + SHOW + code
    (folder / "strata.c").write_text(whole, encoding="utf-8")
    (folder / "strata.h").write_text(header((source / "strata.h").read_text(encoding="utf-8"), version), encoding="utf-8")


if __name__ == "__main__":
    main()
