#!/bin/bash
# What $OCSP and $DARKNET, the patched Debian host, do where the system has little for them:
# memory, stacks, files, descriptors, threads, a reader, a disk.
cd "$(dirname "$0")/../.." || exit 1
. tests/tap.sh
. tests/tiny_run.sh

[ -x "${DARKNET:-}" ] || { echo "# no \$DARKNET: make host"; exit 1; }
DARKNET=$(realpath "$DARKNET") OCSP=$(realpath "$OCSP")
PYTHON=${PYTHON:-/usr/bin/python3}
tiny_run "$TMP" || { echo "# cannot make images"; exit 1; }
cd "$TMP" || exit 1
FAST="-reduce macs=50% -seed 3 -sl-start 1 -sl-end 2 -plots off"
sed 's/^max_batches=75/max_batches=18/; s/^steps=.*/steps=12,15/' net.cfg >short.cfg

fresh() { rm -rf set/backup && mkdir set/backup; }
# shellcheck disable=SC2086
train() { run "$DARKNET" ocsp classifier train set/shapes.data short.cfg $FAST "$@"; }

# last STATUS TEXT: the last run ended so, and TEXT is in its last line on stderr.
last() {
    [ "$rc" = "$1" ] && tail -n 1 err | grep -qF -- "$2" && return 0
    tail -n 2 err | sed "s/^/# $rc: /"
    return 1
}

# limited LIMIT VALUE COMMAND...: `run` under this limit of ulimit's.
limited() {
    local limit=$1 value=$2
    shift 2
    rc=0
    (ulimit "$limit" "$value" && exec "$@") >out 2>err </dev/null || rc=$?
}

# Nothing has a temporary name, and what has a final one is whole.
whole() {
    [ -z "$(tiny_leftovers set/backup)" ] || { ls set/backup; return 1; }
    [ ! -e set/backup/short_pruned.cfg ] ||
        "$OCSP" saliency set/backup/short_pruned.cfg set/backup/short_pruned_last.weights >/dev/null
}

# one_line: it worked as ever, or ended with 1 and a line of ours or libgomp's; 127: the system
# could not even load the program.
one_line() {
    case $rc in
    0) return 0 ;;
    1) tail -n 1 err | grep -qE '^(darknet ocsp|ocsp [a-z]+|libgomp): ' && return 0 ;;
    127) grep -q 'error while loading shared libraries' err && return 0 ;;
    esac
    tail -n 3 err | sed "s/^/# $rc: /"
    return 1
}

train
check "a run" [ "$rc" = 0 ]
cp -r set/backup reference
cp set/backup/short_dense_last.weights net.weights

# --- memory
# As ended, `whole`, and where it has worked as the run with all memory.
sound() {
    one_line && whole || return 1
    [ "$rc" = 0 ] && [ "$1" = training ] || return 0
    cmp reference/short_pruned.cfg set/backup/short_pruned.cfg &&
        cmp reference/short_pruned_final.weights set/backup/short_pruned_final.weights
}

# sweep NAME LIMIT VALUES COMMAND...: the last value is much.
sweep() {
    local name=$1 limit=$2 values=$3 value bad=0 worked=0 told=0
    shift 3
    for value in $values; do
        fresh
        limited "$limit" "$value" "$@"
        sound "$name" || { echo "# ulimit $limit $value" && bad=1; }
        [ "$rc" != 0 ] || worked=$((worked + 1))
        ! tail -n 1 err | grep -q '^darknet ocsp: .*out of memory: ulimit -v allows [0-9]* MiB' || told=$((told + 1))
    done
    check "$name, ulimit $limit: it works as ever, or says in one line why not" [ $bad = 0 ]
    check "$name, ulimit $limit: it works with much" [ "$rc" = 0 ]
    check "$name, ulimit $limit: and not with little" [ $worked -lt "$(wc -w <<<"$values")" ]
    [ "${name#training}" = "$name" ] ||
        check "$name, ulimit $limit: it says which limit is too low" [ $told -gt 0 ]
}

