#!/bin/bash
# What the stand-alone program says of bad input: the rows of tests/commands/bad_inputs/*.txt, their
# form in tests/commands/bad_inputs.sh. `tests/commands/test_bad_inputs.sh -update` writes the messages anew, to
# be reviewed.
cd "$(dirname "$0")/../.." || exit 1
. tests/tap.sh
. tests/commands/bad_inputs.sh

OCSP=$(realpath "${OCSP:-build/ocsp}")
[ -x "$OCSP" ] || { echo "# no $OCSP: make"; exit 1; }
TABLES=$PWD/tests/commands/bad_inputs

good=$TMP/good
mkdir "$good"
cp tests/commands/cli/small.cfg "$good"
"${PYTHON:-python3}" tests/commands/cli/small_weights.py "$good/small.weights" || exit 1

# For the rows of plans.
plan() {
    local sha
    sha=$(sha256sum <small.cfg | cut -d' ' -f1)
    echo -e "{\"version\":1,\"cfg_sha256\":\"$sha\",\"keep\":$1}" >plan.json
}
export -f plan

for table in "$TABLES"/*.txt; do
    check_table "$table" "$OCSP" "ocsp VERB: " "$@"
done
check_table "$TABLES/words/commands.txt" "$OCSP" "ocsp: " "$@"
check "no message names a path of this machine" none_names_a_path "$TABLES"/*.txt "$TABLES"/words/*.txt
finish
