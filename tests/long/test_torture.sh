#!/bin/bash
# 200 training runs of $DARKNET killed at random instants.
cd "$(dirname "$0")/../.." || exit 1
. tests/tap.sh

[ -x "${DARKNET:-}" ] || { echo "# no \$DARKNET: make host"; exit 1; }
check "200 kills" scripts/torture_kill.sh -n 200 "$DARKNET"
finish
