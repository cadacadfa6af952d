#!/bin/bash
# What a host prints when it starts, as AlexeyAB's does, stands once on the screen, although
# `ocsp` starts the program anew with less waiting in OpenMP. Debian's host prints nothing, so
# that a copy of it gets two lines: one where main starts, one where a host's banner is.
cd "$(dirname "$0")/../.." || exit 1
. tests/tap.sh

[ -f build/host/src_ocsp/ocsp.mk ] || { echo "# no build/host: make host"; exit 1; }
HOST=$TMP/host
MAIN=$HOST/examples/darknet.c
cp -rp build/host "$HOST" || exit 1
sed -i '/^int main/,/^}/ { s/^#ifndef GPU/    printf("a banner\\n");\n&/; s/^{/&\n    fprintf(stderr, "a start\\n");/ }' "$MAIN"
make -C "$HOST" darknet >"$TMP/make" 2>&1 || { sed 's/^/# /' "$TMP/make"; exit 1; }

starts=1
nm -D "$HOST/darknet" | grep -q GOMP_parallel && starts=2 # built with OpenMP
unset GOMP_SPINCOUNT OMP_WAIT_POLICY

# printed STARTS BANNERS WORD...: `darknet WORD...` prints so many of these lines.
printed() {
    local wanted="$1 $2"
    shift 2
    run "$HOST/darknet" "$@"
    [ "$(grep -cx 'a start' "$TMP/err") $(grep -cx 'a banner' "$TMP/out")" = "$wanted" ] && return 0
    sed 's/^/# /' "$TMP/out" "$TMP/err"
    return 1
}

check "training prints the banner once" printed $starts 1 ocsp classifier train
check "and so does a prediction" printed $starts 1 ocsp detector test
check "a command that needs no host prints none" printed 1 0 ocsp --version
check "Darknet's own commands are not started anew" printed 1 1 average
export GOMP_SPINCOUNT=10
check "nor is anything where the user has set GOMP_SPINCOUNT" printed 1 1 ocsp classifier train
finish
