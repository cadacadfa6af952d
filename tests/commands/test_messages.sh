#!/bin/bash
# What a run of $DARKNET, the patched Debian host, tells its user in the situations of a day.
cd "$(dirname "$0")/../.." || exit 1
. tests/tap.sh

[ -x "${DARKNET:-}" ] || { echo "# no \$DARKNET: make host"; exit 1; }
DARKNET=$(realpath "$DARKNET")
PYTHON=${PYTHON:-/usr/bin/python3}

mkdir "$TMP/here"
cp tests/commands/cli/small.cfg "$TMP/here"
"$PYTHON" scripts/make_shapes.py "$TMP/here/set" --train 6 --valid 6 --seed 5 >/dev/null ||
    { echo "# cannot make images"; exit 1; }
cd "$TMP/here" || exit 1
mkdir backup
find "$PWD"/set/train -name '0000[01]_*.png' >train.list
printf '%s\n' classes=2 train=train.list labels=names backup=backup >a.data
sed -n 's/.*_\(.*\)\.png/\1/p' train.list >names
sed '3s/^/batch=2\nmax_batches=6\n/' small.cfg >net.cfg
SHORT=(-seed 1 -sl-start 1 -sl-end 2)

# train WORD...: a run of net.cfg; what it says of itself in $TMP/ours.
train() {
    run "$DARKNET" ocsp classifier train a.data net.cfg "${SHORT[@]}" "$@"
    grep '^ocsp: ' "$TMP/out" >"$TMP/ours"
}
told() { # told LINE: one of ours is this
    grep -qxF -- "ocsp: $1" "$TMP/ours" && return 0
    sed 's/^/# /' "$TMP/ours" "$TMP/err"
    return 1
}

# --- without -reduce
train
check "a run without -reduce" [ "$rc" = 0 ]
check "says on its first line that half goes, and how to ask for another share" [ "$(head -n 1 "$TMP/ours")" = \
    "ocsp: half of the MACs will go, as -reduce was not given: for another share add -reduce macs=P%, for none -reduce none" ]
check "and means it" eval 'grep -q "^ocsp: remove 50% of the MACs: " "$TMP/ours"'
check "the safety limit says how far the run was from ending by itself" grep -qE \
    '^ocsp: t\* = epoch 2 \(iteration 2\): the safety limit -sl-end; selected norms at [0-9.]+% of their start \(quiet: 2%\); no stability yet$' "$TMP/ours"
train -reduce macs=50%
check "the same command with the share goes on from it" eval 'grep -q "^ocsp: resumed at iteration 6" "$TMP/ours"'
check "and is not told of a default" eval '! grep -q "was not given" "$TMP/ours"'

# --- longer than planned: behind t* a run goes on
sed -i 's/^max_batches=6$/# longer\nmax_batches=9/' net.cfg
cp backup/net.ocsp-state finished
train
check "a larger max_batches= goes on with a finished run" eval '[ "$rc" = 0 ] &&
    told "it goes on with another schedule: max_batches=6 is now 9"'
check "to its end" eval 'grep -q "^ocsp: epoch 9/9 pruned, " "$TMP/ours" && grep -q "^ocsp: done: " "$TMP/ours"'
check "and makes what was done before not again" eval '! grep -q "^ocsp: epoch 6/9" "$TMP/ours" && grep -q "^ocsp: epoch 7/9" "$TMP/ours"'
train
check "the next process knows of the new length" eval '[ "$rc" = 0 ] && ! grep -q "another schedule" "$TMP/ours" &&
    told "nothing is left to train, all 9 iterations are done: a larger max_batches= goes on, -restart begins anew"'
sed -i 's/^# longer$/# a comment/; s/^max_batches=9$/max_batches = 9 # long/' net.cfg
train
check "a changed comment is no other net" eval '[ "$rc" = 0 ] && grep -q "^ocsp: resumed at iteration 9" "$TMP/ours"'
check "nor is a larger max_batches=: its weights stay beside the pruned cfg" [ ! -e backup/net_before_restart ]

# refused MESSAGE: the last run ended so.
refused() {
    [ "$rc" = 1 ] && [ "$(tail -n 1 "$TMP/err")" = "darknet ocsp: $1" ] && return 0
    tail -n 1 "$TMP/err" | sed "s/^/# $rc: /"
    return 1
}
sed -i 's/^filters = 6 /filters = 7 /' net.cfg
line=$(grep -n '^filters = 7 ' net.cfg | cut -d: -f1)
train
check "another key is named with its line" refused "net.cfg:$line: filters=7, but the run saved in backup/net.ocsp-state \
began with filters=6: put it back, or begin anew by -restart"
sed -i 's/^filters = 7 /filters = 6 /' net.cfg

# --- -restart
train -restart
check "-restart says which run goes, before all else" eval '[ "$rc" = 0 ] && [ "$(head -n 1 "$TMP/ours" | sed "s/generation [0-9]*$/generation N/")" = \
    "ocsp: -restart sets aside the run saved in backup/net.ocsp-state: 9 epochs (9 iterations), pruned, generation N" ] || { cat "$TMP/ours"; false; }'
check "and then where its files are" eval 'grep -qE "^ocsp: moved what a former run left here to backup/net_before_restart[_0-9]*: net.ocsp-state, .* and [0-9]+ more \([0-9.]+ MiB\)$" "$TMP/ours"'
echo nonsense >backup/net.ocsp-state
train -restart
check "also where it cannot be read" eval 'grep -q "^ocsp: -restart sets aside the run saved in backup/net.ocsp-state: a file that this program cannot read$" "$TMP/ours"'
rm -r backup/*
train -restart
check "and nothing where there is none" eval '[ "$rc" = 0 ] && ! grep -qE "sets aside|moved" "$TMP/ours"'

# --- longer than planned: before t* the schedule decides
rm -r backup/*
: >"$TMP/log"
sed -i 's/^max_batches = 9.*/max_batches=3000/' net.cfg # seconds, in which it is stopped
"$DARKNET" ocsp classifier train a.data net.cfg -seed 1 -sl-start 2 -sl-end 2990 >"$TMP/log" 2>&1 &
child=$!
while kill -0 $child 2>/dev/null && ! grep -q '^ocsp: epoch 3/3000' "$TMP/log"; do sleep 0.02; done
kill $child
wait
check "a run that was stopped before t*" eval 'grep -aq "\"phase\": *\"sparse\"" backup/net.ocsp-state'
sed -i 's/^max_batches=3000$/max_batches=3012/' net.cfg
line=$(grep -n '^max_batches=3012$' net.cfg | cut -d: -f1)
train
check "must keep its length until then" refused "net.cfg:$line: max_batches=3012, but the run saved in \
backup/net.ocsp-state began with max_batches=3000, and when it prunes follows from that: put it back until it has pruned, \
or begin anew by -restart"
finish
