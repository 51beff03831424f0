# Perl, DBD::SQLite: restore a backup into new.db, count, back up, compare.
use strict;
use warnings;
use DBI;

my $db = DBI->connect("dbi:SQLite:dbname=new.db", "", "", { RaiseError => 1, sqlite_unicode => 1 });
$db->sqlite_enable_load_extension(1);
$db->sqlite_load_extension("./strata");
$db->sqlite_enable_load_extension(0);

$db->selectrow_array("SELECT strata_restore_file('backup.json')");
for my $row (@{ $db->selectall_arrayref("SELECT name, rows FROM strata_backup_counts") }) {
    print "@$row\n";
}
$db->selectrow_array("SELECT strata_backup_file('copy.json')");

# The document as a string, and what differs from it in the database: nothing.
my ($document) = $db->selectrow_array("SELECT strata_backup_json()");
my $differences = $db->selectall_arrayref("SELECT * FROM strata_backup_diff(?)", undef, $document);
print scalar(@$differences), " differences\n";
