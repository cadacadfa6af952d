#!/bin/bash
# tests/run counts what a program reports and fails when it should.
cd "$(dirname "$0")/.." || exit 1
. tests/tap.sh

# program NAME COMMANDS: a test program.
program() {
    printf '#!/bin/bash\n%s\n' "$2" >"$TMP/$1"
    chmod +x "$TMP/$1"
}

# closes STATUS LINE PROGRAM...: tests/run ends with LINE and exits with STATUS.
closes() {
    local status=$1 line=$2
    shift 2
    (cd "$TMP" && TEST_LIMIT_S=1 "$OLDPWD/tests/run" "$@") >"$TMP/out" 2>"$TMP/err"
    [ $? = "$status" ] && [ "$(tail -n 1 "$TMP/out")" = "$line" ] && return 0
    sed 's/^/# /' "$TMP/out" "$TMP/err"
    return 1
}

program tap 'echo "ok 1 - a"; echo "ok b"; echo "1..2"'
program bad 'echo "ok 1 - a"; echo "not ok 2 - b"; exit 1'
program quiet_bad 'echo "not ok 1 - b"; exit 0'
program skips 'echo "ok 1 - a"; echo "not ok 2 # SKIP b"; echo "1..2"'
program plain 'exit 0'
program plain_bad 'exit 3'
program skip77 'exit 77'
program dies 'echo "1..3"; echo "ok 1 - a"; kill -SEGV $$'
program late 'echo "ok 1 - a"; exit 1'
program hangs 'sleep 5'

check "TAP lines are counted" closes 0 "2 passed, 0 failed" tap
check "a failed line fails" closes 1 "1 passed, 1 failed" bad
check "a failed line fails though the program ends well" closes 1 "0 passed, 1 failed" quiet_bad
check "skipped lines are counted" closes 0 "1 passed, 0 failed, 1 skipped" skips
check "a program without TAP counts once" closes 0 "1 passed, 0 failed" plain
check "its exit status counts" closes 1 "0 passed, 1 failed" plain_bad
check "exit status 77 is a skip" closes 1 "0 passed, 0 failed, 1 skipped" skip77
check "results promised and not given have failed" closes 1 "1 passed, 2 failed" dies
check "a bad end after good lines fails" closes 1 "1 passed, 1 failed" late
check "a missing program fails" closes 1 "0 passed, 1 failed" none
check "a program that hangs fails" closes 1 "0 passed, 1 failed" hangs
check "the rest runs after a failure" closes 1 "3 passed, 2 failed" none bad tap
check "nothing run is no success" closes 1 "0 passed, 0 failed"
finish