# shellcheck disable=SC2086
sweep training -v "40000 50000 60000 70000 80000 90000 100000 115000 150000 230000 290000 9000000" \
    "$DARKNET" ocsp classifier train set/shapes.data short.cfg $FAST
sweep validation -v "40000 50000 60000 9000000" \
    "$DARKNET" ocsp classifier valid set/shapes.data short.cfg net.weights
sweep speed -v "40000 50000 60000 9000000" "$DARKNET" ocsp speed short.cfg -seconds 0.01
sweep prune -v "2500 3500 4500 9000000" "$OCSP" prune short.cfg net.weights -reduce macs=50% -o p

# --- stacks
few="stacks of 512 KiB are needed, and 64 are allowed: raise the limit by ulimit -s, or -Hs"
limited -s 64 "$DARKNET" ocsp classifier train set/shapes.data short.cfg
check "small stacks: training" ended 1 "darknet ocsp: $few"
limited -s 64 "$OCSP" prune short.cfg net.weights -reduce macs=50% -o p
check "small stacks: prune" ended 1 "ocsp: $few"
for limit in "-s 512" "-Ss 64"; do
    fresh
    # shellcheck disable=SC2086
    limited $limit "$DARKNET" ocsp classifier train set/shapes.data short.cfg $FAST
    check "ulimit $limit: enough, or raised" sound training
    check "ulimit $limit: it works" [ "$rc" = 0 ]
done
fresh
OMP_STACKSIZE=32k train
check "OMP_STACKSIZE that is too little" grep -qxF \
    "ocsp: OMP_STACKSIZE=32k is too little: threads get stacks of the usual size" err
check "is not taken" sound training

# --- threads
cores=$(nproc) && s=$([ "$cores" = 1 ] || echo s) && are=$([ "$cores" = 1 ] && echo is || echo are)
capped=": there $are $cores core$s for it: $cores thread$s"
fresh
train -threads 1000
check "-threads 1000" says "ocsp: -threads 1000$capped"
check "is capped" says ", $cores threads: "
fresh
OMP_NUM_THREADS=1000 train
check "OMP_NUM_THREADS=1000" says "ocsp: OMP_NUM_THREADS=1000$capped"
check "is capped" says ", $cores threads: "
{ # a layer that is worth threads, of which 1000 would not fit
    printf '[net]\nwidth=4\nheight=4\nchannels=256\n'
    for filters in 256 4; do
        printf '[convolutional]\nfilters=%d\nsize=3\npad=1\nactivation=relu\n' $filters
    done
} >wide.cfg
{ printf '\0\0\0\0\2\0\0\0\0\0\0\0' && head -c $((8 + 4 * (256 + 256 * 256 * 9 + 4 + 4 * 256 * 9))) /dev/zero; } >wide.weights
OMP_NUM_THREADS=1000 limited -v 400000 "$DARKNET" ocsp saliency wide.cfg wide.weights
check "OMP_NUM_THREADS=1000 does not count offline, either" ended 0
fresh
train -threads "$cores"
check "as many as there are cores is worth no word" eval '! grep -q "for it:" out'
run taskset -c "$(taskset -cp $$ | sed 's/.*: //; s/[-,].*//')" "$DARKNET" ocsp speed short.cfg -seconds 0.01 -threads 2 -json
check "an affinity counts" ended 0 "ocsp: -threads 2: there is 1 core for it: 1 thread"
check "stdout has JSON alone" "$PYTHON" -m json.tool out /dev/null
run "$DARKNET" ocsp classifier valid set/shapes.data short.cfg net.weights -threads 1000
check "validation, too" grep -qF -- "ocsp: -threads 1000$capped" err
run "$DARKNET" ocsp classifier valid set/shapes.data short.cfg net.weights -threads -1
check "less than one is a mistake" last 2 "-threads -1: expected a whole number from 1 on"

