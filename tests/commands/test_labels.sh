#!/bin/bash
# What $DARKNET, patched, says of label files while it trains a detector on them: nothing where
# all is right, one line where something is odd; and that $STOCK_DARKNET, unpatched, crashes on
# what is refused, or misreads it. The refusals' messages are in bad_inputs/train/labels.txt.
cd "$(dirname "$0")/../.." || exit 1
. tests/tap.sh

[ -x "${DARKNET:-}" ] || { echo "# no \$DARKNET: make host"; exit 1; }
[ -x "${STOCK_DARKNET:=/usr/bin/darknet}" ] || { echo "# no $STOCK_DARKNET"; exit 1; }
DARKNET=$(realpath "$DARKNET")
export GOMP_SPINCOUNT=${GOMP_SPINCOUNT:-1000}
"${PYTHON:-/usr/bin/python3}" scripts/make_shapes.py "$TMP/set" --train 6 --valid 6 --seed 5 >/dev/null || exit 1
cd "$TMP" || exit 1
mkdir backup images labels
n=0
for image in set/train/*; do
    n=$((n + 1))
    cp "$image" "images/$n.png"
    echo "images/$n.png"
done >train.list
printf '%s\n' classes=2 train=train.list backup=backup >d.data
{
    printf '[net]\nbatch=6\nsubdivisions=3\nwidth=16\nheight=16\nchannels=3\nmax_batches=6\n'
    printf '[convolutional]\nbatch_normalize=1\nfilters=8\nsize=3\nstride=2\npad=1\nactivation=leaky\n'
    printf '[convolutional]\nfilters=14\nactivation=linear\n'
    printf '[yolo]\nclasses=2\nnum=2\nanchors=4,4,8,8\n'
} >net.cfg

# labels TEXT...: of image 1 and so on; the others get a box of each class.
labels() {
    local k
    for k in 1 2 3 4 5 6; do
        printf '0 .5 .5 .25 .25\r\n1 .3 .4 .5 .5\n' >"labels/$k.txt"
    done
    for ((k = 1; k <= $#; k++)); do
        printf -- "${!k}" >"labels/$k.txt"
    done
    rm -f backup/*
}
train() { run "$DARKNET" ocsp detector train d.data net.cfg -brief -reduce none -epoch-iters 2 -plots off "$@"; }
of_labels() { grep -a "train.list" "$TMP/out"; }
# trains NAME [LINE]: to the end, and this is the only line on labels.
trains() {
    train
    check "$1" ended 0
    check "$1: what is said" [ "$(of_labels)" = "${2:+ocsp: train.list: $2}" ]
}

labels
trains "right labels"
labels '' '\n'
trains "empty files" "8 boxes, 6 images: 2 with an empty label file (first: line 1)"
labels '1 1.5 .5 .2 .2\n' '1 .95 .5 .2 .2\n' '1 .5 .5 .0005 .2\n' '1 .5 .5 .2 .2\n1 .5 .5 .2 .2'
trains "boxes outside, partly outside, too small, twice" "9 boxes, 6 images: 1 with a box outside the image \
(first: line 1), 1 with a box that is too small (first: line 3), 1 with a box partly outside (first: line 2), 1 with the \
same box twice (first: line 4)"
crowd=$(for k in $(seq 91); do echo "1 .5 .5 .3 .$((100 + k))"; done)
labels "$crowd"
trains "more boxes than Darknet takes" "101 boxes, 6 images: 1 with more boxes than the net takes (first: line 1)"
labels '0 .5 .5 .2 .2' '0 .5 .5 .2 .2' '0 .5 .5 .2 .2' '0 .5 .5 .2 .2' '0 .5 .5 .2 .2' '0 .5 .5 .2 .2'
trains "a class without a box" "6 boxes, 6 images; none of class 1"

labels
sed -i 1s/2/3/ d.data
train
check "other classes in the data file: trained by the cfg" ended 0
check "other classes in the data file: said" says "ocsp: d.data:1: classes=3, but the cfg's heads have 2, which count"
sed -i 1s/3/2/ d.data

# --- a run that goes on

labels
train -epoch-iters 3
sed -i s/max_batches=6/max_batches=9/ net.cfg
echo "2 .5 .5 .2 .2" >labels/4.txt
md5sum backup/* >before
train -epoch-iters 3
check "a run that goes on looks again" ended 1 "labels/4.txt:1: class 2, but the net has 2"
check "... and leaves what is there" md5sum --quiet -c before
sed -i s/max_batches=9/max_batches=6/ net.cfg

# --- why

stock() { { timeout 60 "$STOCK_DARKNET" detector train d.data net.cfg; } >out 2>err; }
# stock_ends NAME TEXT: the unpatched host does not come to its last weights.
stock_ends() {
    labels "$2" "$2" "$2" "$2" "$2" "$2"
    stock
    check "the unpatched host: $1" [ ! -e backup/net_final.weights ]
    train
    check "... refused" ended 1
}
far='99999999 .5 .5 .2 .2\n'
stock_ends "a class far behind the net's crashes" "$far$far$far"
stock_ends "a centre at 0 0 crashes" '0 0 0 .2 .2\n'
labels
rm labels/[2-6].txt # images are drawn at random
stock
check "the unpatched host: a missing file ends it" [ ! -e backup/net_final.weights ]
train
check "... refused" ended 1 "has no label file 'labels/2.txt'"
finish
