#!/bin/bash
# The engine from the command line: what computes, what is printed of it, and that the
# host's own commands say the same with it as $STOCK_DARKNET without.
cd "$(dirname "$0")/../.." || exit 1
. tests/tap.sh

[ -x "${DARKNET:-}" ] || { echo "# no \$DARKNET: make host"; exit 1; }
[ -x "${STOCK_DARKNET:=/usr/bin/darknet}" ] || { echo "# no $STOCK_DARKNET"; exit 1; }
PYTHON=${PYTHON:-/usr/bin/python3}

"$PYTHON" scripts/make_shapes.py "$TMP/set" --train 192 --valid 64 --seed 6 >/dev/null ||
    { echo "# cannot make images"; exit 1; }
DARKNET=$(realpath "$DARKNET")
cd "$TMP" || exit 1
mkdir backup && sed "s|^backup=.*|backup=backup|" set/shapes.data >small.data
if ldd "$DARKNET" | grep -q libdnnl; then built=1; else built=0; fi

cat >net.cfg <<'CFG'
[net]
batch=32
width=32
height=32
channels=3
max_crop=32
min_crop=32
learning_rate=0.05
max_batches=12

[convolutional]
batch_normalize=1
filters=32
size=3
pad=1
activation=leaky

[maxpool]
size=2
stride=2

[convolutional]
batch_normalize=1
filters=32
size=3
pad=1
activation=tanh

[shortcut]
from=-2
activation=leaky

[convolutional]
filters=6
size=1
activation=linear

[avgpool]

[softmax]
CFG

# train FLAGS...: the run's own lines are in $TMP/out.
train() {
    run "$DARKNET" ocsp classifier train small.data net.cfg -restart -plots off -reduce none -seed 2 "$@"
    [ "$rc" = 0 ] || { echo "# exit $rc: $(tail -n 1 "$TMP/err")"; return 1; }
}

# layers BY: so many lines of the profile say that BY computed the layer.
layers() { grep -cE "^ +[0-9]+ [a-z]+ +$1 " "$TMP/out"; }

if echo '#include <dnnl.h>' | "${CC:-cc}" -E - >/dev/null 2>&1 && [ "${OCSP_ONEDNN:-1}" != 0 ]; then
    check "the engine is built in where oneDNN is" test $built = 1
fi
check "a net trains" train -profile
if [ $built = 1 ]; then
    check "by oneDNN" eval 'grep -qE "^ocsp: engine: oneDNN [23]\.[0-9.]+, [0-9]+ threads: 3 of 7 layers; 4 stay with Darknet.s slower code: 1 maxpool, 1 convolutional \(tanh\), 1 shortcut \(leaky\), 1 softmax$" "$TMP/out"'
    check "which takes what it can" test "$(layers engine)" = 3
    check "and leaves the rest to the host" test "$(layers host)" = 4
    check "threads are as many as are asked for" eval \
        'train -threads 1 && says ", 1 threads: "'
    check "its version is told" eval \
        'run "$DARKNET" ocsp --version && ended 0 && sed -n 2p "$TMP/out" | grep -qxE "Darknet \(.+\), oneDNN [23]\.[0-9.]+"'
else
    check "by the host, and says why" says \
        "ocsp: engine: the host's own functions (built without oneDNN 2 or 3: libdnnl-dev)"
    check "what is not built in cannot be asked for" eval \
        'run "$DARKNET" ocsp classifier train small.data net.cfg -restart -plots off -reduce none -engine onednn
         ended 1 "-engine onednn: this Darknet was built without oneDNN 2 or 3; install libdnnl-dev and rebuild"'
fi
check "the profile has a line per layer" eval 'train -profile && [ $(($(layers engine) + $(layers host))) = 7 ]'
check "-engine stock leaves all to the host" eval \
    'train -engine stock -profile && says "ocsp: engine: the host'"'"'s own functions" && [ "$(layers host)" = 7 ]'
check "the profile's sum names iterations" eval 'grep -qE "^ocsp: 12 iterations of [0-9.]+ ms, 0.0 % of it in the engine$" "$TMP/out"'
check "images are padded and cropped" train -aug pad=4

check "the cost of pruning is in the profile" eval \
    'run "$DARKNET" ocsp classifier train small.data net.cfg -restart -plots off -reduce macs=30% -sl-start 1 -sl-end 3 -epoch-iters 3 -quiet off -profile
     [ $rc = 0 ] && grep -qE "^ocsp: penalty and shrinking [0-9.]+ ms per iteration \([0-9.]+ % of it\)$" "$TMP/out" && grep -qE "^ocsp: decision [0-9.]+ ms per epoch$" "$TMP/out"'

