# Sourced by the shell tests: `check NAME COMMAND...` prints one result line per case, in
# the form that tests/run counts. `finish` is the last line of a test.

TMP=$(mktemp -d)
trap 'rm -rf "$TMP"' EXIT
tap_number=0
tap_failed=0

check() {
    local name=$1
    shift
    tap_number=$((tap_number + 1))
    if "$@"; then
        echo "ok $tap_number - $name"
    else
        echo "# failed: $*"
        echo "not ok $tap_number - $name"
        tap_failed=$((tap_failed + 1))
    fi
}

# run COMMAND...: leaves the exit status in $rc and the two streams in $TMP/out, $TMP/err.
run() {
    rc=0
    "$@" >"$TMP/out" 2>"$TMP/err" </dev/null || rc=$?
}

# ended STATUS [TEXT]: the last run ended so, and its one line on stderr holds TEXT.
ended() {
    [ "$rc" = "$1" ] || { echo "# exit $rc, not $1: $(cat "$TMP/err")"; return 1; }
    [ $# = 1 ] && return 0
    [ "$(wc -l <"$TMP/err")" = 1 ] && grep -qF -- "$2" "$TMP/err" && return 0
    sed 's/^/# stderr: /' "$TMP/err"
    return 1
}

says() {
    grep -qF -- "$1" "$TMP/out" && return 0
    sed 's/^/# stdout: /' "$TMP/out"
    return 1
}

finish() {
    echo "1..$tap_number"
    [ "$tap_failed" = 0 ]
    exit
}
