# Tcl: restore a backup into new.db, count, back up, compare.
package require sqlite3

sqlite3 db new.db
db enable_load_extension 1
db eval {SELECT load_extension('./strata')}
db enable_load_extension 0

db eval {SELECT strata_restore_file('backup.json')}
db eval {SELECT name, rows FROM strata_backup_counts} {
    puts "$name $rows"
}
db eval {SELECT strata_backup_file('copy.json')}

# The document as a string, and what differs from it in the database: nothing.
set document [db onecolumn {SELECT strata_backup_json()}]
set differences [db onecolumn {SELECT count(*) FROM strata_backup_diff($document)}]
puts "$differences differences"
