#!/bin/bash
# What `ocsp backbone` writes, read and trained by $STOCK_DARKNET, unpatched, and $DARKNET.
cd "$(dirname "$0")/../.." || exit 1
. tests/tap.sh

[ -x "${DARKNET:-}" ] || { echo "# no \$DARKNET: make host"; exit 1; }
[ -x "${STOCK_DARKNET:=/usr/bin/darknet}" ] || { echo "# no $STOCK_DARKNET"; exit 1; }
PYTHON=${PYTHON:-/usr/bin/python3}
OCSP=$(realpath "${OCSP:-build/ocsp}")
DARKNET=$(realpath "$DARKNET")

"$PYTHON" scripts/make_shapes.py "$TMP/set" --train 24 --valid 6 --size 64 --seed 5 >/dev/null ||
    { echo "# cannot make images"; exit 1; }
cd "$TMP" || exit 1
while read -r picture; do
    echo "1 0.5 0.5 0.4 0.5" >"${picture%.*}.txt"
done <set/train.list
printf 'one\ntwo\n' >two.names
printf 'classes=2\ntrain=set/train.list\nnames=two.names\nbackup=backup\n' >two.data
mkdir backup

# A residual classifier of stride 8. A learning rate of 0: what training leaves is its start.
cat >small.cfg <<'CFG'
[net]
batch=8
subdivisions=2
width=32
height=32
channels=3
momentum=0.9
decay=0
learning_rate=0
max_batches=2
CFG
for layer in 8,2,relu 12,2,relu 12,1,relu 12,1,linear shortcut 16,2,relu; do
    if [ $layer = shortcut ]; then
        printf '\n[shortcut]\nfrom=-3\nactivation=relu\n'
        continue
    fi
    printf '\n[convolutional]\nbatch_normalize=1\nfilters=%s\nsize=3\nstride=%s\npad=1\nactivation=%s\n' ${layer//,/ }
done >>small.cfg
printf '\n[avgpool]\n\n[connected]\noutput=6\nactivation=linear\n\n[softmax]\n' >>small.cfg
"$PYTHON" - <<'PY'
import numpy as np, struct
rng = np.random.default_rng(1)
out = [struct.pack("<iiiQ", 0, 2, 0, 640)]
for c, n in ((3, 8), (8, 12), (12, 12), (12, 12), (12, 16)):
    out += [rng.normal(0, .1, n), rng.uniform(.5, 1.5, n), rng.normal(0, .1, n), rng.uniform(.5, 1, n),
            rng.normal(size=n * c * 9) * np.sqrt(2 / (9 * c))]
out += [np.zeros(6), rng.normal(size=6 * 16) / 4]
open("small.weights", "wb").write(b"".join(o if isinstance(o, bytes) else o.astype("<f4").tobytes() for o in out))
PY

backbone() { "$OCSP" backbone "$1.cfg" "$1.weights" -head yolo -maps 16,8,4 -size 64 -classes 2 -o "$2" >"$2.log"; }
check "a backbone is made" backbone small det
check "heads read the body and an extra block" eval \
    '[ "$(sed -n "s/^head *\(.*\),.*/\1/p" det.log)" = "16x16 from layer 4 [shortcut]
8x8 from layer 5 [convolutional]
4x4 from layer 7 [convolutional]" ]'

# --- the file of weights

partial() { "$STOCK_DARKNET" partial "$1.cfg" "$1.weights" "$2" 6 >/dev/null 2>"$TMP/err"; }
check "the unpatched Darknet cuts the classifier" partial small cut.weights
check "and gets the same file" cmp cut.weights det.weights
check "it loads the detector" partial det loaded.weights
check "and holds the body bit for bit" cmp loaded.weights det.weights
run "$DARKNET" ocsp backbone small.cfg small.weights -head yolo -maps 16,8,4 -size 64 -classes 2 -o host
check "the host's command does the same" eval \
    '[ $rc = 0 ] && cmp host.cfg det.cfg && cmp host.weights det.weights'

# --- training

# trains CFG COMMAND...: to its last iteration, with finite losses.
trains() {
    local cfg=$1
    shift
    rm -f backup/*
    run "$@"
    [ "$rc" = 0 ] && [ "$(grep -cE '^[12]: [0-9.]+, [0-9.]+ avg' "$TMP/out")" = 2 ] &&
        [ -s "backup/${cfg}_final.weights" ] && return 0
    echo "# exit $rc: $(tail -n 1 "$TMP/err")"
    grep -E '^[12]: ' "$TMP/out" | sed 's/^/# /'
    return 1
}
# All filters and biases of the body are those of the start; BN statistics move.
kept() { # kept START LAST CHANNELS,FILTERS...
    "$PYTHON" - "$@" <<'PY'
import struct, sys
def floats(name):
    data = open(name, "rb").read()[20:]
    return struct.unpack(f"<{len(data) // 4}f", data)
a, b = map(floats, sys.argv[1:3])
at = 0
for layer in sys.argv[3:]:
    c, n = map(int, layer.split(","))
    end = at + 4 * n + 9 * c * n
    for low, high in ((at, at + 2 * n), (at + 4 * n, end)):
        assert a[low:high] == b[low:high], layer
    assert a[at + 2 * n:at + 3 * n] != b[at + 2 * n:at + 3 * n], layer
    at = end
assert at == len(a) < len(b)
rest = b[at:]
assert any(rest) and all(x == x and abs(x) < 1e6 for x in rest)
PY
}
layers=(3,8 8,12 12,12 12,12 12,16)
check "the unpatched Darknet trains it" \
    trains det "$STOCK_DARKNET" detector train two.data det.cfg det.weights
check "from the body's weights" kept det.weights backup/det_final.weights "${layers[@]}"
check "what it leaves is a whole net" eval \
    '"$OCSP" saliency det.cfg backup/det_final.weights >/dev/null'
check "the patched Darknet trains it" \
    trains det "$DARKNET" ocsp detector train two.data det.cfg det.weights -reduce none
check "from the body's weights, too" kept det.weights backup/det_final.weights "${layers[@]}"

"$OCSP" prune small.cfg small.weights -reduce macs=40% -o pruned >/dev/null
check "a pruned classifier becomes one" backbone pruned few
check "of fewer channels" eval '! cmp -s few.cfg det.cfg && [ "$(stat -c %s few.weights)" -lt "$(stat -c %s det.weights)" ]'
check "the unpatched Darknet trains that" \
    trains few "$STOCK_DARKNET" detector train two.data few.cfg few.weights
finish
