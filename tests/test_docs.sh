#!/bin/bash
# The documents agree with the files, with the program and with each other.
cd "$(dirname "$0")/.." || exit 1
. tests/tap.sh

OCSP=$(realpath "${OCSP:-build/ocsp}")
export OCSP
[ -x "$OCSP" ] || { echo "# no $OCSP: make"; exit 1; }
PYTHON=${PYTHON:-/usr/bin/python3}
TOOL=tests/tools/docs.py

# right CHECK [ROOT]: nothing is wrong.
right() {
    "$PYTHON" $TOOL "$@" >"$TMP/found" 2>&1 && [ ! -s "$TMP/found" ] && return 0
    sed 's/^/# /' "$TMP/found"
    return 1
}

check "README.md is short" right length
check "every link leads somewhere" right links
check "every file that is named exists" right paths
check "the equations are where the table says" right code
check "every function that is named exists" right names
check "ARCHITECTURE.md has a line per file" right architecture
check "the man page has all commands and flags" right manual
check "every flag that is named exists" right flags
check "the versions agree" right versions
check "the commands print what the documents show" right commands
check "the picture is that of its run" eval \
    '"$PYTHON" docs/img/one_cycle.py docs/img/one-cycle.csv | cmp - docs/img/one-cycle.svg'

# --- each of these finds what is wrong

mkdir "$TMP/good"
cp -r ./*.md docs "$TMP/good"
for folder in src_ocsp tests scripts darknet_patch cfg mk .ci; do ln -s "$PWD/$folder" "$TMP/good/$folder"; done

# planted CHECK WORDS COMMAND...: after COMMAND in a copy of the documents, CHECK says WORDS.
planted() {
    local check=$1 words=$2
    shift 2
    rm -rf "$TMP/bad" && cp -r "$TMP/good" "$TMP/bad" && (cd "$TMP/bad" && "$@")
    "$PYTHON" $TOOL "$check" "$TMP/bad" >"$TMP/found"
    grep -qF -- "$words" "$TMP/found" && return 0
    sed 's/^/# /' "$TMP/found"
    return 1
}
append() { printf '%s\n' "$2" >>"$1"; }
without() { grep -vF -- "$2" "$1" >"$TMP/less" && cp "$TMP/less" "$1"; }

check "a long README is found" planted length "more than 120" \
    sh -c 'yes x | head -n 120 >>README.md'
check "a dead link is found" planted links "docs/none.md, which does not exist" \
    append README.md '[x](docs/none.md)'
check "a heading that is not there is found" planted links "no heading there has this name" \
    append README.md '[x](docs/gpu.md#none)'
check "a file that is not there is found" planted paths "names src_ocsp/net/none.c" \
    append docs/gpu.md 'see `src_ocsp/net/none.c`'
check "a function that has moved is found" planted code "has ocsp_none" \
    append docs/for-researchers.md '| x | `prune/plan.c` | `ocsp_none` |'
check "a function that is not there is found" planted names "names ocsp_none" \
    append docs/gpu.md 'call `ocsp_none`'
check "a file without a line is found" planted architecture "src_ocsp/net/cfg.c has 0 lines" \
    sed -i 's/`cfg.c` //' ARCHITECTURE.md
check "a line without a file is found" planted architecture "names src_ocsp/net/none.c" \
    sed -i 's/`cfg.c` /&`none.c` /' ARCHITECTURE.md
check "a flag that the man page lacks is found" planted manual "the flag -tau is missing" \
    without docs/ocsp.1 '.It Fl tau'
check "a command that the man page lacks is found" planted manual "the command saliency is missing" \
    sed -i 's/Cm saliency/Cm x/' docs/ocsp.1
check "a flag that is not there is found" planted flags "names the flag -nonsense" \
    append docs/gpu.md 'take `-nonsense 3`'
check "another version is found" planted versions "docs/ocsp.1 is of version" \
    sed -i 's/^This page describes version .*/This page describes version 0.0.1./' docs/ocsp.1
check "another output is found" planted commands "build/ocsp info cfg/tiny.cfg" \
    sed -i 's/147552/147553/' docs/commands.md
finish
