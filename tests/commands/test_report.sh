#!/bin/bash
# `ocsp report`: the page of a real run of $DARKNET says what the run's files say, and a
# browser finds nothing wrong with it.
cd "$(dirname "$0")/../.." || exit 1
. tests/tap.sh
. tests/tiny_run.sh

[ -x "${DARKNET:-}" ] || { echo "# no \$DARKNET: make host"; exit 1; }
OCSP=$(realpath "${OCSP:-build/ocsp}")
[ -x "$OCSP" ] || { echo "# no $OCSP: make"; exit 1; }
DARKNET=$(realpath "$DARKNET")
PYTHON=${PYTHON:-/usr/bin/python3}
LOOK=$PWD/tests/tools/look_at_page.py
GOLDEN=$PWD/tests/golden/vggmini

tiny_run "$TMP" || { echo "# cannot make images"; exit 1; }
cd "$TMP" || exit 1
# shellcheck disable=SC2086
"$DARKNET" ocsp classifier train set/shapes.data net.cfg $TINY_FLAGS -plots on >run.log 2>&1 ||
    { tail -n 3 run.log; echo "# the run failed"; exit 1; }
B=set/backup

# page_says PAGE TEXT...: the page's text, without markup, holds each TEXT.
page_says() {
    "$PYTHON" - "$@" <<'PY'
import html.parser, re, sys
class Text(html.parser.HTMLParser):
    def __init__(self):
        super().__init__()
        self.text, self.hidden = [], 0
    def handle_starttag(self, tag, attributes):
        self.hidden += tag in ("style", "script")
    def handle_endtag(self, tag):
        self.hidden -= tag in ("style", "script")
    def handle_data(self, data):
        if not self.hidden:
            self.text.append(data)
page = Text()
page.feed(open(sys.argv[1], encoding="utf-8").read())
text = re.sub(r"\s+", " ", " ".join(page.text))
missing = [t for t in sys.argv[2:] if re.sub(r"\s+", " ", t) not in text]
for t in missing:
    print(f"# not in {sys.argv[1]}: {t}")
sys.exit(bool(missing))
PY
}
member() { "$PYTHON" -c 'import json, sys; v = json.load(open(sys.argv[1]))
for k in sys.argv[2].split("."): v = v[k]
print(v)' "$1" "$2"; }
spaced() { "$PYTHON" -c 'import sys; print(f"{int(sys.argv[1]):,}".replace(",", "\u202f"))' "$1"; }

# --- what it says of a run

check "the run ends with the command for its page" grep -qx "ocsp: a page of this run: darknet ocsp report $B" run.log

run "$OCSP" report $B
check "the page of a run" ended 0
check "stands beside the run's files" test -s $B/net_ocsp_report.html
check "which the program says" says "wrote $B/net_ocsp_report.html"
cp $B/net_ocsp_report.html page.html
run "$DARKNET" ocsp report $B -o same.html
check "darknet ocsp makes the same" cmp page.html same.html
counts() {
    local which
    for which in macs params; do
        page_says page.html "$(spaced "$(member $B/net_ocsp.json before.$which)") → $(
            spaced "$(member $B/net_ocsp.json after.$which)")" || return 1
    done
    [ "$("$OCSP" info $B/net_pruned.cfg -json | "$PYTHON" -c 'import json, sys
print(json.load(sys.stdin)["macs"])')" = "$(member $B/net_ocsp.json after.macs)" ]
}
check "the summary names the dense net's cfg and its sum" test \
    "$(member $B/net_ocsp.json cfg.path) $(member $B/net_ocsp.json cfg.sha256)" = "net.cfg $(sha256sum <net.cfg | cut -c-64)"
check "its counts are the summary's and those of info" counts
check "its decisions are the summary's" page_says page.html \
    "epoch $(member $B/net_ocsp.json t_star)" "$(member $B/net_ocsp.json surgery.why)" \
    "$(member $B/net_ocsp.json t_sl_start_why)" "Channels removed $(
        member $B/net_ocsp.json surgery.removed_channels)" "Self-check passed"
check "it has the command" page_says page.html "darknet $(member $B/net_ocsp.json command)"
check "it says how to go on" page_says page.html \
    "darknet ocsp classifier valid set/shapes.data $B/net_pruned.cfg $B/net_pruned_best.weights" \
    "cv2.dnn.readNetFromDarknet(\"$B/net_pruned.cfg\", \"$B/net_pruned_best.weights\")"
