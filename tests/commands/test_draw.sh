#!/bin/bash
# Which images a training run draws, and in what order: every image once per pass, seen from
# outside, by what $DARKNET opens.
cd "$(dirname "$0")/../.." || exit 1
. tests/tap.sh
. tests/tiny_run.sh

[ -x "${DARKNET:-}" ] || { echo "# no \$DARKNET: make host"; exit 1; }
"${CC:-cc}" -O1 -shared -fPIC tests/preload/note_images.c -o "$TMP/note.so" -ldl ||
    { echo "# cannot build what is preloaded"; exit 1; }
tiny_run "$TMP" || { echo "# cannot make images"; exit 1; }
HOST=$(realpath "$DARKNET")
DARKNET=$HOST
[ ! -x "${GPU_DARKNET:-}" ] || GPU_DARKNET=$(realpath "$GPU_DARKNET")
cd "$TMP" || exit 1
IMAGES=96
PASS=6 # iterations of 16 images

# train NAME FLAGS...: the images that are opened, in NAME.opened
train() {
    local name=$1
    shift
    mkdir -p "$name"
    sed "s|^backup=.*|backup=$name|" set/shapes.data >"$name.data"
    run env LD_PRELOAD="$TMP/note.so" NOTE_IMAGES="$TMP/$name.opened" \
        "$DARKNET" ocsp classifier train "$name.data" net.cfg -reduce none -eval off "$@"
    [ "$rc" = 0 ]
}

pass_of() { # pass_of NAME K: its images of pass K
    tail -n +$((IMAGES * $2 + 1)) "$1.opened" | head -n $IMAGES
}

each_once() {
    [ "$(pass_of "$1" "$2" | sort -u | wc -l)" = $IMAGES ]
}

all_passes_once() {
    local k
    for ((k = 0; k < 75 / PASS; k++)); do
        each_once "$1" $k || { echo "# pass $k of $1"; return 1; }
    done
}

check "a run ends" train free
check "every image once per pass" all_passes_once free
check "passes differ" eval '! diff -q <(pass_of free 0) <(pass_of free 1) >/dev/null'
check "another run ends" train again
check "it has another order" eval '! diff -q <(pass_of free 0) <(pass_of again 0) >/dev/null'

check "a seeded run ends" train seeded -seed 5
check "every image once per pass, with -seed" all_passes_once seeded
check "the seed again" train twin -seed 5
check "a seed gives an order" cmp seeded.opened twin.opened
check "another seed" train other -seed 6
check "another seed gives another" eval '! cmp -s seeded.opened other.opened'

# stop_and_go NAME FLAGS...: a run that SIGTERM ends in epoch 3 and one that goes on: their
# images in NAME.first and NAME.opened, the iterations that were done in $done
stop_and_go() {
    local name=$1 child
    shift
    mkdir -p "$name"
    sed "s|^backup=.*|backup=$name|" set/shapes.data >"$name.data"
    : >"$TMP/out"
    env LD_PRELOAD="$TMP/note.so" NOTE_IMAGES="$TMP/$name.first" "$DARKNET" ocsp classifier \
        train "$name.data" net.cfg -reduce none "$@" >"$TMP/out" 2>"$TMP/err" &
    child=$!
    until grep -q "^ocsp: epoch 2/" "$TMP/out"; do
        kill -0 $child 2>/dev/null || return 1
        sleep 0.01
    done
    kill -TERM $child
    wait $child
    done=$(sed -n 's/^ocsp: stopped after iteration \([0-9]*\);.*/\1/p' "$TMP/out")
    [ -n "$done" ] && train "$name" "$@"
}

goes_on_in_the_order() {
    cmp <(tail -n +$((16 * done + 1)) seeded.opened) stopped.opened
}

# What the first process had of a pass, the second has not again before the next, but for a
# batch that was loaded ahead.
goes_on_in_the_pass() {
    local begun=$((done / PASS * PASS)) left=$((PASS - done % PASS)) n # iterations
    head -n $((16 * done)) free_stopped.first | tail -n +$((16 * begun + 1)) >had
    n=$(head -n $((16 * left)) free_stopped.opened | grep -cFx -f had)
    [ "${n:-0}" -le 16 ] # grep counts nothing where `had` is empty: the pass had not begun
}

check "a seeded run is stopped, and goes on" stop_and_go stopped -seed 5
check "with the images that it would have had" goes_on_in_the_order
check "one without a seed is stopped, and goes on" stop_and_go free_stopped
check "with others than at its beginning" eval \
    '! cmp -s <(head -n 16 free_stopped.first) <(head -n 16 free_stopped.opened)'
check "of the same pass" goes_on_in_the_pass

if [ -x "${GPU_DARKNET:-}" ]; then
    DARKNET=$GPU_DARKNET
    sed -i '/^\[dropout\]/,/^$/d' net.cfg
    export CUDA_ON_CPU_DEVICES=2
    check "two networks, seeded" train two -gpus 0,1 -seed 5
    check "share a pass" all_passes_once two
    DARKNET=$HOST
fi

check "-draw random runs" train random -draw random -seed 5
check "-draw random: as Darknet draws" eval '! each_once random 0'
run "$DARKNET" ocsp classifier train free.data net.cfg -reduce none -draw deck
check "-draw deck is refused" ended 2 "-draw deck: expected pass or random"

finish
