// Node, better-sqlite3: restore a backup into new.db, count, back up, compare.
import Database from "better-sqlite3";

const db = new Database("new.db");
db.loadExtension("./strata");

db.prepare("SELECT strata_restore_file('backup.json')").get();
for (const { name, rows } of db.prepare("SELECT name, rows FROM strata_backup_counts").all())
  console.log(name, rows);
db.prepare("SELECT strata_backup_file('copy.json')").get();

// The document as a string, and what differs from it in the database: nothing.
const document = db.prepare("SELECT strata_backup_json()").pluck().get();
const differences = db.prepare("SELECT * FROM strata_backup_diff(?)").all(document);
console.log(differences.length, "differences");
