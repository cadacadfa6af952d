#!/bin/bash
# GPU builds of the host, $GPU_DARKNET and with cuDNN $CUDNN_DARKNET (run by the CPU,
# tests/cuda_on_cpu), over 200 iterations of ResNet-20: every decision is that of the CPU build.
# At a low learning rate and with exact factors: at the usual one two engines of the CPU part
# ways within ten iterations, by rounding alone, and factors of 11 bits choose other channels
# where scores are close. And scripts/check_gpu.sh.
cd "$(dirname "$0")/../.." || exit 1
. tests/tap.sh
. tests/tiny_run.sh

for program in "${DARKNET:-}" "${GPU_DARKNET:-}" "${CUDNN_DARKNET:-}"; do
    [ -x "$program" ] || { echo "# no '$program': make host host-gpu"; exit 1; }
done
PYTHON=${PYTHON:-/usr/bin/python3}
DARKNET=$(realpath "$DARKNET")
GPU_DARKNET=$(realpath "$GPU_DARKNET")
CUDNN_DARKNET=$(realpath "$CUDNN_DARKNET")
export NVIDIA_TF32_OVERRIDE=0

check "check_gpu.sh fills its table" eval \
    'scripts/check_gpu.sh "$GPU_DARKNET" -stock "$GPU_DARKNET" -net cfg/cifar/resnet8.cfg -batch 8 -iterations 4 >"$TMP/table" 2>"$TMP/err" &&
     [ "$(grep -cE "^\| .* \| +[0-9.]+ \| .*\|$" "$TMP/table")" = 6 ]'

sed -e 's/^batch=.*/batch=16/' -e 's/^max_batches=.*/max_batches=200/' -e 's/^steps=.*/steps=100,150/' \
    -e 's/^scales=.*/scales=.2,.2/' -e 's/^learning_rate=.*/learning_rate=.0003/' -e 's/^output=10/output=6/' cfg/cifar/resnet20.cfg >"$TMP/net.cfg"
make=$PWD/scripts/make_shapes.py
cd "$TMP" || exit 1
"$PYTHON" "$make" set --train 160 --valid 6 --seed 5 >/dev/null || { echo "# cannot make images"; exit 1; }
sed 's|^backup=.*|backup=backup|' set/shapes.data >shapes.data

train() { # train OUT PROGRAM [FLAG...]
    local out=$1 program=$2
    shift 2
    rm -rf backup && mkdir backup
    run "$program" ocsp classifier train shapes.data net.cfg -reduce macs=50% -seed 3 \
        -sl-start 5 -sl-end 15 "$@"
    mv backup "$out"
}

train cpu "$DARKNET" -engine stock
check "200 iterations on the CPU" ended 0
train gpu "$GPU_DARKNET"
check "and in the GPU build" ended 0
check "every decision is the same" tiny_decisions cpu gpu .03

# nearly_same: but for one channel of the 448.
nearly_same() {
    "$PYTHON" - cpu/net_ocsp.csv cudnn/net_ocsp.csv <<'PY'
import csv, sys
a, b = (list(csv.DictReader(open(f))) for f in sys.argv[1:])
sys.exit(not (len(a) == len(b) > 1 and all(
    x["phase"] == y["phase"] and abs(int(x["selected"]) - int(y["selected"])) <= 1 and
    abs(int(x["macs"]) / int(y["macs"]) - 1) < .02 for x, y in zip(a, b))))
PY
}

train cudnn "$CUDNN_DARKNET"
check "and with cuDNN" ended 0
check "every decision is nearly the same: its variance divides by n, the CPU's by n - 1" nearly_same
finish
