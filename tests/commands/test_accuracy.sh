#!/bin/bash
# The accuracy that a run of $DARKNET tells, against what $STOCK_DARKNET, unpatched, finds by
# its `classifier valid` in the weights.
cd "$(dirname "$0")/../.." || exit 1
. tests/tap.sh
. tests/tiny_run.sh

[ -x "${DARKNET:-}" ] || { echo "# no \$DARKNET: make host"; exit 1; }
[ -x "${STOCK_DARKNET:=/usr/bin/darknet}" ] || { echo "# no $STOCK_DARKNET"; exit 1; }
PYTHON=${PYTHON:-/usr/bin/python3}
DARKNET=$(realpath "$DARKNET")
export GOMP_SPINCOUNT=${GOMP_SPINCOUNT:-1000}
MAKE=$PWD/scripts/make_shapes.py
tiny_run "$TMP" || { echo "# cannot make images"; exit 1; }
cd "$TMP" || exit 1
# more images than a batch holds, of another number than the training set's, and no multiple
# of a batch; some larger than the network, and no squares
rm -rf set
"$PYTHON" "$MAKE" set --train 96 --valid 203 --seed 5 >/dev/null || exit 1
"$PYTHON" - <<'PY' || exit 1
from PIL import Image
paths = open("set/valid.list").read().split()
for k, path in enumerate(paths[::3]):
    Image.open(path).resize((20 + k % 25, 45 - k % 25)).save(path)
PY
sed -i 's/^top=.*/top=3/' set/shapes.data
cp set/shapes.data whole.data

# train [FLAG...]: as `run`, with the tiny run's flags.
train() {
    # shellcheck disable=SC2086
    run "$DARKNET" ocsp classifier train "${DATA:-set/shapes.data}" "${CFG:-net.cfg}" $TINY_FLAGS "$@"
}
fresh() { rm -rf set/backup && mkdir set/backup; }

# valid CFG WEIGHTS: the unpatched host's number of right images, at first and within three.
valid() {
    "$STOCK_DARKNET" classifier valid set/shapes.data "$1" "$2" 2>/dev/null </dev/null |
        tail -n 1 | awk -F '[:,] *' '{ printf "%.0f %.0f\n", $3 * ($1 + 1), $5 * ($1 + 1) }'
}

# told JSON_MEMBER: the same numbers as the summary has them.
told() {
    "$PYTHON" - "$1" <<'PY'
import json, os, sys
score = json.load(open(f"set/backup/{os.environ.get('CFG_NAME', 'net')}_ocsp.json"))["accuracy"][sys.argv[1]]
print(*(f"{score[k] * 203 / 100:.6f}".rstrip("0").rstrip(".") for k in ("top1", "topk")))
PY
}

# row EPOCH: and the CSV.
row() {
    "$PYTHON" - "$1" <<'PY'
import csv, sys
[row] = [r for r in csv.DictReader(open("set/backup/net_ocsp.csv")) if r["epoch"] == sys.argv[1]]
print(*(f"{float(row[k]) * 203 / 100:.4f}".rstrip("0").rstrip(".") for k in ("top1", "topk")))
PY
}

is_same() {
    [ -n "$2" ] && [ "$1" = "$2" ] && return 0
    echo "# told $1, found $2"
    return 1
}
same() { # same WHAT TOLD FOUND
    check "$1: $2 of 203" is_same "$2" "$3"
}

train
check "a run is measured" ended 0
check "it says on what" says "ocsp: accuracy on the 203 images of set/valid.list, after each epoch"
for epoch in 1 3 6; do
    same "epoch $epoch" "$(row $epoch)" "$(valid net.cfg set/backup/net_$epoch.weights)"
done
for epoch in 8 12; do
    same "epoch $epoch, pruned" "$(row $epoch)" \
        "$(valid set/backup/net_pruned.cfg set/backup/net_pruned_$epoch.weights)"
done
pruned=set/backup/net_pruned
same "the dense net's best" "$(told dense_best)" "$(valid net.cfg set/backup/net_best.weights)"
same "the pruned net's best" "$(told best)" "$(valid $pruned.cfg ${pruned}_best.weights)"
same "before surgery" "$(told before_surgery)" "$(valid net.cfg set/backup/net_dense_last.weights)"
same "after the last iteration" "$(told last)" "$(valid $pruned.cfg ${pruned}_final.weights)"
same "which has its row" "$(row 13)" "$(told last)"
check "the best is the best" "$PYTHON" - <<'PY'
import csv, json
rows = list(csv.DictReader(open("set/backup/net_ocsp.csv")))
a = json.load(open("set/backup/net_ocsp.json"))["accuracy"]
key = lambda s: (round(float(s["top1"]), 6), round(float(s["topk"]), 6))
near = lambda x, y: all(abs(i - j) < 1e-6 for i, j in zip(key(x), key(y)))
dense = max(rows[:7], key=key)
assert near(dense, a["dense_best"]) and int(dense["epoch"]) == a["dense_best"]["epoch"], a
pruned = max([a["after_surgery"], *rows[7:], a["last"]], key=key)
assert near(pruned, a["best"]) and int(pruned["epoch"]) == a["best"]["epoch"], a
assert len(set(map(key, rows))) > 3  # or nothing was compared
PY
check "the epoch's line has it" eval \
    '"$PYTHON" -c "