for flag in "-engine cuda:-engine cuda: expected stock or onednn" \
    "-threads 0:-threads 0: expected a whole number from 1 on" \
    "-aug 4:-aug 4: expected pad=N, N pixels" \
    "-aug pad=x:-aug pad x: expected a whole number from 0 on"; do
    run "$DARKNET" ocsp classifier train small.data net.cfg -restart -plots off -reduce none ${flag%%:*}
    check "${flag%%:*} is refused" ended 2 "${flag#*:}"
done
run "$DARKNET" ocsp classifier valid small.data net.cfg -engine cuda
check "-engine cuda is refused for inference, too" ended 2 "-engine cuda: expected stock or onednn"

# --- how fast a net is
# A net of an eighth of the filters beside it, and a copy of it.
sed 's/^filters=32/filters=4/' net.cfg >small.cfg
cp net.cfg same.cfg
# line NET: its line of a table, as times, none or loss, and share.
line() {
    sed -nE "s/^$1 +[0-9.]+ +[0-9.]+-[0-9.]+ +[0-9.]+ +([a-z0-9.]+) \([0-9.]+-[0-9.]+\) +[0-9.]+ +([0-9.]+)$/\1 \2/p" "$TMP/out"
}
run "$DARKNET" ocsp speed net.cfg same.cfg small.cfg -batch 1,64 -seconds 1.5 -threads 1 -layers
check "speed compares nets" ended 0
check "at each batch, larger than the cfg's, too" eval \
    '[ "$(grep -cE "^batch (1|64), (onednn|stock) \(.*\)(, [0-9]+ threads?)?: [0-9]+ rounds? in" "$TMP/out")" = 2 ]'
check "random weights are told" says "random weights, and noise for images"
check "a net is not faster than itself" eval '[ "$(line same.cfg | grep -c ^none)" = 2 ]'
check "it says that there is no gain" eval '[ "$(grep -c "^same.cfg: no gain" "$TMP/out")" = 2 ]'
check "a much smaller one is" eval '[ "$(line small.cfg | tail -n 1 | awk "\$1 > 1.2 && \$2 > 0 && \$2 < 1.3" | wc -l)" = 1 ]'
check "layers stand beside the first net's" eval \
    '[ "$(grep -cE "^ +[0-9]+ [a-z]+ .* +[0-9.]+ +[0-9.]+ +[0-9.]+( [a-z]|$)" "$TMP/out")" -ge 20 ]'
check "the output fits into 100 columns" eval '! grep -E "^.{101}" "$TMP/out"'
check "the host's own lines are kept back" [ ! -s "$TMP/err" ]
run "$DARKNET" ocsp speed net.cfg small.cfg -engine stock -rounds 2 -json -layers
cat >speed.py <<'PY'
import json, sys
all = json.load(open(sys.argv[1]))
assert all["weights"] == "random" and all["host"]
(m,) = all["measurements"]
assert m["engine"] == "stock" and m["batch"] == 1 and m["rounds"] == 2
dense, small = m["nets"]
assert dense["gain"] is None and dense["cfg"] == "net.cfg" and dense["macs"] > small["macs"]
gain = small["gain"]
assert abs(gain["theory"] - dense["macs"] / small["macs"]) < 1e-6
assert abs(gain["share"] - gain["times"] / gain["theory"]) < 1e-6
assert gain["low"] <= gain["times"] <= gain["high"] and gain["verdict"] in ("gain", "none", "loss")
assert len(small["layers"]) == 7 and small["layers"][2]["channels"] == 4
assert sum(l["ms"] for l in small["layers"]) < 1.5 * small["ms"]
assert abs(sum(ms for why, ms in small["lost_ms"].items() if why != "all") - small["lost_ms"]["all"]) < 1e-6
PY
check "-json has it all" eval '[ "$rc" = 0 ] && "$PYTHON" speed.py "$TMP/out"'
if [ $built = 1 ]; then
    check "engines are measured one after the other" eval \
        'run "$DARKNET" ocsp speed net.cfg -engine stock,onednn -rounds 1; ended 0 && [ "$(grep -o "^batch 1, [a-z]*" "$TMP/out" | tr "\n" ";")" = "batch 1, stock;batch 1, onednn;" ]'
fi
for words in "-batch 0:-batch 0: expected up to 16 numbers from 1 to 4096, with commas between them" \
    "-batch 1,x:-batch 1,x: expected up to" "-batch 1,:-batch 1,: expected up to" \
    "-batch 5000:-batch 5000: expected up to" "-rounds 0:-rounds 0: expected a whole number from 1 on" \
    "-seconds x:-seconds x: expected a number from 0 to 1e+06" \
    "-engine cuda:-engine cuda: expected stock, onednn, gpu or opencv, each once" \
    "-engine stock,stock:-engine stock,stock: expected stock, onednn, gpu or opencv, each once"; do
    # shellcheck disable=SC2086
    run "$DARKNET" ocsp speed net.cfg ${words%%:*}
    check "speed ${words%%:*} is refused" ended 2 "${words#*:}"
