#!/bin/bash
# What an emulated terminal keeps of a run: of a made-up host that clears the screen, and of
# real training by $DARKNET. tests/tools/terminal.py says what the files are.
cd "$(dirname "$0")/../.." || exit 1
. tests/tap.sh
. tests/tiny_run.sh

"$PYTHON" -c 'import pyte' 2>/dev/null || { echo "# no python3-pyte: make setup"; exit 1; }
TERMINAL=$PWD/tests/tools/terminal.py
CLEARING=$(dirname "$OCSP")/release/tools/clearing_host
[ -d "$(dirname "$OCSP")/tools" ] && CLEARING=$(dirname "$OCSP")/tools/clearing_host # asan
[ -x "$CLEARING" ] || { echo "# no $CLEARING: make check-programs"; exit 1; }
[ -x "${DARKNET:-}" ] || { echo "# no \$DARKNET: make host"; exit 1; }
DARKNET=$(realpath "$DARKNET") CLEARING=$(realpath "$CLEARING")
unset NO_COLOR
tiny_run "$TMP" || { echo "# cannot make images"; exit 1; }
cd "$TMP" || exit 1

terminal() { # terminal SIZE WORDS... -- COMMAND...: its files in seen/
    local size=$1
    shift
    rm -rf seen && "$PYTHON" "$TERMINAL" seen --size "$size" "$@"
}

ended_so() { # ended_so "exit N", and the terminal as it was
    [ "$(head -n 2 seen/end | paste -sd' ')" = "$1 termios same" ] && return 0
    sed 's/^/# /' seen/end
    tail -n 5 seen/all | sed 's/^/# /'
    return 1
}

last_line() { # the last one of the screen that is not empty begins so
    grep . seen/screen | tail -n 1 | grep -q "^$1" && return 0
    tail -n 5 seen/screen | sed 's/^/# /'
    return 1
}

# one_status N: there were at least N status lines, all alone, last and within the width;
# none is left.
one_status() {
    if grep -q '^WRONG' seen/status || [ "$(wc -l <seen/status)" -lt "$1" ] ||
        grep -qE '^epoch [0-9/]+ [0-9]+%' seen/all; then
        sed 's/^/# status: /' seen/status
        tail -n 4 seen/all | sed 's/^/# /'
        return 1
    fi
}

# The N lines that the made-up host has us say, each once and in order.
all_lines() {
    diff <(grep '^ocsp: line' seen/all) <(for ((k = 0; k < $1; k++)); do echo "ocsp: line $k"; done)
}

# in_order FILE SIGHT: each line of FILE is in SIGHT, in order. Terminals break lines, so blanks
# do not count.
in_order() {
    "$PYTHON" - "$1" "$2" <<'PY'
import sys
lines, sight = (open(f, encoding="utf-8").read() for f in sys.argv[1:3])
sight, at = "".join(sight.split()), 0
for line in lines.splitlines():
    found = sight.find("".join(line.split()), at)
    if found < 0:
        sys.exit("# not seen: " + line)
    at = found + 1
PY
}

for size in 80x24 200x50 40x10; do
    check "$size: a host that clears the screen" terminal $size -- "$CLEARING" -ms 100 30
    check "$size: it ends as it would" ended_so "exit 0"
    check "$size: our lines are all there" all_lines 11
    check "$size: one status line, at the bottom" one_status 3
    check "$size: done is the last line" last_line 'ocsp: done$'
    check "$size: nothing clears, no bell" eval "! grep -qaP '\\x07|\\x1b\\[H|\\x1b\\[2J|\\x1e|\\x1f' seen/raw"
done
check "a wide terminal has all parts" terminal 200x10 -- "$CLEARING" -ms 100 9
check "which are these" grep -q '| a part .* | another part' seen/status

check "a terminal that gets narrow and wide" terminal 80x20 --event '10/30=size:30x20' \
    --event '20/30=size:100x20' -- "$CLEARING" -ms 100 30
check "its lines" all_lines 11
check "its status line" one_status 3
check "a host that ends by exit" terminal 80x20 -- "$CLEARING" -end exit 3
check "with its status" ended_so "exit 3"
check "its last line" last_line 'ocsp: done$'
check "a host that aborts" terminal 80x20 -- "$CLEARING" -end abort 3
check "with its signal" ended_so "signal 6"
check "its last line is shown, too" last_line 'ocsp: done$'
check "a shell behind a host" terminal 80x20 -- bash -c "'$CLEARING' -ms 1 30; echo prompt"
check "goes on when all is shown" eval '[ "$(grep . seen/screen | tail -n 2 | paste -sd " ")" = "ocsp: done prompt" ]'
check "a host with a child that ends" terminal 80x20 -- "$CLEARING" -end fork 3
check "says more" grep -q '^ocsp: behind the child' seen/all
check "and its last line" last_line 'ocsp: done$'
check "a trainer that is killed" terminal 80x20 --event "20/30=kill:9" -- "$CLEARING" -ms 100 30
check "leaves the terminal in order" ended_so "signal 9"
check "and no status line" one_status 1
check "a screen that is killed" terminal 80x20 --event "10/30=child:9" -- "$CLEARING" -ms 20 30
check "does not end the trainer" ended_so "exit 0"
check "whose last line comes" grep -q 'ocsp: done$' seen/all

