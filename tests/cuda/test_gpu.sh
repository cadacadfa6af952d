#!/bin/bash
# A GPU build of the host, $GPU_DARKNET, trains and prunes what the CPU build $DARKNET does.
# It runs on the CPU (tests/cuda_on_cpu), which ends it where it reads device memory itself.
cd "$(dirname "$0")/../.." || exit 1
. tests/tap.sh
. tests/tiny_run.sh

for program in "${DARKNET:-}" "${GPU_DARKNET:-}" "${STOCK_DARKNET:=/usr/bin/darknet}"; do
    [ -x "$program" ] || { echo "# no '$program': make host host-gpu"; exit 1; }
done
PYTHON=${PYTHON:-/usr/bin/python3}
DARKNET=$(realpath "$DARKNET")
GPU_DARKNET=$(realpath "$GPU_DARKNET")
export CUDA_ON_CPU_PROTECT=1
tiny_run "$TMP" || { echo "# cannot make images"; exit 1; }
# With seed 3 two channels' scores are so near that the compiler's rounding says which goes first.
TINY_FLAGS=${TINY_FLAGS/-seed 3/-seed 5}
cd "$TMP" || exit 1
# a GPU drops other elements than the CPU, and this host's 1x1 convolutions are wrong there
cp net.cfg dropout.cfg
sed -i '/^\[dropout\]/,/^$/d' net.cfg

# train PROGRAM FLAG...: as `run`, by the tiny run's flags, from a fresh folder.
train() {
    local program=$1
    shift
    rm -rf set/backup && mkdir set/backup
    # shellcheck disable=SC2086
    run "$program" ocsp classifier train set/shapes.data net.cfg $TINY_FLAGS "$@"
}

keep() { rm -rf "$1" && cp -r set/backup "$1"; }

train "$DARKNET" -engine stock
check "the CPU build trains" ended 0
keep cpu
train "$GPU_DARKNET" -profile
check "the GPU build trains" ended 0
dropout=$(grep "^ocsp: host AlexeyAB" "$TMP/out")
keep gpu
check "it says where it computes" says "ocsp: engine: the host's own functions, on the GPU"
check "and what pruning costs there" eval \
    'grep -qE "^ocsp: penalty and shrinking [0-9.]+ ms per iteration" "$TMP/out" && grep -qE "^ocsp: decision [0-9.]+ ms per epoch$" "$TMP/out"'
check "every decision is that of the CPU" tiny_decisions cpu gpu
check "an unpatched host loads the result" eval \
    '"$STOCK_DARKNET" classifier valid set/shapes.data gpu/net_pruned.cfg gpu/net_pruned_final.weights >valid.out 2>&1 && grep -q "top 1" valid.out'
right() { # right CFG WEIGHTS: percent of right images, by the unpatched host
    "$STOCK_DARKNET" classifier valid set/shapes.data "$1" "$2" 2>/dev/null </dev/null |
        tail -n 1 | awk -F '[:,] *' '{ printf "%.2f\n", 100 * $3 }'
}
told() { # told MEMBER: the same as the summary has it
    "$PYTHON" -c "import json; print('%.2f' % json.load(open('gpu/net_ocsp.json'))['accuracy']['$1']['top1'])"
}
check "it measures the dense net as an unpatched host does" \
    [ "$(told dense_best)" = "$(right net.cfg gpu/net_best.weights)" ]
check "and the pruned one" [ "$(told best)" = "$(right gpu/net_pruned.cfg gpu/net_pruned_best.weights)" ]
train "$GPU_DARKNET"
check "a seeded run is the same again" tiny_same gpu set/backup

unset CUDA_ON_CPU_PROTECT # takes its time

train "$GPU_DARKNET" -no-eq8
check "without Eq. (8)" ended 0
keep no_eq8
train "$DARKNET" -engine stock -no-eq8
check "decisions are the CPU's, too" tiny_decisions set/backup no_eq8

