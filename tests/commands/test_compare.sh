#!/bin/bash
# `ocsp compare` on a terminal and beside it; test_cli.sh has what it prints into files.
cd "$(dirname "$0")/../.." || exit 1
. tests/tap.sh

OCSP=$(realpath "${OCSP:-build/ocsp}")
[ -x "$OCSP" ] || { echo "# no $OCSP: make"; exit 1; }
GOLDEN=$PWD/tests/golden/vggmini
"$OCSP" prune "$GOLDEN.cfg" "$GOLDEN.weights" -reduce macs=50% -o "$TMP/half" >/dev/null || exit 1
ESCAPE=$(printf '\033')

# on_terminal COLUMNS [VARIABLE=VALUE...]: the output on a terminal of that width in $TMP/out.
on_terminal() {
    local columns=$1
    shift
    env -u NO_COLOR TERM=xterm LC_ALL=C.UTF-8 "$@" script -qec \
        "stty cols $columns; '$OCSP' compare '$GOLDEN.cfg' '$TMP/half.cfg'" /dev/null |
        tr -d '\r' >"$TMP/out"
}
plain() { sed "s/$ESCAPE\[[0-9;]*m//g" "$1"; }
widest() { plain "$1" | LC_ALL=C.UTF-8 wc -L; }
coloured() { grep -q "$ESCAPE" "$TMP/out"; }
not_coloured() { ! coloured; }
fits() { [ "$(widest "$TMP/out")" -le "$1" ]; }

"$OCSP" compare "$GOLDEN.cfg" "$TMP/half.cfg" >"$TMP/file"
check "no escape sequence in a file" sh -c '! grep -q "$1" "$2"' - "$ESCAPE" "$TMP/file"
on_terminal 80
check "colour on a terminal" coloured
check "80 columns suffice" fits 80
check "without colour the text is the file's" sh -c 'cmp "$1" "$2"' - <(plain "$TMP/out") "$TMP/file"
on_terminal 110
check "a wide terminal has bars" grep -q █ "$TMP/out"
check "and they fit" fits 110
check "all lines end in the same column" sh -c '[ "$(sort -u | wc -l)" = 1 ]' - \
    < <(plain "$TMP/out" | grep convolutional | LC_ALL=C awk '{ print length }')
on_terminal 110 NO_COLOR=1
check "NO_COLOR is heard" not_coloured
on_terminal 110 TERM=dumb
check "a dumb terminal gets no colour" not_coloured
on_terminal 110 LC_ALL=C
check "bars of ASCII where the locale has no UTF-8" sh -c 'grep -q "##" "$1" && grep -qF "..." "$1" && ! grep -q █ "$1"' - "$TMP/out"

cd "$TMP" || exit 1
run "$OCSP" compare half.cfg
check "one cfg is refused" ended 2 'ocsp compare: expected two cfg files'
run "$OCSP" compare half.cfg none.cfg
check "a missing cfg is named" ended 1 'ocsp compare: none.cfg: '
run sh -c '"$1" compare "$2" half.cfg >/dev/full' - "$OCSP" "$GOLDEN.cfg"
check "a full disk is told" ended 1 'ocsp compare: cannot write to standard output'
finish
