#!/bin/bash
# Measure training and inference on the CPU: an unpatched Darknet, the patched one with
# our engine, and PyTorch, in turn, and print one table.
#
# usage: scripts/bench_cpu.sh [-stock BIN] [-patched BIN] [-n REPEATS] [-nets N,N…]
#                             [-threads N] [-quick]
#
#   -stock BIN    an unpatched Darknet (Debian's source, built here with our HOST_FLAGS)
#   -patched BIN  a patched one (build/darknet)
#   -n REPEATS    each repetition runs every program once (3)
#   -nets …       of resnet20, resnet56, vgg16, yolov3-tiny (all)
#   -threads N    for every program that takes a number (all cores)
#   -quick        one repetition of small batches: shows that all works, not how fast
#
# Takes about a quarter of an hour on two cores, -quick two minutes. PyTorch is measured
# where python3-torch is installed. Writes to build/ and a temporary folder, which goes.
set -euo pipefail
root=$(cd "$(dirname "$0")/.." && pwd)
PYTHON=${PYTHON:-/usr/bin/python3}
STOCK=build/bench/stock/darknet

usage() {
    sed -n '/^# usage/,/^set/ { /^set/d; s/^# \{0,1\}//; p }' "$0"
}

targets=(build/ocsp build/release/bench/search "$STOCK")
for word in "$@"; do
    case $word in
    -h | -help | --help) usage && exit ;;
    -stock) targets=("${targets[@]:0:2}") ;;
    esac
done
make -s --no-print-directory -C "$root" CONFIG=release "${targets[@]}" >&2 ||
    { echo "bench_cpu: the build failed; see above" >&2; exit 1; }

# Of two equal flags the last one counts.
exec "$PYTHON" "$root/scripts/bench_cpu.py" -stock "$root/$STOCK" \
    -patched "$root/build/darknet" "$@"
