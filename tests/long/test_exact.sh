#!/bin/bash
# Surgery on 2,000 random nets, computed by Debian's host, by OpenCV and, where
# ALEXEYAB_DARKNET is an unpacked tree, by that host.
cd "$(dirname "$0")/../.." || exit 1
. tests/tap.sh

export OCSP_EXACT_NETS=2000
export OMP_NUM_THREADS=1 # loops this short only spin

passes() {
    run "$@"
    grep -ah '^# ' "$TMP/out" "$TMP/err"
    [ "$rc" = 0 ] && ! grep -q '# SKIP' "$TMP/out"
}

check "Debian's host" passes build/host-test/debian/test_exact
check "OpenCV" passes build/release/tests/unit/test_opencv
if [ -n "${ALEXEYAB_DARKNET:-}" ]; then
    program=build/host-test/alexeyab/test_exact
    make -s HOST_DIR="$ALEXEYAB_DARKNET" $program >"$TMP/make" 2>&1 || sed 's/^/# /' "$TMP/make"
    check "AlexeyAB's host" passes $program
fi
finish
