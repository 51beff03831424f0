# command.sh: what the commands of `strata` share: messages, quoting, running SQL, and files.
#
# Values enter SQL only through sql_quote, and commands of the sqlite3 shell only through
# dot_quote, which quote them.
line_break='
'

# Messages, and ways to end.

complain() { printf 'strata: %s\n' "$1" >&2; }
fail() { complain "$1"; exit 1; }
usage_error() {
  complain "$1"
  printf 'usage: strata %s\n' "$(usage_of "$command")" >&2
  exit 2
}
usage_of() {
  case $1 in *[!a-z]*) set -- none ;; esac
  usage=$(sed -n "s/^#:: \($1\( .*\)\{0,1\}\)\$/\1/p" "$me")
  printf '%s' "${usage:-COMMAND …, see strata help}"
}
help() {
  if [ -z "${1-}" ]; then
    printf 'Backs up, restores and checks a Strata database.\n\n'
    sed -n 's/^#:: /  strata /p' "$me"
    printf '\nFor details, run: strata help COMMAND. Put "--" before a name that begins with "-".\n'
  elif case $1 in *[!a-z]*) false ;; esac && grep -q "^#:: $1\( .*\)\{0,1\}\$" "$me"; then
    sed -n "/^#:: $1\( .*\)\{0,1\}\$/,/^[^#]/{s/^#:: /strata /p;s/^#: \{0,1\}//p;}" "$me"
  else
    command=help
    usage_error "there is no command '$1'"
  fi
}

# A name to paste into a shell: in quotes if it needs them.
shell_quote() {
  case $1 in
    *[!A-Za-z0-9_./:@%+,-]* | '') printf "'%s'" "$(printf '%s' "$1" | LC_ALL=C sed "s/'/'\\\\''/g")" ;;
    *) printf '%s' "$1" ;;
  esac
}