# goes_on WHOLE EPOCH: a run that is killed behind that epoch, and one that goes on.
goes_on() {
    rm -rf set/backup && mkdir set/backup
    : >"$TMP/out"
    # shellcheck disable=SC2086
    "$GPU_DARKNET" ocsp classifier train set/shapes.data net.cfg $TINY_FLAGS >"$TMP/out" 2>"$TMP/err" &
    child=$!
    for _ in $(seq 3000); do
        grep -q "^ocsp: epoch $2/" "$TMP/out" && break
        sleep 0.02
    done
    kill -s KILL $child
    wait $child 2>/dev/null
    # shellcheck disable=SC2086
    run "$GPU_DARKNET" ocsp classifier train set/shapes.data net.cfg $TINY_FLAGS -resume
    [ "$rc" = 0 ] && tiny_same "$1" set/backup
}
check "killed before t* it goes on as if nothing had happened" goes_on gpu 5
check "and killed behind t*" goes_on gpu 8

# Adam's moments go through the surgery and the state file
sed -i 's/^momentum=.*/momentum=0.9\nadam=1/; s/^learning_rate=.*/learning_rate=0.002/' net.cfg
train "$GPU_DARKNET"
check "Adam trains and prunes" eval 'ended 0 && grep -q "^ocsp: done: MACs 258120 -> " "$TMP/out"'
keep adam
check "killed before t* it goes on with its moments" goes_on adam 5
check "and behind t*" goes_on adam 8
check "the moments are in the state" [ "$(stat -c %s adam/net.ocsp-state)" -gt $((4 * $(stat -c %s adam/net_pruned_last.weights))) ]
train "$DARKNET"
tail -n 1 "$TMP/err" >last && mv last "$TMP/err"
check "which no CPU build has" ended 1 "[net] adam=1: Darknet on CPU would silently train with SGD; remove it"
sed -i '/^adam=1$/d; s/^learning_rate=.*/learning_rate=0.05/' net.cfg

if [ "$dropout" ]; then # drawn by the run's seed, with AlexeyAB's
    cp net.cfg plain.cfg
    cp dropout.cfg net.cfg
    train "$GPU_DARKNET"
    keep dropped
    train "$GPU_DARKNET"
    check "with dropout a seeded run is the same again" tiny_same dropped set/backup
    check "killed before t* it goes on as if nothing had happened" goes_on dropped 5
    check "and killed behind t*" goes_on dropped 8
    cp plain.cfg net.cfg
fi

# several: one decision for all, surgery on all
export CUDA_ON_CPU_DEVICES=2
for gpus in 0,1 0,0; do
    train "$GPU_DARKNET" -gpus $gpus
    check "-gpus $gpus trains" ended 0
    check "and prunes" eval \
        'grep -q "^ocsp: t\* = epoch 7 (iteration 4[0-9])" "$TMP/out" && grep -q "^ocsp: done: MACs 258120 -> " "$TMP/out"'
    check "what an unpatched host loads" eval \
        '"$STOCK_DARKNET" classifier valid set/shapes.data set/backup/net_pruned.cfg set/backup/net_pruned_final.weights >valid.out 2>&1 && grep -q "top 1" valid.out'
done
unset CUDA_ON_CPU_DEVICES

train "$GPU_DARKNET" -engine onednn
tail -n 1 "$TMP/err" >last && mv last "$TMP/err"
check "the CPU's engine cannot be asked for" ended 1 "-engine onednn: this Darknet was built with GPU=1, and computes there"
train "$DARKNET" -gpus 0,1
tail -n 1 "$TMP/err" >last && mv last "$TMP/err"
check "a CPU build has no GPUs" ended 1 "-gpus: this Darknet was built for the CPU"
check "networks can be timed there" eval \
    'run "$GPU_DARKNET" ocsp speed net.cfg gpu/net_pruned.cfg -batch 16
     [ "$rc" = 0 ] && grep -q "^batch 16, gpu (.*): " "$TMP/out" && grep -qE "^gpu/net_pruned.cfg +[0-9.]+ +[0-9.]+-[0-9.]+ +[0-9.]+ +[a-z0-9.]+ \(" "$TMP/out"'
check "commands that need no host need no device" eval \
    'CUDA_ON_CPU_DEVICES=0 "$GPU_DARKNET" ocsp info net.cfg -json | cmp - <("$DARKNET" ocsp info net.cfg -json)'
finish