import csv
r = list(csv.DictReader(open(\"set/backup/net_ocsp.csv\")))[8]
print(\"top-1 %.2f %%, top-3 %.2f %%\" % (float(r[\"top1\"]), float(r[\"topk\"])))" >line &&
    grep "^ocsp: epoch 9/12" out | grep -qF "$(cat line)"'
check "the price of pruning is told" grep -qE \
    "^ocsp: before pruning top-1 [0-9.]+ %, top-3 [0-9.]+ %; after it top-1 [0-9.]+ %, top-3 [0-9.]+ %$" out

# training does not notice
cp -r set/backup measured
fresh
train -eval off
check "-eval off" eval 'ended 0 && ! grep -q "top-1" out'
check "the same weights, bit for bit" eval \
    'for f in net_6 net_dense_last net_pruned_9 net_pruned_final; do cmp "measured/$f.weights" "set/backup/$f.weights" || exit 1; done'
check "no best" eval '[ -z "$(find set/backup -name "*best*")" ]'
check "nothing in the record" eval \
    '[ "$(cut -d, -f13- set/backup/net_ocsp.csv | sort -u)" = ",,
top1,topk,map" ] && grep -q "\"accuracy\": null" set/backup/net_ocsp.json'
fresh
train -engine stock
check "the host's own functions" ended 0
same "their best" "$(told best)" "$(valid $pruned.cfg ${pruned}_best.weights)"

fresh
train -eval 5
check "every five epochs, at t*, and at the end of the last whole one and of all" eval \
    '[ "$(awk -F, "\$13 != \"\" { print \$1 }" set/backup/net_ocsp.csv | xargs)" = "epoch 5 7 12 13" ]'

train -eval 5 -restart
check "-restart sets the best weights aside, too" ls set/backup/net_before_restart/net{,_pruned}_best.weights

fresh
train -eval 100
check "the dense net's best may be that of t*" cmp set/backup/net_best.weights set/backup/net_dense_last.weights
same "and is told" "$(told dense_best)" "$(valid net.cfg set/backup/net_best.weights)"

# a loop that resizes the network (Darknet cannot resize [dropout])
{
    sed 's/^batch=.*/batch=2/; s/^max_batches=.*/max_batches=12\nrandom=1/; s/^max_crop.*//' net.cfg |
        sed '/^\[dropout\]/,/^probability/d'
} >resized.cfg
resized() { # resized EVAL: leaves its weights in EVAL.weights
    fresh
    run "$DARKNET" ocsp classifier train set/shapes.data resized.cfg -reduce none -seed 3 -epoch-iters 4 -eval "$1"
    ended 0 && cp set/backup/resized.weights "$1.weights"
}
check "random= without measuring" resized off
check "and with it" resized 2
check "does not notice either" cmp off.weights 2.weights
same "what is measured has the cfg's size" "$(CFG_NAME=resized told last)" "$(valid resized.cfg 2.weights)"

# what cannot be measured is no reason to stop
without() { # without NAME LINE CHANGE: the change to the data file gives that line
    fresh
    sed "$3" whole.data >set/shapes.data
    train
    check "$1" ended 0
    check "it says so" says "ocsp: $2"
    check "once" [ "$(grep -c "^ocsp: $2" out)" = 1 ]
}
without "no valid=" "no accuracy is measured: the data file has no valid=" '/^valid=/d'
cut=cut_$(basename "$(head -n 1 set/valid.list)") # it begins and ends as a PNG, and is none
printf '\x89PNG\r\n\x1a\n\0\0\0\x0dIHDRnothing\0\0\0\0IEND\xae\x42\x60\x82' >"$cut"
(for _ in 1 2 3 4 5; do cat set/valid.list; done && echo "$cut" && echo "$cut") >some.list # behind those that are decoded before
without "images that are none" \
    "2 of 1017 images of some.list cannot be read, the first is '$cut': the accuracy is that of the others" \
    's/^valid=.*/valid=some.list/'
# with a tree images may have several labels, or none
head -n 3 set/valid.list >three.list
mkdir -p other && for i in 1 2; do cp "$(head -n 1 set/valid.list)" other/$i.png && echo other/$i.png >>three.list; done
sed 's/$/ -1/' set/shapes.names >tree
without "images without a label" \
    "2 of these images have no label of set/shapes.names in their path: they count as wrong" \
    's/^valid=.*/valid=three.list\ntree=tree/'

# -eval off reads nothing of it
fresh
sed 's/^valid=.*/valid=none.list/' whole.data >set/shapes.data
train -eval off
check "a list that is not there, and not wanted" ended 0
cp whole.data set/shapes.data

fresh
run "$DARKNET" ocsp classifier train set/shapes.data net.cfg $TINY_FLAGS -eval never
check "a wrong -eval" ended 2
check "says what it may be" grep -qF -- "-eval never: expected a number of epochs from 1 on, auto or off" err
finish