# --- descriptors
for n in 4 5 6 7 8; do
    fresh
    # shellcheck disable=SC2086
    limited -n $n "$DARKNET" ocsp classifier train set/shapes.data short.cfg $FAST
    check "ulimit -n $n" sound training
    check "ulimit -n $n: no image is blamed" eval '! grep -q ": image " err'
done

# --- standard output
cp net.cfg other.cfg
"$OCSP" prune short.cfg net.weights -reduce macs=50% -o pruned >/dev/null
"$OCSP" plan short.cfg net.weights -reduce macs=50% -o plan.json >/dev/null
cp -r reference run
# to_full NAME STATUS FILE COMMAND...: stdout on a full disk; FILE: what it writes, or none.
to_full() {
    local name=$1 file=$2 how
    shift 2
    for how in full closed; do
        rm -rf "$file"
        rc=0
        if [ $how = full ]; then
            "$@" >/dev/full 2>err </dev/null || rc=$?
        else
            "$@" >&- 2>err </dev/null || rc=$?
        fi
        check "$name, stdout $how: one line" last 1 "cannot write to standard output"
        [ "$file" = - ] && continue
        check "$name, stdout $how: what it wrote is not there, or is told" \
            eval '[ ! -e "$file" ] || grep -qF "written, and whole: $file" err'
        check "$name, stdout $how: nothing else is" [ -z "$(tiny_leftovers .)" ]
    done
}
to_full "help" - "$OCSP" help
to_full "help all" - "$OCSP" help all
to_full "info" - "$OCSP" info short.cfg
to_full "info -json" - "$OCSP" info short.cfg -json
to_full "lint" - "$OCSP" lint short.cfg
to_full "lint -json" - "$OCSP" lint short.cfg -json
to_full "compare" - "$OCSP" compare short.cfg other.cfg
to_full "compare -json" - "$OCSP" compare short.cfg other.cfg -json
to_full "saliency" - "$OCSP" saliency short.cfg net.weights
to_full "saliency -json" - "$OCSP" saliency short.cfg net.weights -json
to_full "plan" q.json "$OCSP" plan short.cfg net.weights -reduce macs=50% -o q.json
to_full "prune" q.cfg "$OCSP" prune short.cfg net.weights -reduce macs=50% -o q
to_full "prune -plan" q.cfg "$OCSP" prune short.cfg net.weights -plan plan.json -o q
to_full "report" q.html "$OCSP" report run -o q.html
to_full "backbone" q.cfg "$OCSP" backbone short.cfg net.weights -head yolo -maps 8,4 -classes 3 -o q
to_full "darknet ocsp help" - "$DARKNET" ocsp help
to_full "darknet ocsp --version" - "$DARKNET" ocsp --version
to_full "darknet ocsp info" - "$DARKNET" ocsp info short.cfg
to_full "speed" - "$DARKNET" ocsp speed short.cfg -seconds 0.01
to_full "speed -json" - "$DARKNET" ocsp speed short.cfg -seconds 0.01 -json
to_full "validation" - "$DARKNET" ocsp classifier valid set/shapes.data short.cfg net.weights

for how in "full" "full -brief" "closed"; do
    fresh
    # shellcheck disable=SC2086
    case $how in
    full*) "$DARKNET" ocsp classifier train set/shapes.data short.cfg $FAST ${how#full} >/dev/full 2>err </dev/null ;;
    closed) "$DARKNET" ocsp classifier train set/shapes.data short.cfg $FAST >&- 2>err </dev/null ;;
    esac
    rc=$?
    check "training, stdout $how: it is said at the end" last 1 "darknet ocsp: cannot write all lines to standard output; \
the run is done, and its results in set/backup are whole"
    rc=0
    check "training, stdout $how: the results are as ever" sound training
done
fresh
rc=0
# shellcheck disable=SC2086
"$DARKNET" ocsp classifier train set/shapes.data short.cfg $FAST <&- >out 2>&- || rc=$?
check "training without stdin and stderr" sound training