# The commands and the lines of Python do what the page says, word for word.
code() { "$PYTHON" - page.html "$1" <<'PY'
import html, re, sys
page = open(sys.argv[1], encoding="utf-8").read()
print(html.unescape(re.search(
    rf"<h3>{re.escape(sys.argv[2])}[^<]*</h3>\n<pre[^>]*><code>(.*?)</code>", page, re.S).group(1)))
PY
}
mkdir bin && ln -s "$DARKNET" bin/darknet && cp "$(head -n 1 set/valid.list)" image.jpg
typed() { code "$1" >typed.sh && PATH=$PWD/bin:$PATH bash -e typed.sh >typed.out 2>&1 </dev/null; }
top1() {
    typed "Measure its accuracy" && "$PYTHON" - <<'PY'
import json, re, sys
told = float(re.findall(r"top 1: ([0-9.]+)", open("typed.out").read())[-1])
best = json.load(open("set/backup/net_ocsp.json"))["accuracy"]["best"]["top1"]
sys.exit(abs(100 * told - best) > 1e-3)
PY
}
check "what measures the accuracy finds the headline's" top1
check "an image is classified" eval 'typed "Try it on an image" && grep -qE "^ *[0-9.]+%: |^[a-z]+: [0-9.]+$" typed.out'
check "OpenCV gives a number per class" eval '{ code "Python with OpenCV"; echo "print(output.size)"; } |
    "$PYTHON" - >typed.out 2>&1 && [ "$(cat typed.out)" = 6 ]'
cp -r $B kept
"$PYTHON" - <<'PY'
import json
summary = json.load(open("kept/net_ocsp.json"))
summary["accuracy"]["best"]["epoch"] = summary["epochs_done"] + 1
json.dump(summary, open("kept/net_ocsp.json", "w"))
PY
run "$OCSP" report kept -o rest.html
check "what is behind the last epoch is called so" page_says rest.html "after the last iteration; last"
cp $B/net_ocsp.json kept
check "training goes on" eval 'typed "Train it on" && grep -q "^ocsp: epoch 12/12 dense" typed.out'
check "and leaves the weights that it began with" cmp $B/net_pruned_best.weights kept/net_pruned_best.weights
check "a dense run says that it is done" eval 'grep -q "^ocsp: done: .* iterations, nothing was removed; the weights are in $B\$" typed.out'
report=$(sed -n 's/^ocsp: a page of this run: //p' typed.out)
check "and the command for its page, among two runs" eval 'PATH=$PWD/bin:$PATH bash -c "$report" >typed.out 2>&1 && [ -s $B/net_pruned_again_ocsp_report.html ]'
run "$DARKNET" ocsp classifier train set/shapes.data $B/net_pruned.cfg $B/net_pruned_best.weights -reduce none -clear
check "a run that would write over the best weights is refused" eval '[ "$rc" = 1 ] && tail -n 1 "$TMP/err" | grep -qF "the run of '"'"'net'"'"', and this one would write over its net_pruned_best.weights"'
check "and they stay" cmp $B/net_pruned_best.weights kept/net_pruned_best.weights
rm -rf $B && mv kept $B
layers() {
    "$OCSP" compare net.cfg $B/net_pruned.cfg -json >compare.json && "$PYTHON" - <<'PY'
import json, re, sys
rows = re.findall(r"<tr><th scope=\"row\" data-v=\"(\d+)\">.*?</tr>",
                  open("page.html").read().split('id="layers"')[1].split("</table>")[0], re.S)
cells = [re.findall(r'data-v="([^"]+)"', r) for r in re.findall(
    r"<tr><th scope=\"row\".*?</tr>",
    open("page.html").read().split('id="layers"')[1].split("<tfoot>")[0], re.S)]
told = [l for l in json.load(open("compare.json"))["layers"] if l["macs"][0]]
wanted = [[l["layer"], l["macs"][0], *l["filters"], *l["inputs"], *l["macs"],
           100 * l["macs"][1] / l["macs"][0], *l["params"],
           100 * l["params"][1] / l["params"][0]] for l in told]
same = len(wanted) == len(cells) > 2 and all(
    len(c) == len(w) and all(abs(float(a) - b) <= 1e-5 * abs(b) for a, b in zip(c, w))
    for c, w in zip(cells, wanted))
sys.exit(not same)
PY
}
check "its table is that of compare" layers
groups() { page_says page.html "$("$OCSP" info net.cfg | sed -n 's/^ *[0-9]* channels: //p' | head -n 1)" \
    "$("$OCSP" info net.cfg | sed -n 's/.*of 6 channels: //p')"; }
