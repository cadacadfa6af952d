#!/bin/bash
# darknet_patch/apply on Debian's tree, and on trees made from it that it must refuse.
cd "$(dirname "$0")/../.." || exit 1
. tests/tap.sh

SOURCE=build/debian/source
APPLY=darknet_patch/apply
PYTHON=${PYTHON:-python3}
[ -f $SOURCE/Makefile ] || { echo "# no Debian source; run scripts/setup.sh"; exit 1; }

# fresh: $TREE is the pristine Debian tree again, less what no edit looks at.
TREE=$TMP/tree
fresh() {
    rm -rf "$TREE" && mkdir "$TREE" &&
        cp -rp $SOURCE/{Makefile,examples,include,src} "$TREE"
}
fresh && cp -rp "$TREE" "$TMP/pristine"

# fresh_alexeyab: a tree that is laid out as AlexeyAB's; enough for the patcher.
fresh_alexeyab() {
    fresh &&
        mv "$TREE"/examples/* "$TREE/src/" && rmdir "$TREE/examples" &&
        sed -i 's/^    network \*net = nets\[0\];/    network net = nets[0];/' "$TREE/src/classifier.c" &&
        sed -i '/^void train_detector/,/^}/s/^    save_weights(net, buff);/    copy_weights_net(net, \&net_map);\n    mean_average_precision = validate_detector_map(\&net_map);\n&/' "$TREE/src/detector.c" &&
        echo 'int *cur_iteration;' >>"$TREE/include/darknet.h" &&
        printf 'project(x)\n%s\ninstall(x)\n' \
            'target_compile_definitions(uselib PRIVATE -DUSE_CMAKE_LIBS)' >"$TREE/CMakeLists.txt"
}

same() { diff -rq "$1" "$2" | sed 's/^/# /'; diff -rq "$1" "$2" >/dev/null; }
untouched() { same "$TMP/pristine" "$TREE"; }

# refused TEXT: the tree as it is now is refused with TEXT and nothing is written to it.
refused() {
    rm -rf "$TMP/before" && cp -rp "$TREE" "$TMP/before"
    run $APPLY "$TREE"
    ended 1 "$1" && same "$TMP/before" "$TREE"
}

# installed FILE...: the tree's manifest says that apply put them there as they are.
installed() {
    for file; do
        sed -i "\\|  $file\$|d" "$TREE/src_ocsp/manifest.sha256"
        (cd "$TREE" && sha256sum "$file") >>"$TREE/src_ocsp/manifest.sha256"
    done
}

times() { [ "$(grep -cF -- "$2" "$TREE/$3")" = "$1" ]; }

# follows FIRST SECOND FILE: within two lines after FIRST stands SECOND.
follows() { grep -A2 -F -- "$1" "$TREE/$3" | grep -qF -- "$2"; }

hosts_of() { basename -a -s "$1" "${@:2}" | sort; } # hosts_of SUFFIX PATH...: their names
listed=$(sed -n 's/^OCSP_HOST_ENTRY(\(.*\))$/\1/p' src_ocsp/hosts/list.h | sort)
check "the hosts of the build files have a folder each" \
    [ "$(dirname src_ocsp/hosts/*/host.mk | xargs basename -a | sort)" = "$listed" ]
check "and a file of the patcher's" [ "$(hosts_of .py darknet_patch/hosts/[!_]*.py)" = "$listed" ]

run $APPLY --check "$TREE"
check "--check says that a pristine tree can be patched" says "can be patched"
check "--check succeeds" ended 0
check "--check writes nothing" untouched

run $APPLY --diff "$TREE"
check "--diff succeeds" ended 0
check "--diff writes nothing" untouched
check "a reader of --diff may leave early" eval '(set -o pipefail; $APPLY --diff "$TREE" 2>"$TMP/err" | head -n 1 >/dev/null) && [ ! -s "$TMP/err" ]'
# The host's files stand before ours; none of ours is behind a host's.
check "--diff begins with the host's own files" eval \
    'sed -n "s|^+++ b/||p" "$TMP/out" | sed "s|^src_ocsp/.*|ours|" | uniq | tail -n 2 | head -n 1 | grep -vqx ours &&
     [ "$(sed -n "s|^+++ b/||p" "$TMP/out" | sed "s|^src_ocsp/.*|ours|" | uniq | tail -n 1)" = ours ] &&
     [ "$(sed -n "s|^+++ b/||p" "$TMP/out" | sed "s|^src_ocsp/.*|ours|" | uniq | grep -cx ours)" = 1 ]'
