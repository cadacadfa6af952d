#!/bin/bash
# From a fresh checkout to a pruned network that an unmodified Darknet loads.
#
# usage: scripts/quickstart.sh
#
# Installs what is missing, builds build/darknet, makes a small set of images, trains
# and prunes a small network on it, and lets Debian's own /usr/bin/darknet measure the
# result. Takes some minutes on two cores. Everything it makes is in build/ and
# data/shapes/.
set -euo pipefail
cd "$(dirname "$0")/.."

# The one command of this script that a user types: the host's own, after `ocsp`.
TRAIN=(classifier train data/shapes.data cfg/shapes.cfg)

STOCK=${STOCK_DARKNET:-/usr/bin/darknet}
BACKUP=data/shapes/backup

step() {
    echo
    echo "== $*"
}

step "setting up and building build/darknet and build/ocsp"
scripts/setup.sh
log=build/quickstart.log
make -j2 all host >"$log" 2>&1 || { tail -n 20 "$log"; echo "quickstart: make all host failed; see $log" >&2; exit 1; }

step "making images in data/shapes"
scripts/make_shapes.py data/shapes
rm -rf "$BACKUP" && mkdir -p "$BACKUP"

step "build/darknet ocsp ${TRAIN[*]}"
# Darknet buffers what it prints into a pipe. Its line per iteration goes to the log only.
log=build/quickstart-train.log
stdbuf -oL build/darknet ocsp "${TRAIN[@]}" 2>&1 | tee "$log" |
    grep -a --line-buffered -vE '^(Loaded: |[0-9]+, |Saving weights)'

pruned=$BACKUP/shapes_pruned
[ -f "${pruned}_final.weights" ] ||
    { echo "quickstart: training left no ${pruned}_final.weights; see $log" >&2; exit 1; }

step "$STOCK, unpatched, on $pruned.cfg and ${pruned}_final.weights"
"$STOCK" classifier valid data/shapes.data "$pruned.cfg" "${pruned}_final.weights" \
    >build/quickstart-valid.log 2>&1 || { echo "quickstart: $STOCK failed; see build/quickstart-valid.log" >&2; exit 1; }
# Its lines say "I: top 1: R, ...", R the share of right answers among images 0 to I.
tail -n 1 build/quickstart-valid.log | awk '
    $2 == "top" { printf "right: %.1f%% of %d images\n", 100 * $4, $1 + 1; ok = 1 }
    END { exit !ok }' || { echo "quickstart: no accuracy in build/quickstart-valid.log" >&2; exit 1; }
