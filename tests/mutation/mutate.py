"""Makes small mistakes in ext/, one at a time, and counts how many the quick tests catch.

    python3 mutate.py --work FOLDER [--seed N] [--count N] [--minutes N] [--jobs N] [--again]

FOLDER gets copies of the source tree, one for each job, their builds, and
results.jsonl. Called again with the same folder, it goes on where it stopped.
README.md beside this file says what is counted.
"""

from __future__ import annotations

import argparse
import collections
import dataclasses
import hashlib
import json
import math
import os
import pathlib
import re
import resource
import shutil
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator

import mutants

SOURCE = pathlib.Path(__file__).resolve().parents[2]
# What another system compiles, and the folders whose tests see a build's packaging, its symbols or the programs that
# load it: they run the same SQL as tests/sql, so that no line is theirs alone.
OTHER_SYSTEMS = re.compile(r"_windows\.c$")
OTHER_TESTS = re.compile(r"/tests/(hosts|packages|bench|platforms|windows|report|mutation)/")
MODULES = ["strata", "strata_nofs"]
OBJECTS = {"strata_objects.dir", "strata.dir", "strata_nofs.dir"}
MEMORY = 6 << 30
ENTRY = re.compile(r"^\w+\.c: \w+: .+: .+$")


@dataclasses.dataclass
class Test:
    name: str
    command: list[str]
    folder: str
    environment: dict[str, str]
    program: str | None     # the target to link before it runs, if it is a program of ours
    likely: float           # to catch something, before anything is known
    seconds: float = 0.1


def seconds_used(group: int) -> float:
    """The processor's time of a group of processes, and of its children that have ended."""
    ticks = 0
    for path in pathlib.Path("/proc").glob("[0-9]*/stat"):
        try:
            fields = path.read_text().rpartition(")")[2].split()
        except OSError:
            continue
        ticks += sum(map(int, fields[11:15])) if int(fields[2]) == group else 0
    return ticks / os.sysconf("SC_CLK_TCK")


def what_is_made(folder: str, names: list[str]) -> list[str]:
    """What is not copied: builds, and Git's and Python's folders."""
    return [name for name in names if name in (".git", "__pycache__") or pathlib.Path(folder, name, "CMakeCache.txt").exists()]


