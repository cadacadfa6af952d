#!/bin/bash
# Valgrind over whole training runs of seconds: one from its start to its end, and one that is
# stopped before t* and one behind it, which the next goes on from. The host's own leaks are
# named in tests/host/host.supp.
#
# usage: scripts/memcheck.sh DARKNET      as `make memcheck` builds it
set -uo pipefail
cd "$(dirname "$0")/.." || exit 1

[ $# = 1 ] && [ -x "$1" ] || { echo "usage: scripts/memcheck.sh DARKNET" >&2; exit 2; }
command -v valgrind >/dev/null || { echo "memcheck: install valgrind" >&2; exit 1; }
DARKNET=$(realpath "$1")
PYTHON=${PYTHON:-/usr/bin/python3}
SUPPRESSIONS=$PWD/tests/host/host.supp
TMP=$(mktemp -d)
trap 'rm -rf "$TMP"' EXIT
. tests/tiny_run.sh
tiny_run "$TMP" || exit 1
cd "$TMP" || exit 1
export GOMP_SPINCOUNT=1000 # or the program would start itself anew

# train full|no: with or without a search for leaks.
train() {
    # shellcheck disable=SC2086
    exec valgrind --leak-check="$1" --show-leak-kinds=definite,possible --error-exitcode=99 \
        --errors-for-leak-kinds=definite,possible --suppressions="$SUPPRESSIONS" \
        --log-file=memcheck.log \
        "$DARKNET" ocsp classifier train set/shapes.data net.cfg $TINY_FLAGS >log 2>&1 </dev/null
}

# judge WHAT STATUS WANTED
judge() {
    if [ "$2" = "$3" ] && grep -q 'ERROR SUMMARY: 0 errors' memcheck.log; then
        echo "memcheck: $1: clean"
        return
    fi
    echo "memcheck: $1: exit status $2" >&2
    cat memcheck.log >&2
    exit 1
}

# stop EPOCH: SIGTERM behind it. The process frees nothing then.
stop() {
    : >log
    train no &
    local pid=$!
    until grep -q "^ocsp: epoch $1/" log || ! kill -0 $pid 2>/dev/null; do sleep 0.2; done
    kill -TERM $pid
    wait $pid
    judge "stopped in epoch $(($1 + 1))" $? 143
}

(train full)
judge "a whole run" $? 0
rm -rf set/backup/*
stop 4
stop 8
(train full)
judge "one that goes on" $? 0
