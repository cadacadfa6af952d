#!/bin/bash
# The stand-alone program: each tests/commands/cli/NAME.sh prints exactly NAME.stdout.exact and
# NAME.stderr.exact (nothing where the file is missing) and exits with NAME.exit (0); then
# what it refuses. `tests/commands/test_cli.sh -update` writes these files anew, to be reviewed.
cd "$(dirname "$0")/../.." || exit 1
. tests/tap.sh

OCSP=$(realpath "${OCSP:-build/ocsp}")
export OCSP
[ -x "$OCSP" ] || { echo "# no $OCSP: make"; exit 1; }
PYTHON=${PYTHON:-python3}
CASES=$PWD/tests/commands/cli
GOLDEN=$PWD/tests/golden/vggmini
DOCS=$PWD/docs

mkdir "$TMP/good"
cp "$CASES/small.cfg" "$TMP/good"
"$PYTHON" "$CASES/small_weights.py" "$TMP/good/small.weights" || exit 1

fresh() { rm -rf "$TMP/here" && cp -r "$TMP/good" "$TMP/here" && cd "$TMP/here"; }

same() { # same FILE EXPECTED, which may be missing
    diff -u "$(if [ -e "$2" ]; then echo "$2"; else echo /dev/null; fi)" "$1" | sed 's/^/# /'
    [ "${PIPESTATUS[0]}" = 0 ]
}
as_recorded() {
    local expected=0
    [ -e "$1.exit" ] && expected=$(cat "$1.exit")
    [ "$rc" = "$expected" ] || { echo "# exit $rc, not $expected"; return 1; }
    same "$TMP/out" "$1.stdout.exact" && same "$TMP/err" "$1.stderr.exact"
}
record() {
    rm -f "$1".{stdout.exact,stderr.exact,exit}
    [ ! -s "$TMP/out" ] || cp "$TMP/out" "$1.stdout.exact"
    [ ! -s "$TMP/err" ] || cp "$TMP/err" "$1.stderr.exact"
    [ $rc = 0 ] || echo $rc >"$1.exit"
}
for script in "$CASES"/*.sh; do
    fresh
    run bash "$script"
    [ "${1:-}" = -update ] && record "${script%.sh}"
    check "$(basename "$script" .sh)" as_recorded "${script%.sh}"
done

# refuses NAME STATUS MESSAGE WORDS...: that exit status, that one line, nothing on stdout
# and no new file. COMMAND, the first of the words, stands in front of the message.
refuses() {
    local name=$1 status=$2 message="ocsp $4: $3"
    shift 3
    (find . | sort) >"$TMP/before"
    run "$OCSP" "$@"
    [ "$rc" = "$status" ] && [ "$(cat "$TMP/err")" = "$message" ] &&
        [ "$(wc -l <"$TMP/err")" = 1 ] && [ ! -s "$TMP/out" ] &&
        find . | sort | cmp -s - "$TMP/before"
    set -- $?
    [ "$1" = 0 ] || { echo "# exit $rc"; sed 's/^/# /' "$TMP/err"; find . | diff "$TMP/before" - | sed 's/^/# /'; }
    check "$name" test "$1" = 0
}

# --- help

between_marks() {
    sed -n '/^<!-- begin: ocsp help -markdown -->$/,/^<!-- end: ocsp help -markdown -->$/p' \
        "$DOCS/flags.md" | sed '1d;$d'
}
flags_of() { # flags_of COMMAND, or of all, by the tables
    between_marks | awk -F ' [|] ' -v command="$1" '
        /^[|] `-/ { split($1, word, /[` ]/)
            if (command == "" || (", " $2 ",") ~ (", " command ",")) print word[3] }' | sort
}
flags_in_help() { grep -oE '^  -[a-z0-9-]+' "$TMP/out" | tr -d ' ' | sort; }
has_help_of() {
    run "$OCSP" help "$1"
    [ "$rc" = 0 ] && head -n 1 "$TMP/out" | grep -q "^  ocsp $1 N.cfg" &&
        diff <(flags_of "$1") <(flags_in_help)
}
run "$OCSP" help -markdown
check "docs/flags.md has the tables of flags" eval \
    '[ $rc = 0 ] && between_marks | grep -q . && between_marks | diff - "$TMP/out"'
run "$OCSP" help all
check "help all has every flag of these tables" diff <(flags_of "") <(flags_in_help)
check "and no line is longer than a terminal's" eval '! grep -E ".{81}" "$TMP/out"'
run "$OCSP"
cp "$TMP/out" first_page
for word in help -h -help --help; do
    run "$OCSP" $word
    check "$word prints the first page" eval '[ $rc = 0 ] && cmp first_page "$TMP/out" && [ ! -s "$TMP/err" ]'
done
"$OCSP" help prune >help_of_prune
for words in "prune --help" "prune small.cfg -h" "-h prune" "--help prune" "prune help"; do
    # shellcheck disable=SC2086
    run "$OCSP" $words
    check "$words is help of prune" eval '[ $rc = 0 ] && cmp help_of_prune "$TMP/out" && [ ! -s "$TMP/err" ]'
done
for verb in info saliency plan prune lint backbone; do
    check "help of $verb" has_help_of $verb
done
run "$OCSP" help detector train
check "help of a command that needs a host" eval \
    '[ $rc = 0 ] && says "  darknet ocsp detector train D.data N.cfg" && says "-sl-start N|auto" && ! grep -q classifier.train "$TMP/out"'
run "$OCSP" help classifier predict
check "help of one of several words" eval 'says "  darknet ocsp classifier valid|predict" && says "  -threads N"'
for words in "trai" "classifier test" "classifier 'valid|predict'" "''"; do
    run eval "\"$OCSP\" help $words"
    check "help of no command: $words" ended 2 "ocsp: unknown command '"
done
(exec >/dev/full && "$OCSP" help 2>"$TMP/err")
rc=$?
check "help on a full disk" ended 1 "ocsp help: cannot write to standard output"

net=(small.cfg small.weights)
range="P percent to be removed, between 0 and 100, with its sign where below 1"

fresh
for verb in info lint saliency plan prune backbone; do
    words="expected a cfg and a weights file"
    extra=()
    case $verb in
        info | lint) words="expected one cfg file" ;;
        plan | prune) extra=(-reduce macs=10% -o out) ;;
        backbone) extra=(-head yolo -maps 8 -classes 2 -o out) ;;
    esac
    refuses "$verb without words" 2 "$words" $verb "${extra[@]}"
    refuses "$verb with too many words" 2 "$words" $verb a b c "${extra[@]}"
    refuses "$verb with an unknown flag" 2 "unknown flag '-x'" $verb "${net[@]}" -x
    second=small.weights
    case $verb in info | lint) second= ;; esac
    refuses "$verb of a missing cfg" 1 "none.cfg: cannot open: No such file or directory" \
        $verb none.cfg $second "${extra[@]}"
    refuses "$verb of a folder" 1 ".: not a regular file" $verb . $second "${extra[@]}"
    printf '\177ELF\0\1\2' >binary.cfg
    refuses "$verb of binary garbage" 1 "binary.cfg:1: a zero byte: this is not a text file" \
        $verb binary.cfg $second "${extra[@]}"
    : >empty.cfg
    refuses "$verb of an empty cfg" 1 "empty.cfg: no [section] in this file" \
        $verb empty.cfg $second "${extra[@]}"
    echo "width=8" >flat.cfg
    refuses "$verb of a cfg without sections" 1 \
        "flat.cfg:1: 'width=8' stands before the first [section]" \
        $verb flat.cfg $second "${extra[@]}"
    sed 's/^from=-3/from=-9/' small.cfg >bad.cfg
    refuses "$verb of a cfg that contradicts itself" 1 \
        "bad.cfg:29: layer 3 [shortcut]: it reads layer -9, but those before it are 0 to 2, or -1 to -3 counted back" \
        $verb bad.cfg $second "${extra[@]}"
    [ -n "$second" ] || continue

    refuses "$verb of missing weights" 1 "none.weights: cannot open: No such file or directory" \
        $verb small.cfg none.weights "${extra[@]}"
    head -c 1000 small.weights >cut.weights
    run "$OCSP" $verb small.cfg cut.weights "${extra[@]}"
    check "$verb of truncated weights" ended 1 "cut.weights: "
    head -c 10 small.weights >cut.weights
    run "$OCSP" $verb small.cfg cut.weights "${extra[@]}"
    check "$verb of weights without a header" ended 1 "cut.weights: "
    sed 's/^filters = 6/filters = 7/' small.cfg >other.cfg
    run "$OCSP" $verb other.cfg small.weights "${extra[@]}"
    check "$verb of another net's weights" ended 1 "small.weights: "
    check "$verb leaves nothing" eval '[ -z "$(find . -name "out*")" ]'
    "$PYTHON" -c 'd = bytearray(open("small.weights", "rb").read()); d[100:104] = b"\0\0\xc0\x7f"; open("nan.weights", "wb").write(d)'
    refuses "$verb of weights that are not numbers" 1 \
        "nan.weights: layer 0 [convolutional] has weights that are not finite numbers: the training that made it has diverged, or the file is damaged" \
        $verb small.cfg nan.weights "${extra[@]}"
done

fresh
for target in macs=0 macs=100 macs=-5 macs=abc macs=100% 50%; do
    for verb in plan prune; do
        refuses "$verb -reduce $target" 2 \
            "-reduce $target: expected macs=P% or params=P%, $range" \
            $verb "${net[@]}" -reduce $target -o out
    done
done
refuses "plan without -o" 2 "-o is missing: it names what to write" plan "${net[@]}" -reduce macs=10%
refuses "plan without -reduce" 2 "-reduce is missing: it says what goes, as -reduce macs=50%" plan "${net[@]}" -o out
refuses "prune without -o" 2 "-o is missing: it names what to write" prune "${net[@]}" -reduce macs=10%
refuses "prune with no target" 2 "expected either -reduce or -plan" prune "${net[@]}" -o out
refuses "prune with two" 2 "expected either -reduce or -plan" \
    prune "${net[@]}" -reduce macs=10% -plan plan.json -o out
refuses "-o without a value" 2 "'-o' needs a value" plan "${net[@]}" -reduce macs=10% -o
refuses "a bad saliency" 2 "-saliency both: expected group, relative, conventional or random" \
    saliency "${net[@]}" -saliency both
refuses "a bad block" 2 "-round-to 7: expected a power of two, such as 8, or 1 for any number" info small.cfg -round-to 7
refuses "a layer that is not there" 1 \
    "-keep-layers 0,99: '99' is no list of layers of small.cfg, such as 3,7-9; they go from 0 to 6" \
    info small.cfg -keep-layers 0,99
refuses "a bad list of layers" 1 "-freeze-layers 1-: '1-' is no list of layers of small.cfg, such as 3,7-9; they go from 0 to 6" info small.cfg -freeze-layers 1-
check "kept layers are frozen" eval \
    '"$OCSP" info small.cfg -keep-layers 0 | grep -q "layer 0 (line [0-9]*), .*: -keep-layers"'
check "what a layer keeps is rounded" eval \
    '"$OCSP" prune "$GOLDEN".cfg "$GOLDEN".weights -reduce macs=30% -round-to 8 -o rounded >/dev/null &&
        ! cmp -s "$GOLDEN".cfg rounded.cfg &&
        sed -n "s/^filters=//p" rounded.cfg | awk "\$1 % 8 { exit 1 }"'
run "$OCSP" plan "${net[@]}" -reduce macs=10% -round-to 2 -o rounded.json
check "where blocks make it more, the reason is told" eval \
    '[ $rc = 0 ] && grep -qxF "16.66% more of the MACs go than asked for: with -round-to 2 channels go in blocks, and the cheapest that is gone is worth 26.66%" "$TMP/out"'
rm -f rounded.*
check "so many channels stay" eval \
    '"$OCSP" info small.cfg -min-channels 1000 | grep -q "^MACs .*(-0.00%)"'
refuses "a bad cap" 2 "-max-prune 2: expected a number from 0 to 1" info small.cfg -max-prune 2
refuses "an unreachable target" 1 \
    "small.cfg: cannot remove 90% of the MACs: at most 76.66% can go; ask for less, or raise -max-prune" \
    prune "${net[@]}" -reduce macs=90% -o out

# --- plans; those that are refused are in bad_inputs/plans.txt

sha=$(sha256sum <small.cfg | cut -d' ' -f1)
plan() { echo "{\"version\":1,\"cfg_sha256\":\"${2:-$sha}\",\"keep\":$1}" >plan.json; }
# --- what would be less portable: layer 3 adds layer 1, whose input would get the width of
# layer 3, which AlexeyAB's Darknet takes for layer 1's output

conv() { printf '[convolutional]\nfilters=%s\nactivation=relu\n' "$1"; }
{
    printf '[net]\nwidth=8\nheight=8\nchannels=3\n'
    conv 6; conv 8; conv 4
    printf '[shortcut]\nfrom=-2\nactivation=relu\n'
    printf '[connected]\noutput=2\nactivation=linear\n'
} >uneven.cfg
"$PYTHON" - <<'PY'
import struct
n = 6 * 4 + 8 * 7 + 4 * 9 + 2 * (4 * 64 + 1)
header = struct.pack("<iiiQ", 0, 2, 0, 0)
open("uneven.weights", "wb").write(header + struct.pack("<f", 1) * n)
# those of layer 0, and its readers in layer 1, are the least: it goes first
open("first.weights", "wb").write(header + struct.pack("<f", .01) * (24 + 56) +
                                  struct.pack("<f", 1) * (n - 80))
PY
run "$OCSP" prune uneven.cfg first.weights -reduce macs=20.7% -o out
check "prune keeps widths apart, and says why that is more than was asked for" eval \
    '[ $rc = 0 ] && grep -qxF "10.43% more of the MACs go than asked for: with fewer channels gone, AlexeyAB'"'"'s Darknet would misread the widths at layer 3 [shortcut], line 14" "$TMP/out"'
rm -f out.*
uneven() { plan "$1" "$(sha256sum <uneven.cfg | cut -d' ' -f1)"; }
uneven '{"0":[0,1,2,3]}'
run "$OCSP" prune uneven.cfg uneven.weights -plan plan.json -o out
check "prune to what a host would misread" ended 1 \
    "ocsp prune: out.cfg: pruned, this cfg would be less portable than it is. Darknet (AlexeyAB): layer 3 [shortcut] (line 15), from=-2: misread: its CPU code takes the shape of that layer's input for that of its output"
check "it leaves nothing" eval '[ -z "$(find . -name "out*")" ]'
uneven '{"0":[0,1,2]}'
run "$OCSP" prune uneven.cfg uneven.weights -plan plan.json -o out
check "and to what it reads" eval \
    '[ $rc = 0 ] && grep -q "^portability: accepted by .*, Darknet (AlexeyAB), .*(as the input is)$" "$TMP/out"'
rm -f out.*

# --- backbones

fresh
refuses_backbone() { refuses "a backbone $1" "$2" "$3" backbone "${@:4}" -o out; }
all=("${net[@]}" -head yolo -maps 8 -classes 2)
refuses "a backbone without -o" 2 "-o is missing: it names what to write" backbone "${all[@]}"
refuses_backbone "without -head" 2 "-head is missing" "${net[@]}" -maps 8 -classes 2
refuses_backbone "without -maps" 2 "-maps is missing" "${net[@]}" -head yolo -classes 2
refuses_backbone "without -classes" 2 "-classes is missing" "${net[@]}" -head yolo -maps 8
refuses_backbone "with another head" 2 "-head ssd: expected yolo, the one head that there is" \
    "${net[@]}" -head ssd -maps 8 -classes 2
refuses_backbone "with a map twice" 2 \
    "-maps 8,8: expected up to 16 different sizes from 1 on, as 38,19,10" "${all[@]}" -maps 8,8
refuses_backbone "with too few anchors" 2 "-anchors has 4 numbers, but -maps takes 6: 3 pairs for each map" \
    "${all[@]}" -anchors 1,1,2,2
sed '/^\[avgpool/,$d' small.cfg >headless.cfg
sed 's/^\[softmax\]/[yolo]\nmask=0,1,2\nanchors=1,1,2,2,3,3\nclasses=2\nnum=3/; /^\[connected/,/^$/d; /^\[avgpool/d' \
    small.cfg >detector.cfg
head -c 2404 small.weights >body.weights
refuses_backbone "of a detector" 1 \
    "detector.cfg:33: layer 4 [yolo]: this is no classifier's head, and a backbone is made from a classifier" \
    detector.cfg body.weights "${all[@]:2}"
run "$OCSP" backbone headless.cfg body.weights "${all[@]:2}" -o det
check "a backbone of a net that is one already" test $rc = 0
check "its weights are all of that" eval \
    'cmp -i 20 det.weights body.weights && [ "$(stat -c %s det.weights)" = 2404 ]'

# --- where results cannot go

run "$OCSP" backbone "${all[@]}" -o none/out
check "a backbone into a missing folder" \
    ended 1 "ocsp backbone: none/out.cfg: cannot create: folder none: No such file or directory"
run "$OCSP" backbone "${all[@]}" -o ./small
check "a backbone onto its input" \
    ended 1 "ocsp backbone: ./small.cfg: is an input of this command; give another -o"

run "$OCSP" plan "${net[@]}" -reduce macs=10% -o none/plan.json
check "plan into a missing folder" \
    ended 1 "ocsp plan: none/plan.json: cannot create: folder none: No such file or directory"
run "$OCSP" prune "${net[@]}" -reduce macs=10% -o none/out
check "prune into a missing folder" \
    ended 1 "ocsp prune: none/out.cfg: cannot create: folder none: No such file or directory"
run "$OCSP" prune "${net[@]}" -reduce macs=10% -o small.cfg/out
check "prune into a file" ended 1 "small.cfg/out.cfg: cannot create: small.cfg is not a folder"
mkdir out.weights
run "$OCSP" prune "${net[@]}" -reduce macs=10% -o out
check "prune onto a folder" ended 1 "ocsp prune: out.weights: is a folder"
check "it leaves no half of the pair" test ! -e out.cfg
run "$OCSP" prune "${net[@]}" -reduce macs=10% -o ./small
check "prune onto its input" ended 1 "./small.cfg: is an input of this command; give another -o"
run "$OCSP" plan "${net[@]}" -reduce macs=10% -o small.weights
check "plan onto its input" ended 1 "small.weights: is an input of this command; give another -o"
check "the input is as it was" eval 'cmp small.cfg "$TMP/good/small.cfg" && cmp small.weights "$TMP/good/small.weights"'
check "no temporary file is left" eval '[ -z "$(find . -name "*tmp*")" ]'
finish
