// Node 22.13 or newer, without a package: restore a backup into new.db, count, back up, compare.
import { DatabaseSync } from "node:sqlite";

const db = new DatabaseSync("new.db", { allowExtension: true });
db.loadExtension("./strata");
db.enableLoadExtension(false);

db.prepare("SELECT strata_restore_file('backup.json')").get();
for (const { name, rows } of db.prepare("SELECT name, rows FROM strata_backup_counts").all())
  console.log(name, rows);
db.prepare("SELECT strata_backup_file('copy.json')").get();

// The document as a string, and what differs from it in the database: nothing.
const { document } = db.prepare("SELECT strata_backup_json() AS document").get();
const differences = db.prepare("SELECT * FROM strata_backup_diff(?)").all(document);
console.log(differences.length, "differences");
