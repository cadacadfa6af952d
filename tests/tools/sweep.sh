#!/bin/bash
# Prunes every cfg of a folder and compares what a host and OpenCV compute before and after.
#
# usage: tests/tools/sweep.sh [-s SHARE] [-z out|both|none] CFG_FOLDER HOST_RUNNER [NAME...]
#
# HOST_RUNNER is run_net of tests/host/, linked with a host that reads such cfgs. NAME...:
# those cfgs alone, as paths from the folder without ".cfg". Prints a line per net, with tabs between
#
#     net, pruned | partly frozen | refused, MACs before, MACs after,
#     host, OpenCV, what was frozen or refused and why
#
# host and OpenCV: "same A B" (the largest relative difference of what heads read, and of
# the heads), "FAIL ...", or "no: ..." where it cannot run the dense net either. Exit
# status 1: a FAIL.
ROOT=$(realpath "$(dirname "$0")/../..")
OCSP=$(realpath "${OCSP:-$ROOT/build/ocsp}")
PYTHON=${PYTHON:-/usr/bin/python3}
PAIR=$ROOT/build/release/tools/pair_with_zero_channels
# with spinning threads on shared cores a host's short loops take minutes
export OMP_NUM_THREADS=${OMP_NUM_THREADS:-1}
LIMIT_S=${SWEEP_LIMIT_S:-900}
share=.3 zeroed=out
while getopts s:z: flag; do
    case $flag in
        s) share=$OPTARG ;;
        z) zeroed=$OPTARG ;;
        *) exit 2 ;;
    esac
done
shift $((OPTIND - 1))
[ $# -ge 2 ] || { sed -n '2,/^# status/s/^# \{0,1\}//p' "$0"; exit 2; }
folder=$(realpath "$1") runner=$(realpath "$2")
shift 2
for program in "$OCSP" "$PAIR" "$runner"; do
    [ -x "$program" ] || { echo "sweep: no $program" >&2; exit 1; }
done
TMP=$(mktemp -d)
trap 'rm -rf "$TMP"' EXIT
failed=0

# Hosts look for data/ in the folder they are started in.
limited() {
    { (cd "$folder/.." && exec timeout "$LIMIT_S" "$@") >"$TMP/log" 2>&1 </dev/null; } 2>/dev/null
}
last_line() {
    grep -vE '^[[:space:]]*$|^ *[0-9]+/[0-9]+: |^backtrace' "$TMP/log" |
        tail -n 1 | tr '\t' ' ' | cut -c 1-160
}

# why STATUS: what a program that failed said
why() {
    case $1 in
        124) echo "not done in $LIMIT_S s" ;;
        13[0-9]) echo "signal $(($1 - 128)): $(last_line)" ;;
        *) last_line ;;
    esac
}

outputs_differ() { said=$("$PYTHON" "$ROOT/tests/tools/compare_outputs.py" "$@"); }

# compare NAME PROGRAM...: runs it on both pairs, outputs to NAME and NAME_pruned; the
# result is in $said
compare() {
    local status name=$TMP/$1
    shift
    limited "$@" "$TMP/net.cfg" "$TMP/net.weights" "$name"
    status=$?
    [ $status = 0 ] || { said="no: $(why $status)"; return; }
    limited "$@" "$TMP/net_pruned.cfg" "$TMP/net_pruned.weights" "${name}_pruned"
    status=$?
    [ $status = 0 ] || { said="FAIL pruned: $(why $status)"; return; }
    outputs_differ "$name" "${name}_pruned"
    status=$?
    case $status in
        0) said="same $said" ;;
        3) said="no: $said" ;;
        *) said="FAIL differs: $said" ;;
    esac
}

# What OpenCV does not know it may read as another net, and then nothing follows.
compare_opencv() {
    compare opencv "$PYTHON" "$ROOT/tests/tools/opencv_outputs.py"
    local verdict=$said
    if [[ $verdict = FAIL* ]] && [ -e "$TMP/host.txt" ] &&
        ! outputs_differ "$TMP/host" "$TMP/opencv" 1e-2 layers; then
        verdict="no: it computes something else than the host: ${said% *}"
    fi
    said=$verdict
}

sweep() { # sweep NAME
    local name line status host opencv
    name=$1
    rm -f "$TMP"/*
    limited "$PAIR" "$folder/$name.cfg" 1 "$share" "$zeroed" "$TMP/net"
    status=$?
    line=$(head -n 1 "$TMP/log")
    case $status in
        0) ;;
        3) printf '%s\t%s\n' "$name" "$line"; return ;;
        *) printf '%s\tFAIL\t\t\t\t\t%s\n' "$name" "$(why $status)"; failed=1; return ;;
    esac
    if ! limited "$OCSP" prune "$TMP/net.cfg" "$TMP/net.weights" -plan "$TMP/net.plan.json" \
        -o "$TMP/net_pruned"; then
        printf '%s\tFAIL\t\t\t\t\t%s\n' "$name" "$(last_line)"
        failed=1
        return
    fi
    compare host "$runner"
    host=$said
    compare_opencv
    opencv=$said
    [[ $host$opencv != *FAIL* ]] || failed=1
    printf '%s\t%s\t%s\t%s\n' "$name" "$(cut -f 1-3 <<<"$line")" "$host" \
        "$opencv	$(cut -f 4 <<<"$line")"
}

[ $# != 0 ] || mapfile -t names < <(cd "$folder" && find . -name '*.cfg' | sed 's,^\./,,; s,\.cfg$,,' | sort)
for name in "${@:-"${names[@]}"}"; do
    sweep "$name"
done
exit $failed
