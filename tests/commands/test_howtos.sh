#!/bin/bash
# docs/add-a-*.md: what they show, in a copy of the sources, builds and does what they say.
cd "$(dirname "$0")/../.." || exit 1
. tests/tap.sh
. tests/tiny_run.sh

PYTHON=${PYTHON:-/usr/bin/python3}
ROOT=$PWD
COPY=$TMP/copy
for program in "${OCSP:-build/ocsp}" "${DARKNET:-build/darknet}"; do
    [ -x "$program" ] || { echo "# no $program: make host"; exit 1; }
done
mkdir "$TMP/run" && tiny_run "$TMP/run" || { echo "# cannot make images"; exit 1; }

# fresh: a copy of the sources, and of what has been built of them, so that little is
# compiled anew.
fresh() {
    rm -rf "$COPY" && mkdir -p "$COPY/build" &&
        cp -a Makefile mk src_ocsp tests darknet_patch docs ./*.md "$COPY" &&
        cp -a build/release build/ocsp build/host build/darknet build/host-test "$COPY/build" &&
        ln -s "$ROOT/build/debian" "$COPY/build/debian"
}
# shown DOCUMENT N: it shows so many new files, and lines of others; they are in the copy now.
shown() {
    "$PYTHON" "$COPY/tests/tools/docs.py" examples "$COPY" "docs/$1" >"$TMP/files" || return 1
    sed 's/^/# /' "$TMP/files"
    [ "$(sort -u "$TMP/files" | wc -l)" = "$2" ]
}
# builds TARGET...: without a warning.
builds() {
    make --no-print-directory -C "$COPY" WERROR=1 "$@" >"$TMP/make" 2>&1 &&
        ! grep -E 'src_ocsp/.*warning' "$TMP/make" && return 0
    tail -n 20 "$TMP/make" | sed 's/^/# /'
    return 1
}
documented() { OCSP=$COPY/build/ocsp "$PYTHON" tests/tools/docs.py architecture "$COPY" >"$TMP/found" && [ ! -s "$TMP/found" ]; }

# --- a layer

fresh || { echo "# cannot copy"; exit 1; }
check "a layer: three new files and lines of a fourth" shown add-a-layer.md 4
check "the program builds" builds all
awk '/^\[convolutional\]/ && ++n == 2 { print "[gain]\n" } { print }' "$TMP/run/net.cfg" >"$TMP/gain.cfg"
run "$COPY/build/ocsp" info "$TMP/gain.cfg"
check "the factors are coupled with what they multiply" says "0.out 0.bn 1.out 2.out"
run "$COPY/build/ocsp" lint "$TMP/gain.cfg"
check "lint says that others do not know it" says "layer 1 [gain] (line 24): refused"
check "Darknet builds" builds host
check "its tests build" builds "build/host-test/debian/test_gain"
check "its gradient is right" "$COPY/build/host-test/debian/test_gain"
check "each new file has its line" documented

train() { # train BACKUP WORDS...: with $TMP/gain.cfg
    (cd "$TMP/run" && mkdir -p "$1" && sed "s,^backup=.*,backup=$1," set/shapes.data >"$1.data" &&
        cp "$TMP/gain.cfg" net.cfg &&
        "$COPY/build/darknet" ocsp classifier train "$1.data" net.cfg $TINY_FLAGS "${@:2}" >"$1.log" 2>&1 </dev/null)
}
check "a net with it is trained and pruned" train whole
check "the surgery is exact" grep -qE 'max .difference. [0-9.]+e-0[6-9]' "$TMP/run/whole.log"
run "$COPY/build/ocsp" saliency "$TMP/run/whole/net_pruned.cfg" "$TMP/run/whole/net_pruned_final.weights"
check "the pruned pair fits" ended 0
finish
