<?php
// PHP: restore a backup into new.db, count, back up, compare.
// PHP loads extensions from one folder only: php -d sqlite3.extension_dir=/the/folder/of/strata.so
$db = new SQLite3('new.db');
$db->enableExceptions(true);
$db->loadExtension('strata.so');

$db->querySingle("SELECT strata_restore_file('backup.json')");
$counts = $db->query("SELECT name, rows FROM strata_backup_counts");
while ($row = $counts->fetchArray(SQLITE3_ASSOC)) {
    echo "{$row['name']} {$row['rows']}\n";
}
$db->querySingle("SELECT strata_backup_file('copy.json')");

// The document as a string, and what differs from it in the database: nothing.
$document = $db->querySingle("SELECT strata_backup_json()");
$compare = $db->prepare("SELECT count(*) FROM strata_backup_diff(?)");
$compare->bindValue(1, $document, SQLITE3_TEXT);
echo $compare->execute()->fetchArray()[0], " differences\n";
