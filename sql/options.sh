# options.sh: reads the command line of `strata`. Sets $command and a variable for each option, and leaves the names in
# "$@". Ends with status 2, and the command's usage, if the call is wrong.

command=${1-}
case $command in
  help | --help | -h) [ "${2-}" != help ] || set -- help; help "${2-}"; exit ;;
  version | --version) command=version options='' least=0 most=0 ;;
  '') help >&2; exit 2 ;;
  backup) options='--keep --encrypt --no-verify --allow-empty' least=1 most=2 ;;
  copy) options=--allow-empty least=1 most=2 ;;
  preview) options='--merge --only-missing --ignore-unknown --all' least=2 most=2 ;;
  restore) options='--merge --only-missing --ignore-unknown --yes --allow-empty' least=2 most=2 ;;
  undo) options='' least=2 most=2 ;;
  diff) options=--all least=2 most=2 ;;
  verify) options=--ignore-unknown least=1 most=2 ;;
  counts) options='' least=1 most=1 ;;
  create) options=--ignore-unknown least=1 most=2 ;;
  report) options=--since least=1 most=2 ;;
  *) usage_error "there is no command '$command'" ;;
esac
shift
keep='' recipient='' no_verify='' allow_empty='' merge='' missing='' yes='' limit='' since='' ignore_unknown='' literal=''
left=$#
while [ "$left" -gt 0 ]; do
  argument=$1 value=''
  shift
  left=$((left - 1))
  case $literal$argument in
    --) literal=yes; continue ;;
    -?*)
      case $argument in --*=*) value=${argument#*=} argument=${argument%%=*} ;; esac
      case $argument in --help | -h) help "$command"; exit ;; esac
      case " $options " in *" $argument "*) ;; *) usage_error "'$command' has no option '$argument'" ;; esac
      case $argument in
        --keep | --encrypt | --since)
          if [ -z "$value" ] && [ "$left" -gt 0 ]; then
            value=$1
            shift
            left=$((left - 1))
          fi
          case $value in '' | --*) usage_error "$argument needs a value after it" ;; esac
          ;;
        *) [ -z "$value" ] || usage_error "$argument takes no value" ;;
      esac
      case $argument in
        --keep) keep=$value ;;
        --encrypt) recipient=$value ;;
        --since) since=$value ;;
        --no-verify) no_verify=yes ;;
        --allow-empty) allow_empty=yes ;;
        --merge) merge=yes ;;
        --only-missing) missing=yes ;;
        --yes) yes=yes ;;
        --ignore-unknown) ignore_unknown=yes ;;
        --all) limit=1000000000000 ;;
      esac
      ;;
    *)
      case $argument in
        '') usage_error 'an argument is empty' ;;
        *"$line_break"*) usage_error 'a name contains a line break: rename that file' ;;
        -* | :* | file:*) argument=./$argument ;; # so that sqlite3 and mv take it for a file
      esac
      set -- "$@" "$argument"
      ;;
  esac
done
case $keep in 0* | *[!0-9]* | ????????*) usage_error "--keep takes a whole number, 1 or more, not '$keep'" ;; esac
[ $# -ge "$least" ] || usage_error "'$command' needs $least argument$([ "$least" = 1 ] || echo s), but you gave $#"
[ $# -le "$most" ] || usage_error "'$command' takes at most $most argument$([ "$most" = 1 ] || echo s), but you gave $#; quote any name that contains spaces"
