#!/bin/bash
# Kill training runs at random instants and compare what their successors make of it with a
# run that was left alone.
#
# usage: scripts/torture_kill.sh [-n KILLS] [-seed N] [DARKNET]
#
# DARKNET: a patched program (build/darknet). A fifth of the kills each: at any time; at any system call that changes a file; at one
# that changes a file of the surgery, or up to 50 ms after it; at one on the state; at one on the best weights. Needs a C
# compiler for tests/preload/kill_at.c. Exit status 1 where anything differs.
set -uo pipefail
cd "$(dirname "$0")/.." || exit 1

KILLS=200 SEED=1 DARKNET=build/darknet
while [ $# -gt 0 ]; do
    case $1 in
    -n) KILLS=$2 && shift ;;
    -seed) SEED=$2 && shift ;;
    -*) echo "usage: scripts/torture_kill.sh [-n KILLS] [-seed N] [DARKNET]" >&2 && exit 2 ;;
    *) DARKNET=$1 ;;
    esac
    shift
done
[ -x "$DARKNET" ] || { echo "torture_kill: $DARKNET: no program; make host" >&2; exit 1; }
DARKNET=$(realpath "$DARKNET")
OCSP=$(realpath "${OCSP:-build/ocsp}")
STOCK_DARKNET=${STOCK_DARKNET:-/usr/bin/darknet}
PYTHON=${PYTHON:-/usr/bin/python3}
RANDOM=$SEED

TMP=$(mktemp -d)
trap 'rm -rf "$TMP"' EXIT
. tests/tiny_run.sh
tiny_run "$TMP" || exit 1
"${CC:-cc}" -O1 -shared -fPIC tests/preload/kill_at.c -o "$TMP/kill_at.so" -ldl -lpthread || exit 1
cd "$TMP" || exit 1

train() {
    # shellcheck disable=SC2086
    GOMP_SPINCOUNT=1000 "$DARKNET" ocsp classifier train set/shapes.data net.cfg $TINY_FLAGS \
        >log 2>&1 </dev/null
}

die() {
    echo "torture_kill: $*" >&2
    tail -n 5 log >&2
    mkdir -p "$OLDPWD/build/torture" && cp -r net.cfg set log "$OLDPWD/build/torture"
    echo "torture_kill: kept in build/torture" >&2
    exit 1
}

points() { # points PATH: how many there are in a whole run
    rm -rf set/backup/*
    LD_PRELOAD=$TMP/kill_at.so KILL_PATH=$1 KILL_COUNT=$TMP/count train ||
        die "a run that nobody killed has failed"
    cat count
}

ALL=$(points "") || exit 1
SURGERY=$(points _pruned.cfg) || exit 1
STATES=$(points .ocsp-state) || exit 1
BESTS=$(points _best.weights) || exit 1
cp -r set/backup reference
began=$(date +%s%N)
rm -rf set/backup/* && train || die "a run that nobody killed has failed"
WHOLE_MS=$((($(date +%s%N) - began) / 1000000))

# What is there after a kill fits together, also without the state. Darknet's own weights are
# whole: those of an epoch are the same in every run.
check_pair() {
    for weights in set/backup/net_[0-9]*.weights set/backup/net_pruned_[0-9]*.weights; do
        [ ! -e "$weights" ] || cmp "$weights" "reference/${weights##*/}" || die "$weights is not whole"
    done
    [ -e set/backup/net_pruned.cfg ] || return 0
    for weights in set/backup/net_pruned_{last,final,best}.weights; do
        [ ! -e "$weights" ] || "$OCSP" saliency set/backup/net_pruned.cfg "$weights" >log 2>&1 ||
            die "$weights does not fit its cfg"
    done
}

check_result() {
    tiny_same reference set/backup || die "it differs from the run that was left alone"
    [ -z "$(tiny_leftovers set/backup)" ] || die "a temporary file is left"
}

# Ends with 137 where it was killed.
killed_train() {
    case $1 in
    time)
        train &
        local pid=$!
        sleep "$(printf '0.%03d' $((RANDOM % 1000)) | awk -v w="$WHOLE_MS" '{print $1 * w / 1000}')"
        # the function's shell, and the program in it
        pkill -KILL -P $pid 2>/dev/null
        wait $pid
        ;;
    point) LD_PRELOAD=$TMP/kill_at.so KILL_AT=$((RANDOM % ALL + 1)) train ;;
    surgery)
        LD_PRELOAD=$TMP/kill_at.so KILL_PATH=_pruned.cfg KILL_AT=$((RANDOM % SURGERY + 1)) \
            KILL_DELAY_US=$((RANDOM % 2 * (RANDOM % 50000))) train
        ;;
    best) LD_PRELOAD=$TMP/kill_at.so KILL_PATH=_best.weights KILL_AT=$((RANDOM % BESTS + 1)) train ;;
    rename) LD_PRELOAD=$TMP/kill_at.so KILL_PATH=.ocsp-state KILL_AT=$((RANDOM % STATES + 1)) train ;;
    esac
}

kills=0 runs=0 resumed=0
declare -A count
rm -rf set/backup/*
while [ $kills -lt "$KILLS" ]; do
    kinds=(time point surgery rename best)
    kind=${kinds[RANDOM % 5]}
    had_state=$([ -e set/backup/net.ocsp-state ] && echo 1 || echo 0)
    killed_train "$kind" 2>/dev/null
    status=$?
    if [ $had_state = 1 ] && grep -q '^ocsp: resumed' log; then
        resumed=$((resumed + 1))
    elif [ $had_state = 1 ] && grep -q '^ocsp: epoch' log; then
        die "a saved run was not resumed"
    fi
    case $status in
    137)
        kills=$((kills + 1))
        count[$kind]=$((${count[$kind]:-0} + 1))
        check_pair
        ;;
    0) check_result && runs=$((runs + 1)) && rm -rf set/backup/* ;;
    *) die "exit status $status, resumed after $kills kills" ;;
    esac
done
train || die "the last run failed"
check_result
"$STOCK_DARKNET" classifier predict set/shapes.data set/backup/net_pruned.cfg \
    set/backup/net_pruned_final.weights "$(head -n 1 set/valid.list)" >log 2>&1 </dev/null ||
    die "$STOCK_DARKNET does not load the result"
echo "torture_kill: $kills kills (time ${count[time]:-0}, any call ${count[point]:-0}, surgery" \
    "${count[surgery]:-0}, state ${count[rename]:-0}, best ${count[best]:-0}), $resumed resumed starts," \
    "$((runs + 1)) runs ended as the one that was left alone; stock darknet loads the result"
