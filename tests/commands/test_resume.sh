#!/bin/bash
# Training runs of $DARKNET that end before their time, and the processes that go on.
cd "$(dirname "$0")/../.." || exit 1
. tests/tap.sh
. tests/tiny_run.sh

[ -x "${DARKNET:-}" ] || { echo "# no \$DARKNET: make host"; exit 1; }
PYTHON=${PYTHON:-/usr/bin/python3}
DARKNET=$(realpath "$DARKNET")
export GOMP_SPINCOUNT=${GOMP_SPINCOUNT:-1000}
HERE=$PWD
tiny_run "$TMP" || { echo "# cannot make images"; exit 1; }
cd "$TMP" || exit 1

# train [FLAG...]: as `run`, with the tiny run's flags.
train() {
    # shellcheck disable=SC2086
    run "$DARKNET" ocsp classifier train set/shapes.data "${CFG:-net.cfg}" $TINY_FLAGS "$@"
}

# begin [FLAG...]: the same beside this shell, up to the end of epoch $1.
begin() {
    local epoch=$1
    shift
    : >"$TMP/out" # of the run before
    # shellcheck disable=SC2086
    # a shell's background jobs ignore SIGINT
    env --default-signal=INT "$DARKNET" ocsp classifier train set/shapes.data net.cfg \
        $TINY_FLAGS "$@" >"$TMP/out" 2>"$TMP/err" </dev/null &
    child=$!
    for _ in $(seq 1500); do
        grep -q "^ocsp: epoch $epoch/" "$TMP/out" && return 0
        sleep 0.02
    done
    return 1
}

# stops STATUS TEXT: the last run ended so, and its last line on stderr holds TEXT; before
# it are the host's.
stops() {
    tail -n 1 "$TMP/err" >last && mv last "$TMP/err"
    ended "$@"
}

silently() { "$@" >/dev/null; }

fresh() { rm -rf set/backup && mkdir set/backup; }

# The results are those of the run that nobody disturbed.
as_ever() {
    tiny_same whole set/backup && [ -z "$(tiny_leftovers set/backup)" ]
}

# The same, but for what is of the dense net.
as_pruned() {
    for f in pruned.cfg pruned_last.weights pruned_final.weights; do
        cmp "whole/net_$f" "set/backup/net_$f" || return 1
    done
    [ -f set/backup/net_ocsp.csv ] && [ -f set/backup/net_ocsp.json ]
}

train
check "a whole run" ended 0
cp -r set/backup whole
check "what it leaves" [ "$(cd whole && echo *.cfg *.csv *.json *.ocsp-state)" = \
    "net_pruned.cfg net_ocsp.csv net_ocsp_norms.csv net_ocsp.json net.ocsp-state" ]
fresh
train
check "a seeded run is the same again" as_ever

# stopped SIGNAL STATUS EPOCH [FLAG...]: asked to stop behind that epoch, it saves and ends
# so.
stopped() {
    fresh
    begin "${@:3}"
    kill -s "$1" "$child"
    wait "$child"
    rc=$?
    check "SIG$1 in epoch $(($3 + 1)): status $2" ended "$2"
    check "it says how to go on" says "; the same command goes on from set/backup/net.ocsp-state"
}
for case in "INT 130 1" "TERM 143 4" "INT 130 6" "TERM 143 7"; do
    # shellcheck disable=SC2086
    stopped $case
    train -resume
    check "the run goes on" ended 0
    check "it says from where" says "ocsp: resumed at iteration"
    check "and ends as ever" as_ever
done

# the best weights are renamed behind the state: what a process left between the two
fresh
begin 4
kill -s TERM "$child"
wait "$child"
mv set/backup/net_best.weights set/backup/net_best.weights.aaaabbbbcccc.ocsp-tmp
train
check "a best epoch whose file had no name yet" ended 0
check "gets it, and the run ends as ever" as_ever
for file in best pruned_best; do
    mv "set/backup/net_$file.weights" "set/backup/net_$file.weights.aaaabbbbcccc.ocsp-tmp"
done
train
check "that of the pruned net, too" as_ever
rm set/backup/net_pruned_best.weights
train
check "a best epoch whose file is gone is forgotten" says \
    "ocsp: set/backup/net_pruned_best.weights is not what this run wrote at epoch"
