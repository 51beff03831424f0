"""Builds the Node package sqlite-strata, and one for each system that modules.sh has built modules for, with npm pack:

    npm.py SOURCE FOLDER VERSION

reads FOLDER/modules/<system>/ and writes FOLDER/sqlite-strata-VERSION.tgz and FOLDER/sqlite-strata-<system>-VERSION.tgz.
"""

from __future__ import annotations

import json
import pathlib
import shutil
import subprocess
import sys

NAME = "sqlite-strata"
DESCRIPTION = "Backs up and restores a Strata database as JSON, inside SQLite"
# npm's word for a system, where it is not ours.
SYSTEMS = {"windows": "win32"}


def package(folder: pathlib.Path, fields: dict) -> None:
    """Pack what lies in the folder, with these fields in its package.json."""
    text = json.dumps({"description": DESCRIPTION, "keywords": ["sqlite", "backup", "restore", "json"], **fields}, indent=2)
    (folder / "package.json").write_text(text + "\n", encoding="utf-8")
    done = subprocess.run(["npm", "pack", "--silent", "--pack-destination", str(folder.parents[1]), str(folder)],
                          stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, check=False)
    if done.returncode != 0:
        sys.exit(done.stdout[-3000:])
    print(folder.parents[1] / done.stdout.split()[-1])


def main() -> None:
    source, folder, version = pathlib.Path(sys.argv[1]), pathlib.Path(sys.argv[2]), sys.argv[3]
    if shutil.which("npm") is None:
        sys.exit("the Node packages need npm: apt-get install npm")
    for old in folder.glob("sqlite-strata-*.tgz"):
        old.unlink()
    systems = []
    for modules in sorted((folder / "modules").iterdir()):
        work = folder / "build" / f"{NAME}-{modules.name}"
        shutil.rmtree(work, ignore_errors=True)
        shutil.copytree(modules, work)
        (work / "README.md").write_text(f"# {NAME}-{modules.name}\n\nThe modules of the package {NAME} for {modules.name}: "
                                        f"install that one.\n", encoding="utf-8")
        kind, processor = modules.name.split("-")
        fields = {"name": f"{NAME}-{modules.name}", "version": version, "os": [SYSTEMS.get(kind, kind)], "cpu": [processor],
                  "exports": {f"./{file.name}": f"./{file.name}" for file in sorted(modules.glob("strata*"))}}
        if kind == "linux":
            fields["libc"] = ["glibc"]
        package(work, fields)
        systems.append(modules.name)
    work = folder / "build" / NAME
    shutil.rmtree(work, ignore_errors=True)
    shutil.copytree(source / "ext" / "packaging" / "node", work)
    text = (work / "index.cjs").read_text(encoding="utf-8")
    (work / "index.cjs").write_text(text.replace("@SYSTEMS@", json.dumps(systems)), encoding="utf-8")
    package(work, {"name": NAME, "version": version, "main": "./index.cjs", "module": "./index.mjs",
                   "types": "./index.d.ts",
                   "exports": {".": {"types": "./index.d.ts", "require": "./index.cjs", "import": "./index.mjs"}},
                   "optionalDependencies": {f"{NAME}-{system}": version for system in systems}})


if __name__ == "__main__":
    main()
