#!/bin/bash
# Every stock cfg is pruned by 30 % of its MACs, or as far as it can be, or refused with a
# reason; a host and OpenCV compute the same with the pruned pair. Debian's tree, and
# AlexeyAB's where ALEXEYAB_DARKNET is an unpacked one. Leaves build/sweep_VARIANT.tsv.
cd "$(dirname "$0")/../.." || exit 1
. tests/tap.sh

SWEEP=tests/tools/sweep.sh
OCSP=${OCSP:-build/ocsp}

column() { cut -f "$2" <<<"$1"; }

# goes_far CFG ROW: it is pruned, by that share or by all that can go
goes_far() {
    local before after least
    before=$(column "$2" 3) after=$(column "$2" 4)
    least=$("$OCSP" info "$1" | sed -n 's/^MACs .* at least \([0-9]*\) after.*/\1/p')
    case $(column "$2" 2) in
        pruned | "partly frozen") ;;
        *) return 1 ;;
    esac
    [ $((after * 10)) -le $((before * 7)) ] || [ "$after" = "$least" ]
}

has_not_failed() { [[ $1 != FAIL* ]]; }

# judge CFG ROW: the row's columns are those of sweep.sh
judge() {
    local name result host opencv
    name=$(column "$2" 1) result=$(column "$2" 2)
    if [ "$result" = refused ]; then
        check "$name: refused with a reason" [ -n "$(column "$2" 5)" ]
        return
    fi
    host=$(column "$2" 5) opencv=$(column "$2" 6)
    check "$name: $result" goes_far "$1" "$2"
    check "$name: host: $host" has_not_failed "$host"
    check "$name: OpenCV: $opencv" has_not_failed "$opencv"
}

# sweep VARIANT TREE
sweep() {
    local runner=build/host-test/$1/run_net table=build/sweep_$1.tsv row
    make -s HOST_DIR="$2" "$runner" >"$TMP/make" 2>&1 || sed 's/^/# /' "$TMP/make"
    nice "$SWEEP" "$2/cfg" "$runner" >"$table"
    check "$1: a row for each cfg" [ "$(wc -l <"$table")" = "$(find "$2/cfg" -name '*.cfg' | wc -l)" ]
    while IFS= read -r row; do
        judge "$2/cfg/$(column "$row" 1).cfg" "$row"
    done <"$table"
    check "$1: most nets are compared" \
        [ "$(cut -f 5 "$table" | grep -c '^same')" -gt $(($(wc -l <"$table") * 3 / 4)) ]
}

sweep debian build/debian/source
# a channel that is not zero is missed
for where in 5 6; do
    row=$("$SWEEP" -z none build/debian/source/cfg build/host-test/debian/run_net yolov3-tiny)
    check "column $where can fail" grep -q '^FAIL differs' <(column "$row" $where)
done
[ -z "${ALEXEYAB_DARKNET:-}" ] || sweep alexeyab "$ALEXEYAB_DARKNET"
finish