class Workshop:
    """A copy of the tree, its build, and its tests."""

    def __init__(self, work: pathlib.Path, source: pathlib.Path) -> None:
        self.work, self.tree, self.build = work, work / "tree", work / "build"
        self.scratch = work / "tmp"
        if not self.tree.exists():
            shutil.copytree(source, self.tree, ignore=what_is_made, symlinks=True)
            shutil.copytree(self.tree / "ext", work / "ext")
        self.files = {path.name: path.read_text(encoding="utf-8") for path in sorted(work.glob("ext/*.c"))
                      if not OTHER_SYSTEMS.search(path.name)}
        for name in self.files:
            self.restore(name)  # a call that was killed has left its mutant behind

    def restore(self, name: str) -> None:
        path = self.tree / "ext" / name
        if path.read_text(encoding="utf-8") != self.files[name]:
            path.write_text(self.files[name], encoding="utf-8")

    def make(self, *targets: str) -> bool:
        command = ["cmake", "--build", str(self.build)] + (["--target", *targets] if targets else [])
        return subprocess.run(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL).returncode == 0

    def configure(self) -> None:
        flags = "-Werror=int-conversion -Werror=incompatible-pointer-types"
        command = ["cmake", "-S", str(self.tree), "-B", str(self.build), "-DSTRATA_TESTS=ON", f"-DCMAKE_C_FLAGS={flags}"]
        subprocess.run(command, check=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        if not self.make():
            sys.exit(f"{self.tree} does not build")
        self.code = {name: self.machine_code(name) for name in self.files}

    def machine_code(self, name: str) -> str:
        """Of the file as the modules have it."""
        paths = [path for path in sorted(self.build.rglob(f"{name}.o")) if OBJECTS & set(path.parts)]
        return hashlib.sha256(b"".join(path.read_bytes() for path in paths)).hexdigest()

    def tests(self) -> list[Test]:
        shown = subprocess.run(["ctest", "--show-only=json-v1"], cwd=self.build, check=True, capture_output=True).stdout
        result = []
        for test in json.loads(shown)["tests"]:
            properties = {each["name"]: each["value"] for each in test.get("properties", [])}
            command = test["command"]
            if any(OTHER_TESTS.search(word.replace(str(self.work), "")) for word in command):
                continue
            script = next((word for word in command if word.endswith(".py")), None)
            if script and "unittest.main(" in pathlib.Path(script).read_text(encoding="utf-8"):
                command = command + ["-f"]
            ours = command[0].startswith(str(self.build))
            first = any(part in " ".join(command) for part in ("/tests/unit/", "/tests/sql/"))
            result.append(Test(test["name"], command, properties.get("WORKING_DIRECTORY", str(self.build)),
                               dict(pair.split("=", 1) for pair in properties.get("ENVIRONMENT", [])),
                               pathlib.Path(command[0]).name if ours else None, 0.1 if first else 0.02))
        return result

    def passes(self, test: Test) -> bool:
        """It is the processor's time that shows a hang: the machine may have other things to do."""
        def limits() -> None:
            resource.setrlimit(resource.RLIMIT_AS, (MEMORY, MEMORY))
            resource.setrlimit(resource.RLIMIT_CORE, (0, 0))

        self.scratch.mkdir(exist_ok=True)
        environment = {**os.environ, **test.environment, "TMPDIR": str(self.scratch)}
        process = subprocess.Popen(test.command, cwd=test.folder, env=environment, preexec_fn=limits,
                                   start_new_session=True, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL,
                                   stderr=subprocess.DEVNULL)
        try:
            for _ in range(int(300 + 40 * test.seconds)):
                try:
                    return process.wait(0.5) == 0
                except subprocess.TimeoutExpired:
                    if seconds_used(process.pid) > 5 + 8 * test.seconds:
                        return False
            return False
        finally:
            try:
                os.killpg(process.pid, signal.SIGKILL)
            except ProcessLookupError:
                pass
            process.wait()
            shutil.rmtree(self.scratch, ignore_errors=True)

    def measure(self, tests: list[Test], kept: pathlib.Path) -> None:
        """The processor's time that each test needs without a mutant. One that fails then could catch nothing."""
        known = json.loads(kept.read_text()) if kept.exists() else {}
        for test in tests:
            if test.name not in known:
                test.seconds, before = 60, resource.getrusage(resource.RUSAGE_CHILDREN)
                if not self.passes(test) and not self.passes(test):
                    sys.exit(f"{test.name} fails before anything is changed")
                after = resource.getrusage(resource.RUSAGE_CHILDREN)
                known[test.name] = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
                kept.write_text(json.dumps(known, indent=0))
            test.seconds = known[test.name]


def in_order(tests: list[Test], results: list[dict], file: str) -> list[Test]:
    """Those first that are likely to catch the most a second: they did so in this file, or elsewhere."""
    here = collections.Counter(result.get("by") for result in results if result["file"] == file)
    anywhere = collections.Counter(result.get("by") for result in results)

    def worth(test: Test) -> float:
        chance = here[test.name] + 2 * (anywhere[test.name] + test.likely) / (len(results) + 1)
        return chance / (test.seconds + (0.5 if test.program else 0.1))  # what starting it takes, or linking it

    return sorted(tests, key=worth, reverse=True)


def try_out(shop: Workshop, mutant: mutants.Mutant, tests: list[Test]) -> dict:
    """The verdict on one mutant. A failure counts if it is there a second time."""
    result = {"file": mutant.file, "line": mutant.line, "name": mutant.name(), "verdict": "survived"}
    (shop.tree / "ext" / mutant.file).write_text(mutant.apply(shop.files[mutant.file]), encoding="utf-8")
    try:
        if not shop.make(*MODULES):
            return {**result, "verdict": "not compiled"}
        if shop.machine_code(mutant.file) == shop.code[mutant.file]:
            return {**result, "verdict": "same code"}
        for test in tests:
            if test.program and not shop.make(test.program):
                return {**result, "verdict": "not compiled"}
            if not shop.passes(test) and not shop.passes(test):
                return {**result, "verdict": "caught", "by": test.name}
        return result
    finally:
        shop.restore(mutant.file)


def explanations(path: pathlib.Path) -> set[str]:
    lines = path.read_text(encoding="utf-8").splitlines() if path.exists() else []
    return {line.strip() for line in lines if ENTRY.match(line)}


def report(results: list[dict], explained: set[str]) -> bool:
    verdicts = collections.Counter(result["verdict"] for result in results)
    survivors = [result for result in results if result["verdict"] == "survived"]
    counted = verdicts["caught"] + verdicts["survived"]
    unexplained = [result for result in survivors if result["name"] not in explained]
    for result in sorted(survivors, key=lambda r: (r["file"], r["line"])):
        print(f"{result['line']:4} {result['name']}" + ("" if result in unexplained else "   (explained)"))
    if counted:
        print(f"{counted} mutants: {verdicts['caught']} caught, {100 * verdicts['caught'] / counted:.1f} %; "
              f"{len(survivors)} survived, {len(unexplained)} of them not explained. Not counted: "
              f"{verdicts['same code']} that change no machine code, {verdicts['not compiled']} that do not compile")
    return not unexplained


class Run:
    """A sample, and the jobs that share it: each takes the next mutant, in a tree of its own."""

    def __init__(self, options: argparse.Namespace, work: pathlib.Path) -> None:
        self.options, self.work, self.log = options, work, work / "results.jsonl"
        self.explained = explanations(SOURCE / "tests" / "mutation" / "explained.txt")
        lines = self.log.read_text(encoding="utf-8").splitlines() if self.log.exists() else []
        self.results = [json.loads(line) for line in lines]
        self.end = time.monotonic() + 60 * options.minutes
        self.lock = threading.Lock()
        self.busy = 0

    def open_shop(self, number: int) -> tuple[Workshop, list[Test]]:
        work, kept = self.work / f"job{number}", self.work / "seconds.json"
        work.mkdir(exist_ok=True)
        shop = Workshop(work, self.options.source)
        if self.options.again:
            shutil.rmtree(shop.tree / "tests")
            # Dated now, so that they are compiled; and looked at without a mutant first, as all tests were.
            shutil.copytree(self.options.source / "tests", shop.tree / "tests", ignore=what_is_made, copy_function=shutil.copy)
            if number == 0:
                kept.unlink()
        shop.configure()
        tests = shop.tests()
        shop.measure(tests, kept)
        return shop, [test for test in tests if test.seconds < self.options.below]

    def draw(self, files: dict[str, str]) -> Iterator[mutants.Mutant]:
        """What is to be tried: the sample's next ones, the named ones, or the survivors that are not explained."""
        wanted = "survived" if self.options.again else None
        verdicts = {(result["line"], result["name"]): result["verdict"] for result in self.results}
        drawn = mutants.shuffled(files, self.options.seed)
        if self.options.only:
            drawn = mutants.named(files, set(self.options.only.read_text(encoding="utf-8").splitlines()))
        for mutant in drawn:
            name = mutant.name()
            if verdicts.get((mutant.line, name)) == wanted and not (self.options.again and name in self.explained):
                yield mutant

    def next(self, drawn: Iterator[mutants.Mutant]) -> mutants.Mutant | None:
        with self.lock:
            counted = sum(result["verdict"] in ("caught", "survived") for result in self.results)
            enough = counted + self.busy >= self.options.count and not self.options.again
            mutant = None if enough or time.monotonic() > self.end else next(drawn, None)
            self.busy += mutant is not None
            return mutant

    def keep(self, mutant: mutants.Mutant, result: dict) -> None:
        with self.lock:
            same = (mutant.line, mutant.name())
            self.results = [each for each in self.results if (each["line"], each["name"]) != same] + [result]
            self.busy -= 1
            print(f"{result['verdict']:12} {result.get('by', ''):22} {result['name']}", flush=True)
            self.log.write_text("".join(json.dumps(each) + "\n" for each in self.results), encoding="utf-8")

    def work_in(self, shop: Workshop, tests: list[Test], drawn: Iterator[mutants.Mutant]) -> None:
        while mutant := self.next(drawn):
            self.keep(mutant, try_out(shop, mutant, in_order(tests, self.results, mutant.file)))


def main() -> int:
    parser = argparse.ArgumentParser()
    parser.add_argument("--work", type=pathlib.Path, required=True)
    parser.add_argument("--source", type=pathlib.Path, default=SOURCE)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--count", type=int, default=300)
    parser.add_argument("--minutes", type=float, default=math.inf)
    parser.add_argument("--jobs", type=int, default=os.cpu_count() or 1)
    parser.add_argument("--below", type=float, default=math.inf, help="leave out tests that take more seconds; "
                        "--again gives them to the survivors")
    parser.add_argument("--only", type=pathlib.Path, help="a file of mutants' names, a line each, instead of a sample")
    parser.add_argument("--again", action="store_true", help="only the survivors, with the tests of today")
    options = parser.parse_args()
    work = options.work.resolve()
    work.mkdir(parents=True, exist_ok=True)
    run = Run(options, work)
    shops = [run.open_shop(number) for number in range(options.jobs)]
    drawn = run.draw(shops[0][0].files)
    jobs = [threading.Thread(target=run.work_in, args=(*shop, drawn)) for shop in shops]
    for job in jobs:
        job.start()
    for job in jobs:
        job.join()
    return 0 if report(run.results, run.explained) else 1


if __name__ == "__main__":
    sys.exit(main())
