#!/bin/bash
# Measure what pruning costs and gains on a GPU, with a Darknet that you have patched and
# built, and print one table.
#
# usage: scripts/check_gpu.sh DARKNET [-stock DARKNET] [-net N.cfg] [-batch N] [-iterations N]
#
#   DARKNET         patched, built with GPU=1
#   -stock DARKNET  the same tree unpatched, built with the same flags, to compare with
#   -net N.cfg      a classifier (cfg/imagenet/resnet50.cfg)
#   -batch N        images of an iteration (256); its subdivisions are the fewest that fit
#   -iterations N   of each measurement (20)
#
# Trains on made-up images in a temporary folder, which goes. Takes some minutes.
set -euo pipefail
export LC_ALL=C
root=$(cd "$(dirname "$0")/.." && pwd)
PYTHON=${PYTHON:-/usr/bin/python3}

die() {
    echo "check_gpu: $*" >&2
    exit "${status:-1}"
}

usage() {
    sed -n '/^# usage/,/^set/ { /^set/d; s/^# \{0,1\}//; p }' "$0"
}

darknet='' stock='' net=$root/cfg/imagenet/resnet50.cfg batch=256 iterations=20
while [ $# -gt 0 ]; do
    case $1 in
    -h | -help | --help) usage && exit ;;
    -stock | -net | -batch | -iterations)
        [ $# -gt 1 ] || status=2 die "'$1' needs a value"
        declare "${1#-}=$2"
        shift
        ;;
    -*) status=2 die "unknown flag '$1'" ;;
    *) darknet=$1 ;;
    esac
    shift
done
[ -n "$darknet" ] || { usage >&2 && exit 2; }
for program in "$darknet" ${stock:+"$stock"}; do
    [ -x "$program" ] || die "$program: no such program"
done
[ -r "$net" ] || die "$net: cannot be read"
[[ $batch =~ ^[1-9][0-9]*$ && $iterations =~ ^[1-9][0-9]*$ ]] ||
    status=2 die "-batch and -iterations take whole numbers from 1 on"
darknet=$(realpath "$darknet")
stock=${stock:+$(realpath "$stock")}
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
mkdir "$work/backup"
cp "$net" "$work/user.cfg"
cd "$work"

value() { sed -n "s/^ *$1 *= *//p" user.cfg | tail -n 1; }

# AlexeyAB's would open a window.
flags=-dont_show
refusal=$("$darknet" ocsp classifier train -dont_show 2>&1 || true)
[[ $refusal != *"unknown flag"* ]] || flags=

width=$(value width)
"$PYTHON" "$root/scripts/make_shapes.py" set --train 64 --valid 6 --size "$width" --seed 1 >made.log 2>&1 ||
    die "cannot make images: $(tail -n 1 made.log)"
sed 's|^backup=.*|backup=backup|' set/shapes.data >shapes.data
classes=$(sed -n 's/^classes=//p' shapes.data)

# cfg SUBDIVISIONS ITERATIONS: net.cfg, for the made-up classes.
cfg() {
    awk -v batch="$batch" -v subdivisions="$1" -v iterations="$2" -v width="$width" \
        -v classes="$classes" -v last="$(grep -n '^\(output\|filters\)=' user.cfg | tail -n 1 | cut -d: -f1)" '
        /^(batch|subdivisions|max_batches|max_crop|min_crop|burn_in)[ =]/ { next }
        NR == last { sub(/=.*/, "=" classes) }
        { print }
        /^\[net/ { print "batch=" batch "\nsubdivisions=" subdivisions "\nmax_batches=" iterations
                   print "max_crop=" width "\nmin_crop=" width }' user.cfg >net.cfg
}

# The time before each line: what AlexeyAB's calls seconds is those of the CPU.
stamp() {
    local line
    while IFS= read -r line; do printf '%s %s\n' "$EPOCHREALTIME" "$line"; done
}

train() { # train PROGRAM LOG [FLAG...]
    local program=$1 log=$2
    shift 2
    # shellcheck disable=SC2086
    stdbuf -oL "$program" "$@" $flags </dev/null 2>"$log.err" | stamp >"$log"
}

# seconds LOG FIRST LAST: the median of these iterations' times, with the wait for images.
seconds() {
    sed -n 's/^\([0-9.]*\)  *\([0-9]*\), .* rate, .*/\1 \2/p' "$1" |
        awk -v first="$2" -v last="$3" '
            $2 >= first && $2 <= last && before { print $1 - before }
            { before = $1 }' | sort -n | awk '{ x[NR] = $1 } END { if (NR) print x[int((NR + 1) / 2)] }'
}

reason() { tail -n 1 "$1.err"; }

subdivisions=1
until cfg "$subdivisions" 2 && train "$darknet" fits classifier train shapes.data net.cfg -clear; do
    subdivisions=$((subdivisions * 2))
    [ "$subdivisions" -le "$batch" ] || die "no batch fits: $(reason fits)"
done
echo "check_gpu: batch $batch in $subdivisions parts, $iterations iterations each" >&2

cfg "$subdivisions" "$iterations"
train "$darknet" patched classifier train shapes.data net.cfg -clear ||
    die "training without ocsp: $(reason patched)"
[ -z "$stock" ] || train "$stock" stock classifier train shapes.data net.cfg -clear ||
    die "the unpatched host: $(reason stock)"

# an epoch dense, two sparse, and the rest pruned
cfg "$subdivisions" $((4 * iterations))
train "$darknet" pruned ocsp classifier train shapes.data net.cfg -clear -restart -reduce macs=67% \
    -round-to 8 -monitor 1 -sl-start 1 -sl-end 3 -quiet off -epoch-iters "$iterations" -profile ||
    die "pruning: $(reason pruned)"
for cfg in net.cfg backup/net_pruned.cfg; do
    sed -i 's/^batch=.*/batch=16/; s/^subdivisions=.*/subdivisions=1/' $cfg
done
"$darknet" ocsp speed net.cfg backup/net_pruned.cfg -batch 16 >speed 2>speed.err ||
    die "timing: $(reason speed)"

# from LOG PATTERN: the first match of its \(...\).
from() { sed -n "s/.*$2.*/\1/p" "$1" | head -n 1; }
ratio() { awk -v a="${1:-0}" -v b="${2:-0}" 'BEGIN { if (a > 0 && b > 0) printf "%.3f", a / b; else printf "-" }'; }

dense=$(seconds pruned 3 "$iterations")
after=$(seconds pruned $((3 * iterations + 3)) $((4 * iterations)))
printf '| %-58s | %9s | %6s |\n' what figure aim ---- ---: ---: \
    "iteration without ocsp, patched to unpatched, time" \
    "$([ -n "$stock" ] && ratio "$(seconds patched 3 "$iterations")" "$(seconds stock 3 "$iterations")" || echo -)" 1 \
    "penalty and shrinking, % of an iteration" \
    "$(from pruned 'penalty and shrinking [0-9.]* ms per iteration (\([0-9.]*\) %')" "< 1" \
    "decision per epoch, ms" "$(from pruned 'decision \([0-9.]*\) ms per epoch')" "< 50" \
    "MACs, dense to pruned" "$(from pruned 'done: MACs [0-9]* -> [0-9]* (\([0-9.]*\) times')" "" \
    "iteration, dense to pruned, time" "$(ratio "$dense" "$after")" "> 1" \
    "inference at batch 16, dense to pruned, time" \
    "$(from speed 'net_pruned.cfg  *[0-9.]*  *[0-9.]*-[0-9.]*  *[0-9.]*  *\([0-9.]*\) (')" "2.45"
