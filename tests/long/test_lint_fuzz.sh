#!/bin/bash
# Of 2,000 spoilt cfgs that `ocsp lint` accepts for a Darknet, its unpatched program and library
# refuse, crash on and misread none: Debian's, and the one in $ALEXEYAB_DARKNET, which must be
# built. $LINT_FUZZ_SEED: where the seeds begin.
cd "$(dirname "$0")/../.." || exit 1
. tests/tap.sh

SEED=${LINT_FUZZ_SEED:-1000000}
export OMP_NUM_THREADS=1

fuzz() { # PROGRAM STOCK RUN_NET CFG...
    local program=$1
    shift
    "${PYTHON:-python3}" tests/tools/fuzz_lint.py -accepted 2000 -seed "$SEED" -program "$program" "$OCSP" "$@" \
        >"$TMP/out" 2>&1
    local status=$?
    sed 's/^/# /' "$TMP/out"
    return $status
}

check "Debian's Darknet" fuzz "Darknet (Debian)" "$STOCK_DARKNET" build/host-test/debian/run_net \
    cfg/*.cfg cfg/*/*.cfg build/debian/source/cfg/*.cfg
if [ -n "${ALEXEYAB_DARKNET:-}" ]; then
    make -s HOST_DIR="$ALEXEYAB_DARKNET" HOST_TEST_BUILD=build/host-test/alexeyab build/host-test/alexeyab/run_net ||
        exit 1
    check "AlexeyAB's Darknet" fuzz "Darknet (AlexeyAB)" "$ALEXEYAB_DARKNET/darknet" \
        build/host-test/alexeyab/run_net cfg/*.cfg cfg/*/*.cfg "$ALEXEYAB_DARKNET"/cfg/*.cfg
fi
finish
