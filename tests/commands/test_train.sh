#!/bin/bash
# Whole training runs of $DARKNET, on a small net and generated images, and what
# $STOCK_DARKNET, unpatched, makes of the results.
cd "$(dirname "$0")/../.." || exit 1
. tests/tap.sh

[ -x "${DARKNET:-}" ] || { echo "# no \$DARKNET: make host"; exit 1; }
[ -x "${STOCK_DARKNET:=/usr/bin/darknet}" ] || { echo "# no $STOCK_DARKNET"; exit 1; }
PYTHON=${PYTHON:-/usr/bin/python3}

"$PYTHON" scripts/make_shapes.py "$TMP/set" --train 640 --valid 300 --seed 5 >/dev/null ||
    { echo "# cannot make images"; exit 1; }
OCSP=$(realpath "${OCSP:-build/ocsp}")
DARKNET=$(realpath "$DARKNET")
CLI=$PWD/tests/commands/cli
cd "$TMP" || exit 1

# One residual block; no weight decay, so that only the penalty shrinks weights; 607
# iterations are 30 epochs and a rest.
write_cfg() { # write_cfg FILE MAX_BATCHES
    cat >"$1" <<CFG
[net]
batch=32
width=32
height=32
channels=3
momentum=0.9
decay=0
max_crop=36
flip=1
learning_rate=0.1
policy=steps
max_batches=$2
steps=400,500,560
scales=.2,.2,.2
CFG
    local layer
    for layer in 12,2,relu 16,2,relu 16,1,relu 16,1,linear shortcut 24,2,relu; do
        if [ $layer = shortcut ]; then
            printf '\n[shortcut]\nfrom=-3\nactivation=relu\n'
            continue
        fi
        printf '\n[convolutional]\nbatch_normalize=1\nfilters=%s\nsize=3\nstride=%s\npad=1\nactivation=%s\n' ${layer//,/ }
    done >>"$1"
    printf '\n[avgpool]\n\n[connected]\noutput=6\nactivation=linear\n\n[softmax]\n' >>"$1"
}
write_cfg small.cfg 607
write_cfg short.cfg 180

# The same start for every run: the host's own choice depends on the clock.
"$PYTHON" - <<'PY'
import numpy as np, struct
rng = np.random.default_rng(1)
out = [struct.pack("<iiiQ", 0, 2, 0, 0)]
for c, n in ((3, 12), (12, 16), (16, 16), (16, 16), (16, 24)):
    out += [np.r_[np.zeros(n), np.ones(n), np.zeros(n), np.ones(n)].astype("<f4").tobytes(),
            (rng.normal(size=n * c * 9) * np.sqrt(2 / (9 * c))).astype("<f4").tobytes()]
out += [np.zeros(6, "<f4").tobytes(), (rng.normal(size=6 * 24) / 5).astype("<f4").tobytes()]
open("start.weights", "wb").write(b"".join(out))
PY

# data_for NAME: NAME.data, with results in the empty folder NAME.
data_for() {
    rm -rf "$1" && mkdir "$1" && sed "s|^backup=.*|backup=$1|" set/shapes.data >"$1.data"
}

# train NAME CFG FLAGS...: results in NAME, output in NAME.log and NAME.err.
train() {
    local name=$1 cfg=$2 status=0
    shift 2
    data_for "$name"
    "$DARKNET" ocsp classifier train "$name.data" "$cfg" start.weights -seed 1 -plots off "$@" \
        >"$name.log" 2>"$name.err" </dev/null || status=$?
    [ $status = 0 ] || { echo "# exit $status: $(tail -n 1 "$name.err")"; return 1; }
}

# accuracy DARKNET DATA CFG WEIGHTS: prints the share of right answers.
accuracy() {
    "$1" classifier valid "$2" "$3" "$4" 2>/dev/null </dev/null | tail -n 1 |
        awk '$2 == "top" && $1 == "299:" { print $4 + 0 }'
}

# holds NAME PYTHON: the condition is true; rows: NAME's CSV as numbers, run: its JSON.
holds() {
    "$PYTHON" - "$1" "$2" <<'PY'
import csv, glob, json, os, re, struct, sys
name, condition = sys.argv[1:]
[path] = glob.glob(name + "/*_ocsp.json")
run = json.load(open(path))
text = list(csv.DictReader(open(path[:-4] + "csv")))
rows = [{k: v if k == "phase" else float(v) if v else None for k, v in r.items()}
        for r in text]
start, end = run["t_sl_start"], run["t_star"]
log = open(name + ".log", "rb").read().decode()
steps = re.findall(r"^(\d+), [\d.]+: (\S+), (\S+) avg, (\S+) rate, \S+ seconds, (\d+) images$",
                   log, re.M)
def seen(file):
    major, minor, _, images = struct.unpack("<iiiQ", open(f"{name}/{file}", "rb").read(20))
    assert major * 10 + minor == 2
    return images
def rate(batch):
    return 0.1 * 0.2 ** sum(batch >= s for s in (400, 500, 560))
def fell(column):
    """Its value at t*, over its value at t_sl-start."""
    return rows[end - 1][column] / rows[start - 1][column]
if start > 0 and end > 0 and "fell" in condition:
    print("# %s: from t_sl-start to t* selected norms x%.3f, kept x%.3f" %
          (name, fell("selected_norm"), fell("kept_norm")))
if not eval(condition):
    print("# not so:", condition)
    print("#", {k: run[k] for k in ("t_sl_start", "t_star", "before", "after")})
    sys.exit(1)
PY
}

# --- one whole cycle

check "a cycle runs to the end" \
    train full small.cfg -reduce macs=50% -lambda0 5e-3 -sigma 5e-3 -sl-end 25 -epsilon 0.05
for file in pruned.cfg pruned_last.weights pruned_final.weights dense_last.weights \
    pruned.weights ocsp.csv ocsp.json; do
    check "it leaves small_$file" test -s "full/small_$file"
done
check "it leaves no temporary file" eval '[ -z "$(find full -name "*tmp*")" ]'
check "iterations count up by one across t*" holds full \
    '[int(s[0]) for s in steps] == list(range(1, 608))'
check "images count up across t*" holds full \
    '[int(s[4]) for s in steps] == list(range(32, 608 * 32, 32))'
check "the learning rate keeps to its schedule" holds full \
    'all(abs(float(s[3]) - rate(int(s[0]))) < 1e-6 for s in steps)'
check "a row per epoch, in order, and one of the rest" holds full \
    '[r["epoch"] for r in rows] == list(range(1, 32))'
check "the columns are the documented ones" holds full \
    'list(text[0]) == "epoch phase lambda J mean_J macs selected loss learning_rate seconds selected_norm kept_norm top1 topk map".split()'
check "the phases follow each other" holds full \
    '[r["phase"] for r in rows] == ["dense"] * (start - 1) + ["sparse"] * (end - start) + ["pruned"] * (32 - end)'
check "the rates of the rows are the host's" holds full \
    'all(abs(r["learning_rate"] - rate(min(20 * r["epoch"], 607))) < 1e-6 for r in rows)'
check "lambda follows its schedule" holds full \
    'all(abs(r["lambda"] - (r["phase"] == "sparse") * 5e-3 * (1 + r["epoch"] - start)) < 1e-9 for r in rows)'
check "the loss of a row is its iterations' mean" holds full \
    'all(abs(r["loss"] - sum(float(s[1]) for s in steps[20 * i:20 * i + 20]) / len(steps[20 * i:20 * i + 20])) < 1e-5 for i, r in enumerate(rows))'
check "training goes on from what it knew" holds full \
    'rows[end]["loss"] < rows[start]["loss"]'
check "t* came because the net was stable and quiet" holds full \
    'run["surgery"]["why"] == "stable and quiet" and start == 3 and end < 25 and run["surgery"]["iteration"] == 20 * end'
check "the self-check passed" holds full \
    '0 <= run["surgery"]["self_check"]["difference"] <= run["surgery"]["self_check"]["tolerance"] == 1e-4'
check "the budget is met, by at most one channel" holds full \
    '0.44 < run["after"]["macs"] / run["before"]["macs"] <= 0.5'
check "the summary knows the whole run" holds full \
    'run["epochs_done"] == 30 and run["command"].startswith("ocsp classifier train full.data small.cfg") and run["surgery"]["weights"] == "full/small_pruned_final.weights"'
check "seen at t* is what was seen" holds full 'seen("small_dense_last.weights") == 20 * 32 * end'
check "seen at the end is what was seen" holds full \
    'all(seen(f"small_pruned{s}.weights") == 607 * 32 for s in ("", "_last", "_final"))'
check "seen in the host's own files is what was seen" holds full \
    'all(seen(f"small{p}_{n}.weights") == 640 * n for n in range(1, 31) for p in ["_pruned" if n >= end else ""])'

info() { "$OCSP" info "$1" -json >info.json; }
check "info reads the pruned cfg" info full/small_pruned.cfg
check "info counts what the summary says" holds full \
    '(lambda i: i["macs"] == run["after"]["macs"] and i["params"] == run["after"]["params"])(json.load(open("info.json")))'
check "only numbers differ from the dense cfg" eval \
    'diff <(sed "s/^filters=.*/filters=/" small.cfg) <(sed "s/^filters=.*/filters=/" full/small_pruned.cfg)'

# --- the independent client

pruned=$(accuracy "$STOCK_DARKNET" full.data full/small_pruned.cfg full/small_pruned_final.weights)
echo "# pruned net: ${pruned:-no accuracy} of the validation images, chance 0.167"
check "the unpatched Darknet finds it right far above chance" eval \
    'awk -v a="${pruned:-0}" "BEGIN { exit !(a > 0.28) }"'
patched=$(accuracy "$DARKNET" full.data full/small_pruned.cfg full/small_pruned_final.weights)
check "the patched Darknet finds the same" test "${patched:-none}" = "$pruned"

write_cfg more.cfg 12
sed '1,/^$/d' full/small_pruned.cfg | cat <(sed '/^$/q' more.cfg) - >more_pruned.cfg
data_for more
run "$STOCK_DARKNET" classifier train more.data more_pruned.cfg full/small_pruned_final.weights -clear
check "the unpatched Darknet trains it further" eval '[ $rc = 0 ] && grep -q "^12, " "$TMP/out"'
check "from where it was" eval \
    'awk -F "[:,] *" "/^1, / { exit !(\$3 < 1.5) }" "$TMP/out"'

# --- the penalty, each run with 6 sparse epochs

penalty() { # penalty NAME FLAGS...
    local name=$1
    shift
    train "$name" short.cfg -reduce macs=50% -sl-start 2 -sl-end 8 -quiet 1e-12 \
        -lambda0 0.1 -sigma 0 "$@"
}
check "a run with both equations" penalty both
check "selected norms vanish" holds both 'start == 2 and end == 8 and fell("selected_norm") < 0.1'
check "kept norms do not" holds both 'fell("kept_norm") > 0.8'
check "a run with Eq. (8) alone" penalty eq8 -no-eq9
check "it shrinks them" holds eq8 'fell("selected_norm") < 0.3 and fell("kept_norm") > 0.8'
check "a run with Eq. (9) alone" penalty eq9 -no-eq8
check "it shrinks them too" holds eq9 'fell("selected_norm") < 0.6 and fell("kept_norm") > 0.8'
check "a run with neither" penalty neither -no-eq8 -no-eq9
check "nothing shrinks" holds neither 'fell("selected_norm") > 0.85 and fell("kept_norm") > 0.85'

# --- the commands without a host are the same in both programs

alike() { # alike WORDS...
    run "$OCSP" "$@"
    local expected="$rc $(cat "$TMP/out" "$TMP/err" | sha256sum)"
    [ -s "$TMP/out" ] || [ -s "$TMP/err" ] || { echo "# nothing printed"; return 1; }
    run "$DARKNET" ocsp "$@"
    [ "$rc $(cat "$TMP/out" "$TMP/err" | sha256sum)" = "$expected" ] && return 0
    sed 's/^/# /' "$TMP/out" "$TMP/err"
    return 1
}
cp "$CLI/small.cfg" cli.cfg
run "$DARKNET" ocsp --version
check "the version" [ "$(head -n 1 "$TMP/out")" = "$("$OCSP" --version)" ]
check "the tables of flags" alike help -markdown
check "info" alike info cli.cfg
check "info -json" alike info cli.cfg -json
check "saliency" alike saliency small.cfg start.weights -saliency conventional
check "plan" alike plan small.cfg start.weights -reduce macs=30% -o plan.json
check "prune" alike prune small.cfg start.weights -plan plan.json -o pair
check "a refusal" alike prune small.cfg none.weights -reduce macs=30% -o pair
check "wrong usage" alike saliency small.cfg
check "a host's flag in front of nothing" eval \
    '"$DARKNET" ocsp info cli.cfg -nogpu | cmp - <("$OCSP" info cli.cfg)'
# Rows of the first pages: what the stand-alone program says of its commands, the host's says, too.
rows() { grep '^  [a-z]' | sed '/^  darknet /d'; }
check "the host's program has all commands of its first page" \
    diff <("$DARKNET" ocsp | rows | sort) <("$OCSP" | rows | sort)
run "$OCSP" classifier train set/shapes.data small.cfg
check "the stand-alone program has no train" ended 2 \
    "ocsp: 'classifier train' needs a Darknet: patch yours by darknet_patch/apply, then type \`darknet ocsp classifier train\`"

# --- without a cycle

check "a dense run runs" train dense short.cfg -reduce none
check "it prunes nothing" eval '[ -z "$(find dense -name "*pruned*")" ]'
check "it has a record" holds dense \
    'run["surgery"] is None and len(rows) == 9 and all(r["phase"] == "dense" and r["selected_norm"] is None for r in rows)'

shape() { sed -E 's/-?[0-9][-+.e0-9]*/N/g'; }
stock() { # stock NAME DARKNET: NAME.shape is its output without the numbers
    data_for stock
    "$2" classifier train stock.data more.cfg >stock.log 2>stock.err </dev/null || return 1
    (shape <stock.log; shape <stock.err; cd stock && find . -type f | sort) >"$1.shape"
}
check "train without ocsp runs" stock ours "$DARKNET"
check "the unpatched does" stock theirs "$STOCK_DARKNET"
check "they print and write the same" diff ours.shape theirs.shape

# --- refusals. Nothing may be left in the folder for results.

nothing_left() { [ -z "$(find "$1" -type f)" ] || { echo "# left: $(find "$1" -type f)"; return 1; }; }

# refuses NAME STATUS MESSAGE WORDS...: before the host starts: one line in all.
refuses() {
    local name=$1 status=$2 message=$3
    shift 3
    rm -rf bad && mkdir bad
    run "$DARKNET" ocsp classifier train "$@"
    check "$name" eval '[ "$rc $(cat "$TMP/err")" = "$status darknet ocsp: $message" ] || { echo "# $rc $(cat "$TMP/err")"; false; }'
    check "$name: nothing printed" test ! -s "$TMP/out"
    check "$name: nothing left" nothing_left bad
}
# stops: the same once the host has made its net: the last of many lines.
stops() {
    local name=$1 message=$2
    shift 2
    rm -rf bad && mkdir bad
    run "$DARKNET" ocsp classifier train "$@"
    check "$name" eval '[ "$rc $(tail -n 1 "$TMP/err")" = "1 darknet ocsp: $message" ] || { echo "# $rc $(tail -n 1 "$TMP/err")"; false; }'
    check "$name: nothing left" nothing_left bad
}
# bad_data LINE...: bad.data of these lines.
bad_data() { printf '%s\n' "$@" >bad.data; }
good=(classes=6 train=set/train.list valid=set/valid.list labels=set/shapes.names backup=bad)
bad_data "${good[@]}"
half=(-reduce macs=50%)

explains="\`darknet ocsp help classifier train\` explains it"
refuses "no words" 2 "expected a data file, a cfg and perhaps weights behind 'classifier train'; $explains" "${half[@]}"
refuses "no cfg" 2 "expected a data file, a cfg and perhaps weights behind 'classifier train'; $explains" bad.data "${half[@]}"
refuses "too many words" 2 "expected a data file, a cfg and perhaps weights behind 'classifier train'; $explains" bad.data short.cfg start.weights more "${half[@]}"
refuses "an unknown flag" 2 "unknown flag '-redcue': did you mean -reduce?" bad.data short.cfg -redcue macs=50%
refuses "a flag of another host" 2 "unknown flag '-dont_show'" bad.data short.cfg "${half[@]}" -dont_show
refuses "a bad value" 2 "-sl-end never: expected a whole number from 2 on" bad.data short.cfg "${half[@]}" -sl-end never
refuses "a missing data file" 1 "none.data: cannot open: No such file or directory" none.data short.cfg "${half[@]}"
refuses "a folder as data file" 1 "set: not a regular file" set short.cfg "${half[@]}"
refuses "a missing cfg" 1 "none.cfg: cannot open: No such file or directory" bad.data none.cfg "${half[@]}"
refuses "missing weights" 1 "none.weights: cannot open: No such file or directory" bad.data short.cfg none.weights "${half[@]}"
head -c 5000 full/small_dense_last.weights >cut.weights
own_weights="a pruned net's weights go with its _pruned.cfg, and \`darknet partial\` writes first layers that two nets share"
whole=$(stat -c %s full/small_dense_last.weights)
refuses "weights that are cut off" 1 "cut.weights: 5000 bytes are neither all layers of small.cfg ($whole bytes) nor the first ones: cut off, or of another net; $own_weights" bad.data small.cfg cut.weights "${half[@]}"
refuses "weights of another net" 1 "full/small_pruned_final.weights: $(stat -c %s full/small_pruned_final.weights) bytes are neither all layers of small.cfg ($whole bytes) nor the first ones: cut off, or of another net; $own_weights" bad.data small.cfg full/small_pruned_final.weights "${half[@]}"
sed 's/^classes=.*/classes=9/' bad.data >nine.data
refuses "another number of classes" 1 "nine.data:$(grep -n ^classes nine.data | cut -d: -f1): classes=9, but the net has 6 outputs" nine.data short.cfg "${half[@]}"
printf 'one\ntwo\n' >two.names
sed 's/^labels=.*/labels=two.names/' bad.data >few.data
refuses "too few labels" 1 "two.names: 2 labels are too few for classes=6" few.data short.cfg "${half[@]}"
sed 's/^train=.*/train=folder.list/' bad.data >folder.data
echo bad >folder.list
refuses "a folder among the images" 1 "folder.list:1: image 'bad': not a regular file" folder.data short.cfg "${half[@]}"
sed 's/$/\r/' short.cfg >crlf.cfg
refuses "Windows line ends" 1 "crlf.cfg: Debian's Darknet cannot read Windows line ends: remove the CRs" bad.data crlf.cfg "${half[@]}"
sed '0,/activation=relu/s//activation=mish/' short.cfg >mish.cfg
refuses "an activation that Debian's Darknet lacks" 1 "mish.cfg:$(grep -n '^activation=mish' mish.cfg | cut -d: -f1): layer 0 [convolutional]: Debian's Darknet does not know this activation and takes relu" bad.data mish.cfg "${half[@]}"
refuses "missing weights behind a host's flag" 1 "none.weights: cannot open: No such file or directory" bad.data short.cfg -clear none.weights "${half[@]}"
refuses "a folder as weights" 1 "set: not a regular file" bad.data short.cfg set "${half[@]}"

bad_data "${good[@]:2}"
refuses "data without train" 1 "bad.data: no train= in this data file" bad.data short.cfg "${half[@]}"
bad_data '# a comment' '' "${good[@]}" 'garbage'
refuses "a line that is none" 1 "bad.data:8: 'garbage' is not key=value" bad.data short.cfg "${half[@]}"
bad_data "${good[0]}" train=none.list "${good[@]:2}"
refuses "a missing list" 1 "bad.data:2: train=none.list: No such file or directory" bad.data short.cfg "${half[@]}"
bad_data "${good[0]}" train=empty.list "${good[@]:2}"
: >empty.list
refuses "an empty list" 1 "empty.list: the file is empty" bad.data short.cfg "${half[@]}"
bad_data "${good[0]}" train=holes.list "${good[@]:2}"
sed '3s/.*/set\/none.png/' set/train.list >holes.list
refuses "a list with a missing image" 1 "holes.list:3: image 'set/none.png': No such file or directory" bad.data short.cfg "${half[@]}"
sed '5s/.*//' set/train.list >holes.list
refuses "a list with an empty line" 1 "holes.list:5: image '': an empty line" bad.data short.cfg "${half[@]}"
bad_data "${good[@]:0:3}" labels=none.names "${good[4]}"
refuses "missing labels" 1 "bad.data:4: labels=none.names: No such file or directory" bad.data short.cfg "${half[@]}"
bad_data "${good[@]:0:4}" backup=nowhere
refuses "a missing folder for results" 1 "bad.data:5: backup=nowhere: No such file or directory" bad.data short.cfg "${half[@]}"
touch plain
bad_data "${good[@]:0:4}" backup=plain
refuses "a file as folder for results" 1 "bad.data:5: backup=plain: not a folder" bad.data short.cfg "${half[@]}"
printf 'train=x\0y\n' >bad.data
refuses "binary data" 1 "bad.data:1: a zero byte: this is not a text file" bad.data short.cfg "${half[@]}"

bad_data "${good[@]}"
stops "a target out of reach" "short.cfg: cannot remove 99% of the MACs: at most 86.56% can go; ask for less, or raise -max-prune" bad.data short.cfg -reduce macs=99%
stops "an end beyond the schedule" "-sl-end 9 leaves no epoch to train the pruned net: the schedule has 9 (max_batches / iterations per epoch)" bad.data short.cfg "${half[@]}" -sl-end 9
stops "a start behind the end" "-sl-start 5 must be less than -sl-end 4" bad.data short.cfg "${half[@]}" -sl-start 5 -sl-end 4
stops "a schedule of no whole epoch" "more.cfg: max_batches=12 ends within the first epoch of 20 iterations: raise it, or give fewer by -epoch-iters" bad.data more.cfg "${half[@]}"
stops "weights of a finished run" "full/small_pruned.cfg: nothing is left to train: the weights have 607 iterations behind them, and max_batches is 607: raise max_batches=, count from 0 by -clear, or take only their first layers by \`darknet partial\`" bad.data full/small_pruned.cfg full/small_pruned_final.weights "${half[@]}"
t_star=$("$PYTHON" -c 'import json; print(json.load(open("full/small_ocsp.json"))["t_star"])')
stops "weights from behind t*" "small.cfg: too late to prune: the weights have $t_star epochs behind them, and -sl-end is 4: count from 0 by -clear, raise -sl-end, or train on without pruning by -reduce none" bad.data small.cfg full/small_dense_last.weights "${half[@]}" -sl-end 4
printf '[net]\nbatch=4\nwidth=8\nheight=8\nchannels=3\ntime_steps=1\nmax_batches=900\n[lstm]\noutput=8\nbatch_normalize=1\n[connected]\noutput=6\nactivation=linear\n[softmax]\n' >lstm.cfg
stops "an LSTM" "lstm.cfg:8: layer 0 [lstm]: this version cannot train nets with weights in this section" bad.data lstm.cfg "${half[@]}"
long=$(printf 'a%.0s' {1..240})
mkdir "$long"
bad_data "${good[@]:0:4}" "backup=$long"
stops "a path too long for Darknet" "$long: Darknet has room for 228 bytes of this folder's and the cfg's name together" bad.data short.cfg "${half[@]}"

bad_data "${good[@]}"
sed 's/^learning_rate=.*/learning_rate=1e30/' short.cfg >diverge.cfg
run "$DARKNET" ocsp classifier train bad.data diverge.cfg "${half[@]}"
check "a training that diverges stops" test $rc = 1
check "it says why" eval 'tail -n 1 "$TMP/err" | grep -qE "^darknet ocsp: (diverge.cfg:[0-9]+: layer [0-9]+ \[[a-z]+\]: its parameters are infinite or not numbers after iteration [0-9]+|the loss of iteration [0-9]+ is -?[a-z]+): training has diverged; lower the learning rate, or return to the last generation by -on-nan rollback$"'
check "it prunes nothing" eval '[ -z "$(find bad -name "*pruned*")" ]'
finish
