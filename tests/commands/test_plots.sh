#!/bin/bash
# The pictures of training runs of $DARKNET, drawn by gnuplot beside them.
cd "$(dirname "$0")/../.." || exit 1
. tests/tap.sh
. tests/tiny_run.sh

[ -x "${DARKNET:-}" ] || { echo "# no \$DARKNET: make host"; exit 1; }
command -v gnuplot >/dev/null || { echo "# no gnuplot: scripts/setup.sh"; exit 1; }
PYTHON=${PYTHON:-/usr/bin/python3}
DARKNET=$(realpath "$DARKNET")
MADE_UP=$(dirname "$OCSP")/release/tools/made_up_run
[ -d "$(dirname "$OCSP")/tools" ] && MADE_UP=$(dirname "$OCSP")/tools/made_up_run # asan
CHECK=$PWD/tests/tools/check_plots.py
export GOMP_SPINCOUNT=${GOMP_SPINCOUNT:-1000}
tiny_run "$TMP" || { echo "# cannot make images"; exit 1; }
cd "$TMP" || exit 1
FLAGS=${TINY_FLAGS/-plots off/}

# train FOLDER CFG [FLAG...]: a run with its results in FOLDER.
train() {
    mkdir -p "$1" && { grep -v ^backup= set/shapes.data; printf 'backup=%s\n' "$1"; } >shapes.data
    # shellcheck disable=SC2086
    run "${RUN[@]}" "$DARKNET" ocsp classifier train shapes.data "$2" $FLAGS "${@:3}"
}
RUN=()

quiet() { [ "$rc" = 0 ] && ! grep "no plots" "$TMP/out" && [ -z "$(tiny_leftovers "$1")" ]; }

# draws FOLDER SCRIPT: gnuplot itself draws the script, and says nothing.
draws() {
    (cd "$1" && gnuplot "./$2") >draws.out 2>&1 && [ ! -s draws.out ] && return 0
    sed 's/^/# /' draws.out
    return 1
}

# --- a whole run

train whole net.cfg
check "a run is drawn, and says nothing of it" quiet whole
check "its pictures have the numbers of its records" \
    "$PYTHON" "$CHECK" whole net stability norms layers training
