#!/bin/bash
# Mutated training cfgs: $DARKNET, the patched Debian host, refuses each with one line, or trains
# it for a few iterations with finite losses (tests/tools/fuzz_training.py). TRAIN_FUZZ is "SEED
# COUNT"; tests/long/ does it with more.
cd "$(dirname "$0")/../.." || exit 1
. tests/tap.sh

[ -x "${DARKNET:-}" ] || { echo "# no \$DARKNET: make host"; exit 1; }
PYTHON=${PYTHON:-/usr/bin/python3}
read -r seed count <<<"${TRAIN_FUZZ:-1 24}"
STOCK_CFGS=build/debian/source/cfg

"$PYTHON" scripts/make_shapes.py "$TMP/set" --train 8 --valid 6 --size 32 --seed 5 >/dev/null ||
    { echo "# cannot make images"; exit 1; }

fuzz() {
    "$PYTHON" tests/tools/fuzz_training.py "$(realpath "$DARKNET")" "$TMP/set" "$seed" "$count" \
        cfg/*.cfg cfg/cifar/*.cfg "$@" | tee "$TMP/out"
    return "${PIPESTATUS[0]}"
}

# The runner itself must see a fault: a host that ends by a signal, and one that ends in silence.
cat >"$TMP/bad_host" <<'SH'
#!/bin/bash
[ "$2" != lint ] || exec "$REAL" "$@"
[ "$2" = classifier ] && kill -SEGV $$
exit 1
SH
chmod +x "$TMP/bad_host"
sees_faults() {
    ! REAL=$(realpath "$DARKNET") "$PYTHON" tests/tools/fuzz_training.py "$TMP/bad_host" "$TMP/set" \
        1 4 cfg/tiny.cfg >"$TMP/faults" && grep -q 'fault: signal SIGSEGV' "$TMP/faults" &&
        grep -q '4 fault' "$TMP/faults"
}

check "the fuzzer sees what a host dies of" sees_faults
cfgs=()
[ ! -d "$STOCK_CFGS" ] ||
    cfgs=("$STOCK_CFGS"/{cifar,tiny,darknet,yolov2-tiny,yolov3-tiny,resnet18}.cfg)
[ -z "${TRAIN_FUZZ:-}" ] || [ ! -d "$STOCK_CFGS" ] || cfgs=("$STOCK_CFGS"/*.cfg)
check "$count mutated cfgs from $seed on: refused with a line, or trained" fuzz "${cfgs[@]}"
trained=$(sed -n '/ inputs: /s/.* \([0-9]*\) trained.*/\1/p' "$TMP/out")
check "some are trained" [ "${trained:-0}" -ge $((count / 24)) ]
finish
