# Sourced by the tests of bad input, behind tap.sh: `check_table FILE PROGRAM PREFIX [-update]`
# checks every row of a table. A row is a name and, indented below it, one of these a line:
#
#     make      a shell command that makes the bad file, in a folder with copies of $good's
#     run       the words behind PROGRAM, as in a shell
#     refused   ends with exit status 1, and this line alone on stderr
#     usage     the same with exit status 2
#     stops     ends with exit status 1, and this is the last line on stderr, behind a host's
#     accepted  ends with exit status 0, and nothing on stderr: bad only at first sight
#
# The last closes the row. Where something is refused, nothing may stand on stdout; and where
# it is not accepted, no file be new or changed. PREFIX stands in front of each message; VERB in
# it is the first word of `run`. -update writes the last lines anew, to be reviewed.

ROW_LIMIT_S=60 # of any row: bad input must not keep a user waiting, either

# Root may open everything; with this in front it may what others may.
as_user=()
[ "$(id -u)" != 0 ] || as_user=(setpriv --bounding-set -dac_override,-dac_read_search --)

fresh_folder() { rm -rf "$TMP/row" && cp -r "$good" "$TMP/row" && cd "$TMP/row" || exit 1; }
# Of sparse files of some GiB the size alone.
contents() {
    find . -printf '%y %p %l\n' -type f -printf '%s %p\n' -size -100000k -exec md5sum {} + |
        LC_ALL=C sort
}

# show WHAT FILE: for the reader of a failed row.
show() { head -c 2000 "$2" | sed "s|^|# $1: |"; }

# row_ended STATUS KEYWORD [MESSAGE]: as the row says.
row_ended() {
    local wrong= keyword=$2
    [ "$keyword" != stops ] || { tail -n 1 "$TMP/err" >"$TMP/last" && mv "$TMP/last" "$TMP/err"; }
    [ "$rc" = "$1" ] || wrong="exit $rc, not $1"
    printf '%s' "${3:+$3$'\n'}" | cmp -s - "$TMP/err" || wrong="another message"
    if [ "$1" != 0 ]; then
        [ "$keyword" = stops ] || [ ! -s "$TMP/out" ] || wrong="output in spite of an error"
        contents | cmp -s - "$TMP/before" || wrong="a file is new or changed"
    fi
    [ -z "$wrong" ] && return 0
    echo "# $wrong"
    show expected <(echo "${3:-}") && show stderr "$TMP/err" && show stdout "$TMP/out"
    [ "$1" = 0 ] || contents | diff "$TMP/before" - | show files /dev/stdin
    return 1
}

# run_row WORDS: leaves what `contents` said before it in $TMP/before.
run_row() {
    local words
    eval "words=($1)"
    contents >"$TMP/before"
    run timeout "$ROW_LIMIT_S" "${as_user[@]}" "$program" "${program_words[@]}" "${words[@]}"
}

# row_line PREFIX KEYWORD: the last line of a row, as it is today.
row_line() {
    local text
    text=$(head -n 1 "$TMP/err")
    [ "$2" != stops ] || text=$(tail -n 1 "$TMP/err")
    case $rc,$2 in
        0,*) echo "    accepted" ;;
        2,*) echo "    usage     ${text#"$1"}" ;;
        *,stops) echo "    stops     ${text#"$1"}" ;;
        *) echo "    refused   ${text#"$1"}" ;;
    esac
}

# close_row KEYWORD MESSAGE: checks the row that was read.
close_row() {
    local front=${prefix//VERB/${words%% *}} expected=0
    case $1 in
        refused | stops) expected=1 ;;
        usage) expected=2 ;;
    esac
    fresh_folder
    run bash -c "set -e; $make"
    [ "$rc" = 0 ] || check "$topic: $name: 'make' works" eval 'show stderr "$TMP/err"; false'
    run_row "$words"
    [ "$update" = yes ] && row_line "$front" "$1" >>"$TMP/table"
    check "$topic: $name" row_ended $expected "$1" "${2:+$front$2}"
    make= words=
    cd "$TMP" || exit 1
    chmod -R u+rwX row # to be removed
}

check_table() {
    local table line keyword rest name='' make='' words='' update=no program=$2 prefix=$3 topic
    local program_words=()
    table=$(realpath "$1")
    topic=$(basename "$table" .txt)
    [[ $prefix != darknet* ]] || program_words=(ocsp)
    [ "${4:-}" = -update ] && update=yes
    : >"$TMP/table"
    while IFS= read -r line; do
        read -r keyword rest <<<"$line"
        case "$line" in
            '' | '#'*) ;;
            '    make '*) make+="$rest"$'\n' ;;
            '    run '*) words=$rest ;;
            '    refused'* | '    usage'* | '    stops'* | '    accepted'*)
                close_row "$keyword" "$rest"
                [ $update = no ] || continue
                ;;
            ' '*) check "$table: '$line' is no line of a row" false ;;
            *) name=$line ;;
        esac
        [ $update = no ] || echo "$line" >>"$TMP/table"
    done <"$table"
    [ $update = no ] || cp "$TMP/table" "$table"
}

# none_names_a_path TABLE...: what is said is the same on every machine. /backup/ is Darknet's.
none_names_a_path() {
    ! grep -hE "^    (refused|usage|stops) .*(^|[ '=:(])/[a-z]" "$@" | grep -v ' is /backup/:'
}