# No terminal: what it would be without us, byte for byte.
expected() {
    local k
    printf 'the host begins\nocsp: line 0\n'
    for k in 1 2 3; do
        [ $k = 3 ] && echo "ocsp: line 1"
        printf '\033[H\033[J%s/3: loss=0.1 hours left=0.1\007\n %s: 0.1, 0.1 avg loss\n' $k $k
    done
    echo "ocsp: done"
}
run "$CLEARING" 3
check "no terminal: stdout byte for byte" cmp <(expected) out
check "no terminal: stderr" cmp <(printf '\r1\r2\r3\nSaving weights\n') err
check "a dumb terminal" env OCSP_TEST_TERM=dumb "$PYTHON" "$TERMINAL" seen --size 80x20 -- \
    bash -c "'$CLEARING' 3 2>/dev/null"
check "gets the same" cmp <(expected | sed 's/$/\r/') seen/raw
run "$CLEARING" -brief -log brief.log 3
check "no terminal, -brief: ours alone" cmp <(printf 'ocsp: line %s\n' 0 1; echo "ocsp: done") out
check "and nothing on stderr" cmp /dev/null err
check "the host's are in the log" grep -qx ' 3: 0.1, 0.1 avg loss' brief.log
check "without escapes" eval "! grep -qP '[\\x00-\\x08\\x0b-\\x1f]' brief.log"
check "and in order with ours" in_order <(printf '%s\n' 'the host begins' 'ocsp: line 0' \
    '2/3: loss=0.1 hours left=0.1' 'ocsp: line 1' ' 3: 0.1, 0.1 avg loss' 'ocsp: done' 'Saving weights') brief.log
run bash -c "'$CLEARING' -brief -end abort 3; true"
check "-brief without a log, and an abort: the host's last lines" grep -qx ' 3: 0.1, 0.1 avg loss' err
check "stderr elsewhere" terminal 80x24 -- bash -c "'$CLEARING' 9 2>elsewhere"
check "stays what it is" cmp <(printf '\r%d' 1 2 3 4 5 6 7 8 9; printf '\nSaving weights\n') elsewhere
check "and the screen has our lines" all_lines 4

# Real training. The log has all our lines, its first the time and the command.
train() { # train SIZE WORDS... -- FLAGS...
    local before=()
    while [ "$1" != -- ]; do
        before+=("$1")
        shift
    done
    shift
    # shellcheck disable=SC2086
    terminal "${before[@]}" -- "$DARKNET" ocsp classifier train set/shapes.data net.cfg $TINY_FLAGS "$@"
}
LOG=set/backup/net_ocsp.log
ours() { grep -vE '^ocsp: 20[0-9-]+ ' $LOG; }
own_lines() { in_order <(ours) seen/all && [ "$(ours | wc -l)" -gt 25 ]; }

for size in 80x24 200x50 40x12; do
    check "$size: a training run" train $size -- -restart
    check "$size: ends well" ended_so "exit 0"
    check "$size: all our lines are on the terminal" own_lines
    check "$size: the status line" one_status 1
    check "$size: done is last" eval 'tail -n 15 seen/screen | tr -d " \n" | grep -q "ocsp:done:MACs.*_final.weights$"'
    check "$size: the host's lines are there, too" grep -q '^75, 12' seen/all
done
check "the log begins with the command" eval "head -n 1 $LOG | grep -qE '^ocsp: 20[0-9-]+ [0-9:]+ [+-][0-9]+: ocsp classifier train'"
check "and begins anew with -restart" eval "[ \$(grep -c 'ocsp classifier train' $LOG) = 1 ]"

check "-brief" train 100x30 -- -restart -brief
check "shows our lines" in_order <(grep '^ocsp: [^2]' $LOG) seen/all
check "alone" eval '! grep -qE "^75, 12|^Loaded|^Saving" seen/all'
check "with the status line" one_status 1
check "the log has Darknet's" eval "[ \$(grep -c '^Loaded' $LOG) = 75 ] && grep -q '^75, 12' $LOG"
check "another process" train 100x30 -- -brief
check "appends to the log" eval "[ \$(grep -c 'ocsp classifier train' $LOG) = 2 ]"

check "Ctrl-C" train 100x30 --event 'epoch 4/12=keys:\x03' -- -restart
check "stops with its status" ended_so "exit 130"
check "says so" grep -q '^ocsp: stopping after this iteration; once more' seen/all
check "and how to go on, last" last_line 'ocsp: stopped after iteration [0-9]*; the same command goes on'
check "which the log has, too" eval "tail -n 1 $LOG | grep -q '^ocsp: stopped after'"
check "a killed run" train 100x30 --event 'epoch 8/12=kill:9' -- -brief
check "leaves the terminal in order" ended_so "signal 9"
check "without a status line" one_status 1
check "a run that is refused" train 100x30 -- -seed 4
check "says why" in_order <(echo 'darknet ocsp: set/backup/net.ocsp-state: this run has seed = 3') seen/all
check "with its status" ended_so "exit 1"
check "not in the log" eval "! grep -q 'seed = 3' $LOG"
run "$DARKNET" ocsp classifier train none.data net.cfg -reduce macs=50% -brief
check "a mistake before the run, with -brief" ended 1 "none.data"
check "a refusal, with -brief" train 100x30 -- -brief -restart -reduce macs=99%
check "its error is the last line" eval 'tr -d "\n" <seen/all | grep -qE "max-prune *$"'

rm -rf set/backup/*
( # behind the look at all images, ahead of the training's end
    for ((k = 0; k < 1200; k++)); do
        grep -qs '^2,' set/backup/net_ocsp.csv && break
        sleep .05
    done
    for image in set/train/*; do
        echo "no image" >"$image"
    done
) &
check "images that are damaged during the run" train 100x30 -- -brief
wait
check "Darknet's own words are shown" grep -qi 'cannot load image' seen/all
check "and ours" grep -q '^darknet ocsp: Darknet stopped before' seen/all
finish
