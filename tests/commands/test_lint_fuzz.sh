#!/bin/bash
# Of spoilt cfgs that `ocsp lint` accepts for Debian's Darknet, the unpatched program and its
# library refuse, crash on and misread none. tests/long/ has thousands of them.
cd "$(dirname "$0")/../.." || exit 1
. tests/tap.sh

CFGS=(cfg/*.cfg cfg/cifar/*.cfg build/debian/source/cfg/*.cfg)
RUN_NET=build/host-test/debian/run_net
[ -x "$STOCK_DARKNET" ] || STOCK_DARKNET=-
[ -x "$RUN_NET" ] || RUN_NET=-
[ "$STOCK_DARKNET$RUN_NET" != -- ] || { echo "# no unpatched Darknet"; exit 77; }
export OMP_NUM_THREADS=1

fuzz() {
    "${PYTHON:-python3}" tests/tools/fuzz_lint.py "$@" "$STOCK_DARKNET" "$RUN_NET" "${CFGS[@]}" >"$TMP/out" 2>&1
    local status=$?
    sed 's/^/# /' "$TMP/out"
    return $status
}

# A host that crashes on everything.
fails_where_the_host_refuses() {
    local judge=$TMP/judge
    printf '#!/bin/sh\nexit 139\n' >"$judge"
    chmod +x "$judge"
    ! STOCK_DARKNET=$judge RUN_NET=- fuzz -inputs 20 -seed 1 "$OCSP" &&
        grep -q '^seed .*: stock: status 139' "$TMP/out"
}

check "what lint accepts, Debian's Darknet computes" fuzz -inputs 100 -seed 1 "$OCSP"
accepted=$(sed -n 's/.* \([0-9]*\) accepted,.*/\1/p' "$TMP/out")
check "that is some of them" [ "${accepted:-0}" -ge 20 ]
check "a host that refuses is noticed" fails_where_the_host_refuses
finish