check "--diff lists a new file" grep -qx -- '+++ b/src_ocsp/ocsp.mk' "$TMP/out"
cp -rp "$TREE" "$TMP/by_diff"
check "--diff is a patch" patch -s -p1 -d "$TMP/by_diff" -i "$TMP/out"

run $APPLY "$TREE"
check "apply succeeds" ended 0
check "apply says so" says ", patched"
check "apply does what --diff showed" same "$TMP/by_diff" "$TREE"
check "main knows the word ocsp" follows '/* ocsp begin */' 'strcmp(argv[1], "ocsp")' examples/darknet.c
check "commands that need no host come before main sets one up" eval \
    'sed "/^int main/,/^}/!d" "$TREE/examples/darknet.c" | sed "/^#ifndef GPU/q" |
        grep -q "ocsp_main_early(argc, argv)"'
check "the start hook follows the net" \
    follows 'network *net = nets[0];' 'ocsp_hook_start(nets' examples/classifier.c
check "the step hook follows avg_loss" \
    follows 'avg_loss = avg_loss*.9' 'ocsp_hook_step(&base' examples/classifier.c
check "each hook is called once" times 1 'ocsp_hook_step(&base' examples/classifier.c
# sections TRAIN LINE: what asks us for sections, with what follows LINE of the saving
sections() {
    follows "params.inputs, $1};" '!ocsp_hook_section(&l, s->type, options, count' src/parser.c &&
        grep -B1 -F 'Type not recognized' "$TREE/src/parser.c" | grep -q '/\* ocsp end' &&
        follows "$2" 'ocsp_hook_save_section(&l, fp)' src/parser.c &&
        follows 'if (l.dontload) continue;' 'ocsp_hook_load_section(&l, fp)' src/parser.c &&
        sed '/^int resize_network/,/^}/!d' "$TREE/src/network.c" | grep -A3 'layer l = ' |
        grep -q 'ocsp_hook_resize_section(&l, w, h)'
}
check "a section that Darknet does not know is asked for" sections 1 'if (l.dontsave) continue;'
check "the Makefile includes ours" times 1 'include src_ocsp/ocsp.mk' Makefile
check "our default goal is the host's" eval \
    'make -C "$TREE" -pn 2>/dev/null | grep -qx ".DEFAULT_GOAL := all"'
run $APPLY --check "$TREE"
check "--check says that it is patched" says "patched with this version"

cp -rp "$TREE" "$TMP/patched"
find "$TREE" -type f -exec touch -d '2001-01-01' {} +
run $APPLY "$TREE"
check "a second apply says so" says "already patched"
check "a second apply writes nothing" eval '[ -z "$(find "$TREE" -type f -newermt 2002-01-01)" ]'
run $APPLY --diff "$TREE"
check "--diff of a patched tree is empty" eval '[ "$rc" = 0 ] && [ ! -s "$TMP/out" ]'

# A host's file that went back, as by git checkout; and one of ours that is gone.
cp "$TMP/pristine/src/parser.c" "$TREE/src/parser.c"
run $APPLY --check "$TREE"
check "--check says which file went back" says "(Debian), partly patched: OCSP is gone from src/parser.c; run apply again"
rm "$TREE/src_ocsp/net/cfg.c"
run $APPLY --check "$TREE"
check "--check names two" says "partly patched: OCSP is gone from src/parser.c, src_ocsp/net/cfg.c; run apply again"
run $APPLY "$TREE"
check "apply puts them there again and says so" says ", patched again, OCSP was gone from src/parser.c, src_ocsp/net/cfg.c"
check "the tree is as good as new" same "$TMP/patched" "$TREE"