cp -r whole again && rm again/*.svg again/*.png
check "its script runs by itself" draws again net_ocsp_plots.gp
check "to the same pictures" \
    diff <(cd whole && cat net_ocsp_*.png | cksum) <(cd again && cat net_ocsp_*.png | cksum)
check "its norms are as many as its channels" \
    "$PYTHON" -c '
import collections, csv
n = collections.Counter()
for r in csv.DictReader(open("whole/net_ocsp_norms.csv")):
    n[int(r["epoch"]), "selected"] += int(r["selected"])
    n[int(r["epoch"]), "all"] += int(r["selected"]) + int(r["kept"])
rows = [r for r in csv.DictReader(open("whole/net_ocsp.csv")) if r["selected_norm"]]
assert len(rows) == 6 and all(n[int(r["epoch"]), "all"] == 20 and
                              n[int(r["epoch"]), "selected"] == int(r["selected"]) for r in rows)'

# --- other runs

train dense net.cfg -reduce none
check "a dense run has one picture" "$PYTHON" "$CHECK" dense net training
check "and no norms" [ ! -e dense/net_ocsp_norms.csv ]

train off net.cfg -plots off
check "-plots off draws nothing" [ "$rc" = 0 -a -z "$(ls off | grep -E 'svg|png|gp')" ]
check "and trains the same" tiny_same whole off

cp -r whole/net_ocsp_norms.svg dense/ && train dense net.cfg -reduce none -restart
check "pictures of an earlier run go" "$PYTHON" "$CHECK" dense net training

# shellcheck disable=SC2016
odd="a \"b' 20% \\n \`touch x\` größe \$HOME @y {z}"
cp net.cfg "$odd.cfg"
dir=${odd// /}
train "$dir" "$odd.cfg"
check "any name will do" quiet "$dir"
check "and has its pictures" \
    "$PYTHON" "$CHECK" "$dir" "$odd" stability norms layers training
check "and its script" draws "$dir" "${odd}_ocsp_plots.gp"
check "no command in it was run" [ -z "$(find . -name x)" ]

long=$(printf 'long_%.0s' $(seq 30))
cp net.cfg "$long.cfg"
train long "$long.cfg"
check "a long name leaves the title on the page" \
    "$PYTHON" "$CHECK" long "$long" stability norms layers training

# --- runs that nobody trained

# made_up EPOCHS LAYERS PICTURE...: none of its texts is on another, and so on
made_up() {
    rm -rf made && mkdir made && "$MADE_UP" made "$1" "$2" "$NAME" &&
        "$PYTHON" "$CHECK" made "$NAME" "${@:3}" &&
        draws made "${NAME}_ocsp_plots.gp"
}
NAME=wwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwww
all="stability norms layers training"
# shellcheck disable=SC2086
{
    check "3 epochs of 2 layers" made_up 3 2 norms layers training
    check "4 epochs" made_up 4 3 $all
    check "40 epochs of 20 layers" made_up 40 20 $all
    check "300 epochs of 150 layers" made_up 300 150 $all
}

# --- what is in the way

mkdir bin
warned() { [ "$rc" = 0 ] && [ "$(grep -c 'no plots' "$TMP/out")" = 1 ] && says "$1" && [ -z "$(tiny_leftovers "$2")" ]; }

RUN=(env "PATH=$TMP/bin")
train without net.cfg
check "without gnuplot there is one line, and the run ends well" \
    warned "ocsp: no plots: gnuplot is not there: apt-get install gnuplot-nox; \`gnuplot net_ocsp_plots.gp\` in without draws" without
check "and trains the same" tiny_same whole without
check "what it lacks can be drawn later" draws without net_ocsp_plots.gp
check "and is what it would have been" \
    diff <(cd whole && cat net_ocsp_*.png | cksum) <(cd without && cat net_ocsp_*.png | cksum)

# fake SCRIPT: a gnuplot of ours.
fake() { printf '#!/bin/sh\n%s\n' "$1" >bin/gnuplot && chmod +x bin/gnuplot; }

RUN=(env "PATH=$TMP/bin:$PATH")
fake 'echo >"net_ocsp_stability.svg"; echo "  line 3: out of paper" >&2; exit 1'
train failing net.cfg
check "a gnuplot that fails is one line" \
    warned "ocsp: no plots: gnuplot ended with status 1: line 3: out of paper; \`gnuplot" failing
check "and leaves no half picture" [ -z "$(ls -R failing | grep -E 'svg|png')" ]

fake 'yes "much to tell" | head -n 100000 >&2; exit 3'
train telling net.cfg
check "one that tells much is not waited for" warned "status 3: much to tell" telling

fake 'kill -9 $$'
train killed net.cfg
check "nor one that is killed" warned "gnuplot was ended by signal 9" killed

# --- a run that is killed, and one that is stopped

fake 'printf half >"net_ocsp_stability.svg"; exec sleep 2'
rm -rf dead && mkdir dead && sed "s|^backup=.*|backup=dead|" set/shapes.data >shapes.data
# shellcheck disable=SC2086
PATH=$TMP/bin:$PATH "$DARKNET" ocsp classifier train shapes.data net.cfg $FLAGS >/dev/null 2>&1 </dev/null &
child=$!
for _ in $(seq 1500); do
    [ -n "$(tiny_leftovers dead)" ] && ls dead/*.ocsp-tmp | grep -q svg && break
    sleep 0.02
done
kill -KILL $child
wait $child 2>/dev/null
check "a run that is killed leaves no half picture" [ -z "$(ls dead | grep -E '(svg|png)$')" ]
RUN=()
train dead net.cfg
check "and the next one none of its files" quiet dead

# a host that ends the process, for images that are gone, while gnuplot is at work
fake 'echo $$ >../../gnuplot.pid; printf half >"net_ocsp_stability.svg"; rm -f ../images/*; exec sleep 1000'
mkdir gone && cp -r set/train gone/images && sed "s|^set/train|gone/images|" set/train.list >gone.list
sed "s|^backup=.*|backup=gone|; s|^train=.*|train=gone.list|" set/shapes.data >gone.data
# shellcheck disable=SC2086
run env "PATH=$TMP/bin:$PATH" "$DARKNET" ocsp classifier train gone.data net.cfg $FLAGS
check "a run that Darknet ends leaves no half picture" eval \
    '[ "$rc" = 1 ] && [ -s gnuplot.pid ] && [ -z "$(ls -R gone | grep -E "svg|png$")" ]'
check "and no gnuplot" eval '! grep -qs "^State:.[^Z]" "/proc/$(cat gnuplot.pid)/status"'

RUN=()
# shellcheck disable=SC2086
stopped() { # stopped SIGNAL: to the process group, as by a terminal
    rm -rf stop && mkdir stop && sed "s|^backup=.*|backup=stop|" set/shapes.data >shapes.data
    setsid env --default-signal=INT "$DARKNET" ocsp classifier train shapes.data net.cfg $FLAGS \
        >"$TMP/out" 2>"$TMP/err" </dev/null &
    child=$!
    for _ in $(seq 1500); do
        grep -q "^ocsp: epoch 8/" "$TMP/out" && break
        sleep 0.02
    done
    kill -s "$1" -- "-$child"
    rc=0
    wait "$child" || rc=$?
    [ "$rc" -gt 128 ]
}

check "a run is stopped" stopped INT
check "with its pictures up to there" \
    "$PYTHON" "$CHECK" stop net stability norms layers training
check "and nothing beside them" [ -z "$(tiny_leftovers stop)" ]
train stop net.cfg
check "the one that goes on" quiet stop
check "has the same numbers" tiny_same whole stop
check "and draws the whole run" \
    "$PYTHON" "$CHECK" stop net stability norms layers training
finish
