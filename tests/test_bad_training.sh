#!/bin/bash
# What `darknet ocsp classifier|detector train` of $DARKNET, the patched Debian host, says of
# bad input: the rows of tests/bad_inputs/train/*.txt, their form in tests/bad_inputs.sh.
# `tests/test_bad_training.sh -update` writes the messages anew, to be reviewed.
cd "$(dirname "$0")/.." || exit 1
. tests/tap.sh
. tests/bad_inputs.sh

[ -x "${DARKNET:-}" ] || { echo "# no \$DARKNET: make host"; exit 1; }
DARKNET=$(realpath "$DARKNET")
TABLES=$PWD/tests/bad_inputs/train

good=$TMP/good
mkdir -p "$good/backup"
cp tests/cli/small.cfg "$good"
"${PYTHON:-python3}" tests/cli/small_weights.py "$good/small.weights" || exit 1
printf '%s\n' classes=2 train=train.list labels=names backup=backup >"$good/good.data"
printf '%s\n' a.png b.png >"$good/train.list"
printf '%s\n' one two >"$good/names"
: >"$good/a.png" # nobody reads that far
: >"$good/b.png"

# For the rows of schedules and heads.
net() { sed "3s/^/$1\n/" small.cfg >bad.cfg; }
head_of() {
    printf '[net]\nwidth=8\nheight=8\nchannels=3\n[convolutional]\nfilters=21\n[yolo]\n' >bad.cfg
    echo -e "$1" >>bad.cfg
}
export -f net head_of

for table in "$TABLES"/*.txt; do
    check_table "$table" "$DARKNET" "darknet ocsp: " "$@"
done
check "no message names a path of this machine" none_names_a_path "$TABLES"/*.txt
finish