# An older version: another block, another file of ours, one that we no longer have.
sed -i 's/return ocsp_main(argc - 1, argv + 1)/return ocsp_old(argc, argv)/' "$TREE/examples/darknet.c"
echo '/* older */' >>"$TREE/src_ocsp/net/error.c"
mkdir "$TREE/src_ocsp/gone" && touch "$TREE/src_ocsp/gone/gone.c"
installed src_ocsp/net/error.c src_ocsp/gone/gone.c
run $APPLY --check "$TREE"
check "--check sees an older version" says "another version"
run $APPLY "$TREE"
check "apply updates an older version" says "updated"
check "the update is as good as new" same "$TMP/patched" "$TREE"

# cut_off N: an update that finds the disk full behind N files; then none of ours looks edited.
cut_off() {
    run "$PYTHON" -c '
import errno, os, runpy, sys
left, replace = int(sys.argv.pop(1)), os.replace
def full(*names):
    global left
    if left == 0:
        raise OSError(errno.ENOSPC, "No space left on device")
    left -= 1
    replace(*names)
os.replace = full
sys.argv.pop(0)
runpy.run_path(sys.argv[0], run_name="__main__")' "$1" $APPLY "$TREE"
    ended 1 ": cannot write: No space left on device" && ! grep -q Errno "$TMP/err" && run $APPLY --check "$TREE" && ended 0
}
echo '/* older */' | tee -a "$TREE/src_ocsp/cli/flags.c" >>"$TREE/src_ocsp/net/cfg.c"
installed src_ocsp/cli/flags.c src_ocsp/net/cfg.c
check "an update may be cut off at once" cut_off 0
check "before the first file" cut_off 1
check "and behind it" cut_off 2
run $APPLY "$TREE"
check "the next one completes it" same "$TMP/patched" "$TREE"

# Files of ours that the user changed; a folder in the place of one.
echo '// mine' >>"$TREE/src_ocsp/cli/train.c"
EDITED="edited since apply installed it: src_ocsp/cli/train.c"
check "an edited file is kept" refused "$EDITED; restore, move or remove it first"
run $APPLY --check "$TREE"
check "--check says so" ended 1 "$EDITED; restore"
rm -rf "$TMP/before" && cp -rp "$TREE" "$TMP/before"
run $APPLY --revert "$TREE"
check "--revert keeps it, too" eval 'ended 1 "$EDITED; restore" && same "$TMP/before" "$TREE"'
for file in cycle/cycle.c cycle/cycle.h net/cfg.c; do echo '// mine' >>"$TREE/src_ocsp/$file"; done
check "of several, three are named" refused \
    "cli/train.c, src_ocsp/cycle/cycle.c, src_ocsp/cycle/cycle.h and 1 more; restore, move or remove them first"
