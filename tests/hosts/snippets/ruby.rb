# Ruby, the sqlite3 gem: restore a backup into new.db, count, back up, compare.
require "sqlite3"

db = SQLite3::Database.new("new.db")
db.enable_load_extension(true)
db.load_extension("./strata")
db.enable_load_extension(false)

db.execute("SELECT strata_restore_file('backup.json')")
db.execute("SELECT name, rows FROM strata_backup_counts") { |name, rows| puts "#{name} #{rows}" }
db.execute("SELECT strata_backup_file('copy.json')")

# The document as a string, and what differs from it in the database: nothing.
document = db.get_first_value("SELECT strata_backup_json()")
differences = db.execute("SELECT * FROM strata_backup_diff(?)", [document])
puts "#{differences.size} differences"
