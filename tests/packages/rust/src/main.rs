// Rust, linked statically: restore a backup into new.db, count, back up, compare.
use rusqlite::{ffi, Connection};
use std::os::raw::{c_char, c_int, c_void};

extern "C" {
    fn sqlite3_strata_init(db: *mut ffi::sqlite3, error: *mut *mut c_char, api: *const c_void) -> c_int;
}

fn main() -> rusqlite::Result<()> {
    // For every connection that is opened from here on.
    unsafe { ffi::sqlite3_auto_extension(Some(std::mem::transmute(sqlite3_strata_init as *const ()))) };
    let db = Connection::open("new.db")?;
    db.query_row("SELECT strata_restore_file('backup.json')", [], |_| Ok(()))?;
    let mut counts = db.prepare("SELECT name, rows FROM strata_backup_counts")?;
    let mut rows = counts.query([])?;
    while let Some(row) = rows.next()? {
        println!("{} {}", row.get::<_, String>(0)?, row.get::<_, i64>(1)?);
    }
    db.query_row("SELECT strata_backup_file('copy.json')", [], |_| Ok(()))?;
    let differences: i64 =
        db.query_row("SELECT count(*) FROM strata_backup_diff(strata_backup_json())", [], |row| row.get(0))?;
    println!("{differences} differences");
    Ok(())
}
