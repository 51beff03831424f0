# Python: restore a backup into new.db, count, back up, compare.
import sqlite3

db = sqlite3.connect("new.db")
db.enable_load_extension(True)
db.load_extension("./strata")
db.enable_load_extension(False)

db.execute("SELECT strata_restore_file('backup.json')").fetchone()
for name, rows in db.execute("SELECT name, rows FROM strata_backup_counts"):
    print(name, rows)
db.execute("SELECT strata_backup_file('copy.json')").fetchone()

# The document as a string, and what differs from it in the database: nothing.
(document,) = db.execute("SELECT strata_backup_json()").fetchone()
differences = db.execute("SELECT * FROM strata_backup_diff(?)", (document,)).fetchall()
print(len(differences), "differences")
