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
finish