# A text in SQL; and a text in a command of the sqlite3 shell, which interprets backslashes.
sql_quote() { printf "'%s'" "$(printf '%s' "$1" | LC_ALL=C sed "s/'/''/g")"; }
dot_quote() { printf '"%s"' "$(printf '%s' "$1" | LC_ALL=C sed 's/[\\"]/\\&/g')"; }
parameter() { printf "INSERT INTO temp.sqlite_parameters(key, value) VALUES (':%s', %s);\n" "$1" "$(sql_quote "$2")"; }
script() { printf '.read %s\n' "$(dot_quote "$scripts/$1")"; }

# Runs SQL from standard input on the database $1. True if it ran to its end. The exit status
# alone does not tell that: after Ctrl-C the sqlite3 shell skips the rest and reports success.
run() {
  rm -f "$scratch/whole"
  [ -z "$stopped" ] || return 1
  trap 'stopped=yes' INT HUP TERM QUIT # again: in a pipe this is a subshell, which must wait until sqlite3 has rolled back
  {
    printf '.timeout 10000\n.load %s\n.param init\n' "$(dot_quote "$extension")"
    cat
    printf ".output %s\nSELECT 'whole';\n" "$(dot_quote "$scratch/whole")"
  } | "${SQLITE3:-sqlite3}" -init /dev/null -batch -bail -list "$1" 2>"$scratch/errors" && [ -s "$scratch/whole" ]
  ended=$?
  [ -z "$progress" ] || printf '\r\033[K' >&3
  return "$ended"
}
# The same, and waits if another connection is writing. SQLite's own timeout does not help here: it never waits for the
# write lock in a statement that has begun to read.
run_with_retry() {
  cat >"$scratch/input"
  began=$(date +%s)
  until run "$1" <"$scratch/input" >"$scratch/printed"; do
    if ! grep -qs -e 'database is locked' -e 'database "main" is locked' "$scratch/errors" || [ $(($(date +%s) - began)) -ge 20 ] || [ -n "$stopped" ]; then
      cat "$scratch/printed"
      return 1
    fi
    [ -z "$safety" ] || : >"$safety" # the copy that this attempt has made
    sleep 1
  done
  cat "$scratch/printed"
}
# What the options of the call and the terminal make of the extension's own options.
give_options() {
  given="$progress${ignore_unknown:+,\"unknown\":\"ignore\"}"
  [ -z "$given" ] || parameter options "{${given#,}}"
}
# On a terminal, draw a progress line. It goes to descriptor 3, because standard error is captured.
watch_progress() {
  progress=
  if [ -t 2 ]; then
    exec 3>&2
    export STRATA_PROGRESS=3
    progress='"progress":"strata_progress"'
  fi
}

# Whether there is room for temporary files. The output and the errors of sqlite3 are such files.
has_room() { (echo room >"$scratch/room") 2>/dev/null; }

# What to do about a table or a field that the database has no place for.
way_out() {
  case " $command $options " in
    *' verify '*) printf 'leave it out with --ignore-unknown, or, if it is a column of your own database, name that database after the file' ;;
    *' --ignore-unknown '*) printf 'leave it out with --ignore-unknown' ;;
    *) printf 'delete it from the file' ;;
  esac
}
# Ends the command after `run` has failed. Prints each line of the errors (or of the list $2, if that has any) without
# the shell's own prefix, and with the name $1 of the file it is about, unless it is about another file or the database.
fail_with_errors() {
  [ -z "$stopped" ] || fail 'stopped; nothing was changed'
  errors=$scratch/errors
  [ ! -s "${2-}" ] || errors=$2
  if [ ! -s "$errors" ]; then
    has_room || fail "the folder for temporary files, ${TMPDIR:-/tmp}, is full: make room there, or name another in TMPDIR"
    fail "${SQLITE3:-sqlite3} failed without a message"
  fi
  LC_ALL=C sed -e '/^  /d' -e 's/^[A-Z][a-z]* *[a-z]* *near line [0-9]*[^:]*: //' -e 's/^Error: near line [0-9]*: //' -e 's/^Runtime error: //' -e 's/^Parse error: //' \
    -e 's/^Error: //' -e 's/^stepping, //' -e 's/^in prepare, //' -e 's/^CHECK constraint failed: //' -e 's/ ([0-9]*)$//' \
    -e "s/\.$$\.unfinished//g" \
    -e "s/drop the [a-z]* with the option {\"unknown\":\"ignore\"}/$(way_out)/" \
    -e "s/ with mode 'merge'/ with --merge/" -e 's/which sql\/schema\.sql creates/which "strata create" creates/' "$errors" |
    while IFS= read -r line; do
      case $line in
        *'shared object file'*) complain "cannot load the extension ($line): build it, or set STRATA_EXTENSION to its path" ;;
        'the other document: '*) complain "$other: ${line#the other document: }" ;;
        *'is read-only for this connection'* | *'attempt to write a readonly database'*) complain "cannot write to '${database:-$1}': you lack permission to write to the file or its folder (preview needs it too, because it runs the restore and rolls it back)" ;;
        'unable to open database'*) complain "cannot open '${database:-$1}': you lack permission to read it or to write to its folder" ;;
        *'failed to write file: '*) complain "cannot write '${line#*failed to write file: }': you lack permission to write there, or the disk is full" ;;
        'database or disk is full'*) complain "the disk that holds '${database:-$1}' is full, or that of the temporary files in ${TMPDIR:-/tmp}; nothing was changed" ;;
        'database is locked' | 'database "main" is locked'* | 'source database is busy') complain "'${database:-$1}' is locked by another program; nothing was changed; try again" ;;
        'database disk image is malformed' | 'file is not a database') complain "'${database:-$1}' is damaged ($line): restore your last backup into a new file: $self create NEW.db BACKUP" ;;
        "$1: "* | *"'$1'"*) complain "$line" ;;
        'database "main" '*) complain "'$database' ${line#'database "main" '}" ;;
        *) complain "$1: $line" ;;
      esac
    done
  exit 1
}

# Files.