rm "$TREE"/src_ocsp/{cli/train.c,cycle/cycle.c,cycle/cycle.h,net/cfg.c}
mkdir "$TREE/src_ocsp/net/cfg.c"
check "and so is a folder in a file's place" refused "edited since apply installed it: src_ocsp/net/cfg.c; restore"
rmdir "$TREE/src_ocsp/net/cfg.c"
run $APPLY "$TREE"
check "a missing file is restored" eval 'says "patched again" && same "$TMP/patched" "$TREE"'
rm "$TREE"/src_ocsp/{hosts/*.c,net/error.c}

mkdir -p "$TREE/obj/ocsp/net" && touch "$TREE/obj/ocsp/net/error.o"
run $APPLY --revert "$TREE"
check "--revert succeeds" ended 0
check "--revert gives the pristine tree, objects removed" untouched
run $APPLY --revert "$TREE"
check "--revert of a pristine tree says so" says "was not patched"

$APPLY "$TREE" >"$TMP/out" && echo mine >"$TREE/src_ocsp/notes.txt"
run $APPLY --revert "$TREE"
check "--revert keeps a file that is not ours" eval \
    'says "kept" && [ "$(cat "$TREE/src_ocsp/notes.txt")" = mine ]'
cp -rp "$TREE" "$TMP/with_notes"
run $APPLY --check "$TREE"
check "it does not keep the tree from being patched" says "can be patched"
run $APPLY "$TREE"
check "apply goes on beside it" eval 'says ", patched" && times 1 mine src_ocsp/notes.txt'
$APPLY --revert "$TREE" >"$TMP/out"
check "and --revert gives back what was there" same "$TMP/with_notes" "$TREE"
run $APPLY --revert "$TREE"
check "--revert of such a tree says that there is nothing of ours" eval 'ended 0 && says "was not patched"'

fresh
chmod 755 "$TREE/examples/darknet.c"
sed -i 's/$/\r/' "$TREE/examples/darknet.c"
cp -p "$TREE/examples/darknet.c" "$TMP/crlf.c"
$APPLY "$TREE" >"$TMP/out"
check "CRLF lines get CRLF blocks" eval \
    'grep -q ocsp_main "$TREE/examples/darknet.c" && ! grep -qv "$(printf "\r$")" "$TREE/examples/darknet.c"'
check "the file's mode is kept" eval '[ "$(stat -c %a "$TREE/examples/darknet.c")" = 755 ]'
$APPLY --revert "$TREE" >"$TMP/out"
check "--revert gives the CRLF file back" cmp "$TREE/examples/darknet.c" "$TMP/crlf.c"

fresh_alexeyab && rm -rf "$TMP/pristine_a" && cp -rp "$TREE" "$TMP/pristine_a"
run $APPLY "$TREE"
check "AlexeyAB's layout is recognised" says "AlexeyAB"
check "its hooks are in" follows 'network net = nets[0];' 'ocsp_hook_start(nets' src/classifier.c
check "the second network of -map is followed" \
    follows 'ocsp_hook_map(&net_map, &best_map);' 'copy_weights_net(net, &net_map);' src/detector.c
check "and what it measures is told" \
    follows 'mean_average_precision = validate' 'ocsp_hook_map_value(mean_average_precision);' src/detector.c
check "sections of ours are asked for there, too" sections params.train 'layer l = net->layers[i];'
check "its CMakeLists.txt includes ours" times 1 'include(src_ocsp/ocsp.cmake)' CMakeLists.txt
$APPLY --revert "$TREE" >"$TMP/out"
check "--revert restores it" same "$TMP/pristine_a" "$TREE"
frees() { sed -i '/^void train_classifier/,/^}/s/^    free(base);/    free(nets);\n&/' "$TREE/src/classifier.c"; }
frees && $APPLY "$TREE" >"$TMP/out"
check "a loop that frees its networks once is left so" times 0 'nets = 0;' src/classifier.c
$APPLY --revert "$TREE" >"$TMP/out" && frees && $APPLY "$TREE" >"$TMP/out"
check "one that frees them twice gets a null pointer in between" \
    eval 'follows "free(nets);" "/* ocsp begin */" src/classifier.c &&
        follows "nets = 0;" "free(nets);" src/classifier.c'
$APPLY --revert "$TREE" >"$TMP/out"
rm "$TREE/CMakeLists.txt"
run $APPLY "$TREE"
check "old versions without CMakeLists.txt are accepted" ended 0

# `make ocsp-check` with a checkout whose host-test says what it was given.
stub_checkout() {
    rm -rf "$1" && mkdir "$1" && cp -rp darknet_patch src_ocsp "$1" &&
        printf 'host-test:\n\t@echo $(HOST_DIR) $(HOST_TEST_BUILD) $(HOST_TEST_HOST_FLAGS) $(HOST_TEST_GPU:1=device)\n\t@exit $(FAILED)\n' \
            >"$1/Makefile"
}

# ocsp_check [VARIABLE=VALUE...]: in the tree, as a user types it
ocsp_check() { run env -u MAKEFLAGS -u MAKELEVEL make -C "$TREE" --no-print-directory ocsp-check "$@"; }

# refused_check TEXT...: it ended so, in one line before make's own
refused_check() {
    [ "$rc" = 2 ] && [ ! -s "$TMP/out" ] && [ "$(grep -vc '^make' "$TMP/err")" = 1 ] &&
        grep -qF -- "ocsp-check: $1" "$TMP/err" && return 0
    sed 's/^/# /' "$TMP/out" "$TMP/err"
    return 1
}

STUB="$TMP/a checkout"
fresh && stub_checkout "$STUB" && "$STUB/$APPLY" "$TREE" >"$TMP/out"
ocsp_check OPENMP=1
check "ocsp-check runs the checkout's tests on this tree" says "$TREE $TREE/obj/ocsp/check "
check "by the tree's flags" eval 'says " -Ofast" && says " -fopenmp" && ! grep -q -- -Wall "$TMP/out"'
check "it succeeds with them" ended 0
ocsp_check FAILED=1
check "it fails with them" [ "$rc" = 2 ]
ocsp_check GPU=1
check "with GPU=1 gradients are tested on the device" eval \
    '[ "$rc" = 0 ] && says "ocsp-check: GPU=1: gradients on the device and all else on the CPU" && says " device"'
echo '/* newer */' >>"$STUB/src_ocsp/net/error.c"
ocsp_check
check "a checkout of another version is refused" refused_check "not the version of $STUB: run its apply"
stub_checkout "$STUB" && mv "$STUB" "$TMP/moved"
ocsp_check
check "a checkout that is gone is refused" refused_check "no OCSP checkout at $STUB: run the apply"
run "$TMP/moved/$APPLY" --check "$TREE"
check "--check tells that it has moved" says "with this version, from another checkout; can be updated"
"$TMP/moved/$APPLY" "$TREE" >"$TMP/out"
ocsp_check
check "apply from its new place mends that" ended 0
$APPLY "$TREE" >"$TMP/out"
ocsp_check -n OPENMP=1
check "our own host-test takes all that" eval \
    '[ "$rc" = 0 ] && says " -fopenmp" && says "tests/run $TREE/obj/ocsp/check/test_gradients"'
mkdir -p "$TREE/obj/ocsp/check" && touch "$TREE/obj/ocsp/check/test_gradients"
$APPLY --revert "$TREE" >"$TMP/out"
check "--revert removes what ocsp-check left" untouched
mv "$TREE" "$TMP/a tree" && TREE="$TMP/a tree" && $APPLY "$TREE" >"$TMP/out"
ocsp_check
check "a tree with a space in its path is refused" refused_check "the tests need a path without spaces"
TREE=$TMP/tree

TOO_OLD="is too old: 'cur_iteration' not found in include/darknet.h; the oldest"
fresh_alexeyab && sed -i '/cur_iteration/d' "$TREE/include/darknet.h"
check "AlexeyAB's before March 2020 is refused" refused "$TOO_OLD"
check "the message names the oldest tag" grep -q 'darknet_yolo_v3_optimal' "$TMP/err"
fresh_alexeyab && rm -r "$TREE/include"
check "AlexeyAB's of 2018, without include/, is refused" refused "$TOO_OLD"
fresh_alexeyab && $APPLY "$TREE" >"$TMP/out" && sed -i '/cur_iteration/d' "$TREE/include/darknet.h"
run $APPLY --revert "$TREE"
check "--revert asks for no version" ended 0

fresh && sed -i '/avg_loss = avg_loss\*/d' "$TREE/examples/classifier.c"
check "a missing anchor is refused" refused "examples/classifier.c: anchor"
check "the message names the function" grep -q 'found 0 times in train_classifier' "$TMP/err"
run $APPLY --check "$TREE"
check "--check refuses it, too" ended 1 "examples/classifier.c: anchor"
fresh && sed -i 's/^ *network \*net = nets\[0\];/&\n&/' "$TREE/examples/classifier.c"
check "an anchor that occurs twice is refused" refused "found 2 times in train_classifier"
fresh && sed -i '/"average"/d' "$TREE/examples/darknet.c"
check "an unknown main is refused" refused 'examples/darknet.c: anchor'
fresh && sed -i '/^all:/d' "$TREE/Makefile"
check "an unknown Makefile is refused" refused "Makefile: anchor 'all:'"
fresh && sed -i 's/^void train_classifier/void Train_classifier/' "$TREE/examples/classifier.c"
check "a missing function is refused" refused "examples/classifier.c"
fresh && rm "$TREE/examples/classifier.c"
check "a missing file is refused" refused "examples/classifier.c: not found"
IN_THE_WAY="in the way and not made by apply"
fresh && mkdir -p "$TREE/src_ocsp/net" && echo mine >"$TREE/src_ocsp/net/cfg.c"
check "a foreign file in the place of ours is refused" refused \
    "$IN_THE_WAY: src_ocsp/net/cfg.c; move or remove it first"
mv "$TREE/src_ocsp/net/cfg.c" "$TREE/src_ocsp/cli"
check "and one in the place of a folder, once" refused "$IN_THE_WAY: src_ocsp/cli; move"
fresh && ln -s "$PWD/src_ocsp" "$TREE/src_ocsp"
check "and a link to another folder" refused "$IN_THE_WAY: src_ocsp; move"
fresh && $APPLY "$TREE" >"$TMP/out" && sed -i '/  src_ocsp.net.cfg.c$/d' "$TREE/src_ocsp/manifest.sha256" &&
    echo '// mine' >>"$TREE/src_ocsp/net/cfg.c"
check "and one where an update has a new file" refused "$IN_THE_WAY: src_ocsp/net/cfg.c; move"
fresh && $APPLY "$TREE" >"$TMP/out" && sed -i '/ocsp end/d' "$TREE/Makefile"
check "a block without its end is refused" refused "Makefile: '# ocsp begin' without"
fresh && mkdir "$TREE/src_ocsp" && mkfifo "$TREE/src_ocsp/manifest.sha256"
run timeout 20 $APPLY "$TREE"
check "a manifest that is a pipe is not waited for" ended 1 "src_ocsp/manifest.sha256: not a file"
if [ "$(id -u)" = 0 ]; then
    fresh && mv "$TREE/Makefile" "$TMP/theirs" && ln -s "$TMP/theirs" "$TREE/Makefile"
    cp "$TMP/theirs" "$TMP/theirs.before" && chown -h 65534 "$TREE/Makefile"
    run $APPLY "$TREE"
    check "a link of another user's is refused" ended 1 "Makefile: a link of another user's; put the file there"
    check "and leads to what it led to" cmp "$TMP/theirs" "$TMP/theirs.before"
    chown -h 0 "$TREE/Makefile"
    run $APPLY "$TREE"
    check "one of the user's own is followed" eval '[ "$rc" = 0 ] && [ -L "$TREE/Makefile" ] && grep -q "ocsp begin" "$TMP/theirs"'
fi
rm -rf "$TREE" && mkdir "$TREE"
check "an unknown tree is refused" refused "not a Darknet source tree"

# Root may write everywhere; with this in front it may what others may.
as_user=()
[ "$(id -u)" != 0 ] || as_user=(setpriv --bounding-set -dac_override,-dac_read_search --)

# refused_folder MODE FOLDER: FOLDER cannot be written to; the tree stays as it is.
refused_folder() {
    rm -rf "$TMP/before" && cp -rp "$TREE" "$TMP/before"
    chmod a-w "$2"
    # shellcheck disable=SC2086
    run "${as_user[@]}" $APPLY $1 "$TREE"
    chmod u+w "$2"
    ended 1 "apply: $2: cannot write to this folder: Permission denied" && same "$TMP/before" "$TREE"
}
fresh
check "a tree that cannot be written to is refused" refused_folder "" "$TREE"
check "and so is one with such a folder" refused_folder "" "$TREE/src"
check "--check says so" refused_folder --check "$TREE/src"
$APPLY "$TREE" >"$TMP/out"
check "and --revert" refused_folder --revert "$TREE/src_ocsp/net"
chmod a-w "$TREE/src_ocsp"
run "${as_user[@]}" $APPLY "$TREE"
check "where nothing changes, nothing is asked for" says "already patched"
chmod u+w "$TREE/src_ocsp"
chmod a-r "$TREE/Makefile"
run "${as_user[@]}" $APPLY --check "$TREE"
check "a file that cannot be read is an error" ended 1 "apply: $TREE/Makefile: Permission denied"

run $APPLY "$TMP/none"
check "a missing folder is an error" ended 1 "no such directory"
run $APPLY --frob "$TMP"
check "an unknown flag is a usage error" ended 2 "usage"
run $APPLY
check "no folder is a usage error" ended 2 "usage"
run $APPLY --check --diff "$TMP"
check "two modes are a usage error" ended 2 "usage"
finish
