#!/bin/bash
# scripts/bench_cpu.sh measures all that it promises: a figure of the stock host and of the
# engine in every row, and what pruning costs. Not how fast anything is.
cd "$(dirname "$0")/../.." || exit 1
. tests/tap.sh

# has_row NET RUN: images/s of both hosts, and both peaks of memory, are numbers
has_row() {
    awk -v net="$1" -v run="$2" '
        $1 == net && $2 == run { found = $4 > 0 && $5 > 0 && $(NF - 2) > 0 && $(NF - 1) > 0 }
        END { exit !found }' "$TMP/out"
}

run scripts/bench_cpu.sh -quick
check "the benchmark ends" [ "$rc" = 0 ]
for net in resnet20 resnet56 vgg16 yolov3-tiny; do
    for mode in train predict; do
        check "$net, $mode" has_row $net $mode
    done
done
check "what a decision costs" grep -qE '^ResNet-50  decision: .* together [0-9.]+ ms' "$TMP/out"
check "what the penalty costs" grep -qE '^ResNet-56  penalty and shrinking [0-9.]+ ms' "$TMP/out"
check "nothing else is said to have failed" eval '! grep -qE ": (engine|stock): " "$TMP/out"'

finish
