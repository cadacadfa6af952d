#!/bin/bash
# What `darknet ocsp classifier|detector train` of $DARKNET, the patched Debian host, says of
# bad input: the rows of tests/commands/bad_inputs/train/*.txt, their form in tests/commands/bad_inputs.sh.
# `tests/commands/test_bad_training.sh -update` writes the messages anew, to be reviewed.
cd "$(dirname "$0")/../.." || exit 1
. tests/tap.sh
. tests/commands/bad_inputs.sh

[ -x "${DARKNET:-}" ] || { echo "# no \$DARKNET: make host"; exit 1; }
DARKNET=$(realpath "$DARKNET")
TABLES=$PWD/tests/commands/bad_inputs/train

good=$TMP/good
mkdir -p "$good/backup"
cp tests/commands/cli/small.cfg "$good"
"${PYTHON:-python3}" tests/commands/cli/small_weights.py "$good/small.weights" || exit 1
printf '%s\n' classes=2 train=train.list labels=names backup=backup >"$good/good.data"
printf '%s\n' a.png b.png >"$good/train.list"
printf '%s\n' a b >"$good/names"
"${PYTHON:-/usr/bin/python3}" scripts/make_shapes.py "$TMP/set" --train 6 --valid 6 --seed 5 >/dev/null ||
    { echo "# cannot make images"; exit 1; }
cp "$TMP"/set/train/00000_*.png "$good/a.png"
cp "$TMP"/set/train/00001_*.png "$good/b.png"
cp "$good/a.png" "$good/good.png"

# For the rows of runs that were saved: net.cfg, and the state of a run of FLAGS in `saved`.
FLAGS="-reduce macs=30% -seed 1 -sl-start 1 -sl-end 2"
sed '3s/^/batch=2\nmax_batches=4\n/' "$good/small.cfg" >"$good/net.cfg"
cp -r "$good" "$TMP/run"
# shellcheck disable=SC2086
(cd "$TMP/run" && "$DARKNET" ocsp classifier train good.data net.cfg $FLAGS &>log) ||
    { echo "# cannot train"; tail "$TMP/run/log"; exit 1; }
cp "$TMP/run/backup/net.ocsp-state" "$good/saved"

# For the rows of schedules and heads.
net() { sed "3s/^/$1\n/" small.cfg >bad.cfg; }
head_of() {
    printf '[net]\nmax_batches=9\nwidth=8\nheight=8\nchannels=3\n[convolutional]\nfilters=21\n[yolo]\n' >bad.cfg
    echo -e "$1" >>bad.cfg
}
# For the rows of label files: a detector of two classes, and the labels of a.png.
labels() {
    head_of 'classes=2\nnum=3\nanchors=2,2,4,4,6,6'
    printf -- "$1" >a.txt
    echo '1 .5 .5 .2 .2' >b.txt
}
# For those of classes: `images PATH...` makes images, and lists them; `label_lines LINE...`, of which
# \r and the like are escapes, writes names.
images() {
    for image in "$@"; do
        mkdir -p "$(dirname "$image")"
        cp -n good.png "$image"
    done
    printf '%s\n' "$@" >train.list
}
label_lines() { printf '%b\n' "$@" >names; }
export -f net head_of labels images label_lines

for table in "$TABLES"/*.txt; do
    check_table "$table" "$DARKNET" "darknet ocsp: " "$@"
done
check "no message names a path of this machine" none_names_a_path "$TABLES"/*.txt
finish