# --- signals
sed 's/^max_batches=75/max_batches=6000/; s/^steps=.*/steps=5000,5500/' net.cfg >long.cfg
LONG="-reduce none -seed 3 -plots off -eval off"

# Whoever runs the tests may ignore some: nohup, a service.
AS_USUAL="env --default-signal=INT,HUP,PIPE,XFSZ,XCPU"
# begin [COMMAND...] [-- FLAG...]: such a run beside this shell, up to the end of an epoch.
begin() {
    local before=()
    while [ $# -gt 0 ] && [ "$1" != -- ]; do
        before+=("$1")
        shift
    done
    shift
    fresh
    : >out
    # shellcheck disable=SC2086
    $AS_USUAL "${before[@]}" "$DARKNET" ocsp classifier train set/shapes.data long.cfg $LONG "$@" \
        >out 2>err </dev/null &
    child=$!
    for _ in $(seq 1500); do
        grep -q '^ocsp: epoch 1/' out && return 0
        sleep 0.02
    done
}
# goes_on: a generation was saved, and another process takes it.
goes_on() {
    [ -z "$(tiny_leftovers set/backup)" ] || return 1
    # shellcheck disable=SC2086
    $AS_USUAL timeout 120 "$DARKNET" ocsp classifier train set/shapes.data long.cfg $LONG 2>/dev/null </dev/null | grep -m 1 '^ocsp: resumed' >resumed
    grep -q "at iteration $(sed -n 's/.*stopped after iteration \([0-9]*\).*/\1/p' out err | head -n 1)," resumed
}
file="a file has outgrown its limit (ulimit -f)"
for case in "HUP 129 : its terminal is gone" "PIPE 141 : nobody reads what it says" "XFSZ 153 : $file" \
    "XCPU 152 : its processor time is used up (ulimit -t)"; do
    for brief in "" -brief; do
        read -r signal status text <<<"$case"
        begin -- $brief
        kill -s "$signal" $child
        rc=0
        wait $child || rc=$?
        check "SIG$signal $brief: says how it ended" last "$status" "${text#: }; the same command goes on from set/backup/long.ocsp-state"
        check "SIG$signal $brief: goes on from there" goes_on
    done
done
begin
kill -s TERM $child
kill -s TERM $child
rc=0
wait $child || rc=$?
check "two signals at once are one: it has saved" eval '[ $rc = 143 ] && goes_on'
begin
kill -s SEGV $child
rc=0
wait $child 2>/dev/null || rc=$?
check "a crash where nothing is short keeps its signal, and is told" last 139 \
    "darknet ocsp: Darknet has crashed by a segmentation fault"
begin nohup
kill -s HUP $child
sleep 0.3
kill -s TERM $child
rc=0
wait $child || rc=$?
check "nohup: SIGHUP stays ignored" [ "$rc" = 143 ]

for brief in "" -brief; do
    fresh
    # shellcheck disable=SC2086
    $AS_USUAL "$DARKNET" ocsp classifier train set/shapes.data long.cfg $LONG $brief 2>err </dev/null | head -n 3 >out
    rc=${PIPESTATUS[0]}
    check "train $brief | head: it ends" last 141 ": nobody reads what it says; the same command goes on from"
    check "train $brief | head: and goes on" goes_on
    fresh
    # shellcheck disable=SC2086
    limited -f 24 $AS_USUAL "$DARKNET" ocsp classifier train set/shapes.data long.cfg $LONG $brief
    check "train $brief >FILE of 24 KiB at most: it ends" last 153 ": $file; the same command goes on from"
    check "train $brief >FILE of 24 KiB at most: and goes on" goes_on
done
cp set/backup/long.ocsp-state saved
limited -f 4 "$DARKNET" ocsp classifier train set/shapes.data long.cfg -reduce none -seed 3 -plots off -eval off
check "a generation that outgrows its limit" last 1 "cannot write: File too large"
check "leaves the one before" cmp saved set/backup/long.ocsp-state
check "and nothing else" [ -z "$(tiny_leftovers set/backup)" ]

finish