done
run "$DARKNET" ocsp speed net.cfg -engine gpu
check "a CPU build has no GPU" ended 1 "-engine gpu: this Darknet was built for the CPU; rebuild with GPU=1"
run "$DARKNET" ocsp speed net.cfg absent.cfg
check "speed needs cfgs that are there" ended 1 "absent.cfg: "
# Darknet ends the process with status 0 where it cannot open a file
scarce() { # with ever more descriptors: a measurement, or an error
    local most ended=0 done=0
    for most in $(seq 4 16); do
        (ulimit -n "$most" && exec "$DARKNET" ocsp speed net.cfg -engine stock -rounds 1) >speed.out 2>speed.err
        rc=$?
        grep -q "^net.cfg " speed.out && done=1 && [ $rc = 0 ] && continue
        grep -q "Darknet has ended the process" speed.err && ended=1
        [ $rc != 0 ] || { echo "# $most descriptors: nothing is measured, and exit 0"; return 1; }
    done
    [ $ended = 1 ] && [ $done = 1 ]
}
check "speed says where it cannot measure" scarce
run "$DARKNET" ocsp speed
check "speed needs a cfg" ended 2 "expected a cfg behind 'speed'"
printf '[net]\nwidth=8\n[convolutional]\nfilters=0\n' >none.cfg
run "$DARKNET" ocsp speed net.cfg none.cfg
check "one that can be read" ended 1 "none.cfg:"

# --- inference. The hosts' batch normalization and ours round differently in the 6th digit.
weights=backup/net_dense_last.weights # of the last run; those of the runs before lie elsewhere
same_numbers() {
    "$PYTHON" - "$1" "$2" <<'PY'
import re, sys
a, b = ([float(x) for x in re.findall(r"-?\d+\.\d+", open(f).read())] for f in sys.argv[1:])
sys.exit(not (len(a) == len(b) > 60 and all(abs(x - y) < 2e-4 for x, y in zip(a, b))))
PY
}
"$STOCK_DARKNET" classifier valid small.data net.cfg $weights >stock.valid 2>/dev/null
run "$DARKNET" ocsp classifier valid small.data net.cfg $weights -profile
cp "$TMP/out" ours.valid
check "classifier valid says what the unpatched host says" same_numbers stock.valid ours.valid
[ $built = 1 ] && check "the engine computes it" eval \
    'grep -qE "^ocsp: engine: oneDNN" "$TMP/err" && grep -qE "^ocsp: 64 predictions of [0-9.]+ ms, [0-9.]+ % of it in the engine$" "$TMP/err"'
run "$DARKNET" ocsp classifier valid small.data net.cfg $weights -engine stock
check "-engine stock says the same" same_numbers stock.valid "$TMP/out"

image=$(head -n 1 set/valid.list)
predict() { "$@" small.data net.cfg $weights "$image" 2>/dev/null | grep '%:' | sort; }
check "classifier predict says what the unpatched host says" eval \
    '[ "$(predict "$DARKNET" ocsp classifier predict)" = "$(predict "$STOCK_DARKNET" classifier predict)" ] && predict "$DARKNET" ocsp classifier predict | grep -q "%:"'

# A detector with a route, an upsampling and two heads on a picture; random weights.
cat >detector.cfg <<'CFG'
[net]
batch=1
width=96
height=96
channels=3

[convolutional]
batch_normalize=1
filters=16
size=3
stride=2
pad=1
activation=leaky

[maxpool]
size=2
stride=2

[convolutional]
batch_normalize=1
filters=24
size=3
pad=1
activation=leaky

[maxpool]
size=2
stride=1

[convolutional]
filters=21
size=1
activation=linear

[yolo]
mask=0,1,2
anchors=10,14, 23,27, 37,58
classes=2
num=3

[route]
layers=-3

[upsample]
stride=2

[route]
layers=-1,0

[maxpool]
size=2
stride=2

[convolutional]
filters=21
size=1
activation=linear

[yolo]
mask=0,1,2
anchors=10,14, 23,27, 37,58
classes=2
num=3
CFG
"$PYTHON" - <<'PY'
import numpy as np, struct
rng = np.random.default_rng(4)
out = [struct.pack("<iiiQ", 0, 2, 0, 0)]
def conv(c, n, k, bn):
    out.append(rng.normal(size=n).astype("<f4").tobytes())
    if bn:
        out.append(np.r_[rng.normal(1, .1, n), rng.normal(0, .1, n), rng.uniform(.5, 1, n)].astype("<f4").tobytes())
    out.append((rng.normal(size=n * c * k * k) * np.sqrt(2 / (k * k * c))).astype("<f4").tobytes())
