#!/bin/bash
# OpenCV's DNN as an engine of `ocsp speed`: a copy of the host's tree is built with it, where
# OpenCV's headers are.
cd "$(dirname "$0")/../.." || exit 1
. tests/tap.sh

[ -x "${DARKNET:-}" ] || { echo "# no \$DARKNET: make host"; exit 1; }
PYTHON=${PYTHON:-/usr/bin/python3}
net=$PWD/cfg/shapes.cfg

if ! ldd "$DARKNET" | grep -q opencv_dnn; then
    run "$DARKNET" ocsp speed "$net" -engine opencv
    check "what is not built in is refused" ended 1 \
        "-engine opencv: this Darknet was built without OpenCV's DNN; install libopencv-dev and rebuild with OCSP_OPENCV=1"
fi
if ! echo '#include <opencv2/dnn.hpp>' | g++ -x c++ -E -I/usr/include/opencv4 - >/dev/null 2>&1; then
    echo "# no headers of OpenCV's DNN (libopencv-dnn-dev): it is not built in"
    finish
fi

cp -r build/host "$TMP/host" && rm -f "$TMP/host/darknet"
make --no-print-directory -C "$TMP/host" OPTS="-Ofast -march=native" OCSP_OPENCV=1 darknet >"$TMP/log" 2>&1
check "a host is built with it" [ -x "$TMP/host/darknet" ]
check "without a warning of ours" eval '! grep -E "src_ocsp/.*(warning|error):" "$TMP/log"'
sed 's/^filters=16/filters=8/; s/^filters=32/filters=16/' "$net" >"$TMP/small.cfg"
run "$TMP/host/darknet" ocsp speed "$net" "$TMP/small.cfg" -engine opencv,stock -batch 4 -rounds 3 -layers -json
check "it measures" ended 0
cat >"$TMP/look.py" <<'PY'
import json, sys
opencv, stock = json.load(open(sys.argv[1]))["measurements"]
assert opencv["engine"] == "opencv" and opencv["library"].startswith("OpenCV "), opencv["library"]
for m in (opencv, stock):
    assert [len(n["layers"]) for n in m["nets"]] == [13, 13]
for n in opencv["nets"]:
    times = [l["ms"] for l in n["layers"]]
    # each convolution has its time, and all layers together have most of the net's
    assert all(l["ms"] > 0 for l in n["layers"] if l["type"] == "convolutional"), times
    assert 0.3 * n["ms"] < sum(times) < 1.3 * n["ms"], (n["ms"], times)
    assert not any("by" in l for l in n["layers"])
PY
check "and its layers are those of the cfg" "$PYTHON" "$TMP/look.py" "$TMP/out"
check "nothing of it stays in the temporary folder" eval \
    'mkdir "$TMP/own" && TMPDIR="$TMP/own" "$TMP/host/darknet" ocsp speed "$net" -engine opencv -rounds 1 >/dev/null && [ -z "$(ls "$TMP/own")" ]'
# OpenCV knows no [local]
printf '[net]\nwidth=8\nheight=8\nchannels=3\n[local]\nfilters=4\nsize=3\nstride=1\npad=1\nactivation=relu\n[softmax]\n' >"$TMP/local.cfg"
run "$TMP/host/darknet" ocsp speed "$TMP/local.cfg" -engine opencv -rounds 1
check "a net that OpenCV does not know is refused" ended 1 "local.cfg: OpenCV "
finish