check "its groups and reasons are those of info" groups
# The pictures that are there, as the page has them.
pictures() { "$PYTHON" - "$1" "$2" <<'PY'
import glob, html.parser, re, sys, urllib.parse
found = []
class Images(html.parser.HTMLParser):
    def handle_starttag(self, tag, attributes):
        if tag == "img":
            found.append(dict(attributes)["src"])
page = Images()
page.feed(open(sys.argv[1], encoding="utf-8").read())
kept = [urllib.parse.unquote_to_bytes(f.removeprefix("data:image/svg+xml,")) for f in found]
there = [open(f, "rb").read() for f in glob.glob(sys.argv[2] + "/*.svg")]
print(f"# {len(kept)} pictures of {len(there)}")
sys.exit(sorted(kept) != sorted(there) or b"" in kept)
PY
}
check "its pictures are the run's, byte for byte" pictures page.html $B
cp -r $B plain && rm -f plain/*.svg
run "$OCSP" report plain -o plain.html
check "a page without pictures says how to draw them" \
    page_says plain.html "The plots are missing in plain" "gnuplot net_ocsp_plots.gp"
rm plain/net_ocsp_plots.gp
run "$OCSP" report plain -o plain.html
check "or how a run does" page_says plain.html "A run draws them after each epoch"

# --- runs at other stages, and elsewhere

# edited FOLDER PYTHON: a copy of the run, whose summary `s` is changed so.
edited() {
    rm -rf "$1" && cp -r $B "$1" && "$PYTHON" - "$1/net_ocsp.json" "$2" <<'PY'
import json, sys
s = json.load(open(sys.argv[1]))
exec(sys.argv[2])
json.dump(s, open(sys.argv[1], "w"))
PY
}
edited early 's["surgery"] = None; s["t_star"] = 0; s["epochs_done"] = 4'
run "$OCSP" report early -o early.html
check "a run before t* has a page" ended 0
check "which says so" page_says early.html "not pruned yet" "as selected now" "There is no pruned pair yet"
edited later 's["surgery"]["weights"] = "set/backup/net_pruned_last.weights"; s["accuracy"] = None'
run "$OCSP" report later -o later.html
check "a run that goes on says so" page_says later.html "pruned; its training was not at its end" \
    later/net_pruned_last.weights
edited dense 's["surgery"] = None; s["settings"]["reduce"] = 0'
run "$OCSP" report dense -o dense.html
check "dense training says so" page_says dense.html "nothing is removed"
edited bare 's.clear(); s["version"] = 1; s["command"] = "ocsp classifier train x.data net.cfg"'
rm bare/net_ocsp.csv
run "$OCSP" report bare -o bare.html
check "a summary that lacks all else has a page" page_says bare.html "dense training"
mkdir -p far/away && cp -r $B far/away && cp net.cfg far
(cd far/away/backup && run "$OCSP" report . -o ../../../above.html && [ "$rc" = 0 ])
check "the dense cfg is found from the run's folder upwards" page_says above.html "pruned and trained"
mv net.cfg moved.cfg
run "$OCSP" report $B -o none.html
check "a cfg that has gone is told" ended 1 "net.cfg: the cfg of the dense net is not there any more: name it by -before"
check "and no page is left" test ! -e none.html
run "$OCSP" report $B -before "$GOLDEN.cfg" -o none.html
check "another net's cfg is refused" ended 1 "is not the net that this run began with"
run "$OCSP" report $B -before moved.cfg -o moved.html
check "-before names the cfg" page_says moved.html moved.cfg
mv moved.cfg net.cfg
mkdir both && cp $B/net_* both && for f in both/net_*; do cp "$f" "both/other_${f#both/net_}"; done
run "$OCSP" report both -o both.html
check "several runs are named" ended 2 "has several runs; name one by -net: "
run "$OCSP" report both -net other -o both.html
check "-net names one" page_says both.html other
run "$OCSP" report set -o none.html
check "a folder without a run is told" ended 1 "set: no run is here: its *_ocsp.json appears after the first epoch"
run "$OCSP" report nowhere
check "a missing folder is told" ended 1 "nowhere: cannot read the folder: No such file or directory"
echo '{"version": 2}' >both/odd_ocsp.json
run "$OCSP" report both -net odd -o none.html
check "another version is refused" ended 1 "both/odd_ocsp.json: is not the summary of a run"
printf '{"version"' >both/odd_ocsp.json
run "$OCSP" report both -net odd -o none.html
check "a malformed summary is refused with its line" ended 1 "both/odd_ocsp.json:1: "

# --- what others measured

edited measured 's["accuracy"] = {"measure": "top1", "top": 5, "last": {"epoch": 12, "top1": 41.25, "topk": 90},
    "best": {"epoch": 11, "top1": 43.75, "topk": 91}, "dense_best": {"epoch": 6, "top1": 45.5, "topk": 92},
    "before_surgery": {"epoch": 7, "top1": 44, "topk": 92}, "after_surgery": {"epoch": 7, "top1": 40, "topk": 88}}'
"$DARKNET" ocsp speed net.cfg $B/net_pruned.cfg -batch 4,1 -rounds 8 -json >speed.json 2>/dev/null
run "$OCSP" report measured -speed speed.json -o measured.html
check "accuracy stands beside the rest" page_says measured.html "Top-1 accuracy 43.75 %" \
    "pruning itself: −4.00 points" "epoch 11, top-5 91.00 %; last 41.25 %" \
    "just before pruning 44.00 %; just after 40.00 %; best while dense 45.50 %"
times() {
    local ms
    ms=$("$PYTHON" -c 'import json
for m in json.load(open("speed.json"))["measurements"]:
    for n in m["nets"]: print("%.4g ms" % (n["ms"] / m["batch"]))') || return 1
    mapfile -t ms <<<"$ms"
    [ ${#ms[@]} = 4 ] && page_says measured.html "${ms[0]} ${ms[1]}" "${ms[2]} ${ms[3]}" "batches of 1"
}
check "so do times per image, as speed has measured them" times
run "$OCSP" report -before net.cfg -after "$GOLDEN.cfg" -speed speed.json -o none.html
check "times of other nets are refused" ended 1 "speed.json: has no measurement of both nets"
check "and no page is left of them" test ! -e none.html

# --- two cfgs

run "$OCSP" report -before net.cfg -after $B/net_pruned.cfg
check "two cfgs have a page" page_says report.html "two nets beside each other" \
    "$(spaced "$(member $B/net_ocsp.json after.macs)")" "by the shapes of the layers"
run "$OCSP" report -before net.cfg -after "$GOLDEN.cfg" -o parted.html
check "also nets of unequal depth" page_says parted.html "The nets part at layer 2"
for words in "" "-before net.cfg" "$B -after net.cfg" "-net x -before net.cfg -after net.cfg" "$B $B"; do
    # shellcheck disable=SC2086
    run "$OCSP" report $words
    check "wrong usage is told: report $words" ended 2 "ocsp report: "
done
run "$OCSP" report $B -o nowhere/page.html
check "a folder that is not there is told" ended 1 "nowhere/page.html: cannot create"
cp net.cfg kept.cfg
run "$OCSP" report $B -o net.cfg
check "an input is not overwritten" ended 1 "is an input of this command"
check "and stays as it is" cmp kept.cfg net.cfg

# --- names of any bytes are text, never markup

ODD=$'o<b>&"\'$(x)\xff'
mkdir "$ODD" && for f in $B/net_*; do cp "$f" "$ODD/$ODD${f#"$B"/net}"; done
edited hostile 's["command"] += " </code><script>x</script>"; s["surgery"]["why"] = "<i>&amp;\"\u0007"'
cp hostile/net_ocsp.json "$ODD/${ODD}_ocsp.json"
printf '%s' '<svg xmlns="http://www.w3.org/2000/svg" width="640" height="320"><script>fetch("http://127.0.0.1:9/")</script><text y="20">"%23' \
    "</text></svg>" >"$ODD/${ODD}_ocsp_stability.svg"
run "$OCSP" report "$ODD" -o odd.html
check "odd names and texts have a page" ended 0
check "all of them are text" page_says odd.html 'o<b>&"'"'"'$(x)�' '</code><script>x</script>' \
    '<i>&amp;"�' "'o<b>&\"'\\''\$(x)�/o<b>&\"'\\''\$(x)�_pruned.cfg'" '"o<b>&\"'"'"'$(x)�/'
check "the page is UTF-8" iconv -f UTF-8 -t UTF-8 -o /dev/null odd.html

# --- in a browser

facts="fits 400|fits 900|fits 1600|light|dark|sorts|prints|quiet|alone|whole"
if command -v chromium >/dev/null && command -v chromedriver >/dev/null &&
    "$PYTHON" -c 'import selenium' 2>/dev/null; then
    # the page with odd names, and the same with each fault that the browser should find
    sed -e 's/<meta http-equiv[^>]*>//' -e 's/--ink:[^;]*;/--ink:#999;/g' -e 's/parseFloat/String/' \
        -e 's/@media (prefers-color-scheme:dark)/@media (max-width:1px)/' \
        -e 's,</main>,<img src="http://127.0.0.1:9/x.png" width="2000" height="9"></main>,' \
        -e 's,</body>,<script>document.body.append("more");nothing()</script></body>,' odd.html >bad.html
    "$PYTHON" "$LOOK" odd.html >good.txt 2>&1
    "$PYTHON" "$LOOK" bad.html >bad.txt 2>&1
    while IFS= read -r -d '|' fact; do
        check "in a browser: $fact" grep -qx "$fact yes" good.txt
        [ "$fact" = prints ] || check "what is wrong is found: $fact" grep -q "^$fact no: " bad.txt
    done <<<"$facts|"
    sed 's/^/# /' good.txt bad.txt | grep -v ' yes$'
else
    tap_number=$((tap_number + 1))
    echo "ok $tap_number - in a browser # SKIP no chromium, chromedriver or selenium"
fi
finish