check "and told no more" eval \
    '[ "$("$PYTHON" -c "import json; print(json.load(open(\"set/backup/net_ocsp.json\"))[\"accuracy\"][\"best\"])")" = None ]'
fresh
cp -r whole/. set/backup

train
check "a run that was done is done again" ended 0
check "it says so" says "ocsp: nothing is left to train, all 75 iterations are done: a larger max_batches= goes on, -restart begins anew"
check "and leaves what it left" as_ever

mkdir alone && mv set/backup/net.ocsp-state alone && rm -r set/backup && mv alone set/backup
train
check "the state alone is enough" ended 0
check "for every file of the pruned net" as_pruned

# within epochs: at every iteration
fresh
train -save-minutes 1e-9
check "a run that is saved at every iteration" ended 0
check "has as many generations" grep -q '"generation": 75,' set/backup/net_ocsp.json
check "and ends as ever" as_ever

# one run at a time
fresh
begin 1
kill -STOP "$child" # it lives, however long the second waits
train
check "a second run in the folder" stops 1 \
    "darknet ocsp: set/backup: another ocsp run writes to this folder: wait for it, or name another folder as backup="
kill -KILL "$child"
wait "$child" 2>/dev/null
train
check "the lock ends with its process" ended 0
check "a killed run ends as ever" as_ever

# what cannot go on
fresh
train -resume
check "nothing to resume" stops 1 \
    "darknet ocsp: set/backup/net.ocsp-state: -resume: no run was saved here: leave it out to begin one"
stopped TERM 143 3 -profile
check "-profile ends with the run" grep -qE "^ocsp: [0-9]+ iterations of [0-9.]+ ms, " "$TMP/out"
cp set/backup/net.ocsp-state saved
train -tau 0.25
check "other settings" stops 1 \
    "darknet ocsp: set/backup/net.ocsp-state: this run has tau = 0.0001, now it would be 0.25: give it what it had, or begin anew by -restart"
sed 's/decay=0.0005/decay=0.0004/' net.cfg >other && mkdir -p o && mv other o/net.cfg
CFG=o/net.cfg train
check "another cfg of that name" stops 1 \
    "darknet ocsp: o/net.cfg:$(grep -n ^decay= o/net.cfg | cut -d: -f1): decay=0.0004, but the run saved in \
set/backup/net.ocsp-state began with decay=0.0005: put it back, or begin anew by -restart"
head -c 1000 saved >set/backup/net.ocsp-state
train
check "half a state" stops 1 \
    "darknet ocsp: set/backup/net.ocsp-state: not a state of this version of ocsp: cut off; begin anew by -restart"
check "it is left alone" [ "$(wc -c <set/backup/net.ocsp-state)" = 1000 ]
train -restart
check "-restart begins anew" ended 0
check "from the first epoch on" says "ocsp: epoch 1/12"
check "and ends as ever" as_ever

# a disk that is full: no file may grow beyond a KiB
cp saved set/backup/net.ocsp-state
(trap '' XFSZ && ulimit -f 1 && train && exit "$rc")
rc=$?
check "a full disk" stops 1 "cannot write: File too large"
check "the last generation is there" cmp saved set/backup/net.ocsp-state
check "nothing half-written is" [ -z "$(tiny_leftovers set/backup)" ]
train
check "with room again it goes on" ended 0
check "and ends as ever" as_ever

# numbers that are none: the rate explodes with iteration 50, behind t*
sed 's/scales=.2,.2/scales=1e30,1/' net.cfg >o/net.cfg
fresh
CFG=o/net.cfg train
check "a run that diverges" stops 1 "training has diverged; lower the learning rate, or return to the last generation by -on-nan rollback"
cp -r set/backup diverged
check "its last generation is of the epoch before" \
    grep -q '"iteration": 48' set/backup/net_ocsp.json
check "the pruned pair is of that too" \
    silently "$DARKNET" ocsp saliency set/backup/net_pruned.cfg set/backup/net_pruned_last.weights
CFG=o/net.cfg train -on-nan rollback
check "returning does not help against the rate" stops 1 \
    "for the fourth time from generation"
check "three times it tried" [ "$(grep -c '^ocsp: .*: back to generation' out)" = 3 ]
check "the pair is as it was" cmp diverged/net_pruned_last.weights set/backup/net_pruned_last.weights

cd "$HERE" || exit 1
check "runs that are killed at random instants" silently scripts/torture_kill.sh -n 8 "$DARKNET"
finish