conv(3, 16, 3, True), conv(16, 24, 3, True), conv(24, 21, 1, False), conv(40, 21, 1, False)
open("detector.weights", "wb").write(b"".join(out))
PY
printf 'classes=2\nnames=two.names\n' >detector.data
printf 'one\ntwo\n' >two.names
mkdir -p data/labels
detect() {
    local out=$1
    shift
    "$@" detector test detector.data detector.cfg detector.weights "$image" -thresh .3 ${profile:-} 2>detect.err |
        grep '%$' | sort >"$out"
}
# The shares are printed as whole percents. $STOCK_DARKNET may read the picture through
# another library, so the host itself without the word `ocsp` is the measure.
same_objects() {
    "$PYTHON" - "$1" "$2" <<'PY'
import sys
a, b = ([l.rstrip("%\n").split(": ") for l in open(f)] for f in sys.argv[1:])
print("# %d and %d objects" % (len(a), len(b)))
sys.exit(not (len(a) == len(b) > 10 and
              all(x[0] == y[0] and abs(int(x[1]) - int(y[1])) <= 1 for x, y in zip(a, b))))
PY
}
detect stock.objects "$DARKNET"
profile=-profile detect ours.objects "$DARKNET" ocsp
check "detector test says what the host says without it" same_objects stock.objects ours.objects
[ $built = 1 ] && check "the engine computes all but the heads" grep -qE \
    '^ocsp: engine: oneDNN .*: 10 of 12 layers; 2 stay with Darknet.s slower code: 2 yolo$' detect.err
[ $built = 1 ] && check "the profile names every layer" eval \
    'grep -qE "^ +[0-9]+ upsample +engine " detect.err && ! grep -q " none " detect.err'

# --- training a detector

while read -r picture; do
    echo "0 0.5 0.5 0.4 0.5" >"${picture%.*}.txt"
done <set/train.list
printf 'classes=2\ntrain=set/train.list\nnames=two.names\nbackup=backup\n' >detector.data
sed -i 's/^batch=1$/batch=8\nmax_batches=12\nlearning_rate=0.0005\nmomentum=0.9/' detector.cfg
detector() {
    run "$DARKNET" ocsp detector train detector.data detector.cfg -clear -restart -plots off "$@"
    [ "$rc" = 0 ] || { echo "# exit $rc: $(tail -n 1 "$TMP/err")"; return 1; }
}
check "a detector trains" detector -reduce none -seed 3
check "its loss falls" eval \
    'grep -E "^(1|12): " "$TMP/out" | awk "{ loss[NR] = \$2 + 0 } END { print \"# loss\", loss[1], loss[2]; exit !(NR == 2 && loss[2] < loss[1] / 2) }"'
run "$DARKNET" ocsp detector train detector.data detector.cfg -reduce none -aug pad=4
check "its images are not padded" ended 2 "-aug pad= moves images, but not the boxes of a detector: leave it out, Darknet has jitter= for that"

# 24 iterations of 8 of 192 images: one pass, so "epochs" of 3 iterations
sed -i 's/^max_batches=.*/max_batches=24/' detector.cfg
check "a detector is pruned" detector -reduce macs=50% -epoch-iters 3 -seed 3
check "by the preset for detectors" eval \
    'grep -q "\"preset\": \"detector\"" backup/detector_ocsp.json && grep -q "^ocsp: t\* = epoch" "$TMP/out"'
check "half of its MACs go" eval \
    'grep -qE "^ocsp: done: MACs [0-9]+ -> [0-9]+ \((2\.|1\.9)" "$TMP/out"'
# Darknet ends at 608x608, the cfg says 96x96
sed 's/^num=3$/num=3\nrandom=1/' detector.cfg >random.cfg
check "one whose input is resized is pruned" eval \
    'run "$DARKNET" ocsp detector train detector.data random.cfg -clear -restart -plots off -reduce macs=50% -epoch-iters 3 -seed 3 && [ $rc = 0 ] && grep -q "^608, 608\|^608$" "$TMP/out" && grep -q "^ocsp: self-check" "$TMP/out"'
# without -out it would show the picture in a window
detect_pruned() {
    "$1" $2 detector test detector.data backup/detector_pruned.cfg \
        backup/detector_pruned_final.weights "$image" -thresh .05 -out seen >pruned.out 2>pruned.err &&
        grep -q "Predicted in" pruned.out
}
check "the host loads it" detect_pruned "$DARKNET" ocsp
check "an unpatched host loads it" detect_pruned "$STOCK_DARKNET"
run "$DARKNET" ocsp detector train detector.data
check "a detector needs a cfg" ended 2 "expected a data file, a cfg and perhaps weights behind 'detector train'"
finish