kind_of() {
  case $(head -c 15 -- "$1" 2>/dev/null | tr -d '\000') in
    'SQLite format 3') printf 'database' ;;
    *) if [ -s "$1" ]; then printf 'document'; else printf 'empty'; fi ;;
  esac
}
check_file() { # $1 what it should be, $2 its name
  if [ -d "$2" ]; then
    fail "'$2' is a folder, not a $1"
  elif [ ! -e "$2" ]; then
    case $2 in
      '~'*) fail "there is no $1 '$2': write the ~ outside the quotes" ;;
      *) fail "there is no $1 '$2'" ;;
    esac
  elif [ ! -f "$2" ]; then
    fail "'$2' is not a $1 but a device or a pipe"
  elif [ ! -r "$2" ]; then
    fail "'$2' cannot be read: you do not have permission"
  fi
}
check_database() {
  database=$1
  check_file database "$1"
  case $(kind_of "$1") in
    empty) fail "'$1' is an empty file: let the app create its database, or delete the file and run: $self create $(shell_quote "$1")" ;;
    document) fail "'$1' is not a database: name the database first" ;;
  esac
}
check_document() {
  check_file backup "$1"
  if [ "$(kind_of "$1")" = database ]; then
    case $command in
      restore) fail "'$1' is a database, not a JSON backup: if it is a raw copy, run: $self undo $(shell_quote "$database") $(shell_quote "$1")" ;;
      create) fail "'$1' is already a database, not a JSON backup: to use it under another name, copy the file" ;;
      *) fail "'$1' is a database, not a JSON backup: back it up first, and name that backup here" ;;
    esac
  fi
}
check_leftovers() { # $1 the file that is to be made, $2 what it will be
  for leftover in "$1-wal" "$1-journal"; do
    [ ! -e "$leftover" ] || fail "'$leftover' exists, and SQLite would treat it as the new $2's own journal: move it elsewhere"
  done
}
# A document's exportedAt, if that is near its beginning.
exported() {
  head -c 400 -- "$1" 2>/dev/null | LC_ALL=C tr -d '\000' | LC_ALL=C sed -n 's/.*"exportedAt":"\([0-9T:.-]*Z\{0,1\}\)".*/, exported at \1/p' | sed 1q
}
# Sets $safety to a name like $1 that no file had, and makes it an empty file: another call, in the same second, takes
# another name.
reserve() {
  safety=$1
  (set -C && : >"$safety") 2>/dev/null && return
  safety=$1-$$
  (set -C && : >"$safety") 2>/dev/null || fail "cannot write '$safety', the copy of the database: you lack permission to write there, or the disk is full. Nothing was changed"
}
# Whether the header of the database $1 says that it is in WAL mode (sqlite.org/fileformat.html, 1.3.3).
is_wal() { [ "$(od -An -tx1 -j18 -N1 "$1" 2>/dev/null | tr -d ' ')" = 02 ]; }
# Sets $unfinished to a name for what will be $1. A file of that name is left from an earlier process of this number.
begin_unfinished() {
  unfinished=$1.$$.unfinished
  rm -f "$unfinished" "$unfinished-journal"
}
# Prints the last line of a command that has changed the database: if nobody reads the output, where errors go. Call it
# with PIPE ignored.
print_way_back() { printf '%s\n' "$1" 2>/dev/null || printf '%s\n' "$1" >&2; }
# A name that opens the database $1 for reading, even in a folder that cannot be written, where SQLite could not make the
# files that a database in WAL mode needs. Not if there is a WAL: it may hold rows.
to_read() {
  if ! is_wal "$1" || [ -e "$1-wal" ] || (probe=$(mktemp "$(dirname "$1")/.strata.XXXXXXXX") && rm -f "$probe") 2>/dev/null; then
    printf '%s' "$1"
  else
    printf 'file:%s?immutable=1' "$(printf '%s' "$1" | LC_ALL=C sed -e 's/%/%25/g' -e 's/?/%3f/g' -e 's/#/%23/g')"
  fi
}
now() { date +%Y-%m-%dT%H%M%S; }

# Renames the finished file $1 to $2, and flushes it to the disk.
put_in_place() {
  mv -f "$1" "$2" || fail "cannot write '$2'"
  sync "$2" 2>/dev/null || sync
}
# The same, but replaces no file: another program may have made one in the meantime. If we chose the name, choose another.
# Some file systems (those of USB sticks) have no links; there, look once more.
put_in_free_place() {
  until ln "$1" "$target" 2>/dev/null; do
    if [ ! -e "$target" ]; then
      mv -f "$1" "$target" || fail "cannot write '$target'"
      break
    fi
    [ -n "$dated" ] || fail "another program created '$target' in the meantime: name another file; that one was not changed"
    choose_name
  done
  rm -f "$1"
  sync "$target" 2>/dev/null || sync
}
# Sets $target to a name in $folder that no file has: $beginning, today's date and $ending; with the time if there is a
# file of today. So names sort by age, even if the first file of the day is gone.
choose_name() {
  moment=$(now)
  target=$folder$beginning${moment%T*}$ending
  for taken in "$folder$beginning${moment%T*}"*"$ending"; do
    [ ! -e "$taken" ] || target=$folder$beginning$moment$ending
  done
  if [ -e "$target" ]; then
    sleep 1
    choose_name
  fi
}
# Sets $target, from a folder or a file's name and the ending that a file must have. In a folder no file is
# replaced: if you back up again after something went wrong, this morning's good backup must survive.
choose_target() { # $1 folder or file, $2 the name's beginning, $3 ending
  beginning=$2 ending=$3 dated=
  if [ -d "$1" ]; then
    dated=yes folder=${1%/}/
    [ "$1" != . ] || folder=
    choose_name
  else
    folder=
    case $1 in
      */) fail "there is no folder '$1'" ;;
      *"$ending") target=$1 ;;
      *) fail "there is no folder '$1' (if you meant a file, its name must end in $ending)" ;;
    esac
    [ -d "$(dirname "$target")" ] || case $target in
      '~'*) fail "there is no folder '$(dirname "$target")': write the ~ outside the quotes" ;;
      *) fail "there is no folder '$(dirname "$target")'" ;;
    esac
  fi
  if [ -L "$target" ]; then
    fail "'$target' is a symbolic link: name the file itself"
  elif [ -e "$target" ] && [ ! -f "$target" ]; then
    fail "'$target' is not a file"
  fi
  case $target in *-wal | *-shm | *-journal) fail "SQLite would mistake '$target' for a database's journal: choose another name" ;; esac
}
