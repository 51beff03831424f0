"""Calls a function of the extension in the very first statement of a new connection, for each encoding of the database
and each way of loading. test_versions.py runs this, with the module's path as its argument, in an SQLite that cannot
read a UTF-16 schema at that moment.
"""

import sqlite3
import sys
import tempfile

MODULE = sys.argv[1].removesuffix(".so")
DOCUMENT = '{"schemaVersion":"1","data":{"tags":[{"id":"é","name":"n"}]}}'
TABLES = {"asset_types": "", "categories": "", "tags": ", name TEXT", "assets": "", "asset_snapshots": "",
          "portfolio_snapshots": "", "transactions": "", "asset_categories": "", "asset_tags": ""}
FIRST = ["SELECT strata_backup_json()", f"SELECT strata_restore_json('{DOCUMENT}')",
         f"SELECT strata_restore_json('{DOCUMENT}', 'merge')", "SELECT strata_backup_file('{folder}/a.json')",
         "SELECT strata_backup_db('{folder}/copy.db')", "SELECT * FROM strata_backup_counts",
         f"SELECT * FROM strata_restore_check('{DOCUMENT}')", f"SELECT * FROM strata_backup_diff('{DOCUMENT}')"]


def database(path: str, encoding: str) -> None:
    db = sqlite3.connect(path)
    db.execute(f"PRAGMA encoding = '{encoding}'")
    for name, columns in TABLES.items():
        db.execute(f"CREATE TABLE {name} (id TEXT NOT NULL PRIMARY KEY{columns})")
    db.commit()
    db.close()


def connect(path: str) -> sqlite3.Connection:
    db = sqlite3.connect(path, isolation_level=None)
    db.enable_load_extension(True)
    return db


with tempfile.TemporaryDirectory() as folder:
    for encoding in ("UTF-8", "UTF-16le", "UTF-16be"):
        path = f"{folder}/{encoding}.db"
        database(path, encoding)
        for sql in FIRST:
            db = connect(path)
            db.load_extension(MODULE)
            db.execute(sql.replace("{folder}", folder)).fetchall()
            db.close()
            db = connect(path)
            db.execute("SELECT load_extension(?)", (MODULE,)).fetchall()
            try:
                db.execute(sql.replace("{folder}", folder)).fetchall()
            except sqlite3.Error as error:
                assert encoding != "UTF-8" and "run a statement that reads a table first" in str(error), error
                db.execute("SELECT count(*) FROM tags").fetchall()
                db.execute(sql.replace("{folder}", folder)).fetchall()
            db.close()
    # A new, empty database takes its encoding after the extension is loaded as well.
    db = connect(f"{folder}/new.db")
    db.load_extension(MODULE)
    db.execute("PRAGMA encoding = 'UTF-16le'")
    db.execute("CREATE TABLE t (x)")
    assert db.execute("PRAGMA encoding").fetchone() == ("UTF-16le",)
    db.close()
