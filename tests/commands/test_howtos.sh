#!/bin/bash
# docs/add-a-*.md: what they show, in a copy of the sources, builds and does what they say.
cd "$(dirname "$0")/../.." || exit 1
. tests/tap.sh
. tests/tiny_run.sh

PYTHON=${PYTHON:-/usr/bin/python3}
ROOT=$PWD
COPY=$TMP/copy
for program in "${OCSP:-build/ocsp}" "${DARKNET:-build/darknet}"; do
    [ -x "$program" ] || { echo "# no $program: make all host"; exit 1; }
done
[ -d build/host-test ] || { echo "# no build/host-test: make host-test"; exit 1; }
mkdir "$TMP/run" && tiny_run "$TMP/run" || { echo "# cannot make images"; exit 1; }

# fresh BUILT...: a copy of the sources, and of what has been built of them, so that little is
# compiled anew.
fresh() {
    rm -rf "$COPY" && mkdir -p "$COPY/build" &&
        cp -a Makefile mk src_ocsp tests darknet_patch docs ./*.md "$COPY" &&
        cp -a build/release build/ocsp "$@" "$COPY/build" &&
        ln -s "$ROOT/build/debian" "$COPY/build/debian"
}
# shown DOCUMENT N: it shows so many new files, and lines of others; they are in the copy now.
shown() {
    "$PYTHON" "$COPY/tests/tools/docs.py" examples "$COPY" "docs/$1" >"$TMP/files" || return 1
    sed 's/^/# /' "$TMP/files"
    [ "$(sort -u "$TMP/files" | wc -l)" = "$2" ]
}
# builds TARGET...: without a warning.
builds() {
    make --no-print-directory -C "$COPY" WERROR=1 "$@" >"$TMP/make" 2>&1 &&
        ! grep -E 'src_ocsp/.*warning' "$TMP/make" && return 0
    tail -n 20 "$TMP/make" | sed 's/^/# /'
    return 1
}
documented() { OCSP=$COPY/build/ocsp "$PYTHON" tests/tools/docs.py architecture "$COPY" >"$TMP/found" && [ ! -s "$TMP/found" ]; }

# --- a layer

fresh build/host build/darknet build/host-test || { echo "# cannot copy"; exit 1; }
check "a layer: three new files and lines of a fourth" shown add-a-layer.md 4
check "the program builds" builds all
awk '/^\[convolutional\]/ && ++n == 2 { print "[gain]\n" } { print }' "$TMP/run/net.cfg" >"$TMP/gain.cfg"
run "$COPY/build/ocsp" info "$TMP/gain.cfg"
check "the factors are coupled with what they multiply" says "0.out 0.bn 1.out 2.out"
run "$COPY/build/ocsp" lint "$TMP/gain.cfg"
check "lint says that others do not know it" says "layer 1 [gain] (line 24): refused"
check "Darknet builds" builds host
check "its tests build" builds "build/host-test/debian/test_gain"
check "its gradient is right" eval '"$COPY/build/host-test/debian/test_gain" >"$TMP/gain.log" 2>&1'
check "each new file has its line" documented

train() { # train BACKUP WORDS...: with $TMP/gain.cfg
    (cd "$TMP/run" && mkdir -p "$1" && sed "s,^backup=.*,backup=$1," set/shapes.data >"$1.data" &&
        cp "$TMP/gain.cfg" net.cfg &&
        "$COPY/build/darknet" ocsp classifier train "$1.data" net.cfg $TINY_FLAGS "${@:2}" >"$1.log" 2>&1 </dev/null)
}
check "a net with it is trained and pruned" train whole
check "the surgery is exact" grep -qE 'max .difference. [0-9.]+e-0[6-9]' "$TMP/run/whole.log"
run "$COPY/build/ocsp" saliency "$TMP/run/whole/net_pruned.cfg" "$TMP/run/whole/net_pruned_final.weights"
check "the pruned pair fits" ended 0
run "$COPY/build/ocsp" prune "$TMP/run/whole/net_pruned.cfg" "$TMP/run/whole/net_pruned_final.weights" -reduce macs=10% -o "$TMP/run/less"
check "prune tells who reads the pair" says "portability: only a Darknet patched with ocsp reads this net: layer 1 [gain]"
check "the run ends with who reads this net" grep -qF \
    "ocsp: only a Darknet patched with ocsp reads this net: layer 1 [gain] is a section of ocsp's own" "$TMP/run/whole.log"
rm "$COPY/src_ocsp/hosts/by_value/gain.c"
echo >>"$COPY/src_ocsp/hosts/by_value/own_section.c" # make does not see that a file has gone
check "Darknet builds without its computing" builds host
run "$COPY/build/darknet" classifier predict "$TMP/run/set/shapes.data" "$TMP/gain.cfg"
check "then Darknet's own commands refuse it" eval \
    '[ "$rc" = 1 ] && grep -qF "layer 1 [gain]: no Darknet knows this section, and this build does not compute it" "$TMP/err"'
check "and training" eval \
    '! train none && grep -q "net.cfg:24: \[gain\] no Darknet knows this section, and this build does not compute it" "$TMP/run/none.log"'

# --- a saliency

fresh
check "a saliency: a new file and lines of three others" shown add-a-saliency.md 4
check "the program builds with it" builds all
run "$COPY/build/ocsp" saliency tests/golden/vggmini.cfg tests/golden/vggmini.weights -saliency scale
check "it scores" says "16  0.16013      1.2849       2.0786"
run "$COPY/build/ocsp" help plan
check "help tells of it" says "scale: the scales of batch normalization alone"
check "its file has its line" documented

# --- a host

# A made-up Darknet in C++, built by CMake.
pony() {
    mkdir -p "$TMP/pony/src" && cd "$TMP/pony" || return 1
    cat >CMakeLists.txt <<'END'
cmake_minimum_required(VERSION 3.18)
project(pony C CXX)
set(CMAKE_CXX_STANDARD 17)
add_executable(pony src/main.cpp)
target_include_directories(pony PRIVATE src)
END
    cat >src/pony.h <<'END'
#pragma once
#include <vector>
namespace Pony
{
struct Network;
struct Layer {
    void (*update)(Layer &l, Network &net, float rate);
    float weight, gradient;
};
struct Network {
    std::vector<Layer> layers;
    int batch;
};
void update_layer(Layer &l, Network &net, float rate);
void run_detector(int argc, char **argv);
int run(int argc, char **argv);
} // namespace Pony
END
    cat >src/main.cpp <<'END'
#include <cstdio>
#include <cstring>
#include "pony.h"
void Pony::update_layer(Layer &l, Network &net, float rate)
{
    l.weight += rate * l.gradient / net.batch;
}
void Pony::run_detector(int, char **) { std::puts("a detector"); }
int Pony::run(int, char **)
{
    std::puts("pony");
    return 0;
}
int main(int argc, char **argv)
{
    return Pony::run(argc, argv);
}
END
}
built() { # in the patched tree
    cmake -S "$TMP/pony" -B "$TMP/pony/build" >"$TMP/make" 2>&1 &&
        cmake --build "$TMP/pony/build" -j 2 >>"$TMP/make" 2>&1 && return 0
    tail -n 20 "$TMP/make" | sed 's/^/# /'
    return 1
}

fresh
check "a host: four new files and lines of two others" shown add-a-host.md 6
check "each of its files has its line" documented
if command -v cmake >/dev/null; then
    (pony) && cp -r "$TMP/pony" "$TMP/pristine"
    run "$COPY/darknet_patch/apply" "$TMP/pony"
    check "apply knows its tree" says "Pony, patched"
    check "the stub builds" built
    run "$TMP/pony/build/pony" ocsp info cfg/tiny.cfg
    check "it has our commands" says "groups      3 with 32 channels"
    run "$TMP/pony/build/pony" ocsp lint cfg/tiny.cfg
    check "lint tells what it refuses" says "Pony trains no classifiers"
    printf '[net]\nwidth=8\nheight=8\nchannels=3\n[convolutional]\nactivation=relu\n' >"$TMP/plain.cfg"
    run "$TMP/pony/build/pony" ocsp speed "$TMP/plain.cfg"
    check "it says that it cannot measure yet" ended 1 "no speed can be measured in Pony's Darknet yet"
    {
        sed 's/^channels=3/&\nmax_batches=9/' "$TMP/plain.cfg"
        printf '[convolutional]\nfilters=33\n[yolo]\nclasses=6\nnum=3\nmask=0,1,2\nanchors=1,1, 2,2, 3,3\n'
    } >"$TMP/run/plain.cfg"
    # shellcheck disable=SC2016
    run sh -c 'cd "$1" && "$2" ocsp detector train set/shapes.data plain.cfg -reduce macs=1%' - \
        "$TMP/run" "$TMP/pony/build/pony"
    check "nor train" ended 1 "Pony's Darknet has trained nothing with ocsp"
    run "$TMP/pony/build/pony"
    check "its own stay" [ "$(cat "$TMP/out")" = pony ]
    rm -r "$TMP/pony/build"
    run "$COPY/darknet_patch/apply" --revert "$TMP/pony"
    check "it can be taken out" diff -r "$TMP/pristine" "$TMP/pony"
else
    echo "# no cmake: the stub is not built"
fi
check "the stand-alone program knows it, too" builds all
finish
