# The manual page of the command, from its own help (the comments in sql/strata that begin with "#:"):
#
#   awk -v version=1.0.0 -f manual.awk sql/strata >strata.1

function roff(text) {
  gsub(/\\/, "\\e", text)
  gsub(/-/, "\\-", text)
  gsub(/…/, "\\[u2026]", text)
  sub(/^[.']/, "\\\\\\&&", text)
  return text
}

# A synopsis: what is typed as it is in bold, what stands for something else in italics.
function synopsis(text,   words, count, i, line) {
  count = split(text, words, " ")
  line = "\\fB" words[1] "\\fR"
  for (i = 2; i <= count; i++) {
    words[i] = roff(words[i])
    gsub(/[A-Z]+(\.[a-z]+)?/, "\\fI&\\fR", words[i])
    gsub(/(\\-)+[a-z]+(\\-[a-z]+)*/, "\\fB&\\fR", words[i])
    line = line " " words[i]
  }
  return line
}

function end_options() {
  if (in_options) print ".RE"
  in_options = 0
}

BEGIN {
  print ".\\\" Made of the help of the command itself by ext/packaging/manual.awk."
  print ".TH STRATA 1 \"\" \"strata " version "\" \"User Commands\""
  print ".SH NAME\nstrata \\- back up, look into and restore a Strata database"
  print ".SH SYNOPSIS\n.B strata\n.I COMMAND\n[\\fIARGUMENT\\fR]...\n.br\n.B strata help\n[\\fICOMMAND\\fR]"
  print ".SH DESCRIPTION"
  print "A Strata database is the SQLite file of a personal\\-finance app. This command writes its nine"
  print "tables to a JSON document, shows what a document holds and how it differs from the database,"
  print "and brings it back: exact to the digit, all or nothing. It needs the\n.BR sqlite3 (1)"
  print "shell and the SQLite extension strata, which it loads itself."
  print ".SH COMMANDS"
}

/^#:: / { end_options(); print ".TP\n" synopsis(substr($0, 5)); next }
!/^#:/  { next }
{ text = substr($0, 4) }
text == "" { next }
text ~ /^  --/ {
  if (!in_options) print ".RS"
  in_options = 1
  split(substr(text, 3), parts, /  +/)
  print ".TP\n" synopsis(parts[1])
  text = substr(text, length(parts[1]) + 3)
  sub(/^ +/, "", text)
  print roff(text)
  next
}
text ~ /^    / { sub(/^ +/, "", text); print roff(text); next }
{ end_options(); print roff(text) }

END {
  end_options()
  print ".TP\n\\fBhelp\\fR [\\fICOMMAND\\fR]\nLists the commands, or explains one."
  print ".P\nA name that begins with \"\\-\" comes after \"\\-\\-\"."
  print ".SH EXIT STATUS\n.TP\n.B 0\nDone.\n.TP\n.B 1\nNot done; a sentence says why."
  print ".TP\n.B 2\nThe command line was wrong."
  print ".SH ENVIRONMENT\n.TP\n.B STRATA_EXTENSION\nThe extension to load.\n.TP\n.B SQLITE3\nThe sqlite3 shell."
  print ".TP\n.B GPG\nThe program for\n.BR \\-\\-encrypt ."
  print ".SH EXAMPLES\nEvery Sunday at 9 a backup, of which the last twelve are kept, in\n.BR crontab (5):"
  print ".P\n.RS\n0 9 * * 0 strata backup /home/me/strata/backend/.data/strata.db /media/usb \\-\\-keep 12\n.RE"
  print ".P\nThe extension in the\n.BR sqlite3 (1)\nshell, without this command:"
  print ".P\n.RS\nsqlite3 strata.db \".load strata\" \"SELECT strata_backup_file('backup.json')\"\n.RE"
  print ".SH SEE ALSO\n.BR sqlite3 (1),\n.BR gpg (1)\n.P\nREADME.md in the documentation folder is the manual of the SQL functions."
}
