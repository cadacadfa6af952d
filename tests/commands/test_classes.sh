#!/bin/bash
# Which class $DARKNET, patched, lets an image of a classifier have, against $STOCK_DARKNET,
# unpatched, which tells of images with "too many or too few labels" while it trains on them.
cd "$(dirname "$0")/../.." || exit 1
. tests/tap.sh

[ -x "${DARKNET:-}" ] || { echo "# no \$DARKNET: make host"; exit 1; }
[ -x "${STOCK_DARKNET:=/usr/bin/darknet}" ] || { echo "# no $STOCK_DARKNET"; exit 1; }
PYTHON=${PYTHON:-/usr/bin/python3}
DARKNET=$(realpath "$DARKNET")
export GOMP_SPINCOUNT=${GOMP_SPINCOUNT:-1000}
SMALL=$PWD/tests/commands/cli/small.cfg
"$PYTHON" scripts/make_shapes.py "$TMP/set" --train 6 --valid 6 --seed 5 >/dev/null || exit 1
cd "$TMP" || exit 1
image=$(ls "$TMP"/set/train/00000_*)
mkdir backup
for classes in 1 2 3; do
    sed "3s/^/batch=2\nmax_batches=2\n/; s/^output=2/output=$classes/" "$SMALL" >net$classes.cfg
done

# data CLASSES [LINE...]
data() {
    local classes=$1
    shift
    printf '%s\n' "classes=$classes" train=train.list labels=names backup=backup "$@" >d.data
    rm -f backup/*
}
# images PATH...
images() {
    local path
    for path in "$@"; do
        mkdir -p "$(dirname "$path")"
        cp "$image" "$path"
    done
    printf '%s\n' "$@" >train.list
}
train() { run "$DARKNET" ocsp classifier train d.data "net$1.cfg" -eval off -brief -reduce none -epoch-iters 1 -plots off "${@:2}"; }

# --- what is right is trained

# right NAME CLASSES: with names and train.list as they are.
right() {
    data "$2"
    train "$2"
    check "$1" ended 0
}
printf '%s\n' 'red circle' square >names
images 'a b/1_red circle.png' 2_square.png "$PWD/3_square.png" ./4_square.png "x/../5_square.png"
right "blanks in labels, relative and absolute paths" 2
printf '%s\n' cat dog '' >names
images cat/1.png dog/1.png
right "labels as folders, and an empty line behind them" 2
printf 'cat\ndog' >names
right "a last label without its line end" 2
printf '%s\n' cat dog cow '' mouse at a >names
right "more labels than classes=, which do not count" 2
printf '%s\n' $'\xc3\xa9t\xc3\xa9' $'\xe7\x8c\xab' >names
images $'1_\xc3\xa9t\xc3\xa9.png' $'\xe7\x8c\xab/2.png'
right "labels in UTF-8" 2
printf '%s\n' $'\xe9t\xe9' $'\xff' >names
images $'1_\xe9t\xe9.png' $'2_\xff.png'
right "labels in Latin-1" 2
printf '%s\n' catalog cat >names
images 1_catalo.cat 2_cat.jpg
cp "$image" 3_cat.png && echo 3_cat.png >>train.list
data 2
train 2
check "a label within another, where no image has the longer one" ended 0
check "says that a class has no image" says "ocsp: 1 of 2 classes have no image in train.list, the first is that of line 1 of names"
printf '%s\n' '#cat' ';dog' >names
images '1_#cat.png' '2_;dog.png'
right "labels that look like comments" 2
printf '%s\n' cat >names
images 1_cat.png 2_other.png
right "the rest of the world, with classes=1" 1

# --- exempt

printf '%s\n' animal cat >names
images animal/1_cat.png 2_other.png
printf '%s\n' 'animal -1' 'cat 0' >tree
data 2 tree=tree
train 2
check "an image of several classes, and one of none, with tree=" ended 0
data 2 tag=1
mkdir -p images labels && images images/1.jpg images/2.jpg
echo 0 1 >labels/1.txt && echo 1 >labels/2.txt && rm names
train 2
check "tag=1 needs no labels=" ended 0
data 2 tag=1 valid=train.list
run "$DARKNET" ocsp classifier train d.data net2.cfg -brief -reduce none -epoch-iters 1 -plots off
check "nor does it with valid=" ended 0
check "of which it measures nothing" says "ocsp: no accuracy is measured: with tag= the images' classes are not told by their paths"

# --- what is said of odd lines, and trained

printf '%s\n' cat dog >names
images 1_cat.png 2_dog.png
data 2 top=5 train=other.list names=names colour=red 'eval=voc' 'results = r' train=train.list
train 2
check "odd lines are no error" ended 0
check "a second train= is told" says "ocsp: d.data:6: Darknet takes the train= of line 2, not this one"
check "an unknown key is told" says "ocsp: d.data:8: Debian's Darknet does not read the key 'colour'"
check "a top= beyond the classes is told" says "ocsp: d.data:5: top=5, but there are 2 classes: every image is within them"
check "and no more" [ "$(grep -c 'd\.data' out)" = 3 ]
data 2
{ echo '# a comment' && echo && sed 's/=/ = /; s/^/\t/' d.data && echo '; another'; } >e.data && mv e.data d.data
train 2
check "blanks, comments and empty lines" ended 0

# --- random labels and paths, judged by the unpatched host

"$PYTHON" - <<'PY' || exit 1
import random
random.seed(3)
words = ["cat", "c", "at", "dog", "red circle", "red", " ", "Cat", "data", "png", "1", "12", "caté", "\té", ".p", "_"]
def word():
    return "".join(random.choice(words) for _ in range(random.randrange(1, 3)))
for k in range(30):
    classes = random.choice([2, 2, 3])
    labels = [word() for _ in range(classes + random.randrange(2))]
    folder = random.choice(["", "", word().strip(" ") + "d/"])
    name = random.choice(labels) + random.choice(["", "", "_" + word()]) if random.random() < .8 else word()
    open(f"case{k}", "w").write("\n".join([str(classes), folder.lstrip("/") + f"{k}_" + name + ".png"] + labels) + "\n")
PY
agreed=0
refused=0
for k in {0..29}; do
    { read -r classes && IFS= read -r path && cat >names; } <"case$k"
    images "$path"
    data "$classes"
    "$STOCK_DARKNET" classifier train d.data "net$classes.cfg" >stock.log 2>&1 || { echo "# $k: the unpatched host ended"; break; }
    expected=0
    grep -q 'Too many or too few labels' stock.log && expected=1
    data "$classes"
    train "$classes"
    refused=$((refused + expected))
    if [ "$rc" = "$expected" ]; then
        agreed=$((agreed + 1))
    else
        echo "# $k: exit $rc, not $expected: $(cat "case$k" err)"
    fi
done
echo "# $refused of 30 random cases have too many or too few labels"
check "30 random cases are refused where the unpatched host complains, and only there" [ "$agreed" = 30 ]
check "of both kinds there are some" [ "$refused" -gt 5 -a "$refused" -lt 25 ]
finish
